"""`watchroom token`, `source` and `user`, with a server and without: the same words, the same answers."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.people.house import driven, house
from tests.shell.shell import desk, environment, here, run, said
from watchroom.people.source import KINDS
from watchroom.record.sqlite_log import SqliteLog


def test_a_token_is_printed_and_nothing_else(tmp_path: Path) -> None:
    secret = said(run(tmp_path, "token", "create", "ci", "--scope", "read", "--scope", "drill:play"))
    assert secret.startswith("wr_tok_")
    assert secret.split() == [secret]
    (listed,) = json.loads(said(here(tmp_path, "token", "list", "--json")))["items"]
    assert (listed["name"], listed["scopes"], listed["last_used_at"]) == ("ci", ["drill:play", "read"], None)
    assert secret not in said(here(tmp_path, "token", "list"))

    @driven
    async def look() -> None:
        log = SqliteLog(tmp_path / "record.sqlite")
        caller = (await house(log)).credentials.by_secret(secret)
        await log.close()
        assert caller is not None
        assert caller.scopes == {"read", "drill:play"}

    look()
    said(run(tmp_path, "token", "revoke", "ci"))
    assert json.loads(said(here(tmp_path, "token", "list", "--json"))) == {"items": []}


def test_a_persons_token_makes_the_person_known(tmp_path: Path) -> None:
    said(run(tmp_path, "token", "create", "laptop", "--scope", "respond", "--person", "Ana@example.com"))

    @driven
    async def look() -> None:
        log = SqliteLog(tmp_path / "record.sqlite")
        assert (await house(log)).directory.known("ana@example.com")
        await log.close()

    look()


def test_what_is_made_while_a_server_runs_is_made_by_the_server(tmp_path: Path) -> None:
    with desk(tmp_path):
        said(run(tmp_path, "token", "create", "ci"))
        made = json.loads(said(run(tmp_path, "source", "create", "am", "--kind", "alertmanager", "--json")))
        key = made["key"]
        assert made["urls"] == {
            "signals": f"https://watch.example.com/in/{key}/api/v1/signals/alertmanager",
            "alerts": f"https://watch.example.com/in/{key}/api/v2/alerts",
        }
        assert "ci" in said(here(tmp_path, "token", "list"))
        again = run(tmp_path, "token", "create", "ci")
        assert (again.status, again.out) == (1, "")
        assert again.err.startswith("watchroom: There is a token 'ci' already. Revoke it first")
        said(run(tmp_path, "record", "rebuild"))
    assert "ci" in said(here(tmp_path, "token", "list"))
    assert not (tmp_path / "control.sock").exists()


def test_a_killed_server_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    with desk(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (tmp_path / "control.sock").exists()
    said(run(tmp_path, "token", "create", "ci"))
    with desk(tmp_path):
        assert "ci" in said(here(tmp_path, "token", "list"))


def test_a_command_waits_for_another_one(tmp_path: Path) -> None:
    commands = [
        [sys.executable, "-m", "watchroom", "token", "create", f"t{number}", "--data", str(tmp_path)]
        for number in range(4)
    ]
    running = [
        subprocess.Popen(each, stdout=subprocess.PIPE, text=True, env=environment(tmp_path)) for each in commands
    ]
    assert all(process.communicate()[0].startswith("wr_tok_") for process in running)
    assert len(json.loads(said(here(tmp_path, "token", "list", "--json")))["items"]) == 4


def test_a_long_path_is_no_hindrance(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 120)
    with desk(folder):
        said(run(folder, "token", "create", "ci"))


def test_only_its_owner_can_reach_a_server(tmp_path: Path) -> None:
    with desk(tmp_path):
        assert (tmp_path / "control.sock").stat().st_mode & 0o777 == 0o600
    fresh = tmp_path / "fresh"
    said(run(fresh, "token", "create", "ci"))
    assert fresh.stat().st_mode & 0o777 == 0o700
    assert (fresh / "record.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_source_of_each_kind_can_be_made(tmp_path: Path) -> None:
    with desk(tmp_path):
        for kind in KINDS:
            made = here(tmp_path, "source", "create", f"our-{kind}", "--kind", kind)
            assert made.status == 0
            assert f"/api/v1/signals/{kind}" in made.out
            assert made.err == ""
        listed = json.loads(said(here(tmp_path, "source", "list", "--json")))["items"]
    assert sorted(line["kind"] for line in listed) == sorted(KINDS)


def test_a_key_can_be_renewed(tmp_path: Path) -> None:
    first = json.loads(said(run(tmp_path, "source", "create", "am", "--json")))
    second = json.loads(said(here(tmp_path, "source", "rotate", "am", "--json")))
    assert first["key"] != second["key"]
    (line,) = json.loads(said(here(tmp_path, "source", "list", "--json")))["items"]
    assert line["previous_key_until"] is not None
    said(here(tmp_path, "source", "rotate", "am", "--now"))
    (line,) = json.loads(said(here(tmp_path, "source", "list", "--json")))["items"]
    assert line["previous_key_until"] is None


def test_an_account_comes_with_a_link_that_works_once(tmp_path: Path) -> None:
    url = said(run(tmp_path, "user", "create", "Ana@example.com", "--name", "Ana Banu", "--admin"))
    assert url.startswith("http://127.0.0.1:8710/sign-in/wr_link_")
    another = said(run(tmp_path, "user", "link", "ana@example.com", WATCHROOM_PUBLIC_URL="https://w.example.com/"))
    assert another.startswith("https://w.example.com/sign-in/")

    @driven
    async def look() -> None:
        log = SqliteLog(tmp_path / "record.sqlite")
        here = await house(log)
        opened = await here.credentials.sign_in(another.rpartition("/")[2])
        caller = here.credentials.by_session(opened.secret)
        assert caller is not None
        assert (caller.person, caller.may("admin")) == ("ana@example.com", True)
        assert here.directory.name("ana@example.com") == "Ana Banu"
        await log.close()

    look()


NONSENSE = (
    b"\n",
    b"{}\n",
    b"[1]\n",
    b"\xff\n",
    b'{"v":1,"op":"token.create","params":{"nome":"x"}}\n',
    b'{"v":1,"op":"token.create","params":{"name":"x/y","scopes":[]}}\n',
    b'{"v":2,"op":"ping"}\n',
    b'{"v":1,"op":"launch"}\n',
    b'{"v":1,"op":"ping","params":' + b"[" * 5_000 + b"]" * 5_000 + b"}\n",
    b"x" * 1_100_000,
)


def test_the_socket_answers_nonsense_and_lives_on(tmp_path: Path) -> None:
    with desk(tmp_path):
        for line in NONSENSE:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(tmp_path / "control.sock"))
                with suppress(BrokenPipeError):
                    # Of a line that is too long not all may be taken before it is answered.
                    connection.sendall(line)
                answer = json.loads(connection.makefile().readline())
            assert answer["error"]["code"] in ("malformed", "other_version", "not_found", "too_large"), line[:80]
            assert answer["error"]["message"]
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(tmp_path / "control.sock"))
            connection.sendall(b'{"v":1,')
        said(run(tmp_path, "token", "create", "ci"))


def test_teams_are_said_and_listed(tmp_path: Path) -> None:
    begun = run(tmp_path, "team", "set", "payments", "Ana@example.com", "bo@example.com")
    assert begun.out.startswith("payments:")
    assert "ana@example.com was not in the directory, and was added." in begun.err
    (team,) = json.loads(said(run(tmp_path, "team", "list", "--json")))["items"]
    assert team == {"name": "payments", "members": ["ana@example.com", "bo@example.com"]}
    assert "ana@example.com" in said(run(tmp_path, "team", "list"))
    slip = run(tmp_path, "team", "set", "payments", "ana@example.com", "boo@example.com")
    assert "boo@example.com was not in the directory, and was added. Did you mean bo@example.com" in slip.err
    assert not run(tmp_path, "team", "set", "payments", "ana@example.com", "bo@example.com").err
    bad = run(tmp_path, "team", "set", "payments", "nobody")
    assert (bad.status, bad.out) == (1, "")
    said(run(tmp_path, "team", "set", "payments"))
    assert json.loads(said(run(tmp_path, "team", "list", "--json"))) == {"items": []}


def test_services_are_said_listed_and_removed(tmp_path: Path) -> None:
    assert said(run(tmp_path, "service", "set", "payments")) == "payments depends on nothing."
    needs = ("--depends-on", "payments", "--depends-on", "cart")
    done = run(tmp_path, "service", "set", "checkout", *needs, "--team", "shop")
    assert (done.status, done.out) == (0, "checkout depends on payments, cart; shop looks after it.\n")
    assert "Nobody has defined cart." in done.err
    assert "No team shop is known." in done.err
    assert said(run(tmp_path, "service", "set", "checkout", "--depends-on", "payments")).endswith(
        "shop looks after it."
    )
    found = json.loads(said(run(tmp_path, "service", "list", "--json")))["items"]
    assert found == [
        {"name": "checkout", "depends_on": ["payments"], "team": "shop", "tier": 0, "called": ""},
        {"name": "payments", "depends_on": [], "team": "", "tier": 0, "called": ""},
    ]
    assert "shop" in said(run(tmp_path, "service", "list"))
    said(run(tmp_path, "service", "remove", "checkout"))
    gone = run(tmp_path, "service", "remove", "checkout")
    assert (gone.status, gone.out) == (1, "")
    assert "watchroom service list" in gone.err
