"""How a command reaches the record: through the server that has it, or by opening it.

Called by the other files here. A command that writes asks the running server; while none runs it takes the record's
lock itself. A record in PostgreSQL it opens in any case, beside the servers. A command that only reads opens the record
beside the server. Never waits longer than `WAIT_S` for a lock.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from cyclopts import Parameter

from watchroom.base.clock import Clock, WallClock
from watchroom.base.errors import NotFound, Unavailable, WatchroomError
from watchroom.base.rng import Chance
from watchroom.config import Settings
from watchroom.config_sources import load
from watchroom.control import ANSWER_S, NoServer, call
from watchroom.operations.desk import Nothing, Told, unheard
from watchroom.operations.every import OPERATIONS
from watchroom.operations.opening import open_desk
from watchroom.operations.whole_record import Progress
from watchroom.record.log import Log
from watchroom.record.opening import open_beside, open_log
from watchroom.record.sqlite_schema import DirectoryLock

WAIT_S = 10.0
"""How long a command waits for another one, or for a server that is just starting, to let it in."""
LOOK_S = 0.05
REBUILD_S = 6 * 3_600.0
"""How long a command waits for the server to make its projections anew."""
PROGRESS_S = 0.25

T = TypeVar("T")


@Parameter(name="*")
@dataclass(frozen=True)
class Where:
    """Which record is meant."""

    data: Annotated[Path | None, Parameter(help="The data folder; by default the user's own.")] = None
    database: Annotated[str | None, Parameter(help="A postgresql:// URL: the record is then there.")] = None
    config: Annotated[Path | None, Parameter(help="A watchroom.toml; by default the one in the data folder.")] = None

    def settings(self, **flags: object) -> Settings:
        """The settings, with these and `flags` on top. Raises MisConfigured."""
        data = None if self.data is None else str(self.data)
        return load({"data": data, "database": self.database, **flags}, self.config)


HERE = Where()


def ask(settings: Settings, op: str, params: object, result: type[T], *, answer_s: float = ANSWER_S) -> T:
    """Have `op` done, by the running server or here. Raises what the operation raises, Unavailable when neither can.

    `answer_s` is how long a server may take.
    """
    return asyncio.run(_ask(settings, op, params, result, answer_s, unheard))


def rebuild(settings: Settings, told: Told) -> None:
    """Have all projections made anew, by the running server or here; `told` hears how far it is."""
    asyncio.run(_ask(settings, "record.rebuild", Nothing(), type(None), REBUILD_S, told))


def running(settings: Settings) -> bool:
    """Whether a server has this record."""
    try:
        call(settings.control_path, "ping", Nothing(), object)
    except NoServer:
        return False
    return True


async def _ask(settings: Settings, op: str, params: object, result: type[T], answer_s: float, told: Told) -> T:
    clock = WallClock()
    if settings.database:
        return await _do(settings, op, params, result, clock, told)
    patience_until_s = clock.monotonic_s() + WAIT_S
    while True:
        with contextlib.suppress(NoServer):
            if op == "record.rebuild":
                return await _watched(settings, op, params, result, answer_s, told)
            return call(settings.control_path, op, params, result, answer_s)
        if not OPERATIONS[op].begins and not settings.record_path.exists():
            raise NotFound(
                f"There is no record in {settings.folder}.", hint="Give the data folder of an install: --data"
            )
        try:
            _check_free(settings)
        except Unavailable:
            if clock.monotonic_s() >= patience_until_s:
                raise
            await clock.sleep_until(clock.now() + timedelta(seconds=LOOK_S))
            continue
        return await _do(settings, op, params, result, clock, told)


async def _watched(settings: Settings, op: str, params: object, result: type[T], answer_s: float, told: Told) -> T:
    """Have the server do what takes long, and tell meanwhile how far it is."""
    doing = asyncio.create_task(asyncio.to_thread(call, settings.control_path, op, params, result, answer_s=answer_s))
    while not (await asyncio.wait({doing}, timeout=PROGRESS_S))[0]:
        with contextlib.suppress(WatchroomError):
            found = await asyncio.to_thread(call, settings.control_path, "record.progress", Nothing(), Progress)
            told(found.at, found.of)
    return await doing


async def _do(settings: Settings, op: str, params: object, result: type[T], clock: Clock, told: Told) -> T:
    """Open the record and do it here."""
    async with opened(settings, op) as log:
        desk = await open_desk(log, settings, clock, Chance(), told)
        done = await OPERATIONS[op].work(desk, params)
        # The same way as over the socket, so that a command cannot tell the difference.
        return msgspec.json.decode(msgspec.json.encode(done), type=result)


def _check_free(settings: Settings) -> None:
    """Raises Unavailable while another process has the record's lock."""
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    DirectoryLock(settings.folder, _holder("look")).release()


def _holder(op: str) -> str:
    return f"watchroom {op.replace('.', ' ')} (process {os.getpid()})"


@contextlib.asynccontextmanager
async def opened(settings: Settings, op: str) -> AsyncIterator[Log]:
    """The record for writing, with its lock if it is a file."""
    log = open_log(settings, WallClock(), Chance(), _holder(op))
    try:
        yield log
    finally:
        await log.close()


@contextlib.asynccontextmanager
async def with_key(settings: Settings) -> AsyncIterator[Log]:
    """The record for reading; and for writing when the key that signs stands in it, which is made at first need."""
    log = (
        open_beside(settings)
        if settings.signing_key_path
        else open_log(settings, WallClock(), Chance(), _holder("key"))
    )
    try:
        yield log
    finally:
        await log.close()


@contextlib.asynccontextmanager
async def beside(settings: Settings) -> AsyncIterator[Log]:
    """The record for reading only, whoever has its lock. Raises NotFound when there is none."""
    log = open_beside(settings)
    try:
        yield log
    finally:
        await log.close()
