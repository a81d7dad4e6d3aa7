"""Who is let go, and what whoever takes over is told of the people in the room."""

from pathlib import Path

import pytest

from tests.rooms.stage import at, staged
from watchroom.base.clock import rfc3339
from watchroom.base.errors import Malformed, UnknownThing
from watchroom.communication.brief import brief

ROLE = {"command": "assign_role", "role": "technical_lead", "person": "cem@example.com"}
PAGE = {"command": "page", "person": "dan@example.com", "text": "Can you come?"}


async def test_only_somebody_of_the_room_is_let_go(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(by="ana")
        await stage.do(room, {"command": "join"}, by="bo")
        await stage.do(room, ROLE)
        await stage.do(room, PAGE)
        await stage.do(room, {"command": "post_message", "text": "I look too"}, by="eva")
        with pytest.raises(UnknownThing, match=r"nobody@example\.com was never in this room") as refused:
            await stage.do(room, {"command": "release_responder", "person": "nobody@example.com"})
        assert "bo@example.com" in refused.value.hint
        both = {"command": "release_responder", "person": "bo@example.com", "also": ["nobody@example.com"]}
        with pytest.raises(UnknownThing, match="never"):
            await stage.do(room, both)
        for name in ("ana", "bo", "cem", "dan", "eva"):
            done = await stage.do(room, {"command": "release_responder", "person": f"{name}@example.com"})
            assert [event.kind for event in done.events] == ["responder_released"]


async def test_whoever_takes_over_is_told_what_it_is_and_who_is_there(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare("Checkout is down", by="ana")
        await stage.do(room, {"command": "join"}, by="bo")
        await stage.do(room, ROLE)
        await stage.do(room, PAGE)
        incident = await stage.room(room)
        told = {line.about: line.text for line in brief(incident)}
        assert told[""] == "Checkout is down"
        assert told["Roles"] == "technical lead cem@example.com"
        assert told["Here"] == "bo@example.com"
        assert "dan@example.com" in told["Called, no answer yet"]
        assert told["Customers were told"] == "nothing yet"


@pytest.mark.parametrize(
    "command",
    [
        {"command": "assign_role", "role": "incident_commander", "person": "Ana"},
        {"command": "page", "person": "ana meyer", "text": "x"},
        {"command": "hand_over_role", "role": "incident_commander", "to": "Anna"},
        {"command": "admit", "person": "Ana"},
        {"command": "restrict", "people": ["me", "Ana"]},
    ],
)
async def test_a_bare_name_makes_no_stranger(tmp_path: Path, command: dict[str, object]) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(by="bo")
        await stage.house.directory.add("ana@example.com", "Ana Meyer", actor="system:test", via="test")
        await stage.house.directory.rename("ana@example.com", "Ana Meyer", actor="system:test", via="test")
        with pytest.raises(Malformed, match="no person") as refused:
            await stage.do(room, command, by="bo")
        assert "Did you mean ana@example.com?" in refused.value.hint


async def test_a_misspelt_address_is_taken_and_asked_about(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(by="bo")
        await stage.house.directory.add("ana@example.com", "Ana Meyer", actor="system:test", via="test")
        role = {"command": "assign_role", "role": "incident_commander", "person": "ana@exmaple.com"}
        done = await stage.do(room, role, by="bo")
        said = {each.code: each.message for each in done.warnings}
        assert said["unknown_person"] == "ana@exmaple.com is not in the directory. Did you mean ana@example.com?"
        # Who may be somebody outside the house is not refused.
        asked = await stage.do(room, {"command": "escalate", "to": "the vendor", "text": "Is it slow?"}, by="bo")
        assert "unknown_person" in {each.code for each in asked.warnings}


async def test_a_priority_that_is_over_says_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(by="bo")
        await stage.move_to(600)
        past = {"command": "state_priority", "text": "Campaign", "until": rfc3339(at(300))}
        done = await stage.do(room, past, by="bo")
        assert "over_already" in {each.code for each in done.warnings}
        with pytest.raises(Malformed, match="until is not after from"):
            await stage.do(room, {**past, "from": rfc3339(at(400))}, by="bo")


async def test_a_changed_e_mail_leads_to_the_same_person_everywhere(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        house = stage.house
        await house.directory.change_address("bo@example.com", "bo.new@example.com", actor="system:test", via="test")
        room = await stage.declare(by="ana")
        new = "Bo.New@example.com"
        done = [
            await stage.do(room, {"command": "assign_role", "role": "scribe", "person": new}),
            await stage.do(room, {"command": "assign_task", "person": new, "text": "Look"}),
            await stage.do(room, {"command": "page", "person": new, "text": "Come"}),
            await stage.do(room, {"command": "own_cycle", "cycle": "communication", "person": new}),
            await stage.do(room, {"command": "share_review", "to": [new]}),
            await stage.do(room, {"command": "restrict", "people": ["me", new]}),
        ]
        warned = [caution.code for each in done for caution in each.warnings]
        assert "unknown_person" not in warned
        incident = await stage.room(room)
        assert incident.roles.person("scribe") == "bo@example.com"
        assert [task.person for task in incident.tasks.open] == ["bo@example.com"]
        assert {page.to for page in incident.pages.by_id.values()} == {"bo@example.com"}
        assert incident.ownership.owners["communication"] == "bo@example.com"
        assert list(incident.sharing.readers) == ["bo@example.com"]
        assert "bo@example.com" in incident.visibility.people
        (receipt,) = await stage.send("generic", {"title": "Disk full"})
        handled = await stage.judge(receipt.signal, {"verdict": "slow_burn", "owner": new})
        assert (await stage.room(handled.room)).judgements.by_signal[receipt.signal].owner == "bo@example.com"
        assert house.directory.name(new.lower()) == "Bo"
