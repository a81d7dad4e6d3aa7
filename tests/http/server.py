"""The real server for tests: in this process on a thread of its own, or as a program that can be killed.

`Server` is app's own parts under uvicorn on a free port; `Program` is `watchroom serve` in a subprocess. Used by the
fixtures here and by the tests that need an install of their own. Neither ever listens on a well-known port.
"""

import asyncio
import base64
import itertools
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
import uvicorn
import uvloop

from watchroom.app import open_house
from watchroom.base.clock import Clock
from watchroom.config import Settings
from watchroom.config_sources import load
from watchroom.web.house import House
from watchroom.web.http.door import listening_socket, wiring

T = TypeVar("T")
BY: dict[str, str] = {"actor": "system:test", "via": "test"}
JSON = {"Content-Type": "application/json"}
_numbers = itertools.count(1)


def unique(word: str) -> str:
    """A name that no other test of this run uses."""
    return f"{word}-{next(_numbers)}"


class Server:
    """One install, served on a thread. `with Server(folder) as server:`; settings by name."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.clock: Clock | None = None
        """The wall's, unless another is set before it starts."""
        self.settings: Settings = load({"data": str(data), "port": 0, **settings}, environ={})
        self.url = ""
        self._ready: Future[House] = Future()
        self._thread = threading.Thread(target=self._run, name="server")
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self.house: House

    def __enter__(self) -> "Server":
        self._thread.start()
        self.house = self._ready.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            try:
                runner.run(self._serve())
            except BaseException as error:
                if self._ready.done():
                    raise
                self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self.settings.folder.mkdir(parents=True, exist_ok=True)
        with listening_socket(self.settings.host, 0) as sock:
            self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
            async with open_house(self.settings, self.url, clock=self.clock) as house:
                server = uvicorn.Server(wiring(house))
                serving = asyncio.create_task(server.serve(sockets=[sock]))
                while not server.started:  # noqa: ASYNC110 - uvicorn offers no event for it
                    await asyncio.sleep(0)
                self._ready.set_result(house)
                await self._stop.wait()
                await house.hub.close()
                server.should_exit = True
                await serving

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Have the server's own loop do something, and return what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def token(self, *scopes: str, person: str | None = None, name: str | None = None) -> str:
        """A new token's secret."""
        made = self.house.credentials.tokens.create(name or unique("token"), list(scopes), person, **BY)
        return self.do(made)

    def source(self, kind: str = "alertmanager", name: str | None = None) -> "Sender":
        """A new sender."""
        name = name or unique("sender")
        return Sender(self, name, self.do(self.house.credentials.sources.create(name, kind, **BY)))

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """A client that shows this token."""
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    def session(self, email: str, *, admin: bool = True) -> tuple[httpx.Client, str]:
        """A client that is signed in as this person, and the session's CSRF token."""

        async def sign_in() -> tuple[str, str]:
            await self.house.credentials.add_user(email, admin=admin, **BY)
            opened = await self.house.credentials.sessions.open(email)
            caller = self.house.credentials.by_session(opened.secret)
            assert caller is not None
            return opened.secret, caller.csrf

        secret, csrf = self.do(sign_in())
        return self.client(Cookie=f"wr_session={secret}"), csrf

    def raw(self, request: bytes) -> bytes:
        """Send these bytes and read until the server closes; the request should ask it to."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall(request)
            parts = []
            while part := connection.recv(65_536):
                parts.append(part)
        return b"".join(parts)


class Sender:
    """A source of signals, with its key."""

    def __init__(self, server: Server, name: str, key: str) -> None:
        self.name = name
        self.key = key
        self.server = server
        self._client = server.client(key)

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        """Send a body: bytes as they are, anything else as JSON."""
        if isinstance(body, bytes):
            return self._client.post(path, content=body, headers={**JSON, **headers})
        return self._client.post(path, json=body, headers=headers)

    def webhook(self, body: object, **headers: str) -> httpx.Response:
        """To the Alertmanager webhook."""
        return self.post("/api/v1/signals/alertmanager", body, **headers)

    def generic(self, body: object, **headers: str) -> httpx.Response:
        """To the address for any JSON."""
        return self.post("/api/v1/signals/generic", body, **headers)

    def alerts(self, body: object, **headers: str) -> httpx.Response:
        """To the address of Alertmanager's own API."""
        return self.post("/api/v2/alerts", body, **headers)

    def close(self) -> None:
        self._client.close()


