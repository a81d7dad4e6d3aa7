"""The ledger: what the intake's memory takes into account, and what must still be so when a group of deliveries is
written.

Other processes take deliveries in too, and people close and reopen rooms. What they did is learnt from the inbox,
which follows the record in commit order; whatever the sorting rested on goes into its append as a guard: each room
at the number known here, and for a signal that is unknown, or whose room is over, the claim `signal/ID`, which names
the room that the intake, anybody's, put it into last. So an append that is based on anything old conflicts. Called
by the intake. Never writes, and never decides where a signal goes.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from watchroom.detection.grouping import Doors, Known, Plan, outcome, room_before
from watchroom.detection.grouping_rules import Rules
from watchroom.detection.signal import Remark, Signal
from watchroom.incident import doors as claims
from watchroom.incident.folds import Folds
from watchroom.incident.inbox import Inbox, SignalItem
from watchroom.incident.incident import Incident
from watchroom.integrations.sorting import About, Past, Sorting
from watchroom.record.event import Claim, Event, StreamAppend
from watchroom.record.log import Log
from watchroom.record.projection import Projector

PLACE = "signal"


class Waiting(Protocol):
    """A delivery, as far as it is looked at here."""

    @property
    def signals(self) -> Sequence[Signal]: ...

    @property
    def remarks(self) -> Sequence[Remark]: ...

    @property
    def practice(self) -> bool: ...


class Coming:
    """A signal on its way in, and how it is grouped, which is asked of the rules once and only when it matters."""

    __slots__ = ("_plan", "_rules", "follows", "id", "practice", "signal")

    def __init__(self, signal: Signal, practice: bool, rules: Rules, follows: bool) -> None:
        self.signal = signal
        self.id = signal.id
        self.practice = practice
        self.follows = follows
        """Whether one of the same id comes before it in the group: that one's state is what it is measured against."""
        self._rules = rules
        self._plan: Plan | None = None

    @property
    def plan(self) -> Plan:
        """How it is grouped."""
        if self._plan is None:
            self._plan = self._rules.plan(self.signal, self.practice)
        return self._plan


