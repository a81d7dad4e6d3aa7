"""What Opsgenie's clients ask for after they have sent: what became of a request, and how an alert stands.

source: Opsgenie documentation, "Alert API": `GET /v2/alerts/requests/ID`, `/v2/alerts/ID`, `/v2/alerts`. A sender sees
its own alerts and no other's. Called by `ingest`; reads the inbox.
"""

from datetime import datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed, NotFound
from watchroom.detection.signal import signal_id
from watchroom.incident.inbox import SignalItem
from watchroom.integrations.opsgenie import request_status
from watchroom.people.caller import Caller
from watchroom.web.house import House
from watchroom.web.ingest.protocols import query_of, segments

LIST_LIMIT = 20
LIST_LIMIT_MAX = 100
_encode = msgspec.json.Encoder().encode


async def show(house: House, caller: Caller, path: str, scope: Any) -> bytes:
    """The answer to a GET. Raises NotFound, Malformed."""
    await house.projector.caught_up()
    source = caller.source or ""
    match segments(path):
        case []:
            found: Any = _listed(house, source, query_of(scope))
        case ["count"]:
            found = {"count": len(_items(house, source))}
        case ["requests", request]:
            return _encode({"data": _status(house, source, request), "took": 0.0, "requestId": request})
        case [identifier]:
            found = _alert(house, _own(house, source, signal_id(source, identifier)))
        case _:
            raise NotFound(
                f"Nothing is shown at {path}.", hint="GET /v2/alerts, /v2/alerts/ID, /v2/alerts/requests/ID."
            )
    return _encode({"data": found, "took": 0.0, "requestId": ""})


def _own(house: House, source: str, id: str) -> SignalItem:
    item = house.inbox.items.get(id)
    if item is None or item.source != source:
        raise NotFound("There is no such alert of this sender.", hint="The alias that it was made with names it.")
    return item


def _items(house: House, source: str) -> list[SignalItem]:
    found = [item for item in house.inbox.items.values() if item.source == source]
    return sorted(found, key=lambda item: (item.since, item.id), reverse=True)


def _listed(house: House, source: str, query: dict[str, str]) -> list[dict[str, Any]]:
    try:
        limit, offset = int(query.get("limit", LIST_LIMIT)), int(query.get("offset", 0))
    except ValueError as error:
        raise Malformed("limit and offset are numbers.", hint="Send limit=20&offset=0.") from error
    start = max(offset, 0)
    return [_alert(house, item) for item in _items(house, source)[start : start + min(max(limit, 1), LIST_LIMIT_MAX)]]


def _status(house: House, source: str, request: str) -> dict[str, Any]:
    status = request_status(request)
    item = house.inbox.items.get(status.signal)
    own = item if item is not None and item.source == source else None
    success = own is not None and status.outcome != "unmatched"
    return {
        "success": success,
        "isSuccess": success,
        "action": status.action,
        "processedAt": _time(status.processed_at),
        "integrationId": source,
        "status": f"{status.action}: {status.outcome}" if success else "Alert does not exist",
        "alertId": own.key if own is not None else "",
        "alias": own.key if own is not None else "",
    }


def _alert(house: House, item: SignalItem) -> dict[str, Any]:
    """An alert in Opsgenie's shape; its id is its alias. Of a restricted room its sender learns nothing."""
    shown = not house.inbox.is_restricted(item.stream)
    tags = [tag for tag in item.labels.get("tags", "").split(", ") if tag]
    details = {name: value for name, value in item.annotations.items() if name != "description"}
    done = item.remark.action if item.remark is not None else ""
    return {
        "id": item.key,
        "tinyId": item.id,
        "alias": item.key,
        "message": item.title,
        "status": "closed" if item.state == "resolved" else "open",
        "acknowledged": done == "acknowledged",
        "isSeen": shown and item.triage == "done",
        "snoozed": done == "snoozed",
        "tags": tags,
        "count": item.count,
        "createdAt": _time(item.starts_at or item.since),
        "updatedAt": _time(item.last_at),
        "lastOccurredAt": _time(item.last_at),
        "source": item.labels.get("source", item.source),
        "owner": item.owner if shown else "",
        "priority": item.severity if item.severity in ("P1", "P2", "P3", "P4", "P5") else "P3",
        "description": item.annotations.get("description", ""),
        "entity": item.labels.get("entity", ""),
        "details": details,
    }


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
