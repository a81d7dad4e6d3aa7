"""One shape of errors everywhere, the framework's own refusals among them; and what every answer carries."""

import httpx
import pytest

from tests.http.server import Sender, Server, refused, unique

SECURITY = {"content-security-policy", "x-content-type-options", "referrer-policy"}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/v1/incidents", {"GET", "POST"}), ("PUT", "/api/v1/incidents/{room}", {"GET"}),
        ("GET", "/api/v1/incidents/{room}/commands", {"POST"}), ("POST", "/api/v1/commands", {"GET"}),
        ("PATCH", "/api/v1/signals/x/triage", {"POST"}), ("DELETE", "/healthz", {"GET"}), ("POST", "/metrics", {"GET"}),
        ("GET", "/api/v1/signals/generic", {"POST"}), ("PUT", "/api/v2/alerts", {"POST"}), ("DELETE", "/", {"GET"}),
        ("POST", "/signals", {"GET"}),
    ],
)  # fmt: skip
def test_a_method_that_is_not_taken(api: httpx.Client, room: str, method: str, path: str, allowed: set[str]) -> None:
    answer = api.request(method, path.format(room=room))
    refused(answer, 405, "method_not_allowed")
    assert allowed <= set(answer.headers["allow"].replace(",", " ").split())


@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/api", "/api/v1", "/api/v1/nothing", "/api/v1/incidents/x/nothing", "/in", "/in/", "/in/x/nothing",
        "/api/v2/alerts/x", "/api/v1/signals/x/y", "/deliveries/x/y/put-away", "/static/nothing.js", "/static/../app.py",
        "/%2e%2e/%2e%2e/etc/passwd", "/static/%2e%2e/%2e%2e/app.py", "/\u540d", "/x" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_is_none(api: httpx.Client, path: str) -> None:
    for method in ("GET", "POST"):
        answer = api.request(method, path)
        assert answer.status_code in {404, 405}
        refused(answer, answer.status_code)
        assert len(answer.content) < 10_000


def test_a_person_gets_a_page(api: httpx.Client) -> None:
    for path, status in (("/nothing", 404), ("/incidents/zzzz-zzzz", 404), ("/signals/", 200)):
        answer = api.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html; charset=utf-8")
    refused(api.get("/api/v1/nothing", headers={"Accept": "text/html"}), 404)


def test_a_page_that_is_none_is_for_a_person(server: Server, api: httpx.Client) -> None:
    client, _ = server.session(f"{unique('lost')}@example.com")
    with client:
        for path in ("/nothing", "/incidents/zzzz-zzzz", "/incidents/zzzz-zzzz/review", "/signals/zzzz"):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 404
            main = answer.text[answer.text.index("<main") :]
            assert 'href="/"' in main
            assert 'href="/signals"' in main
            assert "board" in main
            for word in ("/api/", "GET ", "openapi"):
                assert word not in main
    # A program is told where the addresses are.
    assert "GET /openapi.json" in api.get("/nothing").json()["error"]["hint"]


def test_help_is_shown_to_whoever_asks_and_not_said_to_the_room(server: Server, api: httpx.Client, room: str) -> None:
    client, csrf = server.session(f"{unique('asks')}@example.com")
    before = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    with client:
        answer = client.post(f"/incidents/{room}/say", data={"csrf": csrf, "line": " /help "})
    assert answer.status_code == 200
    assert "What can be typed" in answer.text
    assert "/mitigated [I1 or WHAT STOPPED IT]" in answer.text
    assert f'href="/incidents/{room}"' in answer.text
    assert api.get(f"/api/v1/incidents/{room}").json()["seq"] == before


def test_every_answer_says_how_a_browser_must_treat_it(api: httpx.Client, sender: Sender) -> None:
    for path in ("/", "/api/v1/incidents", "/healthz", "/metrics"):
        assert set(api.get(path).headers) >= SECURITY
    policy = api.get("/").headers["content-security-policy"]
    assert "unsafe" not in policy


def test_refusals_say_so_too(api: httpx.Client) -> None:
    for path in ("/nothing", "/incidents/zzzz-zzzz"):
        assert set(api.get(path, headers={"Accept": "text/html"}).headers) >= SECURITY


def test_head_and_options(api: httpx.Client, room: str) -> None:
    for path in ("/healthz", "/readyz"):
        answer = api.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
    answer = api.options("/api/v1/commands")
    assert answer.status_code == 204
    assert {"GET", "OPTIONS"} <= set(answer.headers["allow"].replace(",", " ").split())
    assert "access-control-allow-origin" not in answer.headers
    assert api.head(f"/api/v1/incidents/{room}").content == b""


def test_the_content_type_of_json_is_not_asked(api: httpx.Client, room: str) -> None:
    body = b'{"command": "post_message", "text": "x"}'
    for type in (  # noqa: A001
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
        "application/xml",
    ):
        answer = api.post(f"/api/v1/incidents/{room}/commands", content=body, headers={"Content-Type": type})
        assert answer.status_code == 200


@pytest.mark.parametrize("length", [0, 200_000])
def test_a_form_that_cannot_be_read(api: httpx.Client, room: str, length: int) -> None:
    body = b"line=%ff\xff" + b"&a=b" * length
    answer = api.post(
        f"/incidents/{room}/say", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    refused(answer, 400)


def test_operations(api: httpx.Client, sender: Sender) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}
    ready = api.get("/readyz/").json()
    assert ready["status"] == "ok"
    assert ready["position"] >= 0
    metrics = api.get("/metrics")
    assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "watchroom_deliveries_total" in metrics.text
    sender.webhook(b"{")
    assert 'answer="400",kind="alertmanager"' in api.get("/metrics").text
