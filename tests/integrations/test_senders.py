"""Senders with a reader of their own: what each sends is read right, with its title, state, key, times and address.

The bodies are ours, written from what each sender documents. Nothing is sent anywhere here; tests/http sends.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal, signal_id
from watchroom.integrations import (
    alertmanager,
    alertmanager_text,
    cloudevents,
    datadog,
    forms,
    grafana,
    opsgenie,
    pagerduty,
    recognition,
    sentry,
    sns,
    uptimekuma,
    zabbix,
)
from watchroom.integrations.delivery import Limits, Read, Reading

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AT = datetime(2025, 11, 24, 16, 0, tzinfo=UTC)


def read(reader: Read, body: Any) -> Reading:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return reader(raw, "sender", Limits(), NOW)


def one(reader: Read, body: Any) -> Signal:
    reading = read(reader, body)
    assert reading.faults == []
    (signal,) = reading.signals
    return signal


# Grafana


def grafana_alert(status: str = "firing", **more: Any) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "High memory", "service": "checkout", "severity": "critical"},
        "annotations": {"summary": "Memory of <web-1> is over 90 %", "description": None},
        "startsAt": "2025-11-24T17:00:00+01:00",
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2025-11-24T16:30:00Z",
        "generatorURL": "https://grafana.example/alerting/grafana/abc/view",
        "fingerprint": "c6eadffa33fcdf37",
        "silenceURL": "https://grafana.example/alerting/silence/new",
        "dashboardURL": "https://grafana.example/d/1",
        "panelURL": "https://grafana.example/d/1?viewPanel=2",
        "values": {"B": 44.2},
        "valueString": "[ var='B' value=44.2 ]",
        **more,
    }


def grafana_body(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {
        "receiver": "watchroom", "status": "firing", "orgId": 1, "alerts": list(alerts), "version": "1", "truncatedAlerts": 3,
        "groupKey": '{}/{team="a"}:{alertname="High memory"}', "title": "[FIRING:1] High memory", "state": "alerting", "message": "…",
    }  # fmt: skip


def test_grafana() -> None:
    reading = read(grafana.read, grafana_body(grafana_alert(), grafana_alert("resolved", labels={"alertname": "x"})))
    first, second = reading.signals
    assert reading.truncated == 3
    assert first.title == "High memory: Memory of <web-1> is over 90 %"
    assert (first.state, first.severity, first.service) == ("firing", "critical", "checkout")
    assert (first.starts_at, first.ends_at, first.stable_start) == (AT, None, True)
    assert first.url == "https://grafana.example/d/1?viewPanel=2"
    assert first.group == '{}/{team="a"}:{alertname="High memory"}'
    assert first.annotations["silence"] == "https://grafana.example/alerting/silence/new"
    assert (second.state, second.ends_at) == ("resolved", AT.replace(minute=30))
    # The same alert through an Alertmanager is the same thing to this source.
    webhook = {"version": "4", "groupKey": "g", "alerts": [grafana_alert()]}
    assert one(alertmanager.read_webhook, webhook).key == first.key


def test_grafana_says_which_alert_is_wrong_and_takes_the_others() -> None:
    reading = read(grafana.read, grafana_body(grafana_alert(), {"labels": 7}, grafana_alert(startsAt="x")))
    assert len(reading.signals) == 1
    assert [fault.index for fault in reading.faults] == [1, 2]


@pytest.mark.parametrize(
    ("state", "stands"),
    [("alerting", "firing"), ("no_data", "firing"), ("pending", "firing"), ("ok", "resolved"), ("paused", "resolved")],
)
def test_legacy_grafana(state: str, stands: str) -> None:
    body = {
        "title": f"[{state.title()}] Queue grows", "ruleId": 7, "ruleName": "Queue grows", "state": state, "orgId": 1,
        "evalMatches": [{"value": 100, "metric": "depth", "tags": {}}], "ruleUrl": "https://grafana.example/d/2",
        "message": "More than 1,000 messages", "tags": {"team": "orders"},
    }  # fmt: skip
    signal = one(grafana.read, body)
    assert (signal.title, signal.state, signal.key) == ("Queue grows: More than 1,000 messages", stands, "rule/1/7")
    assert (signal.url, signal.labels) == ("https://grafana.example/d/2", {"team": "orders"})


# PagerDuty


def event(action: str = "trigger", **more: Any) -> dict[str, Any]:
    payload = {
        "summary": "Disk of db-1 is full", "source": "db-1", "severity": "critical", "timestamp": "2025-11-24T16:00:00.000+0000",
        "component": "postgres", "group": "prod", "class": "disk", "custom_details": {"free": 3, "note": "<&>"},
    }  # fmt: skip
    trigger = {"payload": payload, "links": [{"href": "https://runbook.example/1", "text": "Runbook"}], "client": "Mon"}
    images = [{"src": "https://img.example/1.png", "alt": "graph"}]
    return {
        "routing_key": "r" * 32, "event_action": action, "dedup_key": "db-1/disk",
        **({**trigger, "images": images, "client_url": "https://mon.example/1"} if action == "trigger" else {}), **more,
    }  # fmt: skip


def test_pagerduty() -> None:
    begun = one(pagerduty.read, event())
    assert (begun.title, begun.state, begun.key) == ("Disk of db-1 is full", "firing", "db-1/disk")
    assert (begun.severity, begun.service, begun.starts_at) == ("critical", "postgres", AT)
    assert begun.labels == {"source": "db-1", "component": "postgres", "group": "prod", "class": "disk"}
    assert begun.url == "https://mon.example/1"
    assert begun.annotations["links"] == "Runbook https://runbook.example/1"
    assert "graph" in begun.annotations["images"]
    assert (begun.annotations["free"], begun.annotations["note"]) == ("3", "<&>")
    ended = one(pagerduty.read, event("resolve"))
    assert (ended.id, ended.state) == (begun.id, "resolved")
    reading = read(pagerduty.read, event("acknowledge"))
    assert reading.signals == []
    assert [(remark.signal, remark.action) for remark in reading.remarks] == [(begun.id, "acknowledged")]
    assert pagerduty.key_in(msgspec.json.encode(event())) == "r" * 32


def test_pagerduty_makes_up_a_key_for_each_event_without_one() -> None:
    first, second = event(dedup_key=None), event(dedup_key=None, payload={"summary": "other"})
    assert one(pagerduty.read, first).key != one(pagerduty.read, second).key
    later = pagerduty.read(msgspec.json.encode(first), "sender", Limits(), NOW.replace(minute=1))
    assert later.signals[0].key != one(pagerduty.read, first).key


@pytest.mark.parametrize(
    "body",
    [event(payload=None), event(payload={"summary": ""}), event("resolve", dedup_key=None), event("explode"), [], b"{"],
)
def test_pagerduty_refuses_what_is_no_event(body: Any) -> None:
    with pytest.raises(Malformed):
        read(pagerduty.read, body)


def test_pagerduty_changes() -> None:
    body = {
        "routing_key": "r" * 32,
        "payload": {"summary": "Deployed shop 412", "source": "ci", "timestamp": "2025-11-24T16:00:00Z", "custom_details": {"build": 412}},
        "links": [{"href": "https://ci.example/412", "text": "Build"}, {"href": "javascript:x"}],
    }  # fmt: skip
    reading = read(pagerduty.read_change, body)
    (change,) = reading.changes
    assert reading.signals == []
    assert (change.summary, change.service, change.changed_at) == ("Deployed shop 412", "ci", AT)
    assert change.details == {"build": "412"}
    assert [link.href for link in change.links] == ["https://ci.example/412"]
    assert read(pagerduty.read_any, body).changes == reading.changes


def test_legacy_pagerduty() -> None:
    body = {
        "service_key": "s" * 32, "event_type": "trigger", "incident_key": "srv/HTTP", "description": "FAILURE of srv", "client": "Mon",
        "client_url": "https://mon.example", "details": {"load": 0.75}, "contexts": [{"type": "link", "href": "https://x.example"}],
    }  # fmt: skip
    begun = one(pagerduty.read_legacy, body)
    assert (begun.title, begun.key, begun.url) == ("FAILURE of srv", "srv/HTTP", "https://mon.example")
    assert begun.annotations["load"] == "0.75"
    ended = one(pagerduty.read_any, {"service_key": "s", "event_type": "resolve", "incident_key": "srv/HTTP"})
    assert (ended.id, ended.state) == (begun.id, "resolved")


# Opsgenie


def test_opsgenie() -> None:
    body = {
        "message": "Queue grows", "alias": "queue/1", "description": "12,000 messages", "tags": ["env:prod", "OverwriteQuietHours"],
        "details": {"service": "orders", "depth": 12000}, "entity": "orders-queue", "source": "https://mon.example", "priority": "P1",
        "responders": [{"name": "Orders", "type": "team"}], "note": "seen before", "user": "ana@example.com",
    }  # fmt: skip
    reading = read(opsgenie.read, body)
    (begun,) = reading.signals
    assert (begun.title, begun.key, begun.severity, begun.service) == ("Queue grows", "queue/1", "P1", "orders")
    assert begun.labels["env"] == "prod"
    assert begun.labels["tags"] == "OverwriteQuietHours"
    assert begun.annotations["depth"] == "12000"
    assert begun.url == "https://mon.example"
    assert [(remark.action, remark.by, remark.text) for remark in reading.remarks] == [
        ("noted", "ana@example.com", "seen before")
    ]
    ended = one(opsgenie.action_reading("queue/1", "close", {}), b"")
    assert (ended.id, ended.state) == (begun.id, "resolved")


@pytest.mark.parametrize(
    ("action", "said", "told"),
    [
        ("acknowledge", {"user": "ana", "note": "on it"}, "Acknowledged in og by ana: on it"),
        ("notes", {"user": "ana", "note": "still"}, "Noted in og by ana: still"),
        ("snooze", {"endTime": "2026-11-24T13:00:00Z"}, "Snoozed in og: endTime 2026-11-24T13:00:00Z"),
        ("assign", {"owner": {"username": "bo"}}, 'Assigned in og: owner {"username":"bo"}'),
        ("tags", {"tags": ["a", "b"]}, 'Tagged in og: tags ["a","b"]'),
    ],
)
def test_what_is_done_in_opsgenie_is_remarked(action: str, said: dict[str, Any], told: str) -> None:
    (remark,) = read(opsgenie.action_reading("a/b", action, {}), said).remarks
    assert remark.sentence("og") == told
    assert remark.signal == signal_id("sender", "a/b")


# Sentry

ACTOR = {"id": "sentry", "name": "Sentry", "type": "application"}
ISSUE = {
    "id": "1170820242", "shortId": "SHOP-7", "title": "TypeError: x is undefined", "culprit": "cart.js in add", "level": "error",
    "permalink": "https://sentry.example/issues/1170820242/", "project": {"id": "1", "slug": "shop"}, "firstSeen": "2025-11-24T16:00:00Z",
}  # fmt: skip


def test_sentry_issue_alert_and_the_issue_s_end_are_one_signal() -> None:
    alert = {
        "action": "triggered", "actor": ACTOR, "installation": {"uuid": "u"},
        "data": {"triggered_rule": "Very important", "event": {
            "event_id": "e4874d66", "issue_id": "1170820242", "title": "TypeError: x is undefined", "level": "error", "project": 1,
            "datetime": "2025-11-24T16:00:00.000000Z", "web_url": "https://sentry.example/issues/1170820242/events/e4/",
            "tags": [["environment", "production"], ["browser", "Chrome <1>"]], "culprit": "cart.js in add"}},
    }  # fmt: skip
    begun = one(sentry.read, alert)
    assert (begun.title, begun.key, begun.severity) == ("TypeError: x is undefined", "issue/1170820242", "error")
    assert (begun.starts_at, begun.url) == (AT, "https://sentry.example/issues/1170820242/events/e4/")
    assert begun.labels["environment"] == "production"
    user = {"id": 7, "name": "Ana", "type": "user"}
    reading = read(sentry.read, {"action": "resolved", "actor": user, "data": {"issue": ISSUE}})
    (ended,) = reading.signals
    assert (ended.id, ended.state, ended.service) == (begun.id, "resolved", "shop")
    assert [(remark.action, remark.by) for remark in reading.remarks] == [("resolved", "Ana")]
    created = one(sentry.read, {"action": "created", "actor": ACTOR, "data": {"issue": ISSUE}})
    assert (created.id, created.state, created.url) == (begun.id, "firing", ISSUE["permalink"])


def test_sentry_assignments_comments_and_installations_are_no_signals() -> None:
    assigned = {"action": "assigned", "actor": ACTOR, "data": {"issue": {**ISSUE, "assignedTo": {"name": "Bo"}}}}
    assert [remark.text for remark in read(sentry.read, assigned).remarks] == ["to Bo"]
    comment = {"action": "created", "actor": ACTOR, "data": {"comment": "known", "issue_id": 1170820242}}
    assert [remark.key for remark in read(sentry.read, comment).remarks] == ["issue/1170820242"]
    installed = read(sentry.read, {"action": "created", "actor": ACTOR, "data": {"installation": {"uuid": "u"}}})
    assert installed.notice is not None
    assert installed.signals == []


@pytest.mark.parametrize(("action", "state"), [("critical", "firing"), ("warning", "firing"), ("resolved", "resolved")])
def test_sentry_metric_alert(action: str, state: str) -> None:
    body = {
        "action": action, "actor": ACTOR,
        "data": {"description_title": f"{action.title()}: Too many errors", "description_text": "1000 events in the last 10 minutes",
                 "web_url": "https://sentry.example/alerts/4/", "metric_alert": {
                     "id": "4", "date_started": "2025-11-24T16:00:00Z", "date_closed": None, "projects": ["shop"],
                     "alert_rule": {"id": "2", "name": "Too many errors", "environment": "prod"}}},
    }  # fmt: skip
    signal = one(sentry.read, body)
    assert (signal.title, signal.key, signal.state) == ("Too many errors", "metric/2", state)
    assert (signal.service, signal.url, signal.starts_at) == ("shop", "https://sentry.example/alerts/4/", AT)


# CloudEvents

CLOUD = {
    "specversion": "1.0", "id": "A234-1234", "source": "https://probe.example/eu", "type": "com.example.disk.full.triggered",
    "subject": "db-1", "time": "2025-11-24T16:00:00Z", "datacontenttype": "application/json", "team": "db",
}  # fmt: skip


def test_cloudevents_whose_data_says_it_all() -> None:
    signal = one(cloudevents.read, {**CLOUD, "data": {"title": "Disk full", "dedup_key": "d/1", "severity": "high"}})
    assert (signal.title, signal.key, signal.severity, signal.state) == ("Disk full", "d/1", "high", "firing")
    assert (signal.labels["team"], signal.service, signal.starts_at) == ("db", "db-1", AT)


def test_cloudevents_by_their_attributes_alone() -> None:
    begun = one(cloudevents.read, {**CLOUD, "data": {"free_bytes": 12}})
    ended = one(cloudevents.read, {**CLOUD, "id": "other", "type": "com.example.disk.full.resolved", "data": None})
    assert begun.title == "com.example.disk.full.triggered: db-1"
    assert (begun.annotations, begun.url) == ({"free_bytes": "12"}, "https://probe.example/eu")
    assert (ended.id, ended.state, ended.ends_at) == (begun.id, "resolved", AT)


def test_cloudevents_binary_and_base64() -> None:
    headers = {f"ce-{name}": str(value) for name, value in CLOUD.items() if name != "datacontenttype"}
    headers["ce-subject"] = "db%20%C3%A9"
    reader = cloudevents.reading({**headers, "content-type": "application/json; charset=utf-8"})
    signal = one(reader, {"title": "Disk full"})
    assert (signal.title, signal.labels["subject"]) == ("Disk full", "db é")
    text = one(cloudevents.reading({**headers, "content-type": "text/plain"}), b"Disk of db-1 is full")
    assert text.title == "Disk of db-1 is full"
    encoded = one(cloudevents.read, {**CLOUD, "data_base64": "eyJ0aXRsZSI6ICJEaXNrIGZ1bGwifQ=="})
    assert encoded.title == "Disk full"


def test_cloudevents_in_a_batch() -> None:
    reading = read(
        cloudevents.read, [{**CLOUD, "data": {"title": "a"}}, {"specversion": "1.0"}, {**CLOUD, "subject": "x"}]
    )
    assert len(reading.signals) == 2
    assert [fault.index for fault in reading.faults] == [1]
    assert read(cloudevents.read, []).signals == []


# SNS

TOPIC = "arn:aws:sns:eu-west-1:111:ops"
ALARM = {
    "AlarmName": "cpu high", "AlarmDescription": None, "AWSAccountId": "111", "NewStateValue": "ALARM", "OldStateValue": "OK",
    "NewStateReason": "Threshold Crossed: 1 datapoint [97.0] was greater than 90.", "StateChangeTime": "2025-11-24T16:00:00.000+0000",
    "Region": "EU (Ireland)", "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111:alarm:cpu high",
    "Trigger": {"MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "Dimensions": [{"value": "i-07", "name": "InstanceId"}]},
}  # fmt: skip


def notification(message: Any, subject: str | None = None) -> dict[str, Any]:
    text = message if isinstance(message, str) else msgspec.json.encode(message).decode()
    return {"Type": "Notification", "MessageId": "m", "TopicArn": TOPIC, "Subject": subject, "Message": text}


def test_cloudwatch_through_sns() -> None:
    begun = one(sns.read, notification(ALARM, 'ALARM: "cpu high" in EU (Ireland)'))
    assert begun.title == "cpu high: Threshold Crossed: 1 datapoint [97.0] was greater than 90."
    assert (begun.key, begun.service, begun.starts_at) == (ALARM["AlarmArn"], "i-07", AT)
    assert begun.labels["metric"] == "CPUUtilization"
    assert begun.url.endswith("?region=eu-west-1#alarmsV2:alarm/cpu%20high")
    ended = one(sns.read, notification({**ALARM, "NewStateValue": "OK"}))
    assert (ended.id, ended.state, ended.ends_at) == (begun.id, "resolved", AT)
    raw = sns.reading({"x-amz-sns-rawdelivery": "true", "x-amz-sns-topic-arn": TOPIC})
    assert one(raw, ALARM).id == begun.id
    assert one(sns.read, notification({**ALARM, "NewStateValue": "INSUFFICIENT_DATA"})).state == "firing"


def test_words_through_sns() -> None:
    begun = one(sns.read, notification("Disk of db-1 is full\nfree: 1 %", "ALARM: disk"))
    assert (begun.title, begun.state) == ("ALARM: disk", "firing")
    ended = one(sns.read, notification("fine", "OK: disk"))
    assert (ended.id, ended.state) == (begun.id, "resolved")
    assert one(sns.read, notification("Disk of db-1 is full")).title == "Disk of db-1 is full"
    assert one(sns.read, notification({"title": "Build broken", "id": 7})).title == "Build broken"
    within = one(sns.read, notification(grafana_body(grafana_alert())))
    assert within.id == one(grafana.read, grafana_body(grafana_alert())).id


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_sns_asks_a_person_and_nothing_is_fetched(kind: str) -> None:
    url = "http://169.254.169.254/latest/meta-data"
    reading = read(sns.read, {"Type": kind, "TopicArn": TOPIC, "Token": "t0k", "SubscribeURL": url, "Message": "x"})
    assert reading.signals == []
    assert reading.notice is not None
    assert TOPIC in reading.notice.message
    assert url in reading.notice.message


TEXT = """\
Alerts Firing:
Labels:
 - alertname = DiskFull
 - instance = a = b
