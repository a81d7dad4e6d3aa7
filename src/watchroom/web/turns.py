"""Turns: how often something may be done in a minute, for what strangers can reach.

Called by the report form. In memory, for this process; gone at a restart, which is no loss.
"""

from watchroom.base.clock import Clock

KEYS_MAX = 1_000
MINUTE_S = 60.0


class Turns:
    """So many a minute for each key, spread as they come: a turn that was used comes back little by little."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self._per_minute = per_minute
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> bool:
        """Use up a turn; False when there is none just now."""
        now_s = self._clock.monotonic_s()
        left, at_s = self._left.pop(key, (float(self._per_minute), now_s))
        left = min(self._per_minute, left + (now_s - at_s) * self._per_minute / MINUTE_S)
        taken = left >= 1
        self._left[key] = (left - 1 if taken else left, now_s)
        if len(self._left) > KEYS_MAX:
            self._left.pop(next(iter(self._left)))
        return taken
