"""Grouping rules: what a team says about which signals share a room, beside their sender's own groups.

A rule says which signals it speaks of (matchers, all of which must hold), how they are grouped, for how long a room may
be joined, and whether it declares. The first rule that speaks of a signal decides; where none does, the sender's group.
Kept by `rulebook`, asked by the intake. Pure.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from watchroom.base.command import Caution
from watchroom.base.errors import Malformed
from watchroom.detection import matching
from watchroom.detection.grouping import Declares, Lead, Plan
from watchroom.detection.matching import Condition, value_of
from watchroom.detection.signal import Signal, group_key
from watchroom.people.catalogue import Service
from watchroom.people.stream import DirectoryFact
from watchroom.people.topology import Topology
from watchroom.record.event import Fact

Way = Literal["labels", "topology", "sender", "separate"]

NAME_CHARS_MAX = 80
MATCHERS_MAX = 20
BY_MAX = 10
HOPS_MAX = 5
WINDOW_S_MAX = 90 * 86_400
VALUE_IN_KEY_CHARS_MAX = 200
"""A longer value stands in a key as its SHA-256."""
VALUE_SHOWN_CHARS_MAX = 60


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One grouping rule."""

    name: str
    match: Annotated[
        list[str], msgspec.Meta(description="Matchers as in Alertmanager; all must hold. None: every signal.")
    ] = []
    group: Annotated[
        Way,
        msgspec.Meta(
            description="By the values of `by`; by services that depend on each other; as the sender groups; or never."
        ),
    ] = "labels"
    by: Annotated[list[str], msgspec.Meta(description="For `labels`: the names whose values are the same.")] = []
    hops: Annotated[int, msgspec.Meta(description="For `topology`: over how many dependencies.")] = 1
    window_s: Annotated[
        int, msgspec.Meta(description="Only a room whose last signal is younger is joined, in seconds; 0: any age.")
    ] = 0
    declare: Annotated[Declares | None, msgspec.Meta(description="Declare the incident, rated so.")] = None


class GroupingRulesChanged(DirectoryFact, frozen=True, kw_only=True):
    """The grouping rules are these from now on, in this order."""

    version: int
    rules: list[Rule]
    reason: str = ""


FACTS: tuple[type[Fact], ...] = (GroupingRulesChanged,)


def checked(rules: Sequence[Rule], rules_max: int) -> list[Rule]:
    """The rules as they are kept. Raises Malformed, naming the rule and what to do."""
    if len(rules) > rules_max:
        raise Malformed(
            f"There are {len(rules)} rules; at most {rules_max} are kept.", hint="Join some, or raise the setting."
        )
    kept: list[Rule] = []
    for number, rule in enumerate(rules, 1):
        where = f"Rule {number}" + (f" ({rule.name[:NAME_CHARS_MAX]})" if rule.name.strip() else "")
        try:
            kept.append(_checked(rule, {before.name for before in kept}))
        except ValueError as error:
            says, _, hint = str(error).partition("|")
            raise Malformed(f"{where}: {says}", hint=hint or "Correct it; docs/grouping.md shows each kind.") from error
    return kept


def _checked(rule: Rule, taken: set[str]) -> Rule:
    """The rule in its plain form. Raises ValueError: what is wrong, a bar, and what to do."""
    name = " ".join(rule.name.split())
    if not name or len(name) > NAME_CHARS_MAX or not name.isprintable():
        raise ValueError(
            f"it needs a name of 1 to {NAME_CHARS_MAX} characters.|It stands on receipts: say what it does."
        )
    if name in taken:
        raise ValueError(f"the name {name!r} is taken by a rule above.|Give each rule a name of its own.")
    if len(rule.match) > MATCHERS_MAX:
        raise ValueError(f'it has more than {MATCHERS_MAX} matchers.|Use a pattern: service=~"a|b|c".')
    try:
        match = [str(matching.read(text)) for text in rule.match]
    except ValueError as error:
        raise ValueError(f"{error}.|Write name=value, name!=value, name=~pattern or name!~pattern.") from error
    by = list(dict.fromkeys(each.strip() for each in rule.by if each.strip()))
    if rule.group == "labels" and not 1 <= len(by) <= BY_MAX:
        raise ValueError(f"it groups by labels and names {len(by)}.|Name 1 to {BY_MAX}, such as cluster, alertname.")
    if any(len(each) > matching.NAME_CHARS_MAX for each in by):
        raise ValueError(f"a label's name has at most {matching.NAME_CHARS_MAX} characters.|Name labels, not values.")
    if rule.group != "labels" and by:
        raise ValueError(
            f'"by" is for rules that group by labels, not {rule.group!r}.|Leave it out, or group by labels.'
        )
    if not 1 <= rule.hops <= HOPS_MAX or (rule.group != "topology" and rule.hops != 1):
        raise ValueError(f'"hops" is 1 to {HOPS_MAX}, and for rules that group by topology.|Leave it out elsewhere.')
    if not 0 <= rule.window_s <= WINDOW_S_MAX:
        raise ValueError(f'"window_s" is 0 to {WINDOW_S_MAX} seconds.|0 joins a room however old its last signal is.')
    if rule.group == "separate" and rule.window_s:
        raise ValueError('"window_s" says nothing where no room is joined.|Leave it out, or group by labels.')
    return msgspec.structs.replace(rule, name=name, match=match, by=by)


