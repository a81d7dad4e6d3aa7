"""What the samples of each window come to: rate, count_over_time and their kin, by PromQL's own arithmetic.

Source: Grafana Loki, "Range Vector aggregation".
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from watchroom.telemetry.promql import over_time
from watchroom.telemetry.promql.rate import extrapolated
from watchroom.telemetry.promql.value import Mask, Vector, Windows
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.series import Values

Answer = tuple[Values, Mask]
_NS_IN_MS = 1_000_000


def _per_second(window: Windows) -> Answer:
    values, present = over_time.sum_over_time(window)
    return values / (window.range_ms / 1e9), present


def _counter_rate(window: Windows) -> Answer:
    """PromQL's rate, which reckons in milliseconds. Times are kept whole: a fraction of one changes no rate seen."""
    in_ms = replace(
        window,
        times=window.times // _NS_IN_MS,
        ends_ms=window.ends_ms // _NS_IN_MS,
        steps_ms=window.steps_ms // _NS_IN_MS,
        range_ms=window.range_ms // _NS_IN_MS,
    )
    return extrapolated(in_ms, Semantics.PROMETHEUS_3, counter=True, per_second=True)


_FUNCTIONS: Mapping[str, Callable[[Windows], Answer]] = {
    "count_over_time": over_time.count_over_time,
    "rate": _per_second,
    "rate_counter": _counter_rate,
    "bytes_over_time": over_time.sum_over_time,
    "bytes_rate": _per_second,
    "sum_over_time": over_time.sum_over_time,
    "avg_over_time": over_time.avg_over_time,
    "min_over_time": over_time.min_over_time,
    "max_over_time": over_time.max_over_time,
    "first_over_time": over_time.first_over_time,
    "last_over_time": over_time.last_over_time,
    "stdvar_over_time": over_time.stdvar_over_time,
    "stddev_over_time": over_time.stddev_over_time,
}


def reduced(operator: str, window: Windows, parameter: float | None) -> Vector:
    """One value for each series and step that has samples in its window. Times of the window are nanoseconds."""
    if operator == "quantile_over_time":
        wanted = np.full(window.ends_ms.size, np.nan if parameter is None else parameter)
        values, present = over_time.quantile_over_time(window, wanted)
    else:
        values, present = _FUNCTIONS[operator](window)
    return Vector(list(window.labels), values, present)
