"""Impact: what customers feel: stated, its trend, mitigated, returned.

Mitigated means that customers hurt no longer; it is never resolved. Each is somebody's statement, at a time. Never
measured here.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, OptionalText, Text, When
from watchroom.base.errors import AlreadyDone, Malformed, UnknownThing
from watchroom.record.event import Decided, Deed, Event, Fact

Trend = Literal["worse", "stable", "better"]
Share = Annotated[float, msgspec.Meta(ge=0, le=1, description="A share of customers or requests, 0 to 1.")]
Names = Annotated[list[Name], msgspec.Meta(max_length=200)]

_INTERVENTION = re.compile(r"I[0-9]{1,9}", re.IGNORECASE)


class StateImpact(Command, frozen=True, kw_only=True, tag="state_impact"):
    """Say what customers cannot do, how many, where, since when."""

    text: Text
    share_low: Share | None = None
    share_high: Share | None = None
    services: Names = []
    regions: Names = []
    tiers: Names = []
    platforms: Names = []
    began_at: Annotated[When | None, msgspec.Meta(description="When customers first felt it.")] = None


class StateTrend(Command, frozen=True, kw_only=True, tag="state_trend"):
    """Say whether it gets worse, stays, or gets better."""

    trend: Trend


class MarkMitigated(Command, frozen=True, kw_only=True, tag="mark_mitigated"):
    """Say that customers hurt no longer, and what stopped it."""

    by: Annotated[OptionalText, msgspec.Meta(description="What stopped it: an intervention's id, or words.")] = ""
    text: OptionalText = ""


class MarkImpactReturned(Command, frozen=True, kw_only=True, tag="mark_impact_returned"):
    """Say that customers hurt again."""

    text: OptionalText = ""


class ImpactStated(Deed, frozen=True, kw_only=True):
    """Somebody said what customers feel. The last statement counts; earlier ones stay on record."""

    text: str
    share_low: float | None = None
    share_high: float | None = None
    services: list[str] = []
    regions: list[str] = []
    tiers: list[str] = []
    platforms: list[str] = []
    began_at: datetime | None = None


class TrendStated(Deed, frozen=True, kw_only=True):
    """Somebody said where it is heading."""

    trend: Trend


class ImpactMitigated(Deed, frozen=True, kw_only=True):
    """Somebody said that customers hurt no longer."""

    by: str = ""
    text: str = ""


class ImpactReturned(Deed, frozen=True, kw_only=True):
    """Somebody said that customers hurt again."""

    text: str = ""


class Calm(msgspec.Struct):
    """A time in which customers did not hurt, after it had begun."""

    begin: datetime
    end: datetime | None = None
    """When it came back; None while it has not."""


class Impact(msgspec.Struct):
    """What customers feel, as last said."""

    text: str = ""
    share_low: float | None = None
    share_high: float | None = None
    services: list[str] = []
    regions: list[str] = []
    tiers: list[str] = []
    platforms: list[str] = []
    stated_at: datetime | None = None
    began_at: datetime | None = None
    trend: Trend | None = None
    mitigated_at: datetime | None = None
    mitigated_by: str = ""
    returned_at: datetime | None = None
    returned: int = 0
    """How often it came back."""
    calms: list[Calm] = []
    """Every time in which it was mitigated, so that what customers really felt can be counted."""
    first_mitigated_at: datetime | None = None
    well_s: float = 0.0
    """Seconds between being mitigated and coming back, all such times together."""
    contradicted: bool = False
    """Whether it came back before it was mitigated, or was mitigated before it came back, as the times are stated."""


class _Tries(Protocol):
    """As much of the interventions as is read here."""

    @property
    def by_id(self) -> Mapping[str, object]: ...


class View(Protocol):
    """What the decisions here read."""

    @property
    def impact(self) -> Impact: ...

    @property
    def interventions(self) -> _Tries: ...


def apply(state: Impact, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case ImpactStated():
            state.text = fact.text
            state.share_low, state.share_high = fact.share_low, fact.share_high
            state.services, state.regions = fact.services, fact.regions
            state.tiers, state.platforms = fact.tiers, fact.platforms
            state.stated_at = event.at
            state.began_at = fact.began_at or state.began_at
        case TrendStated():
            state.trend = fact.trend
        case ImpactMitigated():
            state.contradicted = state.contradicted or (state.returned_at is not None and event.at < state.returned_at)
            state.first_mitigated_at = state.first_mitigated_at or event.at
            state.mitigated_at = event.at
            state.mitigated_by = fact.by or fact.text
            state.calms.append(Calm(event.at))
        case ImpactReturned():
            if state.mitigated_at is not None:
                state.contradicted = state.contradicted or event.at < state.mitigated_at
                state.well_s += (event.at - state.mitigated_at).total_seconds()
            state.mitigated_at = None
            state.mitigated_by = ""
            state.returned_at = event.at
            state.returned += 1
            if state.calms:
                state.calms[-1].end = event.at


def state_impact(command: StateImpact, view: View, act: Act) -> Decided:
    """A statement of impact; a range that is upside down is malformed."""
    low, high = command.share_low, command.share_high
    if low is not None and high is not None and low > high:
        raise Malformed("share_low is above share_high.", hint="Give the lower share first, both between 0 and 1.")
    if command.began_at is not None and command.began_at > act.at:
        raise Malformed("began_at lies after the statement itself.", hint="Say when customers first felt it.")
    fact = ImpactStated(
        text=command.text,
        share_low=low if low is not None else high,
        share_high=high if high is not None else low,
        services=command.services,
        regions=command.regions,
        tiers=command.tiers,
        platforms=command.platforms,
        began_at=command.began_at,
    )
    return Decided((fact,))


def state_trend(command: StateTrend, view: View, act: Act) -> Decided:
    """A trend may be said again: it is news that it has not changed."""
    return Decided((TrendStated(trend=command.trend),))


def mark_mitigated(command: MarkMitigated, view: View, act: Act) -> Decided:
    """Customers hurt no longer; an intervention that is named by its id must be there, other words may be anything."""
    if view.impact.mitigated_at is not None:
        raise AlreadyDone("The impact is mitigated already.", hint="If it came back, use mark_impact_returned.")
    by = command.by.strip()
    if _INTERVENTION.fullmatch(by):
        by = by.upper()
        if by not in view.interventions.by_id:
            known = ", ".join(view.interventions.by_id) or "none yet"
            raise UnknownThing(
                f"There is no intervention {by} here.", hint=f"Known: {known}. Or say in words what it was."
            )
    cautions: tuple[Caution, ...] = ()
    if not by and not command.text:
        cautions = (
            Caution("no_cause_of_relief", "It does not say what stopped it.", "Name the intervention, or say unknown."),
        )
    return Decided((ImpactMitigated(by=by, text=command.text),), cautions)


def mark_impact_returned(command: MarkImpactReturned, view: View, act: Act) -> Decided:
    """Customers hurt again; counted once for each time."""
    if view.impact.mitigated_at is None:
        raise AlreadyDone(
            "The impact is not marked as mitigated.", hint="State the impact, or reopen the incident if it was closed."
        )
    return Decided((ImpactReturned(text=command.text),))


FACTS: tuple[type[Fact], ...] = (ImpactStated, TrendStated, ImpactMitigated, ImpactReturned)
DECISIONS = {
    StateImpact: state_impact,
    StateTrend: state_trend,
    MarkMitigated: mark_mitigated,
    MarkImpactReturned: mark_impact_returned,
}
