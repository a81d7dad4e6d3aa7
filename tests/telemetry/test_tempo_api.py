"""Traces: the store, the search, and the Tempo API as Grafana uses it."""

import json
from typing import Any

import pytest

from watchroom.telemetry.refusal import BadData
from watchroom.telemetry.tempo_api import TempoApi
from watchroom.telemetry.traceql import query_test
from watchroom.telemetry.traces import Span, SpanKind, SpanStatus, TraceLimits, TraceStore, trace_id_of

BEGIN_NS = 1_700_000_000 * 10**9
MS = 10**6


def span(trace: str, number: int, **more: Any) -> Span:
    given: dict[str, Any] = {
        "trace_id": trace,
        "span_id": f"{number:016x}",
        "parent_id": "" if number == 1 else f"{1:016x}",
        "name": f"work {number}",
        "service": "web",
        "start_ns": BEGIN_NS + number * MS,
        "end_ns": BEGIN_NS + number * MS + 5 * MS,
        **more,
    }
    return Span(**given)


def api() -> TempoApi:
    store = TraceStore()
    store.append(
        [
            span("a1", 1, name="GET /", kind=SpanKind.SERVER, attributes={"http.status_code": 200, "cached": True}),
            span("a1", 2, service="db", attributes={"db.system": "postgresql"}, resource={"zone": "eu"}),
            span("b2", 1, name="POST /pay", start_ns=BEGIN_NS + 60_000 * MS, end_ns=BEGIN_NS + 62_000 * MS,
                 status=SpanStatus.ERROR, status_message="declined", attributes={"http.status_code": 500, "cost": 1.5}),
        ]
    )  # fmt: skip
    return TempoApi(store)


def asked(path: str, **parameters: str) -> tuple[int, Any]:
    answer = api().answer(path, {name: [value] for name, value in parameters.items()})
    text = answer.body.decode()
    return answer.status, json.loads(text) if answer.media_type.startswith("application/json") else text


def test_a_trace_is_otlp_by_resource() -> None:
    status, body = asked("traces/a1")
    assert status == 200
    web, db = body["batches"]
    assert db["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "db"}},
        {"key": "zone", "value": {"stringValue": "eu"}},
    ]
    (first,) = web["scopeSpans"][0]["spans"]
    assert first["traceId"] == "AAAAAAAAAAAAAAAAAAAAoQ=="
    assert (first["kind"], first["startTimeUnixNano"]) == ("SPAN_KIND_SERVER", str(BEGIN_NS + MS))
    assert {"key": "http.status_code", "value": {"intValue": "200"}} in first["attributes"]
    assert {"key": "cached", "value": {"boolValue": True}} in first["attributes"]
    assert "parentSpanId" not in first
    assert db["scopeSpans"][0]["spans"][0]["parentSpanId"] == first["spanId"]
    assert list(asked("v2/traces/a1")[1]["trace"]) == ["resourceSpans"]
    failed = asked("traces/b2")[1]["batches"][0]["scopeSpans"][0]["spans"][0]
    assert failed["status"] == {"code": "STATUS_CODE_ERROR", "message": "declined"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("traces/ff", 404), ("traces/xyz", 400), ("traces/" + "a" * 33, 400), ("nope", 404), ("search/tag", 404)],
)
def test_what_is_not_there(path: str, status: int) -> None:
    assert asked(path)[0] == status


def test_the_echo() -> None:
    assert asked("echo") == (200, "echo")


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, ["b2", "a1"]),
        ({"limit": "1"}, ["b2"]),
        ({"tags": "http.status_code=500"}, ["b2"]),
        ({"tags": 'service.name=db name="work 2"'}, ["a1"]),
        ({"tags": "service.name=none"}, []),
        ({"minDuration": "1s"}, ["b2"]),
        ({"maxDuration": "1s"}, ["a1"]),
        ({"start": "1700000050", "end": "1700000100"}, ["b2"]),
        ({"start": "1600000000", "end": "1700000010"}, ["a1"]),
        ({"q": "{}"}, ["b2", "a1"]),
        ({"q": '{ resource.service.name = "db" && .db.system = "postgresql" }'}, ["a1"]),
        ({"q": "{ .http.status_code >= 500 || span.cached = true }"}, ["b2", "a1"]),
        ({"q": "{ status = error && duration > 1s }"}, ["b2"]),
        ({"q": '{ name =~ "GET.*" }'}, ["a1"]),
        ({"q": '{ (kind = server && rootName != "GET /") || .cost < 2 }'}, ["b2"]),
        ({"q": "{ .cached = 1 }"}, []),
        ({"q": "{ .zone != nil }"}, ["a1"]),
        ({"q": '{ span.zone = "eu" }'}, []),
        ({"q": "{ true }"}, ["b2", "a1"]),
    ],
)
def test_search(parameters: dict[str, str], found: list[str]) -> None:
    status, body = asked("search", **parameters)
    assert status == 200, body
    assert [each["traceID"] for each in body["traces"]] == found


