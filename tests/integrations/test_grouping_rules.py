"""Grouping rules at the intake: claims hold between processes, practice stays apart, receipts say why."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.houses.street import pass_time
from tests.rooms.invariants import broken
from tests.rooms.stage import Stage, staged
from watchroom.base.rng import Chance
from watchroom.detection.grouping import Declares
from watchroom.detection.grouping_rules import Rule
from watchroom.detection.rulebook import Rulebook
from watchroom.detection.signal import Receipt
from watchroom.incident import doors
from watchroom.incident.folds import Folds
from watchroom.incident.inbox import Inbox
from watchroom.integrations import alertmanager
from watchroom.integrations.intake import Intake
from watchroom.people.catalogue import Services
from watchroom.record.feed import Feed
from watchroom.record.projection import Projector

BY_ZONE = Rule(name="by zone", by=["zone"])
DEPS = Rule(name="deps", group="topology")


def alert(group: str, **labels: str) -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": group,
        "alerts": [{"status": "firing", "labels": labels, "startsAt": "2026-11-23T03:14:00Z"}],
    }


async def change(stage: Stage, rules: list[Rule]) -> None:
    await stage.house.rulebook.change(rules, actor="person:ana@example.com", via="test")


async def define(stage: Stage, name: str, depends_on: list[str]) -> None:
    await stage.house.services.define(name, depends_on, actor="person:ana@example.com", via="test")


async def deliver(
    stage: Stage, intake: Intake, body: dict[str, Any], source: str = "am", practice: bool = False
) -> list[Receipt]:
    now = stage.clock.now()
    reading = alertmanager.read_webhook(msgspec.json.encode(body), source, stage.house.limits, now)
    return await intake.receive(source, "test", reading.signals, practice=practice)


async def another(stage: Stage, name: str) -> tuple[Intake, Projector]:
    """The intake of another process: a memory, folds and a rulebook of its own, over the same record."""
    log, clock = stage.house.log, stage.clock
    services = Services(log, clock)
    rulebook = Rulebook(log, clock, services)
    for followed in (services, rulebook):
        await followed.load()
    inbox = Inbox()
    projector = Projector(log, Feed(log), (inbox,), clock=clock)
    await projector.start()
    intake = Intake(log, Folds(log), inbox, projector, clock, Chance(name), rulebook=rulebook)
    await intake.start()
    return intake, projector


@pytest.mark.parametrize("seed", range(8))
async def test_processes_never_open_two_rooms_for_one_rule_key(seed: int, tmp_path: Path) -> None:
    async with staged(tmp_path, "shaken", seed=str(seed)) as stage:
        await change(stage, [BY_ZONE])
        others = [await another(stage, f"p{number}-{seed}") for number in range(2)]
        intakes = [stage.house.intake, *(intake for intake, _ in others)]
        answers = await asyncio.gather(
            *(
                deliver(stage, intakes[number % 3], alert(f"g{number}", alertname=f"A{number}", zone=f"z{number % 2}"))
                for number in range(12)
            )
        )
        assert len(await stage.rooms()) == 2
        assert len({receipt.stream for receipts in answers for receipt in receipts}) == 2
        for intake, projector in others:
            await intake.close()
            await projector.close()
        assert await broken(stage) == []


@pytest.mark.parametrize("seed", range(8))
async def test_processes_never_open_two_rooms_for_neighbours(seed: int, tmp_path: Path) -> None:
    """Two services that depend on each other fire at once, each at another process: the guards on the neighbour's key
    send whoever comes second into the first one's room."""
    async with staged(tmp_path, "shaken", seed=str(seed)) as stage:
        await define(stage, "web", ["checkout"])
        await change(stage, [DEPS])
        other, projector = await another(stage, f"other-{seed}")
        await asyncio.gather(
            deliver(stage, stage.house.intake, alert("g1", alertname="A", service="web")),
            deliver(stage, other, alert("g2", alertname="B", service="checkout")),
        )
        assert len(await stage.rooms()) == 1
        assert len(await stage.house.log.holders(doors.GROUP)) == 2
        await other.close()
        await projector.close()
        assert await broken(stage) == []


