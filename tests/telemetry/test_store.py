"""The store of live series: tiers, falls of counters, ends, memory, and readers while it grows."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from watchroom.telemetry.block import Block, Kind
from watchroom.telemetry.labels import NAME, Match, Matcher, labels_of
from watchroom.telemetry.promql.engine import Engine
from watchroom.telemetry.promql.value import Vector
from watchroom.telemetry.series import STALE_BITS, Series
from watchroom.telemetry.store import SeriesStore, StoreFull, StoreLimits, StoreMetrics

BEGIN_MS = 1_700_000_000_000
EVERY = ((),)
EVER = (-(1 << 62), 1 << 62)


def named(*names: str) -> list[tuple[tuple[str, str], ...]]:
    return [labels_of({NAME: name}) for name in names]


def grown(kind: Kind, seconds: int, limits: StoreLimits | None = None) -> tuple[SeriesStore, Block]:
    """A store with one block of two series, a tick each second: the time in seconds, and twice that."""
    store = SeriesStore(limits)
    block = store.block(named("a", "b"), kind)
    for second in range(seconds):
        block.append(BEGIN_MS + second * 1000, np.array([second, 2.0 * second]))
        if second % 60 == 0:
            store.settle(BEGIN_MS + second * 1000)
    store.settle(BEGIN_MS + seconds * 1000)
    return store, block


def only(store: SeriesStore, name: str) -> Series:
    (found,) = store.select([(Matcher(NAME, Match.EQUAL, name),)], *EVER)
    return found


@pytest.mark.parametrize("kind", Kind)
def test_what_ages_is_thinned_and_what_stays_is_exact(kind: Kind) -> None:
    store, _ = grown(kind, 4 * 3600)
    found = only(store, "b")
    seconds = (found.times - BEGIN_MS) // 1000
    assert found.values.tolist() == (2.0 * seconds).tolist()
    ages = 4 * 3600 - seconds
    gaps = np.diff(seconds)
    assert set(gaps[ages[1:] < 900].tolist()) == {1}
    assert set(gaps[(ages[1:] > 905) & (ages[1:] < 8000)].tolist()) == {5}
    assert set(gaps[1:][(ages[2:] > 8200)].tolist()) == {15}
    assert found.values.dtype == np.float64


@given(
    st.lists(st.tuples(st.integers(1, 4000), st.floats(0, 1e6)), min_size=2, max_size=300),
    st.sets(st.integers(1, 299), max_size=8),
)
def test_thinning_loses_no_reset_and_makes_no_rate_negative(ticks: list[tuple[int, float]], falls: set[int]) -> None:
    store = SeriesStore()
    block = store.block(named("a"), Kind.COUNTER)
    total, at_ms, true = 0.0, BEGIN_MS, []
    for number, (apart_ms, more) in enumerate(ticks):
        total = more if number in falls else total + more
        at_ms += apart_ms
        block.append(at_ms, np.array([total]))
        true.append(total)

    def increase(values: list[float]) -> float:
        return sum(after - before if after >= before else after for before, after in pairwise(values))

    whole = only(store, "a")
    block.thin(at_ms + 10 * 3_600_000, 0)
    thinned = only(store, "a")
    kept = np.isin(whole.times, thinned.times)
    assert whole.values[kept].tolist() == thinned.values.tolist()
    from_first = true[int(np.flatnonzero(kept)[0]) :]
    assert increase(thinned.values.tolist()) == pytest.approx(increase(from_first), rel=1e-9, abs=1e-3)


def test_a_series_that_ends_is_stale_from_then_on_and_another_may_begin() -> None:
    store, block = grown(Kind.GAUGE, 100)
    block.end([1], BEGIN_MS + 100_000)
    new = store.block(named("c"), Kind.GAUGE)
    for second in range(101, 120):
        block.append(BEGIN_MS + second * 1000, np.array([second, -1.0]))
        new.append(BEGIN_MS + second * 1000, np.array([7.0]))
    ended = only(store, "b")
    assert ended.times[-1] == BEGIN_MS + 100_000
    assert ended.values.view(np.uint64)[-1] == STALE_BITS
    engine = Engine(store, lambda: 0.0)
    names = {second: _names(engine.instant('{__name__=~".+"}', BEGIN_MS + second * 1000)) for second in (99, 100, 119)}
    assert names == {99: ["a", "b"], 100: ["a"], 119: ["a", "c"]}
    assert _names(engine.instant('{__name__=~".+"}', BEGIN_MS + 99_500)) == ["a", "b"]


def _names(value: object) -> list[str]:
    assert isinstance(value, Vector)
    return [dict(labels)[NAME] for labels in value.labels]


def test_a_block_that_is_over_goes() -> None:
    store, block = grown(Kind.GAUGE, 10, StoreLimits(keep_ms=3_600_000))
    block.end([0, 1], BEGIN_MS + 10_000)
    store.settle(BEGIN_MS + 3_500_000)
    assert len(store.blocks) == 1
    store.settle(BEGIN_MS + 3_700_000)
    assert not store.blocks


def test_series_of_a_block_share_their_times_and_nobody_can_write_to_them() -> None:
    store, _ = grown(Kind.COUNTER, 50)
    a, b = store.select(EVERY, BEGIN_MS + 10_000, BEGIN_MS + 20_000)
    assert a.times is b.times
    assert a.times.size == 11
    for array in (a.times, a.values):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_memory_is_known_and_limited() -> None:
    limits = StoreLimits(bytes_max=60_000, series_max=2)
    store, block = grown(Kind.COUNTER, 6 * 3600, limits)
    assert store.size_bytes == block.size_bytes <= limits.bytes_max
    assert store.shortened > 0
    assert only(store, "a").values[-1] == 6 * 3600 - 1
    with pytest.raises(StoreFull):
        store.block(named("c"), Kind.GAUGE)
    registry = CollectorRegistry()
    registry.register(StoreMetrics(store))
    told = generate_latest(registry).decode()
    assert f"watchroom_telemetry_samples {store.samples:.1f}" in told
    assert f"watchroom_telemetry_bytes {store.size_bytes:.1f}" in told


@pytest.mark.parametrize(("at_ms", "values"), [(BEGIN_MS, [1.0, 2.0]), (BEGIN_MS + 99_000, [1.0])])
def test_a_tick_that_does_not_fit_is_refused_and_leaves_nothing(at_ms: int, values: list[float]) -> None:
    store, block = grown(Kind.COUNTER, 50)
    with pytest.raises(ValueError, match=r"not later|for 2 series"):
        block.append(at_ms, np.array(values))
    assert store.samples == 100


def test_readers_see_whole_ticks_while_one_appends_and_thins() -> None:
    store = SeriesStore()
    block = store.block(named("a", "b"), Kind.COUNTER)
    done, faults = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            for found in store.select(EVERY, *EVER):
                seconds = (found.times - BEGIN_MS) // 1000
                factor = 1.0 if found.labels == named("a")[0] else 2.0
                if found.times.size != found.values.size or (found.values != factor * seconds).any():
                    faults.append(found)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for second in range(3000):
            block.append(BEGIN_MS + second * 1000, np.array([second, 2.0 * second]))
            if second % 50 == 0:
                store.settle(BEGIN_MS + second * 1000)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not faults