def test_a_found_trace_is_told_in_short() -> None:
    (found,) = asked("search", q='{ .db.system = "postgresql" }')[1]["traces"]
    assert (found["rootServiceName"], found["rootTraceName"], found["durationMs"]) == ("web", "GET /", 6)
    assert found["startTimeUnixNano"] == str(BEGIN_NS + MS)
    assert [each["name"] for each in found["spanSet"]["spans"]] == ["work 2"]
    assert found["spanSet"]["matched"] == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"q": "{}", "tags": "a=b"}, "tags and q"),
        ({"q": "{ .a = }"}, "expecting a value"),
        ({"q": "{ } | count() > 1"}, "is not understood"),
        ({"q": "{ } >> { }"}, "one pair of"),
        ({"q": "{ .a =~ 5 }"}, "needs a text"),
        ({"q": '{ .a =~ "(" }'}, "error parsing regexp"),
        ({"q": "{ .a"}, "expecting = !="),
        ({"tags": "a==b"}, "invalid tags"),
        ({"limit": "0"}, "invalid limit"),
        ({"limit": "100000"}, "invalid limit"),
        ({"minDuration": "x"}, "invalid minDuration"),
        ({"start": "9", "end": "1"}, "start must be before end"),
    ],
)
def test_refusals(parameters: dict[str, str], message: str) -> None:
    status, body = asked("search", **parameters)
    assert status == 400
    assert message in body


@pytest.mark.parametrize("query", ["{" + "(" * 5_000, "{" + "x" * 20_000 + "}", '{ .a = "' + "b" * 20_000 + '" }'])
def test_hostile_queries_are_refused(query: str) -> None:
    with pytest.raises(BadData):
        query_test(query)


def test_tags_and_their_values() -> None:
    names = asked("search/tags")[1]["tagNames"]
    assert names == ["cached", "cost", "db.system", "http.status_code", "name", "service.name", "status", "zone"]
    scopes = {each["name"]: each["tags"] for each in asked("v2/search/tags")[1]["scopes"]}
    assert scopes["resource"] == ["service.name", "zone"]
    assert "duration" in scopes["intrinsic"]
    assert [each["name"] for each in asked("v2/search/tags", scope="span")[1]["scopes"]] == ["span"]
    assert asked("search/tag/service.name/values")[1] == {"tagValues": ["db", "web"]}
    assert asked("search/tag/status/values")[1] == {"tagValues": ["error", "unset"]}
    found = asked("v2/search/tag/.http.status_code/values", q="{ status = error }")[1]
    assert found == {"tagValues": [{"type": "int", "value": "500"}]}
    assert asked("v2/search/tag/resource.service.name/values")[1]["tagValues"][0] == {"type": "string", "value": "db"}
    assert asked("v2/search/tags", scope="nope")[0] == 400


def test_the_oldest_traces_make_room() -> None:
    store = TraceStore(TraceLimits(spans_max=4, spans_of_one_max=2))
    for number in range(1, 7):
        store.append([span(f"{number:x}", 1), span(f"{number:x}", 2)])
    assert store.spans == 4
    assert [each.trace_id for each in store.newest_first()] == [trace_id_of("5"), trace_id_of("6")]
    with pytest.raises(BadData, match="at most 2 spans"):
        store.append([span("6", 3)])
    with pytest.raises(BadData, match="ends before it starts"):
        store.append([span("7", 1, end_ns=0)])
