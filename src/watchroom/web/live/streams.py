"""What the live streams show: a room's page, the board, the inbox, and the facts themselves for programs.

Each makes its frames once for all its viewers, from the record alone, so that a page at N with its frames up to M
equals the page at M. Called by the hub in `live`.
"""

import asyncio
from datetime import timedelta

from watchroom.communication.editing import MessageEdited
from watchroom.incident.folds import REWRITING
from watchroom.incident.incident import CODEC, Incident
from watchroom.incident.redaction import RedactionExplained
from watchroom.incident.undo import Retracted
from watchroom.incident.visibility import Guard, Viewer, guard_of
from watchroom.record.codec import event_json
from watchroom.record.event import Event, Fact, kind_of
from watchroom.record.redaction import REDACTED, Redacted
from watchroom.review.timeline import TimelineMarked
from watchroom.web.house import House
from watchroom.web.html.render import People
from watchroom.web.lists import board_now
from watchroom.web.live.frames import board_frame, inbox_frame, room_frame
from watchroom.web.room.panels import panels_html
from watchroom.web.room.timeline import entry_html, since_of
from watchroom.web.triage.filters import Filter
from watchroom.web.triage.inbox import inbox_now

EXPLAINED = kind_of(RedactionExplained)
SPEAKING_OF_EARLIER = frozenset({*REWRITING, EXPLAINED, kind_of(MessageEdited), kind_of(TimelineMarked)})
"""Kinds of events by which an earlier entry looks otherwise."""
PAGE_EVENTS = 1_000
RELOAD_BEYOND_EVENTS = 2_000
LIST_EVERY_S = 0.25


class RoomStream:
    """A room as its page shows it."""

    def __init__(self, house: House, room: str) -> None:
        self._house = house
        self._room = room
        self.forgets = False
        self._guard: Guard | None = None
        self._at = -1
        self._panels: dict[str, str] = {}

    async def wait(self, after: int) -> int:
        return await self._house.feed.wait(self._room, after)

    async def frames(self, after: int) -> tuple[bytes, int]:
        incident = await self._house.folds.get(self._room)
        if incident is not None and incident.seq <= after:
            # The record may be seen to move a moment before the folds are told of it.
            incident = await self._house.folds.refresh(self._room)
        if incident is None:
            return b"", after
        await self._house.rooms.sight.fresh(guard_of(incident))
        self._guard = guard_of(incident)
        if incident.seq <= after:
            return b"", after
        if incident.seq - after > RELOAD_BEYOND_EVENTS:
            return b"id: %d\nevent: reload\ndata: \n\n" % incident.seq, incident.seq
        # The folded room moves on while the record is read; a frame holds every entry up to the number it stands at.
        events: list[Event] = []
        struck: dict[int, str] = {}
        reached = after
        while incident.seq > reached:
            new = await self._house.log.read(self._room, reached, incident.seq - reached)
            struck |= await self._struck(new, after, incident)
            events += new
            reached = new[-1].seq
            # After the reading: what was written once somebody had left a team is not for them.
            await self._house.rooms.sight.fresh(guard_of(incident))
        self._guard = guard_of(incident)
        self.forgets = _redacting(events)
        return self._frame(incident, after, events, struck), reached

    def admits(self, viewer: Viewer) -> bool:
        return self._house.rooms.sight.sees(viewer, self._guard)

    def _frame(self, incident: Incident, after: int, events: list[Event], struck: dict[int, str]) -> bytes:
        people = self._house.directory
        panels = panels_html(incident, people)
        before = self._panels if after == self._at else {}
        changed = {name: html for name, html in panels.items() if before.get(name) != html}
        self._at, self._panels = incident.seq, panels
        return room_frame(incident, entries_html(events, incident, people), changed, struck).encode()

    async def _struck(self, events: list[Event], after: int, incident: Incident) -> dict[int, str]:
        """Entries shown before that were taken back or redacted since, as they look now."""
        struck: dict[int, str] = {}
        for event in events:
            fact = CODEC.decode(event) if event.kind in SPEAKING_OF_EARLIER else None
            ahead = list(_rewritten(fact))
            while ahead:
                seq = ahead.pop()
                for earlier in await self._house.log.read(self._room, seq - 1, 1):
                    # What was taken back may itself have been about an entry: an edit, a pin.
                    ahead += _about(CODEC.decode(earlier))
                    if seq <= after:
                        struck[seq] = entries_html([earlier], incident, self._house.directory)
        return struck


