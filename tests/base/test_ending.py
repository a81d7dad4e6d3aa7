"""A task that loses a cancellation ends all the same."""

import asyncio

from watchroom.base.ending import ended


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    swallowed = 0

    async def deaf() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await ended(task)
    assert (swallowed, task.cancelled()) == (2, True)


async def test_a_task_that_has_ended_is_left_alone() -> None:
    async def quick() -> str:
        return "done"

    task = asyncio.create_task(quick())
    assert await task == "done"
    await ended(task)
    assert task.result() == "done"
