"""Deliveries of ten alerts each, of which two change their state from one delivery to the next.

Each connection speaks of ten alerts of its own (one group). Ten deliveries make a round, after which every alert is as it
was. The same alerts as Alertmanager's webhook (version 4) and as the list that `POST /api/v2/alerts` takes; the shorter
body is filled up with blanks, so that all servers are sent the same number of bytes.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

ALERTS = 10
CHANGING = 2
PERIOD = 2 * ALERTS // CHANGING
WEBHOOK, API = "webhook", "api"


def bodies(connection: int, shape: str, now: datetime) -> list[bytes]:
    """A round of bodies for one connection."""
    made = []
    firing = [True] * ALERTS
    for step in range(PERIOD):
        for changing in range(CHANGING):
            index = (step * CHANGING + changing) % ALERTS
            firing[index] = not firing[index]
        alerts = [_alert(connection, index, firing[index], now) for index in range(ALERTS)]
        webhook = json.dumps(_webhook(connection, alerts)).encode()
        listed = json.dumps([_posted(alert, now) for alert in alerts]).encode()
        size = max(len(webhook), len(listed))
        made.append((webhook if shape == WEBHOOK else listed).ljust(size))
    return made


def _alert(connection: int, index: int, firing: bool, now: datetime) -> dict[str, Any]:
    service = f"checkout-{connection:03d}"
    return {
        "status": "firing" if firing else "resolved",
        "labels": {
            "alertname": "HighErrorRate",
            "cluster": "eu-west-1",
            "namespace": "shop",
            "service": service,
            "instance": f"10.4.{connection}.{index}:9090",
            "pod": f"{service}-7c9d8b6f5-{index:05d}",
            "severity": "critical" if index % 3 == 0 else "warning",
            "team": "payments",
        },
        "annotations": {
            "summary": f"{service}: 5xx ratio above 5 % for 10 minutes",
            "description": "More than one request in twenty fails. Customers see an error page at the last step.",
            "runbook_url": "https://runbooks.example.com/checkout/high-error-rate",
        },
        "startsAt": _stamp(now - timedelta(minutes=10)),
        "endsAt": "0001-01-01T00:00:00Z" if firing else _stamp(now - timedelta(seconds=5)),
        "generatorURL": "http://prometheus.example.com/graph?g0.expr=job%3Aerrors%3Aratio+%3E+0.05&g0.tab=1",
        "fingerprint": f"{connection:08x}{index:08x}",
    }


def _webhook(connection: int, alerts: list[dict[str, Any]]) -> dict[str, Any]:
    labels = {"alertname": "HighErrorRate", "cluster": "eu-west-1", "service": f"checkout-{connection:03d}"}
    shown = ", ".join(f'{name}="{value}"' for name, value in labels.items())
    return {
        "receiver": "watchroom",
        "status": "firing",
        "alerts": alerts,
        "groupLabels": labels,
        "commonLabels": labels | {"namespace": "shop", "team": "payments"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.com",
        "version": "4",
        "groupKey": f"{{}}:{{{shown}}}",
        "truncatedAlerts": 0,
    }


def _posted(alert: dict[str, Any], now: datetime) -> dict[str, Any]:
    posted = {name: alert[name] for name in ("labels", "annotations", "startsAt", "endsAt", "generatorURL")}
    if alert["status"] == "firing":
        posted["endsAt"] = _stamp(now + timedelta(minutes=30))
    return posted


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
