"""Grouping under rules, whatever happens in whatever order: one open room a key, no signal lost, receipts that tell the
truth."""

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.incident.commands import PEOPLE, verdicts
from tests.incident.test_any_course import take
from tests.rooms.invariants import broken
from tests.rooms.stage import Stage, staged
from watchroom.base.errors import Conflict
from watchroom.detection.grouping import ITS_OPEN_ROOM, OWN_ROOM
from watchroom.detection.grouping_rules import Rule
from watchroom.detection.signal import SOURCE_FACTS, DeliveryReceived, Receipt, SignalRecorded
from watchroom.incident import doors
from watchroom.incident.inbox import SOURCE_PREFIX
from watchroom.incident.incident import CODEC
from watchroom.record.codec import FactCodec
from watchroom.record.log import Placed

SOURCES = FactCodec(SOURCE_FACTS)
RULES: list[dict[str, Any]] = [
    {"name": "zone", "match": ["severity=page"], "by": ["zone"]},
    {"name": "young", "by": ["zone", "service"], "window_s": 300},
    {"name": "deps", "group": "topology", "hops": 2},
    {"name": "near and young", "group": "topology", "match": ["zone=~x|"], "window_s": 60},
    {"name": "alone", "match": ["service=b"], "group": "separate"},
    {"name": "as sent", "match": ["zone!=x"], "group": "sender", "window_s": 120},
    {"name": "declares", "match": ["severity=page"], "by": ["service"], "declare": {"impact": "many"}},
]
SERVICES = {"a": ["b"], "b": ["c"], "c": ["d"]}

alerts = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["firing", "firing", "firing", "resolved"]),
        "labels": st.fixed_dictionaries(
            {"alertname": st.sampled_from(["One", "Two"]), "service": st.sampled_from(["a", "b", "c", "e"])},
            optional={"zone": st.sampled_from(["x", "y"]), "severity": st.sampled_from(["page", "info"])},
        ),
        "startsAt": st.sampled_from(["2026-11-23T03:14:00Z", "2026-11-23T03:15:00Z", "2026-11-23T03:16:00Z"]),
    }
)
deliveries = st.fixed_dictionaries(
    {
        "version": st.just("4"),
        "groupKey": st.sampled_from(["g1", "g2"]),
        "alerts": st.lists(alerts, min_size=1, max_size=4),
    }
)
steps = st.one_of(
    st.tuples(st.just("send"), st.tuples(st.just("alertmanager"), deliveries)),
    st.tuples(st.just("send"), st.tuples(st.just("alertmanager"), deliveries)),
    st.tuples(st.just("rules"), st.lists(st.sampled_from(range(len(RULES))), unique=True, max_size=4)),
    st.tuples(st.just("end"), st.integers(0, 5), st.sampled_from(["resolve", "close", "reopen"])),
    st.tuples(st.just("judge"), st.integers(0, 7), verdicts),
    st.tuples(st.just("declare"), st.sampled_from(PEOPLE)),
    st.tuples(st.just("pass"), st.sampled_from([1, 61, 400])),
)
courses: st.SearchStrategy[list[Any]] = st.lists(steps, min_size=3, max_size=25)
any_course = settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


async def act(stage: Stage, step: Any, answered: list[Receipt]) -> None:
    match step:
        case ("rules", chosen):
            rules = [msgspec.convert(RULES[number], Rule) for number in chosen]
            # Of two changes at once the second is told so.
            with contextlib.suppress(Conflict):
                await stage.house.rulebook.change(rules, actor="person:ana@example.com", via="test")
        case ("send", (kind, body)):
            receipts = await stage.send(kind, body)
            assert len(receipts) == len({msgspec.json.encode(each["labels"]) for each in body["alerts"]}) or len(
                receipts
            ) == len(body["alerts"])
            answered += receipts
        case _:
            await take(stage, step)