def _rewritten(fact: Fact | None) -> tuple[int, ...]:
    """The numbers of the entries that look otherwise since this was said."""
    if isinstance(fact, Redacted) and fact.kind == EXPLAINED:
        # The reason stood at the entry that it explained, too.
        return fact.seq, int(fact.left["seq"])
    return (fact.seq,) if isinstance(fact, (Retracted, Redacted, RedactionExplained)) else _about(fact)


def _about(fact: Fact | None) -> tuple[int, ...]:
    """The number of the entry that shows what this fact says."""
    return (fact.seq,) if isinstance(fact, (MessageEdited, TimelineMarked)) else ()


def entries_html(events: list[Event], incident: Incident, people: People) -> str:
    """Timeline entries of these events, as they look at `incident`'s number."""
    since = since_of(incident)
    return "".join(entry_html(event, CODEC.decode(event), people, since(event.seq)) for event in events)


def _redacting(events: list[Event]) -> bool:
    return any(event.kind == REDACTED for event in events)


class FactStream:
    """A room's facts for programs: `event: fact`, `id:` the number, `data:` the event as the API shows it."""

    def __init__(self, house: House, room: str) -> None:
        self._house = house
        self._room = room
        self._guard: Guard | None = None
        self.forgets = False

    async def wait(self, after: int) -> int:
        return await self._house.feed.wait(self._room, after)

    def admits(self, viewer: Viewer) -> bool:
        return self._house.rooms.sight.sees(viewer, self._guard)

    async def frames(self, after: int) -> tuple[bytes, int]:
        events = await self._house.log.read(self._room, after, PAGE_EVENTS)
        # Asked after the reading, so that whatever was read was written under this guard or before it.
        incident = await self._house.folds.current(self._room)
        if incident is not None:
            await self._house.rooms.sight.fresh(guard_of(incident))
            self._guard = guard_of(incident)
        if not events:
            return b"", after
        self.forgets = _redacting(events)
        lines = [b"event: fact\nid: %d\ndata: %b\n\n" % (event.seq, event_json(event)) for event in events]
        return b"".join(lines), events[-1].seq


class ListStream:
    """The board or the inbox for one visibility class: those who see the same restricted rooms.

    Its number is the record's position. Looks at most a few times a second.
    """

    def __init__(self, house: House, which: str, seen: frozenset[str] = frozenset(), by: Filter | None = None) -> None:
        self._house = house
        self._which = which
        self._seen = seen
        self._by = by
        """What of the inbox is shown."""
        # Each frame shows all of it, so those before it need not be sent any more.
        self.forgets = True
        self._next_look = house.clock.now()

    async def wait(self, after: int) -> int:
        position = await self._house.feed.wait_all(after)
        await self._house.clock.sleep_until(self._next_look)
        self._next_look = self._house.clock.now() + timedelta(seconds=LIST_EVERY_S)
        return position

    async def frames(self, after: int) -> tuple[bytes, int]:
        house = self._house
        position = await house.log.position()
        if position <= after:
            return b"", after
        # What was written once somebody had left a team is not for them: the teams are read after the position.
        await house.teams.look()
        if self._which == "board":
            frame = board_frame(position, await board_now(house, self._seen))
        else:
            frame = inbox_frame(position, await inbox_now(house, self._seen, self._by))
        return frame.encode(), position

    def admits(self, viewer: Viewer) -> bool:
        house = self._house
        return house.rooms.sight.visible(viewer, house.listing.restricted) == self._seen


class QuietStream:
    """Nothing, for ever: the stream of a page that shows nothing live, over which only its person is told."""

    forgets = False

    async def wait(self, after: int) -> int:
        for_ever: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        return await for_ever

    async def frames(self, after: int) -> tuple[bytes, int]:
        return b"", after

    def admits(self, viewer: Viewer) -> bool:
        return True
