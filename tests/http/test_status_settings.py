"""The settings of the status page, as an admin's browser sends them without a script."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.http.server import Server

HERE = "/settings/status"
Send = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("status-settings")) as server:
        yield server


@pytest.fixture
def admin(house: Server) -> Iterator[Send]:
    client, csrf = house.session("root@example.com")

    def send(path: str, **fields: Any) -> httpx.Response:
        return client.post(f"{HERE}{path}", data={"csrf": csrf, **fields})

    yield send
    client.close()


def components(house: Server) -> list[dict[str, Any]]:
    with house.client() as visitor:
        found: list[dict[str, Any]] = visitor.get("/status/api/v2/components.json").json()["components"]
    return found


def windows(house: Server) -> list[dict[str, Any]]:
    with house.client() as visitor:
        document = visitor.get("/status/api/v2/scheduled-maintenances.json").json()
    found: list[dict[str, Any]] = document["scheduled_maintenances"]
    return found


def test_components_are_made_changed_ordered_and_removed(house: Server, admin: Send) -> None:
    for name, group in (("Shop", ""), ("Mail", "Letters"), ("Post", "Letters")):
        assert admin("/components", name=name, group=group, services="a, b").status_code == 303
    by_name = {each["name"]: each["id"] for each in components(house)}
    assert list(by_name) == ["Shop", "Letters", "Mail", "Post"]
    assert admin("/components/move", id=by_name["Post"], to="up").status_code == 303
    assert admin("/components/move", id=by_name["Shop"], to="down").status_code == 303
    assert [each["name"] for each in components(house)] == ["Letters", "Post", "Mail", "Shop"]
    assert admin("/components", id=by_name["Post"], name="Parcels", about="Big ones").status_code == 303
    assert {each["name"]: each["description"] for each in components(house)}["Parcels"] == "Big ones"
    assert admin("/components/remove", id=by_name["Post"]).status_code == 303
    assert "Parcels" not in {each["name"] for each in components(house)}


def test_what_cannot_be_kept_says_why_and_changes_nothing(house: Server, admin: Send) -> None:
    before = components(house)
    admin("/components", name="Only one")
    for path, fields in (
        ("/components", {"name": "only ONE"}),
        ("/components", {"name": ""}),
        ("/components", {"name": "New", "id": "nothing"}),
        ("/components/move", {"id": "nothing"}),
        ("/components/remove", {"id": "nothing"}),
        ("", {"shown": "true", "help_url": "javascript:alert(1)"}),
        ("/maintenance", {"name": "Late", "starts_at": "2026-01-02T10:00", "ends_at": "2026-01-02T09:00"}),
        ("/maintenance", {"name": "When?", "starts_at": "soon", "ends_at": "later"}),
        (
            "/maintenance",
            {"name": "x", "starts_at": "2026-01-02T10:00", "ends_at": "2026-01-02T11:00", "component": "?"},
        ),
        ("/maintenance/note", {"id": "nothing", "state": "completed"}),
        ("/maintenance/note", {"id": "nothing", "state": "odd"}),
        ("/maintenance/call-off", {"id": "nothing"}),
    ):
        answer = admin(path, **fields)
        assert answer.status_code in (400, 404, 409), (path, fields)
        assert 'role="alert"' in answer.text, (path, fields)
    assert [each["name"] for each in components(house)] == [*(each["name"] for each in before), "Only one"]


def test_maintenance_is_announced_told_and_called_off(house: Server, admin: Send) -> None:
    admin("/components", name="Store")
    store = {each["name"]: each["id"] for each in components(house)}["Store"]
    fields = {"name": "Upgrade", "starts_at": "2999-01-02T10:00", "ends_at": "2999-01-02T11:00Z", "component": store}
    assert admin("/maintenance", **fields, text="Orders may be slow").status_code == 303
    [window] = windows(house)
    assert (window["status"], window["scheduled_for"]) == ("scheduled", "2999-01-02T10:00:00.000Z")
    assert [each["name"] for each in window["components"]] == ["Store"]
    assert (
        admin("/maintenance/note", id=window["id"], state="in_progress", text="Sooner than planned").status_code == 303
    )
    [window] = windows(house)
    assert (window["status"], window["incident_updates"][0]["body"]) == ("in_progress", "Sooner than planned")
    assert {each["name"]: each["status"] for each in components(house)}["Store"] == "under_maintenance"
    assert admin("/maintenance", **fields, id=window["id"], text="Another text").status_code == 303
    assert [each["id"] for each in windows(house)] == [window["id"]]
    assert admin("/maintenance/note", id=window["id"], state="completed").status_code == 303
    assert windows(house)[0]["status"] == "completed"
    assert admin("/maintenance/call-off", id=window["id"]).status_code == 303
    assert windows(house) == []


def test_only_an_admin_changes_it(house: Server) -> None:
    client, csrf = house.session("plain@example.com", admin=False)
    with client:
        assert client.get(HERE, headers={"Accept": "text/html"}).status_code == 403
        for path in ("", "/components", "/components/move", "/components/remove", "/maintenance", "/maintenance/note",
                     "/maintenance/call-off"):  # fmt: skip
            assert client.post(f"{HERE}{path}", data={"csrf": csrf, "name": "x"}).status_code == 403, path
        assert client.post(HERE, data={"shown": "false"}).status_code == 403
