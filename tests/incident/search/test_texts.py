"""What of a fact can be found: each fact of a room is looked at, so that a new one is not forgotten."""

from datetime import UTC, datetime
from typing import Any, get_type_hints

import msgspec
import pytest

from watchroom.communication.message import MessagePosted
from watchroom.detection.change import ChangeReported
from watchroom.incident.incident import CODEC
from watchroom.incident.search.document import BONUS_DAYS, KINDS, Document
from watchroom.incident.search.texts import FIELDS, NEVER, steps, text_of
from watchroom.record.event import Event, Fact, kind_of

AT = datetime(2026, 11, 25, 3, 14, tzinfo=UTC)
WITHOUT_WORDS = {
    "signal_resolved", "signal_moved", "look_again_came_due", "severity_proposed", "severity_confirmed",
    "unknown_became_overdue", "probe_run", "detection_judged", "role_accepted", "role_released", "responder_joined",
    "responder_released", "page_shown", "page_delivered", "page_failed", "page_acknowledged", "page_went_unanswered",
    "escalation_came_due", "workstream_closed", "task_acknowledged", "task_became_overdue", "hold_came_due",
    "hypothesis_tested", "hypothesis_supported", "hypothesis_ruled_out", "intervention_started",
    "intervention_reverted", "trend_stated", "update_approved", "inbound_taken", "inbound_became_overdue",
    "update_became_overdue", "overdue_escalated", "shim_undo_began", "stability_watch_began", "stability_watch_passed",
    "stability_watch_broken", "incident_fell_silent", "incident_closed", "review_decided", "reopening_offered",
    "incident_reopened", "artefact_aged_out", "review_deferred", "review_became_overdue", "review_shared",
    "review_read", "cycle_owned", "profile_adopted", "roles_proposed", "sla_target_missed", "timeline_entered",
    "room_restricted", "restriction_lifted", "person_admitted", "team_admitted", "question_put_away", "guidance_set",
    "incident_noticed", "declared_by_rule", "declaration_withdrawn", "judgement_withdrawn", "page_withdrawn",
    "stability_watch_went_unheard", "stability_watch_lapsed",
}  # fmt: skip
"""Facts of which only the reason is somebody's words; the rest are ids, times and choices, or what another fact says."""


def test_each_fact_of_a_room_is_found_by_its_words_or_has_none() -> None:
    named: tuple[type[Fact], ...] = (*FIELDS, *NEVER)
    known = {kind_of(fact) for fact in named} | WITHOUT_WORDS
    missing = {kind_of(fact) for fact in CODEC.kinds} - known
    assert not missing, (
        f"say in search/texts.py which words of these can be found, or here that they have none: {missing}"
    )
    assert not {kind_of(fact) for fact in FIELDS} & WITHOUT_WORDS


@pytest.mark.parametrize("fact", FIELDS, ids=kind_of)
def test_the_fields_are_the_facts(fact: type[Fact]) -> None:
    kind, names = FIELDS[fact]
    assert kind in KINDS
    assert set(names) <= set(get_type_hints(fact))


def test_kinds_that_count_as_newer_are_kinds() -> None:
    assert set(BONUS_DAYS) <= set(KINDS)


def event(fact: Fact, stream: str = "aaaa-aaaa", **fields: Any) -> Event:
    kind = kind_of(type(fact))
    data = msgspec.json.encode(fact)
    made = Event(stream, 7, AT, AT, "person:ana@x.org", "test", None, kind, b"", data, b"salt", b"")
    return msgspec.structs.replace(made, **fields)


def test_a_redacted_event_says_nothing() -> None:
    said = event(MessagePosted(text="secret"))
    [document] = steps(said, 100)
    assert isinstance(document, Document)
    assert document.text == "secret"
    assert list(steps(msgspec.structs.replace(said, salt=None), 100)) == []


def test_only_rooms_and_changes_are_found() -> None:
    assert list(steps(event(MessagePosted(text="x"), "directory"), 100)) == []
    change = ChangeReported(id="1", summary="Deployed", service="Cart", details={"sha": "abc"})
    [document] = steps(event(change, "source:ci"), 100)
    assert document == Document(
        "source:ci", 7, "change", AT, "person:ana@x.org", "Deployed\nCart\nsha: abc", "1", "cart"
    )
    assert list(steps(event(change, "aaaa-aaaa"), 100)) == []


def test_a_text_is_bounded_and_says_nothing_twice() -> None:
    [document] = steps(event(MessagePosted(text="x" * 500, reason="y")), 100)
    assert isinstance(document, Document)
    assert document.text == "x" * 100
    assert text_of(MessagePosted(text="a\0b", reason="a b")) == "a b"
    assert text_of(MessagePosted(text="  ")) == ""
