"""What the samples of each window come to: the functions named `…_over_time` and their kin.

Each takes `Windows` and answers values and where there are any, both of the shape (series, steps). Sums are
compensated (Neumaier), as Prometheus's are. Source: Prometheus, "Query functions".
"""

from collections.abc import Callable, Iterator

import numpy as np

from watchroom.telemetry.promql.value import Indices, Mask, Windows
from watchroom.telemetry.series import Values

Answer = tuple[Values, Mask]

CANCELLED = 1e3
"""Where the parts of a sum are that much larger than the sum, it is added again with compensation."""


def _by_place(window: Windows, low: Indices, high: Indices) -> Iterator[tuple[Mask, Indices]]:
    """The first sample of every window, then the second of each that has one, and so on."""
    longest = int((high - low).max(initial=0))
    for number in range(longest):
        place = low + number
        within = place < high
        yield within, np.where(within, place, 0)


def compensated(total: Values, lost: Values, more: Values) -> tuple[Values, Values]:
    """One step of Neumaier's summation: the new total, and what rounding has lost so far."""
    grown = total + more
    small = np.where(np.abs(total) >= np.abs(more), (total - grown) + more, (more - grown) + total)
    return grown, np.where(np.isinf(grown), 0.0, lost + small)


def _reduced(window: Windows, ufunc: np.ufunc, values: Values) -> Values:
    """A ufunc over the samples of each window that has any."""
    shape = window.low.shape
    answer = np.zeros(shape)
    filled = window.counts > 0
    if filled.any():
        borders = np.stack((window.low[filled], window.high[filled]), axis=1).ravel()
        answer[filled] = ufunc.reduceat(np.append(values, 0.0), borders)[::2]
    return answer


def _exact_sum(window: Windows, low: Indices, high: Indices) -> Values:
    total, lost = np.zeros(low.shape), np.zeros(low.shape)
    for within, place in _by_place(window, low, high):
        more = window.values[place]
        grown, missing = compensated(total, lost, more)
        total, lost = np.where(within, grown, total), np.where(within, missing, lost)
    return total + lost


def sums(window: Windows) -> Values:
    """The sum of each window, 0 where it is empty."""
    with np.errstate(all="ignore"):
        total = _reduced(window, np.add, window.values)
        size = _reduced(window, np.add, np.abs(window.values))
        doubtful = ~(size <= CANCELLED * np.abs(total))
        if doubtful.any():
            total[doubtful] = _exact_sum(window, window.low[doubtful], window.high[doubtful])
    return total


def sum_over_time(window: Windows) -> Answer:
    return sums(window), window.counts > 0


def count_over_time(window: Windows) -> Answer:
    return window.counts.astype(np.float64), window.counts > 0


def avg_over_time(window: Windows) -> Answer:
    counts = np.maximum(window.counts, 1)
    with np.errstate(all="ignore"):
        mean = sums(window) / counts
        over = np.isinf(mean)
        if over.any():
            mean[over] = _mean_step_by_step(window, window.low[over], window.high[over])
    return mean, window.counts > 0


def _mean_step_by_step(window: Windows, low: Indices, high: Indices) -> Values:
    """The mean of samples whose sum is too large to be held."""
    mean, lost = np.zeros(low.shape), np.zeros(low.shape)
    for number, (within, place) in enumerate(_by_place(window, low, high), start=1):
        more = window.values[place]
        same = np.isinf(mean) & ((mean == more) | np.isfinite(more))
        grown, missing = compensated(mean, lost, more / number - (mean + lost) / number)
        take = within & ~same
        mean, lost = np.where(take, grown, mean), np.where(take, missing, lost)
    return mean + lost


def max_over_time(window: Windows) -> Answer:
    return _reduced(window, np.fmax, window.values), window.counts > 0


def min_over_time(window: Windows) -> Answer:
    return _reduced(window, np.fmin, window.values), window.counts > 0


def _one(window: Windows, place: Indices) -> Answer:
    present = window.counts > 0
    if not window.values.size:
        return np.zeros(place.shape), present
    return window.values[np.where(present, place, 0)], present


def last_over_time(window: Windows) -> Answer:
    return _one(window, window.high - 1)


def first_over_time(window: Windows) -> Answer:
    return _one(window, window.low)


def present_over_time(window: Windows) -> Answer:
    return np.ones(window.low.shape), window.counts > 0


