"""What the server logs: failed and slow requests with their id, refusals only when asked for, and never a key."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.http.server import Program, Server, refused, watchroom
from tests.http.test_kill import client


def lines(complaint: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in complaint.splitlines()]


def test_a_quiet_server_says_nothing_and_a_slow_request_is_logged_without_its_key(tmp_path: Path) -> None:
    token = watchroom("token", "create", "load", "--scope", "admin", data=tmp_path).stdout.strip()
    with Program(tmp_path, "--log-format", "json") as program, client(program, token) as api:
        assert api.get("/nothing").status_code == 404
        assert api.post(f"/in/{token}/api/v1/signals/generic", content=b"{").status_code == 400
        program.terminate()
        assert program.wait() == (0, "")
    with (
        Program(tmp_path, "--log-format", "json", WATCHROOM_SLOW_REQUEST_S="0.000001") as program,
        client(program, token) as api,
    ):
        answer = api.post(f"/in/{token}/api/v1/signals/generic", json={"title": "A"}, headers={"X-Request-Id": "mine"})
        assert answer.status_code == 200
        room = api.post("/api/v1/incidents", json={"title": "B"}).json()["id"]
        assert api.get(f"/api/v1/incidents/{room}").status_code == 200
        program.terminate()
        code, complaint = program.wait()
    assert code == 0
    assert token not in complaint
    found = {line["request_id"]: line for line in lines(complaint) if "request_id" in line}
    assert found["mine"]["msg"] == "POST /in/<secret>/api/v1/signals/generic"
    assert found["mine"]["status"] == 200
    assert found["mine"]["actor"] == "source:load"
    assert found["mine"]["duration_ms"] >= 0
    (shown,) = [line for line in found.values() if line["msg"] == f"GET /api/v1/incidents/{room}"]
    assert (shown["actor"], shown["stream"]) == ("token:load", room)


def test_a_mistake_of_ours_is_logged_with_its_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Server(tmp_path / "data") as server, server.client(server.token("admin")) as api:

        def fails(*_arguments: object) -> None:
            raise ZeroDivisionError("on purpose")

        monkeypatch.setattr(server.house.listing, "all", fails)
        answer = api.get("/api/v1/incidents")
        error = refused(answer, 500, "internal")
        assert answer.headers["x-request-id"] in error["hint"]
        monkeypatch.setattr(server.house.intake, "receive", fails)
        sender = server.source()
        answer = sender.generic({"title": "A"})
        error = refused(answer, 500, "internal")
        assert answer.headers["x-request-id"] in error["hint"]
        assert "watchroom_unexpected_errors_total 2.0" in api.get("/metrics").text
        sender.close()
    assert [record for record in caplog.records if record.exc_info and "ZeroDivisionError" in str(record.exc_info[0])]
