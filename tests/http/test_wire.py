"""Clients that take too long, send too much or never read: each costs itself its connection, and nobody else anything.

Deadlines are a tenth of a second here; nothing is measured, each test waits for the server to end the connection.
"""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.http.server import Program, Server, refused, watchroom
from tests.http.test_kill import client as client_of

REQUEST = b"POST /api/v1/signals/generic HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n"


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Server]:
    """A server with little patience."""
    with Server(
        tmp_path / "strict", header_s=0.1, body_s=0.1, unread_s=0.1, header_bytes_max=4_096, connections_max=20
    ) as running:
        yield running


def connect(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def rest(connection: socket.socket) -> bytes:
    """What the server says until it closes."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def answered(said: bytes, status: int, code: str) -> None:
    """The server's last words were this error, in the one shape."""
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.split()[1] == str(status).encode(), said
    assert json.loads(body)["error"]["code"] == code
    assert b"connection: close" in head


def dropped(server: Server, why: str) -> float:
    with server.client() as client:
        text = client.get("/metrics").text
    found = [
        line for line in text.splitlines() if line.startswith(f'watchroom_connections_dropped_total{{why="{why}"}}')
    ]
    return float(found[0].split()[-1]) if found else 0.0


def test_headers_that_come_one_by_one_are_not_waited_for(strict: Server) -> None:
    with connect(strict) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ")
        answered(rest(connection), 408, "too_slow")
    with connect(strict) as silent:
        assert rest(silent) == b"", "whoever says nothing is told nothing"
    assert dropped(strict, "slow_headers") == 2
    with strict.client() as client:
        assert client.get("/healthz").status_code == 200


def test_the_next_request_of_a_connection_has_a_deadline_too(strict: Server) -> None:
    for follows, status in ((b"GET /healthz HTTP/1.1\r\nX-A:", b"408"), (b"\r\n", b"")):
        with connect(strict) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            said = b""
            while b'"ok"}' not in said:
                said += connection.recv(65_536)
            connection.sendall(follows)
            assert rest(connection)[9:12] == status


def test_a_body_that_never_ends_is_not_waited_for(strict: Server) -> None:
    key = strict.source().key.encode()
    with connect(strict) as connection:
        connection.sendall(REQUEST % key + b"Content-Length: 100\r\n\r\n{")
        answered(rest(connection), 408, "too_slow")
    with connect(strict) as connection:
        connection.sendall(REQUEST % key + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
        answered(rest(connection), 408, "too_slow")
    assert dropped(strict, "slow_body") == 2
    assert strict.house.bodies.bytes == 0
    sender = strict.source()
    assert sender.generic({"title": "A"}).status_code == 200
    sender.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: %b\r\n\r\n" % (b"x" * 5_000),
        b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"x" * 5_000),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n%b\r\n" % (b"a:b\r\n" * 3_000),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Endless: %b" % (b"x" * 500_000),
    ],
    ids=["long header", "long address", "many headers", "endless header"],
)
def test_headers_have_a_limit(strict: Server, head: bytes) -> None:
    with connect(strict) as connection:
        try:
            connection.sendall(head)
        except (ConnectionResetError, BrokenPipeError):
            assert len(head) > 100_000, "only what is sent after the answer may meet a closed door"
        said = rest(connection)
    assert said == b"" or (said.split()[1] == b"431" and b"headers_too_large" in said)
    assert dropped(strict, "long_headers") == 1


def test_what_is_no_http_gets_the_one_shape(strict: Server) -> None:
    answered(strict.raw(b"\x16\x03\x01 hello\r\n\r\n"), 400, "malformed")


