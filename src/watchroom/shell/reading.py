"""What the shell reads of incidents, beside a running server: rows of the list, and whole rooms.

Called by the commands of `watchroom incident`. Never writes.
"""

import msgspec

from watchroom.base.clock import WallClock
from watchroom.base.errors import NotFound
from watchroom.config import Settings
from watchroom.incident.doors import is_room
from watchroom.incident.incident import IMPORTED, Incident, fold
from watchroom.incident.listing import STALE, Listing
from watchroom.incident.summary import Summary, summary
from watchroom.people.person import Directory
from watchroom.record.log import Head, Log
from watchroom.review.recovery import Toll, policy_of, tolls
from watchroom.shell.proof import all_streams
from watchroom.shell.reach import beside


async def summaries(settings: Settings) -> list[Summary]:
    """Every room in one row. Raises NotFound when there is no record."""
    async with beside(settings) as log:
        stored = await log.load_projection(Listing.name)
        kept = stored.rows if stored is not None and stored.version == Listing.version else {}
        found = []
        for stream in await all_streams(log):
            if not is_room(stream):
                continue
            head = await log.head(stream)
            body = kept.get(stream, STALE)
            row = None if body == STALE else msgspec.json.decode(body, type=Summary)
            if row is None or head is None or row.seq != head.seq:
                # The server has not yet written this one down; a row is a function of the room alone.
                row = summary(await folded(log, stream))
            found.append(row)
        return found


async def directory(settings: Settings) -> Directory:
    """Who is called what. Raises NotFound when there is no record."""
    async with beside(settings) as log:
        known = Directory(log, WallClock())
        await known.load()
        return known


async def folded_room(settings: Settings, id: str) -> Incident:
    """One room as it stands. Raises NotFound."""
    async with beside(settings) as log:
        await room_head(log, id)
        return await folded(log, id)


async def room_and_tolls(settings: Settings, id: str) -> tuple[Incident, list[Toll]]:
    """One room, and what it took of its responders by this install's nights and their time zones. Raises NotFound."""
    async with beside(settings) as log:
        await room_head(log, id)
        known = Directory(log, WallClock())
        await known.load()
        incident = await folded(log, id)
    return incident, tolls(incident.recovery, policy_of(settings), known.time_zone)


async def folded(log: Log, room: str) -> Incident:
    """A room as an open record has it."""
    incident = fold(room, await log.read(room))
    incident.imported = await log.holder(IMPORTED, room) is not None
    return incident


async def room_head(log: Log, id: str) -> Head:
    """Where a room's record ends. Raises NotFound."""
    head = await log.head(id) if is_room(id) else None
    if head is None:
        raise NotFound(f"There is no incident {id[:80]!r}.", hint="`watchroom incident list --all` shows them all.")
    return head
