"""A restricted room over HTTP: whoever is not in it finds nothing of it at any address, in any header, list or stream;
whoever is in it finds it; an admin can let themself in, on record.
"""

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.http.mailbox import Mailbox
from tests.http.secrets import (
    ADMINS,
    ASKED,
    HIDING,
    LISTING,
    OPEN_TITLE,
    TIMELINE,
    UNKNOWN,
    WORD,
    Scene,
    addresses,
    fill,
    told,
)
from tests.http.server import Server

Address = tuple[str, str]


Lists = dict[tuple[Address, int], str]


def lists(scene: Scene) -> Lists:
    """What every list shows to the outsider now."""
    return {
        (address, number): steady(ask(scene, scene.outside, UNKNOWN, UNKNOWN))
        for address, asks in LISTING.items()
        for number, ask in enumerate(asks)
    }


@pytest.fixture(scope="module")
def shown() -> dict[str, Lists]:
    """What the lists showed to the outsider before the room was there, and right after it was shut."""
    return {}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, shown: dict[str, Lists]) -> Iterator[Scene]:
    with Server(tmp_path_factory.mktemp("need-to-know")) as server:
        for email in ("ana@example.com", "bo@example.com"):
            server.do(server.house.directory.add(email, actor="system:test", via="test"))
        sender = server.source("generic")
        inside = server.client(server.token("read", "respond", person="ana@example.com"))
        outside = server.client(server.token("read", "respond", person="bo@example.com"))
        admin = server.client(server.token("admin", name="root-bot"))
        opened = inside.post("/api/v1/incidents", json={"title": OPEN_TITLE}).json()["id"]
        made = Scene(server, sender, inside, outside, admin, opened)
        made.open_signal()
        shown["before"] = lists(made)
        fill(made)
        shown["after"] = lists(made)
        yield made
        for client in (inside, outside, admin):
            client.close()
        sender.close()
        with server.client() as anybody:
            assert "watchroom_unexpected_errors_total 0.0" in anybody.get("/metrics").text


def steady(answer: httpx.Response) -> str:
    """The answer without what moves by itself: clocks, and places in the record."""
    text = TIME.sub("T", answer.text)
    text = re.sub(r"after=\d+|id: \d+|/static/[^\"]*", "P", text)
    return f"{answer.status_code} {text}"


TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)?")


def plain(answer: httpx.Response, *ids: str) -> str:
    """All of the answer without the ids that were asked for, and without the time."""
    text = TIME.sub("T", said(answer))
    for id in ids:
        text = text.replace(id, "ID")
    return text


def said(answer: httpx.Response) -> str:
    """All of the answer in which something could stand: status, headers, body."""
    headers = "\n".join(
        f"{name}: {value}" for name, value in answer.headers.items() if name not in ("date", "x-request-id")
    )
    return f"{answer.status_code}\n{headers}\n{answer.text}"


def cases(*maps: dict[Address, list[object]]) -> list[tuple[Address, int]]:
    return [(address, number) for asks in maps for address, found in asks.items() for number in range(len(found))]


def test_every_route_is_asked() -> None:
    """A new route needs an entry in tests/http/secrets.py: what would somebody send there who is not in the room?"""
    assert set(addresses()) == set(ASKED)


@pytest.mark.parametrize(("address", "number"), cases(ASKED), ids=str)  # type: ignore[arg-type]
def test_an_outsider_finds_no_word_of_it_anywhere(scene: Scene, address: Address, number: int) -> None:
    ask = ASKED[address][number]
    shown = said(ask(scene, scene.outside, scene.room, scene.signal))
    shown = shown.replace(f"{WORD}-key", "").replace(f"q={WORD}", "")
    if address == ("GET", "/people"):
        # The box in which it was asked for.
        shown = shown.replace(f'value="{WORD}"', "")
    if address[1].startswith("/search"):
        # The box in which it was asked for, and what repeats it: the title, links that narrow it down.
        shown = re.sub(
            r'value="[^"]*"|“[^”]*”|<title>[^<]*</title>|href="/search[?][^"]*"|data-href="[^"]*"', "", shown
        )
    if address == ("GET", "/api/v1/measures"):
        # It repeats what it was asked for.
        shown = shown.replace(f'"service":"{WORD}-svc"', "")
    assert WORD not in shown
    if address not in HIDING:
        assert scene.room not in shown
        assert scene.practice not in shown


