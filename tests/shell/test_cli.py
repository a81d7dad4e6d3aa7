"""The command line itself: help for everything, one clear line for everything that goes wrong, and a quick start."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from tests.shell.shell import ROOM, environment, run, said, with_incidents
from watchroom import __version__
from watchroom.cli import app, main

NO_DIGEST = "0" * 64


def paths(below: App, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group, by its words."""
    yield path
    for name in below:
        if not name.startswith("-"):
            yield from paths(below[name], (*path, name))


@pytest.mark.parametrize("path", list(paths(app)), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*path, "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"Usage: {' '.join(['watchroom', *path])}")
    assert err == ""


def test_the_version_is_said() -> None:
    done = subprocess.run([sys.executable, "-m", "watchroom", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"{__version__}\n"


def test_help_loads_nothing_of_the_server() -> None:
    code = (
        "import sys; from watchroom.cli import main; main(['--help']); "
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.replace("'", " ").replace(",", " ").split())
    assert not loaded & {"litestar", "uvicorn", "numpy", "jinja2", "sqlite3", "asyncio", "argon2"}


WRONG: list[tuple[str, int, str]] = [
    ("launch", 2, 'Unknown command "launch"'),
    ("token", 2, "command"),
    ("token lst", 2, 'Did you mean "list"?'),
    ("token create", 2, "requires an argument"),
    ("token create a b", 2, "b"),
    ("token create ci --scop read", 2, "Did you mean --scope?"),
    ("token create ci --scope raed", 1, "'raed' is no scope. Did you mean read? The scopes are read, signals,"),
    ("token create a/b", 1, "cannot be the name of a token"),
    ("token create ci --person nobody", 1, "is no e-mail address"),
    ("token list --database postgresql://u:hunter2@127.0.0.1:1/w", 1, "postgresql://u@127.0.0.1:1/w cannot be opened"),
    ("token list --database mysql://db/w", 1, "is no postgresql:// URL"),
    ("token list --config /nowhere/watchroom.toml", 1, "There is no file /nowhere/watchroom.toml"),
    ("token revoke cii", 1, "There is no token 'cii'. Did you mean ci?"),
    ("source create", 2, "requires an argument"),
    ("source create am --kind alertmanger", 1, "Did you mean alertmanager?"),
    ("source create a/b", 1, "cannot be the name of a source"),
    ("source rotate am", 1, "There is no source 'am'"),
    ("user create", 2, "requires an argument"),
    ("user create ana", 1, "'ana' is no e-mail address"),
    ("user link bo@example.com", 1, "watchroom user create bo@example.com"),
    ("incident show", 2, "requires an argument"),
    ("incident show zzzz-zzzz", 1, "There is no incident 'zzzz-zzzz'"),
    ("incident show ../../etc/passwd", 1, "There is no incident"),
    ("incident export zzzz-zzzz", 1, "There is no incident"),
    (f"incident export {ROOM} --format docx", 1, "no export as 'docx'"),
    (f"incident export {ROOM} --format xml", 1, "no export as 'xml'"),
    ("incident verify zzzz-zzzz", 1, "There is no incident"),
    ("incident verify --head 12", 1, "'12' is no digest"),
    (f"incident verify --head {NO_DIGEST}", 1, "its end was cut off"),
    ("record", 2, "command"),
    ("record build", 2, "Unknown command"),
]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = with_incidents(tmp_path_factory.mktemp("record"))
    assert main(["token", "create", "ci", "--data", str(folder)]) == 0
    return folder


@pytest.mark.parametrize(("line", "status", "says"), WRONG, ids=[line for line, _, _ in WRONG])
def test_what_goes_wrong_is_said_in_one_line(
    record: Path, line: str, status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*line.split(), "--data", str(record)]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("watchroom: ")
    assert err.count("\n") == 1
    assert says in err
    assert "hunter2" not in err


def test_a_folder_without_a_record_is_not_filled_by_looking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "mistyped"
    for line in ("token list", "token revoke x", "source list", "user link a@b", "incident list", "record rebuild"):
        assert main([*line.split(), "--data", str(folder)]) == 1
        assert f"There is no record in {folder}" in capsys.readouterr().err
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_named() -> None:
    ran = run(Path("/proc/watchroom"), "token", "create", "ci")
    assert (ran.status, ran.out) == (1, "")
    assert "/proc/watchroom" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "record.sqlite").write_bytes(b"no database at all, but some text " * 100)
    for line in (["token", "list"], ["incident", "list"]):
        ran = run(tmp_path, *line)
        assert (ran.status, ran.out) == (1, "")
        assert len(ran.err.splitlines()) == 1
        assert "Traceback" not in ran.err


def test_without_a_data_folder_the_users_own_is_taken(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "watchroom", "token", "create", "ci"]
    subprocess.run(command, capture_output=True, env=environment(tmp_path), check=True)
    assert (tmp_path / ".local/share/watchroom/record.sqlite").exists()


def test_settings_of_the_folder_are_read(tmp_path: Path) -> None:
    (tmp_path / "watchroom.toml").write_text('public_url = "https://w.example.com"\n')
    assert said(run(tmp_path, "user", "create", "ana@example.com")).startswith("https://w.example.com/sign-in/")
    (tmp_path / "watchroom.toml").write_text("prot = 1\n")
    ran = run(tmp_path, "token", "list")
    assert ran.status == 1
    assert "prot in" in ran.err
    assert "Did you mean port?" in ran.err


def test_json_is_json_even_when_there_is_nothing(record: Path) -> None:
    assert json.loads(said(run(record, "source", "list", "--json"))) == {"items": []}
