"""Several complete houses on one record, as several server processes would be: the real wiring of `app.open_house`,
each with a view of its own.

Used by the tests here. One clock for all, moved by hand, since processes compare wall time. Never opens a socket.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.houses.views import View, view
from tests.rooms.invariants import broken
from tests.rooms.stage import STARTS_AT, Stage
from watchroom.app import open_house
from watchroom.base.clock import DrillClock
from watchroom.base.rng import Chance
from watchroom.config import Settings
from watchroom.record.memory_log import MemoryLog
from watchroom.web.http.door import front


class Process(Stage):
    """One house, and its view of the record."""

    view: View

    def client(self, **headers: str) -> httpx.AsyncClient:
        """A client of this process."""
        app: Any = front(self.house)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", headers=headers, trust_env=False
        )


class Street:
    """The houses, and the record that they share."""

    def __init__(self, log: MemoryLog, processes: list[Process], clock: DrillClock) -> None:
        self.log = log
        self.processes = processes
        self.clock = clock

    async def heard(self) -> None:
        """Every house has heard of everything."""
        for process in self.processes:
            await process.view.heard()

    async def pass_time(self, seconds: int) -> None:
        """Let time pass second by second, with turns for whoever waits for it."""
        await pass_time(self.clock, seconds)

    async def broken(self) -> list[str]:
        """What does not hold of the record, as each house sees it once it has heard of everything."""
        await self.heard()
        found: list[str] = []
        for number, process in enumerate(self.processes):
            found += [f"house {number}: {says}" for says in await broken(process)]
            await self.heard()
        return found


async def pass_time(clock: DrillClock, seconds: int) -> None:
    """Move the clock by whole seconds, with turns for whoever waits for it."""
    for _ in range(seconds):
        clock.jump(1)
        for _ in range(200):
            await asyncio.sleep(0)


@asynccontextmanager
async def street(folder: Path, manner: str = "late", *, houses: int = 3, seed: str = "street") -> AsyncIterator[Street]:
    """So many houses on one record; started at the same moment, as a roll-out would."""
    clock, chance = DrillClock(STARTS_AT, rate=0), Chance(seed)
    log = MemoryLog(chance)
    async with AsyncExitStack() as stack:

        async def start(number: int) -> Process:
            own = Chance(f"{seed} {number}")
            whole, seen = view(log, manner, own)
            house = await stack.enter_async_context(
                open_house(Settings(data=str(folder)), f"http://127.0.0.1:{number}", log=whole, clock=clock, chance=own)
            )
            process = Process(house, clock)
            process.view = seen
            return process

        starting = asyncio.gather(*map(start, range(houses)))
        while not starting.done():
            # They take turns at making what a new record begins with, and wait for each other on the clock.
            await pass_time(clock, 1)
        processes = list(await starting)
        whole_street = Street(log, processes, clock)
        await whole_street.heard()
        yield whole_street
        await whole_street.heard()
