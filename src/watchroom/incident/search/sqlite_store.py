"""Search in a SQLite file of its own, with FTS5: the store of an embedded install; in memory for tests.

Apart from the record's file, so that indexing never stands between somebody and their commit. One thread writes and
one reads, neither on the event loop. The file is a cache: damaged, it is thrown away and made anew. A document's rank
is its row number in both tables, so that FTS5 gives hits in the order in which they are shown and the first twenty of
a common word cost no more than those of a rare one.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from watchroom.base.clock import EPOCH, epoch_us
from watchroom.base.errors import Conflict, Unavailable
from watchroom.incident.search.document import Document, Gone, Step, runs, tokens_of
from watchroom.incident.search.query import Term
from watchroom.incident.search.store import VERSION, Found, Mark, Wanted, tags_of
from watchroom.record.sqlite_rows import insert_many

T = TypeVar("T")
WORDS_MAX = 4_000
"""Of one document; what follows is not found."""
CHECKPOINT_PAGES = 1_000
_LARGEST = 2**63 - 1
_EACH = "(SELECT value FROM json_each(?))"
_log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE mark (position INTEGER NOT NULL, anchor TEXT NOT NULL) STRICT;
CREATE TABLE document (
    rank INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    of TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    service TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX document_by_place ON document (stream, seq);
CREATE INDEX document_by_state ON document (stream, of) WHERE of <> '';
CREATE VIRTUAL TABLE word USING fts5(
    words, tokenize = "unicode61 remove_diacritics 0", prefix = '2 3', columnsize = 0
);
"""


