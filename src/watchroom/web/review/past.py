"""What the record already shows of an incident, for its review: moments, what is worth keeping, what stands out.

Called by the review's panels. Pure functions of the room's history; a review begins from these and not from an empty
page. Never names a person as a cause, and never writes a finding by itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from watchroom.communication.cadence import UpdateBecameOverdue
from watchroom.detection.declaration import IncidentDeclared
from watchroom.detection.looking import LookedAt
from watchroom.detection.signal import ObservationNoted, SignalRecorded
from watchroom.incident.gaps import gaps
from watchroom.incident.incident import CODEC, Incident
from watchroom.mitigation.decision import DecisionMade
from watchroom.mitigation.hypothesis import EvidenceAdded, HypothesisRuledOut, HypothesisSupported
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned
from watchroom.mitigation.intervention import InterventionObserved, InterventionStarted
from watchroom.mitigation.page import PageWentUnanswered
from watchroom.mitigation.roles import RoleHandedOver
from watchroom.record.codec import DamagedFact
from watchroom.record.event import Event, Fact
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened, ReopeningOffered
from watchroom.resolution.resolving import IncidentResolved
from watchroom.resolution.stability import StabilityWatchBroken, StabilityWatchLapsed
from watchroom.review.finding import FindingKind
from watchroom.review.recovery import DEFAULT, RecoveryPolicy
from watchroom.review.timeline import Note
from watchroom.web.review.evidence import Known, known_at, unheard
from watchroom.web.sayings.of_incident import say
from watchroom.web.sayings.saying import Saying

MOMENTS_MAX = 120
"""How many moments that nobody has marked are shown at most; marked ones all are."""
KEEPABLE_MAX = 12
SHOWN_CHARS_MAX = 80

_TURNS = (
    IncidentDeclared,
    InterventionStarted,
    InterventionObserved,
    HypothesisRuledOut,
    HypothesisSupported,
    DecisionMade,
    RoleHandedOver,
    ImpactMitigated,
    ImpactReturned,
    StabilityWatchBroken,
    StabilityWatchLapsed,
    UpdateBecameOverdue,
    PageWentUnanswered,
    ReopeningOffered,
    IncidentResolved,
    IncidentReopened,
    IncidentClosed,
)
"""Facts at which an incident took a turn: shown though nobody has marked them."""


@dataclass(frozen=True)
class Past:
    """An incident with its history, and what the house says about nights and about how long evidence lasts."""

    incident: Incident
    history: Sequence[tuple[Event, Fact]]
    """The room's events in order with what each says; what was taken back or redacted is left out."""
    policy: RecoveryPolicy = DEFAULT
    zone_of: Callable[[str], str] = lambda person: ""
    """A person's IANA time zone, or an empty text."""
    kept_days: int = 15
    """How long what a link leads to is thought to last."""


@dataclass(frozen=True)
class Moment:
    """One moment of the annotated timeline."""

    seq: int
    at: datetime
    author: str
    """Who did it, as a person's ref; empty when nobody in person did."""
    saying: Saying
    what: str
    """What the thing is that it speaks of, where the saying only names it: `I1` is "Roll back checkout"."""
    marks: tuple[Note, ...]
    beliefs: tuple[Note, ...]
    differ: bool
    """Whether two people's accounts of it differ."""
    known: Known | None = None
    """Of a marked one: what was on the table just then."""
    unheard: tuple[str, ...] = ()
    """Of a marked one: those who were there and have not said what they believed."""


class _Worded(Protocol):
    """A thing of the room that somebody has put into words."""

    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Keepable:
    """Something that the room leads to and nobody has kept yet."""

    seq: int
    at: datetime
    kind: str
    what: str
    link: str = ""
    body: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Shown:
    """Something that stands out in the record, and what it could be written down as."""

    text: str
    seqs: tuple[int, ...]
    kind: FindingKind


def past_of(
    incident: Incident,
    events: Sequence[tuple[Event, Fact | None]],
    policy: RecoveryPolicy = DEFAULT,
    zone_of: Callable[[str], str] = lambda person: "",
    kept_days: int = 15,
) -> Past:
    """The incident with its decoded events, without what was taken back, redacted or damaged."""
    gone = set(incident.retractions.seqs)
    history = [
        (event, fact)
        for event, fact in events
        if fact is not None and event.seq not in gone and not event.redacted and not isinstance(fact, DamagedFact)
    ]
    return Past(incident, history, policy, zone_of, kept_days)


def decoded(events: Sequence[Event]) -> list[tuple[Event, Fact | None]]:
    """Events with what each says."""
    return [(event, CODEC.decode(event)) for event in events]


def moments(past: Past) -> tuple[list[Moment], int]:
    """Turns and marked moments in the order of time, and how many turns are not shown."""
    marks, beliefs = past.incident.annotations.marks, past.incident.annotations.beliefs
    table = known_at(past.history, marks.keys())
    found, turns, first_signal = [], 0, True
    for event, fact in past.history:
        annotated = event.seq in marks or event.seq in beliefs
        turn = isinstance(fact, _TURNS) or (first_signal and isinstance(fact, SignalRecorded))
        first_signal = first_signal and not isinstance(fact, SignalRecorded)
        turns += turn and not annotated
        if annotated or (turn and turns <= MOMENTS_MAX):
            told = tuple(beliefs.get(event.seq, ()))
            saying = say(event, fact)
            found.append(
                Moment(
                    seq=event.seq,
                    at=event.at,
                    author=event.actor.removeprefix("person:") if event.actor.startswith("person:") else "",
                    saying=saying,
                    what=_what(past.incident, saying),
                    marks=tuple(marks.get(event.seq, ())),
                    beliefs=told,
                    differ=_differ(told),
                    known=table.get(event.seq),
                    unheard=unheard(past.incident, {belief.by for belief in told}) if event.seq in marks else (),
                )
            )
    found.sort(key=lambda moment: (moment.at, moment.seq))
    return found, max(0, turns - MOMENTS_MAX)


