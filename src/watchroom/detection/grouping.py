"""Grouping: is a signal news, and which room does it belong to.

News is measured against the *current* state of its key, so trigger, resolve, trigger is three things. A signal
stays in its open room; else it follows what it is grouped by (its sender's group, or what a rule says) into the room
that this leads to; else it opens one. A room that is over never swallows it. Called by the intake's sorting and by
the replay of a preview. Pure; facts are made elsewhere.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from watchroom.detection.severity import ImpactLevel, Urgency
from watchroom.detection.signal import Outcome, Signal, State

Over = Literal["resolved", "closed", "dismissed"]

ITS_OPEN_ROOM = "its open room"
ITS_ROOM_OVER = "its room, which is over"
SENDERS_GROUP = "its sender's group"
OWN_ROOM = "a room of its own"


class Known(msgspec.Struct, frozen=True):
    """The current state of a key, as far as news is measured against it."""

    state: State
    severity: str
    labels: dict[str, str]
    starts_at: datetime | None
    room: str
    annotations: dict[str, str]


class Doors(msgspec.Struct):
    """Which rooms are open, which room each key leads to, and which it led to last."""

    open: set[str] = set()
    led: dict[str, str] = {}
    last: dict[str, str] = {}


class Declares(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """That a rule declares the incident, and what it says of impact and urgency, from which a severity is proposed."""

    impact: ImpactLevel | None = None
    urgency: Urgency | None = None


class Lead(msgspec.Struct, frozen=True):
    """A key that may lead a signal to a room, and what it stands for, in words."""

    key: str
    says: str


class Plan(msgspec.Struct, frozen=True):
    """How a signal is grouped: what decides, which keys may lead it, and for how long."""

    leads: tuple[Lead, ...]
    """Its own key first, then those that are near it; none when it never joins another."""
    rule: str = ""
    """The rule that decides; empty: the sender's group."""
    window_s: int = 0
    """A room whose last signal is older than this is not joined; 0: however old."""
    declares: Declares | None = None

    @property
    def key(self) -> str | None:
        """Its own key, which leads others to where it goes."""
        return self.leads[0].key if self.leads else None


class Placed(msgspec.Struct, frozen=True):
    """Where a signal goes: an open room, or None when it needs one of its own; and why, in words."""

    room: str | None
    why: str


LastAt = Callable[[str], datetime | None]
"""When a signal last began or ended in a room; None when that is not known, and the room counts as fresh."""


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
    # Labels that were read before are the same object, which is told at once.
    if signal.severity != known.severity or (signal.labels is not known.labels and signal.labels != known.labels):
        return "recorded"
    if signal.stable_start and signal.starts_at is not None and known.starts_at is not None:
        return "repeated" if signal.starts_at == known.starts_at else "recorded"
    return "recorded" if over in ("resolved", "closed") else "repeated"


def place(home: str | None, plan: Plan, doors: Doors, last_at: LastAt, now: datetime) -> Placed:
    """The open room that a firing signal belongs to, or None when it needs one of its own; `home` is where it was."""
    if home is not None and home in doors.open:
        return Placed(home, ITS_OPEN_ROOM)
    too_old = False
    for lead in plan.leads:
        room = doors.led.get(lead.key)
        if room is None or room not in doors.open:
            continue
        last = last_at(room) if plan.window_s else None
        if last is not None and now - last > timedelta(seconds=plan.window_s):
            too_old = True
            continue
        return Placed(room, _named(plan, lead.says) if plan.rule else SENDERS_GROUP)
    return Placed(None, _own_room(plan, home, doors, too_old))


def lead_room(plan: Plan, doors: Doors) -> str | None:
    """The first open room that a signal's keys lead to, however old its last signal is."""
    for lead in plan.leads:
        room = doors.led.get(lead.key)
        if room is not None and room in doors.open:
            return room
    return None


def room_before(home: str | None, plan: Plan, doors: Doors) -> str | None:
    """The room that this signal, or what it is grouped by, was in last."""
    if home is not None:
        return home
    return doors.last.get(plan.key) if plan.key is not None else None


def _own_room(plan: Plan, home: str | None, doors: Doors, too_old: bool) -> str:
    """Why it needs a room of its own."""
    if plan.rule and not plan.leads:
        return _named(plan, OWN_ROOM)
    what = plan.leads[0].says if plan.rule and plan.leads else SENDERS_GROUP
    if too_old:
        why = f"{OWN_ROOM}: the last signal for {what} is over {_span(plan.window_s)} old"
    elif room_before(home, plan, doors) is not None:
        why = f"{OWN_ROOM}: the room before is over"
    else:
        why = f"{OWN_ROOM}: the first of {what}"
    return _named(plan, why) if plan.rule else why


def _named(plan: Plan, why: str) -> str:
    return f"rule {plan.rule}: {why}"


def _span(seconds: int) -> str:
    """A window in the largest unit that fits it: `90 s`, `30 min`, `2 h`."""
    if seconds % 3_600 == 0:
        return f"{seconds // 3_600} h"
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
