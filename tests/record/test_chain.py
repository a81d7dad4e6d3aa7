"""The chain of digests, against the formula written out by hand, and every kind of damage."""

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.stores import AT, draft
from watchroom.record.chain import GENESIS, Verifier, digest_of, seal, unseal
from watchroom.record.event import Draft, Event

SALT = bytes(range(16))


def chained(count: int, stream: str = "room") -> list[Event]:
    """A stream of that many events."""
    events: list[Event] = []
    for seq in range(1, count + 1):
        previous = events[-1].digest if events else GENESIS
        events.append(seal(stream, seq, draft(f"note {seq}"), hashlib.sha256(b"%d" % seq).digest()[:16], previous))
    return events


def verified(events: list[Event], stream: str = "room") -> Verifier:
    verifier = Verifier(stream)
    verifier.feed(events)
    return verifier


def test_the_digest_is_the_documented_formula() -> None:
    sent = Draft(AT, AT, "person:ana@example.com", "web", "noted", b'{"text":"\xc3\xbc"}', cause="room#1")
    event = seal("room", 7, sent, SALT, b"p" * 32)
    head = (
        '{"stream":"room","seq":7,"at":"2026-01-05T03:14:00Z","recorded_at":"2026-01-05T03:14:00Z",'
        '"actor":"person:ana@example.com","via":"web","cause":"room#1","kind":"noted"}'
    )
    assert event.head == head.encode()
    commitment = hashlib.sha256(SALT + sent.data).digest()
    assert event.digest == hashlib.sha256(b"p" * 32 + commitment + head.encode()).digest()


def test_what_is_sealed_is_unsealed_the_same() -> None:
    event = seal("room", 1, draft(), SALT, GENESIS)
    assert unseal(event.head, event.data, event.salt, event.digest, None) == event
    with pytest.raises(msgspec.DecodeError):
        unseal(event.head[1:], event.data, event.salt, event.digest, None)


def test_a_whole_stream_verifies_in_parts_too() -> None:
    events = chained(10)
    verifier = Verifier("room")
    for start in range(0, 10, 3):
        verifier.feed(events[start : start + 3])
    assert verifier.broken is None
    assert (verifier.seq, verifier.digest) == (10, events[-1].digest)


CHANGES: dict[str, Any] = {
    "data": lambda value: value + b" ",
    "salt": lambda value: bytes([value[0] ^ 1]) + value[1:],
    "head": lambda value: value.replace(b"ana", b"eve"),
    "digest": lambda value: bytes([value[0] ^ 128]) + value[1:],
}


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("place", range(6))
def test_every_change_is_found_where_it_is(field: str, place: int) -> None:
    events = chained(6)
    changed = CHANGES[field](getattr(events[place], field))
    events[place] = msgspec.structs.replace(events[place], **{field: changed})
    broken = verified(events).broken
    assert broken is not None
    assert (broken.stream, broken.seq, broken.why) == ("room", place + 1, "does not match its digest")


@pytest.mark.parametrize("place", range(5))
def test_what_is_missing_or_swapped_is_found(place: int) -> None:
    events = chained(6)
    broken = verified(events[:place] + events[place + 1 :]).broken
    assert broken is not None
    assert broken.seq == place + 1
    assert "missing" in broken.why
    events[place], events[place + 1] = events[place + 1], events[place]
    broken = verified(events).broken
    assert broken is not None
    assert broken.seq == place + 1


def test_another_streams_event_is_found() -> None:
    broken = verified([*chained(2), *chained(3, "other")[2:]]).broken
    assert broken is not None
    assert "other" in broken.why


def test_a_cut_tail_holds_together_and_ends_at_another_head() -> None:
    """A chain alone cannot tell that its end was cut off: signed heads do (`verify --head`)."""
    events = chained(6)
    cut = verified(events[:4])
    assert cut.broken is None
    assert cut.digest != events[-1].digest


def test_a_redacted_event_keeps_the_chain_and_gives_nothing_away() -> None:
    events = chained(3)
    secret = events[1]
    assert secret.salt is not None
    assert secret.data is not None
    commitment = hashlib.sha256(secret.salt + secret.data).digest()
    events[1] = unseal(secret.head, None, None, secret.digest, commitment)
    assert verified(events).broken is None
    assert commitment != hashlib.sha256(secret.data).digest()
    events[1] = unseal(secret.head, None, None, secret.digest, bytes(32))
    assert verified(events).broken is not None


@given(st.binary(max_size=40), st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32))
def test_every_part_changes_the_digest(data: bytes, salt: bytes, previous: bytes) -> None:
    event = seal("room", 1, Draft(AT, AT, "a", "v", "k", data), salt, previous)
    assert digest_of(event, previous) == event.digest
    flipped = bytes([previous[0] ^ 1]) + previous[1:]
    assert digest_of(event, flipped) != event.digest
    assert digest_of(msgspec.structs.replace(event, data=data + b"\x00"), previous) != event.digest
    assert digest_of(msgspec.structs.replace(event, head=event.head + b" "), previous) != event.digest


def test_the_head_is_plain_json() -> None:
    event = seal("room ü\x00", 1, draft(), SALT, GENESIS)
    assert json.loads(event.head)["stream"] == "room ü\x00"
