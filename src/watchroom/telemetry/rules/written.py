"""The series that rules write, and several sources seen as one.

Called by the evaluation of rules, which appends, and by the engine, which selects.
"""

import heapq
from collections.abc import Sequence

import numpy as np

from watchroom.telemetry.labels import NAME, Labels, Matcher, accepted, value_of
from watchroom.telemetry.series import STALE, Series, Source, Times, Values

SAMPLES_MAX = 100_000
"""Samples of a series that are kept: the older half goes when there would be more."""
_FIRST_SIZE = 64


class _Growing:
    """One series' samples, with room for more."""

    def __init__(self) -> None:
        self._times: Times = np.empty(_FIRST_SIZE, dtype=np.int64)
        self._values: Values = np.empty(_FIRST_SIZE)
        self._size = 0
        self.has_stale = False

    def add(self, at_ms: int, value: float) -> None:
        if self._size == self._times.size:
            kept = self._size if self._size < SAMPLES_MAX else self._size // 2
            # New arrays each time: what was selected before stays as it was.
            times, values = np.empty(kept * 2, dtype=np.int64), np.empty(kept * 2)
            times[:kept], values[:kept] = self._times[self._size - kept :], self._values[self._size - kept :]
            self._times, self._values, self._size = times, values, kept
        self._times[self._size], self._values[self._size] = at_ms, value
        self._size += 1

    def series(self, labels: Labels) -> Series:
        return Series(labels, self._times[: self._size], self._values[: self._size], self.has_stale)


def _labels(item: tuple[Labels, _Growing]) -> Labels:
    return item[0]


class Written:
    """Series that grow at their end."""

    def __init__(self) -> None:
        self._series: dict[Labels, _Growing] = {}
        self._by_name: dict[str, dict[Labels, _Growing]] = {}

    def append(self, labels: Labels, at_ms: int, value: float) -> None:
        """One sample. The times of a series have to rise."""
        self._growing(labels).add(at_ms, value)

    def end(self, labels: Labels, at_ms: int) -> None:
        """The series has ended by then."""
        growing = self._growing(labels)
        growing.has_stale = True
        growing.add(at_ms, float(STALE))

    def _growing(self, labels: Labels) -> _Growing:
        found = self._series.get(labels)
        if found is None:
            found = self._series[labels] = _Growing()
            self._by_name.setdefault(value_of(labels, NAME), {})[labels] = found
        return found

    def _candidates(self, alternatives: Sequence[tuple[Matcher, ...]]) -> dict[Labels, _Growing]:
        """The series that may be chosen: by their names, where each alternative says one."""
        found: dict[Labels, _Growing] = {}
        for matchers in alternatives:
            names = [each.value for each in matchers if each.name == NAME and each.names_one_value]
            if not names:
                return self._series
            found.update(self._by_name.get(names[0], {}))
        return found

    def select(self, alternatives: Sequence[tuple[Matcher, ...]], start_ms: int, end_ms: int) -> list[Series]:
        """As `Source` says."""
        found = [
            growing.series(labels)
            for labels, growing in sorted(self._candidates(alternatives).items(), key=_labels)
            if any(accepted(labels, matchers) for matchers in alternatives)
        ]
        return [each for each in found if each.times[0] <= end_ms and each.times[-1] >= start_ms]


class Together:
    """Several sources as one. The same labels in two of them are two series: the caller keeps them apart."""

    def __init__(self, *sources: Source) -> None:
        self._sources = sources

    def select(self, alternatives: Sequence[tuple[Matcher, ...]], start_ms: int, end_ms: int) -> list[Series]:
        """As `Source` says."""
        parts = [source.select(alternatives, start_ms, end_ms) for source in self._sources]
        return list(heapq.merge(*parts, key=lambda each: each.labels))
