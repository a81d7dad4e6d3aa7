"""Incidents over HTTP: declare, command, read, list. Fields, codes and addresses as the contract names them."""

from typing import Any

import httpx
import pytest

from tests.http.conftest import Command
from tests.http.server import Sender, Server, alert, basic, receipts, refused, unique, walk, webhook
from watchroom.detection.declaration import Declare

INCIDENT = {
    "id", "status", "practice", "title", "severity", "roles", "impact", "hypotheses", "interventions", "tasks", "inbound",
    "updates", "shims", "decisions", "pages", "review", "seq",
}  # fmt: skip
EVENT = {"seq", "at", "recorded_at", "actor", "via", "cause", "kind", "data", "digest"}
FLOW = {"cycle", "owner", "last_at", "open_decisions", "due"}
CYCLES = ["detection", "mitigation", "communication", "resolution", "review", "preparation"]
UNKNOWN = "zzzz-zzzz"


def test_a_title_is_enough_to_declare(api: httpx.Client) -> None:
    answer = api.post("/api/v1/incidents", json={"title": "UK customers cannot check out"})
    assert answer.status_code == 201
    opened = answer.json()
    assert answer.headers["location"] == f"/api/v1/incidents/{opened['id']}"
    shown = api.get(answer.headers["location"]).json()
    assert shown.keys() >= INCIDENT
    assert shown["id"] == opened["id"]
    assert (shown["status"], shown["practice"], shown["title"]) == ("declared", False, "UK customers cannot check out")
    assert shown["seq"] == opened["seq"]
    assert shown["impact"].keys() >= {"began_at", "mitigated_at"}
    assert shown["noticed_unsaid"] is True


def test_a_declaration_may_say_more(api: httpx.Client) -> None:
    body = {
        "title": "Checkout fails",
        "impact": "many",
        "urgency": "high",
        "services": ["checkout", "payments"],
        "noticed_at": "2026-11-23T03:00:00Z",
    }
    id = api.post("/api/v1/incidents/", json=body).json()["id"]
    shown = api.get(f"/api/v1/incidents/{id}/").json()
    assert shown["services"] == ["checkout", "payments"]
    assert shown["noticed_at"] == "2026-11-23T03:00:00Z"
    assert shown["noticed_unsaid"] is False
    assert shown["severity"] in {"SEV1", "SEV2", "SEV3", "SEV4"}
    kinds = [event["kind"] for event in api.get(f"/api/v1/incidents/{id}/events").json()["items"]]
    assert len([kind for kind in kinds if "noticed" in kind or "declared" in kind]) >= 2


