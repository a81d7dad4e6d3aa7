"""A record in one SQLite file, for one process: the default store.

Writes go through one thread (`sqlite_writer`), which commits in groups; reads run beside it on connections of their
own in a small pool, so that neither blocks the event loop. Called through the `Log` protocol. Never shared by two
writing processes: the lock on its directory refuses the second.
"""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from watchroom.base.clock import Clock, WallClock, epoch_us
from watchroom.base.errors import MisConfigured, Overloaded, Unavailable
from watchroom.base.rng import Chance
from watchroom.record import sqlite_rows as rows
from watchroom.record.event import Claim, Event, Redaction, StreamAppend
from watchroom.record.log import Appended, Head, HeldLease, Placed, Reached, Snapshot, StoredProjection
from watchroom.record.notice import tell
from watchroom.record.observer import Observer, Unobserved
from watchroom.record.pending import answer
from watchroom.record.request import AppendRequest, size_of
from watchroom.record.sqlite_schema import DirectoryLock, check_readable, connect
from watchroom.record.sqlite_trouble import plain
from watchroom.record.sqlite_writer import Group, Request, ScrubRequest, Work, WorkRequest, Writer
from watchroom.record.tail import Tail

_T = TypeVar("_T")


class SqliteLog:
    """The `Log` protocol on one SQLite file in WAL mode with `synchronous=FULL`.

    A caller that is cancelled while its write is queued does not take the write back.
    """

    def __init__(
        self,
        path: str | Path,
        organisation: str = "main",
        clock: Clock | None = None,
        chance: Chance | None = None,
        *,
        holder: str = "",
        read_only: bool = False,
        max_queued_requests: int = 20_000,
        max_queued_bytes: int = 128 * 2**20,
        max_file_bytes: int | None = None,
        checkpoint_bytes: int = 8 * 2**20,
        max_cached: int = 200_000,
        max_tail_bytes: int = 8 * 2**20,
        read_threads: int = 3,
        observer: Observer | None = None,
    ) -> None:
        """Open or make the file; `holder` is how the lock file names this process; `clock` is the wall's.

        `read_only` opens an existing record beside the process that holds the lock; each write then fails.
        Raises Unavailable when another process holds the lock or the file cannot be opened, MisConfigured when the file
        is a newer version's or nobody's record.
        """
        self._path = Path(path)
        self._org = organisation
        self._max_queued_requests = max_queued_requests
        self._max_queued_bytes = max_queued_bytes
        self._queued_requests = 0
        self._queued_bytes = 0
        self._observer: Observer = observer or Unobserved()
        self._incoming: list[Request] = []
        self._told: list[Reached] = []
        self._closing: asyncio.Future[None] | None = None
        self._lock: DirectoryLock | None = None
        self._writer: Writer | None = None
        try:
            if read_only:
                self._check_readable()
            else:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._lock = DirectoryLock(self._path.parent, holder or f"process {os.getpid()}")
                # For the owner's eyes only; SQLite gives the files beside it the same permissions.
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
                self._writer = Writer(
                    self._path,
                    organisation,
                    clock or WallClock(),
                    chance or Chance(),
                    max_bytes=max_file_bytes,
                    checkpoint_bytes=checkpoint_bytes,
                    max_cached=max_cached,
                )
        except (sqlite3.OperationalError, OSError) as error:
            raise Unavailable(f"{self._path} cannot be opened: {error}.") from error
        except sqlite3.DatabaseError as error:
            raise MisConfigured(f"{self._path} is not a Watchroom record: {error}.") from error
        finally:
            if self._writer is None and self._lock is not None:
                self._lock.release()
        # Moved on by `_settle` only, together with the tail, so that no follower is sent to look for what is not
        # there yet.
        self._position = self._writer.position if self._writer is not None else 0
        self._tail = Tail(self._position, max_tail_bytes)
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(read_threads, "record-reader")
        if self._writer is not None:
            self._writer.start(self._settle)

    @property
    def queued_requests(self) -> int:
        """See `Queued.queued_requests`."""
        return self._queued_requests

    @property
    def queued_bytes(self) -> int:
        """See `Queued.queued_bytes`."""
        return self._queued_bytes

    @property
    def queued_requests_max(self) -> int:
        """See `Queued.queued_requests_max`."""
        return self._max_queued_requests

    async def append(
        self, appends: Sequence[StreamAppend], claims: Sequence[Claim] = (), redactions: Sequence[Redaction] = ()
    ) -> Appended:
        """See `Log.append`."""
        future = asyncio.get_running_loop().create_future()
        self._submit(AppendRequest(appends, claims, future, size_of(appends), redactions))
        appended: Appended = await future
        return appended

    async def scrub(self, texts: Sequence[bytes] | None = ()) -> None:
        """See `Log.scrub`."""
        future = asyncio.get_running_loop().create_future()
        self._submit(ScrubRequest(texts, future, 200))
        await future

    async def read(self, stream: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """See `Log.read`."""
        after = max(after, 0)
        if self._writer is not None and (head := self._writer.heads.get(stream)) is not None and head.seq <= after:
            return []
        return await self._ask(lambda db: rows.events_after(db, self._org, stream, after, limit))

    async def read_before(self, stream: str, before: int, limit: int) -> list[Event]:
        """See `Log.read_before`."""
        return await self._ask(lambda db: rows.events_before(db, self._org, stream, before, limit))

    async def read_all(self, after: int = 0, limit: int = 1_000) -> list[Placed]:
        """See `Log.read_all`."""
        if self._writer is not None and (recent := self._tail.read(after, limit)) is not None:
            return recent
        return await self._ask(lambda db: rows.all_after(db, self._org, max(after, 0), limit))

    async def head(self, stream: str) -> Head | None:
        """See `Log.head`."""
        if self._writer is not None and (head := self._writer.heads.get(stream)) is not None:
            return head
        return await self._ask(lambda db: rows.head(db, self._org, stream))

    async def position(self) -> int:
        """See `Log.position`."""
        if self._writer is not None:
            return self._position
        return await self._ask(lambda db: rows.position(db, self._org))

    async def streams(self, after: str = "", limit: int = 1_000) -> list[str]:
        """See `Log.streams`."""
        return await self._ask(lambda db: rows.streams(db, self._org, after, limit))

    async def holder(self, scope: str, key: str) -> str | None:
        """See `Log.holder`."""
        if self._writer is not None and (known := self._writer.claims.get((scope, key))) is not None:
            return known
        return await self._ask(lambda db: rows.holder(db, self._org, scope, key))

    async def holders(self, scope: str) -> dict[str, str]:
        """See `Log.holders`."""
        return await self._ask(lambda db: rows.holders(db, self._org, scope))

    def on_reached(self, reached: Reached) -> None:
        """See `Log.on_reached`."""
        self._told.append(reached)

    async def load_projection(self, name: str) -> StoredProjection | None:
        """See `Log.load_projection`."""
        return await self._ask(lambda db: rows.load_projection(db, self._org, name))

    async def save_projection(
        self, name: str, version: str, position: int, changed: Mapping[str, bytes | None]
    ) -> None:
        """See `Log.save_projection`."""
        size_bytes = sum(len(body or b"") + 100 for body in changed.values())
        await self._work(lambda db: rows.save_projection(db, self._org, name, version, position, changed), size_bytes)

    async def drop_projection(self, name: str) -> None:
        """See `Log.drop_projection`."""
        await self._work(lambda db: rows.drop_projection(db, self._org, name))

    async def snapshot(self, stream: str) -> Snapshot | None:
        """See `Log.snapshot`."""
        return await self._ask(lambda db: rows.snapshot(db, self._org, stream))

    async def save_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        """See `Log.save_snapshot`."""
        await self._work(lambda db: rows.save_snapshot(db, self._org, stream, snapshot), len(snapshot.body))

    async def take_lease(self, name: str, holder: str, now: datetime, seconds: float) -> bool:
        """See `Log.take_lease`."""
        now_us = epoch_us(now)
        until_us = now_us + int(seconds * 1_000_000)
        taken: bool = await self._work(lambda db: rows.take_lease(db, self._org, name, holder, now_us, until_us))
        return taken

    async def give_lease(self, name: str, holder: str, now: datetime) -> None:
        """See `Log.give_lease`."""
        await self._work(lambda db: rows.give_lease(db, self._org, name, holder, epoch_us(now)))

    async def lease(self, name: str) -> HeldLease | None:
        """See `Log.lease`."""
        return await self._ask(lambda db: rows.lease(db, self._org, name))

    async def put_row(self, table: str, key: str, body: bytes) -> None:
        """See `Log.put_row`."""
        await self._work(lambda db: rows.put_row(db, self._org, table, key, body), len(body))

    async def row(self, table: str, key: str) -> bytes | None:
        """See `Log.row`."""
        return await self._ask(lambda db: rows.row(db, self._org, table, key))

    async def take_row(self, table: str, key: str) -> bytes | None:
        """See `Log.take_row`."""
        taken: bytes | None = await self._work(lambda db: rows.take_row(db, self._org, table, key))
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
        if self._writer is not None:
            self._writer.stop()
        self._pool.shutdown()
        for db in self._connections:
            db.close()
        if self._lock is not None:
            self._lock.release()

    async def _work(self, work: Work, size_bytes: int = 0) -> Any:
        future = asyncio.get_running_loop().create_future()
        self._submit(WorkRequest(work, future, size_bytes + 200))
        return await future

    def _submit(self, request: Request) -> None:
        if self._closing is not None:
            raise Unavailable("The record is closed.", hint="Open it again to write to it.")
        if self._writer is None:
            raise Unavailable("The record was opened for reading only.", hint="Ask the running server to write.")
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
            asyncio.get_running_loop().call_soon(self._hand_over)
        self._incoming.append(request)

    def _hand_over(self) -> None:
        if self._incoming and self._writer is not None:
            self._writer.submit(self._incoming)
            self._incoming = []

    def _settle(self, group: Group) -> None:
        """Answer a group's callers and tell the followers: on the loop, once per group, after it is durable."""
        self._tail.extend(group.placed)
        if group.redacted:
            self._tail.forget()
        self._position = group.position
        self._queued_requests -= len(group.requests)
        self._queued_bytes -= sum(request.size_bytes for request in group.requests)
        answer(group.requests, group.results)
        if group.failed:
            self._observer.failed(len(group.requests))
        else:
            self._observer.committed(len(group.requests), len(group.placed), group.seconds)
        if group.reached:
            tell(self._told, group.reached, group.position)

    async def _ask(self, question: Callable[[sqlite3.Connection], _T]) -> _T:
        if self._closing is not None:
            raise Unavailable("The record is closed.", hint="Open it again to read it.")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._answer, question)

    def _answer(self, question: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            return question(self._connection())
        except sqlite3.Error as error:
            self._let_go()
            raise Unavailable(f"The record cannot be read just now: {plain(error)}.", hint="Try again soon.") from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's own connection, opened anew once the writer has had to open the file anew."""
        generation = self._writer.generation if self._writer is not None else 0
        db: sqlite3.Connection | None = getattr(self._own, "db", None)
        if db is not None and self._own.generation != generation:
            self._let_go()
            db = None
        if db is None:
            db = self._own.db = connect(self._path, writes=False)
            self._own.generation = generation
            self._connections.append(db)
        return db

    def _let_go(self) -> None:
        """Close this thread's connection; the next question opens another."""
        db: sqlite3.Connection | None = getattr(self._own, "db", None)
        self._own.db = None
        if db is not None:
            self._connections.remove(db)
            db.close()

    def _check_readable(self) -> None:
        if not self._path.is_file():
            raise Unavailable(f"There is no record at {self._path}.", hint="Give the data directory of an install.")
        db = connect(self._path, writes=False)
        try:
            check_readable(db, self._path)
        finally:
            db.close()
