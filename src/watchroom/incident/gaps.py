"""The six gaps in how an incident was handled, each found, not found or not assessed, with its evidence.

Computed from the room's history alone, so that it can be recomputed for ever; what has to be known from elsewhere
(who has practised) arrives as an argument. Thresholds: docs/gaps.md. About the team's handling, never about a person.
Called by `GET /api/v1/incidents/{id}/gaps`, the review page and the drill's debrief. Pure.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

import msgspec

from watchroom.communication.cadence import UpdateBecameOverdue
from watchroom.communication.update import UpdateApproved, UpdateDrafted, UpdatePosted, tells
from watchroom.detection.declaration import DeclarationWithdrawn, IncidentDeclared, IncidentNoticed, unsaid
from watchroom.detection.signal import SignalRecorded
from watchroom.detection.triage import SignalTriaged
from watchroom.incident.incident import Incident
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned
from watchroom.mitigation.intervention import InterventionStarted
from watchroom.mitigation.roles import RoleAccepted, RoleAssigned, RoleHandedOver, RoleReleased
from watchroom.record.event import VIA_ENTERED, Event, Fact, kind_of
from watchroom.resolution import stability
from watchroom.resolution.closing import IncidentClosed, ReviewDecided
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved
from watchroom.resolution.stability import StabilityWatchBegan, StabilityWatchPassed, why_lapsed
from watchroom.review.action_item import ActionAdded
from watchroom.review.finding import FactorAdded, FindingAdded, MysteryAdded
from watchroom.review.review import ReviewBecameOverdue
from watchroom.review.sharing import ReviewShared

DECLARE_WITHIN = timedelta(minutes=10)
COLLISION_AT_MOST = timedelta(minutes=5)
TELL_WITHIN = timedelta(minutes=20)
TELL_AGAIN_WITHIN = timedelta(minutes=60)

GapName = Literal[
    "declaration_delay",
    "command_collision",
    "mitigation_as_resolution",
    "review_without_learning",
    "no_cadence",
    "no_preparation",
]
History = Sequence[tuple[Event, Fact]]
"""The room's events in order with what each says; what was taken back or redacted is left out."""


class Evidence(msgspec.Struct, frozen=True):
    """Where it can be read."""

    stream: str
    seq: int


class Gap(msgspec.Struct, frozen=True):
    """One gap. `found` is None when there is not enough to tell."""

    gap: GapName
    found: bool | None
    evidence: list[Evidence]
    sentence: str


class Practised(msgspec.Struct, frozen=True):
    """What is on record of practice before this incident by those who responded: rooms, newest first."""

    rooms: Sequence[str] = ()


def gaps(incident: Incident, history: History, practised: Practised | None) -> list[Gap]:
    """All six, always in the same order. `practised=None`: it is not known here."""
    # What is stated for a time to come had its effect when it was said, here as in the fold.
    history = [(msgspec.structs.replace(event, at=event.past_at), fact) for event, fact in history]
    return [
        _declaration_delay(incident, history),
        _as_the_profile_allows(_command_collision(incident, history), incident),
        _mitigation_as_resolution(incident, history),
        _review_without_learning(incident, history),
        _no_cadence(incident, history),
        _no_preparation(incident, practised),
    ]


_UNSAID = "It was entered from a timeline, which does not say so."


def _gap(name: GapName, found: bool | None, sentence: str, *events: Event) -> Gap:
    return Gap(name, found, [Evidence(event.stream, event.seq) for event in events], sentence)


