"""One incident, or would-be incident: the cycles' states together, folded from its room's facts.

`Incident` is only ever changed by `advance`, in place, since a room may hold 100,000 facts; everybody else reads it.
Called by `folds`. Pure: no I/O.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from types import ModuleType
from typing import Any, Literal

import msgspec

from watchroom.base.business_time import Calendar
from watchroom.communication import cadence, editing, inbound, message, update
from watchroom.communication.awaited import awaited
from watchroom.communication.cadence import Cadence, Promise
from watchroom.communication.editing import Wordings
from watchroom.communication.inbound import Inbound
from watchroom.communication.message import Conversation
from watchroom.communication.update import Updates
from watchroom.detection import category, declaration, hindsight, looking, severity, signal, triage, unknown
from watchroom.detection.category import Categories
from watchroom.detection.declaration import Declaration
from watchroom.detection.hindsight import Hindsight
from watchroom.detection.looking import Looks
from watchroom.detection.severity import Matrix, Rating
from watchroom.detection.signal import Signals
from watchroom.detection.triage import Judgements
from watchroom.detection.unknown import Unknowns
from watchroom.incident import (
    adopting,
    entered,
    milestones,
    ownership,
    redaction,
    shipped,
    sla,
    spells,
    undo,
    visibility,
)
from watchroom.incident.adopting import Adopted
from watchroom.incident.entered import Entered
from watchroom.incident.guidance import putting_away
from watchroom.incident.guidance.putting_away import Guided
from watchroom.incident.milestones import Milestones
from watchroom.incident.ownership import Ownership
from watchroom.incident.profile import Profile, reference
from watchroom.incident.redaction import Redactions
from watchroom.incident.sla import ServiceClocks, ServiceLevel
from watchroom.incident.spells import Spell
from watchroom.incident.undo import Retractions
from watchroom.incident.visibility import Visibility
from watchroom.mitigation import (
    activity,
    answering,
    decision,
    escalation,
    hypothesis,
    impact,
    intervention,
    page,
    priority,
    recruiting,
    roles,
    task,
    workstream,
)
from watchroom.mitigation.activity import Activities
from watchroom.mitigation.crew import Crew
from watchroom.mitigation.decision import Decisions
from watchroom.mitigation.escalation import Escalations
from watchroom.mitigation.hypothesis import Hypotheses
from watchroom.mitigation.impact import Impact
from watchroom.mitigation.intervention import Interventions
from watchroom.mitigation.page import Pages
from watchroom.mitigation.priority import Priorities
from watchroom.mitigation.recruiting import Presence
from watchroom.mitigation.roles import Roles
from watchroom.mitigation.task import Tasks
from watchroom.mitigation.workstream import Workstreams
from watchroom.record.codec import DamagedFact, FactCodec
from watchroom.record.event import Event, Fact
from watchroom.resolution import closing, reopening, resolving, shim, silence, stability
from watchroom.resolution.closing import Closing
from watchroom.resolution.closure import Closure
from watchroom.resolution.reopening import Reopening
from watchroom.resolution.resolving import Resolution
from watchroom.resolution.shim import Shims
from watchroom.resolution.silence import Silence
from watchroom.resolution.stability import Stability
from watchroom.review import action_item, artefact, finding, recovery, review, sharing, timeline
from watchroom.review.action_item import ActionItems
from watchroom.review.artefact import Artefacts
from watchroom.review.finding import Findings
from watchroom.review.recovery import Recovery
from watchroom.review.review import Review
from watchroom.review.sharing import Sharing
from watchroom.review.timeline import Annotations

IMPORTED = "imported"
"""The scope of the claims that mark imported rooms."""
Status = Literal["triage", "declared", "mitigated", "resolved", "closed", "dismissed"]
Part = Callable[[Any, Fact, Event], None]

_new = msgspec.field


class Incident(msgspec.Struct):
    """The state of one room at `seq`."""

    id: str
    seq: int = 0
    last_at: datetime | None = None
    cycle_last: dict[str, datetime] = {}
    """When each cycle last saw a fact."""
    cycle_first: dict[str, datetime] = {}
    """When each cycle first saw a fact."""
    spells: dict[str, list[Spell]] = {}
    """When each cycle was alive, the earliest spell first."""
    issued: dict[str, int] = {}
    """The last number given to a thing of each letter (H, I, T…), what was taken back included: no id is used twice."""
    declaration: Declaration = _new(default_factory=Declaration)
    signals: Signals = _new(default_factory=Signals)
    judgements: Judgements = _new(default_factory=Judgements)
    rating: Rating = _new(default_factory=Rating)
    categories: Categories = _new(default_factory=Categories)
    unknowns: Unknowns = _new(default_factory=Unknowns)
    looks: Looks = _new(default_factory=Looks)
    hindsight: Hindsight = _new(default_factory=Hindsight)
    roles: Roles = _new(default_factory=Roles)
    presence: Presence = _new(default_factory=Presence)
    pages: Pages = _new(default_factory=Pages)
    escalations: Escalations = _new(default_factory=Escalations)
    workstreams: Workstreams = _new(default_factory=Workstreams)
    tasks: Tasks = _new(default_factory=Tasks)
    decisions: Decisions = _new(default_factory=Decisions)
    priorities: Priorities = _new(default_factory=Priorities)
    activities: Activities = _new(default_factory=Activities)
    hypotheses: Hypotheses = _new(default_factory=Hypotheses)
    interventions: Interventions = _new(default_factory=Interventions)
    impact: Impact = _new(default_factory=Impact)
    conversation: Conversation = _new(default_factory=Conversation)
    wordings: Wordings = _new(default_factory=Wordings)
    updates: Updates = _new(default_factory=Updates)
    inbound: Inbound = _new(default_factory=Inbound)
    cadence: Cadence = _new(default_factory=Cadence)
    shims: Shims = _new(default_factory=Shims)
    stability: Stability = _new(default_factory=Stability)
    silence: Silence = _new(default_factory=Silence)
    resolution: Resolution = _new(default_factory=Resolution)
    closing: Closing = _new(default_factory=Closing)
    reopening: Reopening = _new(default_factory=Reopening)
    recovery: Recovery = _new(default_factory=Recovery)
    artefacts: Artefacts = _new(default_factory=Artefacts)
    annotations: Annotations = _new(default_factory=Annotations)
    review: Review = _new(default_factory=Review)
    findings: Findings = _new(default_factory=Findings)
    actions: ActionItems = _new(default_factory=ActionItems)
    sharing: Sharing = _new(default_factory=Sharing)
    ownership: Ownership = _new(default_factory=Ownership)
    retractions: Retractions = _new(default_factory=Retractions)
    redactions: Redactions = _new(default_factory=Redactions)
    entered: Entered = _new(default_factory=Entered)
    milestones: Milestones = _new(default_factory=Milestones)
    adopted: Adopted = _new(default_factory=Adopted)
    service_clocks: ServiceClocks = _new(default_factory=ServiceClocks)
    visibility: Visibility = _new(default_factory=Visibility)
    guided: Guided = _new(default_factory=Guided)
    imported: bool = False
    """Whether it is a copy of another install's room. No fact of the room says so: its record is as it came."""
    unread: list[int] = []
    """The numbers of events that cannot be read any more, or that speak of such; the rest is folded without them."""

    @property
    def status(self) -> Status:
        """Where it stands; derived, never a gate."""
        if self.closing.closed_at is not None:
            return "closed"
        if self.resolution.resolved_at is not None:
            return "resolved"
        if self.declaration.declared_at is None:
            return "dismissed" if triage.all_dismissed(self.signals, self.judgements) else "triage"
        return "mitigated" if self.impact.mitigated_at is not None else "declared"

    @property
    def is_open(self) -> bool:
        """Whether new signals of its groups belong here."""
        return not self.imported and self.status in ("triage", "declared", "mitigated")

    @property
    def profile(self) -> Profile:
        """What the room goes by: the profile that it holds, else the one that all rooms before profiles went by."""
        return self.adopted.profile or shipped.default()

    @property
    def next_update(self) -> Promise | None:
        """The update that is due first, promised or asked for by the profile."""
        return next(iter(awaited(self)), None)

    def next_update_to(self, audience: str) -> Promise | None:
        """The update that an audience waits for, promised or asked for by the profile."""
        return next((promise for promise in awaited(self) if promise.audience == audience), None)

    @property
    def proposed_by(self) -> str:
        """How a fact names that profile: name and digest."""
        return self.adopted.reference or reference(self.profile)

    @property
    def matrix(self) -> Matrix:
        """Severity by impact and urgency."""
        return self.profile.severity

    @property
    def crew(self) -> Crew:
        """Which roles are called for."""
        return self.profile.crew

    @property
    def closure(self) -> Closure:
        """What closing asks."""
        return self.profile.closure

    @property
    def calendar(self) -> Calendar:
        """The house's business hours."""
        return self.profile.calendar

    @property
    def service_levels(self) -> tuple[ServiceLevel, ...]:
        """What is promised by severity; empty where nothing is."""
        return self.profile.sla

    @property
    def known_categories(self) -> tuple[str, ...]:
        """The categories that the profile knows; empty when it knows every word."""
        return self.profile.categories

    def review_due_by(self, closed_at: datetime) -> datetime | None:
        """When the profile would have the review held."""
        return self.closure.due_at(self.rating.severity, closed_at, self.calendar)

    @property
    def players(self) -> frozenset[str]:
        """Who takes part by their own doing: whoever came in, accepted a role, or declared it.

        Being asked makes nobody a player, or practice would reach whomever it names.
        """
        accepted = (holding.person for holding in self.roles.held.values() if holding.accepted)
        declared_by = self.declaration.declared_by.removeprefix("person:")
        return frozenset({declared_by, *self.presence.since, *accepted}) - {""}

    def unfinished(self, workstream: str) -> list[str]:
        """What is still open in a thread of work, by id."""
        return [
            *(task.id for task in self.tasks.open if task.workstream == workstream),
            *(i.id for i in self.interventions.by_id.values() if i.workstream == workstream and i.state == "started"),
            *(
                h.id
                for h in self.hypotheses.by_id.values()
                if h.workstream == workstream and h.state in ("proposed", "testing")
            ),
        ]

    def is_here(self, person: str) -> bool:
        """Whether the person came into the room, or was called and went to work in it, and was not let go."""
        return person in self.presence.since

    def holdings(self, person: str) -> list[str]:
        """What a person holds: roles, threads of work that they lead, open tasks."""
        return [
            *(role for role, holding in self.roles.held.items() if holding.person == person),
            *(stream.name for stream in self.workstreams.open if stream.lead == person),
            *(task.id for task in self.tasks.open if task.person == person),
        ]

    def took_part(self, person: str) -> bool:
        """Whether the person came in, was called, did something here, or holds something."""
        return (
            person in self.presence.since
            or person in self.presence.released
            or person in self.recovery.worked
            or person == self.declaration.declared_by.removeprefix("person:")
            or bool(self.holdings(person))
            or any(page.to == person for page in self.pages.by_id.values())
        )


