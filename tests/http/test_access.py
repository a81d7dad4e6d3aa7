"""Who may do what: every address with no token, a wrong one, one without the scope, and a browser's session."""

import httpx
import pytest

from tests.http.server import Server, alert, basic, receipts, refused, unique, webhook

READS = (
    "/api/v1/incidents", "/api/v1/incidents/{room}", "/api/v1/incidents/{room}/events", "/api/v1/incidents/{room}/flow",
    "/api/v1/incidents/{room}/stream", "/api/v1/commands", "/api/v1/signals", "/api/v1/signals/kept",
    "/api/v1/grouping", "/api/v1/grouping/history", "/api/v1/services", "/api/v1/categories", "/api/v1/search",
)  # fmt: skip
PAGES = (
    "/search",
    "/",
    "/signals",
    "/incidents/{room}",
    "/people",
    "/live/board",
    "/live/signals",
    "/incidents/{room}/live",
)
WRITES = {
    "/api/v1/incidents": {"title": "x"},
    "/api/v1/incidents/{room}/commands": {"command": "post_message", "text": "x"},
    "/api/v1/signals/{signal}/triage": {"verdict": "noise"},
    "/api/v1/signals/{signal}/withdraw": {},
}
FORMS = ("/incidents", "/incidents/{room}/do", "/incidents/{room}/say", "/signals/note", "/signals/sample", "/sign-out")
ADMIN_FORMS = (
    "/settings/sources", "/settings/tokens", "/settings/grouping", "/settings/services", "/settings/services/remove",
    "/settings/categories", "/settings/categories/retire", "/settings/categories/restore", "/settings/categories/merge",
)  # fmt: skip
OPEN = ("/healthz", "/readyz", "/metrics", "/openapi.json")


@pytest.fixture
def at(server: Server, api: httpx.Client, room: str) -> dict[str, str]:
    """What stands in the addresses."""
    sender = server.source()
    ((_, _stream),) = receipts(sender.webhook(webhook(alert(unique("Access")))))
    signal = api.get("/api/v1/signals", params={"q": sender.name}).json()["items"][0]["id"]
    sender.close()
    return {"room": room, "signal": signal}


