"""Reaching people: a page goes to a real mail server and to the open browser, each attempt is on record, and a page
that goes nowhere is never said to have reached anybody.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.mailbox import HANG, Mailbox
from tests.http.server import Program, Server, refused, unique, watchroom
from watchroom.detection.declaration import Declare


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with Mailbox() as made:
        yield made


@pytest.fixture
def mailing(box: Mailbox, tmp_path: Path) -> Iterator[Server]:
    """A server that mails, and tries again at once."""
    settings = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_tls": "none", "smtp_from": "wr@watch.test"}
    with Server(tmp_path, **settings, page_retry_s=1, page_retry_s_max=1) as server:
        yield server


def declared(api: httpx.Client, title: str = "Checkout is down") -> str:
    id: str = api.post("/api/v1/incidents", json={"title": unique(title), "impact": "all"}).json()["id"]
    return id


def give(api: httpx.Client, room: str, command: str, **fields: object) -> dict[str, Any]:
    answer = api.post(f"/api/v1/incidents/{room}/commands", json={"command": command, **fields})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def codes(answer: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in answer["warnings"]]


@contextmanager
def facts(api: httpx.Client, room: str) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Follow the room's facts; the function waits for the next of a kind."""
    with api.stream("GET", f"/api/v1/incidents/{room}/stream") as stream:
        lines = stream.iter_lines()

        def until(kind: str) -> dict[str, Any]:
            for line in lines:
                if line.startswith("data: ") and (event := json.loads(line[6:]))["kind"] == kind:
                    data: dict[str, Any] = event["data"]
                    return data
            raise AssertionError(f"the stream ended before {kind}")

        yield until


@contextmanager
def ring(browser: httpx.Client, path: str = "/live/me") -> Iterator[Callable[[str], str]]:
    """Have a page open; the function waits for a frame of the person's own that holds a text."""
    with browser.stream("GET", path) as stream:
        lines = stream.iter_lines()

        def until(text: str) -> str:
            for line in lines:
                if line.startswith("data: ") and 'hx-target="#ring"' in line and text in line:
                    return line
            raise AssertionError(f"the stream ended before {text}")

        yield until


def page_of(api: httpx.Client, room: str, id: str = "P1") -> dict[str, Any]:
    pages = {page["id"]: page for page in api.get(f"/api/v1/incidents/{room}").json()["pages"]}
    found: dict[str, Any] = pages[id]
    return found


def test_a_page_that_goes_nowhere_says_so(server: Server, api: httpx.Client) -> None:
    room = declared(api)
    answer = give(api, room, "page", person="nobody-home@example.com", text="Checkout is down")
    assert "not_delivered" in codes(answer)
    page = page_of(api, room)
    assert {name: page[name] for name in ("id", "to", "state", "via")} == {
        "id": "P1", "to": "nobody-home@example.com", "state": "waiting", "via": "",
    }  # fmt: skip
    for command in (
        {"command": "assign_role", "role": "technical_lead", "person": "nobody-home@example.com"},
        {"command": "assign_task", "person": "nobody-home@example.com", "text": "Look", "due_s": 60},
        {"command": "escalate", "to": "nobody-home@example.com", "text": "Help", "known": "p99"},
        {"command": "open_workstream", "name": "Alpha", "lead": "nobody-home@example.com", "limit": "look"},
    ):
        assert "not_delivered" in codes(give(api, room, **command)), command
    assert len(api.get(f"/api/v1/incidents/{room}").json()["pages"]) == 5


def test_what_cannot_be_paged_is_refused(api: httpx.Client) -> None:
    room = declared(api)
    path = f"/api/v1/incidents/{room}/commands"
    refused(api.post(path, json={"command": "page", "text": "x"}), 400, "malformed")
    refused(api.post(path, json={"command": "page", "text": "x", "person": "a@b.cd", "team": "t"}), 400, "malformed")
    refused(api.post(path, json={"command": "page", "text": "x", "team": "no such team"}), 409, "unknown_thing")
    refused(api.post(path, json={"command": "acknowledge_page", "page": "P1"}), 409, "unknown_thing")
    give(api, room, "page", person="ana@example.com", text="x")
    assert "for_another" in codes(give(api, room, "acknowledge_page", page="P1"))
    refused(api.post(path, json={"command": "acknowledge_page", "page": "P1"}), 409, "already_done")
    assert (page_of(api, room)["state"], page_of(api, room)["answered"]) == ("waiting", False)
    how = {"command": "acknowledge_page", "page": "P1", "reason": "She called me back"}
    assert api.post(path, json=how).json()["warnings"] == []
    heard = page_of(api, room)
    assert (heard["state"], heard["answered"], heard["heard_how"]) == ("acknowledged", True, "She called me back")
    refused(api.post(path, json=how), 409, "already_done")


