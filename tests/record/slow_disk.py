"""A disk that answers when the test lets it: a connection whose COMMIT waits, or whose writes are refused.

Used by the tests of trouble, in place of `connect` in the writer; everything else of the store is the real thing.
"""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from watchroom.record import sqlite_schema, sqlite_writer


class Disk:
    """Holds up what is written while `free` is not set; refuses it while `read_only` is."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.read_only = False
        self.waiting = threading.Event()
        """Set as soon as a write waits."""

    def touched(self) -> None:
        """A write has come as far as the disk."""
        if not self.free.is_set():
            self.waiting.set()
        self.free.wait()
        if self.read_only:
            error = sqlite3.OperationalError("attempt to write a readonly database")
            error.sqlite_errorcode = sqlite3.SQLITE_READONLY
            error.sqlite_errorname = "SQLITE_READONLY"
            raise error


class _Connection:
    """A connection of the record, of which every statement that makes something durable passes the disk."""

    def __init__(self, db: sqlite3.Connection, disk: Disk) -> None:
        self._db = db
        self._disk = disk

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        if statement.startswith(("COMMIT", "INSERT", "BEGIN IMMEDIATE")):
            self._disk.touched()
        return self._db.execute(statement, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


def put_under(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Every record that is opened from now on writes to this disk."""
    disk = Disk()

    def connect(path: Path, **how: Any) -> Any:
        return _Connection(sqlite_schema.connect(path, **how), disk)

    monkeypatch.setattr(sqlite_writer, "connect", connect)
    return disk
