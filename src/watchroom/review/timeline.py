"""The annotated timeline: moments that matter, and what those who were there believed at them.

A mark says why a moment matters; a belief says what somebody took to be true then. Beliefs that differ are the best
part of a review: nobody's is corrected. Never changes the moment itself.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Text
from watchroom.base.errors import UnknownThing
from watchroom.record.event import Decided, Deed, Event, Fact

Moment = Annotated[int, msgspec.Meta(ge=1, description="The event's number in this room.")]


class MarkTimeline(Command, frozen=True, kw_only=True, tag="mark_timeline"):
    """Mark a moment, and say why it matters."""

    seq: Moment
    text: Text


class RecordBelief(Command, frozen=True, kw_only=True, tag="record_belief"):
    """Say what you believed at a moment, whatever turned out later."""

    seq: Moment
    text: Text


class TimelineMarked(Deed, frozen=True, kw_only=True):
    """Somebody said why a moment matters."""

    seq: int
    text: str

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class BeliefRecorded(Deed, frozen=True, kw_only=True):
    """Somebody said what they believed at a moment."""

    seq: int
    text: str

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class Note(msgspec.Struct):
    """What somebody wrote at a moment."""

    text: str
    by: str
    at: datetime
    seq: int = 0
    """The number of the event that says so; 0 in what an older version has folded."""


class Annotations(msgspec.Struct):
    """Marks and beliefs by the number of the moment."""

    marks: dict[int, list[Note]] = {}
    beliefs: dict[int, list[Note]] = {}

    @property
    def moments(self) -> list[int]:
        """The numbers of all moments that carry either, in order."""
        return sorted({*self.marks, *self.beliefs})


class View(Protocol):
    """What the decisions here read."""

    @property
    def seq(self) -> int: ...
    @property
    def annotations(self) -> Annotations: ...


def apply(state: Annotations, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    by = event.actor.removeprefix("person:")
    match fact:
        case TimelineMarked():
            state.marks.setdefault(fact.seq, []).append(Note(text=fact.text, by=by, at=event.at, seq=event.seq))
        case BeliefRecorded():
            state.beliefs.setdefault(fact.seq, []).append(Note(text=fact.text, by=by, at=event.at, seq=event.seq))


def _there(seq: int, view: View) -> None:
    if seq > view.seq:
        raise UnknownThing(f"The room has no event {seq}.", hint=f"It has 1 to {view.seq}.")


def mark_timeline(command: MarkTimeline, view: View, act: Act) -> Decided:
    """A moment may be marked more than once, by several people."""
    _there(command.seq, view)
    return Decided((TimelineMarked(seq=command.seq, text=command.text),))


def record_belief(command: RecordBelief, view: View, act: Act) -> Decided:
    """A belief stands as it is told. One at a moment that nobody marked is asked about."""
    _there(command.seq, view)
    cautions: tuple[Caution, ...] = ()
    if command.seq not in view.annotations.marks:
        hint = "Mark it with mark_timeline, so that others say what they believed too."
        cautions = (Caution("not_marked", "Nobody has marked this moment.", hint),)
    return Decided((BeliefRecorded(seq=command.seq, text=command.text),), cautions)


FACTS: tuple[type[Fact], ...] = (TimelineMarked, BeliefRecorded)
DECISIONS = {MarkTimeline: mark_timeline, RecordBelief: record_belief}
