"""An update's way out: its words are looked at, a draft is handed over with a brief, and somebody lets it go."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.rooms.stage import Stage, at, staged
from watchroom.base.clock import rfc3339
from watchroom.base.errors import AlreadyDone, UnknownThing
from watchroom.communication.policy import CadencePolicy
from watchroom.incident.handle import Handled
from watchroom.incident.profile import Profile, digest
from watchroom.incident.shipped import default

NEXT = rfc3339(at(1_800))
FLAGGED = "Orders fail due to a bad deploy."
CALM = "Orders in the UK fail."
DRAFT: dict[str, Any] = {
    "command": "post_update", "audience": "customers", "impact": CALM, "next_at": NEXT, "draft": True,
    "to": "bo@example.com", "brief": "Legal has not seen it yet.",
}  # fmt: skip


def post(impact: str, audience: str = "customers", **more: Any) -> dict[str, Any]:
    return {"command": "post_update", "audience": audience, "impact": impact, "next_at": NEXT, **more}


def codes(handled: Handled) -> list[str]:
    return [warning.code for warning in handled.warnings]


async def test_what_leaves_with_flagged_words_is_warned_of_and_kept(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        said = await stage.do(room, post(FLAGGED, reason="the lawyers want it so"))
        assert codes(said) == ["flagged_words"]
        assert "due to a bad deploy" in said.warnings[0].message
        update = (await stage.room(room)).updates.by_id["U1"]
        assert (update.flagged, update.reason) == (["unsupported_cause", "jargon"], "the lawyers want it so")


@pytest.mark.parametrize("audience", ["responders", "leadership", "support"])
async def test_inside_the_house_nobody_is_warned_of_words(tmp_path: Path, audience: str) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        assert codes(await stage.do(room, post(FLAGGED, audience))) == []


async def test_a_supported_theory_lets_a_cause_be_said(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "propose_hypothesis", "text": "v412"})
        cause = post("Orders fail because of a faulty update.")
        assert codes(await stage.do(room, cause)) == ["flagged_words"]
        await stage.do(room, {"command": "set_hypothesis", "hypothesis": "H1", "state": "supported"})
        assert codes(await stage.do(room, cause)) == []
        await stage.do(room, {"command": "set_hypothesis", "hypothesis": "H1", "state": "ruled_out"})
        assert codes(await stage.do(room, cause)) == ["flagged_words"]


async def test_a_task_that_is_due_bears_out_a_time(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        promise = post(CALM, doing="We expect to have it fixed within 20 minutes.")
        assert codes(await stage.do(room, promise)) == ["flagged_words"]
        await stage.do(room, {"command": "assign_task", "person": "bo@example.com", "text": "Undo it", "due_s": 1_200})
        assert codes(await stage.do(room, promise)) == []


async def test_over_is_said_only_of_what_is_over(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        done = post("The issue has been resolved.", state="resolved")
        assert codes(await stage.do(room, done)) == ["flagged_words"]
        await stage.do(room, {"command": "resolve", "understood": "yes"})
        assert codes(await stage.do(room, done)) == []


async def test_a_draft_is_handed_over_and_its_approval_answers_the_call(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        said = await stage.do(room, DRAFT)
        assert [event.kind for event in said.events] == ["update_drafted", "page_requested"]
        incident = await stage.room(room)
        assert incident.pages.by_id["P1"].to == "bo@example.com"
        assert "Legal has not seen it yet." in incident.pages.by_id["P1"].text
        await stage.do(room, {"command": "approve_update", "update": "U1"}, by="bo")
        incident = await stage.room(room)
        update = incident.updates.by_id["U1"]
        assert (update.by, update.approved_by, update.brief) == ("ana@example.com", "bo@example.com", DRAFT["brief"])
        assert incident.pages.open == []


async def test_what_is_written_anew_stands_in_the_drafts_place(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, DRAFT)
        await stage.do(room, post("Orders in the UK and Ireland fail.", replaces="U1"), by="bo")
        incident = await stage.room(room)
        assert [(u.id, u.draft, u.replaced_by) for u in incident.updates.by_id.values()] == [
            ("U1", False, "U2"),
            ("U2", False, ""),
        ]
        assert incident.pages.open == []
        last = incident.updates.last_posted("customers")
        assert last is not None
        assert last.id == "U2"
        for again in (
            {"command": "approve_update", "update": "U1"},
            post(CALM, replaces="U1"),
            post(CALM, replaces="U2"),
        ):
            with pytest.raises(AlreadyDone):
                await stage.do(room, again)
        with pytest.raises(UnknownThing):
            await stage.do(room, post(CALM, replaces="U9"))


async def test_a_second_draft_goes_on_to_the_same_person(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, DRAFT)
        await stage.do(room, post("Orders fail.", draft=True, replaces="U1"))
        incident = await stage.room(room)
        assert incident.updates.by_id["U2"].to == "bo@example.com"
        assert [page.about for page in incident.pages.open] == ["U2"]
        assert incident.cadence.drafted.keys() == {"U2"}


async def asking(stage: Stage) -> None:
    """From now on the profile asks that updates to customers are approved."""
    profile = default()
    cadence = msgspec.structs.replace(profile.cadence, approval=("customers",))
    asks = msgspec.structs.replace(profile, name="asking", cadence=cadence)
    await stage.house.profiles.change(asks, actor="person:ana@example.com", via="test")


async def test_a_profile_asks_for_another_pair_of_eyes_and_holds_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await asking(stage)
        room = await stage.declare()
        assert codes(await stage.do(room, post(CALM))) == ["approval_asked"]
        assert codes(await stage.do(room, post(CALM, "support"))) == []
        await stage.do(room, DRAFT)
        await stage.do(room, DRAFT)
        assert codes(await stage.do(room, {"command": "approve_update", "update": "U3"})) == ["own_approval"]
        assert codes(await stage.do(room, {"command": "approve_update", "update": "U4"}, by="bo")) == []
        updates = (await stage.room(room)).updates.by_id
        assert [updates[id].approved_by for id in ("U3", "U4")] == ["ana@example.com", "bo@example.com"]


async def test_what_is_flagged_in_a_draft_is_flagged_again_when_it_leaves(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        assert "flagged_words" in codes(await stage.do(room, {**DRAFT, "impact": FLAGGED}))
        go = {"command": "approve_update", "update": "U1", "reason": "it is known by now"}
        assert codes(await stage.do(room, go, by="bo")) == ["flagged_words"]
        update = (await stage.room(room)).updates.by_id["U1"]
        assert (update.flagged, update.reason) == (["unsupported_cause", "jargon"], "it is known by now")


def test_a_profile_without_approval_is_called_as_before() -> None:
    told = msgspec.to_builtins(default())
    del told["cadence"]["approval"]
    old = msgspec.convert(told, Profile)
    assert old.cadence.approval == ()
    assert digest(old) == digest(default())
    more = msgspec.structs.replace(old.cadence, approval=("customers",))
    assert digest(msgspec.structs.replace(old, cadence=more)) != digest(old)
    assert CadencePolicy().approval == ()
