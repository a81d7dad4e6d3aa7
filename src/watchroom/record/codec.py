"""Facts to bytes and back, by kind; and events as the API and the export write them.

Called by the write path, folds and projections. Never re-encodes what is stored: lines are put together from the
stored bytes, so that what the digest covers is what is handed out.
"""

from collections.abc import Callable, Iterable

import msgspec

from watchroom.record.event import DAMAGED, Event, Fact, kind_of


class UnknownFact(Fact, frozen=True, kw_only=True):
    """A fact of a kind that this version does not know (written by a newer one). Folds pass over it."""

    kind: str
    data: msgspec.Raw


class DamagedFact(Fact, frozen=True, kw_only=True):
    """What stands in the record here can no longer be read. Folds pass over it; `verify` names it."""

    kind: str
    why: str


_check: Callable[[bytes], msgspec.Raw] = msgspec.json.Decoder(msgspec.Raw).decode
_encode: Callable[[Fact], bytes] = msgspec.json.Encoder().encode


class FactCodec:
    """Encodes facts, and decodes those of the classes it was given."""

    def __init__(self, facts: Iterable[type[Fact]]) -> None:
        self._decoders: dict[str, msgspec.json.Decoder[Fact]] = {}
        self.kinds: dict[type[Fact], str] = {}
        for fact in facts:
            kind = kind_of(fact)
            if kind in self._decoders:
                raise ValueError(f"Two facts are both called {kind}.")
            self._decoders[kind] = msgspec.json.Decoder(fact)
            self.kinds[fact] = kind

    def encode(self, fact: Fact) -> bytes:
        """The fact as JSON."""
        return _encode(fact)

    def decode(self, event: Event) -> Fact | None:
        """The event's fact; once redacted, what was left of it, or None; UnknownFact for a kind not known here.

        DamagedFact for what cannot be read: one bad row must not keep people out of their room.
        """
        if event.kind == DAMAGED:
            return DamagedFact(kind=DAMAGED, why="The head of the row cannot be read.")
        if event.data is None:
            return None
        decoder = self._decoders.get(event.kind)
        if decoder is None:
            return None if event.redacted else UnknownFact(kind=event.kind, data=msgspec.Raw(event.data))
        try:
            return decoder.decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            # Redacted by a version that knew less of this kind, and so left less of it; or damaged.
            return None if event.redacted else DamagedFact(kind=event.kind, why=str(error))


def event_json(event: Event) -> bytes:
    """The event as the API shows it: head, `data` (null once redacted, or when it cannot be read) and `digest`, as one
    JSON object."""
    head, data = event.head, _said(event)
    if event.kind == DAMAGED:
        head = msgspec.json.encode({"stream": event.stream, "seq": event.seq, "kind": DAMAGED})
        data = b"null"
    else:
        try:
            _check(data)
        except msgspec.DecodeError:
            data = b"null"
    return b'%b,"data":%b,"digest":"%b"}' % (head[:-1], data, event.digest.hex().encode())


def _said(event: Event) -> bytes:
    """What the digest covers. What a redaction left is said by its own fact, and shown nowhere as if it were proved."""
    return event.data if event.data is not None and not event.redacted else b"null"


def export_line(event: Event) -> bytes:
    """The event as one line of an export: as `event_json`, with the `salt` or, once redacted, the `commitment`."""
    if event.salt is not None:
        opening = b'"salt":"%b"' % event.salt.hex().encode()
    else:
        opening = b'"commitment":"%b"' % (event.commitment or b"").hex().encode()
    return b'%b,"data":%b,%b,"digest":"%b"}' % (
        event.head[:-1],
        _said(event),
        opening,
        event.digest.hex().encode(),
    )
