"""Profiles: the six that are shipped, files that are read strictly, the book, and rooms that keep their own."""

from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.rooms.stage import STARTS_AT, Stage, at, staged
from watchroom.base.errors import Conflict, Malformed, MisConfigured, Refused
from watchroom.config import Settings
from watchroom.incident import profile_file, shipped
from watchroom.incident.flow import flow
from watchroom.incident.gaps import gaps
from watchroom.incident.guidance.asking import every_question, guidance, standpoint
from watchroom.incident.guidance.question import Question
from watchroom.incident.incident import CODEC, Incident, fold
from watchroom.incident.profile import digest, problems, reference
from watchroom.incident.profile_difference import differences
from watchroom.record.event import Event

ANA = "person:ana@example.com"


def questions(incident: Incident) -> list[Question]:
    """What ana is asked, long after everything has come due."""
    return guidance(incident, standpoint(incident, ANA.removeprefix("person:")), at(10_000_000))


OWN = shipped.text("sre-15").replace('name = "sre-15"', 'name = "ours"')


async def choose(stage: Stage, name: str) -> None:
    await stage.house.profiles.choose(name, actor=ANA, via="test")


def plain(incident: Incident) -> Any:
    return msgspec.to_builtins(incident)


@pytest.mark.parametrize("name", shipped.NAMES)
def test_what_is_shipped_is_whole_and_written_as_it_is_read(name: str) -> None:
    profile = shipped.shipped(name)
    assert (profile.name, problems(profile)) == (name, [])
    assert profile_file.read(profile_file.write(profile), "x") == profile
    # The first public word within five minutes, then at least every twenty for two hours.
    for severity in ("SEV1", "SEV2"):
        beat = next(b for b in profile.cadence.beats if (b.severity, b.audience) == (severity, "customers"))
        assert beat.first_s <= 300
        assert beat.every_s <= 1_200
    assert profile.cadence.dense_s >= 7_200


