"""What changed since an audience was told last: the facts that matter to it, each as words that an update may take.

Read by the editor of updates and `GET /api/v1/incidents/{id}/updates/{audience}`. The words are those of the room:
whoever writes the update makes them the audience's own. Pure.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from watchroom.communication.inbound import InboundAdded
from watchroom.detection.severity import SeverityConfirmed
from watchroom.detection.unknown import UnknownStated
from watchroom.incident.incident import Incident
from watchroom.mitigation.decision import DecisionMade, HoldBegun
from watchroom.mitigation.hypothesis import HypothesisRuledOut, HypothesisSupported
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned, ImpactStated, TrendStated
from watchroom.mitigation.intervention import InterventionObserved, InterventionReverted, InterventionStarted
from watchroom.mitigation.priority import PriorityStated
from watchroom.mitigation.task import TaskReported
from watchroom.record.event import Event, Fact
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved
from watchroom.resolution.shim import ShimAdded

Part = Literal["impact", "doing", "need"]
NEWS_MAX = 12
"""So many are shown, the newest; an update that has to say more comes too late."""

ALL = frozenset({"responders", "leadership", "support", "customers", "regulator"})
INSIDE = frozenset({"responders", "leadership", "support"})
LEADING = frozenset({"responders", "leadership", "regulator"})
WORKING = frozenset({"responders"})


class News(msgspec.Struct, frozen=True):
    """One thing that changed."""

    seq: int
    at: datetime
    about: str
    """What it is, in a word or two."""
    text: str
    """What an update may say of it."""
    part: Part
    """The part of the update that it belongs to."""


class _Kind(msgspec.Struct, frozen=True):
    audiences: frozenset[str]
    about: str
    part: Part
    words: Callable[[Any, Incident], str]


def _try(incident: Incident, id: str) -> str:
    found = incident.interventions.by_id.get(id)
    return found.text if found is not None else id


def _theory(incident: Incident, id: str) -> str:
    found = incident.hypotheses.by_id.get(id)
    return found.text if found is not None else id


def _effect(fact: InterventionObserved, incident: Incident) -> str:
    seen = {
        "helped": "It helped",
        "no_effect": "No effect",
        "worse": "It made it worse",
        "too_early": "Too early to tell",
    }
    return f"{_try(incident, fact.intervention)}: {seen[fact.outcome].lower()}" + (
        f", {fact.text}" if fact.text else ""
    )


def _mitigated(fact: ImpactMitigated, incident: Incident) -> str:
    since = f" since {incident.impact.mitigated_at:%H:%M} UTC" if incident.impact.mitigated_at is not None else ""
    return f"It works again{since}; we are watching it."


_TREND = {"worse": "It is getting worse.", "stable": "It stays as it is.", "better": "It is getting better."}

KINDS: dict[type[Fact], _Kind] = {
    ImpactStated: _Kind(ALL, "Impact", "impact", lambda fact, _: fact.text),
    TrendStated: _Kind(ALL, "Trend", "impact", lambda fact, _: _TREND[fact.trend]),
    ImpactMitigated: _Kind(ALL, "Mitigated", "impact", _mitigated),
    ImpactReturned: _Kind(ALL, "Impact is back", "impact", lambda fact, _: fact.text or "It is back."),
    SeverityConfirmed: _Kind(INSIDE, "Severity", "impact", lambda fact, _: f"It is {fact.severity}."),
    HypothesisSupported: _Kind(ALL, "Theory supported", "doing", lambda fact, room: _theory(room, fact.hypothesis)),
    HypothesisRuledOut: _Kind(
        WORKING, "Ruled out", "doing", lambda fact, room: f"Not the cause: {_theory(room, fact.hypothesis)}"
    ),
    InterventionStarted: _Kind(ALL, "Try started", "doing", lambda fact, room: _try(room, fact.intervention)),
    InterventionObserved: _Kind(ALL, "Effect seen", "doing", _effect),
    InterventionReverted: _Kind(
        LEADING | INSIDE, "Taken back", "doing", lambda fact, room: f"Taken back: {_try(room, fact.intervention)}"
    ),
    DecisionMade: _Kind(LEADING, "Decision", "doing", lambda fact, _: fact.text),
    HoldBegun: _Kind(
        LEADING,
        "Hold",
        "doing",
        lambda fact, _: f"We hold until {fact.until:%H:%M} UTC" + (f": {fact.text}" if fact.text else "."),
    ),
    UnknownStated: _Kind(LEADING, "Not known", "doing", lambda fact, _: f"Not known yet: {fact.text}"),
    TaskReported: _Kind(WORKING, "Task reported", "doing", lambda fact, room: _report(fact, room)),
    ShimAdded: _Kind(LEADING, "To undo later", "doing", lambda fact, _: f"To undo later: {fact.text}"),
    InboundAdded: _Kind(INSIDE, "Came in", "need", lambda fact, _: fact.text),
    PriorityStated: _Kind(INSIDE, "Business", "need", lambda fact, _: fact.text),
    IncidentResolved: _Kind(ALL, "Resolved", "impact", lambda fact, _: "It is over."),
    IncidentReopened: _Kind(ALL, "Reopened", "impact", lambda fact, _: "It is back, and we have opened it again."),
}


def _report(fact: TaskReported, incident: Incident) -> str:
    task = incident.tasks.by_id.get(fact.task)
    return f"{task.text if task is not None else fact.task}: {fact.text or 'done'}"


def told_last(incident: Incident, audience: str) -> int:
    """The number of the event by which this audience was told last; 0 when it never was."""
    last = incident.updates.last_posted(audience)
    return last.posted_seq if last is not None else 0


def news(incident: Incident, events: Sequence[tuple[Event, Fact | None]], audience: str) -> list[News]:
    """What changed for this audience since it was told last, the newest last; the same words are said once."""
    after = told_last(incident, audience)
    taken_back = set(incident.retractions.seqs)
    found: dict[tuple[str, str], News] = {}
    for event, fact in events:
        kind = KINDS.get(type(fact)) if fact is not None else None
        if kind is None or event.seq <= after or event.seq in taken_back or audience not in kind.audiences:
            continue
        text = kind.words(fact, incident).strip()
        if text:
            found.pop((kind.about, text), None)
            found[kind.about, text] = News(event.seq, event.at, kind.about, text, kind.part)
    return list(_last_of_each(found.values()))[-NEWS_MAX:]


_ONE_STANDS = frozenset({"Impact", "Trend", "Severity"})


def _last_of_each(found: Iterable[News]) -> list[News]:
    """Of what only one thing can be so at a time, the last alone."""
    listed = list(found)
    last = {each.about: each.seq for each in listed}
    return [each for each in listed if each.about not in _ONE_STANDS or last[each.about] == each.seq]
