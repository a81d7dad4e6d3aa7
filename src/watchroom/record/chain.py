"""The chain of digests that makes a stream provable.

    commitment = SHA-256(salt ‖ data)
    digest     = SHA-256(previous digest ‖ commitment ‖ head)

`head` is the JSON of everything but the fact itself (stream, seq, times, actor, tool, cause, kind), `data` the
stored bytes of the fact, `salt` 16 random bytes, and the digest before the first event is 32 zero bytes. Redaction
deletes salt and data and keeps the commitment, so the chain still verifies while nothing can be guessed from it.
An event without its salt is only whole when a later fact of the same stream says that it was redacted, and what is
shown in its place is what that fact says was left. Called by the stores on append and by `verify`. Never re-encodes.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

import msgspec

from watchroom.record.event import Draft, Event
from watchroom.record.redaction import REDACTED, left_by

GENESIS = bytes(32)
DAMAGED = "damaged"
"""The kind under which a store shows a row whose head cannot be read, or names another place than the row's own."""


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
        commitment = commitment_of(event.salt, event.data)
    else:
        commitment = event.commitment or b""
    return hashlib.sha256(previous + commitment + event.head).digest()


def emptied(event: Event, left: bytes | None) -> Event:
    """The event as it stands once it was redacted: `left` in place of its data, the commitment in place of its salt."""
    assert event.data is not None
    assert event.salt is not None
    return unseal(event.head, left, None, event.digest, commitment_of(event.salt, event.data))


def commitment_of(salt: bytes, data: bytes) -> bytes:
    """What stands for the data in the digest, and stays when salt and data are gone."""
    return hashlib.sha256(salt + data).digest()


class Verifier:
    """Walks one stream's events in order and remembers the first fault. Call `end` after the last one.

    With `shown=False` the data of redacted events is not there to be compared (an export has null in its place).
    """

    def __init__(self, stream: str, *, shown: bool = True) -> None:
        self.stream = stream
        self.seq = 0
        self.digest = GENESIS
        self.broken: Broken | None = None
        self._shown = shown
        self._bare: dict[int, bytes | None] = {}

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
                if event.kind == DAMAGED:
                    self.broken = Broken(self.stream, expected, "says that it stands in another place")
                self._heed_redaction(event)

    def _heed_redaction(self, event: Event) -> None:
        if event.redacted:
            self._bare[event.seq] = event.data
        elif event.kind == REDACTED and (found := left_by(event)) is not None and found[0] in self._bare:
            seq, left = found
            if self._bare.pop(seq) != left and self._shown:
                self.broken = Broken(self.stream, seq, "does not show what its redaction left of it")

    def end(self) -> None:
        """There are no more events: whatever was emptied without a fact that says so is the fault."""
        if self.broken is None and self._bare:
            self.broken = Broken(self.stream, min(self._bare), "was emptied, and no fact says that it was redacted")
