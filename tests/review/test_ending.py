"""The end and the review as decisions: the checklist, who can go, what is kept, who has read it, whom a finding names."""

from datetime import timedelta
from typing import Any

import pytest

from tests.rooms.stage import STARTS_AT, Stage, staged
from watchroom.base.clock import rfc3339
from watchroom.base.errors import Malformed
from watchroom.incident.checklist import checklist, free_to_go
from watchroom.incident.flow import flow
from watchroom.incident.incident import CODEC
from watchroom.mitigation.page import PageShown
from watchroom.review.artefact import ArtefactAgedOut
from watchroom.review.recovery import tolls
from watchroom.web.review.past import decoded, keepable, moments, past_of, shown

BO = "bo@example.com"


async def incident(stage: Stage, *commands: dict[str, Any], by: str = "bo") -> str:
    """A declared room in which these were done."""
    room = await stage.declare(by=by)
    for command in commands:
        await stage.do(room, command, by=by)
    return room


async def past(stage: Stage, room: str) -> Any:
    return past_of(await stage.room(room), decoded(await stage.house.log.read(room)))


async def warned(stage: Stage, room: str, command: dict[str, Any], by: str = "bo") -> list[str]:
    return [caution.code for caution in (await stage.do(room, command, by=by)).warnings]


async def test_the_checklist_says_what_is_left_and_closing_warns_of_it(tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        room = await incident(
            stage,
            {"command": "add_shim", "text": "v411 pinned"},
            {"command": "assign_task", "person": BO, "text": "Watch it"},
            {"command": "add_inbound", "kind": "question", "text": "Is it over?"},
            {"command": "mark_mitigated", "text": "rolled back"},
            {"command": "resolve", "understood": "partly"},
        )
        left = {check.what: check.left for check in checklist(await stage.room(room)) if not check.settled}
        assert left == {
            "Whether it stays well": "nobody watched",
            "Not undone": "S1",
            "Tasks open": "T1",
            "Wait for an answer": "Q1",
            "Not understood": "nobody goes on looking",
        }
        codes = await warned(stage, room, {"command": "close", "review": "not_required", "reason": "known"})
        assert codes == ["open_shims", "open_tasks", "open_inbound"]


async def test_a_list_with_nothing_left_warns_of_nothing(tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        alert = {"title": "Checkout is down", "dedup_key": "checkout"}
        (receipt,) = await stage.send("generic", alert)
        await stage.send("generic", {**alert, "status": "resolved"})
        room = receipt.stream or ""
        for command in (
            {"command": "declare", "title": "Checkout is down"},
            {"command": "mark_mitigated", "text": "rolled back"},
            {"command": "watch_stability", "minutes": 10},
        ):
            await stage.do(room, command, by="bo")
        await stage.move_to(601)
        await stage.do(room, {"command": "resolve", "understood": "yes", "text": "a typo"})
        assert all(check.settled and not check.left for check in checklist(await stage.room(room)))
        assert await warned(stage, room, {"command": "close", "review": "not_required", "reason": "known"}) == []


async def test_whoever_holds_nothing_can_go_and_several_go_at_once(tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        room = await incident(stage, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        for name in ("ana", "bo", "cem"):
            await stage.do(room, {"command": "join"}, by=name)
        assert free_to_go(await stage.room(room)) == []
        await stage.do(room, {"command": "mark_mitigated"}, by="bo")
        assert free_to_go(await stage.room(room)) == ["ana@example.com", "cem@example.com"]
        done = await stage.do(
            room,
            {"command": "release_responder", "person": "ana@example.com", "also": ["cem@example.com", "me"]},
            by="bo",
        )
        assert [event.kind for event in done.events] == ["responder_released"] * 3
        assert [caution.code for caution in done.warnings] == ["still_holds"]
        assert list((await stage.room(room)).presence.since) == []


async def test_a_link_whose_text_is_kept_ages_out_in_silence(tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        expires = rfc3339(STARTS_AT + timedelta(hours=1))
        links = [f"https://grafana.example.com/d/{name}" for name in "ab"]
        save = {"command": "save_artefact", "kind": "graph", "expires_at": expires}
        room = await incident(stage, *({**save, "link": link} for link in links))
        await stage.do(
            room, {"command": "save_artefact", "kind": "graph", "link": links[0], "body": "0.31 since 18:41"}
        )
        await stage.move_to(3_601)
        events = await stage.house.log.read(room)
        aged = [fact for event in events if isinstance(fact := CODEC.decode(event), ArtefactAgedOut)]
        assert [fact.artefact for fact in aged] == ["A2"]
        artefacts = (await stage.room(room)).artefacts.by_id
        assert (artefacts["A1"].kept_as, artefacts["A1"].ages, artefacts["A2"].aged_out) == ("A3", False, True)


async def test_a_team_has_read_it_once_its_members_say_so(tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        room = await incident(stage, {"command": "add_finding", "text": "The canary has no UK"})
        share = {"command": "share_review", "to": ["payments", "me", "nobody@elsewhere.example"]}
        assert await warned(stage, room, share, by="ana") == ["unknown_person", "not_told"]
        await stage.do(room, {"command": "confirm_read"}, by="bo")
        sharing = (await stage.room(room)).sharing
        assert sharing.readers["payments"].members == [BO, "cem@example.com"]
        assert [sharing.has_read(f"{name}@example.com") for name in ("ana", "bo", "cem")] == [False, True, False]
        # Given again, it has to be read again, and may be.
        await stage.move_to(60)
        await stage.do(room, {"command": "share_review", "to": ["payments"]}, by="ana")
        assert not (await stage.room(room)).sharing.has_read(BO)
        await stage.do(room, {"command": "confirm_read"}, by="bo")
        assert (await stage.room(room)).sharing.has_read(BO)


async def test_a_review_begins_from_what_the_record_shows(tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        room = await incident(
            stage,
            {"command": "propose_hypothesis", "text": "The vendor"},
            {"command": "set_hypothesis", "hypothesis": "H1", "state": "ruled_out", "reason": "p99 is flat"},
            {"command": "state_unknown", "text": "Whether Ireland is touched"},
            {"command": "note_observation", "text": "Errors", "link": "https://grafana.example.com/d/1"},
            {"command": "look", "panel": "checkout", "shown": "0.31"},
            {"command": "mark_mitigated"},
            {"command": "resolve", "understood": "no", "text": "A race?"},
        )
        before = await past(stage, room)
        texts = [each.text for each in shown(before)]
        assert "One theory was dropped before it was found." in texts
        assert "It is not understood: A race?" in texts
        assert "Nobody found out: Whether Ireland is touched" in texts
        seqs = {event.seq for event, _ in before.history}
        assert all(seq in seqs for each in shown(before) for seq in each.seqs)
        link, look = keepable(before)
        assert (link.link, look.body) == ("https://grafana.example.com/d/1", "checkout\n0.31")
        assert link.expires_at is not None
        assert link.expires_at - link.at == timedelta(days=15)
        await stage.do(room, {"command": "save_artefact", "kind": "graph", "link": link.link})
        assert [each.what for each in keepable(await past(stage, room))] == ["checkout"]


async def test_accounts_that_differ_are_said_to(tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        room = await incident(stage)
        for name, text in (("ana", "The vendor was slow"), ("bo", "the vendor  was slow")):
            await stage.do(room, {"command": "record_belief", "seq": 2, "text": text}, by=name)
        (moment,) = [each for each in moments(await past(stage, room))[0] if each.seq == 2]
        assert not moment.differ
        await stage.do(room, {"command": "record_belief", "seq": 2, "text": "It was our release"}, by="cem")
        (moment,) = [each for each in moments(await past(stage, room))[0] if each.seq == 2]
        assert moment.differ
        assert len(moment.beliefs) == 3


@pytest.mark.parametrize("command", ["add_finding", "add_factor"])
async def test_a_finding_that_names_a_responder_is_asked_about(command: str, tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        room = await incident(stage, {"command": "join"}, by="ana")
        # Whoever was let go has responded too.
        await stage.do(room, {"command": "release_responder", "person": "ana@example.com"})
        assert await warned(stage, room, {"command": command, "text": "Ana pushed it"}) == ["names_a_person"]
        assert await warned(stage, room, {"command": command, "text": "The button is beside the other"}) == []


async def test_a_silence_is_a_question_until_somebody_writes(tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        room = await incident(stage, {"command": "assign_role", "role": "incident_commander", "person": "me"})

        async def asked() -> bool:
            lanes = {lane.cycle: lane for lane in flow(await stage.room(room))}
            return any("does it still go on" in each for each in lanes["mitigation"].open_decisions)

        await stage.move_to(12 * 3_600 - 1)
        assert not await asked()
        await stage.move_to(12 * 3_600 + 1)
        assert await asked()
        assert (await stage.room(room)).silence.owner == BO
        await stage.do(room, {"command": "note_observation", "text": "Still going on"})
        assert not await asked()


async def test_nights_are_those_of_the_person_s_own_zone(tmp_path: Any) -> None:
    async with staged(tmp_path) as stage:
        room = await incident(stage, {"command": "post_message", "text": "Looking"})
        directory = stage.house.directory
        # 03:14 of UTC is night there, and noon in Sydney.
        (toll,) = tolls((await stage.room(room)).recovery, zone_of=directory.time_zone)
        assert (toll.minutes, toll.minutes_at_night, toll.time_zone) == (5, 5, "UTC")
        assert await directory.set_time_zone(BO, " Australia/Sydney ", actor="person:bo@example.com", via="test")
        assert not await directory.set_time_zone(BO, "Australia/Sydney", actor="person:bo@example.com", via="test")
        (toll,) = tolls((await stage.room(room)).recovery, zone_of=directory.time_zone)
        assert (toll.minutes_at_night, toll.time_zone) == (0, "Australia/Sydney")
        with pytest.raises(Malformed, match="no time zone"):
            await directory.set_time_zone(BO, "Australia/Sidney", actor="person:bo@example.com", via="test")
        await directory.rename(BO, "Bogdan", actor="system:test", via="test")
        assert directory.time_zone(BO) == "Australia/Sydney"


@pytest.mark.parametrize(
    "command",
    [
        {"command": "judge_detection", "timing": "late"},
        {"command": "put_away_question", "question": "who_commands", "reason": "Known"},
        {"command": "set_guidance", "level": "off"},
        {"command": "own_cycle", "cycle": "review", "person": "me"},
        {"command": "add_finding", "text": "The canary has no UK"},
    ],
    ids=lambda command: command["command"],
)
async def test_what_is_said_of_another_day_is_nobodys_work(tmp_path: Any, command: dict[str, Any]) -> None:
    async with staged(tmp_path) as stage:
        room = await incident(stage)
        assert (await stage.do(room, command, by="ana")).events
        assert [toll.person for toll in tolls((await stage.room(room)).recovery)] == [BO]


async def test_a_browser_that_rings_is_nobodys_work_and_breaks_no_silence(tmp_path: Any) -> None:
    """Ana's open page rings twenty minutes later than she last wrote: neither work, nor a bridge to what follows."""
    async with staged(tmp_path) as stage:
        room = await incident(stage)
        await stage.do(room, {"command": "post_message", "text": "I look"}, by="ana")
        await stage.do(room, {"command": "page", "person": "cem@example.com", "text": "Come"})
        silent_since = (await stage.room(room)).silence.word_at
        await stage.move_to(600)
        for name in ("ana", "cem"):
            await stage.house.rooms.record(
                room, lambda _: [PageShown(page="P1")], actor=f"person:{name}@example.com", via="web"
            )
        assert (await stage.room(room)).silence.word_at == silent_since
        await stage.move_to(1_200)
        await stage.do(room, {"command": "post_message", "text": "Still here"}, by="ana")
        found = {toll.person: (toll.minutes, toll.stretches) for toll in tolls((await stage.room(room)).recovery)}
        assert found == {"ana@example.com": (10, 2), BO: (5, 1)}
