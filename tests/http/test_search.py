"""Search over HTTP: what was written is found at once, by whoever may see it, and what was redacted by nobody."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.http.secrets import told
from tests.http.server import Server
from watchroom.detection.declaration import Declare

EVERYWHERE = ("/api/v1/search", "/search", "/search/offered")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("search")) as server:
        for email, name in (("ana@example.com", "Ana Duarte"), ("bo@example.com", "Bo Lindqvist")):
            server.do(server.house.directory.add(email, name, actor="system:test", via="test"))
        yield server


@pytest.fixture(scope="module")
def ana(server: Server) -> Iterator[httpx.Client]:
    with server.client(server.token("read", "respond", person="ana@example.com")) as client:
        yield client


@pytest.fixture(scope="module")
def bo(server: Server) -> Iterator[httpx.Client]:
    with server.client(server.token("read", "respond", person="bo@example.com")) as client:
        yield client


def declared(client: httpx.Client, title: str, **fields: Any) -> str:
    answer = client.post("/api/v1/incidents", json={"title": title, **fields})
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def search(client: httpx.Client, q: str, **query: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/search", params={"q": q, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def items(client: httpx.Client, q: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = search(client, q, **query)["items"]
    return found


def said(client: httpx.Client, q: str) -> list[str]:
    return [item["text"] for item in items(client, q)]


def test_what_was_just_written_is_found_with_its_sentence_and_its_place(server: Server, ana: httpx.Client) -> None:
    room = declared(ana, "Checkout rejects cards", services=["checkout"], impact="many", urgency="high")
    done = told(server, ana, room, "post_message", text="It began at two. The Walrus pool is full. Who has a key?")
    [hit] = items(ana, "walrus")
    assert hit["text"] == "The Walrus pool is full."
    assert [hit["text"][start:end] for start, end in hit["marks"]] == ["Walrus"]
    assert (hit["kind"], hit["stream"], hit["seq"]) == ("message", room, done["events"][0]["seq"])
    assert hit["url"] == f"/incidents/{room}?entry={hit['seq']}#e-{hit['seq']}"
    assert (hit["actor"], hit["title"], hit["status"]) == (
        "person:ana@example.com",
        "Checkout rejects cards",
        "declared",
    )
    assert hit["severity"] == "SEV1"
    page = ana.get(hit["url"])
    assert f'id="e-{hit["seq"]}"' in page.text


@pytest.mark.parametrize(
    ("command", "fields", "kind"),
    [
        ("note_observation", {"text": "WORD is slow"}, "observation"),
        ("state_unknown", {"text": "why WORD"}, "observation"),
        ("propose_hypothesis", {"text": "WORD is full"}, "hypothesis"),
        ("propose_intervention", {"text": "x", "expected": "WORD empties"}, "intervention"),
        ("decide", {"text": "x", "alternatives": ["stop WORD"]}, "decision"),
        ("hold", {"text": "until WORD is back", "until": "2026-12-01T00:00:00Z"}, "decision"),
        ("state_impact", {"text": "nobody reaches WORD"}, "impact"),
        ("post_message", {"text": "hello WORD"}, "message"),
        ("post_update", {"audience": "leadership", "impact": "x", "need": "a WORD"}, "update"),
        ("add_inbound", {"kind": "report", "text": "they ask for WORD"}, "inbound"),
        ("add_shim", {"text": "WORD is off"}, "intervention"),
        ("assign_task", {"person": "me", "text": "look at WORD"}, "task"),
        ("page", {"person": "bo@example.com", "text": "come to WORD"}, "call"),
        ("save_artefact", {"kind": "log", "body": "WORD in the log"}, "artefact"),
        ("add_finding", {"text": "WORD was never tried"}, "finding"),
        ("add_mystery", {"text": "what is WORD"}, "finding"),
        ("add_factor", {"text": "WORD had no alert"}, "finding"),
        ("add_action", {"text": "alert on WORD"}, "action"),
        ("set_severity", {"severity": "SEV3", "reason": "because of WORD"}, "note"),
        ("categorise", {"categories": ["WORD"]}, "note"),
    ],
)
def test_everything_that_people_write_is_found(
    server: Server, ana: httpx.Client, command: str, fields: dict[str, Any], kind: str
) -> None:
    word = f"gnu{command.replace('_', '')}"
    room = declared(ana, "A room")
    filled = {
        name: value.replace("WORD", word) if isinstance(value, str) else [each.replace("WORD", word) for each in value]
        for name, value in fields.items()
    }
    told(server, ana, room, command, **filled)
    assert [(item["kind"], item["stream"]) for item in items(ana, word)] == [(kind, room)]


def test_titles_signals_changes_people_teams_services_and_pages_are_found(server: Server, ana: httpx.Client) -> None:
    sender = server.source("generic")
    room = sender.generic({"title": "OkapiQueueLag", "labels": {"shard": "okapi7"}, "service": "okapi-api"}).json()
    sender.close()
    stream = room["receipts"][0]["stream"]
    assert {(item["kind"], item["stream"]) for item in items(ana, "okapi")} >= {
        ("signal", stream),
        ("incident", stream),
    }
    assert [item["kind"] for item in items(ana, "okapi7")] == ["signal"]
    assert "signal" in [item["kind"] for item in items(ana, "service:okapi-api kind:signal")]
    server.do(server.house.teams.compose("Okapi crew", ["ana@example.com"], actor="system:test", via="test"))
    server.do(server.house.services.define("okapi-db", [], "Okapi crew", actor="system:test", via="test"))
    named = {(item["kind"], item["title"], item["url"]) for item in items(ana, "okapi") if item["stream"] is None}
    assert ("team", "Okapi crew", "/people/teams") in named
    assert ("service", "okapi-db", "/search?q=service%3Aokapi-db") in named
    [person] = items(ana, "lindqvist")
    assert (person["kind"], person["url"]) == ("person", "/people/person?who=bo%40example.com")
    assert ana.get(person["url"]).status_code == 200
    assert items(ana, "audit log") == []
    with server.client(server.token("admin")) as admin:
        assert "/settings/audit" in [item["url"] for item in items(admin, "audit log")]
    pager = server.source("pagerduty")
    change = {"summary": "Deployed giraffe 2.1", "timestamp": "2026-11-24T10:00:00Z", "source": "ci"}
    body = {"routing_key": pager.key, "payload": change, "links": [{"href": "https://ci.example/1", "text": "run"}]}
    assert pager._client.post("/v2/change/enqueue", json=body).status_code == 202
    pager.close()
    [hit] = items(ana, "giraffe kind:change")
    assert (hit["kind"], hit["url"], hit["stream"]) == ("change", "https://ci.example/1", f"source:{pager.name}")


def test_filters_narrow_it_down(server: Server, ana: httpx.Client, bo: httpx.Client) -> None:
    one = declared(ana, "Lynx one", services=["lynx"], impact="many", urgency="high")
    two = declared(bo, "Lynx two", impact="few", urgency="low")
    told(server, bo, two, "resolve", understood="yes", text="Lynx came back")
    told(server, ana, one, "decide", text="Feed the lynx")

    def rooms(q: str) -> set[str]:
        return {item["stream"] for item in items(ana, q)}

    assert rooms("lynx is:open") == {one}
    assert rooms("lynx is:over") == rooms("lynx is:resolved") == {two}
    assert rooms("lynx sev:1") == {one}
    assert rooms("service:lynx") == {one}
    assert rooms("lynx from:bo") == {two}
    assert rooms("lynx from:lindq") == {two}
    assert rooms("lynx from:me") == {one}
    assert rooms(f"in:{two} lynx") == {two}
    assert rooms("lynx kind:decision") == {one}
    assert rooms("lynx before:2020-01-01") == set()
    assert rooms("lynx after:2020-01-01 -feed -came") == {one, two}
    assert rooms('"feed the lynx"') == {one}
    assert rooms('"the feed lynx"') == set()
    assert rooms("is:open sev:1") >= {one}
    assert two not in rooms("is:open")


def test_pages_follow_each_other(server: Server, ana: httpx.Client) -> None:
    room = declared(ana, "Ibis")
    for number in range(12):
        told(server, ana, room, "post_message", text=f"ibis number {number}")
    seen: list[int] = []
    after: str | None = ""
    while after is not None:
        page = search(ana, "ibis", limit=5, **({"after": after} if after else {}))
        seen += [item["seq"] for item in page["items"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 13
    assert seen[1:] == sorted(seen[1:], reverse=True)
    assert ana.get("/search", params={"q": "ibis number"}).text.count('class="said"') == 12


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"q": "is:opne"}, 400),
        ({"q": "x" * 1_001}, 400),
        ({"q": " ".join("abcdefghijklmnopqrstuvwxyz" * 2)}, 400),
        ({"q": "x", "after": "%%%"}, 400),
        ({"q": "x", "after": "LTE"}, 400),
        ({"q": "x", "after": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}, 400),
        ({"q": "x", "limit": "0"}, 400),
        ({"q": "x", "word": "y"}, 400),
        ({"q": '"'}, 200),
        ({"q": "\0"}, 200),
        ({"q": "* AND NEAR( OR ^"}, 200),
        ({"q": "'; DROP TABLE document; --"}, 200),
        ({}, 200),
    ],
)
def test_whatever_is_asked_is_answered(server: Server, ana: httpx.Client, query: dict[str, str], status: int) -> None:
    answer = ana.get("/api/v1/search", params=query)
    assert answer.status_code == status, answer.text
    assert ("error" in answer.json()) == (status == 400)
    for path in ("/search", "/search/offered"):
        assert ana.get(path, params=query).status_code in (200, 400)


def test_it_is_for_those_who_read(server: Server) -> None:
    with server.client() as nobody, server.client(server.token("signals")) as sender:
        for path in EVERYWHERE:
            assert nobody.get(path, params={"q": "x"}).status_code in (303, 401), path
            assert sender.get(path, params={"q": "x"}).status_code == 403


def test_a_room_is_found_only_while_it_may_be_seen(server: Server, ana: httpx.Client, bo: httpx.Client) -> None:
    room = declared(ana, "Wombat leak")
    told(server, ana, room, "post_message", text="the wombat has the key")
    assert len(items(bo, "wombat")) == 2
    told(server, ana, room, "restrict", people=["me"], reason="wombats only")
    for path in EVERYWHERE:
        told_bo = bo.get(path, params={"q": "wom"}).text
        assert "Wombat" not in told_bo
        assert room not in told_bo
    assert search(bo, "wombat")["next"] is None
    assert search(bo, "wombat", limit=1) == {"items": [], "next": None, "behind": False}
    assert [item["restricted"] for item in items(ana, "wombat key")] == [True]
    told(server, ana, room, "admit", person="bo@example.com")
    assert items(bo, "wombat key") == items(ana, "wombat key")
    told(server, ana, room, "restrict", people=["me"])
    assert items(bo, "wombat") == []
    told(server, ana, room, "restrict", people=["everyone"])
    assert len(items(bo, "wombat key")) == 1


def test_a_team_that_changes_changes_what_is_found(server: Server, ana: httpx.Client, bo: httpx.Client) -> None:
    teams, by = server.house.teams, {"actor": "system:test", "via": "test"}
    server.do(teams.compose("Tapirs", ["ana@example.com"], **by))
    room = declared(ana, "Tapir breach")
    told(server, ana, room, "restrict", teams=["Tapirs"], reason="x")
    assert items(bo, "breach") == []
    server.do(teams.join("Tapirs", "bo@example.com", **by))
    assert [item["stream"] for item in items(bo, "breach")] == [room]
    server.do(teams.leave("Tapirs", "bo@example.com", **by))
    assert items(bo, "breach") == []


def test_practice_is_found_only_when_it_is_asked_for(server: Server, ana: httpx.Client) -> None:
    drill = server.house.rooms.declare_new(
        Declare(title="Heron drill"), practice=True, actor="person:ana@example.com", via="test"
    )
    practised = server.do(drill).room
    room = declared(ana, "Heron for real")
    assert {item["stream"] for item in items(ana, "heron")} == {room}
    assert {item["stream"] for item in items(ana, "heron is:practice")} == {practised}


def test_what_was_taken_back_is_found_no_more(server: Server, ana: httpx.Client) -> None:
    room = declared(ana, "Puffin")
    seq = told(server, ana, room, "propose_hypothesis", text="puffins ate the cable")["events"][0]["seq"]
    assert len(items(ana, "cable")) == 1
    told(server, ana, room, "retract", seq=seq)
    assert items(ana, "cable") == []


def test_what_was_redacted_is_in_no_answer_and_in_no_file(server: Server, ana: httpx.Client) -> None:
    secret = "hunterkwyjibo"
    room = declared(ana, f"Leak of {secret}title")
    told(server, ana, room, "assign_role", role="incident_commander", person="me")
    seq = told(server, ana, room, "post_message", text=f"the password is {secret} for all")["events"][0]["seq"]
    told(server, ana, room, "post_message", text="change all passwords")
    assert len(items(ana, secret)) == 2
    answer = told(server, ana, room, "redact", seq=seq, reason="a password")
    assert answer["warnings"] == []
    assert [item["kind"] for item in items(ana, secret)] == ["incident"]
    for path in EVERYWHERE:
        assert "password is" not in ana.get(path, params={"q": "password"}).text
    declared_at = next(
        e["seq"]
        for e in ana.get(f"/api/v1/incidents/{room}/events").json()["items"]
        if e["kind"] == "incident_declared"
    )
    told(server, ana, room, "redact", seq=declared_at, reason="a password")
    assert items(ana, secret) == []
    assert said(ana, "change passwords") == ["change all passwords"]
    for file in server.settings.folder.iterdir():
        if file.is_file():
            # Of each word in a page FTS5 keeps what the word before it has not: a part must not stay either.
            assert b"kwyjibo" not in file.read_bytes(), file
