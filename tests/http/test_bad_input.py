"""Bad input at ingest: one clear error each, the body kept and shown, the good beside it taken, and the server well
after it.
"""

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.http.server import Sender, Server, alert, receipts, refused, unique, webhook

DEEP = 100_000
LIMIT = 4 * 2**20
KEPT = {"source", "seq", "at", "body", "bytes_total", "path", "code", "message"}


def kept_of(api: httpx.Client, sender: Sender) -> list[dict[str, Any]]:
    """What is kept of this sender, newest first."""
    listed = api.get("/api/v1/signals/kept").json()
    assert set(listed) == {"items", "next"}
    return [item for item in listed["items"] if item["source"] == sender.name]


@pytest.fixture
def well(sender: Sender, api: httpx.Client) -> Iterator[None]:
    """After the test the server is healthy, and takes the next good signal of the same sender."""
    yield
    assert api.get("/healthz").status_code == 200
    assert api.get("/readyz").json()["status"] == "ok"
    ((outcome, stream),) = receipts(sender.webhook(webhook(alert(unique("Later")))))
    assert outcome == "recorded"
    assert stream is not None


def body_of(**changes: object) -> bytes:
    """A webhook of one alert with these fields changed."""
    return json.dumps(webhook({**alert(unique("Odd")), **changes})).encode()


def labels(**more: str) -> dict[str, str]:
    return {"alertname": unique("Odd"), **more}


BAD: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "empty": (lambda: b"", 400, "malformed"),
    "blank": (lambda: b" \n\t ", 400, "malformed"),
    "cut off": (lambda: body_of()[:-20], 400, "malformed"),
    "no JSON": (lambda: b"alerts=firing", 400, "malformed"),
    "a list": (lambda: b"[]", 400, "malformed"),
    "null": (lambda: b"null", 400, "malformed"),
    "a number": (lambda: b"1e999", 400, "malformed"),
    "no alerts": (lambda: b'{"version": "4", "groupKey": "x"}', 400, "malformed"),
    "version 3": (
        lambda: b'{"version": "2", "status": "firing", "alerts": [], "groupKey": 1}', 400, "unknown_version"
    ),
    "version 5": (lambda: json.dumps(webhook(alert("A"), version="5")).encode(), 400, "unknown_version"),
    "deep": (lambda: b"[" * DEEP, 413, "nested_too_deeply"),
    "deep inside": (
        lambda: b'{"version":"4","groupKey":"x","commonLabels":' + b'{"a":' * DEEP, 413, "nested_too_deeply"
    ),
    "deep in an alert": (
        lambda: b'{"version":"4","groupKey":"x","alerts":[{"labels":' + b'{"a":' * DEEP, 413, "nested_too_deeply"
    ),
    "deep but whole": (
        lambda: b'{"version":"4","groupKey":"x","alerts":[],"more":' + b"[" * DEEP + b"]" * DEEP + b"}",
        413,
        "nested_too_deeply",
    ),
    "invalid UTF-8": (lambda: body_of().replace(b"Odd", b"\xff\xfe\xfd"), 400, "malformed"),
    "UTF-16": (lambda: body_of().decode().encode("utf-16"), 400, "malformed"),
    "lone surrogate": (lambda: body_of(labels=labels(x="?")).replace(b'"?"', b'"\\ud800"'), 400, "malformed"),
    "lone low surrogate": (lambda: body_of(labels=labels(x="?")).replace(b'"?"', b'"a\\udc00b"'), 400, "malformed"),
    "surrogate as a name": (lambda: body_of(labels=labels(x="?")).replace(b'"x"', b'"\\ud800"'), 400, "malformed"),
    "label of 1 MB": (lambda: body_of(labels=labels(x="y" * 2**20)), 400, "label_too_long"),
    "name of 1 MB": (lambda: body_of(labels=labels(**{"y" * 2**20: "x"})), 400, "label_too_long"),
    "annotation of 1 MB": (lambda: body_of(annotations={"x": "y" * 2**20}), 400, "annotation_too_long"),
    "1,000 labels": (lambda: body_of(labels=labels(**{f"l{n}": "v" for n in range(1000)})), 400, "too_many_labels"),
    "no labels": (lambda: body_of(labels={}), 400, "malformed"),
    "empty labels": (lambda: body_of(labels={"alertname": ""}), 400, "malformed"),
    "null labels": (lambda: body_of(labels={}).replace(b'"labels": {}', b'"labels": null'), 400, "malformed"),
    "a number as label": (lambda: body_of(labels={"alertname": 5}), 400, "malformed"),
    "huge number as label": (lambda: body_of(labels=labels(x="?")).replace(b'"?"', b"9" * 5000), 400, "malformed"),
    "1970": (lambda: body_of(startsAt="1970-01-01T00:00:00Z"), 400, "implausible_time"),
    "2200": (lambda: body_of(startsAt="2200-01-01T00:00:00Z"), 400, "implausible_time"),
    "end in 2200": (lambda: body_of(status="resolved", endsAt="2200-01-01T00:00:00Z"), 400, "implausible_time"),
    "offset overflow": (lambda: body_of(startsAt="9999-12-31T23:59:59-23:59"), 400, "implausible_time"),
    "no time": (lambda: body_of(startsAt="yesterday"), 400, "malformed"),
    "31 February": (lambda: body_of(startsAt="2026-02-31T00:00:00Z"), 400, "malformed"),
    "a number as time": (lambda: body_of(startsAt=10**400), 400, "malformed"),
    "10,000 alerts": (
        lambda: json.dumps(webhook(*({"labels": {"alertname": "A", "n": str(n)}, "status": "firing"} for n in range(10_000)))).encode(),
        413,
        "too_many_alerts",
    ),
    "too large": (lambda: b'{"x": "' + b"y" * LIMIT + b'"}', 413, "body_too_large"),
}  # fmt: skip


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("name", BAD)
def test_one_clear_error_and_the_body_is_kept(name: str, sender: Sender, api: httpx.Client) -> None:
    make, status, code = BAD[name]
    body = make()
    error = refused(sender.webhook(body), status, code)
    assert error["hint"]
    assert "kept" in error["hint"]
    assert len(error["message"]) < 500
    (kept,) = kept_of(api, sender)
    assert set(kept) == KEPT
    assert kept["bytes_total"] == len(body)
    assert kept["code"] == code
    assert kept["path"] == "/api/v1/signals/alertmanager"
    assert len(kept["body"]) <= 64 * 2**10
    assert kept["body"] == body[: 64 * 2**10].decode("utf-8", "replace").replace("\x00", "\ufffd")


