"""The API of the catalogue of services: what runs, what it depends on, and the team that looks after it.

Called by `routes`. Everybody who may read sees it; only an admin changes it.
"""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, post

from watchroom.base.command import Caution
from watchroom.people.catalogue import Service
from watchroom.web.access.teams import owner_of
from watchroom.web.house import house_of
from watchroom.web.http.reading import AnyRequest, answer, body_of, caller_of, decoded

EXAMPLE = 'Send {"name": "checkout", "depends_on": ["payments"]}.'


class ServiceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service, as signals name it, and the services that it depends on."""

    name: str
    depends_on: Annotated[
        list[str] | None, msgspec.Meta(description="What it needs; empty: nothing; left out or null: as before.")
    ] = None
    team: Annotated[
        str | None, msgspec.Meta(description="The team that looks after it; left out or null: whoever did so before.")
    ] = None
    tier: Annotated[
        int | None, msgspec.Meta(description="1 (customers feel it at once) to 4; 0: not said; null: as before.")
    ] = None
    called: Annotated[
        str | None, msgspec.Meta(description="What outsiders call it; empty: not said; null: as before.")
    ] = None


class ServiceDone(msgspec.Struct, frozen=True, kw_only=True):
    """A service as it is kept, and what to look at."""

    service: Service
    warnings: tuple[Caution, ...]


@get("/api/v1/services", opt={"query": ("q",), "answer": list[Service]})
async def list_services(request: AnyRequest) -> Response[bytes]:
    """The services, what they depend on and whose they are, by name."""
    caller_of(request, "read")
    house = house_of(request)
    await house.services.catch_up()
    await house.teams.look()
    words = request.query_params.get("q", "").casefold().split()
    known = [msgspec.structs.replace(each, team=owner_of(house, each)) for each in house.services.all()]
    items = [each for each in known if all(word in f"{each.name} {each.team}".casefold() for word in words)]
    return answer({"items": items, "next": None})


@post("/api/v1/services", status_code=200, opt={"body": ServiceBody, "answer": ServiceDone})
async def define_service(request: AnyRequest) -> Response[bytes]:
    """Say what a service depends on, whether it was known or not."""
    caller = caller_of(request, "admin")
    body = decoded(await body_of(request), ServiceBody, "The service", EXAMPLE)
    house = house_of(request)
    teams = [team.name for team in house.teams.all()]
    service, warnings = await house.services.define(
        body.name,
        body.depends_on,
        body.team,
        actor=caller.actor,
        via="api",
        teams=teams,
        tier=body.tier,
        called=body.called,
    )
    return answer(ServiceDone(service=service, warnings=warnings))


@delete("/api/v1/services", status_code=200, opt={"query": ("name",)})
async def remove_service(request: AnyRequest) -> Response[bytes]:
    """Forget the service `name`, and what it depends on."""
    caller = caller_of(request, "admin")
    await house_of(request).services.remove(request.query_params.get("name", ""), actor=caller.actor, via="api")
    return answer({})
