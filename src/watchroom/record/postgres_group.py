"""The statements of a group: what it must know, what it writes, and whether it came through.

Called by `postgres_writer` inside its transaction. Never commits.

The notification of a commit is JSON: `w` the writer, `f` and `t` the log's last position before and after, `p` which
part of how many this is, `s` streams and their last numbers; without `s` whoever hears it looks for itself. A payload
is shorter than 8,000 bytes (source: PostgreSQL, NOTIFY), so a large group is told in parts.
"""

from collections.abc import Iterable, Mapping

import msgspec

from watchroom.record.event import Redaction
from watchroom.record.log import Head, Placed
from watchroom.record.postgres_link import Connection

PAYLOAD_BYTES = 7_500
PARTS_MAX = 8
"""A group of more streams than fit into so many parts says only that others should look."""

_KNOW = """
SELECT 'p' AS what, NULL::text AS scope, NULL::bytea AS key,
       (SELECT position FROM event WHERE org = $1 ORDER BY position DESC LIMIT 1) AS number, NULL::bytea AS value
UNION ALL
SELECT 'h', NULL, s.stream, e.seq, e.digest FROM unnest($2::bytea[]) AS s (stream) CROSS JOIN LATERAL
    (SELECT seq, digest FROM event WHERE org = $1 AND stream = s.stream ORDER BY seq DESC LIMIT 1) AS e
UNION ALL
SELECT 'c', w.scope, w.key, NULL, c.stream FROM unnest($3::text[], $4::bytea[]) AS w (scope, key) CROSS JOIN LATERAL
    (SELECT stream FROM claim WHERE org = $1 AND scope = w.scope AND key_hash = sha256(w.key) LIMIT 1) AS c
"""

_WRITE = """
WITH written AS (
    INSERT INTO event (org, position, stream, seq, head, data, salt, commitment, digest, wall_us)
    SELECT $1, e.*, $2::bigint FROM unnest($3::bigint[], $4::bytea[], $5::bigint[], $6::bytea[], $7::bytea[],
                                           $8::bytea[], $9::bytea[], $10::bytea[]) AS e
), taken AS (
    INSERT INTO claim (org, scope, key, stream)
    SELECT $1, c.* FROM unnest($11::text[], $12::bytea[], $13::bytea[]) AS c
    ON CONFLICT (org, scope, key_hash) DO UPDATE SET stream = excluded.stream
), given AS (
    DELETE FROM claim USING unnest($14::text[], $15::bytea[]) AS g (scope, key)
    WHERE claim.org = $1 AND claim.scope = g.scope AND claim.key_hash = sha256(g.key)
), marked AS (
    INSERT INTO mark (org, writer, number, wall_us) VALUES ($1, $16, $17, $2::bigint)
    ON CONFLICT (org, writer) DO UPDATE SET number = excluded.number, wall_us = excluded.wall_us
)
SELECT pg_notify($18, told.payload) FROM unnest($19::text[]) AS told (payload)
"""

MARKS_KEPT_US = 7 * 86_400 * 1_000_000


class Known(msgspec.Struct):
    """What is so in the database under the lock: the log's end, and of what was asked about, heads and holders."""

    position: int
    heads: dict[str, Head]
    claims: dict[tuple[str, str], str]


class Notice(msgspec.Struct, omit_defaults=True):
    """A commit, as it is told to the other processes."""

    w: str
    f: int
    t: int
    p: tuple[int, int] = (1, 1)
    s: dict[str, int] | None = None


_notice = msgspec.json.Decoder(Notice)
_encode = msgspec.json.Encoder().encode


async def begin(db: Connection, lock: int) -> None:
    """Begin a transaction that has the organisation's lock: what the next statement sees is the end of the log."""
    await db.execute(f"BEGIN; SELECT pg_advisory_xact_lock({lock})")


async def know(db: Connection, org: str, streams: Iterable[str], places: Iterable[tuple[str, str]]) -> Known:
    """Look up what a group needs to be decided, in one statement."""
    scopes, keys = [], []
    for scope, key in places:
        scopes.append(scope)
        keys.append(key.encode())
    known = Known(0, {}, {})
    for what, scope, key, number, value in await db.fetch(_KNOW, org, [s.encode() for s in streams], scopes, keys):
        if what == "p":
            known.position = number or 0
        elif what == "h":
            known.heads[key.decode()] = Head(number, value)
        else:
            known.claims[scope, key.decode()] = value.decode()
    return known


