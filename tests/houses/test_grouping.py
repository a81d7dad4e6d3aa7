"""Grouping rules with several processes: each learns what another one changed, and one key leads to one room."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.houses.street import Street, street
from tests.houses.views import MANNERS
from tests.rooms.stage import Stage
from watchroom.detection.grouping_rules import Rule
from watchroom.detection.signal import Receipt
from watchroom.integrations import alertmanager

BY_ZONE = Rule(name="by zone", by=["zone"])
DEPS = Rule(name="deps", group="topology")
ANA = "person:ana@example.com"


async def send(stage: Stage, group: str, minute: int = 0, **labels: str) -> Receipt:
    """One alert to this process."""
    each = {"status": "firing", "labels": labels, "startsAt": f"2026-11-23T03:{minute:02d}:00Z"}
    body: dict[str, Any] = {"version": "4", "groupKey": group, "alerts": [each]}
    reading = alertmanager.read_webhook(msgspec.json.encode(body), "am", stage.house.limits, stage.clock.now())
    (receipt,) = await stage.house.intake.receive("am", "test", reading.signals)
    return receipt


async def ruled(here: Street, *rules: Rule) -> None:
    """Change the rules through the first house, and give the others the time that they may take to know."""
    await here.processes[0].house.rulebook.change(rules, actor=ANA, via="test")
    await here.pass_time(2)


@pytest.mark.parametrize("manner", MANNERS)
async def test_each_learns_what_another_changed(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner) as here:
        await ruled(here, BY_ZONE)
        books = [process.house.rulebook for process in here.processes]
        assert [book.now.version for book in books] == [1, 1, 1]
        assert [book.ready().rules for book in books] == [(BY_ZONE,)] * 3


@pytest.mark.parametrize("manner", MANNERS)
async def test_a_change_counts_at_once_in_every_process(manner: str, tmp_path: Path) -> None:
    """A signal is grouped by what stands when it is written, though its process has not heard of the change yet."""
    async with street(tmp_path, manner) as here:
        one, two, three = here.processes
        await one.house.rulebook.change([BY_ZONE], actor=ANA, via="test")
        first = await send(two, "a", alertname="A", zone="x")
        second = await send(three, "b", alertname="B", zone="x")
        assert first.stream == second.stream
        await two.house.rulebook.change([DEPS], actor=ANA, via="test")
        await one.house.services.define("shop", ["db"], actor=ANA, via="test")
        shop = await send(three, "c", alertname="C", service="shop")
        assert shop.stream == (await send(two, "d", alertname="D", service="db")).stream
        mail = await send(one, "e", alertname="E", service="mail")
        assert mail.stream != shop.stream
        await three.house.services.define("mail", ["post"], actor=ANA, via="test")
        assert (await send(two, "f", alertname="F", service="post")).stream == mail.stream
        await one.house.services.remove("mail", actor=ANA, via="test")
        await one.house.services.define("print", ["mail"], actor=ANA, via="test")
        assert (await send(three, "g", alertname="G", service="print")).stream == mail.stream
        assert await here.broken() == []


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("seed", range(3))
async def test_one_key_leads_to_one_room_through_any(manner: str, seed: int, tmp_path: Path) -> None:
    async with street(tmp_path, manner, seed=str(seed)) as here:
        await ruled(here, BY_ZONE)
        sent = [
            send(process, f"g{number}", zone="x", host=f"h{number}") for number, process in enumerate(here.processes)
        ]
        (room,) = {receipt.stream for receipt in await asyncio.gather(*sent)}
        one, two, three = here.processes
        await one.do(str(room), {"command": "declare", "title": "Zone x"})
        await two.do(str(room), {"command": "resolve", "understood": "no"})
        # News of a signal whose room another process has ended opens the next room, which all the others join.
        sent = [send(process, "g", zone="x", host=f"n{number}") for number, process in enumerate(here.processes)]
        (after,) = {receipt.stream for receipt in await asyncio.gather(*sent)}
        assert after != room
        assert (await send(three, "g0", 9, zone="x", host="h0")).stream == after
        assert await here.broken() == []


@pytest.mark.parametrize("manner", MANNERS)
async def test_neighbours_at_once_share_a_room(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner, houses=2) as here:
        one, two = here.processes
        await one.house.services.define("shop", ["db"], actor=ANA, via="test")
        await ruled(here, DEPS)
        sent = [send(one, "a", alertname="A", service="shop"), send(two, "b", alertname="B", service="db")]
        receipts = await asyncio.gather(*sent)
        assert len({receipt.stream for receipt in receipts}) == 1
        assert await here.broken() == []


@pytest.mark.parametrize("manner", MANNERS)
async def test_what_was_moved_through_one_stays_there_through_another(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner, houses=2) as here:
        one, two = here.processes
        await ruled(here, BY_ZONE)
        moved = await send(two, "a", alertname="A", zone="x")
        other = await send(two, "b", alertname="B", zone="x")
        room = await one.declare()
        await here.heard()
        await one.judge(moved.signal, {"verdict": "duplicate", "of": room})
        assert (await send(two, "b", 9, alertname="B", zone="x")).stream == other.stream
        assert (await send(two, "a", 9, alertname="A", zone="x")).stream == room
        assert await here.broken() == []
