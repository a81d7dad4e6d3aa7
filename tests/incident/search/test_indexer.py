"""The indexer: what is in the store is what the record says, whatever happened on the way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.postgres import cluster
from watchroom.base.clock import WallClock
from watchroom.base.ending import ended
from watchroom.base.errors import Unavailable
from watchroom.base.rng import Chance
from watchroom.communication.message import MessagePosted
from watchroom.detection.declaration import RoomOpened
from watchroom.detection.signal import SignalRecorded
from watchroom.incident.incident import CODEC
from watchroom.incident.search import indexer as under_test
from watchroom.incident.search.document import Step
from watchroom.incident.search.indexer import Indexer
from watchroom.incident.search.postgres_store import PostgresStore
from watchroom.incident.search.query import parse
from watchroom.incident.search.sqlite_store import SqliteStore
from watchroom.incident.search.store import Mark, Store, Wanted
from watchroom.incident.undo import Retracted
from watchroom.record.event import Draft, Fact, Redaction, StreamAppend
from watchroom.record.feed import Feed
from watchroom.record.lease import Lease
from watchroom.record.log import Log
from watchroom.record.memory_log import MemoryLog
from watchroom.record.postgres_log import PostgresLog
from watchroom.record.redaction import REDACTED, Redacted

AT = datetime(2026, 11, 25, 3, 14, tzinfo=UTC)
ROOM = "aaaa-aaaa"


def draft(fact: Fact) -> Draft:
    kind = CODEC.kinds[type(fact)]
    return Draft(AT, AT, "person:ana@x.org", "test", kind, CODEC.encode(fact))


async def say(log: Log, *texts: str, room: str = ROOM) -> int:
    facts = [draft(MessagePosted(text=text)) for text in texts]
    return (await log.append([StreamAppend(room, None, facts)])).position


async def redact(log: Log, seq: int, room: str = ROOM) -> int:
    said = Redacted(seq=seq, kind="message_posted", reason="A secret.")
    fact = Draft(AT, AT, "person:ana@x.org", "test", REDACTED, msgspec.json.encode(said))
    done = await log.append([StreamAppend(room, None, [fact])], (), [Redaction(room, seq, b'{"text":""}')])
    return done.position


async def texts(store: Store, q: str = "") -> list[str]:
    found = await store.find(Wanted(terms=parse(q, 8).terms, limit=5_000))
    return sorted(each.document.text for each in found)


@asynccontextmanager
async def running(log: Log, store: Store, **more: Any) -> AsyncIterator[Indexer]:
    """An indexer that follows the log."""
    indexer = Indexer(log, Feed(log), store, WallClock(), chars_max=1_000, **more)
    task = asyncio.create_task(indexer.run())
    try:
        yield indexer
    finally:
        await ended(task)
        await store.close()


async def level(indexer: Indexer, log: Log) -> None:
    assert await indexer.reaches(await log.position(), 60)


async def test_what_is_written_can_be_found_and_what_is_gone_cannot() -> None:
    log = MemoryLog(Chance(1))
    async with running(log, SqliteStore()) as indexer:
        await log.append([StreamAppend(ROOM, None, [draft(RoomOpened(practice=False, title="Leak"))])])
        await say(log, "one secret", "two", "three")
        await level(indexer, log)
        assert await texts(indexer.store) == ["Leak", "one secret", "three", "two"]
        await log.append([StreamAppend(ROOM, None, [draft(Retracted(seq=3))])])
        await redact(log, 2)
        await level(indexer, log)
        assert await texts(indexer.store) == ["Leak", "three"]


async def test_it_goes_on_where_it_was_and_makes_the_same_as_from_the_beginning(tmp_path: Path) -> None:
    log = MemoryLog(Chance(1))
    path = tmp_path / "search.sqlite"
    async with running(log, SqliteStore(path)) as indexer:
        await say(log, *(f"message {number}" for number in range(1_200)))
        await level(indexer, log)
    await say(log, "later")
    await redact(log, 7)
    async with running(log, SqliteStore(path)) as indexer:
        await level(indexer, log)
        went_on = await texts(indexer.store)
        assert len(went_on) == 1_200
        assert "message 6" not in went_on
        told: list[tuple[int, int]] = []
        await indexer.rebuild(lambda at, of: told.append((at, of)))
        assert told[-1][0] == told[-1][1] == await log.position()
        assert await texts(indexer.store) == went_on
        await say(log, "and later")
        await level(indexer, log)
        assert await texts(indexer.store, "and later") == ["and later"]


async def test_the_words_of_another_record_are_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "search.sqlite"
    log = MemoryLog(Chance(1))
    async with running(log, SqliteStore(path)) as indexer:
        await say(log, "of the first", "and more", "and more")
        await level(indexer, log)
    for other_length in (1, 3, 9):
        other = MemoryLog(Chance(2))
        await say(other, *(f"of another {number}" for number in range(other_length)))
        async with running(other, SqliteStore(path)) as indexer:
            await level(indexer, other)
            assert await texts(indexer.store) == [f"of another {number}" for number in range(other_length)]


async def test_while_the_house_is_busy_it_gives_way_unless_somebody_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "REST_S_MAX", 1e9)
    log, busy = MemoryLog(Chance(1)), [True]
    async with running(log, SqliteStore(), busy=lambda: busy[0]) as indexer:
        await say(log, "one")
        # It rests for ever: whoever searches has it go on.
        await level(indexer, log)
        assert await texts(indexer.store) == ["one"]


class Counted(SqliteStore):
    """A store that counts what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0
        self.writes = 0

    async def apply(self, steps: Sequence[Step], before: Mark, mark: Mark) -> None:
        self.steps += len(steps)
        self.writes += 1
        await super().apply(steps, before, mark)