class Ledger:
    """How far of each room the intake knows, and where each signal was put."""

    def __init__(self, log: Log, folds: Folds, inbox: Inbox, projector: Projector) -> None:
        self._log = log
        self._folds = folds
        self._inbox = inbox
        self._projector = projector
        self._reached: dict[str, int] = {}
        """How far each room has come since the start, whoever wrote to it, as far as this process was told."""
        self._unsure = False
        """The log said that somebody wrote, and could not say where."""
        self.seen: dict[str, int] = {}
        """How far of each room what is remembered takes into account."""
        self._turns: dict[str, int] = {}
        """How many times each room was found to have been moved on by others; not there: never."""
        self._fresh: dict[str, int] = {}
        """At which of its room's turns each signal's state was taken from the inbox: at an earlier one it is old."""
        self._placed: dict[str, str | None] = {}
        """The claims on signals' places, as far as they were looked at here."""
        log.on_reached(self._on_reached)

    def _on_reached(self, reached: Mapping[str, int], position: int) -> None:
        for stream, seq in reached.items():
            if seq > self._reached.get(stream, 0) and claims.is_room(stream):
                self._reached[stream] = seq
        if not reached:
            self._unsure = True

    async def learn(
        self, group: Sequence[Waiting], rules: Rules, known: dict[str, Known], doors: Doors, *, conflict: bool
    ) -> tuple[dict[str, Past], dict[str, About]]:
        """Bring `known` and `doors` up to date for these deliveries, as far as others have changed anything.

        Returns how the rooms ended that are over and that these signals were in, and what the rules ask of the open
        rooms that they may go to. After a `conflict` everything that the deliveries touch is looked at anew.
        """
        # One signal may come by several groups, and with other labels, at once.
        signals = _coming(group, rules)
        remarked = {remark.signal for delivery in group for remark in delivery.remarks}
        ids = {signal.id for signal in signals} | remarked
        again = conflict
        if conflict:
            for id in ids:
                self._placed.pop(id, None)
        while True:
            rooms = _rooms_of(signals, known, doors) | _rooms_in(remarked, known)
            fresh = [room for room in rooms if room not in self.seen]
            moved = self._unsure or any(self._known_of(room) > self.seen.get(room, 0) for room in rooms)
            old = any(self._is_old(id, known.get(id)) for id in ids)
            unread = self._unread(ids, known, doors, unknown_too=conflict)
            if not (conflict or fresh or moved or old or unread):
                past = await self._past(signals, known, doors)
                about = await self._about(signals, known, doors, again) if rules.looks_back else {}
                return past, about
            await self._catch_up(signals, remarked, known, doors, fresh, unread)
            # Only once: what is found now may lead to further rooms, which are looked at in the next turn.
            if conflict and not self._unread(ids, known, doors, unknown_too=True):
                conflict = False

    def _known_of(self, room: str) -> int:
        return max(self._reached.get(room, 0), self._inbox.reached.get(room, 0))

    def _is_old(self, id: str, known: Known | None) -> bool:
        return known is not None and self._turns.get(known.room, 0) != self._fresh.get(id, 0)

    def _unread(self, ids: Iterable[str], known: Mapping[str, Known], doors: Doors, *, unknown_too: bool) -> list[str]:
        """Signals whose claim on a place will be needed and was not looked at.

        Of one that was never heard of it is taken to be free, which a conflict would correct.
        """
        found = []
        for id in ids:
            before = known.get(id)
            needed = unknown_too if before is None else _strays(before, doors)
            if needed and id not in self._placed:
                found.append(id)
        return found

    async def _catch_up(
        self,
        signals: Collection[Coming],
        remarked: set[str],
        known: dict[str, Known],
        doors: Doors,
        fresh: Sequence[str],
        unread: Sequence[str],
    ) -> None:
        """Learn in an order in which a change that comes in between breaks a guard: first what is guarded (claims and
        numbers), then what was known at that number, and then the doors."""
        self._placed |= await self._holders(PLACE, unread)
        found = await asyncio.gather(*map(self._log.head, fresh))
        heads = {room: head.seq for room, head in zip(fresh, found, strict=True) if head is not None}
        self._unsure = False
        await self._projector.caught_up(await self._log.position())
        rooms = _rooms_of(signals, known, doors) | _rooms_in(remarked, known)
        moved = set(fresh)
        for room in rooms:
            at = max(heads.get(room, 0), self._inbox.reached.get(room, 0))
            if room in moved or at > self.seen.get(room, 0):
                self.seen[room] = at
                self._turns[room] = self._turns.get(room, 0) + 1
                moved.add(room)
        for id in {signal.id for signal in signals} | remarked:
            item = self._inbox.items.get(id)
            if item is None:
                known.pop(id, None)
            else:
                known[id] = known_of(item)
                self._fresh[id] = self._turns.get(item.stream, 0)
        for room, holder in (await self._holders(claims.OPEN, moved)).items():
            if holder is None:
                doors.open.discard(room)
            else:
                doors.open.add(room)
        await self._learn_groups([signal for signal in signals if _is_led(signal, known.get(signal.id), doors)], doors)

    async def _learn_groups(self, signals: Sequence[Coming], doors: Doors) -> None:
        """Where the keys lead of signals that follow them, or take them along."""
        keys = {lead.key for signal in signals for lead in signal.plan.leads}
        for key, led in (await self._holders(claims.GROUP, keys)).items():
            if led is None:
                doors.led.pop(key, None)
            else:
                doors.led[key] = led
                if led not in self.seen:
                    doors.open.add(led)
            # While a key leads somewhere, no signal that only stayed in an older room says otherwise.
            if led is not None:
                doors.last[key] = led
            elif key in self._inbox.last_led:
                doors.last[key] = self._inbox.last_led[key]

    async def _holders(self, scope: str, keys: Collection[str]) -> dict[str, str | None]:
        held = await asyncio.gather(*(self._log.holder(scope, key) for key in keys))
        return dict(zip(keys, held, strict=True))

    async def _past(self, signals: Iterable[Coming], known: Mapping[str, Known], doors: Doors) -> dict[str, Past]:
        """How the rooms ended that are over."""
        before: set[str | None] = set()
        for signal in signals:
            at = known.get(signal.id)
            before.add(room_before(None, signal.plan, doors) if at is None else at.room)
        before -= doors.open
        past: dict[str, Past] = {}
        for room in before:
            incident = await self._folded(room) if room is not None else None
            if incident is not None and incident.status in ("resolved", "closed", "dismissed"):
                past[incident.id] = Past(incident.status, incident.declaration.declared_at is not None)
        return past

    async def _about(
        self, signals: Iterable[Coming], known: Mapping[str, Known], doors: Doors, again: bool
    ) -> dict[str, About]:
        """What rules ask of the open rooms that these signals may go to."""
        rooms: set[str] = set()
        for signal in signals:
            before = known.get(signal.id)
            if signal.signal.state == "resolved" or not _is_led(signal, before, doors):
                continue
            if before is not None:
                rooms.add(before.room)
            rooms |= {doors.led.get(lead.key, "") for lead in signal.plan.leads}
        about: dict[str, About] = {}
        for room in rooms & doors.open:
            incident = await self._folded(room, again)
            if incident is not None:
                may_declare = incident.declaration.declared_at is None and not incident.judgements.by_signal
                about[room] = About(incident.seq, incident.signals.last_at, may_declare, incident.declaration.title)
        return about

    async def _folded(self, room: str, again: bool = False) -> Incident | None:
        """The room, no older than what is remembered of it."""
        incident = await self._folds.get(room)
        if incident is not None and (again or incident.seq < self.seen.get(room, 0)):
            incident = await self._folds.refresh(room)
        return incident

    async def without(self, room: str, known: dict[str, Known], doors: Doors) -> dict[str, Known]:
        """What is known once what was redacted in the room is forgotten. `doors` are changed in place: keys that lead
        there no longer, since they repeated it, go. Raises Unavailable."""
        items = self._inbox.items
        keys = [key for key, led in doors.led.items() if led == room]
        for key, led in (await self._holders(claims.GROUP, keys)).items():
            if led is None:
                del doors.led[key]
        for key in [key for key, last in doors.last.items() if last == room]:
            if key not in doors.led and key not in self._inbox.last_led:
                del doors.last[key]
        return {
            id: known_of(items[id]) if before.room == room and id in items else before for id, before in known.items()
        }

    def number(self, room: str, sorting: Sorting) -> int:
        """The number at which a room must stand: the older of what is remembered of it and what a rule went by."""
        seen = self.seen[room]
        return min(seen, sorting.decided_at.get(room, seen))

    def guards(self, sorting: Sorting) -> list[StreamAppend]:
        """The rooms that were only looked at, each at the number at which it was."""
        return [StreamAppend(room, self.seen[room], []) for room in sorting.looked - sorting.facts.keys()]

    def claims(self, sorting: Sorting) -> list[Claim]:
        """The claims that put signals into rooms, and those that say that nobody else has."""
        made = []
        for id in sorting.unmoved | sorting.placed.keys():
            held = self._placed.get(id)
            made.append(Claim(PLACE, id, sorting.placed.get(id, held), held))
        return made

    def took(self, sorting: Sorting, events: Sequence[Event]) -> None:
        """The group was written: what was sorted is what is."""
        for event in events:
            if event.stream in sorting.facts:
                self.seen[event.stream] = event.seq
        self._placed.update(sorting.placed)
        for id, room in sorting.placed.items():
            self._fresh[id] = self._turns.get(room, 0)


