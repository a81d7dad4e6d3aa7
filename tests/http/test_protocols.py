"""The senders' own protocols over HTTP: where their keys stand, what they are answered, and that nothing is lost."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.http.server import Sender, Server, receipts, refused, unique, walk

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def nobody(server: Server) -> Iterator[httpx.Client]:
    """A client without a header of its own."""
    with server.client() as client:
        yield client


def event(key: str | None, action: str = "trigger", dedup: str | None = "k", **payload: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"event_action": action, "routing_key": key, "dedup_key": dedup}
    return {**body, "payload": {"summary": "Slow", "source": "web", "severity": "error", **payload}}


def items(api: httpx.Client, sender: Sender) -> list[dict[str, Any]]:
    return list(walk(api, "/api/v1/signals", q=sender.name))


def outcomes(answer: httpx.Response) -> list[str]:
    return [receipt["outcome"] for receipt in answer.json()["receipts"]]


@pytest.mark.parametrize("slash", ["", "/"])
def test_pagerduty_s_key_is_in_the_body(slash: str, server: Server, nobody: httpx.Client, api: httpx.Client) -> None:
    sender = server.source("pagerduty")
    answer = nobody.post(f"/v2/enqueue{slash}", json=event(sender.key))
    assert answer.status_code == 202
    body = answer.json()
    assert (body["status"], body["message"], body["dedup_key"]) == ("success", "Event processed", "k")
    assert outcomes(answer) == ["recorded"]
    assert outcomes(nobody.post("/v2/enqueue", json=event(sender.key))) == ["repeated"]
    assert outcomes(nobody.post("/v2/enqueue", json=event(sender.key, "acknowledge"))) == ["repeated"]
    assert outcomes(nobody.post("/v2/enqueue", json=event(sender.key, "resolve"))) == ["resolved"]
    assert outcomes(nobody.post("/v2/enqueue", json=event(sender.key, "acknowledge", "unseen"))) == ["unmatched"]
    assert outcomes(nobody.post("/v2/enqueue", json=event(sender.key))) == ["recorded"]
    # A client like pypd shows a header that is no key of ours, and means the one in the body.
    headers = {"Authorization": "Token token=None"}
    assert nobody.post("/v2/enqueue", json=event(sender.key), headers=headers).status_code == 202
    # The address may hold the key instead, and then the body's is of no matter.
    assert nobody.post(f"/in/{sender.key}/v2/enqueue{slash}", json=event("0" * 32)).status_code == 202
    (item,) = items(api, sender)
    assert (item["key"], item["title"], item["count"]) == ("k", "Slow", 7)
    kind = nobody.post("/api/v1/signals/pagerduty", json=event(sender.key))
    assert [outcome for outcome, _ in receipts(kind)] == ["repeated"]
    sender.close()


@pytest.mark.parametrize("body", [event(None), event(""), event("x" * 32), event("y" * 5_000), [], {"a": 1}, "text"])
@pytest.mark.parametrize("path", ["/v2/enqueue", "/v2/change/enqueue", "/generic/2010-04-15/create_event.json"])
def test_nobody_known_is_refused_and_nothing_is_kept(
    path: str, body: Any, nobody: httpx.Client, api: httpx.Client
) -> None:
    before = api.get("/api/v1/signals/kept").json()["items"]
    answer = nobody.post(path, json=body)
    assert answer.status_code == 401
    assert answer.json()["status"] == "invalid event"
    assert answer.json()["error"]["code"] == "unauthenticated"
    assert api.get("/api/v1/signals/kept").json()["items"] == before


def test_a_key_in_a_body_is_good_for_signals_alone(server: Server, nobody: httpx.Client) -> None:
    token = server.token("read")
    assert nobody.post("/v2/enqueue", json=event(token)).status_code == 401
    robot = server.token("admin", "signals")
    assert nobody.post("/v2/enqueue", json=event(robot)).status_code == 202


def test_a_long_body_of_nobody_known_is_not_read_to_its_end(server: Server, nobody: httpx.Client) -> None:
    answer = nobody.post("/v2/enqueue", json=event(None, note="x" * server.settings.unknown_sender_body_bytes_max))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "body_too_large"


def test_what_pagerduty_would_refuse_is_kept(server: Server, nobody: httpx.Client, api: httpx.Client) -> None:
    sender = server.source("pagerduty")
    answer = nobody.post("/v2/enqueue", json={"routing_key": sender.key, "event_action": "explode"})
    assert answer.status_code == 400
    assert answer.json()["status"] == "invalid event"
    assert answer.json()["errors"]
    kept = [each for each in api.get("/api/v1/signals/kept").json()["items"] if each["source"] == sender.name]
    assert "explode" in kept[0]["body"]
    assert kept[0]["path"] == "/v2/enqueue"
    sender.close()


def test_changes_are_listed_and_outlive_the_server(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        sender = server.source("pagerduty")
        with server.client() as nobody:
            for n in range(5):
                payload = {"summary": f"Deployed {n}", "source": "ci", "timestamp": f"2025-11-24T16:0{n}:00Z"}
                change = {"routing_key": sender.key, "payload": payload}
                answer = nobody.post("/v2/change/enqueue/", json=change)
                assert answer.status_code == 202
                assert answer.json()["message"] == "Change event processed"
                assert answer.json()["receipts"] == []
            assert nobody.get("/api/v1/changes").status_code == 401
        key = sender.key
        sender.close()
    with Server(tmp_path, changes_listed_max=3) as server, server.client(server.token("read")) as api:
        assert [item["summary"] for item in walk(api, "/api/v1/changes", limit=1)] == [
            f"Deployed {n}" for n in (4, 3, 2, 1, 0)
        ], "the list of before is taken up as it is"
        with server.client() as nobody:
            nobody.post("/v2/change/enqueue", json={"routing_key": key, "payload": {"summary": "Flag on"}})
        found = list(walk(api, "/api/v1/changes"))
        assert [item["summary"] for item in found] == ["Flag on", "Deployed 4", "Deployed 3"]
        assert [item["summary"] for item in walk(api, "/api/v1/changes", q="deployed ci")] == [
            "Deployed 4",
            "Deployed 3",
        ]


def test_opsgenie_by_its_addresses(server: Server, nobody: httpx.Client, api: httpx.Client) -> None:
    sender, other = server.source("opsgenie"), server.source("opsgenie")
    headers, alias = {"Authorization": f"GenieKey {sender.key}"}, "db/1 é"
    at = f"/v2/alerts/{quote(alias, safe='')}"
    made = nobody.post("/v2/alerts/", json={"message": "Slow", "alias": alias}, headers=headers)
    assert made.status_code == 202
    assert {"result", "took", "requestId", "receipts"} == made.json().keys()
    assert outcomes(made) == ["recorded"]
    status = nobody.get(f"/v2/alerts/requests/{made.json()['requestId']}", headers=headers).json()
    assert (status["data"]["success"], status["data"]["alias"], status["data"]["action"]) == (True, alias, "Create")
    for method, path, body in (
        ("POST", "acknowledge", {"user": "ana"}), ("POST", "unacknowledge", {}), ("POST", "snooze", {"endTime": "x"}),
        ("POST", "notes", {"note": "n"}), ("POST", "tags", {"tags": ["a"]}), ("POST", "details", {"details": {"a": "b"}}),
        ("POST", "assign", {"owner": {"id": "1"}}), ("POST", "escalate", {"escalation": {"id": "1"}}),
        ("POST", "responders", {"responder": {"id": "1"}}), ("POST", "actions/restart", {}),
        ("PUT", "priority", {"priority": "P1"}), ("PUT", "message", {"message": "m"}), ("PUT", "description", {"description": "d"}),
        ("DELETE", "tags?tags=a&user=ana", None), ("DELETE", "details?keys=a", None),
    ):  # fmt: skip
        answer = nobody.request(method, f"{at}/{path}", json=body, headers=headers)
        assert (answer.status_code, outcomes(answer)) == (202, ["repeated"]), path
    (item,) = items(api, sender)
    told = [
        fact["data"]["text"]
        for fact in api.get(f"/api/v1/incidents/{item['stream']}/events").json()["items"]
        if fact["kind"] == "observation_noted"
    ]
    assert len(told) == 13, "what programs do at each repeat is not told in the room"
    assert told[-2] == f"Untagged in {sender.name} by ana: tags a"
    shown = nobody.get(f"{at}?identifierType=alias", headers=headers).json()["data"]
    assert (shown["alias"], shown["status"], shown["count"]) == (alias, "open", 16)
    # Another sender's key sees and ends its own alerts alone.
    theirs = {"Authorization": f"GenieKey {other.key}"}
    assert nobody.get(at, headers=theirs).status_code == 404
    assert (
        nobody.get(f"/v2/alerts/requests/{made.json()['requestId']}", headers=theirs).json()["data"]["success"] is False
    )
    assert outcomes(nobody.post(f"{at}/close", json={}, headers=theirs)) == ["unmatched"]
    assert outcomes(nobody.post(f"/in/{sender.key}{at}/close/", content=b"")) == ["resolved"]
    assert nobody.get(f"/in/{sender.key}{at}").json()["data"]["status"] == "closed"
    assert nobody.get("/v2/alerts/count", headers=headers).json()["data"] == {"count": 1}
    assert outcomes(nobody.request("DELETE", at, headers=headers)) == ["repeated"]
    for each in (sender, other):
        each.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/alerts/requests/x", 404), ("GET", "/v2/alerts/requests/" + "f" * 36, 404), ("GET", "/v2/alerts/a/b/c", 404),
        ("GET", "/v2/alerts?limit=x", 400), ("PATCH", "/v2/alerts/a", 405), ("PUT", "/v2/alerts", 405), ("POST", "/v2/alerts/a/b/c", 400),
        ("GET", "/v2/enqueue", 405), ("PUT", "/api/v1/signals/sns", 405), ("POST", "/v2/enqueue/more", 404),
    ],
)  # fmt: skip
def test_addresses_that_do_not_fit(method: str, path: str, status: int, server: Server, nobody: httpx.Client) -> None:
    sender = server.source("opsgenie")
    for prefix, headers in ((f"/in/{sender.key}", {}), ("", {"Authorization": f"Bearer {sender.key}"})):
        answer = nobody.request(method, prefix + path, headers=headers)
        assert answer.status_code == status, answer.text
        assert {"code", "message", "hint"} == answer.json()["error"].keys()
    assert nobody.request(method, path).status_code in (401, 404)
    sender.close()


def test_sns_waits_for_a_person(server: Server, api: httpx.Client, nobody: httpx.Client) -> None:
    sender = server.source("sns")
    confirmation = {
        "Type": "SubscriptionConfirmation", "MessageId": "m", "Token": "t0k", "TopicArn": "arn:aws:sns:eu-west-1:111:ops",
        "Message": "You have chosen to subscribe", "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
    }  # fmt: skip
    headers = {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "SubscriptionConfirmation"}
    answer = nobody.post(f"/in/{sender.key}/api/v1/signals/sns", content=json.dumps(confirmation), headers=headers)
    assert receipts(answer) == []
    (kept,) = [each for each in api.get("/api/v1/signals/kept").json()["items"] if each["source"] == sender.name]
    assert kept["code"] == "confirm_subscription"
    assert "aws sns confirm-subscription" in kept["message"]
    page = api.get("/signals", headers={"Accept": "text/html"}).text
    assert "arn:aws:sns:eu-west-1:111:ops" in page.partition("For you to look at")[2].partition("Could not be read")[0]
    alarm = {"AlarmName": "cpu", "NewStateValue": "ALARM", "NewStateReason": "high", "AlarmArn": unique("arn")}
    note = {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:111:ops", "Message": json.dumps(alarm)}
    headers["x-amz-sns-message-type"] = "Notification"
    answer = nobody.post(f"/in/{sender.key}/api/v1/signals/sns", content=json.dumps(note), headers=headers)
    assert [outcome for outcome, _ in receipts(answer)] == ["recorded"]
    raw = {"Content-Type": "text/plain", "x-amz-sns-rawdelivery": "true", "x-amz-sns-topic-arn": "arn"}
    over = json.dumps({**alarm, "NewStateValue": "OK"})
    answer = nobody.post(f"/in/{sender.key}/api/v1/signals/sns/", content=over, headers=raw)
    assert [outcome for outcome, _ in receipts(answer)] == ["resolved"]
    sender.close()


def test_cloudevents_in_all_three_ways(server: Server, api: httpx.Client) -> None:
    sender = server.source("cloudevents")
    head = {"specversion": "1.0", "id": "1", "source": "/probe", "type": "disk.full", "subject": "db-1"}
    data = {"title": "Disk full", "severity": "high"}
    address = "/api/v1/signals/cloudevents"
    structured = sender.post(
        address, json.dumps({**head, "data": data}).encode(), **{"Content-Type": "application/cloudevents+json"}
    )
    assert [outcome for outcome, _ in receipts(structured)] == ["recorded"]
    binary = {f"ce-{name}": value for name, value in head.items()}
    for path in (address, "/api/v1/signals/generic"):
        assert [outcome for outcome, _ in receipts(sender.post(path, json.dumps(data).encode(), **binary))] == [
            "repeated"
        ]
    over = {**head, "type": "disk.full.resolved"}
    batch = json.dumps([{**head, "subject": "db-2", "data": data}, over]).encode()
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    assert [outcome for outcome, _ in receipts(sender.post(address, batch, **kind))] == ["recorded", "resolved"]
    assert {item["title"] for item in items(api, sender)} == {"Disk full"}
    refused_ = refused(sender.post(address, b"{", **binary), 400, "malformed")
    assert "kept" in refused_["hint"]
    sender.close()


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"Name=Shop&Status=Down&URL=https%3A%2F%2Fshop.example&StatusCode=0", "Shop"),
        (b"payload=%7B%22text%22%3A+%22Disk+full%22%7D", "Disk full"),
        (b'{"title": "curl says that this is a form"}', "curl says that this is a form"),
    ],
)
def test_forms(body: bytes, title: str, server: Server, api: httpx.Client) -> None:
    sender = server.source("generic")
    assert [outcome for outcome, _ in receipts(sender.post("/api/v1/signals/generic", body, **URLENCODED))] == [
        "recorded"
    ]
    assert [item["title"] for item in items(api, sender)] == [title]
    answer = sender.post("/api/v1/signals/generic", b"\xff=%ff", **URLENCODED)
    assert refused(answer, 400)["hint"].endswith("The body is kept and shown in the inbox.")
    sender.close()


def test_the_same_acknowledgement_again_is_told_once(server: Server, api: httpx.Client) -> None:
    sender = server.source("generic")
    body = {"title": "Slow", "dedup_key": "k", "status": "acknowledged"}
    stream = None
    for _ in range(3):
        ((_, stream),) = receipts(sender.generic(body))
        api.get("/api/v1/signals")  # The inbox has taken in what was written.
    assert f"Acknowledged in {sender.name}" in api.get("/signals", headers={"Accept": "text/html"}).text
    events = api.get(f"/api/v1/incidents/{stream}/events").json()["items"]
    assert [each["data"]["text"] for each in events if each["kind"] == "observation_noted"] == [
        f"Acknowledged in {sender.name}"
    ]
    (item,) = items(api, sender)
    assert (item["state"], item["triage"]) == ("firing", "open")
    receipts(sender.generic({**body, "status": "resolved"}))
    receipts(sender.generic({**body, "status": "firing"}))
    assert items(api, sender)[0]["remark"] is None
    sender.close()


def test_remarks_follow_their_signal_into_rooms_that_people_write_in(
    server: Server, nobody: httpx.Client, api: httpx.Client
) -> None:
    sender = server.source("pagerduty")
    rooms = [
        nobody.post("/v2/enqueue", json=event(sender.key, dedup=dedup)).json()["receipts"][0]["stream"]
        for dedup in ("first", "second")
    ]

    def acknowledge(dedup: str) -> dict[str, Any]:
        answer = nobody.post("/v2/enqueue", json=event(sender.key, "acknowledge", dedup))
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = answer.json()["receipts"][0]
        return receipt

    def told(room: str) -> int:
        events = api.get(f"/api/v1/incidents/{room}/events").json()["items"]
        return sum(each["kind"] == "observation_noted" for each in events)

    for room in rooms:
        assert api.post("/api/v1/incidents", json={"title": "Declared", "stream": room}).status_code == 201
    assert acknowledge("first")["stream"] == rooms[0]
    assert told(rooms[0]) == 1
    by_key = {item["key"]: item["id"] for item in items(api, sender)}
    verdict = {"verdict": "duplicate", "of": rooms[0]}
    assert api.post(f"/api/v1/signals/{by_key['second']}/triage", json=verdict).status_code == 200
    assert acknowledge("second")["stream"] == rooms[0]
    assert (told(rooms[0]), told(rooms[1])) == (2, 0)
    sender.close()
