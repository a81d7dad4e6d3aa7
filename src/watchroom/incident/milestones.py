"""Milestones: when an incident was noticed, declared, told, mitigated, resolved, and by which event it is known.

Folded like every other part of a room, so that measures need no history. A milestone is where things stand now: what
came back is not mitigated, what was reopened is not resolved, however often. Read by `measures` and by nothing that
decides. Pure.
"""

from bisect import insort
from datetime import datetime

import msgspec

from watchroom.communication.update import UpdateApproved, UpdateDrafted, UpdatePosted, tells
from watchroom.detection.declaration import DeclarationWithdrawn, IncidentDeclared, IncidentNoticed
from watchroom.detection.signal import SignalMoved, SignalRecorded
from watchroom.detection.triage import SignalTriaged
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned, ImpactStated
from watchroom.mitigation.page import PageRequested
from watchroom.record.event import Event, Fact
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved
from watchroom.review.sharing import ReviewShared

SIGNS_KEPT = 8
"""So many of the earliest signs are kept: the first may be moved to another room, and then the next one counts."""


class Moment(msgspec.Struct, frozen=True, order=True):
    """When something was so, and the number of the event that says it."""

    at: datetime
    seq: int
    recorded: bool = True
    """Whether it was recorded as it happened, by the house's clock; else somebody stated the time."""


class Sign(msgspec.Struct, frozen=True, order=True):
    """Something by which it could be noticed."""

    moment: Moment
    signal: str = ""
    """The signal; empty when a person said that it was noticed."""


class Milestones(msgspec.Struct):
    """The milestones that stand."""

    began: Moment | None = None
    """When customers first felt it, as last stated."""
    signs: list[Sign] = []
    """The earliest signs, the first of them first."""
    waited: Moment | None = None
    """The last judgement, before it was declared, that it burns slowly: waiting was then a decision."""
    declared: Moment | None = None
    paged: Moment | None = None
    answered: Moment | None = None
    drafts: list[str] = []
    """Updates to customers that wait to be approved."""
    told: Moment | None = None
    """When customers first heard."""
    mitigated: Moment | None = None
    returned: Moment | None = None
    """When customers hurt again; None once it is mitigated anew."""
    resolved: Moment | None = None
    closed: Moment | None = None
    shared: Moment | None = None
    """When its review was first given to somebody, since it was last opened."""


def _moment(event: Event, at: datetime | None = None) -> Moment:
    when = at or event.at
    return Moment(when, event.seq, when == event.recorded_at)


def _earlier(before: Moment | None, moment: Moment) -> Moment:
    return moment if before is None else min(before, moment)


def note_answer(state: Milestones, event: Event) -> None:
    """Somebody who was called answered by what they did: when they did it, whatever time that speaks of."""
    state.answered = _earlier(state.answered, Moment(event.recorded_at, event.seq))


def note_acknowledged(state: Milestones, event: Event) -> None:
    """Somebody who was called said that they heard, or another said so and how they know."""
    state.answered = _earlier(state.answered, _moment(event))


def apply(state: Milestones, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case SignalRecorded():
            # A sender's clock may be ahead: nobody noticed it before it came, or later than it came.
            _sign(state, _moment(event, min(fact.starts_at or event.at, event.at)), fact.signal)
        case SignalMoved():
            state.signs = [sign for sign in state.signs if sign.signal != fact.signal]
        case IncidentNoticed():
            _sign(state, _moment(event, fact.noticed_at), "")
        case SignalTriaged():
            if fact.verdict == "slow_burn" and state.declared is None:
                state.waited = _moment(event)
        case IncidentDeclared():
            state.declared = _moment(event)
        case DeclarationWithdrawn():
            state.declared = None
        case PageRequested():
            state.paged = _earlier(state.paged, _moment(event))
        case UpdateDrafted() | UpdatePosted() | UpdateApproved():
            _told(state, fact, event)
        case _:
            _ended(state, fact, event)


def _sign(state: Milestones, moment: Moment, signal: str) -> None:
    insort(state.signs, Sign(moment, signal))
    del state.signs[SIGNS_KEPT:]


def _told(state: Milestones, fact: Fact, event: Event) -> None:
    match fact:
        case UpdateDrafted() | UpdatePosted() if not tells(fact, event):
            pass
        case UpdateDrafted(audience="customers"):
            state.drafts.append(fact.id)
        case UpdatePosted(audience="customers"):
            state.told = _earlier(state.told, _moment(event))
        case UpdateApproved() if fact.update in state.drafts:
            state.told = _earlier(state.told, _moment(event))


def _ended(state: Milestones, fact: Fact, event: Event) -> None:
    match fact:
        case ImpactStated():
            if fact.began_at is not None:
                state.began = _moment(event, fact.began_at)
        case ImpactMitigated():
            state.mitigated, state.returned = _moment(event), None
        case ImpactReturned():
            state.mitigated, state.returned = None, _moment(event)
        case IncidentResolved():
            state.resolved = _moment(event)
        case IncidentClosed():
            state.closed = _moment(event)
        case ReviewShared():
            state.shared = _earlier(state.shared, _moment(event))
        case IncidentReopened():
            state.resolved = state.closed = state.shared = None


FACTS: tuple[type[Fact], ...] = ()
HEEDS: tuple[type[Fact], ...] = (
    SignalRecorded,
    SignalMoved,
    IncidentNoticed,
    SignalTriaged,
    IncidentDeclared,
    DeclarationWithdrawn,
    PageRequested,
    UpdateDrafted,
    UpdatePosted,
    UpdateApproved,
    ImpactStated,
    ImpactMitigated,
    ImpactReturned,
    IncidentResolved,
    IncidentClosed,
    IncidentReopened,
    ReviewShared,
)
