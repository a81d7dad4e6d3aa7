"""The intake: every delivery answered once it is recorded, one room a group, whatever happens at the same time."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.rooms.invariants import broken
from tests.rooms.stage import STORES, Stage, staged
from watchroom.base.errors import Overloaded, Unavailable
from watchroom.base.rng import Chance
from watchroom.incident import doors
from watchroom.incident.folds import Folds
from watchroom.incident.inbox import Inbox
from watchroom.integrations import alertmanager
from watchroom.integrations.intake import Intake
from watchroom.record.event import Claim
from watchroom.record.feed import Feed
from watchroom.record.projection import Projector


def alerts(group: str, *names: str, status: str = "firing", starts: str = "2026-11-23T03:14:00Z") -> dict[str, Any]:
    each = [{"status": status, "labels": {"alertname": name}, "startsAt": starts} for name in names]
    return {"version": "4", "groupKey": group, "alerts": each}


async def kinds(stage: Stage, kind: str) -> int:
    return [each.event.kind for each in await stage.house.log.read_all(0, 1_000_000)].count(kind)


@pytest.mark.parametrize("store", STORES)
async def test_deliveries_at_once_share_a_room_and_each_gets_its_receipts(store: str, tmp_path: Path) -> None:
    async with staged(tmp_path, store) as stage:
        bodies = [alerts(f"g{number % 4}", f"a{number}", "shared" + str(number % 4)) for number in range(40)]
        answers = await asyncio.gather(*(stage.send("alertmanager", body) for body in bodies))
        rooms = {receipt.stream for receipts in answers for receipt in receipts}
        assert len(rooms) == 4
        assert [len(receipts) for receipts in answers] == [2] * 40
        outcomes = [receipt.outcome for receipts in answers for receipt in receipts]
        assert outcomes.count("recorded") == 44
        assert outcomes.count("repeated") == 36
        assert await kinds(stage, "signal_recorded") == 44
        assert await kinds(stage, "delivery_received") == 40
        assert await broken(stage) == []


@pytest.mark.parametrize("seed", range(10))
async def test_two_processes_never_open_two_rooms_for_one_group(seed: int, tmp_path: Path) -> None:
    """Two intakes that know nothing of each other, over one record: the claims alone decide."""
    async with staged(tmp_path, "shaken", seed=str(seed)) as stage:
        other, projector = await another_intake(stage)
        intakes = (stage.house.intake, other)
        now = stage.clock.now()
        bodies = [msgspec.json.encode(alerts(f"g{number % 3}", f"a{number}")) for number in range(12)]
        readings = [alertmanager.read_webhook(body, "am", stage.house.limits, now) for body in bodies]
        await asyncio.gather(
            *(intakes[number % 2].receive("am", "test", reading.signals) for number, reading in enumerate(readings))
        )
        assert len(await stage.rooms()) == 3
        assert len(await stage.house.log.holders(doors.GROUP)) == 3
        await other.close()
        await projector.close()
        assert await broken(stage) == []


async def another_intake(stage: Stage) -> tuple[Intake, Projector]:
    log, clock = stage.house.log, stage.clock
    inbox = Inbox()
    projector = Projector(log, Feed(log), (inbox,), clock=clock)
    await projector.start()
    intake = Intake(log, Folds(log), inbox, projector, clock, Chance("another"))
    await intake.start()
    return intake, projector


@pytest.mark.parametrize("seed", range(10))
async def test_no_signal_slips_into_a_room_that_is_over(seed: int, tmp_path: Path) -> None:
    """It is closed and reopened while alerts come in: each is in one open room, or offers to reopen one."""
    async with staged(tmp_path, "shaken", seed=str(seed)) as stage:
        room = await stage.declare()
        (receipt,) = await stage.send("alertmanager", alerts("g", "first"))
        await stage.judge(receipt.signal, {"verdict": "duplicate", "of": room})

        async def end_and_reopen() -> None:
            for _ in range(4):
                await stage.do(room, {"command": "resolve", "understood": "no"})
                await stage.do(room, {"command": "reopen"})

        async def fire() -> None:
            for number in range(12):
                await stage.send("alertmanager", alerts("g", "first", starts=f"2026-11-23T03:{15 + number}:00Z"))
                await stage.send("alertmanager", alerts("g", f"another{number}"))

        await asyncio.gather(end_and_reopen(), fire())
        assert await broken(stage) == []


async def test_what_people_moved_is_found_where_it_is(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        receipts = await stage.send("alertmanager", alerts("g", "a", "b"))
        await stage.judge(receipts[0].signal, {"verdict": "duplicate", "of": room})
        (ended,) = await stage.send("alertmanager", alerts("g", "a", status="resolved"))
        assert (ended.outcome, ended.stream) == ("resolved", room)
        (again,) = await stage.send("alertmanager", alerts("g", "a", starts="2026-11-23T04:00:00Z"))
        assert (again.outcome, again.stream) == ("recorded", room)
        assert await broken(stage) == []


async def test_after_a_restart_nothing_is_news_that_was_known(tmp_path: Path) -> None:
    async with staged(tmp_path, "sqlite") as stage:
        await stage.send("alertmanager", alerts("g", "a", "b"))
        await stage.send("generic", {"title": "Disk full"})
    async with staged(tmp_path, "sqlite", seed="another") as stage:
        for kind, body in (("alertmanager", alerts("g", "a", "b")), ("generic", {"title": "Disk full"})):
            assert {receipt.outcome for receipt in await stage.send(kind, body)} == {"repeated"}
        (receipt, *_rest) = await stage.send("alertmanager", alerts("g", "c"))
        assert receipt.stream in await stage.rooms()
        assert len(await stage.rooms()) == 2
        assert await broken(stage) == []


async def test_a_group_whose_claim_was_left_behind_is_taken_over(tmp_path: Path) -> None:
    """A claim that leads nowhere must never shut a sender out for good."""
    async with staged(tmp_path) as stage:
        (first,) = await stage.send("alertmanager", alerts("g", "a"))
        await stage.judge(first.signal, {"verdict": "noise"})
        key = "alertmanager\x1fg"
        assert await stage.house.log.holder(doors.GROUP, key) is None
        await stage.house.log.append([], [Claim(doors.GROUP, key, str(first.stream))])
        (second,) = await stage.send("alertmanager", alerts("g", "b"))
        assert second.stream != first.stream
        assert await stage.house.log.holder(doors.GROUP, key) == second.stream


async def test_annotations_of_a_repeat_are_news_for_the_inbox_alone(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        body = alerts("g", "a")
        body["alerts"][0]["annotations"] = {"summary": "5 % fail"}
        (receipt,) = await stage.send("alertmanager", body)
        before = (await stage.room(str(receipt.stream))).seq
        body["alerts"][0]["annotations"] = {"summary": "31 % fail"}
        (again,) = await stage.send("alertmanager", body)
        await stage.settled()
        assert again.outcome == "repeated"
        assert (await stage.room(str(receipt.stream))).seq == before
        assert stage.house.inbox.items[receipt.signal].annotations == {"summary": "31 % fail"}


async def test_a_full_queue_and_a_closing_house_say_come_back(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        intake = Intake(
            stage.house.log, stage.house.folds, stage.house.inbox, stage.house.projector, stage.clock, Chance(1), 0
        )
        await intake.start()
        with pytest.raises(Overloaded):
            await intake.receive("am", "test", [])
        await intake.close()
        with pytest.raises(Unavailable):
            await intake.receive("am", "test", [])


async def test_closing_finishes_what_is_queued(tmp_path: Path) -> None:
    async with staged(tmp_path, "shaken") as stage:
        waiting = [asyncio.ensure_future(stage.send("alertmanager", alerts("g", f"a{number}"))) for number in range(9)]
        await asyncio.sleep(0)
        await stage.house.intake.close()
        assert len([receipt for receipts in await asyncio.gather(*waiting) for receipt in receipts]) == 9


async def test_a_moved_signal_stays_moved_when_another_of_its_old_room_fires_first(tmp_path: Path) -> None:
    """The first to come catches the old room up, and must not hide from the second that it has left."""
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        moved, other = await stage.send("alertmanager", alerts("g", "a", "b"))
        # The old room stays open: only one of its two signals is moved.
        await stage.judge(moved.signal, {"verdict": "duplicate", "of": room})
        later = "2026-11-23T04:00:00Z"
        (first,) = await stage.send("alertmanager", alerts("g", "b", starts=later))
        (second,) = await stage.send("alertmanager", alerts("g", "a", starts=later))
        assert (first.signal, first.outcome, first.stream) == (other.signal, "recorded", other.stream)
        assert (second.signal, second.outcome, second.stream) == (moved.signal, "recorded", room)
        (ended,) = await stage.send("alertmanager", alerts("g", "a", status="resolved", starts=later))
        assert (ended.outcome, ended.stream) == ("resolved", room)
        assert await broken(stage) == []
