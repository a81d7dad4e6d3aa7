"""Rule groups that are evaluated on a grid over one source, and what the Prometheus API shows of them.

The caller says when (`turn`) and gives the engine's clock; nothing here waits. One thread at a time.
Source: Prometheus HTTP API v1, "Rules", "Alerts".
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from watchroom.telemetry.durations import seconds_text
from watchroom.telemetry.promql.engine import Engine, Settings
from watchroom.telemetry.promql.printing import exponential
from watchroom.telemetry.rules.asking import Asking, Shared
from watchroom.telemetry.rules.evaluation import Alert, GroupState, Outside, RuleState, State, begun, evaluated
from watchroom.telemetry.rules.rule_file import AlertingRule, Group, RecordingRule, Rule
from watchroom.telemetry.rules.written import Together, Written
from watchroom.telemetry.series import Source

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = "0001-01-01T00:00:00Z"
"""Go's time before all times, which clients read as "not yet"."""


def rfc3339(at_ms: int | None) -> str:
    """A time as Go writes it; one that has not come is `NEVER`."""
    if at_ms is None:
        return NEVER
    text = (_BEGIN + timedelta(milliseconds=at_ms)).strftime("%Y-%m-%dT%H:%M:%S")
    rest = f"{at_ms % 1000:03d}".rstrip("0")
    return f"{text}.{rest}Z" if rest else f"{text}Z"


class Book:
    """Groups, their state, and the series that they write. `source` is what an API over all of it reads."""

    def __init__(
        self,
        groups: Sequence[Group],
        source: Source,
        seconds: Callable[[], float],
        settings: Settings | None = None,
        outside: Outside | None = None,
    ) -> None:
        self._groups = tuple(groups)
        self._written = Written()
        self._outside = outside or Outside()
        self._states: list[GroupState] = [begun(group) for group in self._groups]
        rules = [rule for group in self._groups for rule in group.rules]
        recorded = frozenset(rule.name for rule in rules if isinstance(rule, RecordingRule))
        self._shared = Shared([rule.expression for rule in rules], recorded)
        self.source = Together(source, self._written)
        self.engine = Engine(self.source, seconds, settings)

    @property
    def interval_ms(self) -> int:
        """The shortest interval of the groups; 0 when there is none."""
        return min((group.interval_ms for group in self._groups), default=0)

    def turn(self, at_ms: int) -> list[Alert]:
        """Evaluate the groups whose time it is: those whose interval divides `at_ms`. All alerts that are told then."""
        asking = Asking(self.engine, self._shared, at_ms)
        for place, group in enumerate(self._groups):
            if at_ms % group.interval_ms == 0:
                self._states[place] = evaluated(group, self._states[place], at_ms, asking, self._written, self._outside)
        return self.told()

    def told(self) -> list[Alert]:
        """Alerts that fire, and those that ended not long ago: what Prometheus sends to an Alertmanager."""
        return [
            alert
            for states in self._states
            for state in states
            for alert in state.alerts.values()
            if alert.fired_ms is not None
        ]

    def errors(self) -> list[str]:
        """Why rules could not be evaluated the last time, each with its file and line."""
        return [
            f"{group.file}:{rule.line}: {rule.name}: {state.error}"
            for group, states in zip(self._groups, self._states, strict=True)
            for rule, state in zip(group.rules, states, strict=True)
            if state.error
        ]

    def groups(self) -> list[dict[str, Any]]:
        """As `/api/v1/rules` shows them."""
        return [_group(group, states) for group, states in zip(self._groups, self._states, strict=True)]

    def alerts(self) -> list[dict[str, Any]]:
        """As `/api/v1/alerts` shows them: those that are pending or firing."""
        return [_alert(alert) for states in self._states for state in states for alert in _active(state)]


def _active(state: RuleState) -> list[Alert]:
    return [alert for alert in state.alerts.values() if alert.state is not State.INACTIVE]


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "state": alert.state.value,
        "activeAt": rfc3339(alert.active_ms),
        "value": exponential(alert.value),
    }


def _group(group: Group, states: GroupState) -> dict[str, Any]:
    last = max((state.evaluated_ms for state in states if state.evaluated_ms is not None), default=None)
    return {
        "name": group.name,
        "file": group.file,
        "rules": [_rule(rule, state) for rule, state in zip(group.rules, states, strict=True)],
        "interval": float(seconds_text(group.interval_ms)),
        "limit": group.limit,
        "evaluationTime": 0,
        "lastEvaluation": rfc3339(last),
    }


def _rule(rule: Rule, state: RuleState) -> dict[str, Any]:
    shown: dict[str, Any] = {"name": rule.name, "query": rule.text}
    if isinstance(rule, AlertingRule):
        active = _active(state)
        states = [alert.state for alert in active]
        shown["state"] = next((each.value for each in (State.FIRING, State.PENDING) if each in states), "inactive")
        shown["duration"] = rule.for_ms / 1000
        shown["keepFiringFor"] = rule.keep_firing_for_ms / 1000
        shown["labels"] = dict(rule.labels)
        shown["annotations"] = dict(rule.annotations)
        shown["alerts"] = [_alert(alert) for alert in active]
        shown["type"] = "alerting"
    else:
        if rule.labels:
            shown["labels"] = dict(rule.labels)
        shown["type"] = "recording"
    shown["health"] = "err" if state.error else "unknown" if state.evaluated_ms is None else "ok"
    if state.error:
        shown["lastError"] = state.error
    shown["evaluationTime"] = 0
    shown["lastEvaluation"] = rfc3339(state.evaluated_ms)
    return shown
