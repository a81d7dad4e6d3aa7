"""Twenty range queries of a dashboard, two hours at 15 s over 900 series, against a real Prometheus on the same data.

`python -m benchmarks telemetry`. Both answer over HTTP on keep-alive connections, packed with gzip as Grafana and
promtool ask for (`--plain`: not packed). Answers are compared before anything is timed. Each round asks every query of
one and at once of the other. The queries are of the kinds that public dashboards have most, with the share that each
kind has among the expressions of 700 of them.
"""

import argparse
import http.client
import json
import math
import random
import statistics
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.programs import HOST, prometheus, telemetry

BEGIN_S = 1_700_000_000
SPAN_S = 2 * 3600
STEP_S = 15
SERIES = 900

QUERIES = (
    # a selector alone: 13 %
    "node_load1",
    'container_memory_rss{namespace=~"n1|n2"}',
    # rate: 10 %, irate: 6 %
    "rate(http_requests_total[5m])",
    'irate(node_cpu_seconds_total{mode="user"}[5m])',
    "rate(http_requests_total[5m]) * 60",
    # sum by of a rate: 7 %, sum of a rate: 2 %
    "sum by (code) (rate(http_requests_total[5m]))",
    "sum(rate(http_requests_total[5m]))",
    'sum by (instance) (rate(node_cpu_seconds_total{mode!="idle"}[5m]))',
    # sum by, sum, avg by, max by of a selector: 11 %
    "sum by (pod) (container_memory_rss)",
    "sum(container_memory_rss)",
    "avg by (namespace) (container_memory_rss)",
    "sum(max by (namespace, pod, container) (container_memory_rss)) by (namespace)",
    # quantiles of a histogram: 8 %
    "histogram_quantile(0.99, sum by (le) (rate(request_duration_seconds_bucket[5m])))",
    "histogram_quantile(0.5, sum by (instance, le) (rate(request_duration_seconds_bucket[5m]))) * 1e3",
    # one rate over another: 2 %
    (
        'sum by (instance) (rate(http_requests_total{code=~"5.."}[5m]))'
        " / sum by (instance) (rate(http_requests_total[5m]))"
    ),
    # increase: 2 %
    "sum by (code) (round(increase(http_requests_total[5m])))",
    # over time, and the rest that a dashboard has here and there
    "max_over_time(node_load1[10m])",
    "topk(5, container_memory_rss)",
    'node_load1 / on (instance) group_left () count by (instance) (node_cpu_seconds_total{mode="idle"})',
    "quantile_over_time(0.95, node_load1[30m])",
)