class SqliteStore:
    """The `Store` protocol on the file at `path`, or in memory without one."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._writing = ThreadPoolExecutor(1, "search-writer")
        # A database in memory belongs to its one connection.
        self._reading = ThreadPoolExecutor(1, "search-reader") if path is not None else self._writing
        self._db: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None

    async def open(self) -> None:
        """See `Store.open`. Raises Unavailable when the file cannot be written."""
        await self._do(self._writing, self._open)

    async def mark(self) -> Mark | None:
        """See `Store.mark`."""
        return await self._do(self._writing, lambda: _mark(self._writer()))

    async def apply(self, steps: Sequence[Step], before: Mark, mark: Mark) -> None:
        """See `Store.apply`."""
        await self._do(self._writing, lambda: self._apply(steps, before, mark))

    async def find(self, wanted: Wanted) -> list[Found]:
        """See `Store.find`."""
        return await self._do(self._reading, lambda: _find(self._read(), wanted))

    async def clear(self) -> None:
        """See `Store.clear`."""
        await self._do(self._writing, self._clear)

    async def scrub(self) -> None:
        """See `Store.scrub`. The index of words is made anew, and the file is written anew: FTS5 keeps what was
        deleted in its segments until they are merged."""
        await self._do(self._writing, self._scrub)

    async def close(self) -> None:
        """See `Store.close`."""
        if self._reading is not self._writing:
            await asyncio.get_running_loop().run_in_executor(self._reading, self._close_reader)
            self._reading.shutdown()
        await asyncio.get_running_loop().run_in_executor(self._writing, self._close_writer)
        self._writing.shutdown()

    async def _do(self, thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, work)
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(f"The search cannot be used just now: {error}.", hint="Try again soon.") from error

    def _open(self) -> None:
        try:
            self._connect()
        except sqlite3.DatabaseError as error:
            if self._path is None or isinstance(error, sqlite3.OperationalError):
                raise
            _log.warning("%s is damaged (%s); it is made anew from the record", self._path, error)
            self._throw_away()
            self._connect()

    def _connect(self) -> None:
        self._close_writer()
        db = _connection(self._path, writes=True)
        try:
            with _transaction(db):
                if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                    for table in ("mark", "document", "word"):
                        db.execute(f"DROP TABLE IF EXISTS {table}")
                    for statement in _SCHEMA.split(";"):
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {VERSION}")
        except sqlite3.Error:
            db.close()
            raise
        self._db = db

    def _throw_away(self) -> None:
        self._close_writer()
        if self._path is not None:
            for ending in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def _writer(self) -> sqlite3.Connection:
        if self._db is None:
            raise sqlite3.ProgrammingError("it is not open")
        return self._db

    def _read(self) -> sqlite3.Connection:
        if self._path is None:
            return self._writer()
        if self._reader is None:
            self._reader = _connection(self._path, writes=False)
        return self._reader

    def _apply(self, steps: Sequence[Step], before: Mark, mark: Mark) -> None:
        db = self._writer()
        with _transaction(db):
            if (_mark(db) or Mark(0, "")).position != before.position:
                raise Conflict("Somebody else has written to the search.")
            for run in runs(steps):
                if isinstance(run[0], Gone):
                    _take_out(db, [step for step in run if isinstance(step, Gone)])
                else:
                    _put_in(db, [step for step in run if isinstance(step, Document)])
            db.execute("DELETE FROM mark")
            db.execute("INSERT INTO mark (position, anchor) VALUES (?, ?)", (mark.position, mark.anchor))

    def _clear(self) -> None:
        db = self._writer()
        with _transaction(db):
            for table in ("mark", "document", "word"):
                db.execute(f"DELETE FROM {table}")

    def _scrub(self) -> None:
        db = self._writer()
        with _transaction(db):
            db.execute("INSERT INTO word (word) VALUES ('rebuild')")
        if self._path is None:
            return
        db.execute("VACUUM")
        busy, _pages, _done = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("somebody has been searching for too long")

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _close_writer(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _connection(path: Path | None, *, writes: bool) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, check_same_thread=False)
    try:
        if writes:
            db.execute("PRAGMA journal_mode = WAL")
            # What a loss of power takes is made again from the record; the file stays whole all the same.
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            db.execute("PRAGMA secure_delete = ON")
            if path is not None:
                path.chmod(0o600)
        else:
            db.execute("PRAGMA query_only = ON")
    except sqlite3.Error:
        db.close()
        raise
    return db


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    done = False
    try:
        yield
        db.execute("COMMIT")
        done = True
    finally:
        if not done and db.in_transaction:
            db.execute("ROLLBACK")


def _mark(db: sqlite3.Connection) -> Mark | None:
    row = db.execute("SELECT position, anchor FROM mark").fetchone()
    return None if row is None else Mark(*row)


def _take_out(db: sqlite3.Connection, gone: Sequence[Gone]) -> None:
    for step in gone:
        where = "stream = ?"
        values: list[str | int] = [step.stream]
        if step.seq:
            where, values = f"{where} AND seq = ?", [*values, step.seq]
        if step.of:
            where, values = f"{where} AND of = ? AND of <> ''", [*values, step.of]
        db.execute(f"DELETE FROM word WHERE rowid IN (SELECT rank FROM document WHERE {where})", values)
        db.execute(f"DELETE FROM document WHERE {where}", values)


def _put_in(db: sqlite3.Connection, documents: Sequence[Document]) -> None:
    _take_out(db, [Gone(each.stream, each.seq) for each in documents if _is_there(db, each.stream, each.seq)])
    _take_out(db, [Gone(each.stream, of=each.of) for each in documents if each.of])
    ranks = _free_ranks(db, [each.rank for each in documents])
    rows: list[Any] = []
    words: list[Any] = []
    for rank, each in zip(ranks, documents, strict=True):
        at_us = epoch_us(each.at)
        rows += [rank, each.stream, each.seq, each.of, each.kind, each.actor, each.service, at_us, each.text]
        words += [rank, tokens_of(each, WORDS_MAX)]
    insert_many(db, "INSERT INTO document (rank, stream, seq, of, kind, actor, service, at_us, text)", 9, rows)
    insert_many(db, "INSERT INTO word (rowid, words)", 2, words)


def _is_there(db: sqlite3.Connection, stream: str, seq: int) -> bool:
    return db.execute("SELECT 1 FROM document WHERE stream = ? AND seq = ?", (stream, seq)).fetchone() is not None


def _free_ranks(db: sqlite3.Connection, wanted: Sequence[int]) -> list[int]:
    """For each wanted rank itself, or the next that is free: two entries of one moment may have the same."""
    taken: set[int] = set()
    asked = msgspec.json.encode(wanted).decode()
    taken.update(rank for (rank,) in db.execute(f"SELECT rank FROM document WHERE rank IN {_EACH}", (asked,)))
    ranks = []
    for rank in wanted:
        while rank in taken or (
            taken and db.execute("SELECT 1 FROM document WHERE rank = ?", (rank,)).fetchone() is not None
        ):
            rank += 1
        taken.add(rank)
        ranks.append(rank)
    return ranks


def _find(db: sqlite3.Connection, wanted: Wanted) -> list[Found]:
    where: list[str] = []
    values: list[Any] = []

    def among(column: str, names: frozenset[str], no: str = "") -> str:
        values.append(msgspec.json.encode(sorted(names)).decode())
        return f"{column} {no}IN {_EACH}"

    if wanted.terms:
        tables, rank = "word JOIN document d ON d.rank = word.rowid", "word.rowid"
        where.append("word MATCH ?")
        tags = [f"({' OR '.join(each)})" for each in tags_of(wanted)]
        values.append(" AND ".join([*map(_match, wanted.terms), *tags]))
    else:
        tables, rank = "document d", "d.rank"
    where.append(f"{rank} < ?")
    values.append(_LARGEST if wanted.below is None else wanted.below)
    if wanted.without:
        where.append("d.rank NOT IN (SELECT rowid FROM word WHERE word MATCH ?)")
        values.append(" OR ".join(map(_match, wanted.without)))
    # The plus keeps SQLite from an index by stream, after which all that was found would have to be sorted.
    for column, names in (("d.kind", wanted.kinds), ("d.actor", wanted.actors), ("+d.stream", wanted.streams)):
        if names is not None:
            where.append(among(column, names))
    if wanted.services is not None:
        named, of_rooms = among("d.service", wanted.services), among("+d.stream", wanted.service_streams)
        where.append(f"({named} OR {of_rooms})")
    if wanted.hidden:
        where.append(among("+d.stream", wanted.hidden, "NOT "))
    for bound, us in (("d.at_us >= ?", wanted.since_us), ("d.at_us < ?", wanted.until_us)):
        if us is not None:
            where.append(bound)
            values.append(us)
    found = db.execute(
        "SELECT d.rank, d.stream, d.seq, d.kind, d.at_us, d.actor, d.text, d.of, d.service"
        f" FROM {tables} WHERE {' AND '.join(where)} ORDER BY {rank} DESC LIMIT ?",
        (*values, wanted.limit),
    )
    return [_found(*row) for row in found]


def _found(rank: int, stream: str, seq: int, kind: Any, at_us: int, *rest: str) -> Found:
    return Found(rank, Document(stream, seq, kind, EPOCH + timedelta(microseconds=at_us), *rest))


def _match(term: Term) -> str:
    """The term in FTS5's own language (source: SQLite FTS5 Extension, "Full-text Query Syntax"). Words are letters and
    digits alone, so nothing that was typed can be read as an operator."""
    return f'"{" ".join(term.words)}"{" *" if term.prefix else ""}'
