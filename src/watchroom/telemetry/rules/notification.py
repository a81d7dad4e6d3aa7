"""Alerts of rules -> the bodies that an Alertmanager would send of them: its webhook, version 4.

Pure: state and a time in, state and bodies out. Source: Alertmanager, "Configuration" (`route`: group_by, group_wait,
group_interval, repeat_interval) and "Webhook receiver".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from watchroom.telemetry.labels import Labels, keep
from watchroom.telemetry.rules.book import NEVER, rfc3339
from watchroom.telemetry.rules.evaluation import Alert, State

_FNV_BEGIN = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3


@dataclass(frozen=True, slots=True)
class Route:
    """How alerts are put together and how often they are told. Times are ms; the defaults are Alertmanager's."""

    receiver: str = "watchroom"
    group_by: tuple[str, ...] = ("alertname",)
    group_wait_ms: int = 30_000
    group_interval_ms: int = 300_000
    repeat_interval_ms: int = 4 * 3_600_000
    external_url: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One group: when it is looked at next, and what was told of it last."""

    next_ms: int
    told_ms: int | None = None
    firing: frozenset[Labels] = frozenset()
    resolved: frozenset[Labels] = frozenset()


Waits: TypeAlias = Mapping[Labels, Waiting]
"""Labels of a group -> where it stands."""


def notified(route: Route, waits: Waits, alerts: Iterable[Alert], at_ms: int) -> tuple[Waits, list[dict[str, Any]]]:
    """What is sent now, and the state after it. A resolved alert is told once, and only if its firing was."""
    groups: dict[Labels, list[Alert]] = {}
    for alert in alerts:
        groups.setdefault(keep(alert.labels, frozenset(route.group_by)), []).append(alert)
    after: dict[Labels, Waiting] = {}
    bodies: list[dict[str, Any]] = []
    for named, members in sorted(groups.items()):
        known = waits.get(named)
        if known is None:
            if all(alert.state is State.INACTIVE for alert in members):
                continue
            known = Waiting(at_ms + route.group_wait_ms)
        if at_ms >= known.next_ms:
            known, told = _flushed(route, known, members, at_ms)
            if told:
                bodies.append(_body(route, named, told))
            if not known.firing and not told:
                continue
        after[named] = known
    return after, bodies


def _flushed(route: Route, known: Waiting, members: Sequence[Alert], at_ms: int) -> tuple[Waiting, list[Alert]]:
    firing = [alert for alert in members if alert.state is not State.INACTIVE]
    resolved = [alert for alert in members if alert.state is State.INACTIVE and alert.labels in known.firing]
    named, over = frozenset(alert.labels for alert in firing), frozenset(alert.labels for alert in resolved)
    again = known.told_ms is not None and at_ms - known.told_ms >= route.repeat_interval_ms
    tell = bool(over) or bool(named - known.firing) or (again and bool(named))
    next_ms = at_ms + route.group_interval_ms
    if not tell:
        return Waiting(next_ms, known.told_ms, named & known.firing), []
    return Waiting(next_ms, at_ms, named, over), sorted(firing + resolved, key=lambda alert: alert.labels)


def fingerprint(labels: Labels) -> str:
    """The number that Alertmanager knows an alert by. Source: FNV-1a of 64 bits over its names and values."""
    number = _FNV_BEGIN
    for name, value in labels:
        for byte in name.encode() + b"\xff" + value.encode() + b"\xff":
            number = (number ^ byte) * _FNV_PRIME & 0xFFFFFFFFFFFFFFFF
    return f"{number:016x}"


def _common(parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *rest = parts
    return {name: value for name, value in first.items() if all(each.get(name) == value for each in rest)}


def _body(route: Route, named: Labels, alerts: Sequence[Alert]) -> dict[str, Any]:
    inside = ", ".join(f'{name}="{value}"' for name, value in named)
    firing = any(alert.state is not State.INACTIVE for alert in alerts)
    return {
        "receiver": route.receiver,
        "status": "firing" if firing else "resolved",
        "alerts": [_alert(route, alert) for alert in alerts],
        "groupLabels": dict(named),
        "commonLabels": _common([dict(alert.labels) for alert in alerts]),
        "commonAnnotations": _common([alert.annotations for alert in alerts]),
        "externalURL": route.external_url,
        "version": "4",
        "groupKey": f"{{}}:{{{inside}}}",
        "truncatedAlerts": 0,
    }


def _alert(route: Route, alert: Alert) -> dict[str, Any]:
    over = alert.state is State.INACTIVE
    return {
        "status": "resolved" if over else "firing",
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": rfc3339(alert.fired_ms),
        "endsAt": rfc3339(alert.resolved_ms) if over else NEVER,
        "generatorURL": f"{route.external_url}/graph" if route.external_url else "",
        "fingerprint": fingerprint(alert.labels),
    }
