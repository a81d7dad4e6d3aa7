"""Signals with several processes: one room a group, each change recorded once, and a repeat is one of what is, whoever
wrote it.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.houses.street import Process, Street, street
from tests.houses.views import MANNERS
from tests.rooms.stage import Stage
from watchroom.base.errors import Refused
from watchroom.detection.signal import Receipt
from watchroom.incident import doors
from watchroom.incident.inbox import SOURCE_PREFIX
from watchroom.integrations import alertmanager

FIRE, END = "firing", "resolved"


def body(group: str, *names: str, status: str = FIRE, episode: int = 0) -> dict[str, Any]:
    starts = f"2026-11-23T03:{episode:02d}:00Z"
    each = [{"status": status, "labels": {"alertname": name}, "startsAt": starts} for name in names]
    return {"version": "4", "groupKey": group, "alerts": each}


async def send(stage: Stage, what: dict[str, Any], source: str = "am", note: str = "test") -> list[Receipt]:
    """A delivery to this process; `note` goes into the record with its receipts."""
    reading = alertmanager.read_webhook(msgspec.json.encode(what), source, stage.house.limits, stage.clock.now())
    return await stage.house.intake.receive(source, note, reading.signals)


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("seed", range(5))
async def test_the_same_alert_to_two_at_once(manner: str, seed: int, tmp_path: Path) -> None:
    async with street(tmp_path, manner, seed=str(seed)) as here:
        answers = await asyncio.gather(*(send(process, body("g", "a")) for process in here.processes))
        receipts = [receipt for answer in answers for receipt in answer]
        assert Counter(receipt.outcome for receipt in receipts) == {"recorded": 1, "repeated": 2}
        assert len({receipt.stream for receipt in receipts}) == 1
        assert len(await here.processes[0].rooms()) == 1
        ended = await asyncio.gather(*(send(process, body("g", "a", status=END)) for process in here.processes))
        outcomes = Counter(receipt.outcome for answer in ended for receipt in answer)
        assert outcomes == {"resolved": 1, "repeated": 2}
        again = await asyncio.gather(*(send(process, body("g", "a", episode=9)) for process in here.processes))
        assert Counter(answer[0].outcome for answer in again) == {"recorded": 1, "repeated": 2}
        assert await here.broken() == []
        for process in here.processes:
            (item,) = process.house.inbox.items.values()
            assert (item.count, item.state) == (9, FIRE)


@pytest.mark.parametrize("manner", MANNERS)
async def test_a_repeat_is_one_of_what_is_now(manner: str, tmp_path: Path) -> None:
    """Each process in turn knows the state that another one has made."""
    async with street(tmp_path, manner) as here:
        one, two, three = here.processes
        course: list[tuple[Process, str, int, str]] = [
            (one, FIRE, 0, "recorded"),
            (two, FIRE, 0, "repeated"),
            (two, END, 0, "resolved"),
            (one, FIRE, 0, "recorded"),
            (three, FIRE, 0, "repeated"),
            (one, END, 0, "resolved"),
            (two, END, 0, "repeated"),
            (three, FIRE, 1, "recorded"),
            (one, FIRE, 1, "repeated"),
            (two, FIRE, 2, "recorded"),
            (one, FIRE, 2, "repeated"),
        ]
        for process, status, episode, outcome in course:
            (receipt,) = await send(process, body("g", "a", status=status, episode=episode))
            assert receipt.outcome == outcome
        assert (await send(one, body("g", "never", status=END)))[0].outcome == "unmatched"
        assert await here.broken() == []


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("seed", range(3))
async def test_an_end_meets_the_beginning_that_another_takes_in(manner: str, seed: int, tmp_path: Path) -> None:
    """Whichever is first: an end that came after the beginning is never called unmatched."""
    async with street(tmp_path, manner, houses=2, seed=str(seed)) as here:
        one, two = here.processes
        began, ended = await asyncio.gather(send(one, body("g", "a")), send(two, body("g", "a", status=END)))
        outcomes = (began[0].outcome, ended[0].outcome)
        assert outcomes in {("recorded", "resolved"), ("recorded", "unmatched")}
        assert await here.broken() == []
        (item,) = one.house.inbox.items.values()
        assert item.state == (END if outcomes[1] == "resolved" else FIRE)


@pytest.mark.parametrize("manner", MANNERS)
async def test_one_alert_by_two_groups_through_two_processes_is_one_signal(manner: str, tmp_path: Path) -> None:
    """No group's claim tells them of each other: the signal's own does."""
    async with street(tmp_path, manner, houses=2) as here:
        one, two = here.processes
        answers = await asyncio.gather(send(one, body("g1", "a")), send(two, body("g2", "a")))
        assert sorted(receipt.outcome for answer in answers for receipt in answer) == ["recorded", "repeated"]
        assert len({answer[0].stream for answer in answers}) == 1
        assert await here.broken() == []


@pytest.mark.parametrize("manner", MANNERS)
async def test_a_room_that_is_over_elsewhere_swallows_nothing_here(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner, houses=2) as here:
        one, two = here.processes
        (first,) = await send(one, body("g", "a"))
        assert (await send(two, body("g", "a")))[0].outcome == "repeated"
        room = str(first.stream)
        await one.do(room, {"command": "declare", "title": "Checkout"})
        await one.do(room, {"command": "resolve", "understood": "yes"})
        (again,) = await send(two, body("g", "a", episode=1))
        assert (again.outcome, again.stream == room) == ("recorded", False)
        assert [offer.room for offer in (await one.room(room)).reopening.offers] == [again.stream]
        # The first knows it in the room that is over, and hears of it in the other.
        (ended,) = await send(one, body("g", "a", status=END, episode=1))
        assert (ended.outcome, ended.stream) == ("resolved", again.stream)
        await one.do(room, {"command": "reopen"})
        (back,) = await send(two, body("g", "a", episode=2))
        assert (back.outcome, back.stream) == ("recorded", room)
        assert await here.broken() == []


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("second", [END, FIRE])
async def test_what_one_group_of_deliveries_makes_news_follows_where_others_led_it(
    second: str, manner: str, tmp_path: Path
) -> None:
    """Against what was known before, the last of these is a repeat; after the one that it waited with, it is news, and
    rests on a key that another process has led since."""
    async with street(tmp_path, manner, houses=2) as here:
        one, two = here.processes
        await send(one, body("g1", "a"))
        await send(two, body("g1", "a"))
        await send(one, body("g2", "a", episode=1))
        answers = await asyncio.gather(
            send(two, body("g1", "a", status=second, episode=2)), send(two, body("g2", "a", episode=1))
        )
        expected = "resolved" if second == END else "recorded"
        assert [answer[0].outcome for answer in answers] == [expected, "recorded"]
        assert len(await here.processes[0].rooms()) == 1
        assert await here.broken() == []


async def end_and_reopen(process: Process, rooms: list[str], dice: random.Random) -> None:
    """People at work: they judge, declare, resolve and reopen whatever is there."""
    for _ in range(3):
        for room in rooms or await process.rooms():
            command = dice.choice(
                [
                    {"command": "declare", "title": "It is real"},
                    {"command": "resolve", "understood": "no"},
                    {"command": "reopen"},
                    {"command": "post_message", "text": "Looking."},
                ]
            )
            try:
                await process.do(room, command)
            except Refused:
                continue


async def check_receipts(here: Street) -> None:
    """Walk the record in commit order and hold every receipt against what was known of its signal at that moment."""
    stands: dict[str, tuple[str, str]] = {}
    recorded: Counter[str] = Counter()
    for placed in await here.log.read_all(0, 1_000_000):
        event = placed.event
        data = msgspec.json.decode(event.data or b"{}")
        if event.kind == "signal_recorded" and not data.get("moved_from"):
            recorded[data["signal"]] += 1
        if not event.stream.startswith(SOURCE_PREFIX):
            continue
        status, episode = event.via.split()
        for receipt in data["receipts"]:
            before = stands.get(receipt["signal"])
            if status == END:
                expected = "unmatched" if before is None else "resolved" if before[0] == FIRE else "repeated"
            else:
                expected = "repeated" if before == (FIRE, episode) else "recorded"
            assert receipt["outcome"] == expected, (event.seq, receipt, before)
            if expected == "recorded":
                recorded[receipt["signal"]] -= 1
                stands[receipt["signal"]] = (FIRE, episode)
            elif expected == "resolved":
                stands[receipt["signal"]] = (END, before[1] if before else "")
    assert set(recorded.values()) <= {0}


Delivery = tuple[int, str, list[str], str, int]
deliveries = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["g1", "g2"]),
        st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True),
        st.sampled_from([FIRE, FIRE, END]),
        st.integers(0, 2),
    ),
    min_size=2,
    max_size=14,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries, st.sampled_from(MANNERS), st.integers(0, 2**16), st.booleans())
def test_whatever_comes_to_whomever_at_once(
    tmp_path: Path, sent: list[Delivery], manner: str, seed: int, people: bool
) -> None:
    async def course() -> None:
        async with street(tmp_path, manner, seed=str(seed)) as here:
            dice = random.Random(seed)
            at_once: list[Awaitable[Any]] = []
            for number, group, names, status, episode in sent:
                what = body(group, *names, status=status, episode=episode)
                at_once.append(send(here.processes[number], what, note=f"{status} {episode}"))
                if dice.random() < 0.3:
                    await asyncio.gather(*at_once)
                    at_once = []
                if people and dice.random() < 0.4:
                    at_once.append(end_and_reopen(dice.choice(here.processes), [], dice))
            await asyncio.gather(*at_once)
            await check_receipts(here)
            assert await here.broken() == []
            if not people:
                assert len(await here.processes[0].rooms()) <= 2
            groups = await here.log.holders(doors.GROUP)
            assert len(set(groups)) == len(groups)

    asyncio.run(course())


async def test_a_storm_through_three_processes(tmp_path: Path) -> None:
    """Every process takes the same groups in at the same time, as behind a load balancer."""
    async with street(tmp_path, "late") as here:
        answers = await asyncio.gather(
            *(
                send(here.processes[number % 3], body(f"g{number % 5}", *(f"a{number % 5}-{n}" for n in range(10))))
                for number in range(60)
            )
        )
        outcomes = Counter(receipt.outcome for answer in answers for receipt in answer)
        assert outcomes == {"recorded": 50, "repeated": 550}
        assert len(await here.processes[0].rooms()) == 5
        assert await here.broken() == []
        for process in here.processes:
            assert {item.count for item in process.house.inbox.items.values()} == {12}
