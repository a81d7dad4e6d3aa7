"""Measures: how long it took from one milestone of an incident to another, or why that cannot be said.

Each measure has a definition: from which fact to which fact, in seconds, and where the definition comes from. A value
is never negative; where the times that people stated contradict each other, or a milestone is missing, the measure is
not applicable, with the reason as a sentence. An incident that came back counts once: from its first sign to the
milestone that stands. Called by the API, the shell and the listing; docs/measures.md explains them. Pure.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

from watchroom.base.clock import rfc3339
from watchroom.incident.entered import Entered
from watchroom.incident.gaps import Evidence
from watchroom.incident.incident import Incident
from watchroom.incident.milestones import Moment

MeasureName = Literal[
    "time_to_detect",
    "time_to_declare",
    "time_to_page",
    "time_to_acknowledge",
    "time_to_tell_customers",
    "time_to_mitigate",
    "time_to_resolve",
    "time_to_close",
    "time_to_share_review",
]
Confidence = Literal["recorded", "stated", "from_words", "approximate"]
"""How sure the times are: recorded as it happened; stated by people; read from a timeline's words; rough."""
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)


class Definition(msgspec.Struct, frozen=True):
    """What a measure measures."""

    measure: MeasureName
    title: str
    begins: str
    """The milestone that it counts from."""
    ends: str
    """The milestone that it counts to."""
    begins_when: str
    ends_when: str
    facts: tuple[str, ...]
    """The kinds of facts that it is made of."""
    source: str


SRE = "Davidovič, Incident Metrics in SRE (Google, 2021): time to detect and time to mitigate"
PAGERDUTY = "PagerDuty, incident response documentation"
FIRST_SIGN = "the first sign: a signal began, or somebody says that it was noticed"
_SIGN_FACTS = ("signal_recorded", "incident_noticed")

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "time_to_detect",
        "Time to detect",
        "began",
        "noticed",
        "customers first felt it, as last stated",
        FIRST_SIGN,
        ("impact_stated", *_SIGN_FACTS),
        SRE,
    ),
    Definition(
        "time_to_declare",
        "Time to declare",
        "noticed",
        "declared",
        FIRST_SIGN,
        "somebody, or a rule that people made, called it an incident",
        (*_SIGN_FACTS, "incident_declared"),
        f"{PAGERDUTY}: logging and declaring are two acts",
    ),
    Definition(
        "time_to_page",
        "Time to the first page",
        "noticed",
        "paged",
        FIRST_SIGN,
        "somebody was first called",
        (*_SIGN_FACTS, "page_requested"),
        f"{PAGERDUTY}: an incident triggers when somebody is notified",
    ),
    Definition(
        "time_to_acknowledge",
        "Time to acknowledge",
        "paged",
        "answered",
        "somebody was first called",
        "somebody who was paged first said that they heard, or went to work",
        ("page_requested", "page_acknowledged"),
        f"{PAGERDUTY}: from triggered to acknowledged (MTTA)",
    ),
    Definition(
        "time_to_tell_customers",
        "Time to the first public notice",
        "noticed",
        "told",
        FIRST_SIGN,
        "an update to customers first went out",
        (*_SIGN_FACTS, "update_posted", "update_approved"),
        f"{PAGERDUTY}: notify customers early, then on a cadence",
    ),
    Definition(
        "time_to_mitigate",
        "Time to mitigate",
        "noticed",
        "mitigated",
        FIRST_SIGN,
        "customers hurt no longer, and it stayed so",
        (*_SIGN_FACTS, "impact_mitigated", "impact_returned"),
        SRE,
    ),
    Definition(
        "time_to_resolve",
        "Time to resolve",
        "noticed",
        "resolved",
        FIRST_SIGN,
        "a person said that it is over, and it was not reopened",
        (*_SIGN_FACTS, "incident_resolved", "incident_reopened"),
        f"{PAGERDUTY}: from triggered to resolved (MTTR)",
    ),
    Definition(
        "time_to_close",
        "Time to close",
        "resolved",
        "closed",
        "a person said that it is over, and it was not reopened",
        "the room was put away",
        ("incident_resolved", "incident_closed", "incident_reopened"),
        "ITIL 4, incident management: resolution and closure are two acts",
    ),
    Definition(
        "time_to_share_review",
        "Time to share the review",
        "closed",
        "shared",
        "the room was put away",
        "its review was first given to somebody",
        ("incident_closed", "review_shared"),
        f"{PAGERDUTY}: a review within days of the end",
    ),
)

