"""`watchroom incident`: what is shown, exported and verified is what lies on the disk."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell.shell import AT, OTHER_ROOM, ROOM, desk, environment, here, put_in_zone, run, said, with_incidents
from watchroom.record.chain import Verifier, unseal


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record with incidents, and nobody who serves it."""
    return with_incidents(tmp_path)


def damage(folder: Path, statement: str) -> None:
    db = sqlite3.connect(folder / "record.sqlite")
    with db:
        assert db.execute(statement).rowcount == 1
    db.close()


def digest(folder: Path, seq: int) -> str:
    db = sqlite3.connect(folder / "record.sqlite")
    (found,) = db.execute("SELECT hex(digest) FROM event WHERE stream = ? AND seq = ?", (ROOM, seq)).fetchone()
    db.close()
    return str(found).lower()


def test_incidents_are_listed_and_practice_only_when_asked(record: Path) -> None:
    table = said(here(record, "incident", "list"))
    assert ROOM in table
    assert OTHER_ROOM not in table
    assert "\x1b" not in table
    assert len(table.splitlines()) == 2
    (item,) = json.loads(said(here(record, "incident", "list", "--json")))["items"]
    assert (item["id"], item["status"], item["seq"]) == (ROOM, "declared", 5)
    (item,) = json.loads(said(here(record, "incident", "list", "--practice", "--json")))["items"]
    assert item["id"] == OTHER_ROOM


def test_an_incident_is_shown_for_people_and_for_programs(record: Path) -> None:
    text = said(here(record, "incident", "show", ROOM))
    assert text.startswith(f"{ROOM}  Checkout fails·[2J for 支払い")
    assert "checkout, pay" in text
    shown = json.loads(said(here(record, "incident", "show", ROOM, "--json")))
    assert (shown["id"], shown["status"], shown["services"], shown["seq"]) == (ROOM, "declared", ["checkout", "pay"], 5)


def test_nights_are_those_of_the_install_and_of_the_person(record: Path) -> None:
    """03:14 UTC is the middle of a night in London and the early afternoon in Sydney."""

    def at_night(**settings: str) -> tuple[int, str]:
        shown = json.loads(said(run(record, "incident", "show", ROOM, "--json", **settings)))
        (toll,) = shown["review"]["recovery"]
        return toll["minutes_at_night"], toll["time_zone"]

    assert at_night() == (5, "UTC")
    assert at_night(WATCHROOM_TIME_ZONE="Australia/Sydney") == (0, "Australia/Sydney")
    assert at_night(WATCHROOM_NIGHT_BEGINS_H="4") == (0, "UTC")
    put_in_zone(record, "ana@example.com", "Asia/Tokyo")
    assert at_night(WATCHROOM_TIME_ZONE="Europe/London") == (0, "Asia/Tokyo")