def _minutes(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _first(history: History, *facts: type[Fact]) -> tuple[Event, Fact] | None:
    return next(((event, fact) for event, fact in history if isinstance(fact, facts)), None)


def _declared(history: History) -> tuple[Event, Fact] | None:
    """The declaration that stands: one that was taken back at once was a slip of the hand."""
    found: tuple[Event, Fact] | None = None
    for event, fact in history:
        if isinstance(fact, IncidentDeclared) and found is None:
            found = (event, fact)
        elif isinstance(fact, DeclarationWithdrawn):
            found = None
    return found


def _declaration_delay(incident: Incident, history: History) -> Gap:
    """From when it was first noticed, or from the last kept promise to look again, to the declaration."""
    declared = _declared(history)
    if declared is None:
        return _gap("declaration_delay", None, "It was not declared.")
    event, _ = declared
    if "declared" in incident.entered.unstated:
        return _gap("declaration_delay", None, _UNSAID, event)
    seen: list[tuple[datetime, Event]] = []
    for earlier, fact in history:
        if isinstance(fact, IncidentNoticed) and not unsaid(fact, earlier):
            seen.append((fact.noticed_at, earlier))
        elif isinstance(fact, SignalRecorded) and earlier.seq < event.seq:
            seen.append((earlier.past_at, earlier))
    if not seen:
        return _gap("declaration_delay", None, "Nothing says when it was first noticed.", event)
    since, noticed = min(seen, key=lambda pair: pair[0])
    for earlier, fact in history:
        # "Not yet, look again at T" is a judgement as good as declaring, for as long as it was promised.
        if isinstance(fact, SignalTriaged) and fact.verdict == "slow_burn" and earlier.seq < event.seq:
            until = min(fact.look_again_at or earlier.past_at, event.past_at)
            if earlier.past_at - since <= DECLARE_WITHIN and until > since:
                since, noticed = until, earlier
    delay = event.past_at - since
    if delay > DECLARE_WITHIN:
        return _gap("declaration_delay", True, f"Declared {_minutes(delay)} after it was noticed.", noticed, event)
    said = "Declared at once." if delay < timedelta(minutes=1) else f"Declared within {_minutes(delay)}."
    return _gap("declaration_delay", False, said, noticed, event)


def _as_the_profile_allows(gap: Gap, incident: Incident) -> Gap:
    """A small house may let one person do both: then it is said, and no gap."""
    apart = incident.crew.keeps_apart("incident_commander", "technical_lead", incident.rating.severity)
    if not gap.found or apart:
        return gap
    said = f"{gap.sentence} The room's profile lets one person do both."
    return msgspec.structs.replace(gap, found=False, sentence=said)


class _Seat(msgspec.Struct):
    person: str
    event: Event
    accepted: bool = False
    """Whether they took it, or said that they have it: a seat that was only offered is nobody's."""


def _command_collision(incident: Incident, history: History) -> Gap:
    """One person commands and leads the technical work, for more than some minutes or still at the end."""
    held: dict[str, _Seat] = {}
    began: Event | None = None
    taken: set[str] = set()
    apart: tuple[Event, Event] | None = None
    for event, fact in history:
        match fact:
            case RoleAssigned():
                held[fact.role] = _Seat(fact.person, event, event.actor == f"person:{fact.person}")
            case RoleAccepted():
                if (seat := held.get(fact.role)) is not None and seat.person == fact.person:
                    seat.accepted = True
            case RoleHandedOver():
                held[fact.role] = _Seat(fact.to, event, event.actor == f"person:{fact.to}")
            case RoleReleased():
                held.pop(fact.role, None)
            case IncidentResolved() | IncidentClosed():
                held.clear()
            case InterventionStarted():
                commander = held.get("incident_commander")
                by = event.actor.removeprefix("person:")
                if commander is not None and commander.person == by and "technical_lead" not in held:
                    said = "The commander had hands on the system, and nobody led the technical work."
                    return _gap("command_collision", True, said, commander.event, event)
                continue
            case _:
                continue
        taken |= {role for role, seat in held.items() if seat.accepted}
        both = held.get("incident_commander"), held.get("technical_lead")
        if both[0] is not None and both[1] is not None and both[0].person == both[1].person:
            began = began or event
            continue
        if both[0] is not None and both[1] is not None and both[0].accepted and both[1].accepted:
            apart = apart or (both[0].event, both[1].event)
        if began is not None:
            if event.past_at - began.at > COLLISION_AT_MOST:
                said = f"One person commanded and led the technical work for {_minutes(event.past_at - began.at)}."
                return _gap("command_collision", True, said, began, event)
            began = None
    if began is not None:
        return _gap("command_collision", True, "One person commands and leads the technical work.", began)
    if apart is not None:
        return _gap("command_collision", False, "Command and the technical work lay in different hands.", *apart)
    if "incident_commander" not in taken:
        return _gap("command_collision", None, "Nobody commanded.")
    if "technical_lead" not in taken:
        return _gap("command_collision", None, "Nobody led the technical work.")
    return _gap("command_collision", None, "Nobody commanded while somebody else led the technical work.")


def _mitigation_as_resolution(incident: Incident, history: History) -> Gap:
    """Resolved or closed on the strength of "it stopped hurting": unwatched, or without a word about what it was."""
    name: GapName = "mitigation_as_resolution"
    end = next(((e, f) for e, f in reversed(history) if isinstance(f, IncidentResolved)), None)
    if end is None:
        closed = _first(history, IncidentClosed)
        if closed is None:
            return _gap(name, None, "It is not resolved yet.")
        if incident.entered.at is not None:
            return _gap(name, None, _UNSAID, closed[0])
        if incident.declaration.declared_at is None:
            return _gap(name, None, "It was never declared.")
        return _gap(name, True, "Closed without anybody saying that it was resolved.", closed[0])
    event, fact = end
    assert isinstance(fact, IncidentResolved)
    again = next((e for e, f in history if isinstance(f, IncidentReopened) and e.seq > event.seq), None)
    closed = _first([each for each in history if again is not None and each[0].seq > again.seq], IncidentClosed)
    if again is not None and closed is not None:
        said = "Reopened, and closed without anybody saying again that it was resolved."
        return _gap(name, True, said, again, closed[0])
    return _resolved(incident, history, event, fact)


def _resolved(incident: Incident, history: History, event: Event, fact: IncidentResolved) -> Gap:
    """Whether resolving, at `event`, was a judgement of its own."""
    name: GapName = "mitigation_as_resolution"
    if event.via == VIA_ENTERED:
        # Whether anybody watched it, or went on looking, is not what a timeline tells.
        return _gap(name, None, _UNSAID, event)
    before = [(e, f) for e, f in history if e.seq < event.seq]
    mitigated = next((e for e, f in reversed(before) if isinstance(f, ImpactMitigated)), None)
    if mitigated is None:
        return _gap(name, True, "Resolved, and nobody had said that customers hurt no longer.", event)
    # What came back after a watch is not what that watch speaks of.
    watch = next((e for e, f in reversed(before) if isinstance(f, StabilityWatchPassed | ImpactReturned)), None)
    watch = watch if watch is not None and watch.kind == kind_of(StabilityWatchPassed) else None
    if watch is None and not fact.reason:
        what, began = _unwatched(incident, before)
        return _gap(name, True, f"Resolved {what}.", mitigated, *began, event)
    if not fact.text:
        return _gap(name, True, "Resolved without a word about what was fixed or is not understood.", mitigated, event)
    if fact.understood != "yes" and not fact.owner:
        return _gap(name, True, "Resolved, not fully understood, and nobody goes on looking.", mitigated, event)
    kept = [watch] if watch is not None else []
    return _gap(name, False, "Mitigated and resolved were two judgements.", mitigated, *kept, event)


def _unwatched(incident: Incident, before: History) -> tuple[str, list[Event]]:
    """What became of the last watch, which does not speak for the end: in words, and where it began and was broken."""
    watches = stability.Stability()
    shown: list[Event] = []
    for event, fact in before:
        was = watches.running
        stability.apply(watches, fact, event)
        if isinstance(fact, StabilityWatchBegan):
            shown = [event]
        elif was is not None and was.state in ("broken", "lapsed", "passed"):
            shown.append(event)
    if watches.last is None:
        return "without a watch, or a reason for less", shown
    if watches.last.state == "broken":
        return "after its watch was broken, without another", shown
    if watches.last.state == "lapsed" and watches.last.lapsed is not None:
        titles = {signal.id: signal.title for signal in incident.signals.by_id.values()}
        return f"after a watch that does not say that it stayed well: {why_lapsed(watches.last.lapsed, titles)}", shown
    if watches.last.state == "passed":
        return "after it came back, without another watch", shown
    return "before its watch had ended", shown


_LEARNT = (FindingAdded, MysteryAdded, FactorAdded, ActionAdded)


def _review_without_learning(incident: Incident, history: History) -> Gap:
    """A review that was owed and taught nothing, or that nobody decided about."""
    name: GapName = "review_without_learning"
    learnt = [event for event, fact in history if isinstance(fact, _LEARNT)]
    if learnt:
        return _gap(name, False, "Something was learnt and written down.", *learnt[:5])
    closed = next((event for event, fact in reversed(history) if isinstance(fact, IncidentClosed)), None)
    decided = next(((e, f) for e, f in reversed(history) if isinstance(f, ReviewDecided)), None)
    late = next((event for event, fact in history if isinstance(fact, ReviewBecameOverdue)), None)
    shared = next((event for event, fact in history if isinstance(fact, ReviewShared)), None)
    if incident.declaration.declared_at is None:
        return _gap(name, None, "It was never declared." if closed is not None else "It was not declared.")
    if closed is None:
        return _gap(name, None, "It is not closed yet.")
    if decided is None:
        if closed.via == VIA_ENTERED:
            return _gap(name, None, _UNSAID, closed)
        return _gap(name, True, "Closed without a decision about a review.", closed)
    event, fact = decided
    assert isinstance(fact, ReviewDecided)
    if fact.review == "not_required":
        if fact.reason:
            return _gap(name, False, "No review, and the reason is on record.", event)
        return _gap(name, True, "No review, and no reason why.", event)
    if shared is not None:
        return _gap(name, True, "The review was shared, and it holds nothing that was learnt.", event, shared)
    if late is not None:
        return _gap(name, True, "The review was due, and nothing was learnt by then.", event, late)
    return _gap(name, None, "The review is not due yet.", event)


def _no_cadence(incident: Incident, history: History) -> Gap:
    """Nobody told in time, a promise broken, or a long silence."""
    name: GapName = "no_cadence"
    declared = _declared(history)
    if declared is None:
        return _gap(name, None, "It was not declared.")
    late = [event for event, fact in history if isinstance(fact, UpdateBecameOverdue)]
    if late:
        promised = [event for event, fact in history if isinstance(fact, UpdateBecameOverdue) and fact.promised]
        found = [
            ("A promised update", len(promised)),
            ("An update that the profile asks for", len(late) - len(promised)),
        ]
        said = " ".join(f"{what} came late {_times(count)}." for what, count in found if count)
        return _gap(name, True, said, *late[:5])
    drafts = {fact.id for event, fact in history if isinstance(fact, UpdateDrafted) and tells(fact, event)}
    posted = [event for event, fact in history if isinstance(fact, UpdatePosted | UpdateApproved)]
    told = [event for event, fact in history if _told(event, fact, drafts)]
    over = next((e for e, f in history if isinstance(f, IncidentResolved | IncidentClosed)), None)
    end = over.at if over is not None else incident.last_at or declared[0].at
    if incident.entered.at is not None and (not told or "declared" in incident.entered.unstated):
        return _gap(name, None, _UNSAID, declared[0])
    if not told:
        if over is None and end - declared[0].at <= TELL_WITHIN:
            return _gap(name, None, "It has only begun.", declared[0])
        said = "Nobody was told anything." if not drafts else "An update was drafted and never went out."
        if posted:
            said = "Nobody was told anything: what was posted says nothing."
        return _gap(name, True, said, declared[0], *posted[:3], *([over] if over else []))
    first = told[0].at - declared[0].at
    if first > TELL_WITHIN:
        return _gap(name, True, f"The first word came {_minutes(first)} after it was declared.", declared[0], told[0])
    for before, after in pairwise(told):
        if after.at - before.at > TELL_AGAIN_WITHIN and after.at <= end:
            said = f"{_minutes(after.at - before.at)} of silence between two updates."
            return _gap(name, True, said, before, after)
    if end - told[-1].at > TELL_AGAIN_WITHIN and not any(p for p in incident.cadence.promises.values()):
        return _gap(name, True, f"{_minutes(end - told[-1].at)} of silence after the last update.", told[-1])
    return _gap(name, False, "Those concerned were told, and promises were kept.", declared[0], *told[:4])


def _told(event: Event, fact: Fact, drafts: set[str]) -> bool:
    """Whether somebody was told something by it; `drafts` are those that say anything."""
    match fact:
        case UpdatePosted():
            return tells(fact, event)
        case UpdateApproved():
            return fact.update in drafts
    return False


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _no_preparation(incident: Incident, practised: Practised | None) -> Gap:
    """Whether any of those who responded had practised before."""
    name: GapName = "no_preparation"
    if incident.declaration.practice:
        return _gap(name, None, "It is practice itself.")
    if incident.declaration.declared_at is None:
        return _gap(name, None, "It was not declared.")
    if incident.entered.at is not None:
        return _gap(name, None, _UNSAID)
    if practised is None:
        return _gap(
            name, None, "No practice is on record here that you may see, so it cannot be told who had practised."
        )
    if practised.rooms:
        evidence = [Evidence(room, 1) for room in practised.rooms[:5]]
        return Gap(name, False, evidence, "Those who responded had practised before.")
    return _gap(name, True, "No practice of those who responded is on record.")
