"""Replay: which rooms a week's signals would have opened under some rules, and how that differs from others.

What really ended rooms (a resolving, a closing, a verdict) ends the replayed ones too: a replayed room is over once
everything that is in it was let go. What people moved by hand is not replayed, nor is what repeated. Called by the
preview, off the event loop. Pure: nothing is written.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from watchroom.detection.grouping import Doors, place
from watchroom.detection.grouping_rules import Rules
from watchroom.detection.signal import Signal

EXAMPLES_MAX = 10
TITLES_PER_EXAMPLE_MAX = 6


class Fired(msgspec.Struct, frozen=True):
    """A signal began, and went to `room`."""

    at: datetime
    signal: Signal
    room: str


class Ended(msgspec.Struct, frozen=True):
    """A signal ended, as its sender said."""

    at: datetime
    signal: str


class Moved(msgspec.Struct, frozen=True):
    """A person moved a signal to `room`."""

    signal: str
    room: str


class LetGo(msgspec.Struct, frozen=True):
    """A person judged a signal away."""

    signal: str


class RoomOver(msgspec.Struct, frozen=True):
    """A room was resolved or closed."""

    room: str


class RoomBack(msgspec.Struct, frozen=True):
    """A room was reopened."""

    room: str


Step = Fired | Ended | Moved | LetGo | RoomOver | RoomBack


class Replayed(msgspec.Struct):
    """What became of the signals under some rules."""

    went: list[int] = []
    """For each `Fired`, in order: the number of the room that it went to."""
    opened_by: list[str] = []
    """For each room: the rule that opened it; empty: the sender's group."""
    signals_by_rule: dict[str, int] = {}
    declared: int = 0
    """How many rooms a rule would have declared."""


class Tally(msgspec.Struct, frozen=True):
    """How many rooms there are under some rules."""

    rooms: int
    largest: Annotated[int, msgspec.Meta(description="The most signals in one room.")]
    alone: Annotated[int, msgspec.Meta(description="Rooms with one signal.")]
    declared: Annotated[int, msgspec.Meta(description="Rooms that a rule would have declared.")]


class Example(msgspec.Struct, frozen=True):
    """One room that would be made of several, or one that would become several."""

    at: datetime
    title: str
    signals: int
    parts: Annotated[int, msgspec.Meta(description="How many rooms it was made of, or would become.")]
    titles: Annotated[list[str], msgspec.Meta(description="What those rooms begin with.")]
    streams: Annotated[list[str], msgspec.Meta(description="Where these signals are really.")]


