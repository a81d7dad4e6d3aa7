"""The public incidents: which rooms have told customers something, and what everybody may know of them.

A projection that keeps the rooms' ids alone, so that no text stands in another place where a redaction would have to
find it; what is public is folded from the room's own record, in memory. Called by the status page. Never decides what
is public: that is `public`'s.
"""

from collections.abc import Callable, Iterable, Mapping

from watchroom.communication.update import UpdateApproved, UpdatePosted
from watchroom.incident.doors import is_room
from watchroom.incident.folds import Folds
from watchroom.incident.public import PublicIncident, public
from watchroom.record.event import kind_of
from watchroom.record.log import Placed
from watchroom.record.projection import Projection

TELLING = frozenset({kind_of(UpdatePosted), kind_of(UpdateApproved)})
ROW = b"{}"


class StatusPosts(Projection):
    """Public incidents by room; `settle` brings them up to date."""

    name = "status"
    version = "1"

    def __init__(self, folds: Folds) -> None:
        super().__init__()
        self._folds = folds
        self._rooms: set[str] = set()
        self._stale: dict[str, int] = {}
        self._public: dict[str, PublicIncident] = {}
        self.changes = 0
        """Grows whenever something public may have become another."""
        self._told: list[Callable[[], object]] = []

    def on_change(self, told: Callable[[], object]) -> None:
        """Have this called whenever a public room has moved."""
        self._told.append(told)

    def clear(self) -> None:
        self._rooms, self._stale, self._public = set(), {}, {}
        self._moved()

    def restore(self, rows: Mapping[str, bytes]) -> None:
        self._rooms = set(rows)
        self._stale = dict.fromkeys(rows, 0)
        self._moved()

    def row(self, key: str) -> bytes | None:
        return ROW if key in self._rooms else None

    def apply(self, placed: Placed) -> None:
        room = placed.event.stream
        if room not in self._rooms:
            if placed.event.kind not in TELLING or not is_room(room):
                return
            self._rooms.add(room)
            self.touch(room)
        self._stale[room] = placed.event.seq
        self._moved()

    async def settle(self) -> None:
        """Fold the rooms that have moved. Raises Unavailable."""
        while self._stale:
            room, seq = next(iter(self._stale.items()))
            incident = await self._folds.get(room)
            if incident is None or incident.seq < seq:
                # The record was read here before the folds were told of the commit.
                incident = await self._folds.refresh(room)
            if incident is not None:
                self._keep(room, public(incident))
            if incident is None or incident.seq >= self._stale.get(room, 0):
                self._stale.pop(room, None)

    def all(self) -> Iterable[PublicIncident]:
        """Every public incident as it is since `settle`."""
        return self._public.values()

    def _keep(self, room: str, incident: PublicIncident | None) -> None:
        if incident is None:
            self._public.pop(room, None)
        else:
            self._public[room] = incident

    def _moved(self) -> None:
        self.changes += 1
        for told in self._told:
            told()
