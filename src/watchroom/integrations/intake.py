"""The intake: every signal goes through here into the record, whichever sender brought it.

Requests that come while an earlier group is being made durable are decided together and appended in one go; each
gets its receipts only after the row is on disk. Its memory of the signals' states is a cache of the record, changed
only after a commit. Where a signal goes is `grouping`'s decision; this file does the reading and the writing around
it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Conflict, Overloaded, Unavailable
from watchroom.base.rng import Chance
from watchroom.detection.grouping import Doors, Known, group_key, room_before, room_for
from watchroom.detection.signal import (
    SOURCE_FACTS,
    DeliveryKept,
    DeliveryPutAway,
    DeliveryReceived,
    Receipt,
    Signal,
)
from watchroom.incident import doors
from watchroom.incident.folds import Folds
from watchroom.incident.inbox import SOURCE_PREFIX, Inbox, SignalItem
from watchroom.incident.incident import CODEC
from watchroom.integrations.sorting import Past, Sorting
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Draft, Fact, StreamAppend
from watchroom.record.log import Log
from watchroom.record.projection import Projector

TRIES_MAX = 20
SIGNALS_PER_GROUP_MAX = 20_000

_codec = FactCodec(SOURCE_FACTS)


class Delivery(msgspec.Struct, eq=False):
    """One request on its way in."""

    source: str
    via: str
    signals: Sequence[Signal]
    done: "asyncio.Future[list[Receipt]]"
    kept: DeliveryKept | None = None
    practice: bool = False
    truncated: int = 0


class Intake:
    """Takes deliveries in. `start` it after the projector; `close` finishes what is queued."""

    def __init__(
        self,
        log: Log,
        folds: Folds,
        inbox: Inbox,
        projector: Projector,
        clock: Clock,
        chance: Chance,
        queue_max: int = 2_000,
    ) -> None:
        self._log = log
        self._folds = folds
        self._inbox = inbox
        self._projector = projector
        self._clock = clock
        self._chance = chance
        self._queue_max = queue_max
        self._queue: list[Delivery] = []
        self._wake = asyncio.Event()
        self._known: dict[str, Known] = {}
        self._doors = Doors()
        self._moved = False
        self._reached: dict[str, int] = {}
        """How far each room has come since the start, whoever wrote to it."""
        self._seen: dict[str, int] = {}
        """How far of each room what is remembered here takes into account."""
        self._worker: asyncio.Task[None] | None = None
        self._closing = False
        self.started = False
        """Whether it knows the signals' states and takes deliveries in."""
        log.on_reached(self._on_reached)

    def _on_reached(self, reached: Mapping[str, int], position: int) -> None:
        self._reached.update((stream, seq) for stream, seq in reached.items() if doors.is_room(stream))

    async def start(self) -> None:
        """Learn the signals' states and the open doors from the record, then begin."""
        await self._projector.caught_up()
        items = sorted(self._inbox.items.values(), key=lambda item: item.since)
        self._known = {item.id: known_of(item) for item in items}
        self._doors.last = {group_key(item.source, item.group): item.stream for item in items}
        await self._learn_doors()
        self._worker = asyncio.create_task(self._run())
        self.started = True

    @property
    def waiting(self) -> int:
        """Deliveries that wait to be taken in."""
        return len(self._queue)

    async def close(self) -> None:
        """Take in what is queued, then stop."""
        self._closing = True
        self._wake.set()
        if self._worker is not None:
            await self._worker

    async def receive(
        self,
        source: str,
        via: str,
        signals: Sequence[Signal],
        kept: DeliveryKept | None = None,
        practice: bool = False,
        *,
        truncated: int = 0,
    ) -> list[Receipt]:
        """Take a delivery in; returns once it is durable. Raises Overloaded, Unavailable.

        `truncated` is how many further signals the sender left out, as it says itself.
        """
        if self._closing:
            raise Unavailable("The server is shutting down.", hint="Send it again in a moment.")
        if not self.started:
            says = f"The server has just started, and its lists are catching up: {self._projector.percent} %."
            raise Unavailable(says, hint="Send it again in a moment.")
        if len(self._queue) >= self._queue_max:
            raise Overloaded("Too many deliveries wait to be written.", hint="Send it again in a moment.")
        done: asyncio.Future[list[Receipt]] = asyncio.get_running_loop().create_future()
        self._queue.append(Delivery(source, via, signals, done, kept, practice, truncated))
        self._wake.set()
        return await done

    async def put_away(self, source: str, seq: int, *, actor: str, via: str) -> int:
        """Record that a kept delivery was dealt with; returns the log's position then."""
        now = self._clock.now()
        fact = DeliveryPutAway(seq=seq)
        draft = Draft(now, now, actor, via, _codec.kinds[DeliveryPutAway], _codec.encode(fact))
        appended = await self._log.append([StreamAppend(SOURCE_PREFIX + source, None, [draft])])
        return appended.position

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                group = self._take()
                try:
                    await self._take_in(group)
                except Exception as error:  # supervised: every waiting sender must get an answer, and the loop lives on
                    for delivery in group:
                        if not delivery.done.done():
                            delivery.done.set_exception(error)
            if self._closing:
                return

    def _take(self) -> list[Delivery]:
        """The next group: everything that waits, up to a bound of signals."""
        signals = taken = 0
        while taken < len(self._queue) and signals < SIGNALS_PER_GROUP_MAX:
            signals += len(self._queue[taken].signals)
            taken += 1
        group, self._queue = self._queue[:taken], self._queue[taken:]
        return group

    async def _take_in(self, group: list[Delivery]) -> None:
        for _ in range(TRIES_MAX):
            past = await self._look_back(group)
            now = self._clock.now()
            sorting = Sorting(self._known, self._doors, past, self._chance.room_id)
            sorted_ = [sorting.take(delivery.signals, delivery.via, delivery.practice) for delivery in group]
            appends: list[StreamAppend] = []
            for room, written in sorting.facts.items():
                drafts = [
                    Draft(now, now, f"source:{w.source}", w.via, CODEC.kinds[type(w.fact)], CODEC.encode(w.fact))
                    for w in written
                ]
                # A room that somebody else has written to meanwhile is looked at again, and sorted anew.
                appends.append(StreamAppend(room, 0 if room in sorting.opened else self._seen.get(room), drafts))
            # After the rooms: a receipt counts for a signal that the inbox knows by then.
            appends += _source_appends(group, sorted_, now)
            try:
                appended = await self._log.append(appends, _claims(sorting))
            except Conflict:
                await self._learn_doors()
                self._moved = True
                continue
            for event in appended.events:
                if self._seen.get(event.stream, 0) == event.seq - 1 and event.stream in sorting.facts:
                    self._seen[event.stream] = event.seq
            self._known.update(sorting.known)
            self._doors = Doors(sorting.doors.open, sorting.doors.led, self._doors.last)
            self._doors.last.update(sorting.last)
            for delivery, (receipts, _changed) in zip(group, sorted_, strict=True):
                if not delivery.done.done():
                    delivery.done.set_result(receipts)
            return
        raise Overloaded("The rooms change too fast to sort this in.", hint="Send it again in a moment.")

    async def _look_back(self, group: list[Delivery]) -> dict[str, Past]:
        """How the rooms ended that these signals were in; signals that people moved meanwhile are looked up anew."""
        left = await self._look_at_rooms(group)
        shut = [
            signal
            for delivery in group
            for signal in delivery.signals
            if (known := self._known.get(signal.id)) is not None
            and (known.room not in self._doors.open or signal.id in left)
        ]
        if shut or self._moved:
            await self._projector.caught_up()
            self._moved = False
        for signal in shut:
            item = self._inbox.items.get(signal.id)
            known = self._known[signal.id]
            if item is not None and item.stream != known.room:
                self._known[signal.id] = msgspec.structs.replace(known, room=item.stream)
        before = {
            room
            for delivery in group
            for signal in delivery.signals
            if (room := room_before(signal, self._known.get(signal.id), self._doors)) is not None
            and room not in self._doors.open
        }
        past: dict[str, Past] = {}
        for room in before:
            incident = await self._folds.get(room)
            if incident is not None and incident.status in ("resolved", "closed", "dismissed"):
                past[room] = Past(incident.status, incident.declaration.declared_at is not None)
        return past

    async def _look_at_rooms(self, group: list[Delivery]) -> set[str]:
        """Learn anew of these signals' rooms that others have written to; the signals that have left theirs."""
        rooms: dict[str, set[str]] = {}
        for delivery in group:
            for signal in delivery.signals:
                known = self._known.get(signal.id)
                room = known.room if known is not None else room_for(signal, known, self._doors)
                if room is not None and self._reached.get(room, 0) > self._seen.get(room, 0):
                    rooms.setdefault(room, set()).add(signal.id)
        left: set[str] = set()
        for room, signals in rooms.items():
            incident = await self._folds.get(room)
            if incident is not None:
                self._seen[room] = incident.seq
                left |= {id for id in signals if id in self._known and id not in incident.signals.by_id}
        if rooms:
            await self._learn_doors()
        return left

    async def _learn_doors(self) -> None:
        opened = set(await self._log.holders(doors.OPEN))
        self._doors = Doors(opened, await self._log.holders(doors.GROUP), self._doors.last)


