"""The outbox: every page of every room that nobody has answered yet, and what was tried to deliver it.

A projection that notes which rooms have moved and folds those again; a letter is always a function of its room's
record, so a killed server goes on where it stood. Read by `notify` (mail) and by `web/live/ringing` (open browsers).
Never sends.
"""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from watchroom.incident.doors import is_room
from watchroom.incident.folds import Folds
from watchroom.incident.incident import Incident
from watchroom.incident.release import Sees, by_room, may_leave
from watchroom.incident.visibility import Guard, Viewer, guard_of
from watchroom.mitigation.page import Attempts, PageRequested, RoomPage
from watchroom.people.paging import BROWSER, EMAIL, is_person
from watchroom.record.event import kind_of
from watchroom.record.log import Placed
from watchroom.record.projection import Projection

REQUESTED = kind_of(PageRequested)
STALE = b"null"
"""The saved row of a room that has moved since it was last looked at."""


class Letter(msgspec.Struct, frozen=True):
    """One page on its way to one person."""

    room: str
    page: str
    to: str
    text: str
    by: str
    title: str
    severity: str
    practice: bool
    requested_at: datetime
    give_up_at: datetime | None
    may_ring: bool
    """Whether it may be shown in the person's open browser, and still is to be."""
    may_mail: bool
    """Whether it may go by mail, and still is to go."""
    mails: int
    """How many times mail was tried."""
    mail_at: datetime | None
    """When the next mail is tried; None: now."""
    restricted: Guard | None = None
    """Who alone sees the room. Then the letter says nothing of it to anybody else, and in a mail to nobody."""


def letters(incident: Incident) -> list[Letter]:
    """The room's letters. Closing withdraws what was open; who is called to a closed room afterwards is called."""
    if incident.imported or incident.status == "dismissed":
        return []
    return [_letter(incident, page) for page in incident.pages.open]


def _letter(incident: Incident, page: RoomPage) -> Letter:
    mail = page.attempts.get(EMAIL, Attempts())
    person = is_person(page.to)
    return Letter(
        room=incident.id,
        page=page.id,
        to=page.to,
        text=page.text,
        by=page.by,
        title=incident.declaration.title,
        severity=incident.rating.severity or "",
        practice=incident.declaration.practice,
        requested_at=page.at,
        give_up_at=page.give_up_at,
        may_ring=person and page.rings and may_leave(incident, BROWSER, page.to),
        may_mail=person and not mail.over and may_leave(incident, EMAIL, page.to),
        mails=mail.made,
        mail_at=mail.retry_at,
        restricted=guard_of(incident),
    )


_decode = msgspec.json.Decoder(list[Letter]).decode
_encode = msgspec.json.Encoder().encode


class Outbox(Projection):
    """Letters by room; `settle` brings them up to date, `wait` returns when they may have changed."""

    name = "outbox"
    version = "4"

    def __init__(self, folds: Folds) -> None:
        super().__init__()
        self._folds = folds
        self._rooms: dict[str, list[Letter]] = {}
        self._stale: dict[str, int] = {}
        self._changes = 0
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()
        self._sees: Sees = by_room

    def asks(self, sees: Sees) -> None:
        """Whom to ask whether somebody sees a room."""
        self._sees = sees

    def reaches(self, letter: Letter) -> bool:
        """Whether the one who is called sees the room at this moment; whoever was shut out is told nothing of it."""
        return self._sees(Viewer(letter.to), letter.restricted)

    def look_again(self) -> None:
        """Have whoever waits look again: a team has changed, say."""
        self._note()

    def clear(self) -> None:
        self._rooms, self._stale = {}, {}
        self._note()

    def restore(self, rows: Mapping[str, bytes]) -> None:
        for room, body in rows.items():
            if body == STALE:
                self._stale[room] = 0
            else:
                self._rooms[room] = _decode(body)
        self._note()

    def row(self, key: str) -> bytes | None:
        if key in self._stale:
            return STALE
        return _encode(self._rooms[key]) if key in self._rooms else None

    def apply(self, placed: Placed) -> None:
        event = placed.event
        # Whatever happens in a room with letters may answer one; other rooms cost nothing.
        known = event.stream in self._rooms or event.stream in self._stale
        if event.kind == REQUESTED or (known and is_room(event.stream)):
            self._stale[event.stream] = event.seq
            self.touch(event.stream)
            self._note()

    async def settle(self) -> None:
        """Fold the rooms that have moved."""
        async with self._turn:
            while self._stale:
                room, seq = next(iter(self._stale.items()))
                incident = await self._folds.get(room)
                if incident is None or incident.seq < seq:
                    # The record was read here before the folds were told of the commit.
                    incident = await self._folds.refresh(room)
                found = letters(incident) if incident is not None else []
                if incident is None or incident.seq >= self._stale.get(room, 0):
                    self._stale.pop(room, None)
                if found:
                    self._rooms[room] = found
                else:
                    self._rooms.pop(room, None)
                self.touch(room)

    def all(self) -> Iterator[Letter]:
        """Every letter; call `settle` before."""
        for found in self._rooms.values():
            yield from found

    def ringing(self, person: str) -> list[Letter]:
        """What rings for this person, the newest first."""
        found = [letter for letter in self.all() if letter.to == person and letter.may_ring and self.reaches(letter)]
        return sorted(found, key=lambda letter: (letter.requested_at, letter.room, letter.page), reverse=True)

    async def wait(self, after: int) -> int:
        """Return once letters may have changed since the call that returned `after`; 0 returns at once."""
        while self._changes <= after:
            await self._changed.wait()
        return self._changes

    def _note(self) -> None:
        self._changes += 1
        self._changed.set()
        self._changed = asyncio.Event()
