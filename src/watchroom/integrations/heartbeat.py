"""The heartbeat of senders: one that should be heard every so often and is not is said to be silent.

A monitoring system that has died sends nothing, which looks the same as if all were well. Whoever runs an install says
of a source how often it must be heard; that it fell silent, and that it was heard again, are facts, written by
`Heartbeat`, which runs under a lease beside the timers. Only what was recorded counts as heard.
"""

import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Protocol

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Conflict, WatchroomError
from watchroom.base.trouble import Trouble
from watchroom.people.stream import DirectoryFact
from watchroom.record.codec import FactCodec
from watchroom.record.event import Draft, Fact, StreamAppend
from watchroom.record.log import Log
from watchroom.record.projection import Projector

LOOK_EVERY_S = 1.0
SETTLE_S = 60
"""For so long after its own start the server finds nobody silent: while it was away, nobody could be heard."""
EXPECT_S_MIN = 10
EXPECT_S_MAX = 31 * 86_400
ACTOR = "system:timers"
PREFIX = "source:"

_log = logging.getLogger(__name__)


class SourceExpected(DirectoryFact, frozen=True, kw_only=True):
    """A source was told how often it must be heard; 0: it may be silent."""

    every_s: Annotated[int, msgspec.Meta(description="Seconds without a delivery after which it counts as silent.")]


class SourceFellSilent(Fact, frozen=True, kw_only=True):
    """A source was not heard for as long as it may be silent."""

    every_s: int
    heard_at: Annotated[datetime | None, msgspec.Meta(description="When it was last heard; null: never.")] = None


class SourceHeardAgain(Fact, frozen=True, kw_only=True):
    """A source that was silent has sent something."""

    silent_since: datetime
    heard_at: datetime


FACTS: tuple[type[Fact], ...] = (SourceExpected, SourceFellSilent, SourceHeardAgain)
CODEC = FactCodec(FACTS)


class Heard(Protocol):
    """What is known of a source's silence."""

    @property
    def name(self) -> str: ...
    @property
    def heard_at(self) -> datetime | None: ...
    @property
    def expect_every_s(self) -> int: ...
    @property
    def expected_since(self) -> datetime | None: ...
    @property
    def silent_since(self) -> datetime | None: ...
    @property
    def back_at(self) -> datetime | None: ...
    @property
    def disabled(self) -> bool: ...
    @property
    def seq(self) -> int: ...


class Book(Protocol):
    """Where that stands."""

    @property
    def heard(self) -> Sequence[Heard]: ...


def due(source: Heard, now: datetime, started_at: datetime) -> Fact | None:
    """What has become true of a source at `now`; the server itself listens since `started_at`."""
    if source.silent_since is not None:
        if source.back_at is None:
            return None
        return SourceHeardAgain(silent_since=source.silent_since, heard_at=source.back_at)
    if source.expect_every_s <= 0 or source.disabled or source.expected_since is None:
        return None
    last = source.expected_since if source.heard_at is None else max(source.expected_since, source.heard_at)
    silent_at = last + timedelta(seconds=source.expect_every_s)
    if now < max(silent_at, started_at + timedelta(seconds=min(SETTLE_S, source.expect_every_s))):
        return None
    return SourceFellSilent(every_s=source.expect_every_s, heard_at=source.heard_at)


class Heartbeat:
    """Writes down who fell silent and who was heard again. `run` until cancelled, or `fire` once."""

    def __init__(self, log: Log, book: Book, projector: Projector, clock: Clock) -> None:
        self._log = log
        self._book = book
        self._projector = projector
        self._clock = clock
        self._started_at = clock.now()

    async def run(self) -> None:
        """Look again and again. A failure is logged and tried again at the next look."""
        trouble = Trouble(_log, "The senders' silence could not be written")
        while True:
            try:
                await self.fire()
                trouble.over()
            except WatchroomError as error:
                trouble.met(error)
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=LOOK_EVERY_S))

    async def fire(self) -> int:
        """Write everything that is due now; returns how many facts that were."""
        await self._projector.caught_up()
        now = self._clock.now()
        written = 0
        for source in self._book.heard:
            fact = due(source, now, self._started_at)
            if fact is None:
                continue
            draft = Draft(now, now, ACTOR, "timer", CODEC.kinds[type(fact)], CODEC.encode(fact))
            # At the number that was decided on: a delivery that came in between is looked at first.
            with contextlib.suppress(Conflict):
                appended = await self._log.append([StreamAppend(PREFIX + source.name, source.seq, [draft])])
                await self._projector.caught_up(appended.position)
                written += 1
        return written
