"""`--database`: servers and commands on one PostgreSQL record, as real processes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

from tests.postgres import cluster
from tests.shell.shell import ROOM, environment, here, run, said, with_incidents
from tests.shell.test_serve import serving, status
from watchroom.config_sources import load


def declared(address: str, secret: str, title: str) -> str:
    """Declare an incident over HTTP; its id."""
    request = Request(
        f"{address}/api/v1/incidents",
        json.dumps({"title": title}).encode(),
        {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    with urlopen(request) as answer:
        found: str = json.load(answer)["id"]
        return found


def test_two_servers_and_the_shell_share_one_database(tmp_path: Path) -> None:
    url = cluster().database()
    one, two = tmp_path / "one", tmp_path / "two"
    secret = said(here(one, "token", "create", "ci", "--scope", "admin", "--database", url)).strip()
    with serving(one, "--database", url) as (first, a), serving(two, "--database", url) as (_, b):
        made = declared(a, secret, "Checkout is down")
        assert status(b, f"/api/v1/incidents/{made}", Authorization=f"Bearer {secret}") == 200
        assert made in said(here(tmp_path / "three", "incident", "list", "--database", url))
        assert "holds together" in said(here(two, "incident", "verify", "--database", url))
        # The folder, not the database, is one server's.
        refused = run(one, "serve", "--database", url, "--port", "0")
        assert refused.status == 1
        assert f"{one} is in use by serve {a}" in refused.err
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        other = declared(b, secret, "Still here")
        assert status(b, f"/api/v1/incidents/{other}", Authorization=f"Bearer {secret}") == 200
    assert not (one / "record.sqlite").exists()
    listed = said(here(one, "incident", "list", "--json", "--database", url))
    assert {item["title"] for item in json.loads(listed)["items"]} == {"Checkout is down", "Still here"}


def test_a_record_is_moved_from_its_folder_into_a_database_and_back(tmp_path: Path) -> None:
    url = cluster().database()
    here = with_incidents(tmp_path / "here")
    before = said(run(here, "incident", "export", ROOM))
    command = [sys.executable, "-m", "watchroom", "record", "move"]

    def move(source: str, target: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*command, "--from", source, "--to", target],
            capture_output=True,
            text=True,
            env=environment(tmp_path),
            check=False,
        )

    out = move(str(here), url)
    assert out.returncode == 0, out.stderr
    assert out.stdout.startswith("Moved and verified: ")
    # The head is signed by the key of the place; the events are the same.
    # The tests' own server does not wait for its disk, which is said on standard error.
    exported = run(tmp_path / "x", "incident", "export", ROOM, "--database", url)
    assert exported.status == 0, exported.err
    assert exported.out.strip().partition("\n")[2] == before.partition("\n")[2]
    again = move(str(here), url)
    assert again.returncode == 1
    assert "holds a record already" in again.stderr
    back = move(url, str(tmp_path / "back"))
    # The key has come in between, with its claim.
    assert back.stdout.partition(" streams")[0] == out.stdout.partition(" streams")[0]
    returned = said(run(tmp_path / "back", "incident", "export", ROOM))
    assert returned.partition("\n")[2] == before.partition("\n")[2]
    said(run(tmp_path / "back", "record", "rebuild"))
    assert move(url, url).returncode == 1


def test_the_database_may_be_named_by_the_environment_and_is_never_shown(tmp_path: Path) -> None:
    url = cluster().database()
    made = run(tmp_path, "token", "create", "ci", WATCHROOM_DATABASE=url)
    assert made.status == 0, made.err
    listed = run(tmp_path, "token", "list", WATCHROOM_DATABASE=url)
    assert "ci" in listed.out
    settings = load({"database": "postgresql://u:hunter2@db/w"}, environ={})
    assert "hunter2" not in repr(settings)
    away = run(tmp_path, "token", "list", WATCHROOM_DATABASE="postgresql://u:hunter2@127.0.0.1:1/w")
    assert away.status == 1
    assert away.err.count("\n") == 1
    assert "hunter2" not in away.err
