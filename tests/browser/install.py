"""An install of its own: `watchroom serve` in a process, reached as its owner, as a program, and through the shell.

Used by the browser tests. Can be stopped as an operator stops it and started again on the same data and port.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx


def environment(settings: Mapping[str, object] | None = None) -> dict[str, str]:
    given = {f"WATCHROOM_{name.upper()}": str(value) for name, value in (settings or {}).items()}
    return {name: value for name, value in os.environ.items() if not name.startswith("WATCHROOM_")} | given


OF_A_BUSY_MACHINE = (" WARNING watchroom.record.lease: Lease ", " lists are behind the record")
"""What a server says of itself when the machine gives it no time; everything else that it says is a complaint."""


class Install:
    """One install in `folder`, served with these settings until its block ends."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self._settings = settings
        self.url = ""
        self._port = 0
        self.expecting = "\0"
        """Words of the complaints that a test brings about."""
        self._process: subprocess.Popen[str]
        self._client: httpx.Client

    def __enter__(self) -> "Install":
        self.start()
        token = self.shell("token", "create", "looker-on", "--scope", "admin")
        headers = {"Authorization": f"Bearer {token}"}
        # Which may find its connection gone after a restart of the server, and then opens another.
        transport = httpx.HTTPTransport(retries=1)
        self._client = httpx.Client(base_url=self.url, headers=headers, transport=transport, timeout=60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self.stop()

    def start(self) -> None:
        """Start it, on a free port the first time and on the same port from then on."""
        command = [sys.executable, "-m", "watchroom", "serve", "--demo"]
        self._process = subprocess.Popen(
            [*command, "--data", str(self.folder), "--port", str(self._port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(self._settings),
            start_new_session=True,
        )
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        listens = re.search(r"http://127\.0\.0\.1:(\d+)", said)
        if listens is None:
            raise AssertionError(f"the server did not start: {said}{self._process.communicate()[1]}")
        self.url, self._port = listens[0], int(listens[1])

    def stop(self) -> None:
        """Stop it as an operator does, and wait for its end. Fails when it complained or did not end well."""
        self._process.send_signal(signal.SIGTERM)
        _out, complaint = self._process.communicate(timeout=60)
        expected = (self.expecting, *OF_A_BUSY_MACHINE)
        said = complaint.splitlines(keepends=True)
        complaint = "".join(line for line in said if not any(words in line for words in expected))
        assert (self._process.returncode, complaint) in ((0, ""), (-signal.SIGTERM, "")), complaint

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._process.pid

    def shell(self, *arguments: str, status: int = 0) -> str:
        """What `watchroom ARGUMENTS` says on this record."""
        done = subprocess.run(
            [sys.executable, "-m", "watchroom", *arguments, "--data", str(self.folder)],
            capture_output=True, text=True, check=False, env=environment(),
        )  # fmt: skip
        assert done.returncode == status, (arguments, done)
        return done.stdout.strip()

    def sign_in_link(self, email: str) -> str:
        """A fresh one-time link for this person, who is an administrator."""
        return self.shell("user", "create", email, "--admin").splitlines()[-1]

    def source(self, name: str, kind: str) -> str:
        """A new sender's key."""
        made = json.loads(self.shell("source", "create", name, "--kind", kind, "--json"))
        key: str = made["key"]
        return key

    def get(self, path: str, **query: str | int) -> Any:
        """What the API says."""
        answer = self._client.get(path, params=query)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def post(self, path: str, **body: object) -> Any:
        """Give the API something to do."""
        answer = self._client.post(path, json=body)
        assert answer.is_success, (path, body, answer.status_code, answer.text)
        return answer.json()

    def events(self, room: str) -> list[dict[str, Any]]:
        """Every event of a room, in order."""
        events: list[dict[str, Any]] = []
        while True:
            items = self.get(f"/api/v1/incidents/{room}/events", after=len(events), limit=1000)["items"]
            events += items
            if len(items) < 1000:
                return events

    def incident(self, room: str) -> dict[str, Any]:
        """The room as programs see it."""
        found: dict[str, Any] = self.get(f"/api/v1/incidents/{room}")
        return found

    def do(self, room: str, command: str, **fields: object) -> dict[str, Any]:
        """One command, as a program gives it."""
        done: dict[str, Any] = self.post(f"/api/v1/incidents/{room}/commands", command=command, **fields)
        return done

    def declare(self, title: str, commands: Sequence[dict[str, Any]] = ()) -> str:
        """A declared incident with this history."""
        room: str = self.post("/api/v1/incidents", title=title)["id"]
        for command in commands:
            self.post(f"/api/v1/incidents/{room}/commands", **command)
        return room

    def signal(self, title: str, *, status: str = "firing", key: str = "", **fields: str) -> str:
        """A signal from a program, and the room that it stands in."""
        body = {"title": title, "status": status, "dedup_key": key or title, **fields}
        receipt = self.post("/api/v1/signals/generic", **body)["receipts"][0]
        stream: str = receipt["stream"]
        return stream
