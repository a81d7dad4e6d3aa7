"""A record that lets others go first: every call gives other tasks their turn, some of them several times.

A store on a disk does the same, at moments that nobody chooses; here a seed chooses them, so that a race that was
found stays found. Wraps any log; holds nothing of its own.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from watchroom.base.rng import Chance
from watchroom.record.log import Log

TURNS_MAX = 4
_AT_ONCE = frozenset({"on_reached"})


def shaken(log: Log, chance: Chance) -> Log:
    """`log`, with turns for others before and after each of its calls."""
    whole: Log = _Shaken(log, chance)
    return whole


class _Shaken:
    def __init__(self, log: Log, chance: Chance) -> None:
        self._log = log
        self._dice = chance.stream("turns")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._log, name)
        if name in _AT_ONCE:
            return call

        async def turns(*args: Any, **kwargs: Any) -> Any:
            for _ in range(self._dice.randint(0, TURNS_MAX)):
                await asyncio.sleep(0)
            done = await call(*args, **kwargs)
            for _ in range(self._dice.randint(0, TURNS_MAX)):
                await asyncio.sleep(0)
            return done

        return turns
