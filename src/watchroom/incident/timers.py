"""Timers: whatever changes because time passes becomes a fact, written here, so that live equals fresh.

What that is stands in `deadlines`. Runs under a lease, so that one of several processes does it. Looks once a second;
decides nothing but "has its time come", and knows from its lease when nobody was there to look.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from watchroom.base.clock import Clock
from watchroom.base.command import Act
from watchroom.base.errors import WatchroomError
from watchroom.base.trouble import Trouble
from watchroom.incident.deadlines import due
from watchroom.incident.handle import Rooms
from watchroom.incident.incident import Incident
from watchroom.incident.listing import Listing
from watchroom.record.event import Fact
from watchroom.record.lease import Lease, Vacancy
from watchroom.record.projection import Projector
from watchroom.resolution.stability import unheard

LOOK_EVERY_S = 1.0
ACTOR = "system:timers"

_log = logging.getLogger(__name__)


class Timers:
    """Writes what has come due. `run` until cancelled, or `fire` once (a test, a drill's advance)."""

    def __init__(
        self,
        rooms: Rooms,
        listing: Listing,
        projector: Projector,
        clock: Clock,
        lease: Lease | None = None,
        away_after_s: float = 30.0,
    ) -> None:
        """`lease` is what they run under: a time longer than `away_after_s` in which nobody had it, nobody heard."""
        self._rooms = rooms
        self._listing = listing
        self._projector = projector
        self._clock = clock
        self._lease = lease
        self._away_after = timedelta(seconds=away_after_s)
        self.written = 0
        """How many facts it has written."""

    async def run(self) -> None:
        """Look again and again. A failure is logged and tried again at the next look."""
        trouble = Trouble(_log, "Timers could not write")
        away = self._away()
        while True:
            try:
                if away is not None:
                    await self.note_away(away)
                    away = None
                await self.fire()
                trouble.over()
            except WatchroomError as error:
                trouble.met(error)
            except Exception:  # supervised: one room that cannot be folded must not stop every other room's timers
                _log.exception("Timers failed; they look again")
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=LOOK_EVERY_S))

    def _away(self) -> Vacancy | None:
        """The time before they began in which no process of the house was there."""
        vacancy = self._lease.vacancy if self._lease is not None else None
        return vacancy if vacancy is not None and vacancy.until - vacancy.since > self._away_after else None

    async def note_away(self, away: Vacancy) -> int:
        """Write into each running watch that nobody listened meanwhile; returns how many facts that were."""

        def missed(incident: Incident) -> Sequence[Fact]:
            watch = incident.stability.running
            fact = unheard(watch, away.since, away.until) if watch is not None else None
            return [] if fact is None else [fact]

        await self._projector.caught_up()
        await self._listing.settle()
        written = 0
        for room in sorted(row.id for row in self._listing.all() if row.timer_at is not None and not row.imported):
            handled = await self._rooms.record(room, missed, actor=ACTOR, via="timer")
            written += len(handled.events)
        self.written += written
        return written

    async def fire(self) -> int:
        """Write everything that is due now; returns how many facts that were."""
        await self._projector.caught_up()
        await self._listing.settle()
        now = self._clock.now()
        rooms = {
            row.id
            for row in self._listing.all()
            if row.timer_at is not None and row.timer_at <= now and not row.imported
        }
        written = 0
        for room in sorted(rooms):
            handled = await self._rooms.record(room, self._due, actor=ACTOR, via="timer")
            written += len(handled.events)
            self.written += len(handled.events)
        return written

    def _due(self, incident: Incident) -> Sequence[Fact]:
        act = Act(self._clock.now(), ACTOR, "timer", page_answer_s=incident.profile.page_answer_s)
        return due(incident, act)
