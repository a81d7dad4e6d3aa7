"""What the status page shows at one moment: each component's state and history, incidents, maintenance, the whole.

A pure function of the book (`status_book`), the public incidents (`status_posts`) and the time; the pages, the JSON and
the feed are made of it. A drill's shadow of the page can be made of it too. Never sees a room.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from watchroom.communication.maintenance import Maintenance, Maintenances
from watchroom.communication.status_page import (
    OPERATIONAL,
    Component,
    ComponentStatus,
    Page,
    find,
)
from watchroom.incident.downtime import DAY, Day, Names, Stretch, days_of, midnight, stretches, uptime, worse
from watchroom.incident.public import PublicIncident, public_id

HISTORY_DAYS = 90
"""How many days each component's bars reach back."""
Indicator = Literal["none", "maintenance", "minor", "major", "critical"]
"""Source: Statuspage's public API, `status.indicator`, and `impact` of an incident."""
AGAIN = timedelta(minutes=1)
"""How soon what counts the time of an outage is made anew while one goes on."""


class ShownComponent(msgspec.Struct, frozen=True, kw_only=True):
    """A component as it is at this moment."""

    id: str
    name: str
    about: str
    group: str
    status: ComponentStatus
    created_at: datetime
    updated_at: datetime
    days: tuple[Day, ...]
    uptime: float | None
    """Which share of the time that is shown it was up; None when it has not been known for a day."""


class Affected(msgspec.Struct, frozen=True):
    """What one post changed about a component."""

    id: str
    name: str
    before: ComponentStatus
    after: ComponentStatus


class ShownIncident(msgspec.Struct, frozen=True, kw_only=True):
    """A public incident with what it did to components."""

    incident: PublicIncident
    impact: Indicator
    components: tuple[str, ...]
    """Ids of the components that its posts name."""
    affected: tuple[tuple[Affected, ...], ...]
    """Post by post, in their order."""


class StatusView(msgspec.Struct, frozen=True, kw_only=True):
    """The status page at `now`."""

    now: datetime
    shown: bool
    name: str
    about: str
    help_url: str
    indicator: Indicator
    description: str
    components: tuple[ShownComponent, ...]
    incidents: tuple[ShownIncident, ...]
    """The newest first."""
    maintenances: tuple[Maintenance, ...]
    """All that are known, the one that begins last first."""
    updated_at: datetime
    """When anything on it last changed."""
    good_until: datetime
    """When time alone makes it another."""

    @property
    def unresolved(self) -> list[ShownIncident]:
        """The incidents that go on."""
        return [shown for shown in self.incidents if shown.incident.state != "resolved"]

    @property
    def upcoming(self) -> list[Maintenance]:
        """Maintenance that is announced, the next first."""
        return [each for each in reversed(self.maintenances) if each.state(self.now) == "scheduled"]

    @property
    def active(self) -> list[Maintenance]:
        """Maintenance that goes on."""
        return [each for each in reversed(self.maintenances) if each.state(self.now) in ("in_progress", "verifying")]

    def component(self, id: str) -> ShownComponent | None:
        """A component by its id."""
        return next((each for each in self.components if each.id == id), None)


def view(
    page: Page,
    maintenances: Maintenances,
    incidents: Iterable[PublicIncident],
    now: datetime,
    *,
    name: str,
    began_at: datetime,
) -> StatusView:
    """The page at `now`; `name` is what it is called when nobody named it, `began_at` when there was one at all."""
    known = sorted(incidents, key=lambda each: (each.created_at, each.id), reverse=True)
    defined = page.components or _implied(known)
    ids = _names(defined)
    said = {incident.id: stretches(incident, ids) for incident in known}
    windows = sorted(maintenances.by_id.values(), key=lambda each: (each.starts_at, each.id), reverse=True)
    working = {id for each in windows if each.state(now) in ("in_progress", "verifying") for id in each.components}
    components = tuple(_component(each, known, said, each.id in working, now) for each in defined)
    shown = tuple(_incident(incident, defined, ids) for incident in known)
    indicator, description = _overall(components, shown, bool(working) or _any_active(windows, now))
    return StatusView(
        now=now,
        shown=page.shown,
        name=page.name or name,
        about=page.about,
        help_url=page.help_url,
        indicator=indicator,
        description=description,
        components=components,
        incidents=shown,
        maintenances=tuple(windows),
        updated_at=_updated_at(page, known, windows, now, began_at),
        good_until=_good_until(components, windows, now),
    )


def _implied(incidents: Sequence[PublicIncident]) -> tuple[Component, ...]:
    """While nobody has defined any, the components are those that posts name: a first update needs no setting up."""
    found: dict[str, Component] = {}
    for incident in reversed(incidents):
        for post in incident.posts:
            for name, _status in post.components:
                plain = " ".join(name.split())
                found.setdefault(
                    plain.casefold(),
                    Component(
                        id=public_id("component", plain.casefold()),
                        name=plain,
                        created_at=incident.started_at,
                        updated_at=post.at,
                    ),
                )
    return tuple(sorted(found.values(), key=lambda each: each.name.casefold()))


