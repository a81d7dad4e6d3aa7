"""The chain of digests that makes a stream provable.

    commitment = SHA-256(salt ‖ data)
    digest     = SHA-256(previous digest ‖ commitment ‖ head)

`head` is the JSON of everything but the fact itself (stream, seq, times, actor, tool, cause, kind), `data` the
stored bytes of the fact, `salt` 16 random bytes, and the digest before the first event is 32 zero bytes. Redaction
deletes salt and data and keeps the commitment, so the chain still verifies while nothing can be guessed from it.
Called by the stores on append and by `verify`. Never re-encodes.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from watchroom.record.event import Draft, Event

GENESIS = bytes(32)
SALT_BYTES = 16


class _Head(msgspec.Struct, gc=False):
    stream: str
    seq: int
    at: datetime
    recorded_at: datetime
    actor: str
    via: str
    cause: str | None
    kind: str


_encode_head = msgspec.json.Encoder().encode
_decode_head = msgspec.json.Decoder(_Head).decode


class Broken(msgspec.Struct, frozen=True):
    """The first place where a stream does not hold together, and what is wrong there."""

    stream: str
    seq: int
    why: str


def seal(stream: str, seq: int, draft: Draft, salt: bytes, previous: bytes) -> Event:
    """The event that `draft` becomes as number `seq` of `stream`, chained to the digest `previous`."""
    head = _encode_head(
        _Head(stream, seq, draft.at, draft.recorded_at, draft.actor, draft.via, draft.cause, draft.kind)
    )
    digest = hashlib.sha256(previous + hashlib.sha256(salt + draft.data).digest() + head).digest()
    return Event(
        stream,
        seq,
        draft.at,
        draft.recorded_at,
        draft.actor,
        draft.via,
        draft.cause,
        draft.kind,
        head,
        draft.data,
        salt,
        digest,
    )


def unseal(head: bytes, data: bytes | None, salt: bytes | None, digest: bytes, commitment: bytes | None) -> Event:
    """An event from its stored parts. Raises msgspec.DecodeError when `head` is damaged."""
    h = _decode_head(head)
    return Event(
        h.stream, h.seq, h.at, h.recorded_at, h.actor, h.via, h.cause, h.kind, head, data, salt, digest, commitment
    )


def digest_of(event: Event, previous: bytes) -> bytes:
    """The digest that the event's stored bytes give when they follow `previous`."""
    if event.data is not None and event.salt is not None:
        commitment = hashlib.sha256(event.salt + event.data).digest()
    else:
        commitment = event.commitment or b""
    return hashlib.sha256(previous + commitment + event.head).digest()


class Verifier:
    """Walks one stream's events in order and remembers the first fault."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.seq = 0
        self.digest = GENESIS
        self.broken: Broken | None = None

    def feed(self, events: Iterable[Event]) -> None:
        """Check the next events; does nothing more once a fault was found."""
        for event in events:
            if self.broken is not None:
                return
            expected = self.seq + 1
            if event.stream != self.stream:
                self.broken = Broken(self.stream, expected, f"belongs to another stream, {event.stream}")
            elif event.seq != expected:
                self.broken = Broken(self.stream, expected, f"is missing: the next one stored is {event.seq}")
            elif digest_of(event, self.digest) != event.digest:
                self.broken = Broken(self.stream, expected, "does not match its digest")
            else:
                self.seq, self.digest = event.seq, event.digest
