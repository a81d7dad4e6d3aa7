"""What waits to be written: an append with whoever waits for it, and about how much room it takes in a queue.

Made by the stores on the event loop, answered by their writers. Never decides anything.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from watchroom.record.event import Claim, StreamAppend


class AppendRequest(msgspec.Struct, gc=False):
    """Somebody waits for these appends and claims."""

    appends: Sequence[StreamAppend]
    claims: Sequence[Claim]
    future: "asyncio.Future[Any]"
    size_bytes: int


def size_of(appends: Iterable[StreamAppend]) -> int:
    """About how many bytes the appends take in the queue."""
    return sum(200 + sum(len(draft.data) + 400 for draft in append.drafts) for append in appends)
