"""The intake: every signal goes through here into the record, whichever sender brought it.

Requests that come while an earlier group is being made durable are decided together and appended in one go; each
gets its receipts only after the row is on disk. Rules and services are those that stand when it is written: an append
that rests on older ones conflicts, whichever process changed them. Its memory of the signals' states is a cache of the
record, changed after its own commits and by what `ledger` finds that others wrote; an append that rests on anything
older conflicts, and is sorted again. Where a signal goes is `grouping`'s decision; this file does the reading and the
writing around it.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Conflict, Overloaded, Unavailable, WatchroomError
from watchroom.base.rng import Chance
from watchroom.detection.change import ChangeReported
from watchroom.detection.grouping import Doors, Known
from watchroom.detection.grouping_rules import NO_RULES, Rules
from watchroom.detection.rulebook import Rulebook
from watchroom.detection.signal import (
    SOURCE_FACTS,
    DeliveryKept,
    DeliveryPutAway,
    DeliveryReceived,
    Receipt,
    Remark,
    Signal,
)
from watchroom.incident import doors, shipped
from watchroom.incident.adopting import InForce
from watchroom.incident.folds import Folds
from watchroom.incident.inbox import SOURCE_PREFIX, Inbox
from watchroom.incident.incident import CODEC
from watchroom.integrations.ledger import Ledger, known_of
from watchroom.integrations.remarks import take_remarks
from watchroom.integrations.sorting import Sorting, Written
from watchroom.people.stream import STREAM as DIRECTORY
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Draft, Fact, StreamAppend
from watchroom.record.log import Log
from watchroom.record.projection import Projector

TRIES_MAX = 20
SIGNALS_PER_GROUP_MAX = 20_000
TURN_SIGNALS = 250
"""Signals sorted, or facts encoded, before others get their turn on the event loop."""

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
    remarks: Sequence[Remark] = ()
    changes: Sequence[ChangeReported] = ()
    fallback: str = ""

    def spoken_of(self) -> Iterator[str]:
        """The ids of the signals that it brings or remarks on."""
        yield from (signal.id for signal in self.signals)
        yield from (remark.signal for remark in self.remarks)


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
        rulebook: Rulebook | None = None,
        in_force: Callable[[], InForce] = lambda: InForce(shipped.default()),
    ) -> None:
        self._log = log
        self._folds = folds
        self._inbox = inbox
        self._projector = projector
        self._clock = clock
        self._chance = chance
        self._queue_max = queue_max
        self._rulebook = rulebook
        self._in_force = in_force
        self._queue: list[Delivery] = []
        self._wake = asyncio.Event()
        self._known: dict[str, Known] = {}
        self._doors = Doors()
        self._ledger = Ledger(log, folds, inbox, projector)
        self._worker: asyncio.Task[None] | None = None
        self._closing = False
        self._forgotten: set[str] = set()
        self.started = False
        """Whether it knows the signals' states and takes deliveries in."""

    async def start(self) -> None:
        """Learn the signals' states and the open doors from the record, then begin."""
        await self._projector.caught_up()
        items = sorted(self._inbox.items.values(), key=lambda item: item.since)
        self._known = {item.id: known_of(item) for item in items}
        self._doors.open = set(await self._log.holders(doors.OPEN))
        self._doors.led = await self._log.holders(doors.GROUP)
        self._doors.last = self._inbox.last_led | self._doors.led
        self._worker = asyncio.create_task(self._run())
        self.started = True

    @property
    def waiting(self) -> int:
        """Deliveries that wait to be taken in."""
        return len(self._queue)

    async def forget(self, room: str) -> None:
        """Remember the room's signals, and what led there, as the record has them: something in it was redacted. The
        inbox must be made anew by then. It happens between two groups."""
        self._forgotten.add(room)
        self._wake.set()

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
        remarks: Sequence[Remark] = (),
        changes: Sequence[ChangeReported] = (),
        fallback: str = "",
    ) -> list[Receipt]:
        """Take a delivery in; returns once it is durable. Raises Overloaded, Unavailable.

        `truncated` is how many further signals the sender left out, as it says itself; `fallback` why the source's
        mapping was not used. Receipts are of the signals, then of those that are remarked on and do not come
        themselves.
        """
        if self._closing:
            raise Unavailable("The server is shutting down.", hint="Send it again in a moment.")
        if not self.started:
            says = f"The server has just started, and its lists are catching up: {self._projector.percent} %."
            raise Unavailable(says, hint="Send it again in a moment.")
        if len(self._queue) >= self._queue_max:
            raise Overloaded("Too many deliveries wait to be written.", hint="Send it again in a moment.")
        done: asyncio.Future[list[Receipt]] = asyncio.get_running_loop().create_future()
        self._queue.append(Delivery(source, via, signals, done, kept, practice, truncated, remarks, changes, fallback))
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
            await self._forget()
            while self._queue:
                await self._answer(self._take())
            if self._closing:
                return

    async def _answer(self, group: list[Delivery]) -> None:
        """Take a group in. Nothing of it is held once that is done: what is redacted later must not wait here."""
        try:
            await self._take_in(group)
        except Exception as error:  # supervised: every waiting sender must get an answer, and the loop lives on
            for delivery in group:
                if not delivery.done.done():
                    delivery.done.set_exception(error)

    def _rules(self) -> tuple[Rules, list[StreamAppend]]:
        """The rules as they are known here, and what makes the append conflict if anybody has changed them since."""
        if self._rulebook is None:
            return NO_RULES, []
        return self._rulebook.ready(), [StreamAppend(DIRECTORY, self._rulebook.seq, [])]

    async def _forget(self) -> None:
        while self._forgotten:
            room = self._forgotten.pop()
            try:
                self._known = await self._ledger.without(room, self._known, self._doors)
            except WatchroomError:
                # It waits, with the rest, for the next delivery; who brings that hears the same.
                self._forgotten.add(room)
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
        conflict = False
        for _ in range(TRIES_MAX):
            rules, guards = self._rules()
            past, about = await self._ledger.learn(group, rules, self._known, self._doors, conflict=conflict)
            now = self._clock.now()
            new_room, in_force = self._chance.room_id, self._in_force()
            sorting = Sorting(self._known, self._doors, past, new_room, now, rules, about, in_force)
            sorted_ = [await _sorted(sorting, delivery) for delivery in group]
            for delivery, (receipts, _changed) in zip(group, sorted_, strict=True):
                if delivery.remarks:
                    taken = {signal.id for signal in delivery.signals}
                    receipts += take_remarks(
                        delivery.remarks, delivery.source, delivery.via, taken, sorting, self._known, self._inbox.items
                    )
            appends = guards + self._ledger.guards(sorting)
            for room, written in sorting.facts.items():
                drafts = await _drafts(written, now)
                # A room that somebody else has written to meanwhile is looked at again, and sorted anew.
                appends.append(
                    StreamAppend(room, 0 if room in sorting.opened else self._ledger.number(room, sorting), drafts)
                )
            # After the rooms: a receipt counts for a signal that the inbox knows by then.
            appends += _source_appends(group, sorted_, now)
            try:
                appended = await self._log.append(appends, _claims(sorting) + self._ledger.claims(sorting))
            except Conflict:
                conflict = True
                if self._rulebook is not None:
                    await self._rulebook.catch_up()
                continue
            self._ledger.took(sorting, appended.events)
            self._known.update(sorting.known)
            self._doors = Doors(sorting.doors.open, sorting.doors.led, self._doors.last)
            self._doors.last.update(sorting.last)
            for delivery, (receipts, _changed) in zip(group, sorted_, strict=True):
                if not delivery.done.done():
                    delivery.done.set_result(receipts)
            return
        raise Overloaded("The rooms change too fast to sort this in.", hint="Send it again in a moment.")


