"""The real Prometheus and Alertmanager, started on free ports with everything of theirs in one folder.

`Gauge` is a tiny exposition server whose one gauge the test sets; `Prometheus` scrapes it and has one rule that
fires at once; `Alertmanager` hands its alerts on. Each ends with its block, by its own process id. Never a
well-known port, never anything of the system's own configuration.
"""

import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

import httpx

from tests.browser.patience import until
from tests.peers import require_peer

RULE = """\
groups:
- name: checkout
  interval: 1s
  rules:
  - alert: {alert}
    expr: checkout_failing_ratio > 0.05
    for: 0s
    labels: {{severity: critical, service: checkout, region: uk}}
    annotations:
      summary: checkout fails for "UK" orders
      description: '{{{{ $value | humanizePercentage }}}} of the orders from <UK> fail & nobody knows why.'
"""

PROMETHEUS = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
- job_name: checkout
  static_configs: [{{targets: ['127.0.0.1:{gauge_port}']}}]
alerting:
  alertmanagers:
{alertmanagers}"""

TO = """\
  - static_configs: [{{targets: ['{host}']}}]
    path_prefix: '{prefix}'
    api_version: v2
"""

ALERTMANAGER = """\
route:
  receiver: watchroom
  group_by: [alertname, service]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 30s
receivers:
- name: watchroom
  webhook_configs:
  - url: '{webhook}'
    send_resolved: true
"""


def free_port() -> int:
    """A port that nobody listens on now. For programs that cannot be told to take port 0 and say which they got."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Gauge:
    """`checkout_failing_ratio`, exposed for scraping; 0 until it is set."""

    def __init__(self) -> None:
        self.value = 0.0
        self.scrapes = 0
        gauge = self

        class Exposition(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"# TYPE checkout_failing_ratio gauge\ncheckout_failing_ratio {gauge.value}\n".encode()
                gauge.scrapes += 1
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Exposition)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="gauge", daemon=True)

    def __enter__(self) -> "Gauge":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Peer:
    """A real program with its own folder; ready when its `/-/ready` says so, ended with its block."""

    def __init__(self, program: str, folder: Path, arguments: Callable[[int], list[str]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._said = folder / "said.log"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [str(require_peer(program)), *arguments(self.port)], stdout=said, stderr=said, start_new_session=True
            )

    def ready(self) -> bool:
        """Whether it answers; fails when it has ended instead."""
        if self._process.poll() is not None:
            raise AssertionError(f"it ended by itself:\n{self._said.read_text()}")
        try:
            return httpx.get(f"{self.url}/-/ready", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def __enter__(self) -> "Peer":
        until(self.ready, f"{self._process.args!r} to be ready")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def alertmanager(folder: Path, webhook: str, receivers: str = "") -> Peer:
    """An Alertmanager that hands every alert on to this address, without any waiting of its own.

    `receivers` is YAML for the same receiver: what else it hands every alert on to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "alertmanager.yml"
    config.write_text(ALERTMANAGER.format(webhook=webhook) + receivers, encoding="utf-8")
    return Peer(
        "alertmanager",
        folder,
        lambda port: [
            f"--config.file={config}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
    )


def prometheus(folder: Path, gauge: Gauge, alert: str, *alertmanagers: str) -> Peer:
    """A Prometheus with one rule of this name, which sends its alerts to these Alertmanager addresses."""
    folder.mkdir(parents=True, exist_ok=True)
    rules, config = folder / "rules.yml", folder / "prometheus.yml"
    rules.write_text(RULE.format(alert=alert), encoding="utf-8")
    targets = [re.fullmatch(r"http://([^/]+)(.*)", address) for address in alertmanagers]
    to = "".join(TO.format(host=target[1], prefix=target[2] or "/") for target in targets if target)
    config.write_text(PROMETHEUS.format(rules=rules, gauge_port=gauge.port, alertmanagers=to), encoding="utf-8")
    return Peer(
        "prometheus",
        folder,
        lambda port: [
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--rules.alert.resend-delay=1s",
            "--log.level=warn",
        ],
    )
