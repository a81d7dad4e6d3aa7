"""The inbox's filters: what an address shows, what is one click away, and what it passes over."""

from datetime import UTC, datetime
from typing import Any

import pytest

from watchroom.incident.inbox import SignalItem
from watchroom.web.triage.filters import CHOSEN_MAX, Filter, choices, filter_of

AT = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)


def item(title: str, **fields: Any) -> SignalItem:
    given: dict[str, Any] = {
        "id": title, "key": title, "source": "prod", "group": title, "state": "firing", "labels": {}, "annotations": {},
        "starts_at": None, "ends_at": None, "count": 1, "stream": "aaaa-aaaa", "triage": "open", "since": AT, "last_at": AT,
    }  # fmt: skip
    return SignalItem(title=title, **{**given, **fields})


ITEMS = [
    item("Checkout fails", service="checkout", severity="critical"),
    item("Checkout is slow", service="checkout", severity="warning", labels={"region": "Köln"}),
    item("Disk full", service="db", severity="warning", source="nagios", state="resolved"),
    item("A customer called", kind="report"),
]


@pytest.mark.parametrize(
    ("pairs", "shown"),
    [
        ([], ["Checkout fails", "Checkout is slow", "Disk full", "A customer called"]),
        ([("service", "checkout")], ["Checkout fails", "Checkout is slow"]),
        ([("service", "checkout"), ("service", "db")], ["Checkout fails", "Checkout is slow", "Disk full"]),
        ([("service", "checkout"), ("severity", "warning")], ["Checkout is slow"]),
        ([("kind", "report")], ["A customer called"]),
        ([("q", " SLOW  köln ")], ["Checkout is slow"]),
        ([("state", "resolved"), ("q", "nagios")], ["Disk full"]),
        ([("bogus", "1"), ("service", "")], ["Checkout fails", "Checkout is slow", "Disk full", "A customer called"]),
        ([("service", "<b>\x00")], []),
    ],
)
def test_an_address_says_what_is_shown(pairs: list[tuple[str, str]], shown: list[str]) -> None:
    by = filter_of(pairs)
    assert [each.title for each in ITEMS if by.shows(each)] == shown


def test_an_address_is_always_written_the_same() -> None:
    """Whoever looks by the same filter shares a live channel."""
    one = filter_of([("q", "a  b"), ("service", "y"), ("service", "x"), ("severity", "z"), ("service", "y")])
    other = filter_of([("severity", "z"), ("service", "x"), ("service", "y"), ("q", "a b")])
    assert one.query == other.query == "severity=z&service=x&service=y&q=a+b"
    assert Filter().query == ""
    many = filter_of([("service", f"s{number}") for number in range(1_000)])
    assert len(many.chosen["service"]) == CHOSEN_MAX
    assert "\x00" not in filter_of([("q", "a\x00b")]).query


def test_what_is_one_click_away() -> None:
    offered = choices(ITEMS, Filter())
    assert [(each.facet, each.value, each.count) for each in offered if each.facet == "service"] == [
        ("service", "checkout", 2),
        ("service", "db", 1),
    ]
    by = filter_of([("service", "checkout")])
    chosen = {(each.facet, each.value): each for each in choices(ITEMS, by)}
    # A facet counts what it would show with the others as they are, and a chosen value leads back.
    assert chosen["service", "db"].count == 1
    assert chosen["service", "checkout"].chosen
    assert chosen["service", "checkout"].href == "/signals"
    assert chosen["severity", "warning"].count == 1
    assert chosen["severity", "warning"].href == "/signals?severity=warning&service=checkout"
    # What is chosen stays there to be taken back, though nothing has it any more.
    gone = filter_of([("service", "gone")])
    assert [each.value for each in choices(ITEMS, gone) if each.chosen] == ["gone"]
