"""Facts and events: a fact is what happened; an event is a fact in its place in a stream.

A decision yields facts; the write path wraps each into a `Draft`; a store gives it its number and digest and hands
back an `Event`. Called by everything above `base`. Never reads a clock and never touches a store.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from watchroom.base.command import Caution

DAMAGED = "damaged"
"""The kind of an event whose head can no longer be read."""
VIA_ENTERED = "entered"
"""The tool of every fact that was put into the record afterwards, from a timeline."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened, in the past participle. Its kind is its class name in snake case."""

    def is_work(self) -> bool:
        """Whether a person by whom it is written was at work on the incident then: not by what a house, a sender or
        a browser writes by itself. Each kind that differs from its base says so itself (`tests/house/test_work`)."""
        return False


class Deed(Fact, frozen=True, kw_only=True):
    """A fact that somebody's command brings about, and why if they said so."""

    reason: Annotated[str, msgspec.Meta(description="Why, as whoever did it said.")] = ""

    def is_work(self) -> bool:
        """A deed is work, unless its kind says otherwise."""
        return True


class Event(msgspec.Struct, frozen=True, gc=False):
    """One recorded fact in its place. `head` and `data` are the stored bytes, exactly as the digest covers them."""

    stream: str
    seq: int
    """Place in the stream, from 1, without gaps."""
    at: datetime
    """When it happened, as stated."""
    recorded_at: datetime
    """When it was recorded, by the injected clock (drill time in a drill)."""
    actor: str
    via: str
    cause: str | None
    """`STREAM#SEQ` of the event that led to this one, or null."""
    kind: str
    head: bytes
    data: bytes | None
    """The fact as JSON; once redacted only what its redaction left of it, or None."""
    salt: bytes | None
    """16 bytes; None once redacted."""
    digest: bytes
    commitment: bytes | None = None
    """SHA-256 over salt and data; kept only when both were redacted, so that the chain still verifies."""

    @property
    def past_at(self) -> datetime:
        """When it happened, but no later than it was recorded: what is stated for later makes nothing newer."""
        return min(self.at, self.recorded_at)

    @property
    def redacted(self) -> bool:
        """Whether what it said was purged. Then nothing in the chain covers `data` but the redaction's own fact."""
        return self.salt is None


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A fact on its way into the record, encoded once."""

    at: datetime
    recorded_at: datetime
    actor: str
    via: str
    kind: str
    data: bytes
    cause: str | None = None
    salt: bytes | None = None
    """16 bytes from the drill's seed in a drill; None lets the store draw them."""


class StreamAppend(msgspec.Struct, frozen=True, gc=False):
    """Drafts for one stream. `expected_seq=None` takes whatever number is next.

    An `Event` in place of a draft (from another install's export) is written as it is, byte for byte; it must be the
    stream's next one by number and digest.
    """

    stream: str
    expected_seq: int | None
    drafts: Sequence[Draft | Event]


class Redaction(msgspec.Struct, frozen=True, gc=False):
    """An event whose data and salt are to be forgotten: only `left` remains in place of the data."""

    stream: str
    seq: int
    left: bytes | None = None


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A unique row: `key` in `scope` belongs to `stream`.

    `held_by` is who must hold it now: None means it must be free. `stream=None` gives it back. A claim that does not
    find what it expects fails the whole append, so that two processes can never open two rooms for one key.
    """

    scope: str
    key: str
    stream: str | None
    held_by: str | None = None


class Decided(msgspec.Struct, frozen=True):
    """What a decision yields: facts to record, and cautions for the asker."""

    facts: tuple[Fact, ...] = ()
    cautions: tuple[Caution, ...] = ()


def reasoned(facts: Sequence[Fact], reason: str) -> list[Fact]:
    """The facts of one command, with its reason in the first that has a place for it, unless one holds it already."""
    found = list(facts)
    if not reason or any(reason in (getattr(fact, name) for name in fact.__struct_fields__) for fact in found):
        return found
    for number, fact in enumerate(found):
        if isinstance(fact, Deed) and not fact.reason:
            found[number] = msgspec.structs.replace(fact, reason=reason)
            break
    return found


def kind_of(fact: type[Fact]) -> str:
    """The kind of a fact class: `HypothesisRuledOut` is `hypothesis_ruled_out`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", fact.__name__).lower()
