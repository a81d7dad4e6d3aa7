"""Searching: a query of somebody becomes what they may see of what matches it.

Which rooms they see is asked before the store is, which passes over all others, so that neither a count nor a place in
the order tells of them; and again after it has answered, since a room may have been restricted meanwhile. What a room
is now (its status, severity, services) is read from the list of rooms and not from the store, which holds only words.
Called by the page, the API and the shell. Never decides who may see: that is `visibility`'s.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from watchroom.base.clock import epoch_us
from watchroom.incident.doors import is_room
from watchroom.incident.inbox import SOURCE_PREFIX
from watchroom.incident.listing import Listing
from watchroom.incident.search.document import Document
from watchroom.incident.search.indexer import Indexer
from watchroom.incident.search.places import Place, find_places
from watchroom.incident.search.query import Query, parse
from watchroom.incident.search.snippet import Part, snippet
from watchroom.incident.search.store import Found, Wanted
from watchroom.incident.sight import Sight
from watchroom.incident.summary import Summary
from watchroom.incident.visibility import Viewer
from watchroom.people.catalogue import Services
from watchroom.people.person import Directory
from watchroom.people.team import Teams
from watchroom.record.log import Log
from watchroom.record.projection import Projector

OPEN = ("triage", "declared", "mitigated")


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One entry that was found."""

    kind: str
    stream: str
    """The room's id; for a change, `source:` and its sender."""
    seq: int
    at: datetime
    actor: str
    of: str
    """What it says the state of; for a change, its id."""
    title: str
    """The room's title; empty for a change."""
    status: str = ""
    severity: str | None = None
    restricted: bool = False
    parts: tuple[Part, ...]
    """The sentence in which it stands."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, best first."""

    query: Query
    hits: Sequence[Hit] = ()
    places: Sequence[Place] = ()
    """People, teams, services and pages; with the first page of hits only."""
    next: int | None = None
    """The rank below which the next page begins; None: this was all."""
    behind: bool = False
    """Whether the newest entries may be missing: the search is being made, or cannot keep up just now."""


class SearchBounds(msgspec.Struct, frozen=True):
    """What one search may cost."""

    words_max: int
    patience_s: float
    """How long the newest entries are waited for."""