Annotations:
 - description = two
lines
 - summary = <full> & "odd" 名
Source: http://prometheus:9090/graph
Alerts Resolved:
Labels:
 - alertname = Gone
Annotations:
Source: """


def test_an_alertmanager_s_words_are_its_alerts() -> None:
    first, second = alertmanager_text.read(TEXT, "sender", Limits())
    assert first.labels == {"alertname": "DiskFull", "instance": "a = b"}
    assert first.annotations == {"description": "two\nlines", "summary": '<full> & "odd" 名'}
    assert (first.state, first.url) == ("firing", "http://prometheus:9090/graph")
    assert (second.state, second.title) == ("resolved", "Gone")
    assert alertmanager_text.read("Alerts of the day", "sender", Limits()) == []
    # Through SNS or through its webhook, it is the same alert.
    alert = {"labels": first.labels, "status": "firing"}
    assert one(alertmanager.read_webhook, {"version": "4", "groupKey": "g", "alerts": [alert]}).id == first.id


# Datadog


def datadog_body(transition: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "5817", "title": f"[P2] [{transition} on {{host:web-1}}] CPU is high", "body": "%%%\nover 90\n%%%", "date": "1764000000000",
        "last_updated": "1764000000000", "event_type": "query_alert_monitor", "org": {"id": "1", "name": "Acme"}, **more,
    }  # fmt: skip


def test_datadog() -> None:
    begun = one(datadog.read, datadog_body("Triggered"))
    assert (begun.title, begun.state, begun.severity, begun.starts_at) == ("CPU is high", "firing", "P2", AT)
    ended = one(datadog.read, datadog_body("Recovered", id="5999"))
    assert (ended.id, ended.state, ended.ends_at) == (begun.id, "resolved", AT)
    again = one(datadog.read, datadog_body("Re-Triggered", id="6000"))
    assert (again.id, again.state) == (begun.id, "firing")
    assert one(datadog.read, datadog_body("No Data")).state == "firing"
    assert one(datadog.read, datadog_body("Warn Recovered")).state == "resolved"


def test_datadog_with_a_body_of_the_user_s() -> None:
    body = {
        "alert_id": "1234", "alert_scope": "host:web-1,env:prod", "alert_transition": "Triggered", "alert_type": "error",
        "title": "[Triggered on {host:web-1}] CPU is high", "tags": "env:prod, service:shop,monitor", "link": "https://app.datadoghq.example/1",
        "text_only_msg": "over 90", "alert_priority": "P1",
    }  # fmt: skip
    begun = one(datadog.read, body)
    assert (begun.key, begun.service, begun.severity) == ("1234\x1fhost:web-1,env:prod", "shop", "P1")
    assert begun.url == "https://app.datadoghq.example/1"
    ended = one(
        datadog.read,
        {**body, "alert_transition": "Recovered", "alert_type": "success", "title": "[Recovered] CPU is high"},
    )
    assert (ended.id, ended.state) == (begun.id, "resolved")
    other = one(datadog.read, {**body, "alert_scope": "host:web-2"})
    assert other.id != begun.id


# Zabbix


def zabbix_body(**more: str) -> dict[str, str]:
    return {
        "event_source": "0", "event_value": "1", "event_update_status": "0", "event_id": "12", "trigger_id": "13491", "event_nseverity": "4",
        "event_name": "/var: Disk space is low", "host_name": "db-1", "event_tags": '[{"tag":"service","value":"postgres"}]',
        "event_recovery_id": "{EVENT.RECOVERY.ID}", "alert_message": "used 97 %", "zabbix_url": "https://zabbix.example",
        "event_timestamp": "1764000000", "trigger_description": "*UNKNOWN*", **more,
    }  # fmt: skip


def test_zabbix_sends_everything_as_text() -> None:
    begun = one(zabbix.read, zabbix_body())
    assert (begun.title, begun.state, begun.key) == ("db-1: /var: Disk space is low", "firing", "13491")
    assert (begun.severity, begun.service, begun.starts_at) == ("High", "postgres", AT)
    assert begun.url == "https://zabbix.example"
    ended = one(zabbix.read, zabbix_body(event_value="0", event_recovery_id="14"))
    assert (ended.id, ended.state) == (begun.id, "resolved")
    update = read(zabbix.read, zabbix_body(event_update_status="1", event_update_user="ana", event_update_action="acknowledged", event_update_message="on it"))  # fmt: skip
    assert [remark.sentence("zbx") for remark in update.remarks] == ["Acknowledged in zbx by ana: on it"]
    assert update.signals == []


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"subject": "Problem: Disk is low", "status": "PROBLEM", "eventid": "1"}, "firing"),
        ({"subject": "Resolved in 5m: Disk is low", "status": "RESOLVED", "eventid": "1"}, "resolved"),
        ({"subject": "Resolved in 5m: Disk is low", "eventid": "1"}, "resolved"),
        ({"name": "Disk is low", "value": "0", "triggerid": "1"}, "resolved"),
        ({"trigger": "Disk is low", "status": "OK", "host": "a"}, "resolved"),
    ],
)
def test_zabbix_by_other_names(body: dict[str, str], state: str) -> None:
    signal = one(zabbix.read, body)
    assert "Disk is low" in signal.title
    assert signal.state == state


# Uptime Kuma


@pytest.mark.parametrize(("status", "state"), [(0, "firing"), (1, "resolved"), (2, "firing"), (3, "resolved")])
def test_uptime_kuma(status: int, state: str) -> None:
    body = {
        "heartbeat": {"monitorID": 1, "status": status, "time": "2025-11-24 16:00:00.000", "msg": "timeout", "ping": None, "important": True},
        "monitor": {"id": 1, "name": "Shop", "url": "https://shop.example", "type": "http", "description": None,
                    "tags": [{"name": "service", "value": "shop", "color": "#fff"}]},
        "msg": "[Shop] [🔴 Down] timeout",
    }  # fmt: skip
    signal = one(uptimekuma.read, body)
    assert (signal.title, signal.key, signal.state) == ("Shop: timeout", "monitor/1", state)
    assert (signal.service, signal.url) == ("shop", "https://shop.example")
    assert (signal.starts_at or signal.ends_at) == AT


def test_uptime_kuma_without_a_heartbeat() -> None:
    assert (
        one(uptimekuma.read, {"heartbeat": None, "monitor": None, "msg": "My alert Testing"}).title
        == "My alert Testing"
    )
    monitor = {"id": 1, "name": "Shop"}
    certificate = one(
        uptimekuma.read, {"heartbeat": None, "monitor": monitor, "msg": "[Shop] certificate expires in 7 days"}
    )
    assert certificate.key != "monitor/1"
    assert certificate.state == "firing"


# What they have in common


@pytest.mark.parametrize(
    ("reader", "body"),
    [
        (grafana.read, grafana_body(grafana_alert())),
        (sns.read, notification(ALARM)),
        (cloudevents.read, {**CLOUD, "data": {"title": "x"}}),
        (cloudevents.read, [{**CLOUD, "data": {"title": "x"}}]),
        (pagerduty.read, event()),
        (sentry.read, {"action": "created", "actor": ACTOR, "data": {"issue": ISSUE}}),
        (uptimekuma.read, {"heartbeat": {"status": 0}, "monitor": {"id": 1, "name": "Shop"}, "msg": "down"}),
    ],
)
def test_they_are_recognised_at_the_address_for_any_json(reader: Read, body: Any) -> None:
    assert read(recognition.read, body).signals == read(reader, body).signals


LEGACY = {
    "ruleName": "a",
    "ruleId": 1,
    "state": "alerting",
    "orgId": 1,
    "ruleUrl": "",
    "message": "m",
    "tags": {"a": "b"},
}
METRIC = {
    "id": "4",
    "projects": ["shop"],
    "date_started": "2025-11-24T16:00:00Z",
    "alert_rule": {"id": "2", "name": "n"},
}
BEAT = {"monitorID": 1, "status": 0, "time": "2025-11-24 16:00:00", "msg": "m", "ping": 1.5}
SAMPLES: list[tuple[Read, dict[str, Any]]] = [
    (grafana.read, grafana_body(grafana_alert())),
    (grafana.read, LEGACY),
    (opsgenie.read_any, {"message": "m", "alias": "a", "tags": ["a"], "details": {"a": "b"}, "note": "n", "priority": "P1"}),
    (opsgenie.read_any, {"action": "Create", "alert": {"alertId": "a", "message": "m", "alias": "b", "tags": ["t"]}}),
    (opsgenie.action_reading("a", "snooze", {}), {"user": "u", "note": "n", "endTime": "t", "owner": {"id": "x"}}),
    (pagerduty.read_any, event()),
    (pagerduty.read_any, {"payload": {"summary": "s", "timestamp": "t", "custom_details": {"a": 1}}, "links": [{"href": "x"}]}),
    (pagerduty.read_any, {"event": {"event_type": "incident.resolved", "agent": {"summary": "a"}, "data": {"id": "1", "title": "t"}}}),
    (pagerduty.read_any, {"event": {"event_type": "incident.annotated", "data": {"incident": {"id": "1"}, "content": "c"}}}),
    (sentry.read, {"action": "resolved", "actor": ACTOR, "data": {"issue": {**ISSUE, "assignedTo": {"name": "n"}}}}),
    (sentry.read, {"action": "assigned", "actor": ACTOR, "data": {"issue": {**ISSUE, "assignedTo": {"name": "n"}}}}),
    (sentry.read, {"action": "critical", "data": {"metric_alert": METRIC, "description_title": "t"}}),
    (sentry.read, {"action": "created", "data": {"comment": "c", "issue_id": 1}}),
    (sentry.read, {"id": "1", "project": "p", "event": {"title": "t", "timestamp": 1764000000.5, "tags": [["a", "b"]]}}),
    (cloudevents.read, {**CLOUD, "data": {"title": "x", "labels": {"a": 1}}}),
    (cloudevents.read, {**CLOUD, "data_base64": "e30="}),
    (sns.read, notification(ALARM)),
    (sns.read, ALARM),
    (sns.read, {"Type": "SubscriptionConfirmation", "TopicArn": "t", "SubscribeURL": "u", "Token": "k"}),
    (datadog.read, datadog_body("Triggered", tags="a:b", scopes=["x"])),
    (zabbix.read, zabbix_body()),
    (uptimekuma.read, {"heartbeat": BEAT, "monitor": {"id": 1, "name": "n", "tags": [{"name": "a", "value": "b"}]}, "msg": "m"}),
    (recognition.read, {"title": "t", "labels": {"a": "b"}, "tags": ["a:b"], "starts_at": 1764000000, "url": "u", "status": "ok"}),
]  # fmt: skip
PIECES: list[Any] = [
    None,
    1,
    -1.5,
    True,
    "",
    " ",
    "x",
    "0",
    [],
    {},
    [1],
    [{}],
    [None],
    {"a": None},
    "9" * 400,
    "\ud7ff\x00",
]


def spoiled(body: Any) -> Iterator[Any]:
    """The body with each of its values, at any depth, replaced by each of the pieces, and with each left out."""
    for name, value in body.items():
        yield {other: kept for other, kept in body.items() if other != name}
        for piece in PIECES:
            yield {**body, name: piece}
        if isinstance(value, dict):
            for within in spoiled(value):
                yield {**body, name: within}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for within in spoiled(value[0]):
                yield {**body, name: [within]}


@pytest.mark.parametrize(("reader", "body"), SAMPLES)
def test_whatever_comes_is_read_or_refused(reader: Read, body: dict[str, Any]) -> None:
    assert read(reader, body).faults == []
    for spoiled_body in spoiled(body):
        try:
            reading = read(reader, spoiled_body)
        except Malformed:
            continue
        assert all(signal.title.strip() and signal.key for signal in reading.signals), spoiled_body
        assert all(remark.key and remark.action for remark in reading.remarks), spoiled_body


def test_a_form_is_read_as_what_it_stands_for() -> None:
    kind = "application/x-www-form-urlencoded"
    assert forms.to_json(kind, b"payload=%7B%22text%22%3A%22x%22%7D") == b'{"text":"x"}'
    assert msgspec.json.decode(forms.to_json(kind, b"Name=Shop&Status=Down")) == {"Name": "Shop", "Status": "Down"}
    assert forms.to_json(kind, b' {"title": "x"}') == b' {"title": "x"}'
    parts = b'--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n{"msg": "x"}\r\n--b--\r\n'
    assert forms.to_json("multipart/form-data; boundary=b", parts) == b'{"msg": "x"}'
    assert forms.to_json(kind, b"no form at all") == b"no form at all"
    with pytest.raises(Malformed):
        forms.to_json("multipart/form-data", b"x")
