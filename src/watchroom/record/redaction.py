"""Redaction: the fact that says which event of its stream was purged, by whom, why, and what was left of it.

The one fact that the record itself understands, since the chain is only whole with it: an event without its salt must
be named by one. Written by `incident/redaction`, read by `chain`, by the projections and by the pages. Never purges
anything itself: the stores do.
"""

from typing import Annotated, Any

import msgspec

from watchroom.record.event import Event, Fact, kind_of


class Redacted(Fact, frozen=True, kw_only=True):
    """What an earlier event of this stream said was purged for good; that it stood there, and its digest, stays."""

    seq: Annotated[int, msgspec.Meta(description="The number of the event that was purged.")]
    kind: Annotated[str, msgspec.Meta(description="What kind of event it was.")]
    reason: str
    left: Annotated[
        dict[str, Any],
        msgspec.Meta(description="What is left of it: numbers, times, ids and choices, without anybody's words."),
    ] = {}


REDACTED = kind_of(Redacted)
GONE = "[redacted]"
"""What stands in place of a text that was purged."""

_decode = msgspec.json.Decoder(Redacted).decode


def left_bytes(left: dict[str, Any]) -> bytes | None:
    """What a store keeps in place of the data: `left` as JSON, None when nothing is left."""
    return msgspec.json.encode(left) if left else None


def left_by(event: Event) -> tuple[int, bytes | None] | None:
    """Which event a `redacted` event speaks of and what a store shows in its place; None when it cannot be read."""
    try:
        fact = _decode(event.data or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return fact.seq, left_bytes(fact.left)
