"""The public status page over HTTP: what a visitor, a program and a cache get, and what nobody may."""

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from tests.http.secrets import told
from tests.http.server import Program, Server, watchroom
from watchroom.detection.declaration import Declare
from watchroom.web.status.statuspage import DOCUMENTS

SECRET = "okapi"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Server]:
    """An install of the test's own: the page shows all of it."""
    with Server(tmp_path) as server:
        yield server


@pytest.fixture
def ana(house: Server) -> Iterator[httpx.Client]:
    with house.client(house.token("read", "respond", person="ana@example.com")) as client:
        yield client


@pytest.fixture
def visitor(house: Server) -> Iterator[httpx.Client]:
    """Somebody from outside, who shows nothing."""
    with house.client() as client:
        yield client


def declared(client: httpx.Client, title: str = f"{SECRET} in the database") -> str:
    """A room with a title that nobody outside may read."""
    answer = client.post("/api/v1/incidents", json={"title": title, "impact": "many", "services": [f"{SECRET}-svc"]})
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def post(house: Server, client: httpx.Client, room: str, **fields: Any) -> dict[str, Any]:
    return told(house, client, room, "post_update", audience="customers", **fields)


def read(visitor: httpx.Client, name: str) -> dict[str, Any]:
    answer = visitor.get(f"/status/api/v2/{name}.json")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def all_of(visitor: httpx.Client) -> str:
    """Every byte that the page shows to anybody."""
    paths = ["/status", "/status/history", "/status/feed.atom", *(f"/status/api/v2/{name}.json" for name in DOCUMENTS)]
    month = datetime.now(UTC).strftime("%Y-%m")
    paths += [f"/status/history/{month}"]
    paths += [f"/status/incidents/{each['id']}" for each in read(visitor, "incidents")["incidents"]]
    return "".join(visitor.get(path).text for path in paths)


def test_an_update_to_customers_is_the_post(house: Server, ana: httpx.Client, visitor: httpx.Client) -> None:
    assert read(visitor, "status")["status"] == {"indicator": "none", "description": "All Systems Operational"}
    room = declared(ana)
    post(
        house, ana, room, title="UK checkout fails", impact="UK orders fail.", doing="We roll back.",
        components={"Checkout": "major outage", "Search": "degraded"}, state="investigating",
    )  # fmt: skip
    summary = read(visitor, "summary")
    assert summary["status"] == {"indicator": "major", "description": "Partial System Outage"}
    assert {each["name"]: each["status"] for each in summary["components"]} == {
        "Checkout": "major_outage",
        "Search": "degraded_performance",
    }
    [incident] = summary["incidents"]
    assert (incident["name"], incident["status"], incident["impact"]) == (
        "UK checkout fails", "investigating", "critical",
    )  # fmt: skip
    [update] = incident["incident_updates"]
    assert update["body"] == "UK orders fail.\n\nWe roll back."
    assert {each["name"]: each["new_status"] for each in update["affected_components"]} == {
        "Checkout": "major_outage",
        "Search": "degraded_performance",
    }
    page = visitor.get("/status").text
    assert "UK checkout fails" in page
    assert "We roll back." in page
    assert "Major outage" in page

    post(house, ana, room, impact="All orders succeed.", components={"checkout": "ok"}, state="resolved")
    assert read(visitor, "incidents/unresolved")["incidents"] == []
    [incident] = read(visitor, "incidents")["incidents"]
    assert incident["status"] == "resolved"
    assert incident["resolved_at"] == incident["incident_updates"][0]["created_at"]
    assert read(visitor, "status")["status"]["indicator"] == "none"
    assert SECRET not in all_of(visitor)


