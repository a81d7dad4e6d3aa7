"""A SQLite record as one end of a move: rows as they are stored, on one connection, under the folder's lock.

Called by `move`. It waits for the disk on the caller's own thread: a move is all that its process does.
"""

import contextlib
import sqlite3
from pathlib import Path
from types import TracebackType

from watchroom.base.errors import MisConfigured, Unavailable
from watchroom.record.move import ClaimRow, ErasableRow, EventRow
from watchroom.record.sqlite_schema import DirectoryLock, check_readable, connect, prepare

_EVENT = "position, stream, seq, head, data, salt, commitment, digest, wall_us"


class SqliteEnd:
    """The record in a data folder."""

    def __init__(self, path: Path, organisation: str, *, writes: bool) -> None:
        self.name = str(path.parent)
        self._path = path
        self._org = organisation
        self._writes = writes
        self._held = contextlib.ExitStack()
        self._committed = False

    async def __aenter__(self) -> "SqliteEnd":
        if not self._writes and not self._path.is_file():
            raise MisConfigured(f"There is no record in {self.name}.", hint="Give the data folder of an install.")
        with contextlib.ExitStack() as held:
            try:
                if self._writes:
                    self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock = DirectoryLock(self._path.parent, "watchroom record move")
                held.callback(lock.release)
                if self._writes and not self._path.exists():
                    self._path.touch(0o600)
                    held.callback(self._forget)
                self._db = connect(self._path, writes=self._writes)
                held.callback(self._db.close)
                (prepare if self._writes else check_readable)(self._db, self._path)
                self._db.execute("BEGIN IMMEDIATE" if self._writes else "BEGIN")
            except (sqlite3.OperationalError, OSError) as error:
                raise Unavailable(f"{self._path} cannot be opened: {error}.") from error
            except sqlite3.DatabaseError as error:
                raise MisConfigured(f"{self._path} is not a Watchroom record: {error}.") from error
            self._held = held.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._held.close()

    def _forget(self) -> None:
        """Take away the file of a move that came to nothing."""
        if not self._committed:
            for name in (self._path.name, f"{self._path.name}-wal", f"{self._path.name}-shm"):
                (self._path.parent / name).unlink(missing_ok=True)

    async def count_events(self) -> int:
        """See `End`."""
        return int(self._db.execute("SELECT count(*) FROM event WHERE org = ?", (self._org,)).fetchone()[0])

    async def events(self, after: int, limit: int) -> list[EventRow]:
        """See `End`."""
        found = self._db.execute(
            f"SELECT {_EVENT} FROM event WHERE org = ? AND position > ? ORDER BY position LIMIT ?",
            (self._org, after, limit),
        )
        return [EventRow(*row) for row in found]

    async def claims(self) -> list[ClaimRow]:
        """See `End`."""
        found = self._db.execute(
            "SELECT scope, key, stream FROM claim WHERE org = ? ORDER BY CAST(scope AS BLOB), CAST(key AS BLOB)",
            (self._org,),
        )
        return [ClaimRow(*row) for row in found]

    async def erasables(self) -> list[ErasableRow]:
        """See `End`."""
        found = self._db.execute(
            "SELECT tab, key, body FROM erasable WHERE org = ? ORDER BY CAST(tab AS BLOB), CAST(key AS BLOB)",
            (self._org,),
        )
        return [ErasableRow(*row) for row in found]

    async def add(self, rows: list[EventRow]) -> None:
        """See `End`."""
        try:
            self._db.executemany(
                f"INSERT INTO event (org, {_EVENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                ((self._org, *row) for row in rows),
            )
        except sqlite3.Error as error:
            raise Unavailable(f"{self._path} cannot be written: {error}.", hint="Nothing was moved.") from error

    async def add_beside(self, claims: list[ClaimRow], erasables: list[ErasableRow]) -> None:
        """See `End`."""
        try:
            self._db.executemany(
                "INSERT INTO claim (org, scope, key, stream) VALUES (?, ?, ?, ?)", ((self._org, *row) for row in claims)
            )
            self._db.executemany(
                "INSERT INTO erasable (org, tab, key, body) VALUES (?, ?, ?, ?)",
                ((self._org, *row) for row in erasables),
            )
        except sqlite3.Error as error:
            raise Unavailable(f"{self._path} cannot be written: {error}.", hint="Nothing was moved.") from error

    async def commit(self) -> None:
        """See `End`."""
        try:
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise Unavailable(f"{self._path} cannot be written: {error}.", hint="Nothing was moved.") from error
        self._committed = True
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
