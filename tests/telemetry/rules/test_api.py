"""`/api/v1/rules` and `/api/v1/alerts`: the same as a real Prometheus's for the same rule files."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peer_alerting import Peer
from tests.peers import require_peer
from watchroom.telemetry.prometheus_api import PrometheusApi
from watchroom.telemetry.promql.printing import exponential
from watchroom.telemetry.rules.book import Book
from watchroom.telemetry.rules.rule_file import read_rules
from watchroom.telemetry.series import Recorded

FILES = Path(__file__).parent / "files"
# An hour is longer than the test, and the first evaluation is somewhere within it: until then all is as it began.
RULES = """
groups:
  - name: one
    interval: 1h
    limit: 7
    rules:
      - alert: Down
        expr: up==0
        for: 1m30s
        labels: {severity: page}
        annotations: {summary: "{{ $labels.instance }} is down"}
      - alert: Bare
        expr: absent(up)
  - name: two
    interval: 2h
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels: {team: core}
      - {record: 'a:b', expr: up}
"""


@pytest.fixture
def real(tmp_path: Path) -> Iterator[httpx.Client]:
    """A real Prometheus that has these rules."""
    (tmp_path / "rules.yml").write_text(RULES, encoding="utf-8")
    config = tmp_path / "prometheus.yml"
    config.write_text("rule_files: [rules.yml]\n", encoding="utf-8")
    require_peer("prometheus")

    def arguments(port: int) -> list[str]:
        return [
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
        ]

    with (
        Peer("prometheus", tmp_path, arguments) as peer,
        httpx.Client(base_url=f"{peer.url}/api/v1/", trust_env=False, timeout=60) as client,
    ):
        yield client


def plain(group: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from place to place: where the file is. Expressions are compared by their own words."""
    rules = [each | {"query": "".join(each["query"].split())} for each in group["rules"]]
    return group | {"file": "", "rules": rules}


def test_rules_are_shown_as_a_real_prometheus_shows_them(real: httpx.Client) -> None:
    source = Recorded([])
    book = Book(read_rules(RULES, "rules.yml"), source, lambda: 0.0)
    api = PrometheusApi(book.source, book.engine, lambda: 0, book)
    theirs, ours = real.get("rules").json(), json.loads(api.answer("rules", {}).body)
    assert [plain(each) for each in ours["data"]["groups"]] == [plain(each) for each in theirs["data"]["groups"]]
    assert json.loads(api.answer("alerts", {}).body) == real.get("alerts").json()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0e+00"),
        (-12345.678, "-1.2345678e+04"),
        (1e-7, "1e-07"),
        (1e21, "1e+21"),
        (math.inf, "+Inf"),
        (0.5, "5e-01"),
    ],
)
def test_the_value_of_an_alert_has_an_exponent(value: float, text: str) -> None:
    assert exponential(value) == text


def test_an_alert_has_what_the_api_tells_of_it() -> None:
    book = Book(read_rules(RULES, "rules.yml"), Recorded([]), lambda: 0.0)
    api = PrometheusApi(book.source, book.engine, lambda: 0, book)
    book.turn(3_600_000)
    assert json.loads(api.answer("alerts", {}).body)["data"]["alerts"] == [
        {
            "labels": {"alertname": "Bare"},
            "annotations": {},
            "state": "firing",
            "activeAt": "1970-01-01T01:00:00Z",
            "value": "1e+00",
        }
    ]
    answer = api.answer("query", {"query": ["ALERTS"], "time": ["3600"]})
    (alert,) = json.loads(answer.body)["data"]["result"]
    assert alert["metric"] == {"__name__": "ALERTS", "alertname": "Bare", "alertstate": "firing"}
