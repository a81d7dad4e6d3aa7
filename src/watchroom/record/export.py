"""A stream as JSON Lines: first its signed head, then one event a line, with all that verifying needs; and back.

Written from the stored bytes and read into the same bytes, so that an export of an import is the export again, but
for who signs its head. Reading finds every changed byte, every line that is missing, doubled, out of place or cut.
Called by the shell, the API and the import. The format is described for others in docs/proof.md.
"""

import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from watchroom.base.errors import Malformed, NotFound, TooLarge, Unavailable
from watchroom.record.chain import Verifier, unseal
from watchroom.record.codec import export_line
from watchroom.record.event import Event
from watchroom.record.log import Head, Log
from watchroom.record.redaction import REDACTED, left_by
from watchroom.record.signing import FORMAT, SignedHead, Signer

PAGE_EVENTS = 1_000
LINE_BYTES_MAX = 64 * 2**20
"""The longest line that is read; a fact is far shorter, and a file without line breaks must not fill the memory."""

_TAIL = re.compile(
    rb'(.*),"(?:salt":"([0-9a-f]{32})|commitment":"([0-9a-f]{64}))","digest":"([0-9a-f]{64})"\}', re.DOTALL
)
_heads = msgspec.json.Decoder(SignedHead)


class NotWhole(Malformed):
    """An export in which something is missing, changed or out of place. The message names the first such event."""

    code = "not_whole"


async def export_lines(log: Log, stream: str, head: Head, signer: Signer) -> AsyncIterator[bytes]:
    """The export of a stream up to `head`, in pieces of whole lines.

    Raises Unavailable when something in it is redacted meanwhile: the fact that says so would stand behind its head,
    and the export would look forged.
    """
    yield signer.head(stream, head).line() + b"\n"
    after = 0
    bare: set[int] = set()
    while after < head.seq:
        events = await log.read(stream, after, min(PAGE_EVENTS, head.seq - after))
        if not events:
            return
        bare |= {event.seq for event in events if event.redacted}
        bare -= _named(events)
        yield b"".join(export_line(event) + b"\n" for event in events)
        after = events[-1].seq
    if bare and bare & _named(await log.read(stream, head.seq)):
        raise Unavailable("Something in it was redacted while it was exported.", hint="Export it again.")


def _named(events: list[Event]) -> set[int]:
    """Which events these say were redacted."""
    return {found[0] for event in events if event.kind == REDACTED and (found := left_by(event)) is not None}


async def redacted_since(log: Log, stream: str, seq: int) -> bool:
    """Whether something was redacted after that event, so that what was made of the stream until then must not be
    given away any more."""
    return any(event.kind == REDACTED for event in await log.read(stream, seq))


class Export:
    """An export that is being read. `head` is there at once; `events` checks while it reads, up to the end."""

    def __init__(self, file: BinaryIO, key: str | None = None) -> None:
        """`key` is the public key that must have signed the head, if one is known. Raises NotWhole."""
        self._file = file
        self.head = self._read_head(key)

    def events(self) -> Iterator[Event]:
        """The events in order. Raises NotWhole at the first that is not as it was, and at the end when some are
        missing: what came before must then not be used."""
        verifier = Verifier(self.head.stream, shown=False)
        while (line := self._line(f"Event {verifier.seq + 1}")) is not None:
            number = verifier.seq + 1
            if number > self.head.seq:
                raise NotWhole(f"There is more after event {verifier.seq}, the last one by its head.", hint=_HINT)
            event = _event_of(line)
            if event is None:
                raise NotWhole(f"Event {number} cannot be read: it is not as it was written.", hint=_HINT)
            verifier.feed([event])
            _check(verifier)
            yield event
        if verifier.seq < self.head.seq:
            raise NotWhole(
                f"Event {verifier.seq + 1} is missing: the file ends there, its head says {self.head.seq}.", hint=_HINT
            )
        if verifier.digest.hex() != self.head.digest:
            raise NotWhole(
                f"Event {verifier.seq} has another digest than the head says: the head belongs to another record.",
                hint=_HINT,
            )
        verifier.end()
        _check(verifier)

    def _read_head(self, key: str | None) -> SignedHead:
        line = self._line("The head")
        try:
            head = _heads.decode(line or b"")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotWhole(
                "The first line is no signed head: it is missing, or not as it was written.", _HINT
            ) from error
        if head.format != FORMAT:
            raise NotWhole(
                f"The head says format {head.format[:40]!r}, not {FORMAT}.",
                hint="A newer Watchroom may have written it: use that one.",
            )
        if head.line() != line or head.seq < 1:
            raise NotWhole("The first line is not as it was written.", hint=_HINT)
        if not head.is_genuine():
            raise NotWhole("The head's signature is not that of its key over what it says.", hint=_HINT)
        if key is not None and head.key != key:
            raise NotWhole(
                f"The head is signed by another key, {head.key}.",
                hint="Ask the install that it comes from for its key.",
            )
        return head

    def _line(self, what: str) -> bytes | None:
        """The next line without its end; None after the last one."""
        line = self._file.readline(LINE_BYTES_MAX)
        if not line:
            return None
        if not line.endswith(b"\n"):
            raise NotWhole(f"{what} is cut off in the middle of its line.", hint=_HINT)
        return line[:-1]


_HINT = "Export it again from the install that has it, and compare."


def _check(verifier: Verifier) -> None:
    if (fault := verifier.broken) is not None:
        raise NotWhole(f"Event {fault.seq} {fault.why}.", hint=_HINT)


def _event_of(line: bytes) -> Event | None:
    """The event of one line; None when it is not exactly as an export writes it."""
    head, _, rest = line.partition(b',"data":')
    found = _TAIL.fullmatch(rest)
    if found is None:
        return None
    data, salt, commitment, digest = found.groups()
    bare = salt is None
    try:
        msgspec.json.decode(line)
        event = unseal(
            head + b"}",
            None if bare else data,
            None if bare else bytes.fromhex(salt.decode()),
            bytes.fromhex(digest.decode()),
            bytes.fromhex(commitment.decode()) if bare else None,
        )
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return event if export_line(event) == line else None


def as_stored(events: list[Event]) -> list[Event]:
    """Events of an export as a store keeps them: what a redaction left, which is null there, in its place."""
    left = dict(found for event in events if event.kind == REDACTED and (found := left_by(event)) is not None)
    return [msgspec.structs.replace(event, data=left.get(event.seq)) if event.redacted else event for event in events]


def read_file(path: Path, key: str | None, bytes_max: int) -> tuple[SignedHead, list[Event]]:
    """A whole exported file. Raises NotWhole, Malformed, TooLarge, NotFound when it cannot be read."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > bytes_max:
                raise TooLarge(
                    f"{path} has {size} bytes; {bytes_max} are taken in at most.", hint="Raise import_bytes_max."
                )
            export = Export(file, key)
            return export.head, list(export.events())
    except OSError as error:
        raise NotFound(
            f"{path} cannot be read: {error.strerror or error}.",
            hint="Give an exported file that the user who runs the server may read.",
        ) from error
