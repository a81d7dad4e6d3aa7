"""Grouping: what is news, and which room it belongs to."""

from datetime import datetime

import pytest

from tests.rooms.stage import at
from watchroom.detection.grouping import Doors, Known, Over, group_key, outcome, room_before, room_for
from watchroom.detection.signal import Outcome, Signal, State

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


@pytest.mark.parametrize(
    ("before", "doors", "room"),
    [
        (None, Doors(), None),
        (None, Doors({"led"}, {KEY: "led"}), "led"),
        (None, Doors(set(), {KEY: "led"}), None),
        (known(room="own"), Doors({"own", "led"}, {KEY: "led"}), "own"),
        (known(room="own"), Doors({"led"}, {KEY: "led"}), "led"),
        (known(room="own"), Doors(), None),
        (None, Doors({"led"}, {group_key("other", "g"): "led"}), None),
    ],
)
def test_the_room_that_it_belongs_to(before: Known | None, doors: Doors, room: str | None) -> None:
    assert room_for(signal(), before, doors) == room


def test_the_room_that_it_was_in_last() -> None:
    doors = Doors(last={KEY: "last"})
    assert room_before(signal(), known(room="own"), doors) == "own"
    assert room_before(signal(), None, doors) == "last"
    assert room_before(signal(), None, Doors()) is None
