"""The preview: the last week's signals of the real record, within its limits, and nothing written."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.rooms.stage import STARTS_AT, Stage, staged
from watchroom.detection.grouping_rules import Rule, Rules
from watchroom.incident.grouping_preview import Preview
from watchroom.integrations import alertmanager

DAY_S = 86_400
BY_ZONE = Rules([Rule(name="by zone", by=["zone"])])


def alert(group: str, name: str, zone: str = "", status: str = "firing") -> dict[str, Any]:
    labels = {"alertname": name} | ({"zone": zone} if zone else {})
    each = {"status": status, "labels": labels, "startsAt": "2026-11-23T03:14:00Z"}
    return {"version": "4", "groupKey": group, "alerts": [each]}


def preview(stage: Stage, signals: int = 1_000, events: int = 100_000, seconds: float = 10.0) -> Preview:
    return Preview(
        stage.house.log,
        stage.clock,
        stage.house.inbox.is_practice,
        signals_max=signals,
        events_max=events,
        seconds_max=seconds,
    )


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_the_last_week_alone_is_replayed_and_nothing_is_written(store: str, tmp_path: Path) -> None:
    async with staged(tmp_path, store) as stage:
        await stage.send("alertmanager", alert("old", "Long ago", "x"))
        await stage.move_to(8 * DAY_S)
        await stage.send("alertmanager", alert("g1", "A", "x"))
        await stage.send("alertmanager", alert("g2", "B", "x"))
        await stage.send("alertmanager", alert("g2", "C", "y"))
        await stage.send("alertmanager", alert("g2", "C", "y"))
        before = await stage.house.log.position()
        seen = await stage.house.preview.look(Rules(), BY_ZONE)
        assert await stage.house.log.position() == before
        assert (seen.cut, seen.until) == (False, stage.clock.now())
        assert (seen.until - seen.since).days == 7
        found = seen.comparison
        # The repeat of C is none.
        assert (found.signals, found.before.rooms, found.after.rooms, found.merged, found.split) == (3, 2, 2, 1, 1)


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_under_the_rules_as_they_are_it_tells_what_really_happened(store: str, tmp_path: Path) -> None:
    """Endings, verdicts and reopenings of real rooms are those of the replayed ones."""
    async with staged(tmp_path, store) as stage:
        await stage.house.rulebook.change(BY_ZONE.rules, actor="person:ana@example.com", via="test")
        for number in range(4):
            await stage.send("alertmanager", alert("g", f"A{number}", "x"))
            await stage.send("alertmanager", alert(f"h{number}", f"B{number}"))
        first, other, *_rest = await stage.rooms()
        await stage.do(first, {"command": "declare"})
        await stage.do(first, {"command": "resolve", "understood": "no"})
        await stage.settled()
        signal = next(iter((await stage.room(other)).signals.by_id))
        await stage.judge(signal, {"verdict": "noise"})
        await stage.send("alertmanager", alert("g", "A9", "x"))
        await stage.send("alertmanager", alert("h0", "B9"))
        found = (await stage.house.preview.look(stage.house.rulebook.ready(), Rules())).comparison
        assert found.before.rooms == len(await stage.rooms())


async def test_practice_is_left_out(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        body = msgspec.json.encode(alert("g", "A", "x"))
        signals = alertmanager.read_webhook(body, "drill-1", stage.house.limits, stage.clock.now()).signals
        await stage.house.intake.receive("drill-1", "test", signals, practice=True)
        await stage.send("alertmanager", alert("g", "A", "x"))
        await stage.settled()
        assert len(await stage.rooms()) == 2
        assert (await stage.house.preview.look(Rules(), BY_ZONE)).comparison.signals == 1


async def test_of_too_much_the_newest_is_taken_and_it_says_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for number in range(20):
            await stage.send("alertmanager", alert(f"g{number}", f"A{number}", "x"))
            await stage.move_to(stage.now_s + 10)
        whole = await preview(stage).look(Rules(), BY_ZONE)
        assert (whole.cut, whole.comparison.signals) == (False, 20)
        few = await preview(stage, signals=5).look(Rules(), BY_ZONE)
        assert (few.cut, few.comparison.signals) == (True, 5)
        assert (few.since - STARTS_AT).total_seconds() == 150
        short = await preview(stage, events=9).look(Rules(), BY_ZONE)
        assert short.cut
        assert 0 < short.comparison.signals < 5


async def test_when_the_time_is_up_it_shows_what_it_has(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.send("alertmanager", alert("g", "A", "x"))
        seen = await preview(stage, seconds=-1).look(Rules(), BY_ZONE)
        assert (seen.cut, seen.comparison.signals) == (True, 0)


async def test_one_at_a_time(tmp_path: Path) -> None:
    async with staged(tmp_path, "shaken") as stage:
        await stage.send("alertmanager", alert("g", "A", "x"))
        looks = [stage.house.preview.look(Rules(), BY_ZONE) for _ in range(3)]
        assert [seen.comparison.signals for seen in await asyncio.gather(*looks)] == [1, 1, 1]