def test_what_is_not_for_customers_is_nowhere(house: Server, ana: httpx.Client, visitor: httpx.Client) -> None:
    room = declared(ana)
    for audience in ("responders", "leadership", "support", "regulator"):
        told(
            house,
            ana,
            room,
            "post_update",
            audience=audience,
            impact=f"{SECRET} for {audience}",
            components={SECRET: "down"},
        )
    post(house, ana, room, impact=f"{SECRET} is a draft", components={f"{SECRET}-draft": "down"}, draft=True)
    post(house, ana, room, components={f"{SECRET}-wordless": "down"})
    told(house, ana, room, "state_impact", text=f"{SECRET} leaks", services=[f"{SECRET}-svc"])
    told(house, ana, room, "add_inbound", kind="report", text=f"{SECRET} asks", **{"from": SECRET})
    assert read(visitor, "summary")["incidents"] == []
    assert SECRET not in all_of(visitor)
    post(house, ana, room, impact="Orders fail.")
    assert "Orders fail" in all_of(visitor)
    assert SECRET not in all_of(visitor)
    assert room not in all_of(visitor)
    assert "ana@" not in all_of(visitor)

    told(house, ana, room, "approve_update", update="U5")
    assert f"{SECRET} is a draft" in all_of(visitor)


def test_a_restricted_room_leaves_the_page_and_practice_is_never_on_it(
    house: Server, ana: httpx.Client, visitor: httpx.Client
) -> None:
    async def practise() -> str:
        command = Declare(title=f"{SECRET} drill")
        rooms = house.house.rooms
        return (await rooms.declare_new(command, actor="person:ana@example.com", via="test", practice=True)).room

    drill = house.do(practise())
    post(house, ana, drill, impact=f"{SECRET} in a drill", components={SECRET: "down"})
    room = declared(ana)
    post(house, ana, room, impact=f"{SECRET} was seen", components={"Login": "down"})
    assert f"{SECRET} was seen" in all_of(visitor)
    assert "in a drill" not in all_of(visitor)
    id = read(visitor, "incidents")["incidents"][0]["id"]

    told(house, ana, room, "restrict", people=["me"], reason="It is an intrusion")
    post(house, ana, room, impact=f"{SECRET} again")
    assert SECRET not in all_of(visitor)
    assert "Login" not in all_of(visitor)
    assert visitor.get(f"/status/incidents/{id}").status_code == 404

    told(house, ana, room, "restrict", people=["everyone"], reason="Customers were told")
    assert f"{SECRET} again" in all_of(visitor)


def test_what_is_redacted_is_gone_from_the_page(house: Server, ana: httpx.Client, visitor: httpx.Client) -> None:
    room = declared(ana)
    sent = post(
        house, ana, room, title=f"{SECRET} title", impact=f"{SECRET} is a customer", components={"Mail": "down"}
    )
    post(house, ana, room, impact="Mails are late.")
    assert SECRET in all_of(visitor)
    seq = next(event["seq"] for event in sent["events"] if event["kind"] == "update_posted")
    told(house, ana, room, "assign_role", role="incident_commander", person="me")
    told(house, ana, room, "redact", seq=seq, reason="It names somebody")
    assert SECRET not in all_of(visitor)
    assert "Mails are late" in all_of(visitor)
    assert "[redacted]" not in all_of(visitor)
    (shown,) = read(visitor, "summary")["incidents"]
    assert shown["name"] == "Incident"
    assert [each["body"] for each in shown["incident_updates"]] == ["Mails are late."]
    post(house, ana, room, title="Mails are late", impact="By an hour.", components={"Checkout": "slow"})
    assert [each["name"] for each in read(visitor, "summary")["incidents"]] == ["Mails are late"]


def test_what_goes_on_stays_on_the_page_when_all_about_it_was_redacted(
    house: Server, ana: httpx.Client, visitor: httpx.Client
) -> None:
    room = declared(ana)
    sent = post(house, ana, room, title=f"{SECRET} title", impact=f"{SECRET} is a customer")
    told(house, ana, room, "assign_role", role="incident_commander", person="me")
    told(house, ana, room, "redact", seq=sent["events"][0]["seq"], reason="It names somebody")
    assert SECRET not in all_of(visitor)
    assert "[redacted]" not in all_of(visitor)
    (shown,) = read(visitor, "summary")["incidents"]
    assert (shown["name"], shown["status"]) == ("Incident", "investigating")
    assert [each["body"] for each in shown["incident_updates"]] == ["What was said here was removed."]
    assert "What was said here was removed." in visitor.get("/status").text
    post(house, ana, room, impact="Orders fail.", components={"Checkout": "down"})
    assert [each["name"] for each in read(visitor, "summary")["incidents"]] == ["Checkout"]
    told(house, ana, room, "resolve", understood="yes", text="Undone")
    assert read(visitor, "summary")["incidents"] == []


