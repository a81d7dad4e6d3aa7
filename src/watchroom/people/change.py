"""Changes of credentials, as every server process learns of them: the stream `credentials`.

Accounts, tokens, source keys and sessions are erasable rows, and each process keeps them in memory. Whoever changes
some says so here once the rows are durable; the others read those rows anew. Called by the files of this package
that change a credential, and by `credential`, which follows. Never says whose credential it was.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Literal, get_args

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import WatchroomError
from watchroom.base.rng import Chance
from watchroom.record.codec import FactCodec
from watchroom.record.event import Draft, Fact, StreamAppend
from watchroom.record.log import Log

STREAM = "credentials"
ACTOR = "system:access"
VIA = "people"
TURN = "credentials"
TURN_S = 10.0
"""How long the others wait when the process whose turn it is dies."""
TRY_EVERY_S = 0.05

Kind = Literal["account", "token", "source", "session"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_log = logging.getLogger(__name__)


class CredentialsChanged(Fact, frozen=True, kw_only=True):
    """Credentials of this kind were made, renewed or taken away; every server process reads them anew."""

    of: Annotated[Kind, msgspec.Meta(description="`account`, `token`, `source` or `session`.")]


FACTS: tuple[type[Fact], ...] = (CredentialsChanged,)
CODEC = FactCodec(FACTS)


class Changes:
    """How one process changes credentials so that the others hear of it."""

    def __init__(self, log: Log, clock: Clock, chance: Chance) -> None:
        self._log = log
        self._clock = clock
        self._holder = chance.secret("change")
        self._turn = asyncio.Lock()
        self.memory = asyncio.Lock()
        """Held while this process changes a credential, rows and memory together, and while it reads rows anew: what
        was read a moment before a change must never undo it in memory."""

    async def tell(self, of: Kind) -> None:
        """Say that rows of this kind have changed; they must be durable by then. Raises Unavailable."""
        now = self._clock.now()
        fact = CredentialsChanged(of=of)
        draft = Draft(now, now, ACTOR, VIA, CODEC.kinds[CredentialsChanged], CODEC.encode(fact))
        await self._log.append([StreamAppend(STREAM, None, [draft])])

    @asynccontextmanager
    async def turn(self, of: Kind) -> AsyncIterator[None]:
        """One change at a time over all processes, told at its end. What is decided inside is decided on rows just
        read. Raises Unavailable when the record cannot be written."""
        async with self._turn:
            while not await self._log.take_lease(TURN, self._holder, self._clock.now(), TURN_S):
                await self._clock.sleep_until(self._clock.now() + timedelta(seconds=TRY_EVERY_S))
            try:
                async with self.memory:
                    yield
                await self.tell(of)
            finally:
                await self._give()

    async def _give(self) -> None:
        try:
            await self._log.give_lease(TURN, self._holder, self._clock.now())
        except WatchroomError as error:
            _log.warning("The turn to change credentials could not be given back and will run out: %s", error)


async def changed_since(log: Log, seq: int) -> tuple[int, set[Kind]]:
    """Where the stream stands now, and the kinds that were changed after `seq`. Raises Unavailable."""
    head = await log.head(STREAM)
    if head is None or head.seq <= seq:
        return seq, set()
    kinds: set[Kind] = set()
    for event in await log.read(STREAM, seq):
        seq = event.seq
        fact = CODEC.decode(event)
        # What a later version says in other words is taken to mean everything.
        kinds |= {fact.of} if isinstance(fact, CredentialsChanged) else set(KINDS)
    return seq, kinds