def _what(incident: Incident, saying: Saying) -> str:
    """The words of the thing that the saying only names; nothing where it brings words of its own."""
    if saying.signal in incident.signals.by_id:
        return incident.signals.by_id[saying.signal].title
    if saying.parts or not saying.ref:
        return ""
    if saying.ref in incident.updates.by_id:
        return incident.updates.by_id[saying.ref].impact
    kinds: tuple[Mapping[str, _Worded], ...] = (
        incident.interventions.by_id,
        incident.hypotheses.by_id,
        incident.decisions.by_id,
        incident.tasks.by_id,
        incident.unknowns.by_id,
        incident.inbound.by_id,
        incident.pages.by_id,
        incident.shims.by_id,
    )
    return next((things[saying.ref].text for things in kinds if saying.ref in things), "")


def _differ(beliefs: Sequence[Note]) -> bool:
    """Whether different people said different things; one person may have changed their mind."""
    last = {belief.by: " ".join(belief.text.casefold().split()) for belief in beliefs}
    return len(set(last.values())) > 1


def keepable(past: Past) -> list[Keepable]:
    """Links and looks of the room that nobody has kept, the oldest first: they age out first."""
    kept = {artefact.link for artefact in past.incident.artefacts.by_id.values()}
    bodies = {artefact.body for artefact in past.incident.artefacts.by_id.values()}
    found: list[Keepable] = []
    lasts = timedelta(days=past.kept_days)
    for event, fact in past.history:
        for kind, what, link in _links(fact):
            if link.startswith(("http://", "https://")) and link not in kept:
                kept.add(link)
                what = what[:SHOWN_CHARS_MAX]
                found.append(Keepable(event.seq, event.at, kind, what, link, expires_at=event.at + lasts))
        if isinstance(fact, LookedAt) and fact.shown:
            name = fact.panel or fact.query
            body = f"{name}\n{fact.shown}"
            if body not in bodies:
                bodies.add(body)
                found.append(Keepable(event.seq, event.at, "graph", name[:SHOWN_CHARS_MAX], body=body))
    return found[:KEEPABLE_MAX]


def _links(fact: Fact) -> Iterator[tuple[str, str, str]]:
    match fact:
        case ObservationNoted():
            yield "observation", fact.text, fact.link
        case EvidenceAdded():
            yield "evidence", fact.text, fact.link
        case SignalRecorded():
            yield "alert", fact.title, fact.url


def shown(past: Past) -> list[Shown]:
    """What stands out: gaps in how it was handled, what came back, what nobody understood, what was left open."""
    return [each for find in (_gaps_shown, _ways_shown, _open_shown) for each in find(past)]


def _gaps_shown(past: Past) -> Iterator[Shown]:
    for gap in gaps(past.incident, past.history, None):
        # That nothing was learnt yet is why this page is open.
        if gap.found and gap.gap != "review_without_learning":
            yield Shown(gap.sentence, tuple(evidence.seq for evidence in gap.evidence), "factor")


def _ways_shown(past: Past) -> Iterator[Shown]:
    dropped = _seqs(past, HypothesisRuledOut)
    if dropped:
        what = "One theory was" if len(dropped) == 1 else f"{len(dropped)} theories were"
        yield Shown(f"{what} dropped before it was found.", dropped, "finding")
    worse = _seqs(past, InterventionObserved, lambda fact: getattr(fact, "outcome", "") in ("worse", "no_effect"))
    if worse:
        what = "One try" if len(worse) == 1 else f"{len(worse)} tries"
        yield Shown(f"{what} did not help.", worse, "finding")
    returned = _seqs(past, ImpactReturned)
    if returned:
        times = "once" if len(returned) == 1 else f"{len(returned)} times"
        yield Shown(f"Customers hurt again {times} after it was mitigated.", returned, "factor")
    again = _seqs(past, IncidentReopened)
    if again:
        times = "once" if len(again) == 1 else f"{len(again)} times"
        yield Shown(f"It was opened again {times}.", again, "factor")
    unanswered = _seqs(past, PageWentUnanswered)
    if unanswered:
        what = "One page" if len(unanswered) == 1 else f"{len(unanswered)} pages"
        yield Shown(f"{what} had no answer in time.", unanswered, "factor")


def _open_shown(past: Past) -> Iterator[Shown]:
    resolution = past.incident.resolution
    if resolution.understood in ("partly", "no"):
        how = "It is only partly understood" if resolution.understood == "partly" else "It is not understood"
        said = f"{how}: {resolution.text}" if resolution.text else f"{how}."
        yield Shown(said, _seqs(past, IncidentResolved)[-1:], "mystery")
    for unknown in past.incident.unknowns.open:
        yield Shown(f"Nobody found out: {unknown.text}", (), "mystery")
    shims = past.incident.shims.open
    if shims:
        yield Shown("Not undone yet: " + "; ".join(f"{shim.id} {shim.text}" for shim in shims), (), "finding")


def _seqs(past: Past, kind: type[Fact], which: Callable[[Fact], bool] = lambda fact: True) -> tuple[int, ...]:
    return tuple(event.seq for event, fact in past.history if isinstance(fact, kind) and which(fact))
