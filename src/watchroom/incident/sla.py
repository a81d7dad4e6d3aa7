"""Service levels: by when somebody must have responded and by when service must be restored, where the profile says so.

Both clocks start at the declaration. "Responded" is the first person who says "I have it"; "restored" is when
customers hurt no longer, and a relapse starts that clock again where it stood. Nothing else stops them: there is no
"pending". Read by the flow, the strip and `deadlines`, from which the timers write `SlaTargetMissed`. Never blames
anybody.
Source of the terms: ITIL's service level management (target response time, target resolution time, by priority).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.business_time import Calendar, add, between
from watchroom.detection.declaration import DeclarationWithdrawn, IncidentDeclared
from watchroom.detection.severity import Rating, Severity
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned
from watchroom.mitigation.intervention import InterventionStarted
from watchroom.mitigation.recruiting import ResponderJoined
from watchroom.mitigation.roles import RoleAccepted, RoleAssigned
from watchroom.mitigation.task import TaskAcknowledged
from watchroom.record.event import Event, Fact
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved

Target = Literal["respond", "restore"]
Seconds = Annotated[int, msgspec.Meta(ge=60, le=366 * 86_400)]


class ServiceLevel(msgspec.Struct, frozen=True, kw_only=True):
    """What is promised for one severity."""

    severity: Severity
    respond_s: Annotated[Seconds, msgspec.Meta(description="Seconds until somebody has it.")]
    restore_s: Annotated[Seconds, msgspec.Meta(description="Seconds until customers hurt no longer.")]
    hours: Annotated[
        Literal["always", "business"],
        msgspec.Meta(description="Whether the clock runs day and night, or in the calendar's hours alone."),
    ] = "always"


class SlaTargetMissed(Fact, frozen=True, kw_only=True):
    """The time that the profile gives passed without it. Written by the timers, once for each time that was due."""

    target: Annotated[Target, msgspec.Meta(description="`respond` or `restore`.")]
    due_at: datetime
    severity: str


class Span(msgspec.Struct):
    """A time in which customers hurt; without an end it goes on."""

    begin: datetime
    end: datetime | None = None


class ServiceClocks(msgspec.Struct):
    """What the clocks are counted from, and which were missed."""

    declared_at: datetime | None = None
    responded_at: datetime | None = None
    hurting: list[Span] = []
    mitigated: bool = False
    over: bool = False
    missed: dict[str, list[datetime]] = {}
    """The times that were missed, by target."""


class ServiceDue(msgspec.Struct, frozen=True):
    """One clock as it stands."""

    target: Target
    at: datetime
    """By when; for `restore`, at the pace of the calendar from when it last began to hurt."""
    met_at: datetime | None
    missed: bool


class View(Protocol):
    """What is read here."""

    @property
    def rating(self) -> Rating: ...
    @property
    def service_clocks(self) -> ServiceClocks: ...
    @property
    def service_levels(self) -> tuple[ServiceLevel, ...]: ...
    @property
    def calendar(self) -> Calendar: ...


def apply(state: ServiceClocks, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case IncidentDeclared():
            state.declared_at = event.at
        case DeclarationWithdrawn():
            # Nobody has gone on from it, so nothing was answered and nothing missed.
            state.declared_at, state.responded_at, state.hurting = None, None, []
            return
        case SlaTargetMissed():
            state.missed.setdefault(fact.target, []).append(fact.due_at)
            return
        case RoleAssigned() if event.actor.removeprefix("person:") != fact.person:
            # Being asked is no answer.
            return
        case ImpactMitigated():
            state.mitigated = True
        case ImpactReturned():
            state.mitigated, state.over = False, False
        case IncidentResolved() | IncidentClosed():
            state.over = True
        case IncidentReopened():
            state.over = False
        case _:
            pass
    if isinstance(fact, ANSWERS):
        note_answer(state, event)
    _measure(state, event.at)


def note_answer(state: ServiceClocks, event: Event) -> None:
    """Somebody has it: the clock that waits for that stops, in place."""
    if state.declared_at is not None and state.responded_at is None:
        state.responded_at = event.at


def _measure(state: ServiceClocks, at: datetime) -> None:
    """Begin or end the span in which customers hurt."""
    if state.declared_at is None:
        return
    hurts = not (state.mitigated or state.over)
    running = bool(state.hurting) and state.hurting[-1].end is None
    if hurts and not running:
        state.hurting.append(Span(at))
    elif running and not hurts:
        state.hurting[-1].end = at


def dues(view: View) -> list[ServiceDue]:
    """The clocks that the profile gives this severity; none where it gives none."""
    clocks = view.service_clocks
    level = next((each for each in view.service_levels if each.severity == view.rating.severity), None)
    if level is None or clocks.declared_at is None:
        return []
    return list(_dues(level, clocks, view.calendar))


def _dues(level: ServiceLevel, clocks: ServiceClocks, calendar: Calendar) -> Iterator[ServiceDue]:
    assert clocks.declared_at is not None
    respond = _after(level, calendar, clocks.declared_at, level.respond_s)
    if respond is not None:
        yield ServiceDue("respond", respond, clocks.responded_at, _missed(clocks, "respond", respond))
    if not clocks.hurting:
        return
    last = clocks.hurting[-1]
    spent = sum(_spent(level, calendar, span) for span in clocks.hurting[:-1])
    restore = _after(level, calendar, last.begin, max(0.0, level.restore_s - spent))
    if restore is not None:
        yield ServiceDue("restore", restore, last.end, _missed(clocks, "restore", restore))


def _missed(clocks: ServiceClocks, target: Target, at: datetime) -> bool:
    return at in clocks.missed.get(target, [])


def _after(level: ServiceLevel, calendar: Calendar, begin: datetime, seconds: float) -> datetime | None:
    if level.hours == "business":
        return add(calendar, begin, seconds)
    return begin + timedelta(seconds=seconds)


def _spent(level: ServiceLevel, calendar: Calendar, span: Span) -> float:
    assert span.end is not None
    if level.hours == "business":
        return between(calendar, span.begin, span.end)
    return max(0.0, (span.end - span.begin).total_seconds())


ANSWERS = (RoleAssigned, RoleAccepted, ResponderJoined, TaskAcknowledged, InterventionStarted)
FACTS: tuple[type[Fact], ...] = (SlaTargetMissed,)
HEEDS: tuple[type[Fact], ...] = (
    IncidentDeclared,
    DeclarationWithdrawn,
    *ANSWERS,
    ImpactMitigated,
    ImpactReturned,
    IncidentResolved,
    IncidentClosed,
    IncidentReopened,
)
