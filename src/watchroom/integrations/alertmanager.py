"""Alertmanager's webhook (version 4, and the old 3), and `POST /api/v2/alerts`, which Prometheus sends to it.

source: Alertmanager documentation, "webhook_config"; Alertmanager's OpenAPI v2, `postableAlerts`.
A firing alert ends at 0001-01-01T00:00:00Z in a webhook, and at a time to come in the API. Pure; called by the web.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Any

import msgspec

from watchroom.base import shape
from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal, State, signal_id
from watchroom.integrations.delivery import (
    Fault,
    Limits,
    Reading,
    check_count,
    check_sizes,
    decode,
    plausible,
    too_many_labels,
)


class Alert(msgspec.Struct, gc=False):
    """One alert as Alertmanager and Grafana send it."""

    labels: msgspec.Raw
    status: str = "firing"
    annotations: msgspec.Raw = msgspec.Raw(b"null")
    startsAt: datetime | None = None
    endsAt: datetime | None = None
    generatorURL: str | None = ""


class _Identity(msgspec.Struct, frozen=True, gc=False):
    """What an alert's labels say, and with them who it is."""

    id: str
    key: str
    group: str
    """The group that it belongs to when its sender names none."""
    labels: dict[str, str]
    severity: str
    service: str


class _Said(msgspec.Struct, frozen=True, gc=False):
    """What an alert's labels and annotations say together."""

    identity: _Identity
    annotations: dict[str, str]
    title: str


class _Webhook(msgspec.Struct, gc=False):
    version: str | int
    groupKey: str | int
    alerts: list[Alert]
    truncatedAlerts: int = 0


class _Undecoded(msgspec.Struct, gc=False):
    groupKey: str | int
    alerts: list[msgspec.Raw]
    truncatedAlerts: int = 0


class _Versioned(msgspec.Struct):
    version: Any = None


_webhook = msgspec.json.Decoder(_Webhook)
_versioned = msgspec.json.Decoder(_Versioned)
_alerts = msgspec.json.Decoder(list[Alert])
_undecoded = msgspec.json.Decoder(_Undecoded)
_undecoded_alerts = msgspec.json.Decoder(list[msgspec.Raw])
_alert = msgspec.json.Decoder(Alert)
_labels = msgspec.json.Decoder(dict[str, str])
_annotations = msgspec.json.Decoder(dict[str, str | None] | None)

VERSIONS = ("4", 4, "3", 3)
"""Version 3 differs in its group key alone, which is a number."""
WEBHOOK = "an Alertmanager webhook of version 4"
ALERTS = "a list of alerts as Alertmanager's API v2 takes it"

# Of how many alerts it is remembered what their labels say, and of labels up to which length.
REMEMBERED_ALERTS_MAX = 10_000
REMEMBERED_LABELS_BYTES_MAX = 4_096
# The same with their annotations, up to which length of both together. Fewer, since some say a new value each time.
REMEMBERED_SAID_MAX = 5_000
REMEMBERED_SAID_BYTES_MAX = 4_096

# Label names that senders use for a service, in the order in which they are believed.
SERVICE_LABELS = ("service", "app", "app_kubernetes_io_name", "job")


