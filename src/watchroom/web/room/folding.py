"""Which panels stand folded to one line: by what is alive in them, by the viewer's role, by the viewer's choice.

A quiet panel is one line; so is one that is alive for others than the viewer's role. Whoever opens or folds a panel is
asked no more: the choice is kept by person, in a cookie that their browser sends along, so that the page comes as it
stays and nothing moves after it was drawn. Pure. Called by the room's page; the same rules stand in
`static/bar/folds.js`, which follows what comes in live by the marks that this puts on each panel.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime

from watchroom.communication.awaited import awaited
from watchroom.incident.incident import Incident
from watchroom.web.html.markup import Markup

COMMAND, SCRIBE = "incident_commander", "scribe"
TECH, COMMS, LIAISON, EXPERT = "technical_lead", "communications_lead", "customer_liaison", "subject_expert"

WANTED_BY: Mapping[str, tuple[str, ...]] = {
    "lanes": (COMMAND, SCRIBE, TECH, COMMS, LIAISON, EXPERT),
    "pages": (COMMAND, SCRIBE, TECH, COMMS),
    "shims": (COMMAND, SCRIBE, TECH, EXPERT),
    "priorities": (COMMAND, SCRIBE, COMMS, LIAISON),
    "signals": (COMMAND, SCRIBE, TECH, EXPERT),
    "activities": (COMMAND, SCRIBE, TECH),
    "decisions": (COMMAND, SCRIBE, TECH, COMMS),
    "theories": (COMMAND, SCRIBE, TECH, EXPERT),
    "interventions": (COMMAND, SCRIBE, TECH, EXPERT),
    "work": (COMMAND, SCRIBE, TECH, EXPERT),
    "inbound": (COMMAND, SCRIBE, COMMS, LIAISON),
    "updates": (COMMAND, SCRIBE, COMMS, LIAISON),
}
"""The panels that fold, and the roles that work with each; whoever holds no role sees all that is alive."""
OPEN, FOLDED = "1", "0"
_SENT_MAX = 1_000
"""So many characters of a cookie are read."""


def _runs(incident: Incident) -> bool:
    return incident.status in ("triage", "declared")


def _lanes(incident: Incident) -> bool:
    return incident.status not in ("closed", "dismissed")


def _signals(incident: Incident) -> bool:
    return bool(incident.signals.firing) or incident.status == "triage"


def _priorities(incident: Incident) -> bool:
    last: datetime | None = incident.last_at
    return any(p.until is None or last is None or p.until > last for p in incident.priorities.by_id.values())


def _decisions(incident: Incident) -> bool:
    waiting = incident.decisions.holds or incident.unknowns.open or incident.escalations.waiting
    return bool(waiting) or (_runs(incident) and bool(incident.decisions.by_id))


def _theories(incident: Incident) -> bool:
    known = incident.hypotheses.by_id.values()
    return any(h.state == "testing" for h in known) or (_runs(incident) and bool(known))


def _interventions(incident: Incident) -> bool:
    known = incident.interventions.by_id.values()
    return any(i.state == "started" or (_lanes(incident) and i.state == "proposed") for i in known) or (
        _runs(incident) and bool(known)
    )


def _updates(incident: Incident) -> bool:
    return _lanes(incident) and bool(incident.updates.by_id or list(awaited(incident)))


_ALIVE: Mapping[str, Callable[[Incident], bool]] = {
    "lanes": _lanes,
    "pages": lambda incident: bool(incident.pages.open),
    "shims": lambda incident: bool(incident.shims.open),
    "priorities": _priorities,
    "signals": _signals,
    "activities": lambda incident: _runs(incident) and bool(incident.activities.by_name),
    "decisions": _decisions,
    "theories": _theories,
    "interventions": _interventions,
    "work": lambda incident: bool(incident.tasks.open or incident.workstreams.open),
    "inbound": lambda incident: bool(incident.inbound.open),
    "updates": _updates,
}


def alive(incident: Incident, panel: str) -> bool:
    """Whether something in the panel wants somebody."""
    return _ALIVE[panel](incident)


def marks(incident: Incident, panel: str) -> Markup:
    """What a panel's element says of itself, the same for every viewer: whether it is alive, and for which roles."""
    live = "true" if alive(incident, panel) else "false"
    return Markup(' data-alive="{}" data-folds="{}"').format(live, " ".join(WANTED_BY[panel]))


def folded(incident: Incident, me: str, choices: Mapping[str, bool]) -> tuple[str, ...]:
    """The panels that this viewer sees as one line."""
    roles = {role for role, holding in incident.roles.held.items() if holding.person == me}
    return tuple(panel for panel in WANTED_BY if not choices.get(panel, _opens(incident, panel, roles)))


def _opens(incident: Incident, panel: str, roles: set[str]) -> bool:
    wanted = not roles or bool(roles.intersection(WANTED_BY[panel]))
    return wanted and alive(incident, panel)


def cookie_of(me: str) -> str:
    """The name of the cookie that keeps this person's choices: browsers are shared at night, choices are not."""
    return f"wr_folds_{hashlib.sha256(me.encode()).hexdigest()[:12]}"


def chosen(me: str, cookies: Mapping[str, str]) -> dict[str, bool]:
    """What this person chose, from the cookies of their request; whatever cannot be read is no choice."""
    found: dict[str, bool] = {}
    for each in cookies.get(cookie_of(me), "")[:_SENT_MAX].split("-"):
        panel, _, said = each.partition(".")
        if panel in WANTED_BY and said in (OPEN, FOLDED):
            found[panel] = said == OPEN
    return found