def _owned(module: ModuleType) -> tuple[type[Fact], ...]:
    facts: tuple[type[Fact], ...] = module.FACTS + getattr(module, "HEEDS", ())
    return facts


# Which part of the incident each concept file folds.
PARTS: tuple[tuple[str, Part, tuple[type[Fact], ...]], ...] = (
    ("declaration", declaration.apply, _owned(declaration)),
    ("signals", signal.apply, _owned(signal)),
    ("judgements", triage.apply, _owned(triage)),
    ("rating", severity.apply, _owned(severity)),
    ("categories", category.apply, _owned(category)),
    ("unknowns", unknown.apply, _owned(unknown)),
    ("looks", looking.apply, _owned(looking)),
    ("hindsight", hindsight.apply, _owned(hindsight)),
    ("roles", roles.apply, _owned(roles)),
    ("presence", recruiting.apply, _owned(recruiting)),
    ("pages", page.apply, _owned(page)),
    ("pages", roles.apply_to_pages, _owned(roles)),
    ("pages", task.apply_to_pages, _owned(task)),
    ("pages", workstream.apply_to_pages, _owned(workstream)),
    ("pages", update.apply_to_pages, _owned(update)),
    ("escalations", escalation.apply, _owned(escalation)),
    ("workstreams", workstream.apply, _owned(workstream)),
    ("tasks", task.apply, _owned(task)),
    ("decisions", decision.apply, _owned(decision)),
    ("priorities", priority.apply, _owned(priority)),
    ("activities", activity.apply, _owned(activity)),
    ("hypotheses", hypothesis.apply, _owned(hypothesis)),
    ("interventions", intervention.apply, _owned(intervention)),
    ("impact", impact.apply, _owned(impact)),
    ("conversation", message.apply, _owned(message)),
    ("wordings", editing.apply, _owned(editing)),
    ("updates", update.apply, _owned(update)),
    ("inbound", inbound.apply, _owned(inbound)),
    ("cadence", cadence.apply, _owned(cadence)),
    ("shims", shim.apply, _owned(shim)),
    ("stability", stability.apply, _owned(stability)),
    ("silence", silence.apply, _owned(silence)),
    ("resolution", resolving.apply, _owned(resolving)),
    ("resolution", reopening.apply_to_resolution, _owned(reopening)),
    ("pages", resolving.apply_to_pages, _owned(resolving)),
    ("closing", closing.apply, _owned(closing)),
    ("closing", reopening.apply_to_closing, _owned(reopening)),
    ("judgements", reopening.apply_to_judgements, _owned(reopening)),
    ("cadence", closing.apply_to_cadence, _owned(closing)),
    ("pages", closing.apply_to_pages, _owned(closing)),
    ("reopening", reopening.apply, _owned(reopening)),
    ("recovery", recovery.apply, _owned(recovery)),
    ("artefacts", artefact.apply, _owned(artefact)),
    ("annotations", timeline.apply, _owned(timeline)),
    ("review", review.apply, _owned(review)),
    ("findings", finding.apply, _owned(finding)),
    ("actions", action_item.apply, _owned(action_item)),
    ("sharing", sharing.apply, _owned(sharing)),
    ("ownership", ownership.apply, _owned(ownership)),
    ("adopted", adopting.apply, _owned(adopting)),
    ("service_clocks", sla.apply, _owned(sla)),
    ("retractions", undo.apply, _owned(undo)),
    ("redactions", redaction.apply, _owned(redaction)),
    ("entered", entered.apply, _owned(entered)),
    ("milestones", milestones.apply, _owned(milestones)),
    ("visibility", visibility.apply, _owned(visibility)),
    ("guided", putting_away.apply, _owned(putting_away)),
    ("pages", ownership.apply_to_pages, _owned(ownership)),
    ("pages", visibility.apply_to_pages, _owned(visibility)),
)

