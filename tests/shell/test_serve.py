"""`watchroom serve`, as a real process: what it says, who gets in by the link, and how it ends."""

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.shell.shell import Ran, environment, here, run, said


@contextmanager
def serving(folder: Path, *flags: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A server on a free port, and its address; killed at the end if it still runs."""
    command = [sys.executable, "-m", "watchroom", "serve", "--port", "0", "--data", str(folder), *flags]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment(folder)) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            found = re.fullmatch(r"Watchroom listens on (http://127\.0\.0\.1:\d+)\n", first)
            assert found, first + (process.stderr.read() if process.stderr and not first else "")
            yield process, found[1]
        finally:
            process.kill()


def ended(process: "subprocess.Popen[str]", by: signal.Signals) -> Ran:
    """How the server ended after the signal, and what it said since."""
    process.send_signal(by)
    out, err = process.communicate()
    return Ran(process.returncode, out, err)


def status(address: str, path: str, **headers: str) -> int:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.request("GET", path, headers=headers)
    found = connection.getresponse().status
    connection.close()
    return found


def test_a_first_start_prints_a_link_for_the_owner_last(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, address):
        assert process.stdout is not None
        assert process.stdout.readline() == "Sign in as owner@localhost, once:\n"
        link = process.stdout.readline().strip()
        assert link.startswith(f"{address}/sign-in/wr_link_")
        assert status(address, urlsplit(link).path) == 200
        assert status(address, urlsplit(link).path) == 200
    with serving(tmp_path) as (process, _):
        assert ended(process, signal.SIGTERM) == Ran(0, "", "")


def test_a_demo_prints_a_link_at_each_start(tmp_path: Path) -> None:
    said(run(tmp_path, "user", "create", "ana@example.com", "--admin"))
    with serving(tmp_path, "--demo") as (process, address):
        assert process.stdout is not None
        assert process.stdout.readline() == "Sign in as ana@example.com, once:\n"
        assert process.stdout.readline().startswith(f"{address}/sign-in/")


def test_a_token_is_good_from_the_moment_it_is_made_until_it_is_revoked(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, address):
        path = "/api/v1/incidents"
        assert status(address, path) == 401
        secret = said(here(tmp_path, "token", "create", "ci", "--scope", "read"))
        assert status(address, path, Authorization=f"Bearer {secret}") == 200
        said(here(tmp_path, "token", "revoke", "ci"))
        assert status(address, path, Authorization=f"Bearer {secret}") == 401
        said(here(tmp_path, "record", "rebuild"))


def test_a_server_ends_tidily_by_either_signal(tmp_path: Path) -> None:
    for by in (signal.SIGTERM, signal.SIGINT):
        with serving(tmp_path) as (process, _):
            assert (tmp_path / "control.sock").exists()
            ran = ended(process, by)
            assert (ran.status, ran.err) == (0, "")
            assert not (tmp_path / "control.sock").exists()
            assert (tmp_path / "lock").read_bytes() == b""


def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path):
        ran = run(tmp_path, "serve", "--port", "0")
        assert (ran.status, ran.out) == (1, "")
        assert "is in use by" in ran.err
        assert len(ran.err.splitlines()) == 1


def test_an_address_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    with serving(tmp_path / "one") as (_, address):
        port = str(urlsplit(address).port)
        ran = run(tmp_path / "two", "serve", "--port", port)
    assert (ran.status, ran.out) == (1, "")
    assert f"127.0.0.1:{port}" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_killed_server_starts_again(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _):
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with serving(tmp_path):
        said(here(tmp_path, "token", "create", "ci"))
