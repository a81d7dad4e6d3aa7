"""Rules along a recording: how they stood at its end or now, what they wrote, and what `/api/v1/rules` is asked for."""

import json
from typing import Any

import numpy as np
import pytest

from tests.telemetry.dashboards.shop import END_S, FILES
from watchroom.config import Settings
from watchroom.shell.telemetry_sources import prometheus, read_groups
from watchroom.telemetry.labels import labels_of
from watchroom.telemetry.prometheus_api import PrometheusApi
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.recorded_files import read_files
from watchroom.telemetry.rules.recorded import RecordedRules
from watchroom.telemetry.rules.rule_file import Group, read_rules
from watchroom.telemetry.series import Recorded, Series

RULES = """
groups:
  - name: fast
    interval: 20s
    rules: [{record: twice, expr: value * 2}]
  - name: slow
    interval: 30s
    rules: [{alert: High, expr: value > 5, for: 30s, labels: {severity: page}}]
"""
SPAN = (0, 600_000)


def source() -> Recorded:
    times = np.arange(0, 600_001, 10_000, dtype=np.int64)
    return Recorded([Series(labels_of({"__name__": "value"}), times, times / 60_000)])


def groups() -> list[Group]:
    return read_rules(RULES, "r.yaml")


class Clock:
    """A clock that stands where it was put (ms)."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


def states(rules: RecordedRules) -> list[str]:
    return [alert["state"] for alert in rules.alerts()]


def test_a_recording_is_evaluated_to_its_end() -> None:
    rules = RecordedRules(groups(), source(), SPAN, Clock(10**12), lambda: 0.0, 1000)
    # Every 20 s and every 30 s of ten minutes, both ends included: 0, 20, 30, 40, 60 …
    assert rules.turns == 41
    assert rules.skipped_ms == 0
    assert states(rules) == ["firing"]
    assert rules.groups()[0]["lastEvaluation"] == "1970-01-01T00:10:00Z"
    assert rules.errors() == []


def test_one_that_reaches_into_the_future_is_evaluated_as_time_passes() -> None:
    clock = Clock(310_000)
    rules = RecordedRules(groups(), source(), SPAN, clock, lambda: 0.0, 1000)
    assert states(rules) == []
    clock.at = 335_000
    assert states(rules) == ["pending"]
    clock.at = 400_000
    assert states(rules) == ["firing"]
    clock.at = 10**12
    names = [dict(each.labels)["__name__"] for each in rules.select([()], 0, 10**12)]
    assert sorted(set(names)) == ["ALERTS", "ALERTS_FOR_STATE", "twice", "value"]
    assert rules.groups()[1]["lastEvaluation"] == "1970-01-01T00:10:00Z"


def test_of_a_long_recording_the_end_is_evaluated() -> None:
    rules = RecordedRules(groups(), source(), SPAN, Clock(10**12), lambda: 0.0, 10)
    assert rules.turns == 7
    assert rules.skipped_ms > 0
    assert rules.groups()[0]["lastEvaluation"] == "1970-01-01T00:10:00Z"


def test_without_rules_nothing_is_evaluated() -> None:
    rules = RecordedRules([], source(), SPAN, Clock(10**12), lambda: 0.0, 10)
    assert (rules.turns, rules.groups(), rules.alerts()) == (0, [], [])
    assert len(rules.select([()], *SPAN)) == 1


@pytest.fixture(scope="module")
def shop() -> PrometheusApi:
    series, metadata = read_files([FILES[0]])
    # What was recorded of a rule's own metric gives way to what the rule writes here.
    old = Series(
        labels_of({"__name__": "service:http_errors:ratio_rate5m", "service": "checkout"}),
        np.array([END_S * 1000]),
        np.array([7.0]),
    )
    return prometheus([*series, old], metadata, Settings(), Semantics.PROMETHEUS_3, read_groups([FILES[3]]))


def asked(api: PrometheusApi, path: str, **parameters: str) -> Any:
    answer = api.answer(path, {name.replace("__", "[]"): [value] for name, value in parameters.items()})
    assert answer.status == 200, answer.body
    return json.loads(answer.body)["data"]


def test_the_shops_alerts_are_series(shop: PrometheusApi) -> None:
    grid = {"start": f"{END_S - 5400}", "end": f"{END_S}", "step": "30"}
    found = asked(shop, "query_range", query='ALERTS{alertstate="firing"}', **grid)["result"]
    assert sorted(each["metric"]["alertname"] for each in found) == ["CheckoutFails", "InstanceDown"]
    ratio = asked(shop, "query_range", query='service:http_errors:ratio_rate5m{service="checkout"}', **grid)["result"]
    assert len(ratio) == 1
    assert 0.1 < max(float(value) for _, value in ratio[0]["values"]) < 0.2


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({}, ["service:http_errors:ratio_rate5m", "CheckoutFails", "InstanceDown"]),
        ({"type": "alert"}, ["CheckoutFails", "InstanceDown"]),
        ({"type": "record"}, ["service:http_errors:ratio_rate5m"]),
        ({"rule_name__": "InstanceDown"}, ["InstanceDown"]),
        ({"rule_group__": "other"}, []),
        ({"file__": str(FILES[3])}, ["service:http_errors:ratio_rate5m", "CheckoutFails", "InstanceDown"]),
    ],
)
def test_rules_are_chosen(shop: PrometheusApi, parameters: dict[str, str], names: list[str]) -> None:
    found = asked(shop, "rules", **parameters)["groups"]
    assert [rule["name"] for group in found for rule in group["rules"]] == names


def test_alerts_may_be_left_out(shop: PrometheusApi) -> None:
    [group] = asked(shop, "rules", type="alert", exclude_alerts="true")["groups"]
    assert all("alerts" not in rule for rule in group["rules"])


@pytest.mark.parametrize("parameters", [{"type": ["pie"]}, {"exclude_alerts": ["perhaps"]}])
def test_what_cannot_be_asked_is_bad_data(shop: PrometheusApi, parameters: dict[str, list[str]]) -> None:
    answer = shop.answer("rules", parameters)
    assert answer.status == 400
    assert json.loads(answer.body)["errorType"] == "bad_data"
