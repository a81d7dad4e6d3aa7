"""Long bodies are read in a thread, so that whoever else asks something of the server meanwhile gets an answer.

Called by `ingest`. One at a time: two threads would only keep the event loop waiting twice as often, and how many
bodies may wait is bounded by `front`.
"""

import asyncio
from datetime import datetime

from watchroom.integrations.body_limits import check_limits
from watchroom.integrations.delivery import Limits, Read, Reading

ASIDE_BYTES = 64 * 1024
"""A body up to this length is read within a few milliseconds, and at once."""


class Aside:
    """Reads bodies: short ones at once, long ones in their turn and in a thread."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def read(self, read: Read, body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
        """What the body says. Raises Malformed, and TooLarge for one with too many values or levels."""
        if len(body) <= ASIDE_BYTES:
            return _read(read, body, source, limits, now)
        async with self._turn:
            return await asyncio.to_thread(_read, read, body, source, limits, now)


def _read(read: Read, body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    check_limits(body, limits.values_max, limits.depth_max)
    return read(body, source, limits, now)
