"""What `watchroom incident verify` finds: the chain of a stream or of all of them, on the disk or in an exported file.

Called by `incident`. Reads beside a running server; never asks it: what is verified is what lies there.
"""

from pathlib import Path

import msgspec

from watchroom.base.errors import Malformed, NotFound
from watchroom.config import Settings
from watchroom.record.chain import Broken, Verifier
from watchroom.record.export import Export, NotWhole
from watchroom.record.log import Log
from watchroom.shell.reach import beside

PAGE_EVENTS = 2_000
DIGEST_BYTES = 32


class End(msgspec.Struct, frozen=True):
    """The last event of a stream."""

    seq: int
    digest: str
    """As hexadecimal digits."""


class Verdict(msgspec.Struct, frozen=True):
    """What verifying found."""

    whole: bool
    says: str
    streams: int
    events: int
    broken: Broken | None = None
    head: End | None = None
    """Where the stream ends, if one was asked for."""
    key: str = ""
    """The public key that signed an exported head."""


def digest_in(text: str, what: str = "digest") -> bytes:
    """A digest or a public key from 64 hexadecimal digits. Raises Malformed."""
    try:
        digest = bytes.fromhex(text.strip().removeprefix("sha256:"))
    except ValueError:
        digest = b""
    if len(digest) != DIGEST_BYTES:
        raise Malformed(f"{text[:80]!r} is no {what}.", hint=f"A {what} has 64 hexadecimal digits, as in an export.")
    return digest


def verify_file(path: Path, wanted: bytes | None, key: str | None) -> Verdict:
    """Check an exported file. Raises NotFound when it cannot be read."""
    at = count = 0
    try:
        with path.open("rb") as file:
            export = Export(file, key)
            for event in export.events():
                count = event.seq
                at = event.seq if event.digest == wanted else at
    except NotWhole as fault:
        return Verdict(False, f"{path.name}: {fault.message}", 1, count)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror or error}.", hint="Give an exported file.") from error
    head = export.head
    whole = f"{path.name}: {head.stream} holds together: {_count(count, 'event')}, signed by {head.key}"
    return _with_head(whole, wanted, (head.stream, at, count), 1, count, End(head.seq, head.digest), head.key)


async def verify_record(settings: Settings, id: str | None, wanted: bytes | None) -> Verdict:
    """Walk the chain of one stream, or of every one. Raises NotFound."""
    async with beside(settings) as log:
        if id is not None and await log.head(id) is None:
            raise NotFound(f"There is no incident {id[:80]!r}.", hint="`watchroom incident list --all` shows them all.")
        streams = await all_streams(log) if id is None else [id]
        events = 0
        place: tuple[str, int, int] = ("", 0, 0)
        verifier = None
        for stream in streams:
            verifier, at = await _walk(log, stream, wanted)
            events += verifier.seq
            if verifier.broken is not None:
                fault = verifier.broken
                says = f"Event {fault.seq} of {fault.stream} {fault.why}."
                return Verdict(False, says, len(streams), events, broken=fault)
            if at:
                place = (stream, at, verifier.seq)
    whole = (
        f"The record holds together: {_count(events, 'event')} in {_count(len(streams), 'stream')}"
        if id is None
        else f"{id} holds together"
    )
    head = End(verifier.seq, verifier.digest.hex()) if id is not None and verifier is not None else None
    return _with_head(whole, wanted, place, len(streams), events, head)


def _with_head(
    whole: str,
    wanted: bytes | None,
    place: tuple[str, int, int],
    streams: int,
    events: int,
    head: End | None,
    key: str = "",
) -> Verdict:
    """The verdict on a whole record: is the wanted digest in it, and where?"""
    stream, at, last = place
    if wanted is not None and not at:
        says = f"{whole}, but no event has the digest {wanted.hex()}: its end was cut off, or it is another record's."
        return Verdict(False, says, streams, events, head=head, key=key)
    if wanted is not None:
        whole += f"; the digest is that of event {at} of {stream}, "
        whole += "its last" if at == last else f"which has grown to {last} since"
    elif head is not None and not key:
        whole += f": {head.seq} events, the last with digest {head.digest}"
    return Verdict(True, whole + ".", streams, events, head=head, key=key)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


async def all_streams(log: Log) -> list[str]:
    """Every stream's name."""
    names: list[str] = []
    while page := await log.streams(names[-1] if names else ""):
        names += page
    return names


async def _walk(log: Log, stream: str, wanted: bytes | None) -> tuple[Verifier, int]:
    """Verify a whole stream; also the number of the event that has the digest `wanted`, or 0."""
    verifier, at = Verifier(stream), 0
    after = 0
    while events := await log.read(stream, after, PAGE_EVENTS):
        verifier.feed(events)
        if verifier.broken is not None:
            break
        at = next((event.seq for event in events if event.digest == wanted), at)
        after = events[-1].seq
    verifier.end()
    return verifier, at
