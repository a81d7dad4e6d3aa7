"""Sentry's webhooks: of an internal integration (issue alerts, metric alerts, issues, comments), and the old plugin's.

source: Sentry documentation, "Integration platform: webhooks". Which of them a body is, is told by what its `data`
holds, as the header `Sentry-Hook-Resource` says too. An issue is known by its id, a metric alert by its rule.
Pure; called by the web.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.detection.signal import Remark, Signal, State, signal_id
from watchroom.integrations import generic
from watchroom.integrations.delivery import Limits, Notice, Reading, check_sizes, decode, plausible
from watchroom.integrations.fields import (
    annotations_of,
    as_text,
    as_time,
    as_url,
    first_line,
    labels_of,
    split_prefix,
)

_json = msgspec.json.Decoder(Any)
WEBHOOK = "a webhook of Sentry's"
OVER = ("resolved", "ignored", "archived")
"""What people do to an issue that ends it: it needs nobody any more."""

Object = Mapping[str, Any]


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read a webhook body. Raises Malformed."""
    value = decode(_json, body, WEBHOOK)
    match value:
        case {"data": {"metric_alert": dict(metric)} as data, "action": str(action)}:
            return Reading([_metric(metric, data, action, source, limits)])
        case {"data": {"event": dict(event)} as data}:
            return Reading([_event(event, data, source, limits)])
        case {"data": {"error": dict(event)} as data}:
            return Reading([_event(event, data, source, limits)])
        case {"data": {"issue": dict(issue)} as data} if as_text(data.get("comment")):
            return Reading([], remarks=[_comment(value, issue.get("id"), source)])
        case {"data": {"issue": dict(issue)}, "action": str(action)}:
            return _issue(value, issue, action, source, limits)
        case {"data": {"comment": _, "issue_id": id}}:
            return Reading([], remarks=[_comment(value, id, source)])
        case {"data": {"installation": _}}:
            return Reading([], notice=Notice("installation", "Sentry says that its integration was installed."))
        case {"event": dict(event), "project": _}:
            return Reading([_plugin(value, event, source, limits)])
        case _:
            return generic.read(body, source, limits, now)


def _signal(
    source: str, key: str, title: str, state: State, limits: Limits, *, about: Object, said: Object, labels: Object
) -> Signal:
    if not title:
        raise Malformed("No title was found.", hint="Compare it with docs/senders.md.", code="no_title")
    kept = {name: text for name, value in labels.items() if (text := as_text(value))}
    annotations = annotations_of(said)
    check_sizes({**kept, "key": key}, annotations, limits)
    started, ended = as_time(about.get("starts_at")), as_time(about.get("ends_at"))
    return Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state=state,
        title=title,
        severity=as_text(about.get("severity")),
        service=as_text(about.get("service")),
        labels=kept,
        annotations=annotations,
        starts_at=plausible(started, "started", limits),
        ends_at=plausible(ended, "ended", limits) if state == "resolved" else None,
        url=as_url(about.get("url")),
    )


def _event(event: Object, data: Object, source: str, limits: Limits) -> Signal:
    """An issue alert, or a new error: one event of an issue."""
    issue = as_text(event.get("issue_id")) or as_text(event.get("groupID")) or as_text(event.get("event_id"))
    tags = labels_of(event.get("tags"))
    project = as_text(event.get("project_slug")) or as_text(event.get("project_name")) or as_text(event.get("project"))
    return _signal(
        source,
        f"issue/{issue}",
        _title_of(event),
        "firing",
        limits,
        about={
            "severity": event.get("level") or tags.get("level"),
            "service": project,
            "starts_at": event.get("datetime") or event.get("timestamp"),
            "url": event.get("web_url") or event.get("url"),
        },
        said={"culprit": event.get("culprit"), "rule": data.get("triggered_rule"), "message": event.get("message")},
        labels={"environment": event.get("environment") or tags.get("environment"), "project": project},
    )


def _issue(value: Object, issue: Object, action: str, source: str, limits: Limits) -> Reading:
    """A change of an issue: created, unresolved, resolved, archived, ignored, or assigned to somebody."""
    key = f"issue/{as_text(issue.get('id'))}"
    if action == "assigned":
        to = issue.get("assignedTo")
        text = f"to {as_text(to.get('name'))}" if isinstance(to, dict) else ""
        return Reading([], remarks=[Remark(signal_id(source, key), "assigned", _actor(value), text, key)])
    given = issue.get("project")
    project: Object = given if isinstance(given, dict) else {}
    signal = _signal(
        source,
        key,
        _title_of(issue),
        "resolved" if action in OVER else "firing",
        limits,
        about={
            "severity": issue.get("level"),
            "service": project.get("slug"),
            "starts_at": issue.get("firstSeen"),
            "url": issue.get("web_url") or issue.get("permalink"),
        },
        said={"culprit": issue.get("culprit"), "short id": issue.get("shortId")},
        labels={"project": project.get("slug")},
    )
    # Whoever ended it by hand is worth knowing; Sentry itself is not.
    who = _actor(value)
    remarks = [Remark(signal.id, action, who, "", key)] if action in OVER and who else []
    return Reading([signal], remarks=remarks)


def _metric(metric: Object, data: Object, action: str, source: str, limits: Limits) -> Signal:
    given = metric.get("alert_rule")
    rule: Object = given if isinstance(given, dict) else {}
    projects = metric.get("projects") or rule.get("projects")
    title = first_line(as_text(data.get("description_title")))
    return _signal(
        source,
        f"metric/{as_text(rule.get('id')) or as_text(metric.get('id'))}",
        split_prefix(title)[1] or as_text(metric.get("title")) or as_text(rule.get("name")),
        "resolved" if action in ("resolved", "closed") else "firing",
        limits,
        about={
            "severity": action if action in ("critical", "warning") else "",
            "service": ", ".join(
                name for name in (projects if isinstance(projects, list) else []) if isinstance(name, str)
            ),
            "starts_at": metric.get("date_started"),
            "ends_at": metric.get("date_closed"),
            "url": data.get("web_url"),
        },
        said={"description": data.get("description_text"), "query": rule.get("query")},
        labels={"environment": rule.get("environment"), "rule": rule.get("name")},
    )


def _plugin(value: Object, event: Object, source: str, limits: Limits) -> Signal:
    """The body of the old webhooks plugin: an event inside its issue's head."""
    project = as_text(value.get("project_slug")) or as_text(value.get("project"))
    return _signal(
        source,
        f"issue/{as_text(value.get('id'))}",
        _title_of(event) or first_line(as_text(value.get("message"))),
        "firing",
        limits,
        about={
            "severity": value.get("level") or event.get("level"),
            "service": project,
            "starts_at": event.get("timestamp") or event.get("received"),
            "url": value.get("url"),
        },
        said={
            "message": value.get("message"),
            "culprit": value.get("culprit"),
            "rules": value.get("triggering_rules"),
        },
        labels={"environment": event.get("environment"), "project": project, "logger": value.get("logger")},
    )


def _comment(value: Object, issue: Any, source: str) -> Remark:
    key = f"issue/{as_text(issue)}"
    data = value["data"]
    return Remark(signal_id(source, key), "commented", _actor(value), as_text(data.get("comment")), key)


def _title_of(thing: Object) -> str:
    return first_line(as_text(thing.get("title")) or as_text(thing.get("message")))


def _actor(value: Object) -> str:
    actor = value.get("actor")
    return as_text(actor.get("name")) if isinstance(actor, dict) and actor.get("type") == "user" else ""
