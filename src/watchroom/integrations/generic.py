"""Any JSON object as a signal: the title, state, key and times are found in the fields where senders usually put
them.

Documented fields: `title` (required), `status` firing/resolved, `dedup_key`, `description`, `severity`, `service`,
`labels`, `starts_at`, `url`; the usual other names are understood too. A list of objects is several signals. Pure;
called by the web, by `recognition`, and by the readers of senders whose bodies their users compose.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.detection.signal import Remark, Signal, State, signal_id
from watchroom.integrations.delivery import Fault, Limits, Reading, check_count, check_sizes, decode
from watchroom.integrations.fields import (
    ACKNOWLEDGED,
    TITLE_CHARS_MAX,
    Fields,
    as_text,
    as_time,
    first_line,
    flat,
    labels_of,
    split_prefix,
    state_word,
    text_of,
    time_of,
    url_of,
    words_of,
)

_json = msgspec.json.Decoder(Any)

# Names of fields as `fields.plain` writes them. Those that are believed first stand first.
TITLES = (
    "title", "alerttitle", "eventtitle", "problemtitle", "incidenttitle", "issuetitle", "messagetitle",
    "entitydisplayname", "eventdefinitiontitle", "summary", "messagesubject", "headline", "shortdescription",
    "alertsummary",
)  # fmt: skip
# Without a title, what is watched and what is said of it make one.
WATCHED = (
    "alertname", "alarmname", "rulename", "alertrule", "alertrulename", "problemname", "incidentname", "policyname",
    "conditionname", "searchname", "alertdefinitionname", "watchid", "triggername", "monitorname",
    "monitorfriendlyname", "servicedesc", "servicedescription", "checkname", "testname", "servername", "detectorname",
    "displayname", "servicename", "slug", "workflow", "name",
)  # fmt: skip
SAID = (
    "alertdetails", "newstatereason", "incidentreason", "alertdescription", "subject", "message", "msg", "text",
    "checkoutput", "serviceoutput", "hostoutput", "output", "alert", "problem", "event", "details", "description",
    "longdescription", "body", "ruleexpression", "statusmessage", "reason", "cause", "error", "info", "fallback",
)  # fmt: skip
# A tuple is a key of several fields together.
KEYS: tuple[str | tuple[str, ...], ...] = (
    "dedupkey", "dedup", "deduplicationkey", "alias", "incidentkey", "fingerprint", "alertcorrelationid", "eventarn",
    "correlationid", "entityid", "monitorid", "alertid", "incidentid", "problemid", "alarmarn",
    ("policyid", "alerttype"), "issueid", ("workflowid", "headbranch"), ("hostname", "servicedesc"),
    ("host", "checkname"), ("host", "chart", "alert"), "checkid", "testid", "sid", "eventid", "uid", "uuid", "id",
)  # fmt: skip
STATES = (
    "conclusion", "status", "state", "currentstate", "newstatevalue", "monitorcondition", "alertstatus",
    "alertstatusstring", "alertstate", "newstate", "servicestate", "hoststate", "alerttransition", "transition",
    "checkresult", "statusextended", "messagetype", "notificationtype", "action", "eventaction", "alertevent",
    "eventtype", "alerttype", "alerttypefriendlyname", "color", "type", "eventname", "statuscode",
)  # fmt: skip
# Numbers that are states, where another field of the same sender stands beside them (source: Auvik's
# webhook).
NUMBERED: tuple[tuple[str, str, Mapping[str, State]], ...] = (
    ("alertstatus", "alertstatusstring", {"0": "firing", "1": "resolved"}),
)
# What happened, where it is no state: a certificate of a monitor is not the monitor's being down.
MATTERS = ("alerttype", "eventtype")
MATTERING = frozenset({"monitorid", "checkid", "testid", "uid", "id"})
"""Keys of a thing that is watched, of which several matters may be reported."""
SEVERITIES = (
    "severity", "severityname", "alertseveritystring", "alertseverity", "eventseverity", "priority",
    "importancelevel", "level", "urgency", "criticality",
)  # fmt: skip
SERVICES = (
    "service", "servicename", "servicedesc", "servicedescription", "application", "applicationname", "app",
    "component", "repository", "project", "host", "hostname", "servername", "resource", "entityname",
    "impactedentity", "targetname",
)  # fmt: skip
DESCRIPTIONS = (
    "description", "alertdescription", "details", "alertdetails", "message", "messagebody", "body", "text", "summary",
    "longdescription", "reason", "output", "serviceoutput", "hostoutput",
)  # fmt: skip
STARTS = (
    "startsat", "startedat", "starttime", "triggeredat", "fireddatetime", "firedat", "activatedat", "openedat",
    "statechangetime", "statestarttime", "statechangedtimestamp", "incidenttimeiso", "datestartzoned", "datestart",
    "alertdatetime", "createdat", "createtime", "recordedat", "timestamp", "ts", "time", "datetime",
)  # fmt: skip
ENDS = (
    "endsat", "resolvedat", "resolveddatetime", "endtime", "endedat", "closedat", "dateendzoned", "dateend",
    "recoveredat",
)  # fmt: skip
URLS = (
    "url", "link", "links", "permalink", "incidenturl", "alerturl", "problemurl", "htmlurl", "weburl", "detectorurl",
    "clienturl", "monitorurl", "monitordashboardlink", "issueurl", "ruleurl", "runurl", "resultslink", "titlelink",
    "resulturl", "alertrulesurl", "violationcharturl", "dashboardurl",
)  # fmt: skip


class Names(msgspec.Struct, frozen=True):
    """Where one sender puts what, ahead of the usual places."""

    titles: tuple[str, ...] = ()
    keys: tuple[str | tuple[str, ...], ...] = ()
    states: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


USUAL = Names()


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read one object, or a list of them. Raises Malformed when the body is neither, or has no title anywhere."""
    value = decode(_json, body, "a JSON object")
    return read_values(value if isinstance(value, list) else [value], source, limits)


