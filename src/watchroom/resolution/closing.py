"""Closing: the room is put away, with a deliberate decision about a review.

The checklist warns and never blocks. Never decides for or against a review by itself.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, When
from watchroom.base.errors import AlreadyDone
from watchroom.communication.cadence import Cadence
from watchroom.communication.inbound import Inbound
from watchroom.detection.signal import Signals
from watchroom.mitigation.task import Tasks
from watchroom.record.event import Decided, Event, Fact
from watchroom.resolution.resolving import Resolution, firing_caution, shims_caution
from watchroom.resolution.shim import Shims

ReviewNeed = Literal["required", "not_required"]


class Close(Command, frozen=True, kw_only=True, tag="close"):
    """Put the room away, and say whether a review is held, why, by when and by whom."""

    review: ReviewNeed | None = None
    due_at: Annotated[When | None, msgspec.Meta(description="When the review is held.")] = None
    owner: Annotated[Name | None, msgspec.Meta(description="Who holds the review.")] = None


class IncidentClosed(Fact, frozen=True, kw_only=True):
    """The room was put away."""

    reason: str = ""


class ReviewDecided(Fact, frozen=True, kw_only=True):
    """Somebody decided whether a review is held."""

    review: ReviewNeed
    reason: str = ""
    due_at: datetime | None = None
    owner: str = ""


class Closing(msgspec.Struct):
    """Whether the room was put away."""

    closed_at: datetime | None = None
    closed_by: str = ""


class Decision(Protocol):
    """What was decided about a review, as far as closing asks."""

    @property
    def need(self) -> ReviewNeed | None: ...


class View(Protocol):
    """What the decision here reads."""

    @property
    def review(self) -> Decision: ...

    @property
    def closing(self) -> Closing: ...
    @property
    def resolution(self) -> Resolution: ...
    @property
    def shims(self) -> Shims: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def inbound(self) -> Inbound: ...


def apply(state: Closing, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, IncidentClosed):
        state.closed_at = event.at
        state.closed_by = event.actor.removeprefix("person:")


def apply_to_cadence(state: Cadence, fact: Fact, event: Event) -> None:
    """Once the room is put away nothing more is promised."""
    if isinstance(fact, IncidentClosed):
        state.promises = {}


def close(command: Close, view: View, act: Act) -> Decided:
    """Close; what is open is said. Of a closed room, what was left open about its review can still be decided."""
    if view.closing.closed_at is not None:
        if command.review is None or command.review == view.review.need:
            raise AlreadyDone("It is closed already.", hint="If it came back, reopen it.")
        return Decided(*_review_decided(command, act))
    cautions = [*firing_caution(view.signals), *shims_caution(view.shims)]
    cautions += _left_open(view)
    if view.resolution.resolved_at is None:
        cautions.append(
            Caution("not_resolved", "Nobody has said that it is over.", "Resolve it; closing puts it away.")
        )
    facts: list[Fact] = [IncidentClosed(reason=act.reason)]
    if command.review is None:
        cautions.append(
            Caution(
                "review_undecided", "Nobody has decided about a review.", 'Give "review": required or not_required.'
            )
        )
    else:
        decided, asked = _review_decided(command, act)
        facts += decided
        cautions += asked
    return Decided(tuple(facts), tuple(cautions))


def _left_open(view: View) -> list[Caution]:
    """Work and answers that somebody still waits for, each said once."""
    cautions = []
    tasks, items = view.tasks.open, view.inbound.open
    if tasks:
        said = f"Tasks are open: {', '.join(task.id for task in tasks[:5])}."
        cautions.append(Caution("open_tasks", said, "Report them, or say that they go on elsewhere."))
    if items:
        said = f"Somebody waits for an answer: {', '.join(item.id for item in items[:5])}."
        cautions.append(Caution("open_inbound", said, "Answer them, or decline them with a reason."))
    return cautions


def _review_decided(command: Close, act: Act) -> tuple[tuple[Fact, ...], tuple[Caution, ...]]:
    assert command.review is not None
    fact = ReviewDecided(review=command.review, reason=act.reason, due_at=command.due_at, owner=command.owner or "")
    cautions: tuple[Caution, ...] = ()
    if command.review == "required" and (command.due_at is None or command.owner is None):
        hint = "Give due_at and owner, or defer it."
        cautions = (Caution("review_undated", "The review has no date or no owner.", hint),)
    if command.review == "not_required" and not act.reason:
        cautions = (Caution("no_reason", "No review, and no reason why.", "Say in a sentence why not."),)
    return (fact,), cautions


FACTS: tuple[type[Fact], ...] = (IncidentClosed, ReviewDecided)
DECISIONS = {Close: close}
