"""The log protocol: what every store offers, whatever it is made of.

Backends: `memory_log`, `sqlite_log` (one process), `postgres_log` (many). One contract suite, `tests/contracts`,
runs against all of them. Callers are the write path (`incident/handle`, `integrations`), the readers (`web`, `cli`)
and the projections. A store holds one organisation's streams, the first column of every key.

A write returns only when it is durable. Raises `Conflict` (expected number or claim not met; nothing was written),
`Unavailable` (the store cannot write just now; nothing was written) and `Overloaded` (its queue is full).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from watchroom.record.event import Claim, Event, Redaction, StreamAppend


class Head(msgspec.Struct, frozen=True, gc=False):
    """Where a stream ends: the number and the digest of its last event."""

    seq: int
    digest: bytes


class Appended(msgspec.Struct, frozen=True, gc=False):
    """What an append wrote: the events, stream by stream in the order given, and the last one's place in the whole
    log."""

    events: list[Event]
    position: int


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An event with its place in the whole log. Places follow commit order and may have gaps."""

    position: int
    event: Event


class StoredProjection(msgspec.Struct, frozen=True):
    """A projection as it was last saved: it has taken in everything up to `position`."""

    version: str
    position: int
    rows: dict[str, bytes]


class Snapshot(msgspec.Struct, frozen=True):
    """A fold as it stood at `seq`, made by code whose `fingerprint` must still be the same to be of use."""

    seq: int
    fingerprint: str
    body: bytes


class HeldLease(msgspec.Struct, frozen=True):
    """A lease as it is stored: who has it and until when; given back at that time where nobody has it."""

    holder: str
    until: datetime


FAR_LEASES = 4
"""How many times its own length a lease may seem to run on; beyond that, the clock was set back since it was taken."""

Reached = Callable[[Mapping[str, int], int], None]
"""Told after each commit: the new last number of each stream written, and the log's last position. Must not block.

What another process commits is told late, and several commits at once. An empty mapping says "look yourself": somebody
has written, and the store cannot say where, so that nothing kept in memory may be trusted unseen.
"""


class Log(Protocol):
    """An organisation's record."""

    async def append(
        self, appends: Sequence[StreamAppend], claims: Sequence[Claim] = (), redactions: Sequence[Redaction] = ()
    ) -> Appended:
        """Write all of it durably, or nothing.

        In the same commit each of `redactions` loses its data and salt (data becomes `left`, the commitment is kept;
        one that was redacted before stays as it is), and the streams they are in lose their snapshots. From then on
        no read gives the text back, in this process or another. Raises Conflict when there is no such event.
        """

    async def scrub(self, texts: Sequence[bytes] | None = ()) -> None:
        """Return once nothing that was redacted, replaced or deleted is left in the store's own files: not in its
        write-ahead log, nor in free pages.

        `texts` are what must not be found there; a store may look for them to decide how thorough it must be. With
        None it is as thorough as it can. It may take long, and writers wait meanwhile. Raises Unavailable when it
        cannot be done now; it may then be called again.
        """

    async def read(self, stream: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """The stream's events with `seq > after`, in order. An unknown stream is empty."""

    async def read_before(self, stream: str, before: int, limit: int) -> list[Event]:
        """The last `limit` events with `seq < before`, in order."""

    async def read_all(self, after: int = 0, limit: int = 1_000) -> list[Placed]:
        """Events of all streams with `position > after`, in commit order."""

    async def head(self, stream: str) -> Head | None:
        """Where the stream ends, or None when it has no event."""

    async def position(self) -> int:
        """The place of the last event of the whole log; 0 when it is empty."""

    async def streams(self, after: str = "", limit: int = 1_000) -> list[str]:
        """Names of streams greater than `after`, sorted."""

    async def holder(self, scope: str, key: str) -> str | None:
        """The stream that holds the claim, or None."""

    async def holders(self, scope: str) -> dict[str, str]:
        """All claims of a scope, key to stream."""

    def on_reached(self, reached: Reached) -> None:
        """Have `reached` called on the event loop after each commit, this process's or another's."""

    async def load_projection(self, name: str) -> StoredProjection | None:
        """The projection as last saved, or None."""

    async def save_projection(
        self, name: str, version: str, position: int, changed: Mapping[str, bytes | None]
    ) -> None:
        """Save changed rows (None deletes) and the position they stand for, all or nothing. Rows of another
        version go.

        `changed` has every row that changed since this process loaded, saved or dropped the projection. So several
        processes can save it, each at its own pace: a save is passed over when another has saved a later position, or
        is making the projection anew.
        """

    async def drop_projection(self, name: str) -> None:
        """Forget a projection's rows and position."""

    async def snapshot(self, stream: str) -> Snapshot | None:
        """The stream's last saved fold, or None."""

    async def save_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        """Keep a fold, in place of the stream's earlier one."""

    async def take_lease(self, name: str, holder: str, now: datetime, seconds: float) -> bool:
        """Take or renew the lease until `now + seconds`; False while another holder's has not run out at `now`.

        A lease that would run on for longer than `FAR_LEASES` times `seconds` was taken before the clock was set back,
        and is void: nobody waits an hour for a holder that died.
        """

    async def give_lease(self, name: str, holder: str, now: datetime) -> None:
        """Give the lease back at `now`, if `holder` has it."""

    async def lease(self, name: str) -> HeldLease | None:
        """How the lease stands, run out or not; None when nobody has ever had it."""

    async def put_row(self, table: str, key: str, body: bytes) -> None:
        """Write an erasable row (session, token, one-time link): what must be deletable is no fact."""

    async def row(self, table: str, key: str) -> bytes | None:
        """An erasable row, or None."""

    async def take_row(self, table: str, key: str) -> bytes | None:
        """Delete an erasable row and return what it held: of two callers only one gets it."""

    async def rows(self, table: str) -> dict[str, bytes]:
        """All erasable rows of a table."""

    async def close(self) -> None:
        """Finish what is queued and let go of the store."""
