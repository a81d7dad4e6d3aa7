"""The review: whether one is held, why, when, by whom, and each time it was put off.

Decided when the room is closed, and a deliberate decision either way. Never assumed, and never put off in silence.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, When
from watchroom.record.event import Decided, Deed, Event, Fact
from watchroom.resolution.closing import ReviewDecided, ReviewNeed


class DeferReview(Command, frozen=True, kw_only=True, tag="defer_review"):
    """Put the review off, with the reason, until another date."""

    due_at: Annotated[When | None, msgspec.Meta(description="When it is held instead.")] = None


class ReviewDeferred(Deed, frozen=True, kw_only=True):
    """The review was put off."""

    due_at: datetime | None = None

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class ReviewBecameOverdue(Fact, frozen=True, kw_only=True):
    """The review's date has passed, and nothing that was learnt had been written down. Written by the timers."""

    due_at: datetime


class Deferral(msgspec.Struct):
    """One time that the review was put off: by whom, when, why, from which date to which."""

    by: str
    at: datetime
    reason: str = ""
    was_due_at: datetime | None = None
    due_at: datetime | None = None


class Review(msgspec.Struct):
    """The decision as last made; `need` is None while nobody has decided."""

    need: ReviewNeed | None = None
    reason: str = ""
    due_at: datetime | None = None
    owner: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    deferrals: list[Deferral] = []
    overdue: bool = False


class View(Protocol):
    """What the decision here reads."""

    @property
    def review(self) -> Review: ...


def apply(state: Review, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    by = event.actor.removeprefix("person:")
    match fact:
        case ReviewDecided():
            state.need = fact.review
            state.reason = fact.reason
            state.due_at = fact.due_at
            state.owner = fact.owner
            state.decided_by = by
            state.decided_at = event.at
            state.overdue = False
        case ReviewDeferred():
            state.deferrals.append(
                Deferral(by=by, at=event.at, reason=fact.reason, was_due_at=state.due_at, due_at=fact.due_at)
            )
            state.due_at = fact.due_at
            state.overdue = False
        case ReviewBecameOverdue():
            state.overdue = state.due_at == fact.due_at


def defer_review(command: DeferReview, view: View, act: Act) -> Decided:
    """Put it off; what is put off for no reason, for no date, or again and again is asked about."""
    cautions = []
    if not act.reason:
        cautions.append(Caution("no_reason", "Put off without a reason.", "A sentence; whoever waits for it will ask."))
    if command.due_at is None:
        cautions.append(Caution("review_undated", "Put off without another date.", "Give due_at."))
    elif command.due_at <= act.at:
        cautions.append(Caution("due_in_past", "That date has passed already.", "Give a date to come."))
    if view.review.need != "required":
        cautions.append(
            Caution("review_undecided", "Nobody has decided that a review is held.", "Decide it when closing.")
        )
    if len(view.review.deferrals) >= 2:
        times = len(view.review.deferrals) + 1
        cautions.append(
            Caution(
                "deferred_often",
                f"It was put off {times} times by now.",
                "Hold a short one, or decide openly that none is held.",
            )
        )
    return Decided((ReviewDeferred(reason=act.reason, due_at=command.due_at),), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (ReviewDeferred, ReviewBecameOverdue)
HEEDS: tuple[type[Fact], ...] = (ReviewDecided,)
DECISIONS = {DeferReview: defer_review}
