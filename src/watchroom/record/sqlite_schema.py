"""The SQLite file: its tables, its version with forward migrations, its pragmas, and the lock on its directory.

Called by `sqlite_log` and `sqlite_writer` when they open a connection. Never reads or writes an event.
"""

import fcntl
import os
import sqlite3
from pathlib import Path

from watchroom.base.errors import MisConfigured, Unavailable

_FIRST = """
CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    org TEXT NOT NULL,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    head BLOB NOT NULL,
    data BLOB,
    salt BLOB,
    commitment BLOB,
    digest BLOB NOT NULL,
    wall_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_by_stream ON event (org, stream, seq);
CREATE TABLE claim (
    org TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, stream TEXT NOT NULL,
    PRIMARY KEY (org, scope, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE projection (
    org TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (org, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE projection_row (
    org TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (org, name, key)
) STRICT;
CREATE TABLE snapshot (
    org TEXT NOT NULL, stream TEXT NOT NULL, seq INTEGER NOT NULL, fingerprint TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (org, stream)
) STRICT;
CREATE TABLE lease (
    org TEXT NOT NULL, name TEXT NOT NULL, holder TEXT NOT NULL, until_us INTEGER NOT NULL,
    PRIMARY KEY (org, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE erasable (
    org TEXT NOT NULL, tab TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (org, tab, key)
) STRICT;
"""

MIGRATIONS = (_FIRST,)
"""Migration N takes a file from schema N to N + 1; a new file walks through all of them. Only ever appended to."""


class DirectoryLock:
    """The exclusive lock of a data directory: a file `lock` that says who holds it, freed by the kernel with its
    holder."""

    def __init__(self, directory: Path, holder: str) -> None:
        """Take the lock at once. Raises Unavailable, naming the holder, when another process has it."""
        self.path = directory / "lock"
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.pread(self._fd, 500, 0).decode("utf-8", "replace").strip()
            os.close(self._fd)
            raise Unavailable(
                f"{directory} is in use by {owner or 'another process'}.",
                hint="Stop that process first, or give another --data directory.",
            ) from error
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{holder}\n".encode(), 0)

    def release(self) -> None:
        """Let go. The file stays: taking it away would let two processes lock two files of one name."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def connect(path: Path, *, writes: bool, max_bytes: int | None = None, busy_ms: int = 5_000) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any one thread at a time. Raises sqlite3.Error.

    `max_bytes` bounds the database file; a write past it fails as on a full disk.
    """
    # Whoever only reads must never make an empty file where the record was taken away.
    address = f"{path.absolute().as_uri()}?mode={'rwc' if writes else 'rw'}"
    db = sqlite3.connect(
        address,
        timeout=busy_ms / 1_000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
        uri=True,
    )
    try:
        if writes:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            # Checkpoints are the writer's own business, between groups, never inside somebody's commit.
            db.execute("PRAGMA wal_autocheckpoint = 0")
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA temp_store = MEMORY")
            db.execute("PRAGMA cache_size = -32000")
            if max_bytes is not None:
                page_bytes = db.execute("PRAGMA page_size").fetchone()[0]
                db.execute(f"PRAGMA max_page_count = {max(1, max_bytes // page_bytes)}")
        else:
            db.execute("PRAGMA query_only = ON")
            db.execute("PRAGMA cache_size = -8000")
    except sqlite3.Error:
        db.close()
        raise
    return db


def prepare(db: sqlite3.Connection, path: Path, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Make the tables of a new file, or bring an older file forward; each step is one transaction.

    Raises MisConfigured for a file written by a newer version, or that is no record of ours.
    """
    version = _known_version(db, path, migrations)
    for number in range(version, len(migrations)):
        db.executescript(
            "BEGIN IMMEDIATE;"
            "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
            f"{migrations[number]};"
            f"INSERT OR REPLACE INTO meta VALUES ('schema_version', '{number + 1}');"
            "COMMIT;"
        )


def check_readable(db: sqlite3.Connection, path: Path, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """Raises MisConfigured as `prepare` does, and for a file that only a writing process may bring forward."""
    version = _known_version(db, path, migrations)
    if version < len(migrations):
        raise MisConfigured(
            f"{path} was written by an older Watchroom (schema {version} of {len(migrations)}).",
            hint="Start the server on it once; that brings it forward.",
        )


def _known_version(db: sqlite3.Connection, path: Path, migrations: tuple[str, ...]) -> int:
    version = schema_version(db, path)
    if version > len(migrations):
        raise MisConfigured(
            f"{path} was written by a newer Watchroom (schema {version}; this one knows up to {len(migrations)}).",
            hint="Run the newer version, or restore a back-up made before it.",
        )
    return version


def schema_version(db: sqlite3.Connection, path: Path) -> int:
    """The file's schema, 0 for an empty one. Raises MisConfigured for somebody else's file, sqlite3.Error if
    unreadable."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return 0
    row = db.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() if "meta" in tables else None
    if row is None or not str(row[0]).isdigit():
        raise MisConfigured(
            f"{path} is a database, but not a Watchroom record.", hint="Give the directory of a Watchroom install."
        )
    return int(row[0])