async def test_neighbours_in_one_delivery_share_a_room(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await define(stage, "web", ["checkout"])
        await change(stage, [DEPS])
        body = alert("g", alertname="A", service="web")
        body["alerts"] += alert("g", alertname="B", service="checkout")["alerts"]
        body["alerts"] += alert("g", alertname="C", service="mail")["alerts"]
        first, second, third = await stage.send("alertmanager", body)
        assert first.stream == second.stream != third.stream
        assert second.why == "rule deps: service web, which depends on checkout"


@pytest.mark.parametrize("seed", range(6))
async def test_a_rule_declares_once_however_many_fire_and_declare(seed: int, tmp_path: Path) -> None:
    """A person declares while a rule is about to: it is declared once, and nothing is refused that would not be."""
    async with staged(tmp_path, "shaken", seed=str(seed)) as stage:
        await change(stage, [BY_ZONE])
        (first,) = await stage.send("alertmanager", alert("g", alertname="A", zone="x"))
        room = str(first.stream)
        declares = Rule(name="by zone", by=["zone"], declare=Declares(impact="many", urgency="high"))
        await change(stage, [declares])
        other, projector = await another(stage, f"other-{seed}")
        done = await asyncio.gather(
            deliver(stage, stage.house.intake, alert("g1", alertname="B", zone="x")),
            deliver(stage, other, alert("g2", alertname="C", zone="x")),
            stage.do(room, {"command": "declare", "title": "EU is down"}),
            return_exceptions=True,
        )
        assert [type(each).__name__ for each in done if isinstance(each, BaseException)] in ([], ["AlreadyDone"])
        kinds = [event.kind for event in await stage.house.log.read(room)]
        assert kinds.count("incident_declared") == 1
        assert kinds.count("signal_recorded") == 3
        await other.close()
        await projector.close()
        assert await broken(stage) == []


async def test_who_declared_is_told(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        rule = Rule(name="pages", by=["zone"], declare=Declares(impact="many", urgency="high"))
        await change(stage, [rule])
        body = alert("g", alertname="A", zone="x", service="cart")
        (receipt,) = await stage.send("alertmanager", body)
        incident = await stage.room(str(receipt.stream))
        declaration = incident.declaration
        assert (incident.status, declaration.declared_rule) == ("declared", "pages")
        assert declaration.declared_by == "system:grouping"
        assert (declaration.services, incident.rating.severity) == (["cart"], "SEV1")
        assert not incident.rating.confirmed
        assert declaration.noticed_at is not None
        assert declaration.declared_at is not None
        assert declaration.noticed_at <= declaration.declared_at


async def test_practice_and_the_real_thing_never_share_a_room(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        rule = Rule(name="all", by=["zone"], declare=Declares())
        await change(stage, [rule])
        rooms: list[str | None] = []
        for source, practice in (
            ("am", False),
            ("drill-1", True),
            ("drill-2", True),
            ("am-2", False),
            ("drill-1", True),
        ):
            body = alert("g", alertname=f"{source}-{len(rooms)}", zone="x")
            (receipt,) = await deliver(stage, stage.house.intake, body, source, practice)
            rooms.append(receipt.stream)
        assert rooms[0] == rooms[3]
        assert rooms[1] == rooms[4]
        assert len(set(rooms)) == 3
        for room in set(rooms):
            incident = await stage.room(str(room))
            assert incident.declaration.practice == (room != rooms[0])
            assert (incident.status == "declared") == (room == rooms[0])


async def test_after_a_restart_rule_keys_lead_where_they_led(tmp_path: Path) -> None:
    async with staged(tmp_path, "sqlite") as stage:
        await change(stage, [BY_ZONE])
        (open_, over) = [
            (await stage.send("alertmanager", alert(zone, alertname="A", zone=zone)))[0] for zone in ("x", "y")
        ]
        await stage.do(str(over.stream), {"command": "declare"})
        await stage.do(str(over.stream), {"command": "resolve", "understood": "no"})
    async with staged(tmp_path, "sqlite", seed="another") as stage:
        (joined,) = await stage.send("alertmanager", alert("h", alertname="B", zone="x"))
        assert (joined.stream, joined.why) == (open_.stream, "rule by zone: zone=x")
        (opened,) = await stage.send("alertmanager", alert("h", alertname="C", zone="y"))
        assert opened.why == "rule by zone: a room of its own: the room before is over"
        incident = await stage.room(str(over.stream))
        assert [offer.room for offer in incident.reopening.offers] == [opened.stream]
        assert await broken(stage) == []


async def test_a_moved_signal_says_so_and_leads_on(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await change(stage, [BY_ZONE])
        room = await stage.declare()
        (receipt,) = await stage.send("alertmanager", alert("g", alertname="A", zone="x"))
        await stage.judge(receipt.signal, {"verdict": "duplicate", "of": room})
        (joined,) = await stage.send("alertmanager", alert("h", alertname="B", zone="x"))
        assert (joined.stream, joined.why) == (room, "rule by zone: zone=x")
        await stage.settled()
        assert stage.house.inbox.items[receipt.signal].why == f"moved here from {receipt.stream}"
        assert (await stage.room(room)).signals.by_id[receipt.signal].why == f"moved here from {receipt.stream}"
        assert await broken(stage) == []


async def test_repeats_and_endings_say_where_they_belong(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        body = alert("g", alertname="A")
        (first,) = await stage.send("alertmanager", body)
        (again,) = await stage.send("alertmanager", body)
        assert (again.outcome, again.why) == ("repeated", "its open room")
        await stage.judge(first.signal, {"verdict": "noise"})
        (quiet,) = await stage.send("alertmanager", body)
        assert (quiet.outcome, quiet.why) == ("repeated", "its room, which is over")
        body["alerts"][0]["status"] = "resolved"
        (ended,) = await stage.send("alertmanager", body)
        assert (ended.outcome, ended.why) == ("resolved", "its room, which is over")
        body["alerts"][0]["labels"] = {"alertname": "Never"}
        (unknown,) = await stage.send("alertmanager", body)
        assert (unknown.outcome, unknown.stream, unknown.why) == ("unmatched", None, "")


async def test_a_moved_signal_stays_moved_when_another_by_its_rule_fires_first(tmp_path: Path) -> None:
    """Through another process, too, whose memory has both in the old room."""
    async with staged(tmp_path) as stage:
        await change(stage, [BY_ZONE])
        room = await stage.declare()
        (moved,) = await deliver(stage, stage.house.intake, alert("g", alertname="A", zone="x"))
        (other,) = await deliver(stage, stage.house.intake, alert("h", alertname="B", zone="x"))
        assert moved.stream == other.stream
        intake, projector = await another(stage, "beside")
        await stage.judge(moved.signal, {"verdict": "duplicate", "of": room})
        again = {name: alert(group, alertname=name, zone="x") for group, name in (("g", "A"), ("h", "B"))}
        for body in again.values():
            body["alerts"][0]["startsAt"] = "2026-11-23T04:00:00Z"
        (first,) = await deliver(stage, intake, again["B"])
        (second,) = await deliver(stage, intake, again["A"])
        assert (first.outcome, first.stream) == ("recorded", other.stream)
        assert (second.outcome, second.stream) == ("recorded", room)
        await intake.close()
        await projector.close()
        assert await broken(stage) == []


async def test_a_window_and_a_key_are_judged_by_what_another_process_wrote(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await change(stage, [Rule(name="by zone", by=["zone"], window_s=60)])
        intake, projector = await another(stage, "beside")
        (first,) = await deliver(stage, stage.house.intake, alert("g", alertname="A", zone="x"))
        await pass_time(stage.clock, 50)
        (fresh,) = await deliver(stage, intake, alert("g", alertname="B", zone="x"))
        await pass_time(stage.clock, 50)
        # The room was made fresh by the other process, so this one must not think its window over.
        (joined,) = await deliver(stage, stage.house.intake, alert("g", alertname="C", zone="x"))
        assert first.stream == fresh.stream == joined.stream
        await pass_time(stage.clock, 61)
        (new,) = await deliver(stage, intake, alert("g", alertname="D", zone="x"))
        (follows,) = await deliver(stage, stage.house.intake, alert("g", alertname="E", zone="x"))
        assert new.stream == follows.stream != first.stream
        await intake.close()
        await projector.close()
        assert await broken(stage) == []
