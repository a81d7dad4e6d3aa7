"""Forgetting: when any process has redacted something, this one drops what it still holds of it in memory.

The record gives the words back to nobody, but a process remembers: folded rooms, signals and where they went, the
last bodies of senders, alerts that it has read before. The inbox, which every process keeps level with the record,
notes each redaction here. Called by `purge`, which does the forgetting. Never touches the record.
"""

import asyncio
from collections.abc import Awaitable, Callable

from watchroom.incident.doors import is_room
from watchroom.incident.folds import Folds
from watchroom.incident.listing import Listing


class Forgetting:
    """What was redacted and is not forgotten here yet."""

    def __init__(self, folds: Folds, listing: Listing) -> None:
        self._folds = folds
        self._listing = listing
        self._at_once: list[Callable[[], object]] = []
        self._room: list[Callable[[str], Awaitable[None]]] = []
        self._streams: set[str] = set()
        self._woken = asyncio.Event()

    def also(self, forget: Callable[[], object]) -> None:
        """Have this called, too, whenever something was redacted: it drops everything it remembers."""
        self._at_once.append(forget)

    def also_of_rooms(self, forget: Callable[[str], Awaitable[None]]) -> None:
        """Have this awaited with the room in which something was redacted, once the lists are made anew."""
        self._room.append(forget)

    def note(self, stream: str) -> None:
        """Something in this stream was redacted."""
        for forget in self._at_once:
            forget()
        if is_room(stream):
            self._streams.add(stream)
            self._woken.set()

    async def wait(self) -> None:
        """Return once there is something to forget."""
        await self._woken.wait()

    async def forget(self) -> None:
        """Drop what is held of every room that was noted. The lists must have caught up. Raises Unavailable; it is
        noted still, then."""
        streams = set(self._streams)
        for room in sorted(streams):
            await self._folds.forget(room)
            for forget in self._room:
                await forget(room)
        await self._listing.settle()
        self._streams -= streams
        if not self._streams:
            self._woken.clear()