def cautions(rules: Sequence[Rule], services: Iterable[Service]) -> tuple[Caution, ...]:
    """What to look at in rules that can be kept: rules that are never reached, and topology without services."""
    found: list[Caution] = []
    taker = ""
    for rule in rules:
        if taker:
            found.append(
                Caution(
                    "never_reached",
                    f"{rule.name} is never reached: {taker}, above it, speaks of every signal.",
                    "Move it up, or say in match which signals the rule above is for.",
                )
            )
        elif not rule.match and rule.group in ("separate", "sender"):
            taker = rule.name
    if any(rule.group == "topology" for rule in rules) and not any(service.depends_on for service in services):
        found.append(
            Caution(
                "no_dependencies",
                "A rule groups by topology, and no service depends on another yet.",
                "Say below which services depend on which; until then it groups by service alone.",
            )
        )
    return tuple(found)


def digest(rules: Sequence[Rule]) -> str:
    """A short name of exactly these rules, by which a saving says that they were previewed."""
    return hashlib.sha256(msgspec.json.encode(list(rules))).hexdigest()[:16]


class Rules:
    """Rules and topology, ready to be asked. Unchanging: other rules are another object."""

    def __init__(self, rules: Sequence[Rule] = (), topology: Topology | None = None) -> None:
        self.rules = tuple(rules)
        self.topology = topology or Topology({})
        self._ready = [(rule, tuple(Condition(matching.read(text)) for text in rule.match)) for rule in self.rules]

    @cached_property
    def looks_back(self) -> bool:
        """Whether any rule needs to know more of a room than that it is open: its last signal, or who has judged."""
        return any(rule.window_s or rule.declare is not None for rule in self.rules)

    def plan(self, signal: Signal, practice: bool = False) -> Plan:
        """How the signal is grouped. What is practised keeps to its own source, and is never declared by a rule."""
        for rule, conditions in self._ready:
            if all(condition.holds(signal) for condition in conditions):
                leads = self._leads(rule, signal, signal.source if practice else "")
                if leads is not None:
                    return Plan(leads, rule.name, rule.window_s, None if practice else rule.declare)
        return Plan((Lead(group_key(signal.source, signal.group), ""),))

    def _leads(self, rule: Rule, signal: Signal, scope: str) -> tuple[Lead, ...] | None:
        """The keys that lead a signal by this rule; None when the rule has nothing to group it by."""
        match rule.group:
            case "separate":
                return ()
            case "sender":
                return (Lead(group_key(signal.source, signal.group), "its sender's group"),)
            case "labels":
                values = {name: value_of(signal, name) for name in rule.by}
                if not any(values.values()):
                    return None
                shown = ", ".join(f"{name}={_shown(value)}" for name, value in values.items())
                return (Lead(_key(rule.name, values, scope), shown),)
        service = value_of(signal, "service")
        if not service:
            return None
        near = (
            Lead(_key(rule.name, {"service": other.service}, scope), f"service {_shown(other.service)}, {other.how}")
            for other in self.topology.near(service, rule.hops)
        )
        return (Lead(_key(rule.name, {"service": service}, scope), f"service {_shown(service)}"), *near)


def _key(rule: str, values: dict[str, str], scope: str) -> str:
    """What a rule groups by as one text, never equal to a sender's group (which holds a control sign)."""
    short = {
        name: value
        if len(value) <= VALUE_IN_KEY_CHARS_MAX
        else "sha256:" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
        for name, value in sorted(values.items())
    }
    return msgspec.json.encode([rule, short, scope] if scope else [rule, short]).decode()


def _shown(value: str) -> str:
    if not value:
        return "(none)"
    return value if len(value) <= VALUE_SHOWN_CHARS_MAX else value[:VALUE_SHOWN_CHARS_MAX] + "…"


NO_RULES = Rules()
