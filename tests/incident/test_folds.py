"""Folded rooms: what is cached, what is taken from a snapshot and what is folded anew are the same."""

import asyncio
from pathlib import Path

import pytest

from tests.rooms.invariants import plain
from tests.rooms.stage import Stage, staged
from watchroom.incident import folds
from watchroom.incident.folds import Folds
from watchroom.incident.incident import fold
from watchroom.record.event import Event
from watchroom.record.log import Log, Snapshot


async def talk(stage: Stage, room: str, count: int) -> None:
    for number in range(count):
        await stage.do(room, {"command": "propose_hypothesis", "text": f"theory {number}"})


async def test_a_room_that_nobody_opened_is_none(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        assert await stage.house.folds.get("k7m2-9qxd") is None


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_a_long_room_is_taken_up_from_its_snapshot(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folds, "SNAPSHOT_EVERY_EVENTS", 20)
    async with staged(tmp_path, store) as stage:
        room = await stage.declare()
        await talk(stage, room, 45)
        log = stage.house.log
        snapshot = await log.snapshot(room)
        while snapshot is None or snapshot.seq < 40:
            await asyncio.sleep(0)
            snapshot = await log.snapshot(room)
        expected = plain(fold(room, await log.read(room)))
        assert plain(await Folds(log).get(room)) == expected
        await stage.do(room, {"command": "set_hypothesis", "hypothesis": "H3", "state": "testing"})
        # One made by other code is not used, whatever it says.
        await log.save_snapshot(room, Snapshot(snapshot.seq, "other code", b"nonsense"))
        assert plain(await Folds(log).get(room)) == plain(fold(room, await log.read(room)))


async def test_what_was_taken_back_is_gone_from_a_snapshot_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folds, "SNAPSHOT_EVERY_EVENTS", 5)
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await talk(stage, room, 8)
        await stage.do(room, {"command": "retract", "seq": 5})
        await talk(stage, room, 8)
        await asyncio.sleep(0)
        incident = await Folds(stage.house.log).get(room)
        assert incident is not None
        assert "H1" not in incident.hypotheses.by_id
        assert plain(incident) == plain(fold(room, await stage.house.log.read(room)))


async def test_the_least_used_room_goes_first(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        rooms = [await stage.declare(title=f"Incident {number}") for number in range(4)]
        few = Folds(stage.house.log, rooms_max=2)
        held = {room: await few.get(room) for room in rooms}
        assert await few.get(rooms[3]) is held[rooms[3]]
        assert await few.get(rooms[0]) is not held[rooms[0]]
        await stage.do(rooms[3], {"command": "join"})
        again = await few.get(rooms[3])
        assert again is not None
        assert again.seq == (await stage.room(rooms[3])).seq


async def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await talk(stage, room, 20)
        asked: list[int] = []
        log = stage.house.log
        read = log.read

        async def noted(stream: str, after: int = 0, limit: int | None = None) -> list[Event]:
            asked.append(after)
            return await read(stream, after, limit)

        own: Log = log
        kept = Folds(own)
        await kept.get(room)
        own.read = noted  # type: ignore[method-assign]
        await kept.get(room)
        assert asked == []
        await stage.do(room, {"command": "join"})
        asked.clear()
        await kept.get(room)
        assert asked == [24]
