"""Timelines of the past become rooms: the oddities of real ones, made up; and real ones, where the exam is at hand."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.peers import require_exam
from tests.rooms.invariants import broken
from tests.rooms.stage import Stage, staged
from watchroom.base.errors import Malformed, Refused
from watchroom.incident import entering
from watchroom.incident.deadlines import deadlines
from watchroom.incident.measures import DEFINITIONS, measures
from watchroom.incident.timeline_file import KNOWN, MILESTONES

NOW = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)
ANA = "person:ana@example.com"
PLAIN: dict[str, Any] = {
    "title": "Orders failed",
    "timezone": "Europe/London",
    "services": ["checkout"],
    "severity": "SEV2",
    "entries": [
        {"at": "2025-07-01 10:00", "text": "The cache filled up", "is": "began"},
        {"at": "10:04", "text": "The pager went", "is": "noticed"},
        {"at": "10:10", "text": "We called it an incident", "is": "declared", "who": "Bo"},
        {"at": "10:12", "text": "Banner on the shop", "is": "told"},
        {"at": "10:30", "text": "Cache emptied", "is": "mitigated"},
        {"at": "10:40", "text": "It fills up again", "is": "returned"},
        {"at": "11:00", "text": "Limit raised", "is": "mitigated"},
        {"at": "12:00", "text": "Over", "is": "resolved"},
        {"at": "13:00", "text": "Put away", "is": "closed"},
    ],
    "contributing": "- No limit\n- No alert",
    "lessons": ["Limits first"],
    "actions": "- Alert on the cache\n# Other things\n- not an action",
}


def body(timeline: object) -> bytes:
    return json.dumps(timeline, indent=1).encode()


def plan(timeline: object) -> entering.Plan:
    return entering.plan(body(timeline), NOW, 100)


async def enter(stage: Stage, timeline: object) -> entering.Done:
    made = entering.plan(timeline if isinstance(timeline, bytes) else body(timeline), stage.clock.now(), 2_000)
    house = stage.house
    return await entering.enter(
        house.log,
        made,
        clock=house.clock,
        chance=house.chance,
        actor=ANA,
        facts_max=house.settings.facts_per_incident_max,
    )


async def took(stage: Stage, timeline: object) -> dict[str, Any]:
    """Each measure of the room: minutes, or the reason."""
    done = await enter(stage, timeline)
    return {
        each.measure.removeprefix("time_to_"): each.not_applicable if each.value_s is None else each.value_s / 60
        for each in measures(await stage.room(done.id))
    }


async def test_a_timeline_becomes_a_room_with_its_times(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        found = await took(stage, PLAIN)
        assert {name: value for name, value in found.items() if isinstance(value, float)} == {
            "detect": 4, "declare": 6, "tell_customers": 8, "mitigate": 56, "resolve": 116, "close": 60,
        }  # fmt: skip
        (room,) = await stage.rooms()
        incident = await stage.room(room)
        assert (incident.status, incident.declaration.services) == ("closed", ["checkout"])
        assert (incident.rating.severity, incident.entered.unstated) == ("SEV2", [])
        assert [each.text for each in incident.findings.by_id.values()] == ["No limit", "No alert", "Limits first"]
        assert [each.text for each in incident.actions.by_id.values()] == ["Alert on the cache"]
        events = await stage.house.log.read(room)
        assert {event.via for event in events} == {"entered"}
        assert {event.recorded_at for event in events} == {stage.clock.now()}
        assert {event.actor for event in events} == {ANA}
        # Nobody is called, no timer waits, no signal goes there.
        assert not incident.pages.by_id
        assert deadlines(incident) == []
        assert await stage.house.log.holder("open", room) is None
        await stage.move_to(100_000)
        assert (await stage.room(room)).seq == incident.seq
        assert await broken(stage) == []


async def test_a_timeline_is_entered_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        first = await enter(stage, PLAIN)
        # Spaces and the order of the fields are not what a timeline says.
        again = await enter(stage, json.dumps(dict(reversed(PLAIN.items()))).encode())
        assert (again.id, again.added) == (first.id, 0)
        keyed = {**PLAIN, "key": "2025-07"}
        second = await enter(stage, keyed)
        assert second.id != first.id
        with pytest.raises(Refused) as refused:
            await enter(stage, {**keyed, "title": "Another"})
        assert second.id in refused.value.hint
        assert len(await stage.rooms()) == 2


async def test_what_is_left_out_is_no_fault_of_those_who_were_there(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        silent = {"title": "Slow", "entries": [{"at": "2025-07-01 10:00", "text": "It was slow"}]}
        found = await took(stage, silent)
        assert set(found.values()) == {"The timeline that was entered does not say when."}
        incident = await stage.room((await stage.rooms())[0])
        assert incident.entered.unstated == ["declared", "closed"]
        assert incident.status == "closed"


async def test_declared_before_detected_and_resolved_before_mitigated(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        odd = {
            "title": "Odd clocks",
            "entries": [
                {"at": "2025-07-01 10:00", "text": "Declared", "is": "declared"},
                {"at": "10:05", "text": "Seen", "is": "noticed"},
                {"at": "10:10", "text": "Over", "is": "resolved"},
                {"at": "10:20", "text": "No customer hurts", "is": "mitigated"},
                {"at": "09:00", "text": "Told", "is": "told"},
                {"at": "10:00", "text": "Closed", "is": "closed"},
            ],
        }
        found = await took(stage, odd)
        assert found["declare"] == "It was declared before it was detected."
        assert found["tell_customers"] == "Customers were told before it was detected."
        assert found["close"] == "It was closed before it was resolved, as the times are stated."
        assert (found["mitigate"], found["resolve"]) == (15, 5)


async def test_reopened_any_number_of_times_counts_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        entries = [{"at": "2025-07-01 10:00", "text": "Seen", "is": "noticed"}]
        for hour in range(11, 20, 2):
            entries.append({"at": f"2025-07-01 {hour}:00", "text": "Over", "is": "resolved"})
            entries.append({"at": f"2025-07-01 {hour + 1}:00", "text": "Again", "is": "reopened"})
        over = {"at": "2025-07-01 21:00", "text": "Over", "is": "resolved"}
        found = await took(stage, {"title": "Relapses", "entries": [*entries, over]})
        assert found["resolve"] == 11 * 60
        found = await took(stage, {"title": "Relapses", "entries": entries})
        assert found["resolve"] == "It was reopened, and nobody has said since that it is over."


def test_words_are_read_where_nothing_says_what_is_what() -> None:
    made = plan(
        {
            "title": "Words",
            "timezone": "UTC",
            "entries": [
                {"at": "2025-07-01 10:00", "text": "Users reported errors at the till"},
                {"at": "10:05", "text": "Incident declared"},
                {"at": "10:06", "text": "The incident is not resolved, whatever the channel says"},
                {"at": "10:10", "text": "Comms sent to the shops"},
                {"at": "10:30", "text": "Incident was resolved"},
                {"at": "11:00", "text": "New incident declared"},
                {"at": "11:30", "text": "Incident closed"},
            ],
        }
    )
    kinds = [
        entering.kind(step.fact)
        for step in made.steps
        if step.entry and entering.kind(step.fact) != "observation_noted"
    ]
    assert kinds == [
        "incident_noticed", "incident_declared", "update_posted", "incident_resolved", "incident_reopened", "incident_closed",
    ]  # fmt: skip
    assert made.from_words == ["closed", "declared", "noticed", "resolved", "told"]


def test_a_summary_counts_for_more_than_words() -> None:
    made = plan(
        {
            "title": "Both",
            "key_events": {"First detected": "2025-07-01 09:50", "Resolved": "2025-07-03 10:30", "Luck": "none"},
            "entries": [
                {"at": "2025-07-01 10:00", "text": "Users reported errors"},
                {"at": "2025-07-01 10:30", "text": "Incident resolved"},
            ],
        }
    )
    noticed, resolved = (
        next(step for step in made.steps if entering.kind(step.fact) == kind)
        for kind in ("incident_noticed", "incident_resolved")
    )
    assert (noticed.at.hour, resolved.at.day) == (9, 3)
    assert any("Luck" in note for note in made.notes)
    assert any("speaks of resolved too" in note for note in made.notes)


def test_a_status_page_shows_when_it_was_noticed_at_the_latest() -> None:
    entries = [
        {"at": "2025-07-01T10:00:00Z", "text": "[Investigating] Mail is slow"},
        {"at": "2025-07-01T11:00:00Z", "text": "[Resolved] Mail is well"},
    ]
    made = plan({"title": "Mail", "timezone": "UTC", "entries": entries})
    assert "noticed" in made.approximate
    assert [entering.kind(step.fact) for step in made.steps if step.entry] == [
        "incident_noticed", "update_posted", "update_posted", "incident_resolved",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": ""}, "title"),
        ({"entries": []}, "entries"),
        ({"entires": []}, "is entries meant"),
        ({"timezone": "Nowhere/None"}, "timezone"),
        ({"severity": "SEV9"}, "severity"),
        ({"date": "soon"}, "date"),
        ({"milestones": {"declared": "soon"}}, "milestones.declared"),
        ({"entries": [{"at": "10:00", "text": "x"}]}, r"entries\[0\] \(line \d+\).at: it is a time of day"),
        (
            {"entries": [{"at": "2025-07-01", "text": "x"}, {"at": "never", "text": "x"}]},
            r"entries\[1\] \(line \d+\).at",
        ),
        ({"entries": [{"at": "2025-07-01", "text": " "}]}, "says nothing"),
        ({"entries": [{"at": "2025-07-01", "text": "x", "is": "exploded"}]}, r"\.is"),
        ({"entries": [{"at": "1970-01-01 10:00", "text": "x"}]}, "1970"),
        ({"entries": [{"at": 5, "text": "x"}]}, "a time is a text"),
        ({"entries": [{"text": "x"}]}, "not one of them says when"),
        ({"entries": ["x"]}, "an entry is an object"),
        ({"entries": [{"at": "2025-07-01", "text": "x" * 20_001}]}, "20000 at most"),
        ({"entries": [{"at": "2025-07-01", "text": "x"}] * 101}, "100 at most"),
    ],
)
def test_an_error_names_the_field_and_the_line(change: dict[str, Any], says: str) -> None:
    with pytest.raises(Malformed, match=says) as refused:
        plan({**PLAIN, **change})
    assert refused.value.hint


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"title": "x"}', b'"x"', b"null"])
def test_what_is_no_timeline_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        entering.plan(raw, NOW, 100)


def test_the_line_is_the_entrys_own() -> None:
    raw = b'{"title": "x", "entries": [\n {"at": "2025-07-01", "text": "a"},\n\n {"at": "bad", "text": "b"}]}'
    with pytest.raises(Malformed, match=r"entries\[1\] \(line 4\)"):
        entering.plan(raw, NOW, 100)


DOCS = Path(__file__).resolve().parents[2] / "docs"


async def test_the_example_of_the_documentation_is_entered_and_measured(tmp_path: Path) -> None:
    page = (DOCS / "timelines.md").read_text(encoding="utf-8")
    example = page.partition("```json\n")[2].partition("```")[0]
    async with staged(tmp_path) as stage:
        found = await took(stage, example.encode())
        assert {name: value for name, value in found.items() if isinstance(value, float)} == {
            "detect": 12, "declare": 8, "mitigate": 53, "resolve": 22 * 60 + 48,
        }  # fmt: skip
        assert (await stage.room((await stage.rooms())[0])).entered.notes == []


def test_the_documentation_names_every_measure_and_field() -> None:
    named = (DOCS / "measures.md").read_text(encoding="utf-8")
    assert [each.measure for each in DEFINITIONS if f"`{each.measure}`" not in named] == []
    fields = (DOCS / "timelines.md").read_text(encoding="utf-8")
    assert [name for name in KNOWN - {"commit", "licence"} if f"`{name}`" not in fields] == []
    assert [name for name in MILESTONES if f"`{name}`" not in fields] == []


async def test_ten_real_timelines_are_entered_and_measured(tmp_path: Path) -> None:
    folder = require_exam("timelines")
    files = sorted(folder.glob("*.json"))
    assert len(files) >= 10
    async with staged(tmp_path) as stage:
        measured = 0
        for file in files:
            done = await enter(stage, file.read_bytes())
            assert (await enter(stage, file.read_bytes())).id == done.id
            incident = await stage.room(done.id)
            assert (incident.status, incident.unread) == ("closed", [])
            found = measures(incident)
            assert len(found) == len(DEFINITIONS)
            for each in found:
                assert (each.value_s is None) != (each.not_applicable is None)
                assert each.value_s is None or each.value_s >= 0
                assert all(1 <= proof.seq <= incident.seq for proof in each.evidence)
            measured += any(each.value_s is not None for each in found)
        assert measured >= len(files) - 1
        assert len(await stage.rooms()) == len(files)
        assert await broken(stage) == []