@pytest.mark.parametrize(("address", "number"), cases(HIDING), ids=str)  # type: ignore[arg-type]
def test_a_hidden_room_is_answered_as_one_that_there_is_not(scene: Scene, address: Address, number: int) -> None:
    ask = HIDING[address][number]
    no_signal = "f" * len(scene.signal)
    hidden = ask(scene, scene.outside, scene.room, scene.signal)
    nothing = ask(scene, scene.outside, UNKNOWN, no_signal)
    assert hidden.status_code == nothing.status_code == 404
    assert plain(hidden, scene.room, scene.signal) == plain(nothing, UNKNOWN, no_signal)


@pytest.mark.parametrize(("address", "number"), cases(LISTING), ids=str)  # type: ignore[arg-type]
def test_lists_counts_and_streams_are_as_before_the_room_was_there(
    scene: Scene, shown: dict[str, Lists], address: Address, number: int
) -> None:
    assert shown["after"][address, number] == shown["before"][address, number]


@pytest.mark.parametrize(("address", "number"), cases(ADMINS), ids=str)  # type: ignore[arg-type]
def test_what_admins_ask_is_refused_to_others(scene: Scene, address: Address, number: int) -> None:
    assert ADMINS[address][number](scene, scene.outside, scene.room, scene.signal).status_code == 403


SHOWN = [
    ("/api/v1/incidents/{room}", WORD),
    ("/api/v1/incidents/{room}/events", WORD),
    ("/api/v1/incidents/{room}/flow", "cycles"),
    ("/api/v1/incidents/{room}/brief", WORD),
    ("/api/v1/incidents/{room}/gaps", "items"),
    ("/api/v1/incidents/{room}/measures", "declare"),
    ("/api/v1/incidents/{room}/export?format=jsonl", WORD),
    ("/api/v1/incidents/{room}/export?format=md", WORD),
    ("/api/v1/incidents/{room}/export?format=html", WORD),
    ("/api/v1/incidents", WORD),
    ("/api/v1/incidents?practice=true", WORD),
    (f"/api/v1/incidents?q={WORD}", "{room}"),
    ("/api/v1/signals", WORD),
    ("/incidents/{room}", WORD),
    ("/incidents/{room}/entries", WORD),
    ("/incidents/{room}/review", WORD),
    ("/incidents/{room}/flow", WORD),
    ("/incidents/{room}/flow.svg", WORD),
    ("/incidents/{room}/completions", WORD),
    ("/", WORD),
    ("/signals", WORD),
]


@pytest.mark.parametrize(("path", "word"), SHOWN)
def test_whoever_is_in_finds_it(scene: Scene, path: str, word: str) -> None:
    answer = scene.inside.get(path.format(room=scene.room))
    assert answer.status_code == 200
    assert word.format(room=scene.room) in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/incidents/{room}/live",
        "/incidents/{room}/flow/live",
        "/api/v1/incidents/{room}/stream",
        "/live/board",
        "/live/signals",
    ],
)
def test_whoever_is_in_is_streamed_it(scene: Scene, path: str) -> None:
    answer = scene.inside.get(path.format(room=scene.room), params={"after": "0"}, headers={"Live-Once": "1"})
    assert answer.status_code == 200
    assert WORD in answer.text


def test_the_admin_is_told_that_it_is_there_and_nothing_of_it(scene: Scene) -> None:
    listed = scene.admin.get("/api/v1/incidents/restricted").json()["items"]
    assert {item["id"] for item in listed} == {scene.room, scene.practice}
    assert not any(item["seen"] for item in listed)
    for path in (
        f"/api/v1/incidents/{scene.room}",
        f"/api/v1/incidents/{scene.room}/events",
        f"/incidents/{scene.room}",
    ):
        answer = scene.admin.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 403
        assert WORD not in answer.text
    for path in ("/", "/signals", "/settings", "/api/v1/incidents", "/api/v1/signals"):
        assert WORD not in scene.admin.get(path).text
    preview = scene.admin.post("/api/v1/grouping/preview", json={"rules": [{"name": "by it", "by": ["who"]}]})
    assert preview.status_code == 200
    assert WORD not in preview.text


