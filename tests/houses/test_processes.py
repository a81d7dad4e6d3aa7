"""Three real server processes on one real PostgreSQL, killed one at a time under load: nothing acknowledged is lost or
doubled, and whoever watches misses nothing.
"""

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from tests.houses.crowd import Crowd
from tests.http.server import Program, walk, watchroom
from tests.http.test_kill import check_record
from tests.postgres import new_cluster
from watchroom.record.event import Event
from watchroom.record.postgres_log import PostgresLog

CLIENTS = 3


def client(program: Program, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=program.url, headers=headers, timeout=60, trust_env=False)


async def read(url: str) -> list[Event]:
    """Everything in the record."""
    log = PostgresLog(url, read_only=True)
    try:
        return [placed.event for placed in await log.read_all(limit=10_000_000)]
    finally:
        await log.close()


def one_after_the_other(folder: Path, url: str, rounds: int, seed: int) -> None:
    made = watchroom("token", "create", "load", "--scope", "admin", "--database", url, data=folder / "shell")
    assert made.returncode == 0, made.stderr
    token, chance = made.stdout.strip(), random.Random(seed)

    def start(number: int) -> Program:
        return Program(folder / f"server{number}", "--database", url)

    programs = [start(number) for number in range(3)]
    try:
        with client(programs[0], token) as api:
            rooms = [api.post("/api/v1/incidents", json={"title": f"Room {n}"}).json()["id"] for n in range(2)]
        crowd = Crowd([program.port for program in programs], token, rooms, seed)
        crowd.start(CLIENTS)
        for number in range(rounds):
            crowd.wait_for(chance.choice([5, 50, 200]))
            dies = number % 3
            programs[dies].kill()
            assert programs[dies].wait()[0] == -9
            crowd.ports[dies] = 0
            programs[dies] = start(dies)
            crowd.ports[dies] = programs[dies].port
        crowd.wait_for(50)
        crowd.stop_load()
        with client(programs[1], token) as api:
            heads = {room: api.get(f"/api/v1/incidents/{room}").json()["seq"] for room in rooms}
        crowd.stop_viewers(heads)
        assert crowd.books.faults == []
        for name, seen in crowd.seen.items():
            assert seen == list(range(1, heads[name.split()[1]] + 1)), name
        check_lists(programs, token)
        for program in programs:
            program.terminate()
            assert program.wait() == (0, "")
        verified = watchroom("incident", "verify", "--database", url, data=folder / "shell")
        assert verified.returncode == 0, verified.stderr
        check_record(asyncio.run(read(url)), crowd.books)
    finally:
        for program in programs:
            program.__exit__(None, None, None)


def check_lists(programs: list[Program], token: str) -> None:
    """Each process shows the same lists."""
    shown = []
    for program in programs:
        with client(program, token) as api:
            shown.append((list(walk(api, "/api/v1/signals")), list(walk(api, "/api/v1/incidents"))))
    assert shown[0][0]
    assert shown[0] == shown[1] == shown[2]


@pytest.mark.parametrize(
    ("rounds", "seed"), [pytest.param(3, 1), pytest.param(200, 2, marks=pytest.mark.soak)], ids=["each-once", "many"]
)
@pytest.mark.timeout(900)
def test_three_processes_of_which_one_after_the_other_is_killed(rounds: int, seed: int, tmp_path: Path) -> None:
    cluster = new_cluster(durable=True)
    try:
        one_after_the_other(tmp_path, cluster.database(), rounds, seed)
    finally:
        cluster.remove()
