"""`watchroom incident enter` and `measures`: planned, entered once, measured, refused with the line."""

import json
from pathlib import Path

from tests.shell.shell import desk, here, said, with_incidents

TIMELINE = {
    "title": "Mail was late",
    "timezone": "UTC",
    "entries": [
        {"at": "2021-05-04 10:00", "text": "Alert fired: the queue grows"},
        {"at": "10:05", "text": "Incident declared"},
        {"at": "11:00", "text": "Incident resolved"},
    ],
}


def written(folder: Path, timeline: object) -> str:
    path = folder / "timeline.json"
    path.write_text(json.dumps(timeline, indent=1))
    return str(path)


def test_a_timeline_is_planned_entered_and_measured(tmp_path: Path) -> None:
    file, data = written(tmp_path, TIMELINE), tmp_path / "data"
    plan = said(here(data, "incident", "enter", file, "--plan"))
    assert "incident_resolved" in plan
    assert not data.exists()
    assert "is entered" in said(here(data, "incident", "enter", file, "--person", "ana@example.com"))
    assert "is here already" in said(here(data, "incident", "enter", file))
    (row,) = json.loads(said(here(data, "incident", "list", "--all", "--json")))["items"]
    table = said(here(data, "incident", "measures", row["id"]))
    assert "5 min" in table
    assert "from_words" in table
    one = json.loads(said(here(data, "incident", "measures", row["id"], "--json")))
    assert {item["measure"]: item["value_s"] for item in one["items"]}["time_to_resolve"] == 3_600
    everything = json.loads(
        said(here(data, "incident", "measures", "--json", "--from", "2021-05-04", "--to", "2021-05-05"))
    )
    assert everything["incidents"] == 1
    assert said(here(data, "incident", "measures")).startswith("1 incident; 0 false alarms")
    assert said(here(data, "incident", "measures", "--severity", "SEV1")).startswith("0 incidents;")


def test_a_running_server_enters_it(tmp_path: Path) -> None:
    file, data = written(tmp_path, TIMELINE), with_incidents(tmp_path / "data")
    with desk(data):
        done = json.loads(said(here(data, "incident", "enter", file, "--json")))
        assert done["added"] == done["seq"]
    assert "1 h" in said(here(data, "incident", "measures"))


def test_what_cannot_be_entered_says_where(tmp_path: Path) -> None:
    data = tmp_path / "data"
    bad = written(tmp_path, {**TIMELINE, "entries": [{"at": "soon", "text": "x"}]})
    ran = here(data, "incident", "enter", bad)
    assert ran.status == 1
    assert "entries[0] (line 5).at" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert here(data, "incident", "enter", str(tmp_path / "none.json")).status == 1
    assert here(data, "incident", "measures", "--severity", "SEV9").status == 1
    assert not data.exists()
