"""Exports in every form, files that are verified, imports, back-ups: as the user of the shell meets them."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell.shell import OTHER_ROOM, ROOM, desk, environment, here, run, said, with_incidents
from watchroom.shell.screen import Tenths
from watchroom.web.exports.fonts import LACKS


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record with incidents, and nobody who serves it."""
    folder = tmp_path / "ours"
    folder.mkdir()
    return with_incidents(folder)


@pytest.fixture
def exported(record: Path, tmp_path: Path) -> Path:
    """The export of the declared incident."""
    file = tmp_path / "export.jsonl"
    said_to_stderr = here(record, "incident", "export", ROOM, "--output", str(file))
    assert said_to_stderr.status == 0
    return file


def test_every_form_comes_from_the_shell(record: Path, tmp_path: Path) -> None:
    markdown = said(here(record, "incident", "export", ROOM, "--format", "md"))
    assert markdown.startswith("# Checkout fails")
    assert "支払い" in markdown
    html = said(here(record, "incident", "export", ROOM, "--format", "html"))
    assert html.startswith("<!doctype html>")
    for name in ("src=", "href=", "@import", "url("):
        assert name not in html
    file = tmp_path / "report.pdf"
    assert here(record, "incident", "export", ROOM, "--format", "pdf", "-o", str(file)).status == 0
    assert file.read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    ran = here(record, "incident", "export", ROOM, "--format", "docx")
    assert (ran.status, "jsonl, md, html, pdf" in ran.err) == (1, True)
    ran = here(record, "incident", "export", "0000-0000", "--format", "pdf")
    assert (ran.status, "no incident" in ran.err) == (1, True)


def test_an_export_is_written_whole_or_not_at_all(record: Path, tmp_path: Path) -> None:
    ran = here(record, "incident", "export", ROOM, "--output", str(tmp_path / "nowhere" / "x.jsonl"))
    assert ran.status == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ours"]


def test_practice_says_so_in_every_report(record: Path) -> None:
    assert "DRILL" in said(here(record, "incident", "export", OTHER_ROOM, "--format", "md"))
    assert "DRILL" in said(here(record, "incident", "export", OTHER_ROOM, "--format", "html"))


