"""The programs that are measured: started on free ports of the loopback address, stopped by their own process id.

Called by every benchmark. `Program` also tells what a process has used so far, from Linux' /proc.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"
READY_S = 30.0
STOP_S = 20.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
WATCHROOM = (sys.executable, "-m", "watchroom")

ALERTMANAGER_CONFIG = """\
route:
  receiver: nobody
  group_by: [alertname, cluster]
receivers:
  - name: nobody
"""


class Program:
    """A running server."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", port: int, token: str = "") -> None:
        self.name = name
        self.process = process
        self.port = port
        self.token = token
        self.began_s = time.perf_counter()

    def cpu_s(self) -> float:
        """Processor time used since its start, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND

    def memory_mb(self) -> tuple[float, float]:
        """Resident (RSS) and proportional (PSS) memory in MiB."""
        kb: dict[str, int] = {}
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, value, *_ = line.split()
            kb[name.rstrip(":")] = int(value)
        return kb["Rss"] / 1024, kb["Pss"] / 1024


def free_port() -> int:
    """A port that is free just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def find_alertmanager() -> str | None:
    """Where the peer is, or None: Debian's name first, the project's own second."""
    return shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")


@contextlib.contextmanager
def watchroom(data: Path, *, wait: bool = True, database: str = "") -> Iterator[Program]:
    """Watchroom over `data`, or over `database`, with a token that may do everything."""
    where = ["--data", str(data), *(["--database", database] if database else [])]
    # The token is made while no server runs; the directory is the same at the next start.
    data.mkdir(parents=True, exist_ok=True)
    made = data / "token.txt"
    if not made.exists():
        create = [*WATCHROOM, "token", "create", "bench", "--scope", "admin", *where]
        made.write_bytes(subprocess.run(create, check=True, capture_output=True).stdout.strip())
    port = free_port()
    command = [*WATCHROOM, "serve", *where, "--port", str(port)]
    with _running("watchroom", command, port, "/healthz" if wait else "") as program:
        program.token = made.read_text()
        yield program


@contextlib.contextmanager
def alertmanager(data: Path, *, wait: bool = True) -> Iterator[Program]:
    """Alertmanager over `data`, without a cluster and with nobody to notify."""
    found = find_alertmanager()
    if found is None:
        raise SystemExit(
            "Alertmanager is not installed: apt-get install --no-install-recommends prometheus-alertmanager"
        )
    data.mkdir(parents=True, exist_ok=True)
    (data / "config.yml").write_text(ALERTMANAGER_CONFIG)
    port = free_port()
    command = [
        found,
        f"--config.file={data / 'config.yml'}",
        f"--storage.path={data}",
        f"--web.listen-address={HOST}:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    with _running("alertmanager", command, port, "/-/healthy" if wait else "") as program:
        yield program


@contextlib.contextmanager
def prometheus(folder: Path, text: Path) -> Iterator[Program]:
    """Prometheus over the samples of an OpenMetrics text, scraping nothing."""
    found = shutil.which("prometheus"), shutil.which("promtool")
    if not all(found):
        raise SystemExit("Prometheus is not installed: apt-get install --no-install-recommends prometheus")
    data, config = folder / "data", folder / "prometheus.yml"
    config.write_text("global: {}\n")
    read_in = [str(found[1]), "tsdb", "create-blocks-from", "openmetrics", str(text), str(data)]
    subprocess.run(read_in, check=True, capture_output=True)
    port = free_port()
    command = [
        str(found[0]),
        f"--config.file={config}",
        f"--storage.tsdb.path={data}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={HOST}:{port}",
        "--log.level=error",
    ]
    with _running("prometheus", command, port, "/-/ready") as program:
        yield program


@contextlib.contextmanager
def telemetry(text: Path) -> Iterator[Program]:
    """Watchroom over the samples of an OpenMetrics text, at /prometheus."""
    port = free_port()
    command = [*WATCHROOM, "telemetry", "serve", str(text), "--port", str(port), "--semantics", "2"]
    with _running("watchroom", command, port, "/prometheus/-/ready") as program:
        yield program


@contextlib.contextmanager
def module(name: str) -> Iterator[Program]:
    """One of the small servers of this folder: `python -m benchmarks.NAME PORT`."""
    port = free_port()
    with _running(name, [sys.executable, "-m", f"benchmarks.{name}", str(port)], port, "/") as program:
        yield program


@contextlib.contextmanager
def _running(name: str, command: list[str], port: int, healthy: str) -> Iterator[Program]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    program = Program(name, process, port)
    try:
        if healthy:
            until_ready(program, healthy)
        yield program
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until_ready(program: Program, path: str, every_s: float = 0.005) -> None:
    """Ask until the server answers 200."""
    ends_s = time.perf_counter() + READY_S
    while status(program.port, path) != 200:
        if program.process.poll() is not None or time.perf_counter() > ends_s:
            raise SystemExit(f"{program.name} did not come up.")
        time.sleep(every_s)


def status(port: int, path: str) -> int:
    """The status of one GET on a connection of its own; 0 when nobody listens."""
    try:
        with socket.create_connection((HOST, port), 5) as sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
            answer = sock.recv(64).split()
            return int(answer[1]) if len(answer) > 1 else 0
    except OSError:
        return 0
