"""The flow of an incident: which cycles are alive, who owns each, what stands open, what is due.

Lanes that light together, ordered by nothing: a cycle is lit by its facts and dims with age, never a step. Read by
the room and `GET /api/v1/incidents/{id}/flow`. Pure.
"""

from datetime import datetime
from typing import Any

import msgspec

from watchroom.communication.awaited import awaited
from watchroom.incident import sla
from watchroom.incident.incident import CYCLES, Incident
from watchroom.mitigation.crew import holes
from watchroom.mitigation.roles import ROLES

# Whose role implies which cycle, where nobody has said otherwise.
BY_ROLE = {
    "mitigation": ("incident_commander", "technical_lead"),
    "communication": ("communications_lead", "incident_commander"),
    "resolution": ("technical_lead", "incident_commander"),
    "detection": ("incident_commander",),
}

SLA_WORDS = {"respond": "response, as promised", "restore": "service restored, as promised"}
SPEAKING = ("communications_lead", "customer_liaison")
"""Roles whose work is the cycle of communication."""


class Due(msgspec.Struct, frozen=True):
    """Something that was promised, or that the profile asks for, and when."""

    what: str
    at: datetime
    overdue: bool = False


class HandOff(msgspec.Struct, frozen=True):
    """Work that lies between two people: given, and not yet taken."""

    what: str
    by: str
    to: str
    since: datetime


class Lane(msgspec.Struct, frozen=True):
    """One cycle as it stands."""

    cycle: str
    owner: str | None
    first_at: datetime | None
    last_at: datetime | None
    open_decisions: list[str]
    due: list[Due]
    hand_offs: list[HandOff]


def flow(incident: Incident) -> list[Lane]:
    """All six lanes, in the order in which the cycles are told."""
    return [
        Lane(
            cycle=cycle,
            owner=owner(incident, cycle),
            first_at=incident.cycle_first.get(cycle),
            last_at=incident.cycle_last.get(cycle),
            open_decisions=open_decisions(incident, cycle),
            due=due(incident, cycle),
            hand_offs=hand_offs(incident, cycle),
        )
        for cycle in CYCLES
    ]


def flow_json(incident: Incident) -> dict[str, Any]:
    """The answer of `GET /api/v1/incidents/{id}/flow`."""
    return {"cycles": flow(incident)}


def owner(incident: Incident, cycle: str) -> str | None:
    """Who looks after a cycle: as said, else as a role implies while the cycle has work in it."""
    said = incident.ownership.owners.get(cycle)
    if said is not None:
        return said
    if cycle == "review":
        return incident.review.owner or None
    if cycle == "detection" and incident.declaration.declared_at is None:
        return next((judgement.owner for judgement in incident.judgements.by_signal.values() if judgement.owner), None)
    if cycle == "resolution" and incident.impact.mitigated_at is None:
        return None
    if incident.declaration.declared_at is None or incident.status == "closed":
        return None
    return next((person for role in BY_ROLE.get(cycle, ()) if (person := incident.roles.person(role))), None)


def open_decisions(incident: Incident, cycle: str) -> list[str]:
    """What waits for somebody's judgement, in words."""
    asked = _decisions_of(incident, cycle)
    silent = "mitigation" if incident.status == "declared" else "resolution"
    if incident.silence.asking and cycle == silent and incident.status in ("declared", "mitigated", "resolved"):
        asked.insert(0, "Nobody has written for long: does it still go on?")
    return asked


def _decisions_of(incident: Incident, cycle: str) -> list[str]:
    status = incident.status
    match cycle:
        case "detection" if status == "triage":
            return ["False alarm, slow burn, or incident?"]
        case "detection" if status == "declared" and not incident.rating.confirmed:
            return ["How severe is it?"]
        case "mitigation" if status in ("declared", "mitigated"):
            return _mitigation_decisions(incident)
        case "communication" if status not in ("closed", "dismissed"):
            asked = [f"What becomes of {item.id}?" for item in incident.inbound.open if item.overdue]
            return asked + _open_roles(incident, speaks=True)
        case "resolution":
            return _resolution_decisions(incident)
        case "review" if status in ("resolved", "closed") and incident.review.need is None:
            return ["Is a review held?"]
    return []


