"""Series -> what a selector sees at each step: the newest sample, or a window of samples.

Prometheus 3 leaves the sample at the very start of a window out, Prometheus 2 takes it in; the same goes for the
oldest sample that an instant selector looks back to. Source: Prometheus 3.0 migration guide, "Range selectors and
lookback exclude samples coinciding with the left boundary".
"""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np

from watchroom.telemetry.promql.value import Indices, Vector, Windows
from watchroom.telemetry.series import Series, Times, Values, is_stale


class Semantics(IntEnum):
    """Whose rules hold."""

    PROMETHEUS_2 = 2
    PROMETHEUS_3 = 3


def _positions(series: Sequence[Series], sides: Sequence[tuple[Times, str]]) -> list[Indices]:
    """For each side (times, "left" or "right"): where those times fall in each series, shape (series, times)."""
    known: dict[int, list[Indices]] = {}
    answers = [np.empty((len(series), at.size), dtype=np.int64) for at, _ in sides]
    for row, each in enumerate(series):
        found = known.get(id(each.times))
        if found is None:
            found = [np.searchsorted(each.times, at, side=side) for at, side in sides]  # type: ignore[call-overload]  # "left" and "right" by name
            known[id(each.times)] = found
        for answer, positions in zip(answers, found, strict=True):
            answer[row] = positions
    return answers


def _flat(series: Sequence[Series]) -> tuple[Values, Indices]:
    lengths = np.fromiter((each.values.size for each in series), dtype=np.int64, count=len(series))
    firsts = np.concatenate(([0], np.cumsum(lengths)[:-1])) if len(series) else np.empty(0, dtype=np.int64)
    values = np.concatenate([each.values for each in series]) if series else np.empty(0)
    return values, firsts


def newest(series: Sequence[Series], at: Times, lookback_ms: int, semantics: Semantics) -> tuple[Vector, Values]:
    """The newest sample of each series at each time, not older than the look-back; and these samples' times (ms)."""
    if not series:
        empty = Vector.none(at.size)
        return empty, empty.values
    (after,) = _positions(series, [(at, "right")])
    values, firsts = _flat(series)
    place = after - 1
    present = place >= 0
    place = np.where(present, place, 0) + firsts[:, None]
    times = np.concatenate([each.times for each in series])[place]
    oldest = at - lookback_ms
    present &= times > oldest if semantics is Semantics.PROMETHEUS_3 else times >= oldest
    chosen = values[place]
    if any(each.has_stale for each in series):
        present &= ~is_stale(chosen)
    return Vector([each.labels for each in series], chosen, present), times.astype(np.float64)


def windows(series: Sequence[Series], ends_ms: Times, steps_ms: Times, range_ms: int, semantics: Semantics) -> Windows:
    """The samples of each series in the window before each end, stale ones left out."""
    series = _without_stale(series)
    if not series:
        none = np.empty((0, ends_ms.size), dtype=np.int64)
        return Windows(
            [], np.empty(0, dtype=np.int64), np.empty(0), none, none, ends_ms, steps_ms, range_ms, none[:, 0]
        )
    starts = ends_ms - range_ms
    left = "right" if semantics is Semantics.PROMETHEUS_3 else "left"
    low, high = _positions(series, [(starts, left), (ends_ms, "right")])
    values, firsts = _flat(series)
    times = np.concatenate([each.times for each in series])
    low += firsts[:, None]
    high += firsts[:, None]
    np.maximum(high, low, out=high)
    labels = [each.labels for each in series]
    in_step = all(each.times is series[0].times for each in series)
    return Windows(labels, times, values, low, high, ends_ms, steps_ms, range_ms, firsts, in_step)


def _without_stale(series: Sequence[Series]) -> list[Series]:
    live = []
    for each in series:
        if each.has_stale:
            kept = ~is_stale(each.values)
            if not kept.all():
                live.append(Series(each.labels, each.times[kept], each.values[kept]))
                continue
        live.append(each)
    return live


def clipped(series: Sequence[Series], start_ms: int, end_ms: int) -> list[Series]:
    """Only the samples from start to end, both included; what shared its times still does."""
    known: dict[int, tuple[Times, slice]] = {}
    answer = []
    for each in series:
        cut = known.get(id(each.times))
        if cut is None:
            low, high = np.searchsorted(each.times, (start_ms, end_ms + 1))
            place = slice(int(low), int(high))
            cut = known[id(each.times)] = each.times[place], place
        times, place = cut
        if times.size:
            answer.append(Series(each.labels, times, each.values[place], each.has_stale))
    return answer
