"""A lease: of several processes, one at a time does a piece of work (timers, outbox, a drill).

Called by background work that must not be done twice. The times stored are wall time, since processes compare them.
A holder that cannot renew in time stops before the lease runs out; never assumes that it still has it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

import msgspec

from watchroom.base.clock import EPOCH, Clock
from watchroom.base.ending import ended
from watchroom.base.errors import WatchroomError
from watchroom.base.trouble import Trouble
from watchroom.record.log import HeldLease, Log

LOOK_EVERY_S = 1.0
"""How often those who wait for a lease look, at least: so long after it has run out another has it, at the latest."""

_logger = logging.getLogger(__name__)


class Vacancy(msgspec.Struct, frozen=True):
    """A time in which nobody had the lease: whoever runs takes it at once, so that nobody ran."""

    since: datetime
    """The last sign of whoever had it: given back, or renewed for the last time."""
    until: datetime
    """When it was taken again."""


class Lease:
    """`async with Lease(…) as lease` waits for its turn and keeps the lease; `lease.lost` is set if it slips away.

    `holder` must be unlike every other process's. `seconds` is how long others wait after a holder has died.
    """

    def __init__(self, log: Log, name: str, holder: str, clock: Clock, seconds: float) -> None:
        self.name = name
        self.holder = holder
        self.lost = asyncio.Event()
        self.vacancy: Vacancy | None = None
        """The time before we took it in which nobody had it; None where nobody ever had, or a clock stepped back."""
        self._log = log
        self._clock = clock
        self._seconds = seconds
        self._until = EPOCH
        self._renewed_at = EPOCH
        self._trouble = Trouble(_logger, f"Lease {name} could not be taken")
        self._keeper: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        """Whether the lease is ours at this moment."""
        return self._clock.now() < self._until

    async def take(self) -> bool:
        """Take or renew it once. Raises Unavailable when the record cannot be written; the lease then runs on as
        it was."""
        now = self._clock.now()
        renews = now < self._until
        before = None if renews else await self._log.lease(self.name)
        taken = await self._log.take_lease(self.name, self.holder, now, self._seconds)
        if taken and not renews:
            self.vacancy = None if before is None else self._vacancy(before, now)
        self._until = now + timedelta(seconds=self._seconds) if taken else EPOCH
        self._renewed_at = now if taken else self._renewed_at
        return taken

    def _vacancy(self, before: HeldLease, now: datetime) -> Vacancy | None:
        since = before.until if not before.holder else before.until - timedelta(seconds=self._seconds)
        return Vacancy(since, now) if since < now else None

    async def give(self) -> None:
        """Give it back, so that nobody need wait for it to run out."""
        # Who slept past its end was not there until now: the row then says when it last was.
        at = self._clock.now() if self.held else self._renewed_at
        self._until = EPOCH
        try:
            await self._log.give_lease(self.name, self.holder, at)
        except WatchroomError as error:
            _logger.warning("Lease %s could not be given back and will run out: %s", self.name, error)

    async def run_while_held(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` whenever the lease is ours: cancelled when it is lost, begun anew when it is ours again.

        Returns when `work` does; raises what `work` raises.
        """
        while True:
            async with self:
                task = asyncio.ensure_future(work())
                lost = asyncio.ensure_future(self.lost.wait())
                try:
                    await asyncio.wait({task, lost}, return_when=asyncio.FIRST_COMPLETED)
                    if task.done():
                        return await task
                finally:
                    for each in (lost, task):
                        await _cancelled(each)

    async def __aenter__(self) -> "Lease":
        self.lost.clear()
        while not await self._try():
            await self._clock.sleep_until(self._clock.now() + min(self._third, timedelta(seconds=LOOK_EVERY_S)))
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            await _cancelled(self._keeper)
            self._keeper = None
        await self.give()

    @property
    def _third(self) -> timedelta:
        return timedelta(seconds=self._seconds / 3)

    async def _try(self) -> bool:
        try:
            taken = await self.take()
        except WatchroomError as error:
            self._trouble.met(error)
            return self.held
        self._trouble.over()
        return taken

    async def _keep(self) -> None:
        """Renew at each third of the time, and say so when it is lost or was not renewed before its end."""
        look_at = self._until - 2 * self._third
        while True:
            await self._clock.sleep_until(look_at)
            # A process that slept past the end has lost it, even if nobody has it now: somebody may have had it
            # meanwhile.
            if not self.held or not await self._in_time(self._until):
                break
            look_at = self._clock.now() + self._third
        self._until = EPOCH
        _logger.warning("Lease %s was lost by %s", self.name, self.holder)
        self.lost.set()

    async def _in_time(self, until: datetime) -> bool:
        """Try to renew, but wait no longer for the record than the lease lasts."""
        renewal = asyncio.ensure_future(self._try())
        end = asyncio.ensure_future(self._clock.sleep_until(until))
        try:
            await asyncio.wait({renewal, end}, return_when=asyncio.FIRST_COMPLETED)
            return renewal.done() and await renewal
        finally:
            for each in (renewal, end):
                await _cancelled(each)


async def _cancelled(task: "asyncio.Future[Any]") -> None:
    """Cancel and wait for the end; what a task raises on its way out is logged."""
    if task.done():
        return
    await ended(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        _logger.error("A task failed while it was being stopped", exc_info=error)
