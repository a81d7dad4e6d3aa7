"""The profile's cadence: when an audience should hear if nobody promised, and that a promise goes before it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.rooms.stage import STARTS_AT, Stage, at, staged
from watchroom.base.clock import rfc3339
from watchroom.communication.awaited import awaited
from watchroom.communication.brief import brief_text
from watchroom.communication.update import Update, Updates
from watchroom.incident.deadlines import deadlines
from watchroom.incident.flow import due
from watchroom.incident.shipped import default
from watchroom.incident.summary import summary
from watchroom.resolution.silence import IncidentFellSilent

CADENCE = default().cadence


def told(*minutes: float, state: str | None = None) -> Updates:
    updates = Updates()
    for number, minute in enumerate(minutes, 1):
        when = STARTS_AT + timedelta(minutes=minute)
        update = Update(id=f"U{number}", audience="customers", draft=False, by="ana", at=when, posted_at=when)
        update.state = state  # type: ignore[assignment]  # the states are texts here
        updates.by_id[update.id] = update
    return updates


@pytest.mark.parametrize(
    ("severity", "posted", "due_min"),
    [
        ("SEV1", (), 5),
        ("SEV2", (), 5),
        ("SEV1", (3,), 23),
        ("SEV1", (3, 20), 40),
        ("SEV1", (119,), 139),
        ("SEV1", (121,), 181),
        ("SEV3", (), None),
        (None, (), None),
    ],
)
def test_when_customers_hear(severity: str | None, posted: tuple[float, ...], due_min: float | None) -> None:
    due = CADENCE.due(severity, "customers", STARTS_AT, told(*posted))
    assert due == (None if due_min is None else STARTS_AT + timedelta(minutes=due_min))


def test_nothing_is_due_after_the_last_word() -> None:
    assert CADENCE.due("SEV1", "customers", STARTS_AT, told(10, state="resolved")) is None


async def overdue(stage: Stage, room: str) -> list[tuple[str, bool, bool]]:
    promises = (await stage.room(room)).cadence.promises.values()
    return [(promise.audience, promise.overdue, promise.promised) for promise in promises]


async def test_silence_is_late_after_five_minutes_and_the_commanders_after_ten(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(impact="all", urgency="high")
        await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"}, by="bo")
        await stage.move_to(299)
        assert await overdue(stage, room) == []
        await stage.move_to(300)
        assert await overdue(stage, room) == [("customers", True, False)]
        await stage.move_to(600)
        incident = await stage.room(room)
        assert incident.cadence.promises["customers"].escalated
        assert [(page.to, page.cause) for page in incident.pages.by_id.values()] == [("bo@example.com", "overdue")]
        await stage.do(room, {"command": "post_update", "audience": "customers", "impact": "x"})
        assert await overdue(stage, room) == []
        # It promised nothing, so the profile asks again after twenty minutes.
        await stage.move_to(600 + 1_200)
        assert ("customers", True, False) in await overdue(stage, room)


async def test_what_the_profile_asks_is_seen_from_the_declaration_on(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(impact="all", urgency="high")
        incident = await stage.room(room)
        first = [(each.audience, each.next_at, each.promised, each.overdue) for each in awaited(incident)]
        assert first[0] == ("customers", at(300), False, False)
        soonest = next(iter(due(incident, "communication")))
        assert (soonest.what, soonest.at) == ("update to customers, by profile", at(300))
        row = summary(incident)
        assert (row.next_update_audience, row.next_update_at, row.next_update_promised) == ("customers", at(300), False)
        assert not row.update_overdue
        assert "Due: update to customers by" in brief_text(incident)
        assert ", by profile" in brief_text(incident)
        await stage.do(
            room,
            {"command": "post_update", "audience": "customers", "impact": "x", "next_at": rfc3339(at(3_000))},
        )
        heard = (await stage.room(room)).next_update_to("customers")
        assert heard is not None
        assert (heard.next_at, heard.promised) == (at(3_000), True)
        # Once nobody hurts, nothing is asked for.
        await stage.do(room, {"command": "mark_mitigated", "by": "a restart"})
        assert all(each.promised for each in awaited(await stage.room(room)))


async def test_a_promise_goes_before_the_cadence(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(impact="all", urgency="high")
        update = {"command": "post_update", "audience": "customers", "impact": "x", "next_at": rfc3339(at(3_000))}
        await stage.do(room, update)
        await stage.move_to(2_900)
        assert ("customers", False, True) in await overdue(stage, room)


async def test_once_customers_hurt_no_longer_only_promises_count(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(impact="all", urgency="high")
        await stage.do(room, {"command": "mark_mitigated", "by": "a restart"})
        await stage.move_to(4_000)
        assert await overdue(stage, room) == []
        # What is left to come due is only that somebody asks how it stands, if nobody writes for long.
        incident = await stage.room(room)
        assert [type(deadline.fact) for deadline in deadlines(incident)] == [IncidentFellSilent]


async def test_nobody_commands_and_the_record_says_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(impact="all", urgency="high")
        await stage.move_to(600)
        kinds = [event.kind for event in await stage.house.log.read(room)]
        assert kinds.count("overdue_escalated") == 1
        assert "page_requested" not in kinds


async def test_what_is_over_has_no_deadlines(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(impact="all", urgency="high")
        for command in (
            {"command": "assign_task", "person": "bo@example.com", "text": "Look", "due_s": 60},
            {"command": "hold", "until": rfc3339(at(60)), "text": "x"},
            {"command": "escalate", "text": "not yet", "look_again_at": rfc3339(at(60))},
            {"command": "state_unknown", "text": "x", "person": "me", "by": rfc3339(at(60))},
            {"command": "add_inbound", "kind": "question", "text": "?"},
        ):
            await stage.do(room, command)
        assert len(deadlines(await stage.room(room))) >= 7
        await stage.do(room, {"command": "close", "reason": "a mistake"})
        assert deadlines(await stage.room(room)) == []
