"""One real server for all tests of this folder, and the callers that most of them need."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.http.server import Sender, Server, unique


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server; tests keep apart by names of their own. Whatever they send, no answer is a mistake of ours."""
    with Server(tmp_path_factory.mktemp("watchroom")) as running:
        yield running
        with running.client() as client:
            assert "watchroom_unexpected_errors_total 0.0" in client.get("/metrics").text


@pytest.fixture(scope="session")
def api(server: Server) -> Iterator[httpx.Client]:
    """A program that may do everything."""
    with server.client(server.token("admin", name="everything")) as client:
        yield client


@pytest.fixture
def sender(server: Server) -> Iterator[Sender]:
    """An Alertmanager of the test's own."""
    made = server.source("alertmanager")
    yield made
    made.close()


@pytest.fixture
def room(api: httpx.Client) -> str:
    """A declared incident."""
    answer = api.post("/api/v1/incidents", json={"title": unique("Checkout is down")})
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


Command = Callable[..., httpx.Response]


@pytest.fixture
def command(api: httpx.Client, room: str) -> Command:
    """Gives the room a command."""

    def give(name: str, *, key: str | None = None, **fields: object) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key is not None else {}
        return api.post(f"/api/v1/incidents/{room}/commands", json={"command": name, **fields}, headers=headers)

    return give
