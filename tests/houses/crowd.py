"""Clients of several server processes that keep books: whoever loses its server goes on with the next one.

Used by `test_processes`. What was acknowledged and what went without an answer is noted as in `tests/http/load`; a
viewer notes every number that it is shown, over all its streams.
"""

import http.client
import json
import random
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.http.load import END, FIRE, GONE, Alert, Books
from tests.http.server import JSON, alert, webhook

PATIENCE_S = 60


class Crowd:
    """All clients, and the ports that they may use; a port of 0 is a server that is away."""

    def __init__(self, ports: list[int], token: str, rooms: list[str], seed: int) -> None:
        self.ports = ports
        self.books = Books()
        self.acknowledged = 0
        self.seen: dict[str, list[int]] = {}
        self._token = token
        self._rooms = rooms
        self._seed = seed
        self._turn = threading.Condition()
        self._over = threading.Event()
        self._watched_to: dict[str, int] | None = None
        self._threads: list[threading.Thread] = []

    def start(self, clients: int) -> None:
        """Let them loose: senders and commanders, and a viewer a room and client."""
        for client in range(clients):
            for work in (self._send_alerts, self._give_commands):
                self._go(work, client)
            for number, room in enumerate(self._rooms):
                self._go(self._watch, client + number, f"{client} {room}", room)

    def wait_for(self, more: int) -> None:
        """Return once so many more requests were acknowledged."""
        with self._turn:
            upto = self.acknowledged + more
            assert self._turn.wait_for(lambda: self.acknowledged >= upto or bool(self.books.faults), 2 * PATIENCE_S)

    def stop_load(self) -> None:
        """Let every sender and commander come to an end."""
        self._over.set()
        for thread in self._threads:
            if not thread.name.startswith("_watch"):
                thread.join()

    def stop_viewers(self, heads: dict[str, int]) -> None:
        """Let every viewer come to the end of its room."""
        self._watched_to = heads
        for thread in self._threads:
            thread.join()

    def _go(self, work: Callable[..., None], client: int, *more: str) -> None:
        def run() -> None:
            try:
                work(client, *more)
            except (AssertionError, TimeoutError, KeyError) as fault:
                self.books.faults.append(repr(fault))

        thread = threading.Thread(target=run, name=f"{work.__name__} {client}")
        self._threads.append(thread)
        thread.start()

    def _port(self, number: int) -> int:
        return self.ports[number % len(self.ports)]

    def _post(self, number: int, path: str, body: object, **headers: str) -> dict[str, object] | None:
        """One request on a connection of its own; None when that server is away, or about to go."""
        if not self._port(number):
            return None
        connection = http.client.HTTPConnection("127.0.0.1", self._port(number), timeout=PATIENCE_S)
        try:
            connection.request(
                "POST", path, json.dumps(body), {**JSON, "Authorization": f"Bearer {self._token}", **headers}
            )
            answer = connection.getresponse()
            said = answer.read()
        except GONE:
            return None
        finally:
            connection.close()
        if answer.status == 503:
            return None
        assert answer.status == 200, f"{answer.status} {said!r}"
        with self._turn:
            self.acknowledged += 1
            self._turn.notify_all()
        found: dict[str, object] = json.loads(said)
        return found

    def _send_alerts(self, client: int) -> None:
        chance = random.Random(f"{self._seed} alerts {client}")
        own: list[Alert] = []
        number = client
        while not self._over.is_set():
            number += 1
            for _ in range(chance.choice([0, 1, 1])):
                made = Alert({"owner": f"c{client}", "n": str(len(own))})
                self.books.alerts[f"c{client}-{len(own)}"] = made
                own.append(made)
            batch = [(one, chance.choice([FIRE, FIRE, END])) for one in chance.sample(own, min(len(own), 4))]
            if not batch:
                continue
            body = webhook(
                *(alert("Load", status=status, **one.labels) for one, status in batch), group=f"g{client % 2}"
            )
            answer = self._post(number, "/api/v1/signals/alertmanager", body)
            if answer is None:
                for one, status in batch:
                    one.unanswered(status)
                continue
            receipts = answer["receipts"]
            assert isinstance(receipts, list)
            for (one, status), receipt in zip(batch, receipts, strict=True):
                one.answered(status, receipt["outcome"])

    def _give_commands(self, client: int) -> None:
        """Each is sent with a key of its own until some process has acknowledged it."""
        chance = random.Random(f"{self._seed} commands {client}")
        number = 0
        while not self._over.is_set():
            text, room = f"t{client}-{number}", chance.choice(self._rooms)
            number += 1
            body = {"command": "post_message", "text": text}
            tries = 0
            answer = None
            while answer is None:
                tries += 1
                answer = self._post(
                    client + number + tries, f"/api/v1/incidents/{room}/commands", body, **{"Idempotency-Key": text}
                )
            self.books.said[text] += 1
            events = answer["events"]
            assert isinstance(events, list)
            assert [event["data"]["text"] for event in events] == [text]

    def _watch(self, number: int, name: str, room: str) -> None:
        """Follow a room from stream to stream, each with the next process, until its end has been seen."""
        seen = self.seen.setdefault(name, [])
        while self._watched_to is None or (seen[-1] if seen else 0) < self._watched_to[room]:
            number += 1
            if port := self._port(number):
                with suppress(*GONE, TimeoutError):
                    self._stream(port, room, seen)

    def _stream(self, port: int, room: str, seen: list[int]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        headers = {"Authorization": f"Bearer {self._token}", "Last-Event-ID": str(seen[-1] if seen else 0)}
        try:
            connection.request("GET", f"/api/v1/incidents/{room}/stream", headers=headers)
            answer = connection.getresponse()
            if answer.status == 503:
                return
            assert answer.status == 200, answer.status
            number = 0
            while line := answer.readline():
                if line.startswith(b"id: "):
                    number = int(line[4:])
                elif line == b"\n" and number:
                    # Only a whole event counts, as in a browser.
                    seen.append(number)
                    number = 0
                if self._watched_to is not None and seen and seen[-1] >= self._watched_to[room]:
                    return
        finally:
            connection.close()
