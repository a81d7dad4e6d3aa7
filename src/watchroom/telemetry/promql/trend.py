"""Where the samples of each window lead to: a straight line through them, or smoothing that follows level and trend.

Source: Prometheus, "deriv()", "predict_linear()", "double_exponential_smoothing()" (`holt_winters` in Prometheus 2).
"""

import numpy as np

from watchroom.telemetry.promql.over_time import compensated
from watchroom.telemetry.promql.value import Indices, Mask, Windows
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.refusal import Unanswerable
from watchroom.telemetry.series import Values

Answer = tuple[Values, Mask]


def _line(window: Windows, origin_ms: Values | Indices, semantics: Semantics) -> tuple[Values, Values, Mask]:
    """Slope (per second) and value at the origin of the line with the least squares through each window.

    Through an infinite sample there is none; Prometheus 3 says so only where its sums come out as NaN.
    """
    present = window.counts >= 2
    shape = window.low.shape
    sums = {name: (np.zeros(shape), np.zeros(shape)) for name in ("x", "y", "xy", "xx")}
    constant = present.copy()
    begin = window.values[np.where(present, window.low, 0)] if window.values.size else np.zeros(shape)
    longest = int(window.counts.max(initial=0))
    for number in range(longest):
        place = window.low + number
        within = place < window.high
        place = np.where(within, place, 0)
        y = window.values[place]
        x = (window.times[place] - origin_ms) / 1000.0
        constant &= ~within | (y == begin)
        for name, more in (("x", x), ("y", y), ("xy", x * y), ("xx", x * x)):
            total, lost = sums[name]
            grown, missing = compensated(total, lost, more)
            sums[name] = np.where(within, grown, total), np.where(within, missing, lost)
    n = np.maximum(window.counts, 1).astype(np.float64)
    x, y, xy, xx = (total + lost for total, lost in sums.values())
    slope = (xy - x * y / n) / (xx - x * x / n)
    if semantics is Semantics.PROMETHEUS_2:
        slope = np.where(np.isinf(y), np.nan, slope)
    level = y / n - slope * x / n
    flat = np.where(np.isinf(begin), np.nan, 0.0)
    return np.where(constant, flat, slope), np.where(constant, begin + flat, level), present


def deriv(window: Windows, semantics: Semantics) -> Answer:
    with np.errstate(all="ignore"):
        start = window.times[np.where(window.counts > 0, window.low, 0)] if window.times.size else window.low
        slope, _, present = _line(window, start, semantics)
    return slope, present


def predict_linear(window: Windows, seconds: Values, semantics: Semantics) -> Answer:
    """The value that the line through each window has so many seconds after the step."""
    with np.errstate(all="ignore"):
        slope, level, present = _line(window, window.steps_ms, semantics)
        return slope * seconds + level, present


def double_exponential_smoothing(window: Windows, smoothing: Values, trend: Values) -> Answer:
    """Raises `Unanswerable` for factors that are not between 0 and 1."""
    for what, factor in (("smoothing", smoothing), ("trend", trend)):
        wrong = factor[~((factor > 0) & (factor < 1))]
        if wrong.size:
            raise Unanswerable(f"invalid {what} factor. Expected: 0 < {what[0]}f < 1, got: {wrong[0]:f}")
    present = window.counts >= 2
    shape = window.low.shape
    if not window.values.size:
        return np.zeros(shape), present
    safe = np.where(present, window.low, 0)
    level = window.values[safe]
    previous = np.zeros(shape)
    slope = window.values[np.where(present, window.low + 1, 0)] - level
    with np.errstate(all="ignore"):
        for number in range(1, int(window.counts.max(initial=0))):
            place = window.low + number
            within = (place < window.high) & present
            sample = window.values[np.where(within, place, 0)]
            if number > 1:
                slope = np.where(within, trend * (level - previous) + (1 - trend) * slope, slope)
            grown = smoothing * sample + (1 - smoothing) * (level + slope)
            previous, level = np.where(within, level, previous), np.where(within, grown, level)
    return level, present
