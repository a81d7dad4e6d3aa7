"""A query: what somebody typed to find something, read into words and filters.

Words match from their beginning (`check` finds checkout); words in quotation marks as they are, in that order; with a
minus they must not be there. `name:value` narrows it down. Nothing that is typed fails to be a query but a filter whose
value cannot be one; a name that is no filter is words. Called by the page, the API and the shell through `searching`.
Pure.
"""

import re
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Literal, get_args

import msgspec

from watchroom.base.clock import parse_day_or_time
from watchroom.base.errors import Malformed
from watchroom.incident.search.document import KINDS
from watchroom.incident.search.words import plain, spots

Is = Literal[
    "open", "over", "triage", "declared", "mitigated", "resolved", "closed", "dismissed", "practice", "restricted",
    "imported",
]  # fmt: skip
STATES: tuple[Is, ...] = get_args(Is)
ALL_KINDS = (*KINDS, "person", "team", "service", "setting")
FILTERS: tuple[tuple[str, str, str], ...] = (
    ("is", "is:open", "open, over, or one status: triage, declared, mitigated, resolved, closed"),
    ("sev", "sev:1", "the severity of the incident"),
    ("service", "service:checkout", "incidents, changes and signals of a service"),
    ("from", "from:ana", "who wrote it: a name, an e-mail, or me"),
    ("after", "after:2026-11-01", "from this day on"),
    ("before", "before:2026-11-01", "before this day"),
    ("kind", "kind:decision", "only one kind: " + ", ".join(ALL_KINDS)),
    ("in", "in:0ab1-2cd3", "in one room, by its id"),
)
"""Name, example, what it does; in the order in which they are taught."""
NAMES = tuple(name for name, _, _ in FILTERS)
ALIASES = {
    "theory": "hypothesis", "try": "intervention", "page": "call", "title": "incident", "deploy": "change",
    "alert": "signal", "comment": "message", "evidence": "hypothesis", "theories": "hypothesis",
    "hypotheses": "hypothesis", "tries": "intervention",
}  # fmt: skip
EXACT_CHARS_MIN = 2
"""Shorter words match whole words only: a single letter begins nearly everything."""
_PART = re.compile(r'(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|(\S+))')


class Term(msgspec.Struct, frozen=True):
    """Words that follow each other; `prefix`: the last of them may be the beginning of a longer one."""

    words: tuple[str, ...]
    prefix: bool = True


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. Whatever is empty is not asked."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    states: tuple[Is, ...] = ()
    severities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    meant: str = ""
    """What may have been meant by a name that is no filter; empty: nothing."""

    @property
    def empty(self) -> bool:
        """Whether nothing is asked at all."""
        return self == Query(meant=self.meant)

    @property
    def of_rooms(self) -> bool:
        """Whether it asks something of the incident, which what is outside of rooms has not."""
        return bool(self.states or self.severities or self.rooms)


def parse(text: str, words_max: int) -> Query:
    """Read what was typed. Raises Malformed, which says what a filter can be, or that it is too much."""
    found: dict[str, list[object]] = {name: [] for name in (*NAMES, "terms", "without")}
    meant = ""
    for part in _PART.finditer(plain(text.replace("\0", " "))):
        minus, name, quoted, bare = part.groups()
        value = quoted if quoted is not None else bare
        lower = (name or "").lower()
        if not name and quoted is None and value.removesuffix(":").lower() in NAMES and value.endswith(":"):
            # Somebody is still typing: a filter without a value asks nothing yet.
            continue
        if lower in NAMES and not minus:
            if value:
                found[lower].append(_filter(lower, value))
            continue
        if name:
            near = get_close_matches(lower, NAMES, n=1, cutoff=0.7)
            meant = meant or (f"{near[0]}:{value}" if near and quoted is None else "")
            value = f"{name}:{value}"
        found["without" if minus else "terms"] += _terms(value, exact=quoted is not None)
    words = sum(len(term.words) for term in (*found["terms"], *found["without"]) if isinstance(term, Term))
    if words > words_max:
        raise Malformed(
            f"That is {words} words; {words_max} at most are looked for.", hint="Leave the common ones out."
        )
    days = [day for day in found["after"] if isinstance(day, datetime)]
    ends = [day for day in found["before"] if isinstance(day, datetime)]
    return Query(
        terms=_all(found["terms"]),
        without=_all(found["without"]),
        states=_all(found["is"]),
        severities=_all(found["sev"]),
        services=_all(found["service"]),
        people=_all(found["from"]),
        kinds=_all(found["kind"]),
        rooms=_all(found["in"]),
        since=max(days, default=None),
        until=min(ends, default=None),
        meant=meant,
    )


def _all(found: list[object]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(found))


def _terms(value: str, *, exact: bool) -> list[Term]:
    value = value.removesuffix("*")
    found = tuple(spot.word for spot in spots(value))
    if not found:
        return []
    return [Term(found, prefix=not exact and len(found[-1]) >= EXACT_CHARS_MIN)]


def _filter(name: str, value: str) -> object:
    match name:
        case "is":
            return _one_of(name, value.lower(), STATES)
        case "kind":
            word = value.lower()
            return _one_of(name, ALIASES.get(word, word if word in ALL_KINDS else word.removesuffix("s")), ALL_KINDS)
        case "sev":
            level = value.lower().removeprefix("sev").removeprefix("-")
            if level not in ("1", "2", "3", "4"):
                raise Malformed(f"sev: is not {value[:40]!r}.", hint="One of sev:1, sev:2, sev:3, sev:4.")
            return f"SEV{level}"
        case "after" | "before":
            try:
                return parse_day_or_time(value, f"{name}:")
            except Malformed as error:
                said = f"{name}: is no day: {value[:40]!r}."
                raise Malformed(said, hint=f"Write it as {name}:2026-11-01.") from error
        case _:
            return value.casefold()


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        near = get_close_matches(value, known, n=1, cutoff=0.6)
        meant = f"Did you mean {name}:{near[0]}? " if near else ""
        raise Malformed(f"{name}: is not {value[:40]!r}.", hint=f"{meant}One of: {', '.join(known)}.")
    return value
