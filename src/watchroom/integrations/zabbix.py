"""Zabbix: a webhook media type whose script posts its parameters as JSON.

source: Zabbix documentation, "Webhook media type" and "Supported macros". Every value is a text, and a macro that has
nothing to say is left as it stands, or reads `*UNKNOWN*`. {EVENT.ID} stays the problem's while {EVENT.VALUE} goes from
1 to 0; a trigger is of one host, so it is the thing that the signal speaks of. {EVENT.DATE} and {EVENT.TIME} are in the
server's own time zone, which the body does not say, so only {EVENT.TIMESTAMP} is read as a time. Pure; called by the
web.
"""

from datetime import datetime
from typing import Any

import msgspec

from watchroom.detection.signal import Remark, Signal, State, signal_id
from watchroom.integrations import generic
from watchroom.integrations.delivery import Limits, Reading, check_sizes, decode
from watchroom.integrations.fields import (
    Fields,
    annotations_of,
    as_text,
    first_line,
    flat,
    inner_json,
    labels_of,
    split_prefix,
    state_word,
    text_of,
    time_of,
    url_of,
)

_json = msgspec.json.Decoder(Any)
WEBHOOK = "the parameters of a webhook of Zabbix's"
NAMES = ("eventname", "triggername", "problemname", "name", "alertsubject", "subject", "title", "summary", "trigger")
TRIGGERS = ("dedupkey", "triggerid", "objectid")
EVENTS = ("eventid", "problemid", "id")
HOSTS = ("hostname", "host", "hosthost", "hostvisiblename", "servicename", "service")
SEVERITIES = ("eventseverity", "triggerseverity", "severity", "priority", "eventnseverity", "nseverity")
VALUES = ("eventvalue", "triggervalue", "value")
STATES = ("eventstatus", "triggerstatus", "status", "state", "eventrecoverystatus", "alertsubject", "subject")
UPDATES = ("eventupdatestatus", "updatestatus")
MESSAGES = (
    "alertmessage", "eventopdata", "opdata", "message", "triggerdescription", "description", "text",
)  # fmt: skip
URLS = ("eventurl", "triggerurl", "url", "problemurl", "link", "zabbixurl")
SEVERITY_WORDS = ("Not classified", "Information", "Warning", "Average", "High", "Disaster")
"""By the number that {EVENT.NSEVERITY} gives."""


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read a webhook's parameters. Raises Malformed."""
    value = decode(_json, body, WEBHOOK)
    if not isinstance(value, dict):
        return generic.read(body, source, limits, now)
    fields = flat(value)
    name = split_prefix(first_line(text_of(fields, NAMES)))[1]
    if not name:
        return generic.read(body, source, limits, now)
    host = text_of(fields, HOSTS)
    key = text_of(fields, TRIGGERS) or text_of(fields, EVENTS) or f"{name}\x1f{host}"
    if as_text(fields.get(UPDATES[0])) == "1" or as_text(fields.get(UPDATES[1])) == "1":
        return _update(fields, source, key, limits)
    tags = _tags(fields)
    labels = {**tags, **({"host": host} if host else {})}
    said = {"description": text_of(fields, MESSAGES), "event": text_of(fields, EVENTS)}
    said |= {"date": text_of(fields, ("eventdate", "date")), "time": text_of(fields, ("eventtime", "time"))}
    annotations = annotations_of(said)
    check_sizes({**labels, "key": key}, annotations, limits)
    state = _state(fields)
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state=state,
        title=f"{host}: {name}" if host and host not in name else name,
        severity=_severity(fields),
        service=(tags.get("service") or host)[:200],
        labels=labels,
        annotations=annotations,
        starts_at=time_of(fields, ("eventtimestamp", "startsat", "clock"), limits),
        ends_at=time_of(fields, ("eventrecoverytimestamp", "endsat", "rclock"), limits),
        url=url_of(fields, URLS),
    )
    return Reading([signal])


def _state(fields: Fields) -> State:
    """A value of 0 is OK (source: {EVENT.VALUE}); else the words decide."""
    for name in VALUES:
        match as_text(fields.get(name)):
            case "0":
                return "resolved"
            case "1":
                return "firing"
    for name in STATES:
        state = state_word(fields.get(name)) if "subject" not in name else _prefix_state(as_text(fields.get(name)))
        if state is not None:
            return state
    return "firing"


def _prefix_state(subject: str) -> State | None:
    """`Resolved in 3m: Disk full`, as Zabbix's own templates of messages have it."""
    said = split_prefix(subject)[0]
    return state_word(said) or ("resolved" if subject.lower().startswith("resolved") else None)


def _severity(fields: Fields) -> str:
    found = text_of(fields, SEVERITIES)
    return SEVERITY_WORDS[int(found)] if found in "012345" and len(found) == 1 else found[:100]


def _tags(fields: Fields) -> dict[str, str]:
    """{EVENT.TAGSJSON} is a list in a text; {EVENT.TAGS} has commas."""
    for name in ("eventtagsjson", "eventtags", "tags", "triggertags"):
        value = fields.get(name)
        if isinstance(value, str):
            value = inner_json(value) if value.strip()[:1] in ("[", "{") else value
        found = labels_of(value)
        if found:
            return found
    return {}


def _update(fields: Fields, source: str, key: str, limits: Limits) -> Reading:
    """What somebody did to a problem: acknowledged it, said something, changed its severity."""
    by = text_of(fields, ("eventupdateuser", "userfullname", "updateuser"))
    text = text_of(fields, ("eventupdatemessage", "updatemessage"))
    action = text_of(fields, ("eventupdateaction", "updateaction")) or "updated"
    check_sizes({"key": key}, {"message": text}, limits)
    return Reading([], remarks=[Remark(signal_id(source, key), action, by, text, key)])
