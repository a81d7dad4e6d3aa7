"""The one write path: several at once, expected numbers, and what spans two rooms lands whole or not at all."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.invariants import broken
from tests.rooms.stage import STORES, Stage, staged
from watchroom.base.errors import Conflict, Malformed, NotFound
from watchroom.incident import doors
from watchroom.incident.doors import GROUP
from watchroom.incident.incident import CODEC
from watchroom.incident.transfer import give_back, move


@pytest.mark.parametrize("store", STORES)
async def test_everything_said_at_once_lands_once(store: str, tmp_path: Path) -> None:
    async with staged(tmp_path, store) as stage:
        room = await stage.declare()
        theories = [{"command": "propose_hypothesis", "text": f"theory {number}"} for number in range(12)]
        handled = await asyncio.gather(
            *(stage.do(room, theory, by=f"p{number}") for number, theory in enumerate(theories))
        )
        seqs = [event.seq for each in handled for event in each.events]
        assert sorted(seqs) == list(range(5, 17))
        incident = await stage.room(room)
        assert list(incident.hypotheses.by_id) == [f"H{number}" for number in range(1, 13)]
        assert {each.text for each in incident.hypotheses.by_id.values()} == {each["text"] for each in theories}
        assert await broken(stage) == []


async def test_of_two_who_do_the_same_at_once_one_is_told_that_it_is_done(tmp_path: Path) -> None:
    async with staged(tmp_path, "shaken") as stage:
        room = await stage.declare()
        done = await asyncio.gather(
            *(stage.do(room, {"command": "mark_mitigated", "by": name}, name) for name in ("ana", "bo", "cem")),
            return_exceptions=True,
        )
        assert sorted(getattr(each, "code", "done") for each in done) == ["already_done", "already_done", "done"]


async def test_an_expected_number_that_has_passed_is_a_conflict(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        said = {"command": "post_message", "text": "hello", "expected_seq": 4}
        assert (await stage.do(room, said)).seq == 5
        with pytest.raises(Conflict):
            await stage.do(room, said)


async def test_rooms_that_there_are_not(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for room in ("k7m2-9qxd", "directory", "source:alertmanager", "", "../etc"):
            with pytest.raises(NotFound):
                await stage.do(room, {"command": "join"})


@pytest.mark.parametrize("when", ["1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z"])
async def test_times_that_nobody_can_mean(when: str, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        with pytest.raises(Malformed):
            await stage.do(room, {"command": "join", "at": when})


async def test_a_stated_time_is_the_facts_and_the_clocks_is_kept_beside_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.move_to(600)
        (event,) = (await stage.do(room, {"command": "mark_mitigated", "at": "2026-11-23T03:20:00Z"})).events
        assert event.at.isoformat() == "2026-11-23T03:20:00+00:00"
        assert event.recorded_at == stage.clock.now()
        assert (await stage.room(room)).impact.mitigated_at == event.at


async def relapsed(stage: Stage) -> tuple[str, str]:
    """An incident that is over, and the room in which what fired again waits."""
    await stage.send("alertmanager", alerts("2026-11-23T03:14:00Z", "first"))
    (room,) = await stage.rooms()
    await stage.do(room, {"command": "declare", "title": "Checkout"})
    await stage.do(room, {"command": "resolve", "understood": "yes"})
    await stage.send("alertmanager", alerts("2026-11-23T04:00:00Z", "first"))
    return room, (await stage.rooms())[1]


def alerts(starts: str, *names: str) -> dict[str, Any]:
    each = [{"status": "firing", "labels": {"alertname": name}, "startsAt": starts} for name in names]
    return {"version": "4", "groupKey": "g", "alerts": each}


@pytest.mark.parametrize("seed", range(30))
async def test_reopening_while_more_comes_in_leaves_nothing_behind(seed: int, tmp_path: Path) -> None:
    async with staged(tmp_path, "shaken", seed=str(seed)) as stage:
        room, waiting = await relapsed(stage)

        async def fire() -> None:
            for number in range(4):
                await stage.send("alertmanager", alerts("2026-11-23T04:00:00Z", f"more{number}"))

        await asyncio.gather(fire(), stage.do(room, {"command": "reopen"}))
        assert await broken(stage) == []
        assert list((await stage.room(waiting)).signals.by_id) == []
        assert len((await stage.room(room)).signals.by_id) == 5
        assert set((await stage.house.log.holders(doors.GROUP)).values()) == {room}


async def test_what_is_decided_of_another_room_holds_for_the_number_it_was_decided_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more alert reaches the waiting room after it was looked at and before anything is written."""
    async with staged(tmp_path) as stage:
        room, waiting = await relapsed(stage)
        log = stage.house.log
        holder = log.holder
        late = ["late"]

        async def interrupted(scope: str, key: str) -> str | None:
            # Where the doors are asked for; folding asks too, and must not be waited for in the middle of itself.
            if late and scope == GROUP:
                await stage.send("alertmanager", alerts("2026-11-23T04:00:00Z", late.pop()))
                await stage.room(waiting)
            return await holder(scope, key)

        monkeypatch.setattr(log, "holder", interrupted)
        await stage.do(room, {"command": "reopen"})
        assert not late
        assert list((await stage.room(waiting)).signals.by_id) == []
        assert len((await stage.room(room)).signals.by_id) == 2
        assert await broken(stage) == []


async def test_reopening_says_only_what_it_brought_back(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room, waiting = await relapsed(stage)
        await stage.do(waiting, {"command": "declare", "title": "Something else"})
        (event,) = (await stage.do(room, {"command": "reopen"})).events
        fact = CODEC.decode(event)
        assert getattr(fact, "joined", None) == []
        assert len((await stage.room(waiting)).signals.by_id) == 1
        assert await broken(stage) == []


async def test_what_moves_tells_where_from_and_takes_its_state_along(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room, waiting = await relapsed(stage)
        body = alerts("2026-11-23T04:00:00Z", "first", "second")
        body["alerts"][1]["status"] = "resolved"
        await stage.send("alertmanager", alerts("2026-11-23T04:00:00Z", "second"))
        await stage.send("alertmanager", body)
        here = await stage.room(waiting)
        away, arriving = give_back(here, room)
        assert [type(fact).__name__ for fact in away] == [
            "SignalTriaged",
            "SignalTriaged",
            "SignalMoved",
            "SignalMoved",
        ]
        assert [type(fact).__name__ for fact in arriving] == ["SignalRecorded", "SignalRecorded", "SignalResolved"]
        assert {getattr(fact, "moved_from", waiting) for fact in arriving} == {waiting}
        assert move([], here, room) == ([], [])
