"""Back-up and restore of an embedded record: a copy at one moment, made beside the running server, and verified.

SQLite's own copying of a live database, in one step: it reads as of one moment and keeps no writer waiting. A file is
there whole or not at all. Called by `record`. Never copies the signing key, nor into a folder that holds anything.
"""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from watchroom.base.errors import MisConfigured, NotFound, Refused
from watchroom.config import Settings
from watchroom.config_sources import FILE
from watchroom.record.chain import Verifier
from watchroom.record.sqlite_log import SqliteLog
from watchroom.record.sqlite_schema import DirectoryLock, connect
from watchroom.shell.proof import PAGE_EVENTS, all_streams

MAY_BE_THERE = frozenset({FILE, "signing.key", "lock"})
"""What an empty data folder may hold: settings and key that were put there for the restored record."""


def back_up(settings: Settings, file: Path) -> tuple[int, int]:
    """Write the back-up; how many streams and events it holds.

    Raises NotFound without a record, Refused when the file is there already or what was copied is not whole.
    """
    if not settings.record_path.exists():
        raise NotFound(f"There is no record in {settings.folder}.", hint="Give the data folder of an install: --data")
    if file.exists():
        raise Refused(f"{file} is there already.", hint="Give a new name; back-ups are never written over.")
    with _draft(file) as draft:
        _copy(settings.record_path, draft)
        counted = asyncio.run(_verified(settings, draft))
        _keep(draft, file)
    return counted


def put_back(settings: Settings, file: Path) -> tuple[int, int]:
    """Put a back-up into the empty data folder; how many streams and events it holds.

    Raises NotFound without the file, MisConfigured when it is no record, Refused when it is not whole or the folder is
    not empty, Unavailable when somebody uses the folder.
    """
    if not file.is_file():
        raise NotFound(f"There is no file {file}.", hint="Give a file that `watchroom record backup` has written.")
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DirectoryLock(settings.folder, f"watchroom record restore (process {os.getpid()})")
    try:
        there = sorted(each.name for each in settings.folder.iterdir() if each.name not in MAY_BE_THERE)
        if there:
            raise Refused(
                f"{settings.folder} is not empty: it holds {there[0]}.",
                hint="Restore into a new folder.",
            )
        with _draft(settings.record_path) as draft:
            _copy(file, draft)
            counted = asyncio.run(_verified(settings, draft))
            _keep(draft, settings.record_path)
    finally:
        lock.release()
    return counted


@contextlib.contextmanager
def _draft(file: Path) -> Iterator[Path]:
    """A name beside `file` to write to; whatever is left of it goes."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.part")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            draft.with_name(draft.name + suffix).unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    try:
        with (
            contextlib.closing(connect(source, writes=False)) as there,
            contextlib.closing(sqlite3.connect(target)) as here,
        ):
            there.backup(here, pages=-1)
            # One file and nothing beside it, whoever opens it to look.
            here.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.DatabaseError as error:
        full = getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
        hint = "Make room on the disk of the back-up, or write it elsewhere." if full else "Is it a Watchroom record?"
        raise MisConfigured(f"{source} cannot be copied: {error}.", hint=hint) from error


async def _verified(settings: Settings, file: Path) -> tuple[int, int]:
    """Walk every chain of the copy."""
    log = SqliteLog(file, settings.organisation, read_only=True)
    try:
        streams = await all_streams(log)
        count = 0
        for stream in streams:
            verifier, after = Verifier(stream), 0
            while events := await log.read(stream, after, PAGE_EVENTS):
                verifier.feed(events)
                after = events[-1].seq
            verifier.end()
            if (fault := verifier.broken) is not None:
                raise Refused(
                    f"Event {fault.seq} of {fault.stream} {fault.why}: nothing was written.",
                    hint="`watchroom incident verify` says more of the record; an older back-up may be whole.",
                )
            count += verifier.seq
        return len(streams), count
    finally:
        await log.close()


def _keep(draft: Path, file: Path) -> None:
    """Make the draft durable, then give it its name."""
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    # A link and not a renaming: a file that somebody has put there meanwhile stays.
    try:
        os.link(draft, file)
    except FileExistsError as error:
        raise Refused(f"{file} is there already.", hint="Give a new name; back-ups are never written over.") from error
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
