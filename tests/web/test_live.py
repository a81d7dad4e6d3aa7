"""The hub of live streams: nothing lost or doubled, whoever comes, goes, is slow, or is one of a thousand."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.record.turns import some_turns, turns
from tests.web.dom import frames_of
from watchroom.base.clock import DrillClock
from watchroom.base.errors import Overloaded, Unavailable
from watchroom.incident.visibility import Viewer as Sighted
from watchroom.web.live.live import HEARTBEAT, Hub, Source, alive

STARTS_AT = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)


class Tape:
    """A source that grows by hand; a frame names every number that it brings, so that a hole or a double shows."""

    def __init__(self) -> None:
        self.forgets = False
        self.reached = 0
        self.made = 0
        self.shut_out: set[str] = set()
        self.failures: list[Exception] = []
        self._grown = asyncio.Event()

    def grow(self, count: int = 1) -> None:
        """Let `count` more numbers be there."""
        self.reached += count
        self._grown.set()
        self._grown = asyncio.Event()

    def admits(self, viewer: Sighted) -> bool:
        return viewer.ref not in self.shut_out

    async def wait(self, after: int) -> int:
        while self.reached <= after:
            await self._grown.wait()
        return self.reached

    async def frames(self, after: int) -> tuple[bytes, int]:
        reached = self.reached
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop()
        if reached <= after:
            return b"", after
        self.made += 1
        numbers = " ".join(map(str, range(after + 1, reached + 1)))
        return b"id: %d\ndata: %b\n\n" % (reached, numbers.encode()), reached


class Viewer:
    """A browser with one open stream; `take` may be held up, to be slow."""

    def __init__(
        self, hub: Hub, tape: Source, key: str = "room", session: str | None = None, *, page: bool = False
    ) -> None:
        self.hub, self.tape, self.key, self.session, self.page = hub, tape, key, session, page
        self.seen: list[int] = []
        self.last_id = 0
        self.events: list[str] = []
        self.bodies: list[bytes] = []
        self.ended = False
        self.free = asyncio.Event()
        self.free.set()
        self._left = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def open(self, *, once: bool = False) -> "Viewer":
        """Connect, going on after the last id that was seen."""
        self._left = asyncio.Event()
        self.ended = False
        serve = self.hub.serve(
            self.key, lambda: self.tape, self.last_id, self._receive, self._send,
            session=self.session, once=once, page=self.page,
        )  # fmt: skip
        self._task = asyncio.create_task(serve)
        return self

    async def leave(self) -> None:
        """The connection is cut."""
        self._left.set()
        self.free.set()
        await self.end()

    async def end(self) -> None:
        """Wait for the server to be done with this stream."""
        assert self._task is not None
        await self._task

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.free.wait()
        if self._left.is_set() or message["type"] != "http.response.body":
            return
        self.bodies.append(message["body"])
        self.ended = not message["more_body"]
        for frame in frames_of(message["body"]):
            self.events.append(frame.event)
            if frame.event == "message":
                self.seen += map(int, frame.data.split())
                self.last_id = int(frame.id)


async def until(met: Callable[[], bool]) -> None:
    """Give others their turn until it is so; a test's own limit ends what never comes."""
    while not met():  # noqa: ASYNC110 - there is nothing to wait for but the thing itself
        await asyncio.sleep(0)


def hub_of(**limits: Any) -> tuple[Hub, DrillClock]:
    clock = DrillClock(STARTS_AT, rate=0)
    return Hub(clock, **limits), clock


async def test_everybody_sees_everything_once_and_each_frame_is_made_once() -> None:
    hub, _clock = hub_of()
    tape = Tape()
    viewers = [Viewer(hub, tape).open() for _ in range(5)]
    for number in range(1, 21):
        tape.grow()
        await until(lambda number=number: all(viewer.last_id == number for viewer in viewers))  # type: ignore[misc]
    assert all(viewer.seen == list(range(1, 21)) for viewer in viewers)
    assert tape.made <= 20 + len(viewers)
    await hub.close()


