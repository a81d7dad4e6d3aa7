"""Every expression of public dashboards is understood, and answered over lines that have what it asks for."""

import json
import re
from functools import cache

import pytest

from tests.peers import require_exam
from tests.telemetry.log_lines import BEGIN_NS, SECOND, api_of
from watchroom.telemetry.logs import Line, LogStore

NOT_LOGQL = ("max_over_time", "min_over_time")
"""Two of the dashboards' expressions are a metric store's: Loki refuses them too, since nothing is unwrapped."""
_FIELDS = [
    "status",
    "request_time",
    "duration_ms",
    "input_tokens",
    "input_token_count",
    "reasoning_token_count",
    "cached_token_count",
]
_CONTRADICTION = re.compile(r'job=~?"(?!X").*job=~?"X"')
_EQUAL = re.compile(r'(\w+)\s*=~?\s*"([^"$]*)"')


@cache
def expressions() -> list[str]:
    lines = require_exam("logql/dashboards-logql.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted({json.loads(line)["resolved"] for line in lines})


def store() -> LogStore:
    """For each expression a stream that its selector chooses, with lines that its pipeline lets through."""
    made = LogStore()
    for expression in expressions():
        selector, _, pipeline = expression.partition("}")
        labels = dict(_EQUAL.findall(selector[selector.index("{") :]))
        labels = {name: value for name, value in labels.items() if not re.search(r"[*+|]", value)}
        wanted = {name: value for name, value in _EQUAL.findall(pipeline) if value}
        line = {
            "text": "X ERROR",
            "request_uri": "/a",
            "host": "h",
            "geoip_country_code": "DE",
            "http_referer": "else",
            **dict.fromkeys(_FIELDS, 200),
            **wanted,
        }
        metadata = tuple(sorted((name, str(value)) for name, value in line.items() if name not in labels))
        for number in range(20):
            at = BEGIN_NS + number * SECOND
            made.append(
                labels or {"job": "X"}, [Line(at, json.dumps(line), metadata if "json" not in pipeline else ())]
            )
    return made


def test_every_expression_of_the_dashboards_is_answered() -> None:
    api, empty = api_of(store()), []
    for expression in expressions():
        answer = api.answer("query_range", {"query": [expression], "step": ["5"]})
        if any(name in expression for name in NOT_LOGQL):
            assert (answer.status, b"without unwrap" in answer.body) == (400, True), expression
            continue
        assert answer.status == 200, f"{expression}: {answer.body.decode()}"
        if not json.loads(answer.body)["data"]["result"]:
            empty.append(expression)
    assert [each for each in empty if "or vector(0)" in each] == []
    # A variable that stands for X contradicts a name that is given beside it, and no stream has a metric's name.
    assert [each for each in empty if "__name__" not in each and not _CONTRADICTION.search(each)] == []


@pytest.mark.parametrize("path", ["query", "query_range"])
def test_no_feature_of_the_dashboards_is_called_unsupported(path: str) -> None:
    api = api_of(store())
    for expression in expressions():
        answer = api.answer(path, {"query": [expression]})
        assert answer.status < 500, expression
        assert b"unsupported" not in answer.body, expression
        assert b"syntax error" not in answer.body, expression