class RuleTally(msgspec.Struct, frozen=True):
    """How much one of the new rules has to say."""

    rule: str
    signals: int
    rooms: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The rules as they are and as they would be, over the same signals."""

    signals: int
    before: Tally
    after: Tally
    merged: int
    """Rooms that would be made of several."""
    split: int
    """Rooms that would become several."""
    merged_examples: list[Example]
    split_examples: list[Example]
    rules: list[RuleTally]


class _World:
    """The rooms of one replay."""

    def __init__(self, rules: Rules) -> None:
        self.done = Replayed()
        self._rules = rules
        self._doors = Doors()
        self._home: dict[str, str] = {}
        self._really: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._live: dict[str, set[str]] = {}
        self._last: dict[str, datetime] = {}
        self._declared: set[str] = set()
        self._judged: set[str] = set()

    def take(self, step: Step) -> None:
        match step:
            case Fired():
                self._fired(step)
            case Ended(at, signal):
                if signal in self._home:
                    self._last[self._home[signal]] = at
            case Moved(signal, room):
                self._is_really_in(signal, room)
            case LetGo(signal):
                if signal in self._home:
                    self._judged.add(self._home[signal])
                self._let_go(signal)
            case RoomOver(room):
                for signal in self._members.get(room, ()):
                    self._let_go(signal)
            case RoomBack(room):
                for signal in self._members.get(room, ()):
                    home = self._home[signal]
                    self._live[home].add(signal)
                    self._doors.open.add(home)

    def _fired(self, step: Fired) -> None:
        signal = step.signal
        plan = self._rules.plan(signal)
        room = place(self._home.get(signal.id), plan, self._doors, self._last.get, step.at).room
        if room is None:
            room = str(len(self.done.opened_by))
            self.done.opened_by.append(plan.rule)
            self._doors.open.add(room)
            self._live[room] = set()
        stays = self._home.get(signal.id) == room
        if plan.key is not None and not (stays and self._doors.led.get(plan.key) in self._doors.open):
            self._doors.led[plan.key] = room
        self._home[signal.id] = room
        self._live[room].add(signal.id)
        self._last[room] = step.at
        self._is_really_in(signal.id, step.room)
        self.done.went.append(int(room))
        self.done.signals_by_rule[plan.rule] = self.done.signals_by_rule.get(plan.rule, 0) + 1
        if plan.declares is not None and room not in self._declared and room not in self._judged:
            self._declared.add(room)
            self.done.declared += 1

    def _is_really_in(self, signal: str, room: str) -> None:
        before = self._really.get(signal)
        if before is not None:
            self._members[before].discard(signal)
        if signal in self._home:
            self._really[signal] = room
            self._members.setdefault(room, set()).add(signal)

    def _let_go(self, signal: str) -> None:
        home = self._home.get(signal)
        if home is None:
            return
        self._live[home].discard(signal)
        if not self._live[home]:
            self._doors.open.discard(home)


def replay(steps: Iterable[Step], rules: Rules) -> Replayed:
    """The rooms that these steps would have made under the rules."""
    world = _World(rules)
    for step in steps:
        world.take(step)
    return world.done


def compare(steps: Sequence[Step], before: Rules, after: Rules) -> Comparison:
    """The same steps under two sets of rules: how many rooms, and which would be merged or split."""
    fired = [step for step in steps if isinstance(step, Fired)]
    old, new = replay(steps, before), replay(steps, after)
    merged = _parts(new.went, old.went)
    split = _parts(old.went, new.went)
    names = list(dict.fromkeys([*(rule.name for rule in after.rules), ""]))
    return Comparison(
        signals=len(fired),
        before=_tally(old),
        after=_tally(new),
        merged=len(merged),
        split=len(split),
        merged_examples=_examples(fired, new.went, old.went, merged),
        split_examples=_examples(fired, old.went, new.went, split),
        rules=[RuleTally(name, new.signals_by_rule.get(name, 0), new.opened_by.count(name)) for name in names],
    )


def _tally(done: Replayed) -> Tally:
    sizes = [0] * len(done.opened_by)
    for room in done.went:
        sizes[room] += 1
    return Tally(len(sizes), max(sizes, default=0), sizes.count(1), done.declared)


def _parts(whole: Sequence[int], others: Sequence[int]) -> list[int]:
    """The rooms of `whole` whose signals are in several rooms of the other; those in the most come first."""
    found: dict[int, set[int]] = {}
    for room, other in zip(whole, others, strict=True):
        found.setdefault(room, set()).add(other)
    several = [room for room, parts in found.items() if len(parts) > 1]
    return sorted(several, key=lambda room: (-len(found[room]), room))


def _examples(
    fired: Sequence[Fired], whole: Sequence[int], others: Sequence[int], rooms: Sequence[int]
) -> list[Example]:
    shown = {room: _Gathered() for room in rooms[:EXAMPLES_MAX]}
    for step, room, other in zip(fired, whole, others, strict=True):
        gathered = shown.get(room)
        if gathered is not None:
            gathered.steps.append(step)
            gathered.titles.setdefault(other, step.signal.title)
            gathered.streams.setdefault(step.room)
    return [
        Example(
            each.steps[0].at,
            each.steps[0].signal.title,
            len(each.steps),
            len(each.titles),
            list(each.titles.values())[:TITLES_PER_EXAMPLE_MAX],
            list(each.streams)[:TITLES_PER_EXAMPLE_MAX],
        )
        for each in shown.values()
    ]


class _Gathered(msgspec.Struct):
    """What is gathered for one example."""

    steps: list[Fired] = []
    titles: dict[int, str] = {}
    streams: dict[str, None] = {}
