"""A crowd of viewers of one live stream, and one person who writes: a process of its own, on bare sockets and epoll.

`python -m benchmarks.crowd` reads an order as JSON from standard input and writes what it measured as JSON. For
each message it takes the time from sending the request to the moment at which the last viewer has the whole frame.
Reading a frame is one system call a viewer, so that the server is what is measured.
"""

import gc
import resource
import select
import socket
import subprocess
import sys
import time

import msgspec

from benchmarks.programs import HOST

FRAME_END = b"\n\n\r\n"
"""A frame ends with an empty line, and its chunk with a line end."""
PAUSE_S = 0.03
WAIT_S = 20.0


class Order(msgspec.Struct):
    """Whom to watch, and what to write."""

    port: int
    stream: str
    post: str
    bodies: list[bytes]
    viewers: int
    token: str = ""


class Measured(msgspec.Struct):
    """What came of it; times in milliseconds, one for each message."""

    last_ms: list[float]
    """From sending the message to the last viewer's having it."""
    median_ms: list[float]
    """The same for the viewer in the middle."""
    answer_ms: list[float]
    """From sending the message to its answer."""
    busy_ms: float
    """The crowd's own processor time a message."""
    frames: list[bytes]
    """The frames as the first viewer got them."""


def run(order: Order) -> Measured:
    """Have the order carried out by a process of its own."""
    command = [sys.executable, "-m", "benchmarks.crowd"]
    done = subprocess.run(command, input=msgspec.json.encode(order), stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Measured)


class _Crowd:
    def __init__(self, order: Order) -> None:
        self._order = order
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._authorization = f"Authorization: Bearer {order.token}\r\n" if order.token else ""
        for _ in range(order.viewers):
            viewer = self._connect()
            viewer.sendall(f"GET {order.stream} HTTP/1.1\r\nHost: {HOST}\r\n{self._authorization}\r\n".encode())
            self._check(viewer.recv(65_536))
            viewer.setblocking(False)
            self._sockets[viewer.fileno()] = viewer
            self._poll.register(viewer, select.EPOLLIN)
        self._writer = self._connect()
        self._first = next(iter(self._sockets))
        self.settle()

    def _connect(self) -> socket.socket:
        sock = socket.create_connection((HOST, self._order.port), WAIT_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _check(self, answer: bytes) -> None:
        if answer[9:12] != b"200":
            raise SystemExit(f"Refused: {answer[:300]!r}")

    def settle(self) -> None:
        """Read what comes until nothing has come for a while."""
        while ready := self._poll.poll(0.3):
            for fd, _ in ready:
                self._sockets[fd].recv(65_536)

    def write(self, body: bytes) -> tuple[list[float], float, bytes]:
        """Write one message: when each viewer had its frame and when the answer came, in seconds; and one frame."""
        head = f"POST {self._order.post} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        request = f"{head}{self._authorization}Content-Length: {len(body)}\r\n\r\n".encode() + body
        parts: dict[int, bytes] = {}
        arrived: list[float] = []
        answered_s, answer = 0.0, b""
        self._writer.setblocking(False)
        self._poll.register(self._writer, select.EPOLLIN)
        writer, sockets = self._writer.fileno(), self._sockets
        now = time.perf_counter
        began_s = now()
        self._writer.send(request)
        while len(arrived) < len(sockets) or not answered_s:
            ready = self._poll.poll(WAIT_S)
            if not ready:
                raise SystemExit(f"{len(sockets) - len(arrived)} viewers got nothing.")
            for fd, _ in ready:
                if fd == writer:
                    answer += self._writer.recv(65_536)
                    if _is_whole(answer):
                        answered_s = now() - began_s
                    continue
                part = sockets[fd].recv(262_144)
                if not part:
                    raise SystemExit("A stream was closed.")
                part = parts.pop(fd, b"") + part
                if part.endswith(FRAME_END) and b"id: " in part:
                    arrived.append(now() - began_s)
                    if fd == self._first:
                        frame = part
                else:
                    parts[fd] = part
        self._poll.unregister(self._writer)
        self._check(answer)
        return arrived, answered_s, frame


def _is_whole(answer: bytes) -> bool:
    head, _, body = answer.lower().partition(b"\r\n\r\n")
    length = head.partition(b"content-length:")[2].partition(b"\r")[0]
    return length.strip().isdigit() and len(body) >= int(length)


def _unchunked(frame: bytes) -> bytes:
    """The frame without the marks of chunked transfer (one chunk, or several)."""
    found = b""
    while frame:
        size, _, rest = frame.partition(b"\r\n")
        found += rest[: int(size, 16)]
        frame = rest[int(size, 16) + 2 :]
    return found


def main() -> None:
    """Carry out the order on standard input."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = _Crowd(order)
    gc.collect()
    gc.freeze()
    gc.disable()
    measured = Measured([], [], [], 0.0, [])
    for number, body in enumerate(order.bodies):
        cpu_s = time.process_time()
        arrived_s, answered_s, frame = crowd.write(body)
        if number:
            # The first message warms up.
            measured.last_ms.append(arrived_s[-1] * 1_000)
            measured.median_ms.append(arrived_s[len(arrived_s) // 2] * 1_000)
            measured.answer_ms.append(answered_s * 1_000)
            measured.busy_ms += (time.process_time() - cpu_s) * 1_000 / (len(order.bodies) - 1)
        measured.frames.append(_unchunked(frame))
        time.sleep(PAUSE_S)
    sys.stdout.buffer.write(msgspec.json.encode(measured))


if __name__ == "__main__":
    main()