def seq(api: httpx.Client, at: dict[str, str]) -> int:
    number: int = api.get(f"/api/v1/incidents/{at['room']}").json()["seq"]
    return number


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wr_tok_0"},
        {"Authorization": basic("x", "wr_tok_0")},
        {"Cookie": "wr_session=0"},
        {"Authorization": "Basic ???"},
    ],
)
def test_nobody_gets_in(server: Server, api: httpx.Client, at: dict[str, str], headers: dict[str, str]) -> None:
    before = seq(api, at)
    with server.client(**headers) as nobody:
        for path in READS:
            answer = nobody.get(path.format(**at))
            refused(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"]
        for path, body in WRITES.items():
            refused(nobody.post(path.format(**at), json=body), 401, "unauthenticated")
        for path in PAGES:
            answer = nobody.get(path.format(**at), headers={"Accept": "text/html"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        for path in (*FORMS, *ADMIN_FORMS):
            assert nobody.post(path.format(**at), data={"title": "x", "line": "x", "text": "x"}).status_code == 401
        for path in OPEN:
            assert nobody.get(path).status_code == 200
    assert seq(api, at) == before


def test_a_scope_reaches_as_far_as_it_says(server: Server, api: httpx.Client, at: dict[str, str]) -> None:
    before = seq(api, at)
    with server.client(server.token("read")) as reader, server.client(server.token("signals")) as robot:
        for path in READS:
            if not path.endswith("/stream"):
                assert reader.get(path.format(**at)).status_code == 200
            assert "read" in refused(robot.get(path.format(**at)), 403, "forbidden")["message"]
        for path, body in WRITES.items():
            for client in (reader, robot):
                assert "respond" in refused(client.post(path.format(**at), json=body), 403, "forbidden")["message"]
        for path in ("/api/v1/signals/alertmanager", "/api/v1/signals/generic", "/api/v2/alerts"):
            assert "signals" in refused(reader.post(path, json={}), 403, "forbidden")["message"]
        for path in ADMIN_FORMS:
            refused(reader.post(path, data={"name": "x", "kind": "generic"}), 403, "forbidden")
        refused(reader.get("/settings"), 403, "forbidden")
    with server.client(server.token("respond")) as responder:
        refused(responder.get(f"/api/v1/incidents/{at['room']}"), 403)
        refused(responder.post("/settings/tokens", data={"name": "x", "scope": "admin"}), 403)
    assert seq(api, at) == before


def test_a_key_in_the_url_is_good_for_signals_alone(server: Server, at: dict[str, str]) -> None:
    token = server.token("admin")
    with server.client() as client:
        refused(client.get(f"/in/{token}/api/v1/incidents"), 404)
        refused(client.get(f"/in/{token}/api/v1/signals"), 404)
        refused(client.post(f"/in/{token}/api/v1/incidents/{at['room']}/commands", json={}), 404)
        assert client.post(f"/in/{token}/api/v1/signals/generic", json={"title": unique("A")}).status_code == 200
        refused(client.post(f"/in/{server.token('read')}/api/v1/signals/generic", json={"title": "x"}), 401)


def test_a_session_needs_our_own_page(server: Server, api: httpx.Client, at: dict[str, str]) -> None:
    before = seq(api, at)
    client, csrf = server.session(f"{unique('ana')}@example.com")
    room = at["room"]
    with client:
        assert client.get(f"/api/v1/incidents/{room}").status_code == 200
        assert client.get("/", headers={"Accept": "text/html"}).status_code == 200
        for headers in ({}, {"X-CSRF-Token": "wrong"}, {"X-CSRF-Token": csrf[:-1]}):
            for path, body in WRITES.items():
                refused(client.post(path.format(**at), json=body, headers=headers), 403, "csrf")
            for path in (*FORMS, *ADMIN_FORMS):
                data = {"title": "x", "line": "x", "text": "x", "name": "x", "csrf": headers.get("X-CSRF-Token", "")}
                refused(client.post(path.format(**at), data=data), 403, "csrf")
        for foreign in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            for path, body in WRITES.items():
                answer = client.post(path.format(**at), json=body, headers={"X-CSRF-Token": csrf, **foreign})
                refused(answer, 403, "cross_site")
            refused(client.post(f"/incidents/{room}/say", data={"line": "x", "csrf": csrf}, headers=foreign), 403)
        assert seq(api, at) == before
        commands = f"/api/v1/incidents/{room}/commands"
        body = {"command": "post_message", "text": "x"}
        for own in ({"Origin": server.url}, {"Sec-Fetch-Site": "same-origin"}, {}):
            assert client.post(commands, json=body, headers={"X-CSRF-Token": csrf, **own}).status_code == 200
        assert client.post(f"/incidents/{room}/say", data={"line": "hello", "csrf": csrf}).status_code == 303
        assert seq(api, at) == before + 4
        assert client.post("/sign-out", data={"csrf": csrf}).status_code == 303
        refused(client.get(f"/api/v1/incidents/{room}"), 401)


def test_a_token_beside_a_cookie_decides(server: Server, at: dict[str, str]) -> None:
    client, _csrf = server.session(f"{unique('ben')}@example.com")
    with client:
        path = f"/api/v1/incidents/{at['room']}"
        refused(client.get(path, headers={"Authorization": "Bearer wrong"}), 401)
        reader = {"Authorization": f"Bearer {server.token('read')}"}
        refused(
            client.post(f"{path}/commands", json={"command": "post_message", "text": "x"}, headers=reader),
            403,
            "forbidden",
        )


def test_a_revoked_token_is_nobody_from_the_next_request_on(server: Server, room: str) -> None:
    name = unique("short-lived")
    token = server.token("read", "signals", name=name)
    with server.client(token) as client:
        assert client.get(f"/api/v1/incidents/{room}").status_code == 200
        assert client.post("/api/v1/signals/generic", json={"title": unique("A")}).status_code == 200
        server.do(server.house.credentials.tokens.revoke(name, actor="x", via="x"))
        refused(client.get(f"/api/v1/incidents/{room}"), 401)
        refused(client.post("/api/v1/signals/generic", json={"title": "x"}), 401)
        refused(client.post(f"/in/{token}/api/v1/signals/generic", json={"title": "x"}), 401)


def test_a_source_may_only_send(server: Server, at: dict[str, str]) -> None:
    source = server.source()
    with server.client(source.key) as client:
        for path in READS:
            refused(client.get(path.format(**at)), 403)
        for path, body in WRITES.items():
            refused(client.post(path.format(**at), json=body), 403)
    source.close()


def test_whoever_is_no_admin_is_told_who_is_and_led_back(server: Server) -> None:
    boss = f"{unique('boss')}@example.com"
    server.session(boss)[0].close()
    client, csrf = server.session(f"{unique('hand')}@example.com", admin=False)
    with client:
        board = client.get("/", headers={"Accept": "text/html"})
        assert 'href="/settings"' not in board.text
        for path in ("/settings", "/settings/profile", "/settings/services", "/settings/grouping"):
            page = client.get(path, headers={"Accept": "text/html"})
            assert page.status_code == 403
            assert "Only an admin can see and change this." in page.text
            assert "Ask " in page.text
            assert 'href="/"' in page.text
        data = {"csrf": csrf, "name": "x"}
        page = client.post("/settings/services", data=data, headers={"Accept": "text/html"})
        assert (page.status_code, "Only an admin" in page.text) == (403, True)
    client, _ = server.session(boss)
    with client:
        assert 'href="/settings"' in client.get("/", headers={"Accept": "text/html"}).text
