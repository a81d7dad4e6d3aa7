"""What real senders do: repeats, ends without beginnings, groups that change, storms. And what they really sent,
captured.

The payloads in `payloads/` are the project's own captures of a real Alertmanager 0.25.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import peers
from tests.http.server import Sender, Server, alert, basic, receipts, refused, unique, walk, webhook

PAYLOADS = sorted(Path(__file__).with_name("payloads").glob("*.json"))
ITEM = {
    "id", "key", "source", "state", "title", "labels", "annotations", "starts_at", "ends_at", "count", "stream", "triage",
}  # fmt: skip


def items(api: httpx.Client, sender: Sender, **query: str) -> list[dict[str, Any]]:
    """This sender's signals."""
    return list(walk(api, "/api/v1/signals", q=sender.name, **query))


def outcomes(answer: httpx.Response) -> list[str]:
    return [outcome for outcome, _ in receipts(answer)]


def body_of(path: Path) -> bytes:
    captured = json.loads(path.read_bytes())
    raw: str | None = captured["raw_body"]
    return raw.encode() if raw is not None else json.dumps(captured["body"]).encode()


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
def test_what_a_real_alertmanager_sent(path: Path, sender: Sender, api: httpx.Client) -> None:
    body = body_of(path)
    sent = json.loads(body)
    found = receipts(sender.webhook(body))
    assert len(found) == len(sent["alerts"])
    if sent["status"] == "resolved":
        assert {outcome for outcome, _ in found} == {"unmatched"}
        assert items(api, sender) == []
        return
    assert {outcome for outcome, _ in found} == {"recorded"}
    assert len({stream for _, stream in found}) == 1, "a group opens one room"
    listed = {json.dumps(item["labels"], sort_keys=True): item for item in items(api, sender)}
    for one in sent["alerts"]:
        item = listed[json.dumps(one["labels"], sort_keys=True)]
        assert item.keys() >= ITEM
        assert item["annotations"] == one["annotations"]
        assert item["starts_at"] == one["startsAt"].replace("Z", "000Z")
        assert (item["state"], item["ends_at"], item["count"], item["triage"]) == ("firing", None, 1, "open")
        assert item["truncated"] == sent["truncatedAlerts"]
        assert one["labels"]["alertname"] in item["title"]
    assert set(outcomes(sender.webhook(body))) == {"repeated"}


def test_a_storm_says_what_was_left_out(sender: Sender, api: httpx.Client) -> None:
    alerts = [alert("PodCrashLooping", pod=f"worker-{n}", run=sender.name) for n in range(100)]
    found = receipts(sender.webhook(webhook(*alerts, truncated=50)))
    assert len({stream for _, stream in found}) == 1
    assert {item["truncated"] for item in items(api, sender)} == {50}
    page = api.get("/signals", headers={"Accept": "text/html"}).text
    assert "left out 50 more" in page
    receipts(sender.webhook(webhook(*alerts, truncated=0)))
    assert {item["truncated"] for item in items(api, sender)} == {0}


def test_trigger_resolve_trigger(sender: Sender, api: httpx.Client) -> None:
    name = unique("Flapping")
    first, over = alert(name), alert(name, status="resolved")
    ((_, stream),) = receipts(sender.webhook(webhook(first)))
    assert outcomes(sender.webhook(webhook(first))) == ["repeated"]
    assert outcomes(sender.webhook(webhook(over))) == ["resolved"]
    (item,) = items(api, sender)
    assert (item["state"], item["ends_at"]) == ("resolved", "2026-11-23T03:20:47.189000Z")
    assert outcomes(sender.webhook(webhook(over))) == ["repeated"]
    again = {**first, "startsAt": "2026-11-23T04:00:00Z"}
    assert receipts(sender.webhook(webhook(again))) == [("recorded", stream)]
    (item,) = items(api, sender)
    assert (item["state"], item["ends_at"], item["count"]) == ("firing", None, 5)
    kinds = [event["kind"] for event in api.get(f"/api/v1/incidents/{stream}/events").json()["items"]]
    assert kinds.count("signal_recorded") == 2
    assert kinds.count("signal_resolved") == 1


def test_an_end_without_a_beginning(sender: Sender, api: httpx.Client) -> None:
    name = unique("Unseen")
    assert receipts(sender.webhook(webhook(alert(name, status="resolved")))) == [("unmatched", None)]
    assert items(api, sender) == []
    assert outcomes(sender.webhook(webhook(alert(name)))) == ["recorded"]


def test_a_new_start_without_an_end_is_news(sender: Sender) -> None:
    one = alert(unique("Restarted"))
    assert outcomes(sender.webhook(webhook(one))) == ["recorded"]
    assert outcomes(sender.webhook(webhook({**one, "startsAt": "2026-11-23T05:00:00Z"}))) == ["recorded"]
    assert outcomes(sender.webhook(webhook({**one, "startsAt": "2026-11-23T05:00:00Z"}))) == ["repeated"]


