"""Two people command the same room at the same moment: both land, or one is told why and what to do."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.http.server import Server, refused

ROUNDS = 40


@pytest.fixture
def two(server: Server) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Two people, each with a token of their own."""
    people = ("ana@example.com", "bo@example.com")
    clients = [server.client(server.token("read", "respond", person=person)) for person in people]
    yield clients[0], clients[1]
    for client in clients:
        client.close()


def together(two: tuple[httpx.Client, httpx.Client], room: str, *bodies: dict[str, Any]) -> list[httpx.Response]:
    """Each sends one command, as nearly at the same moment as two threads can."""
    gate = threading.Barrier(2)

    def send(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
        gate.wait()
        return client.post(f"/api/v1/incidents/{room}/commands", json=body)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(send, two, bodies))


def events(client: httpx.Client, room: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/api/v1/incidents/{room}/events").json()["items"]
    assert [event["seq"] for event in items] == list(range(1, len(items) + 1))
    return items


def test_what_does_not_contradict_lands_twice(two: tuple[httpx.Client, httpx.Client], room: str) -> None:
    said = []
    for number in range(ROUNDS):
        words = [f"{number} of {who}" for who in ("ana", "bo")]
        answers = together(two, room, *({"command": "propose_hypothesis", "text": text} for text in words))
        assert [answer.status_code for answer in answers] == [200, 200]
        for text, answer in zip(words, answers, strict=True):
            (event,) = answer.json()["events"]
            assert event["data"]["text"] == text
            said.append((event["seq"], text, event["data"]["id"]))
    found = [event for event in events(two[0], room) if event["kind"] == "hypothesis_proposed"]
    assert sorted(said) == [(event["seq"], event["data"]["text"], event["data"]["id"]) for event in found]
    # No id is given twice, however close the two came.
    assert [event["data"]["id"] for event in found] == [f"H{number}" for number in range(1, 2 * ROUNDS + 1)]
    assert {event["actor"] for event in found} == {"person:ana@example.com", "person:bo@example.com"}


def test_of_two_who_saw_the_same_number_one_is_told(two: tuple[httpx.Client, httpx.Client], room: str) -> None:
    for number in range(ROUNDS):
        seq = two[0].get(f"/api/v1/incidents/{room}").json()["seq"]
        bodies = [
            {"command": "post_message", "text": f"{number} of {who}", "expected_seq": seq} for who in ("ana", "bo")
        ]
        answers = together(two, room, *bodies)
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        late = next(at for at, answer in enumerate(answers) if answer.status_code == 409)
        error = refused(answers[late], 409)
        assert error["code"] == "conflict"
        assert f"{seq + 1}" in error["message"]
        # Told so, the other reads on and says it again.
        now = two[late].get(f"/api/v1/incidents/{room}").json()["seq"]
        again = two[late].post(f"/api/v1/incidents/{room}/commands", json={**bodies[late], "expected_seq": now})
        assert again.status_code == 200
    assert sum(event["kind"] == "message_posted" for event in events(two[0], room)) == 2 * ROUNDS


def test_what_can_be_done_once_is_done_once(two: tuple[httpx.Client, httpx.Client], room: str) -> None:
    for _ in range(ROUNDS // 2):
        for name, fields in (("mark_mitigated", {"text": "rolled back"}), ("mark_impact_returned", {})):
            answers = together(two, room, *[{"command": name, **fields}] * 2)
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            late = next(answer for answer in answers if answer.status_code == 409)
            assert refused(late, 409)["code"] == "already_done"
    kinds = [event["kind"] for event in events(two[0], room)]
    assert kinds.count("impact_mitigated") == kinds.count("impact_returned") == ROUNDS // 2
