"""Sorting a group of deliveries: what each signal is, which room it goes to, and the facts and claims that follow.

Works on an overlay over what is known, so that the signals of one group see each other and nothing is changed until
the group is durable. Called by the intake. Pure but for the ids of new rooms, which it is handed a maker for.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from watchroom.detection.declaration import RoomOpened
from watchroom.detection.grouping import Doors, Known, Over, group_key, outcome, room_before, room_for
from watchroom.detection.signal import Receipt, Signal, SignalRecorded, SignalResolved
from watchroom.record.event import Fact
from watchroom.resolution.reopening import ReopeningOffered


class Past(msgspec.Struct, frozen=True):
    """A room that is over: how, and whether it had been declared."""

    status: Over
    declared: bool


class Written(msgspec.Struct, frozen=True, gc=False):
    """A fact for a room, and where it came from."""

    source: str
    via: str
    fact: Fact


class Sorting:
    """One attempt at a group: an overlay over what is known, and what is to be written."""

    def __init__(
        self, known: Mapping[str, Known], doors: Doors, past: Mapping[str, Past], new_room: Callable[[], str]
    ) -> None:
        self._before = known
        self._doors = Doors(doors.open, doors.led, doors.last)
        self._doors_copied = False
        self._past = past
        self._new_room = new_room
        self.known: dict[str, Known] = {}
        self.facts: dict[str, list[Written]] = {}
        self.opened: dict[str, str] = {}
        """New rooms and the group key that leads to each."""
        self.taken_over: dict[str, str | None] = {}
        """For each group key of a new room: the room, over by now, that still holds it; None as a rule."""
        self.last: dict[str, str] = {}
        """Where each group led last."""
        self.guarded: set[str] = set()
        """Rooms that must still be open when this is written."""
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
            over = self._over(known)
            what = outcome(signal, known, over)
            room = known.room if known is not None else None
            if known is not None and known.room not in self.opened:
                self.looked.add(known.room)
            if known is None or known.room not in self._doors.open:
                self.unmoved.add(id)
            if what == "recorded":
                room = self._record(id, signal, known, via, practice)
            elif what == "resolved" and known is not None:
                self._write(known.room, signal.source, via, SignalResolved(signal=id, ends_at=signal.ends_at))
                self.known[id] = msgspec.structs.replace(known, state="resolved")
                if known.room in self._doors.open and known.room not in self.opened:
                    self.guarded.add(known.room)
            elif known is not None and signal.state == "firing" and signal.annotations != known.annotations:
                changed[id] = signal.annotations
                self.known[id] = msgspec.structs.replace(known, annotations=signal.annotations)
            receipts.append(Receipt(id, what, room))
        return receipts, changed

    def _over(self, known: Known | None) -> Over | None:
        if known is None or known.room in self._doors.open:
            return None
        past = self._past.get(known.room)
        return past.status if past is not None else None

    def _record(self, id: str, signal: Signal, known: Known | None, via: str, practice: bool) -> str:
        room = room_for(signal, known, self._doors)
        if room is None:
            room = self._open(id, signal, known, via, practice)
        elif room not in self.opened:
            self.guarded.add(room)
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
        )
        self._write(room, signal.source, via, fact)
        if known is None or known.room != room:
            self.placed[id] = room
        self.known[id] = Known("firing", signal.severity, signal.labels, signal.starts_at, room, signal.annotations)
        self.last[group_key(signal.source, signal.group)] = room
        return room

    def _open(self, id: str, signal: Signal, known: Known | None, via: str, practice: bool) -> str:
        """A new room; an incident of the same group that is over is offered for reopening."""
        if not self._doors_copied:
            doors = self._doors
            self._doors = Doors(set(doors.open), dict(doors.led), dict(doors.last))
            self._doors_copied = True
        before = room_before(signal, known, self._doors)
        past = self._past.get(before) if before is not None else None
        room = self._new_room()
        key = group_key(signal.source, signal.group)
        self.opened[room] = key
        self._doors.open.add(room)
        self.taken_over[key] = self._doors.led.get(key)
        self._doors.led[key] = room
        after = before if before is not None and past is not None else ""
        self._write(room, signal.source, via, RoomOpened(practice=practice, title=signal.title, after=after))
        if before is not None and past is not None and past.declared:
            self._write(before, signal.source, via, ReopeningOffered(room=room, signal=id, title=signal.title))
        return room

    def _write(self, room: str, source: str, via: str, fact: Fact) -> None:
        self.facts.setdefault(room, []).append(Written(source, via, fact))
