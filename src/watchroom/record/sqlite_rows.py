"""The questions and small writes that a SQLite record is asked, as SQL on one connection.

Called by `sqlite_log`: the reads in its pool, the writes in its writer's thread inside a group's transaction. Never
commits.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from watchroom.base.clock import from_epoch_us
from watchroom.record.chain import commitment_of
from watchroom.record.event import Event
from watchroom.record.log import FAR_LEASES, Head, HeldLease, Placed, Snapshot, StoredProjection
from watchroom.record.stored import stored_event

_EVENT = "stream, seq, head, data, salt, digest, commitment"
_ALL = -1
"""SQLite's LIMIT for no limit."""
_LARGEST = 2**63 - 1
ROWS_A_STATEMENT = 128
"""Statements of up to this many rows are kept prepared (see `cached_statements` in `connect`)."""


def events_after(db: sqlite3.Connection, org: str, stream: str, after: int, limit: int | None) -> list[Event]:
    """The stream's events with `seq > after`, in order."""
    found = db.execute(
        f"SELECT {_EVENT} FROM event WHERE org = ? AND stream = ? AND seq > ? ORDER BY seq LIMIT ?",
        (org, stream, min(after, _LARGEST), _ALL if limit is None else max(limit, 0)),
    )
    return [stored_event(*row) for row in found]


def events_before(db: sqlite3.Connection, org: str, stream: str, before: int, limit: int) -> list[Event]:
    """The last `limit` events with `seq < before`, in order."""
    found = db.execute(
        f"SELECT {_EVENT} FROM event WHERE org = ? AND stream = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
        (org, stream, min(before, _LARGEST), max(limit, 0)),
    )
    return [stored_event(*row) for row in found][::-1]


def all_after(db: sqlite3.Connection, org: str, after: int, limit: int) -> list[Placed]:
    """Events of all streams with `position > after`, in commit order."""
    found = db.execute(
        # The plus keeps SQLite from the index by stream, which would read and sort the whole log for every page.
        f"SELECT position, {_EVENT} FROM event WHERE +org = ? AND position > ? ORDER BY position LIMIT ?",
        (org, min(after, _LARGEST), max(limit, 0)),
    )
    return [
        Placed(position, stored_event(in_stream, seq, head, data, salt, digest, commitment))
        for position, in_stream, seq, head, data, salt, digest, commitment in found
    ]


def redact(db: sqlite3.Connection, org: str, stream: str, seq: int, left: bytes | None) -> None:
    """Forget an event's data and salt, and its stream's snapshot. One that is bare already stays as it is."""
    where = "WHERE org = ? AND stream = ? AND seq = ?"
    found = db.execute(f"SELECT salt, data FROM event {where} AND salt NOT NULL", (org, stream, seq)).fetchone()
    if found is not None:
        db.execute(
            f"UPDATE event SET data = ?, salt = NULL, commitment = ? {where}",
            (left, commitment_of(*found), org, stream, seq),
        )
    db.execute("DELETE FROM snapshot WHERE org = ? AND stream = ?", (org, stream))


def head(db: sqlite3.Connection, org: str, stream: str) -> Head | None:
    """Where the stream ends."""
    row = db.execute(
        "SELECT seq, digest FROM event WHERE org = ? AND stream = ? ORDER BY seq DESC LIMIT 1", (org, stream)
    ).fetchone()
    return None if row is None else Head(*row)


def position(db: sqlite3.Connection, org: str) -> int:
    """The place of the organisation's last event, or 0."""
    row = db.execute("SELECT position FROM event WHERE +org = ? ORDER BY position DESC LIMIT 1", (org,)).fetchone()
    return 0 if row is None else int(row[0])


def streams(db: sqlite3.Connection, org: str, after: str, limit: int) -> list[str]:
    """Stream names greater than `after`, sorted: one look into the index for each, however long the streams are."""
    if limit <= 0:
        return []
    found = db.execute(
        """WITH RECURSIVE name (stream) AS (
               SELECT (SELECT min(stream) FROM event WHERE org = ?1 AND stream > ?2)
               UNION ALL
               SELECT (SELECT min(stream) FROM event WHERE org = ?1 AND stream > name.stream)
               FROM name WHERE name.stream IS NOT NULL
           )
           SELECT stream FROM name WHERE stream IS NOT NULL LIMIT ?3""",
        (org, after, limit),
    )
    return [stream for (stream,) in found]


def holder(db: sqlite3.Connection, org: str, scope: str, key: str) -> str | None:
    """The stream that holds the claim."""
    row = db.execute("SELECT stream FROM claim WHERE org = ? AND scope = ? AND key = ?", (org, scope, key)).fetchone()
    return None if row is None else str(row[0])


def holders(db: sqlite3.Connection, org: str, scope: str) -> dict[str, str]:
    """All claims of a scope, key to stream."""
    return dict(db.execute("SELECT key, stream FROM claim WHERE org = ? AND scope = ?", (org, scope)).fetchall())


def load_projection(db: sqlite3.Connection, org: str, name: str) -> StoredProjection | None:
    """The projection as last saved: its position and its rows as of one moment."""
    db.execute("BEGIN")
    try:
        row = db.execute("SELECT version, position FROM projection WHERE org = ? AND name = ?", (org, name)).fetchone()
        if row is None:
            return None
        found = db.execute("SELECT key, body FROM projection_row WHERE org = ? AND name = ?", (org, name))
        return StoredProjection(row[0], row[1], dict(found.fetchall()))
    finally:
        db.execute("ROLLBACK")