def test_a_client_that_never_reads_its_stream_is_cut_off(strict: Server) -> None:
    """It holds what fits into the system's buffers, no more, and can come back with the number of what it has seen."""
    token = strict.token("admin")
    with strict.client(token) as api:
        room = api.post("/api/v1/incidents", json={"title": "Loud"}).json()["id"]
        with connect(strict) as deaf:
            deaf.sendall(
                f"GET /api/v1/incidents/{room}/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
            )
            assert deaf.recv(10)
            said = 0
            while not dropped(strict, "unread"):
                said += 1
                body = {"command": "post_message", "text": "x" * 19_000}
                assert api.post(f"/api/v1/incidents/{room}/commands", json=body).status_code == 200
                assert said < 5_000
        while strict.house.hub.viewers:
            assert api.get("/healthz").status_code == 200
        # Back again, everything is there.
        with api.stream("GET", f"/api/v1/incidents/{room}/stream", headers={"Last-Event-ID": "1"}) as again:
            seen = 0
            for line in again.iter_lines():
                seen += line.startswith("id:")
                if line == f"id: {said + 2}":
                    break
        assert seen >= said


def test_too_many_connections_are_told_so_and_the_watch_still_gets_through(strict: Server) -> None:
    held = []
    try:
        for _ in range(20):
            connection = connect(strict)
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(1_000).startswith(b"HTTP/1.1 200")
            held.append(connection)
            # Under way with a body, so that it stays open for longer than one that is idle.
        with strict.client() as client:
            answer = client.get("/api/v1/incidents")
            if answer.status_code != 401:
                refused(answer, 503, "overloaded")
                assert int(answer.headers["retry-after"]) > 0
                assert dropped(strict, "too_many") >= 1
        with strict.client() as client:
            assert client.get("/readyz").status_code == 200
    finally:
        for connection in held:
            connection.close()


def test_out_of_open_files_is_survived(tmp_path: Path) -> None:
    """More connections than the process may open files: the record, the watch and later callers do not notice."""
    token = watchroom("token", "create", "load", "--scope", "admin", data=tmp_path).stdout.strip()
    with Program(tmp_path, open_files=300) as program:
        held = [socket.create_connection(("127.0.0.1", program.port), timeout=60) for _ in range(400)]
        try:
            # Beyond what it can bear it cuts connections, so that the record can still open its files.
            assert rest(held[-1]) == b""
            assert program.open_files() < 300
        finally:
            for connection in held:
                connection.close()
        with client_of(program, token) as api:
            room = api.post("/api/v1/incidents", json={"title": "Afterwards"})
            assert room.status_code == 201, room.text
            assert api.get("/readyz").status_code == 200
        program.terminate()
        assert program.wait() == (0, "")


def test_all_bodies_together_have_a_limit(tmp_path: Path) -> None:
    with Server(tmp_path / "small", bodies_bytes_max=2**20) as server:
        sender = server.source()
        key = sender.key.encode()
        with connect(server) as large:
            large.sendall(REQUEST % key + b"Content-Length: 1200000\r\n\r\n" + b" " * 1_000_000)
            while server.house.bodies.bytes < 900_000:
                assert sender.post("/healthz", b"").status_code == 405
            answer = sender.generic({"title": "A", "description": "x" * 200_000})
            refused(answer, 503, "overloaded")
            assert int(answer.headers["retry-after"]) > 0
            assert sender.generic({"title": "Small"}).status_code == 200
        while server.house.bodies.bytes:
            assert sender.post("/healthz", b"").status_code == 405
        assert sender.generic({"title": "A", "description": "x" * 60_000}).status_code == 200
        sender.close()


def test_a_request_is_known_by_its_id(strict: Server) -> None:
    with strict.client() as client:
        first, second = (client.get("/api/v1/incidents").headers["x-request-id"] for _ in range(2))
        assert first != second
        given = client.get("/api/v1/incidents", headers={"X-Request-Id": "from-the-proxy.1"})
        assert given.headers["x-request-id"] == "from-the-proxy.1"
        refused(given, 401)
        for bad in ("x" * 65, "a b", "a\tb", "<script>"):
            assert client.get("/healthz", headers={"X-Request-Id": bad}).headers["x-request-id"] != bad
        assert httpx.get(f"{strict.url}/healthz", trust_env=False).headers["x-request-id"]
