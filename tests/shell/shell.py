"""The shell as its user meets it: real processes, their output and exit status; and a record with an incident in it."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tests.people.house import driven
from watchroom.base.clock import WallClock, rfc3339
from watchroom.cli import main
from watchroom.config_sources import load
from watchroom.detection.declaration import IncidentDeclared, IncidentNoticed, RoomOpened
from watchroom.incident.incident import CODEC
from watchroom.people.person import Directory
from watchroom.record.event import Draft, Fact, Redaction, StreamAppend
from watchroom.record.redaction import REDACTED, Redacted, left_bytes
from watchroom.record.sqlite_log import SqliteLog

AT = datetime(2026, 11, 23, 3, 14, tzinfo=UTC)
ROOM = "k7m2-9qxd"
OTHER_ROOM = "a000-0001"


class Ran(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


def environment(folder: Path) -> dict[str, str]:
    """A user of their own, who has set nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WATCHROOM_", "XDG_"))}
    return {**kept, "HOME": str(folder), "PYTHONWARNINGS": "error,ignore::DeprecationWarning"}


def run(folder: Path, *arguments: str, **variables: str) -> Ran:
    """`watchroom ARGUMENTS --data FOLDER`, as a process of its own."""
    command = [sys.executable, "-m", "watchroom", *arguments, "--data", str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", env=environment(folder) | variables, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def here(folder: Path, *arguments: str) -> Ran:
    """The same in this process: quicker, for what needs no process of its own."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([*arguments, "--data", str(folder)])
    for stream in (out, err):
        stream.seek(0)
    return Ran(status, out.read(), err.read())


def said(ran: Ran) -> str:
    """What a command printed that must have worked."""
    assert (ran.status, ran.err) == (0, ""), ran
    return ran.out.strip()


@contextlib.contextmanager
def desk(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A running server, ended with the block."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.shell.desk", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(folder)) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.terminate()


def with_incidents(folder: Path) -> Path:
    """A record with one declared incident of five events, one of practice, and a title that attacks terminals."""

    async def write() -> None:
        settings = load({"data": str(folder)}, environ={})
        log = SqliteLog(settings.record_path)
        declared: list[Fact] = [
            RoomOpened(practice=False, title="Checkout fails\x1b[2J\nfor all"),
            IncidentNoticed(noticed_at=AT),
            IncidentDeclared(title="Checkout fails\x1b[2J\nfor 支払い", services=["checkout"]),
            IncidentDeclared(title="Checkout fails\x1b[2J\nfor 支払い", services=["checkout", "pay"]),
            IncidentNoticed(noticed_at=AT - timedelta(minutes=2)),
        ]
        practice: list[Fact] = [RoomOpened(practice=True, title="Friday evening")]
        for room, facts in ((ROOM, declared), (OTHER_ROOM, practice)):
            drafts = [
                Draft(AT, AT, "person:ana@example.com", "web", CODEC.kinds[type(fact)], CODEC.encode(fact))
                for fact in facts
            ]
            await log.append([StreamAppend(room, 0, drafts)])
        await log.close()

    driven(write)()
    return folder


def put_in_zone(folder: Path, email: str, time_zone: str) -> None:
    """Make a person known who lives in that time zone."""

    async def put() -> None:
        log = SqliteLog(load({"data": str(folder)}, environ={}).record_path)
        directory = Directory(log, WallClock())
        await directory.load()
        await directory.add(email, actor="system:test", via="test")
        await directory.set_time_zone(email, time_zone, actor="system:test", via="test")
        await log.close()

    driven(put)()


def with_redaction(folder: Path) -> Path:
    """The same record, with the second event of the declared incident redacted; its export has six events."""
    with_incidents(folder)

    async def redact() -> None:
        log = SqliteLog(load({"data": str(folder)}, environ={}).record_path)
        fact = Redacted(seq=2, kind="incident_noticed", reason="A name.", left={"noticed_at": rfc3339(AT)})
        draft = Draft(AT, AT, "person:ana@example.com", "web", REDACTED, CODEC.encode(fact))
        await log.append([StreamAppend(ROOM, 5, [draft])], [], [Redaction(ROOM, 2, left_bytes(fact.left))])
        await log.close()

    driven(redact)()
    return folder