def save_projection(
    db: sqlite3.Connection, org: str, name: str, version: str, at: int, changed: Mapping[str, bytes | None]
) -> None:
    """Save changed rows and the position, never backwards; rows of another version go."""
    row = db.execute("SELECT version, position FROM projection WHERE org = ? AND name = ?", (org, name)).fetchone()
    if row is not None and row[0] == version and row[1] > at:
        return
    if row is not None and row[0] != version:
        drop_projection(db, org, name)
    db.execute(
        """INSERT INTO projection (org, name, version, position) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET version = excluded.version, position = excluded.position""",
        (org, name, version, at),
    )
    insert_many(
        db,
        "INSERT INTO projection_row (org, name, key, body)",
        4,
        [value for key, body in changed.items() if body is not None for value in (org, name, key, body)],
        "ON CONFLICT DO UPDATE SET body = excluded.body",
    )
    db.executemany(
        "DELETE FROM projection_row WHERE org = ? AND name = ? AND key = ?",
        ((org, name, key) for key in _gone(changed)),
    )


def _gone(changed: Mapping[str, bytes | None]) -> Iterable[str]:
    return (key for key, body in changed.items() if body is None)


def drop_projection(db: sqlite3.Connection, org: str, name: str) -> None:
    """Forget a projection."""
    db.execute("DELETE FROM projection_row WHERE org = ? AND name = ?", (org, name))
    db.execute("DELETE FROM projection WHERE org = ? AND name = ?", (org, name))


def snapshot(db: sqlite3.Connection, org: str, stream: str) -> Snapshot | None:
    """The stream's saved fold."""
    row = db.execute(
        "SELECT seq, fingerprint, body FROM snapshot WHERE org = ? AND stream = ?", (org, stream)
    ).fetchone()
    return None if row is None else Snapshot(*row)


def save_snapshot(db: sqlite3.Connection, org: str, stream: str, kept: Snapshot) -> None:
    """Keep a fold in place of the earlier one."""
    db.execute(
        "INSERT OR REPLACE INTO snapshot (org, stream, seq, fingerprint, body) VALUES (?, ?, ?, ?, ?)",
        (org, stream, kept.seq, kept.fingerprint, kept.body),
    )


def take_lease(db: sqlite3.Connection, org: str, name: str, taker: str, now_us: int, until_us: int) -> bool:
    """Take or renew a lease that is free, the taker's own, has run out at `now_us`, or lies too far ahead."""
    far_us = now_us + FAR_LEASES * (until_us - now_us)
    changed = db.execute(
        """INSERT INTO lease (org, name, holder, until_us) VALUES (?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us
           WHERE holder = excluded.holder OR holder = '' OR until_us <= ? OR until_us > ?""",
        (org, name, taker, until_us, now_us, far_us),
    )
    return changed.rowcount == 1


def give_lease(db: sqlite3.Connection, org: str, name: str, giver: str, now_us: int) -> None:
    """Give a lease back; the row stays, and says when."""
    db.execute(
        "UPDATE lease SET holder = '', until_us = ? WHERE org = ? AND name = ? AND holder = ?",
        (now_us, org, name, giver),
    )


def lease(db: sqlite3.Connection, org: str, name: str) -> HeldLease | None:
    """How a lease stands."""
    row = db.execute("SELECT holder, until_us FROM lease WHERE org = ? AND name = ?", (org, name)).fetchone()
    return HeldLease(row[0], from_epoch_us(row[1])) if row else None


def put_row(db: sqlite3.Connection, org: str, table: str, key: str, body: bytes) -> None:
    """Write an erasable row."""
    db.execute("INSERT OR REPLACE INTO erasable (org, tab, key, body) VALUES (?, ?, ?, ?)", (org, table, key, body))


def row(db: sqlite3.Connection, org: str, table: str, key: str) -> bytes | None:
    """An erasable row."""
    found = db.execute("SELECT body FROM erasable WHERE org = ? AND tab = ? AND key = ?", (org, table, key)).fetchone()
    return None if found is None else bytes(found[0])


def take_row(db: sqlite3.Connection, org: str, table: str, key: str) -> bytes | None:
    """Delete an erasable row and return what it held."""
    found = db.execute(
        "DELETE FROM erasable WHERE org = ? AND tab = ? AND key = ? RETURNING body", (org, table, key)
    ).fetchall()
    return bytes(found[0][0]) if found else None


def rows(db: sqlite3.Connection, org: str, table: str) -> dict[str, bytes]:
    """All erasable rows of a table."""
    return dict(db.execute("SELECT key, body FROM erasable WHERE org = ? AND tab = ?", (org, table)).fetchall())


def insert_many(db: sqlite3.Connection, insert: str, width: int, values: list[Any], ending: str = "") -> None:
    """Insert `len(values) / width` rows with as few statements as can be.

    Each statement gives up the interpreter's lock once, however many rows it writes. With a statement a row, a busy
    event loop makes the writer wait for the lock at every row. (An `INSERT OR ROLLBACK` of many rows is also spared
    the statement journal that a plain one keeps, which took half its time.)
    """
    row = f"({', '.join('?' * width)})"
    step = width * ROWS_A_STATEMENT
    for at in range(0, len(values), step):
        part = values[at : at + step]
        db.execute(f"{insert} VALUES {', '.join([row] * (len(part) // width))} {ending}", part)