# Why a milestone is not there, and why two are the wrong way round.
MISSING: dict[str, str] = {
    "began": "Nobody has said when customers first felt it.",
    "noticed": "Nothing says when it was first noticed.",
    "declared": "It was not declared.",
    "paged": "Nobody was paged.",
    "answered": "Nobody has answered a page.",
    "told": "Customers were not told.",
    "mitigated": "Nobody has said that customers hurt no longer.",
    "resolved": "It is not resolved.",
    "closed": "It is not closed.",
    "shared": "Its review was not shared.",
}
REVERSED: dict[MeasureName, str] = {
    "time_to_detect": "It was noticed before customers felt it.",
    "time_to_declare": "It was declared before it was detected.",
    "time_to_page": "Somebody was paged before it was detected.",
    "time_to_acknowledge": "A page was acknowledged before it was sent, as the times are stated.",
    "time_to_tell_customers": "Customers were told before it was detected.",
    "time_to_mitigate": "It was mitigated before it was detected, as the times are stated.",
    "time_to_resolve": "It was resolved before it was detected, as the times are stated.",
    "time_to_close": "It was closed before it was resolved, as the times are stated.",
    "time_to_share_review": "Its review was shared before it was closed.",
}
FALSE_ALARM = "It was a false alarm, or judged away: nothing was declared."
AT_ONCE: dict[str, str] = {
    "time_to_declare": "The declaration itself was the first sign.",
    "time_to_tell_customers": "The first public notice is the first sign that is known.",
}
WAITED = "It was judged a slow burn first: waiting was a decision."
UNSTATED = "The timeline that was entered does not say when."


class Mark(msgspec.Struct, frozen=True):
    """A milestone: when, and the event that says so."""

    at: datetime
    stream: str
    seq: int


class Measure(msgspec.Struct, frozen=True):
    """One measure of one incident. Either `value_s` or `not_applicable` is there."""

    measure: MeasureName
    value_s: float | None
    """Seconds, never negative."""
    not_applicable: str | None
    """Why there is no value, as a sentence."""
    confidence: Confidence | None
    begins: Mark | None
    ends: Mark | None

    @property
    def evidence(self) -> list[Evidence]:
        """The events that it was read from."""
        return [Evidence(mark.stream, mark.seq) for mark in (self.begins, self.ends) if mark is not None]


def measures(incident: Incident) -> list[Measure]:
    """All measures of one incident, always in the same order."""
    return [_measure(incident, definition) for definition in DEFINITIONS]


def _first_sign(incident: Incident) -> Moment | None:
    """When it counts from: its first sign; what burned slowly counts from when it was called an incident."""
    stands = incident.milestones
    if stands.waited is not None and stands.declared is not None:
        return stands.declared
    return stands.signs[0].moment if stands.signs else None


_MILESTONE: dict[str, Callable[[Incident], Moment | None]] = {
    "began": lambda incident: incident.milestones.began,
    "noticed": _first_sign,
    "declared": lambda incident: incident.milestones.declared,
    "paged": lambda incident: incident.milestones.paged,
    "answered": lambda incident: incident.milestones.answered,
    "told": lambda incident: incident.milestones.told,
    "mitigated": lambda incident: incident.milestones.mitigated,
    "resolved": lambda incident: incident.milestones.resolved,
    "closed": lambda incident: incident.milestones.closed,
    "shared": lambda incident: incident.milestones.shared,
}


def _stands(incident: Incident, milestone: str) -> Moment | None:
    """A milestone as it stands, unless it was entered without its time."""
    return None if milestone in incident.entered.unstated else _MILESTONE[milestone](incident)


def _measure(incident: Incident, definition: Definition) -> Measure:
    name = definition.measure
    begins, ends = _stands(incident, definition.begins), _stands(incident, definition.ends)
    if name == "time_to_detect" and incident.milestones.signs:
        # However long it then burned slowly: it was detected when it was seen.
        ends = incident.milestones.signs[0].moment
    why = _why_not(incident, definition, begins, ends)
    marks = _mark(incident, begins), _mark(incident, ends)
    if why is not None or begins is None or ends is None:
        return Measure(name, None, why, None, *marks)
    value_s = (ends.at - begins.at).total_seconds()
    return Measure(name, value_s, None, _confidence(incident.entered, definition, begins, ends), *marks)