async def _sorted(sorting: Sorting, delivery: Delivery) -> tuple[list[Receipt], dict[str, dict[str, str]]]:
    """Sort one delivery in slices. What this process remembers stands still meanwhile: only the intake changes it."""
    receipts, changed = sorting.take(delivery.signals[:TURN_SIGNALS], delivery.via, delivery.practice)
    for start in range(TURN_SIGNALS, len(delivery.signals), TURN_SIGNALS):
        await asyncio.sleep(0)
        more, also = sorting.take(delivery.signals[start : start + TURN_SIGNALS], delivery.via, delivery.practice)
        receipts += more
        changed |= also
    return receipts, changed


async def _drafts(written: Sequence[Written], now: datetime) -> list[Draft]:
    """One room's facts, encoded in slices."""
    drafts: list[Draft] = []
    for number, each in enumerate(written, 1):
        kind, data = CODEC.kinds[type(each.fact)], CODEC.encode(each.fact)
        drafts.append(Draft(now, now, each.actor, each.via, kind, data))
        if number % TURN_SIGNALS == 0:
            await asyncio.sleep(0)
    return drafts


def _source_appends(
    group: list[Delivery], sorted_: list[tuple[list[Receipt], dict[str, dict[str, str]]]], now: datetime
) -> list[StreamAppend]:
    """One receipt row a request, and the bodies that are kept, in their sources' streams."""
    drafts: dict[str, list[Draft]] = {}
    for delivery, (receipts, changed) in zip(group, sorted_, strict=True):
        facts: list[Fact] = []
        if receipts:
            facts.append(
                DeliveryReceived(
                    receipts=receipts,
                    annotations=changed,
                    truncated=delivery.truncated,
                    remarks=list(delivery.remarks),
                    fallback=delivery.fallback,
                )
            )
        if delivery.kept is not None:
            # Right behind its receipts, which the source's book looks for there.
            facts.append(msgspec.structs.replace(delivery.kept, beside=bool(receipts)))
        facts += delivery.changes
        for fact in facts:
            draft = Draft(
                now, now, f"source:{delivery.source}", delivery.via, _codec.kinds[type(fact)], _codec.encode(fact)
            )
            drafts.setdefault(SOURCE_PREFIX + delivery.source, []).append(draft)
    return [StreamAppend(stream, None, made) for stream, made in drafts.items()]


def _claims(sorting: Sorting) -> list[Claim]:
    made = [doors.still_open(room) for room in sorting.guarded]
    made += [doors.open_claim(room) for room in sorting.opened]
    made += [doors.led(key, sorting.doors.led[key], held_by) for key, held_by in sorting.led.items()]
    made += [doors.still_led(key, room) for key, room in sorting.unled.items() if key not in sorting.led]
    return made
