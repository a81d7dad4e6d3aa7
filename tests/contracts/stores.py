"""The stores that the log's contract suite runs against. A new one joins by one line in `STORES`."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from tests.postgres import cluster
from watchroom.base.rng import Chance
from watchroom.record.chain import Verifier
from watchroom.record.event import Draft, Event, Redaction, StreamAppend
from watchroom.record.log import Appended, Log
from watchroom.record.memory_log import MemoryLog
from watchroom.record.postgres_log import PostgresLog
from watchroom.record.redaction import REDACTED, Redacted, left_bytes
from watchroom.record.sqlite_log import SqliteLog

AT = datetime(2026, 1, 5, 3, 14, tzinfo=UTC)


class Store(Protocol):
    """Makes logs of one kind, all on the same data where the kind is durable."""

    def open(self, **limits: Any) -> Log:
        """Open the log; `limits` are the constructor's, and only given to stores with a queue."""


class MemoryStore:
    """Each log is a new one."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def open(self, **limits: Any) -> Log:
        return MemoryLog(Chance(1))


class SqliteStore:
    """One file, opened again and again."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "record.db"

    def open(self, **limits: Any) -> Log:
        return SqliteLog(self.path, chance=Chance(1), **limits)

    def crash(self) -> None:
        """Go on with what a kill would leave on the disk just now; the open log keeps the files it has."""
        folder = Path(tempfile.mkdtemp(dir=self.path.parent))
        for name in (self.path.name, f"{self.path.name}-wal"):
            if (self.path.parent / name).exists():
                shutil.copy(self.path.parent / name, folder)
        self.path = folder / self.path.name


class PostgresStore:
    """One database, opened again and again; skips the test where PostgreSQL is not installed."""

    def __init__(self, directory: Path) -> None:
        self.url = cluster().database()

    def open(self, **limits: Any) -> Log:
        return PostgresLog(self.url, chance=Chance(1), **limits)

    def crash(self) -> None:
        """End all connections to it, as a server that is killed does, or a network that breaks."""
        cluster().cut(self.url)


STORES: dict[str, type[MemoryStore] | type[SqliteStore] | type[PostgresStore]] = {
    "memory": MemoryStore,
    "sqlite": SqliteStore,
    "postgresql": PostgresStore,
}
DURABLE = [name for name in STORES if name != "memory"]
"""Stores that keep everything when closed, and that have a queue."""


class Opened:
    """A store whose logs are closed in the end, whatever the test did."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._logs: list[Log] = []

    def open(self, **limits: Any) -> Log:
        log = self._store.open(**limits)
        self._logs.append(log)
        return log

    async def reopen(self, log: Log) -> Log:
        """Close and open again."""
        await log.close()
        return self.open()

    def close(self) -> None:
        for log in self._logs:
            asyncio.run(log.close())


@contextmanager
def opened(name: str, directory: Path) -> Iterator[Opened]:
    """The store of that name in `directory`."""
    store = Opened(STORES[name](directory))
    try:
        yield store
    finally:
        store.close()


def draft(note: str = "x", kind: str = "noted") -> Draft:
    """A draft that carries `note`."""
    return Draft(AT, AT, "person:ana@example.com", "test", kind, b'{"note":"%b"}' % note.encode())


def to(stream: str, *notes: str, after: int | None = None) -> StreamAppend:
    """An append of one event a note."""
    return StreamAppend(stream, after, [draft(note) for note in notes])


async def add(log: Log, stream: str, *notes: str) -> Appended:
    """Append one event a note, wherever the stream stands."""
    return await log.append([to(stream, *notes)])


def redacting(stream: str, *seqs: int, left: dict[str, Any] | None = None) -> tuple[StreamAppend, list[Redaction]]:
    """The facts that these events of the stream were redacted, and the redactions that go with them."""
    facts = [Redacted(seq=seq, kind="noted", reason="A secret.", left=left or {}) for seq in seqs]
    drafts = [Draft(AT, AT, "person:ana@example.com", "test", REDACTED, msgspec.json.encode(fact)) for fact in facts]
    return StreamAppend(stream, None, drafts), [Redaction(stream, fact.seq, left_bytes(fact.left)) for fact in facts]


def notes(events: list[Event]) -> list[str]:
    """What the events carry."""
    return [(event.data or b"").decode()[9:-2] for event in events]


async def verify(log: Log) -> dict[str, int]:
    """How long each stream is; fails at the first chain that does not hold, and when the log as a whole disagrees."""
    lengths = {}
    for stream in await log.streams(limit=1_000_000):
        verifier = Verifier(stream)
        verifier.feed(await log.read(stream))
        verifier.end()
        assert verifier.broken is None
        head = await log.head(stream)
        assert head is not None
        assert (head.seq, head.digest) == (verifier.seq, verifier.digest)
        lengths[stream] = verifier.seq
    placed = await log.read_all(limit=1_000_000)
    assert [each.position for each in placed] == sorted({each.position for each in placed})
    assert sum(lengths.values()) == len(placed)
    assert await log.position() == (placed[-1].position if placed else 0)
    return lengths
