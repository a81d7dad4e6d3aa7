"""Redaction with several processes: what is purged through one is in no answer and in no memory of any, and exactly one
finishes what a dead one has left.
"""

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

from tests.houses.memory import held
from tests.houses.street import Process, Street, street
from tests.people.house import BY
from tests.record.turns import turns
from watchroom.detection.signal import DeliveryKept
from watchroom.incident.purge import LEASE_S, ROWS
from watchroom.record.memory_log import MemoryLog
from watchroom.web.exports.forms import Made, rendered
from watchroom.web.live.live import Source
from watchroom.web.live.streams import FactStream, ListStream, RoomStream

SECRET = "hunter2-correct-horse"
COMMAND = {"command": "assign_role", "role": "incident_commander", "person": "me"}
PATHS = (
    "/api/v1/incidents", "/api/v1/signals", "/api/v1/signals/kept", "/api/v1/sources", "/api/v1/changes",
    "/api/v1/sources/pager", "/api/v1/incidents/{room}", "/api/v1/incidents/{room}/events",
    "/api/v1/incidents/{room}/brief", "/api/v1/incidents/{room}/flow", "/api/v1/incidents/{room}/gaps",
    "/api/v1/incidents/{room}/export", "/api/v1/incidents/{room}/export?format=md",
    "/api/v1/incidents/{room}/export?format=html", "/", "/signals", "/incidents/{room}", "/incidents/{room}/entries",
    "/incidents/{room}/review", "/api/v1/measures", "/api/v1/incidents/{room}/measures",
    "/settings/sources/pager", "/settings/sources/pager/mapping", "/people", "/metrics",
)  # fmt: skip


class Slow:
    """A browser or program that takes nothing until it is free."""

    def __init__(self) -> None:
        self.sent = b""
        self.free, self.left = asyncio.Event(), asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.free.wait()
        self.sent += message.get("body", b"")


async def watching(process: Process, room: str) -> "list[tuple[Slow, asyncio.Task[None]]]":
    """A slow viewer of every live stream of the process; each takes nothing from now on."""
    house = process.house
    seq = (await process.room(room)).seq
    position = await house.log.position()
    made: dict[str, tuple[Source, int]] = {
        "page": (RoomStream(house, room), seq),
        "facts": (FactStream(house, room), seq),
        "board": (ListStream(house, "board"), position),
        "signals": (ListStream(house, "signals"), position),
    }
    viewers = []
    for key, (source, after) in made.items():
        slow = Slow()
        slow.free.set()
        served = house.hub.serve(key, lambda source=source: source, after, slow.receive, slow.send)  # type: ignore[misc]
        viewers.append((slow, asyncio.create_task(served)))
    await turns(lambda: all(b"retry" in slow.sent for slow, _served in viewers))
    for slow, _served in viewers:
        slow.free.clear()
    return viewers


async def fill(process: Process, room: str) -> list[tuple[str, int]]:
    """Have the secret stand wherever a house may repeat it; which entries must go."""
    alert = {"title": f"says {SECRET}", "dedup_key": SECRET, "service": "checkout", "description": SECRET}
    (receipt,) = await process.send("generic", alert, "pager")
    other = receipt.stream or ""
    await process.do(other, {"command": "declare"})
    await process.do(other, COMMAND)
    kept = DeliveryKept(body=f'{{"title": "says {SECRET}"', bytes_total=9, path="/x", code="malformed", message="?")
    await process.house.intake.receive("pager", "generic", [], kept)
    places = [(other, 2)]
    for command in (
        {"command": "post_message", "text": f"The password is {SECRET}."},
        {"command": "propose_hypothesis", "text": f"{SECRET} leaked"},
        {"command": "assign_task", "person": "bo@example.com", "text": f"Change {SECRET}"},
        {"command": "page", "person": "ana@example.com", "text": f"Come: {SECRET}"},
        {"command": "post_update", "audience": "responders", "doing": f"Changing {SECRET}."},
    ):
        places += [(room, event.seq) for event in (await process.do(room, command, by="bo")).events]
    return places


async def ready(here: Street) -> str:
    """People and a source, known to all; a reader's token."""
    one = here.processes[0]
    await one.house.credentials.add_user("ana@example.com", "Ana", admin=True, **BY)
    await one.house.directory.add("bo@example.com", "Bo", actor="system:test", via="test")
    await one.house.credentials.sources.create("pager", "generic", **BY)
    return await one.house.credentials.tokens.create("all", ["admin"], None, **BY)


async def told(here: Street, manner: str) -> None:
    """Everybody knows, by word or by looking once a second."""
    if manner == "deaf":
        await here.pass_time(2)
    else:
        await here.heard()
        await here.pass_time(1)


async def answers(process: Process, room: str, token: str) -> dict[str, str]:
    found = {}
    session = (await process.house.credentials.sessions.open("ana@example.com")).secret
    async with process.client(Authorization=f"Bearer {token}") as api, process.client() as browser:
        for path in (each.replace("{room}", room) for each in PATHS):
            if path.startswith(("/api/", "/metrics")):
                answer = await api.get(path)
            else:
                answer = await browser.get(path, headers={"Cookie": f"wr_session={session}"})
            found[path] = answer.text if answer.status_code == 200 else f"! {answer.status_code} {answer.text}"
    return found


