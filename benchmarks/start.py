"""Start-up time to the first 200 of the health check, and memory when idle, against Alertmanager.

`python -m benchmarks start [--rounds N]`. Both on an empty data directory that they have seen before; the memory is
read after two idle seconds: RSS, and PSS, which counts shared pages in part.
"""

import argparse
import contextlib
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks import programs

IDLE_S = 2.0


def main(given: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(given)
    servers = {"Watchroom": (programs.watchroom, "/healthz"), "Alertmanager": (programs.alertmanager, "/-/healthy")}
    found: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in servers}
    with tempfile.TemporaryDirectory() as data:
        for name, (start, _) in servers.items():
            with start(Path(data) / name):
                pass
        for _ in range(options.rounds):
            with contextlib.ExitStack() as running:
                started = []
                for name, (start, path) in servers.items():
                    program = running.enter_context(start(Path(data) / name, wait=False))
                    programs.until_ready(program, path, every_s=0.002)
                    started.append((name, program, time.perf_counter() - program.began_s, program.cpu_s()))
                time.sleep(IDLE_S)
                for name, program, took_s, cpu_s in started:
                    found[name].append((took_s, cpu_s, *program.memory_mb()))
    print(f"Start-up and idle memory; {options.rounds} rounds")
    print(f"{'':14} {'first 200':>10} {'CPU':>8} {'RSS':>10} {'PSS':>10}")
    for name, rounds in found.items():
        took_s, cpu_s, rss_mb, pss_mb = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{name:14} {took_s * 1_000:7.0f} ms {cpu_s * 1_000:5.0f} ms {rss_mb:6.1f} MiB {pss_mb:6.1f} MiB")
