"""Series that get their values together, one for each at a tick, and are thinned as they age.

The newest 15 minutes are kept as they came, two hours before that at one sample each 5 s, and what is older at one
each 15 s. Thinning only leaves samples out: what stays has the value and the time that it came with. Of counters, the
samples on both sides of each fall stay too, so that no new beginning is lost, and no rate made negative or larger.

One thread appends; any number read at the same time, from arrays that are not written to where a reader looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from watchroom.telemetry.labels import Labels
from watchroom.telemetry.series import STALE, Series, Times, Values

Kept: TypeAlias = "NDArray[np.float32] | NDArray[np.float64]"

MINUTE_MS = 60_000
EVER_MS = 1 << 62
ROOM = 128
"""Ticks that there is room for at first."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Samples older than `after_ms` are kept at one each `every_ms`."""

    after_ms: int
    every_ms: int


TIERS = (Tier(15 * MINUTE_MS, 5_000), Tier(135 * MINUTE_MS, 15_000))


class Kind(StrEnum):
    """How a block's values are kept."""

    COUNTER = "counter"
    """Exactly (float64), with both sides of each fall. For times as values too."""
    GAUGE = "gauge"
    """As float32, to about seven digits: only for gauges that the world itself makes."""


@dataclass(frozen=True, slots=True)
class _Ticks:
    """What is there at one moment. Replaced as a whole, so that a reader sees times and values of one moment."""

    times: Times
    values: Kept
    count: int


class Block:
    """Series that share their times. Made by `SeriesStore.block`."""

    def __init__(self, labels: Sequence[Labels], kind: Kind) -> None:
        self.labels = tuple(labels)
        self.kind = kind
        shape = len(self.labels), ROOM
        values: Kept = np.empty(shape, np.float64) if kind is Kind.COUNTER else np.empty(shape, np.float32)
        self._ticks = _Ticks(np.empty(ROOM, dtype=np.int64), values, 0)
        self._ended: dict[int, int] = {}

    @property
    def size_bytes(self) -> int:
        """Memory of times and values, with the room for more."""
        return self._ticks.times.nbytes + self._ticks.values.nbytes

    @property
    def samples(self) -> int:
        """Samples that are kept, of all series."""
        return self._ticks.count * len(self.labels)

    @property
    def is_over(self) -> bool:
        """Whether all of its series have ended and nothing of them is left."""
        return not self._ticks.count and len(self._ended) == len(self.labels)

    def append(self, at_ms: int, values: Values) -> None:
        """One value for each series, at a time later than all before; those of ended series are ignored.

        Raises `ValueError` for a time that is not later, or for another number of values.
        """
        ticks = self._ticks
        if ticks.count and at_ms <= ticks.times[ticks.count - 1]:
            raise ValueError(f"a tick at {at_ms} ms is not later than the one before it")
        if values.shape != (len(self.labels),):
            raise ValueError(f"{values.shape} values for {len(self.labels)} series")
        if ticks.count == ticks.times.size:
            ticks = self._moved(np.arange(ticks.count))
        ticks.times[ticks.count] = at_ms
        ticks.values[:, ticks.count] = values
        self._ticks = _Ticks(ticks.times, ticks.values, ticks.count + 1)

    def end(self, rows: Sequence[int], at_ms: int) -> None:
        """Let these series end: from then on they are stale. One that has ended stays as it is."""
        ended = dict(self._ended)
        for row in rows:
            ended.setdefault(row, at_ms)
        self._ended = ended

    def series(self, rows: Sequence[int], start_ms: int, end_ms: int) -> list[Series]:
        """The samples of these rows from start to end; all that have not ended share one array of times."""
        ticks, ended = self._ticks, self._ended
        low, high = np.searchsorted(ticks.times[: ticks.count], (start_ms, end_ms + 1))
        times, values = ticks.times[low:high], ticks.values[:, low:high]
        times.flags.writeable = False
        found = []
        for row in rows:
            # A copy of float32 only; a row of float64 is looked at where it lies.
            own = values[row].astype(np.float64, copy=False)
            own.flags.writeable = False
            over_ms = ended.get(row)
            if over_ms is not None and over_ms <= end_ms:
                found.append(_over(Series(self.labels[row], times, own), over_ms))
            elif times.size:
                found.append(Series(self.labels[row], times, own))
        return [each for each in found if each.times.size]

    def thin(self, now_ms: int, oldest_ms: int) -> None:
        """Leave out what the tiers leave out, and what is older than `oldest_ms`."""
        ticks = self._ticks
        times = ticks.times[: ticks.count]
        kept = times >= now_ms - TIERS[0].after_ms
        aged = int(np.searchsorted(times, now_ms - TIERS[0].after_ms))
        if aged:
            kept[:aged] = _falls(ticks.values[:, : aged + 1], aged) if self.kind is Kind.COUNTER else False
            for number, tier in enumerate(TIERS):
                further = TIERS[number + 1].after_ms if number + 1 < len(TIERS) else EVER_MS
                within = (times > now_ms - further) & (times <= now_ms - tier.after_ms)
                slots = times // tier.every_ms
                last = np.concatenate((slots[1:] != slots[:-1], [True]))
                kept |= within & last
            kept &= times >= oldest_ms
        if not kept.all():
            self._ticks = self._moved(np.flatnonzero(kept))

    def _moved(self, places: NDArray[np.int64]) -> _Ticks:
        """These ticks in new arrays, with room for half as many more: readers keep the old ones."""
        ticks, room = self._ticks, max(ROOM, places.size * 3 // 2)
        times = np.empty(room, dtype=np.int64)
        values = np.empty((len(self.labels), room), dtype=ticks.values.dtype)
        times[: places.size] = ticks.times[places]
        values[:, : places.size] = ticks.values[:, places]
        return _Ticks(times, values, places.size)


def _over(series: Series, over_ms: int) -> Series:
    """A series with the mark that it had ended by then."""
    until = int(np.searchsorted(series.times, over_ms))
    times = np.append(series.times[:until], over_ms)
    return Series(series.labels, times, np.append(series.values[:until], STALE), has_stale=True)


def _falls(values: Kept, count: int) -> NDArray[np.bool_]:
    """Which of the first `count` samples lie on either side of a fall of any series."""
    falls = np.any(values[:, 1:] < values[:, :-1], axis=0)
    sides = np.zeros(values.shape[1], dtype=bool)
    sides[1:] |= falls
    sides[:-1] |= falls
    return sides[:count]
