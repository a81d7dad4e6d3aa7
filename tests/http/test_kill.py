"""kill -9 of the whole server under load: nothing acknowledged is lost or doubled, the chain holds, the lists equal a
rebuild.
"""

import asyncio
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.load import Books, Round
from tests.http.server import Program, walk, watchroom
from watchroom.record.event import Event
from watchroom.record.sqlite_log import SqliteLog

CLIENTS = 4


def client(program: Program, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=program.url, headers=headers, timeout=60, trust_env=False)


async def read(data: Path) -> list[Event]:
    """Everything in the record."""
    log = SqliteLog(data / "record.sqlite", read_only=True)
    try:
        return [placed.event for placed in await log.read_all(limit=10_000_000)]
    finally:
        await log.close()


def kill_again_and_again(data: Path, rounds: int, seed: int) -> None:
    made = watchroom("token", "create", "load", "--scope", "admin", data=data)
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    chance, books = random.Random(seed), Books()
    with Program(data) as program, client(program, token) as api:
        rooms = [api.post("/api/v1/incidents", json={"title": f"Room {n}"}).json()["id"] for n in range(5)]
        program.kill()
    for number in range(rounds):
        kill_after = chance.choice([1, chance.randint(2, 30), chance.randint(30, 300)])
        with Program(data) as program:
            Round(number, program.port, token, rooms, books, kill_after, program.kill).run(CLIENTS)
            assert program.wait()[0] == -9
        assert books.faults == []
    verified = watchroom("incident", "verify", data=data)
    assert verified.returncode == 0, verified.stderr
    check_record(asyncio.run(read(data)), books)
    check_lists(data, token, books)


def check_record(events: list[Event], books: Books) -> None:
    """Hold the record against the books: each acknowledged thing once, each other at most once."""
    facts: list[tuple[str, dict[str, Any]]] = [(event.kind, json.loads(event.data or b"{}")) for event in events]
    assert books.said
    texts = Counter(data["text"] for kind, data in facts if kind in {"message_posted", "observation_noted"})
    assert set(texts.values()) == {1}
    assert set(books.said) <= set(texts)
    assert set(texts) - set(books.said) <= set(books.unanswered)
    names = {
        data["signal"]: "{owner}-{n}".format(**data["labels"]) for kind, data in facts if kind == "signal_recorded"
    }
    recorded = Counter(names[data["signal"]] for kind, data in facts if kind == "signal_recorded")
    received = Counter(
        names[receipt["signal"]]
        for kind, data in facts
        if kind == "delivery_received"
        for receipt in data["receipts"]
        if receipt["outcome"] != "unmatched"
    )
    for name, alert in books.alerts.items():
        assert alert.counted <= received[name] <= alert.counted + alert.maybe, name
        assert alert.recorded <= recorded[name] <= alert.recorded + alert.maybe, name
    assert set(received) <= set(books.alerts)


def check_lists(data: Path, token: str, books: Books) -> None:
    """Hold the lists against the books, and against lists made anew."""
    with Program(data) as program, client(program, token) as api:
        before = lists(api)
        by_name = {"{owner}-{n}".format(**item["labels"]): item for item in before[0]}
        for name, alert in books.alerts.items():
            item = by_name.pop(name, None)
            if item is None:
                assert alert.counted == 0
            else:
                assert alert.counted <= item["count"] <= alert.counted + alert.maybe, name
                assert item["state"] in alert.may_be
        assert by_name == {}
        done = watchroom("record", "rebuild", data=data)
        assert done.returncode == 0, done.stderr
        assert lists(api) == before
        for room in before[1]:
            shown = api.get(f"/api/v1/incidents/{room['id']}").json()
            assert (shown["seq"], shown["status"], shown["title"]) == (room["seq"], room["status"], room["title"])
        program.terminate()
        assert program.wait() == (0, "")


def lists(api: httpx.Client) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Any]:
    return (
        list(walk(api, "/api/v1/signals")),
        list(walk(api, "/api/v1/incidents")),
        api.get("/api/v1/signals/kept").json(),
    )


def test_killed_ten_times(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, rounds=10, seed=1)


@pytest.mark.soak
def test_killed_two_hundred_times(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, rounds=200, seed=2)
