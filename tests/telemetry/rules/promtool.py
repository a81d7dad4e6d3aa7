"""The files of `promtool test rules`, carried out with our own rules. Source: Prometheus, "Unit Testing for Rules"."""

import math
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from watchroom.telemetry.durations import duration_ms
from watchroom.telemetry.labels import Labels, labels_of
from watchroom.telemetry.promql.engine import Engine, Settings
from watchroom.telemetry.promql.expression import Selector
from watchroom.telemetry.promql.parse import parse
from watchroom.telemetry.promql.value import Scalar, Vector
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.rules.asking import Asking, Shared
from watchroom.telemetry.rules.evaluation import Outside, State, begun, evaluated
from watchroom.telemetry.rules.rule_file import AlertingRule, Group, RecordingRule, read_rules
from watchroom.telemetry.rules.written import Together, Written
from watchroom.telemetry.series import STALE, Recorded, Series

_VALUES = re.compile(r"(?P<first>[-+]?[\d.]+(?:e[-+]?\d+)?|NaN|[-+]?Inf)(?:(?P<by>[-+][\d.]+))?(?:x(?P<times>\d+))?\Z")


def values_of(text: str) -> Iterator[float | None]:
    """`1+2x3 _ stale 5`: one value, or none, for each interval."""
    for word in text.split():
        if word == "stale":
            yield float(STALE)
            continue
        if word.startswith("_"):
            yield from [None] * int(word[2:] or 1)
            continue
        found = _VALUES.match(word)
        assert found is not None, word
        for number in range(int(found["times"] or 0) + 1):
            yield float(found["first"]) + number * float(found["by"] or 0)


def series_of(given: dict[str, str], interval_ms: int) -> Series:
    """One of a test's input series."""
    selector = parse(given["series"])
    assert isinstance(selector, Selector)
    labels = labels_of({each.name: each.value for each in selector.alternatives[0]})
    pairs = [
        (place * interval_ms, value) for place, value in enumerate(values_of(given["values"])) if value is not None
    ]
    times, values = np.array([at for at, _ in pairs]), np.array([value for _, value in pairs])
    return Series(labels, times, values, has_stale=True)


def failures(file: Path) -> list[str]:
    """What a test file expects that is not so; nothing when all is."""
    whole = yaml.safe_load(file.read_text(encoding="utf-8"))
    every_ms = duration_ms(str(whole.get("evaluation_interval", "1m")))
    groups = [
        group
        for name in whole["rule_files"]
        for group in read_rules((file.parent / name).read_text(encoding="utf-8"), name, interval_ms=every_ms)
    ]
    return [said for test in whole["tests"] for said in _one(test, groups, every_ms)]


def _one(test: dict[str, Any], groups: list[Group], every_ms: int) -> Iterator[str]:
    interval_ms = duration_ms(str(test.get("interval", "1m")))
    source = Recorded(series_of(each, interval_ms) for each in test.get("input_series", ()))
    written = Written()
    engine = Engine(Together(source, written), time.monotonic, Settings(semantics=Semantics.PROMETHEUS_2))
    expected = [*test.get("alert_rule_test", ()), *test.get("promql_expr_test", ())]
    at_times = sorted({duration_ms(str(each["eval_time"])) for each in expected})
    rules = [rule for group in groups for rule in group.rules]
    shared = Shared(
        [rule.expression for rule in rules],
        frozenset(rule.name for rule in rules if isinstance(rule, RecordingRule)),
    )
    outside = Outside(test.get("external_labels", {}), test.get("external_url", ""))
    states = {id(group): begun(group) for group in groups}
    for at_ms in range(0, at_times[-1] + 1, every_ms):
        asking = Asking(engine, shared, at_ms)
        for group in groups:
            states[id(group)] = evaluated(group, states[id(group)], at_ms, asking, written, outside)
            for state in states[id(group)]:
                if state.error:
                    yield state.error
        for wanted in test.get("alert_rule_test", ()):
            if at_ms <= duration_ms(str(wanted["eval_time"])) < at_ms + every_ms:
                yield from _alerts(wanted, groups, states)
    for wanted in test.get("promql_expr_test", ()):
        yield from _samples(wanted, engine)


def _alerts(wanted: dict[str, Any], groups: list[Group], states: dict[int, Any]) -> Iterator[str]:
    name = wanted["alertname"]
    found = [
        (dict(alert.labels), dict(alert.annotations))
        for group in groups
        for rule, state in zip(group.rules, states[id(group)], strict=True)
        if isinstance(rule, AlertingRule) and rule.name == name
        for alert in state.alerts.values()
        if alert.state is State.FIRING
    ]
    expected = [
        (
            {key: str(value) for key, value in each.get("exp_labels", {}).items()} | {"alertname": name},
            {key: str(value) for key, value in each.get("exp_annotations", {}).items()},
        )
        for each in wanted.get("exp_alerts") or ()
    ]
    if sorted(map(repr, _ordered(found))) != sorted(map(repr, _ordered(expected))):
        yield f"{name} at {wanted['eval_time']}: expected {_ordered(expected)}, got {_ordered(found)}"


def _ordered(alerts: list[tuple[dict[str, str], dict[str, str]]]) -> list[tuple[list[Any], list[Any]]]:
    return [(sorted(labels.items()), sorted(texts.items())) for labels, texts in alerts]


def _samples(wanted: dict[str, Any], engine: Engine) -> Iterator[str]:
    value = engine.instant(wanted["expr"], duration_ms(str(wanted["eval_time"])))
    found: list[tuple[Labels, float]]
    if isinstance(value, Scalar):
        found = [((), float(value.values[0]))]
    else:
        assert isinstance(value, Vector)
        found = list(zip(value.labels, value.values[:, 0].tolist(), strict=True))
    expected = []
    for each in wanted.get("exp_samples") or ():
        text = each["labels"]
        selector = parse(text) if text not in ("", "{}") else None
        matchers = selector.alternatives[0] if isinstance(selector, Selector) else ()
        expected.append((labels_of({one.name: one.value for one in matchers}), float(each["value"])))
    same = len(found) == len(expected) and all(
        one[0] == other[0] and math.isclose(one[1], other[1], rel_tol=1e-6)
        for one, other in zip(sorted(found), sorted(expected), strict=True)
    )
    if not same:
        yield f"{wanted['expr']} at {wanted['eval_time']}: expected {expected}, got {found}"