@pytest.mark.usefixtures("well")
def test_what_is_kept_is_shown_until_it_is_put_away(server: Server, sender: Sender, api: httpx.Client) -> None:
    refused(sender.webhook(b'<script>alert(1)</script> & "x"'), 400)
    page = api.get("/signals", headers={"Accept": "text/html"}).text
    assert f'id="kept-{sender.name}-' in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    (kept,) = kept_of(api, sender)
    address = f"/deliveries/{kept['source']}/{kept['seq']}/put-away"
    assert api.post(address, data={}).status_code in {200, 303}
    assert kept_of(api, sender) == []
    refused(api.post(address, data={}), 404)


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(
    "bad",
    [
        {"startsAt": "yesterday"},
        {"labels": {"x": 5}},
        {"startsAt": "1970-01-01T00:00:00Z"},
        {"labels": {"x": "y" * 2**20}},
    ],
)
def test_good_alerts_beside_a_bad_one_are_taken(bad: dict[str, object], sender: Sender, api: httpx.Client) -> None:
    names = [unique("Good") for _ in range(3)]
    alerts = [alert(name) for name in names]
    alerts.insert(1, {**alert("Bad"), **bad})
    alerts.insert(3, {**alert("Bad"), **bad})
    answer = sender.webhook(webhook(*alerts))
    error = refused(answer, 400)
    assert "Alert 2 was not taken" in error["message"]
    assert "1 more" in error["message"]
    assert "3 others were taken" in error["hint"]
    assert [receipt["outcome"] for receipt in answer.json()["receipts"]] == ["recorded"] * 3
    found = api.get("/api/v1/signals", params={"q": sender.name}).json()["items"]
    assert {item["labels"]["alertname"] for item in found} == set(names)
    assert len(kept_of(api, sender)) == 1


