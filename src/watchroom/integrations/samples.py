"""A sample of what each kind of sender sends: the beginning of a problem and its end, for the test button.

Written from the senders' documentation; each speaks of one thing, named by `id`, so that the end finds its beginning.
Called by the pages and the API; what is made here takes the same way as what comes in. Pure.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from watchroom.base.clock import epoch_us, rfc3339
from watchroom.people.source import SourceKind

TITLE = "Watchroom test"
SAID = "A test of this source. Nothing is wrong."


def sample(kind: SourceKind, id: str, now: datetime, *, over: bool = False) -> bytes:
    """A body of this kind of sender about `id`: that it began at `now`, or that it is over."""
    made = _KINDS[kind](id, now, over)
    return made if isinstance(made, bytes) else msgspec.json.encode(made)


def _alertmanager(id: str, now: datetime, over: bool) -> Any:
    labels = {"alertname": "WatchroomTest", "severity": "info", "test": id}
    alert = {
        "status": "resolved" if over else "firing",
        "labels": labels,
        "annotations": {"summary": f"{TITLE} {id}", "description": SAID},
        "startsAt": rfc3339(now),
        "endsAt": rfc3339(now + timedelta(seconds=1)) if over else "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": id,
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{test="{id}"}}',
        "status": alert["status"],
        "receiver": "watchroom",
        "groupLabels": {"test": id},
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "",
        "truncatedAlerts": 0,
        "alerts": [alert],
    }


def _grafana(id: str, now: datetime, over: bool) -> Any:
    body = _alertmanager(id, now, over)
    body |= {"version": "1", "orgId": 1, "state": "ok" if over else "alerting", "title": f"{TITLE} {id}"}
    body["alerts"][0] |= {"values": {"A": 1}, "valueString": "", "dashboardURL": "", "panelURL": "", "silenceURL": ""}
    return body


def _pagerduty(id: str, now: datetime, over: bool) -> Any:
    event: dict[str, Any] = {"event_action": "resolve" if over else "trigger", "dedup_key": id}
    summary = {"summary": f"{TITLE} {id}", "source": "watchroom", "severity": "info", "timestamp": rfc3339(now)}
    return {**event, "payload": summary}


def _opsgenie(id: str, now: datetime, over: bool) -> Any:
    alert = {"alias": id, "message": f"{TITLE} {id}", "description": SAID, "priority": "P5"}
    return {**alert, "status": "closed" if over else "open"}


def _sentry(id: str, now: datetime, over: bool) -> Any:
    issue = {"id": id, "title": f"{TITLE} {id}", "level": "info", "status": "resolved" if over else "unresolved"}
    return {"action": "resolved" if over else "created", "data": {"issue": issue}, "actor": {"type": "application"}}


def _cloudevents(id: str, now: datetime, over: bool) -> Any:
    data = {"title": f"{TITLE} {id}", "dedup_key": id, "status": "resolved" if over else "firing", "description": SAID}
    return {
        "specversion": "1.0",
        "id": f"{id}-{'over' if over else 'begun'}",
        "source": "/watchroom/test",
        "type": "io.watchroom.test",
        "subject": id,
        "time": rfc3339(now),
        "datacontenttype": "application/json",
        "data": data,
    }


def _sns(id: str, now: datetime, over: bool) -> Any:
    alarm = {
        "AlarmName": f"{TITLE} {id}",
        "AlarmArn": f"arn:aws:cloudwatch:eu-central-1:000000000000:alarm:{id}",
        "NewStateValue": "OK" if over else "ALARM",
        "OldStateValue": "ALARM" if over else "OK",
        "NewStateReason": SAID,
        "StateChangeTime": rfc3339(now),
    }
    return {
        "Type": "Notification",
        "MessageId": f"{id}-{alarm['NewStateValue']}",
        "TopicArn": "arn:aws:sns:eu-central-1:000000000000:watchroom-test",
        "Subject": f"{alarm['NewStateValue']}: {TITLE} {id}",
        "Message": msgspec.json.encode(alarm).decode(),
        "Timestamp": rfc3339(now),
    }


def _datadog(id: str, now: datetime, over: bool) -> Any:
    return {
        "id": id,
        "aggreg_key": id,
        "alert_id": id,
        "title": f"{TITLE} {id}",
        "alert_title": f"{TITLE} {id}",
        "body": SAID,
        "alert_transition": "Recovered" if over else "Triggered",
        "alert_type": "success" if over else "info",
        "date": epoch_us(now) // 1_000,
    }


def _zabbix(id: str, now: datetime, over: bool) -> Any:
    return {
        "event_id": id,
        "trigger_id": id,
        "event_name": f"{TITLE} {id}",
        "event_value": "0" if over else "1",
        "status": "RESOLVED" if over else "PROBLEM",
        "severity": "Information",
        "host": "watchroom-test",
        "message": SAID,
        "subject": f"{'Resolved' if over else 'Problem'}: {TITLE} {id}",
    }


def _uptimekuma(id: str, now: datetime, over: bool) -> Any:
    name = f"{TITLE} {id}"
    return {
        "heartbeat": {"monitorID": 1, "status": 1 if over else 0, "time": rfc3339(now), "msg": SAID, "important": True},
        "monitor": {"id": 1, "name": name, "type": "http", "url": "http://127.0.0.1/"},
        "msg": f"[{name}] [{'Up' if over else 'Down'}] {SAID}",
    }


def _generic(id: str, now: datetime, over: bool) -> Any:
    body = {"title": f"{TITLE} {id}", "dedup_key": id, "status": "resolved" if over else "firing"}
    return {**body, "description": SAID, "severity": "info", "starts_at": rfc3339(now)}


def _email(id: str, now: datetime, over: bool) -> bytes:
    word = "RESOLVED" if over else "PROBLEM"
    answers = f"References: <{id}@watchroom.invalid>\r\n" if over else ""
    return (
        f"From: Watchroom <test@watchroom.invalid>\r\nTo: test@watchroom.invalid\r\nSubject: {word}: {TITLE} {id}\r\n"
        f"Message-ID: <{id}{'-over' if over else ''}@watchroom.invalid>\r\n{answers}"
        f"Date: {now:%a, %d %b %Y %H:%M:%S} +0000\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{SAID}\r\n"
    ).encode()


def _report(id: str, now: datetime, over: bool) -> Any:
    return {"what": f"{TITLE} {id}. {SAID}"}


_KINDS: dict[SourceKind, Callable[[str, datetime, bool], Any]] = {
    "alertmanager": _alertmanager, "grafana": _grafana, "pagerduty": _pagerduty, "opsgenie": _opsgenie,
    "sentry": _sentry, "cloudevents": _cloudevents, "sns": _sns, "datadog": _datadog, "zabbix": _zabbix,
    "uptimekuma": _uptimekuma, "generic": _generic, "email": _email, "report": _report,
}  # fmt: skip