def test_an_incident_ends_on_the_page_with_its_room(house: Server, ana: httpx.Client, visitor: httpx.Client) -> None:
    room = declared(ana)
    post(house, ana, room, impact="Orders fail.", components={"Checkout": "down"})
    told(house, ana, room, "resolve", understood="yes", text=f"{SECRET} was the cause")
    summary = read(visitor, "summary")
    assert summary["incidents"] == []
    assert summary["components"][0]["status"] == "operational"
    told(house, ana, room, "reopen", reason="It came back")
    assert [each["status"] for each in read(visitor, "summary")["incidents"]] == ["investigating"]
    assert SECRET not in all_of(visitor)


def test_a_visitor_leaves_and_gets_no_trace(house: Server, visitor: httpx.Client) -> None:
    for path in ("/status", "/status/", "/status/api/v2/summary.json", "/status/feed.atom", "/status/nothing"):
        answer = visitor.get(path, headers={"Cookie": "wr_session=stale", "Authorization": "Bearer nothing"})
        assert answer.status_code == (404 if path.endswith("nothing") else 200)
        assert "set-cookie" not in answer.headers
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "<script" not in answer.text
    assert visitor.options("/status/api/v2/summary.json").status_code == 204
    refused = visitor.post("/status/api/v2/summary.json", json={})
    assert refused.status_code == 405
    assert refused.json()["error"]["hint"]


