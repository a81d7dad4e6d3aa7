"""Listing and inbox: made anew, taken up from their rows, or kept along, they are the same; and the timers."""

import asyncio
from pathlib import Path
from typing import Any

from tests.rooms.invariants import plain
from tests.rooms.shaken import shaken
from tests.rooms.stage import Stage, at, staged
from watchroom.base.clock import rfc3339
from watchroom.base.rng import Chance
from watchroom.incident.folds import Folds
from watchroom.incident.inbox import Inbox
from watchroom.incident.listing import Listing
from watchroom.record.memory_log import MemoryLog


class Untold(MemoryLog):
    """A record that never tells anybody of a commit, as one of another process does a moment too late."""

    def __init__(self, log: Any) -> None:
        super().__init__()
        self._told_log = log

    def on_reached(self, reached: Any) -> None:
        """Nobody is told."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("on_reached", "_told_log"):
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "_told_log"), name)


async def test_a_row_is_never_older_than_what_the_list_has_taken_in(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        listing = Listing(Folds(Untold(stage.house.log)))
        for placed in await stage.house.log.read_all():
            listing.apply(placed)
        await listing.settle()
        await stage.do(room, {"command": "mark_mitigated", "by": "a restart"})
        for placed in (await stage.house.log.read_all())[-1:]:
            listing.apply(placed)
        await listing.settle()
        row = listing.get(room)
        assert row is not None
        assert row.status == "mitigated"


async def test_a_list_that_is_saved_while_it_is_being_folded_can_be_taken_up(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        rooms = [await stage.declare(title=f"Incident {number}") for number in range(3)]
        listing = Listing(Folds(shaken(stage.house.log, Chance("turns"))))
        for placed in await stage.house.log.read_all():
            listing.apply(placed)
        settling = asyncio.create_task(listing.settle())
        saved: dict[str, bytes] = {}
        while not settling.done():
            rows = {key: listing.row(key) for key in listing.take_touched()}
            saved |= {key: row for key, row in rows.items() if row is not None}
            again = Listing(Folds(stage.house.log))
            again.restore(saved)
            await again.settle()
            assert {row.id for row in again.all()} == set(rooms)
            await asyncio.sleep(0)
        await settling


async def everything(stage: Stage) -> None:
    """Something of each kind that the inbox knows."""
    receipts = [
        *await stage.send("generic", {"title": "Search is slow"}),
        *await stage.send("generic", {"title": "Disk full"}),
        *await stage.send("generic", {"title": "Checkout fails"}),
    ]
    await stage.send("generic", {"title": "Disk full", "status": "ok"})
    look_again = rfc3339(at(300))
    verdict = {"verdict": "slow_burn", "owner": "bo@example.com", "reason": "later", "look_again_at": look_again}
    await stage.judge(receipts[0].signal, verdict)
    await stage.judge(receipts[1].signal, {"verdict": "noise", "reason": "flaps"})
    await stage.judge(receipts[2].signal, {"verdict": "incident"})


async def test_the_inbox_can_be_taken_up_anywhere(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await everything(stage)
        await stage.move_to(400)
        placed = await stage.house.log.read_all()
        whole = Inbox()
        for each in placed:
            whole.apply(each)
        for cut in range(len(placed) + 1):
            first, second = Inbox(), Inbox()
            for each in placed[:cut]:
                first.apply(each)
            second.restore({key: row for key in first.take_touched() if (row := first.row(key)) is not None})
            for each in placed[cut:]:
                second.apply(each)
            assert plain(second.items) == plain(whole.items), cut
            assert plain(second.kept) == plain(whole.kept), cut
        assert whole.open_count == 1


async def test_the_timers_write_each_thing_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await everything(stage)
        room = (await stage.rooms())[2]
        update = {"command": "post_update", "audience": "customers", "doing": "We look", "next_at": rfc3339(at(200))}
        await stage.do(room, update)
        stage.clock.jump(199)
        assert await stage.timers.fire() == 0
        stage.clock.jump(1)
        written = await stage.timers.fire()
        assert await stage.timers.fire() == 0
        stage.clock.jump(100)
        await stage.timers.fire()
        await stage.timers.fire()
        kinds = [each.event.kind for each in await stage.house.log.read_all()]
        # The house's own timers run too, and may have been first.
        assert written in (0, 1)
        assert kinds.count("update_became_overdue") == 1
        assert kinds.count("look_again_came_due") == 1


async def test_a_promise_that_was_kept_is_never_late(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        for next_s in (100, 200, 300):
            update = {"command": "post_update", "audience": "support", "impact": "Slow", "next_at": rfc3339(at(next_s))}
            await stage.do(room, update)
            await stage.move_to(next_s - 1)
        await stage.do(room, {"command": "post_update", "audience": "support", "impact": "Over", "state": "resolved"})
        await stage.move_to(5_000)
        kinds = [each.event.kind for each in await stage.house.log.read_all()]
        assert "update_became_overdue" not in kinds
