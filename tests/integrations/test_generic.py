"""Senders without a reader of their own: the title, key, state and times are found in their bodies as they stand."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tests.integrations.bodies import ALL, Sent, over
from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal
from watchroom.integrations import generic, recognition
from watchroom.integrations.delivery import Limits
from watchroom.integrations.fields import as_time, flat, split_prefix, state_word

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def read(body: Any) -> list[Signal]:
    reading = recognition.read(msgspec.json.encode(body), "sender", Limits(), NOW)
    assert reading.faults == []
    return reading.signals


@pytest.mark.parametrize("sent", ALL.values(), ids=ALL.keys())
def test_what_a_sender_documents_is_read(sent: Sent) -> None:
    (begun,) = read(sent.begins)
    assert sent.title in begun.title
    assert begun.state == "firing"
    assert begun.ends_at is None
    if sent.severity:
        assert begun.severity == sent.severity
    if sent.service:
        assert begun.service == sent.service
    if sent.starts_at:
        assert begun.starts_at is not None
        assert begun.starts_at.isoformat() == sent.starts_at
    if sent.url:
        assert begun.url == sent.url


@pytest.mark.parametrize(
    "sent", [sent for sent in ALL.values() if sent.ends is not None], ids=[n for n, s in ALL.items() if s.ends]
)
def test_the_end_is_of_the_same_signal(sent: Sent) -> None:
    assert sent.ends is not None
    (begun,), (ended,) = read(sent.begins), read(over(sent.begins, sent.ends))
    assert ended.state == "resolved"
    assert (ended.key, ended.id) == (begun.key, begun.id)


@pytest.mark.parametrize(
    ("title", "said", "rest"),
    [
        ("[FIRING:1] Disk full", "FIRING:1", "Disk full"),
        ("[P1] [Resolved] Disk full", "", "[P1] [Resolved] Disk full"),
        ("Resolved: Disk full", "Resolved", "Disk full"),
        ("PROBLEM - web-1 is slow", "PROBLEM", "web-1 is slow"),
        ("[Shop] is slow", "", "[Shop] is slow"),
        ("Manually resolved: logs", "Manually resolved", "logs"),
        ("Alert:", "", "Alert:"),
        ("Update of prices failed", "", "Update of prices failed"),
        ("[OK]", "OK", "[OK]"),
    ],
)
def test_the_word_of_a_state_is_told_from_a_title(title: str, said: str, rest: str) -> None:
    assert split_prefix(title) == (said, rest)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("ALERT_NOTIFICATION_CLEAR", "resolved"), ("monitorOffline", "firing"), ("unresolved", "firing"),
        ("not ok", "firing"), ("Up", "resolved"), ("incident.resolved", "resolved"), ("INSUFFICIENT_DATA", None),
        ("certificate_expired", None), ("maintenance", None), ("ResolvedCritical", "resolved"),
    ],
)  # fmt: skip
def test_words_of_states(text: str, state: str | None) -> None:
    assert state_word(text) == state


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (1764000000, "2025-11-24T16:00:00+00:00"),
        ("1764000000", "2025-11-24T16:00:00+00:00"),
        (1764000000000, "2025-11-24T16:00:00+00:00"),
        ("1764000000000", "2025-11-24T16:00:00+00:00"),
        (1764000000000000000, "2025-11-24T16:00:00+00:00"),
        ("2025-11-24T16:00:00.544+0000", "2025-11-24T16:00:00.544000+00:00"),
        ("2025-11-24 16:00:00 UTC", "2025-11-24T16:00:00"),
        ("July 30, 2019 10:36 AM BST", None),
        ("04.08.2022 17:07:20", None),
        ("", None),
        (0, None),
        (True, None),
        (10**400, None),
        (None, None),
    ],
)
def test_times(value: object, at: str | None) -> None:
    found = as_time(value)
    assert (found.isoformat() if found is not None else None) == at


def test_outer_fields_win_and_empty_ones_do_not() -> None:
    assert flat({"a": {"Title": "inner", "b": {"c": 1}}, "title": "outer"})["title"] == "outer"
    assert flat({"title": "", "a": {"title": "inner"}})["title"] == "inner"
    assert flat({"Message": '{"Alarm Name": "x"}'})["alarmname"] == "x"


def test_an_acknowledgement_is_a_remark_and_no_end() -> None:
    body = msgspec.json.encode({"title": "x", "status": "acknowledged", "dedup_key": "k"})
    reading = generic.read(body, "sender", Limits(), NOW)
    assert [signal.state for signal in reading.signals] == ["firing"]
    assert [(remark.signal, remark.action) for remark in reading.remarks] == [(reading.signals[0].id, "acknowledged")]


def test_an_acknowledgement_beside_a_state_is_seen() -> None:
    body = {
        "notificationtype": "ACKNOWLEDGEMENT",
        "hostname": "db-1",
        "servicedesc": "disk",
        "servicestate": "CRITICAL",
    }
    reading = generic.read(msgspec.json.encode({**body, "serviceoutput": "97 %"}), "sender", Limits(), NOW)
    assert [signal.state for signal in reading.signals] == ["firing"]
    assert [remark.action for remark in reading.remarks] == ["acknowledged"]


def test_several_matters_of_one_monitor_are_several_signals() -> None:
    (down,) = read({"alert_type": "monitor_offline", "monitor": {"id": 7, "url": "https://x.example"}})
    (certificate,) = read({"alert_type": "certificate_expires_soon", "monitor": {"id": 7, "url": "https://x.example"}})
    (up,) = read({"alert_type": "monitor_online", "monitor": {"id": 7, "url": "https://x.example"}})
    assert down.key == up.key != certificate.key
    assert certificate.state == "firing"


def test_odd_values_stand_as_they_are() -> None:
    odd = {
        "title": '<b>"quoted" & 名前</b>',
        "dedup_key": "k<&>",
        "labels": {"名": '"', "none": None},
        "description": None,
    }
    (signal,) = read(odd)
    assert (signal.title, signal.key, signal.labels) == ('<b>"quoted" & 名前</b>', "k<&>", {"名": '"'})
    assert signal.annotations == {}


@pytest.mark.parametrize("body", [[], {}, {"a": 1}, [1, 2], "text", 7, None, {"labels": {"a": "b"}}])
def test_what_says_nothing_is_refused(body: object) -> None:
    encoded = msgspec.json.encode(body)
    try:
        reading = recognition.read(encoded, "sender", Limits(), NOW)
    except Malformed:
        return
    assert reading.signals == []
    assert len(reading.faults) == 2


@pytest.mark.parametrize("blank", ["  \u200b", "\u3164", "\u2800"])
def test_a_title_of_which_nothing_is_seen_is_none(blank: str) -> None:
    assert read({"title": blank, "summary": "Disk full"})[0].title == "Disk full"
    with pytest.raises(Malformed, match="No title"):
        read({"title": blank})