def untrue(placed: list[Placed], answered: list[Receipt]) -> list[str]:
    """What receipts say that the record does not: each is held against what was recorded before it."""
    found: list[str] = []
    home: dict[str, str] = {}
    leads: dict[str, set[str]] = {}
    recorded: dict[str, list[tuple[SignalRecorded, str, str | None, bool]]] = {}
    kept: list[Receipt] = []
    for each in placed:
        event = each.event
        if event.stream.startswith(SOURCE_PREFIX):
            fact = SOURCES.decode(event)
            for receipt in fact.receipts if isinstance(fact, DeliveryReceived) else []:
                kept.append(receipt)
                if receipt.outcome == "recorded":
                    waiting = recorded.get(receipt.signal)
                    if not waiting:
                        found.append(f"{receipt} tells of nothing that was recorded")
                        continue
                    found += _held(receipt, *waiting.pop(0))
                elif receipt.outcome != "unmatched" and home.get(receipt.signal) != receipt.stream:
                    found.append(f"{receipt}, and the signal is in {home.get(receipt.signal)}")
            continue
        fact = CODEC.decode(event) if doors.is_room(event.stream) else None
        if isinstance(fact, SignalRecorded):
            first = event.stream not in leads
            if not fact.moved_from:
                recorded.setdefault(fact.signal, []).append((fact, event.stream, home.get(fact.signal), first))
            home[fact.signal] = event.stream
            leads.setdefault(event.stream, set()).update(fact.leads or [])
    found += [f"{left} was recorded without a receipt" for left in recorded.values() if left]
    key = msgspec.json.encode
    if sorted(map(key, kept)) != sorted(map(key, answered)):
        found.append(f"{len(answered)} receipts were given, and {len(kept)} are in the record")
    return found


def _held(receipt: Receipt, fact: SignalRecorded, room: str, before: str | None, first: bool) -> list[str]:
    """Why one receipt is not true."""
    says = []
    if receipt.stream != room or receipt.why != fact.why:
        says.append("names another room or reason than the record")
    if (receipt.why == ITS_OPEN_ROOM) != (before == room):
        says.append(f"the signal was in {before}")
    if receipt.why != ITS_OPEN_ROOM:
        if (OWN_ROOM in receipt.why) != first:
            says.append("a room of its own is one that it is the first in")
        if receipt.why.startswith("rule ") != bool(fact.rule) or f"rule {fact.rule}:" not in f"rule :{receipt.why}":
            says.append(f"and the rule is {fact.rule!r}")
    return [f"{receipt}: {each}" for each in says]


async def misled(stage: Stage) -> list[str]:
    """Keys that lead to a room that is over, or to one where nothing came by that key."""
    found = []
    for key, room in (await stage.house.log.holders(doors.GROUP)).items():
        incident = await stage.room(room)
        if not incident.is_open:
            found.append(f"{key!r} leads to {room}, which is {incident.status}")
        if not any(key in signal.leads for signal in incident.signals.by_id.values()):
            found.append(f"{key!r} leads to {room}, where nothing came by it")
    return found


async def whole(stage: Stage, answered: list[Receipt]) -> list[str]:
    found = await broken(stage)
    placed = await stage.house.log.read_all(0, 1_000_000)
    return found + untrue(placed, answered) + await misled(stage)


async def prepared(stage: Stage) -> None:
    for name, depends_on in SERVICES.items():
        await stage.house.services.define(name, depends_on, actor="person:ana@example.com", via="test")


@pytest.mark.parametrize("store", ["memory", "shaken"])
@given(course=courses)
@any_course
def test_any_course_keeps_one_room_a_key_and_tells_the_truth(store: str, course: list[Any]) -> None:
    async def play() -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            async with staged(Path(folder), store, people=PEOPLE) as stage:
                await prepared(stage)
                answered: list[Receipt] = []
                for step in course:
                    await act(stage, step, answered)
                return await whole(stage, answered)

    assert asyncio.run(play()) == []


@given(course=courses)
@any_course
def test_any_course_at_once_keeps_one_room_a_key(course: list[Any]) -> None:
    """All of it at the same time, on a record that lets others go first."""

    async def play() -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            async with staged(Path(folder), "shaken", people=PEOPLE) as stage:
                await prepared(stage)
                answered: list[Receipt] = []
                await asyncio.gather(*(act(stage, step, answered) for step in course if step[0] != "pass"))
                await stage.move_to(5_000)
                return await whole(stage, answered)

    assert asyncio.run(play()) == []
