"""Any JSON object as a signal: the title, state, key and times are found in the fields where senders usually put them.

Documented fields: `title` (required), `status` firing/resolved, `dedup_key`, `description`, `severity`, `service`, `labels`,
`starts_at`, `url`; the usual other names are understood too. A list of objects is several signals. Pure; called by the web.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal, State, signal_id
from watchroom.integrations.delivery import Fault, Limits, Reading, check_count, check_sizes, decode, plausible

_json = msgspec.json.Decoder(Any)

TITLES = (
    "title", "summary", "subject", "alert_title", "alertname", "alert_name", "rule_name", "rulename", "event_title",
    "name", "headline", "short_description", "problem", "message", "msg", "text", "event", "alert", "details",
    "description", "body", "reason",
)  # fmt: skip
KEYS = (
    "dedup_key", "dedup", "deduplication_key", "deduplicationkey", "alias", "incident_key", "fingerprint", "alert_id",
    "alertid", "incident_id", "incidentid", "event_id", "eventid", "problem_id", "problemid", "check_id", "monitor_id",
    "uid", "id",
)  # fmt: skip
STATES = (
    "status", "state", "action", "event_action", "alert_status", "alertstatus", "event_type", "eventtype", "alert_type",
)  # fmt: skip
SEVERITIES = ("severity", "priority", "level", "urgency", "criticality")
SERVICES = ("service", "service_name", "application", "app", "component", "host", "hostname", "resource")
DESCRIPTIONS = ("description", "details", "message", "body", "text", "summary")
STARTS = ("starts_at", "startsat", "started_at", "start_time", "triggered_at", "created_at", "timestamp")
ENDS = ("ends_at", "endsat", "resolved_at", "end_time", "closed_at")
URLS = ("url", "link", "links", "permalink", "incident_url", "alert_url", "html_url", "web_url")
OVER = frozenset(
    {
        "resolved", "resolve", "close", "closed", "ok", "okay", "up", "recovered", "recovery", "clear", "cleared",
        "normal", "healthy", "success", "passed", "inactive", "ended", "fixed", "completed", "green", "deactivated",
    }
)  # fmt: skip
DEPTH_MAX = 4


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read one object, or a list of them. Raises Malformed when the body is neither, or has no title anywhere."""
    value = decode(_json, body, "a JSON object")
    objects = value if isinstance(value, list) else [value]
    if not objects:
        raise Malformed("The list is empty.", hint='Send at least one object with a "title".')
    check_count(len(objects), limits)
    reading = Reading([])
    for index, item in enumerate(objects):
        try:
            reading.signals.append(_signal(item, source, limits))
        except Malformed as error:
            if len(objects) == 1:
                raise
            reading.faults.append(Fault(index, error.code, error.message))
    return reading


def _signal(item: Any, source: str, limits: Limits) -> Signal:
    if not isinstance(item, dict):
        raise Malformed("The body is JSON, but no object.", hint='Send an object with a "title".')
    fields = _flat(item)
    title = _text(fields, TITLES)
    if not title:
        raise Malformed("No title was found.", hint='Send "title": what is wrong, in a few words.', code="no_title")
    labels = _labels(item)
    service = _text(fields, SERVICES) or labels.get("service", "")
    said = _text(fields, KEYS)
    key = said or f"{title}\x1f{service}"
    annotations = {"description": description} if (description := _text(fields, DESCRIPTIONS)) else {}
    check_sizes(labels, annotations, limits)
    return Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state=_state(fields),
        title=title.strip().split("\n", 1)[0][:500],
        severity=_text(fields, SEVERITIES)[:100] or labels.get("severity", ""),
        service=service[:200],
        labels=labels,
        annotations=annotations,
        starts_at=_time(fields, STARTS),
        ends_at=_time(fields, ENDS),
        url=_url(fields),
    )


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by lower-case name, outer ones winning over those further in."""
    fields: dict[str, Any] = {}
    for name, value in _walk(item, 0):
        fields.setdefault(name.lower(), value)
    return fields


def _walk(item: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    yield from item.items()
    if depth >= DEPTH_MAX:
        return
    for value in item.values():
        if isinstance(value, dict):
            yield from _walk(value, depth + 1)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from _walk(value[0], depth + 1)


def _text(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """The first of the names that has a text or a number."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def _state(fields: Mapping[str, Any]) -> State:
    for name in STATES:
        value = fields.get(name)
        if isinstance(value, str) and value.strip().lower() in OVER:
            return "resolved"
    resolved = fields.get("resolved")
    return "resolved" if resolved is True else "firing"


def _labels(item: Mapping[str, Any]) -> dict[str, str]:
    raw = item.get("labels") or item.get("tags") or {}
    if isinstance(raw, dict):
        return {str(name): _label(value) for name, value in raw.items() if value is not None}
    if isinstance(raw, list):
        pairs = [entry.split(":", 1) for entry in raw if isinstance(entry, str) and ":" in entry]
        return {name.strip(): value.strip() for name, value in pairs}
    return {}


def _label(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _time(fields: Mapping[str, Any], names: tuple[str, ...]) -> datetime | None:
    """The first of the names that holds a time: RFC 3339, or seconds or milliseconds since 1970."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value:
            try:
                return plausible(msgspec.convert(value, datetime), name)
            except msgspec.ValidationError:
                continue
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            seconds = value / 1000 if value > 1e11 else value
            try:
                return plausible(datetime.fromtimestamp(seconds, UTC), name)
            except (OverflowError, ValueError, OSError):
                continue
    return None


def _url(fields: Mapping[str, Any]) -> str:
    for name in URLS:
        value = fields.get(name)
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            return value[:2000]
    return ""
