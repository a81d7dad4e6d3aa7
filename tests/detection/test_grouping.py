"""Grouping: what is news, and which room it belongs to."""

from datetime import datetime

import pytest

from tests.rooms.stage import at
from watchroom.detection.grouping import (
    Doors,
    Known,
    Lead,
    Over,
    Plan,
    lead_room,
    outcome,
    place,
    room_before,
)
from watchroom.detection.signal import Outcome, Signal, State, group_key

START, LATER = at(0), at(60)


def signal(state: State = "firing", starts_at: datetime | None = START, stable: bool = True, **more: str) -> Signal:
    return Signal(
        id="1", source="am", key="k", group="g", state=state, title="t", starts_at=starts_at, stable_start=stable,
        severity=more.get("severity", ""), labels={"zone": more["zone"]} if "zone" in more else {},
    )  # fmt: skip


def known(state: State = "firing", room: str = "room") -> Known:
    return Known(state, "", {}, START, room, {})


@pytest.mark.parametrize(
    ("what", "before", "over", "expected"),
    [
        (signal(), None, None, "recorded"),
        (signal("resolved"), None, None, "unmatched"),
        (signal(), known(), None, "repeated"),
        (signal("resolved"), known(), None, "resolved"),
        (signal("resolved"), known("resolved"), None, "repeated"),
        (signal(), known("resolved"), None, "recorded"),
        (signal(), known("resolved"), "closed", "recorded"),
        # Another severity, another label or another start is news.
        (signal(severity="critical"), known(), None, "recorded"),
        (signal(zone="b"), known(), None, "recorded"),
        (signal(starts_at=LATER), known(), None, "recorded"),
        # A start that its sender makes up each time tells nothing; nor does one that is not there.
        (signal(starts_at=LATER, stable=False), known(), None, "repeated"),
        (signal(starts_at=None), known(), None, "repeated"),
        # The old episode goes on after the incident was closed: that alone reopens nothing.
        (signal(), known(), "closed", "repeated"),
        (signal(starts_at=LATER), known(), "closed", "recorded"),
        # Of a sender without starts nothing else would ever tell; what people judged away stays so.
        (signal(stable=False), known(), "resolved", "recorded"),
        (signal(stable=False), known(), "closed", "recorded"),
        (signal(stable=False), known(), "dismissed", "repeated"),
    ],
)
def test_news(what: Signal, before: Known | None, over: Over | None, expected: Outcome) -> None:
    assert outcome(what, before, over) == expected


KEY = group_key("am", "g")
BY_GROUP = Plan((Lead(KEY, ""),))


def never(_room: str) -> None:
    return None


@pytest.mark.parametrize(
    ("before", "doors", "room", "why"),
    [
        (None, Doors(), None, "a room of its own: the first of its sender's group"),
        (None, Doors(last={KEY: "gone"}), None, "a room of its own: the room before is over"),
        (None, Doors({"led"}, {KEY: "led"}), "led", "its sender's group"),
        (None, Doors(set(), {KEY: "led"}), None, "a room of its own: the first of its sender's group"),
        ("own", Doors({"own", "led"}, {KEY: "led"}), "own", "its open room"),
        ("own", Doors({"led"}, {KEY: "led"}), "led", "its sender's group"),
        ("own", Doors(), None, "a room of its own: the room before is over"),
        (
            None,
            Doors({"led"}, {group_key("other", "g"): "led"}),
            None,
            "a room of its own: the first of its sender's group",
        ),
    ],
)
def test_the_room_that_it_belongs_to(before: str | None, doors: Doors, room: str | None, why: str) -> None:
    placed = place(before, BY_GROUP, doors, never, at(0))
    assert (placed.room, placed.why) == (room, why)
    if before is None:
        assert lead_room(BY_GROUP, doors) == room


RULE = Plan((Lead("own", "service a"), Lead("near", "service b, which a depends on")), "deps", window_s=3_600)


@pytest.mark.parametrize(
    ("led", "ages_s", "room", "why"),
    [
        ({}, {}, None, "rule deps: a room of its own: the first of service a"),
        ({"own": "r1"}, {"r1": 10}, "r1", "rule deps: service a"),
        ({"near": "r2"}, {"r2": 10}, "r2", "rule deps: service b, which a depends on"),
        ({"own": "r1", "near": "r2"}, {"r1": 10, "r2": 10}, "r1", "rule deps: service a"),
        # Exactly as old as the window is not older.
        ({"own": "r1"}, {"r1": 3_600}, "r1", "rule deps: service a"),
        (
            {"own": "r1"},
            {"r1": 3_601},
            None,
            "rule deps: a room of its own: the last signal for service a is over 1 h old",
        ),
        ({"own": "r1", "near": "r2"}, {"r1": 3_601, "r2": 5}, "r2", "rule deps: service b, which a depends on"),
        ({"own": "r1"}, {}, "r1", "rule deps: service a"),
    ],
)
def test_where_a_rule_leads(led: dict[str, str], ages_s: dict[str, int], room: str | None, why: str) -> None:
    now = at(10_000)
    last = {name: at(10_000 - age) for name, age in ages_s.items()}
    placed = place(None, RULE, Doors(set(led.values()), led), last.get, now)
    assert (placed.room, placed.why) == (room, why)


def test_what_is_always_separate_joins_nothing() -> None:
    placed = place(None, Plan((), "alone"), Doors({"r"}, {KEY: "r"}), never, at(0))
    assert (placed.room, placed.why) == (None, "rule alone: a room of its own")


def test_the_room_that_it_was_in_last() -> None:
    doors = Doors(last={KEY: "last"})
    assert room_before("own", BY_GROUP, doors) == "own"
    assert room_before(None, BY_GROUP, doors) == "last"
    assert room_before(None, BY_GROUP, Doors()) is None
    assert room_before(None, Plan((), "alone"), doors) is None
