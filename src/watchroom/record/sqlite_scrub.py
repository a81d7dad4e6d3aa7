"""Scrubbing a SQLite file: nothing that was redacted, replaced or deleted is left in it, nor in its write-ahead log.

Deleted content is overwritten as it goes (`secure_delete`), but the write-ahead log still holds older pages, and a
page that SQLite has rearranged may hold a stale copy in its gaps. So the log is folded in and cut to nothing, the
file is searched (`file_search`), and only when something is found it is written anew. Called by `sqlite_writer` on
its thread. What a file system or a disk keeps of overwritten blocks is beyond it.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from watchroom.base.errors import Unavailable
from watchroom.record.file_search import search

TRIES_MAX = 3


def scrub(db: sqlite3.Connection, path: Path, texts: Sequence[bytes] | None) -> None:
    """Clean the file of the writing connection `db`; without `texts` it is written anew in any case.

    Raises Unavailable while a reader holds on to old pages.
    """
    _fold_in(db)
    # A search that failed has cleared nothing.
    if texts is None or search(path, texts) is not False:
        # A vacuum's working copy must go to a file: in memory it would be as large as the record.
        db.execute("PRAGMA temp_store = FILE")
        db.execute("VACUUM")
        db.execute("PRAGMA temp_store = MEMORY")
        _fold_in(db)


def _fold_in(db: sqlite3.Connection) -> None:
    """Write the log back into the file and cut it to nothing; waits for readers as long as the connection does."""
    for _ in range(TRIES_MAX):
        busy, _pages, _done = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return
    raise Unavailable("somebody has been reading the record for too long")
