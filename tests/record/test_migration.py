"""Records of every released version are brought forward, from stored ones: `stored/` holds one of each kind.

They were written by the released code and are never made anew. The SQL file is what pg_dump wrote of a database.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.contracts.stores import AT, add, notes, verify
from tests.postgres import OWNER, cluster, database_of
from watchroom.base.errors import MisConfigured, Unavailable
from watchroom.record import postgres_schema, sqlite_schema
from watchroom.record.log import Log, Snapshot, StoredProjection
from watchroom.record.postgres_log import PostgresLog
from watchroom.record.sqlite_log import SqliteLog

STORED = Path(__file__).with_name("stored")
LATER = "ALTER TABLE erasable ADD COLUMN note TEXT NOT NULL DEFAULT 'x'; CREATE TABLE later (org TEXT PRIMARY KEY)"


async def check(log: Log) -> None:
    """What the stored records hold, each of them the same."""
    assert await verify(log) == {"k7m2-9qxd": 12, "directory": 12, "日本 \x00": 1}
    assert notes(await log.read("k7m2-9qxd")) == [f"{number}a" for number in range(12)]
    assert await log.holders("group") == {f"checkout {number}": "k7m2-9qxd" for number in range(1, 12)}
    assert await log.load_projection("list") == StoredProjection("1", 24, {"k7m2-9qxd": b'{"title":"x"}'})
    assert await log.snapshot("k7m2-9qxd") == Snapshot(12, "v1", b"twelve")
    assert await log.rows("session") == {"ana": b"\x00\xff"}
    assert not await log.take_lease("timers", "two", AT, 10)
    done = await add(log, "k7m2-9qxd", "goes on")
    assert done.events[0].seq == 13
    assert done.position == 26


async def test_a_stored_file_is_opened_by_this_version(tmp_path: Path) -> None:
    path = shutil.copy(STORED / "record-schema-1.sqlite", tmp_path / "record.db")
    log = SqliteLog(path)
    await check(log)
    await log.close()


async def test_a_stored_file_is_brought_forward_by_a_later_one(tmp_path: Path) -> None:
    path = Path(shutil.copy(STORED / "record-schema-1.sqlite", tmp_path / "record.db"))
    later = (*sqlite_schema.MIGRATIONS, LATER)
    db = sqlite_schema.connect(path, writes=True)
    sqlite_schema.prepare(db, path, later)
    assert sqlite_schema.schema_version(db, path) == len(later)
    assert db.execute("SELECT note FROM erasable").fetchall() == [("x",)]
    db.close()
    with pytest.raises(MisConfigured, match=f"newer Watchroom \\(schema {len(later)}"):
        SqliteLog(path)
    with sqlite3.connect(path) as undone:
        undone.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (str(len(later) - 1),))
    undone.close()
    log = SqliteLog(path)
    await check(log)
    await log.close()


@pytest.fixture
def stored_url() -> str:
    """A database with what the first release kept."""
    url = cluster().database()
    cluster().run_file(STORED / "record-schema-1.sql", database_of(url))
    return url


async def test_a_stored_database_is_opened_by_this_version(stored_url: str) -> None:
    log = PostgresLog(stored_url)
    await check(log)
    await log.close()


async def with_connection(url: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
    db = await asyncpg.connect(url)
    try:
        return await work(db)
    finally:
        await db.close()


async def test_a_stored_database_is_brought_forward_step_by_step_or_not_at_all(stored_url: str) -> None:
    known = postgres_schema.MIGRATIONS
    name = database_of(stored_url)
    with pytest.raises(asyncpg.PostgresError):
        await with_connection(
            stored_url, lambda db: postgres_schema.prepare(db, stored_url, (*known, f"{LATER}; SELECT nonsense"))
        )
    assert cluster().sql("SELECT value FROM meta", name).strip() == str(len(known))
    with pytest.raises(MisConfigured, match="older Watchroom"):
        await with_connection(
            stored_url, lambda db: postgres_schema.check_readable(db, stored_url, (*known, "SELECT 1"))
        )
    for _ in range(2):
        await with_connection(stored_url, lambda db: postgres_schema.prepare(db, stored_url, (*known, LATER)))
    assert cluster().sql("SELECT note FROM erasable", name).strip() == "x"
    with pytest.raises(MisConfigured, match=f"newer Watchroom \\(schema {len(known) + 1}"):
        PostgresLog(stored_url)
    cluster().sql(f"UPDATE meta SET value = '{len(known)}'", name)
    log = PostgresLog(stored_url)
    await check(log)
    await log.close()


def test_several_servers_may_begin_a_database_at_once() -> None:
    url = cluster().database()

    def begin(number: int) -> int:
        log = PostgresLog(url)

        async def write() -> int:
            done = await add(log, "a", str(number))
            await log.close()
            return done.position

        return asyncio.run(write())

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(begin, range(6))) == [1, 2, 3, 4, 5, 6]


def test_databases_that_are_not_ours_to_use_are_refused() -> None:
    url = cluster().database()
    name = database_of(url)
    with pytest.raises(MisConfigured, match="There is no record in"):
        PostgresLog(url, read_only=True)
    cluster().sql("CREATE TABLE diary (text TEXT)", name)
    with pytest.raises(MisConfigured, match="not a Watchroom record") as refused:
        PostgresLog(url)
    assert "createdb" in refused.value.hint
    with pytest.raises(MisConfigured, match="does not exist"):
        PostgresLog(cluster().url("nowhere"))
    cluster().sql(f"CREATE DATABASE latin_{name} TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'")
    with pytest.raises(MisConfigured, match="holds LATIN1"):
        PostgresLog(cluster().url(f"latin_{name}"))
    for url in ("postgresql://u:hunter2@127.0.0.1:1/w", "postgresql://u:hunter2@no.such.host.invalid/w"):
        with pytest.raises(Unavailable, match="cannot be opened: no connection") as away:
            PostgresLog(url)
        assert "hunter2" not in away.value.message + away.value.hint
    with pytest.raises(MisConfigured, match="cannot be opened"):
        PostgresLog("postgresql://u:hunter2@127.0.0.1:port/w")


def test_a_role_that_may_not_make_tables_is_told_so() -> None:
    url = cluster().database()
    cluster().sql(f"CREATE ROLE guest_{database_of(url)} LOGIN")
    with pytest.raises(MisConfigured, match="permission denied") as refused:
        PostgresLog(url.replace(f"{OWNER}@", f"guest_{database_of(url)}@"))
    assert "docs/operations.md" in refused.value.hint
