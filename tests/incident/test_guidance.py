"""Guidance: in every state, for everybody who looks, two or three questions that can be acted on and repeat nothing."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.night.filling import fill, is_command, sound
from tests.rooms.stage import Stage, at, staged
from watchroom.base.errors import AlreadyDone, Refused
from watchroom.detection.declaration import Declare
from watchroom.incident.guidance import asking
from watchroom.incident.guidance.asking import (
    ASKED,
    ORDER,
    READER,
    SHOWN_MAX,
    Standpoint,
    every_question,
    for_each,
    guidance,
    in_role,
    standpoint,
)
from watchroom.incident.guidance.body import guidance_json
from watchroom.incident.guidance.putting_away import SetGuidance
from watchroom.incident.guidance.question import Question
from watchroom.incident.incident import Incident
from watchroom.incident.profile import QUESTIONS
from watchroom.mitigation.roles import ROLES
from watchroom.web.patterns.examples import ANA, INES, LEILA, STATES, TOMASZ, story_until

LATE = datetime(2030, 1, 1, tzinfo=UTC)
NAMES = [state.__name__ for state in STATES]
CUSTOMERS = {"command": "post_update", "audience": "customers", "impact": "You may be unable to pay."}
Said = dict[str, Any]


class Blind:
    """Eyes that see nothing in particular."""

    def choice(self, command: str, field: str, choices: Sequence[str], given: Said) -> str | None:
        return None

    def words(self) -> str:
        return "Orders from the UK fail"

    def person(self) -> str:
        return "bo@example.com"


def everybody(incident: Incident) -> Iterator[Standpoint]:
    """Each role, each person of the example, somebody at work, and a reader."""
    yield from (in_role(incident, role) for role in ROLES)
    yield from (standpoint(incident, person) for person in (ANA, TOMASZ, LEILA, INES, "stranger@example.com"))
    yield from (Standpoint(here=True), READER)


@pytest.mark.parametrize("state", NAMES)
def test_whoever_looks_is_asked_three_at_most_and_can_act_on_each(state: str) -> None:
    incident = story_until(state).incident()
    for looks in everybody(incident):
        items = msgspec.json.decode(msgspec.json.encode(guidance_json(incident, looks, LATE)))["items"]
        assert len(items) <= SHOWN_MAX
        assert len({item["question"] for item in items}) == len(items), "one question twice"
        for item in items:
            sound(item)
            is_command(fill(item["command"], Blind()))


@pytest.mark.parametrize("state", NAMES)
def test_each_question_has_a_name_in_the_order_and_a_key_of_its_own(state: str) -> None:
    found = every_question(story_until(state).incident())
    assert {question.name for question in found} <= set(ORDER)
    keys = [question.key for question in found]
    assert len(keys) == len(set(keys))
    for question in found:
        assert question.persons or question.roles or question.everybody or question.strangers or question.idle


def test_every_name_can_be_left_out_by_a_profile() -> None:
    # Whether it is an incident is always asked: a room in triage has no other question.
    names = {name.partition(":")[0] for name in ORDER}
    assert names - {"is_it_an_incident"} == set(QUESTIONS)
    assert len(ORDER) == len(set(ORDER))


def test_each_of_the_six_gaps_is_headed_off_by_some_question() -> None:
    asked = {q.heads_off for name in NAMES for q in every_question(story_until(name).incident())}
    assert asked - {None} >= {
        "declaration_delay", "no_cadence", "mitigation_as_resolution", "review_without_learning", "no_preparation",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "first"),
    [
        ("begun", "Do customers feel this?"),
        ("declared", "Who commands?"),
        ("resolved", "Is a review worth holding?"),
        ("offered", "Is it back?"),
    ],
)
def test_what_hurts_most_comes_first(state: str, first: str) -> None:
    incident = story_until(state).incident()
    commander = in_role(incident, "incident_commander")
    assert guidance(incident, commander, LATE)[0].text == first


# Who is asked


async def texts(stage: Stage, room: str, who: str = "", role: str = "") -> list[str]:
    """What one person, or whoever holds a role, is asked now."""
    incident = await stage.room(room)
    looks = in_role(incident, role) if role else standpoint(incident, f"{who}@example.com") if who else READER
    return [question.text for question in guidance(incident, looks, stage.clock.now())]


async def commanded(stage: Stage, **fields: str) -> str:
    """An incident that ana commands."""
    room = await stage.declare(**({"impact": "all", "urgency": "high"} | fields))
    await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
    return room


async def over_with_an_alert(stage: Stage) -> str:
    """An incident that ana commands, whose alert has ended."""
    alert = {"title": "Checkout fails", "dedup_key": "checkout"}
    (receipt,) = await stage.send("generic", alert)
    await stage.send("generic", {**alert, "status": "resolved"})
    room = receipt.stream or ""
    await stage.do(room, {"command": "declare", "title": "Checkout fails", "impact": "all", "urgency": "high"})
    await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
    return room


async def test_a_question_is_asked_of_the_role_that_it_is_for_and_of_nobody_else(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        assert "Who has been told?" in await texts(stage, room, "ana")
        for role, person in (("technical_lead", "bo"), ("communications_lead", "cem")):
            await stage.do(room, {"command": "assign_role", "role": role, "person": f"{person}@example.com"})
            await stage.do(room, {"command": "accept_role", "role": role}, person)
        assert "Who has been told?" not in await texts(stage, room, "ana")
        assert "Who has been told?" in await texts(stage, room, "cem")
        assert await texts(stage, room, "cem") == await texts(stage, room, role="communications_lead")
        assert await texts(stage, room, "bo") == ["What would stop the pain first?", "What could it be?"]
        assert await texts(stage, room, "dee") == ["Are you here to help?"]
        await stage.do(room, {"command": "join"}, "dee")
        assert await texts(stage, room, "dee") == ["What can you take off somebody's hands?"]
        await stage.move_to(5)
        await stage.do(room, {"command": "post_message", "text": "I know the address form"}, "dee")
        assert await texts(stage, room, "dee") == []


async def test_who_was_asked_for_something_is_asked_whether_they_have_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        await stage.do(room, {"command": "assign_role", "role": "technical_lead", "person": "bo@example.com"})
        assert (await texts(stage, room, "bo"))[0] == "Do you take it on: technical lead?"
        await stage.do(room, {"command": "page", "person": "cem@example.com", "text": "We need the payments owner"})
        assert (await texts(stage, room, "cem"))[0] == "Can you come?"
        task = {"command": "assign_task", "person": "dee@example.com", "text": "Look at v412", "due_s": 600}
        await stage.do(room, task)
        assert (await texts(stage, room, "dee"))[0] == "Can you take T1?"
        await stage.do(room, {"command": "acknowledge_task", "task": "T1"}, "dee")
        assert "What came of T1?" not in await texts(stage, room, "dee")
        await stage.move_to(481)
        assert "What came of T1?" in await texts(stage, room, "dee")
        assert "What became of T1?" not in await texts(stage, room, "ana")


async def test_one_person_who_commands_and_repairs_is_asked_to_hand_one_over(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        await stage.do(room, {"command": "assign_role", "role": "technical_lead", "person": "me"})
        await stage.do(room, {"command": "join"}, "bo")
        asked = next(q for q in every_question(await stage.room(room)) if q.name == "who_leads")
        assert (asked.text, asked.action) == ("Can somebody else lead the technical work?", "Ask Bo")
        body = {"command": asked.command, **asked.given}
        await stage.do(room, body)
        assert (await stage.room(room)).roles.person("technical_lead") == "bo@example.com"


# In time


async def test_an_update_is_asked_for_before_it_is_late(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage, impact="many", urgency="medium")
        await stage.do(room, {**CUSTOMERS, "next_at": at(1_200).isoformat()})
        assert "What is new for customers?" not in await texts(stage, room, "ana")
        await stage.move_to(901)
        asked = next(q for q in every_question(await stage.room(room)) if q.name == "what_is_new")
        assert (asked.from_at, asked.due_at) == (at(900), at(1_200))
        assert "What is new for customers?" in await texts(stage, room, "ana")
        await stage.move_to(1_201)
        asked_now = await texts(stage, room, "ana")
        assert "What can you tell customers now?" in asked_now
        assert "What is new for customers?" not in asked_now


async def test_the_commander_is_asked_once_for_a_late_update_though_the_house_calls_them_as_well(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage, impact="many", urgency="medium")
        await stage.do(room, {**CUSTOMERS, "next_at": at(600).isoformat()})
        await stage.move_to(7_200)
        rings = [page for page in (await stage.room(room)).pages.open if page.by.startswith("system:")]
        assert [page.to for page in rings] == ["ana@example.com"]
        asked = await texts(stage, room, "ana")
        assert "What can you tell customers now?" in asked
        assert "Can you come?" not in asked


async def test_nobody_is_asked_whether_it_is_over_before_it_was_watched(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await over_with_an_alert(stage)
        await stage.do(room, {"command": "mark_mitigated", "by": "unknown"})
        asked = [question.name for question in every_question(await stage.room(room))]
        assert "does_it_stay_well" in asked
        assert "is_it_over" not in asked
        await stage.do(room, {"command": "watch_stability", "minutes": 30})
        (over,) = [q for q in every_question(await stage.room(room)) if q.name == "is_it_over"]
        assert over.from_at == at(1_800)
        assert "Stopped the bleeding, or understood?" not in await texts(stage, room, "ana")
        await stage.move_to(1_801)
        (over,) = [q for q in every_question(await stage.room(room)) if q.name == "is_it_over"]
        assert over.from_at is None


async def test_a_reason_for_less_than_a_watch_goes_with_the_word_that_it_is_over(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        await stage.do(room, {"command": "mark_mitigated", "by": "unknown"})
        reason = "The vendor confirmed it, and their page is green"
        await stage.do(room, {"command": "put_away_question", "question": "does_it_stay_well", "reason": reason})
        (over,) = [q for q in every_question(await stage.room(room)) if q.name == "is_it_over"]
        assert over.given["reason"] == reason


# Never twice


async def test_what_was_put_away_comes_back_only_with_other_facts(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        away = {"command": "put_away_question", "question": "who_leads", "reason": "I do both for ten minutes"}
        assert "Who leads the technical work?" in await texts(stage, room, "ana")
        done = await stage.do(room, away)
        assert [event.kind for event in done.events] == ["question_put_away"]
        assert "Who leads the technical work?" not in await texts(stage, room, "ana")
        with pytest.raises(AlreadyDone):
            await stage.do(room, away)
        await stage.do(room, {"command": "post_message", "text": "Looking"})
        assert "Who leads the technical work?" not in await texts(stage, room, "ana")
        await stage.do(room, {"command": "set_severity", "severity": "SEV2"})
        assert "Who leads the technical work?" in await texts(stage, room, "ana")


async def test_what_was_put_away_can_be_taken_back(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        done = await stage.do(room, {"command": "put_away_question", "question": "who_leads", "reason": "x"})
        await stage.do(room, {"command": "retract", "seq": done.events[0].seq})
        assert "Who leads the technical work?" in await texts(stage, room, "ana")


async def test_the_commander_puts_away_for_all_and_others_for_themselves(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        for who in ("bo", "cem"):
            await stage.do(room, {"command": "post_message", "text": "Here"}, who)
        shown = "What could it be?"
        for own in ("bo", "cem"):
            # Without a technical lead the question is the commander's; nobody else is asked.
            assert shown not in await texts(stage, room, own)
        await stage.do(room, {"command": "release_role", "role": "incident_commander"})
        assert shown in [q.text for q in every_question(await stage.room(room))]
        done = await stage.do(room, {"command": "put_away_question", "question": "what_could_it_be"}, "bo")
        assert [caution.code for caution in done.warnings] == ["no_reason"]
        fact = (await stage.room(room)).guided.put_away[-1]
        assert (fact.by, fact.for_all) == ("bo@example.com", True)
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        await stage.do(room, {"command": "put_away_question", "question": "how_bad", "reason": "x"}, "cem")
        assert (await stage.room(room)).guided.put_away[-1].for_all is False


async def test_what_nobody_is_asked_cannot_be_put_away(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        with pytest.raises(Refused) as refusal:
            await stage.do(room, {"command": "put_away_question", "question": "is_it_over", "reason": "x"})
        assert "who_leads" in refusal.value.hint


async def test_answering_ends_the_question(tmp_path: Path) -> None:
    """Whatever is asked, doing it once is enough: the same question about the same thing is not asked again."""
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        seen: list[tuple[str, str]] = []
        for _ in range(12):
            incident = await stage.room(room)
            asked = guidance(incident, standpoint(incident, "ana@example.com"), stage.clock.now())
            if not asked:
                break
            question = asked[0]
            assert (question.key, question.basis) not in seen, question.text
            seen.append((question.key, question.basis))
            item = guidance_json(incident, standpoint(incident, "ana@example.com"), stage.clock.now())["items"][0]
            await stage.do(room, fill(msgspec.json.decode(msgspec.json.encode(item["command"])), Blind()))
        assert len(seen) >= 5


# How much


async def test_how_much_guidance_is_set_by_person_and_by_room(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)

        async def shown(who: str) -> Any:
            incident = await stage.room(room)
            return guidance_json(incident, standpoint(incident, f"{who}@example.com"), stage.clock.now())

        await stage.do(room, {"command": "set_guidance", "level": "questions", "person": "me"})
        found = await shown("ana")
        assert found["level"] == "questions"
        assert {(item["why"], item["command"]) for item in found["items"]} == {("", None)}
        assert (await shown("bo"))["level"] == "full"
        await stage.do(room, {"command": "set_guidance", "level": "off"}, "bo")
        assert [(await shown(who))["items"] for who in ("ana", "bo")] == [[], []]
        assert for_each(await stage.room(room)) == []
        await stage.do(room, {"command": "set_guidance", "level": "full"})
        assert (await shown("ana"))["level"] == "questions"
        with pytest.raises(AlreadyDone):
            await stage.do(room, {"command": "set_guidance", "level": "full"})
        with pytest.raises(Refused):
            await stage.do(room, {"command": "set_guidance", "level": "off", "person": "ana@example.com"}, "bo")


async def test_in_practice_players_set_only_their_own(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        by: dict[str, Any] = {"actor": "system:drill", "via": "test"}
        room = (await stage.house.rooms.declare_new(Declare(title="A drill"), practice=True, **by)).room
        await stage.house.rooms.command(room, SetGuidance(level="questions"), **by)
        await stage.do(room, {"command": "join"})
        with pytest.raises(Refused):
            await stage.do(room, {"command": "set_guidance", "level": "full"})
        await stage.do(room, {"command": "set_guidance", "level": "off", "person": "me"})
        assert (await stage.room(room)).guided.level_of("ana@example.com") == "off"
        assert (await stage.room(room)).guided.level_of("bo@example.com") == "questions"


async def test_a_copy_asks_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        incident = await stage.room(await commanded(stage))
        assert every_question(msgspec.structs.replace(incident, imported=True)) == []


def test_questions_are_made_by_every_file_of_the_folder() -> None:
    made = {ask.__module__.rpartition(".")[2] for ask in ASKED}
    assert made == {"commanding", "detecting", "ending", "learning", "mitigating", "own", "telling"}
    assert asking.SHOWN_MAX == 3


def test_a_basis_is_another_once_a_fact_is() -> None:
    question = Question(name="x", text="X?", why="Because.", action="Do", command="join", facts=("H1 proposed",))
    other = msgspec.structs.replace(question, facts=("H1 testing",))
    assert question.basis != other.basis
    assert question.basis == msgspec.structs.replace(question, why="Said otherwise.").basis
