"""The end of a task that nobody wants to go on: told until it listens.

Called by whoever has started a task that runs on and stops it with itself. `asyncio.wait_for` of Python 3.11 loses a
cancellation that arrives in the same turn as what it waits for, so that a task cancelled once may go on for ever.
"""

import asyncio
from typing import Any

TOLD_AGAIN_S = 0.5
"""Seconds that a cancelled task has for its own tidying before it is cancelled again."""


async def ended(task: "asyncio.Future[Any]") -> None:
    """Cancel a task and wait until it has ended. What it raised is left in it."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=TOLD_AGAIN_S)
