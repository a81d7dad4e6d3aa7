"""Times that have passed already: nothing is refused, it is said, and nothing is promised by them."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.house.source import SRC
from tests.rooms.stage import Stage, at, staged
from watchroom.base.clock import rfc3339

PAST = rfc3339(at(-3_600))
TOLD: dict[str, Any] = {"command": "post_update", "audience": "customers", "impact": "No orders", "next_at": PAST}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (TOLD, "promised_in_the_past"),
        ({"command": "close", "review": "required", "owner": "me", "due_at": PAST}, "due_in_past"),
        ({"command": "close", "review": "not_required", "due_at": PAST}, "due_in_past"),
        ({"command": "defer_review", "due_at": PAST}, "due_in_past"),
        ({"command": "add_action", "text": "x", "owner": "me", "due_at": PAST}, "due_in_past"),
        ({"command": "add_mystery", "text": "x", "owner": "me", "due_at": PAST}, "due_in_past"),
        ({"command": "hold", "until": PAST}, "until_passed"),
        ({"command": "escalate", "text": "x", "look_again_at": PAST}, "look_again_passed"),
        ({"command": "state_unknown", "text": "x", "by": PAST}, "time_passed"),
    ],
)
async def test_a_time_that_has_passed_is_said(command: dict[str, Any], code: str, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        handled = await stage.do(room, command)
        (caution,) = [each for each in handled.warnings if each.code == code]
        assert caution.hint


async def test_an_update_promises_nothing_by_a_time_that_has_passed(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, TOLD)
        incident = await stage.house.rooms.room(room)
        assert not incident.cadence.promises
        assert incident.updates.by_id["U1"].next_at is None


async def test_a_draft_that_is_approved_after_its_time_promises_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        soon = rfc3339(stage.clock.now() + timedelta(minutes=5))
        await stage.do(room, {**TOLD, "next_at": soon, "draft": True})
        await pass_minutes(stage, 6)
        handled = await stage.do(room, {"command": "approve_update", "update": "U1"})
        assert [caution.code for caution in handled.warnings] == ["promised_in_the_past"]
        incident = await stage.house.rooms.room(room)
        assert "customers" not in incident.cadence.promises
        assert incident.updates.by_id["U1"].next_at is None


async def test_a_slow_burn_that_is_looked_at_again_in_the_past_is_asked_about(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (receipt,) = await stage.send("generic", {"title": "Disk fills"})
        handled = await stage.judge(receipt.signal, {"verdict": "slow_burn", "owner": "me", "look_again_at": PAST})
        assert [caution.code for caution in handled.warnings] == ["look_again_passed"]


async def pass_minutes(stage: Stage, minutes: int) -> None:
    """Let the stage's time pass."""
    await stage.move_to(stage.now_s + 60 * minutes)


def test_every_warning_says_what_to_do() -> None:
    bare = []
    for path in (SRC / "watchroom").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Caution":
                named = [keyword.value for keyword in node.keywords if keyword.arg == "hint"]
                hint = next(iter([*node.args[2:], *named]), None)
                if hint is None or (isinstance(hint, ast.Constant) and not hint.value):
                    bare.append(f"{path.name}:{node.lineno}")
    assert not bare, f"These warnings have no hint: {bare}"
