"""A watch for stability in which no server was there: told by the one that comes, and never passed off as quiet."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.record.turns import some_turns, turns
from tests.rooms.stage import STARTS_AT, Stage, staged
from watchroom.app import open_house
from watchroom.base.clock import DrillClock
from watchroom.base.rng import Chance
from watchroom.config import Settings
from watchroom.incident.checklist import checklist
from watchroom.incident.gaps import gaps
from watchroom.incident.incident import CODEC
from watchroom.record.lease import Vacancy
from watchroom.record.memory_log import MemoryLog
from watchroom.web.house import House
from watchroom.web.patterns.examples import ExamplePeople
from watchroom.web.room.panels import panel_html
from watchroom.web.sayings.of_incident import say

URL = "http://127.0.0.1:0"


async def watching(stage: Stage, minutes: int, **also: Any) -> str:
    """A mitigated room whose alert has ended, and that is being watched."""
    alert = {"title": "Checkout fails", "dedup_key": "checkout"}
    (receipt,) = await stage.send("generic", {**alert, "status": "firing"})
    assert receipt.stream is not None
    await stage.send("generic", {**alert, "status": "resolved"})
    await stage.do(receipt.stream, {"command": "declare", "title": "Checkout fails"})
    await stage.do(receipt.stream, {"command": "mark_mitigated", "by": "rolled back"})
    await stage.do(receipt.stream, {"command": "watch_stability", "minutes": minutes, **also})
    return receipt.stream


async def kinds(house: House, room: str) -> list[str]:
    return [event.kind for event in await house.log.read(room)]


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "stopped"])
async def test_a_server_that_comes_back_says_that_nobody_listened(tmp_path: Path, killed: bool) -> None:
    clock, chance, log = DrillClock(STARTS_AT, rate=0), Chance("restart"), MemoryLog(Chance("log"))
    settings = Settings(data=str(tmp_path))
    async with open_house(settings, URL, log=log, clock=clock, chance=chance) as house:
        await turns(lambda: house.health.leases[0].held)
        room = await watching(Stage(house, clock), 1)
    if killed:
        assert await log.take_lease("timers", "killed", clock.now(), 15)
    clock.jump(150)
    async with open_house(settings, URL, log=log, clock=clock, chance=Chance("again")) as house:
        timers = house.health.timers
        assert timers is not None
        await turns(lambda: timers.written == 2)
        assert (await kinds(house, room))[-2:] == ["stability_watch_went_unheard", "stability_watch_lapsed"]
        watch = (await house.rooms.room(room)).stability.last
        assert watch is not None
        assert (watch.state, watch.unheard_s) == ("lapsed", 60)


async def test_a_short_restart_is_no_absence(tmp_path: Path) -> None:
    clock, chance, log = DrillClock(STARTS_AT, rate=0), Chance("restart"), MemoryLog(Chance("log"))
    settings = Settings(data=str(tmp_path))
    async with open_house(settings, URL, log=log, clock=clock, chance=chance) as house:
        await turns(lambda: house.health.leases[0].held)
        room = await watching(Stage(house, clock), 1)
    clock.jump(20)
    async with open_house(settings, URL, log=log, clock=clock, chance=Chance("again")) as house:
        await turns(lambda: house.health.leases[0].held)
        await some_turns()
        assert "stability_watch_went_unheard" not in await kinds(house, room)


async def test_what_was_heard_is_said_alike_by_every_page(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await watching(stage, 10)
        stage.clock.jump(300)
        away = Vacancy(stage.clock.now() - timedelta(seconds=240), stage.clock.now())
        assert await stage.timers.note_away(away) == 1
        await stage.move_to(700)
        await stage.do(room, {"command": "resolve", "understood": "yes", "text": "A field that was empty"})
        incident = await stage.room(room)
        events = await stage.house.log.read(room)
        said = "nobody listened for 4 min of it"
        assert [said in check.left for check in checklist(incident) if check.opens == "do-watch"] == [True]
        assert said in panel_html("closing", incident, ExamplePeople())
        lapsed = next(event for event in events if event.kind == "stability_watch_lapsed")
        assert said in say(lapsed, CODEC.decode(lapsed)).text
        history = [(event, fact) for event in events if (fact := CODEC.decode(event)) is not None]
        (gap,) = [gap for gap in gaps(incident, history, None) if gap.gap == "mitigation_as_resolution"]
        assert (gap.found, said in gap.sentence) == (True, True)


@pytest.mark.parametrize(
    ("away_s", "reason", "codes"),
    [
        (240, "", ["watch_cannot_pass"]),
        (240, "The graph is flat", []),
        (0, "", ["watch_running"]),
    ],
)
async def test_resolving_does_not_wait_for_what_cannot_pass(
    away_s: float, reason: str, codes: list[str], tmp_path: Path
) -> None:
    async with staged(tmp_path) as stage:
        room = await watching(stage, 10)
        stage.clock.jump(300)
        if away_s:
            away = Vacancy(stage.clock.now() - timedelta(seconds=away_s), stage.clock.now())
            assert await stage.timers.note_away(away) == 1
        done = await stage.do(room, {"command": "resolve", "understood": "yes", "text": "A field", "reason": reason})
        warned = [each for each in done.warnings if each.code.startswith("watch")]
        assert [each.code for each in warned] == codes
        if codes == ["watch_cannot_pass"]:
            assert "nobody listened for 4 min of it" in warned[0].message
            assert "Wait" not in warned[0].hint


async def test_a_watch_that_was_stated_to_have_begun_before_is_heard_from_when_it_was_said(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.clock.jump(3_600)
        room = await watching(stage, 10, at=(STARTS_AT + timedelta(seconds=3_000)).isoformat())
        watch = (await stage.room(room)).stability.last
        assert watch is not None
        assert watch.unheard_s == 600
        await stage.move_to(3_602)
        assert (await kinds(stage.house, room))[-1] == "stability_watch_lapsed"
