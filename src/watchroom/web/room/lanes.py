"""The six cycles as lanes that light together: who owns each, since when it is alive, what is due.

Called by the panel "What is alive". Geometry is in thousandths of the room's life so far, from its birth to its last
fact; the page's script stretches it to the present. Never a step, never an order of march.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchroom.communication.awaited import awaited
from watchroom.incident.flow import owner as owner_of
from watchroom.incident.incident import CYCLES, Incident
from watchroom.mitigation.intervention import Intervention

WIDTH = 1000

SETTLING_SHOWN_MAX = 3

# How bright a lane is, by how long ago its last fact was: minutes at most, and the class.
RECENCY = ((2, "b4"), (10, "b3"), (30, "b2"))


@dataclass(frozen=True)
class Lane:
    """One cycle as it stands."""

    cycle: str
    owner: str
    hole: bool
    """Whether it has work and no owner."""
    note: str
    due: datetime | None
    first: datetime | None
    last: datetime | None
    x: int
    width: int
    brightness: str
    settling: tuple[Intervention, ...] = ()
    """What runs, the latest first, where nothing else is to be said of mitigation; the page says which have settled."""
    watched: datetime | None = None
    """Until when somebody watches whether it stays well."""


def lanes(incident: Incident) -> tuple[Lane, ...]:
    """The six, always in the same places."""
    return tuple(_lane(incident, cycle) for cycle in CYCLES)


def _lane(incident: Incident, cycle: str) -> Lane:
    first, last = incident.cycle_first.get(cycle), incident.cycle_last.get(cycle)
    owner = owner_of(incident, cycle) or ""
    hurting = incident.status in ("declared", "mitigated")
    hole = not owner and first is not None and hurting and cycle in ("mitigation", "communication", "resolution")
    note, due = _NOTES[cycle](incident)
    x, width = _place(incident, first, last)
    owner = owner if first is not None or incident.ownership.owners.get(cycle) else ""
    settling = _settling(incident) if cycle == "mitigation" and not note else ()
    watched = _watched(incident, cycle)
    bright = brightness(incident.last_at, last)
    return Lane(cycle, owner, hole, note, due, first, last, x, width, bright, settling, watched)


def _watched(incident: Incident, cycle: str) -> datetime | None:
    """Until when the lane of resolution is watched for whether it stays well."""
    watch = incident.stability.running
    if watch is None or cycle != "resolution" or incident.status not in ("mitigated", "resolved"):
        return None
    return watch.until


def _place(incident: Incident, first: datetime | None, last: datetime | None) -> tuple[int, int]:
    begin, end = incident.declaration.opened_at, incident.last_at
    if begin is None or end is None or first is None or last is None:
        return 0, 0
    whole = max((end - begin).total_seconds(), 1.0)
    x = round(min(max((first - begin).total_seconds() / whole, 0), 0.98) * WIDTH)
    return x, max(round((last - first).total_seconds() / whole * WIDTH), 20)


def brightness(now: datetime | None, last: datetime | None) -> str:
    """How bright something is whose last fact was then, as a class of the style sheets: `b4` down to `b0`."""
    if now is None or last is None:
        return "b0"
    for minutes, name in RECENCY:
        if now - last <= timedelta(minutes=minutes):
            return name
    return "b1"


_Note = tuple[str, datetime | None]


def _detection(incident: Incident) -> _Note:
    firing = len(incident.signals.firing)
    if firing:
        return (f"{firing} still firing" if incident.declaration.declared_at else f"{firing} firing"), None
    return ("all quiet again" if incident.signals.by_id else ""), None


def _settling(incident: Incident) -> tuple[Intervention, ...]:
    """What was started, and nobody has said yet what it did; nobody waits for that in a room that is over."""
    if incident.status not in ("triage", "declared", "mitigated"):
        return ()
    running = [i for i in incident.interventions.by_id.values() if i.state == "started" and i.settles_at is not None]
    return tuple(running[: -SETTLING_SHOWN_MAX - 1 : -1])


def _mitigation(incident: Incident) -> _Note:
    times = [task.due_at for task in incident.tasks.open if task.due_at is not None]
    due = min(times, default=None)
    if incident.status in ("closed", "dismissed"):
        return "", due
    ends = [held.until for held in incident.decisions.holds if held.state == "holding" and held.until is not None]
    if ends:
        return "held", max(ends)
    if incident.decisions.holds:
        return "the hold is over", due
    if _settling(incident):
        return "", due
    alive = sum(h.state in ("proposed", "testing", "supported") for h in incident.hypotheses.by_id.values())
    if incident.status == "declared" and alive:
        return ("1 theory alive" if alive == 1 else f"{alive} theories alive"), due
    return "", due


def _communication(incident: Incident) -> _Note:
    promise = next(iter(awaited(incident)), None)
    waiting = len(incident.inbound.open)
    return (f"{waiting} to answer" if waiting else ""), promise.next_at if promise else None


def _resolution(incident: Incident) -> _Note:
    if incident.status != "mitigated" or incident.stability.running is not None:
        return "", None
    ended = {"passed": "it stayed well", "broken": "it did not stay well"}
    last = incident.stability.last
    return ended.get(last.state if last else "", "not resolved yet"), None


def _review(incident: Incident) -> _Note:
    review = incident.review
    if review.need == "required":
        return ("" if review.due_at else "review required"), review.due_at
    if review.need == "not_required":
        return "no review", None
    return ("decision open" if incident.status in ("mitigated", "resolved", "closed") else ""), None


def _preparation(incident: Incident) -> _Note:
    return "between incidents", None


_NOTES: dict[str, Callable[[Incident], _Note]] = {
    "detection": _detection,
    "mitigation": _mitigation,
    "communication": _communication,
    "resolution": _resolution,
    "review": _review,
    "preparation": _preparation,
}
