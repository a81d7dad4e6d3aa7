"""Opsgenie's Alert API v2: making an alert, closing it, and what people do to it meanwhile.

source: Opsgenie documentation, "Alert API". The id of an alert is its alias here, so whoever names an alert by
either finds the same one. A request's id says which signal it spoke of and what became of it, so that
`GET /v2/alerts/requests/ID` needs no memory. Pure; called by the web.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed, NotFound
from watchroom.base.rng import short_hash
from watchroom.detection.signal import Outcome, Receipt, Remark, Signal, signal_id
from watchroom.integrations import generic
from watchroom.integrations.delivery import Limits, Read, Reading, check_sizes, decode
from watchroom.integrations.fields import annotations_of, as_label, as_text, as_url, first_line, labels_of

ALERT = "an alert of Opsgenie's Alert API v2"

# What is done to an alert, as its address says it, and how it is told.
DONE: dict[str, str] = {
    "acknowledge": "acknowledged", "unacknowledge": "unacknowledged", "snooze": "snoozed", "notes": "noted",
    "tags": "tagged", "details": "detailed", "assign": "assigned", "escalate": "escalated",
    "responders": "given a responder", "teams": "given a team", "actions": "acted on", "priority": "reprioritised",
    "message": "renamed", "description": "described", "untags": "untagged", "undetails": "stripped of details",
}  # fmt: skip
ACTIONS = ("Create", "Close", "Delete", *(word.capitalize() for word in DONE))
_OUTCOMES: tuple[Outcome, ...] = ("recorded", "repeated", "resolved", "unmatched")


class _Alert(msgspec.Struct, gc=False):
    message: str
    alias: str | None = None
    description: str | None = None
    details: dict[str, Any] | None = None
    tags: Any = None
    entity: str | None = None
    source: str | None = None
    priority: str | None = None
    user: str | None = None
    note: str | None = None
    responders: list[Any] | None = None
    visibleTo: list[Any] | None = None
    actions: list[Any] | None = None


class Accepted(msgspec.Struct):
    """What Opsgenie answers, with our receipts beside it."""

    requestId: str
    took: float
    receipts: list[Receipt]
    result: str = "Request will be processed"


class RequestStatus(msgspec.Struct, frozen=True):
    """What a request's id says."""

    signal: str
    action: str
    outcome: Outcome
    processed_at: datetime


class _Webhook(msgspec.Struct, gc=False):
    action: str
    alert: dict[str, Any]


_alert = msgspec.json.Decoder(_Alert)
_any = msgspec.json.Decoder(Any)


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read what makes an alert. Raises Malformed."""
    alert: _Alert = decode(_alert, body, ALERT)
    title = first_line(alert.message)
    if not title:
        raise Malformed("message is empty.", hint="It says what is wrong, in a few words.", code="no_title")
    key = alert.alias or short_hash(source, body.decode("utf-8", "replace"), now.isoformat())
    tags = [tag.strip() for tag in alert.tags.split(",")] if isinstance(alert.tags, str) else alert.tags
    tags = tags if isinstance(tags, list) else []
    details = {name: as_label(value) for name, value in (alert.details or {}).items() if value is not None}
    labels = {name: value for name, value in (("entity", alert.entity), ("source", alert.source)) if value}
    labels |= labels_of(tags)
    plain_tags = [tag for tag in tags if isinstance(tag, str) and tag and ":" not in tag and "=" not in tag]
    if plain_tags:
        labels["tags"] = ", ".join(plain_tags)
    said = {**details, "description": alert.description, "responders": alert.responders, "visible to": alert.visibleTo}
    annotations = annotations_of(said | {"actions": alert.actions, "user": alert.user})
    check_sizes({**labels, "key": key}, annotations, limits)
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state="firing",
        title=title,
        severity=(details.get("severity") or alert.priority or "")[:100],
        service=(details.get("service") or alert.entity or "")[:200],
        labels=labels,
        annotations=annotations,
        url=as_url(details.get("url")) or as_url(alert.source),
    )
    note = [Remark(signal.id, "noted", alert.user or "", alert.note, key)] if alert.note else []
    return Reading([signal], remarks=note)


def read_any(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read what makes an alert, or what Opsgenie's own webhook says of one. Raises Malformed.

    source: Opsgenie documentation, "Webhook integration": Create, Close, Delete, Acknowledge, AddNote and so on.
    """
    value = decode(_any, body, ALERT)
    match value:
        case {"action": str(), "alert": dict()}:
            webhook = msgspec.convert(value, _Webhook)
        case {"message": str()} if not value.keys() & {"title", "dedup_key", "status"}:
            return read(body, source, limits, now)
        case _:
            return generic.read(body, source, limits, now)
    alert = webhook.alert
    alias = as_text(alert.get("alias")) or as_text(alert.get("alertId"))
    if webhook.action == "Create" or not alias:
        made = {name: value for name, value in alert.items() if name not in _WEBHOOK_ONLY}
        return read(msgspec.json.encode(made | {"alias": alias or None}), source, limits, now)
    word = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", webhook.action).lower()
    by, note = as_text(alert.get("username")), as_text(alert.get("note"))
    action = _WEBHOOK_DONE.get(webhook.action, word) or "updated"
    if webhook.action in ("Close", "Delete"):
        said = msgspec.json.encode({"user": by, "note": note})
        return action_reading(alias, webhook.action.lower(), {})(said, source, limits, now)
    return Reading([], remarks=[Remark(signal_id(source, alias), action, by, note, alias)])


