"""Leases under a clock that is moved by hand: renewed at a third, lost, taken over, given back."""

import asyncio
from datetime import datetime, timedelta

import pytest

from tests.contracts.stores import AT
from tests.record.turns import some_turns, turns
from watchroom.base.clock import DrillClock
from watchroom.base.errors import Unavailable
from watchroom.record.lease import Lease, Vacancy
from watchroom.record.memory_log import MemoryLog


class BadLog(MemoryLog):
    """A log that cannot be written while `bad` is set."""

    bad = False

    async def take_lease(self, name: str, holder: str, now: datetime, seconds: float) -> bool:
        if self.bad:
            raise Unavailable("The record cannot be written just now.")
        return await super().take_lease(name, holder, now, seconds)


class Work:
    """Work that goes on until it is stopped, and says when it runs."""

    def __init__(self) -> None:
        self.running = False
        self.begun = 0

    async def __call__(self) -> None:
        self.running, self.begun = True, self.begun + 1
        try:
            await asyncio.Event().wait()
        finally:
            self.running = False


def start(log: MemoryLog, holder: str, clock: DrillClock) -> tuple[Work, "asyncio.Task[None]"]:
    work = Work()
    return work, asyncio.create_task(Lease(log, "timers", holder, clock, 9).run_while_held(work))


async def stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_it_is_renewed_at_each_third_and_kept() -> None:
    log, clock = BadLog(), DrillClock(AT, rate=0)
    one, first = start(log, "one", clock)
    two, second = start(log, "two", clock)
    await turns(lambda: one.running)
    for _ in range(20):
        clock.jump(3)
        await some_turns()
        assert (one.running, two.running) == (True, False)
    assert one.begun == 1
    await stop(first)
    await stop(second)


async def test_the_next_one_takes_over_when_it_is_given_back() -> None:
    log, clock = BadLog(), DrillClock(AT, rate=0)
    one, first = start(log, "one", clock)
    await turns(lambda: one.running)
    two, second = start(log, "two", clock)
    await some_turns()
    await stop(first)
    assert not one.running
    assert not two.running
    clock.jump(3)
    await turns(lambda: two.running)
    await stop(second)


async def vacancy(log: MemoryLog, holder: str, clock: DrillClock) -> Vacancy | None:
    """The vacancy that a new process finds when it takes the lease, which it gives back at once."""
    async with (lease := Lease(log, "timers", holder, clock, 9)):
        return lease.vacancy


async def test_whoever_takes_it_knows_for_how_long_nobody_had_it() -> None:
    log, clock = BadLog(), DrillClock(AT, rate=0)
    assert await vacancy(log, "first", clock) is None
    clock.jump(100)
    # Given back: from then on.
    assert await vacancy(log, "second", clock) == Vacancy(AT, AT + timedelta(seconds=100))
    # Killed: from when it last renewed it.
    assert await log.take_lease("timers", "killed", clock.now(), 9)
    clock.jump(100)
    assert await vacancy(log, "third", clock) == Vacancy(AT + timedelta(seconds=100), AT + timedelta(seconds=200))
    # A clock that was set back says nothing.
    assert await vacancy(log, "fourth", DrillClock(AT, rate=0)) is None


async def test_a_process_that_slept_past_its_lease_knows_it_when_it_has_it_again() -> None:
    log, clock = BadLog(), DrillClock(AT, rate=0)
    lease, work = Lease(log, "timers", "one", clock, 9), Work()
    task = asyncio.create_task(lease.run_while_held(work))
    await turns(lambda: work.running)
    clock.jump(300)
    await turns(lambda: work.begun == 2)
    assert lease.vacancy == Vacancy(AT, AT + timedelta(seconds=300))
    await stop(task)


async def test_work_stops_when_the_lease_cannot_be_renewed_and_begins_again() -> None:
    log, clock = BadLog(), DrillClock(AT, rate=0)
    one, first = start(log, "one", clock)
    await turns(lambda: one.running)
    log.bad = True
    clock.jump(3)
    await some_turns()
    clock.jump(3)
    await some_turns()
    assert one.running
    clock.jump(3)
    await turns(lambda: not one.running)
    log.bad = False
    clock.jump(3)
    await turns(lambda: one.running)
    assert one.begun == 2
    await stop(first)


async def test_work_stops_when_another_has_it() -> None:
    """The process slept for longer than its lease, and another took it meanwhile."""
    log, clock = BadLog(), DrillClock(AT, rate=0)
    one, first = start(log, "one", clock)
    await turns(lambda: one.running)
    await log.give_lease("timers", "one", clock.now())
    assert await log.take_lease("timers", "two", clock.now(), 9)
    clock.jump(3)
    await turns(lambda: not one.running)
    assert one.begun == 1
    clock.jump(9)
    await turns(lambda: one.running)
    await stop(first)


async def test_a_long_jump_of_the_clock_is_a_loss() -> None:
    log, clock = BadLog(), DrillClock(AT, rate=0)
    one, first = start(log, "one", clock)
    await turns(lambda: one.running)
    clock.jump(3_600)
    await turns(lambda: one.begun == 2)
    await stop(first)


async def test_what_the_work_returns_or_raises_is_the_callers() -> None:
    log, clock = BadLog(), DrillClock(AT, rate=0)
    done: list[int] = []

    async def fine() -> None:
        done.append(1)

    async def fails() -> None:
        raise KeyError("work")

    await Lease(log, "timers", "one", clock, 9).run_while_held(fine)
    assert done == [1]
    with pytest.raises(KeyError):
        await Lease(log, "timers", "two", clock, 9).run_while_held(fails)
    # Both have given it back.
    assert await log.take_lease("timers", "three", clock.now(), 9)


async def test_as_a_context() -> None:
    log, clock = BadLog(), DrillClock(AT, rate=0)
    async with Lease(log, "outbox", "one", clock, 9) as lease:
        assert await lease.take()
        assert not await Lease(log, "outbox", "two", clock, 9).take()
        clock.jump(9)
        await turns(lease.lost.is_set)
        assert not lease.held
    assert await Lease(log, "outbox", "two", clock, 9).take()
