"""Scrubbing a PostgreSQL record: the tables that may have held redacted text are cleared of their dead rows.

Called by `postgres_log`, on a connection of its own, for it may take long; readers and writers go on meanwhile. What
the server's own files keep (holes in pages, its write-ahead log, standbys, back-ups) is beyond it.
"""

from watchroom.record.postgres_link import PostgresLimits, connect

TABLES = ("event", "snapshot", "projection_row", "erasable", "claim")
SCRUB_S = 6 * 3_600.0
"""How long one table may take."""


async def scrub(url: str, limits: PostgresLimits) -> None:
    """Vacuum the tables. Raises what is in `TROUBLE`."""
    db = await connect(url, limits)
    try:
        await db.execute("SET statement_timeout = 0")
        for table in TABLES:
            await db.execute(f"VACUUM {table}", timeout=SCRUB_S)
    finally:
        db.terminate()