def test_the_members_of_a_group_change(sender: Sender, api: httpx.Client) -> None:
    name = unique("Group")
    one, two, three = (alert(name, instance=instance) for instance in "abc")
    ((_, stream), _) = receipts(sender.webhook(webhook(one, two)))
    assert receipts(sender.webhook(webhook(two, three))) == [("repeated", stream), ("recorded", stream)]
    over = {**one, "status": "resolved", "endsAt": "2026-11-23T03:30:00Z"}
    assert receipts(sender.webhook(webhook(over, three))) == [("resolved", stream), ("repeated", stream)]
    assert sorted(item["state"] for item in items(api, sender)) == ["firing", "firing", "resolved"]


def test_one_alert_through_two_receivers_is_one_item(sender: Sender, api: httpx.Client) -> None:
    one = alert(unique("Twice"))
    ((_, stream),) = receipts(sender.webhook(webhook(one, group="{}:{alertname=a}", receiver="team")))
    assert receipts(sender.webhook(webhook(one, group='{}/{team="x"}:{}', receiver="all"))) == [("repeated", stream)]
    (item,) = items(api, sender)
    assert item["count"] == 2


def test_two_senders_are_two_items(server: Server, sender: Sender, api: httpx.Client) -> None:
    other = server.source("alertmanager")
    one = alert(unique("Shared"))
    ((_, here),), ((_, there),) = (receipts(each.webhook(webhook(one))) for each in (sender, other))
    assert here != there
    assert len(items(api, sender)) == len(items(api, other)) == 1
    other.close()


def test_labels_of_every_kind_come_back_and_are_shown_as_text(sender: Sender, api: httpx.Client) -> None:
    odd = {
        "quote": "a\"b'c",
        "tag": "<b>&amp;</b>",
        "cjk": "名前が落ちた",
        "bidi": "\u202eabc",
        "nul": "a\u0000b",
        "eq": "a=b\x1fc",
    }
    one = alert(unique("Odd"), annotations={"summary": "<img src=x onerror=alert(1)> & 名"}, **odd)
    ((_, stream),) = receipts(sender.webhook(webhook(one)))
    (item,) = items(api, sender)
    assert item["labels"] == one["labels"]
    assert item["annotations"] == one["annotations"]
    for page in ("/", "/signals", f"/incidents/{stream}"):
        html = api.get(page, headers={"Accept": "text/html"}).text
        assert "<img src=x" not in html
    assert "名前が落ちた" in api.get("/signals", headers={"Accept": "text/html"}).text


def test_annotations_follow_the_last_delivery(sender: Sender, api: httpx.Client) -> None:
    one = alert(unique("Growing"), annotations={"summary": "1,600 messages"})
    sender.webhook(webhook(one))
    assert outcomes(sender.webhook(webhook({**one, "annotations": {"summary": "1,700 messages"}}))) == ["repeated"]
    (item,) = items(api, sender)
    assert item["annotations"] == {"summary": "1,700 messages"}


def test_prometheus_posts_each_minute(sender: Sender, api: httpx.Client) -> None:
    name, now = unique("Direct"), datetime.now(UTC)

    def post(ends_in: timedelta, **labels: str) -> list[tuple[str, str | None]]:
        one = {
            "labels": {"alertname": name, **labels},
            "annotations": {"summary": "x"},
            "startsAt": (now - timedelta(minutes=9)).isoformat(),
            "endsAt": (now + ends_in).isoformat(),
            "generatorURL": "http://prometheus:9090/graph",
        }
        return receipts(sender.alerts([one]))

    ((outcome, stream),) = post(timedelta(minutes=4))
    assert outcome == "recorded"
    for minute in range(5, 8):
        assert post(timedelta(minutes=minute)) == [("repeated", stream)]
    assert post(timedelta(minutes=4), instance="b") == [("recorded", stream)], "grouped by the labels of group_by"
    assert post(timedelta(seconds=-1)) == [("resolved", stream)]
    assert post(timedelta(seconds=-1)) == [("repeated", stream)]
    by_state = {item["state"]: item for item in items(api, sender)}
    assert set(by_state) == {"firing", "resolved"}
    assert by_state["resolved"]["count"] == 6
    assert by_state["firing"]["ends_at"] is None


