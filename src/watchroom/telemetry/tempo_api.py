"""Tempo's HTTP API over traces of our own: a path and parameters in, a status and JSON out.

Knows nothing of the web framework that mounts it, and blocks while it computes: callers run it off the event loop.
Source: Grafana Tempo, "Tempo HTTP API"; OpenTelemetry, "OTLP/HTTP", "JSON Protobuf Encoding".
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from watchroom.telemetry.logql.units import duration_ns
from watchroom.telemetry.loki_api import Answer, refused
from watchroom.telemetry.loki_parameters import Parameters, text
from watchroom.telemetry.refusal import BadData, Missing, QueryError
from watchroom.telemetry.traceql import INTRINSICS, SpanTest, query_test, tag_test, value_of
from watchroom.telemetry.traces import Attribute, Span, SpanStatus, Trace, TraceStore

VERSION = "2.6.0"
LIMIT_DEFAULT = 20
LIMIT_MAX = 1_000
"""Traces of one answer."""
SPANS_DEFAULT = 3
SPANS_MAX = 100
"""Spans that are shown of one trace of an answer."""
TAG_VALUES_MAX = 5_000
_STATUS = {SpanStatus.UNSET: 0, SpanStatus.OK: 1, SpanStatus.ERROR: 2}
_OLD_INTRINSICS = ("name", "status")
_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class TempoApi:
    """One Tempo, as its clients see it."""

    store: TraceStore

    def answer(self, path: str, parameters: Parameters) -> Answer:
        """`path` is what follows `/api/`. Never raises `QueryError`: an error is an answer too, in plain text."""
        try:
            return self._answer(path.strip("/"), parameters)
        except QueryError as error:
            return refused(error)

    def _answer(self, path: str, parameters: Parameters) -> Answer:
        if path == "echo":
            return Answer(200, b"echo", "text/plain; charset=utf-8")
        return Answer(200, _json(self._data(path, parameters)))

    def _data(self, path: str, parameters: Parameters) -> dict[str, Any]:
        parts = path.removeprefix("v2/").split("/")
        newer = path.startswith("v2/")
        match parts:
            case ["traces", trace_id]:
                trace = self.store.trace(trace_id)
                if trace is None:
                    raise Missing("trace not found")
                return {"trace": otlp(trace, "resourceSpans")} if newer else otlp(trace, "batches")
            case ["search"] if not newer:
                return self._search(parameters)
            case ["search", "tags"]:
                return self._scoped_tags(parameters) if newer else {"tagNames": self._tags()}
            case ["search", "tag", *name, "values"] if name:
                return self._tag_values("/".join(name), parameters, newer=newer)
            case ["status", "buildinfo"]:
                return {"version": VERSION, "revision": "", "branch": "", "goVersion": ""}
        raise Missing(f"there is no /api/{path} here")

    def _search(self, parameters: Parameters) -> dict[str, Any]:
        query, tags = text(parameters, "q"), text(parameters, "tags")
        if query and tags:
            raise BadData("invalid request: can't specify tags and q in the same query")
        test = query_test(query) if query else tag_test(tags)
        limit = _count(parameters, "limit", LIMIT_DEFAULT, LIMIT_MAX)
        shown = _count(parameters, "spss", SPANS_DEFAULT, SPANS_MAX)
        least, most = _duration(parameters, "minDuration"), _duration(parameters, "maxDuration")
        start, end = _seconds(parameters, "start"), _seconds(parameters, "end")
        if start is not None and end is not None and end < start:
            raise BadData("invalid start or end: start must be before end")
        found, looked_at = [], 0
        for trace in self.store.newest_first():
            looked_at += 1
            took = trace.end_ns - trace.start_ns
            if (least is not None and took < least) or (most is not None and took > most):
                continue
            if (start is not None and trace.end_ns < start) or (end is not None and trace.start_ns > end):
                continue
            spans = [span for span in trace.spans if test(span, trace)]
            if spans:
                found.append(_summary(trace, spans, shown))
            if len(found) == limit:
                break
        return {"traces": found, "metrics": {"inspectedTraces": looked_at, "completedJobs": 1, "totalJobs": 1}}

    def _spans(self, test: SpanTest | None = None) -> Iterable[tuple[Span, Trace]]:
        for trace in self.store.newest_first():
            for span in trace.spans:
                if test is None or test(span, trace):
                    yield span, trace

    def _tags(self) -> list[str]:
        names = {name for span, _ in self._spans() for name in (*span.attributes, *span.of_resource())}
        return sorted({*names, *_OLD_INTRINSICS} if names else names)

    def _scoped_tags(self, parameters: Parameters) -> dict[str, Any]:
        wanted = text(parameters, "scope")
        if wanted not in ("", "none", "resource", "span", "intrinsic"):
            raise BadData(f"invalid scope: {wanted}; use resource, span or intrinsic")
        resource, span_names = set[str](), set[str]()
        for span, _ in self._spans():
            resource.update(span.of_resource())
            span_names.update(span.attributes)
        scopes = {"resource": sorted(resource), "span": sorted(span_names), "intrinsic": sorted(INTRINSICS)}
        return {
            "scopes": [{"name": scope, "tags": tags} for scope, tags in scopes.items() if wanted in ("", "none", scope)]
        }

    def _tag_values(self, name: str, parameters: Parameters, *, newer: bool) -> dict[str, Any]:
        query = text(parameters, "q")
        test = query_test(query) if newer and query and query != "{}" else None
        values: set[tuple[str, str]] = set()
        for span, trace in self._spans(test):
            value = value_of(span, trace, name if newer or name in _OLD_INTRINSICS else f".{name}")
            if value is not None and len(values) < TAG_VALUES_MAX:
                values.add(_typed(name, value))
        if newer:
            return {"tagValues": [{"type": kind, "value": value} for kind, value in sorted(values)]}
        return {"tagValues": sorted({value for _, value in values})}


def _typed(name: str, value: Attribute) -> tuple[str, str]:
    if name in ("status", "kind"):
        return "keyword", str(value)
    if name in ("duration", "traceDuration"):
        return "duration", f"{value}ns"
    if isinstance(value, bool):
        return "bool", "true" if value else "false"
    kind = "string" if isinstance(value, str) else "int" if isinstance(value, int) else "float"
    return kind, str(value)


def _count(parameters: Parameters, name: str, otherwise: int, most: int) -> int:
    given = text(parameters, name)
    if not given:
        return otherwise
    if not re.fullmatch(r"\d{1,9}", given) or int(given) == 0:
        raise BadData(f"invalid {name}: must be a positive number")
    if int(given) > most:
        raise BadData(f"invalid {name}: at most {most} are answered at once; narrow the search")
    return int(given)


def _duration(parameters: Parameters, name: str) -> int | None:
    given = text(parameters, name)
    try:
        return duration_ns(given, long_units=False) if given else None
    except ValueError as error:
        raise BadData(f"invalid {name}: {error}") from None


def _seconds(parameters: Parameters, name: str) -> int | None:
    given = text(parameters, name)
    if not given:
        return None
    if not re.fullmatch(r"\d{1,10}", given):
        raise BadData(f"invalid {name}: must be seconds since 1970")
    return int(given) * 1_000_000_000


def _summary(trace: Trace, spans: list[Span], shown: int) -> dict[str, Any]:
    root = trace.root
    span_set = {"spans": [_short(span) for span in spans[:shown]], "matched": len(spans)}
    return {
        "traceID": trace.trace_id.lstrip("0") or "0",
        "rootServiceName": root.service if root else "<root span not yet received>",
        "rootTraceName": root.name if root else "",
        "startTimeUnixNano": str(trace.start_ns),
        "durationMs": (trace.end_ns - trace.start_ns) // 1_000_000,
        "spanSet": span_set,
        "spanSets": [span_set],
    }


def _short(span: Span) -> dict[str, Any]:
    return {
        "spanID": span.span_id,
        "name": span.name,
        "startTimeUnixNano": str(span.start_ns),
        "durationNanos": str(span.duration_ns),
        "attributes": _attributes({"service.name": span.service}),
    }


def otlp(trace: Trace, name: str) -> dict[str, Any]:
    """A trace as OTLP JSON, by resources; `name` is what the list of them is called."""
    resources: dict[tuple[tuple[str, Attribute], ...], list[Span]] = {}
    for span in trace.spans:
        resources.setdefault(tuple(sorted(span.of_resource().items())), []).append(span)
    return {
        name: [
            {
                "resource": {"attributes": _attributes(dict(resource))},
                "scopeSpans": [{"scope": {"name": "watchroom"}, "spans": [_whole(span) for span in spans]}],
            }
            for resource, spans in resources.items()
        ]
    }


def _id(hexadecimal: str, length: int) -> str:
    """Tempo writes ids as protobuf's JSON does: base64."""
    return base64.b64encode(bytes.fromhex(hexadecimal.rjust(length, "0"))).decode()


def _whole(span: Span) -> dict[str, Any]:
    status: dict[str, Any] = {"code": f"STATUS_CODE_{span.status.name}"} if _STATUS[span.status] else {}
    if span.status_message:
        status["message"] = span.status_message
    parent = {"parentSpanId": _id(span.parent_id, 16)} if span.parent_id else {}
    return {
        "traceId": _id(span.trace_id, 32),
        "spanId": _id(span.span_id, 16),
        **parent,
        "name": span.name,
        "kind": f"SPAN_KIND_{span.kind.name}",
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _attributes(span.attributes),
        "status": status,
    }


def _attributes(attributes: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(attributes[key])} for key in sorted(attributes)]


def _value(value: Attribute) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
