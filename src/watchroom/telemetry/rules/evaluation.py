"""One evaluation of a group at a time: state in, questions answered and samples written on the way, state out.

The caller keeps the grid (evaluates at whole multiples of the group's interval) and the state. Source: Prometheus,
"Alerting rules"; the states of an alert there: inactive, pending, firing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache, partial
from typing import Protocol

from watchroom.telemetry.labels import NAME, Labels, labels_of, nameless
from watchroom.telemetry.promql.expression import Expression
from watchroom.telemetry.refusal import QueryError, Unanswerable
from watchroom.telemetry.rules.rule_file import AlertingRule, Group, RecordingRule, Rule
from watchroom.telemetry.template import expanded

RESOLVED_KEPT_MS = 15 * 60_000
"""How long an alert that is over is still told, so that nobody misses its end."""
LABELS_KEPT = 100_000
"""Label sets of rules' results that are remembered, so that they are not made anew each time."""
SAME_LABELS = "vector contains metrics with the same labelset after applying"

Sample = tuple[Labels, float]


class State(StrEnum):
    """Where an alert, or a whole rule, stands."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. Times are ms; None where the time has not come."""

    labels: Labels
    annotations: Mapping[str, str]
    value: float
    state: State
    active_ms: int
    fired_ms: int | None = None
    resolved_ms: int | None = None
    kept_since_ms: int | None = None
    """Since when its condition no longer holds while it goes on firing."""


@dataclass(frozen=True, slots=True)
class RuleState:
    """What a rule remembers from one evaluation to the next."""

    alerts: Mapping[Labels, Alert] = field(default_factory=dict)
    written: frozenset[Labels] = frozenset()
    error: str = ""
    evaluated_ms: int | None = None
    """When it was last evaluated; None before the first time."""


GroupState = tuple[RuleState, ...]


class Questions(Protocol):
    """What rules ask."""

    def value(self, expression: Expression, at_ms: int) -> Sequence[Sample]: ...
    def text(self, text: str) -> Sequence[Sample]: ...


class Writer(Protocol):
    """Where rules write."""

    def append(self, labels: Labels, at_ms: int, value: float) -> None: ...
    def end(self, labels: Labels, at_ms: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Outside:
    """What templates may say of where the rules run."""

    labels: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


def begun(group: Group) -> GroupState:
    """The state before the first evaluation."""
    return tuple(RuleState() for _ in group.rules)


def evaluated(
    group: Group, state: GroupState, at_ms: int, questions: Questions, writer: Writer, outside: Outside | None = None
) -> GroupState:
    """The state after an evaluation. A rule that cannot be answered says so in its own state, and stays as it was."""
    after = []
    for rule, before in zip(group.rules, state, strict=True):
        try:
            samples, now = _one(rule, before, group, at_ms, questions, outside or Outside())
        except QueryError as error:
            samples, now = [], replace(before, error=str(error))
            if str(error).startswith("exceeded limit") and isinstance(rule, AlertingRule):
                now = replace(now, alerts={})
        for labels, value in samples:
            writer.append(labels, at_ms, value)
        written = frozenset(labels for labels, _ in samples)
        if not now.error:
            for labels in sorted(before.written - written):
                writer.end(labels, at_ms)
        else:
            written = before.written
        after.append(replace(now, written=written, evaluated_ms=at_ms))
    return tuple(after)


def _one(
    rule: Rule, before: RuleState, group: Group, at_ms: int, questions: Questions, outside: Outside
) -> tuple[list[Sample], RuleState]:
    found = questions.value(rule.expression, at_ms - group.query_offset_ms)
    if isinstance(rule, RecordingRule):
        samples = _recorded(rule, found)
        if group.limit and len(samples) > group.limit:
            raise Unanswerable(f"exceeded limit of {group.limit} with {len(samples)} series")
        return samples, RuleState()
    alerts = _alerts(rule, before.alerts, _active(rule, found, at_ms, questions, outside), at_ms)
    active = [alert for alert in alerts.values() if alert.state is not State.INACTIVE]
    if group.limit and len(active) > group.limit:
        raise Unanswerable(f"exceeded limit of {group.limit} with {len(active)} alerts")
    return [sample for alert in active for sample in _told(alert)], RuleState(alerts)


def _recorded(rule: RecordingRule, found: Sequence[Sample]) -> list[Sample]:
    samples = {_renamed(labels, (*rule.labels, (NAME, rule.name))): value for labels, value in found}
    if len(samples) != len(found):
        raise Unanswerable(f"{SAME_LABELS} rule labels")
    return list(samples.items())


@lru_cache(maxsize=LABELS_KEPT)
def _renamed(labels: Labels, extra: Labels) -> Labels:
    """Labels with others put over them: the same ones at each evaluation."""
    return labels_of(dict(labels) | dict(extra))


def _active(
    rule: AlertingRule, found: Sequence[Sample], at_ms: int, questions: Questions, outside: Outside
) -> dict[Labels, Alert]:
    """An alert for each series of the expression, with its texts written out."""
    alerts: dict[Labels, Alert] = {}
    for labels, value in found:
        write = partial(
            expanded,
            labels=dict(labels),
            value=value,
            query=questions.text,
            external_labels=outside.labels,
            external_url=outside.url,
        )
        own = dict(nameless(labels)) | {name: write(text) for name, text in rule.labels} | {"alertname": rule.name}
        named = labels_of(own)
        if named in alerts:
            raise Unanswerable(f"{SAME_LABELS} alert labels")
        annotations = {name: write(text) for name, text in rule.annotations}
        alerts[named] = Alert(named, annotations, value, State.PENDING, at_ms)
    return alerts


def _alerts(
    rule: AlertingRule, before: Mapping[Labels, Alert], active: Mapping[Labels, Alert], at_ms: int
) -> dict[Labels, Alert]:
    after: dict[Labels, Alert] = {}
    for labels, alert in before.items():
        if labels not in active:
            left = _without_condition(rule, alert, at_ms)
            if left is not None:
                after[labels] = left
    for labels, fresh in active.items():
        known = before.get(labels)
        alert = fresh
        if known is not None and known.state is not State.INACTIVE:
            alert = replace(known, annotations=fresh.annotations, value=fresh.value, kept_since_ms=None)
        if alert.state is State.PENDING and at_ms - alert.active_ms >= rule.for_ms:
            alert = replace(alert, state=State.FIRING, fired_ms=at_ms)
        after[labels] = alert
    return after


def _without_condition(rule: AlertingRule, alert: Alert, at_ms: int) -> Alert | None:
    """An alert whose condition does not hold now; None when nothing is left to be told of it."""
    if alert.state is State.PENDING:
        return None
    if alert.resolved_ms is not None:
        return None if at_ms - alert.resolved_ms > RESOLVED_KEPT_MS else alert
    since = at_ms if alert.kept_since_ms is None else alert.kept_since_ms
    if rule.keep_firing_for_ms and at_ms - since < rule.keep_firing_for_ms:
        return replace(alert, kept_since_ms=since)
    return replace(alert, state=State.INACTIVE, resolved_ms=at_ms)


def _told(alert: Alert) -> list[Sample]:
    """The series that say that an alert is there, and since when."""
    since_s = float(alert.active_ms // 1000)
    return [
        (_renamed(alert.labels, ((NAME, "ALERTS"), ("alertstate", alert.state.value))), 1.0),
        (_renamed(alert.labels, ((NAME, "ALERTS_FOR_STATE"),)), since_s),
    ]
