"""The first opening of a room with 100,000 facts after a restart, against one with 100.

`python -m benchmarks opening [--rounds N] [--facts N]`. The rooms are declared over HTTP, filled through the
record, and folded once by a running server, as they would have been while they grew. Then, for each figure, the
server is started anew and the room is asked for: at once ("cold": the process' very first request of that kind), or
after another room was looked at ("warm": what is left is the room's own share).
"""

import argparse
import asyncio
import http.client
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import programs
from benchmarks.viewers import call
from watchroom.communication.message import MessagePosted
from watchroom.detection.signal import ObservationNoted, SignalRecorded, SignalResolved
from watchroom.incident.incident import CODEC
from watchroom.record.event import Draft, Fact, StreamAppend
from watchroom.record.sqlite_log import SqliteLog

AT_ONCE = 1_000
SIGNALS = 50
ADDRESSES = {"page": "/incidents/{id}", "API": "/api/v1/incidents/{id}"}


def main(given: list[str]) -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="benchmarks opening", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--facts", type=int, default=100_000)
    options = parser.parse_args(given)
    sizes = {"long": options.facts, "short": 100, "other": 100}
    with tempfile.TemporaryDirectory() as data:
        rooms = _build(Path(data), sizes)
        found: dict[tuple[str, str, str], list[float]] = {}
        for _ in range(options.rounds):
            for shape, address in ADDRESSES.items():
                for how in ("cold", "warm"):
                    for size in ("long", "short"):
                        with programs.watchroom(Path(data)) as server:
                            if how == "warm":
                                _open(server, address.format(id=rooms["other"]))
                            took_s = _open(server, address.format(id=rooms[size]))
                        found.setdefault((shape, how, size), []).append(took_s * 1_000)
    print(f"First opening after a restart; {options.rounds} rounds")
    print(f"{'':12} {f'{options.facts:,} facts':>16} {'100 facts':>12} {'ratio':>6}")
    for shape in ADDRESSES:
        for how in ("cold", "warm"):
            long, short = (statistics.median(found[shape, how, size]) for size in ("long", "short"))
            print(f"{shape + ', ' + how:12} {long:13.1f} ms {short:9.1f} ms {long / short:6.2f}")


def _build(data: Path, sizes: dict[str, int]) -> dict[str, str]:
    """Rooms of these sizes, each folded once by a server that was then stopped in good order."""
    with programs.watchroom(data) as server:
        body = {"impact": "many", "urgency": "high", "services": ["checkout"]}
        rooms = {name: call(server, "POST", "/api/v1/incidents", {"title": name, **body})["id"] for name in sizes}
    asyncio.run(_fill(data, {rooms[name]: size for name, size in sizes.items()}))
    with programs.watchroom(data) as server:
        for name, size in sizes.items():
            seen = call(server, "GET", f"/api/v1/incidents/{rooms[name]}")["seq"]
            if seen != size:
                raise SystemExit(f"The room {name} has {seen} facts, not {size}.")
        # The lists are made, and with them every room is folded, before this answers.
        call(server, "GET", "/api/v1/incidents")
    return rooms


async def _fill(data: Path, sizes: dict[str, int]) -> None:
    log = SqliteLog(data / "record.sqlite")
    for room, size in sizes.items():
        head = await log.head(room)
        assert head is not None
        drafts: list[Draft] = []
        for number, fact in enumerate(_facts(size - head.seq)):
            at = datetime.now(UTC) + timedelta(milliseconds=number)
            drafts.append(Draft(at, at, "person:ana@example.com", "bench", CODEC.kinds[type(fact)], CODEC.encode(fact)))
            if len(drafts) == AT_ONCE or number == size - head.seq - 1:
                await log.append([StreamAppend(room, None, drafts)])
                drafts = []
    await log.close()


def _facts(count: int) -> Iterator[Fact]:
    """What a long incident is made of: mostly talk, then observations and alerts that come and go."""
    for number in range(count):
        kind = number % 20
        signal = f"{number // 20 % SIGNALS:020d}"
        if kind < 14:
            yield MessagePosted(text=f"Message {number}: the error rate in eu-west-1 is still at four per cent.")
        elif kind < 17:
            yield ObservationNoted(text=f"Latency of checkout is at {number % 900} ms.", link="https://example.com/d/1")
        elif kind % 2:
            yield SignalRecorded(
                signal=signal,
                source="alertmanager",
                key=f"alertname\x1eHighErrorRate\x1fpod\x1e{signal}",
                group="checkout",
                title="HighErrorRate: 5xx ratio above 5 %",
                severity="critical",
                service="checkout",
                labels={"alertname": "HighErrorRate", "pod": signal, "severity": "critical"},
                annotations={"summary": "5xx ratio above 5 %"},
                starts_at=datetime.now(UTC),
            )
        else:
            yield SignalResolved(signal=signal, ends_at=datetime.now(UTC))


def _open(server: programs.Program, path: str) -> float:
    """How long one GET takes, in seconds, from connecting to the last byte."""
    began_s = time.perf_counter()
    connection = http.client.HTTPConnection(programs.HOST, server.port, timeout=60)
    connection.request("GET", path, headers={"Authorization": f"Bearer {server.token}"})
    answer = connection.getresponse()
    answer.read()
    took_s = time.perf_counter() - began_s
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}.")
    return took_s
