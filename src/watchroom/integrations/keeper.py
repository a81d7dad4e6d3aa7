"""The keeper of unreadable bodies: a sender that is badly set up for months fills neither the record nor the inbox.

Beyond so many bodies of a source, or so many bytes, the oldest lose their text, as a redaction would take it: that they
came, when, how long they were and why they could not be read stays, and the chain stays whole. How many is told on
the source's page. Run by `app` beside the heartbeat, under its lease. Never decides what is kept at first.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import WatchroomError
from watchroom.base.trouble import Trouble
from watchroom.detection.signal import DeliveryKept
from watchroom.incident.inbox import KEEPER, SOURCE_PREFIX
from watchroom.record.codec import FactCodec
from watchroom.record.event import Draft, Event, Redaction, StreamAppend
from watchroom.record.log import Log
from watchroom.record.projection import Projector
from watchroom.record.redaction import Redacted, left_bytes

LOOK_EVERY_S = 5.0
AT_ONCE = 100
"""Bodies that go in one commit."""
REASON = "Newer bodies of this source need its room."

_log = logging.getLogger(__name__)
_bodies = FactCodec((DeliveryKept,))
_said = FactCodec((Redacted,))


class Body(Protocol):
    """A body that the record holds."""

    @property
    def seq(self) -> int: ...
    @property
    def bytes(self) -> int: ...


class Holding(Protocol):
    """What a source's page knows of its bodies, oldest first."""

    @property
    def bodies(self) -> Sequence[Body]: ...


class Book(Protocol):
    """Where that stands, by source."""

    @property
    def states(self) -> Mapping[str, Holding]: ...


def beyond(bodies: Sequence[Body], count_max: int, bytes_max: int) -> list[int]:
    """The numbers of those that must go, oldest first, so that the rest is within both limits."""
    over = max(0, len(bodies) - count_max)
    left = sum(body.bytes for body in bodies[over:])
    while left > bytes_max:
        left -= bodies[over].bytes
        over += 1
    return [body.seq for body in bodies[:over]]


class Keeper:
    """Lets the oldest go. `run` until cancelled, or `fire` once."""

    def __init__(
        self, log: Log, book: Book, projector: Projector, clock: Clock, *, count_max: int, bytes_max: int
    ) -> None:
        """`count_max` and `bytes_max` are of one source."""
        self._log = log
        self._book = book
        self._projector = projector
        self._clock = clock
        self._count_max = count_max
        self._bytes_max = bytes_max

    async def run(self) -> None:
        """Look again and again. A failure is logged and tried again at the next look."""
        trouble = Trouble(_log, "The oldest kept bodies could not be let go")
        while True:
            try:
                await self.fire()
                trouble.over()
            except WatchroomError as error:
                trouble.met(error)
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=LOOK_EVERY_S))

    async def fire(self) -> int:
        """Let go of everything beyond the limits; returns how many bodies that were."""
        await self._projector.caught_up()
        gone = 0
        for name, holding in list(self._book.states.items()):
            due = beyond(holding.bodies, self._count_max, self._bytes_max)
            for start in range(0, len(due), AT_ONCE):
                gone += await self._let_go(SOURCE_PREFIX + name, due[start : start + AT_ONCE])
        return gone

    async def _let_go(self, stream: str, numbers: list[int]) -> int:
        now = self._clock.now()
        drafts: list[Draft] = []
        redactions: list[Redaction] = []
        for seq in numbers:
            events = await self._log.read(stream, seq - 1, 1)
            if not events or events[0].redacted:
                continue
            left = _left(events[0])
            said = Redacted(seq=seq, kind=events[0].kind, reason=REASON, left=left)
            drafts.append(Draft(now, now, KEEPER, "timer", _said.kinds[Redacted], _said.encode(said)))
            redactions.append(Redaction(stream, seq, left_bytes(left)))
        if drafts:
            appended = await self._log.append([StreamAppend(stream, None, drafts)], (), redactions)
            await self._projector.caught_up(appended.position)
        return len(drafts)


def _left(event: Event) -> dict[str, Any]:
    """Everything but the body."""
    fact = _bodies.decode(event)
    if not isinstance(fact, DeliveryKept):
        return {}
    left: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(fact, body=""))
    return left
