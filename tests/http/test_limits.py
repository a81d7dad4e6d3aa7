"""What grows has an end: bodies that are kept, sessions of a person, rooms in memory, signs of life that wait."""

import asyncio
from pathlib import Path
from typing import Any

from tests.browser.patience import until as patiently
from tests.http.server import Server, receipts, refused
from tests.web.test_live import Tape, Viewer, hub_of, until


def test_a_sender_cannot_fill_the_record_with_what_cannot_be_read(tmp_path: Path) -> None:
    with Server(tmp_path / "data", kept_per_source_day_max=2) as server, server.client(server.token("admin")) as api:
        one, other = server.source(), server.source()
        for number in range(5):
            error = refused(one.generic(b"{"), 400)
            assert ("is kept" in error["hint"]) == (number < 2)
            assert ("this one is not" in error["hint"]) == (number >= 2)
        half = [{"title": "Good"}, {"no": "words"}]
        answer = one.generic(half)
        assert answer.status_code == 400
        assert "this one is not" in answer.json()["error"]["hint"]
        assert answer.json()["receipts"][0]["outcome"] == "recorded", "what can be read is taken all the same"
        refused(other.generic(b"{"), 400)
        assert len(api.get("/api/v1/signals/kept").json()["items"]) == 3
        assert "watchroom_bodies_not_kept_total 4.0" in api.get("/metrics").text
        assert receipts(one.generic({"title": "Still good"}))[0][0] == "recorded"
        one.close()
        other.close()


def test_over_all_days_the_oldest_bodies_go_and_the_source_s_page_says_how_many(tmp_path: Path) -> None:
    with Server(tmp_path / "data", kept_per_source_max=2) as server, server.client(server.token("admin")) as api:
        one = server.source()
        for number in range(5):
            refused(one.generic(b"{" + b"%d" % number), 400)
        session, _csrf = server.session("ana@example.com")

        def dropped() -> dict[str, Any]:
            found: dict[str, Any] = api.get(f"/api/v1/sources/{one.name}").json()
            return found if found["bodies_dropped"] == 3 else {}

        found = patiently(dropped, "three bodies to go")
        assert (found["bodies_kept"], found["bodies_dropped"], len(found["errors"])) == (2, 3, 5)
        page = session.get(f"/settings/sources/{one.name}").text
        assert "2 bodies are kept. 3 older ones were let go to make room" in page
        first = api.get("/api/v1/signals/kept", params={"limit": 1}).json()
        rest = api.get("/api/v1/signals/kept", params={"limit": 1, "after": first["next"]}).json()
        assert [each["body"] for each in first["items"] + rest["items"]] == ["{4", "{3"]
        assert rest["next"] is None
        assert api.get("/api/v1/signals/kept", params={"q": "nobody"}).json()["items"] == []
        one.close()
        session.close()


def test_a_person_has_so_many_sessions_and_the_newest_stay(tmp_path: Path) -> None:
    with Server(tmp_path / "data", sessions_per_person_max=3) as server:
        opened = [server.session("ana@example.com")[0] for _ in range(5)]
        bo, _csrf = server.session("bo@example.com")
        found = [client.get("/people", follow_redirects=False).status_code for client in (*opened, bo)]
        assert found.count(200) == 4
        assert found[-2:] == [200, 200]
        assert server.house.credentials.sessions.open_count == 4
        for client in (*opened, bo):
            client.close()


def test_rooms_in_memory_are_bounded_by_bytes_too(tmp_path: Path) -> None:
    with (
        Server(tmp_path / "data", rooms_cached_bytes_max=2**20) as server,
        server.client(server.token("admin")) as api,
    ):
        rooms = []
        for number in range(6):
            rooms.append(api.post("/api/v1/incidents", json={"title": f"Room {number}"}).json()["id"])
            for _ in range(20):
                body = {"command": "post_message", "text": "x" * 19_000}
                assert api.post(f"/api/v1/incidents/{rooms[-1]}/commands", json=body).status_code == 200
        assert 0 < server.house.folds.rooms < 6
        assert server.house.folds.rooms_bytes <= 2**20
        for room in rooms:
            assert api.get(f"/api/v1/incidents/{room}").json()["seq"] >= 20
        assert server.house.folds.rooms_bytes <= 2**20


async def test_signs_of_life_do_not_gather_for_whom_reads_nothing() -> None:
    hub, clock = hub_of(heartbeat_s=15, queue_frames_max=4)
    viewer = Viewer(hub, Tape()).open()
    await until(lambda: hub.viewers == 1)
    await until(lambda: hub.behind == 0)
    viewer.free.clear()
    for _ in range(30):
        clock.jump(15)
        for _ in range(20):
            await asyncio.sleep(0)
    (channel,) = hub._channels.values()
    assert [len(each.queue) for each in channel.viewers] <= [4]
    viewer.free.set()
    await hub.close()
