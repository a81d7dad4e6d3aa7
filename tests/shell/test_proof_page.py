"""docs/proof.md: the verifier that it prints is run as it stands, on exports that are whole and on those that are not."""

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell.shell import ROOM, here, said, with_incidents, with_redaction
from tests.shell.test_proof_commands import spoilt

PAGE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"
LINES_MAX = 45


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's program, alone in a folder."""
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(program.splitlines()) <= LINES_MAX
    assert "watchroom." not in program
    file = tmp_path_factory.mktemp("auditor") / "verify.py"
    file.write_text(program)
    return file


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("record")
    with_incidents(folder)
    file = folder / "export.jsonl"
    assert here(folder, "incident", "export", ROOM, "-o", str(file)).status == 0
    return file


def verify(verifier: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(verifier), *arguments], capture_output=True, text=True, check=False, encoding="utf-8"
    )


def test_an_export_is_whole(verifier: Path, exported: Path) -> None:
    head = json.loads(exported.read_bytes().partition(b"\n")[0])
    done = verify(verifier, str(exported), head["key"])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"whole: {ROOM}, 5 events, {head['digest']}, signed by {head['key']}\n"
    assert "another key" in verify(verifier, str(exported), "0" * 64).stderr


@pytest.mark.parametrize("how", ["head", "gap", "swap", "double", "tail", "cut", "byte", "signature"])
def test_an_export_that_is_not_whole_is_found(how: str, verifier: Path, exported: Path) -> None:
    assert verify(verifier, str(spoilt(exported, how))).returncode != 0


def test_a_redacted_export_is_whole_and_an_emptied_one_is_not(verifier: Path, tmp_path: Path) -> None:
    file = tmp_path / "redacted.jsonl"
    folder = tmp_path / "record"
    folder.mkdir()
    assert here(with_redaction(folder), "incident", "export", ROOM, "-o", str(file)).status == 0
    done = verify(verifier, str(file))
    assert (done.returncode, "6 events" in done.stdout) == (0, True)
    assert b'"commitment"' in file.read_bytes()
    assert "holds together" in said(here(folder, "incident", "verify", "--file", str(file)))
    db = sqlite3.connect(folder / "record.sqlite")
    with db:
        db.execute("DELETE FROM event WHERE seq = 6")
    db.close()
    assert here(folder, "incident", "export", ROOM, "-o", str(file)).status == 0
    assert "event 2 was emptied" in verify(verifier, str(file)).stderr