def read_values(objects: list[Any], source: str, limits: Limits, names: Names = USUAL) -> Reading:
    """Read objects that are decoded. Raises Malformed when there is none, or when the only one has no title."""
    if not objects:
        raise Malformed("The list is empty.", hint='Send at least one object with a "title".')
    check_count(len(objects), limits)
    reading = Reading([])
    for index, item in enumerate(objects):
        try:
            signal, acknowledged = _signal(item, source, limits, names)
        except Malformed as error:
            if len(objects) == 1:
                raise
            reading.faults.append(Fault(index, error.code, error.message))
            continue
        reading.signals.append(signal)
        reading.doubts += [Fault(index, code, said) for code, said in _doubts(item, signal, acknowledged)]
        if acknowledged:
            reading.remarks.append(Remark(signal.id, "acknowledged"))
    return reading


def _doubts(item: dict[str, Any], signal: Signal, acknowledged: bool) -> Iterator[tuple[str, str]]:
    """What our own fields say that cannot be read: a slip there would else pass for nothing said."""
    if "title" not in item:
        return
    status = item.get("status")
    if isinstance(status, str) and status.strip() and state_word(status) is None and not acknowledged:
        yield "unknown_status", f"status {status[:40]!r} is neither firing nor resolved; taken as {signal.state}."
    starts_at = item.get("starts_at")
    if starts_at not in (None, "") and as_time(starts_at) is None:
        yield "unknown_time", f"starts_at {str(starts_at)[:40]!r} is no time; left out."


def signal_of(item: Any, source: str, limits: Limits, names: Names = USUAL) -> Signal:
    """One object as a signal. Raises Malformed when it is no object or has no title anywhere."""
    return _signal(item, source, limits, names)[0]


