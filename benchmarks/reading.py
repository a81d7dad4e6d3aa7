"""p99 of ingest while 200 rooms are being read, on SQLite and on PostgreSQL.

`python -m benchmarks reading [--rounds N] [--seconds S] [--rooms N]`. Each room is asked for once a second through
the API, evenly, and each has a live stream open; meanwhile deliveries come in over 16 connections. The same without
readers stands beside it.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import programs
from benchmarks.generator import Measured, Order, run
from benchmarks.traffic import WEBHOOK
from benchmarks.viewers import call
from tests.postgres import new_cluster

PATH = "/api/v1/signals/alertmanager"
CONNECTIONS = 16


def main(given: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks reading", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rooms", type=int, default=200)
    options = parser.parse_args(given)
    measured: dict[str, list[Measured]] = {}
    reads: list[float] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = new_cluster(durable=True)
        stack.callback(cluster.remove)
        servers = {
            "SQLite": stack.enter_context(programs.watchroom(folder / "sqlite")),
            "PostgreSQL": stack.enter_context(programs.watchroom(folder / "pg", database=cluster.database())),
        }
        rooms = {
            name: [
                call(server, "POST", "/api/v1/incidents", {"title": f"Room {number}"})["id"]
                for number in range(options.rooms)
            ]
            for name, server in servers.items()
        }
        for _ in range(options.rounds):
            for name, server in servers.items():
                order = Order(server.port, PATH, WEBHOOK, CONNECTIONS, options.seconds, server.token)
                measured.setdefault(f"{name}, nobody reads", []).append(run(order))
                with _reading(server, rooms[name], reads):
                    measured.setdefault(f"{name}, {options.rooms} rooms are read", []).append(run(order))
    print(f"Durable ingest over {CONNECTIONS} connections, 10 alerts a request, 2 of them changing")
    print(f"{'':36} {'requests/s':>10} {'p50 ms':>7} {'p99 ms':>7} {'failed':>6}")
    for name, rounds in measured.items():
        print(
            f"{name:36} {statistics.median(found.rate for found in rounds):10,.0f} "
            f"{statistics.median(found.p50_ms for found in rounds):7.1f} "
            f"{statistics.median(found.p99_ms for found in rounds):7.1f} {sum(found.failed for found in rounds):6d}"
        )
    print(f"Reads a second meanwhile: {statistics.median(reads):,.0f} (median of the rounds)")


@contextmanager
def _reading(server: programs.Program, rooms: list[str], reads: list[float]) -> Iterator[None]:
    """Readers in a process of their own, until the block ends."""
    command = [sys.executable, "-m", "benchmarks.reading", "read"]
    readers = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert readers.stdin is not None
    assert readers.stdout is not None
    readers.stdin.write(json.dumps({"port": server.port, "token": server.token, "rooms": rooms}).encode() + b"\n")
    readers.stdin.flush()
    readers.stdout.readline()
    try:
        yield
    finally:
        readers.stdin.close()
        reads.append(float(readers.stdout.readline()))
        readers.wait()


async def _read_all(port: int, token: str, rooms: list[str]) -> None:
    """Open every stream, say so, and ask for each room once a second until standard input ends."""
    streams = [await _ask(port, token, f"/api/v1/incidents/{room}/stream") for room in rooms]
    print("reading", flush=True)
    began_s, answered, due = time.perf_counter(), 0, asyncio.Semaphore(0)
    reader, writer = zip(*[await asyncio.open_connection(programs.HOST, port) for _ in range(8)], strict=True)

    async def ask(number: int) -> None:
        nonlocal answered
        while True:
            await due.acquire()
            room = rooms[answered % len(rooms)]
            writer[number].write(_request(port, token, f"/api/v1/incidents/{room}"))
            head = await reader[number].readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader[number].readexactly(int(length[15:]))
            answered += 1

    asking = [asyncio.create_task(ask(number)) for number in range(8)]
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    while not ended.done():
        due.release()
        await asyncio.sleep(1 / len(rooms))
    print(answered / (time.perf_counter() - began_s), flush=True)
    for each in asking:
        each.cancel()
    for stream in streams:
        stream.close()


async def _ask(port: int, token: str, path: str) -> asyncio.StreamWriter:
    reader, writer = await asyncio.open_connection(programs.HOST, port)
    writer.write(_request(port, token, path))
    await reader.readuntil(b"\r\n\r\n")
    return writer


def _request(port: int, token: str, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {programs.HOST}:{port}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


if __name__ == "__main__":
    asyncio.run(_read_all(**json.loads(sys.stdin.readline())))
