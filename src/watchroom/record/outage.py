"""An outage of a store, as its log tells it: one line when it begins, one when it is over, whatever storm of writes is
refused in between.

Called by the writers of the stores, each on its own thread or loop. Never decides whether anything failed.
"""

import logging

from watchroom.base.clock import Clock

_log = logging.getLogger(__name__)


class Outage:
    """Whether the store cannot be written just now, since when, and how many groups of writes that has cost."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since_s: float | None = None
        self.refused_groups = 0
        """How many groups were refused since it began; 0 while there is no outage."""

    def refused(self, why: str) -> None:
        """A group of writes was refused because the store failed."""
        self.refused_groups += 1
        if self._since_s is None:
            self._since_s = self._clock.monotonic_s()
            _log.error("The record cannot be written: %s", why)

    def over(self) -> None:
        """A group came through."""
        if self._since_s is None:
            return
        lasted_s = self._clock.monotonic_s() - self._since_s
        refused, self.refused_groups, self._since_s = self.refused_groups, 0, None
        _log.warning(
            "The record can be written again after %.1f s; %d groups of writes were refused", lasted_s, refused
        )
