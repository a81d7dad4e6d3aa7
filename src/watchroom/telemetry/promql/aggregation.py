"""Series put together: sum, avg, topk and their kin, at all steps at once.

Source: Prometheus, "Aggregation operators". Sums are compensated, NaN is ignored by min and max alone.
"""

import zlib
from collections.abc import Callable, Mapping

import numpy as np

from watchroom.telemetry.labels import EMPTY, NAME, Labels, drop, keep, with_label
from watchroom.telemetry.promql.over_time import CANCELLED, compensated, quantiles, sorted_nan_first
from watchroom.telemetry.promql.printing import number_text
from watchroom.telemetry.promql.value import Indices, Mask, Vector, merged
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.refusal import Unanswerable
from watchroom.telemetry.series import Values

_Reduce = Callable[[Values, Mask], Values]


def groups_of(labels: list[Labels], names: frozenset[str], *, without: bool) -> dict[Labels, Indices]:
    """The rows of each group, by the labels that it keeps."""
    found: dict[Labels, list[int]] = {}
    if not without and not names:
        return {EMPTY: np.arange(len(labels))} if labels else {}
    dropped = names | {NAME}
    for row, each in enumerate(labels):
        kept = drop(each, dropped) if without else keep(each, names)
        found.setdefault(kept, []).append(row)
    return {kept: np.array(rows) for kept, rows in found.items()}


def aggregated(
    operator: str,
    vector: Vector,
    groups: Mapping[Labels, Indices],
    parameter: Values | None,
    semantics: Semantics = Semantics.PROMETHEUS_3,
) -> Vector:
    """One series for each group, by the operators that make one value of many."""
    known = _REDUCED_BY_2 if semantics is Semantics.PROMETHEUS_2 else _REDUCED
    reduce: _Reduce = known[operator] if parameter is None else _quantile(parameter)
    steps = vector.values.shape[1]
    values, present = np.zeros((len(groups), steps)), np.zeros((len(groups), steps), dtype=bool)
    with np.errstate(all="ignore"):
        for number, rows in enumerate(groups.values()):
            there = vector.present[rows]
            present[number] = there.any(axis=0)
            values[number] = reduce(vector.values[rows], there)
    return Vector(list(groups), values, present)


def _exact_sum(values: Values) -> Values:
    total, lost = np.zeros(values.shape[1]), np.zeros(values.shape[1])
    for row in values:
        total, lost = compensated(total, lost, row)
    return total + lost


def _sum(values: Values, present: Mask) -> Values:
    parts = np.where(present, values, 0.0)
    total: Values = parts.sum(axis=0)
    doubtful = ~(np.abs(parts).sum(axis=0) <= CANCELLED * np.abs(total))
    if doubtful.any():
        total[doubtful] = _exact_sum(parts[:, doubtful])
    return total


def _mean(values: Values, present: Mask) -> Values:
    counts = np.maximum(present.sum(axis=0), 1)
    mean: Values = _sum(values, present) / counts
    over = np.isinf(mean)
    if over.any():
        mean[over] = _mean_step_by_step(values[:, over], present[:, over])
    return mean


def _mean_step_by_step(values: Values, present: Mask) -> Values:
    """The mean of values whose sum is too large to be held."""
    mean, lost, count = (np.zeros(values.shape[1]) for _ in range(3))
    for row, there in zip(values, present, strict=True):
        count = count + there
        same = np.isinf(mean) & ((mean == row) | np.isfinite(row))
        many = np.maximum(count, 1)
        grown, missing = compensated(mean, lost, row / many - (mean + lost) / many)
        take = there & ~same
        mean, lost = np.where(take, grown, mean), np.where(take, missing, lost)
    return mean + lost


def _variance(values: Values, present: Mask) -> Values:
    mean, spread, count = (np.zeros(values.shape[1]) for _ in range(3))
    for row, there in zip(values, present, strict=True):
        count = count + there
        away = row - mean
        new = mean + away / np.maximum(count, 1)
        spread = np.where(there, spread + away * (row - new), spread)
        mean = np.where(there, new, mean)
    return spread / np.maximum(count, 1)


def _extreme(ufunc: np.ufunc) -> _Reduce:
    return lambda values, present: ufunc.reduce(np.where(present, values, np.nan), axis=0)


_REDUCED: Mapping[str, _Reduce] = {
    "sum": _sum,
    "avg": _mean,
    "count": lambda _, present: present.sum(axis=0).astype(np.float64),
    "group": lambda _, present: np.ones(present.shape[1]),
    "min": _extreme(np.fmin),
    "max": _extreme(np.fmax),
    "stdvar": _variance,
    "stddev": lambda values, present: np.sqrt(_variance(values, present)),
}


