"""The status page as JSON, in the shapes that programs which read a Statuspage expect.

Called by `rendering`. Field names, values and the order of lists are those of Statuspage's public API, version 2
(source: the API page of any public Statuspage, `/api`); what there is none of here (`shortlink` services, tweets) is
present and empty. Pure.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from watchroom.communication.maintenance import Maintenance, MaintenanceState
from watchroom.communication.status_page import OPERATIONAL, ComponentStatus
from watchroom.incident.downtime import worse
from watchroom.incident.public import public_id
from watchroom.incident.status_view import ShownComponent, ShownIncident, StatusView

PATH = "/status"
API = f"{PATH}/api/v2"
DOCUMENTS = (
    "summary",
    "status",
    "components",
    "incidents",
    "incidents/unresolved",
    "scheduled-maintenances",
    "scheduled-maintenances/upcoming",
    "scheduled-maintenances/active",
)
LISTED_MAX = 50
"""As many incidents or windows as Statuspage lists at once."""
TIME_ZONE = "Etc/UTC"

Json = dict[str, Any]

ANNOUNCED = "We will work on this during the announced window."
BEGUN = "The announced work is in progress."
OVER = "The announced work is done."


def stamp(at: datetime | None) -> str | None:
    """A time as Statuspage writes it: UTC, to the millisecond."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Statuspage:
    """The documents for one moment. `url`: the page's own address, without a slash at the end."""

    def __init__(self, view: StatusView, url: str) -> None:
        self._view = view
        self._url = url
        self._page_id = public_id("page", url)
        self._components = self._all_components()
        self._by_id = {component["id"]: component for component in self._components}

    def documents(self) -> dict[str, bytes]:
        """Each document's bytes by its path."""
        view = self._view
        page = self._page()
        status = {"indicator": view.indicator, "description": view.description}
        unresolved = [self._incident(each) for each in view.unresolved]
        listed = [self._incident(each) for each in view.incidents[:LISTED_MAX]]
        upcoming = [self._maintenance(each) for each in view.upcoming]
        active = [self._maintenance(each) for each in view.active]
        windows = [self._maintenance(each) for each in view.maintenances[:LISTED_MAX]]
        documents: dict[str, Json] = {
            "summary": {
                "page": page,
                "components": self._components,
                "incidents": unresolved,
                "scheduled_maintenances": [*active, *upcoming],
                "status": status,
            },
            "status": {"page": page, "status": status},
            "components": {"page": page, "components": self._components},
            "incidents": {"page": page, "incidents": listed},
            "incidents/unresolved": {"page": page, "incidents": unresolved},
            "scheduled-maintenances": {"page": page, "scheduled_maintenances": windows},
            "scheduled-maintenances/upcoming": {"page": page, "scheduled_maintenances": upcoming},
            "scheduled-maintenances/active": {"page": page, "scheduled_maintenances": active},
        }
        return {f"{API}/{name}.json": msgspec.json.encode(document) for name, document in documents.items()}

    def _page(self) -> Json:
        return {
            "id": self._page_id,
            "name": self._view.name,
            "url": self._url,
            "time_zone": TIME_ZONE,
            "updated_at": stamp(self._view.updated_at),
        }

    def _all_components(self) -> list[Json]:
        """Components in their order, each group before its members, as a component of its own."""
        found: list[Json] = []
        groups: dict[str, list[ShownComponent]] = {}
        for component in self._view.components:
            groups.setdefault(component.group, []).append(component)
        seen: set[str] = set()
        top = 0
        for component in self._view.components:
            if not component.group:
                top += 1
                found.append(self._component(component, top, None))
            elif component.group not in seen:
                seen.add(component.group)
                top += 1
                members = groups[component.group]
                group_id = public_id("group", component.group)
                found.append(self._group(component.group, group_id, members, top))
                found += [self._component(each, number, group_id) for number, each in enumerate(members, 1)]
        return found

    def _component(self, component: ShownComponent, position: int, group_id: str | None) -> Json:
        return {
            "id": component.id,
            "name": component.name,
            "status": component.status,
            "created_at": stamp(component.created_at),
            "updated_at": stamp(component.updated_at),
            "position": position,
            "description": component.about or None,
            "showcase": True,
            "start_date": component.created_at.astimezone(UTC).date().isoformat(),
            "group_id": group_id,
            "page_id": self._page_id,
            "group": False,
            "only_show_if_degraded": False,
        }

    def _group(self, name: str, id: str, members: Sequence[ShownComponent], position: int) -> Json:
        status: ComponentStatus = OPERATIONAL
        for member in members:
            status = worse(status, member.status)
        return {
            "id": id,
            "name": name,
            "status": status,
            "created_at": stamp(min(member.created_at for member in members)),
            "updated_at": stamp(max(member.updated_at for member in members)),
            "position": position,
            "description": None,
            "showcase": False,
            "start_date": None,
            "group_id": None,
            "page_id": self._page_id,
            "group": True,
            "only_show_if_degraded": False,
            "components": [member.id for member in members],
        }

    def _incident(self, shown: ShownIncident) -> Json:
        incident = shown.incident
        updates = []
        for post, affected in zip(incident.posts, shown.affected, strict=True):
            changed = [
                {"code": each.id, "name": each.name, "old_status": each.before, "new_status": each.after}
                for each in affected
            ]
            updates.append(self._update(post.id, incident.id, post.state, post.body, post.at, changed or None))
        if incident.over_at is not None:
            end = public_id(incident.id, "over")
            updates.append(self._update(end, incident.id, "resolved", "", incident.over_at, None))
        return {
            "id": incident.id,
            "name": incident.name,
            "status": incident.state,
            "created_at": stamp(incident.created_at),
            "updated_at": stamp(incident.updated_at),
            "monitoring_at": stamp(incident.monitoring_at),
            "resolved_at": stamp(incident.resolved_at),
            "impact": shown.impact,
            "shortlink": f"{self._url}/incidents/{incident.id}",
            "started_at": stamp(incident.started_at),
            "page_id": self._page_id,
            "incident_updates": updates[::-1],
            "components": [self._by_id[id] for id in shown.components if id in self._by_id],
        }

    def _update(
        self, id: str, of: str, status: str, body: str, at: datetime, affected: list[dict[str, str]] | None
    ) -> Json:
        return {
            "id": id,
            "status": status,
            "body": body,
            "incident_id": of,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "display_at": stamp(at),
            "affected_components": affected,
            "deliver_notifications": False,
            "custom_tweet": None,
            "tweet_id": None,
        }

    def _maintenance(self, window: Maintenance) -> Json:
        now = self._view.now
        over_at = window.over_at(now)
        began_at = window.began_at()
        return {
            "id": window.id,
            "name": window.name,
            "status": window.state(now),
            "created_at": stamp(window.created_at),
            "updated_at": stamp(max(said_at for said_at, _, _ in told(window, now))),
            "monitoring_at": None,
            "resolved_at": stamp(over_at),
            "impact": "maintenance",
            "shortlink": f"{self._url}#maintenance-{window.id}",
            "started_at": stamp(began_at if began_at <= now else window.starts_at),
            "page_id": self._page_id,
            "incident_updates": [
                self._update(public_id(window.id, str(number)), window.id, state, text, at, None)
                for number, (at, state, text) in enumerate(told(window, now))
            ][::-1],
            "components": [self._by_id[id] for id in window.components if id in self._by_id],
            "scheduled_for": stamp(window.starts_at),
            "scheduled_until": stamp(window.ends_at),
        }


def told(window: Maintenance, now: datetime) -> list[tuple[datetime, MaintenanceState, str]]:
    """All that was said of a window, the oldest first; where it began or ended by itself, that too."""
    said: list[tuple[datetime, MaintenanceState, str]] = [
        (window.created_at, "scheduled", window.text or ANNOUNCED),
        *((note.at, note.state, note.text or {"completed": OVER}.get(note.state, BEGUN)) for note in window.notes),
    ]
    begun = any(state != "scheduled" for _, state, _ in said)
    if not begun and window.starts_at <= now:
        said.append((max(window.starts_at, window.created_at), "in_progress", BEGUN))
    if window.state(now) == "completed" and window.said != "completed":
        said.append((max(window.ends_at, said[-1][0]), "completed", OVER))
    return sorted(said, key=lambda each: each[0])
