"""The tables of a PostgreSQL record, and their version with forward migrations.

Called by `postgres_log` when it opens and by `watchroom record move`. Never reads or writes an event.

The organisation is the first column of every key, so that the tables can later be distributed by it. Text that comes
from outside (streams, keys) is kept as its UTF-8 bytes: PostgreSQL's text holds no NUL, and bytes sort as code points
do, whatever the database's collation. Keys may be longer than an index row, so their SHA-256 stands in the index.
"""

import msgspec

from watchroom.base.errors import MisConfigured
from watchroom.record.postgres_link import VERSION_MIN, Connection, key_of, shown

_FIRST = """
CREATE TABLE event (
    org TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    stream BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    head BYTEA NOT NULL,
    data BYTEA,
    salt BYTEA,
    commitment BYTEA,
    digest BYTEA NOT NULL,
    wall_us BIGINT NOT NULL,
    PRIMARY KEY (org, position)
);
CREATE UNIQUE INDEX event_by_stream ON event (org, stream, seq);
CREATE TABLE claim (
    org TEXT COLLATE "C" NOT NULL, scope TEXT COLLATE "C" NOT NULL, key BYTEA NOT NULL, stream BYTEA NOT NULL,
    key_hash BYTEA GENERATED ALWAYS AS (sha256(key)) STORED,
    PRIMARY KEY (org, scope, key_hash)
);
CREATE TABLE projection (
    org TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, version TEXT NOT NULL, position BIGINT NOT NULL,
    generation TEXT NOT NULL,
    PRIMARY KEY (org, name)
);
CREATE TABLE projection_row (
    org TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, key BYTEA NOT NULL, body BYTEA NOT NULL,
    key_hash BYTEA GENERATED ALWAYS AS (sha256(key)) STORED,
    PRIMARY KEY (org, name, key_hash)
);
CREATE TABLE snapshot (
    org TEXT COLLATE "C" NOT NULL, stream BYTEA NOT NULL, seq BIGINT NOT NULL, fingerprint TEXT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (org, stream)
);
CREATE TABLE lease (
    org TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, holder TEXT NOT NULL, until_us BIGINT NOT NULL,
    PRIMARY KEY (org, name)
);
CREATE TABLE erasable (
    org TEXT COLLATE "C" NOT NULL, tab TEXT COLLATE "C" NOT NULL, key BYTEA NOT NULL, body BYTEA NOT NULL,
    key_hash BYTEA GENERATED ALWAYS AS (sha256(key)) STORED,
    PRIMARY KEY (org, tab, key_hash)
);
CREATE TABLE mark (
    org TEXT COLLATE "C" NOT NULL, writer TEXT COLLATE "C" NOT NULL, number BIGINT NOT NULL, wall_us BIGINT NOT NULL,
    PRIMARY KEY (org, writer)
);
"""

MIGRATIONS = (_FIRST,)
"""Migration N takes a database from schema N to N + 1; a new one walks through all of them. Only ever appended to."""


class Place(msgspec.Struct, frozen=True):
    """Where in the server the record is."""

    schema: str
    """The PostgreSQL schema (namespace) in which the tables stand."""


async def prepare(db: Connection, url: str, migrations: tuple[str, ...] = MIGRATIONS) -> Place:
    """Make the tables in an empty database, or bring older ones forward; each step is one transaction.

    Several servers may start at once: they take turns. Raises MisConfigured for a server that is too old, a database
    of a newer version, one that is no record of ours, or one that does not hold UTF-8.
    """
    place = await _look_around(db, url)
    done = False
    while not done:
        async with db.transaction():
            await db.execute(f"SELECT pg_advisory_xact_lock({key_of(place.schema, 'schema')})")
            version = await _known_version(db, url, place, migrations)
            done = version == len(migrations)
            if not done:
                await db.execute("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
                await db.execute(migrations[version])
                await db.execute(
                    "INSERT INTO meta VALUES ('schema_version', $1) ON CONFLICT (key) DO UPDATE SET value = $1",
                    str(version + 1),
                )
    return place


async def check_readable(db: Connection, url: str, migrations: tuple[str, ...] = MIGRATIONS) -> Place:
    """Raises MisConfigured as `prepare` does, and for a database that a server must make or bring forward first."""
    place = await _look_around(db, url)
    version = await _known_version(db, url, place, migrations)
    if version == 0:
        raise MisConfigured(f"There is no record in {shown(url)}.", hint="Start a server on it once; that makes it.")
    if version < len(migrations):
        raise MisConfigured(
            f"{shown(url)} was written by an older Watchroom (schema {version} of {len(migrations)}).",
            hint="Start the server on it once; that brings it forward.",
        )
    return place


async def _look_around(db: Connection, url: str) -> Place:
    major = db.get_server_version().major
    if major < VERSION_MIN:
        raise MisConfigured(
            f"{shown(url)} is PostgreSQL {major}.", hint=f"Watchroom needs PostgreSQL {VERSION_MIN} or newer."
        )
    encoding, schema = await db.fetchrow("SELECT current_setting('server_encoding'), current_schema()")
    if encoding != "UTF8":
        raise MisConfigured(
            f"The database {shown(url)} holds {encoding}.", hint="Make one with: createdb --encoding UTF8"
        )
    if schema is None:
        raise MisConfigured(
            f"The role of {shown(url)} has no schema to put tables in.",
            hint="See docs/operations.md for the role and the database that are needed.",
        )
    return Place(schema)


async def _known_version(db: Connection, url: str, place: Place, migrations: tuple[str, ...]) -> int:
    version = await schema_version(db, url, place)
    if version > len(migrations):
        raise MisConfigured(
            f"{shown(url)} was written by a newer Watchroom (schema {version}; this one knows up to "
            f"{len(migrations)}).",
            hint="Run the newer version, or restore a back-up made before it.",
        )
    return version


async def schema_version(db: Connection, url: str, place: Place) -> int:
    """The record's schema, 0 for an empty database. Raises MisConfigured for somebody else's."""
    tables = {row[0] for row in await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", place.schema)}
    if not tables:
        return 0
    row = None
    if {"meta", "event"} <= tables:
        row = await db.fetchrow("SELECT value FROM meta WHERE key = 'schema_version'")
    if row is None or not str(row[0]).isdigit():
        raise MisConfigured(
            f"{shown(url)} is a database, but not a Watchroom record.",
            hint="Give Watchroom a database of its own: createdb --owner watchroom watchroom",
        )
    return int(row[0])
