"""How a command reaches the record: through the server that has it, or by opening it.

Called by the other files here. A command that writes asks the running server; while none runs it takes the record's
lock itself. A command that only reads opens the record beside the server. Never waits longer than `WAIT_S` for a
lock.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from cyclopts import Parameter

from watchroom.base.clock import WallClock
from watchroom.base.errors import NotFound, Unavailable
from watchroom.base.rng import Chance
from watchroom.config import Settings, load
from watchroom.control import ANSWER_S, NoServer, call
from watchroom.operations import OPERATIONS, Nothing, open_desk
from watchroom.record.log import Log
from watchroom.record.sqlite_log import SqliteLog
from watchroom.record.sqlite_schema import DirectoryLock

WAIT_S = 10.0
"""How long a command waits for another one, or for a server that is just starting, to let it in."""
LOOK_S = 0.05

T = TypeVar("T")


@Parameter(name="*")
@dataclass(frozen=True)
class Where:
    """Which record is meant."""

    data: Annotated[Path | None, Parameter(help="The data folder; by default the user's own.")] = None
    database: Annotated[str | None, Parameter(help="A postgresql:// URL; comes with the next version.")] = None
    config: Annotated[Path | None, Parameter(help="A watchroom.toml; by default the one in the data folder.")] = None

    def settings(self, **flags: object) -> Settings:
        """The settings, with these and `flags` on top. Raises MisConfigured."""
        data = None if self.data is None else str(self.data)
        return load({"data": data, "database": self.database, **flags}, self.config)


HERE = Where()


def ask(
    settings: Settings,
    op: str,
    params: object,
    result: type[T],
    *,
    answer_s: float = ANSWER_S,
    told: Callable[[int, int], None] | None = None,
) -> T:
    """Have `op` done, by the running server or here. Raises what the operation raises, Unavailable when neither can.

    `answer_s` is how long a server may take. `told` hears how far it is when it is done here.
    """
    return asyncio.run(_ask(settings, op, params, result, answer_s, told))


def running(settings: Settings) -> bool:
    """Whether a server has this record."""
    try:
        call(settings.control_path, "ping", Nothing(), object)
    except NoServer:
        return False
    return True


async def _ask(
    settings: Settings,
    op: str,
    params: object,
    result: type[T],
    answer_s: float,
    told: Callable[[int, int], None] | None,
) -> T:
    clock = WallClock()
    patience_until_s = clock.monotonic_s() + WAIT_S
    while True:
        with contextlib.suppress(NoServer):
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
    """The record, with its lock."""
    log = SqliteLog(settings.record_path, settings.organisation, holder=_holder(op))
    try:
        yield log
    finally:
        await log.close()


@contextlib.asynccontextmanager
async def beside(settings: Settings) -> AsyncIterator[Log]:
    """The record for reading only, whoever has its lock. Raises NotFound when there is none."""
    if not settings.record_path.exists():
        raise NotFound(f"There is no record in {settings.folder}.", hint="Give the data folder of an install: --data")
    log = SqliteLog(settings.record_path, settings.organisation, read_only=True)
    try:
        yield log
    finally:
        await log.close()
