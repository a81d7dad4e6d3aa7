"""Durable ingest on PostgreSQL by one server process and by three, against the same on SQLite.

`python -m benchmarks processes [--rounds N] [--seconds S] [--connections N]`. Each process has a generator of its own
and a third of the connections. "apart": every connection keeps to one process, as Alertmanagers do; "together": all
generators speak of the same alerts, so that the processes meet in the same rooms, as behind a balancer that deals
out requests. The database is a cluster of the run's own, with `fsync` on.
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks import programs
from benchmarks.generator import Measured, Order, run
from benchmarks.traffic import WEBHOOK
from tests.postgres import new_cluster

PATH = "/api/v1/signals/alertmanager"


def main(given: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks processes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=48)
    options = parser.parse_args(given)
    measured: dict[str, list[list[Measured]]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = new_cluster(durable=True)
        stack.callback(cluster.remove)
        sqlite = stack.enter_context(programs.watchroom(folder / "sqlite"))
        url = cluster.database()
        alone = stack.enter_context(programs.watchroom(folder / "alone", database=url))
        shared = cluster.database()
        three = [stack.enter_context(programs.watchroom(folder / "three0", database=shared))]
        for number in (1, 2):
            # One token is good in all of them.
            (folder / f"three{number}").mkdir()
            (folder / f"three{number}" / "token.txt").write_text(three[0].token)
            three.append(stack.enter_context(programs.watchroom(folder / f"three{number}", database=shared)))
        for _ in range(options.rounds):
            for name, servers, apart in (
                ("SQLite, 1 process", [sqlite], True),
                ("PostgreSQL, 1 process", [alone], True),
                ("PostgreSQL, 3 processes, apart", three, True),
                ("PostgreSQL, 3 processes, together", three, False),
            ):
                measured.setdefault(name, []).append(_measure(servers, options.connections, options.seconds, apart))
    print(f"Durable ingest, 10 alerts a request, 2 of them changing; {options.connections} connections in all")
    print(f"{'':36} {'requests/s':>10} {'rounds':>15} {'p50 ms':>7} {'p99 ms':>7} {'failed':>6}")
    for name, rounds in measured.items():
        rates = [sum(each.rate for each in found) for found in rounds]
        print(
            f"{name:36} {statistics.median(rates):10,.0f} {min(rates):7,.0f}-{max(rates):7,.0f} "
            f"{statistics.median(each.p50_ms for found in rounds for each in found):7.1f} "
            f"{statistics.median(max(each.p99_ms for each in found) for found in rounds):7.1f} "
            f"{sum(each.failed for found in rounds for each in found):6d}"
        )


def _measure(servers: Sequence[programs.Program], connections: int, seconds: float, apart: bool) -> list[Measured]:
    """One round: a generator a server, all at the same time."""
    each = connections // len(servers)
    orders = [
        Order(server.port, PATH, WEBHOOK, each, seconds, server.token, number * each if apart else 0)
        for number, server in enumerate(servers)
    ]
    with ThreadPoolExecutor(len(orders)) as pool:
        return list(pool.map(run, orders))
