"""Sorting a group of deliveries: what each signal is, which room it goes to, and the facts and claims that follow.

Works on an overlay over what is known, so that the signals of one group see each other and nothing is changed until
the group is durable. Called by the intake. Pure but for the ids of new rooms, which it is handed a maker for.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from watchroom.base.wording import is_blank
from watchroom.detection.declaration import RoomOpened, declare_by_rule
from watchroom.detection.grouping import (
    ITS_OPEN_ROOM,
    ITS_ROOM_OVER,
    Doors,
    Known,
    Over,
    Plan,
    outcome,
    place,
    room_before,
)
from watchroom.detection.grouping_rules import NO_RULES, Rules
from watchroom.detection.signal import Receipt, Signal, SignalRecorded, SignalResolved
from watchroom.incident import adopting, shipped
from watchroom.incident.adopting import InForce
from watchroom.incident.incident import Incident
from watchroom.incident.profile import reference
from watchroom.record.event import Fact
from watchroom.resolution.reopening import ReopeningOffered

RULE_ACTOR = "system:grouping"


class Past(msgspec.Struct, frozen=True):
    """A room that is over: how, and whether it had been declared."""

    status: Over
    declared: bool


class About(msgspec.Struct, frozen=True):
    """What rules need to know of an open room, as it stood at `seq`."""

    seq: int
    last_at: datetime | None
    """When a signal last began or ended in it."""
    may_declare: bool
    """Whether nobody has declared it yet, nor judged any of its signals: a rule never speaks over a person."""
    title: str


class Written(msgspec.Struct, frozen=True, gc=False):
    """A fact for a room, and who says it."""

    actor: str
    via: str
    fact: Fact


class Sorting:
    """One attempt at a group: an overlay over what is known, and what is to be written."""

    def __init__(
        self,
        known: Mapping[str, Known],
        doors: Doors,
        past: Mapping[str, Past],
        new_room: Callable[[], str],
        now: datetime,
        rules: Rules = NO_RULES,
        about: Mapping[str, About] | None = None,
        in_force: InForce | None = None,
    ) -> None:
        self._before = known
        self._doors = Doors(doors.open, doors.led, doors.last)
        self._doors_copied = False
        self._past = past
        self._new_room = new_room
        self._now = now
        self._rules = rules
        self._about = dict(about or {})
        self._in_force = in_force or InForce(shipped.default())
        self.known: dict[str, Known] = {}
        self.facts: dict[str, list[Written]] = {}
        self.opened: set[str] = set()
        """New rooms."""
        self.led: dict[str, str | None] = {}
        """Keys that lead to another room than before, and the room that held each until now; None as a rule."""
        self.unled: dict[str, str | None] = {}
        """Keys near a new room's own that must lead where they led when it was opened."""
        self.last: dict[str, str] = {}
        """Where each key led last."""
        self.guarded: set[str] = set()
        """Rooms that must still be open when this is written."""
        self.decided_at: dict[str, int] = {}
        """Rooms that must still stand at a number, since a rule declares what nobody has judged."""
        self.looked: set[str] = set()
        """Rooms of which this knows how their signals stand; none may have moved on when this is written."""
        self.placed: dict[str, str] = {}
        """Signals that go into another room than the one they are known to be in, and that room."""
        self.unmoved: set[str] = set()
        """Signals that are unknown, or whose room is over: nobody may have put them anywhere when this is written."""

    @property
    def doors(self) -> Doors:
        """The doors as they will stand."""
        return self._doors

    def take(
        self, signals: Sequence[Signal], via: str, practice: bool
    ) -> tuple[list[Receipt], dict[str, dict[str, str]]]:
        """Sort one delivery: its receipts, and the annotations that changed of signals that repeat."""
        receipts: list[Receipt] = []
        changed: dict[str, dict[str, str]] = {}
        for signal in signals:
            id = signal.id
            known = self.known.get(id) or self._before.get(id)
            here = known is not None and known.room in self._doors.open
            what = outcome(signal, known, None if known is None or here else self._over(known.room))
            if known is not None and known.room not in self.opened:
                self.looked.add(known.room)
            if not here:
                self.unmoved.add(id)
            if what == "recorded":
                receipts.append(self._record(id, signal, known, via, practice))
                continue
            if known is None:
                receipts.append(Receipt(id, what, None))
                continue
            if what == "resolved":
                self._write(
                    known.room, f"source:{signal.source}", via, SignalResolved(signal=id, ends_at=signal.ends_at)
                )
                self.known[id] = msgspec.structs.replace(known, state="resolved")
                if here and known.room not in self.opened:
                    self.guarded.add(known.room)
            elif (
                signal.state == "firing"
                and signal.annotations is not known.annotations
                and signal.annotations != known.annotations
            ):
                changed[id] = signal.annotations
                self.known[id] = msgspec.structs.replace(known, annotations=signal.annotations)
            receipts.append(Receipt(id, what, known.room, ITS_OPEN_ROOM if here else ITS_ROOM_OVER))
        return receipts, changed

    def _over(self, room: str) -> Over | None:
        past = self._past.get(room)
        return past.status if past is not None else None

    def _last_at(self, room: str) -> datetime | None:
        if room in self.facts:
            return self._now
        # Whoever lets a signal begin in it meanwhile makes it fresh, so this rests on how it stands.
        self.looked.add(room)
        about = self._about.get(room)
        return about.last_at if about is not None else None

    def _record(self, id: str, signal: Signal, known: Known | None, via: str, practice: bool) -> Receipt:
        if is_blank(signal.title):
            # Nothing would be seen of it on the board and in the inbox.
            signal = msgspec.structs.replace(signal, title=f"Signal without a title from {signal.source}")
        plan = self._rules.plan(signal, practice)
        home = known.room if known is not None else None
        placed = place(home, plan, self._doors, self._last_at, self._now)
        room = placed.room
        if room is None:
            room = self._open(id, signal, home, plan, via, practice)
        elif room not in self.opened:
            self.guarded.add(room)
        if plan.key is not None:
            self._lead(plan.key, room, room == home)
            if self._doors.led.get(plan.key) == room:
                self.last[plan.key] = room
        fact = SignalRecorded(
            signal=id,
            source=signal.source,
            key=signal.key,
            group=signal.group,
            title=signal.title,
            kind=signal.kind,
            severity=signal.severity,
            service=signal.service,
            labels=signal.labels,
            annotations=signal.annotations,
            starts_at=signal.starts_at,
            url=signal.url,
            why=placed.why,
            rule=plan.rule,
            leads=[lead.key for lead in plan.leads[:1]] if plan.rule else None,
        )
        self._write(room, f"source:{signal.source}", via, fact)
        if known is None or known.room != room:
            self.placed[id] = room
        if plan.declares is not None:
            self._declare(plan, room, signal, via)
        self.known[id] = Known("firing", signal.severity, signal.labels, signal.starts_at, room, signal.annotations)
        return Receipt(id, "recorded", room, placed.why)

    def _lead(self, key: str, room: str, stays: bool) -> None:
        """Have the key lead to the room, unless it leads to another open one and the signal only stays where it was."""
        held = self._doors.led.get(key)
        if held == room or (stays and held in self._doors.open):
            return
        self._copy_doors()
        self.led.setdefault(key, held)
        self._doors.led[key] = room

    def _copy_doors(self) -> None:
        if not self._doors_copied:
            doors = self._doors
            self._doors = Doors(set(doors.open), dict(doors.led), dict(doors.last))
            self._doors_copied = True

    def _open(self, id: str, signal: Signal, home: str | None, plan: Plan, via: str, practice: bool) -> str:
        """A new room; an incident of the same group that is over is offered for reopening."""
        self._copy_doors()
        before = room_before(home, plan, self._doors)
        past = self._past.get(before) if before is not None else None
        room = self._new_room()
        self.opened.add(room)
        self._doors.open.add(room)
        for lead in plan.leads[1:]:
            # Of two that open rooms for neighbours at once, the second finds this and joins the first.
            self.unled.setdefault(lead.key, self._doors.led.get(lead.key))
        after = before if before is not None and past is not None else ""
        actor = f"source:{signal.source}"
        self._write(room, actor, via, RoomOpened(practice=practice, title=signal.title, after=after))
        if before is not None and past is not None and past.declared:
            again = ReopeningOffered(
                room=room,
                signal=id,
                title=signal.title,
                url=signal.url,
                source=signal.source,
                starts_at=signal.starts_at,
            )
            self._write(before, actor, via, again)
        self._about[room] = About(0, self._now, True, signal.title)
        return room

    def _declare(self, plan: Plan, room: str, signal: Signal, via: str) -> None:
        """Declare as the rule says, once, unless a person has declared or judged already."""
        about = self._about.get(room)
        if plan.declares is None or about is None or not about.may_declare:
            return
        profile = self._in_force.profile
        matrix, by = profile.severity, reference(profile)
        facts = declare_by_rule(plan.rule, plan.declares, signal, self._now, matrix, by, about.title)
        for fact in (*facts, *adopting.brought(Incident(room), facts, self._in_force)):
            self._write(room, RULE_ACTOR, via, fact)
        self._about[room] = msgspec.structs.replace(about, may_declare=False)
        if room not in self.opened:
            self.decided_at[room] = about.seq

    def _write(self, room: str, actor: str, via: str, fact: Fact) -> None:
        self.facts.setdefault(room, []).append(Written(actor, via, fact))
