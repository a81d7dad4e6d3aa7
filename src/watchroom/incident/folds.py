"""Folded rooms, kept in memory while they are hot and as snapshots in the store when they are long.

`get` answers with the room as it stands now, as far as this process has heard: it reads only what the cache has not
seen. What another process has just written is heard of a little later; `refresh` asks the store. Called by the
write path, the pages and the lists. Nobody but this file changes an `Incident`.
"""

import asyncio
import hashlib
import inspect
from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec

from watchroom.incident.incident import CODEC, IMPORTED, MODULES, Incident, advance
from watchroom.incident.undo import Retracted
from watchroom.record.event import Event, Redaction
from watchroom.record.log import Log, Snapshot
from watchroom.record.redaction import REDACTED

PAGE_EVENTS = 2_000
SNAPSHOT_EVERY_EVENTS = 1_000
REWRITING = frozenset({"retracted", REDACTED})
"""Kinds of events that change how earlier ones are read."""
ROOM_BYTES = 4_096
"""What a room takes besides what its facts hold, about."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Incident).decode


def fingerprint() -> str:
    """Names the code that folds: a snapshot made by other code is not used."""
    digest = hashlib.sha256()
    for module in (*MODULES, inspect.getmodule(Incident)):
        assert module is not None
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()[:32]


class Folds:
    """A cache of folded rooms over a log.

    At most `rooms_max` rooms and about `bytes_max` bytes are kept; the least used goes first.
    """

    def __init__(self, log: Log, rooms_max: int = 500, bytes_max: int = 256 * 2**20) -> None:
        self._log = log
        self._rooms_max = rooms_max
        self._bytes_max = bytes_max
        self._sizes: dict[str, int] = {}
        self._loaded: dict[str, int] = {}
        """Bytes of the snapshots that rooms on their way into memory began from."""
        self.rooms_bytes = 0
        """About how much the rooms in memory take."""
        self._rooms: OrderedDict[str, Incident] = OrderedDict()
        self._reached: dict[str, int] = {}
        self._unsure: set[str] = set()
        """Rooms that may have moved: the log said that somebody wrote, and could not say where."""
        self._locks: dict[str, asyncio.Lock] = {}
        self._saved: dict[str, int] = {}
        self._fingerprint = ""
        self._background: set[asyncio.Task[None]] = set()
        log.on_reached(self._on_reached)

    def _on_reached(self, reached: Mapping[str, int], position: int) -> None:
        for stream, seq in reached.items():
            # A room that is just being loaded may be read as it was before this commit.
            if stream in self._rooms or stream in self._locks:
                self._reached[stream] = max(seq, self._reached.get(stream, 0))
        if not reached:
            self._unsure = set(self._rooms) | set(self._locks)

    @property
    def rooms(self) -> int:
        """How many rooms are in memory."""
        return len(self._rooms)

    async def get(self, room: str) -> Incident | None:
        """The room as it stands now, or None when there is no such room."""
        incident = self._rooms.get(room)
        if incident is not None and incident.seq >= self._reached.get(room, 0) and room not in self._unsure:
            self._rooms.move_to_end(room)
            return incident
        return await self.refresh(room)

    async def current(self, room: str) -> Incident | None:
        """The room as far as the record has it at this moment, whichever process wrote last."""
        head = await self._log.head(room)
        incident = await self.get(room)
        return incident if head is None or incident is None or incident.seq >= head.seq else await self.refresh(room)

    async def refresh(self, room: str) -> Incident | None:
        """The room as the store has it, even when nothing was heard of it (after a conflict, say)."""
        lock = self._locks.setdefault(room, asyncio.Lock())
        async with lock:
            unsure = room in self._unsure
            # Before it is read: a word that comes during the reading makes it unsure again.
            self._unsure.discard(room)
            try:
                incident = self._rooms.get(room) or await self._load(room)
                caught_up = None if incident is None else await self._catch_up(incident)
                unsure = False
            finally:
                if unsure:
                    self._unsure.add(room)
            if caught_up is None:
                for book in (self._locks, self._reached):
                    book.pop(room, None)
            return caught_up

    async def redacted(self, room: str, redactions: Iterable[Redaction]) -> Incident:
        """The room as it would stand were these of its events redacted."""
        left = {redaction.seq: redaction.left for redaction in redactions}
        events = [
            msgspec.structs.replace(event, data=left[event.seq], salt=None) if event.seq in left else event
            for event in await self._log.read(room)
        ]
        return await self._fold(await self._blank(room), events, set())

    async def renew(self, room: str) -> None:
        """Forget the room as it was folded, and wait for snapshots that are on their way; then fold it again."""
        while self._background:
            await asyncio.wait(self._background)
        if await self._log.snapshot(room) is not None:
            # One that was made before the redaction came in after it: an empty one takes its place.
            await self._log.save_snapshot(room, Snapshot(0, "", b""))
        await self.forget(room)
        await self.refresh(room)

    def _drop(self, room: str) -> None:
        if self._rooms.pop(room, None) is not None:
            self.rooms_bytes -= self._sizes.pop(room, 0)
        for book in (self._saved, self._loaded):
            book.pop(room, None)

    async def forget(self, room: str) -> None:
        """Hold nothing of the room any more, also not what is just being read: something in it was redacted, by
        whichever process."""
        async with self._locks.setdefault(room, asyncio.Lock()):
            self._drop(room)

    async def without(self, room: str, *retracted: int) -> Incident:
        """The room as it would stand had these events not been said."""
        events = await self._log.read(room)
        return await self._fold(await self._blank(room), events, set(retracted))

    async def _blank(self, room: str) -> Incident:
        return Incident(room, imported=await self._log.holder(IMPORTED, room) is not None)

    async def _load(self, room: str) -> Incident | None:
        if not self._fingerprint:
            self._fingerprint = fingerprint()
        snapshot = await self._log.snapshot(room)
        if snapshot is not None and snapshot.fingerprint == self._fingerprint:
            incident = _decode(snapshot.body)
            self._saved[room] = snapshot.seq
            self._loaded[room] = len(snapshot.body)
        elif await self._log.head(room) is None:
            return None
        else:
            incident = await self._blank(room)
        return incident

    def _keep(self, incident: Incident, size: int) -> None:
        self._rooms[incident.id] = incident
        self._rooms.move_to_end(incident.id)
        self.rooms_bytes += size - self._sizes.get(incident.id, 0)
        self._sizes[incident.id] = size
        while len(self._rooms) > self._rooms_max or (self.rooms_bytes > self._bytes_max and len(self._rooms) > 1):
            gone, _ = self._rooms.popitem(last=False)
            self.rooms_bytes -= self._sizes.pop(gone, 0)
            for book in (self._reached, self._locks, self._saved):
                book.pop(gone, None)
            self._unsure.discard(gone)

    async def _catch_up(self, incident: Incident) -> Incident:
        room = incident.id
        size = self._sizes.get(room) or ROOM_BYTES + self._loaded.pop(room, 0)
        while True:
            events = await self._log.read(room, incident.seq, PAGE_EVENTS)
            size += sum(len(event.data or b"") for event in events)
            if any(event.kind in REWRITING for event in events):
                incident = await self.without(room)
            else:
                await self._fold(incident, events, set())
            if len(events) < PAGE_EVENTS:
                break
        self._keep(incident, size)
        if incident.seq - self._saved.get(room, 0) >= SNAPSHOT_EVERY_EVENTS:
            self._save(incident)
        return incident

    async def _fold(self, incident: Incident, events: list[Event], retracted: set[int]) -> Incident:
        decoded = [(event, CODEC.decode(event)) for event in events]
        retracted = retracted | {fact.seq for _, fact in decoded if isinstance(fact, Retracted)}
        for number, (event, fact) in enumerate(decoded, 1):
            advance(incident, event, fact, event.seq in retracted)
            if number % PAGE_EVENTS == 0:
                await asyncio.sleep(0)
        return incident

    def _save(self, incident: Incident) -> None:
        self._saved[incident.id] = incident.seq
        snapshot = Snapshot(incident.seq, self._fingerprint, _encode(incident))
        task = asyncio.ensure_future(self._log.save_snapshot(incident.id, snapshot))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