def test_keys_in_the_url_tokens_and_basic_all_send(server: Server, api: httpx.Client) -> None:
    token = server.token("signals", name=(name := unique("robot")))
    source = server.source("alertmanager")
    with server.client() as client:
        for key in (token, source.key):
            for path in ("/api/v1/signals/alertmanager", "/api/v1/signals/alertmanager/"):
                assert outcomes(client.post(f"/in/{key}{path}", json=webhook(alert(unique("A"))))) == ["recorded"]
            for path in ("/api/v2/alerts", "/api/v2/alerts/"):
                assert outcomes(client.post(f"/in/{key}{path}", json=[alert(unique("A"))])) == ["recorded"]
            for value in (f"Bearer {key}", f"bearer {key}", basic("x", key), f"GenieKey {key}"):
                answer = client.post(
                    "/api/v1/signals/generic", json={"title": unique("A")}, headers={"Authorization": value}
                )
                assert outcomes(answer) == ["recorded"]
    assert len(list(walk(api, "/api/v1/signals", q=name))) == 8
    source.close()


def test_documented_fields_of_any_json(sender: Sender, api: httpx.Client) -> None:
    body = {
        "title": "Disk full", "status": "firing", "dedup_key": unique("disk"), "description": "/var has 1 % left", "severity": "critical",
        "service": "db", "labels": {"host": "db-1", "used": 99}, "starts_at": "2026-11-23T03:00:00Z", "url": "https://grafana/d/1",
    }  # fmt: skip
    ((_, stream),) = receipts(sender.generic(body))
    (item,) = items(api, sender)
    assert (item["title"], item["key"], item["severity"], item["service"]) == (
        "Disk full",
        body["dedup_key"],
        "critical",
        "db",
    )
    assert item["labels"] == {"host": "db-1", "used": "99"}
    assert (item["starts_at"], item["url"]) == ("2026-11-23T03:00:00Z", "https://grafana/d/1")
    assert item["annotations"] == {"description": "/var has 1 % left"}
    assert receipts(sender.generic(body)) == [("repeated", stream)]
    assert receipts(sender.generic({**body, "status": "resolved"})) == [("resolved", stream)]
    (item,) = items(api, sender)
    assert item["state"] == "resolved"
    key = body["dedup_key"]
    for again, over in (
        ("dedup", {"action": "close"}),
        ("deduplication_key", {"status": "ok"}),
        ("dedupKey", {"event_action": "resolve"}),
    ):
        assert outcomes(sender.generic({"summary": "Disk full", again: key})) == ["recorded"]
        assert outcomes(sender.generic({"summary": "Disk full", again: key, **over})) == ["resolved"]


@pytest.mark.parametrize(
    ("body", "title", "state"),
    [
        ({"alertTypeFriendlyName": "Down", "monitorFriendlyName": "Shop", "alertDetails": "HTTP 500", "monitorID": 7}, "Shop: HTTP 500", "firing"),
        ({"alertTypeFriendlyName": "Up", "monitorFriendlyName": "Shop", "alertDetails": "HTTP 500", "monitorID": 7}, "Shop: HTTP 500", "resolved"),
        ({"alert_type": "monitor_online", "monitor": {"id": 1, "url": "https://x.example"}}, "https://x.example: monitor online", "resolved"),
        ({"Type": "Notification", "Message": '{"AlarmName": "CPU", "NewStateValue": "OK", "NewStateReason": "back"}'}, "CPU: back", "resolved"),
        ({"data": {"essentials": {"alertRule": "Latency", "monitorCondition": "Fired", "description": ""}}}, "Latency", "firing"),
        ({"ProblemTitle": "CPU saturation", "State": "RESOLVED", "PID": "1"}, "CPU saturation", "resolved"),
        ({"check_name": "Home", "previous_state": "UP", "current_state": "DOWN", "description": "timeout"}, "Home: timeout", "firing"),
        ({"title": "x", "status": "unresolved"}, "x", "firing"),
        ({"title": "x", "status": "not ok"}, "x", "firing"),
        ({"title": "x", "type": "incident.resolved"}, "x", "resolved"),
        ({"title": "x", "eventType": "ALERT_NOTIFICATION_CLEAR"}, "x", "resolved"),
        ({"title": "x", "alert_transition": "Recovered", "alert_type": "error"}, "x", "resolved"),
    ],
)  # fmt: skip
def test_usual_shapes_of_other_senders(
    body: dict[str, Any], title: str, state: str, sender: Sender, api: httpx.Client
) -> None:
    ((outcome, stream),) = receipts(sender.generic(body))
    assert outcome == ("recorded" if state == "firing" else "unmatched")
    if stream is not None:
        assert [item["title"] for item in items(api, sender)] == [title]


def test_an_end_is_found_by_what_stays_the_same_in_the_title(sender: Sender) -> None:
    assert outcomes(sender.generic({"title": "[FIRING:1] Disk full on db-1"})) == ["recorded"]
    assert outcomes(sender.generic({"title": "[RESOLVED] Disk full on db-1", "status": "resolved"})) == ["resolved"]
    assert outcomes(sender.generic({"title": "Problem: Load high"})) == ["recorded"]
    assert outcomes(sender.generic({"title": "Resolved: Load high", "state": "ok"})) == ["resolved"]


