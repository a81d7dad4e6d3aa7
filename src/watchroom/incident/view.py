"""An incident as the API shows it: the names of the contract over the folded state.

Called by the API, the shell and the export. Pure; never leaves a name of the contract out.
"""

from typing import Any

import msgspec

from watchroom.communication.awaited import awaited
from watchroom.incident import sla
from watchroom.incident.incident import Incident
from watchroom.incident.visibility import guard_of
from watchroom.review.recovery import Toll


def incident_json(incident: Incident, recovered: list[Toll]) -> dict[str, Any]:
    """The answer of `GET /api/v1/incidents/{id}`, ready for `msgspec.json.encode`. Times are RFC 3339 UTC.

    `recovered` is what it took of the responders, by the house's limits and time zones (`recovery.tolls`).
    """
    return {
        **_standing(incident),
        **_work(incident),
        **_ending(incident, recovered),
        "retracted": incident.retractions.seqs,
        "redacted": [
            {"seq": seq, **msgspec.structs.asdict(redaction)} for seq, redaction in incident.redactions.by_seq.items()
        ],
        "profile": _profile(incident),
        "severity_profile": incident.rating.profile or None,
        "service_levels": sla.dues(incident),
        "restricted": _restricted(incident),
        "seq": incident.seq,
    }


def _standing(incident: Incident) -> dict[str, Any]:
    """What it is, how bad, since when, and who has which part in it."""
    declaration = incident.declaration
    return {
        "id": incident.id,
        "status": incident.status,
        "practice": declaration.practice,
        "imported": incident.imported,
        "entered": incident.entered if incident.entered.at is not None else None,
        "title": declaration.title,
        "severity": incident.rating.severity,
        "severity_confirmed": incident.rating.confirmed,
        "urgency": incident.rating.urgency,
        "services": declaration.services,
        "categories": incident.categories.names,
        "opened_at": declaration.opened_at,
        "noticed_at": declaration.noticed_at,
        "noticed_unsaid": declaration.noticed_unsaid,
        "declared_at": declaration.declared_at,
        "declared_by": declaration.declared_by,
        "declared_rule": declaration.declared_rule or None,
        "resolved_at": incident.resolution.resolved_at,
        "closed_at": incident.closing.closed_at,
        "reopened": incident.reopening.times,
        "after": declaration.after or None,
        "unread": incident.unread,
        "roles": {role: holding.person for role, holding in incident.roles.held.items()},
        "role_details": incident.roles.held,
        "roles_called": incident.crew.called(incident.rating.severity),
        "responders": incident.presence.since,
        "released": incident.presence.released,
        "impact": {"level": incident.rating.impact, **msgspec.structs.asdict(incident.impact)},
    }


def _work(incident: Incident) -> dict[str, Any]:
    """What is seen, thought, tried, said and asked."""
    return {
        "signals": [
            {**msgspec.structs.asdict(signal), "judgement": incident.judgements.by_signal.get(signal.id)}
            for signal in incident.signals.by_id.values()
        ],
        "hypotheses": list(incident.hypotheses.by_id.values()),
        "interventions": list(incident.interventions.by_id.values()),
        "workstreams": list(incident.workstreams.by_id.values()),
        "tasks": list(incident.tasks.by_id.values()),
        "unknowns": list(incident.unknowns.by_id.values()),
        "edits": incident.wordings.by_seq,
        "inbound": list(incident.inbound.by_id.values()),
        "updates": list(incident.updates.by_id.values()),
        "promises": awaited(incident),
        "decisions": list(incident.decisions.by_id.values()),
        "escalations": list(incident.escalations.by_id.values()),
        "priorities": list(incident.priorities.by_id.values()),
        "activities": incident.activities.by_name,
        "pages": list(incident.pages.by_id.values()),
    }


def _ending(incident: Incident, recovered: list[Toll]) -> dict[str, Any]:
    """What is left to undo, whether it stays well, and what was learnt."""
    return {
        "shims": list(incident.shims.by_id.values()),
        "stability": incident.stability.watches,
        "detection": incident.hindsight,
        "resolution": incident.resolution if incident.resolution.understood is not None else None,
        "review": {**msgspec.structs.asdict(incident.review), "recovery": recovered},
        "silence": incident.silence if incident.silence.asking else None,
        "recovery": incident.recovery.check_ins,
        "artefacts": list(incident.artefacts.by_id.values()),
        "annotations": incident.annotations,
        "findings": list(incident.findings.by_id.values()),
        "actions": list(incident.actions.by_id.values()),
        "shared": incident.sharing.readers,
        "reopening": incident.reopening.offers,
    }


def _profile(incident: Incident) -> dict[str, Any]:
    """What the room goes by; `version` is null for a room that was declared before there were profiles."""
    profile = incident.profile
    return {
        "name": profile.name,
        "title": profile.title,
        "tradition": profile.tradition,
        "reference": incident.proposed_by,
        "version": incident.adopted.version if incident.adopted.profile is not None else None,
    }


def _restricted(incident: Incident) -> dict[str, Any] | None:
    """Who alone sees it and since when; None when everybody does."""
    guard, state = guard_of(incident), incident.visibility
    if guard is None:
        return None
    return {
        "since": state.restricted_at,
        "by": state.restricted_by,
        "reason": state.reason,
        "people": guard.people,
        "teams": guard.teams,
        "admitted": {"people": state.people, "teams": state.teams},
    }
