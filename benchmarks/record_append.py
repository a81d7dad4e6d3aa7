"""How many durable appends a second each store takes, and how long each caller waits.

Run by `make bench`, or by hand: `python -m benchmarks.record_append [--rounds N] [--seconds S] [--path DIR]
[--store sqlite|postgresql]`. Each
caller appends one event of about 300 bytes to a stream of its own and waits until it is durable. Rounds are
interleaved over the numbers of callers, and the median round is printed. Runs on uvloop, as the server does.
"""

import argparse
import asyncio
import contextlib
import gc
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from tests.postgres import new_cluster
from watchroom.record.event import Draft, StreamAppend
from watchroom.record.log import Log
from watchroom.record.postgres_log import PostgresLog
from watchroom.record.sqlite_log import SqliteLog

CALLERS = (1, 16, 64, 256)
DATA = b'{"note":"%s"}' % (b"x" * 280)


async def measure(log: Log, callers: int, seconds: float) -> tuple[float, float, float]:
    """Appends a second, and the median and 99th percentile of an append in milliseconds."""
    at = datetime(2026, 1, 5, tzinfo=UTC)
    waited_s: list[float] = []
    ends_s = time.perf_counter() + seconds

    async def call(stream: str) -> None:
        while (began_s := time.perf_counter()) < ends_s:
            draft = Draft(at, at, "source:bench", "bench", "signal_received", DATA)
            await log.append([StreamAppend(stream, None, [draft])])
            waited_s.append(time.perf_counter() - began_s)

    began_s = time.perf_counter()
    await asyncio.gather(*(call(f"room-{number}") for number in range(callers)))
    took_s = time.perf_counter() - began_s
    await log.close()
    cuts = statistics.quantiles(waited_s, n=100)
    return len(waited_s) / took_s, cuts[49] * 1_000, cuts[98] * 1_000


def main(options: Sequence[str] | None = None) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--path", type=Path, default=None, help="where the files are made (default: a temporary one)")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args(options)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    rounds: dict[int, list[tuple[float, float, float]]] = {callers: [] for callers in CALLERS}
    with contextlib.ExitStack() as held:
        cluster = None
        if given.store == "postgresql":
            cluster = new_cluster(durable=True)
            held.callback(cluster.remove)
        for _ in range(given.rounds):
            for callers in CALLERS:
                with tempfile.TemporaryDirectory(dir=given.path) as directory:
                    log: Log = PostgresLog(cluster.database()) if cluster else SqliteLog(Path(directory) / "record.db")
                    rounds[callers].append(uvloop.run(measure(log, callers, given.seconds)))
    print("callers   appends/s   p50 ms   p99 ms")
    for callers, measured in rounds.items():
        rate, p50_ms, p99_ms = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{callers:7d}   {rate:9,.0f}   {p50_ms:6.2f}   {p99_ms:6.2f}")


if __name__ == "__main__":
    main()
