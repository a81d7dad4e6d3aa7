"""The flow of a room that is over: nobody is waited for, held or called there any more; what was given may be reported."""

from pathlib import Path

import pytest

from tests.rooms.stage import staged
from watchroom.incident.flow import flow


@pytest.mark.parametrize("ending", ["closed", "reopened"])
async def test_pages_and_holds_are_not_due_once_the_room_is_closed(ending: str, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "page", "person": "bo@example.com", "text": "Please come"})
        await stage.do(room, {"command": "hold", "until": "2026-11-23T09:00:00Z", "text": "It settles"})
        await stage.do(
            room,
            {"command": "escalate", "text": "Not yet", "look_again_at": "2026-11-23T09:00:00Z"},
        )
        await stage.do(
            room, {"command": "assign_task", "person": "cem@example.com", "text": "Clean up", "due_s": 3_600}
        )

        async def due() -> list[str]:
            incident = await stage.house.rooms.room(room)
            (lane,) = [lane for lane in flow(incident) if lane.cycle == "mitigation"]
            return sorted(each.what.split(" ")[0] + " " + each.what.split(" ")[-1] for each in lane.due)

        while_open = await due()
        assert {"answer P1", "end D1", "look E1", "report T1"} <= set(while_open)
        await stage.do(room, {"command": "close", "review": "not_required"})
        assert await due() == ["report T1"]
        if ending == "reopened":
            await stage.do(room, {"command": "reopen"})
            # Whoever opens it again calls anew those who are needed now.
            assert await due() == [each for each in while_open if not each.startswith("answer ")]