def test_an_open_page_rings_and_answers(server: Server, api: httpx.Client) -> None:
    who = f"{unique('ringing')}@example.com"
    browser, csrf = server.session(who)
    room = declared(api, "Search <is> down")
    with browser, ring(browser) as until, facts(api, room) as fact:
        until("hx-partial")
        answer = give(api, room, "page", person=who, text="Come & <look>")
        assert "not_delivered" not in codes(answer)
        frame = until("Come &amp; &lt;look&gt;")
        assert f"/incidents/{room}/pages/P1/shown" in frame
        assert "DRILL" not in frame
        # Whatever page is opened now holds it already; nobody else's does.
        assert "Come &amp; &lt;look&gt;" in browser.get("/people", headers={"Accept": "text/html"}).text
        other, _ = server.session(f"{unique('other')}@example.com")
        assert "Come &amp;" not in other.get("/people", headers={"Accept": "text/html"}).text
        refused(other.post(f"/incidents/{room}/pages/P1/shown"), 403)
        other.close()
        for _ in range(2):
            shown = browser.post(f"/incidents/{room}/pages/P1/shown", headers={"X-CSRF-Token": csrf})
            assert shown.status_code == 204, shown.text
        assert fact("page_shown") == {"page": "P1"}
        assert page_of(api, room)["state"] == "shown"
        form = {"command": "acknowledge_page", "page": "P1", "csrf": csrf}
        assert browser.post(f"/incidents/{room}/do", data=form).status_code in (200, 303)
        assert "Come" not in until('#ring" hx-swap="innerMorph"> <')
        page = page_of(api, room)
        assert (page["state"], page["via"], page["acknowledged_by"]) == ("acknowledged", "browser", who)
    events = api.get(f"/api/v1/incidents/{room}/events").json()["items"]
    assert [event["kind"] for event in events].count("page_shown") == 1


def test_however_a_person_is_typed_they_are_found(server: Server, api: httpx.Client) -> None:
    who = f"{unique('typed')}@example.com"
    browser, _ = server.session(who)
    room = declared(api)
    with browser, ring(browser) as until:
        until("hx-partial")
        answer = give(api, room, "page", person=f" {who.upper()}", text="Come here")
        assert codes(answer) == []
        until("Come here")
    assert page_of(api, room)["to"] == who


def test_a_token_is_nobody_whom_a_page_could_wake(mailing: Server) -> None:
    with mailing.client(mailing.token("admin")) as api:
        answer = give(api, declared(api), "page", person="token:deploys", text="Come")
        (said,) = [each for each in answer["warnings"] if each["code"] == "not_delivered"]
        assert "nobody whom a page could wake" in said["message"]
        assert said["hint"] == "Page a person, by e-mail."


@pytest.mark.parametrize("person", ["a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "Ana <a@b.example>"])
def test_no_address_is_made_of_what_is_none(person: str, mailing: Server, box: Mailbox) -> None:
    with mailing.client(mailing.token("admin")) as api:
        room = declared(api)
        assert "not_delivered" in codes(give(api, room, "page", person=person, text="x"))
        give(api, room, "page", person="bo@example.com", text="y")
        assert box.next()["To"] == "bo@example.com"
        assert box.empty


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "1999-01-01T00:00:00Z"])
def test_a_time_that_nobody_can_mean_is_malformed(until: str, api: httpx.Client) -> None:
    room = declared(api)
    answer = api.post(f"/api/v1/incidents/{room}/commands", json={"command": "hold", "until": until})
    refused(answer, 400, "malformed")


def test_only_the_one_who_is_called_confirms_that_it_rang(server: Server, api: httpx.Client) -> None:
    room = declared(api)
    give(api, room, "page", person="ana@example.com", text="x")
    other, csrf = server.session(f"{unique('other')}@example.com")
    with other:
        headers = {"X-CSRF-Token": csrf}
        refused(other.post(f"/incidents/{room}/pages/P1/shown", headers=headers), 404)
        refused(other.post(f"/incidents/{room}/pages/P9/shown", headers=headers), 404)
    assert page_of(api, room)["state"] == "waiting"


