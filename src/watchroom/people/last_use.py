"""When a credential was last used, in steps of some minutes: enough to find a forgotten one.

Kept apart from the credentials, in rows of their own: a process that writes down a use must never write back a token
that another one has just taken away. Called by `token` and `source`. Never says who used it.
"""

from collections.abc import Collection
from datetime import datetime

import msgspec

from watchroom.people.secret import USE_GRAIN_S, coarse
from watchroom.record.log import Log

_times = msgspec.json.Decoder(datetime)


class LastUse:
    """Last uses by key, in one table of erasable rows."""

    def __init__(self, log: Log, table: str) -> None:
        self._log = log
        self._table = table
        self._at: dict[str, datetime] = {}
        self._unsaved: set[str] = set()

    async def load(self) -> None:
        """Read what all processes have written down; what is later here stays, and is written down again."""
        for key, body in (await self._log.rows(self._table)).items():
            at = _times.decode(body)
            if key not in self._at or self._at[key] < at:
                self._at[key] = at
            elif at < self._at[key]:
                self._unsaved.add(key)

    def note(self, key: str, now: datetime) -> None:
        """It is used now. No await."""
        at = self._at.get(key)
        if at is None or (now - at).total_seconds() >= USE_GRAIN_S:
            self._at[key] = coarse(now)
            self._unsaved.add(key)

    def at(self, key: str, or_else: datetime | None = None) -> datetime | None:
        """When it was used last, rounded down; `or_else` when nothing is known."""
        return self._at.get(key, or_else)

    async def save(self, existing: Collection[str]) -> None:
        """Write down what was used here, learn what was used elsewhere, and forget what exists no more."""
        # Read before it is written, so that a later use that another process has noted is not turned back.
        await self.load()
        unsaved, self._unsaved = self._unsaved, set()
        try:
            while unsaved:
                key = min(unsaved)
                if key in existing:
                    await self._log.put_row(self._table, key, msgspec.json.encode(self._at[key]))
                unsaved.discard(key)
            for key in [key for key in self._at if key not in existing]:
                del self._at[key]
                await self._log.take_row(self._table, key)
        finally:
            self._unsaved |= unsaved
