"""The stream `directory`: where people, tokens and sources are written down, one fact at a time.

Called by the concept files of this package. Never holds what must be erasable (accounts, hashed
secrets, sessions): that stands in rows.
"""

from watchroom.base.clock import Clock
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Draft, Fact, StreamAppend
from watchroom.record.log import Log

STREAM = "directory"


async def record(log: Log, clock: Clock, codec: FactCodec, fact: Fact, actor: str, via: str, *claims: Claim) -> None:
    """Append one fact. Raises Conflict when a claim is not as expected; nothing was written then."""
    now = clock.now()
    draft = Draft(now, now, actor, via, codec.kinds[type(fact)], codec.encode(fact))
    await log.append([StreamAppend(STREAM, None, [draft])], claims)
