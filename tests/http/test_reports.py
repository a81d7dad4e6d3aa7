"""The report form: for who is signed in, and for anybody with a link, whom nothing else lets in."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.server import Server, refused, unique, walk

REPORT = {
    "what": "I cannot pay.\r\nNothing <b>happens</b>.",
    "since": "hour",
    "how_many": "all",
    "contact": "x@y.example",
}


def link(server: Server) -> tuple[str, str]:
    """A public link: its source's name and its path."""
    made = server.source("report")
    made.close()
    return made.name, f"/report/{made.key}"


def items(api: httpx.Client, word: str) -> list[dict[str, Any]]:
    return list(walk(api, "/api/v1/signals", q=word))


def test_a_customer_reports_without_a_cookie(server: Server, api: httpx.Client) -> None:
    name, path = link(server)
    with server.client(Accept="text/html") as nobody:
        page = nobody.get(path)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
        assert "script-src 'self'" in page.headers["content-security-policy"]
        thanks = nobody.post(path, data=REPORT)
        assert not nobody.cookies
    assert "set-cookie" not in thanks.headers
    found = re.search(r"R-[0-9A-F]{4}-[0-9A-F]{4}", thanks.text)
    assert found is not None
    assert "/incidents/" not in thanks.text, "a stranger learns of no room"
    (item,) = items(api, found.group())
    assert (item["kind"], item["source"], item["title"], item["state"]) == ("report", name, "I cannot pay.", "firing")
    assert "Nothing <b>happens</b>." in item["annotations"]["description"]
    assert "x@y.example" in item["annotations"]["description"]
    assert item["labels"]["how_many"] == "everybody, as far as is known"
    assert server.house.book.of(name).heard_at is not None


def test_what_is_missing_comes_back_with_what_was_written(server: Server, api: httpx.Client) -> None:
    name, path = link(server)
    with server.client(Accept="text/html") as nobody:
        for data, said in (
            ({**REPORT, "what": "  "}, "Say what you cannot do"),
            ({**REPORT, "what": "x" * 4_001}, "longer than 4000"),
            ({**REPORT, "contact": "x" * 201}, "longer than 200"),
            ({**REPORT, "since": "yesterday-ish"}, "none of those offered"),
            ({**REPORT, "homepage": "https://spam.example"}, "left empty"),
        ):
            answer = nobody.post(path, data=data)
            assert (answer.status_code, said in answer.text) == (400, True), data
            assert "everybody" in answer.text.lower()
        assert nobody.post(path, data={**REPORT, "what": "x" * 40_000}).status_code == 413
        assert nobody.post(path, content=b"\xff\xfe").status_code == 400
    assert items(api, name) == []


def test_a_link_opens_nothing_else_and_ends(server: Server, api: httpx.Client) -> None:
    name, path = link(server)
    key = path.rpartition("/")[2]
    with server.client(key) as holder, server.client() as nobody:
        refused(holder.post("/api/v1/signals/generic", json={"title": "x"}), 401)
        refused(nobody.post(f"/in/{key}/api/v1/signals/generic", json={"title": "x"}), 401)
        refused(holder.get("/api/v1/signals"), 401)
        other = server.source("generic")
        refused(nobody.get(f"/report/{other.key}"), 404)
        other.close()
        refused(nobody.get("/report/x"), 404)
        assert nobody.get(path).status_code == 200
        assert api.post(f"/api/v1/sources/{name}/disable").status_code == 200
        refused(nobody.get(path), 404)
        refused(nobody.post(path, data=REPORT), 404)
        renewed = api.post(f"/api/v1/sources/{name}/enable").json()
        assert renewed["addresses"]["form"].endswith(f"/report/{renewed['key']}")
        assert nobody.get(f"/report/{renewed['key']}").status_code == 200
        refused(nobody.get(path), 404)


def test_support_reports_and_is_led_to_the_room(server: Server, api: httpx.Client) -> None:
    email = f"{unique('support')}@example.com"
    client, csrf = server.session(email, admin=False)
    with client:
        assert "What does not work?" in client.get("/report").text
        what = unique("A customer cannot log in")
        refused(client.post("/report", data={**REPORT, "what": what}), 403, "csrf")
        thanks = client.post("/report", data={**REPORT, "what": what, "csrf": csrf})
        (item,) = items(api, what)
        assert f'href="/incidents/{item["stream"]}"' in thanks.text
        assert (item["source"], item["kind"]) == (f"report:{email}", "report")
        empty = client.post("/report", data={"csrf": csrf})
        assert (empty.status_code, "Say what you cannot do" in empty.text) == (400, True)
    with server.client(Accept="text/html") as nobody:
        assert nobody.get("/report").headers["location"] == "/sign-in"


def test_sent_twice_it_is_one_report(server: Server, api: httpx.Client) -> None:
    name, path = link(server)
    with server.client() as nobody:
        for _ in range(3):
            assert nobody.post(path, data=REPORT).status_code == 200
    # The minute may end between two of them, and then they are two.
    assert len(items(api, name)) <= 2
    assert sum(item["count"] for item in items(api, name)) == 3


@pytest.mark.parametrize("per_minute", [3])
def test_more_than_a_minute_holds_are_asked_to_come_back(per_minute: int, tmp_path: Path) -> None:
    with Server(tmp_path, reports_per_minute_max=per_minute) as server:
        _name, path = link(server)
        _other, path_2 = link(server)
        with server.client() as nobody:
            answers = [nobody.post(path, data={**REPORT, "what": unique("x")}) for _ in range(60)]
            codes = [answer.status_code for answer in answers]
            assert codes[:per_minute] == [200] * per_minute
            assert 429 in codes
            late = next(answer for answer in answers if answer.status_code == 429)
            assert "x@y.example" in late.text, "what was written is still there"
            assert nobody.post(path_2, data=REPORT).status_code == 200, "each link for itself"