@pytest.mark.parametrize("seed", range(10))
async def test_nothing_is_lost_or_doubled_over_cut_streams(seed: int) -> None:
    dice = random.Random(seed)
    hub, _clock = hub_of(queue_frames_max=4)
    tape = Tape()
    viewers = [Viewer(hub, tape).open() for _ in range(8)]
    for _ in range(200):
        tape.grow(dice.randint(1, 3))
        viewer = dice.choice(viewers)
        match dice.choice(("cut", "slow", "fast", "go on", "go on")):
            case "cut":
                await viewer.leave()
                viewer.open()
            case "slow":
                viewer.free.clear()
            case "fast":
                viewer.free.set()
        for _ in range(dice.randint(0, 6)):
            await asyncio.sleep(0)
    for viewer in viewers:
        viewer.free.set()
    await until(lambda: all(viewer.last_id == tape.reached for viewer in viewers))
    for viewer in viewers:
        assert viewer.seen == list(range(1, tape.reached + 1))
    await hub.close()


async def test_a_slow_viewer_costs_others_nothing_and_is_brought_up_to_date() -> None:
    hub, _clock = hub_of(queue_frames_max=3)
    tape = Tape()
    fast, slow = Viewer(hub, tape).open(), Viewer(hub, tape).open()
    tape.grow()
    await until(lambda: fast.last_id == slow.last_id == 1)
    slow.free.clear()
    for number in range(2, 40):
        tape.grow()
        await until(lambda number=number: fast.last_id == number)  # type: ignore[misc]
    slow.free.set()
    await until(lambda: slow.last_id == 39)
    assert slow.seen == fast.seen == list(range(1, 40))
    await hub.close()


async def test_the_oldest_stream_beyond_a_sessions_limit_is_parked() -> None:
    hub, _clock = hub_of(per_session_max=2)
    tape = Tape()
    viewers = [Viewer(hub, tape, key=f"room/{number}", session="ana").open() for number in range(2)]
    other = Viewer(hub, tape, key="room/0", session="bo").open()
    await until(lambda: hub.viewers == 3)
    viewers.append(Viewer(hub, tape, key="room/2", session="ana").open())
    await viewers[0].end()
    assert viewers[0].events == ["parked"]
    assert viewers[0].ended
    tape.grow()
    await until(lambda: all(viewer.last_id == 1 for viewer in (*viewers[1:], other)))
    assert viewers[0].seen == []
    # Whoever looks at the parked page again gets its stream back, and the next oldest is parked.
    viewers[0].open()
    await viewers[1].end()
    assert viewers[1].events[-1] == "parked"
    await until(lambda: viewers[0].seen == [1])
    assert hub.viewers == 3
    await hub.close()


async def test_a_stream_that_was_left_frees_its_place_in_the_session() -> None:
    hub, _clock = hub_of(per_session_max=1)
    tape = Tape()
    for _ in range(3):
        viewer = Viewer(hub, tape, session="ana").open()
        await until(lambda: hub.viewers == 1)
        await viewer.leave()
        assert hub.viewers == 0
        assert viewer.events == []
    await hub.close()


async def test_once_sends_what_is_there_and_ends() -> None:
    hub, _clock = hub_of()
    tape = Tape()
    tape.grow(3)
    viewer = Viewer(hub, tape).open(once=True)
    await viewer.end()
    assert viewer.seen == [1, 2, 3]
    assert viewer.events == ["message", "parked"]
    assert viewer.ended
    again = Viewer(hub, tape)
    again.last_id = 3
    await again.open(once=True).end()
    assert again.seen == []
    assert again.ended
    assert hub.viewers == 0


async def test_a_quiet_stream_gives_a_sign_of_life() -> None:
    hub, clock = hub_of(heartbeat_s=15)
    viewer = Viewer(hub, Tape()).open()
    await until(lambda: hub.viewers == 1)
    clock.jump(14)
    for _ in range(20):
        await asyncio.sleep(0)
    assert HEARTBEAT not in viewer.bodies
    for beats in (1, 2, 3):
        clock.jump(15)
        await until(lambda beats=beats: viewer.bodies.count(HEARTBEAT) == beats)  # type: ignore[misc]
    await hub.close()


