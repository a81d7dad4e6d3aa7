"""CloudEvents 1.0 over HTTP: structured, binary (`ce-*` headers) and batched.

source: CNCF CloudEvents 1.0.2, "HTTP protocol binding" and "JSON event format". What happened stands in `data`,
read as any JSON; the attributes say what it leaves open. An event's id is of that one event: the key is what `data`
says, else source, subject and type without the word of its state. Pure; called by the web.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal, signal_id
from watchroom.integrations import generic
from watchroom.integrations.delivery import (
    Fault,
    Headers,
    Limits,
    Read,
    Reading,
    check_count,
    check_sizes,
    decode,
    plausible,
)
from watchroom.integrations.fields import (
    BEGUN,
    OVER,
    as_label,
    as_text,
    as_time,
    as_url,
    first_line,
    flat,
    inner_json,
    state_word,
    text_of,
    words_of,
)

_json = msgspec.json.Decoder(Any)
EVENT = "a CloudEvent"
ATTRIBUTES = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data", "data_base64"}
)


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read one structured event, or a batch of them. Raises Malformed."""
    value = decode(_json, body, EVENT)
    if isinstance(value, dict) and "specversion" not in value:
        return generic.read_values([value], source, limits)
    events = value if isinstance(value, list) else [value]
    check_count(len(events), limits)
    reading = Reading([])
    for index, event in enumerate(events):
        try:
            reading.signals.append(_signal(event, source, limits))
        except Malformed as error:
            if len(events) == 1:
                raise
            reading.faults.append(Fault(index, error.code, error.message))
    return reading


def reading(headers: Headers) -> Read:
    """The reader for a request with these headers: binary when they say `ce-specversion`, else structured."""
    if "ce-specversion" not in headers:
        return read
    attributes = {name.removeprefix("ce-"): unquote(value) for name, value in headers.items() if name[:3] == "ce-"}

    def read_binary(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        data: Any = body.decode("utf-8", "replace")
        if body.strip() and (kind.endswith("json") or not kind):
            data = decode(_json, body, "the data of a CloudEvent")
        return Reading([_signal({**attributes, "data": data}, source, limits)])

    return read_binary


def _signal(event: Any, source: str, limits: Limits) -> Signal:
    if not isinstance(event, dict) or not as_text(event.get("type")) or not as_text(event.get("source")):
        raise Malformed("It is no CloudEvent: type or source is missing.", hint="Send specversion, id, source, type.")
    data, from_ = _data(event), as_text(event.get("source"))
    kind, subject = as_text(event.get("type")), as_text(event.get("subject"))
    labels = {"source": from_, "type": kind, "subject": subject}
    labels |= {str(name): as_label(value) for name, value in event.items() if name not in ATTRIBUTES}
    labels = {name: value for name, value in labels.items() if value}
    within = _within(data, source, limits)
    key = (text_of(flat(data), _KEYS) if isinstance(data, dict) else "") or f"{from_}\x1f{subject}\x1f{_stem(kind)}"
    title = within.title if within is not None else first_line(as_text(data))
    state = (_stated(data) if isinstance(data, dict) else None) or state_word(kind.rpartition(".")[2]) or "firing"
    annotations = dict(within.annotations) if within is not None else {}
    if not annotations and isinstance(data, str) and data.strip():
        annotations = {"description": data}
    if within is None and isinstance(data, dict) and data:
        annotations = {str(name): as_label(value) for name, value in data.items() if value is not None}
    all_labels = {**labels, **(within.labels if within is not None else {})}
    check_sizes({**all_labels, "key": key}, annotations, limits)
    at = plausible(as_time(event.get("time")), "time", limits)
    return Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state=state,
        title=title or f"{kind}: {subject or from_}",
        severity=within.severity if within is not None else as_text(event.get("severity")),
        service=(within.service if within is not None else "") or subject or from_,
        labels=all_labels,
        annotations=annotations,
        starts_at=(within.starts_at if within is not None else None) or (at if state == "firing" else None),
        ends_at=((within.ends_at if within is not None else None) or at) if state == "resolved" else None,
        url=(within.url if within is not None else "") or as_url(from_),
    )


_KEYS = tuple(name for name in generic.KEYS if isinstance(name, str) and name not in ("id", "uid", "uuid", "eventid"))


def _data(event: Mapping[str, Any]) -> Any:
    """The data, decoded where it is JSON in a text or base64. Raises Malformed."""
    encoded = event.get("data_base64")
    if isinstance(encoded, str):
        try:
            data: Any = base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError) as error:
            raise Malformed("data_base64 is no base64.", hint="Encode it as RFC 4648 says.") from error
    else:
        data = event.get("data")
    return inner_json(data) if isinstance(data, str) and data.lstrip()[:1] == "{" else data


def _within(data: Any, source: str, limits: Limits) -> Signal | None:
    """What the data says by itself, if it says what is wrong."""
    if not isinstance(data, dict):
        return None
    try:
        return generic.signal_of(data, source, limits)
    except Malformed as error:
        if error.code == "no_title":
            return None
        raise


def _stated(data: Mapping[str, Any]) -> Any:
    fields = flat(data)
    stated = (state_word(fields.get(name)) for name in generic.STATES)
    return next(filter(None, stated), None)


def _stem(kind: str) -> str:
    """A type without the word of its state: `com.example.disk.full.resolved` is about `com.example.disk.full`."""
    parts = kind.split(".")
    return ".".join(parts[:-1]) if len(parts) > 1 and words_of(parts[-1]) & (OVER | BEGUN) else kind
