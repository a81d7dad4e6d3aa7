"""The questions and small writes that a PostgreSQL record is asked, as SQL on one connection.

Called by `postgres_log` on connections of its pool; each small write is a transaction of its own. What a group writes
stands in `postgres_group`. Never waits for anything but the server.
"""

from collections.abc import Mapping
from typing import Any

from watchroom.base.clock import from_epoch_us
from watchroom.record.event import Event
from watchroom.record.log import FAR_LEASES, Head, HeldLease, Placed, Snapshot, StoredProjection
from watchroom.record.postgres_link import Connection
from watchroom.record.stored import stored_event

_EVENT = "stream, seq, head, data, salt, digest, commitment"
_LARGEST = 2**63 - 1


def _event(stream: bytes, *columns: Any) -> Event:
    return stored_event(stream.decode(), *columns)


def _bounded(number: int) -> int:
    return max(0, min(number, _LARGEST))


async def events_after(db: Connection, org: str, stream: str, after: int, limit: int | None) -> list[Event]:
    """The stream's events with `seq > after`, in order."""
    found = await db.fetch(
        f"SELECT {_EVENT} FROM event WHERE org = $1 AND stream = $2 AND seq > $3 ORDER BY seq LIMIT $4",
        org,
        _key(stream),
        _bounded(after),
        None if limit is None else _bounded(limit),
    )
    return [_event(*row) for row in found]


async def events_before(db: Connection, org: str, stream: str, before: int, limit: int) -> list[Event]:
    """The last `limit` events with `seq < before`, in order."""
    found = await db.fetch(
        f"SELECT {_EVENT} FROM event WHERE org = $1 AND stream = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4",
        org,
        _key(stream),
        _bounded(before),
        _bounded(limit),
    )
    return [_event(*row) for row in found][::-1]


async def all_after(db: Connection, org: str, after: int, limit: int) -> list[Placed]:
    """Events of all streams with `position > after`, in commit order."""
    found = await db.fetch(
        f"SELECT position, {_EVENT} FROM event WHERE org = $1 AND position > $2 ORDER BY position LIMIT $3",
        org,
        _bounded(after),
        _bounded(limit),
    )
    return [Placed(position, _event(*row)) for position, *row in found]


async def head(db: Connection, org: str, stream: str) -> Head | None:
    """Where the stream ends."""
    row = await db.fetchrow(
        "SELECT seq, digest FROM event WHERE org = $1 AND stream = $2 ORDER BY seq DESC LIMIT 1", org, _key(stream)
    )
    return None if row is None else Head(*row)


async def position(db: Connection, org: str) -> int:
    """The place of the organisation's last event, or 0."""
    found = await db.fetchval("SELECT position FROM event WHERE org = $1 ORDER BY position DESC LIMIT 1", org)
    return int(found or 0)


async def ends_between(db: Connection, org: str, after: int, upto: int) -> dict[str, int]:
    """The streams that were written at the positions above `after` and up to `upto`, and their last number there."""
    found = await db.fetch(
        "SELECT stream, max(seq) FROM event WHERE org = $1 AND position > $2 AND position <= $3 GROUP BY stream",
        org,
        after,
        upto,
    )
    return {stream.decode(): seq for stream, seq in found}


async def streams(db: Connection, org: str, after: str, limit: int) -> list[str]:
    """Stream names greater than `after`, sorted: one look into the index for each, however long the streams are."""
    if limit <= 0:
        return []
    found = await db.fetch(
        """WITH RECURSIVE name (stream) AS (
               (SELECT stream FROM event WHERE org = $1 AND stream > $2 ORDER BY stream LIMIT 1)
               UNION ALL
               SELECT (SELECT stream FROM event WHERE org = $1 AND stream > name.stream ORDER BY stream LIMIT 1)
               FROM name WHERE name.stream IS NOT NULL
           )
           SELECT stream FROM name WHERE stream IS NOT NULL LIMIT $3""",
        org,
        _key(after),
        _bounded(limit),
    )
    return [stream.decode() for (stream,) in found]


async def holder(db: Connection, org: str, scope: str, key: str) -> str | None:
    """The stream that holds the claim."""
    found = await db.fetchval(
        "SELECT stream FROM claim WHERE org = $1 AND scope = $2 AND key_hash = sha256($3::bytea)", org, scope, _key(key)
    )
    return None if found is None else str(found.decode())


async def holders(db: Connection, org: str, scope: str) -> dict[str, str]:
    """All claims of a scope, key to stream."""
    found = await db.fetch("SELECT key, stream FROM claim WHERE org = $1 AND scope = $2", org, scope)
    return {key.decode(): stream.decode() for key, stream in found}


async def load_projection(db: Connection, org: str, name: str) -> tuple[StoredProjection, str] | None:
    """The projection as last saved, its position and its rows as of one moment, and its generation."""
    async with db.transaction(isolation="repeatable_read", readonly=True):
        row = await db.fetchrow(
            "SELECT version, position, generation FROM projection WHERE org = $1 AND name = $2", org, name
        )
        if row is None:
            return None
        found = await db.fetch("SELECT key, body FROM projection_row WHERE org = $1 AND name = $2", org, name)
    rows = {key.decode(): body for key, body in found}
    return StoredProjection(row["version"], row["position"], rows), row["generation"]


