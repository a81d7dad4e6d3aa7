"""The preview of grouping rules: the last week's signals, read from the record and replayed under other rules.

Reads a bounded part of the record, for a bounded time, one preview at once; the replay itself runs in a thread, off the
event loop. Called by the API and the page of the rules. Writes nothing.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from watchroom.base.clock import Clock
from watchroom.detection.grouping_rules import Rules
from watchroom.detection.replay import (
    Comparison,
    Ended,
    Fired,
    LetGo,
    Moved,
    RoomBack,
    RoomOver,
    Step,
    compare,
)
from watchroom.detection.signal import Signal, SignalRecorded, SignalResolved
from watchroom.detection.triage import DISMISSING, SignalTriaged
from watchroom.incident.doors import is_room
from watchroom.incident.incident import CODEC
from watchroom.record.event import Event, Fact, kind_of
from watchroom.record.log import Log
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved

LOOK_BACK = timedelta(days=7)
PAGE_EVENTS = 1_000

_KINDS = frozenset(
    kind_of(fact)
    for fact in (
        SignalRecorded,
        SignalResolved,
        SignalTriaged,
        IncidentResolved,
        IncidentClosed,
        IncidentReopened,
    )
)


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What other rules would have made of the last week's signals."""

    since: datetime
    until: datetime
    cut: bool
    """Whether not all of the week could be looked at, within the limits."""
    comparison: Comparison


class Preview:
    """Reads the last week and replays it, one preview at once."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        left_out: Callable[[str], bool],
        *,
        signals_max: int,
        events_max: int,
        seconds_max: float,
    ) -> None:
        self._log = log
        self._clock = clock
        self._left_out = left_out
        self._signals_max = signals_max
        self._events_max = events_max
        self._seconds_max = seconds_max
        self._turn = asyncio.Lock()

    async def look(self, before: Rules, after: Rules) -> Seen:
        """The last week under both sets of rules. Raises Unavailable when the record cannot be read."""
        async with self._turn:
            now = self._clock.now()
            end = await self._log.position()
            week = await self._position_at(now - LOOK_BACK, end)
            start = max(week, end - self._events_max)
            read = await self._read(start, end, now + timedelta(seconds=self._seconds_max))
            # The intake asks its own at the same time; patterns remember what they have seen, so the thread has others.
            own = [Rules(each.rules, each.topology) for each in (before, after)]
            comparison = await asyncio.to_thread(compare, read.steps, *own)
        times = [step.at for step in read.steps if isinstance(step, Fired)]
        cut_before = start > week or read.left_out
        return Seen(
            since=times[0] if cut_before and times else now - LOOK_BACK,
            until=times[-1] if read.out_of_time and times else now,
            cut=cut_before or read.out_of_time,
            comparison=comparison,
        )

    async def _position_at(self, at: datetime, end: int) -> int:
        """The place after which events were recorded at `at` or later, by halving; places may have gaps."""
        low, high = 0, end
        while low < high:
            middle = (low + high) // 2
            page = await self._log.read_all(middle, 1)
            if page and page[0].event.recorded_at < at:
                low = page[0].position
            else:
                high = middle
        return low

    async def _read(self, start: int, end: int, until: datetime) -> "_Read":
        """What counts, page by page while there is time; of more signals than are replayed the newest are kept."""
        read = _Read()
        place, fired = start, 0
        while place < end:
            if self._clock.now() > until:
                read.out_of_time = True
                break
            page = await self._log.read_all(place, PAGE_EVENTS)
            if not page:
                break
            place = page[-1].position
            events = [each.event for each in page if self._counts(each.event)]
            steps = await asyncio.to_thread(_steps, events)
            read.steps += steps
            fired += sum(isinstance(step, Fired) for step in steps)
            if fired > self._signals_max:
                read.steps, read.left_out, fired = _newest(read.steps, self._signals_max), True, self._signals_max
        return read

    def _counts(self, event: Event) -> bool:
        """Whether it is of a signal or a room's end; practice is neither, and a restricted room is not shown."""
        return event.kind in _KINDS and is_room(event.stream) and not self._left_out(event.stream)


class _Read(msgspec.Struct):
    """What was read of the record."""

    steps: list[Step] = []
    left_out: bool = False
    """Whether there were more signals than are replayed."""
    out_of_time: bool = False


def _steps(events: list[Event]) -> list[Step]:
    return [step for event in events if (step := _step(event, CODEC.decode(event))) is not None]


def _newest(steps: list[Step], signals: int) -> list[Step]:
    """The steps from the last so many signals on."""
    fired = [place for place, step in enumerate(steps) if isinstance(step, Fired)]
    return steps[fired[-signals] :]


def _step(event: Event, fact: Fact | None) -> Step | None:
    match fact:
        case SignalRecorded() if fact.moved_from:
            return Moved(fact.signal, event.stream)
        case SignalRecorded():
            return Fired(event.at, _signal(fact), event.stream)
        case SignalResolved():
            return Ended(event.at, fact.signal)
        case SignalTriaged() if fact.verdict in DISMISSING:
            return LetGo(fact.signal)
        case IncidentResolved() | IncidentClosed():
            return RoomOver(event.stream)
        case IncidentReopened():
            return RoomBack(event.stream)
    return None


def _signal(fact: SignalRecorded) -> Signal:
    return Signal(
        id=fact.signal,
        source=fact.source,
        key=fact.key,
        group=fact.group,
        state="firing",
        title=fact.title,
        kind=fact.kind,
        severity=fact.severity,
        service=fact.service,
        labels=fact.labels,
    )
