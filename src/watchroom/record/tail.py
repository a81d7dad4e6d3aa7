"""The last events of the log in memory, so that a follower who has just been woken need not ask the disk.

Called by `sqlite_log` on the event loop. Bounded in bytes; never holds an event that is not durable.
"""

import bisect
from collections.abc import Sequence

from watchroom.record.log import Placed

_OVERHEAD_BYTES = 600
"""What an event takes in memory besides its data, about."""


class Tail:
    """All events placed after `floor`, as far as they fit in `max_bytes`."""

    def __init__(self, floor: int, max_bytes: int) -> None:
        self._floor = floor
        self._max_bytes = max_bytes
        self._size_bytes = 0
        self._placed: list[Placed] = []

    def extend(self, placed: Sequence[Placed]) -> None:
        """Take in what was just committed, in order; the oldest go when it is too much."""
        self._placed += placed
        self._size_bytes += sum(map(_size, placed))
        if self._size_bytes > self._max_bytes:
            # Down to half, so that the cost of moving the list is shared by many commits.
            gone = 0
            while gone < len(self._placed) and self._size_bytes > self._max_bytes // 2:
                self._size_bytes -= _size(self._placed[gone])
                gone += 1
            self._floor = self._placed[gone - 1].position
            del self._placed[:gone]

    def forget(self) -> None:
        """Hold nothing any more: what was redacted must not be read from here. Readers then ask the disk."""
        if self._placed:
            self._floor = self._placed[-1].position
        self._placed, self._size_bytes = [], 0

    def read(self, after: int, limit: int) -> list[Placed] | None:
        """Up to `limit` events placed after `after`, or None when some of them are no longer here."""
        if after < self._floor:
            return None
        start = bisect.bisect_right(self._placed, after, key=_position)
        return self._placed[start : start + max(limit, 0)]


def _position(placed: Placed) -> int:
    return placed.position


def _size(placed: Placed) -> int:
    return len(placed.event.data or b"") + _OVERHEAD_BYTES
