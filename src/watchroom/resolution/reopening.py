"""Reopening: it came back, or was put away too early. One action, counted once.

A resolved room never swallows a new signal: that signal opens a room of its own, and this room offers to be
reopened. Never reopens by itself.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command
from watchroom.base.errors import AlreadyDone
from watchroom.detection.triage import DISMISSING, Judgements
from watchroom.mitigation.impact import Impact
from watchroom.record.event import Decided, Deed, Event, Fact
from watchroom.resolution.closing import Closing
from watchroom.resolution.resolving import Resolution


class Reopen(Command, frozen=True, kw_only=True, tag="reopen"):
    """Open it again: the same incident goes on, and is counted once."""


class ReopeningOffered(Fact, frozen=True, kw_only=True):
    """A signal of this room's group fired again after it was over; the signal waits in a room of its own."""

    room: str
    signal: str
    title: str
    url: str = ""
    source: str = ""
    starts_at: datetime | None = None


class IncidentReopened(Deed, frozen=True, kw_only=True):
    """It goes on."""

    joined: Annotated[list[str], msgspec.Meta(description="Rooms whose signals were moved back into this one.")] = []


class Offer(msgspec.Struct):
    """What fired again, when, and the room where it waits."""

    room: str
    signal: str
    title: str
    at: datetime
    url: str = ""
    """Where the sender says that it can be looked at."""
    source: str = ""
    starts_at: datetime | None = None
    """When it began, as its sender says."""


class Reopening(msgspec.Struct):
    """Open offers, and how often it was opened again."""

    offers: list[Offer] = []
    times: int = 0
    reopened_at: datetime | None = None


class View(Protocol):
    """What the decision here reads."""

    @property
    def closing(self) -> Closing: ...
    @property
    def impact(self) -> Impact: ...
    @property
    def resolution(self) -> Resolution: ...
    @property
    def reopening(self) -> Reopening: ...
    @property
    def status(self) -> str: ...


def apply(state: Reopening, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case ReopeningOffered():
            state.offers.append(
                Offer(
                    room=fact.room,
                    signal=fact.signal,
                    title=fact.title,
                    at=event.at,
                    url=fact.url,
                    source=fact.source,
                    starts_at=fact.starts_at,
                )
            )
        case IncidentReopened():
            state.offers = []
            state.times += 1
            state.reopened_at = event.at


def apply_to_resolution(state: Resolution, fact: Fact, event: Event) -> None:
    """A reopened incident is not over."""
    if isinstance(fact, IncidentReopened):
        state.resolved_at = None
        state.resolved_by = ""


def apply_to_closing(state: Closing, fact: Fact, event: Event) -> None:
    """A reopened room is not put away."""
    if isinstance(fact, IncidentReopened):
        state.closed_at = None
        state.closed_by = ""


def apply_to_judgements(state: Judgements, fact: Fact, event: Event) -> None:
    """What was judged away waits for a judgement again."""
    if isinstance(fact, IncidentReopened):
        for signal, judgement in list(state.by_signal.items()):
            if judgement.verdict in DISMISSING:
                del state.by_signal[signal]


def reopen(command: Reopen, view: View, act: Act) -> Decided:
    """Go on with it. Moving the signals that wait elsewhere is the write path's further part."""
    if view.status not in ("resolved", "closed", "dismissed"):
        raise AlreadyDone("It is open.", hint="Nothing needs doing; if impact returned, use mark_impact_returned.")
    joined = list(dict.fromkeys(offer.room for offer in view.reopening.offers))
    cautions: tuple[Caution, ...] = ()
    if view.impact.mitigated_at is not None:
        cautions = (
            Caution(
                "still_mitigated",
                "It still stands as mitigated: nobody has said that customers hurt again.",
                "If they do, use mark_impact_returned.",
            ),
        )
    return Decided((IncidentReopened(reason=act.reason, joined=joined),), cautions)


FACTS: tuple[type[Fact], ...] = (ReopeningOffered, IncidentReopened)
DECISIONS = {Reopen: reopen}