_WEBHOOK_ONLY = frozenset({"alertId", "createdAt", "updatedAt", "username", "userId", "tinyId", "teams", "recipients"})
_WEBHOOK_DONE = {"Acknowledge": "acknowledged", "UnAcknowledge": "unacknowledged", "AddNote": "noted"}


def action_reading(identifier: str, action: str, query: Mapping[str, str]) -> Read:
    """The reader of what is done to the alert of that id or alias: one of `DONE`, `close` or `delete`."""

    def read_action(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
        said = decode(_any, body, "an object") if body.strip() else dict(query)
        if not isinstance(said, dict):
            raise Malformed("The body is JSON, but no object.", hint='Send {"note": "…"}, or nothing.')
        by, text = as_text(said.get("user")), _text(action, said)
        check_sizes({"key": identifier}, {"note": text}, limits)
        id = signal_id(source, identifier)
        if action not in ("close", "delete"):
            return Reading([], remarks=[Remark(id, DONE[action], by, text, identifier)])
        ended = Signal(id=id, source=source, key=identifier, group=identifier, state="resolved", title=identifier)
        done = "closed" if action == "close" else "deleted"
        remarks = [Remark(id, done, by, text, identifier)] if by or text else []
        return Reading([ended], remarks=remarks)

    return read_action


def _text(action: str, said: Mapping[str, Any]) -> str:
    """The note, and what else the request says, so that nothing of it is lost."""
    rest = {name: value for name, value in said.items() if name not in ("note", "user", "source") and value}
    note = as_text(said.get("note") or said.get("body"))
    if action == "notes" or not rest:
        return note
    more = ", ".join(f"{name} {as_label(value)}" for name, value in rest.items())
    return f"{note} ({more})" if note else more


def request_id(action: str, receipts: list[Receipt], now: datetime) -> str:
    """A request's id: UUID-shaped, from the signal's id, what was asked, what became of it, and when."""
    receipt = receipts[0] if receipts else Receipt("0" * 20, "unmatched", None)
    numbers = f"{ACTIONS.index(action.capitalize()):x}".rjust(2, "0") + f"{_OUTCOMES.index(receipt.outcome):x}"
    digits = f"{receipt.signal}{numbers}{int(now.timestamp()):09x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def request_status(request: str) -> RequestStatus:
    """What a request's id says. Raises NotFound when it is none of ours."""
    digits = request.replace("-", "")
    try:
        action, outcome, at = ACTIONS[int(digits[20:22], 16)], _OUTCOMES[int(digits[22], 16)], int(digits[23:], 16)
        return RequestStatus(digits[:20], action, outcome, datetime.fromtimestamp(at, UTC))
    except (ValueError, IndexError, OverflowError, OSError) as error:
        raise NotFound("There is no request of that id.", hint="It is in the answer to each request.") from error