MODULES: tuple[ModuleType, ...] = (
    declaration,
    signal,
    triage,
    severity,
    category,
    unknown,
    looking,
    hindsight,
    roles,
    recruiting,
    page,
    escalation,
    workstream,
    task,
    decision,
    priority,
    activity,
    hypothesis,
    intervention,
    impact,
    message,
    editing,
    update,
    inbound,
    cadence,
    shim,
    stability,
    silence,
    resolving,
    closing,
    reopening,
    recovery,
    artefact,
    timeline,
    review,
    finding,
    action_item,
    sharing,
    ownership,
    adopting,
    sla,
    undo,
    redaction,
    entered,
    milestones,
    visibility,
    putting_away,
)
ROOM_FACTS: tuple[type[Fact], ...] = tuple(fact for module in MODULES for fact in module.FACTS)
CODEC = FactCodec(ROOM_FACTS)

_HANDLERS: dict[type[Fact], tuple[tuple[str, Part], ...]] = {
    fact: tuple((name, apply) for name, apply, facts in PARTS if fact in facts) for fact in ROOM_FACTS
}


def cycle_of(fact: type[Fact]) -> str | None:
    """The cycle that a fact belongs to: the package that it stands in; None for the room's own."""
    package = fact.__module__.split(".")[1]
    return package if package in CYCLES else None


