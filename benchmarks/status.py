"""The status page under many visitors: requests a second, the processor's share, and what a change costs meanwhile.

`python -m benchmarks status [--rounds N] [--seconds S] [--connections N]`. One server with ten components' worth of
incidents; for each address, connections that ask again as soon as they are answered. Rounds are interleaved, the
median is told. `/healthz`, which goes through the framework, stands beside them for scale.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks import programs
from benchmarks.viewers import call

PARTS = ("Checkout", "Search", "Mail", "API", "Login", "Images", "Payments", "Orders", "Returns", "Reports")
ADDRESSES = {
    "page, gzip": ("/status", b"accept-encoding: gzip\r\n"),
    "page, plain": ("/status", b""),
    "summary.json, gzip": ("/status/api/v2/summary.json", b"accept-encoding: gzip\r\n"),
    "page, not changed": ("/status", b"if-none-match: *\r\n"),
    "/healthz": ("/healthz", b""),
}


def main(given: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks status", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args(given)
    with tempfile.TemporaryDirectory() as data, programs.watchroom(Path(data)) as server:
        rooms = [_incident(server, number) for number in range(len(PARTS))]
        found: dict[str, list[tuple[float, float, float]]] = {}
        for _ in range(options.rounds):
            for name, (path, headers) in ADDRESSES.items():
                found.setdefault(name, []).append(_visit(server, path, headers, options.seconds, options.connections))
            changing = _changing(server, rooms, options.seconds, options.connections)
            found.setdefault("page, 10 posts a second", []).append(changing)
    print(f"{options.connections} connections, {options.seconds:g} s a round; medians of {options.rounds} rounds")
    print(f"{'':26}{'requests/s':>12}{'CPU us/request':>16}{'p99 ms':>9}")
    for name, rounds in found.items():
        a_second, cpu_us, p99_ms = (statistics.median(values) for values in zip(*rounds, strict=True))
        print(f"{name:26}{a_second:12,.0f}{cpu_us:16.0f}{p99_ms:9.1f}")


def _incident(server: programs.Program, number: int) -> str:
    body = {"title": f"Incident {number}", "impact": "many", "urgency": "high"}
    room: str = call(server, "POST", "/api/v1/incidents", body)["id"]
    _post(server, room, number, "partial_outage")
    return room


def _post(server: programs.Program, room: str, number: int, status: str) -> None:
    update = {
        "command": "post_update", "audience": "customers", "impact": f"{PARTS[number % 10]} fails for some.",
        "doing": "We look into it.", "components": {PARTS[number % 10]: status}, "state": "investigating",
    }  # fmt: skip
    call(server, "POST", f"/api/v1/incidents/{room}/commands", update)


def _visit(
    server: programs.Program, path: str, headers: bytes, seconds: float, connections: int
) -> tuple[float, float, float]:
    """Requests a second, microseconds of the server's processor for each, and the 99th percentile in milliseconds."""
    cpu_s, began_s = server.cpu_s(), time.perf_counter()
    waited_s = asyncio.run(_ask_on(server.port, path, headers, seconds, connections))
    took_s, used_s = time.perf_counter() - began_s, server.cpu_s() - cpu_s
    p99_s = sorted(waited_s)[int(len(waited_s) * 0.99)]
    return len(waited_s) / took_s, used_s / len(waited_s) * 1e6, p99_s * 1e3


def _changing(
    server: programs.Program, rooms: list[str], seconds: float, connections: int
) -> tuple[float, float, float]:
    """The same of the page while ten posts a second change it."""

    async def both() -> list[float]:
        visits = asyncio.create_task(_ask_on(server.port, "/status", b"", seconds, connections))
        number = 0
        while not visits.done():
            room = rooms[number % len(rooms)]
            await asyncio.to_thread(_post, server, room, number, "major_outage" if number % 2 else "operational")
            await asyncio.wait({visits}, timeout=0.1)
            number += 1
        return await visits

    cpu_s, began_s = server.cpu_s(), time.perf_counter()
    waited_s = asyncio.run(both())
    took_s, used_s = time.perf_counter() - began_s, server.cpu_s() - cpu_s
    p99_s = sorted(waited_s)[int(len(waited_s) * 0.99)]
    return len(waited_s) / took_s, used_s / len(waited_s) * 1e6, p99_s * 1e3


async def _ask_on(port: int, path: str, headers: bytes, seconds: float, connections: int) -> list[float]:
    """How long each answer took, of connections that ask again as soon as they are answered."""
    request = b"GET %b HTTP/1.1\r\nhost: bench\r\n%b\r\n" % (path.encode(), headers)
    ends_s = time.perf_counter() + seconds
    waited_s: list[float] = []

    async def visitor() -> None:
        reader, writer = await asyncio.open_connection(programs.HOST, port)
        while (began_s := time.perf_counter()) < ends_s:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            status = int(head[9:12])
            if status not in (200, 304):
                raise SystemExit(f"{path} answered {status}.")
            if status == 200:
                length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
            waited_s.append(time.perf_counter() - began_s)
        writer.close()

    await asyncio.gather(*(visitor() for _ in range(connections)))
    return waited_s
