"""A small Alertmanager for scripts: it keeps its groups, and sends the whole group each time, as the real one does.

Source: Alertmanager documentation, "webhook_config" and "notification pipeline": a notification holds all alerts of
its group that fire, and those that have ended since the last one; `startsAt` stays while an alert fires. Never
sends by itself.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from watchroom.base.clock import rfc3339

_SPEC = re.compile(r"([A-Za-z_]\w*)(?:\{(.*)\})?")
_LABEL = re.compile(r'\s*([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"\s*')
NO_END = "0001-01-01T00:00:00Z"


def labels_of(spec: str) -> dict[str, str]:
    """`CheckoutErrors{service="checkout"}` as labels. Raises ValueError."""
    found = _SPEC.fullmatch(spec)
    if found is None:
        raise ValueError(f'{spec!r} is no alert; write CheckoutErrors or CheckoutErrors{{service="checkout"}}')
    labels = {"alertname": found.group(1)}
    for piece in filter(None, re.split(r",(?=\s*\w+=)", found.group(2) or "")):
        label = _LABEL.fullmatch(piece)
        if label is None:
            raise ValueError(f'{piece!r} is no label; write service="checkout"')
        labels[label.group(1)] = label.group(2)
    return labels


@dataclass
class Alert:
    """An alert as its sender knows it."""

    labels: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None = None

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(self.labels.items()))

    def json(self) -> dict[str, Any]:
        """As it stands in a webhook."""
        return {
            "status": "firing" if self.ends_at is None else "resolved",
            "labels": self.labels,
            "annotations": {},
            "startsAt": rfc3339(self.starts_at),
            "endsAt": NO_END if self.ends_at is None else rfc3339(self.ends_at),
            "generatorURL": "http://prometheus.example/graph",
        }


@dataclass
class Alertmanager:
    """Groups by their key, and the alerts in each."""

    groups: dict[str, dict[tuple[tuple[str, str], ...], Alert]] = field(default_factory=dict)

    def fire(self, specs: list[str], group: str, now: datetime, starts_at: datetime | None) -> None:
        """These alerts fire; one that does already keeps its start unless another is given."""
        alerts = self.groups.setdefault(group, {})
        for spec in specs:
            alert = Alert(labels_of(spec), starts_at or now)
            before = alerts.get(alert.key)
            if before is None or starts_at is not None:
                alerts[alert.key] = alert

    def end(self, specs: list[str], now: datetime) -> str:
        """These alerts have ended; returns their group. Raises ValueError for one that does not fire."""
        found = ""
        for spec in specs:
            key = Alert(labels_of(spec), now).key
            group = next((group for group, alerts in self.groups.items() if key in alerts), None)
            if group is None:
                raise ValueError(f"{spec} does not fire, so it cannot end")
            self.groups[group][key].ends_at = now
            found = group
        return found

    def webhook(self, group: str) -> dict[str, Any]:
        """The notification for a group; what has ended is then forgotten (source: webhook version 4)."""
        alerts = self.groups.get(group, {})
        body = {
            "version": "4",
            "groupKey": group,
            "truncatedAlerts": 0,
            "status": "firing" if any(alert.ends_at is None for alert in alerts.values()) else "resolved",
            "receiver": "watchroom",
            "groupLabels": {},
            "commonLabels": {},
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.example",
            "alerts": [alert.json() for alert in alerts.values()],
        }
        self.groups[group] = {key: alert for key, alert in alerts.items() if alert.ends_at is None}
        return body
