"""Unknowns: what is not known, and who finds it out by when. A dated unknown is worth as much as a number.

Answered by an observation that names it. `incident/timers` writes `UnknownBecameOverdue` when its time has passed.
Never guesses.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, Text, When
from watchroom.detection.signal import ObservationNoted
from watchroom.people import absence
from watchroom.people.absence import not_told
from watchroom.record.event import Decided, Deed, Event, Fact


class StateUnknown(Command, frozen=True, kw_only=True, tag="state_unknown"):
    """Say what is not known, who finds it out, and by when."""

    text: Text
    person: Annotated[Name | None, msgspec.Meta(description="Who finds it out.")] = None
    by: Annotated[When | None, msgspec.Meta(description="By when.")] = None


class UnknownStated(Deed, frozen=True, kw_only=True):
    """Somebody said what is not known."""

    id: str
    text: str
    person: str = ""
    by: datetime | None = None


class UnknownBecameOverdue(Fact, frozen=True, kw_only=True):
    """It was to be found out by now. Written by the timers, once for each unknown."""

    unknown: str
    by: datetime


class Unknown(msgspec.Struct):
    """An unknown as it stands."""

    id: str
    text: str
    state: Literal["open", "answered"]
    person: str
    by: datetime | None
    stated_by: str
    at: datetime
    overdue: bool = False
    answer: str = ""
    answered_at: datetime | None = None


class Unknowns(msgspec.Struct):
    """The room's unknowns in the order in which they were stated."""

    by_id: dict[str, Unknown] = {}

    @property
    def open(self) -> list[Unknown]:
        """Those that nobody has answered."""
        return [unknown for unknown in self.by_id.values() if unknown.state == "open"]


class View(absence.Room, Protocol):
    """What the decision here reads."""

    @property
    def issued(self) -> dict[str, int]: ...


def apply(state: Unknowns, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case UnknownStated():
            state.by_id[fact.id] = Unknown(
                id=fact.id,
                text=fact.text,
                state="open",
                person=fact.person,
                by=fact.by,
                stated_by=event.actor.removeprefix("person:"),
                at=event.at,
            )
        case UnknownBecameOverdue():
            if (unknown := state.by_id.get(fact.unknown)) is not None and unknown.state == "open":
                unknown.overdue = True
        case ObservationNoted():
            if (unknown := state.by_id.get(fact.answers)) is not None:
                unknown.state, unknown.overdue = "answered", False
                unknown.answer, unknown.answered_at = fact.text, event.at


def state_unknown(command: StateUnknown, view: View, act: Act) -> Decided:
    """State it; a person and a time are asked for."""
    cautions: list[Caution] = []
    if command.person is None:
        cautions.append(Caution("no_person", "Nobody finds it out.", "Name who does: person."))
    if command.by is None:
        cautions.append(Caution("no_time", "It has no time.", "By when? “Unknown, Bo finds out by 14:20” is enough."))
    elif command.by <= act.at:
        cautions.append(Caution("time_passed", "That time has passed already.", "Give a time to come."))
    id = f"N{view.issued.get('N', 0) + 1}"
    fact = UnknownStated(id=id, text=command.text, person=command.person or "", by=command.by)
    cautions += not_told([fact.person], id, view, act)
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (UnknownStated, UnknownBecameOverdue)
HEEDS: tuple[type[Fact], ...] = (ObservationNoted,)
DECISIONS = {StateUnknown: state_unknown}