def read_webhook(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read a webhook body. Raises Malformed when it is none, or of another version."""
    try:
        webhook: _Webhook = decode(_webhook, body, WEBHOOK)
    except Malformed:
        _refuse_other_version(body)
        webhook, faults = _one_by_one(decode(_undecoded, body, WEBHOOK), limits)
    else:
        faults = []
        if webhook.version not in VERSIONS:
            _refuse_other_version(body)
        check_count(len(webhook.alerts), limits)
    reading = Reading([], faults, max(0, webhook.truncatedAlerts))
    group = webhook.groupKey if isinstance(webhook.groupKey, str) else str(webhook.groupKey)
    for index, alert in _numbered(webhook.alerts, faults):
        state: State = "resolved" if alert.status == "resolved" else "firing"
        _take(reading, index, alert, state, source, group, limits, len(body))
    return reading


def read_alerts(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read what Prometheus posts to `/api/v2/alerts`: an alert whose end has passed is resolved."""
    try:
        alerts: list[Alert] = decode(_alerts, body, ALERTS)
    except Malformed:
        webhook, faults = _one_by_one(_Undecoded("", decode(_undecoded_alerts, body, ALERTS)), limits)
        alerts = webhook.alerts
    else:
        faults = []
        check_count(len(alerts), limits)
    reading = Reading([], faults)
    for index, alert in _numbered(alerts, faults):
        ends_at = alert.endsAt
        if ends_at is not None and ends_at.tzinfo is None:
            ends_at = ends_at.replace(tzinfo=UTC)
        over = ends_at is not None and ends_at.year > 1 and ends_at <= now
        _take(reading, index, alert, "resolved" if over else "firing", source, None, limits, len(body))
    return reading


def _one_by_one(body: _Undecoded, limits: Limits) -> tuple[_Webhook, list[Fault]]:
    """A body of which not every alert can be decoded: those that can be, and what is wrong with the others."""
    check_count(len(body.alerts), limits)
    webhook, faults = _Webhook("4", body.groupKey, [], body.truncatedAlerts), []
    for index, raw in enumerate(body.alerts):
        try:
            webhook.alerts.append(_alert.decode(raw))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            faults.append(Fault(index, "malformed", f"{shape.wrong(error, Alert)}."))
        except RecursionError:
            faults.append(Fault(index, "malformed", "It is nested too deeply."))
    return webhook, faults


def _numbered(alerts: list[Alert], faults: list[Fault]) -> Iterator[tuple[int, Alert]]:
    """The alerts with their places in the body, from which those at fault are missing."""
    missing = {fault.index for fault in faults}
    places = (place for place in count() if place not in missing) if missing else count()
    return zip(places, alerts, strict=False)


def _refuse_other_version(body: bytes) -> None:
    try:
        version = _versioned.decode(body).version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if version is not None and version not in VERSIONS:
        raise Malformed(
            f"Webhook version {version!r} is not known; versions 3 and 4 are taken.",
            hint="Use Alertmanager 0.16 or newer, or send the JSON to /api/v1/signals/generic.",
            code="unknown_version",
        )


def _take(
    reading: Reading,
    index: int,
    alert: Alert,
    state: State,
    source: str,
    group: str | None,
    limits: Limits,
    body_bytes: int,
) -> None:
    """Add one alert to the reading, as a signal or as a fault. Without a `group` its labels name one."""
    try:
        reading.signals.append(signal_from(alert, state, source, group, limits, body_bytes))
    except Malformed as error:
        reading.faults.append(Fault(index, error.code, error.message))


def signal_from(alert: Alert, state: State, source: str, group: str | None, limits: Limits, body_bytes: int) -> Signal:
    """The signal of one alert. Without a `group` its labels name one. Raises Malformed."""
    said = _said_by(bytes(alert.labels), bytes(alert.annotations), source, limits.group_by, limits.labels_max)
    identity, annotations = said.identity, said.annotations
    labels = identity.labels
    if body_bytes > limits.label_bytes_max:
        check_sizes(labels, annotations, limits)
    ends_at = plausible(alert.endsAt, "endsAt", limits)
    return Signal(
        id=identity.id,
        source=source,
        key=identity.key,
        group=identity.group if group is None else group,
        state=state,
        title=said.title,
        severity=identity.severity,
        service=identity.service,
        labels=labels,
        annotations=annotations,
        starts_at=plausible(alert.startsAt, "startsAt", limits),
        stable_start=True,
        ends_at=ends_at if state == "resolved" else None,
        url=alert.generatorURL or "",
    )


def _said_by(labels: bytes, annotations: bytes, source: str, group_by: tuple[str, ...], labels_max: int) -> _Said:
    """What both say. Most alerts come again word for word, so that too is remembered; nobody changes what it holds."""
    if len(labels) + len(annotations) > REMEMBERED_SAID_BYTES_MAX:
        return _read_said(labels, annotations, source, group_by, labels_max)
    return _remembered_said(labels, annotations, source, group_by, labels_max)


def _read_said(labels: bytes, annotations: bytes, source: str, group_by: tuple[str, ...], labels_max: int) -> _Said:
    identity = _identity_of(labels, source, group_by, labels_max)
    try:
        raw = _annotations.decode(annotations) or {}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"Its annotations cannot be read: {error}.") from error
    said = {name: value for name, value in raw.items() if value}
    return _Said(identity, said, title(identity.labels, said))


_remembered_said = lru_cache(REMEMBERED_SAID_MAX)(_read_said)


def _identity_of(labels: bytes, source: str, group_by: tuple[str, ...], labels_max: int) -> _Identity:
    """What these labels say. Most alerts come again and again, so what was read of the last ones is remembered."""
    if len(labels) > REMEMBERED_LABELS_BYTES_MAX:
        return _read_labels(labels, source, group_by, labels_max)
    return _remembered(labels, source, group_by, labels_max)


def _read_labels(labels_json: bytes, source: str, group_by: tuple[str, ...], labels_max: int) -> _Identity:
    try:
        labels = _labels.decode(labels_json)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        says = f"Its labels cannot be read: {shape.wrong(error, dict[str, str])}."
        raise Malformed(says, hint='Send {"labels": {"alertname": "CheckoutErrors"}}.') from error
    if len(labels) > labels_max:
        # Before they are sorted and hashed, which would take long for very many.
        raise too_many_labels(len(labels), labels_max)
    group = ",".join(f"{name}={labels[name]}" for name in group_by if name in labels)
    if "" in labels.values():
        labels = {name: value for name, value in labels.items() if value}
    if not labels:
        raise Malformed("The alert has no label.", hint="An alert is known by its labels; send at least alertname.")
    alert_key = key(labels)
    service = next((labels[name] for name in SERVICE_LABELS if name in labels), "")
    return _Identity(signal_id(source, alert_key), alert_key, group, labels, labels.get("severity", ""), service)


_remembered = lru_cache(REMEMBERED_ALERTS_MAX)(_read_labels)


def forget() -> None:
    """Remember no alert any more: something was redacted, and it may have come as a label."""
    _remembered.cache_clear()


def key(labels: dict[str, str]) -> str:
    """An alert is its labels, whichever group or receiver carried it."""
    return "\x1f".join([f"{name}\x1e{labels[name]}" for name in sorted(labels)])


def title(labels: dict[str, str], annotations: dict[str, str]) -> str:
    """The alert's name, with its summary where it has one."""
    name = labels.get("alertname", "")
    said = annotations.get("summary") or annotations.get("description") or annotations.get("message") or ""
    said = said.strip().split("\n", 1)[0][:300]
    if not said:
        return name or ", ".join(f"{label}={value}" for label, value in sorted(labels.items()))[:300]
    return f"{name}: {said}" if name and name not in said else said
