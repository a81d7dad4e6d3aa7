"""A process's own sight of a shared record: it hears at once what it writes itself, and of the others in some manner.

As several server processes see one PostgreSQL: late and out of order, in batches, told no more than "look yourself",
or not at all while the connection that brings the news is cut. Wraps any log; a seed chooses when others get their
turn. Never closes what it wraps.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from watchroom.base.errors import Unavailable
from watchroom.base.rng import Chance
from watchroom.record.log import Log, Reached
from watchroom.record.memory_log import MemoryLog
from watchroom.record.notice import tell

MANNERS = ("late", "batches", "look", "deaf")
TURNS_MAX = 12
_AT_ONCE = frozenset({"on_reached"})


class View:
    """One process's log. `dead` is a process that has lost the record, or its life."""

    def __init__(self, log: MemoryLog, manner: str, chance: Chance) -> None:
        self._log = log
        self._manner = manner
        self._dice = chance.stream("turns")
        self._told: list[Reached] = []
        self._own = 0
        self._unheard: list[tuple[dict[str, int], int]] = []
        self._messengers: set[asyncio.Task[None]] = set()
        self.dead = False
        log.on_reached(self._reached)

    def on_reached(self, reached: Reached) -> None:
        """See `Log.on_reached`."""
        self._told.append(reached)

    def hear(self) -> None:
        """Be told of everything that was not told yet, as one word."""
        unheard, self._unheard = self._unheard, []
        if unheard:
            merged = {stream: seq for reached, _position in unheard for stream, seq in reached.items()}
            tell(self._told, {} if self._manner == "look" else merged, unheard[-1][1])

    async def heard(self) -> None:
        """Return once nothing is on its way any more; a deaf one is told now."""
        while self._messengers:
            await asyncio.wait(self._messengers)
        self.hear()

    async def close(self) -> None:
        """Leave the record open for the others."""
        for messenger in self._messengers:
            messenger.cancel()
        self.dead = True

    def _reached(self, reached: Mapping[str, int], position: int) -> None:
        if self._own:
            tell(self._told, reached, position)
        elif not self.dead:
            self._unheard.append((dict(reached), position))
            if self._manner != "deaf":
                messenger = asyncio.ensure_future(self._bring())
                self._messengers.add(messenger)
                messenger.add_done_callback(self._messengers.discard)

    async def _bring(self) -> None:
        for _ in range(self._dice.randint(1, 5 * TURNS_MAX if self._manner == "batches" else TURNS_MAX)):
            await asyncio.sleep(0)
        if self._manner == "late" and self._unheard:
            # Words may overtake each other.
            reached, position = self._unheard.pop(self._dice.randrange(len(self._unheard)))
            tell(self._told, reached, position)
        elif self._manner != "late":
            self.hear()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._log, name)

        async def turns(*args: Any, **kwargs: Any) -> Any:
            await self._some_turns()
            if self.dead:
                raise Unavailable("This process has lost the record.")
            # The log in memory does not wait for anything, so whatever it tells meanwhile is of this very call.
            self._own += 1
            try:
                done = await call(*args, **kwargs)
            finally:
                self._own -= 1
            await self._some_turns()
            return done

        return turns

    async def _some_turns(self) -> None:
        for _ in range(self._dice.randint(0, 3)):
            await asyncio.sleep(0)


def view(log: MemoryLog, manner: str, chance: Chance) -> tuple[Log, View]:
    """A view, as a log and as what a test works with."""
    made = View(log, manner, chance)
    whole: Any = made
    return whole, made
