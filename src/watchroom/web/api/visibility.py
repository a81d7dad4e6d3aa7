"""The list of restricted rooms, for admins: that each is there, who restricted it and when; nothing of its content.

Called by `routes` and by the page of the settings. Who is let in by `admit` sees the room itself.
"""

from litestar import Response, get

from watchroom.incident.sight import RestrictedRoom
from watchroom.people.caller import Caller
from watchroom.web.house import House, house_of
from watchroom.web.http.reading import AnyRequest, answer, caller_of, rooms_seen


async def restricted_rooms(house: House, caller: Caller) -> list[RestrictedRoom]:
    """Every room that is restricted now, the latest first."""
    await house.teams.look()
    await house.projector.caught_up()
    await house.listing.settle()
    seen = rooms_seen(house, caller)
    found = []
    for room in list(house.listing.restricted):
        incident = await house.rooms.room(room)
        state = incident.visibility
        if state.restricted_at is not None:
            found.append(
                RestrictedRoom(
                    id=room,
                    since=state.restricted_at,
                    by=state.restricted_by,
                    practice=incident.declaration.practice,
                    seen=room in seen,
                )
            )
    return sorted(found, key=lambda each: (each.since, each.id), reverse=True)


@get("/api/v1/incidents/restricted", opt={"answer": list[RestrictedRoom]})
async def list_restricted(request: AnyRequest) -> Response[bytes]:
    """Rooms that only some see, without anything of what they are about; for admins, who can let themselves in."""
    caller = caller_of(request, "admin")
    return answer({"items": await restricted_rooms(house_of(request), caller), "next": None})
