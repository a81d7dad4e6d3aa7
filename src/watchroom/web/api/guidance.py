"""Guidance over HTTP: what is asked of the caller, of another person, or of whoever holds a role.

Called by `routes`. What is asked stands in `incident/guidance`; nothing is decided here.
"""

from litestar import Response, get
from litestar.params import FromPath

from watchroom.base.errors import Malformed
from watchroom.incident.guidance.asking import READER, Standpoint, in_role, standpoint
from watchroom.incident.guidance.body import guidance_json
from watchroom.incident.incident import Incident
from watchroom.mitigation.roles import ROLES
from watchroom.people.caller import Caller
from watchroom.people.person import is_email
from watchroom.web.house import house_of
from watchroom.web.http.reading import AnyRequest, answer, caller_of, rooms_seen, viewer_of
from watchroom.web.lists import board_now
from watchroom.web.triage.inbox import inbox_now

READING, AT_WORK = "reader", "responder"


@get("/api/v1/incidents/{id:str}/guidance", opt={"query": ("role", "person")})
async def show_guidance(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """The two or three questions worth asking now, of the caller, of `person`, or of whoever holds `role`."""
    caller = caller_of(request, "read")
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer_of(caller))
    return answer(guidance_json(incident, _looks(request, incident, caller), house.clock.now()))


@get("/api/v1/guidance")
async def show_pointers(request: AnyRequest) -> Response[bytes]:
    """What is worth asking on the board and the inbox, before one is in a room: questions about rooms, by their ids."""
    caller = caller_of(request, "read")
    house = house_of(request)
    await house.teams.look()
    await house.projector.caught_up()
    await house.listing.settle()
    seen = rooms_seen(house, caller)
    board, inbox = await board_now(house, seen), await inbox_now(house, seen)
    judged = {pointer.incident for pointer in board.pointers}
    items = [*board.pointers, *(pointer for pointer in inbox.pointers if pointer.incident not in judged)]
    return answer({"items": items})


def _looks(request: AnyRequest, incident: Incident, caller: Caller) -> Standpoint:
    """Whose guidance is asked for. Raises Malformed."""
    role, person = request.query_params.get("role", ""), request.query_params.get("person", "")
    if role and person:
        raise Malformed("role and person are both given.", hint="Give one of them.")
    if role == READING:
        return READER
    if role == AT_WORK:
        return Standpoint(here=True)
    if role and role not in ROLES:
        known = ", ".join((*ROLES, AT_WORK, READING))
        raise Malformed(f"There is no role {role[:80]!r}.", hint=f"Known: {known}.")
    if role:
        return in_role(incident, role)
    if person in ("", "me"):
        return standpoint(incident, caller.actor.removeprefix("person:"))
    if not is_email(person) and not person.startswith(("token:", "character:")):
        near = house_of(request).directory.nearest(person)
        hint = f"Did you mean {near[0]}?" if near else "Give an e-mail, or me."
        raise Malformed(f"Nobody is called {person[:80]!r}.", hint=hint)
    return standpoint(incident, person)
