"""Classic histograms: counters of observations at most `le`, read back as quantiles and shares.

Source: Prometheus, "histogram_quantile()", "histogram_fraction()": linear inside a bucket, the lowest bucket from 0
unless its bound is not positive, the highest without an end.
"""

from collections.abc import Callable

import numpy as np

from watchroom.telemetry.labels import NAME, Labels, drop, value_of
from watchroom.telemetry.promql.value import Indices, Mask, Vector
from watchroom.telemetry.series import Values

_APART = frozenset((NAME, "le"))
TOLERANCE = 1e-12
"""A bucket that much smaller, relatively, than the one below it is taken for the work of rounding."""

_PerStep = Callable[[Values, Values, Values], Values | None]


def _bound(labels: Labels) -> float | None:
    try:
        return float(value_of(labels, "le").replace("_", "x"))
    except ValueError:
        return None


def of_buckets(buckets: Vector, parameters: Values, answer: _PerStep) -> Vector:
    """`answer(bounds, counts, parameters)` for each histogram at the steps where it has buckets.

    `bounds` has the shape (buckets,), `counts` (buckets, steps), `parameters` (steps,) or (2, steps).
    """
    groups: dict[Labels, list[tuple[float, int]]] = {}
    for row, labels in enumerate(buckets.labels):
        bound = _bound(labels)
        if bound is not None:
            groups.setdefault(drop(labels, _APART), []).append((bound, row))
    steps = buckets.values.shape[1]
    values, present = np.zeros((len(groups), steps)), np.zeros((len(groups), steps), dtype=bool)
    for number, members in enumerate(groups.values()):
        members.sort()
        rows = np.array([row for _, row in members])
        bounds = np.array([bound for bound, _ in members])
        there = buckets.present[rows]
        for pattern, columns in _patterns(there):
            if pattern.any():
                counts = buckets.values[np.ix_(rows[pattern], columns)]
                merged_bounds, merged_counts = _coalesced(bounds[pattern], counts)
                _make_monotonic(merged_counts)
                with np.errstate(all="ignore"):
                    told = answer(merged_bounds, merged_counts, parameters[..., columns])
                if told is not None:
                    values[number, columns] = told
                    present[number, columns] = True
    return Vector(list(groups), values, present)


def _patterns(there: Mask) -> list[tuple[Mask, Indices]]:
    """Which buckets are there, and at which steps just these are."""
    if there.all():
        return [(np.ones(there.shape[0], dtype=bool), np.arange(there.shape[1]))]
    kinds, which = np.unique(there, axis=1, return_inverse=True)
    return [(kinds[:, kind], np.flatnonzero(which.ravel() == kind)) for kind in range(kinds.shape[1])]


def _coalesced(bounds: Values, counts: Values) -> tuple[Values, Values]:
    """Buckets of the same bound as one."""
    kept = np.concatenate(([True], bounds[1:] != bounds[:-1]))
    if kept.all():
        return bounds, counts.copy()
    return bounds[kept], np.add.reduceat(counts, np.flatnonzero(kept), axis=0)


def _make_monotonic(counts: Values) -> None:
    """Raise each bucket to the largest below it; one that is NaN stays so and hides none of those."""
    largest = counts[0].copy()
    for here in counts[1:]:
        np.copyto(largest, here, where=here > largest)
        np.copyto(here, largest, where=here < largest)


def quantile(bounds: Values, counts: Values, wanted: Values) -> Values:
    """The observation below which the wanted share lies, at each step."""
    steps = counts.shape[1]
    outside = np.where(wanted < 0, -np.inf, np.where(wanted > 1, np.inf, np.nan))
    if bounds[-1] != np.inf or bounds.size < 2:
        return np.where((wanted < 0) | (wanted > 1), outside, np.nan)
    observations = counts[-1]
    rank = wanted * observations
    # Buckets that are not known to hold the rank: with a total that is NaN, all but the last.
    bucket = np.minimum((~(counts[:-1] >= rank)).sum(axis=0), bounds.size - 1)
    column = np.arange(steps)
    below = np.maximum(bucket - 1, 0)
    start = np.where(bucket > 0, bounds[below], 0.0)
    already = np.where(bucket > 0, counts[below, column], 0.0)
    inside = counts[bucket, column] - already
    value = start + (bounds[bucket] - start) * ((rank - already) / inside)
    value = np.where((bucket == 0) & (bounds[0] <= 0), bounds[0], value)
    value = np.where(bucket == bounds.size - 1, bounds[-2], value)
    value = np.where(observations == 0, np.nan, value)
    return np.where((wanted < 0) | (wanted > 1) | np.isnan(wanted), outside, value)


def fraction(bounds: Values, counts: Values, borders: Values) -> Values | None:
    """The share of observations between two borders: `borders` has the shape (2, steps). None without a total."""
    if bounds[-1] != np.inf:
        return None
    if bounds.size < 2:
        return np.full(counts.shape[1], np.nan)
    total = counts[-1]
    lower, upper = borders
    share = np.clip((_rank(bounds, counts, upper) - _rank(bounds, counts, lower)) / total, 0.0, 1.0)
    share = np.where(lower >= upper, 0.0, share)
    return np.where((total == 0) | np.isnan(total) | np.isnan(lower) | np.isnan(upper), np.nan, share)


def _rank(bounds: Values, counts: Values, border: Values) -> Values:
    """How many observations are at most the border, linear inside a bucket."""
    column = np.arange(counts.shape[1])
    bucket = np.minimum(np.searchsorted(bounds, border, side="left"), bounds.size - 1)
    below = np.maximum(bucket - 1, 0)
    start = np.where(bucket > 0, bounds[below], np.where(bounds[0] > 0, 0.0, -np.inf))
    already = np.where(bucket > 0, counts[below, column], 0.0)
    part = np.where(np.isinf(start) | np.isinf(bounds[bucket]), 0.0, (border - start) / (bounds[bucket] - start))
    rank = already + (counts[bucket, column] - already) * np.clip(part, 0.0, 1.0)
    return np.where(border == np.inf, counts[-1], np.where(border == -np.inf, 0.0, rank))
