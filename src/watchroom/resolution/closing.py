"""Closing: the room is put away, with a deliberate decision about a review.

The checklist is the profile's (`closure`); it warns and never blocks. Never decides for or against a review by itself.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, When
from watchroom.base.errors import AlreadyDone
from watchroom.communication.cadence import Cadence
from watchroom.detection.declaration import Declaration, undeclared_caution
from watchroom.mitigation.page import Pages, withdraw
from watchroom.people import absence
from watchroom.people.absence import not_told
from watchroom.record.event import Decided, Deed, Event, Fact
from watchroom.resolution import closure
from watchroom.resolution.closure import Closure, Item
from watchroom.resolution.resolving import firing_caution, shims_caution

ReviewNeed = Literal["required", "not_required"]


class Close(Command, frozen=True, kw_only=True, tag="close"):
    """Put the room away, and say whether a review is held, why, by when and by whom."""

    review: ReviewNeed | None = None
    due_at: Annotated[When | None, msgspec.Meta(description="When the review is held.")] = None
    owner: Annotated[Name | None, msgspec.Meta(description="Who holds the review.")] = None


class IncidentClosed(Deed, frozen=True, kw_only=True):
    """The room was put away."""


class ReviewDecided(Deed, frozen=True, kw_only=True):
    """Somebody decided whether a review is held."""

    review: ReviewNeed
    due_at: datetime | None = None
    owner: str = ""
    profile: Annotated[
        str, msgspec.Meta(description="Name and digest of the profile that the date is from; empty: a person gave it.")
    ] = ""

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class Closing(msgspec.Struct):
    """Whether the room was put away."""

    closed_at: datetime | None = None
    closed_by: str = ""


class Decision(Protocol):
    """What was decided about a review, as far as closing asks."""

    @property
    def need(self) -> ReviewNeed | None: ...


class View(closure.View, absence.Room, Protocol):
    """What the decision here reads."""

    @property
    def declaration(self) -> Declaration: ...
    @property
    def review(self) -> Decision: ...
    @property
    def closing(self) -> Closing: ...
    @property
    def closure(self) -> Closure: ...
    @property
    def proposed_by(self) -> str: ...

    def review_due_by(self, closed_at: datetime) -> datetime | None:
        """When the profile would have the review held."""


def apply(state: Closing, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, IncidentClosed):
        state.closed_at = event.at
        state.closed_by = event.actor.removeprefix("person:")


def apply_to_cadence(state: Cadence, fact: Fact, event: Event) -> None:
    """Once the room is put away nothing more is promised."""
    if isinstance(fact, IncidentClosed):
        state.promises = {}


def apply_to_pages(state: Pages, fact: Fact, event: Event) -> None:
    """Once the room is put away nobody is called to it any more."""
    if isinstance(fact, IncidentClosed):
        withdraw(state, event)


def close(command: Close, view: View, act: Act) -> Decided:
    """Close; what is open is said. Of a closed room, what was left open about its review can still be decided."""
    if view.closing.closed_at is not None:
        if command.review is None or command.review == view.review.need:
            raise AlreadyDone("It is closed already.", hint="If it came back, reopen it.")
        return Decided(*_review_decided(command, view, act))
    cautions = [*undeclared_caution(view.declaration), *_checklist(view)]
    facts: list[Fact] = [IncidentClosed(reason=act.reason)]
    if command.review is None:
        hint = 'Give "review": required or not_required.'
        if view.closure.expects_review(view.rating.severity):
            due_at = view.review_due_by(act.at)
            by = f", by {due_at:%Y-%m-%d}" if due_at is not None else ""
            hint = f'The profile expects one of a {view.rating.severity}{by}. Give "review": required or not_required.'
        cautions.append(Caution("review_undecided", "Nobody has decided about a review.", hint))
    else:
        decided, asked = _review_decided(command, view, act)
        facts += decided
        cautions += asked
    return Decided(tuple(facts), tuple(cautions))


_UNMET: dict[Item, tuple[str, str]] = {
    "resolved": ("not_resolved", "Resolve it; closing puts it away."),
    "severity_confirmed": ("severity_unconfirmed", "Rate it with set_severity: the record is sorted by it."),
    "categorised": ("not_categorised", "Say what kind it was with categorise."),
    "tasks_done": ("open_tasks", "Report them with report_task, or say who goes on."),
    "inbound_answered": ("open_inbound", "Answer with answer_inbound; somebody waits."),
    "customers_told": ("customers_not_told", 'Post an update to customers, in words and with "state": "resolved".'),
}


def _checklist(view: View) -> Iterator[Caution]:
    """What the profile asks before a room is put away, as far as it is not so."""
    for item, words in closure.unmet(view.closure, view):
        match item:
            case "signals_quiet":
                yield from firing_caution(view.signals)
            case "shims_undone":
                yield from shims_caution(view.shims)
            case _:
                code, hint = _UNMET[item]
                yield Caution(code, words, hint)


def _review_decided(command: Close, view: View, act: Act) -> tuple[tuple[Fact, ...], tuple[Caution, ...]]:
    assert command.review is not None
    due_at, profile = command.due_at, ""
    expected = view.closure.expects_review(view.rating.severity)
    if command.review == "required" and due_at is None and expected:
        due_at = view.review_due_by(act.at)
        profile = view.proposed_by if due_at is not None else ""
    fact = ReviewDecided(
        review=command.review, reason=act.reason, due_at=due_at, owner=command.owner or "", profile=profile
    )
    cautions: tuple[Caution, ...] = ()
    if command.review == "required" and (due_at is None or command.owner is None):
        hint = "Give due_at and owner, or defer it."
        if due_at is not None and profile:
            hint = f"The profile has it held by {due_at:%Y-%m-%d %H:%M} UTC. Name who holds it."
        cautions = (Caution("review_undated", "The review has no date or no owner.", hint),)
    if command.due_at is not None and command.due_at <= act.at:
        hint = "Give a date to come with defer_review."
        cautions += (
            Caution("due_in_past", f"The review's date, {command.due_at:%Y-%m-%d}, has passed already.", hint),
        )
    if command.review == "not_required" and not act.reason:
        cautions += (Caution("no_reason", "No review, and no reason why.", "Say in a sentence why not."),)
    if command.review == "not_required" and expected:
        said = f"The profile expects a review of a {view.rating.severity}."
        cautions += (Caution("review_expected", said, "Hold a short one, or let the reason say why none is worth it."),)
    cautions += not_told([fact.owner], "the review", view, act)
    return (fact,), cautions


FACTS: tuple[type[Fact], ...] = (IncidentClosed, ReviewDecided)
DECISIONS = {Close: close}
