"""The series of a running world: blocks that grow tick by tick within a known memory, read while they grow.

Called by the simulation, which appends, and by the APIs, which read. Series from outside are not kept here but in
`Recorded`: whole, neither thinned nor aged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from watchroom.telemetry.block import Block, Kind
from watchroom.telemetry.labels import Labels, Matcher, accepted
from watchroom.telemetry.series import Series

DAY_MS = 86_400_000


class StoreFull(Exception):
    """A block that is larger than what the store may hold."""


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """How much a store may hold."""

    series_max: int = 50_000
    """Series, ended ones among them until their last sample is dropped."""
    bytes_max: int = 512 << 20
    """Memory of times and values. Beyond, the oldest samples of all blocks go."""
    keep_ms: int = 7 * DAY_MS
    """How long a sample is kept at all."""


class SeriesStore:
    """Blocks of series. Appended to by one thread, read by any."""

    def __init__(self, limits: StoreLimits | None = None) -> None:
        self.limits = limits or StoreLimits()
        self.blocks: tuple[Block, ...] = ()
        self.shortened = 0
        """How often samples had to go before their time, for want of memory."""
        self._oldest_ms = -(1 << 62)

    @property
    def size_bytes(self) -> int:
        """Memory of all times and values."""
        return sum(block.size_bytes for block in self.blocks)

    @property
    def samples(self) -> int:
        """Samples that are kept."""
        return sum(block.samples for block in self.blocks)

    @property
    def series_count(self) -> int:
        """Series that have not been dropped."""
        return sum(len(block.labels) for block in self.blocks)

    def block(self, labels: Sequence[Labels], kind: Kind) -> Block:
        """A block of new series. Raises `StoreFull` when they are too many."""
        if self.series_count + len(labels) > self.limits.series_max:
            raise StoreFull(f"{len(labels)} more series than {self.series_count}; at most {self.limits.series_max}")
        block = Block(labels, kind)
        self.blocks = (*self.blocks, block)
        return block

    def settle(self, now_ms: int) -> None:
        """Thin what has aged, drop what is too old, and come back within the memory. Called now and then, by ticks."""
        self._oldest_ms = max(self._oldest_ms, now_ms - self.limits.keep_ms)
        self._thin(now_ms)
        span_ms = now_ms - self._oldest_ms
        while self.size_bytes > self.limits.bytes_max and span_ms > 1000:
            # Three quarters of the time at each try, until it fits.
            span_ms = span_ms * 3 // 4
            self._oldest_ms = now_ms - span_ms
            before = self.samples
            self._thin(now_ms)
            self.shortened += self.samples < before
        self.blocks = tuple(block for block in self.blocks if not block.is_over)

    def _thin(self, now_ms: int) -> None:
        for block in self.blocks:
            block.thin(now_ms, self._oldest_ms)

    def select(self, alternatives: Sequence[tuple[Matcher, ...]], start_ms: int, end_ms: int) -> list[Series]:
        """As `Source` says. Series of one block share their times."""
        found: list[Series] = []
        for block in self.blocks:
            rows = [row for row, labels in enumerate(block.labels) if _chosen(labels, alternatives)]
            found.extend(block.series(rows, start_ms, end_ms))
        return sorted(found, key=lambda each: each.labels)


def _chosen(labels: Labels, alternatives: Iterable[tuple[Matcher, ...]]) -> bool:
    return any(accepted(labels, matchers) for matchers in alternatives)


@dataclass(frozen=True, slots=True)
class StoreMetrics:
    """A store's own metrics, for a registry of prometheus-client."""

    store: SeriesStore

    def collect(self) -> Iterator[Metric]:
        """As the registry asks for them."""
        for name, says, value in (
            ("watchroom_telemetry_series", "Series that are kept.", self.store.series_count),
            ("watchroom_telemetry_samples", "Samples that are kept.", self.store.samples),
            ("watchroom_telemetry_bytes", "Memory of the samples that are kept, in bytes.", self.store.size_bytes),
        ):
            yield GaugeMetricFamily(name, says, value=value)
        shortened = "Times that samples were dropped early to stay within the memory."
        yield CounterMetricFamily("watchroom_telemetry_shortened", shortened, value=self.store.shortened)
