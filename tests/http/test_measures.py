"""Timelines entered over HTTP, and measures of one incident and of many."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.conftest import Command
from tests.http.server import Server, refused, unique

TIMELINE: dict[str, Any] = {
    "timezone": "UTC",
    "services": ["mail"],
    "entries": [
        {"at": "2021-05-04 10:00", "text": "The queue grew", "is": "noticed"},
        {"at": "10:05", "text": "Declared", "is": "declared"},
        {"at": "10:45", "text": "Drained", "is": "mitigated"},
        {"at": "11:00", "text": "Over", "is": "resolved"},
    ],
}


def test_a_timeline_is_planned_then_entered_then_measured(api: httpx.Client) -> None:
    timeline = {"title": unique("Mail was late"), **TIMELINE}
    planned = api.post("/api/v1/incidents/enter?plan=true", json=timeline).json()
    assert [step["kind"] for step in planned["steps"] if step["entry"]] == [
        "observation_noted", "incident_noticed", "observation_noted", "incident_declared", "impact_mitigated",
        "incident_resolved",
    ]  # fmt: skip
    assert api.get("/api/v1/incidents", params={"q": timeline["title"]}).json()["items"] == []
    answer = api.post("/api/v1/incidents/enter", json=timeline)
    assert answer.status_code == 201, answer.text
    entered = answer.json()
    assert answer.headers["location"] == f"/api/v1/incidents/{entered['id']}"
    again = api.post("/api/v1/incidents/enter", json=timeline)
    assert (again.status_code, again.json()["id"], again.json()["added"]) == (200, entered["id"], 0)
    (row,) = api.get("/api/v1/incidents", params={"q": timeline["title"]}).json()["items"]
    assert (row["id"], row["entered"], row["status"]) == (entered["id"], True, "closed")
    shown = api.get(f"/api/v1/incidents/{entered['id']}").json()
    assert shown["entered"]["unstated"] == ["closed"]
    items = api.get(f"/api/v1/incidents/{entered['id']}/measures").json()["items"]
    found = {item["measure"]: item for item in items}
    assert found["time_to_mitigate"]["value_s"] == 2_700
    assert found["time_to_mitigate"]["confidence"] == "stated"
    assert found["time_to_close"]["value_s"] is None
    assert found["time_to_close"]["not_applicable"]
    events = api.get(f"/api/v1/incidents/{entered['id']}/events").json()["items"]
    for item in items:
        assert {"title", "definition", "source", "facts"} <= item.keys()
        assert all(events[proof["seq"] - 1]["seq"] == proof["seq"] for proof in item["evidence"])
    assert {event["via"] for event in events} == {"entered"}


def test_many_are_measured_as_distributions(api: httpx.Client) -> None:
    service = unique("measured")
    for minutes in (5, 10, 20, 40):
        entries = [
            {"at": "2021-06-01 10:00", "text": "Seen", "is": "noticed"},
            {"at": f"2021-06-01 10:{minutes}".replace(":5", ":05"), "text": "Declared", "is": "declared"},
        ]
        timeline = {"title": unique("Slow"), "timezone": "UTC", "services": [service], "entries": entries}
        assert api.post("/api/v1/incidents/enter", json=timeline).status_code == 201
    found = api.get("/api/v1/measures", params={"service": service, "from": "2021-06-01", "to": "2021-06-02"}).json()
    assert (found["incidents"], found["service"]) == (4, service)
    declare = next(item for item in found["items"] if item["measure"] == "time_to_declare")
    assert (declare["n"], declare["median_s"], declare["p90_s"]) == (4, 900, 2_400)
    assert "mean" not in str(found)
    resolve = next(item for item in found["items"] if item["measure"] == "time_to_resolve")
    assert (resolve["n"], resolve["median_s"], resolve["not_applicable"]) == (0, None, 4)
    later = api.get("/api/v1/measures", params={"service": service, "from": "2021-06-01T10:30:00Z"}).json()
    assert later["incidents"] == 1
    assert api.get("/api/v1/measures", params={"service": service, "severity": "SEV1"}).json()["incidents"] == 0


def test_a_live_incident_is_measured(command: Command, api: httpx.Client, room: str) -> None:
    assert command("mark_mitigated", text="rolled back").status_code == 200
    items = api.get(f"/api/v1/incidents/{room}/measures").json()["items"]
    found = {item["measure"]: item for item in items}
    assert found["time_to_mitigate"]["value_s"] >= 0
    assert found["time_to_resolve"]["not_applicable"] == "It is not resolved."


@pytest.mark.parametrize("query", ["from=soon", "to=1", "severity=SEV9", "practice=perhaps"])
def test_a_question_that_cannot_be_read(api: httpx.Client, query: str) -> None:
    refused(api.get(f"/api/v1/measures?{query}"), 400)


def test_what_is_refused(server: Server, api: httpx.Client) -> None:
    refused(api.get("/api/v1/incidents/zzzz-zzzz/measures"), 404)
    refused(api.post("/api/v1/incidents/enter"), 400)
    bad = {**TIMELINE, "title": "x", "entries": [{"at": "soon", "text": "x"}]}
    assert "entries[0]" in refused(api.post("/api/v1/incidents/enter", json=bad), 400)["message"]
    with server.client(server.token("read")) as reader:
        refused(reader.post("/api/v1/incidents/enter", json={"title": "x", **TIMELINE}), 403)
        assert reader.get("/api/v1/measures").status_code == 200
    with server.client() as nobody:
        refused(nobody.get("/api/v1/measures"), 401)


def test_nothing_is_half_entered(tmp_path: Path) -> None:
    """A timeline with more facts than a room may hold leaves nothing behind."""
    with Server(tmp_path, facts_per_incident_max=1_000) as server, server.client(server.token("admin")) as api:
        entries = [{"at": "2021-05-04 10:00", "text": f"Line {number}"} for number in range(1_001)]
        refused(api.post("/api/v1/incidents/enter", json={"title": "Long", "entries": entries}), 413)
        assert api.get("/api/v1/incidents").json()["items"] == []


@pytest.mark.parametrize(
    ("address", "says", "hint"),
    [
        ("/api/v1/measures?sevrity=SEV1", "no parameter 'sevrity'", "Did you mean severity?"),
        ("/api/v1/incidents?statuss=closed", "no parameter 'statuss'", "Did you mean status?"),
        ("/api/v1/people?limt=1", "no parameter 'limt'", "Did you mean limit?"),
        ("/api/v1/measures?from=2026-02-01&to=2026-01-01", "to lies before from", "in their order"),
    ],
)
def test_a_question_that_is_misspelt_is_not_answered(api: httpx.Client, address: str, says: str, hint: str) -> None:
    refused = api.get(address)
    assert refused.status_code == 400, refused.text
    assert says in refused.text
    assert hint in refused.text
