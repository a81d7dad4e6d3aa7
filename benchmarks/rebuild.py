"""How long a projection takes to be made anew from a million facts, on both stores.

`python -m benchmarks rebuild [--facts N] [--database URL]`. The projection counts events by stream and keeps a row for
each; the facts are about 300 bytes, in 2,000 streams. Without `--database` a PostgreSQL is started from the programs
that are installed.
"""

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from tests.postgres import new_cluster
from tests.record.tally import Tally
from watchroom.record.event import Draft, StreamAppend
from watchroom.record.feed import Feed
from watchroom.record.log import Log
from watchroom.record.postgres_log import PostgresLog
from watchroom.record.projection import Projector
from watchroom.record.sqlite_log import SqliteLog
from watchroom.shell.screen import progress_bar

DATA = b'{"note":"%s"}' % (b"x" * 280)
STREAMS = 2_000
A_REQUEST = 500


async def measure(name: str, log: Log, facts: int) -> None:
    """Fill the record, then rebuild."""
    at = datetime(2026, 1, 5, tzinfo=UTC)
    draft = Draft(at, at, "source:bench", "bench", "signal_received", DATA)
    with progress_bar(f"Filling {name}") as told:
        for number in range(0, facts, A_REQUEST * 8):
            streams = [f"s{(number // A_REQUEST + each) % STREAMS}" for each in range(8)]
            await asyncio.gather(*(log.append([StreamAppend(s, None, [draft] * A_REQUEST)]) for s in streams))
            told(number, facts)
    tally = Tally()
    projector = Projector(log, Feed(log), (tally,), page_events=2_000)
    began_s = time.perf_counter()
    with progress_bar(f"Rebuilding on {name}") as told:
        await projector.rebuild(told)
    took_s = time.perf_counter() - began_s
    print(
        f"{name:12} {tally.position:10,} facts  {took_s:7.1f} s  {tally.position / took_s:10,.0f} facts/s", flush=True
    )
    await log.close()


def main(options: Sequence[str] | None = None) -> None:
    """Measure and print a line for each store."""
    parser = argparse.ArgumentParser(prog="benchmarks rebuild", description=__doc__)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--database", default="")
    given = parser.parse_args(options)
    with contextlib.ExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory())
        uvloop.run(measure("SQLite", SqliteLog(Path(folder) / "record.db"), given.facts))
        url = given.database
        if not url:
            cluster = new_cluster(durable=True)
            held.callback(cluster.remove)
            url = cluster.database()
        uvloop.run(measure("PostgreSQL", PostgresLog(url), given.facts))


if __name__ == "__main__":
    main()
