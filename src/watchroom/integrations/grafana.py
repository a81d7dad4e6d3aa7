"""Grafana's webhook contact point (unified alerting), and the webhook of its legacy alerting.

source: Grafana documentation, "Configure the webhook notifier for Alerting"; for legacy alerting, "Alert
notifications" of Grafana 7. A firing alert ends at 0001-01-01T00:00:00Z, and keeps `startsAt` for as long as it
fires. An alert is known by its labels, as an Alertmanager's is. Pure; called by the web.
"""

from datetime import datetime
from typing import Any

import msgspec

from watchroom.base import shape
from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal, State, signal_id
from watchroom.integrations import generic
from watchroom.integrations.alertmanager import Alert, signal_from
from watchroom.integrations.delivery import Fault, Limits, Reading, check_count, decode
from watchroom.integrations.fields import annotations_of, as_url, first_line, labels_of


class _Alert(Alert, gc=False):
    dashboardURL: str | None = ""
    panelURL: str | None = ""
    silenceURL: str | None = ""
    imageURL: str | None = ""
    valueString: str | None = ""


class _Webhook(msgspec.Struct, gc=False):
    alerts: list[msgspec.Raw]
    groupKey: str | int | None = None
    truncatedAlerts: int | None = 0


class _Legacy(msgspec.Struct, gc=False):
    state: str
    ruleName: str
    ruleId: int | None = None
    orgId: int | None = None
    title: str = ""
    message: str | None = ""
    ruleUrl: str | None = ""
    imageUrl: str | None = ""
    tags: dict[str, Any] | None = None
    evalMatches: list[Any] | None = None


_json = msgspec.json.Decoder(Any)
_webhook = msgspec.json.Decoder(_Webhook)
_alert = msgspec.json.Decoder(_Alert)
WEBHOOK = "a webhook of Grafana's"


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read a webhook body of either kind of alerting; a body of the user's own making is read as any JSON."""
    value = decode(_json, body, WEBHOOK)
    match value:
        case {"alerts": list()}:
            return _unified(decode(_webhook, body, WEBHOOK), source, limits, len(body))
        case {"ruleName": str(name), "state": str()} if name:
            try:
                legacy = msgspec.convert(value, _Legacy, strict=False)
            except msgspec.ValidationError as error:
                says = f"The body is JSON, but not {WEBHOOK}: {shape.wrong(error, _Legacy)}."
                raise Malformed(says, hint=shape.right(error, _Legacy)) from error
            return Reading([_legacy(legacy, source, limits)])
        case _:
            return generic.read(body, source, limits, now)


def read_value(value: Any, source: str, limits: Limits) -> Reading:
    """Read alerts in this form, or one of them alone, that were found inside something else. Raises Malformed."""
    alerts = value if isinstance(value, dict) and "alerts" in value else {"alerts": [value]}
    encoded = msgspec.json.encode(alerts)
    return _unified(decode(_webhook, encoded, WEBHOOK), source, limits, len(encoded))


def _unified(webhook: _Webhook, source: str, limits: Limits, body_bytes: int) -> Reading:
    check_count(len(webhook.alerts), limits)
    reading = Reading([], truncated=max(0, webhook.truncatedAlerts or 0))
    group = str(webhook.groupKey) if webhook.groupKey not in (None, "") else None
    for index, raw in enumerate(webhook.alerts):
        try:
            reading.signals.append(_signal(_alert.decode(raw), source, group, limits, body_bytes))
        except Malformed as error:
            reading.faults.append(Fault(index, error.code, error.message))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reading.faults.append(Fault(index, "malformed", f"{shape.wrong(error, _Alert)}."))
    return reading


def _signal(alert: _Alert, source: str, group: str | None, limits: Limits, body_bytes: int) -> Signal:
    state: State = "resolved" if alert.status == "resolved" else "firing"
    signal = signal_from(alert, state, source, group, limits, body_bytes)
    said = {
        "dashboard": alert.dashboardURL,
        "panel": alert.panelURL,
        "silence": alert.silenceURL,
        "image": alert.imageURL,
        "values": alert.valueString,
    }
    url = next(filter(None, map(as_url, (alert.panelURL, alert.dashboardURL, alert.generatorURL))), "")
    return msgspec.structs.replace(signal, annotations={**annotations_of(said), **signal.annotations}, url=url)


def _legacy(alert: _Legacy, source: str, limits: Limits) -> Signal:
    """States of legacy alerting: ok, paused, pending, alerting, no_data."""
    rule = str(alert.ruleId) if alert.ruleId else alert.ruleName
    key = f"rule/{alert.orgId or 0}/{rule}"
    message = first_line(alert.message or "")
    said = {"description": alert.message, "matches": alert.evalMatches, "image": alert.imageUrl}
    return Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state="resolved" if alert.state in ("ok", "paused") else "firing",
        title=f"{alert.ruleName}: {message}" if message and alert.ruleName not in message else alert.ruleName,
        severity="warning" if alert.state == "no_data" else "",
        labels=labels_of(alert.tags),
        annotations=annotations_of(said),
        url=as_url(alert.ruleUrl),
    )