def test_a_page_goes_by_mail(mailing: Server, box: Mailbox) -> None:
    mailing.do(
        mailing.house.credentials.add_user("ina@example.com", "Ina Roth", admin=True, actor="system:test", via="test")
    )
    with mailing.client(mailing.token("admin", person="ina@example.com")) as api:
        room = declared(api, "Checkout\u00a0für UK is down")
        with facts(api, room) as fact:
            answer = give(api, room, "page", person="bo@example.com", text="Come, please\nnow")
            assert "not_delivered" not in codes(answer)
            mail = box.next()
            assert mail["To"] == "bo@example.com"
            assert mail["Subject"] == "SEV 1 · Come, please now"
            assert mail["Message-ID"] == f"<P1.{room}@watch.test>"
            body = mail.get_content()
            assert "Checkout\u00a0für UK is down" in body
            assert f"{mailing.url}/incidents/{room}#page-P1" in body
            assert "Called by Ina Roth, " in body
            assert fact("page_delivered") == {"page": "P1", "channel": "email"}
        page = page_of(api, room)
        # A mail server's yes is not a person reached.
        assert (page["state"], page["via"]) == ("waiting", "email")
        assert page["delivered_at"]


def test_what_fails_is_tried_again_and_each_attempt_is_on_record(mailing: Server, box: Mailbox) -> None:
    box.answers = ["451 busy", ""]
    with mailing.client(mailing.token("admin")) as api:
        room = declared(api)
        with facts(api, room) as fact:
            give(api, room, "page", person="bo@example.com", text="Come")
            first = fact("page_failed")
            assert (first["attempt"], first["channel"]) == (1, "email")
            assert "451 busy" in first["why"]
            assert first["retry_at"]
            assert fact("page_failed")["attempt"] == 2
            assert fact("page_delivered") == {"page": "P1", "channel": "email", "attempt": 3}
        box.next()
        assert box.empty


def test_a_refusal_for_good_ends_it(mailing: Server, box: Mailbox) -> None:
    box.answers = ["550 no such person"]
    with mailing.client(mailing.token("admin")) as api:
        room = declared(api)
        with facts(api, room) as fact:
            give(api, room, "page", person="bo@example.com", text="Come")
            failed = fact("page_failed")
            assert "retry_at" not in failed or failed["retry_at"] is None
        assert page_of(api, room)["state"] == "failed"
        give(api, room, "page", person="cem@example.com", text="Then you")
        assert box.next()["To"] == "cem@example.com"
        assert box.empty


def test_nothing_is_mailed_about_practice(mailing: Server, box: Mailbox) -> None:
    rooms = mailing.house.rooms
    drill = mailing.do(
        rooms.declare_new(Declare(title="Everything is red"), actor="person:ana@example.com", via="t", practice=True)
    ).room
    with mailing.client(mailing.token("admin")) as api:
        assert "not_delivered" in codes(give(api, drill, "page", person="bo@example.com", text="Come"))
        give(api, drill, "page", person="ana@example.com", text="You play")
        mail = box.next()
        assert mail["To"] == "ana@example.com"
        assert mail["Subject"].startswith("DRILL · ")
        assert "DRILL · Everything is red" in mail.get_content()
        real = declared(api)
        give(api, real, "page", person="cem@example.com", text="Real")
        assert box.next()["To"] == "cem@example.com"
        assert box.empty


def test_a_page_survives_kill_9(box: Mailbox, tmp_path: Path) -> None:
    """Killed while the mail server does not answer: the next server sends it, under the same Message-ID."""
    made = watchroom("token", "create", "everything", "--scope", "admin", data=tmp_path)
    headers = {"Authorization": f"Bearer {made.stdout.strip()}"}
    box.answers = [HANG]
    environment: dict[str, Any] = {
        "WATCHROOM_SMTP_HOST": "127.0.0.1",
        "WATCHROOM_SMTP_PORT": str(box.port),
        "WATCHROOM_SMTP_TLS": "none",
        "WATCHROOM_SMTP_TIMEOUT_S": "60",
    }
    with Program(tmp_path, **environment) as program:
        with httpx.Client(base_url=program.url, headers=headers, trust_env=False, timeout=60) as api:
            room = declared(api)
            give(api, room, "page", person="bo@example.com", text="Come")
            first = box.tried.get(timeout=60)
        program.kill()
    with (
        Program(tmp_path, **environment) as program,
        httpx.Client(base_url=program.url, headers=headers, trust_env=False, timeout=60) as api,
        facts(api, room) as fact,
    ):
        assert box.next()["Message-ID"] == first
        assert fact("page_delivered") == {"page": "P1", "channel": "email"}
        kinds = [event["kind"] for event in api.get(f"/api/v1/incidents/{room}/events").json()["items"]]
        assert kinds.count("page_requested") == kinds.count("page_delivered") == 1
        assert "page_failed" not in kinds
    assert box.empty
    assert watchroom("incident", "verify", data=tmp_path).returncode == 0
