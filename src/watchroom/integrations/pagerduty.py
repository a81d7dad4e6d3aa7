"""PagerDuty's Events API: version 2 (`/v2/enqueue`), change events (`/v2/change/enqueue`), and the old version 1
(`/generic/2010-04-15/create_event.json`).

source: PagerDuty developer documentation, "Events API v2", "Send a change event", "Events API v1". The body itself
says who sends it: its `routing_key` (version 1: `service_key`) is a source's key. Pure; called by the web.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from watchroom.base.errors import Malformed
from watchroom.base.rng import short_hash
from watchroom.detection.change import ChangeLink, ChangeReported
from watchroom.detection.signal import Receipt, Remark, Signal, State, signal_id
from watchroom.integrations import generic
from watchroom.integrations.delivery import Limits, Reading, check_sizes, decode, plausible
from watchroom.integrations.fields import annotations_of, as_text, as_time, as_url, first_line

EVENT = "an event of PagerDuty's Events API v2"
CHANGE = "a change event of PagerDuty's Events API v2"
LEGACY = "an event of PagerDuty's Events API v1"
LABELS = ("source", "component", "group", "class")

Action = Literal["trigger", "acknowledge", "resolve"]


class _Payload(msgspec.Struct, gc=False):
    summary: str | None = None
    source: str | None = None
    severity: str | None = None
    timestamp: Any = None
    component: str | None = None
    group: str | None = None
    class_: str | None = msgspec.field(name="class", default=None)
    custom_details: Any = None


class _Event(msgspec.Struct, gc=False):
    event_action: Action
    dedup_key: str | None = None
    payload: _Payload | None = None
    client: str | None = None
    client_url: str | None = None
    links: list[Any] | None = None
    images: list[Any] | None = None


class _Change(msgspec.Struct, gc=False):
    payload: _Payload
    links: list[Any] | None = None
    images: list[Any] | None = None


class _Legacy(msgspec.Struct, gc=False):
    event_type: Action
    incident_key: str | None = None
    description: str | None = None
    details: Any = None
    client: str | None = None
    client_url: str | None = None
    contexts: list[Any] | None = None


class _Keyed(msgspec.Struct, gc=False):
    routing_key: Any = None
    service_key: Any = None


class Accepted(msgspec.Struct):
    """What PagerDuty answers, with our receipts beside it."""

    receipts: list[Receipt]
    dedup_key: str | msgspec.UnsetType = msgspec.UNSET
    incident_key: str | msgspec.UnsetType = msgspec.UNSET
    id: str | msgspec.UnsetType = msgspec.UNSET
    status: str = "success"
    message: str = "Event processed"


_any = msgspec.json.Decoder(Any)
_event = msgspec.json.Decoder(_Event)
_change = msgspec.json.Decoder(_Change)
_legacy = msgspec.json.Decoder(_Legacy)
_keyed = msgspec.json.Decoder(_Keyed)


def key_in(body: bytes) -> str | None:
    """The source's key inside a body; None when there is none to be found."""
    try:
        keyed = _keyed.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    found = keyed.routing_key or keyed.service_key
    return found if isinstance(found, str) and found else None


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read an event of version 2. Raises Malformed."""
    event: _Event = decode(_event, body, EVENT)
    payload = event.payload or _Payload()
    if event.event_action != "trigger":
        return _later(event.event_action, event.dedup_key, "dedup_key", source, _at(payload.timestamp, limits))
    title = first_line(payload.summary or "")
    if not title:
        raise Malformed("payload.summary is missing.", hint="It says what is wrong, in a few words.", code="no_title")
    # PagerDuty makes a key up for an event without one, so that each is an alert of its own.
    key = event.dedup_key or short_hash(source, body.decode("utf-8", "replace"), now.isoformat())
    found = {"source": payload.source, "component": payload.component, "group": payload.group, "class": payload.class_}
    labels = {name: value for name, value in found.items() if value}
    said: dict[str, Any] = {"summary": payload.summary if payload.summary != title else ""}
    said |= _details(payload.custom_details)
    said |= {"client": event.client, "links": _links(event.links), "images": event.images}
    annotations = annotations_of(said)
    check_sizes({**labels, "key": key}, annotations, limits)
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state="firing",
        title=title,
        severity=(payload.severity or "")[:100],
        service=(payload.component or payload.source or "")[:200],
        labels=labels,
        annotations=annotations,
        starts_at=_at(payload.timestamp, limits),
        url=_url(event.client_url, event.links),
    )
    return Reading([signal])


def read_any(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read an event of version 2 or 1, a change event, or what PagerDuty's own webhook says. Raises Malformed.

    source: PagerDuty developer documentation, "Webhooks overview" (version 3): `incident.triggered` and so on.
    """
    value = decode(_any, body, EVENT)
    match value:
        case {"event_type": str()}:
            return read_legacy(body, source, limits, now)
        case {"event": {"event_type": str(kind), "data": dict(incident)}}:
            return _webhook(kind, incident, value["event"], source, limits)
        case {"payload": dict()} if "event_action" not in value:
            return read_change(body, source, limits, now)
        case {"event_action": _}:
            return read(body, source, limits, now)
        case _:
            return generic.read(body, source, limits, now)


