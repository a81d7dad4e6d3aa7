"""The one writer of a process to a PostgreSQL record: group commit without a gather window.

It takes everything that is queued, begins a transaction under the organisation's advisory lock, reads there what the
requests need to be decided, writes all of it in one statement, and answers after COMMIT. Positions are handed out under
the lock, which is held until the commit is over, so that they follow commit order over all processes. A request that is
refused costs its neighbours nothing. Nothing is decided from memory: other processes write too.

When the connection fails before COMMIT was sent, nothing was written. When the answer to COMMIT is lost, the writer
looks on a new connection, under the same lock, whether the group's mark is there, and answers accordingly
(docs/decisions, "The position and the lost answer"). Called by `postgres_log`, on its loop. Never reads for others.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from watchroom.base.clock import Clock, epoch_us
from watchroom.base.errors import Malformed, OutcomeUnknown, Unavailable, WatchroomError
from watchroom.base.rng import Chance
from watchroom.record import postgres_group as group
from watchroom.record.admission import admit
from watchroom.record.log import Appended, Head
from watchroom.record.outage import Outage
from watchroom.record.pending import Pending, alone
from watchroom.record.postgres_link import (
    TROUBLE,
    Backoff,
    Connection,
    PostgresLimits,
    connect,
    explained,
    unavailable,
)
from watchroom.record.request import AppendRequest

_log = logging.getLogger(__name__)

_GROUP_REQUESTS = 1_000
_GROUP_BYTES = 8 * 2**20
"""A group takes no more than this: it holds up the groups of other processes."""
STREAM_BYTES_MAX = 1_000
"""A stream's name stands in an index, whose rows hold less than 2,704 bytes (source: PostgreSQL, B-tree indexes)."""


class TakeRequest(msgspec.Struct, gc=False):
    """Somebody waits for an erasable row that only one may get."""

    table: str
    key: str
    future: "asyncio.Future[Any]"
    size_bytes: int


Request = AppendRequest | TakeRequest


class Group(msgspec.Struct):
    """What one transaction came to, told to the callers' event loop in one call."""

    requests: list[Request]
    results: list[Any]
    """For each request what it is answered: a result, or the exception it fails with."""
    reached: dict[str, int]
    position: int
    events: int = 0
    seconds: float = 0.0
    """How long deciding, writing and committing took."""
    failed: bool = False
    """Whether the store failed, so that nothing of the group is known to be written."""


class _Pending(Pending, kw_only=True):
    """The same on top of what is known of the database, and how many rows were taken."""

    known: group.Known
    before: int
    takes: int = 0

    def head(self, stream: str) -> Head | None:
        return self.heads.get(stream) or self.known.heads.get(stream)

    def holder(self, place: tuple[str, str]) -> str | None:
        return self.claims[place] if place in self.claims else self.known.claims.get(place)


