"""`watchroom telemetry serve` as its users meet it: promtool, the requests of client libraries, and its own faults."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.peers import require_peer
from tests.telemetry.dashboards.shop import BEGIN_S as SHOP_BEGIN_S
from tests.telemetry.dashboards.shop import END_S as SHOP_END_S
from tests.telemetry.dashboards.shop import FILES
from tests.telemetry.samples import BEGIN_S, made, openmetrics

AT_S = BEGIN_S + 3600


class Program:
    """`watchroom telemetry serve` in a process of its own."""

    def __init__(self, *arguments: str | Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "watchroom", "telemetry", "serve", *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("WATCHROOM_")},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()
        self.lines = ""
        if "log lines" in self.said:
            self.lines, self.said = self.said, self.process.stdout.readline().strip()
        self.url = self.said.rpartition(" ")[2]

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """The exit status and what was said on standard error."""
        self.process.send_signal(how)
        _, complaint = self.process.communicate()
        return self.process.returncode, complaint


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("telemetry")
    text, fixture = folder / "made.om", folder / "fixture.jsonl"
    about = "# TYPE http_requests counter\n# HELP http_requests Answered requests.\n"
    text.write_text(about + openmetrics(made()), encoding="utf-8")
    fixture.write_text(
        '{"series": [{"labels": {"__name__": "early"}, "step": 60, "values": [1, 2]}]}', encoding="utf-8"
    )
    lines = folder / "lines.json"
    lines.write_text(
        '{"streams": [{"stream": {"app": "shop"}, "values": [["1700003600000000000", "level=error msg=\\"no stock\\""],'
        '["1700003601000000000", "level=info msg=sold"]]}]}',
        encoding="utf-8",
    )
    running = Program(text, fixture, "--logs", lines, "--port", "0", "--semantics", "2")
    yield running
    assert running.end(signal.SIGTERM) == (0, "")


@pytest.fixture
def client(program: Program) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=program.url, trust_env=False, timeout=60) as client:
        yield client


def test_it_says_what_it_serves_and_where(program: Program) -> None:
    assert program.said.startswith(f"{len(made()) + 1} series with ")
    assert program.url.startswith("http://127.0.0.1:")
    assert program.url.endswith("/prometheus")


def promtool(*arguments: str) -> list[str]:
    """What promtool prints, by lines."""
    command = [str(require_peer("promtool")), "query", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_promtool_asks_an_instant(program: Program) -> None:
    assert promtool("instant", program.url, "1 + 1")[0].startswith("scalar: 2 @[")
    assert promtool("instant", program.url, f"sum(info @ {AT_S})")[0].startswith("{} => 3 @[")
    assert promtool("instant", program.url, "early @ 60")[0].startswith("early => 2 @[")


def test_promtool_asks_a_range(program: Program) -> None:
    grid = f"--start={AT_S}", f"--end={AT_S + 120}", "--step=60s"
    assert promtool("range", *grid, program.url, "count(info)") == [
        "{} =>", f"3 @[{AT_S}]", f"3 @[{AT_S + 60}]", f"3 @[{AT_S + 120}]",
    ]  # fmt: skip


def test_promtool_asks_for_series_and_labels(program: Program) -> None:
    span = f"--start={BEGIN_S}", f"--end={AT_S}"
    assert promtool("series", *span, "--match=info", program.url) == [
        f'{{__name__="info", job="j{number}", version="v{number}"}}' for number in range(3)
    ]
    assert promtool("labels", *span, program.url, "version") == ["v0", "v1", "v2"]


def test_what_prometheus_api_client_sends(client: httpx.Client) -> None:
    """Source: that library's documentation: a first look at the base, then GETs with parameters in the query."""
    assert client.get("/", params={}).status_code == 200
    names = client.get("/api/v1/label/__name__/values", params={}).json()["data"]
    assert {"temperature", "early"} <= set(names)
    assert "room" in client.get("/api/v1/labels", params={}).json()["data"]
    found = client.get("/api/v1/query", params={"query": 'info{job="j1"}', "time": str(AT_S)}).json()["data"]["result"]
    assert found == [{"metric": {"__name__": "info", "job": "j1", "version": "v1"}, "value": [AT_S, "1"]}]
    window = client.get("/api/v1/query", params={"query": 'info{job="j1"}[1m]', "time": AT_S}).json()["data"]
    assert (window["resultType"], len(window["result"][0]["values"])) == ("matrix", 5)
    grid: dict[str, Any] = {"query": "info", "start": AT_S, "end": float(AT_S + 60), "step": "15"}
    answer = client.get("/api/v1/query_range", params=grid)
    assert [len(each["values"]) for each in answer.json()["data"]["result"]] == [5, 5, 5]