def _signal(item: Any, source: str, limits: Limits, names: Names) -> tuple[Signal, bool]:
    """The signal, and whether somebody acknowledged it where it comes from."""
    if not isinstance(item, dict):
        raise Malformed("The body is JSON, but no object.", hint='Send an object with a "title".')
    fields = flat(item)
    title, about = _title(fields, names)
    if not title:
        raise Malformed("No title was found.", hint='Send "title": what is wrong, in a few words.', code="no_title")
    labels = labels_of(fields.get("labels") or fields.get("tags"))
    service = _service(fields, names) or labels.get("service", "")
    state, acknowledged = _state(fields, title, names)
    key = _key(fields, names) or f"{about}\x1f{service}"
    description = text_of(fields, DESCRIPTIONS)
    annotations = {"description": description} if description else {}
    check_sizes({**labels, "key": key}, annotations, limits)
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state=state,
        title=title,
        severity=text_of(fields, SEVERITIES)[:100] or labels.get("severity", ""),
        service=service[:200],
        labels=labels,
        annotations=annotations,
        starts_at=time_of(fields, names.starts + STARTS, limits),
        ends_at=time_of(fields, names.ends + ENDS, limits) if state == "resolved" else None,
        url=url_of(fields, names.urls + URLS),
    )
    return signal, acknowledged


def _service(fields: Fields, names: Names) -> str:
    """The service's name, also where the service is an object that has one."""
    for name in names.services + SERVICES:
        value = fields.get(name)
        found = text_of(value, ("summary", "name")) if isinstance(value, dict) else as_text(value)
        if found:
            return found
    return ""


def _title(fields: Fields, names: Names) -> tuple[str, str]:
    """The title, and the part of it that stays the same when the signal ends; both empty when nothing says any."""
    title = first_line(text_of(fields, names.titles + TITLES))
    if title:
        return title, split_prefix(title)[1]
    watched, said = first_line(text_of(fields, WATCHED)), first_line(text_of(fields, SAID))
    host, service = text_of(fields, ("host", "hostname")), as_text(fields.get("service"))
    if not watched and said and host and "text" not in fields:
        where = f"{host} {service}".strip()
        # What is said of a host alone may be anything; of a service, or of the host's own state, it is one thing.
        about = where if service or "hoststate" in fields else f"{where} {split_prefix(said)[1]}"
        return (said if where in said else f"{where}: {said}"[:TITLE_CHARS_MAX]), about
    if watched and said and watched not in said:
        return f"{watched}: {said}"[:TITLE_CHARS_MAX], watched
    if watched or said:
        return said or watched, watched or split_prefix(said)[1]
    # Some monitors say no more than what happened, and to which address.
    word = first_line(text_of(fields, names.states + STATES)).replace("_", " ")
    where = url_of(fields, names.urls + URLS) or text_of(fields, SERVICES)
    return (f"{where}: {word}"[:TITLE_CHARS_MAX], where) if word and where else ("", "")


def _key(fields: Fields, names: Names) -> str:
    """The first key that is whole; what says which matter of a monitor it is about belongs to the key."""
    for name in names.keys + KEYS:
        parts = [as_text(fields.get(part)) for part in ((name,) if isinstance(name, str) else name)]
        if not all(parts):
            continue
        key = "\x1f".join(parts)
        matter = text_of(fields, MATTERS) if name in MATTERING else ""
        is_state = any(state_word(fields.get(state)) for state in names.states + STATES)
        return f"{key}\x1f{matter}" if matter and not is_state else key
    return ""


def _state(fields: Fields, title: str, names: Names) -> tuple[State, bool]:
    """The first field that speaks of a state decides, then the title's own prefix; what says nothing fires."""
    acknowledged = any(words_of(text) & ACKNOWLEDGED for name in STATES if (text := as_text(fields.get(name))))
    for name, beside, numbered in NUMBERED:
        state = numbered.get(as_text(fields.get(name)))
        if state is not None and beside in fields:
            return state, acknowledged
    for name in names.states + STATES:
        value = fields.get(name)
        value = value.get("name") if isinstance(value, dict) else value
        stated = state_word(value)
        if stated is not None:
            return stated, acknowledged
    if fields.get("resolved") is True or state_word(text_of(fields, SEVERITIES)) == "resolved":
        return "resolved", acknowledged
    said, _rest = split_prefix(title)
    return state_word(said) or "firing", acknowledged
