"""One room with several processes: opened through one, commanded through another, watched through a third."""

import asyncio
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from tests.houses.street import Process, Street, street
from tests.houses.views import MANNERS
from tests.people.house import BY
from tests.record.turns import turns
from tests.rooms.stage import actor
from watchroom.base.errors import AlreadyDone, Conflict, UnknownThing
from watchroom.detection.declaration import Declare
from watchroom.incident.commands import decode
from watchroom.incident.handle import Handled
from watchroom.web.live.streams import FactStream, RoomStream

SAID = 30


class Viewer:
    """A program that follows a room's facts; it goes to another process when its stream is cut."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.seen: list[int] = []
        self._gone = asyncio.Event()

    def follow(self, process: Process, kind: type[FactStream] | type[RoomStream] = FactStream) -> "asyncio.Task[None]":
        """Follow from where it is until it is cut off."""
        self._gone = asyncio.Event()
        return asyncio.create_task(self._watch(process, kind))

    async def _watch(self, process: Process, kind: type[FactStream] | type[RoomStream]) -> None:
        after = self.seen[-1] if self.seen else 0
        await process.house.hub.serve(
            f"{kind.__name__}/{self.room}",
            lambda: kind(process.house, self.room),
            after,
            self._receive,
            self._send,
        )

    def cut(self) -> None:
        self._gone.set()

    async def _receive(self) -> MutableMapping[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        lines = message.get("body", b"").decode().splitlines()
        self.seen += [int(line[4:]) for line in lines if line.startswith("id: ")]


@pytest.mark.parametrize("manner", [manner for manner in MANNERS if manner != "deaf"])
@pytest.mark.parametrize("seed", range(3))
async def test_a_viewer_that_goes_from_one_to_another_misses_nothing(manner: str, seed: int, tmp_path: Path) -> None:
    async with street(tmp_path, manner, seed=str(seed)) as here:
        one, two, three = here.processes
        room = await one.declare()

        async def speak(process: Process, name: str) -> None:
            for number in range(SAID):
                await process.do(room, {"command": "post_message", "text": f"{name} {number}"})

        viewers = [Viewer(room) for _ in range(3)]
        watching = [each.follow(three) for each in viewers]
        speaking = asyncio.gather(speak(one, "one"), speak(two, "two"))
        for process in (two, one, three, two):
            before = [len(each.seen) for each in viewers]
            await turns(
                lambda: speaking.done() or all(len(v.seen) > n for v, n in zip(viewers, before, strict=True))  # noqa: B023
            )
            for each in viewers:
                each.cut()
            await asyncio.gather(*watching)
            watching = [each.follow(process) for each in viewers]
        await speaking
        head = await here.log.head(room)
        assert head is not None
        await turns(lambda: all(each.seen[-1] == head.seq for each in viewers))
        for each in viewers:
            assert each.seen == list(range(1, head.seq + 1))
            each.cut()
        await asyncio.gather(*watching)
        assert await here.broken() == []


@pytest.mark.parametrize("manner", [manner for manner in MANNERS if manner != "deaf"])
async def test_the_page_of_one_shows_what_was_written_through_another(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner) as here:
        one, two, three = here.processes
        room = await one.declare()
        viewer = Viewer(room)
        watching = viewer.follow(three, RoomStream)
        for number in range(10):
            handled = await two.do(room, {"command": "post_message", "text": str(number)})
            await turns(lambda: bool(viewer.seen) and viewer.seen[-1] == handled.seq)  # noqa: B023 - awaited at once
        assert viewer.seen == sorted(set(viewer.seen))
        viewer.cut()
        await watching


async def test_nothing_is_sent_twice_by_a_process_that_has_not_heard_of_it(tmp_path: Path) -> None:
    async with street(tmp_path, "deaf", houses=2) as here:
        one, two = here.processes
        token = await one.house.credentials.tokens.create("reader", ["read"], None, **BY)
        room = await one.declare()
        old = (await two.room(room)).seq
        await one.do(room, {"command": "post_message", "text": "seen through the first"})
        seen = (await one.room(room)).seq
        assert (await two.room(room)).seq == old < seen
        async with two.client(Authorization=f"Bearer {token}", **{"Live-Once": "1"}) as client:
            path = f"/api/v1/incidents/{room}/stream"
            again = await client.get(path, headers={"Last-Event-ID": str(seen)})
            assert "event: fact" not in again.text
            missed = await client.get(path, headers={"Last-Event-ID": str(old)})
            assert missed.text.count("event: fact") == seen - old
            # A number that no process has shown comes from a record that was put back.
            beyond = await client.get(path, headers={"Last-Event-ID": str(seen + 5)})
            assert beyond.status_code == 200


async def test_what_was_done_through_another_is_not_refused_here(tmp_path: Path) -> None:
    """The second process has folded the room, and has heard of nothing since."""
    async with street(tmp_path, "deaf", houses=2) as here:
        one, two = here.processes
        room = await one.declare()
        await two.room(room)
        await one.do(room, {"command": "propose_hypothesis", "text": "A bad deploy"})
        await two.do(room, {"command": "set_hypothesis", "hypothesis": "H1", "state": "testing"})
        await one.do(room, {"command": "mark_mitigated"})
        with pytest.raises(AlreadyDone):
            await two.do(room, {"command": "mark_mitigated"})
        with pytest.raises(UnknownThing):
            await two.do(room, {"command": "set_hypothesis", "hypothesis": "H9", "state": "testing"})
        seq = (await one.do(room, {"command": "post_message", "text": "Rolled back."})).seq
        handled = await two.do(room, {"command": "post_message", "text": "Good.", "expected_seq": seq})
        assert handled.seq == seq + 1
        with pytest.raises(Conflict):
            await one.do(room, {"command": "post_message", "text": "Late.", "expected_seq": seq})
        await one.do(room, {"command": "retract", "seq": handled.seq}, by="ana")
        assert await here.broken() == []


@pytest.mark.parametrize("seed", range(5))
async def test_the_same_request_to_two_is_done_once(seed: int, tmp_path: Path) -> None:
    async with street(tmp_path, houses=2, seed=str(seed)) as here:
        one, two = here.processes
        room = await one.declare()
        command = decode(b'{"command": "post_message", "text": "Once."}')

        async def say(process: Process) -> Handled:
            return await process.house.rooms.command(room, command, actor=actor("ana"), via="test", idempotency_key="k")

        first, second, third = await asyncio.gather(say(one), say(two), say(two))
        assert first.events == second.events == third.events

        async def declare(process: Process) -> Handled:
            return await process.house.rooms.declare_new(
                Declare(title="Checkout"), actor=actor("ana"), via="test", idempotency_key="d"
            )

        opened = await asyncio.gather(declare(one), declare(two), declare(one))
        assert len({each.room for each in opened}) == 1
        assert len(await one.rooms()) == 2
        assert await here.broken() == []


async def all_events(here: Street, process: Process, token: str, room: str) -> list[int]:
    seen: list[int] = []
    after: str | None = "0"
    async with process.client(Authorization=f"Bearer {token}") as client:
        while after is not None:
            page = (await client.get(f"/api/v1/incidents/{room}/events", params={"after": after, "limit": 4})).json()
            seen += [event["seq"] for event in page["items"]]
            after = page["next"]
    return seen


@pytest.mark.parametrize("manner", MANNERS)
async def test_events_are_walked_to_the_end_through_any(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner, houses=2) as here:
        one, two = here.processes
        token = await one.house.credentials.tokens.create("reader", ["read"], None, **BY)
        room = await one.declare()
        await two.room(room)
        for number in range(15):
            await one.do(room, {"command": "post_message", "text": str(number)})
        head = await here.log.head(room)
        assert head is not None
        for process in here.processes:
            assert await all_events(here, process, token, room) == list(range(1, head.seq + 1))


@pytest.mark.parametrize("manner", MANNERS)
async def test_lists_of_any_have_what_was_written_before_they_were_asked(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner) as here:
        token = await here.processes[0].house.credentials.tokens.create("reader", ["read"], None, **BY)
        rooms: list[str] = []
        for number in range(9):
            here.clock.jump(1)
            rooms.append(await here.processes[number % 3].declare(title=f"Incident {number}"))
            async with here.processes[(number + 1) % 3].client(Authorization=f"Bearer {token}") as client:
                shown = (await client.get("/api/v1/incidents")).json()["items"]
                assert [row["id"] for row in shown] == rooms[::-1]
        # Each page of one list through another process.
        walked: list[str] = []
        after: str | None = ""
        number = 0
        while after is not None:
            async with here.processes[number % 3].client(Authorization=f"Bearer {token}") as client:
                page = (await client.get("/api/v1/incidents", params={"limit": 2, "after": after})).json()
            walked += [row["id"] for row in page["items"]]
            after, number = page["next"], number + 1
        assert walked == rooms[::-1]
