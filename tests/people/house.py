"""What the tests of people and access stand on: a record, a clock moved by hand, and everything that knows a caller.

Used by the tests here and by tests/web/test_auth.py.
"""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypedDict

from watchroom.base.clock import DrillClock
from watchroom.base.rng import Chance
from watchroom.people.credential import Credentials
from watchroom.people.password import Cost
from watchroom.people.person import Directory
from watchroom.record.log import Log
from watchroom.record.memory_log import MemoryLog

STARTS_AT = datetime(2026, 11, 23, 3, 14, 7, tzinfo=UTC)
LINK_S, SESSION_S, OVERLAP_S = 3_600, 86_400, 7_200

P = ParamSpec("P")


def driven(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Runs an asynchronous test on an event loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@dataclass
class House:
    """One install, as a server would hold it."""

    log: Log
    clock: DrillClock
    directory: Directory
    credentials: Credentials


async def house(log: Log | None = None, clock: DrillClock | None = None) -> House:
    """A loaded install; over the same `log` a second one is a server that was started again, or another process."""
    log = MemoryLog(Chance("salts")) if log is None else log
    clock = DrillClock(STARTS_AT, rate=0) if clock is None else clock
    directory = Directory(log, clock)
    await directory.load()
    credentials = Credentials(
        log,
        directory,
        clock,
        Chance(),
        sign_in_link_s=LINK_S,
        session_s=SESSION_S,
        source_key_overlap_s=OVERLAP_S,
        # As cheap as the library lets it be: what a check costs is no matter of these tests.
        password_cost=Cost(memory_kib=64, passes=1, lanes=1),
    )
    await credentials.load()
    return House(log, clock, directory, credentials)


class By(TypedDict):
    """Who does it, with which tool."""

    actor: str
    via: str


BY: By = {"actor": "system:shell", "via": "cli"}
