"""The catalogue of services over HTTP: one, for programs, the page without a script, and the shell's old words."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.http.server import Server, refused, unique

HERE = "/settings/services"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own: the catalogue is everybody's."""
    with Server(tmp_path, services_max=5) as running:
        yield running
        with running.client() as client:
            assert "watchroom_unexpected_errors_total 0.0" in client.get("/metrics").text


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client(server.token("admin")) as client:
        yield client


def codes(answer: httpx.Response) -> list[str]:
    return [warning["code"] for warning in answer.json()["warnings"]]


def test_services_are_defined_and_removed(api: httpx.Client) -> None:
    made = api.post("/api/v1/services", json={"name": "a/b", "depends_on": ["c d", "c d"], "team": "shop"})
    assert made.json()["service"] == {"name": "a/b", "depends_on": ["c d"], "team": "shop", "tier": 0, "called": ""}
    assert codes(made) == ["unknown_service", "unknown_team"]
    assert api.get("/api/v1/services", params={"q": "A/"}).json()["items"] == [made.json()["service"]]
    assert api.get("/api/v1/services", params={"q": "Shop"}).json()["items"] == [made.json()["service"]]
    assert api.post("/api/v1/services", json={"name": "a/b"}).json()["service"]["team"] == "shop"
    refused(api.post("/api/v1/services", json={"name": ""}), 400)
    refused(api.post("/api/v1/services", json={"name": "x", "depend_on": []}), 400)
    assert api.delete("/api/v1/services", params={"name": "a/b"}).status_code == 200
    refused(api.delete("/api/v1/services", params={"name": "a/b"}), 404)


def test_the_page_says_tier_and_what_outsiders_call_it(api: httpx.Client) -> None:
    form = {"name": "web", "depends_on": "cart", "team": "shop", "tier": "1", "called": "the shop <b>"}
    with_page = {"Accept": "text/html"}
    assert api.post(HERE, data=form, headers=with_page).status_code in (200, 303)
    (kept,) = api.get("/api/v1/services", params={"q": "web"}).json()["items"]
    assert (kept["tier"], kept["called"]) == (1, "the shop <b>")
    page = api.get(HERE, headers=with_page).text
    assert "tier 1" in page
    assert "the shop &lt;b&gt;" in page
    assert api.post(HERE, data={**form, "tier": "9"}, headers=with_page).status_code == 400
    # What a form leaves empty is taken away.
    api.post(HERE, data={**form, "tier": "0", "called": ""}, headers=with_page)
    (kept,) = api.get("/api/v1/services", params={"q": "web"}).json()["items"]
    assert (kept["tier"], kept["called"]) == (0, "")


def test_only_an_admin_changes_them(server: Server) -> None:
    with server.client(server.token("read", "respond", "signals")) as reader:
        assert reader.get("/api/v1/services").status_code == 200
        refused(reader.post("/api/v1/services", json={"name": "x"}), 403, "forbidden")
        refused(reader.delete("/api/v1/services", params={"name": "x"}), 403, "forbidden")
        refused(reader.get(HERE), 403, "forbidden")


def test_services_on_the_page(server: Server, api: httpx.Client) -> None:
    client, csrf = server.session(f"{unique('admin')}@example.com")
    with client:
        sent = {"csrf": csrf, "name": "checkout", "depends_on": "payments, cart", "team": "shop"}
        answer = client.post(HERE, data=sent)
        assert answer.status_code == 200
        assert "checkout is kept. Nobody has defined payments, cart." in unescape(answer.text)
        assert "Others depend on these, and nobody has added them: cart, payments." in unescape(answer.text)
        found = {"name": "checkout", "depends_on": ["payments", "cart"], "team": "shop", "tier": 0, "called": ""}
        assert api.get("/api/v1/services").json()["items"] == [found]
        answer = client.post(HERE, data={"csrf": csrf, "name": "cart"})
        assert (answer.status_code, answer.headers["location"]) == (303, HERE)
        answer = client.post(HERE, data={"csrf": csrf, "name": "cart", "depends_on": "cart"})
        assert answer.status_code == 400
        assert "cart cannot depend on itself." in answer.text
        assert 'value="cart"' in answer.text
        answer = client.post(HERE + "/remove", data={"csrf": csrf, "name": "nobody"})
        assert answer.status_code == 404
        assert "There is no service" in answer.text
        for name in ("checkout", "cart"):
            assert client.post(HERE + "/remove", data={"csrf": csrf, "name": name}).status_code == 303
        assert api.get("/api/v1/services").json()["items"] == []
        assert "None yet." in client.get(HERE).text
        assert client.post(HERE, data={"name": "x"}).status_code == 403


def test_the_catalogue_is_full(api: httpx.Client) -> None:
    for number in range(5):
        assert api.post("/api/v1/services", json={"name": f"s{number}"}).status_code == 200
    refused(api.post("/api/v1/services", json={"name": "one more"}), 400)
    assert api.post("/api/v1/services", json={"name": "s1", "depends_on": ["s2"]}).status_code == 200


def test_a_service_that_is_not_in_the_catalogue_is_said(api: httpx.Client) -> None:
    said = api.post("/api/v1/incidents", json={"title": "Slow", "services": ["chekout"]})
    assert "unknown_service" not in codes(said), "an empty catalogue knows nothing better"
    for name in ("checkout", "search"):
        api.post("/api/v1/services", json={"name": name})
    opened = api.post("/api/v1/incidents", json={"title": "Slow", "services": ["checkout", "chekout"]})
    (warning,) = [each for each in opened.json()["warnings"] if each["code"] == "unknown_service"]
    assert warning["message"] == "chekout is not in the catalogue of services. Did you mean checkout?"
    room = f"/api/v1/incidents/{opened.json()['id']}/commands"
    tried = api.post(room, json={"command": "propose_intervention", "text": "Restart", "services": ["Search", "vault"]})
    assert [each["message"] for each in tried.json()["warnings"] if each["code"] == "unknown_service"] == [
        "Search is not in the catalogue of services. Did you mean search?",
        "vault is not in the catalogue of services.",
    ]
