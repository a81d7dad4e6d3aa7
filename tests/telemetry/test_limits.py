"""What one query may cost: each excess is one clear error of Prometheus's kind, and the next query is answered."""

import itertools
import json
from collections.abc import Mapping

import numpy as np
import pytest

from watchroom.telemetry.labels import NAME, labels_of
from watchroom.telemetry.prometheus_api import PrometheusApi
from watchroom.telemetry.promql.budget import Limits
from watchroom.telemetry.promql.engine import Engine, Settings
from watchroom.telemetry.promql.parse import DEPTH_MAX, LENGTH_MAX, OPERATORS_MAX
from watchroom.telemetry.series import Recorded, Series

TIMES = np.arange(100, dtype=np.int64) * 15_000
SERIES = Recorded(
    Series(labels_of({NAME: "x", "a": str(number // 50), "b": str(number % 50)}), TIMES, np.ones(TIMES.size))
    for number in range(500)
)
RANGE = {"start": "0", "end": "1485", "step": "15"}


def asked(query: str, limits: Limits | None = None, seconds: list[float] | None = None) -> tuple[int, str, str]:
    """Status, kind and sentence of an answer; the clock says these seconds in turn, then the last one."""
    moments = itertools.chain(seconds or [], itertools.repeat(seconds[-1] if seconds else 0.0))
    engine = Engine(SERIES, lambda: next(moments), Settings(limits=limits or Limits()))
    api = PrometheusApi(SERIES, engine, lambda: 0)
    answer = api.answer("query_range", {name: [value] for name, value in {"query": query, **RANGE}.items()})
    body: Mapping[str, str] = json.loads(answer.body)
    after = api.answer("query", {"query": ["1"], "time": ["0"]}) if seconds is None else None
    assert after is None or after.status == 200
    return answer.status, body.get("errorType", ""), body.get("error", "")


def test_what_is_within_the_limits_is_answered() -> None:
    assert asked("sum by (a) (x) / count by (a) (x)")[0] == 200


@pytest.mark.parametrize(
    ("query", "limits"),
    [
        ("x", Limits(samples_max=49_999)),
        ("sum_over_time(x[5m])", Limits(samples_max=49_999)),
        ("x + x", Limits(samples_max=99_999)),
        ("x", Limits(cells_max=49_999)),
        ("max_over_time(vector(1)[365d:1s])", Limits()),
        ("max_over_time(max_over_time(x[1d:1s])[1d:1s])", Limits()),
    ],
)
def test_too_many_samples(query: str, limits: Limits) -> None:
    status, kind, says = asked(query, limits)
    assert (status, kind) == (422, "execution")
    assert "too many samples" in says


def test_too_many_series() -> None:
    status, kind, says = asked("x", Limits(series_max=499))
    assert (status, kind) == (422, "execution")
    assert "500 series; at most 499" in says


@pytest.mark.parametrize(
    "query",
    [
        "x * on () group_left () x",
        "x * on (a) group_left () x",
        'label_replace(x, "b", "", "b", ".*")',
        "x + on (a) x",
    ],
)
def test_cross_products_are_refused_before_they_are_made(query: str) -> None:
    assert asked(query)[:2] == (422, "execution")


def test_pairs_of_series_that_are_never_there_together_are_counted_before_they_are_made() -> None:
    """No step has two partners for one series, so the operator is allowed; all pairs at once would not fit."""
    there = [Series(labels_of({NAME: "y", "n": str(n)}), TIMES[n : n + 1], np.ones(1)) for n in range(100)]
    source = Recorded([*SERIES.series, *there])
    engine = Engine(source, lambda: 0.0, Settings(lookback_ms=1000, limits=Limits(cells_max=500_000)))
    api = PrometheusApi(source, engine, lambda: 0)
    grid = {name: [value] for name, value in RANGE.items()}
    refused = api.answer("query_range", {"query": ["x * on () group_left () y"], **grid})
    assert (refused.status, b"too many samples" in refused.body) == (422, True)
    assert api.answer("query_range", {"query": ['x{a="0"} * on () group_left () y'], **grid}).status == 200


def test_time_that_has_passed_and_a_caller_who_has_gone() -> None:
    assert asked("sum(x)", Limits(seconds_max=10), [0.0, 11.0]) == (
        503, "timeout", "query timed out in expression evaluation",
    )  # fmt: skip
    api = PrometheusApi(SERIES, Engine(SERIES, lambda: 0.0), lambda: 0)
    gone = api.answer("query", {"query": ["sum(x)"], "time": ["0"]}, canceled=lambda: True)
    assert (gone.status, json.loads(gone.body)["errorType"]) == (503, "canceled")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("(" * (DEPTH_MAX + 1) + "1" + ")" * (DEPTH_MAX + 1), "nested more than"),
        ("abs(" * 5000 + "x" + ")" * 5000, "nested more than"),
        ("x" + "[5m:]" * 3 + "[" * 200, "nested more than"),
        ("-" * (OPERATORS_MAX + 1) + "1", "operators"),
        ("+".join(["1"] * (OPERATORS_MAX + 2)), "operators"),
        ("x{a='" + "b" * LENGTH_MAX + "'}", "characters"),
        ("x or " * (OPERATORS_MAX + 1) + "x", "operators"),
    ],
)
def test_expressions_that_are_too_long_or_too_deep(query: str, says: str) -> None:
    status, kind, error = asked(query)
    assert (status, kind) == (400, "bad_data")
    assert says in error


@pytest.mark.parametrize(
    "regex",
    ["((((a{0,100}){0,100}){0,100}){0,100})", "(a+){1000}{1000}", "(?:" * 2000 + "a" + ")" * 2000, "a(", "\\\\p{x}"],
)
def test_a_regular_expression_that_is_too_much_or_none(regex: str) -> None:
    status, kind, says = asked(f'x{{a=~"{regex}"}}')
    assert (status, kind) == (400, "bad_data")
    assert len(says) < 10_000


def test_a_regular_expression_that_would_backtrack_for_ever_is_answered() -> None:
    long = Recorded([Series(labels_of({NAME: "x", "a": "a" * 50_000}), TIMES, np.ones(TIMES.size))])
    api = PrometheusApi(long, Engine(long, lambda: 0.0), lambda: 0)
    answer = api.answer("query", {"query": ['x{a=~"(a+)+b|(a|aa)+c"}'], "time": ["100"]})
    assert json.loads(answer.body)["data"]["result"] == []


def test_more_steps_than_a_screen_has_points() -> None:
    api = PrometheusApi(SERIES, Engine(SERIES, lambda: 0.0), lambda: 0)
    grid = {"query": ["x"], "start": ["0"], "end": ["11001"], "step": ["1"]}
    assert api.answer("query_range", grid).status == 400
    assert api.answer("query_range", {**grid, "end": ["11000"]}).status == 200