def _why_not(incident: Incident, definition: Definition, begins: Moment | None, ends: Moment | None) -> str | None:
    """The reason why it has no value; None when it has one."""
    if incident.status == "dismissed":
        return FALSE_ALARM
    if definition.measure == "time_to_declare" and incident.milestones.waited is not None and ends is not None:
        return WAITED
    for milestone, moment in ((definition.begins, begins), (definition.ends, ends)):
        if moment is None:
            return _missing(incident, milestone)
    assert begins is not None
    assert ends is not None
    if definition.measure in AT_ONCE and _said_at_once(incident, begins, ends):
        return AT_ONCE[definition.measure]
    return REVERSED[definition.measure] if ends.at < begins.at else None


class Lasted(msgspec.Struct, frozen=True):
    """How long an incident lasts, or lasted, for every page and report: it begins where the measures begin."""

    since: datetime | None
    """Its first sign, else when its room was opened."""
    over_at: datetime | None
    """When it was resolved, else closed; None while it goes on."""

    @property
    def contradicted(self) -> bool:
        """Whether it was over before it began, as the times are stated: then nobody can say how long it took."""
        return self.since is not None and self.over_at is not None and self.over_at < self.since


def lasted(incident: Incident) -> Lasted:
    """From its first sign to its end."""
    first = _stands(incident, "noticed")
    since = first.at if first is not None else incident.declaration.noticed_at or incident.declaration.opened_at
    return Lasted(since, incident.resolution.resolved_at or incident.closing.closed_at)


def hurt_s(incident: Incident) -> float | None:
    """For how many seconds customers hurt until it was last mitigated, the time between without what was well.

    None where it cannot be said: as long as they hurt, where nobody has said since when, where the stated times
    contradict each other, and where the time to mitigate is not applicable.
    """
    impact = incident.impact
    to_mitigate = next(each for each in measures(incident) if each.measure == "time_to_mitigate")
    if to_mitigate.value_s is None or to_mitigate.begins is None or impact.contradicted:
        return None
    began = _stands(incident, "began")
    since = began.at if began is not None else to_mitigate.begins.at
    first, last = impact.first_mitigated_at, impact.mitigated_at
    if first is None or last is None or first < since:
        return None
    return (last - since).total_seconds() - impact.well_s


def _said_at_once(incident: Incident, noticed: Moment, then: Moment) -> bool:
    """Whether whoever said it said nothing of when it was noticed: a zero would be nobody's measurement."""
    signs = incident.milestones.signs
    return noticed.at == then.at and noticed.seq == then.seq - 1 and bool(signs) and not signs[0].signal


def _missing(incident: Incident, milestone: str) -> str:
    if milestone == "mitigated" and incident.milestones.returned is not None:
        return "Customers hurt again."
    if milestone in ("resolved", "closed") and incident.reopening.times:
        return "It was reopened, and nobody has said since that it is over."
    # What its author left out may well have happened.
    entered = incident.entered.at is not None and milestone != "shared"
    return UNSTATED if entered else MISSING[milestone]


def _mark(incident: Incident, moment: Moment | None) -> Mark | None:
    return None if moment is None else Mark(moment.at, incident.id, moment.seq)


def _confidence(entered: Entered, definition: Definition, begins: Moment, ends: Moment) -> Confidence:
    """The less sure of its two ends."""
    milestones = {definition.begins, definition.ends}
    if milestones & set(entered.approximate):
        return "approximate"
    if milestones & set(entered.from_words):
        return "from_words"
    return "recorded" if begins.recorded and ends.recorded else "stated"


def measures_json(incident: Incident) -> dict[str, Any]:
    """The answer of `GET /api/v1/incidents/{id}/measures`, ready for `msgspec.json.encode`."""
    items = []
    for definition, measure in zip(DEFINITIONS, measures(incident), strict=True):
        shown = msgspec.structs.asdict(measure)
        shown["title"] = definition.title
        shown["definition"] = f"From {definition.begins_when}, to {definition.ends_when}; in seconds."
        shown["source"] = definition.source
        shown["facts"] = definition.facts
        shown["evidence"] = measure.evidence
        items.append(shown)
    return {"items": items, "reopened": incident.reopening.times, "status": incident.status, "seq": incident.seq}


class Taken(msgspec.Struct, frozen=True, omit_defaults=True):
    """A measure as the list keeps it: its value and how sure that is, or why there is none."""

    value_s: float | None = None
    not_applicable: str = ""
    confidence: Confidence | None = None


def taken(incident: Incident) -> dict[str, Taken]:
    """The measures of one incident by name, without their evidence."""
    return {
        measure.measure: Taken(measure.value_s, measure.not_applicable or "", measure.confidence)
        for measure in measures(incident)
    }


def mark_text(mark: Mark | None) -> str:
    """A milestone in one cell of a table."""
    return "" if mark is None else f"{rfc3339(mark.at)} (event {mark.seq})"
