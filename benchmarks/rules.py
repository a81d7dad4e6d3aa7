"""How long 100 rules take to be evaluated at one time of the grid they share.

`python -m benchmarks rules [--rounds N]`. 900 series (30 services, 10 instances, 3 codes) of an hour at 15 s; 50
recording rules and 50 alerts over rates, ratios and sums of them, as teams write them: many say the same part.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np

from watchroom.telemetry.labels import labels_of
from watchroom.telemetry.rules.book import Book
from watchroom.telemetry.rules.rule_file import read_rules
from watchroom.telemetry.series import Recorded, Series

STEP_MS = 15_000
BEGIN_MS = 1_700_000_100_000 // STEP_MS * STEP_MS


def made(steps: int) -> list[Series]:
    """Counters of requests."""
    dice = np.random.default_rng(7)
    times = np.arange(steps, dtype=np.int64) * STEP_MS + BEGIN_MS
    return [
        Series(
            labels_of({"__name__": "requests_total", "job": f"s{service}", "instance": f"i{instance}", "code": code}),
            times,
            np.cumsum(dice.random(steps) * 10),
        )
        for service in range(30)
        for instance in range(10)
        for code in ("200", "404", "500")
    ]


def rule_file() -> str:
    """100 rules in one group."""
    rate = "sum by (job) (rate(requests_total[5m]))"
    errors = 'sum by (job) (rate(requests_total{code="500"}[5m]))'
    lines = ["groups:", "- name: bench", "  interval: 15s", "  rules:"]
    for number in range(50):
        lines.append(f"  - {{record: 'bench:ratio{number}', expr: '{errors} / {rate} * {number + 1}'}}")
        lines.append(
            f"  - {{alert: Ratio{number}, for: 5m, labels: {{severity: page}}, annotations: "
            f"{{summary: '{{{{ $labels.job }}}} {{{{ $value | humanize }}}}'}}, "
            f"expr: '{errors} / {rate} > {0.3 + number / 25}'}}"
        )
    return "\n".join(lines) + "\n"


def main(options: Sequence[str] | None = None) -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(prog="benchmarks rules", description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    given = parser.parse_args(options)
    steps = 240
    series = made(steps + given.rounds)
    book = Book(read_rules(rule_file(), "bench.yml"), Recorded(series), time.perf_counter)
    took_ms = []
    alerts = 0
    for turn in range(given.rounds):
        began_s = time.perf_counter()
        alerts = len(book.turn(BEGIN_MS + (steps + turn) * STEP_MS))
        took_ms.append((time.perf_counter() - began_s) * 1000)
    assert not book.errors(), book.errors()
    took_ms.sort()
    print(
        f"100 rules over {len(series)} series, {alerts} alerts told: median {statistics.median(took_ms):.1f} ms, "
        f"p90 {took_ms[len(took_ms) * 9 // 10]:.1f} ms, best {took_ms[0]:.1f} ms"
    )


if __name__ == "__main__":
    main()
