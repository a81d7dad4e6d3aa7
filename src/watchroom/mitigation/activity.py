"""The five activities of mitigation, side by side: observing, recruiting, coordinating, trying, theorising.

They go on at once and in no order. For each: who did it last, when, and how often, so that a silence can be seen.
Read by the room's panel. Never a phase, never a measure of a person.
"""

from datetime import datetime

import msgspec

from watchroom.detection.looking import LookedAt, ProbeRun
from watchroom.detection.signal import ObservationNoted
from watchroom.detection.unknown import UnknownStated
from watchroom.mitigation import decision, escalation, hypothesis, impact, intervention, page, recruiting, roles, task
from watchroom.mitigation import workstream as threads
from watchroom.record.event import Event, Fact

ACTIVITIES = ("observing", "recruiting", "coordinating", "trying", "theorising")

BY_FACT: dict[type[Fact], str] = {
    ObservationNoted: "observing",
    LookedAt: "observing",
    ProbeRun: "observing",
    impact.ImpactStated: "observing",
    impact.TrendStated: "observing",
    intervention.InterventionObserved: "observing",
    recruiting.ResponderJoined: "recruiting",
    page.PageRequested: "recruiting",
    page.PageAcknowledged: "recruiting",
    page.PageWithdrawn: "recruiting",
    escalation.HelpAsked: "recruiting",
    escalation.EscalationDeferred: "recruiting",
    roles.RoleAssigned: "recruiting",
    roles.RoleAccepted: "recruiting",
    roles.RoleHandedOver: "coordinating",
    recruiting.ResponderReleased: "coordinating",
    decision.DecisionMade: "coordinating",
    decision.HoldBegun: "coordinating",
    task.TaskAssigned: "coordinating",
    task.TaskAcknowledged: "coordinating",
    task.TaskReported: "coordinating",
    threads.WorkstreamOpened: "coordinating",
    threads.WorkstreamClosed: "coordinating",
    intervention.InterventionProposed: "trying",
    intervention.InterventionStarted: "trying",
    intervention.InterventionReverted: "trying",
    hypothesis.HypothesisProposed: "theorising",
    hypothesis.EvidenceAdded: "theorising",
    hypothesis.HypothesisTested: "theorising",
    hypothesis.HypothesisSupported: "theorising",
    hypothesis.HypothesisRuledOut: "theorising",
    UnknownStated: "theorising",
}


class Activity(msgspec.Struct):
    """One activity: who did it last, when, and how many facts it has."""

    who: str
    at: datetime
    facts: int = 0


class Activities(msgspec.Struct):
    """The activities that have begun, by name."""

    by_name: dict[str, Activity] = {}


def apply(state: Activities, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    name = BY_FACT.get(type(fact))
    # What the timers ask for is nobody's activity.
    if name is None or event.actor.startswith("system:"):
        return
    activity = state.by_name.setdefault(name, Activity(who="", at=event.past_at))
    activity.facts += 1
    if event.past_at >= activity.at:
        activity.who, activity.at = event.actor.removeprefix("person:"), event.past_at


FACTS: tuple[type[Fact], ...] = ()
HEEDS: tuple[type[Fact], ...] = tuple(BY_FACT)
