"""The reader behind the address for any JSON: a body of a sender that is known is read as that sender's.

Whoever points a Grafana or an SNS topic at `/api/v1/signals/generic` gets the same signals as at its own address.
A shape is recognised by fields that only this sender has; everything else is `generic`'s. Pure; called by the web.
"""

from datetime import datetime
from typing import Any

import msgspec

from watchroom.integrations import (
    cloudevents,
    eventbridge,
    generic,
    grafana,
    opsgenie,
    pagerduty,
    sentry,
    sns,
    uptimekuma,
)
from watchroom.integrations.delivery import Limits, Read, Reading, decode

_json = msgspec.json.Decoder(Any)


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read any JSON object, or a list of them. Raises Malformed."""
    value = decode(_json, body, "a JSON object")
    known = recognised(value)
    if known is not None:
        return known(body, source, limits, now)
    return generic.read_values(value if isinstance(value, list) else [value], source, limits)


def recognised(value: Any) -> Read | None:
    """The reader of the sender whose body this is, or None."""
    match value:
        case [{"specversion": str(), "type": str(), "source": str()}, *_] | {"specversion": str(), "type": str()}:
            return cloudevents.read
        case {"alerts": [{"labels": dict()}, *_]} | {"ruleId": _, "ruleName": str(), "state": str()}:
            return grafana.read
        case {"labels": {"alertname": str()}} | [{"labels": {"alertname": str()}}, *_]:
            return _read_alerts
        case {"detail-type": str(), "detail": dict()}:
            return eventbridge.read
        case {"Type": str(kind), "TopicArn": str()} if kind in sns.TYPES:
            return sns.read
        case {"AlarmName": str(), "NewStateValue": str()}:
            return sns.read
        case {"event_action": "trigger" | "acknowledge" | "resolve", "payload": dict()}:
            return pagerduty.read
        case {"event_action": "acknowledge" | "resolve", "dedup_key": str(), "routing_key": str()}:
            return pagerduty.read
        case {"event_type": "trigger" | "acknowledge" | "resolve", "incident_key": str()}:
            return pagerduty.read_legacy
        case {"event_type": "trigger" | "acknowledge" | "resolve", "service_key": str()}:
            return pagerduty.read_legacy
        case {"event": {"event_type": str(), "resource_type": str(), "data": dict()}}:
            return pagerduty.read_any
        case {"action": str(), "alert": {"alertId": str(), "message": str()}}:
            return opsgenie.read_any
        case {"heartbeat": dict() | None, "monitor": dict() | None, "msg": str()}:
            return uptimekuma.read
        case {"action": str(), "data": dict(data), "actor": dict()} if data.keys() & _SENTRY:
            return sentry.read
        case {"project_slug": str(), "culprit": _, "event": dict()}:
            return sentry.read
        case _:
            return None


def _read_alerts(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Alerts as Prometheus writes them, without anything around them."""
    value = decode(_json, body, "alerts")
    return grafana.read_value({"alerts": value if isinstance(value, list) else [value]}, source, limits)


_SENTRY = frozenset({"event", "error", "issue", "metric_alert", "comment", "installation"})