def test_a_room_that_signals_opened_is_declared_by_its_id(api: httpx.Client, sender: Sender) -> None:
    ((_outcome, stream),) = receipts(sender.webhook(webhook(alert(unique("Slow")))))
    before = api.get(f"/api/v1/incidents/{stream}").json()
    assert before["status"] == "triage"
    answer = api.post("/api/v1/incidents", json={"stream": stream, "title": "It is one"})
    assert answer.status_code == 201
    assert answer.json()["id"] == stream
    assert api.get(f"/api/v1/incidents/{stream}").json()["status"] == "declared"
    refused(api.post("/api/v1/incidents", json={"stream": stream, "title": "It is one"}), 409)
    refused(api.post("/api/v1/incidents", json={"stream": UNKNOWN, "title": "x"}), 404)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"{", b"null", b'{"title": ""}', b'{"title": 5}', b'{"title": "x", "colour": "red"}',
        b'{"title": "x", "impact": "huge"}', b'{"title": "x", "noticed_at": "1970-01-01T00:00:00Z"}',
        b'{"title": "x", "noticed_at": "yesterday"}', b'{"title": "\xff"}', b'{"title": "\\ud800"}',
        b'{"title": "x", "services": ' + b"[" * 100_000, b'{"title": "' + b"x" * 30_000 + b'"}',
    ],
)  # fmt: skip
def test_a_declaration_that_cannot_be_read_is_refused(api: httpx.Client, body: bytes) -> None:
    assert refused(api.post("/api/v1/incidents", content=body), 400)["hint"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b'{"command": 5}', b'{"command": "make_coffee"}', b'{"command": "post_message"}',
        b'{"command": "post_message", "text": "x", "colour": "red"}', b'{"command": "post_message", "text": "\xff"}',
        b'{"command": "post_message", "text": "\\ud800"}', b'{"command": "post_message", "text": "x", "at": "soon"}',
        b'{"command": "post_message", "text": "x", "at": "2200-01-01T00:00:00Z"}',
        b'{"command": "post_message", "text": "x", "at": "9999-12-31T23:59:59-23:59"}',
        b'{"command": "post_message", "text": "x", "expected_seq": -1}',
        b'{"command": "post_message", "text": "x", "expected_seq": 1e400}', b"[" * 100_000,
        b'{"command": "post_message", "x": ' + b"[" * 100_000, b'{"x": ' + b'{"x": ' * 100_000,
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_read_is_refused(api: httpx.Client, room: str, body: bytes) -> None:
    before = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    assert refused(api.post(f"/api/v1/incidents/{room}/commands", content=body), 400)["hint"]
    assert api.get(f"/api/v1/incidents/{room}").json()["seq"] == before


def test_a_body_of_a_command_has_a_limit(api: httpx.Client, room: str) -> None:
    refused(api.post(f"/api/v1/incidents/{room}/commands", content=b"x" * (5 * 2**20)), 413, "too_large")


def test_a_command_answers_with_its_events(command: Command, api: httpx.Client, room: str) -> None:
    answer = command("propose_hypothesis", text="The release", reason="It began with it")
    assert answer.status_code == 200
    done = answer.json()
    assert done.keys() >= {"events", "seq", "warnings"}
    (event,) = done["events"]
    assert event.keys() >= EVENT
    assert event["data"]["id"] == "H1"
    assert event["seq"] == done["seq"] == api.get(f"/api/v1/incidents/{room}").json()["seq"]
    assert command("propose_hypothesis", text="The network").json()["events"][0]["data"]["id"] == "H2"


def test_an_unknown_person_is_accepted_with_a_warning(command: Command) -> None:
    warnings = command("assign_role", role="scribe", person="nobody@example.com").json()["warnings"]
    assert [set(warning) for warning in warnings] == [{"code", "message", "hint"}] * len(warnings)
    assert "unknown_person" in [warning["code"] for warning in warnings]


def test_me_is_the_caller(server: Server, room: str, api: httpx.Client) -> None:
    server.do(server.house.credentials.add_user("ines@example.com", "Ines", admin=False, actor="x", via="x"))
    hers = server.client(server.token("respond", "read", person="ines@example.com"))
    with hers:
        role = {"command": "assign_role", "role": "scribe", "person": "me"}
        assert hers.post(f"/api/v1/incidents/{room}/commands", json=role).status_code == 200
    assert api.get(f"/api/v1/incidents/{room}").json()["roles"]["scribe"] == "ines@example.com"
    role = {"command": "assign_role", "role": "technical_lead", "person": "me"}
    assert api.post(f"/api/v1/incidents/{room}/commands", json=role).status_code == 200
    assert api.get(f"/api/v1/incidents/{room}").json()["roles"]["technical_lead"] == "token:everything"


def test_404_is_for_incidents_and_409_for_things_inside(command: Command, api: httpx.Client) -> None:
    for path in ("", "/events", "/flow", "/stream"):
        for id in (UNKNOWN, "x", "%00", "..", "directory", "source:x"):
            refused(api.get(f"/api/v1/incidents/{id}{path}"), 404)
    body = {"command": "post_message", "text": "x"}
    refused(api.post(f"/api/v1/incidents/{UNKNOWN}/commands", json=body), 404, "not_found")
    refused(command("add_evidence", hypothesis="H9", direction="for", text="x"), 409, "unknown_thing")
    refused(command("start_intervention", intervention="I9"), 409, "unknown_thing")
    refused(command("retract", seq=999), 409)
    refused(command("declare"), 409, "already_done")


def test_expected_seq(command: Command, api: httpx.Client, room: str) -> None:
    seq = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    after = command("post_message", text="one", expected_seq=seq).json()["seq"]
    assert after == seq + 1
    error = command("post_message", text="two", expected_seq=seq)
    assert str(after) in refused(error, 409, "conflict")["message"]
    assert error.headers["retry-after"]
    assert command("post_message", text="three", expected_seq=after).status_code == 200


def test_events_are_read_page_by_page(command: Command, api: httpx.Client, room: str) -> None:
    for number in range(25):
        command("post_message", text=f"message {number}")
    seq = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    events: list[dict[str, Any]] = []
    for limit in (1, 7, seq, 1000):
        events = list(walk(api, f"/api/v1/incidents/{room}/events", limit=limit))
        assert [event["seq"] for event in events] == list(range(1, seq + 1))
    tail = api.get(f"/api/v1/incidents/{room}/events", params={"after": seq - 2, "limit": 10}).json()
    assert [event["seq"] for event in tail["items"]] == [seq - 1, seq]
    assert tail["next"] is None
    assert api.get(f"/api/v1/incidents/{room}/events", params={"after": seq + 99}).json()["items"] == []
    assert len({event["digest"] for event in events}) == seq


def test_the_flow_names_the_six_cycles(api: httpx.Client, room: str, command: Command) -> None:
    command("own_cycle", cycle="communication", person="me")
    flow = api.get(f"/api/v1/incidents/{room}/flow").json()
    assert set(flow) == {"cycles"}
    assert [cycle["cycle"] for cycle in flow["cycles"]] == CYCLES
    assert all(cycle.keys() >= FLOW for cycle in flow["cycles"])
    assert [cycle["owner"] for cycle in flow["cycles"]].count("token:everything") == 1


def test_every_command_has_its_schema(api: httpx.Client) -> None:
    listed = api.get("/api/v1/commands/").json()
    assert set(listed) == {"items", "next"}
    by_name = {item["command"]: item["schema"] for item in listed["items"]}
    wanted = {
        "declare", "set_severity", "categorise", "assign_role", "accept_role", "hand_over_role", "release_role",
        "own_cycle", "join", "note_observation", "propose_hypothesis", "add_evidence", "set_hypothesis",
        "propose_intervention", "start_intervention", "observe_intervention", "revert_intervention", "state_impact",
        "state_trend", "mark_mitigated", "mark_impact_returned", "post_message", "post_update", "approve_update",
        "resolve", "close", "reopen", "retract",
    }  # fmt: skip
    assert wanted <= set(by_name)
    for schema in by_name.values():
        assert schema["type"] == "object"
        assert {"at", "reason", "expected_seq"} <= set(schema["properties"])


def test_incidents_are_filtered(api: httpx.Client, server: Server) -> None:
    word = unique("basket")
    ids = [
        api.post(
            "/api/v1/incidents",
            json={"title": f"{word} number-{n}", "impact": impact, "urgency": "high", "services": [s]},
        ).json()["id"]
        for n, (impact, s) in enumerate([("all", f"{word}-a"), ("few", f"{word}-b"), ("none", f"{word}-b")])
    ]

    def found(**query: str) -> list[str]:
        return [item["id"] for item in api.get("/api/v1/incidents", params={"q": word, **query}).json()["items"]]

    assert found() == ids[::-1]
    assert found(q=f"{word} number-1") == [ids[1]]
    assert found(q=word.upper()) == ids[::-1]
    assert found(service=f"{word}-b") == [ids[2], ids[1]]
    severities = {id: api.get(f"/api/v1/incidents/{id}").json()["severity"] for id in ids}
    for severity in ("SEV1", "SEV2", "SEV3", "SEV4"):
        assert found(severity=severity) == [id for id in ids[::-1] if severities[id] == severity]
    assert found(status="declared") == ids[::-1]
    assert found(status="closed") == []
    assert found(practice="true") == []
    opened = server.house.rooms.declare_new(
        Declare(title=f"{word} drill"),
        actor="token:x", via="test", practice=True,
    )  # fmt: skip
    drill = server.do(opened).room
    assert found() == ids[::-1]
    assert found(practice="true") == [drill]
    assert api.get(f"/api/v1/incidents/{drill}").json()["practice"] is True


@pytest.mark.parametrize("path", ["/api/v1/incidents", "/api/v1/signals"])
@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=-1", "limit=--5", "limit=five", "limit=%F0%9D%9F%98", "limit=" + "9" * 5000, "limit=1.5",
        "after=%ff", "after=é", "after=!", "practice=maybe", "status=lost&state=lost",
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused(api: httpx.Client, path: str, query: str) -> None:
    refused(api.get(f"{path}?{query}"), 400, "malformed")


@pytest.mark.parametrize("query", ["after=-1", "after=--5", "after=x", "limit=0", "after=" + "9" * 5000])
def test_a_place_in_the_events_that_cannot_be_read_is_refused(api: httpx.Client, room: str, query: str) -> None:
    refused(api.get(f"/api/v1/incidents/{room}/events?{query}"), 400, "malformed")


def test_a_limit_above_the_greatest_is_cut(api: httpx.Client, room: str) -> None:
    assert api.get("/api/v1/incidents?limit=999999999").status_code == 200
    assert api.get(f"/api/v1/incidents/{room}/events?limit=999999999").status_code == 200


def test_every_incident_is_met_once_while_new_ones_come(api: httpx.Client) -> None:
    word = unique("harvest")
    ids = [api.post("/api/v1/incidents", json={"title": f"{word} {n}"}).json()["id"] for n in range(23)]
    for limit in (1, 5, 23, 100):
        met = []
        for item in walk(api, "/api/v1/incidents", q=word, limit=limit):
            met.append(item["id"])
            if len(met) % 5 == 1:
                ids.append(api.post("/api/v1/incidents", json={"title": f"{word} more"}).json()["id"])
        assert len(met) == len(set(met))
        assert set(met) <= set(ids)
        assert set(ids[:23]) <= set(met)


def test_basic_auth_carries_the_token_as_password(server: Server) -> None:
    with server.client(Authorization=basic("promtool", server.token("read"))) as client:
        assert client.get("/api/v1/incidents").status_code == 200


def test_texts_come_back_as_they_were_sent_but_for_what_nobody_can_read(command: Command) -> None:
    text = 'Queue "a" <b>&amp;</b> \u0000名前 \u202e 𝟘 \r\n 🔥'
    kept = 'Queue "a" <b>&amp;</b> 名前 \u202e 𝟘 \n 🔥'
    assert command("post_message", text=text).json()["events"][0]["data"]["text"] == kept


def test_the_brief_is_made_from_the_record(api: httpx.Client, room: str, command: Command) -> None:
    command("state_impact", text="31 % of UK orders fail")
    command("assign_role", role="incident_commander", person="ana@example.com")
    command("propose_hypothesis", text="v412 did it")
    path = f"/api/v1/incidents/{room}/brief"
    joiner = api.get(path).json()
    assert joiner["for"] == "joiner"
    assert {"about": "Impact", "text": "31 % of UK orders fail"} in joiner["lines"]
    assert "\nRoles: commander ana@example.com" in joiner["text"]
    role = api.get(path, params={"for": "role"}).json()
    # Whoever takes a role over is told the same as who comes in.
    assert role == joiner | {"for": "role"}
    assert "\nTheories alive: H1 v412 did it (proposed)\n" in role["text"]
    refused(api.get(path, params={"for": "me"}), 400, "malformed")
    refused(api.get("/api/v1/incidents/none-such/brief"), 404, "not_found")


def test_the_flow_says_what_is_due_and_what_lies_between_two_people(
    api: httpx.Client, room: str, command: Command
) -> None:
    command("assign_task", person="bo@example.com", text="Watch", due_s=600)
    command("hold", until="2099-01-01T00:00:00Z", text="settling")
    command("add_inbound", kind="question", text="When?", **{"from": "Marcus"})
    flow = api.get(f"/api/v1/incidents/{room}/flow").json()
    lanes = {lane["cycle"]: lane for lane in flow["cycles"]}
    due = {each["what"] for each in lanes["mitigation"]["due"]}
    assert {"report of T1", "end of hold D1", "answer to P1"} <= due
    assert "answer to Q1" in {each["what"] for each in lanes["communication"]["due"]}
    assert [each["what"] for each in lanes["mitigation"]["hand_offs"]] == ["T1"]
    assert [each["what"] for each in lanes["communication"]["hand_offs"]] == ["Q1"]