def _open_roles(incident: Incident, *, speaks: bool) -> list[str]:
    """Roles that the room's profile calls for and that nobody holds, while customers hurt."""
    severity = incident.rating.severity
    if incident.status != "declared" or severity is None or incident.adopted.profile is None:
        return []
    return [
        f"{severity}: {ROLES[role].lower()} is open"
        for role in holes(incident.crew, severity, incident.roles)
        if (role in SPEAKING) == speaks
    ]


def _resolution_decisions(incident: Incident) -> list[str]:
    asked = ["Stopped the bleeding, or understood?"] if incident.status == "mitigated" else []
    if incident.status in ("resolved", "closed") and incident.reopening.offers:
        asked.append("It fired again: reopen?")
    return asked + [f"When is {shim.id} undone?" for shim in incident.shims.open if shim.state == "open"]


def _mitigation_decisions(incident: Incident) -> list[str]:
    tried = incident.interventions.by_id.values()
    asked = [f"What did {intervention.id} do?" for intervention in tried if intervention.state == "started"]
    asked += [f"{held.id} is over: what is decided?" for held in incident.decisions.holds if held.state == "due"]
    asked += [f"{each.id}: ask for help now?" for each in incident.escalations.by_id.values() if each.state == "due"]
    asked += [f"{page.id}: nobody has answered; who else?" for page in incident.pages.open if page.unanswered]
    return asked + _open_roles(incident, speaks=False)


def due(incident: Incident, cycle: str) -> list[Due]:
    """What was promised and has a time, the earliest first."""
    return sorted(_due(incident, cycle), key=lambda each: each.at)


def _due(incident: Incident, cycle: str) -> list[Due]:
    if cycle == "communication":
        return [
            Due(
                f"update to {promise.audience}" + ("" if promise.promised else ", by profile"),
                promise.next_at,
                promise.overdue,
            )
            for promise in awaited(incident)
        ] + [
            Due(f"answer to {item.id}", item.answer_by, item.overdue)
            for item in incident.inbound.open
            if item.answer_by is not None
        ]
    if cycle == "mitigation":
        return _mitigation_due(incident)
    if cycle == "review" and incident.review.need == "required" and incident.review.due_at is not None:
        return [Due("review", incident.review.due_at, incident.review.overdue)]
    if cycle == "resolution" and (watch := incident.stability.running) is not None:
        return [Due("end of the watch", watch.until)]
    if cycle == "detection":
        return [
            Due("look again", judgement.look_again_at, judgement.due)
            for judgement in incident.judgements.by_signal.values()
            if judgement.verdict == "slow_burn" and judgement.look_again_at is not None
        ] + [Due(f"{each.id} known", each.by, each.overdue) for each in incident.unknowns.open if each.by is not None]
    return []


def _mitigation_due(incident: Incident) -> list[Due]:
    found = [Due(f"report of {task.id}", task.due_at, task.overdue) for task in incident.tasks.open if task.due_at]
    if incident.status in ("closed", "dismissed"):
        # A task that was given may still be reported; nobody is waited for, held or called to a room that is over.
        return found
    found += [
        Due(f"end of hold {held.id}", held.until, held.state == "due")
        for held in incident.decisions.holds
        if held.until
    ]
    found += [
        Due(f"look again, {each.id}", each.look_again_at, each.state == "due")
        for each in incident.escalations.waiting
        if each.look_again_at
    ]
    found += [Due(f"answer to {page.id}", page.answer_by, page.unanswered) for page in incident.pages.open]
    if incident.status == "declared":
        found += [Due(SLA_WORDS[each.target], each.at, each.missed) for each in sla.dues(incident) if not each.met_at]
    return found


def hand_offs(incident: Incident, cycle: str) -> list[HandOff]:
    """Roles that nobody has accepted, tasks that nobody has acknowledged, drafts and inbound that nobody took."""
    if cycle not in ("mitigation", "communication"):
        return []
    speaks = cycle == "communication"
    found = [
        HandOff(role, "", holding.person, holding.since)
        for role, holding in incident.roles.held.items()
        if not holding.accepted and (role in SPEAKING) == speaks
    ]
    if not speaks:
        given = [task for task in incident.tasks.open if task.state == "assigned"]
        return found + [HandOff(task.id, task.by, task.person, task.at) for task in given]
    found += [HandOff(item.id, item.sender, "", item.at) for item in incident.inbound.open if not item.owner]
    drafts = [update for update in incident.updates.by_id.values() if update.draft]
    return found + [HandOff(update.id, update.by, "", update.at) for update in drafts]