async def write(
    db: Connection,
    org: str,
    wall_us: int,
    placed: list[Placed],
    claims: Mapping[tuple[str, str], str | None],
    mark: tuple[str, int],
    channel: str,
    payloads: list[str],
) -> None:
    """Write a group's events and claims, its mark and its notifications, in one statement."""
    events = [each.event for each in placed]
    taken = [(*place, stream) for place, stream in claims.items() if stream is not None]
    given = [place for place, stream in claims.items() if stream is None]
    await db.fetch(
        _WRITE,
        org,
        wall_us,
        [each.position for each in placed],
        [event.stream.encode() for event in events],
        [event.seq for event in events],
        [event.head for event in events],
        [event.data for event in events],
        [event.salt for event in events],
        [event.commitment for event in events],
        [event.digest for event in events],
        [scope for scope, _, _ in taken],
        [key.encode() for _, key, _ in taken],
        [stream.encode() for _, _, stream in taken],
        [scope for scope, _ in given],
        [key.encode() for _, key in given],
        *mark,
        channel,
        payloads,
    )


async def redact(db: Connection, org: str, redactions: Iterable[Redaction], heads: Mapping[str, int]) -> None:
    """Forget events' data and salts, and their streams' snapshots; one that is bare already stays as it is.

    Another process may be about to save a snapshot that it has folded before: what is left of the stream's own says up
    to where (`heads`) none is taken any more.
    """
    for redaction in redactions:
        await db.execute(
            "UPDATE event SET commitment = sha256(salt || data), data = $4, salt = NULL"
            " WHERE org = $1 AND stream = $2 AND seq = $3 AND salt IS NOT NULL",
            org,
            redaction.stream.encode(),
            redaction.seq,
            redaction.left,
        )
    for stream, seq in heads.items():
        await db.execute(
            "INSERT INTO snapshot (org, stream, seq, fingerprint, body) VALUES ($1, $2, $3, '', '')"
            " ON CONFLICT (org, stream) DO UPDATE SET seq = excluded.seq, fingerprint = '', body = ''",
            org,
            stream.encode(),
            seq,
        )


async def take_row(db: Connection, org: str, table: str, key: str) -> bytes | None:
    """Delete an erasable row and return what it held."""
    found: bytes | None = await db.fetchval(
        "DELETE FROM erasable WHERE org = $1 AND tab = $2 AND key_hash = sha256($3::bytea) RETURNING body",
        org,
        table,
        key.encode(),
    )
    return found


async def marked(db: Connection, org: str, writer: str) -> int:
    """The number of the writer's last group that came through; 0 for none."""
    return int(await db.fetchval("SELECT number FROM mark WHERE org = $1 AND writer = $2", org, writer) or 0)


async def forget_marks(db: Connection, org: str, writer: str, wall_us: int) -> None:
    """Drop the writer's own mark, and those of writers that died a week ago."""
    await db.execute(
        "DELETE FROM mark WHERE org = $1 AND (writer = $2 OR wall_us < $3)", org, writer, wall_us - MARKS_KEPT_US
    )


def payloads_of(writer: str, before: int, after: int, reached: Mapping[str, int]) -> list[str]:
    """The notifications of one commit: as few as can be, each short enough."""
    parts: list[dict[str, int]] = [{}]
    room = PAYLOAD_BYTES - 200
    for stream, seq in reached.items():
        size = len(_encode(stream)) + 22
        if size > room:
            parts.append({})
            room = PAYLOAD_BYTES - 200
        parts[-1][stream] = seq
        room -= size
    if len(parts) > PARTS_MAX:
        return [_encode(Notice(writer, before, after)).decode()]
    return [
        _encode(Notice(writer, before, after, (number, len(parts)), part)).decode()
        for number, part in enumerate(parts, 1)
    ]


def notice_of(payload: str) -> Notice | None:
    """The notification; None for one that cannot be read (somebody else's word on our channel)."""
    try:
        return _notice.decode(payload)
    except msgspec.DecodeError:
        return None
