"""Numbers from lines: windows, unwrapping, grouping, operators. Windows are open to the left and end at the step."""

import math

import pytest

from tests.telemetry.log_lines import BEGIN_NS, SECOND, asked, store_of, values_of
from watchroom.telemetry.logs import Line, LogStore


def store() -> LogStore:
    """Ten lines of one service and five of another, a second apart."""
    made = store_of(*(f"n={number} took={number}ms size={number}KB host=h{number % 2}" for number in range(10)))
    made.append({"job": "web", "env": "prod"}, [Line(BEGIN_NS + number * SECOND, "äö") for number in range(5)])
    return made


@pytest.mark.parametrize(
    ("query", "at_s", "expected"),
    [
        ('count_over_time({job="app"}[4s])', 9, {"job=app": 4}),
        ('count_over_time({job="app"}[4s])', 12, {"job=app": 1}),
        ('count_over_time({job="app"}[4s])', 13, {}),
        ('count_over_time({job="app"}[4s] offset 4s)', 13, {"job=app": 4}),
        ('rate({job="app"}[4s])', 9, {"job=app": 1}),
        ('bytes_over_time({job="web"}[1m])', 9, {"env=prod,job=web": 20}),
        ('bytes_rate({job="web"}[10s])', 9, {"env=prod,job=web": 2}),
        ('sum_over_time({job="app"} | logfmt | unwrap n [1m]) by (host)', 9, None),
        ('avg_over_time({job="app"} | logfmt | unwrap n [1m]) by (host)', 9, {"host=h0": 4, "host=h1": 5}),
        ('avg_over_time({job="app"} | logfmt | unwrap n [1m]) by ()', 9, {"": 4.5}),
        ('max_over_time({job="app"} | logfmt | unwrap duration(took) [1m]) by (job)', 9, {"job=app": 0.009}),
        ('max_over_time({job="app"} | logfmt | unwrap bytes(size) [1m]) by (job)', 9, {"job=app": 9000}),
        ('min_over_time({job="app"} | logfmt | unwrap n | n > 3 [1m]) by (job)', 9, {"job=app": 4}),
        ('first_over_time({job="app"} | logfmt | unwrap n [3s]) by (job)', 9, {"job=app": 7}),
        ('last_over_time({job="app"} | logfmt | unwrap n [3s]) by (job)', 9, {"job=app": 9}),
        ('stdvar_over_time({job="app"} | logfmt | unwrap n [1m]) by (job)', 9, {"job=app": 8.25}),
        ('stddev_over_time({job="app"} | logfmt | unwrap n [1m]) by (job)', 9, {"job=app": math.sqrt(8.25)}),
        ('quantile_over_time(0.5, {job="app"} | logfmt | unwrap n [1m]) by (job)', 9, {"job=app": 4.5}),
        ('sum(rate({job="app"} | logfmt | unwrap n [10s]))', 9, {"": 4.5}),
        ('sum(rate_counter({job="app"} | logfmt | keep job, n | unwrap n [10s]))', 9, {"": 0.9}),
        ('sum by (host) (count_over_time({job="app"} | logfmt [1m]))', 9, {"host=h0": 5, "host=h1": 5}),
        ('sum without (env) (count_over_time({job=~".+"}[1m]))', 9, {"job=app": 10, "job=web": 5}),
        ('topk(1, sum by (job) (count_over_time({job=~".+"}[1m])))', 9, {"job=app": 10}),
        ('bottomk(1, sum by (job) (count_over_time({job=~".+"}[1m])))', 9, {"job=web": 5}),
        ('count(count_over_time({job=~".+"}[1m]))', 9, {"": 2}),
        ('avg(count_over_time({job=~".+"}[1m]))', 9, {"": 7.5}),
        ('max(count_over_time({job=~".+"}[1m])) - min(count_over_time({job=~".+"}[1m]))', 9, {"": 5}),
        ('stddev(count_over_time({job=~".+"}[1m]))', 9, {"": 2.5}),
        ('count_over_time({job=~".+"}[1m]) > 5', 9, {"job=app": 10}),
        ('sum(count_over_time({job=~".+"}[1m])) > bool 100', 9, {"": 0}),
        ('2 * sum(count_over_time({job="app"}[1m])) ^ 2', 9, {"": 200}),
        ('sum(count_over_time({job="no"}[1m])) or vector(0)', 9, {"": 0}),
        ('count_over_time({job="app"}[1m]) and on() vector(1)', 9, {"job=app": 10}),
        ('count_over_time({job="app"}[1m]) unless on() vector(1)', 9, {}),
        ('count_over_time({job="app"}[1m]) / on() group_left() vector(4)', 9, {"job=app": 2.5}),
        ('absent_over_time({job="no", env=~"x"}[1m])', 9, {"job=no": 1}),
        ('absent_over_time({job="app"}[1m])', 9, {}),
        ('label_replace(count_over_time({job="app"}[1m]), "j", "<$1>", "job", "(.*)")', 9, {"j=<app>,job=app": 10}),
        ("vector(3)", 9, {"": 3}),
    ],
)
def test_values(query: str, at_s: float, expected: dict[str, float] | None) -> None:
    if expected is None:
        status, text = asked(store(), query, "query")
        assert (status, text) == (400, "parse error : grouping not allowed for sum_over_time aggregation")
        return
    assert values_of(store(), query, at_s) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("query", "order"), [("sort", [5.0, 10.0]), ("sort_desc", [10.0, 5.0]), ("approx_topk(9,", [10.0, 5.0])]
)
def test_order(query: str, order: list[float]) -> None:
    inner = 'count_over_time({job=~".+"}[1m])'
    found = values_of(store(), f"{query} {inner})" if "(" in query else f"{query}({inner})", 9)
    assert list(found.values()) == order


def test_a_number_alone_is_a_scalar() -> None:
    assert asked(store(), "1 + 2 * 3", "query")[1]["resultType"] == "scalar"
    assert asked(store(), "1 + 2 * 3", "query")[1]["result"][1] == "7"


def test_a_range_has_a_value_at_each_step_that_has_lines() -> None:
    _, data = asked(
        store(), 'sum(count_over_time({job="web"}[2s]))', start=str(BEGIN_NS), end=str(BEGIN_NS + 9 * SECOND), step="3"
    )
    assert data["result"] == [{"metric": {}, "values": [[1700000000, "1"], [1700000003, "2"]]}]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ('count_over_time({job="web"} | json [1m])', "JSONParserErr"),
        ('sum(sum_over_time({job="app"} | logfmt | unwrap host [1m]))', "SampleExtractionErr"),
    ],
)
def test_lines_with_errors_are_not_counted_in_silence(query: str, error: str) -> None:
    status, text = asked(store(), query, "query", time=str(BEGIN_NS + 9 * SECOND))
    assert status == 400
    assert text.startswith(f"pipeline error: '{error}' for series:")
    assert values_of(store(), query.replace(" [1m]", ' | __error__="" [1m]'), 9) == {}


def test_lines_without_what_is_unwrapped_are_left_out() -> None:
    assert values_of(store(), 'sum(sum_over_time({job=~".+"} | logfmt | unwrap n [1m]))', 9) == {"": 45}


def test_too_many_series_are_refused() -> None:
    many = store_of(*(f"n={number}" for number in range(501)))
    assert asked(many, 'count_over_time({job="app"} | logfmt [1h])', "query", time=str(BEGIN_NS + 600 * SECOND)) == (
        400,
        "maximum of series (500) reached for a single query",
    )
