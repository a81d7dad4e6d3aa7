"""A page at N and its live frames give the page at M, for each kind of fact (Zulip's `verify_action`)."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.rooms.stage import STARTS_AT, Stage, staged
from tests.web.courses import COURSES
from tests.web.dom import Element, apply, frames_of, parse, shown
from watchroom.base.errors import AlreadyDone, Refused
from watchroom.incident.incident import CODEC, ROOM_FACTS, Incident, fold
from watchroom.record.event import Event, Fact
from watchroom.web.flow.page import FlowStream, flow_page
from watchroom.web.html.pages import BoardPage, Visit, room_page
from watchroom.web.html.render import render
from watchroom.web.lists import board_now
from watchroom.web.live.streams import ListStream, RoomStream, entries_html
from watchroom.web.review.page import ReviewStream, past_here, review_page
from watchroom.web.review.panels import BUILD
from watchroom.web.review.past import decoded
from watchroom.web.room.page import ENTRIES_SHOWN
from watchroom.web.room.panels import PANELS
from watchroom.web.triage.inbox import InboxPage, inbox_now

VISIT = Visit("ana@example.com", "Ana", "form-token", STARTS_AT)
REVIEW = [f"panel-{name}" for name in BUILD]
FLOW = ["panel-flow"]
LISTS = ["board", "inbox"]
LIVE = [*(f"panel-{panel.name}" for panel in PANELS), "timeline"]


def test_every_fact_of_a_room_has_a_course() -> None:
    assert set(COURSES) == set(ROOM_FACTS)


def page_of(stage: Stage, room: str, events: list[Event]) -> Element:
    """The room's page as it is served when the record ends with these events; folded anew, nothing from a cache."""
    incident = fold(room, events)
    people = stage.house.directory
    entries = entries_html(events[-ENTRIES_SHOWN:], incident, people)
    return parse(render(room_page(VISIT, incident, entries, people)))


def review_of(stage: Stage, room: str, events: list[Event]) -> Element:
    """The page of the room's review when the record ends with these events."""
    past = past_here(stage.house, fold(room, events), decoded(events))
    return parse(render(review_page(VISIT, past, stage.house.directory)))


def flow_of(stage: Stage, room: str, events: list[Event]) -> Element:
    """The page of the room's flow when the record ends with these events."""
    return parse(render(flow_page(VISIT, fold(room, events), stage.house.directory)))


async def lists_of(stage: Stage) -> Element:
    """Board and inbox, each as its page is served now."""
    board = render(BoardPage(VISIT, await board_now(stage.house), "/live/board"))
    inbox = render(InboxPage(VISIT, await inbox_now(stage.house), "/live/signals"))
    page = Element("#root")
    page.children += [*parse(board).children, *parse(inbox).children]
    return page


class Viewer:
    """Somebody who has a room, the board and the inbox open."""

    def __init__(self, stage: Stage, room: str) -> None:
        self._stage = stage
        self._room = room
        self._stream = RoomStream(stage.house, room)
        self._reviewing = ReviewStream(stage.house, room)
        self._flowing = FlowStream(stage.house, room)
        self._lists = {which: ListStream(stage.house, which) for which in ("board", "signals")}
        self.seq = self._reviewed = self._flowed = 0
        self._position = 0

    async def open(self, seq: int) -> None:
        """Load the pages; the room's as it stood at `seq`."""
        events = await self._stage.house.log.read(self._room)
        self.page = page_of(self._stage, self._room, events[:seq])
        self.review = review_of(self._stage, self._room, events[:seq])
        self.flow = flow_of(self._stage, self._room, events[:seq])
        self.lists = await lists_of(self._stage)
        self.seq = self._reviewed = self._flowed = seq
        self._position = await self._stage.house.log.position()

    async def look(self) -> None:
        """Take what came live."""
        frames, reached = await self._stream.frames(self.seq)
        for frame in frames_of(frames):
            assert frame.id == str(reached)
            apply(self.page, frame)
        frames, self._reviewed = await self._reviewing.frames(self._reviewed)
        for frame in frames_of(frames):
            apply(self.review, frame)
        frames, self._flowed = await self._flowing.frames(self._flowed)
        for frame in frames_of(frames):
            apply(self.flow, frame)
        self.seq = reached
        position = self._position
        for stream in self._lists.values():
            frames, reached = await stream.frames(self._position)
            for frame in frames_of(frames):
                apply(self.lists, frame)
            position = max(position, reached)
        self._position = position

    def sees(self, fresh: "Fresh") -> None:
        """Whoever opens the pages now sees the same."""
        assert self.seq == self._reviewed == self._flowed == fresh.seq
        assert shown(self.page, LIVE) == fresh.page
        assert shown(self.review, REVIEW) == fresh.review
        assert shown(self.flow, FLOW) == fresh.flow
        assert shown(self.lists, LISTS) == fresh.lists


