"""What waits to be written: an append with whoever waits for it, and about how much room it takes in a queue.

Made by the stores on the event loop, answered by their writers. Never decides anything.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from watchroom.record.event import Claim, Redaction, StreamAppend


class AppendRequest(msgspec.Struct, gc=False):
    """Somebody waits for these appends and claims."""

    appends: Sequence[StreamAppend]
    claims: Sequence[Claim]
    future: "asyncio.Future[Any]"
    size_bytes: int
    redactions: Sequence[Redaction] = ()


def size_of(appends: Iterable[StreamAppend]) -> int:
    """About how many bytes the appends take in the queue."""
    return sum(200 + sum(len(draft.data or b"") + 400 for draft in append.drafts) for append in appends)
