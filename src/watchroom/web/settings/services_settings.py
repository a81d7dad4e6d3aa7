"""`/settings/services`: the catalogue of services is read and changed.

Called by `routes`. Works without a script. Removing one service leaves what others said to depend on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from litestar import Response, get, post
from litestar.response import Redirect

from watchroom.base.command import Caution
from watchroom.base.errors import Malformed, NotFound, WatchroomError
from watchroom.people.catalogue import Service
from watchroom.web.access.teams import owner_of
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, visit_of

HERE = "/settings/services"


@template("pages/services.html")
@dataclass(frozen=True)
class ServicesPage:
    """`/settings/services`: what runs, what it depends on, and the team that looks after it."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    services: Sequence[Service]
    """The services by name."""
    undefined: Sequence[str]
    """Services that others depend on and that nobody has defined."""
    teams: Sequence[str]
    """The names of the teams, to choose from."""
    problem: WatchroomError | None = None
    """Why what was sent could not be kept."""
    cautions: Sequence[Caution] = ()
    """What to look at."""
    saved: str = ""
    """The service that was kept just now."""
    tried: Service | None = None
    """What was sent and could not be kept, to be corrected."""


def _page(
    request: AnyRequest,
    house: House,
    *,
    problem: WatchroomError | None = None,
    cautions: tuple[Caution, ...] = (),
    saved: str = "",
    tried: Service | None = None,
) -> Response[str]:
    services = [msgspec.structs.replace(each, team=owner_of(house, each)) for each in house.services.all()]
    known = {service.name for service in services}
    page = ServicesPage(
        visit=visit_of(request),
        services=services,
        undefined=[name for name in house.services.topology.names if name not in known],
        teams=[team.name for team in house.teams.all()],
        problem=problem,
        cautions=cautions,
        saved=saved,
        tried=tried,
    )
    return html(render(page), 200 if problem is None else problem.status)


@get(HERE)
async def services_page(request: AnyRequest) -> Response[str]:
    """The services, what they depend on, and whose they are."""
    caller_of(request, "admin")
    house = house_of(request)
    await house.services.catch_up()
    return _page(request, house)


@post(HERE, status_code=200)
async def service_form(request: AnyRequest) -> Response[str] | Redirect:
    """Say what a service depends on."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    name, team, called = form.get("name"), form.get("team"), form.get("called")
    depends_on = [part.strip() for part in form.get("depends_on").split(",") if part.strip()]
    try:
        teams = [each.name for each in house.teams.all()]
        service, cautions = await house.services.define(
            name, depends_on, team, actor=caller.actor, via="web", teams=teams, tier=_tier(form), called=called
        )
    except Malformed as problem:
        tried = Service(name=name, depends_on=depends_on, team=team, called=called)
        return _page(request, house, problem=problem, tried=tried)
    if cautions:
        return _page(request, house, cautions=cautions, saved=service.name)
    return Redirect(HERE, status_code=303)


def _tier(form: Form) -> int:
    """The tier of a form; none where none was chosen. Raises Malformed."""
    text = form.get("tier", "0")
    if text not in ("0", "1", "2", "3", "4"):
        raise Malformed(f"{text[:20]!r} is no tier.", hint="Choose one of the list.")
    return int(text)


@post(f"{HERE}/remove", status_code=200)
async def service_remove_form(request: AnyRequest) -> Response[str] | Redirect:
    """Forget a service."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    try:
        await house.services.remove(form.get("name"), actor=caller.actor, via="web")
    except NotFound as problem:
        return _page(request, house, problem=problem)
    return Redirect(HERE, status_code=303)
