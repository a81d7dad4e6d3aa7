"""Series with everything in them that real ones have: resets, gaps, ends, NaN, infinities, histograms, changing labels.

Made from a fixed seed: the same in each run. Read by the tests of PromQL and, as OpenMetrics text, by a real Prometheus.
"""

import math
from collections.abc import Iterable

import numpy as np

from watchroom.telemetry.labels import NAME, labels_of
from watchroom.telemetry.series import Series

BEGIN_S = 1_700_000_000
"""When the first sample was taken: 2023-11-14T22:13:20Z."""
SPAN_S = 3 * 3600
SEED = 7


def made() -> list[Series]:
    """About sixty series of three hours, a sample each 15 s."""
    dice = np.random.default_rng(SEED)
    times = (np.arange(0, SPAN_S, 15) + BEGIN_S) * 1000
    series = []

    def add(name: str, labels: dict[str, str], at: Iterable[int], values: Iterable[float]) -> None:
        series.append(
            Series(labels_of({NAME: name, **labels}), np.array(at, dtype=np.int64), np.array(values, dtype=np.float64))
        )

    for number in range(30):
        counter = np.cumsum(dice.random(times.size) * (number + 1))
        there = np.ones(times.size, dtype=bool)
        if number % 7 == 3:
            counter[300:] -= counter[300]
        if number % 5 == 2:
            there[200:260] = False
        if number % 11 == 4:
            there[:350] = False
        labels = {"job": f"j{number % 3}", "instance": f"i{number // 3 % 5}", "code": str(200 + 100 * (number // 15))}
        add("http_requests_total", labels, times[there], counter[there])
    for number in range(6):
        gauge = np.round(dice.normal(50, 20, times.size), 3)
        if number == 5:
            gauge[100:110], gauge[200], gauge[300] = math.nan, math.inf, -math.inf
        add("temperature", {"room": f"r{number}", "site": "ab"[number % 2]}, times + number * 1000, gauge)
    for service in range(3):
        observed = np.cumsum(dice.random(times.size))
        for bound, share in (("0.1", 0.2), ("0.5", 0.5), ("1", 0.9), ("5", 0.97), ("+Inf", 1.0)):
            add("latency_bucket", {"svc": f"s{service}", "le": bound}, times, np.floor(observed * share * 10))
    for number in range(3):
        add("info", {"job": f"j{number}", "version": f"v{number}"}, times, np.ones(times.size))
    for number in range(4):
        at = times[number * 100 : number * 100 + 350]
        add("kube_pod", {"node": f"n{number % 2}", "pod": f"p{number}"}, at, np.full(350, float(number)))
    return series


def openmetrics(series: Iterable[Series]) -> str:
    """The series as text with times, as `promtool tsdb create-blocks-from openmetrics` reads it."""
    lines = []
    for each in series:
        labels = dict(each.labels)
        name = labels.pop(NAME)
        inside = ",".join(f'{label}="{value}"' for label, value in labels.items())
        for at, value in zip(each.times.tolist(), each.values.tolist(), strict=True):
            text = "NaN" if math.isnan(value) else repr(value).replace("inf", "Inf")
            lines.append(f"{name}{{{inside}}} {text} {at / 1000}\n")
    return "".join(lines) + "# EOF\n"
