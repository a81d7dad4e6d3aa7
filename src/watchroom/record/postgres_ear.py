"""Hears of commits to a PostgreSQL record, this process's and others', and never misses one.

One connection listens. Notifications come in commit order and name the log's end before and after, so that a gap is
seen and looked up; after a reconnection it looks at once, and now and then it looks anyway. Called by `postgres_log`,
on its loop. A notification only wakes: what happened is read from the log.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from watchroom.base.ending import ended
from watchroom.record.postgres_group import Notice, notice_of
from watchroom.record.postgres_link import TROUBLE, Backoff, Connection, PostgresLimits, connect, explained
from watchroom.record.postgres_rows import ends_between, position

_log = logging.getLogger(__name__)

_INBOX_MAX = 10_000
"""Notifications that wait to be handled; when more come, the oldest are lost and looked up as a gap."""
_LOOK_POSITIONS = 10_000

Told = Callable[[Mapping[str, int], int], None]


class Ear:
    """Listens from `start` to `stop`; `told` hears of every commit but those of `own`, which tells of its own."""

    def __init__(self, url: str, limits: PostgresLimits, organisation: str, channel: str, own: str, told: Told) -> None:
        self._url = url
        self._limits = limits
        self._org = organisation
        self._channel = channel
        self._own = own
        self._told = told
        self._heard = 0
        """All commits up to this position have been told, or are the own writer's to tell."""
        self._suspected = 0
        self._parts = 0
        self._look_now = False
        self._inbox: deque[str] = deque(maxlen=_INBOX_MAX)
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen from the log's present end on. Raises what is in `TROUBLE`."""
        db = await self._listen()
        self._heard = await position(db, self._org)
        self._task = asyncio.create_task(self._run(db))

    async def stop(self) -> None:
        """Stop listening."""
        if self._task is not None:
            await ended(self._task)

    def look_from(self, before: int) -> None:
        """Have everything above `before` told again: it is not known who told of it."""
        self._heard = min(self._heard, before)
        self._look_now = True
        self._woken.set()

    async def _listen(self) -> Connection:
        db = await connect(self._url, self._limits)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(db.terminate)
            db.add_termination_listener(self._ended)
            await db.add_listener(self._channel, self._hear)
            on_failure.pop_all()
        return db

    async def _run(self, db: Connection) -> None:
        backoff = Backoff(self._limits.retry_s_max)
        while True:
            try:
                try:
                    await self._follow(db)
                finally:
                    db.terminate()
            except TROUBLE as error:
                _log.warning("Commits of other processes are not heard: %s", explained(error))
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.Event().wait(), backoff.next_s())
                try:
                    db = await self._listen()
                    break
                except TROUBLE as error:
                    _log.info("The database is still away: %s", explained(error))
            backoff.reset()
            # What was committed while nobody listened.
            self._inbox.clear()
            self._look_now = True

    async def _follow(self, db: Connection) -> None:
        """Handle what is heard until the connection ends. Raises what is in `TROUBLE`."""
        while True:
            self._woken.clear()
            if db.is_closed():
                raise ConnectionError("the connection has ended")
            while self._inbox:
                await self._take(db, self._inbox.popleft())
            if self._look_now:
                self._look_now = False
                await self._look(db, await position(db, self._org))
            try:
                await asyncio.wait_for(self._woken.wait(), self._limits.look_s)
            except TimeoutError:
                await self._doubt(db)

    async def _doubt(self, db: Connection) -> None:
        """Look whether the log has moved on without a word, and whether the connection still answers.

        What was there at the last look and has still not been heard of is told; what is newer may yet be on its way.
        """
        end = await position(db, self._org)
        if self._suspected > self._heard:
            await self._look(db, self._suspected)
        self._suspected = end

    async def _take(self, db: Connection, payload: str) -> None:
        notice = notice_of(payload)
        if notice is None or notice.t <= self._heard:
            return
        self._parts = self._parts + 1 if notice.p[0] > 1 else 1
        whole = notice.f == self._heard and self._parts == notice.p[0]
        if not whole or (notice.s is None and notice.w != self._own):
            await self._look(db, await position(db, self._org))
            return
        self._tell(notice)

    def _tell(self, notice: Notice) -> None:
        number, of = notice.p
        if notice.w != self._own:
            self._told(notice.s or {}, notice.t)
        if number == of:
            self._heard = notice.t

    async def _look(self, db: Connection, end: int) -> None:
        """Tell of everything up to `end` from the log itself."""
        while self._heard < end:
            upto = min(self._heard + _LOOK_POSITIONS, end)
            reached = await ends_between(db, self._org, self._heard, upto)
            if reached:
                self._told(reached, upto)
            self._heard = upto

    def _hear(self, connection: Any, process: int, channel: str, payload: object) -> None:
        self._inbox.append(str(payload))
        self._woken.set()

    def _ended(self, connection: Any) -> None:
        self._woken.set()
