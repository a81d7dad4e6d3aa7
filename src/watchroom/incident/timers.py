"""Timers: whatever changes because time passes becomes a fact, written here, so that live equals fresh.

What that is stands in `deadlines`. Runs under a lease, so that one of several processes does it. Looks once a second;
decides nothing but "has its time come".
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
from watchroom.record.projection import Projector

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
    ) -> None:
        self._rooms = rooms
        self._listing = listing
        self._projector = projector
        self._clock = clock
        self.written = 0
        """How many facts it has written."""

    async def run(self) -> None:
        """Look again and again. A failure is logged and tried again at the next look."""
        trouble = Trouble(_log, "Timers could not write")
        while True:
            try:
                await self.fire()
                trouble.over()
            except WatchroomError as error:
                trouble.met(error)
            except Exception:  # supervised: one room that cannot be folded must not stop every other room's timers
                _log.exception("Timers failed; they look again")
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=LOOK_EVERY_S))

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
