"""A whole house for a test: the real wiring of `app.open_house`, a clock that is moved by hand, seeded chance.

Used by the `.room` scripts and by the tests of incident, integrations and web. Never opens a socket.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tests.rooms.shaken import shaken
from watchroom.app import open_house
from watchroom.base.clock import DrillClock
from watchroom.base.rng import Chance
from watchroom.config import Settings
from watchroom.detection.declaration import Declare
from watchroom.detection.signal import Receipt
from watchroom.detection.triage import Triage
from watchroom.incident.commands import decode
from watchroom.incident.deadlines import deadlines
from watchroom.incident.handle import Handled
from watchroom.incident.incident import Incident
from watchroom.incident.timers import Timers
from watchroom.integrations import alertmanager, generic
from watchroom.integrations.delivery import Reading
from watchroom.record.log import Log
from watchroom.record.memory_log import MemoryLog
from watchroom.record.sqlite_log import SqliteLog
from watchroom.web.house import House

STARTS_AT = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)
READERS = {
    "alertmanager": alertmanager.read_webhook,
    "prometheus": alertmanager.read_alerts,
    "generic": generic.read,
}


NEVER_S = 1e9
"""A stage's clock jumps, and nobody was away meanwhile."""


class Stage:
    """One running house, and the hands that act on it."""

    def __init__(self, house: House, clock: DrillClock) -> None:
        self.house = house
        self.clock = clock
        self.timers = Timers(house.rooms, house.listing, house.projector, clock)

    @property
    def now_s(self) -> float:
        """Seconds since the stage opened."""
        return (self.clock.now() - STARTS_AT).total_seconds()

    async def move_to(self, at_s: float) -> None:
        """Move the clock on, stopping wherever a promise runs out, since the timers look once a second."""
        last = None
        while True:
            await self.timers.fire()
            due = await self._next_due()
            # The house's own timers may have written it first; what stays due though its time has come never fires.
            if due is None or due > at_s or due == last:
                break
            self.clock.jump(max(due - self.now_s, 0))
            last = due
        self.clock.jump(max(at_s - self.now_s, 0))
        await self.timers.fire()

    async def _next_due(self) -> float | None:
        """The whole second at which something that was promised next runs out."""
        due: list[datetime] = []
        for room in await self.rooms():
            incident = await self.room(room)
            due += [deadline.at for deadline in deadlines(incident)]
        seconds = [-((STARTS_AT - at).total_seconds() // 1) for at in due]
        return min(seconds, default=None)

    async def rooms(self) -> list[str]:
        """The rooms in the order in which they were opened."""
        return [
            placed.event.stream
            for placed in await self.house.log.read_all(0, 1_000_000)
            if placed.event.kind == "room_opened"
        ]

    async def room(self, room: str) -> Incident:
        """A room as it stands."""
        return await self.house.rooms.room(room)

    async def do(self, room: str, command: dict[str, Any], by: str = "ana") -> Handled:
        """A command as a program would send it: JSON through the contract's decoder."""
        return await self.house.rooms.command(room, decode(msgspec.json.encode(command)), actor=actor(by), via="test")

    async def declare(self, title: str = "Checkout is down", by: str = "ana", **fields: Any) -> str:
        """A new incident; returns its room."""
        command = msgspec.convert({"command": "declare", "title": title, **fields}, Declare)
        return (await self.house.rooms.declare_new(command, actor=actor(by), via="test")).room

    async def judge(self, signal: str, verdict: dict[str, Any], by: str = "ana") -> Handled:
        """A verdict on a signal, as the API takes it."""
        await self.house.projector.caught_up()
        item = self.house.inbox.items[signal]
        body = msgspec.json.decode(msgspec.json.encode(verdict), type=Triage)
        return await self.house.rooms.triage(signal, item.stream, body, actor=actor(by), via="test")

    async def withdraw(self, signal: str, room: str, reason: str = "", by: str = "ana") -> Handled:
        """The last verdict on a signal that was judged in this room, taken back."""
        return await self.house.rooms.withdraw(signal, room, reason, actor=actor(by), via="test")

    async def send(self, kind: str, body: object, source: str = "") -> list[Receipt]:
        """A delivery, read by the sender's reader and taken in."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        read = READERS.get(kind, generic.read)
        reading: Reading = read(raw, source or kind, self.house.limits, self.clock.now())
        return await self.house.intake.receive(
            source or kind, kind, reading.signals, remarks=reading.remarks, changes=reading.changes
        )

    async def settled(self) -> None:
        """Every projection has taken everything in."""
        await self.house.projector.caught_up()
        await self.house.listing.settle()


def actor(name: str) -> str:
    """`bo` is `person:bo@example.com`; what names its kind stays as it is."""
    if ":" in name:
        return name
    return f"person:{name}" if "@" in name else f"person:{name}@example.com"


def at(seconds: float) -> datetime:
    """A time of the stage."""
    return STARTS_AT + timedelta(seconds=seconds)


STORES: dict[str, Callable[[Path, DrillClock, Chance], Log]] = {
    "memory": lambda _folder, _clock, chance: MemoryLog(chance),
    "sqlite": lambda folder, clock, chance: SqliteLog(folder / "record.sqlite", "main", clock, chance),
    "shaken": lambda _folder, _clock, chance: shaken(MemoryLog(chance), chance),
}
"""Where the record lies; `shaken` gives other tasks their turn in the middle of everything."""


@asynccontextmanager
async def staged(
    folder: Path, store: str = "memory", *, people: Sequence[str] = ("ana", "bo", "cem"), seed: str = "stage"
) -> AsyncIterator[Stage]:
    """A running house over the store of that name."""
    clock, chance = DrillClock(STARTS_AT, rate=0), Chance(seed)
    log = STORES[store](folder, clock, chance)
    settings = Settings(data=str(folder), away_after_s=NEVER_S)
    try:
        async with open_house(settings, "http://127.0.0.1:0", log=log, clock=clock, chance=chance) as house:
            for name in people:
                email = actor(name).removeprefix("person:")
                await house.directory.add(email, name.split("@")[0].capitalize(), actor="system:test", via="test")
            await house.teams.compose(
                "payments", ["bo@example.com", "cem@example.com"], actor="system:test", via="test"
            )
            await house.services.define("checkout", ["payments"], "payments", actor="system:test", via="test")
            yield Stage(house, clock)
    finally:
        await log.close()


def staging(folder: Path, act: Callable[[Stage], Any], store: str = "memory") -> Any:
    """Run one coroutine function on a stage of its own: for tests that are no coroutines themselves (Hypothesis)."""

    async def run() -> Any:
        async with staged(folder, store) as stage:
            return await act(stage)

    return asyncio.run(run())