class Program:
    """`watchroom serve` in a process of its own, with SQLite in `data`."""

    def __init__(self, data: Path, *arguments: str, open_files: int = 0, **environment: str) -> None:
        self.data = data
        env = {name: value for name, value in os.environ.items() if not name.startswith("WATCHROOM_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "watchroom", "serve", "--data", str(data), "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Other work on a machine must not make a request count as slow, which is logged.
            env={**env, "WATCHROOM_SLOW_REQUEST_S": "600", **environment},
            start_new_session=True,
        )
        if open_files:
            resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE, (open_files, open_files))
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if "listens on" not in said:
            _out, complaint = self._process.communicate()
            raise AssertionError(f"the server did not start: {said}{complaint}")
        self.url = said.split()[-1]
        self.port = int(self.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def open_files(self) -> int:
        """How many files and connections it has open."""
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))

    def kill(self) -> None:
        """End it as a power cut would, from whatever thread."""
        self._process.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> tuple[int, str]:
        """Wait for its end: the exit code and what it said on standard error."""
        _out, complaint = self._process.communicate()
        return self._process.returncode, complaint

    def __enter__(self) -> "Program":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self.kill()
        self._process.communicate()


def watchroom(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the shell on the record in `data`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("WATCHROOM_")}
    command = [sys.executable, "-m", "watchroom", *arguments, "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


def basic(user: str, password: str) -> str:
    """The value of `Authorization` for Basic."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def alert(name: str, *, status: str = "firing", annotations: Any = None, **labels: str) -> dict[str, Any]:
    """One alert as Alertmanager's webhook sends it."""
    return {
        "status": status,
        "labels": {"alertname": name, "severity": "warning", **labels},
        "annotations": {"summary": f"{name} is wrong"} if annotations is None else annotations,
        "startsAt": "2026-11-23T03:13:47.189Z",
        "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-23T03:20:47.189Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
        "fingerprint": "b171e2b31d2ea3ec",
    }


def webhook(*alerts: dict[str, Any], group: str | None = None, truncated: int = 0, **more: Any) -> dict[str, Any]:
    """A body of Alertmanager's webhook, version 4."""
    name = alerts[0]["labels"].get("alertname", "none") if alerts else "none"
    firing = any(one["status"] == "firing" for one in alerts)
    return {
        "receiver": "watchroom",
        "status": "firing" if firing else "resolved",
        "alerts": list(alerts),
        "groupLabels": {"alertname": name},
        "commonLabels": {"alertname": name},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "version": "4",
        "groupKey": group or f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": truncated,
        **more,
    }


def receipts(response: httpx.Response) -> list[tuple[str, str | None]]:
    """Outcome and room of each receipt; fails unless all was well."""
    assert response.status_code == 200, response.text
    return [(receipt["outcome"], receipt["stream"]) for receipt in response.json()["receipts"]]


def refused(response: httpx.Response, status: int, code: str | None = None) -> dict[str, str]:
    """The one error of the contract's shape, at this status."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    error: dict[str, str] = body["error"]
    assert set(body) <= {"error", "receipts"}
    assert set(error) == {"code", "message", "hint"}
    assert all(isinstance(value, str) for value in error.values())
    assert error["code"]
    assert error["message"]
    assert code is None or error["code"] == code, error
    return error


def walk(client: httpx.Client, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
    """Every item of a list, page by page."""
    after: str | None = ""
    while after is not None:
        response = client.get(path, params={**query, **({"after": after} if after else {})})
        assert response.status_code == 200, response.text
        page = response.json()
        assert set(page) == {"items", "next"}
        yield from page["items"]
        after = page["next"]
