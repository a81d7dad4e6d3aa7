"""One series as the evaluators read it, and what a place that keeps series has to offer them.

Times are milliseconds since 1970 (int64, rising), values float64. A sample whose value has the bits of `STALE_BITS` is
no sample: it says that the series had ended by then. Source: Prometheus, "Staleness".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from watchroom.telemetry.labels import Labels, Matcher

Times = NDArray[np.int64]
Values = NDArray[np.float64]

STALE_BITS = 0x7FF0000000000002
"""A NaN of its own, which no arithmetic makes."""
STALE = np.array([STALE_BITS], dtype=np.uint64).view(np.float64)[0]


def is_stale(values: Values) -> NDArray[np.bool_]:
    """Which samples only say that the series had ended."""
    bits: NDArray[np.bool_] = values.view(np.uint64) == STALE_BITS
    return bits


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A label set and its samples. Series scraped together share the very same `times` array."""

    labels: Labels
    times: Times
    values: Values
    has_stale: bool = False
    """Whether any of `values` may be stale."""


class Source(Protocol):
    """Where series come from."""

    def select(self, alternatives: Sequence[tuple[Matcher, ...]], start_ms: int, end_ms: int) -> list[Series]:
        """The series that any alternative chooses and that may have samples from start to end, both included.

        In the order of their labels. What lies outside the times may be there too.
        """
        ...


class Recorded:
    """Series that came from outside and do not change: every sample is kept as it came."""

    def __init__(self, series: Iterable[Series]) -> None:
        self.series = sorted(series, key=lambda each: each.labels)
        self._by_pair: dict[tuple[str, str], list[int]] = {}
        for index, each in enumerate(self.series):
            for pair in each.labels:
                self._by_pair.setdefault(pair, []).append(index)

    def select(self, alternatives: Sequence[tuple[Matcher, ...]], start_ms: int, end_ms: int) -> list[Series]:
        """As `Source` says."""
        chosen: set[int] = set()
        for matchers in alternatives:
            chosen.update(self._chosen(matchers))
        found = [self.series[index] for index in sorted(chosen)]
        return [each for each in found if each.times.size and each.times[0] <= end_ms and each.times[-1] >= start_ms]

    def _chosen(self, matchers: Sequence[Matcher]) -> Iterable[int]:
        exact = [self._by_pair.get((each.name, each.value), []) for each in matchers if each.names_one_value]
        candidates: Sequence[int] = min(exact, key=len) if exact else range(len(self.series))
        verdicts: dict[tuple[int, str], bool] = {}
        for index in candidates:
            values = dict(self.series[index].labels)
            for number, matcher in enumerate(matchers):
                value = values.get(matcher.name, "")
                verdict = verdicts.get((number, value))
                if verdict is None:
                    verdict = verdicts[number, value] = matcher.accepts(value)
                if not verdict:
                    break
            else:
                yield index