async def save_projection(
    db: Connection,
    org: str,
    name: str,
    version: str,
    at: int,
    changed: Mapping[str, bytes | None],
    generation: str | None,
    begun: str,
) -> str | None:
    """Save changed rows and the position; rows of another version go. Returns the generation that now stands.

    A generation is one course of saves from an empty projection on. Whoever took up `generation` and finds another,
    or none, has been overtaken by a rebuild: its changed rows are not all that is missing there, so nothing is saved.
    A save that is behind what is stored is passed over for the same reason. `begun` names the generation that starts
    when none is stored and none was taken up.
    """
    async with db.transaction():
        if generation is None:
            await db.execute(
                "INSERT INTO projection (org, name, version, position, generation) VALUES ($1, $2, $3, 0, $4)"
                " ON CONFLICT DO NOTHING",
                org,
                name,
                version,
                begun,
            )
        stored = await db.fetchrow(
            "SELECT version, position, generation FROM projection WHERE org = $1 AND name = $2 FOR UPDATE", org, name
        )
        if stored is None or generation not in (None, stored["generation"]):
            return generation
        if stored["version"] != version:
            await db.execute("DELETE FROM projection_row WHERE org = $1 AND name = $2", org, name)
        elif stored["position"] > at:
            return str(stored["generation"])
        await db.execute(
            "UPDATE projection SET version = $3, position = $4 WHERE org = $1 AND name = $2", org, name, version, at
        )
        kept = [(_key(key), body) for key, body in changed.items() if body is not None]
        if kept:
            await db.execute(
                """INSERT INTO projection_row (org, name, key, body)
                   SELECT $1, $2, * FROM unnest($3::bytea[], $4::bytea[])
                   ON CONFLICT (org, name, key_hash) DO UPDATE SET body = excluded.body""",
                org,
                name,
                *map(list, zip(*kept, strict=True)),
            )
        gone = [_key(key) for key, body in changed.items() if body is None]
        if gone:
            await db.execute(
                """DELETE FROM projection_row WHERE org = $1 AND name = $2
                   AND key_hash IN (SELECT sha256(key) FROM unnest($3::bytea[]) AS gone (key))""",
                org,
                name,
                gone,
            )
        return str(stored["generation"])


async def drop_projection(db: Connection, org: str, name: str) -> None:
    """Forget a projection."""
    async with db.transaction():
        # The projection's own row first, as in `save_projection`, so that the two never wait for each other crosswise.
        await db.execute("DELETE FROM projection WHERE org = $1 AND name = $2", org, name)
        await db.execute("DELETE FROM projection_row WHERE org = $1 AND name = $2", org, name)


async def snapshot(db: Connection, org: str, stream: str) -> Snapshot | None:
    """The stream's saved fold."""
    row = await db.fetchrow(
        "SELECT seq, fingerprint, body FROM snapshot WHERE org = $1 AND stream = $2", org, _key(stream)
    )
    return None if row is None or not row["fingerprint"] else Snapshot(*row)


async def save_snapshot(db: Connection, org: str, stream: str, kept: Snapshot) -> None:
    """Keep a fold in place of the earlier one. One without a fingerprint is none, as after a redaction, and
    lets none in that was folded before it."""
    await db.execute(
        """INSERT INTO snapshot (org, stream, seq, fingerprint, body) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (org, stream) DO UPDATE SET fingerprint = excluded.fingerprint, body = excluded.body,
           seq = CASE excluded.fingerprint WHEN '' THEN greatest(snapshot.seq, excluded.seq) ELSE excluded.seq END
           WHERE snapshot.fingerprint <> '' OR excluded.seq >= snapshot.seq""",
        org,
        _key(stream),
        kept.seq,
        kept.fingerprint,
        kept.body,
    )


async def take_lease(db: Connection, org: str, name: str, taker: str, now_us: int, until_us: int) -> bool:
    """Take or renew a lease that is free, the taker's own, or has run out at `now_us`, or lies too far ahead."""
    far_us = now_us + FAR_LEASES * (until_us - now_us)
    taken = await db.fetchval(
        """INSERT INTO lease (org, name, holder, until_us) VALUES ($1, $2, $3, $4)
           ON CONFLICT (org, name) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us
           WHERE lease.holder = excluded.holder OR lease.holder = '' OR lease.until_us <= $5 OR lease.until_us > $6
           RETURNING true""",
        org,
        name,
        taker,
        until_us,
        now_us,
        far_us,
    )
    return bool(taken)


async def give_lease(db: Connection, org: str, name: str, giver: str, now_us: int) -> None:
    """Give a lease back; the row stays, and says when."""
    changed = "UPDATE lease SET holder = '', until_us = $1 WHERE org = $2 AND name = $3 AND holder = $4"
    await db.execute(changed, now_us, org, name, giver)


async def lease(db: Connection, org: str, name: str) -> HeldLease | None:
    """How a lease stands."""
    row = await db.fetchrow("SELECT holder, until_us FROM lease WHERE org = $1 AND name = $2", org, name)
    return HeldLease(row["holder"], from_epoch_us(row["until_us"])) if row else None


async def put_row(db: Connection, org: str, table: str, key: str, body: bytes) -> None:
    """Write an erasable row."""
    await db.execute(
        """INSERT INTO erasable (org, tab, key, body) VALUES ($1, $2, $3, $4)
           ON CONFLICT (org, tab, key_hash) DO UPDATE SET body = excluded.body""",
        org,
        table,
        _key(key),
        body,
    )


async def row(db: Connection, org: str, table: str, key: str) -> bytes | None:
    """An erasable row."""
    found: bytes | None = await db.fetchval(
        "SELECT body FROM erasable WHERE org = $1 AND tab = $2 AND key_hash = sha256($3::bytea)", org, table, _key(key)
    )
    return found


async def rows(db: Connection, org: str, table: str) -> dict[str, bytes]:
    """All erasable rows of a table."""
    found = await db.fetch("SELECT key, body FROM erasable WHERE org = $1 AND tab = $2", org, table)
    return {key.decode(): body for key, body in found}


def _key(text: str) -> bytes:
    """The text as it is stored. A lone surrogate is nobody's name, but asking for one must find nothing, not fail."""
    return text.encode("utf-8", "surrogatepass")