# Which address a kind of the exam is sent to; all others go to the one for any JSON.
EXAM_KINDS = {
    "keep-datadog": "datadog",
    "keep-sentry": "sentry",
    "pagertree-aws_cloudwatch": "sns",
    "alerta-prometheus": "alertmanager",
}


@pytest.mark.parametrize("all_at_generic", [False, True], ids=["own address", "generic"])
def test_every_kind_of_the_exam_is_taken_in(all_at_generic: bool, server: Server, api: httpx.Client) -> None:
    folder = peers.require_exam("alerts/kinds")
    by_kind: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.json")):
        by_kind.setdefault(path.name.partition(".")[0], []).append(path)
    ends = 0
    for kind, paths in by_kind.items():
        sender = server.source("generic")
        address = "/api/v1/signals/" + ("generic" if all_at_generic else EXAM_KINDS.get(kind, "generic"))
        for path in paths:
            value = json.loads(path.read_bytes())
            # For kinds with {payload, parameters} the body is .payload, as the exam's index says.
            templates = isinstance(value, dict) and all(isinstance(v, dict) and "payload" in v for v in value.values())
            for body in [each["payload"] for each in value.values()] if templates else [value]:
                found = receipts(sender.post(address, json.dumps(body).encode()))
                if ".resolve." in path.name:
                    assert [outcome for outcome, _ in found] == ["resolved"], path.name
                    ends += 1
        listed = items(api, sender)
        assert all(item["title"].strip() for item in listed)
        sender.close()
    assert ends == 12


def test_the_inbox_is_filtered_and_walked(server: Server, sender: Sender, api: httpx.Client) -> None:
    name = unique("Many")
    sender.webhook(webhook(*(alert(f"{name}-{n}", instance=str(n)) for n in range(30))))
    sender.webhook(webhook(*(alert(f"{name}-{n}", instance=str(n), status="resolved") for n in range(10))))
    assert len(items(api, sender, state="firing")) == 20
    assert len(items(api, sender, state="resolved")) == 10
    assert len(items(api, sender, triage="open")) == 30
    assert items(api, sender, triage="done") == []
    assert items(api, sender, practice="true") == []
    for limit in (1, 7, 30):
        met = []
        for item in walk(api, "/api/v1/signals", q=sender.name, limit=limit):
            met.append(item["id"])
            if len(met) % 11 == 1:
                sender.webhook(webhook(alert(unique("New"))))
        assert len(met) == len(set(met))
        assert len(met) >= 30
    refused(api.get("/api/v1/signals?triage=maybe"), 400)


def test_verdicts(server: Server, sender: Sender, api: httpx.Client, room: str) -> None:
    def fire() -> tuple[str, str]:
        ((_, stream),) = receipts(sender.webhook(webhook(alert(unique("Judged")))))
        assert stream is not None
        (id,) = (item["id"] for item in items(api, sender) if item["stream"] == stream)
        return id, stream

    def judge(id: str, **body: object) -> httpx.Response:
        return api.post(f"/api/v1/signals/{id}/triage", json=body)

    def item(id: str) -> dict[str, Any]:
        (found,) = (item for item in items(api, sender) if item["id"] == id)
        return found

    for verdict in ("false_alarm", "noise"):
        id, stream = fire()
        answer = judge(id, verdict=verdict, reason="A test of the pager")
        assert answer.status_code == 200
        assert answer.json().keys() >= {"events", "seq", "warnings"}
        assert (item(id)["triage"], item(id)["verdict"]) == ("done", verdict)
        assert api.get(f"/api/v1/incidents/{stream}").json()["status"] == "dismissed"
        refused(judge(id, verdict=verdict), 409, "already_done")
    id, stream = fire()
    assert judge(id, verdict="incident").status_code == 200
    assert api.get(f"/api/v1/incidents/{stream}").json()["status"] == "declared"
    id, _ = fire()
    refused(judge(id, verdict="duplicate"), 400)
    refused(judge(id, verdict="duplicate", of="zzzz-zzzz"), 404)
    assert judge(id, verdict="duplicate", of=room).status_code == 200
    assert item(id)["stream"] == room
    id, stream = fire()
    late = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert judge(id, verdict="slow_burn", owner="me", look_again_at=late, reason="x").status_code == 200
    assert (item(id)["owner"], item(id)["triage"]) == ("token:everything", "done")
    for bad in (
        {},
        {"verdict": "maybe"},
        {"verdict": "noise", "colour": 1},
        {"verdict": "slow_burn", "look_again_at": "2200-01-01T00:00:00Z"},
    ):
        refused(judge(id, **bad), 400)
    deep = b'{"verdict": "noise", "of": ' + b"[" * 100_000
    refused(api.post(f"/api/v1/signals/{id}/triage", content=deep), 400)
    refused(judge("0000", verdict="noise"), 404)
