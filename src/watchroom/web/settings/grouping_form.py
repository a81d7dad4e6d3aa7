"""The form of the grouping rules: a draft that is edited without a script, button by button, and kept by the last one.

Every button sends the whole draft; adding, moving and removing change it and show it again, and nothing is recorded
until it is saved. Called by `grouping_settings`. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from watchroom.base import shape
from watchroom.base.errors import Malformed
from watchroom.detection import matching
from watchroom.detection.grouping_rules import WINDOW_S_MAX, Rule
from watchroom.web.http.reading import Form

MINUTE_S = 60


@dataclass(frozen=True)
class DraftRule:
    """One rule as it stands in the form: texts, as they were typed."""

    name: str = ""
    match: str = ""
    group: str = "labels"
    by: str = ""
    hops: str = "1"
    window: str = ""
    """In minutes."""
    declares: bool = False
    impact: str = ""
    urgency: str = ""


def draft_of(rules: Sequence[Rule]) -> list[DraftRule]:
    """The rules as the form shows them."""
    return [
        DraftRule(
            name=rule.name,
            match=", ".join(rule.match),
            group=rule.group,
            by=", ".join(rule.by),
            hops=str(rule.hops),
            window=f"{rule.window_s / MINUTE_S:.10g}" if rule.window_s else "",
            declares=rule.declare is not None,
            impact=(rule.declare.impact or "") if rule.declare is not None else "",
            urgency=(rule.declare.urgency or "") if rule.declare is not None else "",
        )
        for rule in rules
    ]


def read_draft(form: Form, rules_max: int) -> list[DraftRule]:
    """The draft that a form holds, in its order. Raises Malformed when it holds more rules than are kept."""
    values = dict(reversed(form.pairs))
    numbers = [name.removeprefix("rule.") for name, _ in form.pairs if name.startswith("rule.")]
    if len(numbers) > rules_max:
        raise Malformed(f"There are {len(numbers)} rules; at most {rules_max} are kept.", hint="Remove some.")
    return [
        DraftRule(
            name=values.get(f"name.{number}", ""),
            match=values.get(f"match.{number}", ""),
            group=values.get(f"group.{number}", "labels"),
            by=values.get(f"by.{number}", ""),
            hops=values.get(f"hops.{number}", "1"),
            window=values.get(f"window.{number}", ""),
            declares=f"declares.{number}" in values,
            impact=values.get(f"impact.{number}", ""),
            urgency=values.get(f"urgency.{number}", ""),
        )
        for number in numbers
    ]


def rules_of(draft: Sequence[DraftRule]) -> list[Rule]:
    """The rules that a draft means; what its way of grouping does not ask for is left out. Raises Malformed."""
    return [_rule(number, each) for number, each in enumerate(draft, 1)]


def _rule(number: int, each: DraftRule) -> Rule:
    where = f"Rule {number}" + (f" ({each.name})" if each.name.strip() else "")
    values: dict[str, Any] = {"name": each.name, "match": matching.several(each.match), "group": each.group}
    if each.group == "labels":
        values["by"] = [part for part in each.by.replace(",", " ").split() if part]
    if each.group == "topology":
        values["hops"] = _number(where, "The number of dependencies", each.hops)
    if each.group != "separate" and each.window.strip():
        values["window_s"] = round(_number(where, "The window", each.window) * MINUTE_S)
    if each.declares:
        values["declare"] = {
            name: value for name, value in (("impact", each.impact), ("urgency", each.urgency)) if value
        }
    try:
        return msgspec.convert(values, Rule)
    except msgspec.ValidationError as error:
        says = shape.wrong(error, Rule)
        raise Malformed(f"{where}: {says}.", hint="Correct it and send it again.") from error


def _number(where: str, what: str, text: str) -> float | int:
    """A number from a field; a whole one stays whole."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = float("nan")
    if not abs(value) <= WINDOW_S_MAX:
        raise Malformed(f"{where}: {what} is no number that makes sense: {text[:40]!r}.", hint="Write 30, or 1.5.")
    return int(value) if value.is_integer() else value


def edited(draft: list[DraftRule], deed: str) -> list[DraftRule]:
    """The draft after a button: `add`, `up:N`, `down:N` or `remove:N`, counted from 0; else as it was."""
    what, _, text = deed.partition(":")
    if what == "add":
        return [*draft, DraftRule(name=_free_name(draft))]
    place = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else len(draft)
    if place >= len(draft):
        return draft
    rest = draft[:place] + draft[place + 1 :]
    match what:
        case "remove":
            return rest
        case "up":
            return [*rest[: max(place - 1, 0)], draft[place], *rest[max(place - 1, 0) :]]
        case "down":
            return [*rest[: place + 1], draft[place], *rest[place + 1 :]]
    return draft


def _free_name(draft: Sequence[DraftRule]) -> str:
    """A name that no other rule has, to be overwritten."""
    taken = {each.name for each in draft}
    return next(name for name in (f"rule {number}" for number in range(len(draft) + 1, 10_000)) if name not in taken)
