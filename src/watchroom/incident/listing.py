"""The list of incidents: one summary row a room, for the board, the API's list and the shell.

A projection that notes which rooms have moved, and folds those again when somebody looks; a row is always a
function of the room's record alone. Never decides.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from watchroom.incident import shipped
from watchroom.incident.doors import is_room
from watchroom.incident.folds import Folds
from watchroom.incident.profile import digest
from watchroom.incident.summary import Summary, summary
from watchroom.incident.visibility import Guard
from watchroom.record.log import Placed
from watchroom.record.projection import Projection

_summary = msgspec.json.Decoder(Summary)
_encode = msgspec.json.Encoder().encode
STALE = b"null"
"""The saved row of a room that has moved since it was last looked at."""


class Listing(Projection):
    """Summaries by room; `settle` brings them up to date."""

    name = "listing"
    version = "7"

    def __init__(self, folds: Folds) -> None:
        super().__init__()
        self._folds = folds
        # A row says when to look next, which the room's profile decides. Rooms that hold none go by a shipped one: with
        # another such, rows are made anew.
        self.version = f"7/{digest(shipped.default())}"
        self._rows: dict[str, Summary] = {}
        self.restricted: dict[str, Guard] = {}
        """Who sees which restricted room, as far as `settle` has come."""
        self._stale: dict[str, int] = {}
        """Rooms to be folded again, and how far each must come."""

    def clear(self) -> None:
        self._rows, self._stale, self.restricted = {}, {}, {}

    def restore(self, rows: Mapping[str, bytes]) -> None:
        for room, body in rows.items():
            if body == STALE:
                self._stale[room] = 0
            else:
                self._keep(_summary.decode(body))

    def row(self, key: str) -> bytes | None:
        return STALE if key in self._stale else _encode(self._rows[key])

    def apply(self, placed: Placed) -> None:
        stream = placed.event.stream
        if is_room(stream):
            self._stale[stream] = placed.event.seq
            self.touch(stream)

    async def settle(self) -> None:
        """Fold the rooms that have moved."""
        while self._stale:
            room, seq = next(iter(self._stale.items()))
            incident = await self._folds.get(room)
            if incident is None or incident.seq < seq:
                # The record was read here before the folds were told of the commit.
                incident = await self._folds.refresh(room)
            if incident is not None:
                self._keep(summary(incident))
                self.touch(room)
            if incident is None or incident.seq >= self._stale.get(room, 0):
                self._stale.pop(room, None)

    def _keep(self, row: Summary) -> None:
        self._rows[row.id] = row
        if row.restricted is not None:
            self.restricted[row.id] = row.restricted
        else:
            self.restricted.pop(row.id, None)

    def is_settled(self, room: str) -> bool:
        """Whether the room's row is as new as what this projection has read."""
        return room not in self._stale

    def all(self) -> Iterable[Summary]:
        """Every room's summary, settled ones as they are; call `settle` before."""
        return self._rows.values()

    def get(self, room: str) -> Summary | None:
        """One room's summary."""
        return self._rows.get(room)


def newest_first(row: Summary) -> tuple[datetime, str]:
    """Sort key, to be used in reverse."""
    assert row.opened_at is not None
    return (row.opened_at, row.id)
