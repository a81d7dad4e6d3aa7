"""An event from the columns that a store keeps of it.

Called by the stores' reads. Never fails: what is damaged is shown as it lies there.
"""

import msgspec

from watchroom.base.clock import EPOCH
from watchroom.record.chain import unseal
from watchroom.record.event import DAMAGED, Event


def stored_event(
    stream: str, seq: int, head: bytes, data: bytes | None, salt: bytes | None, digest: bytes, commitment: bytes | None
) -> Event:
    """The event; one of kind `DAMAGED` when its head cannot be read or is not of this place."""
    try:
        event = unseal(head, data, salt, digest, commitment)
        if (event.stream, event.seq) == (stream, seq):
            return event
    except msgspec.DecodeError:
        pass
    # Shown as it lies there, so that `verify` can name it and the rest of the stream stays readable.
    return Event(stream, seq, EPOCH, EPOCH, "", "", None, DAMAGED, head, data, salt, digest, commitment)