def known_of(item: SignalItem) -> Known:
    """A signal's current state from its item in the inbox."""
    return Known(item.state, item.severity, item.labels, item.starts_at, item.stream, item.annotations)


def _strays(known: Known | None, doors: Doors) -> bool:
    """Whether a signal is in no open room, so that it goes where its keys lead."""
    return known is None or known.room not in doors.open


def _coming(group: Sequence[Waiting], rules: Rules) -> list[Coming]:
    """The group's signals in their order."""
    before: set[str] = set()
    coming = []
    for delivery in group:
        for signal in delivery.signals:
            id = signal.id
            coming.append(Coming(signal, delivery.practice, rules, id in before))
            before.add(id)
    return coming


def _is_led(signal: Coming, known: Known | None, doors: Doors) -> bool:
    """Whether it matters where a signal's keys lead: it strays, or it is news in its room and takes them along.

    What is a repeat now may be news once the one before it in the same group is taken in, so one that follows counts.
    """
    if known is None or known.room not in doors.open or signal.follows:
        return True
    return outcome(signal.signal, known, None) == "recorded"


def _rooms_of(signals: Iterable[Coming], known: Mapping[str, Known], doors: Doors) -> set[str]:
    """The rooms that sorting these signals looks at."""
    rooms: set[str] = set()
    for signal in signals:
        before = known.get(signal.id)
        if before is not None:
            rooms.add(before.room)
        if not _is_led(signal, before, doors):
            continue
        rooms |= {doors.led[lead.key] for lead in signal.plan.leads if lead.key in doors.led}
        if signal.plan.key in doors.last:
            rooms.add(doors.last[signal.plan.key])
    return rooms


def _rooms_in(ids: Iterable[str], known: Mapping[str, Known]) -> set[str]:
    """The rooms that these signals are in."""
    return {known[id].room for id in ids if id in known}