def _variance_by_2(values: Values, present: Mask) -> Values:
    """Prometheus 2 does not look at what a lone sample is: its variance is 0, were it NaN or infinite."""
    return np.where(present.sum(axis=0) == 1, 0.0, _variance(values, present))


_REDUCED_BY_2: Mapping[str, _Reduce] = {
    **_REDUCED,
    "stdvar": _variance_by_2,
    "stddev": lambda values, present: np.sqrt(_variance_by_2(values, present)),
}


def _quantile(wanted: Values) -> _Reduce:
    def reduce(values: Values, present: Mask) -> Values:
        answer = np.full(values.shape[1], np.nan)
        counts = present.sum(axis=0)
        for count in np.unique(counts[counts > 0]):
            columns = np.flatnonzero(counts == count)
            samples = values[:, columns].T[present[:, columns].T].reshape(columns.size, count)
            answer[columns] = quantiles(sorted_nan_first(samples), wanted[columns])
        return answer

    return reduce


def _whole(parameter: Values, what: str) -> Indices:
    """A parameter that counts series, at each step; 0 below 1. Raises `Unanswerable` for what is no count."""
    wrong = parameter[~np.isfinite(parameter) | (np.abs(parameter) >= 2**63)]
    if wrong.size:
        text = number_text(float(wrong[0]))
        raise Unanswerable(
            f"Parameter value is NaN for {what}" if text == "NaN" else f"Scalar value {text} overflows int64"
        )
    return np.maximum(parameter, 0).astype(np.int64)


def ranked(operator: str, vector: Vector, groups: Mapping[Labels, Indices], parameter: Values) -> Vector:
    """The series of each group with the largest (topk) or smallest (bottomk) values at each step, NaN last."""
    limit = _whole(parameter, operator)
    kept = np.zeros(vector.present.shape, dtype=bool)
    for rows in groups.values():
        values, there = vector.values[rows], vector.present[rows]
        keys = -values if operator == "topk" else values
        missing = np.isnan(values)
        if there.all() and not missing.any():
            order = np.argsort(keys.T, axis=1, kind="stable").T
        else:
            order = np.lexsort((missing, np.where(missing, np.inf, keys), ~there), axis=0)
        first = order[: int(limit.max(initial=0))]
        chosen = np.zeros(there.shape, dtype=bool)
        chosen[first, np.arange(limit.size)] = np.arange(len(first))[:, None] < limit
        kept[rows] = there & chosen
    return Vector(vector.labels, vector.values, kept).alive()


def ranking(operator: str, vector: Vector, groups: Mapping[Labels, Indices]) -> Vector:
    """The same series in the order in which an instant query answers them."""
    order: list[int] = []
    for rows in groups.values():
        values = vector.values[rows, 0]
        keys = -values if operator == "topk" else values
        order.extend(rows[np.lexsort((keys, np.isnan(values)))])
    return vector.of(np.array(order, dtype=np.int64))


def limited(vector: Vector, groups: Mapping[Labels, Indices], parameter: Values) -> Vector:
    """Any so many series of each group at each step (limitk)."""
    limit = _whole(parameter, "limitk")
    kept = np.zeros(vector.present.shape, dtype=bool)
    for rows in groups.values():
        there = vector.present[rows]
        kept[rows] = there & (there.cumsum(axis=0) <= limit)
    return Vector(vector.labels, vector.values, kept).alive()


def sampled(vector: Vector, parameter: Values) -> Vector:
    """About this share of the series, always the same ones; with a negative share the others (limit_ratio)."""
    if np.isnan(parameter).any():
        raise Unanswerable("Ratio value is NaN")
    share = np.clip(parameter, -1.0, 1.0)
    places = np.array([zlib.crc32(repr(labels).encode()) / 2**32 for labels in vector.labels])[:, None]
    chosen = np.where(share >= 0, places < share, places >= 1 + share)
    return Vector(vector.labels, vector.values, vector.present & chosen).alive()


def counted_values(vector: Vector, groups: Mapping[Labels, Indices], label: str) -> Vector:
    """How many series of each group have each value, which becomes a label (count_values)."""
    names: list[Labels] = []
    rows_out: list[Values] = []
    for kept, rows in groups.items():
        values, there = vector.values[rows], vector.present[rows]
        for value in np.unique(values[there]):
            same = there & ((values == value) | (np.isnan(values) & np.isnan(value)))
            names.append(with_label(kept, label, number_text(float(value))))
            rows_out.append(same.sum(axis=0).astype(np.float64))
    if not names:
        return Vector.none(vector.values.shape[1])
    counts = np.array(rows_out)
    return merged(names, counts, counts > 0)
