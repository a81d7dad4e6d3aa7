"""The leadership page over HTTP: what it says in a glance, and the one box that reaches the commander."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.http.secrets import told
from tests.http.server import Server
from watchroom.detection.declaration import Declare

PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("leadership")) as server:
        yield server


@pytest.fixture
def ana(house: Server) -> Iterator[httpx.Client]:
    with house.client(house.token("read", "respond", person="ana@example.com")) as client:
        yield client


@pytest.fixture
def chief(house: Server) -> Iterator[tuple[httpx.Client, str]]:
    """A leader at a page, with the session's form token."""
    client, csrf = house.session("marcus@example.com", admin=False)
    with client:
        yield client, csrf


def declared(client: httpx.Client, title: str) -> str:
    id: str = client.post("/api/v1/incidents", json={"title": title, "impact": "many", "urgency": "high"}).json()["id"]
    return id


def test_it_says_impact_plan_risk_need_and_next_update(
    house: Server, ana: httpx.Client, chief: tuple[httpx.Client, str]
) -> None:
    room = declared(ana, "UK customers cannot check out")
    client, _ = chief
    empty = client.get(f"/incidents/{room}/leadership").text
    assert "Nobody has said yet what it costs." in empty
    assert "Nothing, for now." in empty
    told(house, ana, room, "state_impact", text="Orders fail with error 500", share_low=0.3)
    assert "Orders fail with error 500" in client.get(f"/incidents/{room}/leadership").text
    told(
        house, ana, room, "post_update", audience="leadership", impact="We lose 40,000 an hour.",
        doing="We roll back.", need="A word on the campaign mail.",
        next_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    told(house, ana, room, "post_update", audience="leadership", impact="Only drafted.", draft=True)
    told(house, ana, room, "propose_intervention", text="Roll back 412", risk="A minute without checkout")
    told(house, ana, room, "start_intervention", intervention="I1")
    told(house, ana, room, "state_priority", text="Weekend campaign")
    page = client.get(f"/incidents/{room}/leadership").text
    for words in ("We lose 40,000 an hour.", "We roll back.", "A word on the campaign mail.", "Roll back 412",
                  "A minute without checkout", "Weekend campaign", "left"):  # fmt: skip
        assert words in page or words == "left", words
    assert "data-due=" in page
    assert "Only drafted." not in page
    assert "Orders fail with error 500" not in page
    assert "We lose 40,000 an hour." in client.get("/leadership").text


def test_what_is_asked_reaches_the_inbound_only_and_shows_its_answer(
    house: Server, ana: httpx.Client, chief: tuple[httpx.Client, str]
) -> None:
    room = declared(ana, "Search is down")
    told(house, ana, room, "assign_role", role="incident_commander", person="me")
    client, csrf = chief
    at = f"/incidents/{room}/leadership"
    before = ana.get(f"/api/v1/incidents/{room}").json()["seq"]
    asked = client.post(f"{at}/ask", data={"csrf": csrf, "kind": "question", "text": "Is data lost?"})
    assert asked.status_code == 303
    told_them = client.post(f"{at}/ask", data={"csrf": csrf, "kind": "decision", "text": "No campaign today"})
    assert told_them.status_code == 303
    events = ana.get(f"/api/v1/incidents/{room}/events", params={"after": before}).json()["items"]
    assert [event["kind"] for event in events] == ["inbound_added", "inbound_added"]
    inbound = ana.get(f"/api/v1/incidents/{room}").json()["inbound"]
    assert [(item["kind"], item["text"], item["audience"]) for item in inbound] == [
        ("question", "Is data lost?", "leadership"),
        ("decision", "No campaign today", "leadership"),
    ]
    assert "waits for the commander" in client.get(at).text
    told(house, ana, room, "add_inbound", kind="report", text="A ticket that is not theirs", **{"from": "support"})
    told(house, ana, room, "take_inbound", inbound="Q1")
    told(house, ana, room, "answer_inbound", inbound="Q1", text="No, only late.", used=True)
    page = client.get(at).text
    assert "No, only late." in page
    assert "A ticket that is not theirs" not in page


def test_who_may_ask(house: Server, ana: httpx.Client, chief: tuple[httpx.Client, str]) -> None:
    room = declared(ana, "Mail is late")
    client, csrf = chief
    at = f"/incidents/{room}/leadership"
    with house.client(house.token("read")) as reader, house.client() as nobody:
        assert reader.get(at).status_code == 200
        assert reader.post(f"{at}/ask", data={"text": "May I?"}).status_code == 403
        assert nobody.get(at, headers=PAGE, follow_redirects=False).headers["location"] == "/sign-in"
        assert nobody.post(f"{at}/ask", data={"text": "May I?"}).status_code == 401
    assert client.post(f"{at}/ask", data={"text": "Forged?"}).status_code == 403
    for fields in ({"text": " "}, {"text": "x" * 2_001}, {"text": "x", "kind": "order"}):
        assert client.post(f"{at}/ask", data={"csrf": csrf, **fields}).status_code == 400
    assert client.get("/incidents/0000-none/leadership").status_code == 404
    assert ana.get(f"/api/v1/incidents/{room}").json()["inbound"] == []


def test_all_running_ones_without_practice_and_hidden_rooms(
    house: Server, ana: httpx.Client, chief: tuple[httpx.Client, str], tmp_path: Path
) -> None:
    async def practise() -> str:
        command = Declare(title="A practised outage")
        rooms = house.house.rooms
        return (await rooms.declare_new(command, actor="person:ana@example.com", via="test", practice=True)).room

    house.do(practise())
    over, shut, open_ = (declared(ana, title) for title in ("It is over", "It is shut", "It is open"))
    told(house, ana, over, "resolve", understood="yes")
    told(house, ana, shut, "restrict", people=["me"], reason="Need to know")
    page = chief[0].get("/leadership").text
    assert "It is open" in page
    for title in ("It is over", "It is shut", "A practised outage"):
        assert title not in page
    assert "It is shut" in ana.get("/leadership").text
    assert f'id="lead-{open_}"' in page


def test_it_is_live(house: Server, ana: httpx.Client, chief: tuple[httpx.Client, str]) -> None:
    room = declared(ana, "Logins fail")
    client, _ = chief
    seq = ana.get(f"/api/v1/incidents/{room}").json()["seq"]
    told(house, ana, room, "post_update", audience="leadership", impact="Nobody can sign in.")
    once = {"Live-Once": "1"}
    frame = client.get(f"/incidents/{room}/leadership/live", params={"after": str(seq)}, headers=once).text
    assert f'hx-target="#lead-{room}"' in frame
    assert "Nobody can sign in." in frame
    fresh = client.get(f"/incidents/{room}/leadership").text
    card = fresh[fresh.index("<article") : fresh.index("</article>")]
    live = frame[frame.index("<article") : frame.index("</article>")]
    # The same but for the form token, which a frame leaves out.
    assert card.replace('name="csrf" value="' + chief[1] + '"', 'name="csrf" value=""') == live
    assert "Nobody can sign in." in client.get("/live/leadership", params={"after": "0"}, headers=once).text
