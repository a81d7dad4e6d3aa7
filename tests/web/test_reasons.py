"""Why somebody did something is kept and shown, whatever it was: `reason` is common to all commands."""

from pathlib import Path
from typing import Any

import pytest

from tests.rooms.stage import Stage, at, staged
from tests.web.courses import COURSES
from watchroom.base.clock import rfc3339
from watchroom.incident.commands import BY_NAME
from watchroom.incident.handle import Handled
from watchroom.incident.incident import CODEC
from watchroom.record.event import Event, Fact
from watchroom.web.sayings.of_incident import say

REASON = "Since the telephone is dead"


def texts(saying: object) -> str:
    return " ".join(str(getattr(saying, name)) for name in ("text", "quote", "parts"))


async def given(stage: Stage, kind: type[Fact]) -> list[tuple[str, list[Event]]]:
    """The commands by which a fact of that kind comes about, each with this reason, and their events."""
    come, act = COURSES[kind]
    room = await come(stage)
    said: list[tuple[str, list[Event]]] = []
    do = stage.do

    async def with_reason(room: str, command: dict[str, Any], by: str = "ana") -> Handled:
        handled = await do(room, {**command, "reason": REASON}, by)
        said.append((command["command"], handled.events))
        return handled

    stage.do = with_reason  # type: ignore[method-assign]  # every command of the course passes here
    await act(stage, room)
    return said


@pytest.mark.parametrize("kind", COURSES, ids=lambda kind: kind.__name__)
async def test_every_reason_is_in_the_record_and_on_the_page(kind: type[Fact], tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for name, events in await given(stage, kind):
            holding = [event for event in events if REASON.encode() in (event.data or b"")]
            assert holding, f"{name} drops the reason: {[event.kind for event in events]}"
            for event in holding:
                assert REASON in texts(say(event, CODEC.decode(event))), f"{event.kind} does not show it"


async def test_every_command_was_tried(tmp_path: Path) -> None:
    tried: set[str] = set()
    for number, kind in enumerate(COURSES):
        async with staged(tmp_path / str(number)) as stage:
            tried.update(name for name, _events in await given(stage, kind))
    assert sorted(BY_NAME.keys() - tried) == []


async def test_a_reason_stands_once_and_in_the_fact_that_the_command_is_about(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(reason=REASON, impact="all")
        events = await stage.house.log.read(room)
        assert [event.kind for event in events if REASON.encode() in (event.data or b"")] == ["incident_declared"]
        task = {"command": "assign_task", "person": "bo@example.com", "text": "Look", "due_s": 60, "reason": REASON}
        given = (await stage.do(room, task)).events
        assert [(event.kind, REASON.encode() in (event.data or b"")) for event in given] == [
            ("task_assigned", True),
            ("page_requested", False),
        ]
        # What is held for a reason alone has it as its text.
        (held,) = (await stage.do(room, {"command": "hold", "until": rfc3339(at(60)), "reason": REASON})).events
        assert (held.data or b"").count(REASON.encode()) == 1
