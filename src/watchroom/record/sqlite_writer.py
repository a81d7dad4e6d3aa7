"""The one thread that writes a SQLite record: group commit without a gather window.

It takes everything that is queued, decides each request from what it knows of heads and claims, writes all rows in
one transaction, and reports the whole group to the event loop in one call after COMMIT. A request that is refused
costs its neighbours nothing. When SQLite fails, nothing of the group was written; the connection is made anew for
the next group, so that a full disk or a file gone for a while heals without a restart. Called by `sqlite_log` only.
Never reads for others.
"""

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from watchroom.base.clock import Clock, epoch_us
from watchroom.base.errors import Unavailable, WatchroomError
from watchroom.base.rng import Chance
from watchroom.record import sqlite_rows
from watchroom.record.admission import admit
from watchroom.record.log import Appended, Head, Placed
from watchroom.record.outage import Outage
from watchroom.record.pending import Pending, alone
from watchroom.record.request import AppendRequest
from watchroom.record.sqlite_rows import ROWS_A_STATEMENT, insert_many
from watchroom.record.sqlite_schema import connect, prepare
from watchroom.record.sqlite_scrub import scrub
from watchroom.record.sqlite_trouble import Identity, Last, identify, last_of, plain

_log = logging.getLogger(__name__)

_PAGE_BYTES = 4_096

Work = Callable[[sqlite3.Connection], Any]


class WorkRequest(msgspec.Struct, gc=False):
    """Somebody waits for this work on the connection: a row, a lease, a snapshot, a projection."""

    work: Work
    future: "asyncio.Future[Any]"
    size_bytes: int


class ScrubRequest(msgspec.Struct, gc=False):
    """Somebody waits until nothing deleted is left in the files."""

    texts: Sequence[bytes] | None
    future: "asyncio.Future[Any]"
    size_bytes: int


Request = AppendRequest | WorkRequest | ScrubRequest


class Group(msgspec.Struct):
    """What one transaction came to, told to the event loop in one call."""

    requests: list[Request]
    results: list[Any]
    """For each request what it is answered: a result, or the exception it fails with."""
    reached: dict[str, int]
    placed: list[Placed]
    position: int
    redacted: bool = False
    """Whether something that may be remembered in memory was purged."""
    seconds: float = 0.0
    """How long deciding, writing and committing took."""
    failed: bool = False
    """Whether the store failed, so that nothing of the group was written."""


