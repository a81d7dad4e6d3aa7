"""What the timeline shows under a filter, from the newest back, without losing or doubling an entry."""

from pathlib import Path

import pytest

from tests.rooms.stage import Stage, staged
from watchroom.incident.incident import CODEC
from watchroom.web.room import filters
from watchroom.web.room.filters import ALL, PINNED, SHOWS, entries_before, group_of


async def busy(stage: Stage) -> str:
    """A room with an alert, talk, decisions and pins, by turns."""
    (receipt,) = await stage.send("generic", {"title": "Checkout errors", "dedup_key": "checkout"})
    assert receipt.stream is not None
    room = receipt.stream
    await stage.do(room, {"command": "declare", "title": "Checkout fails"})
    for number in range(12):
        await stage.do(room, {"command": "post_message", "text": f"message {number}"})
        if number % 4 == 0:
            await stage.do(room, {"command": "decide", "text": f"decision {number}"})
            await stage.do(room, {"command": "mark_timeline", "seq": number + 3, "text": "it turned"})
    return room


@pytest.mark.parametrize("show", SHOWS)
@pytest.mark.parametrize("page_events", [1, 3, 1_000])
async def test_going_back_brings_each_entry_once(
    show: str, page_events: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "PAGE_EVENTS", page_events)
    async with staged(tmp_path) as stage:
        room = await busy(stage)
        incident = await stage.room(room)
        events = await stage.house.log.read(room)
        wanted = [
            event.seq
            for event in events
            if show == ALL
            or (event.seq in incident.annotations.marks if show == PINNED else group_of(event.kind) == show)
        ]
        seen: list[int] = []
        before: int | None = incident.seq + 1
        while before is not None:
            found, before = await entries_before(stage.house.log, incident, before, show, 2)
            seen = [*(event.seq for event in found), *seen]
            assert len(found) <= 2
        assert seen == wanted


async def test_a_long_silence_is_looked_through_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "PAGE_EVENTS", 2)
    monkeypatch.setattr(filters, "SCANNED_MAX", 4)
    async with staged(tmp_path) as stage:
        room = await busy(stage)
        incident = await stage.room(room)
        found, before = await entries_before(stage.house.log, incident, incident.seq + 1, "alerts", 200)
        assert (found, before) == ([], incident.seq - 3)


def test_each_group_is_of_facts_that_there_are() -> None:
    assert {group_of(kind) for kind in CODEC.kinds.values()} == {"", *SHOWS} - {ALL, PINNED}