class Search:
    """Asks one install's store for those who look."""

    def __init__(
        self, indexer: Indexer, listing: Listing, projector: Projector, sight: Sight, log: Log,
        directory: Directory, teams: Teams, services: Services, bounds: SearchBounds,
    ) -> None:  # fmt: skip
        self.indexer = indexer
        self._listing = listing
        self._projector = projector
        self._sight = sight
        self._log = log
        self._directory = directory
        self._teams = teams
        self._services = services
        self._bounds = bounds

    async def find(
        self, text: str, viewer: Viewer, *, limit: int, below: int | None = None, pages: Iterable[Place] = ()
    ) -> Answer:
        """What matches `text`, for somebody who looks; `pages` are found by name too. Raises Malformed, Unavailable."""
        query = parse(text, self._bounds.words_max)
        if query.empty:
            return Answer(query=query)
        rows = await self._rows(viewer)
        current = await self.indexer.reaches(await self._log.position(), self._bounds.patience_s)
        wanted = self._wanted(query, rows, viewer, limit + 1, below)
        found = await self.indexer.store.find(wanted) if wanted is not None else []
        more = found[limit - 1].rank if len(found) > limit else None
        # Asked anew after the reading: what was restricted meanwhile is not shown.
        rows = await self._rows(viewer)
        shown = [each for each in found[:limit] if not is_room(each.document.stream) or each.document.stream in rows]
        if not current:
            shown = [each for each in shown if not await self._is_gone(each.document)]
        return Answer(
            query=query,
            hits=[_hit(each, rows.get(each.document.stream), query) for each in shown],
            places=find_places(query, [*self._places(), *pages]) if below is None else (),
            next=more,
            behind=not current,
        )

    async def _rows(self, viewer: Viewer) -> dict[str, Summary]:
        """The rooms that the viewer sees, as the record stands now."""
        await self._teams.look()
        await self._projector.caught_up()
        await self._listing.settle()
        seen = self._sight.visible(viewer, self._listing.restricted)
        return {row.id: row for row in self._listing.all() if row.restricted is None or row.id in seen}

    async def _is_gone(self, document: Document) -> bool:
        """Whether an entry was redacted, while the store has not come so far."""
        events = await self._log.read(document.stream, document.seq - 1, 1)
        return not events or events[0].redacted

    def _wanted(
        self, query: Query, rows: dict[str, Summary], viewer: Viewer, limit: int, below: int | None
    ) -> Wanted | None:
        """What to ask of the store; None when nothing can match."""
        practice = "practice" in query.states
        hidden = {row.id for row in self._listing.all() if row.id not in rows or row.practice != practice}
        streams: frozenset[str] | None = None
        if query.of_rooms:
            streams = frozenset(row.id for row in rows.values() if row.id not in hidden and _fits(row, query))
        kinds: frozenset[str] | None = frozenset(query.kinds) or None
        if kinds is None and not query.terms and not query.without and not query.people:
            # Asked for rooms and not for words: what they are called is the answer.
            kinds = frozenset({"incident"} if query.of_rooms or not query.services else {"incident", "change"})
        since, until = query.since, query.until
        return Wanted(
            terms=query.terms,
            without=query.without,
            kinds=kinds,
            actors=self._actors(query.people, viewer),
            streams=streams,
            services=frozenset(query.services) or None,
            service_streams=frozenset(row.id for row in rows.values() if _of_service(row, query.services)),
            hidden=frozenset(hidden),
            since_us=epoch_us(since) if since is not None else None,
            until_us=epoch_us(until) if until is not None else None,
            below=below,
            limit=limit,
        )

    def _actors(self, names: Sequence[str], viewer: Viewer) -> frozenset[str] | None:
        """Everybody who may be meant by these names."""
        if not names:
            return None
        found: set[str] = set()
        for name in names:
            found |= {f"person:{name}", f"token:{name}", f"source:{name}", f"system:{name}", f"character:{name}"}
            if name == "me":
                found |= {f"person:{viewer.ref}", viewer.ref}
            for person in self._directory.people():
                called = f"{person.name} {person.email.partition('@')[0]}".casefold()
                begins = called.startswith(name) or any(word.startswith(name) for word in called.split())
                if begins or name in (person.email, person.address):
                    found.add(f"person:{person.email}")
        return frozenset(found)

    def _places(self) -> Iterable[Place]:
        for person in self._directory.people():
            yield Place("person", person.name, person.email, person.email, person.address)
        for team in self._teams.all():
            yield Place("team", team.name, ", ".join(map(self._directory.name, team.members)), team.name)
        for service in self._services.all():
            about = f"Looked after by {service.team}" if service.team else ""
            yield Place("service", service.name, about, service.name)


def _fits(row: Summary, query: Query) -> bool:
    """Whether a room is as the query says."""
    states: dict[str, Callable[[Summary], bool]] = {
        "open": lambda row: row.status in OPEN and not row.imported,
        "over": lambda row: row.status not in OPEN or row.imported,
        "practice": lambda row: row.practice,
        "restricted": lambda row: row.restricted is not None,
        "imported": lambda row: row.imported,
    }
    return (
        all(states[state](row) if state in states else row.status == state for state in query.states)
        and (not query.severities or row.severity in query.severities)
        and (not query.rooms or row.id in query.rooms)
    )


def _of_service(row: Summary, services: Sequence[str]) -> bool:
    return bool(services) and any(name.casefold() in services for name in row.services)


def _hit(found: Found, row: Summary | None, query: Query) -> Hit:
    document = found.document
    return Hit(
        kind=document.kind,
        stream=document.stream,
        seq=document.seq,
        at=document.at,
        actor=document.actor,
        of=document.of,
        title=row.title if row is not None else "",
        status=row.status if row is not None else "",
        severity=row.severity if row is not None else None,
        restricted=row is not None and row.restricted is not None,
        parts=snippet(document.text, query.terms),
    )


def source_of(stream: str) -> str:
    """The sender in whose stream a change stands."""
    return stream.removeprefix(SOURCE_PREFIX)