def test_what_grafana_sends(client: httpx.Client) -> None:
    form = {"query": "sum(info)", "start": str(AT_S), "end": str(AT_S + 30), "step": "15"}
    assert client.post("/api/v1/query_range", data=form).json()["data"]["result"][0]["values"][0] == [AT_S, "3"]
    series = client.post("/api/v1/series", data={"match[]": "info", "start": BEGIN_S, "end": AT_S, "limit": "2"})
    assert len(series.json()["data"]) == 2
    labels = client.post("/api/v1/labels", data={"match[]": ["info", "early"], "limit": 40000})
    assert labels.json()["data"] == ["__name__", "job", "version"]
    assert client.get("/api/v1/metadata", params={"metric": "http_requests"}).json()["data"] == {
        "http_requests": [{"type": "counter", "help": "Answered requests.", "unit": ""}]
    }
    assert client.get("/api/v1/rules").json()["data"] == {"groups": []}
    assert client.get("/api/v1/status/buildinfo").json()["data"]["version"] == "2.42.0"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "", 200),
        ("HEAD", "/", 200),
        ("GET", "/-/ready", 200),
        ("GET", "/api/v1/labels/", 200),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/graph", 404),
        ("DELETE", "/api/v1/series", 405),
        ("PUT", "/", 405),
    ],
)
def test_paths_and_methods(program: Program, method: str, path: str, status: int) -> None:
    assert httpx.request(method, program.url + path, trust_env=False).status_code == status