@pytest.mark.usefixtures("well")
def test_good_alerts_beside_a_bad_one_are_taken_by_the_api_of_alertmanager(sender: Sender, api: httpx.Client) -> None:
    good = alert(unique("Good"))
    answer = sender.alerts([{**alert("Bad"), "startsAt": "yesterday"}, good])
    assert "Alert 1 was not taken" in refused(answer, 400)["message"]
    assert [receipt["outcome"] for receipt in answer.json()["receipts"]] == ["recorded"]
    answer = sender.generic([{"nothing": 1}, {"title": unique("Good")}, 5])
    assert "Alert 1 was not taken" in refused(answer, 400, "no_title")["message"]
    assert [receipt["outcome"] for receipt in answer.json()["receipts"]] == ["recorded"]


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(
    "body",
    [
        b"", b"5", b'"x"', b"null", b"[]", b"{}", b"[1]", b'{"title": ""}', b'{"title": ["x"]}', b'{"title": null}', b'{"title": NaN}',
        b'{"title": "\\ud800"}', b'{"title": "x", "labels": {"\\ud800": "y"}}', b'{"title": "x", "n": 1e999}', b"[" * DEEP,
        b'{"title": "x", "a": ' + b"[" * DEEP + b"]" * DEEP + b"}", b'{"title": "x", "timestamp": 1e3}',
        b'{"title": "x", "labels": {"a": "' + b"y" * 2**20 + b'"}}', b'{"title": "x", "id": "' + b"y" * 2**20 + b'"}',
    ],
)  # fmt: skip
def test_any_json_has_its_limits_too(body: bytes, sender: Sender, api: httpx.Client) -> None:
    answer = sender.generic(body)
    error = refused(answer, 413 if "too_long" in answer.text or "nested_too_deeply" in answer.text else 400)
    assert "kept" in error["hint"]
    assert len(kept_of(api, sender)) == 1


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(
    "body",
    [
        b'{"title": "a\\u0000b\\u001b[31m"}', b'{"title": "one", "title": "two"}', b'{"title": "x", "timestamp": ' + b"9" * 400 + b"}",
        b'{"title": "x", "labels": {"n": ' + b"9" * 400 + b"}}", b'{"title": "x", "timestamp": -1e308}', b'{"title": 1e308}',
        b'{"title": "x", "starts_at": "soon", "ends_at": {}}', b'{"title": "x", "labels": [1, "a:b", null], "status": 7}',
        b'\n\n {"title": "\xf0\x9f\x94\xa5 \xe5\x90\x8d"}', b'{"title": "x", "labels": {"n": null, "deep": {"a": [1, {"b": 2}]}}}',
    ],
)  # fmt: skip
def test_odd_json_is_taken(body: bytes, sender: Sender, api: httpx.Client) -> None:
    ((outcome, stream),) = receipts(sender.generic(body))
    assert outcome == "recorded"
    assert api.get(f"/api/v1/incidents/{stream}").status_code == 200
    assert api.get(f"/incidents/{stream}", headers={"Accept": "text/html"}).status_code == 200
    assert kept_of(api, sender) == []


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(
    "changes",
    [
        {"annotations": None}, {"annotations": {"summary": None}}, {"startsAt": "2026-11-23T03:13:47.123456789Z"},
        {"startsAt": "2026-11-23T03:13:47.1+05:45"}, {"startsAt": None}, {"generatorURL": None}, {"status": "suppressed"},
        {"endsAt": "0001-01-01T00:00:00+23:59"}, {"startsAt": "0001-01-01T00:00:00Z"}, {"fingerprint": 5},
    ],
)  # fmt: skip
def test_odd_alerts_are_taken(changes: dict[str, object], sender: Sender, api: httpx.Client) -> None:
    ((outcome, _stream),) = receipts(sender.webhook(body_of(**changes)))
    assert outcome == "recorded"
    assert kept_of(api, sender) == []


def test_nothing_to_take_is_no_error(sender: Sender) -> None:
    assert receipts(sender.webhook(webhook())) == []
    assert receipts(sender.alerts([])) == []


def test_a_wrong_key_is_401_and_nothing_of_it_is_kept(server: Server, api: httpx.Client) -> None:
    before = len(api.get("/api/v1/signals/kept").json()["items"])
    with server.client("wr_src_0000") as nobody, server.client() as stranger:
        for path in ("/api/v1/signals/alertmanager", "/api/v1/signals/generic", "/api/v2/alerts"):
            for client in (nobody, stranger):
                answer = client.post(path, content=b"{")
                refused(answer, 401, "unauthenticated")
                assert "Bearer" in answer.headers["www-authenticate"]
            for key in ("wrong", "x" * 5000, "%00", "é", "..", ""):
                answer = stranger.post(f"/in/{key}{path}", content=b"{")
                assert answer.status_code in {401, 404}
                refused(answer, answer.status_code)
    assert len(api.get("/api/v1/signals/kept").json()["items"]) == before


@pytest.mark.usefixtures("well")
def test_gzip_is_unpacked_within_bounds(sender: Sender, api: httpx.Client) -> None:
    good = body_of()
    assert receipts(sender.webhook(gzip.compress(good), **{"Content-Encoding": "gzip"}))
    assert receipts(sender.webhook(good, **{"Content-Encoding": "identity"}))
    bomb = gzip.compress(b"x" * (LIMIT + 1))
    assert len(bomb) < LIMIT
    gzipped = {"Content-Encoding": "gzip"}
    refused(sender.webhook(bomb, **gzipped), 413, "body_too_large")
    refused(sender.webhook(good, **gzipped), 400, "malformed")
    refused(sender.webhook(gzip.compress(good)[:-9], **gzipped), 400, "malformed")
    refused(sender.webhook(gzip.compress(good) + b"x", **gzipped), 400, "malformed")
    refused(sender.webhook(gzip.compress(b"{"), **gzipped), 400, "malformed")
    refused(sender.webhook(good, **{"Content-Encoding": "br"}), 415, "unsupported_encoding")
    assert len(kept_of(api, sender)) == 6


def raw_post(sender: Sender, head: str, *parts: bytes) -> bytes:
    request = (
        f"POST /in/{sender.key}/api/v1/signals/alertmanager HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}\r\n"
    )
    return sender.server.raw(request.encode() + b"".join(parts))


def chunked(body: bytes, size: int) -> Iterator[bytes]:
    for at in range(0, len(body), size):
        part = body[at : at + size]
        yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


@pytest.mark.usefixtures("well")
def test_bodies_in_chunks(sender: Sender, api: httpx.Client) -> None:
    answer = raw_post(sender, "Transfer-Encoding: chunked\r\n", *chunked(body_of(), 7))
    assert b" 200 " in answer.split(b"\r\n")[0]
    assert b'"recorded"' in answer
    answer = raw_post(sender, "Transfer-Encoding: chunked\r\n", *chunked(b"y" * (LIMIT + 2**20), 2**18))
    assert b" 413 " in answer.split(b"\r\n")[0]
    (kept,) = kept_of(api, sender)
    assert kept["code"] == "body_too_large"
    assert kept["bytes_total"] > LIMIT


@pytest.mark.usefixtures("well")
def test_a_length_that_lies(sender: Sender, api: httpx.Client) -> None:
    body = body_of()
    answer = raw_post(sender, f"Content-Length: {LIMIT + 2**19}\r\n", b"y" * (LIMIT + 2**19))
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert kept_of(api, sender)[0]["bytes_total"] == LIMIT + 2**19
    answer = raw_post(sender, f"Content-Length: {len(body) - 5}\r\n", body)
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert raw_post(sender, "Content-Length: minus\r\n").split(b"\r\n")[0].split()[1] == b"400"


def test_expect_100_continue(sender: Sender, server: Server) -> None:
    body = body_of()
    head = f"POST /in/{sender.key}/api/v1/signals/alertmanager HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection, connection.makefile("rb") as answers:
        connection.sendall(head.encode())
        assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert answers.readline() == b"\r\n"
        connection.sendall(body)
        rest = answers.read()
    assert rest.startswith(b"HTTP/1.1 200")
    assert b'"recorded"' in rest


