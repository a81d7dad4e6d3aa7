"""Deadlines: everything in a room that changes because time passes, and the fact that is written when it does.

One list, from which the timers write, the listing knows when to look next, and a test moves its clock. A new thing
with a time adds its lines here. Pure: the time arrives with the question "what is due by now".
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from watchroom.base.command import Act
from watchroom.communication.awaited import asked
from watchroom.communication.cadence import OverdueEscalated, Promise, UpdateBecameOverdue
from watchroom.communication.inbound import InboundBecameOverdue
from watchroom.detection.triage import LookAgainCameDue
from watchroom.detection.unknown import UnknownBecameOverdue
from watchroom.incident import sla
from watchroom.incident.flow import owner
from watchroom.incident.incident import Incident
from watchroom.incident.sla import SlaTargetMissed
from watchroom.mitigation.decision import HoldCameDue
from watchroom.mitigation.escalation import EscalationCameDue
from watchroom.mitigation.page import PageFailed, PageRequested, PageWentUnanswered, ask_for
from watchroom.mitigation.task import TaskBecameOverdue
from watchroom.record.event import Fact
from watchroom.resolution.silence import IncidentFellSilent
from watchroom.resolution.stability import StabilityWatchBroken, ending
from watchroom.review.artefact import ArtefactAgedOut
from watchroom.review.review import ReviewBecameOverdue


class Deadline(msgspec.Struct, frozen=True):
    """A time, and what is written once it has come."""

    at: datetime
    fact: Fact


def deadlines(incident: Incident) -> list[Deadline]:
    """Everything of this room that has still to come due, in the order in which it would be written."""
    found: list[Deadline] = []
    for source in (_detection, _mitigation, _pages, _communication, _ending, _service_levels, _cadence, _silence):
        found += source(incident)
    return found


def next_at(incident: Incident) -> datetime | None:
    """When the next of them comes due."""
    return min((deadline.at for deadline in deadlines(incident)), default=None)


def due(incident: Incident, act: Act) -> list[Fact]:
    """The facts to write at `act.at`, with the pages that an escalated update asks for."""
    facts = [deadline.fact for deadline in deadlines(incident) if deadline.at <= act.at]
    for fact in [fact for fact in facts if isinstance(fact, OverdueEscalated) and fact.to]:
        asked = sum(isinstance(other, PageRequested) for other in facts)
        view = _Numbered(incident, asked)
        text = f"The update to {fact.audience} is late, and nobody has written it."
        pages, _ = ask_for((fact.to,), text, view, act, cause="overdue", about=fact.audience)
        facts += pages
    return facts


class _Numbered:
    """The room as it stands, with pages that this same append asks for counted already."""

    def __init__(self, incident: Incident, asked: int) -> None:
        self.pages = incident.pages
        self.declaration = incident.declaration
        self.players = incident.players
        self.issued = {**incident.issued, "P": incident.issued.get("P", 0) + asked}


def _detection(incident: Incident) -> Iterator[Deadline]:
    # Of what was put away nobody is reminded, until it is opened again.
    if incident.declaration.declared_at is None and incident.status not in ("closed", "resolved"):
        for signal, judgement in incident.judgements.by_signal.items():
            if judgement.look_again_at is not None and not judgement.due:
                fact = LookAgainCameDue(signal=signal, promised_at=judgement.look_again_at)
                yield Deadline(judgement.look_again_at, fact)
    if not _over(incident):
        for unknown in incident.unknowns.open:
            if unknown.by is not None and not unknown.overdue:
                yield Deadline(unknown.by, UnknownBecameOverdue(unknown=unknown.id, by=unknown.by))


def _mitigation(incident: Incident) -> Iterator[Deadline]:
    if _over(incident):
        return
    for task in incident.tasks.open:
        if task.due_at is not None and not task.overdue:
            yield Deadline(task.due_at, TaskBecameOverdue(task=task.id, due_at=task.due_at))
    for held in incident.decisions.holds:
        if held.state == "holding" and held.until is not None:
            yield Deadline(held.until, HoldCameDue(decision=held.id, until=held.until))
    for judged in incident.escalations.waiting:
        if judged.state != "due" and judged.look_again_at is not None:
            fact = EscalationCameDue(escalation=judged.id, look_again_at=judged.look_again_at)
            yield Deadline(judged.look_again_at, fact)


def _pages(incident: Incident) -> Iterator[Deadline]:
    # Closing withdraws its calls. Who is called to a closed room afterwards (about its review, say) is waited for.
    if incident.status == "dismissed":
        return
    for page in incident.pages.open:
        if not page.unanswered:
            yield Deadline(page.answer_by, PageWentUnanswered(page=page.id, answer_by=page.answer_by))
        if page.give_up_at is not None and page.rings:
            why = "It rang, and nobody answered." if page.shown_at else "They opened no page while it rang."
            yield Deadline(page.give_up_at, PageFailed(page=page.id, channel="browser", attempt=1, why=why))


def _communication(incident: Incident) -> Iterator[Deadline]:
    for promise in incident.cadence.promises.values():
        if not promise.overdue:
            yield Deadline(promise.next_at, UpdateBecameOverdue(audience=promise.audience, promised_at=promise.next_at))
    if not _over(incident):
        for item in incident.inbound.open:
            if item.answer_by is not None and not item.overdue:
                yield Deadline(item.answer_by, InboundBecameOverdue(inbound=item.id, answer_by=item.answer_by))


def _ending(incident: Incident) -> Iterator[Deadline]:
    """What goes on after the room was put away: a watch, what a link leads to, a review that is owed."""
    if (watch := incident.stability.running) is not None:
        yield Deadline(watch.until, ending(watch, incident))
    for broken in incident.stability.untold:
        at = broken.ended_at or broken.until
        yield Deadline(at, StabilityWatchBroken(until=broken.until, broken_at=at, signal=broken.broken_signal))
    for artefact in incident.artefacts.by_id.values():
        if artefact.ages and artefact.expires_at is not None:
            fact = ArtefactAgedOut(artefact=artefact.id, expired_at=artefact.expires_at)
            yield Deadline(artefact.expires_at, fact)
    review = incident.review
    learnt = incident.findings.by_id or incident.actions.by_id
    if review.need == "required" and review.due_at is not None and not review.overdue and not learnt:
        yield Deadline(review.due_at, ReviewBecameOverdue(due_at=review.due_at))


def _service_levels(incident: Incident) -> Iterator[Deadline]:
    """What the profile promises, while it is neither kept nor noted as missed."""
    if incident.status != "declared":
        return
    severity = incident.rating.severity or ""
    for each in sla.dues(incident):
        if each.met_at is None and not each.missed:
            yield Deadline(each.at, SlaTargetMissed(target=each.target, due_at=each.at, severity=severity))


def _cadence(incident: Incident) -> Iterator[Deadline]:
    """What the room's profile asks for where nobody promised, while customers hurt; and what stays late."""
    policy = incident.profile.cadence
    for due in asked(incident):
        fact = UpdateBecameOverdue(
            audience=due.audience, promised_at=due.next_at, promised=False, profile=incident.proposed_by
        )
        yield Deadline(due.next_at, fact)
    commander = incident.roles.person("incident_commander") or ""
    if incident.is_open:
        for promise in incident.cadence.promises.values():
            if promise.overdue and not promise.escalated:
                yield _escalated(promise, commander, policy.escalates_s)


def _escalated(promise: Promise, commander: str, escalates_s: int) -> Deadline:
    at = promise.next_at + timedelta(seconds=escalates_s)
    return Deadline(at, OverdueEscalated(audience=promise.audience, promised_at=promise.next_at, to=commander))


def _silence(incident: Incident) -> Iterator[Deadline]:
    """An incident that is open, and about which nobody writes. To wait as was said is no silence."""
    word_at = incident.silence.word_at
    waits = incident.stability.running is not None or any(d.state == "holding" for d in incident.decisions.holds)
    if (
        word_at is None
        or incident.silence.asking
        or waits
        or incident.status not in ("declared", "mitigated", "resolved")
    ):
        return
    cycle = "mitigation" if incident.status == "declared" else "resolution"
    asked = owner(incident, cycle) or incident.resolution.owner or incident.declaration.declared_by
    fact = IncidentFellSilent(since=word_at, owner=asked.removeprefix("person:"))
    yield Deadline(word_at + timedelta(seconds=incident.profile.cadence.silence_s), fact)


def _over(incident: Incident) -> bool:
    """Whether nothing more is expected of the room."""
    return incident.status in ("closed", "dismissed")