class Writer:
    """Owns the writing connection and what is known of heads and claims as of the last commit.

    `heads` and `claims` may be read from the event loop: they are changed only after COMMIT, before the futures
    resolve.
    """

    def __init__(
        self,
        path: Path,
        organisation: str,
        clock: Clock,
        chance: Chance,
        *,
        max_bytes: int | None,
        checkpoint_bytes: int,
        max_cached: int,
    ) -> None:
        """Open the file and make its tables. Raises MisConfigured (see `prepare`) and sqlite3.Error."""
        self._path = path
        self._wal_bytes = 0
        self._org = organisation
        self._clock = clock
        self._chance = chance
        self._max_bytes = max_bytes
        self._checkpoint_bytes = checkpoint_bytes
        self._max_cached = max_cached
        self.heads: dict[str, Head] = {}
        self.claims: dict[tuple[str, str], str | None] = {}
        self.position = 0
        self._file_position = 0
        self._db: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._last: Last | None = None
        self._outage = Outage(clock)
        self.generation = 0
        """Moves on whenever the file must be opened anew, by those who read it too."""
        self._reopen()
        self._inbox: queue.SimpleQueue[list[Request] | None] = queue.SimpleQueue()
        self._settle: Callable[[Group], None] = lambda _: None
        self._thread = threading.Thread(target=self._run, name="record-writer", daemon=True)

    def start(self, settle: Callable[[Group], None]) -> None:
        """Begin; `settle` is called on the loop of the waiting futures, once per group."""
        self._settle = settle
        self._thread.start()

    def submit(self, requests: list[Request]) -> None:
        """Hand over what has come in since the last time; one call, one lock."""
        self._inbox.put(requests)

    def stop(self) -> None:
        """Write what is queued, fold the write-ahead log into the file, and end. Blocks; call it off the loop."""
        self._inbox.put(None)
        self._thread.join()

    def _run(self) -> None:
        stopping = False
        while not stopping:
            requests: list[Request] = []
            batch = self._inbox.get()
            while True:
                if batch is None:
                    stopping = True
                else:
                    requests += batch
                try:
                    batch = self._inbox.get_nowait()
                except queue.Empty:
                    break
            writes = [request for request in requests if not isinstance(request, ScrubRequest)]
            if writes:
                began_s = self._clock.monotonic_s()
                group = self._write(writes)
                group.seconds = self._clock.monotonic_s() - began_s
                self._report(group)
            scrubs = [request for request in requests if isinstance(request, ScrubRequest)]
            if scrubs:
                self._report(self._scrub(scrubs))
            if stopping or self._wal_bytes > self._checkpoint_bytes:
                self._checkpoint("TRUNCATE" if stopping else "PASSIVE")
        if self._db is not None:
            self._db.close()

    def _report(self, group: Group) -> None:
        try:
            group.requests[0].future.get_loop().call_soon_threadsafe(self._settle, group)
        except RuntimeError:
            _log.warning("The event loop ended before %d writes could be answered", len(group.requests))

    def _scrub(self, requests: list[ScrubRequest]) -> Group:
        """Clean the files, outside any transaction. One that fails is told so; it may ask again."""
        result: Any = None
        try:
            if self._db is None:
                self._reopen()
            assert self._db is not None
            thorough = any(request.texts is None for request in requests)
            texts = None if thorough else [text for request in requests for text in request.texts or ()]
            scrub(self._db, self._path, texts)
            self._wal_bytes = 0
        except (sqlite3.Error, WatchroomError, OSError) as error:
            _log.warning("The record's files could not be scrubbed: %s", error)
            result = Unavailable(
                f"The record's files cannot be scrubbed just now: {error}.",
                hint="What was redacted is out of the record already; its traces go at the next try.",
            )
        return Group(list(requests), [result for _ in requests], {}, [], self.position)

    def _write(self, requests: Sequence[Request]) -> Group:
        pending = Pending(self._file_position)
        try:
            if self._db is None:
                self._reopen()
                pending.position = self._file_position
            db = self._db
            assert db is not None
            assert self._identity is not None
            self._identity.check(self._path)
            results = [self._decide(db, request, pending) for request in requests]
            self._insert(db, pending)
            if db.in_transaction:
                db.execute("COMMIT")
        except (sqlite3.Error, WatchroomError, OSError) as error:
            return self._failed(list(requests), error)
        except Exception as error:  # supervised: a fault in one group must not end the only thread that can write
            _log.exception("Writing a group of %d requests failed", len(requests))
            return self._failed(list(requests), error)
        self._keep(pending)
        # About what the group added to the write-ahead log: its data, and a page of an index for each stream and claim.
        self._wal_bytes += sum(request.size_bytes for request in requests)
        self._wal_bytes += _PAGE_BYTES * (2 + len(pending.heads) + len(pending.claims))
        return Group(
            list(requests),
            results,
            {stream: head.seq for stream, head in pending.heads.items()},
            pending.placed,
            self.position,
            bool(pending.redactions),
        )

    def _decide(self, db: sqlite3.Connection, request: Request, pending: Pending) -> Any:
        """The request's result, or the exception it alone fails with. Raises what fails the whole group."""
        try:
            if isinstance(request, WorkRequest):
                return self._work(db, request.work)
            assert isinstance(request, AppendRequest)
            admitted = admit(
                request.appends,
                request.claims,
                lambda stream: self._head(db, stream, pending),
                lambda place: self._holder(db, place, pending),
                self._salt,
                request.redactions,
            )
        except (sqlite3.Error, MemoryError):
            raise
        except Exception as error:  # supervised: one request's fault is its own; its neighbours are written
            return alone(error)
        pending.take(admitted)
        return Appended(admitted.events, pending.position if admitted.events else self._position_now(pending))

    def _position_now(self, pending: Pending) -> int:
        return pending.placed[-1].position if pending.placed else self.position

    def _work(self, db: sqlite3.Connection, work: Work) -> Any:
        if not db.in_transaction:
            db.execute("BEGIN IMMEDIATE")
        db.execute("SAVEPOINT one")
        done = False
        try:
            result = work(db)
            done = True
        finally:
            if db.in_transaction:
                if not done:
                    db.execute("ROLLBACK TO one")
                db.execute("RELEASE one")
        return result

    def _insert(self, db: sqlite3.Connection, pending: Pending) -> None:
        # One statement alone is a transaction of its own, and waits once for the interpreter's lock instead of three
        # times.
        several = pending.claims or pending.redactions or len(pending.placed) > ROWS_A_STATEMENT
        if several and not db.in_transaction:
            db.execute("BEGIN IMMEDIATE")
        if pending.placed:
            wall_us = epoch_us(self._clock.now())
            org = self._org
            values: list[Any] = []
            for placed in pending.placed:
                e = placed.event
                values += (placed.position, org, e.stream, e.seq, e.head, e.data, e.salt)
                values += (e.commitment, e.digest, wall_us)
            columns = "position, org, stream, seq, head, data, salt, commitment, digest, wall_us"
            insert_many(db, f"INSERT OR ROLLBACK INTO event ({columns})", 10, values)
        for redaction in pending.redactions:
            sqlite_rows.redact(db, self._org, redaction.stream, redaction.seq, redaction.left)
        if pending.claims:
            taken = ((self._org, *place, stream) for place, stream in pending.claims.items() if stream is not None)
            given = [(self._org, *place) for place, stream in pending.claims.items() if stream is None]
            insert_many(
                db,
                "INSERT INTO claim (org, scope, key, stream)",
                4,
                [value for row in taken for value in row],
                "ON CONFLICT DO UPDATE SET stream = excluded.stream",
            )
            if given:
                db.executemany("DELETE FROM claim WHERE org = ? AND scope = ? AND key = ?", given)

    def _keep(self, pending: Pending) -> None:
        self._file_position = pending.position
        if pending.placed:
            self.position = pending.position
            self._last = Last(pending.position, pending.placed[-1].event.digest)
        self._outage.over()
        for known, news in ((self.heads, pending.heads), (self.claims, pending.claims)):
            _forget_oldest(known, len(known) + len(news) - self._max_cached)
            known.update(news)  # type: ignore[arg-type]

    def _failed(self, requests: list[Request], error: Exception) -> Group:
        """Nothing of the group was written. What is known may be wrong now, so it is read anew with the next group."""
        why = plain(error)
        self._outage.refused(why)
        self.generation += 1
        db, self._db = self._db, None
        self.heads.clear()
        self.claims.clear()
        if db is not None:
            try:
                db.close()
            except sqlite3.Error as closing:
                _log.error("Closing the record's connection failed: %s", closing)
        hint = (error.hint if isinstance(error, WatchroomError) else "") or "Nothing was written; try again soon."
        results = [Unavailable(f"The record cannot be written just now: {why}.", hint=hint) for _ in requests]
        return Group(requests, results, {}, [], self.position, failed=True)

    def _reopen(self) -> None:
        # Looked at first, since SQLite would make a new, empty file where there is none. Another file is refused for
        # good: the write-ahead log that lies beside it belongs to the one that was opened.
        if self._identity is None:
            self._identity = identify(self._path)
        self._identity.check(self._path)
        db = connect(self._path, writes=True, max_bytes=self._max_bytes)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(db.close)
            if self._last is not None:
                self._last.check(db, self._path)
            prepare(db, self._path)
            last = "SELECT coalesce(max(position), 0) FROM event"
            self._file_position = db.execute(last).fetchone()[0]
            self.position = db.execute(
                "SELECT coalesce((SELECT position FROM event WHERE +org = ? ORDER BY position DESC LIMIT 1), 0)",
                (self._org,),
            ).fetchone()[0]
            self._last = last_of(db)
            self._identity.check(self._path)
            on_failure.pop_all()
        self._db = db

    def _checkpoint(self, how: str) -> None:
        """Fold the write-ahead log into the file between groups, after their answers are on the way."""
        self._wal_bytes = 0
        try:
            if self._db is not None:
                self._db.execute(f"PRAGMA wal_checkpoint({how})").fetchall()
        except sqlite3.Error as error:
            # The log stays longer than wished, and a later group tries again.
            _log.warning("A checkpoint of the record failed: %s", error)

    def _head(self, db: sqlite3.Connection, stream: str, pending: Pending) -> Head | None:
        head = pending.heads.get(stream) or self.heads.get(stream)
        if head is None:
            row = db.execute(
                "SELECT seq, digest FROM event WHERE org = ? AND stream = ? ORDER BY seq DESC LIMIT 1",
                (self._org, stream),
            ).fetchone()
            if row is not None:
                head = self.heads[stream] = Head(*row)
        return head

    def _holder(self, db: sqlite3.Connection, place: tuple[str, str], pending: Pending) -> str | None:
        for known in (pending.claims, self.claims):
            if place in known:
                return known[place]
        row = db.execute(
            "SELECT stream FROM claim WHERE org = ? AND scope = ? AND key = ?", (self._org, *place)
        ).fetchone()
        holder: str | None = None if row is None else row[0]
        self.claims[place] = holder
        return holder

    def _salt(self) -> bytes:
        return self._chance.salt()


def _forget_oldest(known: dict[Any, Any], count: int) -> None:
    for key in list(islice(known, max(count, 0))):
        del known[key]
