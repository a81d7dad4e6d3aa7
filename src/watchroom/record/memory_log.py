"""A record in memory: the log protocol without durability, for tests, drills in a simulation and short-lived tools.

Called through the `Log` protocol, as every store. Keeps everything until it goes; never touches a disk.
"""

import bisect
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from watchroom.base.errors import Unavailable
from watchroom.base.rng import Chance
from watchroom.record.admission import admit
from watchroom.record.chain import emptied
from watchroom.record.event import Claim, Event, Redaction, StreamAppend
from watchroom.record.log import FAR_LEASES, Appended, Head, HeldLease, Placed, Reached, Snapshot, StoredProjection
from watchroom.record.notice import tell


class _Projection(msgspec.Struct):
    version: str
    position: int
    rows: dict[str, bytes]


class MemoryLog:
    """The whole `Log` protocol on dictionaries."""

    def __init__(self, chance: Chance | None = None) -> None:
        self._chance = chance or Chance()
        self._all: list[Placed] = []
        self._streams: dict[str, list[Event]] = {}
        self._heads: dict[str, Head] = {}
        self._claims: dict[tuple[str, str], str] = {}
        self._projections: dict[str, _Projection] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._leases: dict[str, tuple[str, datetime]] = {}
        self._rows: dict[tuple[str, str], bytes] = {}
        self._told: list[Reached] = []
        self._closed = False

    async def append(
        self, appends: Sequence[StreamAppend], claims: Sequence[Claim] = (), redactions: Sequence[Redaction] = ()
    ) -> Appended:
        """See `Log.append`."""
        self._open()
        admitted = admit(appends, claims, self._heads.get, self._claims.get, self._salt, redactions)
        self._heads.update(admitted.heads)
        for place, stream in admitted.claims.items():
            if stream is None:
                self._claims.pop(place, None)
            else:
                self._claims[place] = stream
        for event in admitted.events:
            self._all.append(Placed(len(self._all) + 1, event))
            self._streams.setdefault(event.stream, []).append(event)
        for redaction in redactions:
            self._redact(redaction)
        if admitted.events:
            tell(self._told, {stream: head.seq for stream, head in admitted.heads.items()}, len(self._all))
        return Appended(admitted.events, len(self._all))

    def _redact(self, redaction: Redaction) -> None:
        events = self._streams[redaction.stream]
        event = events[redaction.seq - 1]
        self._snapshots.pop(redaction.stream, None)
        if event.redacted:
            return
        events[redaction.seq - 1] = bare = emptied(event, redaction.left)
        place = next(place for place, placed in enumerate(self._all) if placed.event is event)
        self._all[place] = Placed(self._all[place].position, bare)

    async def scrub(self, texts: Sequence[bytes] | None = ()) -> None:
        """See `Log.scrub`. Memory has no files."""
        self._open()

    async def read(self, stream: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """See `Log.read`."""
        after = max(after, 0)
        return self._streams.get(stream, [])[after : None if limit is None else after + max(limit, 0)]

    async def read_before(self, stream: str, before: int, limit: int) -> list[Event]:
        """See `Log.read_before`."""
        upto = self._streams.get(stream, [])[: max(before - 1, 0)]
        return upto[-limit:] if limit > 0 else []

    async def read_all(self, after: int = 0, limit: int = 1_000) -> list[Placed]:
        """See `Log.read_all`."""
        after = max(after, 0)
        return self._all[after : after + max(limit, 0)]

    async def head(self, stream: str) -> Head | None:
        """See `Log.head`."""
        return self._heads.get(stream)

    async def position(self) -> int:
        """See `Log.position`."""
        return len(self._all)

    async def streams(self, after: str = "", limit: int = 1_000) -> list[str]:
        """See `Log.streams`."""
        names = sorted(self._streams)
        start = bisect.bisect_right(names, after)
        return names[start : start + max(limit, 0)]

    async def holder(self, scope: str, key: str) -> str | None:
        """See `Log.holder`."""
        return self._claims.get((scope, key))

    async def holders(self, scope: str) -> dict[str, str]:
        """See `Log.holders`."""
        return {key: stream for (of, key), stream in self._claims.items() if of == scope}

    def on_reached(self, reached: Reached) -> None:
        """See `Log.on_reached`."""
        self._told.append(reached)

    async def load_projection(self, name: str) -> StoredProjection | None:
        """See `Log.load_projection`."""
        kept = self._projections.get(name)
        return None if kept is None else StoredProjection(kept.version, kept.position, dict(kept.rows))

    async def save_projection(
        self, name: str, version: str, position: int, changed: Mapping[str, bytes | None]
    ) -> None:
        """See `Log.save_projection`."""
        self._open()
        kept = self._projections.get(name)
        if kept is not None and kept.version == version and kept.position > position:
            return
        rows = kept.rows if kept is not None and kept.version == version else {}
        for key, body in changed.items():
            if body is None:
                rows.pop(key, None)
            else:
                rows[key] = body
        self._projections[name] = _Projection(version, position, rows)

    async def drop_projection(self, name: str) -> None:
        """See `Log.drop_projection`."""
        self._open()
        self._projections.pop(name, None)

    async def snapshot(self, stream: str) -> Snapshot | None:
        """See `Log.snapshot`."""
        return self._snapshots.get(stream)

    async def save_snapshot(self, stream: str, snapshot: Snapshot) -> None:
        """See `Log.save_snapshot`."""
        self._open()
        self._snapshots[stream] = snapshot

    async def take_lease(self, name: str, holder: str, now: datetime, seconds: float) -> bool:
        """See `Log.take_lease`."""
        self._open()
        owner, until = self._leases.get(name, (holder, now))
        if owner not in ("", holder) and now < until <= now + timedelta(seconds=FAR_LEASES * seconds):
            return False
        self._leases[name] = (holder, now + timedelta(seconds=seconds))
        return True

    async def give_lease(self, name: str, holder: str, now: datetime) -> None:
        """See `Log.give_lease`."""
        self._open()
        if name in self._leases and self._leases[name][0] == holder:
            self._leases[name] = ("", now)

    async def lease(self, name: str) -> HeldLease | None:
        """See `Log.lease`."""
        self._open()
        return HeldLease(*self._leases[name]) if name in self._leases else None

    async def put_row(self, table: str, key: str, body: bytes) -> None:
        """See `Log.put_row`."""
        self._open()
        self._rows[table, key] = body

    async def row(self, table: str, key: str) -> bytes | None:
        """See `Log.row`."""
        return self._rows.get((table, key))

    async def take_row(self, table: str, key: str) -> bytes | None:
        """See `Log.take_row`."""
        self._open()
        return self._rows.pop((table, key), None)

    async def rows(self, table: str) -> dict[str, bytes]:
        """See `Log.rows`."""
        return {key: body for (of, key), body in self._rows.items() if of == table}

    async def close(self) -> None:
        """See `Log.close`."""
        self._closed = True

    def _open(self) -> None:
        if self._closed:
            raise Unavailable("The record is closed.", hint="Open it again to write to it.")

    def _salt(self) -> bytes:
        return self._chance.salt()