async def test_a_page_hears_at_once_how_often_it_will_hear() -> None:
    hub, clock = hub_of(heartbeat_s=2.5)
    page, program = Viewer(hub, Tape(), page=True).open(), Viewer(hub, Tape()).open()
    await until(lambda: hub.viewers == 2)
    await until(lambda: page.events == ["alive"])
    assert program.events == []
    clock.jump(1)
    for _ in range(20):
        await asyncio.sleep(0)
    assert page.events == ["alive"]
    clock.jump(2.5)
    await until(lambda: page.events == ["alive", "alive"] and HEARTBEAT in program.bodies)
    assert page.bodies[-1] == alive(2.5) == b"event: alive\ndata: 2.5\n\n"
    assert HEARTBEAT not in page.bodies
    assert page.last_id == 0
    await hub.close()


async def test_closing_ends_every_stream_and_opens_none() -> None:
    hub, _clock = hub_of()
    tape = Tape()
    viewers = [Viewer(hub, tape, key=f"room/{number % 3}").open() for number in range(9)]
    tape.grow()
    await until(lambda: all(viewer.last_id == 1 for viewer in viewers))
    await hub.close()
    for viewer in viewers:
        await viewer.end()
        assert viewer.ended
    assert hub.viewers == 0
    with pytest.raises(Overloaded):
        hub.check_room()


async def test_beyond_the_limit_no_stream_is_opened() -> None:
    hub, _clock = hub_of(viewers_max=2)
    tape = Tape()
    viewers = [Viewer(hub, tape).open() for _ in range(2)]
    await until(lambda: hub.viewers == 2)
    with pytest.raises(Overloaded):
        hub.check_room()
    await viewers[0].leave()
    hub.check_room()
    await hub.close()


async def test_a_failure_of_the_record_ends_the_streams_and_the_next_try_goes_on() -> None:
    """A stream that stays open and silent would be the worst: the page would look live and be old."""
    hub, _clock = hub_of()
    tape = Tape()
    viewers = [Viewer(hub, tape).open() for _ in range(3)]
    tape.grow()
    await until(lambda: all(viewer.last_id == 1 for viewer in viewers))
    tape.failures.append(Unavailable("The record cannot be read."))
    tape.grow()
    for viewer in viewers:
        await viewer.end()
        assert viewer.ended
        viewer.open()
    await until(lambda: all(viewer.last_id == 2 for viewer in viewers))
    assert all(viewer.seen == [1, 2] for viewer in viewers)
    await hub.close()


async def test_a_thousand_viewers() -> None:
    hub, _clock = hub_of()
    tape = Tape()
    viewers = [Viewer(hub, tape).open() for _ in range(1_000)]
    await until(lambda: hub.viewers == 1_000)
    for number in range(1, 6):
        tape.grow()
        await until(lambda number=number: all(viewer.last_id == number for viewer in viewers))  # type: ignore[misc]
    assert all(viewer.seen == [1, 2, 3, 4, 5] for viewer in viewers)
    for viewer in viewers[::2]:
        await viewer.leave()
    assert hub.viewers == 500
    tape.grow()
    await until(lambda: all(viewer.last_id == 6 for viewer in viewers[1::2]))
    await hub.close()
    for viewer in viewers[1::2]:
        await viewer.end()
    assert hub.viewers == 0


async def test_a_frame_of_one_s_own_goes_to_every_page_of_that_person_and_to_nobody_else() -> None:
    hub = Hub(DrillClock(STARTS_AT, rate=0))
    rings = {"ana": b"data: for ana\n\n", "bo": b"data: for bo\n\n"}
    tapes = [Tape(), Tape()]
    sent: dict[str, bytes] = {}

    async def watch(name: str, person: str | None, tape: Tape) -> None:
        async def send(message: Any) -> None:
            sent[name] = sent.get(name, b"") + message.get("body", b"")

        gone: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
        ring = rings.get(person or "", b"")
        await hub.serve(name, lambda: tape, 0, lambda: gone, send, person=person, greet=lambda: ring)

    viewers = (
        ("ana-1", "ana", tapes[0]),
        ("ana-2", "ana", tapes[1]),
        ("bo-1", "bo", tapes[0]),
        ("program", None, tapes[0]),
    )
    tasks = [asyncio.create_task(watch(*viewer)) for viewer in viewers]
    await turns(lambda: all(b"for" in sent.get(name, b"") for name in ("ana-1", "ana-2", "bo-1")))
    assert sorted(hub.people) == ["ana", "bo"]
    assert hub.present("ana")
    assert not hub.present("cem")
    assert hub.tell("ana", b"data: called\n\n") == 2
    assert hub.tell("cem", b"data: called\n\n") == 0
    await turns(lambda: all(b"called" in sent[name] for name in ("ana-1", "ana-2")))
    tapes[0].grow()
    await turns(lambda: b"id: 1" in sent["bo-1"] and b"id: 1" in sent["program"])
    assert b"called" not in sent["bo-1"]
    assert b"for" not in sent["program"]
    await hub.close()
    await asyncio.gather(*tasks)
    assert hub.people == []


