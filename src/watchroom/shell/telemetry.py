"""`watchroom telemetry`: recorded metrics and log lines, served as by a Prometheus and a Loki, and looked at in pages.

Touches no record.

Runs a small app of its own, on this machine's loopback address alone and without a token.
"""

import asyncio
import contextlib
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import uvicorn
from cyclopts import App, Parameter
from cyclopts.validators import Number

from watchroom.base.errors import MisConfigured
from watchroom.config_sources import load
from watchroom.shell.screen import say, write_whole
from watchroom.shell.telemetry_sources import loki, prometheus, read_dashboards, read_groups, read_logs, spanned
from watchroom.telemetry.asgi import TelemetryApp
from watchroom.telemetry.dashboards.provisioning import DASHBOARDS, Target, provisioned
from watchroom.telemetry.mount import Api, LokiMount, PrometheusMount
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.recorded_files import read_files
from watchroom.telemetry.rules.recorded import RecordedRules
from watchroom.telemetry.workers import Workers
from watchroom.web.telemetry.mount import PagesMount
from watchroom.web.telemetry.pages import Place

HOST = "127.0.0.1"
BACKLOG = 2048
KEEP_ALIVE_S = 300
"""How long a connection may be idle: as long as at a Prometheus, so that clients need not begin anew."""

commands = App(name="telemetry", help="Recorded metrics and log lines, and files for Grafana.")


@commands.command
def serve(
    *files: Path,
    logs: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    dashboards: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    rules: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))] = 8712,
    semantics: Annotated[int, Parameter(validator=Number(gte=2, lte=3))] = 3,
) -> None:
    """Answer Prometheus's HTTP API at /prometheus and Loki's at /loki from recorded files, until it is interrupted, and
    show them in pages at /.

    A file is OpenMetrics text with a time (seconds) after each value, or fixture JSON. Only this machine reaches it,
    without a token. Every sample is kept as it is in the files.

    Parameters
    ----------
    files
        The files of metrics; series of several are served together.
    logs
        A file of log lines as Loki's push API takes them in JSON: one body, or one on each line. May be given again.
    dashboards
        A dashboard to show, as YAML (docs/grafana.md). May be given again.
    rules
        A file of Prometheus rules, evaluated along the recording: /api/v1/rules and /api/v1/alerts tell how they stood
        at its end, or now if that is sooner. May be given again.
    port
        The port to listen on, of 127.0.0.1; by default 8712. 0 picks a free one.
    semantics
        Whose rules for the edges of a window hold: 3 leaves a sample at its very beginning out, as Prometheus 3 does;
        2 takes it in.
    """
    if not files and not logs:
        raise MisConfigured("There is nothing to serve.", hint="Name one file or more.")
    settings = load()
    series, metadata = read_files(files)
    boards, groups = read_dashboards(dashboards), read_groups(rules)
    lines, count = read_logs(logs, settings)
    metrics = prometheus(series, metadata, settings, Semantics(semantics), groups)
    place = Place(loki="/loki" if logs else "", span=spanned(series, lines))
    mounts: dict[str, Api] = {
        "/prometheus": PrometheusMount(metrics),
        "/loki": LokiMount(loki(lines, settings)),
        "": PagesMount(place, lambda: boards, metrics.now_ms),
    }
    workers = Workers(settings.query_workers_max, settings.query_waiting_max)
    listening = _socket(port)
    samples = sum(each.times.size for each in series)
    at = f"http://{HOST}:{listening.getsockname()[1]}"
    if logs:
        say(f"{count} log lines at {at}/loki")
    say(f"{len(series)} series with {samples} samples at {at}/prometheus")
    if isinstance(metrics.rules, RecordedRules):
        say(_evaluated(metrics.rules))
    say(f"Look at them at {at}/")
    config = uvicorn.Config(
        TelemetryApp(mounts, workers),
        lifespan="off", log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=5,
        timeout_keep_alive=KEEP_ALIVE_S,
    )  # fmt: skip
    try:
        _Server(config).run([listening])
    finally:
        workers.close()


def _evaluated(rules: RecordedRules) -> str:
    """What became of the rules, in a line."""
    groups, errors = rules.groups(), rules.errors()
    told = f"{sum(len(group['rules']) for group in groups)} rules evaluated at {rules.turns} times"
    if rules.skipped_ms:
        told += f", without the first {rules.skipped_ms // 1000} s"
    firing = sum(alert["state"] == "firing" for alert in rules.alerts())
    wrong = f"; {len(errors)} cannot be evaluated: {errors[0]}" if errors else ""
    return f"{told}, {firing} alerts firing{wrong}"


@commands.command
def grafana(
    *dashboards: Path,
    out: Path,
    url: str = "http://127.0.0.1:8712",
    dashboards_path: str = "",
    token_variable: str = "",
    traces: bool = False,
) -> None:
    """Write the files that give a team's own Grafana these sources and dashboards.

    Grafana 9 to 11 read them from their provisioning folder: see docs/grafana.md. What is there already is written
    anew.

    Parameters
    ----------
    dashboards
        The dashboards, as YAML.
    out
        The folder to write to; it is made if it is not there.
    url
        Where Grafana reaches what is served: the base of /prometheus and /loki. By default that of `telemetry serve`.
    dashboards_path
        Where that Grafana finds the dashboards' files; by default the folder that they are written to.
    token_variable
        The variable of Grafana's environment that holds a Watchroom token, for a source that asks for one.
    traces
        Whether there are traces at /tempo too.
    """
    if not url.startswith(("http://", "https://")):
        raise MisConfigured(f"'{url}' is no address.", hint="Give it as http://HOST:PORT.")
    if token_variable and not re.fullmatch(r"[A-Za-z_]\w*", token_variable):
        raise MisConfigured(f"'{token_variable}' is no name of a variable.", hint="Give the name, not the token.")
    path = dashboards_path or str((out / DASHBOARDS).resolve())
    files = provisioned(read_dashboards(dashboards), Target(url.rstrip("/"), path, token_variable, traces))
    for name, content in files.items():
        place = out / name
        place.parent.mkdir(parents=True, exist_ok=True)
        # Nothing in them is secret, and Grafana runs as a user of its own.
        write_whole(place, content, mode=0o644)
        say(str(place))


class _Server(uvicorn.Server):
    """uvicorn, for which a signal is the ordinary end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


def _socket(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise MisConfigured(
            f"Cannot listen on {HOST}:{port}: {error.strerror or error}.",
            hint="Choose another with --port, or --port 0 for a free one.",
        ) from error
    listening.listen(BACKLOG)
    return listening
