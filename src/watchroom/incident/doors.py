"""Doors: which room is open to new signals, and which room a group of signals leads to, as claims.

A room holds `open/ROOM` while new signals belong in it, and `group/KEY` for each key that leads there: a sender's
group, or what a grouping rule groups by.
Both are given back in the same append that resolves, closes or dismisses it, so a signal can never slip into a room
that is over. Called by the write path and the intake; the claims themselves are checked by the store.
"""

import re
from collections.abc import Sequence

import msgspec

from watchroom.base.command import Act
from watchroom.detection.declaration import DeclarationWithdrawn, IncidentDeclared
from watchroom.detection.signal import SignalMoved, SignalRecorded
from watchroom.detection.triage import JudgementWithdrawn, LookAgainCameDue, SignalTriaged
from watchroom.incident.incident import CODEC, Incident, advance
from watchroom.record.event import Claim, Event, Fact
from watchroom.record.log import Log
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved

OPEN, GROUP = "open", "group"
_ROOM = re.compile(r"[0-9a-z]{4}-[0-9a-z]{4}")
# Facts that can open or shut a room's door, or change which groups lead to it.
MOVING = (
    IncidentDeclared,
    DeclarationWithdrawn,
    IncidentResolved,
    IncidentClosed,
    IncidentReopened,
    SignalTriaged,
    JudgementWithdrawn,
    SignalMoved,
    SignalRecorded,
    LookAgainCameDue,
)


def is_room(stream: str) -> bool:
    """Whether a stream's name is a room's id."""
    return _ROOM.fullmatch(stream) is not None


def open_claim(room: str) -> Claim:
    """A new room's claim to be open."""
    return Claim(OPEN, room, room)


def still_open(room: str) -> Claim:
    """A guard: fails the append unless the room is open at that moment."""
    return Claim(OPEN, room, room, room)


def led(key: str, room: str, held_by: str | None) -> Claim:
    """A key leads to `room` from now on; `held_by` is the room that it leads to until then."""
    return Claim(GROUP, key, room, held_by)


def still_led(key: str, room: str | None) -> Claim:
    """A guard: fails the append unless the key leads to that room, or nowhere, at that moment."""
    return Claim(GROUP, key, room, room)


def after(incident: Incident, facts: Sequence[Fact], act: Act) -> Incident:
    """A copy of the room as it will stand once these facts are recorded."""
    copy = msgspec.msgpack.decode(msgspec.msgpack.encode(incident), type=Incident)
    for number, fact in enumerate(facts, incident.seq + 1):
        kind = CODEC.kinds[type(fact)]
        advance(
            copy, Event(incident.id, number, act.at, act.at, act.actor, act.via, None, kind, b"", b"", None, b""), fact
        )
    return copy


async def claims(
    log: Log, incident: Incident, facts: Sequence[Fact], act: Act, yielding: frozenset[str] = frozenset()
) -> list[Claim]:
    """The claims to take or give back with these facts; see `claims_between`."""
    if not any(isinstance(fact, MOVING) for fact in facts):
        return []
    return await claims_between(log, incident, after(incident, facts, act), yielding)


async def claims_between(
    log: Log, before: Incident, after: Incident, yielding: frozenset[str] = frozenset()
) -> list[Claim]:
    """The claims that make the doors fit the new state. A group held elsewhere is taken only from `yielding` rooms."""
    room = before.id
    old = _groups(before) if before.is_open else set()
    new = _groups(after) if after.is_open else set()
    made: list[Claim] = []
    if before.is_open != after.is_open:
        made.append(Claim(OPEN, room, None, room) if before.is_open else Claim(OPEN, room, room))
    for key in sorted(old - new):
        if await log.holder(GROUP, key) == room:
            made.append(Claim(GROUP, key, None, room))
    for key in sorted(new - old):
        holder = await log.holder(GROUP, key)
        if holder is None or holder in yielding:
            made.append(Claim(GROUP, key, room, holder))
    return made


def _groups(incident: Incident) -> set[str]:
    return {key for signal in incident.signals.by_id.values() for key in signal.leads}


def merged(made: Sequence[Claim]) -> list[Claim]:
    """One claim a key: a room that gives a group back while another takes it becomes one hand-over."""
    given = {(claim.scope, claim.key): claim for claim in made if claim.stream is None}
    taken = {(claim.scope, claim.key): claim for claim in made if claim.stream is not None}
    sure = [claim for key, claim in taken.items() if claim.held_by is None or key in given or claim.scope != GROUP]
    return [*sure, *(claim for key, claim in given.items() if key not in taken)]