async def test_an_alert_that_says_the_same_again_is_not_written_again() -> None:
    log, store = MemoryLog(Chance(1)), Counted()

    async def fires(title: str) -> None:
        fact = SignalRecorded(signal="s1", source="am", key="k", group="g", title=title)
        await log.append([StreamAppend(ROOM, None, [draft(fact)])])
        await level(indexer, log)

    async with running(log, store) as indexer:
        for _ in range(5):
            await fires("Checkout is down")
        assert (store.steps, store.writes) == (1, 1)
        await fires("Checkout is slow")
        assert await texts(store) == ["Checkout is slow\nk"]
        await fires("Checkout is down")
        assert await texts(store) == ["Checkout is down\nk"]
        # What was redacted meanwhile may have been what was said.
        await redact(log, 7)
        await level(indexer, log)
        assert await texts(store) == ["Checkout is slow\nk"]
        await fires("Checkout is slow")
        await fires("Checkout is down")
        assert await texts(store) == ["Checkout is down\nk"]
        await indexer.rebuild()
        assert await texts(store) == ["Checkout is down\nk"]


class Broken(SqliteStore):
    """A store that fails now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = 0

    async def apply(self, *arguments: Any) -> None:
        if self.fails:
            self.fails -= 1
            raise Unavailable("The disk is full.")
        await super().apply(*arguments)


async def test_a_store_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "AGAIN_S", 0.01)
    log, store = MemoryLog(Chance(1)), Broken()
    async with running(log, store) as indexer:
        await say(log, "one")
        await level(indexer, log)
        store.fails = 3
        await say(log, "two")
        await level(indexer, log)
        assert await texts(store) == ["one", "two"]


async def test_a_purge_waits_for_the_words_to_go() -> None:
    log, store = MemoryLog(Chance(1)), SqliteStore()
    await say(log, "one secret", "two")
    position = await redact(log, 1)
    idle = Indexer(log, Feed(log), store, WallClock(), chars_max=1_000)
    with pytest.raises(Unavailable):
        await idle.purge(position, 0)
    async with running(log, store) as indexer:
        await indexer.purge(position, 60)
        assert await texts(store) == ["two"]


async def test_of_several_processes_one_indexes_and_all_find() -> None:
    url = cluster().database()
    logs = [PostgresLog(url, chance=Chance(number)) for number in range(3)]
    stores = [PostgresStore(url) for _ in logs]
    indexers = [
        Indexer(log, Feed(log), store, WallClock(), chars_max=1_000, shared=True)
        for log, store in zip(logs, stores, strict=True)
    ]
    leases = [Lease(log, "search", f"process {n}", WallClock(), 5) for n, log in enumerate(logs)]
    tasks = [
        asyncio.create_task(lease.run_while_held(indexer.run)) for lease, indexer in zip(leases, indexers, strict=True)
    ]
    try:
        for number, log in enumerate(logs):
            await say(log, f"from {number}")
        for log, indexer in zip(logs, indexers, strict=True):
            await level(indexer, log)
            assert await texts(indexer.store) == ["from 0", "from 1", "from 2"]
        # One that does not hold the lease makes it anew, beside the one that does.
        other = next(each for each, lease in zip(indexers, leases, strict=True) if not lease.held)
        await asyncio.gather(other.rebuild(), say(logs[0], *(f"meanwhile {number}" for number in range(50))))
        for log, indexer in zip(logs, indexers, strict=True):
            await level(indexer, log)
            assert len(await texts(indexer.store)) == 53
        # The one that indexes goes; another takes it up.
        holder = next(number for number, lease in enumerate(leases) if lease.held)
        await ended(tasks[holder])
        left = next(number for number in range(3) if number != holder)
        await say(logs[left], "afterwards")
        assert await indexers[left].reaches(await logs[left].position(), 60)
        assert await texts(stores[left], "afterwards") == ["afterwards"]
    finally:
        for task in tasks:
            await ended(task)
        for store in stores:
            await store.close()
        for log in logs:
            await log.close()
