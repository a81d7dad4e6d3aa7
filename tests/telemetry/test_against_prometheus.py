"""Our answers against those of a real Prometheus 2.42 on the same samples: same series, values, status and kind of error."""

import json
import time
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.telemetry.answers import difference
from tests.telemetry.grammar import expressions
from tests.telemetry.samples import BEGIN_S, made
from watchroom.telemetry.prometheus_api import PrometheusApi
from watchroom.telemetry.promql.engine import Engine, Settings
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.series import Recorded

QUESTIONS = [
    line
    for line in (Path(__file__).parent / "questions.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
RANGE = {"start": f"{BEGIN_S + 600}.357", "end": str(BEGIN_S + 10_000), "step": "37"}
ONCE = {"time": f"{BEGIN_S + 5000}.123"}
ASKED_AT_MOST = 10


@pytest.fixture(scope="module")
def ours() -> PrometheusApi:
    source = Recorded(made())
    engine = Engine(source, time.monotonic, Settings(semantics=Semantics.PROMETHEUS_2))
    return PrometheusApi(source, engine, lambda: BEGIN_S * 1000)


def asked(real: httpx.Client, ours: PrometheusApi, path: str, parameters: dict[str, str]) -> str | None:
    """What differs between the two answers."""
    theirs = real.post(path, data=parameters)
    answer = ours.answer(path, {name: [value] for name, value in parameters.items()})
    if theirs.status_code != answer.status:
        return f"status {theirs.status_code} {theirs.text[:300]}, here {answer.status} {answer.body[:300]!r}"
    return difference(theirs.json(), json.loads(answer.body))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_listed_questions_have_the_same_answers(real: httpx.Client, ours: PrometheusApi, question: str) -> None:
    assert asked(real, ours, "query_range", {"query": question, **RANGE}) is None
    assert asked(real, ours, "query", {"query": question, **ONCE}) is None


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=expressions(), at=st.integers(BEGIN_S - 600, BEGIN_S + 11_400))
def test_whatever_the_grammar_makes_has_the_same_answer(
    real: httpx.Client, ours: PrometheusApi, question: str, at: int
) -> None:
    same_for(real, ours, question, at)


@pytest.mark.soak
@settings(max_examples=5000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=expressions(), at=st.integers(BEGIN_S - 600, BEGIN_S + 11_400))
def test_however_long_the_grammar_goes_on(real: httpx.Client, ours: PrometheusApi, question: str, at: int) -> None:
    same_for(real, ours, question, at)


def same_for(real: httpx.Client, ours: PrometheusApi, question: str, at: int) -> None:
    """One question, as a short range and at one time."""
    grid = {"start": str(at), "end": str(at + 1800), "step": "61"}
    assert asked_again(real, ours, "query_range", {"query": question, **grid}) is None
    assert asked_again(real, ours, "query", {"query": question, "time": str(at)}) is None


def asked_again(real: httpx.Client, ours: PrometheusApi, path: str, parameters: dict[str, str]) -> str | None:
    """What differs from each of several answers; None where ours is one that the real one gives too.

    It adds up the same series in another order each time, so that a comparison of two sums may go either way.
    """
    found = None
    for _ in range(ASKED_AT_MOST):
        found = asked(real, ours, path, parameters)
        if found is None:
            return None
    return found


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("query", {"query": "up", "time": "yesterday"}),
        ("query", {"query": ""}),
        ("query", {"query": "up", "timeout": "x"}),
        ("query_range", {"query": "up", "start": "1", "end": "0", "step": "1"}),
        ("query_range", {"query": "up", "start": "0", "end": "1", "step": "0"}),
        ("query_range", {"query": "up", "start": "0", "end": "1", "step": "-1"}),
        ("query_range", {"query": "up", "start": "0", "end": "1"}),
        ("query_range", {"query": "up", "start": "0", "end": "100000", "step": "1"}),
        ("query_range", {"query": '"text"', "start": "0", "end": "1", "step": "1"}),
        ("query_range", {"query": "up[5m]", "start": "0", "end": "1", "step": "1"}),
        ("series", {}),
        ("series", {"match[]": "rate(x[5m])"}),
        ("series", {"match[]": 'temperature{room=~"r[0-2]"}'}),
        ("labels", {}),
        ("labels", {"match[]": "kube_pod"}),
        ("labels", {"match[]": "{"}),
        ("format_query", {"query": "sum(rate(x{a='b'}[5m]))by(c)"}),
        ("format_query", {"query": "sum("}),
    ],
)
def test_the_other_questions_have_the_same_answers(
    real: httpx.Client, ours: PrometheusApi, path: str, parameters: dict[str, str]
) -> None:
    assert asked(real, ours, path, parameters) is None


@pytest.mark.parametrize(
    "path", ["label/job/values", "label/nothing/values", "label/__name__/values", "label/a-b/values"]
)
def test_values_of_labels_are_the_same(real: httpx.Client, ours: PrometheusApi, path: str) -> None:
    theirs, answer = real.get(path), ours.answer(path, {})
    assert (theirs.status_code, difference(theirs.json(), json.loads(answer.body))) == (answer.status, None)
