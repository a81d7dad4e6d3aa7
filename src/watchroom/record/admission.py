"""Admission: may these appends and claims be written, and if so, as which events?

The one place where expected numbers and claims are compared with what is, and where drafts become sealed events.
Called by every store, each of which says where a stream ends and who holds a claim. Pure but for the salts it draws;
never writes.
"""

from collections.abc import Callable, Sequence

import msgspec

from watchroom.base.errors import Conflict, Malformed
from watchroom.record.chain import GENESIS, seal
from watchroom.record.event import Claim, Event, StreamAppend
from watchroom.record.log import Head

HeadOf = Callable[[str], Head | None]
HolderOf = Callable[[tuple[str, str]], str | None]


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """What is to be written: sealed events, where their streams then end, and who then holds each claim (None:
    nobody)."""

    events: list[Event]
    heads: dict[str, Head]
    claims: dict[tuple[str, str], str | None]


def admit(
    appends: Sequence[StreamAppend],
    claims: Sequence[Claim],
    head_of: HeadOf,
    holder_of: HolderOf,
    new_salt: Callable[[], bytes],
) -> Admitted:
    """The events that the drafts become, in the order given. Raises Conflict when a number or a claim is not as
    expected, Malformed for text that is no valid Unicode (a lone surrogate), which no store could give back."""
    try:
        return _admit(appends, claims, head_of, holder_of, new_salt)
    except UnicodeEncodeError as error:
        raise Malformed(f"Text that is no valid Unicode cannot be recorded: {error}.") from error


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
            event = seal(stream, seq, draft, draft.salt or new_salt(), digest)
            digest = event.digest
            events.append(event)
        if append.drafts:
            heads[stream] = Head(seq, digest)
    return Admitted(events, heads, held)


def _belongs(holder: str | None) -> str:
    return "is free" if holder is None else f"belongs to {holder}"


def _expected(held_by: str | None) -> str:
    return "to nobody" if held_by is None else f"to {held_by}"