CYCLES = ("detection", "mitigation", "communication", "resolution", "review", "preparation")
_CYCLE: dict[type[Fact], str | None] = {fact: cycle_of(fact) for fact in ROOM_FACTS}
_CYCLE[closing.ReviewDecided] = "review"
_ISSUING = frozenset(fact for fact in ROOM_FACTS if "id" in fact.__struct_fields__)
"""Facts that put a new thing on the table, under an id of its own."""


def advance(incident: Incident, event: Event, fact: Fact | None, skip: bool = False) -> None:
    """Fold one event into the incident, in place. With `skip` (it was taken back) only the number moves on.

    What is stated for a time to come has its effect when it was said: nothing is mitigated, told or promised by a
    time that has not come. The record, and the timeline that is read from it, keep the time as it was stated.
    """
    if event.at > event.recorded_at:
        event = msgspec.structs.replace(event, at=event.recorded_at)
    incident.seq = event.seq
    if incident.last_at is None or event.past_at > incident.last_at:
        incident.last_at = event.past_at
    silence.hear(incident.silence, event)
    if fact is None:
        return
    kind = type(fact)
    if kind is DamagedFact:
        incident.unread.append(event.seq)
        return
    if kind in _ISSUING:
        id: str = getattr(fact, "id", "")
        incident.issued[id[0]] = max(int(id[1:]), incident.issued.get(id[0], 0))
    if skip:
        return
    if event.redacted:
        fact = redaction.given_to_nobody(fact)
    if answering.heed(incident.pages, incident.presence, fact, event):
        milestones.note_answer(incident.milestones, event)
    elif answering.is_acknowledged(incident.pages, fact, event):
        milestones.note_acknowledged(incident.milestones, event)
        sla.note_answer(incident.service_clocks, event)
    try:
        for name, apply in _HANDLERS.get(kind, ()):
            apply(getattr(incident, name), fact, event)
    except LookupError:
        if not incident.unread:
            raise
        # It speaks of what a damaged event brought: the rest of the room must open all the same.
        incident.unread.append(event.seq)
        return
    cycle = _CYCLE.get(kind)
    recovery.note_work(incident.recovery, fact, event)
    if cycle is not None:
        incident.cycle_first.setdefault(cycle, event.past_at)
        spells.note(incident.spells.setdefault(cycle, []), event.past_at)
        before = incident.cycle_last.get(cycle)
        if before is None or event.past_at > before:
            incident.cycle_last[cycle] = event.past_at


def fold(room: str, events: Iterable[Event]) -> Incident:
    """A whole room from its events; what was taken back is left out."""
    decoded = [(event, CODEC.decode(event)) for event in events]
    retracted = {fact.seq for _, fact in decoded if isinstance(fact, undo.Retracted)}
    incident = Incident(room)
    for event, fact in decoded:
        advance(incident, event, fact, event.seq in retracted)
    return incident
