"""Places: people, teams and services, and pages that somebody looks for by name, found beside what was written down.

They are few, each process holds them in memory, and what they are is so at this moment; so they are looked through
as they are, and nothing of them is stored a second time. Called by `searching`. Pure.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

import msgspec

from watchroom.incident.search.query import Query, Term
from watchroom.incident.search.snippet import says
from watchroom.incident.search.words import joined, plain, spots

PlaceKind = Literal["person", "team", "service", "setting"]
PLACE_KINDS: tuple[PlaceKind, ...] = get_args(PlaceKind)
PLACES_MAX = 12


class Place(msgspec.Struct, frozen=True):
    """Somebody or something with a name, and what else it is found by."""

    kind: PlaceKind
    name: str
    about: str = ""
    """Shown below the name, and looked through."""
    ref: str = ""
    """What tells it from others: an e-mail, a name, an address."""
    also: str = ""
    """Looked through, and not shown."""


def asks_for_places(query: Query) -> bool:
    """Whether a place can be what is looked for: nothing is asked that places do not have."""
    bound = query.of_rooms or query.services or query.people or query.since or query.until
    return bool(query.terms) and not bound and (not query.kinds or bool(set(query.kinds) & set(PLACE_KINDS)))


def find_places(query: Query, places: Iterable[Place]) -> list[Place]:
    """The places that have every term, those first whose name begins with the first one."""
    if not asks_for_places(query):
        return []
    kinds = set(query.kinds)
    found: list[tuple[bool, int, str, Place]] = []
    for place in places:
        if kinds and place.kind not in kinds:
            continue
        words = _words(f"{place.name}\n{place.about}\n{place.ref}\n{place.also}")
        if _has(words, query.terms) and not any(says(words, term) for term in query.without):
            begins = bool(says(_words(place.name)[: len(query.terms[0].words)], query.terms[0]))
            found.append((not begins, PLACE_KINDS.index(place.kind), place.name.casefold(), place))
    return [place for *_, place in sorted(found, key=lambda each: each[:3])][:PLACES_MAX]


def _words(text: str) -> list[str]:
    text = plain(text)
    return [spot.word for spot in (*spots(text), *joined(text))]


def _has(words: Sequence[str], terms: Sequence[Term]) -> bool:
    return all(says(words, term) for term in terms)
