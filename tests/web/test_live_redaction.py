"""What was redacted is in no frame that is sent afterwards, also not to a viewer who was slow."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.stage import staged
from watchroom.web.live.live import Source
from watchroom.web.live.streams import FactStream, ListStream, RoomStream

SECRET = b"hunter2"


class Slow:
    """A browser that takes nothing until it is free."""

    def __init__(self) -> None:
        self.sent = b""
        self.free = asyncio.Event()
        self.left = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.body":
            await self.free.wait()
            self.sent += message["body"]


async def until(met: Callable[[], bool]) -> None:
    """Give others their turn until it is so; a test's own limit ends what never comes."""
    while not met():  # noqa: ASYNC110 - there is nothing to wait for but the thing itself
        await asyncio.sleep(0)


@pytest.mark.parametrize("kind", ["page", "facts"])
async def test_a_slow_viewer_is_not_sent_what_was_redacted_meanwhile(kind: str, tmp_path: Path) -> None:
    """It waited in the viewer's queue when it was purged; the viewer gets the record as it reads then."""
    async with staged(tmp_path) as stage:
        house = stage.house
        room = await stage.declare()
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        made: Source = RoomStream(house, room) if kind == "page" else FactStream(house, room)
        slow, seq = Slow(), (await stage.room(room)).seq
        serving = asyncio.create_task(house.hub.serve("slow", lambda: made, seq, slow.receive, slow.send))
        slow.free.set()
        await until(lambda: b"retry" in slow.sent and "slow" in house.hub._channels)
        slow.free.clear()
        channel = house.hub._channels["slow"]
        last = seq
        for text in ("one", "two", SECRET.decode()):
            last = (await stage.do(room, {"command": "post_message", "text": text})).seq
            await until(lambda last=last: channel.at == last)  # type: ignore[misc]
        (viewer,) = channel.viewers
        assert any(SECRET in frame for _, _, frame in viewer.queue)
        done = await stage.do(room, {"command": "redact", "seq": last, "reason": "A password."})
        await until(lambda: channel.at == done.seq)
        slow.free.set()
        await until(lambda: b"A password." in slow.sent)
        assert SECRET not in slow.sent
        assert b"one" in slow.sent
        slow.left.set()
        await serving


async def test_a_list_sends_only_its_newest_state_to_a_slow_viewer(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        assert ListStream(stage.house, "board").forgets
        assert ListStream(stage.house, "signals").forgets