@pytest.mark.parametrize("manner", ["late", "deaf"])
async def test_what_one_redacts_no_other_says_or_holds_any_more(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner) as here:
        one = here.processes[0]
        token = await ready(here)
        room = await one.declare()
        await one.do(room, COMMAND)
        await told(here, manner)
        viewers = [pair for process in here.processes for pair in await watching(process, room)]
        # This one is on its way to each of them; what comes after it waits in the house.
        await one.do(room, {"command": "post_message", "text": "On its way."})
        await told(here, manner)
        places = await fill(one, room)
        await told(here, manner)
        for process in here.processes:
            process.house.recent.note("pager", SECRET.encode(), process.clock.now())
            assert held(process.house, SECRET)
        said = await answers(here.processes[-1], room, token)
        assert [f"{path}: {text}" for path, text in said.items() if text.startswith("!")] == []
        assert sum(SECRET in text for text in said.values()) > 8
        del said
        for place, seq in places:
            await one.do(place, {"command": "redact", "seq": seq, "reason": "A password."})
        await told(here, manner)
        for slow, _served in viewers:
            slow.free.set()
        await told(here, manner)
        for process in here.processes:
            for place in {place for place, _seq in places}:
                for path, text in (await answers(process, place, token)).items():
                    assert SECRET not in text, path
        for slow, served in viewers:
            # The streams of one that is told of nothing stand still until somebody looks.
            assert manner == "deaf" or slow.sent.count(b"id: ") > 1
            assert SECRET.encode() not in slow.sent
            slow.left.set()
            await served
        gc.collect()
        for process in here.processes:
            assert held(process.house, SECRET) == []
        assert await here.log.rows(ROWS) == {}
        assert await here.broken() == []


class Scrubs:
    """Who scrubs the files, and how many at once; each waits until it may end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = self.now = self.most = 0
        self.may_end = asyncio.Event()
        scrub = MemoryLog.scrub

        async def counted(log: MemoryLog, texts: Any = ()) -> None:
            self.begun += 1
            self.now += 1
            self.most = max(self.most, self.now)
            await self.may_end.wait()
            self.now -= 1
            await scrub(log, texts)

        monkeypatch.setattr(MemoryLog, "scrub", counted)


@pytest.mark.parametrize("manner", ["batches", "deaf"])
async def test_one_purges_and_another_takes_over_when_it_dies(
    manner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with street(tmp_path, manner) as here:
        one, *others = here.processes
        await ready(here)
        room = await one.declare()
        await one.do(room, COMMAND)
        seq = (await one.do(room, {"command": "post_message", "text": SECRET})).seq
        scrubs = Scrubs(monkeypatch)
        dying = asyncio.create_task(one.do(room, {"command": "redact", "seq": seq, "reason": "A password."}))
        await turns(lambda: scrubs.begun == 1)
        # The others look each second, and leave it alone while somebody is at it.
        await here.pass_time(int(LEASE_S) * 2)
        assert scrubs.begun == 1
        one.view.dead = True
        scrubs.may_end.set()
        assert [caution.code for caution in (await dying).warnings] == ["purge_pending"]
        assert len(await here.log.rows(ROWS)) == 1
        await here.pass_time(int(LEASE_S) + 2)
        assert (scrubs.begun, scrubs.most) == (2, 1)
        assert await here.log.rows(ROWS) == {}
        for process in others:
            assert held(process.house, SECRET) == []
        one.view.dead = False


async def test_two_that_redact_at_once_purge_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with street(tmp_path) as here:
        one, two, _three = here.processes
        await ready(here)
        rooms = [await each.declare() for each in (one, two)]
        seqs = []
        for process, room in zip((one, two), rooms, strict=True):
            await process.do(room, COMMAND)
            seqs.append((await process.do(room, {"command": "post_message", "text": SECRET})).seq)
        await here.heard()
        scrubs = Scrubs(monkeypatch)
        both = asyncio.gather(
            *(
                process.do(room, {"command": "redact", "seq": seq, "reason": "A password."})
                for process, room, seq in zip((one, two), rooms, seqs, strict=True)
            )
        )
        await turns(lambda: scrubs.begun == 1)
        scrubs.may_end.set()
        while not both.done():
            await here.pass_time(1)
        assert [handled.warnings for handled in await both] == [(), ()]
        assert (scrubs.begun, scrubs.most) == (2, 1)
        assert await here.log.rows(ROWS) == {}


async def test_a_purge_whose_redaction_was_never_written_is_left_until_its_number_is_taken(tmp_path: Path) -> None:
    """Its process may just be writing it, or have died before: the room's next event tells."""
    async with street(tmp_path) as here:
        one, two, _three = here.processes
        room = await one.declare()
        seq = (await one.room(room)).seq
        await here.log.put_row(ROWS, f"{room}#{seq + 1}#dead", b"")
        await here.pass_time(5)
        assert len(await here.log.rows(ROWS)) == 1
        await two.do(room, {"command": "post_message", "text": "Something else."})
        await here.pass_time(2)
        assert await here.log.rows(ROWS) == {}


@pytest.mark.parametrize("form", ["md", "html"])
async def test_a_report_that_is_being_made_is_made_again(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process redacts when its words are already on their way to paper."""
    async with street(tmp_path, houses=2) as here:
        one, two = here.processes
        token = await ready(here)
        room = await one.declare()
        await one.do(room, COMMAND)
        seq = (await one.do(room, {"command": "post_message", "text": SECRET})).seq
        await here.heard()
        made: list[bytes] = []

        async def slow(*arguments: Any) -> Made:
            done = await rendered(*arguments)
            if not made:
                await one.do(room, {"command": "redact", "seq": seq, "reason": "A password."})
            made.append(done.content)
            return done

        monkeypatch.setattr("watchroom.web.api.export.rendered", slow)
        async with two.client(Authorization=f"Bearer {token}") as client:
            answer = await client.get(f"/api/v1/incidents/{room}/export?format={form}")
        assert answer.status_code == 200
        assert SECRET.encode() in made[0]
        assert answer.content == made[1]
        assert SECRET not in answer.text
        assert "A password." in answer.text
