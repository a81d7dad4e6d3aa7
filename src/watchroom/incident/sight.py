"""Sight: which rooms somebody sees, asked before anything of a room is shown or done.

Looks up what `visibility.may_see` needs: the room as the record has it at this moment, whichever process wrote last,
and the teams as they are. Whoever does not see a room is answered as for an id that there is not; only an admin is told
that there is a room into which they could let themselves. Called by the write path, the handlers, the lists and the
live streams. Never decides who may see: that is `visibility`'s.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import msgspec

from watchroom.base.errors import Forbidden, NotFound
from watchroom.incident import doors
from watchroom.incident.folds import Folds
from watchroom.incident.incident import Incident
from watchroom.incident.visibility import Guard, Members, Viewer, guard_of, may_see

RESTRICTED = "restricted"
"""The code of what an admin is told of a room that they do not see."""
UNKNOWN = "0000-none"
"""No room's id: looking it up costs what looking up any unknown one costs."""


class RestrictedRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A restricted room, as an admin hears of it."""

    id: str
    since: datetime
    by: str
    """Who said last who may see it."""
    practice: bool
    seen: bool
    """Whether the caller is in it."""


async def _as_they_are() -> None:
    """Nobody else writes teams here."""


class Sight:
    """Asks for one record. `members` are teams as this process knows them, `fresh` reads what others wrote of them."""

    def __init__(self, folds: Folds, members: Members, fresh: Callable[[], Awaitable[None]] = _as_they_are) -> None:
        self._folds = folds
        self._members = members
        self._fresh = fresh

    def sees(self, viewer: Viewer, guard: Guard | None) -> bool:
        """Whether the viewer sees what stands behind this guard, by the teams as this process knows them. No await."""
        return may_see(viewer, guard, self._members)

    async def fresh(self, guard: Guard | None) -> None:
        """Return once the teams that this guard rests on are known as the record has them."""
        if guard is not None and guard.teams:
            await self._fresh()

    async def room(self, room: str, viewer: Viewer) -> Incident:
        """The room as the record has it now, for a viewer who sees it. Raises NotFound, Forbidden (to an admin)."""
        while True:
            incident = await self._folds.current(room) if doors.is_room(room) else None
            if incident is None:
                raise unknown(room)
            at = incident.seq
            await self.check(viewer, incident)
            # A folded room moves on while others have their turn; what it says then was not asked about.
            if incident.seq == at:
                return incident

    async def check(self, viewer: Viewer, incident: Incident) -> None:
        """Raises NotFound, or Forbidden to an admin, unless the viewer sees this room."""
        guard = guard_of(incident)
        await self.fresh(guard)
        if self.sees(viewer, guard):
            return
        if viewer.admin:
            raise Forbidden(
                f"{incident.id} is restricted to those who need to know, and you are not among them.",
                hint="As an admin you can let yourself in, on record and seen by everybody in it: "
                'admit, with "person": "me" and a reason.',
                code=RESTRICTED,
            )
        # So that the time to an answer does not tell a hidden room from none.
        await self._folds.current(UNKNOWN)
        raise unknown(incident.id)

    def visible(self, viewer: Viewer, restricted: Mapping[str, Guard]) -> frozenset[str]:
        """Those of these restricted rooms that the viewer sees: their visibility class. No await."""
        return frozenset(room for room, guard in restricted.items() if self.sees(viewer, guard))


def unknown(room: str) -> NotFound:
    """What is said of a room that there is not, and of one that is not for the asker to know of."""
    return NotFound(f"There is no incident {room!r}.", hint="GET /api/v1/incidents lists them.")
