"""The app of telemetry APIs under many at once, under those who go away, and under forms that are too much."""

import asyncio
import gzip
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from watchroom.telemetry.asgi import BODY_BYTES_MAX, FIELDS_MAX, TelemetryApp
from watchroom.telemetry.mount import Question, Reply
from watchroom.telemetry.workers import Workers

PATIENCE_S = 30


@dataclass
class Held:
    """An API whose replies wait until they are let go, or nobody wants them."""

    let_go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    questions: list[Question] = field(default_factory=list)
    gave_up: threading.Event = field(default_factory=threading.Event)

    def reply(self, question: Question, canceled: Callable[[], bool]) -> Reply:
        self.questions.append(question)
        self.begun.release()
        while not self.let_go.wait(0.001):
            if canceled():
                self.gave_up.set()
                break
        return Reply(200, b'{"x":1}' * 500)

    def busy(self, says: str) -> Reply:
        return Reply(503, json.dumps({"error": says}).encode())


@dataclass
class Caller:
    """One request: what it sends, and what came back."""

    path: str = "/p/api"
    method: str = "GET"
    query: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    leaves: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    sent: dict[bytes, bytes] = field(default_factory=dict)
    came: bytes = b""
    _asked: bool = False

    async def ask(self, app: TelemetryApp) -> "Caller":
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await app(
            {"type": "http", "method": self.method, "path": self.path, "query_string": self.query, "headers": headers},
            self._receive, self._send,
        )  # fmt: skip
        return self

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self.body}
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.sent = message["status"], dict(message["headers"])
        else:
            self.came += message["body"]


FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def answered(caller: Caller, api: Held | None = None) -> tuple[Caller, Held]:
    """One caller at an app of its own, whose API replies at once."""
    api = api or Held()
    api.let_go.set()
    workers = Workers(1, 1)
    try:
        asyncio.run(caller.ask(TelemetryApp({"/p": api}, workers)))
    finally:
        workers.close()
    return caller, api


def test_ten_thousand_at_once_are_answered_or_told_that_there_is_no_room() -> None:
    api, workers = Held(), Workers(2, 100)
    app = TelemetryApp({"/p": api}, workers)

    async def crowd() -> list[Caller]:
        asking = [asyncio.ensure_future(Caller().ask(app)) for _ in range(10_000)]
        refused = await asyncio.wait_for(_some(asking, 10_000 - 102), PATIENCE_S)
        assert {each.status for each in refused} == {503}
        assert b"too many queries" in refused[0].came
        api.let_go.set()
        everyone = await asyncio.gather(*asking)
        return [*everyone, await Caller().ask(app)]

    try:
        statuses = Counter(each.status for each in asyncio.run(crowd()))
    finally:
        workers.close()
    assert statuses == {200: 103, 503: 9_898}


async def _some(asking: "Sequence[asyncio.Future[Caller]]", count: int) -> list[Caller]:
    found = []
    for each in asyncio.as_completed(asking):
        found.append(await each)
        if len(found) == count:
            return found
    raise AssertionError(f"{len(found)} of {count} came back")


def test_who_goes_away_stops_the_work_and_leaves_the_line() -> None:
    api, workers = Held(), Workers(1, 1)
    app = TelemetryApp({"/p": api}, workers)

    async def leave() -> Caller:
        first, second = Caller(), Caller(path="/p/second")
        working = asyncio.ensure_future(first.ask(app))
        await asyncio.to_thread(api.begun.acquire)
        waiting = asyncio.ensure_future(second.ask(app))
        await asyncio.sleep(0)
        first.leaves.set()
        second.leaves.set()
        await asyncio.gather(working, waiting)
        assert await asyncio.to_thread(api.gave_up.wait, PATIENCE_S)
        api.let_go.set()
        assert (first.status, second.status) == (0, 0)
        return await Caller(path="/p/third").ask(app)

    try:
        third = asyncio.run(leave())
    finally:
        workers.close()
    assert third.status == 200
    assert [each.path for each in api.questions] == ["/api", "/third"]


def test_the_form_comes_before_the_query() -> None:
    caller, api = answered(
        Caller(method="POST", query=b"query=b&match%5B%5D=x", headers=FORM, body=b"query=a%2B1&match[]=y&empty=")
    )
    assert caller.status == 200
    assert api.questions[0].parameters == {"query": ["a+1", "b"], "match[]": ["y", "x"], "empty": [""]}


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        (Caller(method="POST", headers=FORM, body=b"q=" + b"x" * BODY_BYTES_MAX), 413),
        (Caller(query=b"&".join([b"a=1"] * (FIELDS_MAX + 1))), 400),
        (Caller(query=b"query=%ff%fe"), 400),
        (Caller(query=b"query=\xff"), 400),
        (Caller(path="/elsewhere"), 404),
        (Caller(path="/pp/api"), 404),
        (Caller(path="/"), 200),
        (Caller(path="/p"), 200),
    ],
)
def test_what_is_not_asked_of_any_api(caller: Caller, status: int) -> None:
    told, api = answered(caller)
    assert told.status == status
    assert told.came
    assert [each.path for each in api.questions] == (["/"] if caller.path == "/p" else [])


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [("gzip", True), ("deflate, GZIP;q=0.5", True), ("*", True), ("", False), ("gzip;q=0", False), ("br", False)],
)
def test_long_replies_are_packed_for_those_who_accept_it(accepts: str, packed: bool) -> None:
    caller, _ = answered(Caller(headers={"accept-encoding": accepts}))
    assert (caller.sent.get(b"content-encoding") == b"gzip") is packed
    assert (gzip.decompress(caller.came) if packed else caller.came) == b'{"x":1}' * 500
    assert int(caller.sent[b"content-length"]) == len(caller.came)


def test_head_says_how_long_and_sends_nothing() -> None:
    caller, _ = answered(Caller(method="HEAD"))
    assert (caller.status, caller.came, caller.sent[b"content-length"]) == (200, b"", b"3500")
