"""An incident in one row: what the board and the list of the API show of it.

Built from the folded incident by `listing`, kept as a projection's row. Pure.
"""

from datetime import datetime

import msgspec

from watchroom.communication.awaited import awaited
from watchroom.incident.deadlines import next_at
from watchroom.incident.glance import glance
from watchroom.incident.incident import Incident, Status
from watchroom.incident.measures import Taken, hurt_s, lasted, taken
from watchroom.incident.visibility import Guard, guard_of


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """One incident, or would-be incident, at `seq`."""

    id: str
    seq: int
    status: Status
    practice: bool
    title: str
    severity: str | None
    severity_confirmed: bool
    services: list[str]
    roles: dict[str, str]
    opened_at: datetime | None
    noticed_at: datetime | None
    declared_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    last_at: datetime | None
    impact: str
    trend: str | None
    next_update_at: datetime | None
    """The earliest promised update that is still open, late or not."""
    next_update_audience: str
    update_overdue: bool
    firing: int
    """How many of its signals fire now."""
    signals: int
    reopened: int
    timer_at: datetime | None
    """When something of this room comes due next that the timers have not written yet."""
    unanswered: list[str]
    """People who were paged and have not answered in time."""
    offers: list[str]
    """Rooms whose signals offer to reopen this one."""
    imported: bool = False
    """Whether it is a copy of another install's room, which nothing continues here."""
    entered: bool = False
    """Whether it was entered afterwards, from a timeline."""
    next_update_promised: bool = True
    """False: nobody promised the next update; the room's profile asks for it."""
    since: datetime | None = None
    """Since when it lasts: its first sign, else when its room was opened, as the measures count it."""
    noticed_unsaid: bool = False
    """Whether nobody said when it was first noticed: then `noticed_at` is when it was declared, and says no more."""
    measures: dict[str, Taken] = {}
    """Each measure by name, with its value or why it has none."""
    restricted: Guard | None = None
    """Who alone sees it, as the room says; null: everybody."""
    doing: str = ""
    """What is done about it now, or thought, in one line."""
    asked: tuple[str, ...] = ()
    """Decisions that stand open."""
    hurt_s: float | None = None
    """For how long customers hurt, in seconds; null where that cannot be said yet."""


def summary(incident: Incident) -> Summary:
    """The incident in one row."""
    due = next(iter(awaited(incident)), None)
    seen = glance(incident)
    return Summary(
        id=incident.id,
        seq=incident.seq,
        status=incident.status,
        practice=incident.declaration.practice,
        title=incident.declaration.title,
        severity=incident.rating.severity,
        severity_confirmed=incident.rating.confirmed,
        services=incident.declaration.services,
        roles={role: holding.person for role, holding in incident.roles.held.items()},
        opened_at=incident.declaration.opened_at,
        noticed_at=incident.declaration.noticed_at,
        since=lasted(incident).since,
        noticed_unsaid=incident.declaration.noticed_unsaid,
        declared_at=incident.declaration.declared_at,
        mitigated_at=incident.impact.mitigated_at,
        resolved_at=incident.resolution.resolved_at,
        closed_at=incident.closing.closed_at,
        last_at=incident.last_at,
        impact=incident.impact.text,
        trend=incident.impact.trend,
        next_update_at=due.next_at if due else None,
        next_update_audience=due.audience if due else "",
        next_update_promised=due is None or due.promised,
        update_overdue=any(promise.overdue for promise in incident.cadence.promises.values()),
        firing=len(incident.signals.firing),
        signals=len(incident.signals.by_id),
        reopened=incident.reopening.times,
        timer_at=next_at(incident),
        unanswered=[page.to for page in incident.pages.open if page.unanswered],
        offers=[offer.room for offer in incident.reopening.offers],
        imported=incident.imported,
        entered=incident.entered.at is not None,
        measures=taken(incident),
        restricted=guard_of(incident),
        doing=seen.doing,
        asked=seen.asked,
        hurt_s=hurt_s(incident),
    )