class Writer:
    """Owns the writing connection. All of it runs on one loop."""

    def __init__(
        self,
        url: str,
        limits: PostgresLimits,
        organisation: str,
        lock: int,
        channel: str,
        clock: Clock,
        chance: Chance,
        name: str,
        settle: Callable[[Group], None],
        doubt: Callable[[int], None],
    ) -> None:
        """`name` must be unlike any other writer's; `settle` is called once per group; `doubt` with the position from
        which on others must look, when it stays unknown whether a group came through."""
        self._url = url
        self._limits = limits
        self._org = organisation
        self._lock = lock
        self._channel = channel
        self._clock = clock
        self._chance = chance
        self._name = name
        self._settle = settle
        self._doubt = doubt
        self._queue: deque[Request] = deque()
        self._woken = asyncio.Event()
        self._stopping = False
        self._db: Connection | None = None
        self._number = 0
        self._backoff = Backoff(limits.retry_s_max)
        self._retry_at_s = 0.0
        self._trouble = ""
        self._outage = Outage(clock)
        self._task = asyncio.create_task(self._run())

    def submit(self, requests: list[Request]) -> None:
        """Take what has come in since the last time. Must be called on the writer's loop."""
        self._queue.extend(requests)
        self._woken.set()

    async def open(self) -> None:
        """Connect, so that whoever opens a record learns at once of what is wrong. Raises what is in `TROUBLE`."""
        self._db = await connect(self._url, self._limits)

    async def stop(self) -> None:
        """Write what is queued and end."""
        self._stopping = True
        self._woken.set()
        await self._task
        if self._db is not None:
            with contextlib.suppress(*TROUBLE):
                await group.forget_marks(self._db, self._org, self._name, epoch_us(self._clock.now()))
            self._drop()

    async def _run(self) -> None:
        while not (self._stopping and not self._queue):
            if not self._queue:
                self._woken.clear()
                await self._woken.wait()
                continue
            requests: list[Request] = []
            size_bytes = 0
            while self._queue and len(requests) < _GROUP_REQUESTS and size_bytes < _GROUP_BYTES:
                requests.append(self._queue.popleft())
                size_bytes += requests[-1].size_bytes
            began_s = self._clock.monotonic_s()
            try:
                done = await self._write(requests)
            except TROUBLE as error:
                self._failed(error)
                done = _all(requests, unavailable(error))
            except WatchroomError as error:
                self._trouble = self._trouble or error.message
                done = _all(requests, error)
            except Exception as error:  # supervised: a fault in one group must not end the only task that can write
                _log.exception("Writing a group of %d requests failed", len(requests))
                self._trouble = repr(error)
                self._drop()
                done = _all(requests, unavailable(error))
            if done.failed:
                self._outage.refused(self._trouble)
            else:
                self._outage.over()
                self._trouble = ""
            done.seconds = self._clock.monotonic_s() - began_s
            self._settle(done)

    async def _write(self, requests: list[Request]) -> Group:
        """One group. Raises what is in `TROUBLE` when nothing of it was written."""
        db = await self._connected()
        await group.begin(db, self._lock)
        known = await group.know(db, self._org, *_asked_about(requests))
        pending = _Pending(known.position, known=known, before=known.position)
        results = [await self._decide(db, request, pending) for request in requests]
        reached = {stream: head.seq for stream, head in pending.heads.items()}
        done = Group(requests, results, reached, pending.position, len(pending.placed))
        if not (pending.placed or pending.claims or pending.takes or pending.redactions):
            await db.execute("ROLLBACK")
            return done
        self._number += 1
        payloads = group.payloads_of(self._name, pending.before, pending.position, reached) if reached else []
        wall_us = epoch_us(self._clock.now())
        mark = (self._name, self._number)
        await group.write(db, self._org, wall_us, pending.placed, pending.claims, mark, self._channel, payloads)
        if pending.redactions:
            bared = {each.stream: head.seq for each in pending.redactions if (head := pending.head(each.stream))}
            await group.redact(db, self._org, pending.redactions, bared)
        try:
            said = await db.execute("COMMIT")
        except TROUBLE as error:
            self._failed(error)
            return await self._resolved(done, pending.before, error)
        if said != "COMMIT":
            raise Unavailable("The record did not take the group.", hint="Nothing was written; try again soon.")
        self._backoff.reset()
        return done

    async def _decide(self, db: Connection, request: Request, pending: _Pending) -> Any:
        """The request's result, or the exception it alone fails with. Raises what fails the whole group."""
        try:
            if isinstance(request, TakeRequest):
                taken = await group.take_row(db, self._org, request.table, request.key)
                pending.takes += taken is not None
                return taken
            for append in request.appends:
                _check_name(append.stream)
            for claim in request.claims:
                _check_name(claim.stream or "")
            admitted = admit(
                request.appends, request.claims, pending.head, pending.holder, self._salt, request.redactions
            )
        except TROUBLE:
            raise
        except Exception as error:  # supervised: one request's fault is its own; its neighbours are written
            return alone(error)
        pending.take(admitted)
        return Appended(admitted.events, pending.position)

    async def _resolved(self, done: Group, before: int, lost: Exception) -> Group:
        """Find out whether the group came through whose answer was lost, and answer accordingly."""
        _log.warning("The answer to a commit was lost (%s); looking whether it came through", explained(lost))
        until_s = self._clock.monotonic_s() + self._limits.resolve_s
        while True:
            try:
                db = await self._connected()
                # Whoever has the lock now knows that the session before has ended, one way or the other.
                await group.begin(db, self._lock)
                came_through = await group.marked(db, self._org, self._name) == self._number
                await db.execute("ROLLBACK")
            except TROUBLE as error:
                self._failed(error)
            except Unavailable:
                await self._pause()
            else:
                _log.warning("It %s", "came through" if came_through else "did not come through")
                return done if came_through else _all(done.requests, unavailable(lost))
            if self._clock.monotonic_s() >= until_s:
                self._doubt(before)
                unknown = OutcomeUnknown(
                    f"The database went away while it was writing: {explained(lost)}.",
                    hint="Look whether it is there before you try again.",
                )
                return _all(done.requests, unknown)
            # Nobody else is kept waiting for a database that is away.
            if self._queue:
                waiting, self._queue = list(self._queue), deque()
                self._outage.refused(explained(lost))
                self._settle(_all(waiting, unavailable(lost)))

    async def _connected(self) -> Connection:
        """The connection, or a new one. Raises what is in `TROUBLE`, or Unavailable until it is time to try again."""
        if self._db is not None and not self._db.is_closed():
            return self._db
        if self._clock.monotonic_s() < self._retry_at_s:
            raise Unavailable(
                f"The database is away: {self._trouble}.", hint="Nothing was written; it is tried again in seconds."
            )
        self._db = await connect(self._url, self._limits)
        return self._db

    def _failed(self, error: BaseException) -> None:
        self._trouble = explained(error)
        self._drop()
        self._retry_at_s = self._clock.monotonic_s() + self._backoff.next_s()

    def _drop(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.terminate()

    async def _pause(self) -> None:
        left_s = max(0.0, self._retry_at_s - self._clock.monotonic_s())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), left_s)

    def _salt(self) -> bytes:
        return self._chance.salt()


def _all(requests: list[Request], error: Exception) -> Group:
    return Group(requests, [error] * len(requests), {}, 0, failed=True)


def _asked_about(requests: list[Request]) -> tuple[set[str], set[tuple[str, str]]]:
    """The streams and claims that decide the requests; text that cannot be stored is left to be refused later."""
    streams, places = set[str](), set[tuple[str, str]]()
    for request in requests:
        if isinstance(request, AppendRequest):
            streams.update(append.stream for append in request.appends if _storable(append.stream))
            streams.update(each.stream for each in request.redactions if _storable(each.stream))
            places.update((claim.scope, claim.key) for claim in request.claims if _storable(claim.key))
    return streams, places


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_name(stream: str) -> None:
    if len(stream.encode()) > STREAM_BYTES_MAX:
        raise Malformed(f"A stream's name of {len(stream.encode())} bytes is too long.", hint="Give it a shorter one.")
