"""Grouping: is a signal news, and which room does it belong to.

News is measured against the *current* state of its key, so trigger, resolve, trigger is three things. A signal
stays in its open room; else it follows its group into the room that the group leads to; else it opens one. A room
that is over never swallows it. Called by the intake's sorting. Pure; facts are made elsewhere.
"""

from datetime import datetime
from typing import Literal

import msgspec

from watchroom.detection.signal import Outcome, Signal, State

Over = Literal["resolved", "closed", "dismissed"]


class Known(msgspec.Struct, frozen=True):
    """The current state of a key, as far as news is measured against it."""

    state: State
    severity: str
    labels: dict[str, str]
    starts_at: datetime | None
    room: str
    annotations: dict[str, str]


class Doors(msgspec.Struct):
    """Which rooms are open, which room each group leads to, and which it led to last."""

    open: set[str] = set()
    led: dict[str, str] = {}
    last: dict[str, str] = {}


def group_key(source: str, group: str) -> str:
    """The key of a group of one source's signals."""
    return f"{source}\x1f{group}"


def outcome(signal: Signal, known: Known | None, over: Over | None) -> Outcome:
    """What a signal is to its key's current state; `over` says how the key's room ended, if it is over.

    Of a sender that gives no stable start, a firing signal whose incident was resolved or closed counts as news, since
    nothing else would ever tell; one that people judged away does not.
    """
    if signal.state == "resolved":
        if known is None:
            return "unmatched"
        return "resolved" if known.state == "firing" else "repeated"
    if known is None or known.state == "resolved":
        return "recorded"
    if signal.severity != known.severity or signal.labels != known.labels:
        return "recorded"
    if signal.stable_start and signal.starts_at is not None and known.starts_at is not None:
        return "repeated" if signal.starts_at == known.starts_at else "recorded"
    return "recorded" if over in ("resolved", "closed") else "repeated"


def room_for(signal: Signal, known: Known | None, doors: Doors) -> str | None:
    """The open room that a firing signal belongs to, or None when it needs one of its own."""
    if known is not None and known.room in doors.open:
        return known.room
    led = doors.led.get(group_key(signal.source, signal.group))
    return led if led in doors.open else None


def room_before(signal: Signal, known: Known | None, doors: Doors) -> str | None:
    """The room, over by now, that this signal or its group was in last."""
    if known is not None:
        return known.room
    return doors.last.get(group_key(signal.source, signal.group))