async def test_who_was_brought_up_to_date_is_greeted_again() -> None:
    """A frame of one's own that fell out of a full queue is made good by the next greeting."""
    hub = Hub(DrillClock(STARTS_AT, rate=0), queue_frames_max=2)
    tape = Tape()
    sent = bytearray()
    slow = asyncio.Event()
    slow.set()
    calls = [b"data: quiet\n\n"]

    async def send(message: Any) -> None:
        await slow.wait()
        sent.extend(message.get("body", b""))

    gone: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        hub.serve("room", lambda: tape, 0, lambda: gone, send, person="ana", greet=lambda: calls[-1])
    )
    await turns(lambda: b"quiet" in sent)
    slow.clear()
    tape.grow()
    await some_turns()
    calls.append(b"data: called\n\n")
    hub.tell("ana", calls[-1])
    for _ in range(6):
        tape.grow()
        await some_turns()
    slow.set()
    await turns(lambda: b"called" in sent and b"7" in sent)
    await hub.close()
    await serving


async def test_whoever_may_not_see_it_any_more_is_cut_and_the_others_go_on() -> None:
    hub, _clock = hub_of()
    tape, never = Tape(), asyncio.Event()
    sent: dict[str, list[bytes]] = {"ana": [], "bo": []}

    async def serve(name: str) -> None:
        async def send(message: Any) -> None:
            sent[name].append(message.get("body", b""))

        async def receive() -> dict[str, Any]:
            await never.wait()
            return {"type": "http.disconnect"}

        await hub.serve("room", lambda: tape, 0, receive, send, who=Sighted(name), last=b"event: restricted\n\n")

    serving = {name: asyncio.create_task(serve(name)) for name in sent}
    tape.grow()
    await until(lambda: all(b"id: 1\n" in b"".join(bodies) for bodies in sent.values()))
    tape.shut_out.add("bo")
    tape.grow()
    await serving["bo"]
    assert sent["bo"][-1] == b"event: restricted\n\n"
    assert b"id: 2\n" not in b"".join(sent["bo"])
    await until(lambda: b"id: 2\n" in b"".join(sent["ana"]))
    # Nothing new has come, and yet somebody has left a team: whoever watches is asked again.
    tape.shut_out.add("ana")
    hub.look_again()
    await serving["ana"]
    assert sent["ana"][-1] == b"event: restricted\n\n"
    assert tape.made == 2 + len(sent), "each frame is made once, and once for each who came"


async def test_whoever_belongs_to_another_class_goes_on_there() -> None:
    hub, _clock = hub_of()
    wide, narrow, never = Tape(), Tape(), asyncio.Event()
    sent: list[bytes] = []

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    async def receive() -> dict[str, Any]:
        await never.wait()
        return {"type": "http.disconnect"}

    serving = asyncio.create_task(
        hub.serve(
            "wide", lambda: wide, 0, receive, send, who=Sighted("bo"), elsewhere=lambda: ("narrow", lambda: narrow)
        )
    )
    wide.grow()
    await until(lambda: b"id: 1\n" in b"".join(sent))
    wide.shut_out.add("bo")
    wide.grow()
    narrow.grow(3)
    await until(lambda: b"id: 3\n" in b"".join(sent))
    assert b"id: 2\n" not in b"".join(sent)
    assert hub.viewers == 1
    never.set()
    await serving
    assert hub.viewers == 0
