"""The review over HTTP: everything that the page offers to keep is kept by one click, once."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.http.server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as running:
        yield running
        with running.client() as client:
            assert "watchroom_unexpected_errors_total 0.0" in client.get("/metrics").text


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client(server.token("admin")) as client:
        yield client


def test_one_click_keeps_all_that_nobody_has_kept(api: httpx.Client) -> None:
    room = api.post("/api/v1/incidents", json={"title": "Checkout is down"}).json()["id"]
    links = [f"https://grafana.example/d/{number}" for number in range(3)]
    for link in links:
        command = {"command": "note_observation", "text": f"See <{link[-1]}>", "link": link}
        assert api.post(f"/api/v1/incidents/{room}/commands", json=command).status_code == 200
    page = {"Accept": "text/html"}
    assert "Keep 3 more" in api.get(f"/incidents/{room}/review", headers=page).text
    assert api.post(f"/incidents/{room}/review/keep", headers=page).status_code in (200, 303)
    kept = api.get(f"/api/v1/incidents/{room}").json()["artefacts"]
    assert [each["link"] for each in kept] == links
    assert all(each["expires_at"] for each in kept)
    # Once more keeps nothing twice.
    api.post(f"/incidents/{room}/review/keep", headers=page)
    assert len(api.get(f"/api/v1/incidents/{room}").json()["artefacts"]) == 3
    again = api.get(f"/incidents/{room}/review", headers=page).text
    assert "3 artefacts kept" in again
    assert "Keep 3 more" not in again
