"""Moves one organisation's record from one store into another, byte for byte, and proves it before it counts.

Called by `watchroom record move`. The two ends (`sqlite_end`, `postgres_end`) read and write rows as they are stored:
positions, digests, salts and times of the wall stay what they were. All of it is one transaction of the target, so that
a move that is interrupted, or found wrong, has left nothing. What is derived (projections, snapshots) is not moved; the
first start makes it anew. Leases run out by themselves.
"""

import hashlib
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Protocol

import msgspec

from watchroom.base.errors import Refused
from watchroom.record.chain import Broken, Verifier
from watchroom.record.stored import stored_event

PAGE_EVENTS = 2_000

MOVED = frozenset({"event", "claim", "erasable"})
DERIVED = frozenset({"projection", "projection_row", "snapshot", "lease", "mark", "meta"})
"""Every table of either store is in one of the two sets; a test compares."""

Told = Callable[[int, int], None]


class EventRow(NamedTuple):
    """An event as it is stored."""

    position: int
    stream: str
    seq: int
    head: bytes
    data: bytes | None
    salt: bytes | None
    commitment: bytes | None
    digest: bytes
    wall_us: int


class ClaimRow(NamedTuple):
    """A claim as it is stored."""

    scope: str
    key: str
    stream: str


class ErasableRow(NamedTuple):
    """An erasable row as it is stored."""

    tab: str
    key: str
    body: bytes


class End(Protocol):
    """One end of a move: a record that nobody else writes to as long as the block lasts."""

    name: str
    """How people know it; nothing secret."""

    async def __aenter__(self) -> "End":
        """Take the record. Raises Unavailable while a server has it, MisConfigured when it is none."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go; what was written is taken back unless it was committed."""

    async def count_events(self) -> int:
        """How many events there are."""

    async def events(self, after: int, limit: int) -> list[EventRow]:
        """Events with `position > after`, in order."""

    async def claims(self) -> list[ClaimRow]:
        """All claims, sorted by the bytes of scope and key."""

    async def erasables(self) -> list[ErasableRow]:
        """All erasable rows, sorted by the bytes of table and key."""

    async def add(self, rows: list[EventRow]) -> None:
        """Write events."""

    async def add_beside(self, claims: list[ClaimRow], erasables: list[ErasableRow]) -> None:
        """Write claims and erasable rows."""

    async def commit(self) -> None:
        """Make it durable."""


class Moved(msgspec.Struct, frozen=True):
    """What was moved."""

    events: int
    streams: int
    claims: int
    rows: int
    sha256: str
    """Over all that was moved, in order; the same at both ends."""
    broken: Broken | None
    """The first event of the source that its chain does not prove, if it was moved nevertheless."""


class _Walk:
    """Everything of one end, in order: its fingerprint, and whether its chains hold."""

    def __init__(self) -> None:
        self.events = 0
        self.sha256 = hashlib.sha256()
        self.streams: dict[str, Verifier] = {}

    def take(self, rows: list[EventRow]) -> None:
        self.events += len(rows)
        for row in rows:
            self.sha256.update(msgspec.msgpack.encode(row))
            verifier = self.streams.setdefault(row.stream, Verifier(row.stream))
            verifier.feed([stored_event(row.stream, row.seq, row.head, row.data, row.salt, row.digest, row.commitment)])

    def take_beside(self, claims: list[ClaimRow], erasables: list[ErasableRow]) -> None:
        self.sha256.update(msgspec.msgpack.encode((claims, erasables)))

    @property
    def broken(self) -> Broken | None:
        return next((verifier.broken for verifier in self.streams.values() if verifier.broken is not None), None)


async def move(source: End, target: End, told: Told, *, damaged: bool = False) -> Moved:
    """Copy everything, read it back, compare, and only then commit. `told` hears how far of how much it is.

    `damaged` moves a record too whose chain does not hold; what is broken there stays broken. Raises Refused when the
    target is not empty, when the source's chain does not hold, and when what was read back is not what was read.
    """
    if await target.count_events() or await target.claims() or await target.erasables():
        raise Refused(
            f"{target.name} holds a record already.", hint="Move into an empty folder or database.", code="not_empty"
        )
    total = await source.count_events()
    read = _Walk()
    after = 0
    while page := await source.events(after, PAGE_EVENTS):
        await target.add(page)
        read.take(page)
        after = page[-1].position
        told(read.events, 2 * total)
    if read.broken is not None and not damaged:
        raise Refused(
            f"The record in {source.name} is damaged: event {read.broken.seq} of {read.broken.stream} "
            f"{read.broken.why}.",
            hint="Restore a back-up of it first, or move it as it is with --damaged.",
            code="damaged",
        )
    claims, erasables = await source.claims(), await source.erasables()
    await target.add_beside(claims, erasables)
    read.take_beside(claims, erasables)
    written = await _read_back(target, read.events, told)
    if written.sha256.digest() != read.sha256.digest() or written.events != read.events:
        raise Refused(
            f"What {target.name} gives back is not what was written to it.",
            hint="Nothing was moved. Check its disk, and try again.",
            code="not_equal",
        )
    await target.commit()
    return Moved(read.events, len(read.streams), len(claims), len(erasables), read.sha256.hexdigest(), written.broken)


async def _read_back(target: End, total: int, told: Told) -> _Walk:
    walk, after = _Walk(), 0
    while page := await target.events(after, PAGE_EVENTS):
        walk.take(page)
        after = page[-1].position
        told(total + walk.events, 2 * total)
    walk.take_beside(await target.claims(), await target.erasables())
    return walk
