"""A clock that is set back or forward: what every store, the clock and the leases make of it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from watchroom.base.clock import WallClock
from watchroom.record.log import FAR_LEASES, Log

NOW = datetime(2026, 1, 5, 3, 14, tzinfo=UTC)


async def test_a_lease_from_before_the_clock_was_set_back_binds_nobody(log: Log) -> None:
    """Its holder was killed, then the clock was set back by an hour: timers must not stand still for that hour."""
    assert await log.take_lease("timers", "dead", NOW, 15)
    back = NOW - timedelta(hours=1)
    assert await log.take_lease("timers", "alive", back, 15)
    assert not await log.take_lease("timers", "third", back, 15)
    assert await log.take_lease("timers", "third", back + timedelta(seconds=15), 15)


async def test_a_lease_seen_by_a_clock_a_little_behind_holds(log: Log) -> None:
    """Two machines' clocks are never quite the same."""
    assert await log.take_lease("timers", "one", NOW, 15)
    behind = NOW - timedelta(seconds=15 * (FAR_LEASES - 1))
    assert not await log.take_lease("timers", "two", behind, 15)


class Stepping(WallClock):
    """A wall clock that an operator sets while somebody sleeps."""

    def __init__(self) -> None:
        self.step = timedelta(0)
        self.passed_s = 0.0

    def now(self) -> datetime:
        return NOW + self.step + timedelta(seconds=self.passed_s)

    def monotonic_s(self) -> float:
        return self.passed_s


@pytest.mark.parametrize(("step_s", "wakes_after_s"), [(0, 5), (-3_600, 5), (3_600, 1), (2, 3)])
async def test_a_wait_of_seconds_lasts_seconds_however_the_clock_is_set(
    monkeypatch: pytest.MonkeyPatch, step_s: int, wakes_after_s: int
) -> None:
    clock = Stepping()
    turn = asyncio.sleep

    async def a_second_passes(seconds: float) -> None:
        clock.passed_s += 1
        if clock.passed_s == 1:
            clock.step = timedelta(seconds=step_s)
        await turn(0)

    monkeypatch.setattr(asyncio, "sleep", a_second_passes)
    await clock.sleep_until(clock.now() + timedelta(seconds=5))
    assert clock.passed_s == wakes_after_s
