"""An incident at a glance: what is done now, and what stands open, as the board's rows say it."""

from pathlib import Path
from typing import Any

from tests.rooms.stage import Stage, at, staged
from watchroom.base.clock import rfc3339
from watchroom.incident.summary import summary


async def _doing(stage: Stage, room: str, *commands: dict[str, Any]) -> str:
    for command in commands:
        await stage.do(room, command)
    return summary(await stage.room(room)).doing


async def test_what_changes_the_world_comes_before_what_is_thought(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare("Checkout is down")
        assert await _doing(stage, room) == ""
        theory = {"command": "propose_hypothesis", "text": "The\nvendor " + "x" * 300}
        said = await _doing(stage, room, theory)
        assert said.startswith("Theory: The vendor x")
        assert said.endswith("…")
        other = {"command": "propose_hypothesis", "text": "v412"}
        assert await _doing(
            stage, room, other, {"command": "set_hypothesis", "hypothesis": "H2", "state": "testing"}
        ) == ("Testing: v412")
        assert await _doing(
            stage, room, {"command": "hold", "text": "until the graph is drawn", "until": rfc3339(at(600))}
        ) == ("Holding: until the graph is drawn")
        tried = {"command": "propose_intervention", "text": "Roll back"}
        begun = {"command": "start_intervention", "intervention": "I1"}
        assert await _doing(stage, room, tried, begun) == "Trying: Roll back"
        assert "What did I1 do?" in summary(await stage.room(room)).asked
        helped = {"command": "observe_intervention", "intervention": "I1", "outcome": "helped", "text": "it did"}
        mitigated = {"command": "mark_mitigated", "by": "rolled back"}
        await _doing(stage, room, helped, mitigated, {"command": "watch_stability", "minutes": 10})
        await stage.do(room, {"command": "resolve", "understood": "yes"})
        row = summary(await stage.room(room))
        assert (row.doing, row.asked) == ("", ())
