"""Datadog's webhooks integration: its default body, and the bodies that users compose from its variables.

source: Datadog documentation, "Webhooks integration". The id of the default body is that of one event, so the key is
the monitor's and its scope's, the aggregation's, or what stays the same in the title. Pure; called by the web.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal, signal_id
from watchroom.integrations import generic
from watchroom.integrations.delivery import Fault, Limits, Reading, check_count, check_sizes, decode
from watchroom.integrations.fields import (
    Fields,
    annotations_of,
    as_text,
    first_line,
    flat,
    labels_of,
    state_word,
    text_of,
    time_of,
    url_of,
)

_json = msgspec.json.Decoder(Any)
WEBHOOK = "a webhook of Datadog's"
TITLES = ("eventtitle", "title", "alerttitle", "monitorname", "name")
TRANSITIONS = ("alerttransition", "transition", "eventtype", "status", "state", "alertstatus", "alerttype", "type")
MONITORS = ("alertid", "monitorid")
SCOPES = ("alertscope", "scope", "scopes")
CYCLES = ("aggregkey", "aggregationkey", "alertcyclekey")
BODIES = ("textonlymsg", "eventmsg", "body", "message", "description", "alertstatus")
STARTS = ("alertstarttime", "date", "datedetected", "dateposix", "lastupdated", "lastupdatedposix")
ENDS = ("lastupdated", "lastupdatedposix", "date")
URLS = ("link", "url", "eventlink", "alertlink")
# `[P2] [Triggered on {host:web-1}] CPU is high`
_PRIORITY = re.compile(r"^\s*\[(P[1-5])\]\s*")
_TRANSITION = re.compile(
    r"^\s*\[((?:Re-?)?(?:Triggered|Recovered|Warn(?:ing)?|No Data|Renotify|Alert|OK|Resolved|Monitor Alert|Notify)"
    r"(?: Recovered)?)(?: on \{(.*?)\})?\]\s*",
    re.IGNORECASE,
)


class _Title(msgspec.Struct, frozen=True):
    """What a title of Datadog's says."""

    text: str
    transition: str = ""
    scope: str = ""
    priority: str = ""


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read a webhook body, or a list of them. Raises Malformed."""
    value = decode(_json, body, WEBHOOK)
    objects = value if isinstance(value, list) else [value]
    check_count(len(objects), limits)
    reading = Reading([])
    for index, item in enumerate(objects):
        try:
            reading.signals.append(_signal(item, source, limits))
        except Malformed as error:
            if len(objects) == 1:
                raise
            reading.faults.append(Fault(index, error.code, error.message))
    return reading


def _signal(item: Any, source: str, limits: Limits) -> Signal:
    if not isinstance(item, dict):
        raise Malformed("The body is JSON, but no object.", hint="Leave the webhook's payload as Datadog fills it in.")
    fields = flat(item)
    title = _title(first_line(text_of(fields, TITLES)))
    if not title.text:
        return generic.signal_of(item, source, limits)
    labels = labels_of(fields.get("tags"))
    key = _key(fields, title)
    said = {"description": text_of(fields, BODIES), "query": text_of(fields, ("alertquery", "query"))}
    annotations = annotations_of(said)
    check_sizes({**labels, "key": key}, annotations, limits)
    over = _is_over(fields, title.transition)
    return Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state="resolved" if over else "firing",
        title=title.text,
        severity=(title.priority or text_of(fields, ("alertpriority", "priority", "severity")))[:100],
        service=(labels.get("service") or text_of(fields, ("service", "hostname", "host")))[:200],
        labels=labels,
        annotations=annotations,
        starts_at=None if over else time_of(fields, STARTS, limits),
        ends_at=time_of(fields, ENDS, limits) if over else None,
        url=url_of(fields, URLS),
    )


def _title(text: str) -> _Title:
    """A title without its priority and transition, which change while the monitor stays the same."""
    priority = transition = scope = ""
    while True:
        if (found := _PRIORITY.match(text)) is not None:
            priority = found[1]
        elif (found := _TRANSITION.match(text)) is not None:
            transition, scope = found[1], found[2] or scope
        else:
            break
        if found.end() == len(text):
            break
        text = text[found.end() :]
    return _Title(text, transition, scope, priority)


def _key(fields: Fields, title: _Title) -> str:
    scope = text_of(fields, SCOPES) or _joined(fields.get("scopes")) or title.scope
    explicit = as_text(fields.get("dedupkey"))
    monitor = text_of(fields, MONITORS)
    if explicit or monitor:
        # Without a scope, what tells the groups of one monitor apart is the title, which names their hosts.
        return explicit or f"{monitor}\x1f{scope or title.text}"
    return text_of(fields, CYCLES) or f"{title.text}\x1f{scope}"


def _joined(value: Any) -> str:
    return ",".join(entry for entry in value if isinstance(entry, str)) if isinstance(value, list) else ""


def _is_over(fields: Mapping[str, Any], transition: str) -> bool:
    """Whether the monitor recovered. `alert_type` is `success` then, and `error` or `warning` else."""
    for stated in (as_text(fields.get("alerttransition")), transition, *(as_text(fields.get(n)) for n in TRANSITIONS)):
        state = state_word(stated)
        if state is not None:
            return state == "resolved"
    return False
