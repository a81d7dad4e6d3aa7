"""The facts as Server-Sent Events: numbered, resumed by `Last-Event-ID`, and over any number of cuts none lost or
doubled.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.http.conftest import Command
from tests.http.server import Server, refused

FACT = {"seq", "at", "recorded_at", "actor", "via", "cause", "kind", "data", "digest"}


@contextlib.contextmanager
def watching(
    client: httpx.Client, room: str, *, last: int | None = None, after: int | None = None
) -> Iterator[Iterator[tuple[int, dict[str, Any]]]]:
    """The stream's facts as they come: number and data."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    query = {} if after is None else {"after": after}
    with client.stream("GET", f"/api/v1/incidents/{room}/stream", headers=headers, params=query) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        yield facts(lines_of(answer))


def lines_of(answer: httpx.Response) -> Iterator[str]:
    """Lines as a stream of events has them: httpx would also end one at U+2028, which a text may hold."""
    rest = b""
    for part in answer.iter_raw():
        *lines, rest = (rest + part).split(b"\n")
        yield from (line.decode() for line in lines)


def facts(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Events read from the lines of a stream (source: HTML Standard, 9.2.6)."""
    event: dict[str, str] = {}
    for line in lines:
        if line == "":
            if "data" in event:
                assert event["event"] == "fact"
                yield int(event["id"]), json.loads(event["data"])
            event = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            assert name in {"event", "id", "data", "retry"}
            event[name] = value


def test_facts_come_with_their_numbers(api: httpx.Client, room: str, command: Command) -> None:
    seq = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    with watching(api, room) as stream:
        for number in range(1, seq + 1):
            assert next(stream)[0] == number
        command("post_message", text="one\nline\r\nand another: 名前 \u2028 <b>")
        number, fact = next(stream)
    assert number == seq + 1
    assert fact.keys() >= FACT
    assert fact["data"]["text"] == "one\nline\nand another: 名前 \u2028 <b>"
    assert fact == api.get(f"/api/v1/incidents/{room}/events", params={"after": seq}).json()["items"][0]


def test_the_last_id_wins_over_after(api: httpx.Client, room: str, command: Command) -> None:
    for n in range(10):
        command("post_message", text=str(n))
    seq = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    with watching(api, room, after=seq - 3) as stream:
        assert next(stream)[0] == seq - 2
    with watching(api, room, last=seq - 2, after=1) as stream:
        assert next(stream)[0] == seq - 1


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "9" * 30, "\u0661"])
def test_a_place_that_is_none_is_refused_before_the_stream_begins(api: httpx.Client, room: str, value: str) -> None:
    refused(api.get(f"/api/v1/incidents/{room}/stream", params={"after": value}), 400)
    if value.isascii():
        refused(api.get(f"/api/v1/incidents/{room}/stream", headers={"Last-Event-ID": value}), 400)


def test_nothing_is_lost_or_doubled_over_twenty_cuts(
    server: Server, api: httpx.Client, room: str, command: Command
) -> None:
    first = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    facts_written = 200
    writers = [threading.Thread(target=write, args=(server, room, name, facts_written // 4)) for name in "abcd"]
    for writer in writers:
        writer.start()
    met: list[tuple[int, str]] = []
    cuts = 0
    last = first
    while last < first + facts_written:
        with watching(api, room, last=last) as stream:
            # Each look ends after some facts, the last one when all have come.
            for wanted in range(1, 10):
                last, fact = next(stream)
                met.append((last, fact["data"]["text"]))
                if last == first + facts_written or wanted == 9:
                    break
        cuts += 1
    for writer in writers:
        writer.join()
    assert cuts >= 20
    assert [number for number, _ in met] == list(range(first + 1, first + facts_written + 1))
    assert len({text for _, text in met}) == facts_written


def write(server: Server, room: str, name: str, count: int) -> None:
    with server.client(server.token("respond")) as client:
        for n in range(count):
            body = {"command": "post_message", "text": f"{name}{n}"}
            assert client.post(f"/api/v1/incidents/{room}/commands", json=body).status_code == 200


def test_many_watch_the_same(server: Server, api: httpx.Client, room: str, command: Command) -> None:
    seq = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(watching(api, room, last=last)) for last in (0, seq, 1, seq, 0)]
        for n in range(5):
            command("post_message", text=str(n))
        for stream, last in zip(streams, (0, seq, 1, seq, 0), strict=True):
            assert [next(stream)[0] for _ in range(seq + 5 - last)] == list(range(last + 1, seq + 6))


def test_one_who_waits_for_the_future_keeps_nobody_waiting(
    server: Server, room: str, command: Command, api: httpx.Client
) -> None:
    seq = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    with watching(api, room, after=10**15), api.stream("GET", f"/api/v1/incidents/{room}/stream", timeout=5) as answer:
        stream = facts(lines_of(answer))
        assert [next(stream)[0] for _ in range(seq)] == list(range(1, seq + 1))
        command("post_message", text="news")
        assert next(stream)[0] == seq + 1


def test_pages_stream_too(api: httpx.Client, room: str, command: Command) -> None:
    seq = api.get(f"/api/v1/incidents/{room}").json()["seq"]
    for address in (f"/incidents/{room}/live", "/live/board", "/live/signals"):
        with api.stream("GET", address, params={"after": 0}) as answer:
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            lines = answer.iter_lines()
            assert any(line.startswith("data: <hx-partial") for line in lines)
    with api.stream("GET", f"/incidents/{room}/live", headers={"Last-Event-ID": str(seq), "live-once": "1"}) as answer:
        assert "event: parked" in answer.read().decode()
