"""Admission: may these appends and claims be written, and if so, as which events?

The one place where expected numbers and claims are compared with what is, and where drafts become sealed events.
Called by every store, each of which says where a stream ends and who holds a claim. Pure but for the salts it draws;
never writes.
"""

from collections.abc import Callable, Sequence

import msgspec

from watchroom.base.errors import Conflict, Malformed
from watchroom.record.chain import GENESIS, digest_of, seal
from watchroom.record.event import Claim, Draft, Event, Redaction, StreamAppend
from watchroom.record.log import Head

HeadOf = Callable[[str], Head | None]
HolderOf = Callable[[tuple[str, str]], str | None]


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """What is to be written: sealed events, where their streams then end, and who then holds each claim (None:
    nobody)."""

    events: list[Event]
    heads: dict[str, Head]
    claims: dict[tuple[str, str], str | None]
    redactions: Sequence[Redaction] = ()


def admit(
    appends: Sequence[StreamAppend],
    claims: Sequence[Claim],
    head_of: HeadOf,
    holder_of: HolderOf,
    new_salt: Callable[[], bytes],
    redactions: Sequence[Redaction] = (),
) -> Admitted:
    """The events that the drafts become, in the order given. Raises Conflict when a number, a claim or an event to be
    redacted is not as expected, Malformed for text that is no valid Unicode (a lone surrogate), which no store could
    give back, and for a finished event that does not continue its stream."""
    try:
        admitted = _admit(appends, claims, head_of, holder_of, new_salt)
    except UnicodeEncodeError as error:
        raise Malformed(f"Text that is no valid Unicode cannot be recorded: {error}.") from error
    if not redactions:
        return admitted
    for redaction in redactions:
        head = admitted.heads.get(redaction.stream) or head_of(redaction.stream)
        if head is None or not 1 <= redaction.seq <= head.seq:
            raise Conflict(
                f"{redaction.stream} has no event {redaction.seq}.", hint="Read the stream, and decide again."
            )
    return Admitted(admitted.events, admitted.heads, admitted.claims, redactions)


def _admit(
    appends: Sequence[StreamAppend],
    claims: Sequence[Claim],
    head_of: HeadOf,
    holder_of: HolderOf,
    new_salt: Callable[[], bytes],
) -> Admitted:
    held: dict[tuple[str, str], str | None] = {}
    for claim in claims:
        place = (claim.scope, claim.key)
        claim.key.encode()
        holder = held[place] if place in held else holder_of(place)
        if holder != claim.held_by:
            raise Conflict(
                f"{claim.scope} {claim.key!r} {_belongs(holder)}, not {_expected(claim.held_by)}.",
                hint="Read who holds it now, and decide again.",
            )
        held[place] = claim.stream
    heads: dict[str, Head] = {}
    events: list[Event] = []
    for append in appends:
        stream = append.stream
        head = heads.get(stream) or head_of(stream)
        seq, digest = (head.seq, head.digest) if head is not None else (0, GENESIS)
        if append.expected_seq is not None and append.expected_seq != seq:
            raise Conflict(
                f"{stream} stands at {seq}, not at {append.expected_seq}.",
                hint="Read on from there, and decide again.",
            )
        for draft in append.drafts:
            seq += 1
            event = _next(stream, seq, draft, digest, new_salt)
            digest = event.digest
            events.append(event)
        if append.drafts:
            heads[stream] = Head(seq, digest)
    return Admitted(events, heads, held)


def _next(stream: str, seq: int, draft: Draft | Event, digest: bytes, new_salt: Callable[[], bytes]) -> Event:
    if isinstance(draft, Draft):
        return seal(stream, seq, draft, draft.salt or new_salt(), digest)
    if (draft.stream, draft.seq) != (stream, seq) or digest_of(draft, digest) != draft.digest:
        raise Malformed(
            f"Event {draft.seq} of {draft.stream} is not event {seq} of {stream}, or does not continue its chain."
        )
    return draft


def _belongs(holder: str | None) -> str:
    return "is free" if holder is None else f"belongs to {holder}"


def _expected(held_by: str | None) -> str:
    return "to nobody" if held_by is None else f"to {held_by}"
