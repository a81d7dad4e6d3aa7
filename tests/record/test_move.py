"""A record moved from one store into the other, both ways: byte for byte, whole, or not at all."""

import asyncio
import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.stores import AT, Opened, PostgresStore, add, draft, to, verify
from tests.postgres import cluster, database_of
from watchroom.base.errors import MisConfigured, Refused, Unavailable
from watchroom.record.event import Claim, StreamAppend
from watchroom.record.log import Log, Snapshot
from watchroom.record.move import DERIVED, MOVED, End, Moved, move
from watchroom.record.postgres_end import PostgresEnd
from watchroom.record.postgres_link import PostgresLimits
from watchroom.record.postgres_log import PostgresLog
from watchroom.record.sqlite_end import SqliteEnd
from watchroom.record.sqlite_log import SqliteLog

STORED = Path(__file__).with_name("stored") / "record-schema-1.sqlite"


class Place:
    """Where a record may lie: how it is opened, and how it is one end of a move."""

    def __init__(self, where: Path | str) -> None:
        self.where = where

    def log(self) -> Log:
        return SqliteLog(self.where) if isinstance(self.where, Path) else PostgresLog(self.where)

    def end(self, *, writes: bool) -> End:
        if isinstance(self.where, Path):
            return SqliteEnd(self.where, "main", writes=writes)
        return PostgresEnd(self.where, "main", PostgresLimits(), writes=writes)

    def sql(self, statement: str) -> None:
        if isinstance(self.where, Path):
            with sqlite3.connect(self.where) as db:
                db.execute(statement)
            db.close()
        else:
            cluster().sql(statement, database_of(self.where))


@pytest.fixture
def new(tmp_path: Path) -> Callable[[str], Place]:
    """A new, empty place of a kind."""
    numbers = iter(range(100))

    def made(kind: str) -> Place:
        return Place(tmp_path / f"{next(numbers)}" / "record.sqlite" if kind == "sqlite" else cluster().database())

    return made


async def moved(
    source: Place, target: Place, told: Callable[[int, int], None] = lambda at, of: None, **how: bool
) -> Moved:
    async with source.end(writes=False) as one, target.end(writes=True) as other:
        return await move(one, other, told, **how)


async def filled(place: Place) -> dict[str, Any]:
    """A record with something of everything, and what it holds."""
    log = place.log()
    for number in range(300):
        await log.append([to(f"s{number % 7}", f"{number}"), to("all", f"{number}")])
    names = ["日本 \x00", "é", "x" * 900]
    await log.append([to(name, "ü") for name in names], [Claim("g", f"k {name}", name) for name in names])
    await log.append([StreamAppend("raw", 0, [draft("x" * 100_000), draft("")])], [Claim("h", "\x00", "raw")])
    await log.put_row("session", "\x00\u00ff", b"\x00\xff")
    await log.put_row("token", "k" * 3_000, b"")
    await log.save_projection("list", "1", 5, {"a": b"1"})
    await log.save_snapshot("all", Snapshot(10, "v1", b"ten"))
    await log.take_lease("timers", "one", AT, 10)
    held = await holds(log)
    await log.close()
    return held


async def holds(log: Log) -> dict[str, Any]:
    await verify(log)
    return {
        "events": await log.read_all(limit=100_000),
        "claims": [await log.holders(scope) for scope in "gh"],
        "rows": [await log.rows(table) for table in ("session", "token")],
    }


