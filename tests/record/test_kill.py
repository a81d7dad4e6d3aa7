"""kill -9 under load: no acknowledged append is lost, none doubled, nothing is half there, the chains hold."""

import asyncio
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contracts.stores import verify
from tests.postgres import Cluster, new_cluster
from tests.record.appender import opened
from tests.record.tally import followed, rebuilt
from watchroom.record.event import Event
from watchroom.record.sqlite_log import SqliteLog

PROGRAM = Path(__file__).with_name("appender.py")


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A PostgreSQL that waits for its disk, as in production, and may be crashed."""
    made = new_cluster(durable=True)
    yield made
    made.remove()


def append_and_kill(
    where: str, run: str, acknowledgements: int, crash: Callable[[], None] | None = None
) -> set[tuple[str, int, str]]:
    """Run the appender, kill it after so many acknowledgements, and return all that it had acknowledged; `crash` is
    called half-way."""
    lines: list[bytes] = []
    command = [sys.executable, str(PROGRAM), where, run]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as appender:
        assert appender.stdout is not None
        for line in appender.stdout:
            lines.append(line)
            if crash is not None and len(lines) == max(1, acknowledgements // 2):
                crash()
            if len(lines) == acknowledgements:
                os.kill(appender.pid, signal.SIGKILL)
    assert appender.returncode == -signal.SIGKILL
    # The last line may be torn in two by the kill; what counts is what was said in full.
    said = [line.decode().split() for line in lines if line.endswith(b"\n")]
    return {(stream, int(seq), name) for stream, seq, name in said}


def id_of(event: Event) -> str:
    """The id that the appender gave the event."""
    assert event.data is not None
    name: str = json.loads(event.data)["id"]
    return name


async def check(where: str, acknowledged: set[tuple[str, int, str]]) -> None:
    """Open what the killed process left and hold it against what it had said."""
    log = opened(where)
    try:
        await verify(log)
        events = [placed.event for placed in await log.read_all(limit=10_000_000)]
        stored = {(event.stream, event.seq, id_of(event)) for event in events}
        assert not acknowledged - stored
        times = Counter((event.stream == "ledger", id_of(event)) for event in events)
        assert set(times.values()) == {1}
        rooms = {id_of(event): event.stream for event in events if event.stream != "ledger"}
        assert await log.holders("id") == rooms
        in_ledger = {name for ledger, name in times if ledger}
        assert in_ledger == {name for name in rooms if int(name.rpartition("-")[2]) % 3 == 0}
        counted = Counter(event.stream for event in events)
        tally = await followed(log)
        assert {stream: count for stream, (count, _) in tally.items()} == counted
        assert tally == await rebuilt(log)
    finally:
        await log.close()


def look_in(path: str) -> None:
    """Read the file as another process does, and close it again."""
    db = sqlite3.connect(path)
    db.execute("SELECT count(*) FROM event").fetchone()
    db.close()


def kill_again_and_again(
    where: str, rounds: int, seed: int, check_every: int = 1, server: Cluster | None = None
) -> None:
    """Kill the process in each round; in every other, `server` too, as if its machine had lost its power. Without
    `server` somebody reads the file from outside in every other round, as the shell's commands do."""
    chance = random.Random(seed)
    acknowledged: set[tuple[str, int, str]] = set()
    crashes = 0

    def crash() -> None:
        nonlocal crashes
        if server is None:
            look_in(where)
            return
        server.stop("immediate")
        server.start()
        crashes += 1

    for number in range(1, rounds + 1):
        count = chance.choice([1, chance.randint(2, 100), chance.randint(100, 3_000)])
        acknowledged |= append_and_kill(where, f"r{number}", count, crash if number % 2 == 0 else None)
        if number % check_every == 0 or number == rounds:
            asyncio.run(check(where, acknowledged))
    assert len(acknowledged) >= rounds
    assert server is None or crashes == rounds // 2


def test_killed_ten_times(tmp_path: Path) -> None:
    kill_again_and_again(str(tmp_path / "record.db"), rounds=10, seed=1)


def test_killed_ten_times_on_postgresql(server: Cluster) -> None:
    kill_again_and_again(server.database(), rounds=10, seed=1, server=server)


@pytest.mark.soak
def test_killed_two_hundred_times(tmp_path: Path) -> None:
    kill_again_and_again(str(tmp_path / "record.db"), rounds=200, seed=2, check_every=10)


@pytest.mark.soak
def test_killed_two_hundred_times_on_postgresql(server: Cluster) -> None:
    kill_again_and_again(server.database(), rounds=200, seed=2, check_every=10, server=server)


def test_a_second_process_is_told_who_holds_the_record(tmp_path: Path) -> None:
    async def hold() -> subprocess.CompletedProcess[str]:
        log = SqliteLog(tmp_path / "record.db", holder="watchroom serve, process 4711")
        try:
            command = [sys.executable, str(PROGRAM), str(tmp_path / "record.db"), "second"]
            return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        finally:
            await log.close()

    refused = asyncio.run(hold())
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
    assert "is in use by watchroom serve, process 4711" in refused.stderr
