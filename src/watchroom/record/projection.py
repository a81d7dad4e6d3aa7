"""Projections: what is derived from the record and kept beside it, droppable and rebuilt at will.

Lists, inbox, search, timers and outbox derive from `Projection`; a `Projector` feeds them every event in commit
order, saves them with the position they stand for, and tells a reader when they have caught up with its own write.
Called by `app` and by `watchroom record rebuild`. A projection never writes to the record, and nothing else is lost
when one is dropped.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

import msgspec

from watchroom.base.clock import Clock, WallClock
from watchroom.base.ending import ended
from watchroom.base.errors import Unavailable, WatchroomError
from watchroom.base.trouble import Trouble
from watchroom.record.feed import Feed
from watchroom.record.log import Log, Placed

TURN_EVENTS = 100
"""Events applied, and"""
TURN_ROWS = 500
"""rows encoded, before others get their turn on the event loop."""

_log = logging.getLogger(__name__)


class Fault(msgspec.Struct, frozen=True):
    """The first event that a projection could not take in."""

    position: int
    stream: str
    seq: int
    error: str


class Projection(ABC):
    """A view of the record in rows of bytes, one per key. Derivers decode facts themselves and call `touch` for each
    key whose row `apply` has changed."""

    name: str
    version: str
    """Changed with the meaning of the rows: rows of another version are dropped and made anew."""

    def __init__(self) -> None:
        self.position = 0
        """Everything up to here has been applied."""
        self.fault: Fault | None = None
        """Why this projection is not healthy. It goes on without that event, and is not saved any more, so that a
        mended version takes it in at the next start."""
        self.faults = 0
        self.renewed_to = 0
        """Redactions up to here had happened when this projection was last begun anew: it never saw what they took."""
        self._renewal_due = False
        self._touched: set[str] = set()

    @abstractmethod
    def clear(self) -> None:
        """Forget everything."""

    @abstractmethod
    def restore(self, rows: Mapping[str, bytes]) -> None:
        """Take up the rows as they were saved; the projection is empty before."""

    @abstractmethod
    def apply(self, placed: Placed) -> None:
        """Take in the next event."""

    @abstractmethod
    def row(self, key: str) -> bytes | None:
        """The row of `key` as it is to be saved; None when there is none any more."""

    def touch(self, key: str) -> None:
        """Have the row of `key` saved with the next save."""
        self._touched.add(key)

    def take_touched(self) -> set[str]:
        """The keys touched since the last call."""
        touched, self._touched = self._touched, set()
        return touched

    def renew(self, position: int) -> None:
        """A redaction at `position` took away what the rows may repeat: have them all made anew from the record."""
        self._renewal_due = self._renewal_due or position > self.renewed_to

    def take_renewal(self) -> bool:
        """Whether a renewal is due since the last call."""
        due, self._renewal_due = self._renewal_due, False
        return due

    def touch_again(self, keys: set[str]) -> None:
        """Keys whose save failed."""
        self._touched |= keys


class Projector:
    """Keeps projections up with the log. Once `start` has returned, `close` must be called."""

    def __init__(
        self,
        log: Log,
        feed: Feed,
        projections: Iterable[Projection],
        *,
        page_events: int = 500,
        save_every_events: int = 2_000,
        save_every_behind: int = 50_000,
        clock: Clock | None = None,
        retry_s: float = 1.0,
        patience_s: float = 30.0,
    ) -> None:
        self.projections = tuple(projections)
        self._log = log
        self._feed = feed
        self._page_events = page_events
        self._save_every_events = save_every_events
        self._save_every_behind = save_every_behind
        self._clock = clock or WallClock()
        self._retry = timedelta(seconds=retry_s)
        self._patience = timedelta(seconds=patience_s)
        self._unsaved_events = 0
        self._turn = asyncio.Lock()
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._end = 0
        self._began_at = 0
        self._level_s = self._clock.monotonic_s()
        self._follower: asyncio.Task[None] | None = None

    @property
    def position(self) -> int:
        """Up to here every projection has taken in everything."""
        return min((projection.position for projection in self.projections), default=0)

    @property
    def behind(self) -> int:
        """How many positions the projections are behind what they were told of. No await."""
        return max(0, self._end - self.position) if self.projections else 0

    @property
    def percent(self) -> int:
        """How far of the way to the end they have come since the start, for whoever waits."""
        way = self._end - self._began_at
        return 100 if way <= 0 else min(100, 100 * (self.position - self._began_at) // way)

    @property
    def lag_s(self) -> float:
        """Seconds since the projections were last level with the log; 0 while they are."""
        return self._clock.monotonic_s() - self._level_s if self.behind else 0.0

    def _reached(self, _streams: Mapping[str, int], position: int) -> None:
        if self.behind == 0:
            self._level_s = self._clock.monotonic_s()
        self._end = max(self._end, position)

    async def start(self) -> None:
        """Take up what is stored and follow from there. Raises Unavailable when the log cannot be read."""
        async with self._turn:
            for projection in self.projections:
                await self._load(projection)
        self._log.on_reached(self._reached)
        self._end = max(self._end, await self._log.position())
        self._began_at, self._level_s = self.position, self._clock.monotonic_s()
        if self.projections:
            self._follower = asyncio.create_task(self._follow())

    async def caught_up(self, position: int | None = None) -> None:
        """Return once everything up to `position` (by default: all that is in the log now) has been applied.

        Whoever has just written waits with the position its append returned, and then sees its own write; whoever
        asks without one sees what any process had written by then. Raises Unavailable after `patience_s`.
        """
        if position is None:
            position = await self._log.position()
        if not self.projections or self.position >= position:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[done] = position
        # What another process wrote may be seen here before this process is told of it.
        self._feed.seen(position)
        end = asyncio.ensure_future(self._clock.sleep_until(self._clock.now() + self._patience))
        try:
            await asyncio.wait({done, end}, return_when=asyncio.FIRST_COMPLETED)
            if not done.done():
                raise Unavailable("The lists are behind the record.", hint="Try again in a moment.")
            await done
        finally:
            end.cancel()
            self._waiting.pop(done, None)

    async def rebuild(self, told: Callable[[int, int], None] = lambda _at, _of: None) -> None:
        """Make every projection anew from the first event; `told` hears how far of how many positions it is.

        Raises Unavailable when the log fails meanwhile; what is stored then is dropped, so that the next start
        rebuilds.
        """
        async with self._turn:
            for projection in self.projections:
                await self._begin_anew(projection)
            end = await self._log.position()
            # Told of the whole way, it saves as on a long one: each commit waits for the disk.
            self._end = max(self._end, end)
            while self.position < end and await self._take_page():
                told(min(self.position, end), end)
            await self._save()

    async def close(self) -> None:
        """Stop following and save. Those who wait in `caught_up` are cancelled."""
        if self._follower is not None:
            await ended(self._follower)
            self._follower = None
        for done in self._waiting:
            done.cancel()
        async with self._turn:
            try:
                await self._save()
            except WatchroomError as error:
                _log.warning("Projections were not saved at closing; the next start replays a little more: %s", error)

    async def save(self) -> None:
        """Save now what has changed. Raises Unavailable."""
        async with self._turn:
            await self._save()

    async def _begin_anew(self, projection: Projection) -> None:
        # What is read from here on is without all that has been redacted so far.
        renewed_to = await self._log.position()
        await self._log.drop_projection(projection.name)
        _empty(projection)
        projection.renewed_to = renewed_to

    async def _load(self, projection: Projection) -> None:
        stored = await self._log.load_projection(projection.name)
        _empty(projection)
        projection.renewed_to = await self._log.position() if stored is None else stored.position
        if stored is None:
            return
        # A position past the end is another record's: somebody restored a back-up of the events.
        if stored.version != projection.version or stored.position > await self._log.position():
            await self._begin_anew(projection)
            return
        try:
            projection.restore(stored.rows)
            projection.position = stored.position
        except Exception:  # supervised: rows are a cache; what cannot be read is made anew
            _log.exception("Stored rows of projection %s cannot be read; it is rebuilt", projection.name)
            await self._begin_anew(projection)

    async def _follow(self) -> None:
        trouble = Trouble(_log, "Projections stand still, and try again")
        while True:
            try:
                async with self._turn:
                    more = await self._take_page()
                trouble.over()
                # Reading from memory does not wait for anything; requests must get their turn between two pages.
                await asyncio.sleep(0)
                if not more:
                    await self._feed.wait_all(self.position)
            except WatchroomError as error:
                trouble.met(error)
                await self._clock.sleep_until(self._clock.now() + self._retry)
            except Exception:  # supervised: without its follower every list would silently grow old
                _log.exception("Following the log failed at %d; trying again", self.position)
                await self._clock.sleep_until(self._clock.now() + self._retry)

    async def _take_page(self) -> bool:
        """Apply the next page and save now and then; False when there was nothing."""
        page = await self._log.read_all(self.position, self._page_events)
        if not page:
            return False
        for start in range(0, len(page), TURN_EVENTS):
            for projection in self.projections:
                _apply(projection, page[start : start + TURN_EVENTS])
                if projection.take_renewal():
                    await self._begin_anew(projection)
            if start + TURN_EVENTS < len(page):
                # Whatever else the loop has to do gets its turn, however long the way is.
                await asyncio.sleep(0)
        for done, position in self._waiting.items():
            if self.position >= position and not done.done():
                done.set_result(None)
        self._unsaved_events += len(page)
        # On a long way a save now and then is enough: one that is cut short only begins again a little earlier.
        far = self.behind > self._save_every_events
        if self._unsaved_events >= (self._save_every_behind if far else self._save_every_events):
            await self._save()
        return True

    async def _save(self) -> None:
        self._unsaved_events = 0
        for projection in self.projections:
            if projection.fault is None and projection.position > 0:
                await self._save_one(projection)

    async def _save_one(self, projection: Projection) -> None:
        touched = projection.take_touched()
        saved = False
        try:
            changed: dict[str, bytes | None] = {}
            for number, key in enumerate(sorted(touched), 1):
                changed[key] = projection.row(key)
                if number % TURN_ROWS == 0:
                    await asyncio.sleep(0)
            await self._log.save_projection(projection.name, projection.version, projection.position, changed)
            saved = True
        except WatchroomError:
            raise
        except Exception:  # supervised: a row that cannot be written down must not keep other projections from saving
            _log.exception("Projection %s could not be saved at %d", projection.name, projection.position)
        finally:
            if not saved:
                projection.touch_again(touched)


def _apply(projection: Projection, page: list[Placed]) -> None:
    for placed in page:
        if placed.position <= projection.position:
            continue
        projection.position = placed.position
        try:
            projection.apply(placed)
        except Exception as error:  # supervised: one event's fault must not stop the others, nor other projections
            projection.faults += 1
            event = placed.event
            if projection.fault is None:
                projection.fault = Fault(placed.position, event.stream, event.seq, repr(error))
            _log.exception("Projection %s failed at %s#%d", projection.name, event.stream, event.seq)


def _empty(projection: Projection) -> None:
    projection.clear()
    projection.take_touched()
    projection.take_renewal()
    projection.position = 0
    projection.fault = None
    projection.faults = 0
