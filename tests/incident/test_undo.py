"""Undo: what can be taken back, by whom, until when; and what the room is like afterwards."""

from pathlib import Path
from typing import Any

import pytest

from tests.rooms.invariants import broken
from tests.rooms.stage import Stage, at, staged
from watchroom.base.clock import rfc3339
from watchroom.base.errors import AlreadyDone, Refused

DRAFT = {"command": "post_update", "impact": "Orders fail", "next_at": rfc3339(at(600)), "draft": True}


async def last(stage: Stage, room: str) -> int:
    return (await stage.room(room)).seq


async def take_back(stage: Stage, room: str, seq: int, by: str = "ana") -> None:
    await stage.do(room, {"command": "retract", "seq": seq}, by)


@pytest.mark.parametrize(
    ("command", "instead"),
    [
        ({"command": "resolve", "understood": "yes"}, "Reopen the incident instead."),
        ({"command": "close"}, "Reopen the incident instead."),
        ({**DRAFT, "audience": "customers", "draft": False}, "Post another that corrects it."),
    ],
)
async def test_what_cannot_be_taken_back_says_what_to_do_instead(
    command: dict[str, Any], instead: str, tmp_path: Path
) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, command)
        with pytest.raises(Refused) as caught:
            await take_back(stage, room, await last(stage, room))
        assert caught.value.hint == instead


async def test_a_draft_that_was_approved_has_left_the_house(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {**DRAFT, "audience": "customers"})
        drafted = await last(stage, room)
        await stage.do(room, {"command": "approve_update", "update": "U1"})
        for seq in (drafted, await last(stage, room)):
            with pytest.raises(Refused):
                await take_back(stage, room, seq)
        assert (await stage.room(room)).cadence.promises.keys() == {"customers"}


async def test_an_update_to_the_responders_has_not_left_the_house(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {**DRAFT, "audience": "responders", "draft": False})
        await take_back(stage, room, await last(stage, room))
        incident = await stage.room(room)
        assert incident.updates.by_id == {}
        assert incident.cadence.promises == {}


async def test_what_the_house_itself_noted_is_not_taken_back(tmp_path: Path) -> None:
    """Else the timers would note it again, and the inbox would not agree with the room."""
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        await stage.do(room, {**DRAFT, "audience": "customers", "draft": False})
        await stage.move_to(700)
        for seq in (1, await last(stage, room)):
            with pytest.raises(Refused) as caught:
                await take_back(stage, room, seq)
            assert caught.value.hint == "Take back a person's entry instead."
        (receipt,) = await stage.send("generic", {"title": "Search is slow"})
        assert receipt.stream is not None
        other = receipt.stream
        await stage.judge(receipt.signal, {"verdict": "slow_burn", "look_again_at": rfc3339(at(900))})
        await stage.do(other, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        await stage.move_to(1_000)
        with pytest.raises(Refused):
            await take_back(stage, other, await last(stage, other))
        assert await broken(stage) == []


async def test_its_author_and_the_commander_take_back_and_nobody_else(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(by="cem")
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "bo@example.com"})
        seqs = []
        for text in ("one", "two"):
            await stage.do(room, {"command": "post_message", "text": text}, "ana")
            seqs.append(await last(stage, room))
        with pytest.raises(Refused):
            await take_back(stage, room, seqs[0], "cem")
        await take_back(stage, room, seqs[0], "ana")
        await take_back(stage, room, seqs[1], "bo")
        with pytest.raises(AlreadyDone):
            await take_back(stage, room, seqs[1], "bo")
        with pytest.raises(Refused):
            await take_back(stage, room, await last(stage, room), "bo")
        assert (await stage.room(room)).conversation.messages == 0


async def test_no_id_is_used_twice(tmp_path: Path) -> None:
    """Else a theory that was taken back and one that is alive would be one in the record."""
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        for command, field in (("propose_hypothesis", "hypotheses"), ("propose_intervention", "interventions")):
            for text in ("first", "second", "third"):
                await stage.do(room, {"command": command, "text": text})
            await take_back(stage, room, await last(stage, room))
            await take_back(stage, room, await last(stage, room) - 3)
            await stage.do(room, {"command": command, "text": "fourth"})
            known = getattr(await stage.room(room), field).by_id
            letter = field[0].upper()
            assert {id: each.text for id, each in known.items()} == {f"{letter}2": "second", f"{letter}4": "fourth"}
        assert await broken(stage) == []


async def test_whoever_called_takes_the_call_back_and_nobody_else_but_the_commander(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "page", "team": "payments", "text": "Come"})
        call = (await stage.room(room)).pages.by_id["P1"]
        with pytest.raises(Refused):
            await take_back(stage, room, call.seq, "cem")
        await take_back(stage, room, call.seq)
        pages = (await stage.room(room)).pages
        assert [page.state for page in pages.by_id.values()] == ["withdrawn", "withdrawn"]
        with pytest.raises(AlreadyDone):
            await take_back(stage, room, call.seq)
        with pytest.raises(AlreadyDone):
            await stage.do(room, {"command": "acknowledge_page", "page": "P1", "reason": "He called"}, "cem")


@pytest.mark.parametrize(
    "command",
    [
        {"command": "assign_task", "person": "bo@example.com", "text": "Check the cable"},
        {"command": "open_workstream", "name": "Alpha", "lead": "bo@example.com"},
        {"command": "assign_role", "role": "technical_lead", "person": "bo@example.com"},
        {"command": "escalate", "to": "bo@example.com", "text": "Which query?"},
    ],
    ids=lambda command: command["command"],
)
async def test_what_is_taken_back_calls_nobody(tmp_path: Path, command: dict[str, Any]) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        done = await stage.do(room, command)
        assert (await stage.room(room)).pages.by_id["P1"].open
        await take_back(stage, room, done.events[0].seq)
        assert (await stage.room(room)).pages.by_id["P1"].state == "withdrawn"