def stdvar_over_time(window: Windows) -> Answer:
    """The variance of the population, by Welford's method."""
    shape = window.low.shape
    mean, lost_mean, spread, lost_spread = (np.zeros(shape) for _ in range(4))
    with np.errstate(all="ignore"):
        for number, (within, place) in enumerate(_by_place(window, window.low, window.high), start=1):
            more = window.values[place]
            away = more - (mean + lost_mean)
            new_mean, new_lost_mean = compensated(mean, lost_mean, away / number)
            new_spread, new_lost_spread = compensated(spread, lost_spread, away * (more - (new_mean + new_lost_mean)))
            mean, lost_mean = np.where(within, new_mean, mean), np.where(within, new_lost_mean, lost_mean)
            spread, lost_spread = np.where(within, new_spread, spread), np.where(within, new_lost_spread, lost_spread)
        return (spread + lost_spread) / np.maximum(window.counts, 1), window.counts > 0


def stddev_over_time(window: Windows) -> Answer:
    variance, present = stdvar_over_time(window)
    return np.sqrt(variance), present


def _flagged(window: Windows, flags: Mask) -> Answer:
    """How many of a window's samples but the first have a flag."""
    before = np.concatenate(([0.0], np.cumsum(flags)))
    present = window.counts > 0
    upto = before[np.where(present, window.high - 1, 0)]
    return np.where(present, upto - before[np.where(present, window.low, 0)], 0.0), present


def changes(window: Windows) -> Answer:
    """How often the value changed; from NaN to NaN is no change."""
    before, after = window.values[:-1], window.values[1:]
    return _flagged(window, (after != before) & ~(np.isnan(after) & np.isnan(before)))


def resets(window: Windows) -> Answer:
    """How often a counter began anew."""
    return _flagged(window, window.values[1:] < window.values[:-1])


def _per_length(window: Windows, reduce: Callable[[Values, Indices, Indices], Values]) -> Answer:
    """A function of the samples as rows (windows, samples), called once for each length of window."""
    answer = np.zeros(window.low.shape)
    counts = window.counts
    for length in np.unique(counts[counts > 0]):
        rows, columns = np.nonzero(counts == length)
        samples = window.values[window.low[rows, columns][:, None] + np.arange(length)]
        answer[rows, columns] = reduce(samples, rows, columns)
    return answer, counts > 0


def sorted_nan_first(samples: Values) -> Values:
    """Each row in rising order, NaN before everything, as Prometheus sorts."""
    ordered = np.sort(samples, axis=1)
    missing = np.isnan(samples).sum(axis=1)
    if missing.any():
        length = samples.shape[1]
        places = (np.arange(length)[None, :] - missing[:, None]) % length
        ordered = np.take_along_axis(ordered, places, axis=1)
    return ordered


def quantiles(ordered: Values, quantile: Values) -> Values:
    """The quantile (one a row) of rows in order, between the two nearest ranks. Out of 0 to 1: infinite."""
    length = ordered.shape[1]
    with np.errstate(all="ignore"):
        rank = np.where(np.isnan(quantile), 0.0, np.clip(quantile, 0.0, 1.0)) * (length - 1)
        lower = np.maximum(np.floor(rank), 0).astype(np.int64)
        upper = np.minimum(lower + 1, length - 1)
        weight = (rank - np.floor(rank))[:, None]
        low, high = np.take_along_axis(ordered, lower[:, None], 1), np.take_along_axis(ordered, upper[:, None], 1)
        inside = (low * (1 - weight) + high * weight)[:, 0]
        inside = np.where(quantile < 0, -np.inf, np.where(quantile > 1, np.inf, inside))
        return np.where(np.isnan(quantile), np.nan, inside)


def quantile_over_time(window: Windows, quantile: Values) -> Answer:
    return _per_length(window, lambda rows, _, steps: quantiles(sorted_nan_first(rows), quantile[steps]))


def mad_over_time(window: Windows) -> Answer:
    """The median of the distances from the median."""

    def reduce(rows: Values, _: Indices, __: Indices) -> Values:
        half = np.full(rows.shape[0], 0.5)
        median = quantiles(sorted_nan_first(rows), half)
        apart: Values = np.abs(rows - median[:, None])
        return quantiles(sorted_nan_first(apart), half)

    return _per_length(window, reduce)


def time_of(window: Windows, choose: Callable[[Values], Indices]) -> Answer:
    """The time (s) of one sample of each window, which `choose` names by its place in each row."""

    def reduce(rows: Values, series: Indices, steps: Indices) -> Values:
        seconds: Values = window.times[window.low[series, steps] + choose(rows)] / 1000.0
        return seconds

    return _per_length(window, reduce)
