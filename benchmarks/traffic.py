"""Deliveries of ten alerts each, of which two change their state from one delivery to the next.

Each connection speaks of ten alerts of its own (one group). The same alerts as Alertmanager's webhook (version 4)
and as the list that `POST /api/v2/alerts` takes; the shorter body is filled up with blanks, so that all servers are
sent the same number of bytes. Times are what real senders write: a new episode begins now, a firing alert of the
API ends in four minutes (so it differs each time), what was said of the others stays as it was.
"""

import json
import time
from typing import Any

ALERTS = 10
CHANGING = 2
WEBHOOK, API = "webhook", "api"

_STARTS, _ENDS, _STATUS = "<starts %d>", "<ends %d>", "<status %d>"
_NEVER = b"0001-01-01T00:00:00.000Z"
_LASTS_S = 240


class Group:
    """The ten alerts of one connection; `delivery` is the next request's body."""

    def __init__(self, connection: int, shape: str) -> None:
        self._shape = shape
        self._step = 0
        now = _stamp(time.time())
        self._firing = [True] * ALERTS
        self._starts = [now] * ALERTS
        self._ends = [now] * ALERTS
        webhook, listed = self._templates(connection)
        self._pieces, self._places = _cut(webhook if shape == WEBHOOK else listed)
        # Both shapes, filled in, at their longest ("resolved" is longer than "firing").
        self._size = max(len(webhook), len(listed)) + 200

    def delivery(self) -> bytes:
        """The next body: two alerts have changed their state, the others are as before."""
        now_s = time.time()
        now = _stamp(now_s)
        for changing in range(CHANGING):
            index = (self._step * CHANGING + changing) % ALERTS
            self._firing[index] = not self._firing[index]
            if self._firing[index]:
                self._starts[index] = now
            else:
                self._ends[index] = now
        self._step += 1
        still = _NEVER if self._shape == WEBHOOK else _stamp(now_s + _LASTS_S)
        pieces = self._pieces
        for place, what, index in self._places:
            firing = self._firing[index]
            if what == "starts":
                pieces[place] = self._starts[index]
            elif what == "ends":
                pieces[place] = still if firing else self._ends[index]
            else:
                pieces[place] = b"firing" if firing else b"resolved"
        return b"".join(pieces).ljust(self._size)

    def _templates(self, connection: int) -> tuple[bytes, bytes]:
        alerts = [_alert(connection, index) for index in range(ALERTS)]
        kept = ("labels", "annotations", "startsAt", "endsAt", "generatorURL")
        listed = [{name: alert[name] for name in kept} for alert in alerts]
        return json.dumps(_webhook(connection, alerts)).encode(), json.dumps(listed).encode()


def _cut(template: bytes) -> tuple[list[bytes], list[tuple[int, str, int]]]:
    """The template in pieces, and which of them are to be filled in with what of which alert."""
    pieces: list[bytes] = []
    places: list[tuple[int, str, int]] = []
    for number, part in enumerate(template.replace(b">", b"<").split(b"<")):
        if number % 2:
            what, _, index = part.decode().partition(" ")
            places.append((number, what, int(index)))
        pieces.append(part)
    return pieces, places


def _alert(connection: int, index: int) -> dict[str, Any]:
    service = f"checkout-{connection:03d}"
    return {
        "status": _STATUS % index,
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
        "startsAt": _STARTS % index,
        "endsAt": _ENDS % index,
        "generatorURL": "http://prometheus.example.com/graph?g0.expr=job%3Aerrors%3Aratio+%3E+0.05&g0.tab=1".replace(
            ">", "%3E"
        ),
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


def _stamp(at_s: float) -> bytes:
    """RFC 3339 in milliseconds; always 24 bytes."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(at_s))}.{int(at_s % 1 * 1000):03d}Z".encode()
