"""How fast something changes in each window: rate, increase, delta and their kin over the last two samples.

Source: Prometheus, "rate()": a counter that falls has begun anew, and the change that was seen is extended to the
borders of the window, at most by half an interval where the series seems to begin or end inside it.
"""

import numpy as np

from watchroom.telemetry.promql.value import Indices, Mask, Windows
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.series import Times, Values

Answer = tuple[Values, Mask]


def _at(flat: Values | Times, place: Indices, present: Mask) -> Values:
    if not flat.size:
        return np.zeros(place.shape)
    chosen: Values = flat[np.where(present, place, 0)].astype(np.float64, copy=False)
    return chosen


def _rows(window: Windows, place: Indices, present: Mask) -> Values:
    """The samples at a place of each window. Where all series share their times, places are looked up only once."""
    if not window.in_step:
        return _at(window.values, place, present)
    matrix = window.values.reshape(len(window.labels), -1)
    chosen: Values = matrix.take(np.where(present, place, 0)[0], axis=1)
    return chosen


def _resets(window: Windows, present: Mask) -> Values:
    """What a counter had reached before each of its new beginnings inside a window, added up."""
    before, after = window.values[:-1], window.values[1:]
    fell = after < before
    fell[window.firsts[1:] - 1] = False
    if not fell.any():
        return np.zeros(window.low.shape)
    so_far = np.concatenate(([0], np.cumsum(fell)))
    within = np.zeros(window.low.shape, dtype=bool)
    within[present] = so_far[window.high[present] - 1] > so_far[window.low[present]]
    total = np.zeros(window.low.shape)
    if within.any():
        # Added up for each window by itself: a difference of running sums would not be exact.
        lost = np.concatenate(([0.0], np.where(fell, before, 0.0), [0.0]))
        borders = np.stack((window.low[within] + 1, window.high[within]), axis=1).ravel()
        total[within] = np.add.reduceat(lost, borders)[::2]
    return total


def extrapolated(window: Windows, semantics: Semantics, *, counter: bool, per_second: bool) -> Answer:
    """rate (counter, per second), increase (counter), delta (neither)."""
    low, high = (window.low[:1], window.high[:1]) if window.in_step else (window.low, window.high)
    counts = high - low
    present = counts >= 2
    first, last = _rows(window, low, present), _rows(window, high - 1, present)
    # Milliseconds are whole numbers, so that their differences are exact; seconds since 1970 are not.
    begins, ends = _at(window.times, low, present), _at(window.times, high - 1, present)
    change = last - first
    if counter and window.values.size > 1:
        change = change + _resets(window, np.broadcast_to(present, window.low.shape))
    to_end = (window.ends_ms - ends) / 1000.0
    to_start = (begins - (window.ends_ms - window.range_ms)) / 1000.0
    sampled = (ends - begins) / 1000.0
    between = sampled / np.maximum(counts - 1, 1)
    threshold = between * 1.1
    half = between / 2
    with np.errstate(all="ignore"):
        to_zero = np.where((change > 0) & (first >= 0), sampled * (first / change), np.inf) if counter else np.inf
    if semantics is Semantics.PROMETHEUS_3:
        to_start = np.minimum(np.where(to_start >= threshold, half, to_start), to_zero)
    else:
        to_start = np.minimum(to_start, to_zero)
        to_start = np.where(to_start < threshold, to_start, half)
    to_end = np.where(to_end >= threshold, half, to_end)
    with np.errstate(all="ignore"):
        factor = (sampled + to_start + to_end) / sampled
        if per_second:
            factor = factor / (window.range_ms / 1000.0)
        return change * factor, np.broadcast_to(present, window.low.shape).copy()


def last_two(window: Windows, *, counter: bool, per_second: bool) -> Answer:
    """irate (counter, per second) and idelta (neither)."""
    low, high = (window.low[:1], window.high[:1]) if window.in_step else (window.low, window.high)
    present = high - low >= 2
    last, before = _rows(window, high - 1, present), _rows(window, high - 2, present)
    change = np.where(last < before, last, last - before) if counter else last - before
    if per_second:
        apart = _at(window.times, high - 1, present) - _at(window.times, high - 2, present)
        present = present & (apart > 0)
        with np.errstate(all="ignore"):
            change = change / (apart / 1000.0)
    return change, np.broadcast_to(present, window.low.shape).copy()
