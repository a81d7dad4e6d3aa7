"""Any JSON object as a signal: the title, state, key and times are found in the fields where senders usually put
them.

Documented fields: `title` (required), `status` firing/resolved, `dedup_key`, `description`, `severity`, `service`,
`labels`, `starts_at`, `url`; the usual other names are understood too. A list of objects is several signals. Pure;
called by the web.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal, State, signal_id
from watchroom.integrations.delivery import Fault, Limits, Reading, check_count, check_sizes, decode, plausible

_json = msgspec.json.Decoder(Any)

# Names of fields as `_plain` writes them: small letters and digits alone, so that `alert_title`, `alertTitle` and
# `ALERT TITLE` are one. Those that are believed first stand first.
TITLES = (
    "title", "alerttitle", "eventtitle", "problemtitle", "incidenttitle", "issuetitle", "messagetitle", "summary",
    "messagesubject", "headline", "shortdescription",
)  # fmt: skip
# Without a title, what is watched and what is said of it make one.
WATCHED = (
    "alertname", "alarmname", "rulename", "alertrule", "problemname", "incidentname", "policyname", "conditionname",
    "monitorname", "monitorfriendlyname", "checkname", "testname", "servername", "detectorname", "displayname",
    "servicename", "name",
)  # fmt: skip
SAID = (
    "subject", "message", "msg", "text", "alertdetails", "newstatereason", "incidentreason", "checkoutput", "alert",
    "problem", "event", "details", "description", "alertdescription", "longdescription", "body", "ruleexpression",
    "statusmessage", "reason",
)  # fmt: skip
KEYS = (
    "dedupkey", "dedup", "deduplicationkey", "alias", "incidentkey", "fingerprint", "correlationid", "alertid",
    "incidentid", "problemid", "alarmarn", "issueid", "monitorid", "checkid", "testid", "eventid", "uid", "id",
)  # fmt: skip
STATES = (
    "status", "state", "currentstate", "newstatevalue", "monitorcondition", "alertstatus", "alertstatusstring",
    "alertstate", "alerttransition", "transition", "checkresult", "statusextended", "action", "eventaction",
    "eventtype", "alerttype", "alerttypefriendlyname", "type",
)  # fmt: skip
SEVERITIES = (
    "severity", "severityname", "alertseveritystring", "alertseverity", "priority", "importancelevel", "level",
    "urgency", "criticality",
)  # fmt: skip
SERVICES = (
    "service", "servicename", "application", "applicationname", "app", "component", "host", "hostname", "servername",
    "resource", "entityname", "impactedentity",
)  # fmt: skip
DESCRIPTIONS = (
    "description", "alertdescription", "details", "alertdetails", "message", "body", "text", "summary",
    "longdescription",
)  # fmt: skip
STARTS = (
    "startsat", "startedat", "starttime", "triggeredat", "fireddatetime", "statechangetime", "incidenttimeiso",
    "createdat", "timestamp",
)  # fmt: skip
ENDS = ("endsat", "resolvedat", "resolveddatetime", "endtime", "endedat", "closedat")
URLS = (
    "url", "link", "links", "permalink", "incidenturl", "alerturl", "problemurl", "htmlurl", "weburl", "detectorurl",
    "clienturl", "monitorurl",
)  # fmt: skip
OVER = frozenset(
    {
        "resolved", "resolve", "close", "closed", "ok", "okay", "up", "online", "recovered", "recovery", "recover",
        "clear", "cleared", "normal", "healthy", "success", "succeeded", "passed", "inactive", "ended", "fixed",
        "completed", "green", "deactivated", "restored", "operational",
    }
)  # fmt: skip
BEGUN = frozenset(
    {
        "firing", "fired", "trigger", "triggered", "down", "offline", "open", "opened", "alarm", "alerting", "critical",
        "error", "problem", "failed", "failure", "failing", "unreachable", "degraded", "warning", "warn", "active",
        "anomalous", "breached",
    }
)  # fmt: skip
NOT = frozenset({"not", "no", "never"})
DEPTH_MAX = 4
INNER_JSON_CHARS_MAX = 256 * 1024
TITLE_CHARS_MAX = 500
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PREFIX = re.compile(
    r"^(\W*\[[^\]]{1,40}\]\s*|\W*(resolved|recovered|recovery|problem|firing|(re-?)?triggered|alarm|alert|ok|up|down|"
    r"closed?|opened?|warn(ing)?|critical)\s*[:\u2013-]\s*)+",
    re.IGNORECASE,
)


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
    title, about = _title(fields)
    if not title:
        raise Malformed("No title was found.", hint='Send "title": what is wrong, in a few words.', code="no_title")
    labels = _labels(fields)
    service = _text(fields, SERVICES) or labels.get("service", "")
    key = _text(fields, KEYS) or f"{_PREFIX.sub('', about) or about}\x1f{service}"
    annotations = {"description": description} if (description := _text(fields, DESCRIPTIONS)) else {}
    check_sizes({**labels, "key": key}, annotations, limits)
    return Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state=_state(fields),
        title=title,
        severity=_text(fields, SEVERITIES)[:100] or labels.get("severity", ""),
        service=service[:200],
        labels=labels,
        annotations=annotations,
        starts_at=_time(fields, STARTS, limits),
        ends_at=_time(fields, ENDS, limits),
        url=_url(fields),
    )


def _title(fields: Mapping[str, Any]) -> tuple[str, str]:
    """The title, and the part of it that stays the same when the signal ends; both empty when nothing says any."""
    title = _first_line(_text(fields, TITLES))
    if title:
        return title, title
    watched, said = _first_line(_text(fields, WATCHED)), _first_line(_text(fields, SAID))
    if watched and said and watched not in said:
        return f"{watched}: {said}"[:TITLE_CHARS_MAX], watched
    if watched or said:
        return said or watched, watched or said
    # Some monitors say no more than what happened, and to which address.
    word = _first_line(_text(fields, STATES)).replace("_", " ")
    where = _url(fields) or _text(fields, SERVICES)
    return (f"{where}: {word}"[:TITLE_CHARS_MAX], where) if word and where else ("", "")


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0].strip()[:TITLE_CHARS_MAX]


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by plain name, outer ones winning over those further in."""
    fields: dict[str, Any] = {}
    for name, value in _walk(item):
        fields.setdefault(_plain(name), value)
    return fields


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _walk(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """All fields, level by level; of a list only its first object, of a text that is an object in JSON its fields."""
    level: list[Mapping[str, Any]] = [item]
    for _ in range(DEPTH_MAX + 1):
        inner: list[Mapping[str, Any]] = []
        for fields in level:
            for name, value in fields.items():
                first = value[0] if isinstance(value, list) and value else value
                within = _object(first) if isinstance(first, str) and first.startswith("{") else first
                if isinstance(within, dict):
                    inner.append(within)
                if not isinstance(value, str) or within is value:
                    yield name, value
        level = inner


def _object(text: str) -> Any:
    """What a text says that is JSON itself (source: Amazon SNS, `Message`); the text when it is none."""
    if len(text) > INNER_JSON_CHARS_MAX:
        return text
    try:
        return _json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


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
    """The first field that speaks of a state decides; what says nothing fires."""
    for name in STATES:
        value = fields.get(name)
        if isinstance(value, str):
            words = {word.lower() for word in _WORD.findall(value[:200])}
            if words & OVER:
                return "firing" if words & NOT else "resolved"
            if words & BEGUN:
                return "firing"
    return "resolved" if fields.get("resolved") is True else "firing"


def _labels(fields: Mapping[str, Any]) -> dict[str, str]:
    raw = fields.get("labels") or fields.get("tags") or {}
    if isinstance(raw, dict):
        return {str(name): _label(value) for name, value in raw.items() if value is not None}
    if isinstance(raw, str):
        raw = raw.split(",")
    if isinstance(raw, list):
        pairs = [entry.split(":", 1) for entry in raw if isinstance(entry, str) and ":" in entry]
        return {name.strip(): value.strip() for name, value in pairs}
    return {}


def _label(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _time(fields: Mapping[str, Any], names: tuple[str, ...], limits: Limits) -> datetime | None:
    """The first of the names that holds a time: RFC 3339, or seconds or milliseconds since 1970."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value:
            try:
                return plausible(msgspec.convert(value, datetime), name, limits)
            except msgspec.ValidationError:
                continue
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            try:
                seconds = value / 1000 if value > 1e11 else value
                return plausible(datetime.fromtimestamp(seconds, UTC), name, limits)
            except (OverflowError, ValueError, OSError):
                continue
    return None


def _url(fields: Mapping[str, Any]) -> str:
    for name in URLS:
        value = fields.get(name)
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            return value[:2000]
    return ""