def test_a_file_is_verified_without_a_record(exported: Path, record: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    key = said(here(record, "record", "key"))
    whole = said(here(nowhere, "incident", "verify", "--file", str(exported)))
    assert "holds together: 5 events" in whole
    assert key in whole
    assert "its last" in said(
        here(
            nowhere, "incident", "verify", "--file", str(exported), "--key", key, "--head", head_of(exported)["digest"]
        )
    )
    for arguments, says in (
        (["--key", "0" * 64], "another key"),
        (["--head", "0" * 64], "no event has the digest"),
        (["--key", "zz"], "no key"),
    ):
        ran = here(nowhere, "incident", "verify", "--file", str(exported), *arguments)
        assert (ran.status, says in ran.err, len(ran.err.splitlines())) == (1, True, 1), ran
    assert not nowhere.exists()
    verdict = json.loads(said(here(nowhere, "incident", "verify", "--file", str(exported), "--json")))
    assert (verdict["whole"], verdict["events"], verdict["key"], verdict["head"]["seq"]) == (True, 5, key, 5)


def head_of(file: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(file.read_bytes().partition(b"\n")[0])
    return found


def spoilt(file: Path, how: str) -> Path:
    """A copy of the export that is not whole."""
    lines = file.read_bytes().splitlines(keepends=True)
    match how:
        case "head":
            del lines[0]
        case "gap":
            del lines[3]
        case "swap":
            lines[2], lines[3] = lines[3], lines[2]
        case "double":
            lines.insert(3, lines[3])
        case "tail":
            del lines[-1]
        case "cut":
            lines[-1] = lines[-1][:-1]
        case "byte":
            lines[3] = lines[3].replace(b"checkout", b"checkin!")
        case "signature":
            lines[0] = lines[0].replace(b'"seq":5', b'"seq":4')
    other = file.with_name(f"{how}.jsonl")
    other.write_bytes(b"".join(lines))
    return other


@pytest.mark.parametrize("how", ["head", "gap", "swap", "double", "tail", "cut", "byte", "signature"])
def test_what_is_not_whole_is_neither_verified_nor_taken_in(how: str, exported: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    file = spoilt(exported, how)
    for ran in (here(theirs, "incident", "verify", "--file", str(file)), here(theirs, "import", str(file))):
        assert ran.status == 1
        assert ran.out == ""
        assert len(ran.err.splitlines()) == 1
    assert not theirs.exists()


def test_an_untouched_export_is_taken_in_and_verifies_there(exported: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    assert "5 events" in said(here(theirs, "import", str(exported)))
    assert "here already" in said(here(theirs, "import", str(exported)))
    assert "(imported)" in said(here(theirs, "incident", "list"))
    assert "(imported)" in said(here(theirs, "incident", "show", ROOM))
    head = head_of(exported)["digest"]
    assert "its last" in said(here(theirs, "incident", "verify", ROOM, "--head", head))
    again = said(here(theirs, "incident", "export", ROOM)).encode()
    assert again.partition(b"\n")[2] == exported.read_bytes().partition(b"\n")[2].rstrip(b"\n")
    assert json.loads(again.partition(b"\n")[0])["key"] != head_of(exported)["key"]


def test_an_import_goes_through_the_running_server(exported: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    with desk(theirs):
        done = json.loads(said(run(theirs, "import", str(exported), "--json")))
        assert (done["stream"], done["added"]) == (ROOM, 5)
        ran = run(theirs, "import", str(spoilt(exported, "gap")))
        assert (ran.status, "Event 3" in ran.err) == (1, True)
        assert "(imported)" in said(run(theirs, "incident", "list"))


def test_a_file_that_is_not_there_or_not_from_that_key_is_said(exported: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    ran = here(theirs, "import", str(tmp_path / "no.jsonl"))
    assert (ran.status, "cannot be read" in ran.err) == (1, True)
    ran = here(theirs, "import", str(exported), "--key", "0" * 64)
    assert (ran.status, "another key" in ran.err) == (1, True)


def test_the_signing_key_is_its_owner_s_alone_or_in_a_file_of_its_own(record: Path, tmp_path: Path) -> None:
    key = said(here(record, "record", "key"))
    assert stat.S_IMODE((record / "signing.key").stat().st_mode) == 0o600
    elsewhere = tmp_path / "elsewhere.key"
    other = said(run(record, "record", "key", WATCHROOM_SIGNING_KEY_FILE=str(elsewhere)))
    assert other != key
    assert elsewhere.exists()


def test_a_back_up_is_taken_while_the_server_runs_and_put_back(record: Path, tmp_path: Path) -> None:
    file = tmp_path / "back-up.sqlite"
    with desk(record):
        said(run(record, "token", "create", "before", "--scope", "read"))
        assert "verified" in said(run(record, "record", "backup", str(file)))
        said(run(record, "token", "create", "after", "--scope", "read"))
        ran = run(record, "record", "restore", str(file))
        assert (ran.status, "in use" in ran.err) == (1, True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["back-up.sqlite", "ours"]
    restored = tmp_path / "restored"
    assert "verified" in said(here(restored, "record", "restore", str(file)))
    assert said(here(restored, "incident", "show", ROOM)) == said(here(record, "incident", "show", ROOM))
    names = said(here(restored, "token", "list"))
    assert "before" in names
    assert "after" not in names
    assert (
        said(here(restored, "incident", "export", ROOM)).partition("\n")[2]
        == said(here(record, "incident", "export", ROOM)).partition("\n")[2]
    )


def test_a_back_up_writes_over_nothing(record: Path, tmp_path: Path) -> None:
    file = tmp_path / "back-up.sqlite"
    file.write_text("mine")
    ran = here(record, "record", "backup", str(file))
    assert (ran.status, "there already" in ran.err) == (1, True)
    assert file.read_text() == "mine"
    ran = here(tmp_path / "nowhere", "record", "backup", str(tmp_path / "new.sqlite"))
    assert (ran.status, "no record" in ran.err) == (1, True)


def test_a_restore_wants_an_empty_folder_and_a_whole_back_up(record: Path, tmp_path: Path) -> None:
    file = tmp_path / "back-up.sqlite"
    said(here(record, "record", "backup", str(file)))
    ran = here(record, "record", "restore", str(file))
    assert (ran.status, "not empty" in ran.err) == (1, True)
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "watchroom.toml").write_text("port = 0\n")
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(file.read_bytes())
    db = sqlite3.connect(damaged)
    with db:
        assert db.execute("UPDATE event SET data = x'7b7d' WHERE seq = 2 AND stream = ?", (ROOM,)).rowcount == 1
    db.close()
    for bad, says in ((damaged, "Event 2"), (Path(__file__), "cannot be copied"), (tmp_path / "no", "no file")):
        ran = here(folder, "record", "restore", str(bad))
        assert (ran.status, says in ran.err, len(ran.err.splitlines())) == (1, True, 1), ran
        assert sorted(each.name for each in folder.iterdir() if each.name != "lock") == ["watchroom.toml"]
    assert "verified" in said(here(folder, "record", "restore", str(file)))


def test_a_record_that_is_damaged_is_not_backed_up_as_if_it_were_whole(record: Path, tmp_path: Path) -> None:
    db = sqlite3.connect(record / "record.sqlite")
    with db:
        db.execute("DELETE FROM event WHERE seq = 2 AND stream = ?", (ROOM,))
    db.close()
    ran = here(record, "record", "backup", str(tmp_path / "b.sqlite"))
    assert (ran.status, "Event 2" in ran.err) == (1, True)
    assert not (tmp_path / "b.sqlite").exists()


def test_a_long_work_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    told = Tenths("Rebuilding")
    for at in range(0, 50_001, 1_000):
        told(at, 50_000)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Rebuilding: 0 % (0 of 50000)"
    assert lines[-1] == "Rebuilding: 100 % (50000 of 50000)"
    assert len(lines) == 11
    Tenths("Rebuilding")(10, 10)
    assert capsys.readouterr().err == ""


def test_the_pdf_is_made_by_a_program_that_runs_by_hand(tmp_path: Path) -> None:
    report = {
        "id": "k7m2-9qxd",
        "title": "#panic() $x$ `raw` *b* 支払い الدفع \U0001f525",
        "banner": "",
        "facts": [["Status", '#import "x"']],
        "tables": [{"title": "T", "columns": ["", "A"], "rows": [["H1", "*"], ["H2", "_"]], "empty": "none"}],
        "timeline": [{"seq": 1, "at": "now", "who": "Ana", "says": "= no heading", "quote": "a\nb", "mark": ""}],
        "proof": [["Digest", "00"]],
    }
    command = [sys.executable, "-m", "watchroom.web.exports.pdf"]
    env = environment(tmp_path) | {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, input=json.dumps(report).encode(), capture_output=True, check=False, env=env)
    assert done.returncode == 0
    # What no font of this machine has is said, and nothing else is.
    assert all(line.startswith(LACKS.encode()) for line in done.stderr.splitlines())
    assert done.stdout.startswith(b"%PDF")
    again = subprocess.run(command, input=json.dumps(report).encode(), capture_output=True, check=False, env=env)
    assert again.stdout == done.stdout
    bad = subprocess.run(command, input=b"{}", capture_output=True, check=False, env=env)
    assert bad.returncode != 0
