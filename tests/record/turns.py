"""Waiting in tests: the event loop's turns instead of time."""

import asyncio
from collections.abc import Callable


async def turns(until: Callable[[], bool], at_most: int = 100_000) -> None:
    """Let others run until `until` holds; fails when it still does not after so many turns."""
    for _ in range(at_most):
        if until():
            return
        await asyncio.sleep(0)
    raise AssertionError("It did not come to pass.")


async def some_turns() -> None:
    """Let everything that is ready run, for tests that something does *not* happen (only with a log in memory)."""
    for _ in range(50):
        await asyncio.sleep(0)
