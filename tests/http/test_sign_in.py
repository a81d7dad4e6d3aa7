"""Signing in over HTTP: passwords, forgotten ones, invitations, one's own account; and what strangers learn: nothing."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.http.mailbox import Mailbox
from tests.http.server import BY, Server, refused, unique

GOOD = "four calm herons waiting"
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with Mailbox() as running:
        yield running


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, box: Mailbox) -> Iterator[Server]:
    """A server with a mail server, cheap checks of passwords, and no end of tries."""
    with Server(
        tmp_path_factory.mktemp("door"), smtp_host="127.0.0.1", smtp_port=box.port, smtp_tls="none",
        password_memory_kib=8_192, password_passes=1, sign_ins_per_address_minute_max=100_000,
    ) as running:  # fmt: skip
        yield running
        with running.client() as client:
            assert "watchroom_unexpected_errors_total 0.0" in client.get("/metrics").text


def person(server: Server, *, admin: bool = False, password: str = GOOD) -> str:
    """Somebody with an account and a password."""
    email = f"{unique('ana')}@example.com"
    server.do(server.house.credentials.add_user(email, "Ana", admin=admin, **BY))
    if password:
        server.do(server.house.credentials.door.set_password(email, password, by="link"))
    return email


def sign_in(client: httpx.Client, email: str, password: str = GOOD, **headers: str) -> httpx.Response:
    return client.post("/sign-in", data={"email": email, "password": password}, headers={**PAGE, **headers})


def csrf_of(page: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)
    assert found, page.text[:500]
    return found[1]


def test_a_password_opens_a_session_in_a_careful_cookie(door: Server) -> None:
    email = person(door)
    with door.client() as client:
        answer = sign_in(client, email)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert client.get("/account", headers=PAGE).status_code == 200
        assert GOOD not in client.get("/account", headers=PAGE).text


def test_nothing_tells_who_has_an_account(door: Server) -> None:
    here, without, gone = person(door), person(door, password=""), person(door)
    door.do(door.house.credentials.deactivate(gone, **BY))
    pages, errors, asked = set(), set(), set()
    with door.client() as client:
        for email in (here, without, gone, "nobody@example.com"):
            answer = sign_in(client, email, "wrong password here")
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers
            pages.add(re.sub(r'data-now="[^"]*"', "", answer.text.replace(email, "EMAIL")))
            told = client.post("/sign-in", data={"email": email, "password": "wrong password here"})
            errors.add(str(refused(told, 401, "wrong_password")))
            answer = client.post("/sign-in/forgotten", data={"email": email}, headers=PAGE)
            assert answer.status_code == 200
            asked.add(re.sub(r'data-now="[^"]*"', "", answer.text))
    assert (len(pages), len(errors), len(asked)) == (1, 1, 1)


def test_another_site_signs_nobody_in(door: Server) -> None:
    email = person(door)
    for foreign in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        with door.client(**foreign) as client:
            answer = sign_in(client, email)
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers
            for path in ("/sign-in/forgotten", "/password", "/invitation"):
                assert client.post(path, data={"email": email, "token": "x"}).status_code == 403


def test_a_forgotten_password_is_set_by_a_mailed_link(door: Server, box: Mailbox) -> None:
    email = person(door)
    with door.client() as client:
        sign_in(client, email)
        client.post("/sign-in/forgotten", data={"email": email.upper()})
        mail = box.next()
        while mail["To"] != email:
            mail = box.next()
        assert mail["Subject"] == "A new password for Watchroom"
        found = re.search(r"http\S+/password/\S+", mail.get_content())
        assert found
        path = found[0].removeprefix(door.url)
        other = door.client()
        assert email in other.get(path, headers=PAGE).text
        token = path.rpartition("/")[2]
        weak = other.post("/password", data={"token": token, "password": "short"}, headers=PAGE)
        assert weak.status_code == 400
        assert "at least 12 characters" in weak.text
        done = other.post("/password", data={"token": token, "password": "seven slow boats on ice"}, headers=PAGE)
        assert done.status_code == 303
        assert other.get("/account", headers=PAGE).status_code == 200
        assert client.get("/account", headers=PAGE).status_code == 303, "the other browser is signed out"
        assert other.get(path, headers=PAGE).status_code == 404
        other.close()
        assert sign_in(client, email).status_code == 401
        assert sign_in(client, email, "seven slow boats on ice").status_code == 303


def test_without_a_mail_server_an_admin_is_named(server: Server) -> None:
    with server.client() as client:
        page = client.get("/sign-in/forgotten", headers=PAGE).text
        assert "Ask an admin" in page
        assert client.post("/sign-in/forgotten", data={"email": "x@example.com"}, headers=PAGE).status_code == 200


def test_one_sees_and_ends_one_s_own_browsers_and_nobody_else_s(door: Server) -> None:
    email, other = person(door), person(door)
    with door.client() as one, door.client() as two, door.client() as stranger:
        for client, agent in ((one, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"), (two, "curl/8")):
            sign_in(client, email, **{"User-Agent": agent})
        sign_in(stranger, other)
        items = one.get("/api/v1/sessions").json()["items"]
        assert {(item["browser"], item["current"], item["origin"]) for item in items} == {
            ("Firefox on Linux", True, "127.0.0.1"),
            ("curl", False, "127.0.0.1"),
        }
        (second,) = [item["id"] for item in items if not item["current"]]
        foreign = csrf_of(stranger.get("/account", headers=PAGE))
        answer = stranger.post("/api/v1/sessions/end", json={"id": second}, headers={"X-CSRF-Token": foreign})
        refused(answer, 404)
        page = one.get("/account", headers=PAGE)
        assert one.post("/account/sessions", data={"session": second}).status_code == 403, "without the page's token"
        ended = one.post("/account/sessions", data={"session": second, "csrf": csrf_of(page)}, headers=PAGE)
        assert "That browser is signed out" in ended.text
        assert two.get("/account", headers=PAGE).status_code == 303
        sign_in(two, email)
        csrf = csrf_of(one.get("/account", headers=PAGE))
        one.post("/account/sessions", data={"session": "others", "csrf": csrf}, headers=PAGE)
        assert two.get("/account", headers=PAGE).status_code == 303
        out = one.post("/account/sessions", data={"session": "all", "csrf": csrf}, headers=PAGE)
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
        assert one.get("/account", headers=PAGE).status_code == 303
        assert stranger.get("/account", headers=PAGE).status_code == 200


def test_one_s_own_password_is_changed_by_whoever_knows_it(door: Server) -> None:
    email = person(door)
    with door.client() as one, door.client() as two:
        sign_in(one, email)
        sign_in(two, email)
        data = {"csrf": csrf_of(one.get("/account", headers=PAGE)), "password": "seven slow boats on ice"}
        wrong = one.post("/account/password", data={**data, "current": "wrong"}, headers=PAGE)
        assert wrong.status_code == 400
        assert "not your password" in wrong.text
        weak = one.post("/account/password", data={**data, "current": GOOD, "password": "short"}, headers=PAGE)
        assert "at least 12 characters" in weak.text
        assert (
            one.post("/account/password", data={**data, "current": GOOD, "csrf": "x"}, headers=PAGE).status_code == 403
        )
        done = one.post("/account/password", data={**data, "current": GOOD}, headers=PAGE)
        assert "Your password is set" in done.text
        assert one.get("/account", headers=PAGE).status_code == 200
        assert two.get("/account", headers=PAGE).status_code == 303


def test_a_token_has_no_account_of_its_own(server: Server) -> None:
    with server.client(server.token("read", person="ana@example.com")) as client:
        refused(client.get("/api/v1/sessions"), 403)
        refused(client.get("/account"), 403)
        refused(client.post("/api/v1/sessions/end", json={"everywhere": True}), 403)


def test_an_invitation_by_mail_makes_an_account_in_its_teams(door: Server, box: Mailbox) -> None:
    email = f"{unique('kim')}@example.com"
    admin, csrf = door.session(f"{unique('boss')}@example.com")
    with admin:
        door.do(door.house.teams.compose("payments", ["somebody@example.com"], **BY))
        data = {
            "csrf": csrf,
            "emails": f"{email}\nno-mail",
            "role": "reader",
            "team": "payments",
            "days": "2",
            "mail": "true",
        }
        page = admin.post("/people/invite", data=data, headers=PAGE)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert "no e-mail address" in page.text
        link = re.search(r"http[^<\s]+/invitation/[^<\s]+", page.text)
        assert link
        mail = box.next()
        while mail["To"] != email:
            mail = box.next()
        assert link[0] in mail.get_content()
        assert email in admin.get("/people", headers=PAGE).text
    path = link[0].removeprefix(door.url)
    with door.client() as kim:
        assert "read along" in kim.get(path, headers=PAGE).text
        token = path.rpartition("/")[2]
        weak = kim.post("/invitation", data={"token": token, "name": "Kim", "password": "short"}, headers=PAGE)
        assert weak.status_code == 400
        assert 'value="Kim"' in weak.text
        done = kim.post("/invitation", data={"token": token, "name": "Kim", "password": GOOD}, headers=PAGE)
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert kim.get(path, headers=PAGE).status_code == 404
        team = door.house.teams.get("payments")
        assert team is not None
        assert team.members[-1] == email
        # A reader reads, and is offered nothing else.
        assert 'class="plain reads"' in kim.get("/", headers=PAGE).text
        own = csrf_of(kim.get("/account", headers=PAGE))
        refused(kim.post("/incidents", data={"title": "x", "csrf": own}), 403, "forbidden")
        refused(kim.post("/people/invite", data={"emails": "x@example.com", "csrf": own}), 403, "forbidden")
        assert kim.post("/people/time-zone", data={"time_zone": "Asia/Kolkata", "csrf": own}).status_code == 303


def test_the_door_is_shut_to_bodies_without_end(door: Server) -> None:
    with door.client() as client:
        for path in ("/sign-in", "/sign-in/forgotten", "/password", "/invitation"):
            assert client.post(path, data={"email": "x" * 100_000}).status_code == 413
            assert client.post(path, content=b"\xff" * 100).status_code in (400, 403, 404)


def test_a_new_install_says_where_the_first_link_is(tmp_path: Path) -> None:
    with Server(tmp_path) as fresh, fresh.client() as client:
        assert "watchroom user link owner@localhost" in client.get("/sign-in", headers=PAGE).text
        fresh.do(fresh.house.credentials.add_user("ana@example.com", "Ana", admin=True, **BY))
        assert 'name="password"' in client.get("/sign-in", headers=PAGE).text