def test_a_repeated_request_of_somebody_shut_out_since_tells_nothing(scene: Scene) -> None:
    room = scene.outside.post("/api/v1/incidents", json={"title": "Bo's"}).json()["id"]
    body = {"command": "post_message", "text": "a secret of then"}
    key = {"Idempotency-Key": "once"}
    first = scene.outside.post(f"/api/v1/incidents/{room}/commands", json=body, headers=key)
    assert first.status_code == 200
    told(scene.server, scene.outside, room, "assign_role", role="incident_commander", person="ana@example.com")
    told(scene.server, scene.inside, room, "restrict", people=["me"], reason="x")
    again = scene.outside.post(f"/api/v1/incidents/{room}/commands", json=body, headers=key)
    assert again.status_code == 404
    assert "secret" not in again.text
    told(scene.server, scene.inside, room, "restrict", people=["everyone"])
    assert scene.outside.post(f"/api/v1/incidents/{room}/commands", json=body, headers=key).json() == first.json()


def test_an_admin_lets_themself_in_with_a_reason_that_everybody_reads(scene: Scene) -> None:
    room = scene.inside.post("/api/v1/incidents", json={"title": "Ana's"}).json()["id"]
    told(scene.server, scene.inside, room, "restrict", people=["me"], reason="x")
    at = f"/api/v1/incidents/{room}/commands"
    assert scene.admin.post(at, json={"command": "restrict", "people": ["everyone"]}).status_code == 403
    assert scene.admin.post(at, json={"command": "admit", "person": "bo@example.com"}).status_code == 403
    assert scene.admin.post(at, json={"command": "admit", "person": "me"}).status_code == 400
    answer = scene.admin.post(at, json={"command": "admit", "person": "me", "reason": "ana is asleep"})
    assert [warning["code"] for warning in answer.json()["warnings"]] == ["break_glass"]
    assert scene.admin.get(f"/api/v1/incidents/{room}").json()["title"] == "Ana's"
    (seen,) = [
        e
        for e in scene.inside.get(f"/api/v1/incidents/{room}/events").json()["items"]
        if e["kind"] == "person_admitted"
    ]
    assert seen["actor"] == "token:root-bot"
    assert seen["data"] == {"person": "token:root-bot", "because": "break_glass", "reason": "ana is asleep"}
    assert scene.outside.get(f"/api/v1/incidents/{room}").status_code == 404


def test_a_timeline_that_was_entered_and_then_hidden_is_not_led_to(scene: Scene) -> None:
    timeline = {**TIMELINE, "title": "Mail was read"}
    made = scene.inside.post("/api/v1/incidents/enter", json=timeline)
    assert made.status_code == 201, made.text
    room = made.json()["id"]
    assert scene.outside.post("/api/v1/incidents/enter", json=timeline).json()["id"] == room
    told(scene.server, scene.inside, room, "restrict", people=["me"], reason="x")
    assert scene.outside.post("/api/v1/incidents/enter", json=timeline).status_code == 404


def test_a_token_without_a_person_is_let_in_by_name_or_sees_what_it_declared(scene: Scene) -> None:
    server = scene.server
    bot = server.client(server.token("read", "respond", name="sec-bot"))
    own = bot.post("/api/v1/incidents", json={"title": "Found by a program"}).json()["id"]
    told(server, bot, own, "restrict", people=["ana@example.com"], reason="x")
    told(server, scene.inside, own, "assign_role", role="incident_commander", person="me")
    told(server, scene.inside, own, "restrict", people=[], reason="smaller")
    assert bot.get(f"/api/v1/incidents/{own}").status_code == 200
    assert bot.get(f"/api/v1/incidents/{scene.room}").status_code == 404
    room = scene.inside.post("/api/v1/incidents", json={"title": "Ana's own"}).json()["id"]
    told(server, scene.inside, room, "restrict", people=["me"], reason="x")
    assert bot.get(f"/api/v1/incidents/{room}").status_code == 404
    told(server, scene.inside, room, "admit", person="token:sec-bot")
    assert bot.get(f"/api/v1/incidents/{room}").status_code == 200
    bot.close()


