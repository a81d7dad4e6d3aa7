"""The stream `directory`: where people, teams, services, tokens and sources are written down, one fact at a time.

Called by the concept files of this package; those that keep what it says in memory derive from `Following`. Never
holds what must be erasable (accounts, hashed secrets, sessions): that stands in rows.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import WatchroomError
from watchroom.base.logs import about
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Draft, Event, Fact, StreamAppend
from watchroom.record.log import Log

STREAM = "directory"
ACCESS = "access"
"""The stream of who came in and went. Apart from the directory, whose every event those wait for who follow it."""
LOOK_EVERY_S = 1.0


class DirectoryFact(Fact, frozen=True, kw_only=True):
    """A fact about access or settings, of which the audit log says who did it, when, and from where."""

    origin: Annotated[
        str, msgspec.Meta(description="The network address that it was asked from; empty: not over a network.")
    ] = ""


async def record(
    log: Log, clock: Clock, codec: FactCodec, fact: Fact, actor: str, via: str, *claims: Claim, stream: str = STREAM
) -> int:
    """Append one fact, with where it was asked from; returns the log's position then.

    Raises Conflict when a claim is not as expected; nothing was written then.
    """
    now = clock.now()
    if isinstance(fact, DirectoryFact) and not fact.origin and (origin := about().origin):
        fact = msgspec.structs.replace(fact, origin=origin)
    draft = Draft(now, now, actor, via, codec.kinds[type(fact)], codec.encode(fact))
    return (await log.append([StreamAppend(stream, None, [draft])], claims)).position


class Following(ABC):
    """Something folded from the stream. Call `load` once; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._seq = 0
        self._turn = asyncio.Lock()
        self._following: set[asyncio.Task[None]] = set()

    @property
    def seq(self) -> int:
        """How far of the stream is known here."""
        return self._seq

    async def load(self) -> None:
        """Read all that is recorded, and follow. Raises Unavailable when the log cannot be read."""
        self._log.on_reached(self._reached)
        await self.catch_up()

    async def look(self) -> None:
        """Read what was recorded since, if there is anything: in case this process was not told of it."""
        head = await self._log.head(STREAM)
        if head is not None and head.seq > self.seq:
            await self.catch_up()

    async def catch_up(self) -> None:
        """Read what was recorded since."""
        async with self._turn:
            for event in await self._log.read(STREAM, self._seq):
                if event.seq > self._seq:
                    self._seq = event.seq
                    self.take(event)

    async def follow(self) -> None:
        """Look every second, in case a change by another process was not told; until cancelled."""
        while True:
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=LOOK_EVERY_S))
            with contextlib.suppress(WatchroomError):
                await self.look()

    @abstractmethod
    def take(self, event: Event) -> None:
        """Take in the next event of the stream."""

    def _reached(self, reached: Mapping[str, int], position: int) -> None:
        # A notice that names no stream means "look yourself".
        if not reached or reached.get(STREAM, 0) > self._seq:
            task = asyncio.ensure_future(self._follow())
            self._following.add(task)
            task.add_done_callback(self._following.discard)

    async def _follow(self) -> None:
        try:
            await self.catch_up()
        except WatchroomError:
            # The record went away or is closing; whoever writes or reads next is told so itself.
            return
