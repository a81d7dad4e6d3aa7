"""`watchroom telemetry`: recorded metrics and log lines, served as by a Prometheus and a Loki, and looked at in pages.

Touches no record.

Runs a small app of its own, on this machine's loopback address alone and without a token.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import uvicorn
from cyclopts import App, Parameter
from cyclopts.validators import Number

from watchroom.base.clock import WallClock, epoch_us
from watchroom.base.errors import Malformed, MisConfigured
from watchroom.config import Settings, load
from watchroom.shell.screen import say
from watchroom.telemetry.asgi import TelemetryApp
from watchroom.telemetry.dashboards.definition import Dashboard
from watchroom.telemetry.dashboards.reading import read_dashboard
from watchroom.telemetry.logql.engine import LogEngine
from watchroom.telemetry.logs import LogLimits, LogStore, read_push_file
from watchroom.telemetry.loki_api import LokiApi
from watchroom.telemetry.metadata import Metadata
from watchroom.telemetry.mount import Api, LokiMount, PrometheusMount
from watchroom.telemetry.prometheus_api import PrometheusApi
from watchroom.telemetry.promql.budget import Limits
from watchroom.telemetry.promql.engine import Engine
from watchroom.telemetry.promql.engine import Settings as EngineSettings
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.recorded_files import read_files
from watchroom.telemetry.refusal import BadData
from watchroom.telemetry.series import Recorded, Series
from watchroom.telemetry.workers import Workers
from watchroom.web.telemetry.mount import PagesMount
from watchroom.web.telemetry.pages import Place

HOST = "127.0.0.1"
BACKLOG = 2048
KEEP_ALIVE_S = 300
"""How long a connection may be idle: as long as at a Prometheus, so that clients need not begin anew."""

LOGS_BYTES_MAX = 4 << 30
"""Memory (bytes) of the lines of all files: none of them may go to make room for another."""

commands = App(name="telemetry", help="Recorded metrics and log lines.")


@commands.command
def serve(
    *files: Path,
    logs: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
    dashboards: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
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
    boards = read_dashboards(dashboards)
    lines, count = read_logs(logs)
    metrics = prometheus(series, metadata, settings, Semantics(semantics))
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


def prometheus(
    series: list[Series], metadata: dict[str, Metadata], settings: Settings, semantics: Semantics
) -> PrometheusApi:
    """A Prometheus of these series, on the wall clock."""
    clock, source = WallClock(), Recorded(series)
    limits = Limits(samples_max=settings.query_samples_max, seconds_max=settings.query_seconds_max)
    engine = Engine(source, clock.monotonic_s, EngineSettings(semantics=semantics, limits=limits))
    return PrometheusApi(source, engine, lambda: epoch_us(clock.now()) // 1000, metadata=lambda: metadata)


def read_logs(paths: tuple[Path, ...]) -> tuple[LogStore, int]:
    """The lines of all files, and how many. Raises `Malformed` with file and line, or `OSError` of a file."""
    store = LogStore(LogLimits(bytes_max=LOGS_BYTES_MAX))
    count = 0
    for path in paths:
        try:
            count += read_push_file(store, path.read_bytes())
        except BadData as error:
            raise Malformed(f"{path}: {error}.", hint="Give JSON as Loki's push API takes it.") from error
    if store.dropped:
        raise MisConfigured(
            f"The lines need more than {LOGS_BYTES_MAX >> 30} GiB of memory.", hint="Serve fewer files at once."
        )
    return store, count


def read_dashboards(paths: tuple[Path, ...]) -> list[Dashboard]:
    """The dashboards of all files. Raises `Malformed` with file and line, or `OSError` of a file."""
    found: dict[str, Dashboard] = {}
    for path in paths:
        try:
            board = read_dashboard(path.read_text(encoding="utf-8"), str(path))
        except BadData as error:
            raise Malformed(f"{error}.", hint="docs/grafana.md describes what a dashboard may hold.") from error
        except UnicodeDecodeError as error:
            raise Malformed(f"{path}: it is not UTF-8: {error.reason}.", hint="Save it as UTF-8.") from error
        if board.uid in found:
            raise Malformed(
                f"{path}: another dashboard has the uid '{board.uid}'.", hint="Give one of them another uid."
            )
        found[board.uid] = board
    return list(found.values())


def spanned(series: Sequence[Series], lines: LogStore) -> tuple[int, int] | None:
    """From when to when (ms) there is anything; None when there is nothing."""
    times = [int(each.times[end]) for each in series if each.times.size for end in (0, -1)]
    times += [time_ns // 1_000_000 for time_ns in lines.span_ns() or ()]
    return (min(times), max(times)) if times else None


def loki(lines: LogStore, settings: Settings) -> LokiApi:
    """A Loki of these lines, on the wall clock."""
    clock = WallClock()
    limits = Limits(samples_max=settings.query_samples_max, seconds_max=settings.query_seconds_max)
    return LokiApi(lines, LogEngine(lines, clock.monotonic_s, limits), lambda: epoch_us(clock.now()) * 1000)


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
