"""A start on a long record: it answers at once, says how far its lists have come, and takes signals when they have."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.http.server import Server, receipts, refused
from tests.http.test_health import until
from watchroom.app import WAITED_FOR_EVENTS
from watchroom.detection.signal import DeliveryKept
from watchroom.record.sqlite_log import SqliteLog

KEPT = DeliveryKept(body="", bytes_total=0, path="/", code="malformed", message="x")


async def without_lists(data: Path) -> None:
    """As after an update that changed what the lists hold."""
    log = SqliteLog(data / "record.sqlite")
    for name in ("inbox", "listing"):
        await log.drop_projection(name)
    await log.close()


def test_a_start_on_a_long_record_answers_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    with Server(data) as server:
        sender = server.source()
        body = {"title": "Old", "dedup_key": "old"}
        receipts(sender.generic(body))
        token, key = server.token("admin"), sender.key

        async def fill() -> None:
            waits = [server.house.intake.receive(sender.name, "generic", [], KEPT) for _ in range(2_100)]
            await asyncio.gather(*waits[:1_000])
            await asyncio.gather(*waits[1_000:])

        server.do(fill())
        sender.close()
    asyncio.run(without_lists(data))
    assert WAITED_FOR_EVENTS < 2_100
    go_on = threading.Event()
    read_all = SqliteLog.read_all

    async def held_up(log: SqliteLog, after: int = 0, limit: int = 1_000) -> Any:
        if after >= 1_000:
            await asyncio.to_thread(go_on.wait)
        return await read_all(log, after, limit)

    monkeypatch.setattr(SqliteLog, "read_all", held_up)
    with Server(data) as server, server.client(token) as api, server.client(key) as source:
        try:
            told = until(api, 503, "catching_up")
            assert " %" in told["troubles"][0]["message"]
            assert api.get("/healthz").status_code == 200
            answer = source.post("/api/v1/signals/generic", json=body)
            error = refused(answer, 503, "unavailable")
            assert "catching up" in error["message"]
            assert int(answer.headers["retry-after"]) > 0
            room = api.post("/api/v1/incidents", json={"title": "During"})
            assert room.status_code == 201
            assert api.get(f"/api/v1/incidents/{room.json()['id']}").status_code == 200
            go_on.set()
            until(api, 200)
            answer = source.post("/api/v1/signals/generic", json=body)
            assert receipts(answer)[0][0] == "repeated", "what it knew before is known again"
        finally:
            go_on.set()
