"""Can this server take work just now, and if not, what is wrong and what is to be done?

`troubles` is a pure function of what was `Seen`; `Health` looks. Called by `/readyz`, `/metrics` and the page's banner,
often and by anybody: nothing here asks the record a question. Never mends anything.
"""

from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec

from watchroom.base.clock import Clock
from watchroom.config import Settings
from watchroom.incident.timers import Timers
from watchroom.integrations.intake import Intake
from watchroom.record.lease import Lease
from watchroom.record.log import Log
from watchroom.record.observer import Queued
from watchroom.record.probe import Probe
from watchroom.record.projection import Projector

BEAT_S = 1.0
BEATS_KEPT = 60


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand."""

    probe_age_s: float = 0.0
    probe_error: str = ""
    disk_free_bytes: int | None = None
    queued: int = 0
    queued_max: int = 1
    deliveries_waiting: int = 0
    deliveries_max: int = 1
    behind: int = 0
    """Positions that the lists are behind the record."""
    caught_up_percent: int = 100
    """How far the lists have come since the start, while they catch up."""
    started: bool = True
    """Whether signals can be sorted: the lists had caught up once."""
    faults: tuple[str, ...] = ()
    """Names of projections that could not take in an event."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """From where on something is trouble."""

    probe_s: float
    disk_free_bytes_min: int
    behind_max: int


class Trouble(msgspec.Struct, frozen=True):
    """One thing that is wrong."""

    code: str
    message: str
    hint: str
    blocks: bool = True
    """Whether the server should be sent no work; otherwise it is told and the server stays ready."""


QUEUE_SHARE = 0.9
"""A queue that is fuller than this will soon refuse."""


def troubles(seen: Seen, limit: Limit) -> list[Trouble]:
    """Everything that is wrong, the worst first."""
    found = []
    if seen.probe_error or seen.probe_age_s > limit.probe_s:
        why = seen.probe_error or f"The record has not answered a write for {seen.probe_age_s:.0f} seconds."
        found.append(Trouble("record_not_writable", why, "See docs/operations.md, “When something is wrong”."))
    if seen.disk_free_bytes is not None and seen.disk_free_bytes < limit.disk_free_bytes_min:
        found.append(
            Trouble(
                "disk_nearly_full",
                f"The disk has {seen.disk_free_bytes // 2**20} MiB left.",
                f"Make room: below {limit.disk_free_bytes_min // 2**20} MiB nothing new should be sent here.",
            )
        )
    if not seen.started:
        says = f"The lists are catching up with the record: {seen.caught_up_percent} %."
        found.append(Trouble("catching_up", says, "Signals are taken in once they have; rooms can be used already."))
    elif seen.behind > limit.behind_max:
        says = f"The lists are {seen.behind} events behind the record."
        found.append(Trouble("lists_behind", says, "They catch up by themselves; if not, look at the log."))
    if seen.queued > QUEUE_SHARE * seen.queued_max or seen.deliveries_waiting > QUEUE_SHARE * seen.deliveries_max:
        says = f"{seen.queued} writes and {seen.deliveries_waiting} deliveries wait for the record."
        found.append(Trouble("overloaded", says, "The disk is too slow for what comes in."))
    if seen.faults:
        says = f"These lists could not take in an event, and go on without it: {', '.join(seen.faults)}."
        hint = "The log names the event. A version that is mended takes it in at its next start."
        found.append(Trouble("projection_fault", says, hint, blocks=False))
    return found


class Health:
    """Looks at the running parts, and keeps the time of the event loop."""

    def __init__(
        self,
        settings: Settings,
        log: Log,
        projector: Projector,
        intake: Intake,
        probe: Probe,
        clock: Clock,
        *,
        leases: Sequence[Lease] = (),
        timers: Timers | None = None,
        failing: Callable[[], bool] = lambda: False,
    ) -> None:
        """`failing` says whether the record's last write failed, whoever's it was: known before the probe looks."""
        self._settings = settings
        self._log = log
        self._projector = projector
        self._intake = intake
        self._clock = clock
        self.probe = probe
        self.leases = tuple(leases)
        self.timers = timers
        self._failing = failing
        self._delays_s: deque[float] = deque([0.0], BEATS_KEPT)

    @property
    def limit(self) -> Limit:
        """From where on something is trouble, by the settings."""
        return Limit(
            probe_s=self._settings.probe_late_s,
            disk_free_bytes_min=self._settings.disk_free_bytes_min,
            behind_max=self._settings.projection_behind_max,
        )

    @property
    def loop_delay_s(self) -> float:
        """The longest that the event loop kept a timer waiting in the last minute."""
        return max(self._delays_s)

    def seen(self) -> Seen:
        """How things stand now. No await."""
        queue = self._log if isinstance(self._log, Queued) else None
        return Seen(
            probe_age_s=self.probe.age_s,
            probe_error=self.probe.error or ("The record cannot be written just now." if self._failing() else ""),
            disk_free_bytes=self.probe.disk_free_bytes,
            queued=queue.queued_requests if queue else 0,
            queued_max=queue.queued_requests_max if queue else 1,
            deliveries_waiting=self._intake.waiting,
            deliveries_max=self._settings.ingest_queue_max,
            behind=self._projector.behind,
            caught_up_percent=self._projector.percent,
            started=self._intake.started,
            faults=tuple(each.name for each in self._projector.projections if each.fault is not None),
        )

    def troubles(self) -> list[Trouble]:
        """Everything that is wrong now, the worst first."""
        return troubles(self.seen(), self.limit)

    async def keep_time(self) -> None:
        """Notice how late the event loop wakes somebody who sleeps, until cancelled."""
        while True:
            before_s = self._clock.monotonic_s()
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=BEAT_S))
            self._delays_s.append(max(0.0, self._clock.monotonic_s() - before_s - BEAT_S))
