"""Whatever people, senders and time do, in any order: nothing is refused for its order, and the record stays whole."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.incident.commands import PEOPLE, courses
from tests.rooms.invariants import broken
from tests.rooms.stage import Stage, staged
from watchroom.base.errors import AlreadyDone, Malformed, Refused, UnknownThing

# Refusals beside "unknown thing" and "already done": the asker may not, or there is nothing to do it to.
NOT_ALLOWED = frozenset({"accept_role", "admit", "edit_message", "redact", "restrict", "retract"})
# A field on its own can be plausible and the command still say nothing, or contradict itself.
CAN_CONTRADICT = frozenset(
    {
        # It may give neither a title nor services.
        "correct_incident",
        "set_severity",
        "state_impact",
        "page",
        "look",
        "judge_detection",
        "state_priority",
        # It may give neither a link nor a body.
        "save_artefact",
        # It may say nothing and settle nothing.
        "answer_inbound",
        "post_update",
    }
)

any_course = settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


async def take(stage: Stage, step: Any) -> None:
    """One step. Fails when it is refused for anything but what a refusal may be for."""
    rooms = await stage.rooms()
    match step:
        case ("command", number, by, body) if rooms:
            await command(stage, rooms[number % len(rooms)], body, by)
        case ("end", number, "resolve") if rooms:
            await command(stage, rooms[number % len(rooms)], {"command": "resolve", "understood": "no"})
        case ("end", number, "retract") if rooms:
            room = rooms[number % len(rooms)]
            await command(stage, room, {"command": "retract", "seq": (await stage.room(room)).seq})
        case ("end", number, name) if rooms:
            await command(stage, rooms[number % len(rooms)], {"command": name})
        case ("send", (kind, body)):
            await stage.send(kind, body)
        case ("judge", number, verdict):
            await judge(stage, number, verdict)
        case ("declare", by):
            await stage.declare(by=by)
        case ("pass", seconds):
            await stage.move_to(stage.now_s + seconds)


async def command(stage: Stage, room: str, body: dict[str, Any], by: str = "ana") -> None:
    """A command, refused only for what a refusal may be for."""
    name = body["command"]
    try:
        await stage.do(room, body, by)
    except (UnknownThing, AlreadyDone):
        return
    except (Refused, Malformed) as error:
        allowed = NOT_ALLOWED if isinstance(error, Refused) else CAN_CONTRADICT
        if name not in allowed or not error.hint:
            raise


async def judge(stage: Stage, number: int, verdict: dict[str, Any]) -> None:
    await stage.settled()
    items = sorted(stage.house.inbox.items.values(), key=lambda item: item.id)
    rooms = await stage.rooms()
    if not items:
        return
    item = items[number % len(items)]
    body = {name: value for name, value in verdict.items() if value is not None}
    if "of" in body:
        body["of"] = rooms[body["of"] % len(rooms)]
        if body["of"] == item.stream:
            return
    try:
        await stage.judge(item.id, body)
    except (AlreadyDone, UnknownThing):
        return
    except Malformed:
        # Somebody else has brought it into that very room meanwhile.
        if stage.house.inbox.items[item.id].stream != body.get("of"):
            raise


def run(course: list[Any], store: str) -> list[str]:
    async def play() -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            async with staged(Path(folder), store, people=PEOPLE) as stage:
                for step in course:
                    await take(stage, step)
                return await broken(stage)

    return asyncio.run(play())


@pytest.mark.parametrize("store", ["memory", "shaken"])
@given(course=courses)
@any_course
def test_any_course_leaves_a_whole_record(store: str, course: list[Any]) -> None:
    assert run(course, store) == []


@given(course=courses)
@any_course
def test_any_course_at_once_leaves_a_whole_record(course: list[Any]) -> None:
    """All of it at the same time, on a record that lets others go first."""

    async def play() -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            async with staged(Path(folder), "shaken", people=PEOPLE) as stage:
                await stage.declare()
                await stage.send("generic", {"title": "Shop down"})
                await asyncio.gather(*(take(stage, step) for step in course if step[0] != "pass"))
                await stage.move_to(5_000)
                return await broken(stage)

    assert asyncio.run(play()) == []
