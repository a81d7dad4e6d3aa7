"""A record with rows that cannot be read any more, or that a newer version wrote: the room opens with the rest, and
says so; `verify` names the first."""

import sqlite3
from pathlib import Path

import pytest

from tests.http.server import Server, watchroom

HTML = {"Accept": "text/html"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def begun(data: Path) -> str:
    """A room with a hypothesis and a few messages, on disk."""
    with Server(data) as server, server.client(server.token("admin")) as api:
        room: str = api.post("/api/v1/incidents", json={"title": "Checkout is down"}).json()["id"]
        for body in (
            {"command": "propose_hypothesis", "text": "The deploy at 03:10"},
            {"command": "set_hypothesis", "hypothesis": "H1", "state": "testing"},
            {"command": "post_message", "text": "Before the damage"},
            {"command": "post_message", "text": "Dam"},
            {"command": "post_message", "text": "After the damage"},
        ):
            answer = api.post(f"/api/v1/incidents/{room}/commands", json=body)
            assert answer.status_code == 200, answer.text
    return room


def change(data: Path, statement: str, room: str) -> None:
    """What bad memory, a bad disk or a curious person does to the file."""
    with sqlite3.connect(data / "record.sqlite") as db:
        assert db.execute(statement, {"room": room}).rowcount > 0
        # Rows that are derived from the record, and would hide the damage.
        db.execute("DELETE FROM snapshot")
    db.close()


DAMAGES = {
    "the fact is no JSON": "UPDATE event SET data = x'ff00' WHERE stream = :room AND CAST(data AS TEXT) LIKE '%Dam\"%'",
    "the fact is of another shape": "UPDATE event SET data = CAST('[1]' AS BLOB) WHERE stream = :room AND CAST(data AS TEXT) LIKE '%Dam\"%'",
    "the head is no JSON": "UPDATE event SET head = x'00' WHERE stream = :room AND CAST(data AS TEXT) LIKE '%Dam\"%'",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_room_opens_without_its_damaged_row_and_says_so(data: Path, damage: str) -> None:
    room = begun(data)
    change(data, damage, room)
    with Server(data) as server, server.client(server.token("admin")) as api:
        shown = api.get(f"/api/v1/incidents/{room}").json()
        assert len(shown["unread"]) == 1
        seq = shown["unread"][0]
        events = api.get(f"/api/v1/incidents/{room}/events").json()["items"]
        assert [event["seq"] for event in events] == list(range(1, shown["seq"] + 1))
        assert "After the damage" in str(events)
        reader, _csrf = server.session("ana@example.com")
        with reader:
            page = reader.get(f"/incidents/{room}", headers=HTML)
            assert page.status_code == 200
            assert "cannot be read any more" in page.text
            assert "After the damage" in page.text
            assert f'id="e-{seq}"' in page.text
        # It goes on.
        said = api.post(f"/api/v1/incidents/{room}/commands", json={"command": "post_message", "text": "Onwards"})
        assert said.status_code == 200, said.text
        assert api.get("/api/v1/incidents").json()["items"][0]["id"] == room
        assert api.get("/readyz").status_code == 200
    verified = watchroom("incident", "verify", room, data=data)
    assert verified.returncode == 1
    assert str(seq) in verified.stderr + verified.stdout


def test_what_speaks_of_a_damaged_row_is_left_out_too(data: Path) -> None:
    room = begun(data)
    change(data, "UPDATE event SET data = x'00' WHERE stream = :room AND CAST(data AS TEXT) LIKE '%03:10%'", room)
    with Server(data) as server, server.client(server.token("admin")) as api:
        shown = api.get(f"/api/v1/incidents/{room}").json()
        assert shown["hypotheses"] == []
        assert len(shown["unread"]) == 1
        answer = api.post(
            f"/api/v1/incidents/{room}/commands", json={"command": "propose_hypothesis", "text": "Another"}
        )
        assert answer.status_code == 200, answer.text


def test_what_a_newer_version_wrote_is_passed_over_and_shown(data: Path) -> None:
    room = begun(data)
    change(
        data,
        "UPDATE event SET head = CAST(replace(CAST(head AS TEXT), 'message_posted', 'mood_sensed') AS BLOB)"
        " WHERE stream = :room AND CAST(data AS TEXT) LIKE '%Dam\"%'",
        room,
    )
    with Server(data) as server, server.client(server.token("admin")) as api:
        shown = api.get(f"/api/v1/incidents/{room}").json()
        assert shown["unread"] == []
        kinds = [event["kind"] for event in api.get(f"/api/v1/incidents/{room}/events").json()["items"]]
        assert "mood_sensed" in kinds
        reader, _csrf = server.session("ana@example.com")
        with reader:
            page = reader.get(f"/incidents/{room}", headers=HTML).text
        assert "Mood sensed" in page
        assert "newer version" in page
