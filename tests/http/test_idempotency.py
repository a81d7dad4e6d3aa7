"""`Idempotency-Key`: a request that is sent again, for whatever reason, is done once and answered the same."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.http.conftest import Command
from tests.http.server import Server, refused, unique


def texts(api: httpx.Client, room: str) -> list[str]:
    """The texts of the room's messages, in order."""
    events = api.get(f"/api/v1/incidents/{room}/events").json()["items"]
    return [event["data"]["text"] for event in events if event["kind"] == "message_posted"]


def test_a_command_sent_again_is_done_once(command: Command, api: httpx.Client, room: str) -> None:
    key = unique("key")
    first = command("post_message", key=key, text="once")
    command("post_message", text="between")
    again = command("post_message", key=key, text="once")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert texts(api, room) == ["once", "between"]


def test_a_declaration_sent_again_is_done_once(api: httpx.Client) -> None:
    headers = {"Idempotency-Key": unique("key")}
    title = unique("declared")
    answers = [api.post("/api/v1/incidents", json={"title": title}, headers=headers) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(api.get("/api/v1/incidents", params={"q": title}).json()["items"]) == 1


def test_a_key_is_for_one_request(command: Command, api: httpx.Client, room: str) -> None:
    key = unique("key")
    command("post_message", key=key, text="one")
    assert "new key" in refused(command("post_message", key=key, text="two"), 409)["hint"]
    refused(command("note_observation", key=key, text="one"), 409)
    assert texts(api, room) == ["one"]


def test_keys_are_each_callers_own(server: Server, api: httpx.Client, room: str) -> None:
    key = {"Idempotency-Key": unique("key")}
    path, body = f"/api/v1/incidents/{room}/commands", {"command": "post_message", "text": "mine"}
    with server.client(server.token("respond")) as other:
        assert api.post(path, json=body, headers=key).status_code == 200
        assert other.post(path, json=body, headers=key).status_code == 200
    assert texts(api, room) == ["mine", "mine"]


def test_many_at_once_are_one(server: Server, api: httpx.Client, room: str) -> None:
    token = server.token("respond")
    path = f"/api/v1/incidents/{room}/commands"

    def send(number: int) -> tuple[int, str]:
        key = {"Idempotency-Key": f"at-once-{number % 4}-{room}"}
        with server.client(token) as client:
            body = {"command": "post_message", "text": f"at once {number % 4}"}
            answer = client.post(path, json=body, headers=key)
            return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(32)))
    assert {status for status, _ in answers} == {200}
    assert len({text for _, text in answers}) == 4
    assert sorted(texts(api, room)) == [f"at once {number}" for number in range(4)]


def test_declarations_at_once_are_one(server: Server, api: httpx.Client) -> None:
    title, key, token = unique("stampede"), {"Idempotency-Key": unique("key")}, server.token("respond")

    def send(_: int) -> str:
        with server.client(token) as client:
            return client.post("/api/v1/incidents", json={"title": title}, headers=key).text

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(16)))) == 1
    assert len(api.get("/api/v1/incidents", params={"q": title}).json()["items"]) == 1


def test_a_refusal_uses_no_key_up(command: Command, api: httpx.Client, room: str) -> None:
    key = unique("key")
    refused(command("add_evidence", key=key, hypothesis="H1", direction="for", text="x"), 409)
    command("propose_hypothesis", text="The release")
    assert command("add_evidence", key=key, hypothesis="H1", direction="for", text="x").status_code == 200


def test_a_key_has_a_limit(command: Command) -> None:
    refused(command("post_message", key="k" * 201, text="x"), 400)


def test_an_answer_given_again_has_its_warnings(command: Command) -> None:
    key = unique("key")
    first = command("assign_role", key=key, role="scribe", person="nobody@example.com")
    again = command("assign_role", key=key, role="scribe", person="nobody@example.com")
    assert again.json() == first.json()
