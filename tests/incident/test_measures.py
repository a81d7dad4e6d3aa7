"""Measures of one incident and of many: values from the record, reasons where there is none, never a negative time."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.incident.commands import PEOPLE, courses
from tests.incident.test_any_course import take
from tests.rooms.stage import STARTS_AT, Stage, at, staged
from watchroom.base.clock import rfc3339
from watchroom.incident.distribution import Asked, distributions
from watchroom.incident.incident import CODEC, Incident, fold
from watchroom.incident.measures import DEFINITIONS, Measure, measures

ALERT = {"title": "Checkout errors", "dedup_key": "checkout"}


async def measured(stage: Stage, room: str) -> dict[str, Measure]:
    return {each.measure.removeprefix("time_to_"): each for each in measures(await stage.room(room))}


async def test_an_ordinary_course(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (receipt,) = await stage.send("generic", {**ALERT, "starts_at": rfc3339(at(0))})
        room = receipt.stream
        assert room is not None
        for second, command in (
            (60, {"command": "declare", "title": "Checkout fails"}),
            (90, {"command": "page", "person": "bo@example.com", "text": "Look"}),
            (120, {"command": "acknowledge_page", "page": "P1"}),
            (130, {"command": "state_impact", "text": "No orders", "began_at": rfc3339(at(-300))}),
            (180, {"command": "post_update", "audience": "leadership", "impact": "No orders"}),
            (240, {"command": "post_update", "audience": "customers", "impact": "No orders", "draft": True}),
            (300, {"command": "approve_update", "update": "U2"}),
            (600, {"command": "mark_mitigated", "text": "rolled back"}),
            (900, {"command": "resolve", "understood": "yes"}),
            (1_000, {"command": "close", "review": "required"}),
            (2_000, {"command": "share_review", "to": ["bo@example.com"]}),
        ):
            await stage.move_to(second)
            await stage.do(room, command, by="bo" if command["command"] == "acknowledge_page" else "ana")
        found = await measured(stage, room)
        assert {name: each.value_s for name, each in found.items()} == {
            "detect": 300, "declare": 60, "page": 90, "acknowledge": 30, "tell_customers": 300, "mitigate": 600,
            "resolve": 900, "close": 100, "share_review": 1_000,
        }  # fmt: skip
        assert {name for name, each in found.items() if each.confidence == "recorded"} == set(found) - {"detect"}
        events = await stage.house.log.read(room)
        kinds = [events[proof.seq - 1].kind for proof in found["tell_customers"].evidence]
        assert kinds == ["signal_recorded", "update_approved"]


async def test_customers_are_not_told_by_an_update_without_a_word(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(noticed_at=rfc3339(at(0)))
        silent = {"command": "post_update", "audience": "customers", "state": "investigating"}
        await stage.move_to(60)
        await stage.do(room, silent)
        await stage.do(room, {**silent, "draft": True})
        await stage.do(room, {"command": "approve_update", "update": "U2"})
        found = await measured(stage, room)
        assert found["tell_customers"].not_applicable == "Customers were not told."
        await stage.move_to(120)
        await stage.do(room, {**silent, "need": "Please wait"})
        assert (await measured(stage, room))["tell_customers"].value_s == 120


async def test_who_was_called_and_went_to_work_has_answered(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "page", "person": "bo@example.com", "text": "Can you look?"})
        await stage.move_to(30)
        await stage.do(room, {"command": "post_message", "text": "bo, are you there?"})
        assert (await measured(stage, room))["acknowledge"].not_applicable == "Nobody has answered a page."
        await stage.move_to(50)
        await stage.do(room, {"command": "propose_hypothesis", "text": "The pool is exhausted"}, by="bo")
        await stage.move_to(70)
        await stage.do(room, {"command": "post_message", "text": "It is."}, by="bo")
        assert (await measured(stage, room))["acknowledge"].value_s == 50


async def test_a_relapse_counts_once_and_to_its_end(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(noticed_at=rfc3339(at(-60)))
        mitigate: dict[str, Any] = {"command": "mark_mitigated", "text": "restart"}
        for second, command in (
            (100, mitigate),
            (200, {"command": "resolve", "understood": "no"}),
            (300, {"command": "reopen"}),
            (310, {"command": "mark_impact_returned"}),
        ):
            await stage.move_to(second)
            await stage.do(room, command)
        found = await measured(stage, room)
        assert found["mitigate"].not_applicable == "Customers hurt again."
        assert found["resolve"].not_applicable == "It was reopened, and nobody has said since that it is over."
        await stage.move_to(400)
        await stage.do(room, mitigate)
        await stage.do(room, {"command": "resolve", "understood": "yes"})
        found = await measured(stage, room)
        assert (found["mitigate"].value_s, found["resolve"].value_s) == (460, 460)
        assert found["declare"].confidence == "stated"


async def test_false_alarms_slow_burns_and_declarations_out_of_the_blue(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (alarm,) = await stage.send("generic", ALERT)
        (burn,) = await stage.send("generic", {"title": "Disk fills", "dedup_key": "disk"})
        assert alarm.stream is not None
        assert burn.stream is not None
        await stage.settled()
        signals = {item.stream: item.id for item in stage.house.inbox.items.values()}
        await stage.judge(signals[alarm.stream], {"verdict": "false_alarm", "reason": "a test"})
        await stage.judge(signals[burn.stream], {"verdict": "slow_burn", "look_again_at": rfc3339(at(5_000))})
        assert {each.not_applicable for each in (await measured(stage, alarm.stream)).values()} == {
            "It was a false alarm, or judged away: nothing was declared."
        }
        await stage.move_to(6_000)
        await stage.do(burn.stream, {"command": "declare"})
        await stage.move_to(6_600)
        await stage.do(burn.stream, {"command": "mark_mitigated", "text": "cleaned"})
        found = await measured(stage, burn.stream)
        assert found["declare"].not_applicable == "It was judged a slow burn first: waiting was a decision."
        assert found["mitigate"].value_s == 600
        blue = await measured(stage, await stage.declare())
        assert blue["declare"].not_applicable == "The declaration itself was the first sign."


async def test_distributions_name_their_size_and_what_does_not_apply(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for number in range(1, 11):
            fields: dict[str, Any] = {
                "noticed_at": rfc3339(at(-60 * number)),
                "services": ["shop" if number % 2 else "mail"],
            }
            await stage.declare(f"Number {number}", **fields)
        await stage.declare("Out of the blue")
        (alarm,) = await stage.send("generic", ALERT)
        assert alarm.stream is not None
        await stage.settled()
        (signal,) = (item.id for item in stage.house.inbox.items.values())
        await stage.judge(signal, {"verdict": "noise"})
        await stage.settled()
        rows = list(stage.house.listing.all())
        found = distributions(rows, Asked())
        assert (found.incidents, found.false_alarms) == (11, 1)
        declare = next(each for each in found.items if each.measure == "time_to_declare")
        assert (declare.n, declare.median_s, declare.p90_s, declare.max_s) == (10, 330, 540, 600)
        assert declare.reasons == {"The declaration itself was the first sign.": 1}
        assert declare.confidence == {"stated": 10}
        mitigate = next(each for each in found.items if each.measure == "time_to_mitigate")
        assert (mitigate.n, mitigate.median_s, mitigate.p90_s, mitigate.not_applicable) == (0, None, None, 11)
        assert distributions(rows, Asked(service="shop")).incidents == 5
        assert distributions(rows, Asked(severity="SEV1")).incidents == 0
        assert distributions(rows, Asked(since=STARTS_AT + timedelta(seconds=1))).incidents == 0
        assert distributions(rows, Asked(until=STARTS_AT)).incidents == 0
        assert distributions(rows, Asked(practice=True)).incidents == 0


def test_every_measure_says_what_it_measures() -> None:
    kinds = set(CODEC.kinds.values())
    for definition in DEFINITIONS:
        assert definition.source
        assert set(definition.facts) <= kinds
        assert all(each.not_applicable for each in measures(Incident("none")))


whenever = st.none() | st.integers(-400_000, 400_000)


@given(course=courses, times=st.lists(whenever, min_size=40, max_size=40))
@settings(derandomize=True, max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_course_at_any_times_is_measured(course: list[Any], times: list[int | None]) -> None:
    """No stated time makes a measure negative or break; its evidence is there; the list says the same."""

    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with staged(Path(folder), people=PEOPLE) as stage:
                for step, seconds in zip(course, times, strict=False):
                    if step[0] == "command" and seconds is not None:
                        step = (*step[:3], {**step[3], "at": rfc3339(at(seconds))})
                    await take(stage, step)
                await stage.settled()
                for room in await stage.rooms():
                    await check(stage, room)

    asyncio.run(play())


async def check(stage: Stage, room: str) -> None:
    incident = await stage.room(room)
    events = await stage.house.log.read(room)
    found = measures(incident)
    assert found == measures(fold(room, events))
    row = stage.house.listing.get(room)
    assert row is not None
    for each in found:
        assert (each.value_s is None) != (each.not_applicable is None)
        assert each.value_s is None or (each.value_s >= 0 and len(each.evidence) == 2 and each.confidence)
        assert all(proof.stream == room and 1 <= proof.seq <= len(events) for proof in each.evidence)
        assert not {proof.seq for proof in each.evidence} & set(incident.retractions.seqs)
        assert row.measures[each.measure].value_s == each.value_s
    distributions(stage.house.listing.all(), Asked())


async def test_a_sign_that_moves_away_no_longer_counts(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (first,) = await stage.send("generic", {**ALERT, "starts_at": rfc3339(at(0))})
        await stage.move_to(100)
        other = await stage.declare("Another")
        assert first.stream is not None
        await stage.settled()
        await stage.judge(next(iter(stage.house.inbox.items)), {"verdict": "duplicate", "of": other})
        assert (await stage.room(first.stream)).milestones.signs == []
        assert (await stage.room(other)).milestones.signs[0].moment.at == at(0)


async def test_only_an_answer_of_who_was_called_ends_the_time_to_acknowledge(tmp_path: Path) -> None:
    """Another's bare word does not, nor what is said of a call that was withdrawn; with how they know it does."""

    async def answered(stage: Stage, room: str) -> float | None:
        (found,) = [each for each in measures(await stage.room(room)) if each.measure == "time_to_acknowledge"]
        return found.value_s

    async with staged(tmp_path) as stage:
        room = await stage.declare()
        for name in ("bo", "cem"):
            await stage.do(room, {"command": "page", "person": f"{name}@example.com", "text": "Come"})
        await stage.move_to(10)
        await stage.do(room, {"command": "acknowledge_page", "page": "P1"})
        assert await answered(stage, room) is None
        await stage.move_to(30)
        await stage.do(room, {"command": "acknowledge_page", "page": "P2", "reason": "Cem called back"})
        assert await answered(stage, room) == 30
