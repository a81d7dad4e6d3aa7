"""The probe: does the record take a write just now, and is there room on its disk?

Run by `app` beside everything else, since only a write shows whether one can be written; asked by readiness and
metrics. Writes one erasable row, always the same; never an event.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from watchroom.base.clock import Clock
from watchroom.base.errors import WatchroomError
from watchroom.record.log import Log

TABLE, KEY = "probe", "last"
FAILED_EVERY_S = 1.0
"""How soon it looks again while the record cannot be written, so that its recovery is seen at once."""

_log = logging.getLogger(__name__)


class Probe:
    """Looks every `every_s` seconds. `folder` is where the disk's space is looked at; None for a store elsewhere."""

    def __init__(
        self,
        log: Log,
        clock: Clock,
        folder: Path | None,
        every_s: float,
        free: Callable[[Path], int] | None = None,
    ) -> None:
        self._log = log
        self._clock = clock
        self._folder = folder
        self._every_s = every_s
        self._free = free or free_bytes
        self._good_s = clock.monotonic_s()
        self.error = ""
        """Why the last write failed, for people; empty when it did not."""
        self.disk_free_bytes: int | None = None

    @property
    def age_s(self) -> float:
        """Seconds since the record was last seen to take a write."""
        return self._clock.monotonic_s() - self._good_s

    async def look(self) -> None:
        """Write once. A disk that hangs is noticed by `age_s`, not by an answer."""
        if self._folder is not None:
            try:
                self.disk_free_bytes = await asyncio.to_thread(self._free, self._folder)
            except OSError as error:
                self.disk_free_bytes = None
                self.error = f"The data folder cannot be looked at: {error.strerror}."
                return
        try:
            await self._log.put_row(TABLE, KEY, b"")
        except WatchroomError as error:
            self.error = error.message
        else:
            self._good_s = self._clock.monotonic_s()
            self.error = ""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:  # supervised: whoever asks whether all is well must not be told an old answer for ever
                _log.exception("The probe of the record failed")
                self.error = "The record could not be looked at."
            pause_s = FAILED_EVERY_S if self.error else self._every_s
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=pause_s))


def free_bytes(folder: Path) -> int:
    """What this user may still write where `folder` lies. Raises OSError."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
