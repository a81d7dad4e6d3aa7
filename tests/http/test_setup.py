"""The set-up of a new install over HTTP: what each part asks, that it can be cut off anywhere, and who sees it."""

import re
from pathlib import Path

import httpx

from tests.http.server import BY, Program, Server, refused

PAGE = {"Accept": "text/html"}
GOOD = "four calm herons waiting"
OWNER = "owner@localhost"


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert found, page.text[:500]
    return found[1]


def states(client: httpx.Client) -> dict[str, str]:
    return {each["step"]: each["state"] for each in client.get("/api/v1/setup").json()["steps"]}


def test_the_owner_becomes_somebody_and_is_gone(tmp_path: Path) -> None:
    with Server(tmp_path, password_memory_kib=8_192) as server:
        server.do(server.house.setup.begin())
        owner, csrf = server.session(OWNER)
        with owner:
            assert 'href="/setup"' in owner.get("/", headers=PAGE).text
            assert set(states(owner).values()) == {"open"}
            owner.post("/setup/team", data={"team": "payments", "csrf": csrf})
            data = {"name": "Ana", "email": "ana@example.com", "password": GOOD, "csrf": csrf}
            for wrong in ({"name": " "}, {"email": "no mail"}, {"password": "short"}):
                page = owner.post("/setup/account", data={**data, **wrong}, headers=PAGE)
                assert page.status_code == 400
                assert 'role="alert"' in page.text
            done = owner.post("/setup/account", data=data, headers=PAGE)
            assert (done.status_code, done.headers["location"]) == (303, "/setup")
            assert server.house.credentials.accounts.shut(OWNER)
            team = server.house.teams.get("payments")
            assert team is not None
            assert team.members == ("ana@example.com",)
            secret = done.headers["set-cookie"].partition("=")[2].partition(";")[0]
        with server.client(Cookie=f"wr_session={secret}") as ana:
            page = ana.get("/setup", headers=PAGE)
            assert "You are Ana" in page.text
            again = ana.post("/setup/account", data={**data, "csrf": csrf_of(page)}, headers=PAGE)
            assert again.status_code == 400
            assert "an account of your own already" in again.text
            refused(ana.post("/setup/later", data={"step": "dinner", "csrf": csrf_of(page)}), 400)
            assert states(ana)["account"] == "done"


def test_whoever_is_cut_off_in_the_middle_can_do_it_again(tmp_path: Path) -> None:
    """As a server leaves it that was killed after it had made the account, and before it let anybody in."""
    with Server(tmp_path, password_memory_kib=8_192) as server:
        server.do(server.house.setup.begin())
        owner, csrf = server.session(OWNER)
        server.do(server.house.credentials.add_user("ana@example.com", "Ana", admin=True, **BY))
        data = {"name": "Ana Meyer", "email": "ana@example.com", "password": GOOD, "csrf": csrf}
        with owner:
            assert owner.post("/setup/account", data=data, headers=PAGE).status_code == 303
        with server.client() as client:
            signed_in = client.post("/sign-in", data={"email": "ana@example.com", "password": GOOD}, headers=PAGE)
            assert signed_in.status_code == 303
        assert server.house.directory.name("ana@example.com") == "Ana Meyer"


def test_only_a_sender_from_outside_counts_as_heard(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.do(server.house.setup.begin())
        admin, csrf = server.session("ana@example.com")
        with admin:
            admin.post("/signals/sample", data={"csrf": csrf})
            admin.post("/signals/note", data={"csrf": csrf, "text": "odd"})
            assert states(admin)["sender"] == "open"
            assert "Waiting for the first signal" in admin.get("/setup/sender", headers=PAGE).text
            sender = server.source("generic")
            sender.generic({"title": "<b>Disk full</b>", "dedup_key": "d"})
            sender.close()
            part = admin.get("/setup/sender", headers=PAGE).text
            assert "Heard" in part
            assert "<b>Disk full" not in part
            assert "every 2s" not in part, "what was heard is not asked for again"
            assert states(admin)["sender"] == "done"


def test_the_set_up_is_for_admins_and_ends(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.do(server.house.setup.begin())
        admin, csrf = server.session("ana@example.com")
        other, other_csrf = server.session("bo@example.com", admin=False)
        with admin, other:
            assert 'href="/setup"' not in other.get("/", headers=PAGE).text
            for path in ("/setup", "/setup/sender", "/api/v1/setup"):
                refused(other.get(path), 403)
            for path in ("account", "team", "people", "later", "end"):
                refused(other.post(f"/setup/{path}", data={"csrf": other_csrf}), 403, "forbidden")
                refused(admin.post(f"/setup/{path}", data={"csrf": "x"}), 403, "csrf")
            assert admin.post("/setup/end", data={"csrf": csrf}).status_code == 303
            assert 'href="/setup"' not in admin.get("/", headers=PAGE).text
            assert admin.get("/api/v1/setup").json()["open"] is False


def test_a_test_call_rings_for_oneself_alone(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.do(server.house.setup.begin())
        ana, csrf = server.session("ana@example.com")
        bo, _csrf = server.session("bo@example.com", admin=False)
        with ana, bo, ana.stream("GET", "/live/me") as mine, bo.stream("GET", "/live/me") as theirs:
            lines, other = mine.iter_lines(), theirs.iter_lines()
            for each in (lines, other):
                while not next(each).startswith("data:"):
                    pass
            assert "at the top of this page" in ana.post("/account/ring", data={"csrf": csrf}).text
            while "test call" not in next(lines):
                pass

            async def end() -> None:
                server.house.hub.tell("bo@example.com", b"data: the end\n\n")

            server.do(end())
            while "the end" not in (line := next(other)):
                assert "test call" not in line
            assert (
                ana.post("/account/ring/heard", data={"csrf": csrf, "back": "/setup"}).headers["location"] == "/setup"
            )
            assert (
                ana.post("/account/ring/heard", data={"csrf": csrf, "back": "//evil"}).headers["location"] == "/account"
            )
            assert states(ana)["ring"] == "done"
        with server.client() as nobody:
            assert nobody.post("/account/ring", data={}).status_code == 401
        with server.client(server.token("read")) as token:
            refused(token.post("/account/ring", data={}), 403)


def test_an_empty_install_begins_with_it_and_a_demo_does_not(tmp_path: Path) -> None:
    for name, flags, begun in (("new", (), True), ("demo", ("--demo",), False)):
        with Program(tmp_path / name, *flags) as program:
            from_shell = program.data
            with httpx.Client(base_url=program.url, trust_env=False) as client:
                assert client.get("/healthz").status_code == 200
            assert program.pid
        with Server(from_shell) as again:
            assert again.house.setup.open is begun
