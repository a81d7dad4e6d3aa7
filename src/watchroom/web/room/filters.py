"""Which entries of the timeline are shown: everything, what was said, decided, told, what fired, or what is pinned.

An entry carries its group as a class, so that what comes in live under a filter is shown or not by the page alone; the
server picks by the same groups when a page or earlier entries are asked for. Called by the room's handlers and by the
timeline. Never changes what is recorded.
"""

from collections.abc import Mapping

from watchroom.communication import cadence, inbound, update
from watchroom.communication.message import MessagePosted
from watchroom.detection import declaration, severity, signal, triage
from watchroom.incident import adopting, visibility
from watchroom.incident.incident import Incident
from watchroom.mitigation import decision, escalation, impact, roles
from watchroom.record.event import Event, Fact, kind_of
from watchroom.record.log import Log
from watchroom.resolution import closing, reopening, resolving, stability
from watchroom.review import review

ALL = "all"
PINNED = "pinned"
SHOWS: Mapping[str, str] = {
    ALL: "All",
    "speech": "Said",
    "decisions": "Decided",
    "updates": "Told",
    "alerts": "Alerts",
    PINNED: "Pinned",
}
"""What can be shown, as in the address (`?show=speech`), and how it is called."""

_FACTS: Mapping[str, tuple[type[Fact], ...]] = {
    "speech": (MessagePosted, signal.ObservationNoted),
    "decisions": (
        declaration.IncidentDeclared,
        declaration.IncidentCorrected,
        declaration.DeclaredByRule,
        severity.SeverityConfirmed,
        triage.SignalTriaged,
        decision.DecisionMade,
        decision.HoldBegun,
        escalation.HelpAsked,
        escalation.EscalationDeferred,
        roles.RoleAssigned,
        roles.RoleHandedOver,
        impact.ImpactMitigated,
        impact.ImpactReturned,
        resolving.IncidentResolved,
        closing.IncidentClosed,
        closing.ReviewDecided,
        reopening.IncidentReopened,
        review.ReviewDeferred,
        adopting.ProfileAdopted,
        visibility.RoomRestricted,
        visibility.RestrictionLifted,
    ),
    "updates": (*update.FACTS, *inbound.FACTS, *cadence.FACTS),
    "alerts": (
        signal.SignalRecorded,
        signal.SignalResolved,
        signal.SignalMoved,
        triage.LookAgainCameDue,
        reopening.ReopeningOffered,
        stability.StabilityWatchPassed,
        stability.StabilityWatchBroken,
    ),
}
_GROUPS: Mapping[str, str] = {kind_of(fact): group for group, facts in _FACTS.items() for fact in facts}

PAGE_EVENTS = 1_000
SCANNED_MAX = 20_000
"""So many events are looked through for one answer; the rest is asked for by "Earlier"."""


def group_of(kind: str) -> str:
    """The group that a kind of event belongs to; empty for one that only "all" shows."""
    return _GROUPS.get(kind, "")


def shows(show: str, event: Event, incident: Incident) -> bool:
    """Whether this entry is shown."""
    if show == PINNED:
        return event.seq in incident.annotations.marks
    return show == ALL or group_of(event.kind) == show


async def entries_before(
    log: Log, incident: Incident, before: int, show: str, count: int
) -> tuple[list[Event], int | None]:
    """The last `count` entries before that number that are shown, oldest first, and the number before which to ask for
    earlier ones; None when there are none."""
    if show == PINNED:
        return await _pinned_before(log, incident, before, count)
    found: list[Event] = []
    end, scanned = before, 0
    while end > 1 and len(found) < count and scanned < SCANNED_MAX:
        page = await log.read_before(incident.id, end, count if show == ALL else PAGE_EVENTS)
        if not page:
            break
        fitting = [event for event in page if shows(show, event, incident)]
        scanned += len(page)
        if len(fitting) + len(found) > count:
            fitting = fitting[len(fitting) + len(found) - count :]
            end = fitting[0].seq
        else:
            end = page[0].seq
        found = [*fitting, *found]
    return found, end if end > 1 else None


async def _pinned_before(log: Log, incident: Incident, before: int, count: int) -> tuple[list[Event], int | None]:
    seqs = sorted(seq for seq in incident.annotations.marks if seq < before)
    events = [event for seq in seqs[-count:] for event in await log.read(incident.id, seq - 1, 1)]
    return events, events[0].seq if len(seqs) > count else None
