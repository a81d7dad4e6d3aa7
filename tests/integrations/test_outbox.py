"""The outbox: which pages are on their way, to whom they may go, and that nothing of it is lost by a restart."""

from pathlib import Path

import pytest

from tests.rooms.stage import Stage, at, staged
from watchroom.base.clock import rfc3339
from watchroom.detection.declaration import Declare
from watchroom.incident.release import may_leave
from watchroom.integrations.outbox import Letter, Outbox

PAGE = {"command": "page", "person": "bo@example.com", "text": "Checkout is down"}


async def letters(stage: Stage) -> list[Letter]:
    await stage.settled()
    await stage.house.outbox.settle()
    return list(stage.house.outbox.all())


async def practice(stage: Stage, by: str = "ana") -> str:
    handled = await stage.house.rooms.declare_new(
        Declare(title="Everything is red"), actor=f"person:{by}@example.com", via="test", practice=True
    )
    return handled.room


async def test_a_page_is_a_letter_until_it_is_answered(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare("Checkout is down")
        await stage.do(room, PAGE)
        (letter,) = await letters(stage)
        assert (letter.room, letter.page, letter.to) == (room, "P1", "bo@example.com")
        assert letter.may_ring
        assert letter.may_mail
        await stage.do(room, {"command": "acknowledge_page", "page": "P1"}, by="bo")
        assert await letters(stage) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"command": "join"},
        {"command": "accept_role", "role": "technical_lead"},
        {"command": "acknowledge_task", "task": "T1"},
        {"command": "report_task", "task": "T1", "text": "done"},
    ],
    ids=lambda body: body["command"],
)
async def test_whoever_takes_it_on_has_heard_it(answer: dict[str, str], tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        if answer["command"] == "accept_role":
            await stage.do(room, {"command": "assign_role", "role": "technical_lead", "person": "bo@example.com"})
        else:
            await stage.do(room, {"command": "assign_task", "person": "bo@example.com", "text": "Look", "due_s": 600})
        assert [letter.to for letter in await letters(stage)] == ["bo@example.com"]
        await stage.do(room, answer, by="bo")
        assert await letters(stage) == []


async def test_one_answer_serves_the_whole_call(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "page", "team": "payments", "text": "It is yours"})
        assert [letter.to for letter in await letters(stage)] == ["bo@example.com", "cem@example.com"]
        await stage.do(room, {"command": "acknowledge_page", "page": "P2"}, by="cem")
        assert await letters(stage) == []
        await stage.move_to(300)
        assert not any(page.unanswered for page in (await stage.room(room)).pages.by_id.values())


async def test_a_page_that_nobody_hears_is_noted_and_then_given_up(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, PAGE)
        await stage.move_to(119)
        assert not (await stage.room(room)).pages.by_id["P1"].unanswered
        await stage.move_to(120)
        assert (await stage.room(room)).pages.by_id["P1"].unanswered
        (letter,) = await letters(stage)
        assert letter.may_ring
        await stage.move_to(3_600)
        assert (await stage.room(room)).pages.by_id["P1"].state == "failed"
        (letter,) = await letters(stage)
        assert not letter.may_ring


async def test_a_room_that_is_put_away_calls_nobody(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, PAGE)
        await stage.do(room, {"command": "close", "reason": "a mistake"})
        assert await letters(stage) == []
        await stage.move_to(4_000)
        assert not (await stage.room(room)).pages.by_id["P1"].unanswered


async def test_practice_reaches_only_those_who_play(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await practice(stage)
        handled = await stage.do(room, PAGE)
        assert [caution.code for caution in handled.warnings] == ["not_delivered"]
        await stage.do(room, {"command": "page", "person": "character:dba", "text": "Which query blocks?"})
        await stage.do(room, {"command": "page", "person": "ana@example.com", "text": "You too"})
        found = {letter.to: letter for letter in await letters(stage)}
        assert not found["bo@example.com"].may_ring
        assert not found["bo@example.com"].may_mail
        assert not found["character:dba"].may_ring
        assert found["ana@example.com"].may_ring
        assert all(letter.practice for letter in found.values())
        incident = await stage.room(room)
        assert not may_leave(incident, "email", "bo@example.com")
        assert not may_leave(incident, "webhook")
        assert not may_leave(incident, "webhook", "ana@example.com")
        assert may_leave(incident, "email", "ana@example.com")
        await stage.do(room, {"command": "join"}, by="bo")
        await stage.do(room, PAGE)
        (bo,) = [letter for letter in await letters(stage) if letter.to == "bo@example.com"]
        assert bo.may_ring


async def test_being_given_a_role_makes_nobody_a_player(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await practice(stage)
        await stage.do(room, {"command": "assign_role", "role": "scribe", "person": "bo@example.com"})
        assert not may_leave(await stage.room(room), "browser", "bo@example.com")
        await stage.do(room, {"command": "accept_role", "role": "scribe"}, by="bo")
        assert may_leave(await stage.room(room), "browser", "bo@example.com")


async def test_letters_are_the_same_from_saved_rows(tmp_path: Path) -> None:
    async with staged(tmp_path, "sqlite") as stage:
        room = await stage.declare()
        other = await stage.declare("Search is slow")
        await stage.do(room, PAGE)
        await stage.do(other, {**PAGE, "person": "cem@example.com"})
        found = await letters(stage)
        outbox = stage.house.outbox
        again = Outbox(stage.house.folds)
        again.restore({key: row for key in (room, other) if (row := outbox.row(key)) is not None})
        await again.settle()
        assert list(again.all()) == found
        stale = Outbox(stage.house.folds)
        stale.restore({room: b"null", other: b"null"})
        await stale.settle()
        assert sorted(stale.all(), key=lambda letter: letter.room) == sorted(found, key=lambda letter: letter.room)


async def test_a_late_update_calls_the_commander(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"}, by="bo")
        await stage.do(
            room, {"command": "post_update", "audience": "support", "impact": "x", "next_at": rfc3339(at(60))}
        )
        await stage.move_to(359)
        assert await letters(stage) == []
        await stage.move_to(360)
        (letter,) = await letters(stage)
        assert letter.to == "bo@example.com"
        assert "support" in letter.text


async def test_a_closed_room_calls_nobody_but_who_is_called_to_it_then(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, PAGE)
        assert len(await letters(stage)) == 1
        await stage.do(room, {"command": "close", "review": "required"})
        assert await letters(stage) == []
        await stage.do(room, {**PAGE, "text": "Would you hold the review?"})
        (letter,) = await letters(stage)
        assert (letter.page, letter.may_ring) == ("P2", True)