@pytest.mark.parametrize(
    ("first", "second"), [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite")]
)
async def test_there_and_back_again_byte_for_byte(new: Callable[[str], Place], first: str, second: str) -> None:
    here, there, back = new(first), new(second), new(first)
    held = await filled(here)
    told: list[tuple[int, int]] = []
    out = await moved(here, there, lambda at, of: told.append((at, of)))
    home = await moved(there, back)
    assert out == home
    assert (out.events, out.claims, out.rows) == (605, 4, 2)
    assert told[-1] == (1_210, 1_210)
    assert [at for at, _ in told] == sorted(at for at, _ in told)
    for place in (here, there, back):
        log = place.log()
        assert await holds(log) == held
        position = await log.position()
        assert (await add(log, "all", "goes on")).position == position + 1
        if place is not here:
            # What is derived is made anew.
            assert await log.load_projection("list") is None
            assert await log.take_lease("timers", "two", AT, 10)
        await log.close()


async def test_a_redacted_event_and_the_time_of_the_wall_go_along(new: Callable[[str], Place]) -> None:
    here, there, back = new("sqlite"), new("postgresql"), new("sqlite")
    log = here.log()
    await add(log, "a", *"123")
    await log.close()
    assert isinstance(here.where, Path)
    assert isinstance(back.where, Path)
    with sqlite3.connect(here.where) as db:
        salt, data = db.execute("SELECT salt, data FROM event WHERE seq = 2").fetchone()
        commitment = hashlib.sha256(salt + data).digest()
        db.execute("UPDATE event SET commitment = ?, salt = NULL, data = NULL WHERE seq = 2", (commitment,))
        before = db.execute("SELECT * FROM event").fetchall()
    db.close()
    await moved(here, there)
    await moved(there, back)
    with sqlite3.connect(back.where) as db:
        assert db.execute("SELECT * FROM event").fetchall() == before
    db.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_place_that_is_not_empty_is_left_alone(new: Callable[[str], Place], kind: str) -> None:
    here, there = new("sqlite"), new(kind)
    await filled(here)
    log = there.log()
    await log.put_row("session", "k", b"1")
    await log.close()
    with pytest.raises(Refused, match="holds a record already"):
        await moved(here, there)
    log = there.log()
    assert await log.position() == 0
    assert await log.rows("session") == {"k": b"1"}
    await log.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_damaged_record_is_moved_only_when_that_is_asked_for(new: Callable[[str], Place], kind: str) -> None:
    here, there = new(kind), new("postgresql" if kind == "sqlite" else "sqlite")
    await filled(here)
    here.sql(
        "UPDATE event SET digest = salt WHERE seq = 3 AND position = (SELECT max(position) FROM event WHERE seq = 3)"
    )
    with pytest.raises(Refused, match="is damaged: event 3 of s6 does not match its digest"):
        await moved(here, there)
    if isinstance(there.where, Path):
        assert not there.where.exists()
    found = await moved(here, there, damaged=True)
    assert found.broken is not None
    assert (found.broken.stream, found.broken.seq) == ("s6", 3)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_nothing_is_moved_while_somebody_has_it(new: Callable[[str], Place], kind: str) -> None:
    busy, free = new(kind), new("sqlite")
    log = busy.log()
    await add(log, "a", "1")
    with pytest.raises(Unavailable, match="in use by"):
        await moved(busy, free)
    with pytest.raises(Unavailable, match="in use by"):
        await moved(free_with_record(free), busy)
    await log.close()


def free_with_record(place: Place) -> Place:
    assert isinstance(place.where, Path)
    place.where.parent.mkdir(exist_ok=True)
    shutil.copy(STORED, place.where)
    return place


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_move_that_ends_in_the_middle_leaves_nothing(new: Callable[[str], Place], kind: str) -> None:
    here, there = new("sqlite"), new(kind)
    held = await filled(here)

    class Interrupted(Exception):
        pass

    def told(at: int, of: int) -> None:
        if at > of // 2:
            raise Interrupted

    with pytest.raises(Interrupted):
        await moved(here, there, told)
    if isinstance(there.where, Path):
        assert not there.where.exists()
    else:
        assert cluster().sql("SELECT count(*) FROM event", database_of(there.where)).strip() == "0"
    await moved(here, there)
    log = there.log()
    assert await holds(log) == held
    await log.close()


async def test_where_there_is_no_record_nothing_is_made(new: Callable[[str], Place]) -> None:
    for kind in ("sqlite", "postgresql"):
        here, there = new(kind), new("sqlite")
        with pytest.raises(MisConfigured, match="There is no record in"):
            await moved(here, there)
        assert isinstance(there.where, Path)
        assert not there.where.exists()


def test_every_table_is_either_moved_or_derived(tmp_path: Path) -> None:
    """A new table must say which it is, or a move would lose it."""
    path = tmp_path / "record.sqlite"
    asyncio.run(SqliteLog(path).close())
    with sqlite3.connect(path) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.close()
    assert {name for name in tables if not name.startswith("sqlite_")} <= MOVED | DERIVED
    store = PostgresStore(tmp_path)
    opened = Opened(store)
    opened.open()
    opened.close()
    names = cluster().sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database_of(store.url))
    assert set(names.split()) == MOVED | DERIVED
