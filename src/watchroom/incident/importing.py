"""Importing: an exported room is taken in as it came, byte for byte, and stands here as a copy.

An import belongs to another install's past. It opens no door: it holds no claim to be open and no group leads to it,
its signals are not in the inbox, no timer writes to it, and no command but redaction changes it; so it can never
swallow a live signal, and its export is the export that it came from. That it was imported is a fact in the stream
`imports` and a claim. Called by `operations`. All or nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from watchroom.base.errors import Conflict, Malformed, Refused, TooLarge
from watchroom.incident.doors import is_room
from watchroom.incident.incident import CODEC as ROOM_CODEC
from watchroom.incident.incident import IMPORTED, fold
from watchroom.record.codec import DamagedFact, FactCodec
from watchroom.record.event import Claim, Draft, Event, Fact, StreamAppend
from watchroom.record.export import as_stored
from watchroom.record.log import Log
from watchroom.record.signing import SignedHead

STREAM = "imports"
TRIES_MAX = 5


class RecordImported(Fact, frozen=True, kw_only=True):
    """An exported record was taken in from another install, or more of one that was taken in before."""

    stream: str
    seq: Annotated[int, msgspec.Meta(description="The number of its last event, as its signed head says.")]
    digest: Annotated[str, msgspec.Meta(description="The digest of its last event, as hexadecimal digits.")]
    key: Annotated[str, msgspec.Meta(description="The public key that signed the head, as hexadecimal digits.")]


IMPORT_FACTS: tuple[type[Fact], ...] = (RecordImported,)
CODEC = FactCodec(IMPORT_FACTS)


class Imported(msgspec.Struct, frozen=True):
    """What an import came to."""

    stream: str
    seq: int
    """How many events it has here now."""
    added: int
    """How many of them are new; 0 when it was here already."""
    key: str
    position: int = 0


async def import_events(
    log: Log, head: SignedHead, events: Sequence[Event], *, now: datetime, actor: str, via: str, facts_max: int
) -> Imported:
    """Take in a whole export that has been checked.

    Raises Malformed when it is no incident's or cannot be read by this version, Refused when the room is here with
    another history, TooLarge, Unavailable, Overloaded.
    """
    if not is_room(head.stream):
        raise Malformed(f"{head.stream[:40]!r} is no incident.", hint="Only incidents' records are taken in.")
    if head.seq > facts_max:
        raise TooLarge(
            f"It has {head.seq} events; an incident may have {facts_max}.", hint="Raise facts_per_incident_max."
        )
    stored = as_stored(list(events))
    _check_readable(head.stream, stored)
    fact = RecordImported(stream=head.stream, seq=head.seq, digest=head.digest, key=head.key)
    draft = Draft(now, now, actor, via, CODEC.kinds[RecordImported], CODEC.encode(fact))
    for _ in range(TRIES_MAX):
        here = await log.head(head.stream)
        at = here.seq if here is not None else 0
        mark = await log.holder(IMPORTED, head.stream)
        if here is not None:
            if await _is_same(log, head, stored, at):
                if at >= head.seq:
                    return Imported(head.stream, at, 0, head.key)
                if mark is None:
                    raise _other_history(head.stream, f"is this install's own, and ends at event {at}")
            else:
                raise _other_history(head.stream, "is here with another history")
        appends = [StreamAppend(STREAM, None, [draft]), StreamAppend(head.stream, at, stored[at:])]
        claims = [Claim(IMPORTED, head.stream, head.key)] if mark is None else []
        try:
            appended = await log.append(appends, claims)
        except Conflict:
            continue
        return Imported(head.stream, head.seq, head.seq - at, head.key, appended.position)
    raise Conflict("The room changes while it is taken in.", hint="Try again.")


async def _is_same(log: Log, head: SignedHead, events: list[Event], at: int) -> bool:
    """Whether the room here and the import are the same up to the end of the shorter one: one digest says it of all
    before it."""
    last = min(at, head.seq)
    (here,) = await log.read(head.stream, last - 1, 1)
    return here.digest == events[last - 1].digest


def _other_history(stream: str, why: str) -> Refused:
    return Refused(
        f"{stream} {why}: nothing was taken in.",
        hint="Look at both with `watchroom incident verify`, and import into another install.",
        code="other_history",
    )


def _check_readable(stream: str, events: list[Event]) -> None:
    """Whoever signs an export may write anything into it: it must be readable here before it is taken in."""
    for event in events:
        fact = ROOM_CODEC.decode(event)
        if isinstance(fact, DamagedFact):
            raise _unreadable(stream, f"event {event.seq}, {fact.kind}: {fact.why}")
    try:
        fold(stream, events)
    except (msgspec.MsgspecError, ValueError, KeyError, IndexError, AttributeError, TypeError, AssertionError) as error:
        raise _unreadable(stream, repr(error)) from error


def _unreadable(stream: str, why: str) -> Malformed:
    return Malformed(
        f"{stream} verifies, but cannot be read as an incident by this version: {why}.",
        hint="Import it with the version of Watchroom that wrote it, or a newer one.",
    )
