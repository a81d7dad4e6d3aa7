"""Work in the background with several processes: one does it, another goes on when that one dies, nothing twice."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.houses.street import Process, Street, street
from tests.houses.test_intake import body, send
from tests.houses.views import MANNERS
from watchroom.app import LEASE_S
from watchroom.incident.handle import Rooms


async def late(here: Street) -> int:
    return [placed.event.kind for placed in await here.log.read_all(0, 10_000)].count("update_became_overdue")


async def promise(process: Process, room: str, minutes: int) -> None:
    """Tell support something, and promise them the next update."""
    next_at = (process.clock.now() + timedelta(minutes=minutes, seconds=1)).isoformat().replace("+00:00", "Z")
    await process.do(
        room,
        {
            "command": "post_update",
            "doing": "We look into it.",
            "audience": "support",
            "next_at": next_at,
        },
    )


@pytest.mark.parametrize("manner", MANNERS)
async def test_what_comes_due_is_written_once_and_also_when_the_one_that_wrote_dies(
    manner: str, tmp_path: Path
) -> None:
    """One after the other dies without giving anything back; whoever had the lease, the next goes on in its time."""
    async with street(tmp_path, manner) as here:
        alive = list(here.processes)
        room = await alive[0].declare()
        await promise(alive[0], room, 1)
        await here.pass_time(62)
        assert await late(here) == 1
        for overdue in (2, 3):
            dies = alive.pop(0)
            dies.view.dead = True
            await promise(alive[0], room, 0)
            await here.pass_time(int(LEASE_S) + 2)
            assert await late(here) == overdue
        await here.pass_time(62)
        assert await late(here) == 3
        for process in here.processes:
            # So that each can close in good order.
            process.view.dead = False


async def test_a_declared_room_is_not_folded_for_a_look_that_nobody_need_take_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with street(tmp_path, houses=1) as here:
        (one,) = here.processes
        (receipt,) = await send(one, body("g", "slow"))
        room = str(receipt.stream)
        await one.judge(
            receipt.signal, {"verdict": "slow_burn", "owner": "me", "look_again_at": "2026-11-23T03:15:00Z"}
        )
        await one.do(room, {"command": "declare", "title": "It got worse"})
        await one.settled()
        looked: list[str] = []
        record = Rooms.record

        async def noted(rooms: Rooms, room: str, *args: Any, **more: Any) -> Any:
            looked.append(room)
            return await record(rooms, room, *args, **more)

        monkeypatch.setattr(Rooms, "record", noted)
        here.clock.jump(3_600)
        for _ in range(3):
            assert await one.timers.fire() == 0
        assert looked == []


async def test_a_slow_burn_that_is_not_declared_comes_back(tmp_path: Path) -> None:
    async with street(tmp_path, houses=2) as here:
        one, two = here.processes
        (receipt,) = await send(one, body("g", "slow"))
        await two.judge(
            receipt.signal, {"verdict": "slow_burn", "owner": "me", "look_again_at": "2026-11-23T03:16:00Z"}
        )
        await here.pass_time(130)
        await here.heard()
        for process in here.processes:
            await process.settled()
            assert process.house.inbox.items[receipt.signal].triage == "open"
        assert [p.event.kind for p in await here.log.read_all(0, 10_000)].count("look_again_came_due") == 1
