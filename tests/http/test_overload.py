"""Too much at once, an orderly end, and what stands in the way of a start."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.load import Books, Round
from tests.http.server import Program, Server, alert, receipts, refused, unique, watchroom, webhook
from tests.http.test_kill import check_lists, check_record, client, read

WAITING_MAX = 3
SENDERS = 12


@pytest.fixture
def narrow(tmp_path: Path) -> Iterator[Server]:
    """A server of which few deliveries may wait for the record."""
    with Server(tmp_path / "narrow", ingest_queue_max=WAITING_MAX, page_items_max=5) as running:
        yield running


def test_what_cannot_wait_is_asked_to_come_back(narrow: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    open_again = asyncio.Event()
    append = narrow.house.log.append

    async def held_up(*arguments: Any) -> Any:
        await open_again.wait()
        return await append(*arguments)

    sender = narrow.source()
    monkeypatch.setattr(narrow.house.log, "append", held_up)

    def send(number: int) -> httpx.Response:
        with narrow.client(sender.key) as one:
            return one.post("/api/v1/signals/alertmanager", json=webhook(alert("Flood", n=str(number))))

    with ThreadPoolExecutor(SENDERS) as pool:
        sent = [pool.submit(send, number) for number in range(SENDERS)]
        # One group is being written and one may wait, so at least so many cannot.
        turned_away: set[Future[httpx.Response]] = set()
        while len(turned_away) < SENDERS - 2 * WAITING_MAX:
            turned_away |= wait(set(sent) - turned_away, return_when=FIRST_COMPLETED).done
        narrow._loop.call_soon_threadsafe(open_again.set)
        answers = [each.result() for each in sent]
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, 503, "overloaded")
            assert int(answer.headers["retry-after"]) > 0
    taken = [answer for answer in answers if answer.status_code == 200]
    assert taken
    assert [outcome for answer in taken for outcome, _ in receipts(answer)] == ["recorded"] * len(taken)
    missing = [number for number, answer in enumerate(answers) if answer.status_code == 503]
    assert {outcome for number in missing for outcome, _ in receipts(send(number))} == {"recorded"}
    sender.close()


def test_the_greatest_page_is_a_setting(narrow: Server) -> None:
    sender = narrow.source()
    receipts(sender.webhook(webhook(*(alert("A", n=str(n)) for n in range(8)))))
    with narrow.client(narrow.token("read")) as reader:
        assert len(reader.get("/api/v1/signals?limit=100").json()["items"]) == 5
    sender.close()


def test_an_orderly_end_with_open_streams_loses_nothing(tmp_path: Path) -> None:
    token = watchroom("token", "create", "load", "--scope", "admin", data=tmp_path).stdout.strip()
    books = Books()
    for number in range(3):
        with Program(tmp_path) as program, client(program, token) as api:
            room = api.post("/api/v1/incidents", json={"title": "Room"}).json()["id"]
            open_streams = threading.Barrier(5)
            ends: list[bytes] = []

            def watch(
                path: str, url: str = program.url, barrier: threading.Barrier = open_streams, ends: list[bytes] = ends
            ) -> None:
                with (
                    httpx.Client(
                        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
                    ) as own,
                    own.stream("GET", path) as answer,
                ):
                    barrier.wait()
                    ends.append(answer.read())

            paths = (f"/api/v1/incidents/{room}/stream", f"/incidents/{room}/live", "/live/board", "/live/signals")
            watchers = [threading.Thread(target=watch, args=(path,)) for path in paths]
            for watcher in watchers:
                watcher.start()
            open_streams.wait()
            Round(number, program.port, token, [room], books, 40 + number, program.terminate).run(3)
            code, complaint = program.wait()
            for watcher in watchers:
                watcher.join()
            assert code == 0, complaint
            assert complaint == ""
            assert len(ends) == len(paths), "each stream ended as it should"
        assert books.faults == []
    check_record(asyncio.run(read(tmp_path)), books)
    check_lists(tmp_path, token, books)


def test_a_second_server_is_told_in_one_line(tmp_path: Path) -> None:
    with Program(tmp_path) as program:
        second = watchroom("serve", "--port", "0", data=tmp_path)
        assert second.returncode == 1
        assert second.stdout == ""
        assert second.stderr.count("\n") == 1
        assert "in use" in second.stderr
        assert httpx.get(f"{program.url}/healthz", trust_env=False).status_code == 200


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refusal = watchroom("serve", "--port", port, data=tmp_path)
    assert refusal.returncode == 1
    assert refusal.stdout == ""
    assert refusal.stderr.count("\n") == 1
    assert port in refusal.stderr
    assert "--port" in refusal.stderr


def test_a_token_revoked_by_the_shell_is_nobody_at_once(tmp_path: Path) -> None:
    with Program(tmp_path) as program:
        token = watchroom(
            "token", "create", "robot", "--scope", "signals", "--scope", "read", data=tmp_path
        ).stdout.strip()
        with client(program, token) as api:
            assert api.get("/api/v1/signals").status_code == 200
            assert api.post("/api/v1/signals/generic", json={"title": unique("A")}).status_code == 200
            assert watchroom("token", "revoke", "robot", data=tmp_path).returncode == 0
            refused(api.get("/api/v1/signals"), 401)
            refused(api.post("/api/v1/signals/generic", json={"title": "x"}), 401)
            refused(api.post(f"/in/{token}/api/v1/signals/generic", json={"title": "x"}), 401)
        key = json.loads(watchroom("source", "create", "am", "--kind", "alertmanager", "--json", data=tmp_path).stdout)
        assert httpx.post(key["urls"]["signals"], json=webhook(alert("A")), trust_env=False).status_code == 200
        assert httpx.post(key["urls"]["alerts"], json=[alert("A")], trust_env=False).status_code == 200