def _webhook(kind: str, incident: dict[str, Any], event: dict[str, Any], source: str, limits: Limits) -> Reading:
    """What happened to an incident in PagerDuty, which is known by its id there."""
    action = kind.rpartition(".")[2] or "updated"
    given = incident.get("incident")
    if isinstance(given, dict) and as_text(given.get("id")):
        # Notes and responders are things of their own, which name the incident.
        key, agent = as_text(given.get("id")), event.get("agent")
        by = as_text(agent.get("summary")) if isinstance(agent, dict) else ""
        text = as_text(incident.get("content")) or as_text(incident.get("message"))
        return Reading([], remarks=[Remark(signal_id(source, key), action.replace("_", " "), by, text, key)])
    signal = generic.signal_of({**incident, "dedup_key": incident.get("id")}, source, limits)
    known = incident.get("service")
    service = as_text(known.get("summary")) if isinstance(known, dict) else signal.service
    over: State = "resolved" if action == "resolved" else "firing"
    signal = msgspec.structs.replace(signal, state=over, service=service, url=as_url(incident.get("html_url")))
    agent = event.get("agent")
    by = as_text(agent.get("summary")) if isinstance(agent, dict) else ""
    if action in ("triggered", "reopened", "unacknowledged") or (over == "resolved" and not by):
        return Reading([signal])
    remark = Remark(signal.id, action.replace("_", " "), by, "", signal.key)
    return Reading([signal], remarks=[remark])


def read_change(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read a change event. Raises Malformed."""
    change: _Change = decode(_change, body, CHANGE)
    payload = change.payload
    summary = first_line(payload.summary or "")
    if not summary:
        raise Malformed("payload.summary is missing.", hint="It says what was changed, in a few words.")
    details = annotations_of(_details(payload.custom_details) | {"images": change.images})
    check_sizes({}, details, limits)
    links = [ChangeLink(url, as_text(link.get("text"))) for link in _dicts(change.links) if (url := _href(link))]
    fact = ChangeReported(
        id=short_hash(source, body.decode("utf-8", "replace"), now.isoformat()),
        summary=summary,
        service=(payload.source or payload.component or "")[:200],
        changed_at=_at(payload.timestamp, limits),
        links=links,
        details=details,
    )
    return Reading([], changes=[fact])


def read_legacy(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read an event of version 1. Raises Malformed."""
    event: _Legacy = decode(_legacy, body, LEGACY)
    if event.event_type != "trigger":
        return _later(event.event_type, event.incident_key, "incident_key", source, None)
    title = first_line(event.description or "")
    if not title:
        raise Malformed("description is missing.", hint="It says what is wrong, in a few words.", code="no_title")
    key = event.incident_key or short_hash(source, body.decode("utf-8", "replace"), now.isoformat())
    said = _details(event.details) | {"client": event.client, "links": _links(event.contexts)}
    annotations = annotations_of(said)
    check_sizes({"key": key}, annotations, limits)
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state="firing",
        title=title,
        severity=annotations.get("severity", "")[:100],
        service=annotations.get("service", annotations.get("application_name", ""))[:200],
        annotations=annotations,
        url=_url(event.client_url, event.contexts),
    )
    return Reading([signal])


def accepted(reading: Reading, receipts: list[Receipt]) -> Accepted:
    """The answer to an event of version 2 or a change event."""
    if reading.changes:
        return Accepted(receipts, message="Change event processed", id=reading.changes[0].id)
    return Accepted(receipts, dedup_key=_key_of(reading))


def accepted_legacy(reading: Reading, receipts: list[Receipt]) -> Accepted:
    """The answer to an event of version 1."""
    return Accepted(receipts, incident_key=_key_of(reading))


def refusal(message: str) -> dict[str, Any]:
    """What PagerDuty answers to what it does not take, to stand beside our own error."""
    return {"status": "invalid event", "message": "Event object is invalid", "errors": [message]}


def _later(action: str, key: str | None, field: str, source: str, at: datetime | None) -> Reading:
    """What becomes of an alert that was triggered before."""
    if not key:
        raise Malformed(f"{field} is missing.", hint="It says which alert is meant: the one that triggered it.")
    id = signal_id(source, key)
    if action == "acknowledge":
        return Reading([], remarks=[Remark(id, "acknowledged", key=key)])
    ended = Signal(id=id, source=source, key=key, group=key, state="resolved", title=key, ends_at=at)
    return Reading([ended])


def _key_of(reading: Reading) -> str:
    return reading.signals[0].key if reading.signals else reading.remarks[0].key


def _at(value: Any, limits: Limits) -> datetime | None:
    return plausible(as_time(value), "timestamp", limits)


def _details(value: Any) -> dict[str, Any]:
    """Custom details are an object as a rule, and whatever else somebody sent."""
    if isinstance(value, dict):
        return {str(name): entry for name, entry in value.items()}
    return {"details": value}


def _dicts(value: list[Any] | None) -> list[dict[str, Any]]:
    return [entry for entry in value or [] if isinstance(entry, dict)]


def _href(link: dict[str, Any]) -> str:
    return as_url(link.get("href") or link.get("src"))


def _links(links: list[Any] | None) -> str:
    """Links as lines: where to, and what it is."""
    lines = (f"{as_text(link.get('text') or link.get('alt'))} {_href(link)}".strip() for link in _dicts(links))
    return "\n".join(line for line in lines if line)


def _url(client_url: str | None, links: list[Any] | None) -> str:
    return as_url(client_url) or next(filter(None, map(_href, _dicts(links))), "")