def _names(defined: Sequence[Component]) -> Names:
    known: dict[str, str | None] = {}

    def id_of(said: str) -> str | None:
        if said not in known:
            component = find(said, defined)
            known[said] = component.id if component is not None else None
        return known[said]

    return id_of


def _component(
    component: Component,
    incidents: Sequence[PublicIncident],
    said: Mapping[str, dict[str, list[Stretch]]],
    working: bool,
    now: datetime,
) -> ShownComponent:
    of_it = [(each, said[each.id][component.id]) for each in incidents if component.id in said[each.id]]
    status: ComponentStatus = "under_maintenance" if working else OPERATIONAL
    updated_at = component.updated_at
    for _, stretched in of_it:
        updated_at = max([updated_at, *(at for each in stretched for at in (each.begin, each.end) if at is not None)])
        if stretched[-1].end is None:
            status = worse(status, stretched[-1].status)
    days = days_of(of_it, component.created_at, now, HISTORY_DAYS)
    return ShownComponent(
        id=component.id,
        name=component.name,
        about=component.about,
        group=component.group,
        status=status,
        created_at=component.created_at,
        updated_at=updated_at,
        days=days,
        uptime=uptime(days, component.created_at, now),
    )


_IMPACT: dict[ComponentStatus, Indicator] = {
    "operational": "none",
    "under_maintenance": "maintenance",
    "degraded_performance": "minor",
    "partial_outage": "major",
    "major_outage": "critical",
}


def _incident(incident: PublicIncident, defined: Sequence[Component], ids: Names) -> ShownIncident:
    by_id = {component.id: component for component in defined}
    now: dict[str, ComponentStatus] = {}
    worst: ComponentStatus | None = None
    affected: list[tuple[Affected, ...]] = []
    for post in incident.posts:
        changed: dict[str, Affected] = {}
        for name, status in post.components:
            id = ids(name)
            if id is None:
                continue
            before = changed[id].before if id in changed else now.get(id, OPERATIONAL)
            after = worse(changed[id].after, status) if id in changed else status
            changed[id] = Affected(id, by_id[id].name, before, after)
            worst = after if worst is None else worse(worst, after)
        if post.state == "resolved":
            for id, status in now.items():
                changed.setdefault(id, Affected(id, by_id[id].name, status, OPERATIONAL))
        now |= {id: each.after for id, each in changed.items()}
        affected.append(tuple(changed.values()))
    # Who tells customers of something and names no component still says that something is wrong.
    impact: Indicator = "minor" if worst is None else _IMPACT[worst]
    return ShownIncident(incident=incident, impact=impact, components=tuple(now), affected=tuple(affected))


def _any_active(windows: Sequence[Maintenance], now: datetime) -> bool:
    return any(each.state(now) in ("in_progress", "verifying") for each in windows)


def _overall(
    components: Sequence[ShownComponent], incidents: Sequence[ShownIncident], working: bool
) -> tuple[Indicator, str]:
    """The whole in a word and a phrase (source: Statuspage's public API, `status.description`)."""
    hurt = [each.status for each in components if each.status not in (OPERATIONAL, "under_maintenance")]
    if hurt and all(status == "major_outage" for status in hurt) and len(hurt) == len(components):
        return "critical", "Major Service Outage"
    if any(status in ("partial_outage", "major_outage") for status in hurt):
        return "major", "Partial System Outage"
    if hurt:
        return "minor", "Partially Degraded Service"
    if any(each.incident.state != "resolved" and not each.components for each in incidents):
        return "minor", "Minor Service Outage"
    if working:
        return "maintenance", "Service Under Maintenance"
    return "none", "All Systems Operational"


def _updated_at(
    page: Page, incidents: Sequence[PublicIncident], windows: Sequence[Maintenance], now: datetime, began_at: datetime
) -> datetime:
    passed = [at for each in windows for at in (each.starts_at, each.ends_at) if at <= now]
    times = [*(each.updated_at for each in incidents), *(each.updated_at for each in windows), *passed]
    return max([page.changed_at or began_at, *times])


def _good_until(components: Sequence[ShownComponent], windows: Sequence[Maintenance], now: datetime) -> datetime:
    """The next moment at which it looks otherwise though nobody did anything."""
    ahead = [at for each in windows for at in (each.starts_at, each.ends_at) if at > now]
    ahead.append(midnight(now.astimezone(UTC).date()) + DAY)
    if any(each.status not in (OPERATIONAL, "under_maintenance") for each in components):
        ahead.append(now + AGAIN)
    return min(ahead)
