"""Alive, ready, counted: what /healthz, /readyz and /metrics say while the record is in trouble, and after."""

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.http.server import Program, Server, alert, receipts, refused, unique, watchroom, webhook
from tests.http.test_kill import client as client_of
from tests.peers import require_peer
from tests.record.slow_disk import put_under
from watchroom.record.probe import Probe
from watchroom.web.operations.health import Limit, Seen, troubles

LIMIT = Limit(probe_s=20, disk_free_bytes_min=64 * 2**20, behind_max=20_000)
SOON: dict[str, Any] = {"probe_every_s": 0.05, "probe_late_s": 0.2}


@pytest.mark.parametrize(
    ("seen", "codes"),
    [
        (Seen(), []),
        (Seen(probe_age_s=21), ["record_not_writable"]),
        (Seen(probe_error="The disk is full."), ["record_not_writable"]),
        (Seen(disk_free_bytes=2**20), ["disk_nearly_full"]),
        (Seen(disk_free_bytes=2**30), []),
        (Seen(behind=20_001), ["lists_behind"]),
        (Seen(behind=20_000), []),
        (Seen(started=False, behind=50_000, caught_up_percent=40), ["catching_up"]),
        (Seen(queued=19, queued_max=20), ["overloaded"]),
        (Seen(deliveries_waiting=19, deliveries_max=20), ["overloaded"]),
        (Seen(faults=("inbox",)), ["projection_fault"]),
        (Seen(probe_error="x", faults=("inbox",), disk_free_bytes=0), ["record_not_writable", "disk_nearly_full", "projection_fault"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(seen: Seen, codes: list[str]) -> None:
    found = troubles(seen, LIMIT)
    assert [trouble.code for trouble in found] == codes
    for trouble in found:
        assert trouble.message
        assert trouble.hint
        assert trouble.blocks == (trouble.code != "projection_fault")


def test_how_far_it_has_caught_up_is_said() -> None:
    (trouble,) = troubles(Seen(started=False, caught_up_percent=40), LIMIT)
    assert "40 %" in trouble.message


def until(client: httpx.Client, status: int, code: str = "") -> dict[str, Any]:
    """Ask until /readyz answers so, and names `code`; the test's own limit ends what never comes."""
    while True:
        answer = client.get("/readyz")
        told: dict[str, Any] = answer.json()
        if answer.status_code == status and (not code or code in {trouble["code"] for trouble in told["troubles"]}):
            return told


def test_a_disk_that_hangs_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alive all the while, not ready meanwhile; what was sent is bounded, and answered once the disk is back."""
    disk = put_under(monkeypatch)
    with Server(tmp_path / "data", ingest_queue_max=3, **SOON) as server, server.client(server.token("admin")) as api:
        sender = server.source()
        assert until(api, 200)["status"] == "ok"
        disk.free.clear()

        def send(number: int) -> httpx.Response:
            with server.client(sender.key) as one:
                return one.post("/api/v1/signals/generic", json={"title": f"Flood {number}"})

        with ThreadPoolExecutor(12) as pool:
            sent = [pool.submit(send, number) for number in range(12)]
            told = until(api, 503, "record_not_writable")
            assert told["status"] == "unavailable"
            assert "not answered" in told["troubles"][0]["message"]
            assert api.get("/healthz").status_code == 200
            # What is durable can be looked at.
            assert api.get("/api/v1/signals").status_code == 200
            disk.free.set()
            answers = [each.result() for each in sent]
        assert until(api, 200)["troubles"] == []
        for answer in answers:
            if answer.status_code != 200:
                refused(answer, 503)
                assert int(answer.headers["retry-after"]) > 0
        taken = sum(answer.status_code == 200 for answer in answers)
        assert taken == len(api.get("/api/v1/signals").json()["items"]) > 0
        sender.close()


def test_a_record_that_cannot_be_written_and_can_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = put_under(monkeypatch)
    with Server(tmp_path / "data", **SOON) as server, server.client(server.token("admin")) as api:
        sender = server.source()
        room = api.post("/api/v1/incidents", json={"title": "Before"}).json()["id"]
        command = {"command": "post_message", "text": "What I typed"}
        disk.read_only = True
        told = until(api, 503, "record_not_writable")
        # Another's write, a lease's, may have failed before the probe has looked why.
        while "read-only" not in told["troubles"][0]["message"]:
            told = until(api, 503, "record_not_writable")
        assert api.get("/healthz").status_code == 200
        error = refused(api.post(f"/api/v1/incidents/{room}/commands", json=command), 503, "unavailable")
        assert "The record cannot be written just now" in error["message"]
        assert "Nothing was written" in error["hint"]
        answer = sender.webhook(webhook(alert("Lost")))
        refused(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert api.get(f"/api/v1/incidents/{room}").status_code == 200
        disk.read_only = False
        until(api, 200)
        assert api.post(f"/api/v1/incidents/{room}/commands", json=command).status_code == 200
        assert receipts(sender.webhook(webhook(alert("Lost")))) != []
        text = api.get("/metrics").text
        assert value(text, "watchroom_record_failed_writes_total") >= 2
        assert value(text, "watchroom_ready") == 1
        sender.close()


def test_a_full_disk_while_signals_and_commands_come(tmp_path: Path) -> None:
    """The system's own limit on the size of files, set and lifted while the real program runs."""
    resource = pytest.importorskip("resource")
    token = watchroom("token", "create", "load", "--scope", "admin", data=tmp_path).stdout.strip()
    with Program(tmp_path, WATCHROOM_PROBE_EVERY_S="0.05") as program, client_of(program, token) as api:
        room = api.post("/api/v1/incidents", json={"title": "Before"}).json()["id"]
        _soft, hard = resource.prlimit(program.pid, resource.RLIMIT_FSIZE)
        size = max(file.stat().st_size for file in tmp_path.iterdir())
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (size, hard))
        acknowledged = []
        for number in range(500):
            body = {"title": f"Signal {number}", "description": "x" * 5_000}
            answer = api.post("/api/v1/signals/generic", json=body)
            if answer.status_code != 200:
                refused(answer, 503, "unavailable")
                break
            acknowledged.append(number)
        else:
            pytest.fail("the disk was never full")
        # Now not even a small one fits.
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (1, hard))
        said = api.post(f"/api/v1/incidents/{room}/commands", json={"command": "post_message", "text": "Full"})
        refused(said, 503, "unavailable")
        until(api, 503, "record_not_writable")
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (hard, hard))
        until(api, 200)
        assert api.post("/api/v1/signals/generic", json={"title": "Afterwards"}).status_code == 200
        titles = {item["title"] for item in api.get("/api/v1/signals?limit=1000").json()["items"]}
        assert titles == {*(f"Signal {number}" for number in acknowledged), "Afterwards"}
        program.terminate()
        code, complaint = program.wait()
        assert code == 0
        assert 1 <= complaint.count("cannot be written") <= 3, complaint
        assert complaint.count("can be written again") >= 1, complaint
    assert watchroom("incident", "verify", data=tmp_path).returncode == 0


def test_too_little_space_is_seen_before_it_is_none(tmp_path: Path) -> None:
    with Server(tmp_path / "data", disk_free_bytes_min=2**60) as server, server.client(server.token("admin")) as api:
        told = api.get("/readyz")
        assert told.status_code == 503
        assert [trouble["code"] for trouble in told.json()["troubles"]] == ["disk_nearly_full"]
        # It is told not to send more here; what comes all the same is taken.
        assert api.post("/api/v1/incidents", json={"title": "Still"}).status_code == 201


async def test_a_folder_that_is_gone_is_told_and_the_probe_goes_on(tmp_path: Path) -> None:
    from_folder = tmp_path / "data"
    with Server(from_folder, **SOON) as server:
        probe = Probe(server.house.log, server.house.clock, tmp_path / "nowhere", 1.0)
        await probe.look()
        assert "data folder cannot be looked at" in probe.error


def test_a_projection_that_faults_is_seen_and_the_others_live_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(tmp_path / "data") as server, server.client(server.token("admin")) as api:

        def fails(_placed: Any) -> None:
            raise KeyError("no such thing")

        monkeypatch.setattr(server.house.inbox, "apply", fails)
        room = api.post("/api/v1/incidents", json={"title": unique("Room")}).json()["id"]
        assert [item["id"] for item in api.get("/api/v1/incidents").json()["items"]] == [room]
        told = api.get("/readyz")
        assert told.status_code == 200, "one list that is not whole is no reason to send alerts elsewhere"
        assert told.json()["status"] == "degraded"
        assert "inbox" in told.json()["troubles"][0]["message"]
        assert value(api.get("/metrics").text, 'watchroom_projection_faults{projection="inbox"}') >= 1
        assert value(api.get("/metrics").text, 'watchroom_projection_faults{projection="listing"}') == 0


def value(text: str, name: str) -> float:
    """A sample of the metrics; fails when there is none."""
    (found,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(found.split()[-1])


def test_metrics_count_what_happens_and_have_few_series(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server, server.client(server.token("admin")) as api:
        sender = server.source()
        receipts(sender.webhook(webhook(alert("A"))))
        sender.post(f"/in/{sender.key}/api/v2/alerts", [alert("B")])
        for number in range(50):
            api.get(f"/nothing/{number}")
            api.get(f"/incidents/room-{number}")
            api.request(f"ODD{number}", "/healthz")
            sender.post(f"/api/v1/signals/kind{number}", {})
        text = api.get("/metrics").text
        assert value(text, "watchroom_record_events_total") > 0
        assert value(text, "watchroom_record_commit_seconds_count") > 0
        assert value(text, 'watchroom_http_requests_total{method="POST",route="/api/v2/alerts",status="200"}') == 1
        assert value(text, 'watchroom_http_request_seconds_count{route="/api/v2/alerts"}') == 1
        assert value(text, 'watchroom_lease_held{lease="timers"}') in (0, 1)
        assert value(text, "watchroom_projection_lag_seconds") >= 0
        assert 'watchroom_build_info{python="' in text
        assert "process_resident_memory_bytes" in text
        assert "python_gc_collections_total" in text
        routes = set(re.findall(r'route="([^"]*)"', text))
        assert "other" in routes
        assert not [route for route in routes if "room-" in route or sender.key in route or "ODD" in route]
        assert len(text.splitlines()) < 700
        assert sender.key not in text
        sender.close()


ALERTS = re.compile(r"```yaml\n(groups:\n.*?)```", re.DOTALL)


def documented_rules() -> str:
    """The alert rules of docs/operations.md."""
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    (found,) = ALERTS.findall(page)
    return str(found)


@pytest.mark.peer("promtool")
def test_the_suggested_alert_rules_are_good_rules(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(documented_rules())
    checked = subprocess.run(
        [require_peer("promtool"), "check", "rules", str(rules)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.peer("promtool")
def test_the_metrics_are_good_metrics(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server, server.client() as client:
        client.get("/healthz")
        text = client.get("/metrics").text
    checked = subprocess.run(
        [require_peer("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert checked.returncode in (0, 3), checked.stderr
    assert "watchroom" not in checked.stderr, checked.stderr


def test_the_rules_name_metrics_that_there_are(tmp_path: Path) -> None:
    named = set(re.findall(r"watchroom_\w+", documented_rules()))
    assert named
    with Server(tmp_path / "data") as server, server.client() as client:
        client.get("/healthz")
        text = client.get("/metrics").text
    known = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    spelled = {name + suffix for name in known for suffix in ("", "_total", "_bucket", "_count", "_sum")}
    assert named <= spelled


def test_every_metric_is_in_the_operators_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    from_code = re.findall(r'self\._(?:counter|gauge|histogram)\(\s*"(\w+)"', Path(metrics_file()).read_text())
    assert len(from_code) > 25
    missing = [name for name in from_code if f"`watchroom_{name}" not in page]
    assert not missing


def metrics_file() -> str:
    """Where the metrics are defined."""
    found = Path(__file__).parents[2] / "src" / "watchroom" / "web" / "operations" / "metrics.py"
    return str(found)
