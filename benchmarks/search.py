"""How long a search takes in a record of 100,000 facts, over HTTP, and how soon a commit is found.

`python -m benchmarks search [--facts N] [--rounds N] [--postgresql]`. Rooms of 100 facts in a made-up language, of
which one word stands in every fact and others in ever fewer; one room in fifty is restricted. Each kind of search is
asked in turn, in rounds; medians and the slowest are told. Then messages are posted one after the other, and each is
looked for until it is there.
"""

import argparse
import contextlib
import statistics
import tempfile
import time
import urllib.error
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from benchmarks import programs
from benchmarks.viewers import call
from tests.postgres import new_cluster
from watchroom.base.rng import Chance
from watchroom.communication.message import MessagePosted
from watchroom.detection.declaration import IncidentDeclared, RoomOpened
from watchroom.incident.incident import CODEC
from watchroom.incident.visibility import RoomRestricted
from watchroom.mitigation.decision import DecisionMade
from watchroom.record.event import Draft, Fact, StreamAppend
from watchroom.record.log import Log
from watchroom.record.postgres_log import PostgresLog
from watchroom.record.sqlite_log import SqliteLog

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
A_ROOM = 100
WORDS = tuple(
    f"{a}{b}{c}" for a in ("ba", "ke", "lo", "mi", "nu") for b in ("ra", "se", "ti") for c in ("n", "st", "l")
)
ASKED = {
    "a word of every fact": "checkout",
    "a word of one in ten": "pool",
    "a word of one fact": "w77777",
    "two letters, of many words": "ba",
    "a phrase": '"checkout is slow"',
    "two common words": "checkout pool",
    "a common word, one room": "checkout in:0000-0007",
    "a common word, open rooms": "checkout is:open",
    "a common word, nobody's": "checkout from:nobody",
    "a common word, before a day": "checkout before:2026-01-06",
    "open rooms": "is:open",
    "no such word": "zzzz",
}


def facts_of(number: int) -> list[Fact]:
    """The facts of one room."""
    opened = RoomOpened(practice=False, title=f"Room {number} of checkout")
    found: list[Fact] = [opened, IncidentDeclared(title=f"Checkout fails in region {number}")]
    if number % 50 == 49:
        found.append(RoomRestricted(people=["ana@example.com"]))
    while len(found) < A_ROOM:
        n = number * A_ROOM + len(found)
        text = " ".join(WORDS[(n * step) % len(WORDS)] for step in (1, 3, 7, 11, 13, 17))
        tenth = " The pool is full." if n % 10 == 0 else ""
        said = f"checkout is slow, {text} w{n}.{tenth}"
        found.append(DecisionMade(id=f"D{n}", text=said) if n % 20 == 0 else MessagePosted(text=said))
    return found


async def fill(log: Log, facts: int) -> None:
    """Write the rooms."""
    for first in range(0, facts // A_ROOM, 20):
        appends = []
        for number in range(first, min(first + 20, facts // A_ROOM)):
            at = BEGAN + timedelta(minutes=number)
            drafts = [
                Draft(at, at, "person:ana@example.com", "bench", CODEC.kinds[type(fact)], CODEC.encode(fact))
                for fact in facts_of(number)
            ]
            appends.append(StreamAppend(f"0000-{number:04}", None, drafts))
        await log.append(appends)
    await log.close()


def measure(name: str, server: programs.Program, rounds: int) -> None:
    """Wait until all of it can be found, then ask."""
    began_s = time.perf_counter()
    while not _all_there(server):
        pass
    print(f"{name}: all of it could be found {time.perf_counter() - began_s:.1f} s after the server answered")
    took: dict[str, list[float]] = {asked: [] for asked in ASKED}
    hits: dict[str, int] = {}
    for _ in range(rounds):
        for asked, q in ASKED.items():
            path = f"/api/v1/search?{urlencode({'q': q, 'limit': '30'})}"
            began_s = time.perf_counter()
            answer = call(server, "GET", path)
            took[asked].append((time.perf_counter() - began_s) * 1_000)
            hits[asked] = len(answer["items"])
    print(f"{'':30}{'hits':>6}{'median ms':>11}{'slowest':>9}")
    for asked, each in took.items():
        print(f"{asked:30}{hits[asked]:6}{statistics.median(each):11.1f}{max(each):9.1f}")
    room, waits = "0000-0001", []
    for number in range(rounds):
        body = {"command": "post_message", "text": f"fresh{number}x"}
        call(server, "POST", f"/api/v1/incidents/{room}/commands", body)
        began_s = time.perf_counter()
        while not call(server, "GET", f"/api/v1/search?q=fresh{number}x")["items"]:
            pass
        waits.append((time.perf_counter() - began_s) * 1_000)
    print(f"{'found after its commit':36}{statistics.median(waits):11.1f}{max(waits):9.1f}")


def _all_there(server: programs.Program) -> bool:
    """Whether all that is recorded can be found; the lists, which begin anew too, may not be there yet either."""
    try:
        return not call(server, "GET", "/api/v1/search?q=checkout&limit=1")["behind"]
    except TimeoutError:
        return False
    except urllib.error.HTTPError as error:
        if error.code != 503:
            raise
        return False


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print a table for each store."""
    parser = argparse.ArgumentParser(prog="benchmarks search", description=__doc__)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--postgresql", action="store_true", help="measure PostgreSQL too")
    options = parser.parse_args(given)
    with contextlib.ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        stores: list[tuple[str, Log, str]] = []
        stores.append(("SQLite", SqliteLog(folder / "SQLite" / "record.sqlite", chance=Chance(1)), ""))
        if options.postgresql:
            cluster = new_cluster(durable=True)
            held.callback(cluster.remove)
            url = cluster.database()
            stores.append(("PostgreSQL", PostgresLog(url, chance=Chance(1)), url))
        for name, log, url in stores:
            uvloop.run(fill(log, options.facts))
            with programs.watchroom(folder / name, database=url) as server:
                measure(name, server, options.rounds)