def known_of(item: SignalItem) -> Known:
    """A signal's current state from its item in the inbox."""
    return Known(item.state, item.severity, item.labels, item.starts_at, item.stream, item.annotations)


def _source_appends(
    group: list[Delivery], sorted_: list[tuple[list[Receipt], dict[str, dict[str, str]]]], now: datetime
) -> list[StreamAppend]:
    """One receipt row a request, and the bodies that are kept, in their sources' streams."""
    drafts: dict[str, list[Draft]] = {}
    for delivery, (receipts, changed) in zip(group, sorted_, strict=True):
        facts: list[Fact] = []
        if receipts:
            facts.append(DeliveryReceived(receipts=receipts, annotations=changed, truncated=delivery.truncated))
        if delivery.kept is not None:
            facts.append(delivery.kept)
        for fact in facts:
            draft = Draft(
                now, now, f"source:{delivery.source}", delivery.via, _codec.kinds[type(fact)], _codec.encode(fact)
            )
            drafts.setdefault(SOURCE_PREFIX + delivery.source, []).append(draft)
    return [StreamAppend(stream, None, made) for stream, made in drafts.items()]


def _claims(sorting: Sorting) -> list[Claim]:
    guards = [doors.still_open(room) for room in sorting.guarded]
    for room, key in sorting.opened.items():
        guards.append(doors.open_claim(room))
        guards.append(Claim(doors.GROUP, key, room, sorting.taken_over[key]))
    return guards