@dataclass(frozen=True)
class Fresh:
    """What whoever opens the pages now sees of what is live on them, line by line."""

    seq: int
    page: list[str]
    review: list[str]
    flow: list[str]
    lists: list[str]


async def opened(stage: Stage, room: str) -> Fresh:
    """The pages, made anew from the record."""
    events = await stage.house.log.read(room)
    return Fresh(
        seq=len(events),
        page=shown(page_of(stage, room, events), LIVE),
        review=shown(review_of(stage, room, events), REVIEW),
        flow=shown(flow_of(stage, room, events), FLOW),
        lists=shown(await lists_of(stage), LISTS),
    )


@pytest.mark.parametrize("fact", ROOM_FACTS, ids=lambda fact: CODEC.kinds[fact])
async def test_live_equals_fresh(fact: type[Fact], tmp_path: Path) -> None:
    if fact not in COURSES:
        pytest.fail("A new fact needs a course in tests/web/courses.py.")
    come, act = COURSES[fact]
    async with staged(tmp_path) as stage:
        room = await come(stage)
        before = (await stage.room(room)).seq if room else 0
        viewers = []
        if room:
            # One who has followed from earlier on is sent only the panels that change; one who comes now, all of them.
            for start in (before - 1, before):
                viewer = Viewer(stage, room)
                await viewer.open(start)
                await viewer.look()
                viewers.append(viewer)
        await act(stage, room)
        room = room or (await stage.rooms())[0]
        events = await stage.house.log.read(room, before)
        assert CODEC.kinds[fact] in [event.kind for event in events]
        viewers = viewers or [await _opened_empty(stage, room)]
        for viewer in viewers:
            await viewer.look()
        fresh = await opened(stage, room)
        for viewer in viewers:
            viewer.sees(fresh)
        await _taken_back(stage, room, events)


async def _opened_empty(stage: Stage, room: str) -> Viewer:
    """A viewer whose page was made before the room's first fact."""
    viewer = Viewer(stage, room)
    viewer.page = parse(render(room_page(VISIT, Incident(room), "", stage.house.directory)))
    blank = past_here(stage.house, Incident(room), [])
    viewer.review = parse(render(review_page(VISIT, blank, stage.house.directory)))
    viewer.flow = parse(render(flow_page(VISIT, Incident(room), stage.house.directory)))
    viewer.lists = await lists_of(stage)
    return viewer


async def _taken_back(stage: Stage, room: str, events: list[Event]) -> None:
    """Each of these events that can be taken back is, and that too comes live."""
    for event in events:
        viewer = Viewer(stage, room)
        await viewer.open((await stage.room(room)).seq - 1)
        await viewer.look()
        try:
            await stage.do(room, {"command": "retract", "seq": event.seq}, by="ana")
        except (Refused, AlreadyDone):
            continue
        await viewer.look()
        viewer.sees(await opened(stage, room))
        entry = viewer.page.find(f"e-{event.seq}")
        assert entry is not None
        # A call may have rung: that it was asked for stays, and another entry says that it was taken back.
        assert "gone" in (entry.attributes["class"] or "") or event.kind == "page_requested"


async def test_a_burst_between_two_looks_comes_as_one_frame(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        viewer = Viewer(stage, room)
        await viewer.open(1)
        await viewer.look()
        for number in range(30):
            await stage.do(room, {"command": "post_message", "text": f"message {number}"})
            if number % 7 == 3:
                await stage.do(room, {"command": "retract", "seq": (await stage.room(room)).seq})
        await viewer.look()
        viewer.sees(await opened(stage, room))


async def test_far_behind_the_page_is_loaded_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watchroom.web.live.streams.RELOAD_BEYOND_EVENTS", 5)
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        for number in range(6):
            await stage.do(room, {"command": "post_message", "text": f"message {number}"})
        seq = (await stage.room(room)).seq
        (frame,) = frames_of((await RoomStream(stage.house, room).frames(0))[0])
        assert replace(frame, data="") == frame
        assert (frame.event, frame.id) == ("reload", str(seq))


@pytest.mark.parametrize("seed", range(20))
async def test_frames_hold_everything_up_to_their_number(seed: int, tmp_path: Path) -> None:
    """While others write in the midst of the reading, no entry falls between two frames."""
    async with staged(tmp_path, "shaken", seed=str(seed)) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "post_message", "text": "oops"})
        slip = (await stage.room(room)).seq
        viewer = Viewer(stage, room)
        await viewer.open(slip)

        async def write(name: str) -> None:
            for number in range(10):
                await stage.do(room, {"command": "post_message", "text": f"{name} {number}"}, by=name)
                if number == 4 and name == "ana":
                    await stage.do(room, {"command": "retract", "seq": slip})

        writing = asyncio.gather(*map(write, ("ana", "bo", "cem")))
        while not writing.done():
            await viewer.look()
            await asyncio.sleep(0)
        await writing
        await viewer.look()
        viewer.sees(await opened(stage, room))
