"""The categories of incidents over HTTP: for programs, on the page without a script, and in a room."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.http.secrets import told
from tests.http.server import Server, refused

HERE = "/settings/categories"
API = "/api/v1/categories"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own: the categories are everybody's."""
    with Server(tmp_path, categories_max=6) as running:
        yield running


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client(server.token("admin")) as client:
        yield client


def tree(api: httpx.Client, **query: str) -> list[str]:
    return ["  " * each["depth"] + each["name"] for each in api.get(API, params=query).json()["items"]]


def test_categories_are_defined_retired_merged_and_offered_again(api: httpx.Client) -> None:
    assert api.get(API).json() == {"items": [], "next": None}
    made = api.post(API, json={"name": "Third party", "description": "A vendor failed"})
    assert made.status_code == 200
    assert made.json()["state"] == "offered"
    assert api.post(API, json={"name": "Cloud", "parent": "third party"}).status_code == 200
    assert api.post(API, json={"name": "Vendor"}).status_code == 200
    assert tree(api) == ["Third party", "  Cloud", "Vendor"]
    refused(api.post(f"{API}/retire", json={"name": "Third party"}), 409, "refused")
    assert api.post(f"{API}/merge", json={"name": "Third party", "into": "Vendor", "reason": "x"}).json() == {}
    assert tree(api, offered="true") == ["Vendor", "  Cloud"]
    assert api.post(f"{API}/retire", json={"name": "Cloud"}).json() == {}
    assert tree(api, offered="true") == ["Vendor"]
    assert tree(api, q="third") == ["Third party"]
    assert api.post(f"{API}/restore", json={"name": "Third party"}).json() == {}
    assert tree(api, offered="true") == ["Third party", "Vendor"]
    refused(api.post(f"{API}/restore", json={"name": "Third party"}), 409, "already_done")
    refused(api.post(f"{API}/retire", json={"name": "Nothing"}), 404, "not_found")
    refused(api.post(API, json={"name": "a,b"}), 400, "malformed")
    refused(api.post(API, json={"name": "x", "colour": "red"}), 400, "malformed")
    for number in range(3):
        assert api.post(API, json={"name": f"Kind {number}"}).status_code == 200
    refused(api.post(API, json={"name": "One too many"}), 400, "malformed")


def test_a_room_is_categorised_by_them(server: Server, api: httpx.Client) -> None:
    api.post(API, json={"name": "Third party"})
    api.post(API, json={"name": "Vendor"})
    api.post(f"{API}/merge", json={"name": "Vendor", "into": "Third party"})
    room = api.post("/api/v1/incidents", json={"title": "x"}).json()["id"]
    done = told(server, api, room, "categorise", categories=["vendor", "Third praty"])
    assert [warning["code"] for warning in done["warnings"]] == ["category_merged", "unknown_category"]
    assert done["events"][0]["data"]["categories"] == ["Third party", "Third praty"]
    known = api.get(f"/incidents/{room}/completions").json()
    assert known["category"][0] == "Third party"


def test_the_page_works_without_a_script_and_says_who_changed_what(server: Server) -> None:
    client, csrf = server.session("ana@example.com")
    with client:

        def sent(path: str = "", **fields: str) -> httpx.Response:
            return client.post(f"{HERE}{path}", data={"csrf": csrf, **fields}, headers={"Accept": "text/html"})

        assert "None yet." in client.get(HERE).text
        assert sent(name="Third party", description="A vendor <failed>").status_code == 303
        assert sent(name="Cloud", parent="Third party").status_code == 303
        assert sent("/retire", name="Cloud", reason="Never used").status_code == 303
        page = unescape(client.get(HERE).text)
        for word in ("A vendor <failed>", "Put away", "retired", "Never used", "retired it", "Who changed what"):
            assert word in page
        assert "<failed>" not in client.get(HERE).text
        wrong = sent(name="a,b", description="kept", parent="Third party")
        assert wrong.status_code == 400
        assert 'value="kept"' in wrong.text
        assert "without a comma" in wrong.text
        assert sent("/restore", name="Cloud").status_code == 303
        assert sent("/merge", name="Cloud", into="Third party", reason="Too fine").status_code == 303
        assert "is part of Third party now" in unescape(client.get(HERE).text)
        log = client.get("/settings/audit", params={"area": "categories"}).text
        for word in ("The category Third party", "Retired the category Cloud", "Merged the category Cloud into"):
            assert word in log
    reader, _ = server.session("bo@example.com", admin=False)
    with reader:
        assert reader.get(HERE).status_code == 403
        assert reader.get(API).status_code == 200