def test_a_terminal_that_knows_no_chinese_shows_the_rest(record: Path) -> None:
    ran = run(record, "incident", "show", ROOM, PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert (ran.status, ran.err) == (0, "")
    assert "Checkout fails" in ran.out


def test_reading_goes_on_beside_a_running_server(record: Path) -> None:
    with desk(record):
        assert ROOM in said(run(record, "incident", "list"))
        assert ROOM in said(run(record, "incident", "show", ROOM))
        assert "holds together" in said(run(record, "incident", "verify"))


def test_an_export_holds_its_signed_head_and_a_chain_that_verifies(record: Path) -> None:
    head, *lines = said(here(record, "incident", "export", ROOM, "--format", "jsonl")).splitlines()
    shown = json.loads(head)
    assert list(shown) == ["format", "stream", "seq", "digest", "key", "signature"]
    assert (shown["stream"], shown["seq"], shown["digest"]) == (ROOM, 5, digest(record, 5))
    assert shown["key"] == said(here(record, "record", "key"))
    verifier = Verifier(ROOM)
    for line in lines:
        event = json.loads(line)
        # The head is the line up to its data, the data is what stands between that and the salt: the stored bytes.
        stored, _, rest = line.encode().partition(b',"data":')
        data = rest.rpartition(b',"salt":')[0]
        parts = (bytes.fromhex(event["salt"]), bytes.fromhex(event["digest"]))
        verifier.feed([unseal(stored + b"}", data, *parts, None)])
    verifier.end()
    assert verifier.broken is None
    assert (verifier.seq, verifier.digest.hex()) == (5, digest(record, 5))


def test_a_whole_record_is_said_to_be_whole_in_one_line(record: Path) -> None:
    assert said(here(record, "incident", "verify")) == "The record holds together: 6 events in 2 streams."
    one = said(here(record, "incident", "verify", ROOM))
    assert one == f"{ROOM} holds together: 5 events, the last with digest {digest(record, 5)}."
    shown = json.loads(said(here(record, "incident", "verify", ROOM, "--json")))
    assert shown["whole"]
    assert shown["head"] == {"seq": 5, "digest": digest(record, 5)}


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE event SET data = CAST('{\"title\":\"All was well\"}' AS BLOB) WHERE stream = '{room}' AND seq = 2",
         "Event 2 of {room} does not match its digest."),
        ("UPDATE event SET head = x'7b7d' WHERE stream = '{room}' AND seq = 3", "Event 3 of {room} does not match"),
        ("UPDATE event SET salt = x'00' WHERE stream = '{room}' AND seq = 1", "Event 1 of {room} does not match"),
        ("DELETE FROM event WHERE stream = '{room}' AND seq = 4",
         "Event 4 of {room} is missing: the next one stored is 5."),
        ("DELETE FROM event WHERE stream = '{room}' AND seq = 1", "Event 1 of {room} is missing"),
    ],
    ids=["data", "head", "salt", "gap", "first"],
)  # fmt: skip
def test_the_first_broken_or_missing_event_is_named(record: Path, statement: str, says: str) -> None:
    damage(record, statement.replace("{room}", ROOM))
    for arguments in (["verify"], ["verify", ROOM]):
        ran = here(record, "incident", *arguments)
        assert (ran.status, ran.out) == (1, "")
        assert says.replace("{room}", ROOM) in ran.err
        assert len(ran.err.splitlines()) == 1
    ran = here(record, "incident", "verify", "--json")
    broken = json.loads(ran.out)["broken"]
    assert (ran.status, broken["stream"]) == (1, ROOM)


def test_a_tail_that_was_cut_off_is_found_by_a_noted_digest(record: Path) -> None:
    noted = digest(record, 5)
    last = said(here(record, "incident", "verify", ROOM, "--head", noted))
    assert "event 5" in last
    assert last.endswith("its last.")
    grown = said(here(record, "incident", "verify", "--head", digest(record, 3).upper()))
    assert grown.endswith(f"the digest is that of event 3 of {ROOM}, which has grown to 5 since.")
    damage(record, f"DELETE FROM event WHERE stream = '{ROOM}' AND seq = 5")
    assert here(record, "incident", "verify", ROOM).status == 0
    for arguments in (["verify", ROOM], ["verify"]):
        ran = here(record, "incident", *arguments, "--head", noted)
        assert ran.status == 1
        assert "its end was cut off" in ran.err


def test_whoever_has_read_enough_gets_no_traceback(record: Path) -> None:
    command = [sys.executable, "-m", "watchroom", "incident", "export", ROOM, "--data", str(record)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(record)
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 1


def test_a_record_is_rebuilt_and_says_the_same(record: Path) -> None:
    before = said(here(record, "incident", "list", "--all", "--json"))
    said(here(record, "record", "rebuild"))
    assert said(here(record, "incident", "list", "--all", "--json")) == before


def test_the_time_is_told_in_utc(record: Path) -> None:
    assert AT.strftime("%Y-%m-%dT%H:%M:%SZ") in said(here(record, "incident", "list"))
