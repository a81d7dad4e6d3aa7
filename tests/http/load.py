"""Traffic that keeps books: clients that send alerts and commands, remember what was acknowledged, and know what must
follow.

Used by `test_kill`. Each client owns its alerts, so that what the server may answer is known exactly; a request
without an answer may have been done or not, and both are remembered until an answer tells.
"""

import http.client
import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.http.server import JSON, alert, webhook

GONE = (ConnectionError, http.client.HTTPException)
FIRE, END = "firing", "resolved"


@dataclass
class Alert:
    """One alert as its sender knows it."""

    labels: dict[str, str]
    may_be: set[str] = field(default_factory=lambda: {"unknown"})
    """The states that the server may hold it to be in; more than one after a request without an answer."""
    counted: int = 0
    """Acknowledged receipts that count (an end without a beginning does not)."""
    maybe: int = 0
    """Requests without an answer that may have counted."""
    recorded: int = 0

    def expect(self, status: str) -> dict[str, set[str]]:
        """The outcomes that are possible now, and which states each would have come from."""
        possible: dict[str, set[str]] = {}
        for state in self.may_be:
            if status == FIRE:
                outcome = "repeated" if state == FIRE else "recorded"
            else:
                outcome = {"unknown": "unmatched", FIRE: "resolved", END: "repeated"}[state]
            possible.setdefault(outcome, set()).add(state)
        return possible

    def answered(self, status: str, outcome: str) -> None:
        """An answer came. Fails when it is one that cannot be."""
        assert outcome in self.expect(status), f"{self} was {status}, and the server says {outcome}"
        self.may_be = {"unknown"} if outcome == "unmatched" else {status}
        self.counted += outcome != "unmatched"
        self.recorded += outcome == "recorded"

    def unanswered(self, status: str) -> None:
        """The server died before it answered."""
        outcomes = self.expect(status)
        self.maybe += set(outcomes) != {"unmatched"}
        if set(outcomes) != {"unmatched"}:
            self.may_be = self.may_be | {status}


@dataclass
class Books:
    """What was sent and what was acknowledged, over all rounds."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    said: Counter[str] = field(default_factory=Counter)
    """Texts of commands that were acknowledged."""
    unanswered: dict[str, str] = field(default_factory=dict)
    """Texts of commands without an answer, and the room that they were for."""
    faults: list[str] = field(default_factory=list)


class Round:
    """One life of the server: its clients go on until it is killed, after so many acknowledgements."""

    def __init__(
        self,
        number: int,
        port: int,
        token: str,
        rooms: list[str],
        books: Books,
        kill_after: int,
        kill: Callable[[], None],
        patience_s: float = 60,
    ) -> None:
        self._number, self._port, self._token, self._rooms, self._books = number, port, token, rooms, books
        self._left, self._kill, self._patience_s = kill_after, kill, patience_s
        self._turn = threading.Lock()

    def run(self, clients: int) -> None:
        """Let the clients loose, and return once all have lost the server."""
        threads = [
            threading.Thread(target=self._guarded, args=(work, client))
            for client in range(clients)
            for work in (self._send_alerts, self._give_commands)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _guarded(self, work: Callable[[http.client.HTTPConnection, int], None], client: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._patience_s)
        try:
            work(connection, client)
        except (AssertionError, TimeoutError) as fault:
            self._books.faults.append(str(fault))
        finally:
            connection.close()

    def _post(
        self, connection: http.client.HTTPConnection, path: str, body: object, **headers: str
    ) -> dict[str, Any] | None:
        """The answer, or None when the server is gone or about to go."""
        try:
            connection.request(
                "POST", path, json.dumps(body), {**JSON, "Authorization": f"Bearer {self._token}", **headers}
            )
            answer = connection.getresponse()
            said = answer.read()
        except GONE:
            return None
        if answer.status == 503:
            assert answer.headers["Retry-After"]
            return None
        assert answer.status == 200, f"{answer.status} {said!r}"
        with self._turn:
            self._left -= 1
            if self._left == 0:
                self._kill()
        found: dict[str, Any] = json.loads(said)
        return found

    def _send_alerts(self, connection: http.client.HTTPConnection, client: int) -> None:
        chance = random.Random(f"{self._number} {client}")
        # The other clients add to the books meanwhile; a copy is taken in one step.
        own = [a for name, a in list(self._books.alerts.items()) if name.startswith(f"c{client}-")]
        while True:
            fresh = [self._new_alert(client, len(own) + n) for n in range(chance.choice([0, 1, 1, 3]))]
            own += fresh
            batch = [(one, FIRE) for one in fresh]
            for one in chance.sample(own, min(len(own), chance.choice([1, 2, 5]))):
                if one not in fresh:
                    batch.append((one, chance.choice([FIRE, FIRE, END])))
            if not batch:
                continue
            body = webhook(
                *(alert("Load", status=status, **one.labels) for one, status in batch),
                group=f"c{client}-{self._number % 3}",
            )
            answer = self._post(connection, "/api/v1/signals/alertmanager", body)
            if answer is None:
                for one, status in batch:
                    one.unanswered(status)
                return
            for (one, status), receipt in zip(batch, answer["receipts"], strict=True):
                one.answered(status, receipt["outcome"])

    def _new_alert(self, client: int, number: int) -> Alert:
        made = Alert({"owner": f"c{client}", "n": str(number)})
        with self._turn:
            self._books.alerts[f"c{client}-{number}"] = made
        return made

    def _give_commands(self, connection: http.client.HTTPConnection, client: int) -> None:
        chance = random.Random(f"commands {self._number} {client}")
        with self._turn:
            mine = [text for text in self._books.unanswered if text.startswith(f"t{client}-")]
            again = [(text, self._books.unanswered[text]) for text in mine if chance.random() < 0.5]
        number = 0
        while True:
            if again:
                text, room = again.pop()
            else:
                text, room = f"t{client}-{self._number}-{number}", chance.choice(self._rooms)
                number += 1
            body = {"command": _command_of(text), "text": text}
            answer = self._post(connection, f"/api/v1/incidents/{room}/commands", body, **{"Idempotency-Key": text})
            with self._turn:
                if answer is None:
                    self._books.unanswered[text] = room
                    return
                self._books.unanswered.pop(text, None)
                self._books.said[text] += 1
            assert [event["data"]["text"] for event in answer["events"]] == [text]


def _command_of(text: str) -> str:
    """Always the same for a text, so that it can be sent again."""
    return "note_observation" if text.endswith(("3", "7")) else "post_message"
