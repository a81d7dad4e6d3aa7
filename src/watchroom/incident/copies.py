"""Copies: the facts in which the house itself has repeated what an event says, which go with it when it is redacted.

A room takes its title from its first signal and the declaration takes it from the room; a signal that moves is
recorded again; a receipt keeps annotations that changed; a body that could not be read is kept whole. A message takes
its later wordings along, which are shown in its place. What a person says again otherwise, in other words or in the
same, is an entry of its own and is redacted by itself. Called by `redacting`.
"""

from collections.abc import Iterable

import msgspec

from watchroom.communication.editing import MessageEdited
from watchroom.communication.message import MessagePosted
from watchroom.detection.declaration import IncidentCorrected, IncidentDeclared, RoomOpened
from watchroom.detection.signal import SOURCE_FACTS, DeliveryKept, DeliveryReceived, SignalMoved, SignalRecorded
from watchroom.detection.triage import SignalTriaged
from watchroom.incident.inbox import SOURCE_PREFIX
from watchroom.incident.incident import CODEC
from watchroom.incident.redaction import split
from watchroom.record.codec import FactCodec
from watchroom.record.event import Event, Fact
from watchroom.record.log import Log
from watchroom.record.redaction import Redacted
from watchroom.resolution.reopening import IncidentReopened, ReopeningOffered

ROOMS_MAX = 50
"""How many rooms are followed from one to the next, at most."""
WORDS_CHARS_MIN = 8
"""Words shorter than this are not looked for in a body that could not be read: they would be found in any."""
PAGE_EVENTS = 2_000

_sources = FactCodec(SOURCE_FACTS)


class Copy(msgspec.Struct, frozen=True):
    """An event and what it says."""

    event: Event
    fact: Fact


async def with_copies(log: Log, event: Event, fact: Fact, *, people: bool = False) -> list[Copy]:
    """The event, and every other that repeats it; over the rooms that its signals came from, went to, or reopen.

    With `people` a fact of the same command that names somebody whom the event names repeats it too: the call to them.
    """
    found = {(event.stream, event.seq): Copy(event, fact)}
    if not isinstance(fact, Redacted):
        rooms = await _related(log, event.stream)
        known = len(found) - 1
        while known < len(found):
            known = len(found)
            targets = list(found.values())
            sources = await _receipts(log, targets)
            for copy in [*rooms, *sources]:
                if any(_repeats(target, copy, people) for target in targets):
                    found.setdefault((copy.event.stream, copy.event.seq), copy)
    return list(found.values())


async def _related(log: Log, room: str) -> list[Copy]:
    """What is said in this room and in those that it is tied to."""
    seen: list[Copy] = []
    rooms, ahead = {room}, [room]
    while ahead:
        name = ahead.pop()
        for copy in await _read(log, name, CODEC):
            seen.append(copy)
            for other in _leads_to(copy.fact):
                if other and other not in rooms and len(rooms) < ROOMS_MAX:
                    rooms.add(other)
                    ahead.append(other)
    return seen


async def _receipts(log: Log, targets: Iterable[Copy]) -> list[Copy]:
    """What the sources of these signals have delivered."""
    names = sorted({target.fact.source for target in targets if isinstance(target.fact, SignalRecorded)})
    return [copy for name in names for copy in await _read(log, SOURCE_PREFIX + name, _sources)]


async def _read(log: Log, stream: str, codec: FactCodec) -> list[Copy]:
    copies: list[Copy] = []
    after = 0
    while events := await log.read(stream, after, PAGE_EVENTS):
        after = events[-1].seq
        decoded = ((event, codec.decode(event)) for event in events if not event.redacted)
        copies += [Copy(event, fact) for event, fact in decoded if fact is not None]
    return copies


def _leads_to(fact: Fact) -> tuple[str, ...]:
    """Other rooms that may hold copies."""
    match fact:
        case RoomOpened():
            return (fact.after,)
        case SignalRecorded():
            return (fact.moved_from,)
        case SignalMoved():
            return (fact.to,)
        case SignalTriaged():
            return (fact.of,)
        case ReopeningOffered():
            return (fact.room,)
        case IncidentReopened():
            return tuple(fact.joined)
    return ()


def _title(fact: Fact) -> str:
    titled = (RoomOpened, IncidentDeclared, IncidentCorrected, SignalRecorded, ReopeningOffered)
    return fact.title if isinstance(fact, titled) else ""


def _repeats(target: Copy, other: Copy, people: bool) -> bool:
    """Whether `other` says again, by the house's own doing, what `target` says."""
    said, again = target.fact, other.fact
    if isinstance(again, Redacted):
        return False
    if _title(said) and _title(said) == _title(again):
        return True
    if isinstance(said, MessagePosted) and isinstance(again, MessageEdited):
        return (other.event.stream, again.seq) == (target.event.stream, target.event.seq)
    if isinstance(said, SignalRecorded):
        match again:
            case SignalRecorded():
                return again.signal == said.signal
            case ReopeningOffered():
                # It carries the signal's link, whatever the signal was called at that moment.
                return again.signal == said.signal
            case DeliveryReceived():
                return said.signal in again.annotations
            case DeliveryKept():
                words = (word for word in split(said)[1] if len(word) >= WORDS_CHARS_MIN)
                return any(word in again.body for word in words)
        return False
    if not _of_one_command(target.event, other.event):
        return False
    return _echoes(split(said, people=people)[1], split(again, people=people)[1])


def _echoes(words: set[str], again: set[str]) -> bool:
    """Whether a text of the one stands in a text of the other: a call repeats what it is about in its own words."""
    return any(one in other or other in one for one in words for other in again)


def _of_one_command(one: Event, other: Event) -> bool:
    """Whether both were said at once by the same actor: one command may become several facts."""
    return (one.stream, one.actor, one.via, one.recorded_at) == (
        other.stream, other.actor, other.via, other.recorded_at,
    )  # fmt: skip