def test_the_six_differ_in_what_they_are_for() -> None:
    profiles = {name: shipped.shipped(name) for name in shipped.NAMES}
    assert len({digest(profile) for profile in profiles.values()}) == 6
    for tradition, size in product(("sre", "itil"), (3, 15, 50)):
        profile = profiles[f"{tradition}-{size}"]
        assert (profile.tradition, profile.team_size) == (tradition, size)
        assert bool(profile.sla) == bool(profile.categories) == (tradition == "itil")
    for tradition in ("sre", "itil"):
        called = [len(profiles[f"{tradition}-{size}"].crew.called("SEV1")) for size in (3, 15, 50)]
        assert called == sorted(set(called))
        assert not profiles[f"{tradition}-3"].crew.keeps_apart("incident_commander", "technical_lead", "SEV1")
        assert profiles[f"{tradition}-50"].crew.keeps_apart("technical_lead", "incident_commander", "SEV1")


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says", "hint"),
    [
        ("people_per_lead = 7", "people_per_led = 7", 22, "crew.people_per_led is no field", "people_per_lead"),
        ("people_per_lead = 7", "people_per_lead = 0", 22, "crew.people_per_lead", "docs/profiles.md"),
        ('many = { high = "SEV1"', 'many = { high = "SEV5"', 13, "SEV5", "docs/profiles.md"),
        ('many = { high = "SEV1", ', "many = { ", 13, "severity.many has no severity for urgency high", "docs/profiles.md"),
        ('SEV4 = ["incident_commander"]', 'SEV4 = ["boss"]', 28, "crew.proposed.SEV4.0", "docs/profiles.md"),
        ('audience = "leadership"', 'audience = "bosses"', 49, "cadence.beats[2].audience", "docs/profiles.md"),
        ('severity = "SEV2"\naudience', 'severity = "SEV1"\naudience', 41, "cadence.beats.1 names SEV1 customers a second time", "docs/profiles.md"),
        ('review_from = "SEV2"', 'review_from = "SEV1"', 59, "no review of it is expected", "docs/profiles.md"),
        ('time_zone = "UTC"', 'time_zone = "Mars"', 61, "no time zone", "docs/profiles.md"),
        ('time_zone = "UTC"', 'time_zone = "UTC', 62, "not TOML", "docs/profiles.md"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_line(was: str, becomes: str, line: int, says: str, hint: str) -> None:
    assert was in OWN
    with pytest.raises(Malformed) as refused:
        profile_file.read(OWN.replace(was, becomes, 1), "ours.toml")
    assert refused.value.message.startswith(f"ours.toml:{line}: "), refused.value.message
    assert says in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize("text", ["", "x" * 300_000, "name = 7", "[[severity]]", "a = " + "[" * 5_000, "\x00"])
def test_nonsense_is_malformed(text: str) -> None:
    with pytest.raises(Malformed, match=r"x\.toml"):
        profile_file.read(text, "x.toml")


def test_a_setting_that_names_none_is_refused() -> None:
    with pytest.raises(MisConfigured, match="no shipped profile 'sre-4'") as refused:
        shipped.shipped("sre-4")
    assert "itil-50" in refused.value.hint
    assert Settings().profile == shipped.DEFAULT_NAME


def test_what_differs_is_said_field_by_field() -> None:
    one = shipped.shipped("sre-15")
    crew = msgspec.structs.replace(one.crew, people_per_lead=5)
    other = msgspec.structs.replace(one, crew=crew, categories=("network",))
    found = {each.field: (each.before, each.after) for each in differences(one, other)}
    assert found == {"crew.people_per_lead": ("7", "5"), "categories": ("", "network")}
    assert differences(one, one) == []
    assert any(
        each.field == "cadence.beats[SEV1 support].first_s" for each in differences(one, shipped.shipped("sre-50"))
    )


async def test_the_book_keeps_who_chose_what_and_never_overwrites_unseen(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        book = stage.house.profiles
        assert (book.now.version, book.now.profile.name, book.now.shipped) == (0, "sre-15", True)
        assert not await book.choose("sre-15", actor=ANA, via="test")
        assert await book.choose("itil-3", actor=ANA, via="test", reason="A contract", version=0)
        own = profile_file.read(OWN, "x")
        with pytest.raises(Conflict, match=r"by ana@example\.com"):
            await book.change(own, actor=ANA, via="test", version=0)
        assert await book.change(own, actor=ANA, via="test", version=1)
        assert [(each.version, each.profile.name, each.shipped) for each in book.history] == [
            (2, "ours", False),
            (1, "itil-3", True),
        ]
        assert book.history[1].reason == "A contract"
        with pytest.raises(Malformed, match="name of a shipped"):
            await book.change(msgspec.structs.replace(own, name="itil-3"), actor=ANA, via="test")
        with pytest.raises(Malformed, match="no shipped"):
            await book.choose("sre-4", actor=ANA, via="test")


async def test_two_at_once_and_one_is_told(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        book = stage.house.profiles
        real = book.catch_up

        async def late() -> None:
            book.catch_up = real  # type: ignore[method-assign]
            await real()
            await book.choose("sre-3", actor=ANA, via="test")
            # As another process sees it that has not heard of it yet.
            book._versions.clear()

        book.catch_up = late  # type: ignore[method-assign]
        with pytest.raises(Conflict):
            await book.choose("sre-50", actor=ANA, via="test")


async def course(stage: Stage) -> tuple[str, list[Event]]:
    """A room that is declared, rated and late."""
    room = await stage.declare(impact="many", urgency="high")
    await stage.do(room, {"command": "set_severity", "impact": "few", "urgency": "high"})
    await stage.move_to(301)
    return room, await stage.house.log.read(room)


async def test_the_profile_of_today_never_changes_what_an_old_room_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(tmp_path) as stage:
        await choose(stage, "itil-50")
        room, events = await course(stage)
        before = plain(fold(room, events))
        shown = [flow(fold(room, events)), questions(fold(room, events)), gaps(fold(room, events), [], None)]
        await choose(stage, "sre-3")
        assert plain(await stage.room(room)) == before
        assert (await stage.room(room)).profile == shipped.shipped("itil-50")
        # Nor does another content of a shipped profile, as a newer version of the program may have.
        monkeypatch.setattr(shipped, "shipped", lambda name: OTHER)
        assert plain(fold(room, events)) == before
        assert [flow(fold(room, events)), questions(fold(room, events)), gaps(fold(room, events), [], None)] == shown


SWAPPED: Any = {impact: dict.fromkeys(("high", "medium", "low"), "SEV4") for impact in ("all", "many", "few", "none")}
OTHER = msgspec.structs.replace(shipped.shipped("sre-3"), severity=SWAPPED)


async def test_facts_say_which_profile_proposed_them(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await choose(stage, "sre-50")
        room, events = await course(stage)
        named = reference(shipped.shipped("sre-50"))
        told = {event.kind: msgspec.json.decode(event.data or b"{}") for event in events}
        assert told["profile_adopted"]["digest"] == digest(shipped.shipped("sre-50"))
        assert told["profile_adopted"]["version"] == 1
        for kind in ("severity_proposed", "severity_confirmed", "roles_proposed", "update_became_overdue"):
            assert told[kind]["profile"] == named
        incident = await stage.room(room)
        assert (incident.rating.profile, incident.proposed_by) == (named, named)
        await stage.do(room, {"command": "set_severity", "severity": "SEV3", "reason": "only me"})
        assert (await stage.room(room)).rating.profile == ""


async def test_a_room_from_before_there_were_profiles_goes_on_as_it_did(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await choose(stage, "itil-50")
        room, events = await course(stage)
        old = [event for event in events if event.kind not in ("profile_adopted", "roles_proposed")]
        incident = fold(room, old)
        assert incident.adopted.profile is None
        assert incident.profile == shipped.default()
        assert not incident.service_levels


async def test_a_declaration_names_the_holes_and_a_graver_one_names_more(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(impact="few", urgency="medium")
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        open_ = [decision for lane in flow(await stage.room(room)) for decision in lane.open_decisions]
        assert "SEV3: technical lead is open" in open_
        assert not any("comms" in each for each in open_)
        done = await stage.do(room, {"command": "set_severity", "severity": "SEV1", "reason": "worse"})
        proposed = CODEC.decode(done.events[-1])
        assert getattr(proposed, "open", None) == ["technical_lead", "communications_lead"]
        lanes = {lane.cycle: lane for lane in flow(await stage.room(room))}
        assert "SEV1: comms lead is open" in lanes["communication"].open_decisions
        await stage.do(room, {"command": "set_severity", "severity": "SEV2", "reason": "less"})
        kinds = [event.kind for event in await stage.house.log.read(room)]
        # Both severities call for the same roles, so they are not called for again.
        assert kinds.count("roles_proposed") == 2


async def test_what_one_person_may_hold_is_the_profiles_to_say(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        codes: dict[str, list[str]] = {}
        for name in ("sre-3", "sre-15", "sre-50"):
            await choose(stage, name)
            room = await stage.declare(impact="all", urgency="high")
            codes[name] = []
            for role in ("incident_commander", "technical_lead", "communications_lead"):
                done = await stage.do(room, {"command": "assign_role", "role": role, "person": "me"})
                codes[name] += [caution.code for caution in done.warnings]
            asked = [question.text for question in every_question(await stage.room(room))]
            assert ("Can somebody else lead the technical work?" in asked) == (name != "sre-3")
        assert codes == {
            "sre-3": [],
            "sre-15": ["command_collision"],
            "sre-50": ["command_collision", "roles_together"],
        }


async def test_a_lead_of_many_is_asked_to_share(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await choose(stage, "sre-3")
        room = await stage.declare(impact="all", urgency="high")
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        found = []
        for number in range(4):
            task = {"command": "assign_task", "person": f"p{number}@example.com", "text": "Look", "due_s": 600}
            found.append("lead_overloaded" in [c.code for c in (await stage.do(room, task)).warnings])
        assert found == [False, False, False, True]


async def test_a_review_is_due_as_the_profile_says(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for impact, days in (("all", 3), ("few", None)):
            room = await stage.declare(impact=impact, urgency="high")
            done = await stage.do(room, {"command": "close", "review": "required", "owner": "bo@example.com"})
            assert "review_undated" not in [caution.code for caution in done.warnings]
            due_at = (await stage.room(room)).review.due_at
            # A SEV2 has five business days; the story begins on a Monday.
            assert due_at == (STARTS_AT + timedelta(days=days) if days else at(0).replace(day=30, hour=17, minute=0))
        room = await stage.declare(impact="all", urgency="high")
        done = await stage.do(room, {"command": "close", "review": "not_required", "reason": "a mistake"})
        assert "review_expected" in [caution.code for caution in done.warnings]


async def test_a_profile_is_neither_taken_back_nor_purged(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(impact="all", urgency="high")
        seq = next(e.seq for e in await stage.house.log.read(room) if e.kind == "profile_adopted")
        for command in ("retract", "redact"):
            with pytest.raises(Refused):
                await stage.do(room, {"command": command, "seq": seq, "reason": "x"})


async def test_categories_that_are_not_on_the_list_are_pointed_out(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await choose(stage, "itil-15")
        room = await stage.declare()
        done = await stage.do(room, {"command": "categorise", "categories": ["Network", "gremlins"]})
        assert [caution.code for caution in done.warnings] == ["unknown_category"]
        assert "gremlins" in done.warnings[0].message
        assert "Network" not in done.warnings[0].message


async def test_questions_that_are_left_out_are_not_asked(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        own = msgspec.structs.replace(shipped.default(), name="ours", questions_left_out=("who_commands", "how_bad"))
        for profile, first in ((shipped.default(), "Who commands?"), (own, "Who has been told?")):
            await stage.house.profiles.change(profile, actor=ANA, via="test")
            room = await stage.declare()
            assert questions(await stage.room(room))[0].text == first
