"""A record in PostgreSQL, for one process or many: the store for installs that outgrow a file.

All connections live on a loop in a thread of their own: one writes in groups (`postgres_writer`), one hears of commits,
this process's and others' (`postgres_ear`), and a small pool reads and does the small writes. Called through the `Log`
protocol. Nothing is answered from memory, since other processes write to the same tables. Never keeps a connection that
has shown trouble: when the database goes away and comes back, so does the record, without a restart.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import asyncpg

from watchroom.base.clock import Clock, WallClock, epoch_us
from watchroom.base.errors import Overloaded, Unavailable
from watchroom.base.rng import Chance
from watchroom.record import postgres_rows as rows
from watchroom.record.event import Claim, Event, Redaction, StreamAppend
from watchroom.record.log import Appended, Head, HeldLease, Placed, Reached, Snapshot, StoredProjection
from watchroom.record.loop_thread import LoopThread
from watchroom.record.notice import tell
from watchroom.record.observer import Observer, Unobserved
from watchroom.record.pending import answer
from watchroom.record.postgres_ear import Ear
from watchroom.record.postgres_link import (
    TROUBLE,
    Connection,
    PostgresLimits,
    channel_of,
    connect,
    key_of,
    opening_error,
    pool,
    unavailable,
    unreadable,
    warn_of_memory,
)
from watchroom.record.postgres_schema import check_readable, prepare
from watchroom.record.postgres_scrub import scrub
from watchroom.record.postgres_writer import Group, Request, TakeRequest, Writer
from watchroom.record.request import AppendRequest, size_of

_T = TypeVar("_T")
_CLOSE_S = 5.0


class PostgresLog:
    """The `Log` protocol on one PostgreSQL database, beside any number of other processes.

    A caller that is cancelled while its write is queued does not take the write back.
    """

    def __init__(
        self,
        url: str,
        organisation: str = "main",
        clock: Clock | None = None,
        chance: Chance | None = None,
        *,
        read_only: bool = False,
        limits: PostgresLimits | None = None,
        observer: Observer | None = None,
        max_queued_requests: int = 20_000,
        max_queued_bytes: int = 128 * 2**20,
    ) -> None:
        """Connect, and make the tables of an empty database or bring older ones forward; `clock` is the wall's.

        `read_only` opens an existing record without writing to it or listening; each write then fails. Blocks until it
        is open. Raises Unavailable when the database cannot be reached, MisConfigured when it is not ours to use.
        """
        self._url = url
        self._org = organisation
        self._clock = clock or WallClock()
        self._chance = chance or Chance()
        self._limits = limits or PostgresLimits()
        self._read_only = read_only
        self._observer = observer or Unobserved()
        self._max_queued_requests = max_queued_requests
        self._max_queued_bytes = max_queued_bytes
        self._queued_requests = 0
        self._queued_bytes = 0
        self._incoming: list[Request] = []
        self._told: list[Reached] = []
        # Never from a seed: two processes with one seed must not take each other's groups for their own.
        self._name = Chance().bytes(12).hex()
        self._generations: dict[str, str] = {}
        self._generation_number = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: asyncio.Future[None] | None = None
        self._writer: Writer | None = None
        self._ear: Ear | None = None
        self._pool: Any = None
        self._thread = LoopThread("record-postgres")
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self._thread.stop)
            try:
                self._thread.wait(self._open())
            except (*TROUBLE, ValueError) as error:
                raise opening_error(url, error) from error
            on_failure.pop_all()

    async def _open(self) -> None:
        db = await connect(self._url, self._limits)
        try:
            if not self._read_only:
                await warn_of_memory(db)
            place = await (check_readable if self._read_only else prepare)(db, self._url)
        finally:
            db.terminate()
        self._pool = await pool(self._url, self._limits)
        if self._read_only:
            return
        channel = channel_of(place.schema, self._org)
        ear = Ear(self._url, self._limits, self._org, channel, self._name, self._hear)
        await ear.start()
        self._ear = ear
        self._writer = Writer(
            self._url,
            self._limits,
            self._org,
            key_of(place.schema, f"log of {self._org}"),
            channel,
            self._clock,
            self._chance,
            self._name,
            self._report,
            ear.look_from,
        )
        await self._writer.open()

    @property
    def queued_requests(self) -> int:
        """See `Queued`."""
        return self._queued_requests

    @property
    def queued_bytes(self) -> int:
        """See `Queued`."""
        return self._queued_bytes

    @property
    def queued_requests_max(self) -> int:
        """See `Queued`."""
        return self._max_queued_requests

    async def append(
        self, appends: Sequence[StreamAppend], claims: Sequence[Claim] = (), redactions: Sequence[Redaction] = ()
    ) -> Appended:
        """See `Log.append`. Raises OutcomeUnknown when the database went away while it was writing and does not say in
        time whether it had."""
        future = asyncio.get_running_loop().create_future()
        self._submit(AppendRequest(appends, claims, future, size_of(appends), redactions))
        appended: Appended = await future
        return appended

    async def scrub(self, texts: Sequence[bytes] | None = ()) -> None:
        """See `Log.scrub`. The server is asked to clear the tables of what nobody can read any more; what it may keep
        nevertheless is written in docs/operations.md."""
        self._check_writable()
        try:
            await self._thread.ask(scrub(self._url, self._limits))
        except TROUBLE as error:
            raise unavailable(error) from error

    async def read(self, stream: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """See `Log.read`."""
        return await self._ask(lambda db: rows.events_after(db, self._org, stream, after, limit))

    async def read_before(self, stream: str, before: int, limit: int) -> list[Event]:
        """See `Log.read_before`."""
        return await self._ask(lambda db: rows.events_before(db, self._org, stream, before, limit))

    async def read_all(self, after: int = 0, limit: int = 1_000) -> list[Placed]:
        """See `Log.read_all`."""
        return await self._ask(lambda db: rows.all_after(db, self._org, after, limit))

    async def head(self, stream: str) -> Head | None:
        """See `Log.head`."""
        return await self._ask(lambda db: rows.head(db, self._org, stream))

    async def position(self) -> int:
        """See `Log.position`."""
        return await self._ask(lambda db: rows.position(db, self._org))

    async def streams(self, after: str = "", limit: int = 1_000) -> list[str]:
        """See `Log.streams`."""
        return await self._ask(lambda db: rows.streams(db, self._org, after, limit))

    async def holder(self, scope: str, key: str) -> str | None:
        """See `Log.holder`."""
        return await self._ask(lambda db: rows.holder(db, self._org, scope, key))

    async def holders(self, scope: str) -> dict[str, str]:
        """See `Log.holders`."""
        return await self._ask(lambda db: rows.holders(db, self._org, scope))

    def on_reached(self, reached: Reached) -> None:
        """See `Log.on_reached`."""
        self._told.append(reached)

    async def load_projection(self, name: str) -> StoredProjection | None:
        """See `Log.load_projection`."""
        found = await self._ask(lambda db: rows.load_projection(db, self._org, name))
        self._generations.pop(name, None)
        if found is None:
            return None
        stored, self._generations[name] = found
        return stored

    async def save_projection(
        self, name: str, version: str, position: int, changed: Mapping[str, bytes | None]
    ) -> None:
        """See `Log.save_projection`. Passed over when another process has saved a later position, or has begun to make
        the projection anew."""
        self._generation_number += 1
        begun = f"{self._name}-{self._generation_number}"
        known = self._generations.get(name)
        standing = await self._change(
            lambda db: rows.save_projection(db, self._org, name, version, position, changed, known, begun)
        )
        if standing is not None:
            self._generations[name] = standing

    async def drop_projection(self, name: str) -> None:
        """See `Log.drop_projection`."""
        await self._change(lambda db: rows.drop_projection(db, self._org, name))
        self._generations.pop(name, None)

    async def snapshot(self, stream: str) -> Snapshot | None:
        """See `Log.snapshot`."""
        return await self._ask(lambda db: rows.snapshot(db, self._org, stream))

    async def save_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        """See `Log.save_snapshot`."""
        await self._change(lambda db: rows.save_snapshot(db, self._org, stream, snapshot))

    async def take_lease(self, name: str, holder: str, now: datetime, seconds: float) -> bool:
        """See `Log.take_lease`."""
        now_us = epoch_us(now)
        until_us = now_us + int(seconds * 1_000_000)
        return await self._change(lambda db: rows.take_lease(db, self._org, name, holder, now_us, until_us))

    async def give_lease(self, name: str, holder: str, now: datetime) -> None:
        """See `Log.give_lease`."""
        await self._change(lambda db: rows.give_lease(db, self._org, name, holder, epoch_us(now)))

    async def lease(self, name: str) -> HeldLease | None:
        """See `Log.lease`."""
        return await self._ask(lambda db: rows.lease(db, self._org, name))

    async def put_row(self, table: str, key: str, body: bytes) -> None:
        """See `Log.put_row`."""
        await self._change(lambda db: rows.put_row(db, self._org, table, key, body))

    async def row(self, table: str, key: str) -> bytes | None:
        """See `Log.row`."""
        return await self._ask(lambda db: rows.row(db, self._org, table, key))

    async def take_row(self, table: str, key: str) -> bytes | None:
        """See `Log.take_row`. Goes with a group, whose outcome is looked up when its answer is lost: a one-time link
        must not be used up without anybody having got it."""
        future = asyncio.get_running_loop().create_future()
        self._submit(TakeRequest(table, key, future, 500))
        taken: bytes | None = await future
        return taken

    async def rows(self, table: str) -> dict[str, bytes]:
        """See `Log.rows`."""
        return await self._ask(lambda db: rows.rows(db, self._org, table))

    async def close(self) -> None:
        """See `Log.close`. A second call waits for the first."""
        if self._closing is None:
            loop = asyncio.get_running_loop()
            self._hand_over()
            self._closing = loop.run_in_executor(None, self._finish)
        await asyncio.shield(self._closing)

    def _finish(self) -> None:
        self._thread.wait(self._let_go())
        self._thread.stop()

    async def _let_go(self) -> None:
        if self._writer is not None:
            await self._writer.stop()
        if self._ear is not None:
            await self._ear.stop()
        try:
            await asyncio.wait_for(self._pool.close(), _CLOSE_S)
        except TROUBLE:
            self._pool.terminate()

    def _submit(self, request: Request) -> None:
        self._check_writable()
        if self._queued_requests >= self._max_queued_requests or (
            self._queued_requests and self._queued_bytes + request.size_bytes > self._max_queued_bytes
        ):
            raise Overloaded(
                f"The record has {self._queued_requests} writes ({self._queued_bytes} bytes) waiting.",
                hint="Nothing was written; try again in a moment.",
            )
        self._queued_requests += 1
        self._queued_bytes += request.size_bytes
        if not self._incoming:
            # One turn of the loop later, all that was ready to write in this turn goes over as one group.
            self._here().call_soon(self._hand_over)
        self._incoming.append(request)

    def _hand_over(self) -> None:
        if self._incoming and self._writer is not None:
            self._thread.loop.call_soon_threadsafe(self._writer.submit, self._incoming)
            self._incoming = []

    def _report(self, group: Group) -> None:
        """On the record's own loop: send a group's answers to the loop that waits for them."""
        loop = group.requests[0].future.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._settle, group)

    def _settle(self, group: Group) -> None:
        """Answer a group's callers and tell the followers: on their loop, once per group, after it is durable."""
        self._queued_requests -= len(group.requests)
        self._queued_bytes -= sum(request.size_bytes for request in group.requests)
        answer(group.requests, group.results)
        if group.failed:
            self._observer.failed(len(group.requests))
        else:
            self._observer.committed(len(group.requests), group.events, group.seconds)
        if group.reached:
            tell(self._told, group.reached, group.position)

    def _hear(self, reached: Mapping[str, int], position: int) -> None:
        """On the record's own loop: tell the followers, on theirs, of what others have committed."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(tell, self._told, reached, position)

    def _here(self) -> asyncio.AbstractEventLoop:
        """The running loop, remembered as the followers' own: whoever follows has asked where the log stands first."""
        self._loop = asyncio.get_running_loop()
        return self._loop

    def _check_writable(self) -> None:
        if self._closing is not None:
            raise Unavailable("The record is closed.", hint="Open it again to write to it.")
        if self._read_only:
            raise Unavailable("The record was opened for reading only.", hint="Open it for writing.")

    async def _ask(self, question: Callable[[Connection], Awaitable[_T]]) -> _T:
        if self._closing is not None:
            raise Unavailable("The record is closed.", hint="Open it again to read it.")
        self._here()
        try:
            return await self._thread.ask(self._on_pool(question))
        except TROUBLE as error:
            raise unreadable(error) from error

    async def _change(self, change: Callable[[Connection], Awaitable[_T]]) -> _T:
        """A small write, which has the same effect when it is done twice."""
        self._check_writable()
        self._here()
        try:
            return await self._thread.ask(self._on_pool(change))
        except TROUBLE as error:
            raise unavailable(error) from error

    async def _on_pool(self, work: Callable[[Connection], Awaitable[_T]]) -> _T:
        """Do it on a connection of the pool; once more for each that turns out to have died since it was last used."""
        for _ in range(self._limits.readers_max):
            try:
                return await self._once(work)
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionError):
                continue
        return await self._once(work)

    async def _once(self, work: Callable[[Connection], Awaitable[_T]]) -> _T:
        async with self._pool.acquire(timeout=self._limits.statement_s) as db:
            return await work(db)
