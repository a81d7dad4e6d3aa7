"""Opens the record that the settings name: a PostgreSQL database, or else the file in the data folder.

Called by `app` and by the shell. With a database the data folder holds only what belongs to this process: its lock and
its control socket. Several servers on one database each have a folder of their own.
"""

import asyncio
import contextlib
from collections.abc import Iterator

from watchroom.base.clock import Clock
from watchroom.base.errors import NotFound
from watchroom.base.rng import Chance
from watchroom.config import Settings
from watchroom.record.log import Log
from watchroom.record.observer import Observer
from watchroom.record.postgres_link import PostgresLimits
from watchroom.record.postgres_log import PostgresLog
from watchroom.record.signing import Signer, signer_in_file, signer_in_rows
from watchroom.record.sqlite_log import SqliteLog
from watchroom.record.sqlite_schema import DirectoryLock


def limits_of(settings: Settings) -> PostgresLimits:
    """The settings that a database needs."""
    return PostgresLimits(
        readers_max=settings.database_readers_max,
        connect_s=settings.database_connect_s,
        statement_s=settings.database_statement_s,
        lock_s=settings.database_lock_s,
        resolve_s=settings.database_resolve_s,
        look_s=settings.database_look_s,
        retry_s_max=settings.database_retry_s_max,
    )


def open_log(settings: Settings, clock: Clock, chance: Chance, holder: str, observer: Observer | None = None) -> Log:
    """The record, for writing. `holder` is how the lock of an embedded one names this process.

    Raises Unavailable when it cannot be reached or another process has its file, MisConfigured when it is not ours.
    """
    if settings.database:
        return PostgresLog(
            settings.database, settings.organisation, clock, chance, limits=limits_of(settings), observer=observer
        )
    return SqliteLog(settings.record_path, settings.organisation, clock, chance, holder=holder, observer=observer)


def open_beside(settings: Settings) -> Log:
    """The record for reading only, whoever else has it. Raises NotFound when there is none."""
    if settings.database:
        return PostgresLog(settings.database, settings.organisation, read_only=True, limits=limits_of(settings))
    if not settings.record_path.exists():
        raise NotFound(f"There is no record in {settings.folder}.", hint="Give the data folder of an install: --data")
    return SqliteLog(settings.record_path, settings.organisation, read_only=True)


@contextlib.contextmanager
def folder_lock(settings: Settings, holder: str) -> Iterator[None]:
    """Hold the data folder of a server whose record is elsewhere. An embedded record's lock is the log's own."""
    if not settings.database:
        yield
        return
    lock = DirectoryLock(settings.folder, holder)
    try:
        yield
    finally:
        lock.release()


async def signer_of(settings: Settings, log: Log) -> Signer:
    """The key that signs this install's heads, made at first need. Raises MisConfigured, Unavailable."""
    if (path := settings.signing_key_path) is not None:
        return await asyncio.to_thread(signer_in_file, path)
    return await signer_in_rows(log)
