"""When a SQLite record cannot be written or read: what went wrong in plain words, and whether the file is still the
one that was opened.

Called by `sqlite_writer` and `sqlite_log`. Never mends anything: the next group opens the file anew.
"""

import sqlite3
from pathlib import Path

import msgspec

from watchroom.base.errors import Unavailable, WatchroomError

_PUT_BACK = "Nothing was written. Put the file back, or stop the server before you exchange it."

_SAYINGS = (
    ("SQLITE_FULL", "the disk is full"),
    ("SQLITE_READONLY", "the file is read-only"),
    ("SQLITE_CANTOPEN", "the file cannot be opened"),
    ("SQLITE_IOERR", "the disk reports errors or is full"),
    ("SQLITE_BUSY", "another program holds the file"),
    ("SQLITE_LOCKED", "another program holds the file"),
    ("SQLITE_CORRUPT", "the file is damaged"),
    ("SQLITE_NOTADB", "the file is no database"),
    ("SQLITE_PERM", "the file may not be written"),
)  # source: SQLite, "Result and Error Codes"; a longer name (SQLITE_IOERR_WRITE) is a case of a shorter one


def plain(error: Exception) -> str:
    """What went wrong, for somebody who has never heard of SQLite; its own words follow in brackets."""
    if isinstance(error, WatchroomError):
        return error.message.rstrip(".")
    name = getattr(error, "sqlite_errorname", "") or ""
    for code, saying in _SAYINGS:
        if name.startswith(code):
            return f"{saying} ({error})"
    if isinstance(error, OSError):
        return f"the file cannot be reached ({error.strerror or error})"
    return str(error) or type(error).__name__


class Identity(msgspec.Struct, frozen=True):
    """Which file was opened: a path may be taken away, or lead to another file, while the old one is still held
    open and would take writes that nobody ever finds again."""

    device: int
    inode: int

    def check(self, path: Path) -> None:
        """Raises Unavailable when `path` does not lead to this file any more."""
        try:
            found = identify(path)
        except OSError as error:
            raise Unavailable(f"{path.name} is not where it was ({error.strerror})", hint=_PUT_BACK) from error
        if found != self:
            raise Unavailable(f"{path.name} was replaced by another file", hint=_PUT_BACK)


def identify(path: Path) -> Identity:
    """The file that `path` leads to now. Raises OSError."""
    found = path.stat()
    return Identity(found.st_dev, found.st_ino)


class Last(msgspec.Struct, frozen=True):
    """The last event that was known to be durable."""

    position: int
    digest: bytes

    def check(self, db: sqlite3.Connection, path: Path) -> None:
        """Raises Unavailable when the file that was opened again does not hold this event: what is in memory would not
        belong to it. sqlite3.Error when it is no record at all."""
        row = db.execute("SELECT digest FROM event WHERE position = ?", (self.position,)).fetchone()
        if row is None or bytes(row[0]) != self.digest:
            raise Unavailable(f"{path.name} does not hold what was written to it any more", hint=_PUT_BACK)


def last_of(db: sqlite3.Connection) -> Last | None:
    """The last event in the file, whichever organisation's; None when there is none."""
    row = db.execute("SELECT position, digest FROM event ORDER BY position DESC LIMIT 1").fetchone()
    return None if row is None else Last(row[0], bytes(row[1]))