@pytest.mark.usefixtures("well")
def test_a_sender_that_goes_away_in_the_middle(sender: Sender, server: Server, api: httpx.Client) -> None:
    body = body_of()
    host, port = server.url.removeprefix("http://").split(":")
    head = (
        f"POST /in/{sender.key}/api/v1/signals/alertmanager HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    for part in (0, 1, len(body) // 2, len(body) - 1):
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(head.encode() + body[:part])
    assert api.get("/api/v1/signals", params={"q": sender.name}).json()["items"] == []
    assert [outcome for outcome, _ in receipts(sender.webhook(body))] == ["recorded"]


def test_every_sender_word_takes_any_json(server: Server, api: httpx.Client) -> None:
    words = (
        "grafana",
        "pagerduty",
        "opsgenie",
        "sentry",
        "cloudevents",
        "sns",
        "datadog",
        "zabbix",
        "uptimekuma",
        "generic",
    )
    for word in words:
        made = server.source(word)
        ((outcome, _),) = receipts(made.post(f"/api/v1/signals/{word}", {"title": unique("From elsewhere")}))
        assert outcome == "recorded"
        refused(made.post(f"/api/v1/signals/{word}/", b"{"), 400, "malformed")
        refused(made.post("/api/v1/signals/nagios", b"{}"), 404)
        made.close()


@pytest.mark.parametrize(
    "type", ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=latin-1"]
)
def test_the_content_type_is_not_asked(sender: Sender, type: str) -> None:  # noqa: A002
    assert receipts(sender.webhook(body_of(), **{"Content-Type": type}))


def test_a_field_of_ours_that_cannot_be_read_is_said(sender: Sender) -> None:
    """The signal counts; whoever sends it learns that one of its fields did not."""
    key = unique("slip")
    sender.generic({"title": "Slow", "dedup_key": key})
    slip = sender.generic({"title": "Slow", "dedup_key": key, "status": "resovled", "starts_at": "tomorrow"})
    assert [receipt["outcome"] for receipt in slip.json()["receipts"]] == ["repeated"]
    assert [(each["code"], each["message"]) for each in slip.json()["warnings"]] == [
        ("unknown_status", "Alert 1: status 'resovled' is neither firing nor resolved; taken as firing."),
        ("unknown_time", "Alert 1: starts_at 'tomorrow' is no time; left out."),
    ]
    assert "RFC 3339" in slip.json()["warnings"][0]["hint"]
    for right in ({"status": "OK"}, {"status": "acknowledged"}, {"status": ""}, {"starts_at": 1_750_000_000}, {}):
        assert "warnings" not in sender.generic({"title": "Slow", "dedup_key": key, **right}).json()


def test_a_parameter_that_an_address_does_not_know_is_refused(api: httpx.Client) -> None:
    """Ignored, it would answer another question, or record what was only to be tried."""
    room = f"/api/v1/incidents/{api.post('/api/v1/incidents', json={'title': 'Slow'}).json()['id']}"
    addresses = [room, f"{room}/gaps", f"{room}/measures", f"{room}/flow", "/api/v1/profile", "/api/v1/roles"]
    for address in addresses:
        assert refused(api.get(address, params={"x": "1"}), 400)["message"] == "There is no parameter 'x' here."
        assert api.get(address).status_code == 200
    before = api.get(room).json()["seq"]
    said = {"command": "post_message", "text": "A trial"}
    refused(api.post(f"{room}/commands", json=said, params={"dryrun": "1"}), 400)
    refused(api.post("/api/v1/incidents", json={"title": "A trial"}, params={"dry_run": "true"}), 400)
    assert api.get(room).json()["seq"] == before
    assert api.get("/api/v1/incidents", params={"severity": "sev-1"}).status_code == 200
    assert "Did you mean SEV1?" in refused(api.get("/api/v1/incidents", params={"severity": "svev1"}), 400)["hint"]


def test_a_choice_is_taken_in_any_case_by_every_address(sender: Sender, api: httpx.Client) -> None:
    made = api.post("/api/v1/incidents", json={"title": "Slow", "impact": "MANY", "urgency": "High"})
    assert made.status_code == 201
    receipt = sender.generic({"title": unique("Cased"), "dedup_key": unique("cased")}).json()["receipts"][0]
    judged = api.post(f"/api/v1/signals/{receipt['signal']}/triage", json={"verdict": "Noise"})
    assert judged.status_code == 200
    refused(api.post(f"/api/v1/signals/{receipt['signal']}/triage", json={"verdict": "Noisy-ish"}), 400)


def test_a_signal_is_found_by_its_service(sender: Sender, api: httpx.Client) -> None:
    service = unique("cartservice")
    sender.generic({"title": "Slow", "dedup_key": service, "service": service})
    (item,) = api.get("/api/v1/signals", params={"q": service.upper()}).json()["items"]
    assert item["service"] == service


def test_guidance_for_nobody_is_refused(api: httpx.Client) -> None:
    room = api.post("/api/v1/incidents", json={"title": "Slow"}).json()["id"]
    refused(api.get(f"/api/v1/incidents/{room}/guidance", params={"person": "zz"}), 400)
    for anybody in ("token:everything", "new@example.com", "me"):
        assert api.get(f"/api/v1/incidents/{room}/guidance", params={"person": anybody}).status_code == 200