def test_an_answer_is_packed_for_a_client_that_accepts_it(client: httpx.Client) -> None:
    grid: dict[str, Any] = {"query": "temperature", "start": BEGIN_S, "end": AT_S, "step": "15"}
    packed = client.get("/api/v1/query_range", params=grid)
    plain = client.get("/api/v1/query_range", params=grid, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "There is nothing to serve."),
        (["missing.om"], "No such file or directory: missing.om."),
        (["wrong.om"], "wrong.om:2: the sample has no time."),
        (["right.om", "--semantics", "4"], "Must be <= 3"),
        (["right.om", "--port", "70000"], "Must be <= 65535"),
        (
            ["right.om", "--rules", "wrong.yaml"],
            "wrong.yaml:1: field 'rows' is not known in a rule file: did you mean 'groups'?",
        ),
        (
            ["right.om", "--dashboards", "wrong.yaml"],
            "wrong.yaml:1: field 'rules' is not known in a dashboard. Known are uid,",
        ),
    ],
)
def test_a_fault_is_one_line_and_no_server(tmp_path: Path, arguments: list[str], says: str) -> None:
    (tmp_path / "wrong.om").write_text("up 1 1\nup 1\n# EOF\n", encoding="utf-8")
    (tmp_path / "right.om").write_text("up 1 1\n# EOF\n", encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text("rows: []\n" if "--rules" in arguments else "rules: []\n", encoding="utf-8")
    command = [sys.executable, "-m", "watchroom", "telemetry", "serve", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr


def test_an_interrupt_is_the_ordinary_end(tmp_path: Path) -> None:
    (tmp_path / "a.om").write_text("up 1 1\n# EOF\n", encoding="utf-8")
    running = Program(tmp_path / "a.om", "--port", "0")
    assert httpx.get(f"{running.url}/api/v1/status/buildinfo", trust_env=False).json()["data"]["version"] == "3.5.0"
    assert running.end(signal.SIGINT) == (0, "")


@pytest.mark.parametrize("prefix", ["/loki/loki/api/v1", "/loki/api/v1"])
def test_log_lines_are_answered_as_loki_does(program: Program, prefix: str) -> None:
    assert program.lines.startswith("2 log lines at http://127.0.0.1:")
    base = program.url.removesuffix("/prometheus")
    within = {"start": "1700003500", "end": "1700003700000000000"}
    with httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
        query = {"query": '{app="shop"} | logfmt | level="error"', "direction": "BACKWARD", **within}
        (stream,) = client.get(f"{prefix}/query_range", params=query).json()["data"]["result"]
        assert stream["values"] == [["1700003600000000000", 'level=error msg="no stock"']]
        counted = {"query": 'sum(count_over_time({app="shop"}[5m]))', "time": "1700003700"}
        (sample,) = client.post(f"{prefix}/query", data=counted).json()["data"]["result"]
        assert sample["value"][1] == "2"
        assert client.get(f"{prefix}/label/app/values", params=within).json()["data"] == ["shop"]
        refused = client.get(f"{prefix}/query_range", params={"query": "{}", **within})
        assert (refused.status_code, refused.headers["content-type"].partition(";")[0]) == (400, "text/plain")
        assert client.get(f"{prefix}/query", params={"query": '{app="shop"}'}).status_code == 400
        assert client.get(f"{prefix}/query_range", params={**query, "limit": "5001"}).status_code == 400


def test_a_file_of_lines_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"streams": [{"stream": {"a": "b"}, "values": [["x", "y"]]}]}', encoding="utf-8")
    status, complaint = Program("--logs", bad, "--port", "0").end(signal.SIGTERM)
    assert status == 1
    assert "bad.json: line 1: " in complaint


@pytest.fixture(scope="module")
def shop() -> Iterator[Program]:
    """The example of docs/examples with all that can be served."""
    metrics, logs, dashboard, rules = FILES
    running = Program(metrics, "--logs", logs, "--dashboards", dashboard, "--rules", rules, "--port", "0")
    yield running
    assert running.end(signal.SIGTERM) == (0, "")


def test_the_pages_are_at_the_root(shop: Program) -> None:
    base = shop.url.removesuffix("/prometheus")
    with httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
        start = client.get("/")
        assert "Shop overview" in start.text
        assert "script-src 'self'" in start.headers["content-security-policy"]
        assert f'data-begin="{SHOP_BEGIN_S * 1000}" data-end="{SHOP_END_S * 1000 + 1000}"' in start.text
        assert client.get("/explore").status_code == client.get("/dashboards/shop-overview").status_code == 200
        assert client.get("/dashboards/other").status_code == 404
        script = client.get("/static/telemetry/explorer.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert (
            client.get("/static/telemetry/explorer.js", headers={"If-None-Match": script.headers["etag"]}).status_code
            == 304
        )
        # The APIs stay where the contract has them.
        assert client.get("/prometheus/api/v1/status/buildinfo").status_code == 200
        assert client.get("/loki/loki/api/v1/labels").status_code == 200


def test_rules_are_evaluated_along_the_recording(shop: Program) -> None:
    grid = f"--start={SHOP_BEGIN_S + 3900}", f"--end={SHOP_BEGIN_S + 3930}", "--step=30s"
    lines = promtool("range", *grid, shop.url, 'ALERTS{alertstate="firing", alertname="CheckoutFails"}')
    assert lines[0].startswith("ALERTS{")
    groups = httpx.get(f"{shop.url}/api/v1/rules", trust_env=False).json()["data"]["groups"]
    assert [rule["state"] for rule in groups[0]["rules"][1:]] == ["inactive", "inactive"]
    assert httpx.get(f"{shop.url}/api/v1/alerts", trust_env=False).json()["data"] == {"alerts": []}


def test_files_for_a_grafana_are_written(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "watchroom", "telemetry", "grafana", str(FILES[2]), "--out", str(tmp_path / "out")]
    said = [
        subprocess.run([*command, "--url", "http://h:1/"], capture_output=True, text=True, check=True) for _ in "12"
    ]
    assert [(each.stderr, len(each.stdout.splitlines())) for each in said] == [("", 3)] * 2
    written = sorted(
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    assert written == [
        "dashboards/shop-overview.json",
        "provisioning/dashboards/watchroom.yaml",
        "provisioning/datasources/watchroom.yaml",
    ]
    text = (tmp_path / "out/provisioning/datasources/watchroom.yaml").read_text(encoding="utf-8")
    assert 'url: "http://h:1/prometheus"' in text
    assert str(tmp_path / "out/dashboards") in (tmp_path / "out/provisioning/dashboards/watchroom.yaml").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--url", "ftp://h"], "'ftp://h' is no address."),
        (["--token-variable", "a-b"], "'a-b' is no name of a variable."),
        ([str(FILES[2]), str(FILES[2])], "another dashboard has the uid 'shop-overview'."),
        (["missing.yaml"], "No such file or directory: missing.yaml."),
    ],
)
def test_a_fault_writes_nothing(tmp_path: Path, arguments: list[str], says: str) -> None:
    command = [sys.executable, "-m", "watchroom", "telemetry", "grafana", *arguments, "--out", "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []
