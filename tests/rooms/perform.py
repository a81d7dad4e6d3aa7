"""A script from beginning to end: played on a store, judged, and the record asked what must always be true of it.

Called for each `.room` file, for the examples in docs/room-scripts.md, and by the tests of the language.
"""

import asyncio
import tempfile
from pathlib import Path

from tests.rooms.expectations import failures
from tests.rooms.invariants import broken
from tests.rooms.play import Player
from tests.rooms.script import Script
from tests.rooms.stage import staged


def perform(script: Script, store: str = "memory") -> list[str]:
    """Everything that was not as expected, each with file, line and what was seen instead.

    Raises ScriptError for a line that cannot be done at all.
    """
    return asyncio.run(_perform(script, store))


async def _perform(script: Script, store: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        async with staged(Path(folder), store) as stage:
            played = await Player(script, stage).play()
            found = [f"{script.where}:{line}: {says}" for line, says in failures(played)]
            return found + [f"{script.where}: after the script: {says}" for says in await broken(stage)]
