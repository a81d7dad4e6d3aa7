"""The indexer: keeps what search can find up with the record, under a lease, one process for all.

It follows the log by itself and not with the lists: what it does may take longer, and nobody's list waits for it. While
the house is busy taking signals in it gives way for some tenths of a second, unless somebody searches just then. A
redaction makes its stream anew from the record, from which the words are gone. Called by `app`, `purge` and
`watchroom record rebuild`. Never answers a search, never writes to the record.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from watchroom.base.clock import Clock
from watchroom.base.errors import Conflict, Unavailable, WatchroomError
from watchroom.base.trouble import Trouble
from watchroom.incident.search.document import Gone, Step
from watchroom.incident.search.store import Mark, Store
from watchroom.incident.search.texts import steps
from watchroom.record.feed import Feed
from watchroom.record.log import Log
from watchroom.record.redaction import REDACTED

PAGE_EVENTS = 500
TURN_EVENTS = 25
"""Events read into words before others get their turn on the event loop."""
MARK_EVERY_EVENTS = 2_000
"""After so many that say nothing the mark is written all the same: a start goes on from there."""
SAID_MAX = 20_000
REST_S = 0.1
"""How long it gives way at a time, and"""
REST_S_MAX = 5.0
"""at most, while the house is busy and nobody searches: whoever does has it go on at once."""
REST_SHARED_S_MAX = 0.5
"""The same where other processes search, which this one does not hear of."""
LOOK_EVERY_S = 0.05
"""How often a process that does not index itself looks whether the one that does has come far enough."""
AGAIN_S = 1.0

_log = logging.getLogger(__name__)


def never() -> bool:
    """Nobody is busy."""
    return False


class Indexer:
    """Follows one log into one store. `busy` says whether somebody waits for the record just now; `shared`, whether
    other processes write to the store too, so that its mark counts and not only what this one has done."""

    def __init__(
        self, log: Log, feed: Feed, store: Store, clock: Clock, *, chars_max: int, busy: Callable[[], bool] = never,
        shared: bool = False,
    ) -> None:  # fmt: skip
        self.store = store
        self._log = log
        self._feed = feed
        self._clock = clock
        self._chars_max = chars_max
        self._busy = busy
        self._shared = shared
        self._mark: Mark | None = None
        """How far this one has come; None while it does not follow."""
        self._stored: Mark | None = None
        """Where the store stands; a little behind while there was nothing to write."""
        self._said: dict[tuple[str, str], int] = {}
        """What was said last of what has a state, as a hash."""
        self._asked = 0
        """How many wait for it to have come far enough."""
        self._moved = asyncio.Event()
        self._wanted = asyncio.Event()
        self._turn = asyncio.Lock()
        self._opened = False

    async def run(self) -> None:
        """Follow the record until cancelled; only while holding the lease."""
        trouble = Trouble(_log, "What was written cannot be searched yet, and is tried again")
        try:
            while True:
                try:
                    await self._begin()
                    trouble.over()
                    await self._follow()
                except Conflict:
                    # Another process makes it anew just now: go on from where it has come to.
                    continue
                except WatchroomError as error:
                    trouble.met(error)
                except Exception:  # supervised: without it nothing new would ever be found; logged, and tried again
                    _log.exception("Following the record into the search failed at %d; trying again", self.position)
                await self._clock.sleep_until(self._clock.now() + timedelta(seconds=AGAIN_S))
        finally:
            # Whoever follows next may have come further, or have begun anew.
            self._mark = None

    async def _follow(self) -> None:
        while True:
            await self._feed.wait_all(self.position)
            await self._give_way()
            more = True
            while more:
                async with self._turn:
                    more = await self._take_page()
                await asyncio.sleep(0)

    @property
    def position(self) -> int:
        """How far it has come, as far as this process knows."""
        return self._mark.position if self._mark is not None else 0

    async def reaches(self, position: int, patience_s: float) -> bool:
        """Whether what was written up to `position` can be found, after `patience_s` at the latest. Raises
        Unavailable."""
        until = self._clock.now() + timedelta(seconds=patience_s)
        if not self._opened:
            await self.store.open()
            self._opened = True
        self._asked += 1
        self._wanted.set()
        try:
            while (at := await self._reached()) < position:
                if self._clock.now() >= until:
                    return False
                self._feed.seen(position)
                await self._wait_for_more(at)
        finally:
            self._asked -= 1
        return True

    async def purge(self, position: int, patience_s: float) -> None:
        """Return once nothing that was redacted up to `position` is in the store or its files. Raises Unavailable."""
        if not await self.reaches(position, patience_s):
            raise Unavailable("The search is behind the record.", hint="It is tried again.")
        async with self._turn:
            await self.store.scrub()

    async def rebuild(self, told: Callable[[int, int], None] = lambda _at, _of: None) -> None:
        """Make all of it anew from the first event; `told` hears how far of how many positions it is. Raises
        Unavailable."""
        async with self._turn:
            follows = self._mark is not None
            await self.store.open()
            await self.store.clear()
            self._mark = self._stored = Mark(0, "")
            self._said.clear()
            try:
                await self._take_all(told)
            finally:
                if not follows:
                    self._mark = None
            await self.store.scrub()

    async def _take_all(self, told: Callable[[int, int], None]) -> None:
        end = await self._log.position()
        while self.position < end:
            try:
                await self._take_page()
            except Conflict:
                # Another process follows too: what it has taken in need not be taken in again.
                self._mark = self._stored = await self.store.mark() or Mark(0, "")
            told(min(self.position, end), end)

    async def catch_up(self) -> None:
        """Take in what is recorded now, beside whoever else does. Raises Unavailable."""
        await self._begin()
        async with self._turn:
            await self._take_all(lambda _at, _of: None)

    async def _reached(self) -> int:
        if self._mark is not None or not self._shared:
            return self.position
        mark = await self.store.mark()
        return mark.position if mark is not None else 0

    async def _wait_for_more(self, at: int) -> None:
        """Until it has moved on, or for a moment."""
        self._moved.clear()
        if self.position <= at:
            await self._until(self._moved, LOOK_EVERY_S)

    async def _until(self, event: asyncio.Event, seconds: float) -> None:
        """Until it is so, or for so long."""
        happened = asyncio.ensure_future(event.wait())
        moment = asyncio.ensure_future(self._clock.sleep_until(self._clock.now() + timedelta(seconds=seconds)))
        try:
            await asyncio.wait({happened, moment}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            happened.cancel()
            moment.cancel()

    async def _begin(self) -> None:
        """Take up where the store stands, if what it holds is of this record."""
        async with self._turn:
            await self.store.open()
            self._opened = True
            mark = await self.store.mark()
            if mark is not None and mark.position and not await self._is_ours(mark):
                _log.warning("What the search holds is of another record; it is made anew")
                await self.store.clear()
                mark = None
            self._mark = self._stored = mark or Mark(0, "")
            self._said.clear()

    async def _is_ours(self, mark: Mark) -> bool:
        page = await self._log.read_all(mark.position - 1, 1)
        return bool(page) and page[0].position == mark.position and page[0].event.digest.hex() == mark.anchor

    async def _take_page(self) -> bool:
        """Take the next page in; False when there was nothing."""
        at = self._mark or Mark(0, "")
        page = await self._log.read_all(at.position, PAGE_EVENTS)
        if not page:
            return False
        found: list[Step] = []
        for number, placed in enumerate(page, 1):
            if placed.event.kind == REDACTED:
                found += [step async for step in self._anew(placed.event.stream)]
            else:
                found += filter(self._is_news, steps(placed.event, self._chars_max))
            if number % TURN_EVENTS == 0:
                await asyncio.sleep(0)
        mark = Mark(page[-1].position, page[-1].event.digest.hex())
        await self._keep(found, mark)
        self._mark = mark
        self._moved.set()
        return True

    async def _keep(self, found: list[Step], mark: Mark) -> None:
        """Write it down; a mark alone is written now and then, unless others wait for it."""
        stored = self._stored or Mark(0, "")
        if not found and not self._shared and mark.position - stored.position < MARK_EVERY_EVENTS:
            return
        self._stored = None
        await self.store.apply(found, stored, mark)
        self._stored = mark

    def _is_news(self, step: Step) -> bool:
        """Whether it changes what can be found. An alert that fires again says what it said before: nothing is
        written for it, or a storm of them would cost as much as their intake."""
        if isinstance(step, Gone):
            self._said.clear()
            return True
        if not step.of or self._stored is None:
            return True
        key, words = (step.stream, step.of), hash((step.kind, step.text, step.service))
        if self._said.get(key) == words:
            return False
        if len(self._said) >= SAID_MAX:
            self._said.clear()
        self._said[key] = words
        return True

    async def _anew(self, stream: str) -> AsyncIterator[Step]:
        """What can be found of a stream, from its first event on."""
        self._said.clear()
        yield Gone(stream)
        after = 0
        while events := await self._log.read(stream, after, PAGE_EVENTS):
            for event in events:
                for step in steps(event, self._chars_max):
                    yield step
            after = events[-1].seq
            await asyncio.sleep(0)

    async def _give_way(self) -> None:
        rested_s, longest_s = 0.0, REST_SHARED_S_MAX if self._shared else REST_S_MAX
        while self._busy() and not self._asked and rested_s < longest_s:
            # Whoever asks ends the rest: a purge must not wait for a clock that stands still, as a drill's may.
            self._wanted.clear()
            await self._until(self._wanted, REST_S)
            rested_s += REST_S
