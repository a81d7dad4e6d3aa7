"""Undo from the room: the opposite of what somebody did last is a fact more, and where there is none they are told."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.http.server import Server, unique

PARTIAL = {"HX-Request": "true"}


class Person:
    """Somebody in the room, by its forms."""

    def __init__(self, client: httpx.Client, csrf: str, room: str) -> None:
        self.client, self.csrf, self.room = client, csrf, room

    def say(self, line: str, status: int = 200) -> str:
        answer = self.client.post(
            f"/incidents/{self.room}/say", data={"csrf": self.csrf, "line": line}, headers=PARTIAL
        )
        assert answer.status_code == status, answer.text
        return answer.text

    def undo(self, seq: int | str, status: int = 200) -> str:
        answer = self.client.post(
            f"/incidents/{self.room}/undo", data={"csrf": self.csrf, "seq": str(seq)}, headers=PARTIAL
        )
        assert answer.status_code == status, answer.text
        return answer.text


@pytest.fixture
def room(api: httpx.Client) -> str:
    id: str = api.post("/api/v1/incidents", json={"title": unique("undo")}).json()["id"]
    return id


@pytest.fixture
def ana(server: Server, room: str) -> Iterator[Person]:
    client, csrf = server.session(f"{unique('ana')}@example.com")
    with client:
        yield Person(client, csrf, room)


def _room(api: httpx.Client, room: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/v1/incidents/{room}").json()
    return found


def _events(api: httpx.Client, room: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/api/v1/incidents/{room}/events?limit=1000").json()["items"]
    return found


def _offers(notice: str) -> int | None:
    """The number that the notice's button undoes."""
    if "data-undo" not in notice:
        return None
    button = notice[notice.index('form="undo-deed"') :]
    return int(button[button.index('value="') + 7 :].split('"')[0])


def test_what_was_said_last_is_taken_back_and_then_what_was_said_before(
    api: httpx.Client, room: str, ana: Person
) -> None:
    ana.say("/theory one")
    offered = _offers(ana.say("/theory two"))
    assert offered is not None
    assert offered == _room(api, room)["seq"]
    assert "Taken back: hypothesis proposed" in ana.undo(offered)
    assert [h["text"] for h in _room(api, room)["hypotheses"]] == ["one"]
    assert "Taken back" in ana.say("/undo")
    assert _room(api, room)["hypotheses"] == []
    assert [event["kind"] for event in _events(api, room)][-4:] == [
        "hypothesis_proposed",
        "hypothesis_proposed",
        "retracted",
        "retracted",
    ]


def test_a_message_offers_nothing_and_is_taken_back_all_the_same(api: httpx.Client, room: str, ana: Person) -> None:
    assert ana.say("hello") == ""
    ana.say("/undo")
    assert _events(api, room)[-1]["kind"] == "retracted"


def test_what_is_resolved_or_closed_is_reopened(api: httpx.Client, room: str, ana: Person) -> None:
    ana.say("/mitigated")
    seq = _offers(ana.say("/resolve yes it was v412"))
    assert seq is not None
    assert "reopened" in ana.undo(seq).casefold()
    assert _room(api, room)["status"] == "mitigated"
    # Reopening itself has no opposite, and nothing said before it is taken for it.
    assert "Resolve it again" in ana.say("/undo", 409)
    ana.say("/resolve yes")
    seq = _offers(ana.say("/close no review because it is known"))
    ana.undo(str(seq))
    assert _room(api, room)["status"] == "mitigated"
    reopened = [event for event in _events(api, room) if event["kind"] == "incident_reopened"]
    assert [event["data"]["reason"] for event in reopened] == ["undone", "undone"]


def test_who_sees_the_room_is_put_back(api: httpx.Client, room: str, ana: Person) -> None:
    ana.say("/take commander")
    seq = _offers(ana.say("/restrict me, leila@example.com because of a doubt"))
    ana.say("/restrict me because of another")
    ana.say("/undo")
    last = _events(api, room)[-1]
    assert last["kind"] == "room_restricted"
    assert "leila@example.com" in last["data"]["people"]
    assert seq is not None
    ana.say("/restrict everyone because it is over")
    ana.say("/undo")
    assert _events(api, room)[-1]["kind"] == "room_restricted"


def test_a_restriction_of_an_open_room_is_lifted(api: httpx.Client, room: str, ana: Person) -> None:
    ana.say("/take commander")
    seq = _offers(ana.say("/restrict me because of a doubt"))
    assert seq is not None
    ana.undo(seq)
    assert _events(api, room)[-1]["kind"] == "restriction_lifted"


def test_what_has_left_the_house_has_no_opposite(api: httpx.Client, room: str, ana: Person) -> None:
    ana.say("/theory before")
    notice = ana.say("/update customers You may be unable to pay. next 20m")
    assert _offers(notice) is None
    assert "Post another that corrects it" in ana.say("/undo", 409)
    # Not what was said before it, either.
    assert [h["text"] for h in _room(api, room)["hypotheses"]] == ["before"]


def test_a_call_rings_on(api: httpx.Client, room: str, ana: Person, server: Server) -> None:
    other = f"{unique('bo')}@example.com"
    server.session(other)[0].close()
    seq = _offers(ana.say(f"/task {other} look at the p99 by 10m"))
    assert seq is not None
    assert "is called" in ana.undo(seq)
    assert _room(api, room)["tasks"] == []


def test_nobody_undoes_what_somebody_else_did(api: httpx.Client, room: str, ana: Person, server: Server) -> None:
    seq = _offers(ana.say("/theory mine"))
    client, csrf = server.session(f"{unique('bo')}@example.com")
    with client:
        other = Person(client, csrf, room)
        assert "nothing here" in other.undo(str(seq), 400)
        assert "nothing here" in other.say("/undo", 400)
        assert "nothing here" in other.undo("999999", 400)
    assert len(_room(api, room)["hypotheses"]) == 1


def test_a_time_in_a_notice_says_its_day(ana: Person) -> None:
    notice = ana.say("/hold 04:00 because I1 settles")
    assert "until" in notice
    assert 'data-t="stated"' in notice
    assert "T04:00:00Z" in notice


def test_without_a_script_the_room_comes_back(room: str, ana: Person) -> None:
    ana.say("/theory one")
    answer = ana.client.post(f"/incidents/{room}/undo", data={"csrf": ana.csrf})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/incidents/{room}"
