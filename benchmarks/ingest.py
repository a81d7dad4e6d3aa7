"""Durable ingest of ten-alert deliveries, against Alertmanager's own in-memory `POST /api/v2/alerts`.

`python -m benchmarks ingest [--rounds N] [--seconds S] [--connections N...]
[--postgresql]`. The same alerts, the same number of
bytes; Watchroom answers once they are on disk (`synchronous=FULL`), Alertmanager once they are in memory. All
servers run all the time, the one that is measured alone is sent anything, and no process is bound to a core:
whatever the generator does not use is the server's.
"""

import argparse
import contextlib
import statistics
import tempfile
from pathlib import Path

from benchmarks import programs
from benchmarks.generator import WARM_UP_S, Measured, Order, run
from benchmarks.traffic import API, WEBHOOK
from tests.postgres import new_cluster

PEER = "Alertmanager, in memory"
NULL = "null server (the generator's own limit)"


def main(given: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks ingest", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--connections", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--postgresql", action="store_true", help="measure one process on PostgreSQL too")
    options = parser.parse_args(given)
    with (
        contextlib.ExitStack() as held,
        tempfile.TemporaryDirectory() as data,
        programs.alertmanager(Path(data) / "alertmanager") as peer,
        programs.watchroom(Path(data)) as ours,
        programs.module("null_server") as null,
    ):
        servers = {
            PEER: (peer, "/api/v2/alerts", API),
            "Watchroom, durable, webhook v4": (ours, "/api/v1/signals/alertmanager", WEBHOOK),
            "Watchroom, durable, /api/v2/alerts": (ours, "/api/v2/alerts", API),
        }
        if options.postgresql:
            cluster = new_cluster(durable=True)
            held.callback(cluster.remove)
            other = held.enter_context(programs.watchroom(Path(data) / "pg", database=cluster.database()))
            servers["Watchroom on PostgreSQL, webhook v4"] = (other, "/api/v1/signals/alertmanager", WEBHOOK)
        for connections in options.connections:
            measured: dict[str, list[tuple[Measured, float]]] = {name: [] for name in [NULL, *servers]}
            order = Order(null.port, "/", API, connections, 0.5)
            measured[NULL].append((run(order), 0.0))
            for number in range(options.rounds):
                names = list(servers)
                for name in names[number % 3 :] + names[: number % 3]:
                    program, path, shape = servers[name]
                    order = Order(program.port, path, shape, connections, options.seconds, program.token)
                    before_s = program.cpu_s()
                    found = run(order)
                    measured[name].append(
                        (found, (program.cpu_s() - before_s) / (found.rate * (options.seconds + WARM_UP_S)))
                    )
            _print(connections, measured)


def _print(connections: int, measured: dict[str, list[tuple[Measured, float]]]) -> None:
    print(f"\nDurable ingest, 10 alerts a request, 2 of them changing; {connections} connections")
    print(
        f"{'':42} {'requests/s':>10} {'ratio':>6} {'rounds':>13} "
        f"{'p50 ms':>7} {'p99 ms':>7} {'gen. CPU':>8} {'failed':>6}"
    )
    peers = [found.rate for found, _ in measured[PEER]]
    for name, rounds in measured.items():
        rates = [found.rate for found, _ in rounds]
        ratios = [rate / peer for rate, peer in zip(rates, peers, strict=False)]
        print(
            f"{name:42} {statistics.median(rates):10,.0f} {statistics.median(ratios):6.2f} "
            f"{min(ratios):6.2f}-{max(ratios):5.2f}  {statistics.median(found.p50_ms for found, _ in rounds):7.2f} "
            f"{statistics.median(found.p99_ms for found, _ in rounds):7.2f} "
            f"{statistics.median(found.busy for found, _ in rounds):7.0%} {sum(found.failed for found, _ in rounds):7d}"
        )
    shown = [f"{name} {statistics.median(cpu for _, cpu in rounds) * 1e6:.0f} µs" for name, rounds in measured.items()]
    print("Server's processor time a request (warm-up included): " + ", ".join(shown[1:]))
