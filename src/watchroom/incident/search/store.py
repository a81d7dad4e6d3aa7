"""Where search keeps its documents: what a store offers, whatever it is made of.

Backends: `sqlite_store` (a file of its own beside the record, or memory) and `postgres_store` (tables in the record's
database). One contract suite, `tests/contracts/test_search_store.py`, runs against both. All of it is derived from the
record and can be dropped. Called by `indexer`, which writes, and by `searching`, which finds. A store decides nothing
about who may see what: it is told which rooms to pass over. Each raises Unavailable when it cannot be reached.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from watchroom.incident.search.document import Document, Step
from watchroom.incident.search.query import Term
from watchroom.incident.search.words import tag

VERSION = 1
"""Changed with what documents hold or how words are made: what is stored of another version is dropped."""


class Mark(msgspec.Struct, frozen=True):
    """How far of the record a store has come."""

    position: int
    anchor: str
    """The digest of the record's event at that position: another record's documents are told by it."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a store. What is None is not asked; an empty set finds nothing."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    kinds: frozenset[str] | None = None
    actors: frozenset[str] | None = None
    streams: frozenset[str] | None = None
    services: frozenset[str] | None = None
    """Entries that name one of these, or of one of `service_streams`."""
    service_streams: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    """Streams that are passed over as if they were not there."""
    since_us: int | None = None
    until_us: int | None = None
    below: int | None = None
    """Only what ranks below this: where the page before has ended."""
    limit: int = 50


TAGGED_MAX = 40
"""Up to so many rooms, people or kinds are looked for as words, which is quicker than to look at each hit."""


def tags_of(wanted: Wanted) -> list[list[str]]:
    """The words of which a hit must have one of each list, besides what else is asked."""
    asked = (("s", wanted.streams), ("a", wanted.actors), ("k", wanted.kinds))
    return [[tag(of, name) for name in sorted(names)] for of, names in asked if names and len(names) <= TAGGED_MAX]


class Found(msgspec.Struct, frozen=True, gc=False):
    """One document that was found, and its rank."""

    rank: int
    document: Document


class Store(Protocol):
    """Documents of one organisation."""

    async def open(self) -> None:
        """Make what is missing; what is of no use (damaged, of another version) is dropped."""

    async def mark(self) -> Mark | None:
        """How far it has come; None when it holds nothing."""

    async def apply(self, steps: Sequence[Step], before: Mark, mark: Mark) -> None:
        """Take these in, in order, and the mark with them: all or nothing.

        Raises Conflict when it does not stand at `before` any more (position 0: it holds nothing): somebody else
        writes, or has cleared it.
        """

    async def find(self, wanted: Wanted) -> list[Found]:
        """What is wanted, the greatest rank first."""

    async def clear(self) -> None:
        """Forget everything."""

    async def scrub(self) -> None:
        """Return once no word of what was taken out is left in the store's own files, as far as it is in its hands."""

    async def close(self) -> None:
        """Let go of it."""