def test_caches_and_packing(house: Server, ana: httpx.Client, visitor: httpx.Client) -> None:
    post(house, ana, declared(ana), impact="Orders fail.", components={"Checkout": "down"})
    whole = visitor.get("/status", headers={"Accept-Encoding": "identity"})
    packed = visitor.get("/status", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in whole.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert whole.text == packed.text
    assert len(gzip.compress(whole.content)) < len(whole.content)
    assert whole.headers["cache-control"].startswith("public, max-age=5")
    known = {"If-None-Match": whole.headers["etag"]}
    assert visitor.get("/status", headers=known).status_code == 304
    assert visitor.head("/status").content == b""
    assert visitor.head("/status").headers["etag"] == whole.headers["etag"]
    before = visitor.get("/status/api/v2/summary.json").headers["etag"]
    post(house, ana, declared(ana), impact="Search is slow.")
    assert visitor.get("/status", headers=known).status_code == 200
    assert visitor.get("/status/api/v2/summary.json").headers["etag"] != before


def test_the_feed_is_atom(house: Server, ana: httpx.Client, visitor: httpx.Client) -> None:
    post(house, ana, declared(ana), impact='<b>"Orders"</b> & mails\x0bfail ]]> \n second line')
    answer = visitor.get("/status/feed.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.text)
    assert {child.tag for child in feed} >= {f"{ATOM}{name}" for name in ("id", "title", "updated", "author", "link")}
    [entry] = feed.findall(f"{ATOM}entry")
    assert all(entry.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated", "published"))
    content = entry.findtext(f"{ATOM}content") or ""
    assert "&lt;b&gt;" in content
    assert "<b>" not in content


def test_statuspage_fields_are_all_there(house: Server, ana: httpx.Client, visitor: httpx.Client) -> None:
    """What client libraries of Statuspage decode strictly (source: its public API, version 2)."""
    book = house.house.status_book
    by = {"actor": "person:ana@example.com", "via": "test"}
    house.do(book.define("API", group="Platform", services=["gateway"], about="For programs", **by))
    house.do(book.define("Website", **by))
    now = datetime.now(UTC)
    house.do(book.schedule("Upgrade", now - timedelta(hours=1), now + timedelta(hours=1), components=["API"], **by))
    house.do(book.schedule("Move", now + timedelta(days=1), now + timedelta(days=2), text="To another hall", **by))
    post(house, ana, declared(ana), impact="Calls fail.", components={"gateway": "partial outage"})
    summary = read(visitor, "summary")
    assert set(summary) == {"page", "components", "incidents", "scheduled_maintenances", "status"}
    assert set(summary["page"]) == {"id", "name", "url", "time_zone", "updated_at"}
    group, api, website = summary["components"]
    assert group["group"]
    assert group["components"] == [api["id"]]
    assert api["group_id"] == group["id"]
    assert (api["status"], api["description"]) == ("partial_outage", "For programs")
    assert website["status"] == "operational"
    assert website["group_id"] is None
    fields = {
        "id", "name", "status", "created_at", "updated_at", "position", "description", "showcase", "start_date",
        "group_id", "page_id", "group", "only_show_if_degraded",
    }  # fmt: skip
    assert set(api) == fields
    assert set(group) == {*fields, "components"}
    [incident] = summary["incidents"]
    told_fields = {
        "id", "name", "status", "created_at", "updated_at", "monitoring_at", "resolved_at", "impact", "shortlink",
        "started_at", "page_id", "incident_updates", "components",
    }  # fmt: skip
    assert set(incident) == told_fields
    assert set(incident["incident_updates"][0]) == {
        "id", "status", "body", "incident_id", "created_at", "updated_at", "display_at", "affected_components",
        "deliver_notifications", "custom_tweet", "tweet_id",
    }  # fmt: skip
    running, next_ = summary["scheduled_maintenances"]
    assert set(running) == {*told_fields, "scheduled_for", "scheduled_until"}
    assert (running["status"], running["impact"]) == ("in_progress", "maintenance")
    assert [each["status"] for each in running["incident_updates"]] == ["in_progress", "scheduled"]
    assert (next_["status"], next_["incident_updates"][0]["body"]) == ("scheduled", "To another hall")
    assert [each["id"] for each in read(visitor, "scheduled-maintenances/active")["scheduled_maintenances"]] == [
        running["id"]
    ]
    assert [each["id"] for each in read(visitor, "scheduled-maintenances/upcoming")["scheduled_maintenances"]] == [
        next_["id"]
    ]
    for stamp in (incident["created_at"], api["updated_at"], running["scheduled_for"], summary["page"]["updated_at"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp)


def test_a_page_that_is_switched_off_is_nowhere(house: Server, ana: httpx.Client, visitor: httpx.Client) -> None:
    post(house, ana, declared(ana), impact=f"{SECRET} fails.")
    incident = read(visitor, "incidents")["incidents"][0]["id"]
    by = {"actor": "person:ana@example.com", "via": "test"}
    house.do(house.house.status_book.describe(shown=False, **by))
    for path in ("/status", "/status/feed.atom", "/status/history", f"/status/incidents/{incident}",
                 *(f"/status/api/v2/{name}.json" for name in DOCUMENTS)):  # fmt: skip
        answer = visitor.get(path)
        assert answer.status_code == 404, path
        assert SECRET not in answer.text, path
    house.do(house.house.status_book.describe(shown=True, name="Acme status", **by))
    assert "Acme status" in visitor.get("/status").text


def client_of(program: Program, token: str = "") -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=program.url, headers=headers, timeout=60, trust_env=False)


def test_the_page_is_as_it_was_after_a_kill(tmp_path: Path) -> None:
    made = watchroom("token", "create", "bot", "--scope", "read", "--scope", "respond", data=tmp_path)
    with Program(tmp_path) as program, client_of(program, made.stdout.strip()) as client:
        room = client.post("/api/v1/incidents", json={"title": SECRET}).json()["id"]
        body = {
            "command": "post_update",
            "audience": "customers",
            "impact": "Orders fail.",
            "components": {"Shop": "down"},
        }
        assert client.post(f"/api/v1/incidents/{room}/commands", json=body).status_code == 200
        before = client.get("/status/api/v2/incidents.json").json()["incidents"]
        program.kill()
    with Program(tmp_path) as program, client_of(program) as client:
        after = client.get("/status/api/v2/incidents.json").json()["incidents"]
        assert SECRET not in client.get("/status").text
    assert [each["name"] for each in after] == ["Orders fail"]
    # The port is another, and with it the page's address; what was said is the same to the byte.
    assert [each["incident_updates"] for each in after] == [each["incident_updates"] for each in before]
    assert [each["id"] for each in after] == [each["id"] for each in before]