def lines(stream: httpx.Response) -> Iterator[tuple[str, str]]:
    """Events of a stream by name, with their data."""
    event = "message"
    for line in stream.iter_lines():
        if line.startswith("event: "):
            event = line[7:]
        elif line.startswith("data:"):
            yield event, line[5:].strip()
            event = "message"


@pytest.mark.parametrize("how", ["restricted", "left the team"])
@pytest.mark.parametrize("page", [False, True])
def test_whoever_loses_sight_is_cut_with_a_clear_word(scene: Scene, page: bool, how: str) -> None:
    server = scene.server
    room = scene.inside.post("/api/v1/incidents", json={"title": "Watched by bo"}).json()["id"]
    compose = server.house.teams.compose
    server.do(compose("watchers", ["bo@example.com"], actor="system:test", via="test"))
    if how == "left the team":
        told(server, scene.inside, room, "restrict", teams=["watchers"], reason="x")
    path = f"/incidents/{room}/live" if page else f"/api/v1/incidents/{room}/stream"
    seen: list[tuple[str, str]] = []
    with scene.outside.stream("GET", path, params={"after": "1"}) as stream:
        assert stream.status_code == 200
        for event, data in lines(stream):
            if not any(name in ("fact", "message") for name, _ in seen) and event in ("fact", "message"):
                # The first frame has come: now it is taken away, and something is said that is not for them.
                if how == "restricted":
                    told(server, scene.inside, room, "restrict", people=["me"], reason=f"{WORD} reads along")
                else:
                    server.do(compose("watchers", ["cem@example.com"], actor="system:test", via="test"))
                told(server, scene.inside, room, "post_message", text=f"{WORD} after")
            seen.append((event, data))
    names = [name for name, _ in seen]
    assert "restricted" in names
    assert names[names.index("restricted") :] == (["restricted", "parked"] if page else ["restricted"])
    if not page:
        assert json.loads(seen[-1][1])["error"]["code"] == "restricted"
    assert not any(WORD in data for _, data in seen)


def test_a_board_goes_on_without_what_was_hidden(scene: Scene) -> None:
    server = scene.server
    room = scene.inside.post("/api/v1/incidents", json={"title": "Soon to be hidden"}).json()["id"]
    with scene.outside.stream("GET", "/live/board", params={"after": "1"}) as stream:
        boards = (data for event, data in lines(stream) if event == "message" and "panel-" not in data)
        while "Soon to be hidden" not in next(boards):
            pass
        told(server, scene.inside, room, "restrict", people=["me"], reason="x")
        while "Soon to be hidden" in next(boards):
            pass
        told(server, scene.inside, room, "admit", person="bo@example.com")
        while "Soon to be hidden" not in next(boards):
            pass


def test_a_mail_about_a_restricted_room_says_nothing_of_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Mailbox() as box:
        settings = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_tls": "none", "smtp_from": "wr@watch.test"}
        with Server(tmp_path_factory.mktemp("mails"), **settings, page_retry_s=1, page_retry_s_max=1) as server:
            ana = server.client(server.token("read", "respond", person="ana@example.com"))
            room = ana.post("/api/v1/incidents", json={"title": f"{WORD} intrusion", "impact": "all"}).json()["id"]
            told(server, ana, room, "restrict", people=["me"], reason=WORD)
            answer = told(server, ana, room, "page", person="bo@example.com", text=f"{WORD} calls")
            assert "admitted" in [warning["code"] for warning in answer["warnings"]]
            mail = box.next()
            assert mail["To"] == "bo@example.com"
            assert mail["Subject"] == "A restricted incident needs you"
            assert f"/incidents/{room}#page-P1" in mail.get_content()
            assert WORD not in mail.as_string()
            assert "ana@example.com" not in mail.as_string()
            ana.close()