def series(dice: random.Random) -> Iterator[tuple[str, list[float]]]:
    """The 900 series: 200 + 100 counters, 300 buckets, 200 + 100 gauges."""
    steps = SPAN_S // STEP_S + 1

    def counter(pace: float) -> list[float]:
        total, values = 0.0, []
        for _ in range(steps):
            total += dice.random() * pace
            values.append(round(total, 3))
        return values

    def gauge(middle: float) -> list[float]:
        return [round(middle * (1 + 0.2 * math.sin(step / 40) + 0.1 * dice.random()), 2) for step in range(steps)]

    for number in range(200):
        code, method = (200, 204, 404, 500, 503)[number // 20 % 5], "GP"[number // 100]
        labels = f'job="api",instance="i{number % 20}",code="{code}",method="{method}"'
        yield f"http_requests_total{{{labels}}}", counter(50)
    for number in range(100):
        mode = ("user", "system", "idle", "iowait", "steal")[number // 20]
        yield f'node_cpu_seconds_total{{instance="i{number % 20}",mode="{mode}"}}', counter(15)
    bounds = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf")
    for instance in range(25):
        observed = counter(200)
        for place, bound in enumerate(bounds, start=1):
            labels = f'job="api",instance="i{instance}",le="{bound}"'
            yield f"request_duration_seconds_bucket{{{labels}}}", [math.floor(each * place / 12) for each in observed]
    for number in range(200):
        labels = f'namespace="n{number % 4}",pod="p{number // 2}",container="c{number % 2}"'
        yield f"container_memory_rss{{{labels}}}", [float(round(each)) for each in gauge(5e8)]
    for number in range(100):
        yield f'node_load1{{instance="i{number}"}}', gauge(4)


def write(path: Path) -> None:
    """The series as OpenMetrics text."""
    with path.open("w", encoding="utf-8") as file:
        made = list(series(random.Random(7)))
        assert len(made) == SERIES
        for name, values in made:
            for place, value in enumerate(values):
                file.write(f"{name} {value} {BEGIN_S + place * STEP_S}\n")
        file.write("# EOF\n")


class Asking:
    """A keep-alive connection to one of the two."""

    def __init__(self, port: int, prefix: str, *, packed: bool) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self._prefix = prefix
        self._headers = {"Accept-Encoding": "gzip" if packed else "identity"}

    def ask(self, query: str) -> tuple[float, bytes]:
        """Seconds to the last byte, and the body as it came."""
        grid = {"query": query, "start": BEGIN_S, "end": BEGIN_S + SPAN_S, "step": STEP_S}
        path = f"{self._prefix}/api/v1/query_range?{urlencode(grid)}"
        began_s = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        took_s = time.perf_counter() - began_s
        if response.getheader("Content-Encoding") == "gzip":
            body = zlib.decompress(body, 31)
        if response.status != 200:
            raise SystemExit(f"{query}: {response.status} {body[:300]!r}")
        return took_s, body


def differs(one: bytes, other: bytes) -> str | None:
    """What is not the same in two answers, but for rounding."""

    def series_of(body: bytes) -> dict[str, Any]:
        return {
            json.dumps(each["metric"], sort_keys=True): each["values"] for each in json.loads(body)["data"]["result"]
        }

    first, second = series_of(one), series_of(other)
    if first.keys() != second.keys():
        return f"{len(first)} and {len(second)} series"
    for name, values in first.items():
        if [at for at, _ in values] != [at for at, _ in second[name]]:
            return f"{name}: other times"
        for (at, a), (_, b) in zip(values, second[name], strict=True):
            if a != b and not math.isclose(float(a), float(b), rel_tol=1e-9) and not a == b == "NaN":
                return f"{name} at {at}: {a} and {b}"
    return None


def main(options: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks telemetry")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--plain", action="store_true", help="answers that are not packed")
    asked = parser.parse_args(options)
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "telemetry.om"
        write(text)
        with prometheus(Path(folder), text) as their, telemetry(text) as our:
            theirs = Asking(their.port, "", packed=not asked.plain)
            mine = Asking(our.port, "/prometheus", packed=not asked.plain)
            ratios, faults = compare(mine, theirs, asked.rounds)
    for fault in faults:
        print(f"DIFFERS: {fault}")
    print(f"median {statistics.median(ratios):.2f} times faster, least {min(ratios):.2f}, most {max(ratios):.2f}")


def compare(mine: Asking, theirs: Asking, rounds: int) -> tuple[list[float], list[str]]:
    """How many times faster we are at each query, and which answers are not the same."""
    faults = [
        f"{query}: {says}"
        for query in QUERIES
        if (says := differs(theirs.ask(query)[1], mine.ask(query)[1])) is not None
    ]
    took: dict[str, list[tuple[float, float]]] = {query: [] for query in QUERIES}
    for _ in range(rounds):
        for query in QUERIES:
            took[query].append((mine.ask(query)[0], theirs.ask(query)[0]))
    ratios = []
    for query, pairs in took.items():
        own_s, their_s = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratios.append(their_s / own_s)
        print(f"{own_s * 1000:8.1f} ms {their_s * 1000:8.1f} ms  {their_s / own_s:5.2f}  {query}")
    return ratios, faults
