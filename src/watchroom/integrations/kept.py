"""How many unreadable bodies of a source are kept in a day, so that a badly set up sender cannot fill the record
and the inbox.

Asked by `web/ingest` before a body is kept. In memory alone: a restart begins the day anew. Never reads a body.
"""

from datetime import date, datetime


class Kept:
    """Counts by source and day, UTC; only today's counts are held."""

    def __init__(self, per_source_day_max: int) -> None:
        self._max = per_source_day_max
        self._day = date.min
        self._counts: dict[str, int] = {}

    def allows(self, source: str, now: datetime) -> bool:
        """Whether one more body of the source is kept today; if so it counts."""
        if now.date() != self._day:
            self._day, self._counts = now.date(), {}
        count = self._counts.get(source, 0)
        if count >= self._max:
            return False
        self._counts[source] = count + 1
        return True
