"""Facts to bytes and back, and events as the API and the export write them."""

import json

import pytest

from tests.contracts.stores import AT
from watchroom.record.chain import GENESIS, Verifier, seal, unseal
from watchroom.record.codec import FactCodec, UnknownFact, event_json, export_line
from watchroom.record.event import Draft, Event, Fact, kind_of


class LampLit(Fact, frozen=True):
    """A fact of this test."""

    colour: str
    note: str = ""


def event_of(data: bytes, kind: str = "lamp_lit") -> Event:
    return seal("room", 1, Draft(AT, AT, "person:ana@example.com", "web", kind, data), bytes(16), GENESIS)


def test_kinds_are_class_names_in_snake_case() -> None:
    assert kind_of(LampLit) == "lamp_lit"


def test_facts_come_back_as_they_were() -> None:
    codec = FactCodec([LampLit])
    assert codec.kinds == {LampLit: "lamp_lit"}
    data = codec.encode(LampLit(colour="red"))
    assert data == b'{"colour":"red"}'
    assert codec.decode(event_of(data)) == LampLit(colour="red")
    # A field that a newer version added is passed over.
    assert codec.decode(event_of(b'{"colour":"red","newer":1}')) == LampLit(colour="red")


def test_a_kind_of_a_newer_version_is_kept_as_it_is() -> None:
    unknown = FactCodec([LampLit]).decode(event_of(b'{"a": [1]}', "lamp_dimmed"))
    assert isinstance(unknown, UnknownFact)
    assert (unknown.kind, bytes(unknown.data)) == ("lamp_dimmed", b'{"a": [1]}')


def test_a_redacted_fact_is_none() -> None:
    event = event_of(b"{}")
    assert FactCodec([LampLit]).decode(unseal(event.head, None, None, event.digest, bytes(32))) is None


def test_two_facts_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="lamp_lit"):
        FactCodec([LampLit, type("LampLit", (Fact,), {}, frozen=True)])


def test_an_event_is_written_from_its_stored_bytes() -> None:
    event = event_of(b'{"colour": "red" }')
    assert event.head[:-1] in event_json(event)
    assert b'"data":{"colour": "red" },' in event_json(event)
    shown = json.loads(event_json(event))
    assert list(shown) == ["stream", "seq", "at", "recorded_at", "actor", "via", "cause", "kind", "data", "digest"]
    assert shown["digest"] == event.digest.hex()
    assert json.loads(export_line(event)) == {**shown, "salt": "00" * 16}


def test_a_redacted_event_is_written_with_its_commitment() -> None:
    event = event_of(b'{"colour":"red"}')
    redacted = unseal(event.head, None, None, event.digest, b"\x01" * 32)
    shown = json.loads(export_line(redacted))
    assert (shown["data"], shown["commitment"]) == (None, "01" * 32)
    assert "salt" not in shown


def test_an_exported_line_is_enough_to_verify() -> None:
    line = export_line(event_of(b'{"colour":"red"}'))
    fields = json.loads(line)
    # The bytes that the digest covers stand in the line as they are.
    head = line[: line.index(b',"data":')] + b"}"
    data = line[line.index(b'"data":') + 7 : line.index(b',"salt":')]
    verifier = Verifier("room")
    verifier.feed([unseal(head, data, bytes.fromhex(fields["salt"]), bytes.fromhex(fields["digest"]), None)])
    assert verifier.broken is None
    assert verifier.seq == 1
