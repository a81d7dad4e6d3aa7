"""The load generator: keep-alive connections, each with one request under way, in a process of its own.

`python -m benchmarks.generator` reads an order as JSON from standard input and writes what it measured as JSON. A
request is put together from ready pieces, and of an answer only status and length are read, so that it can send
several times more than any of the servers can take (`python -m benchmarks ingest` shows its share of a core, and
what a null server can answer).
"""

import asyncio
import gc
import json
import statistics
import subprocess
import sys
import time
from typing import Any

import msgspec
import uvloop

from benchmarks.programs import HOST
from benchmarks.traffic import Group

WARM_UP_S = 0.3


class Order(msgspec.Struct):
    """What to send, and for how long."""

    port: int
    path: str
    shape: str
    connections: int
    seconds: float
    token: str = ""
    first: int = 0
    """The number of the first connection's group of alerts: orders with the same numbers speak of the same alerts."""


class Measured(msgspec.Struct):
    """What came of it."""

    rate: float
    """Answered requests a second."""
    p50_ms: float
    p99_ms: float
    failed: int
    busy: float
    """The generator's own share of one core."""


def run(order: Order) -> Measured:
    """Have the order carried out by a process of its own."""
    command = [sys.executable, "-m", "benchmarks.generator"]
    done = subprocess.run(command, input=msgspec.json.encode(order), stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Measured)


class _Connection(asyncio.Protocol):
    def __init__(self, head: bytes, group: Group, waited_s: list[float], ends_s: float) -> None:
        self._head = head
        self._group = group
        self._waited_s = waited_s
        self._ends_s = ends_s
        self._began_s = 0.0
        self._buffer = b""
        self.failed = 0
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        body = self._group.delivery()
        self._began_s = time.perf_counter()
        self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))

    def data_received(self, data: bytes) -> None:
        self._buffer = buffer = self._buffer + data if self._buffer else data
        head = buffer.find(b"\r\n\r\n")
        if head < 0 or len(buffer) < head + 4 + _length(buffer, head):
            return
        now_s = time.perf_counter()
        self._waited_s.append(now_s - self._began_s)
        if buffer[9:12] != b"200":
            self.failed += 1
        self._buffer = b""
        if now_s < self._ends_s:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None or self._buffer:
            self.failed += 1
        if not self.ended.done():
            self.ended.set_result(None)


def _length(buffer: bytes, head: int) -> int:
    lower = buffer[:head].lower()
    at = lower.find(b"content-length:")
    if at < 0:
        raise ValueError(f"An answer without a length: {buffer[:head]!r}")
    return int(lower[at + 15 :].split(b"\r", 1)[0])


async def _carry_out(order: Order) -> Measured:
    loop = asyncio.get_running_loop()
    authorization = f"Authorization: Bearer {order.token}\r\n" if order.token else ""
    head = (
        f"POST {order.path} HTTP/1.1\r\nHost: {HOST}:{order.port}\r\nContent-Type: application/json\r\n"
        f"User-Agent: Alertmanager/0.25.0\r\n{authorization}Content-Length: "
    ).encode()
    groups = [Group(order.first + number, order.shape) for number in range(order.connections)]
    gc.collect()
    gc.freeze()
    gc.disable()
    failed = 0
    for seconds in (WARM_UP_S, order.seconds):
        waited_s: list[float] = []
        began_s, cpu_s = time.perf_counter(), time.process_time()
        connections = []
        for group in groups:
            made = _Connection(head, group, waited_s, began_s + seconds)
            connections.append(made)
            await loop.create_connection(lambda made=made: made, HOST, order.port)  # type: ignore[misc]
        await asyncio.gather(*(connection.ended for connection in connections))
        took_s, used_s = time.perf_counter() - began_s, time.process_time() - cpu_s
        failed += sum(connection.failed for connection in connections)
    cuts = statistics.quantiles(waited_s, n=100)
    return Measured(len(waited_s) / took_s, cuts[49] * 1_000, cuts[98] * 1_000, failed, used_s / took_s)


def main() -> None:
    """Carry out the order on standard input."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    print(json.dumps(msgspec.to_builtins(uvloop.run(_carry_out(order)))))


if __name__ == "__main__":
    main()
