"""`/people/teams`: who is in which team, and which services each looks after; for admins: making and changing them.

Called by `routes`. Whoever stays in a team keeps their place in the order in which it is called.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response, get, post

from watchroom.base.errors import Malformed, NotFound, WatchroomError
from watchroom.people.catalogue import Service
from watchroom.people.team import Team, strangers
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import People, render
from watchroom.web.html.template import template
from watchroom.web.http.reading import AnyRequest, caller_of, form_of, html, visit_of

HERE = "/people/teams"


@dataclass(frozen=True)
class TeamShown:
    """A team, with what it looks after."""

    name: str
    members: Sequence[str]
    """Their e-mails, in the order in which they are called."""
    gone: Sequence[str]
    """Those of them whose account was deactivated: they are not called."""
    services: Sequence[str]


@template("pages/teams.html")
@dataclass(frozen=True)
class TeamsPage:
    """`/people/teams`: who is in which team, and what each looks after."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    teams: Sequence[TeamShown]
    """The teams by name."""
    persons: Sequence[tuple[str, str]]
    """Everybody who can be asked: e-mail and name."""
    services: Sequence[str]
    """The services that are known, to choose from."""
    people: People
    """Names of people."""
    problem: str = ""
    """Why what was sent could not be kept."""
    done: str = ""
    """What was done just now, in a sentence."""
    tried: str = ""
    """The name that could not be kept, to be corrected."""


def owner_of(house: House, service: Service) -> str:
    """The name that the team has now which looks after a service; as it was said where there is no such team."""
    team = house.teams.get(service.team) if service.team else None
    return team.name if team is not None else service.team


def team_shown(house: House, team: Team) -> TeamShown:
    """A team, with what it looks after."""
    services = [each.name for each in house.services.all() if owner_of(house, each) == team.name]
    gone = [member for member in team.members if house.credentials.accounts.shut(member)]
    return TeamShown(team.name, team.members, gone, services)


def _page(
    request: AnyRequest, *, problem: WatchroomError | None = None, done: str = "", tried: str = ""
) -> Response[str]:
    house = house_of(request)
    page = TeamsPage(
        visit=visit_of(request),
        teams=[team_shown(house, team) for team in house.teams.all()],
        persons=[(person.email, person.name) for person in house.credentials.people()],
        services=[service.name for service in house.services.all()],
        people=house.directory,
        problem=f"{problem.message} {problem.hint}" if problem is not None else "",
        done=done,
        tried=tried,
    )
    return html(render(page), problem.status if problem is not None else 200)


@get(HERE)
async def teams_page(request: AnyRequest) -> Response[str]:
    """The teams, their members and their services."""
    caller_of(request, "read")
    house = house_of(request)
    await house.teams.look()
    await house.services.look()
    return _page(request)


@post(HERE, status_code=200)
async def team_form(request: AnyRequest) -> Response[str]:
    """Make a team, or say anew who is in it and what it looks after."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    name = form.get("team")
    try:
        team = house.teams.get(name)
        if not form.all("member"):
            raise Malformed(
                "A team has at least one member.", hint="Choose somebody, or dissolve it with the button for that."
            )
        called = form.get("called", name)
        if team is not None and called != team.name:
            await house.teams.rename(name, called, actor=caller.actor, via="web")
            name = called
        warnings = strangers(form.all("member"), house.directory)
        await house.teams.compose(name, ordered(team, form.all("member")), actor=caller.actor, via="web")
        await give_services(house, name, form.all("service"), actor=caller.actor, via="web")
    except WatchroomError as problem:
        return _page(request, problem=problem, tried=name)
    said = [f"{' '.join(name.split())} is kept.", *(f"{each.message} {each.hint}" for each in warnings)]
    return _page(request, done=" ".join(said))


def ordered(team: Team | None, members: Sequence[str]) -> list[str]:
    """These members: whoever was in the team before keeps their place, the others come after."""
    stay = [member for member in (team.members if team is not None else ()) if member in members]
    return [*stay, *(member for member in members if member not in stay)]


async def give_services(house: House, name: str, services: Sequence[str], *, actor: str, via: str) -> None:
    """Have the team look after these services and no others. Raises NotFound for a service that nobody has defined."""
    team = house.teams.get(name)
    if team is None:
        raise NotFound(f"There is no team {name[:80]!r}.", hint="Make it first.")
    await house.services.catch_up()
    known = {service.name: service for service in house.services.all()}
    if missing := [service for service in services if service not in known]:
        raise NotFound(f"There is no service {missing[0][:80]!r}.", hint="Add it under Settings, Services.")
    for service in known.values():
        is_ours = owner_of(house, service) == team.name
        if is_ours != (service.name in services):
            owner = team.name if not is_ours else ""
            await house.services.define(service.name, team=owner, actor=actor, via=via)


@post(f"{HERE}/dissolve", status_code=200)
async def dissolve_form(request: AnyRequest) -> Response[str]:
    """Dissolve a team; what it looked after is looked after by nobody."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    try:
        await dissolve(house, form.get("team"), actor=caller.actor, via="web")
    except WatchroomError as problem:
        return _page(request, problem=problem)
    return _page(request, done=f"{form.get('team')} is dissolved.")


async def dissolve(house: House, name: str, *, actor: str, via: str) -> None:
    """Dissolve a team. Raises NotFound."""
    await give_services(house, name, [], actor=actor, via=via)
    await house.teams.compose(name, [], actor=actor, via=via)
