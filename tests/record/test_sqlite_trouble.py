"""A SQLite record in trouble: the file taken away, replaced, read-only, on a disk that hangs; and out of it again."""

import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest

from tests.contracts.stores import add, notes, to, verify
from tests.record.slow_disk import put_under
from watchroom.base.errors import Overloaded, Unavailable
from watchroom.record.sqlite_log import SqliteLog


class Told:
    """Remembers what a store said of its work."""

    def __init__(self) -> None:
        self.commits: list[tuple[int, int]] = []
        self.failures: list[int] = []
        self.seconds: list[float] = []

    def committed(self, requests: int, events: int, seconds: float) -> None:
        self.commits.append((requests, events))
        self.seconds.append(seconds)

    def failed(self, requests: int) -> None:
        self.failures.append(requests)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "record.sqlite"


def move(file: Path, to: Path) -> None:
    """As an operator would, whatever stands there."""
    file.replace(to)


def write(file: Path, content: bytes) -> None:
    """As a new file."""
    file.write_bytes(content)


def content(file: Path) -> bytes:
    """What the file holds."""
    return file.read_bytes()


async def test_a_file_that_was_taken_away_takes_no_writes_until_it_is_back(path: Path) -> None:
    """The process still holds the old file open: without a look at the path it would write where nobody looks again."""
    log = SqliteLog(path)
    await add(log, "a", "1")
    away = path.with_name("away.sqlite")
    move(path, away)
    for _ in range(3):
        with pytest.raises(Unavailable, match="not where it was"):
            await add(log, "a", "lost")
    with pytest.raises(Unavailable, match="cannot be read"):
        await log.read("a")
    assert path not in list(path.parent.iterdir()), "nobody made an empty file in its place"
    move(away, path)
    assert (await add(log, "a", "2")).events[0].seq == 2
    assert notes(await log.read("a")) == ["1", "2"]
    await log.close()
    log = SqliteLog(path)
    assert await verify(log) == {"a": 2}
    await log.close()


async def test_another_file_in_its_place_is_never_written_to(tmp_path: Path, path: Path) -> None:
    """Not even a copy of itself: the write-ahead log beside it belongs to the file that was opened."""
    foreign = SqliteLog(tmp_path / "other" / "record.sqlite")
    await add(foreign, "a", "foreign")
    await foreign.close()
    log = SqliteLog(path)
    await add(log, "a", "1")
    await add(log, "a", "2")
    away = path.with_name("away.sqlite")
    move(path, away)
    for replacement in (content(tmp_path / "other" / "record.sqlite"), content(away), b""):
        write(path, replacement)
        for _ in range(2):
            with pytest.raises(Unavailable, match="replaced by another file") as refused:
                await add(log, "a", "lost")
            assert "Put the file back" in refused.value.hint
        assert content(path) == replacement
    move(away, path)
    assert (await add(log, "a", "3")).events[0].seq == 3
    assert notes(await log.read("a")) == ["1", "2", "3"]
    await log.close()


async def test_a_record_put_back_to_an_earlier_state_is_found_out(path: Path) -> None:
    """Events that vanish under a running server: what it has in memory would not belong to the file any more."""
    log = SqliteLog(path)
    await add(log, "a", "1", "2")
    away = path.with_name("away.sqlite")
    move(path, away)
    with pytest.raises(Unavailable, match="not where it was"):
        await add(log, "a", "lost")
    move(away, path)
    with sqlite3.connect(path) as db:
        assert db.execute("DELETE FROM event WHERE seq = 2").rowcount == 1
    db.close()
    with pytest.raises(Unavailable, match="does not hold what was written"):
        await add(log, "a", "3")
    await log.close()


async def test_a_disk_that_turns_read_only_is_said_once_in_plain_words(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    disk, told = put_under(monkeypatch), Told()
    log = SqliteLog(path, observer=told)
    await add(log, "a", "1")
    disk.read_only = True
    with caplog.at_level(logging.WARNING, "watchroom"):
        for _ in range(5):
            with pytest.raises(Unavailable, match="the file is read-only"):
                await add(log, "a", "lost")
        disk.read_only = False
        assert (await add(log, "a", "2")).events[0].seq == 2
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2, "once when it begins, once when it is over"
    assert "read-only" in said[0]
    assert "5 groups of writes were refused" in said[1]
    assert told.failures == [1] * 5
    assert told.commits == [(1, 1), (1, 1)]
    assert all(seconds >= 0 for seconds in told.seconds)
    await log.close()


async def test_a_disk_that_hangs_bounds_what_waits_and_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = put_under(monkeypatch)
    log = SqliteLog(path, max_queued_requests=10)
    await add(log, "a", "0")
    disk.free.clear()
    waiting = [asyncio.ensure_future(add(log, "a", str(number))) for number in range(1, 11)]
    await asyncio.to_thread(disk.waiting.wait)
    assert log.queued_requests == log.queued_requests_max == 10
    assert log.queued_bytes > 0
    for _ in range(100):
        with pytest.raises(Overloaded):
            await add(log, "a", "too much")
    assert log.queued_requests == 10
    # What is durable can be read meanwhile.
    assert notes(await log.read_before("a", 99, 99)) == ["0"]
    disk.free.set()
    await asyncio.gather(*waiting)
    assert (log.queued_requests, log.queued_bytes) == (0, 0)
    assert notes(await log.read("a")) == [str(number) for number in range(11)]
    await log.close()
    log = SqliteLog(path)
    assert await verify(log) == {"a": 11}
    await log.close()


async def test_a_full_queue_counts_bytes_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = put_under(monkeypatch)
    log = SqliteLog(path, max_queued_bytes=50_000)
    disk.free.clear()
    waiting = [asyncio.ensure_future(log.append([to("a", "x" * 20_000)])) for _ in range(2)]
    await asyncio.to_thread(disk.waiting.wait)
    with pytest.raises(Overloaded, match="2 writes"):
        await log.append([to("a", "x" * 20_000)])
    disk.free.set()
    await asyncio.gather(*waiting)
    await log.close()
