"""Operations on the directory: who is in which team, and what each service depends on.

Called by `every`. Never prints.
"""

import msgspec

from watchroom.base.command import Caution
from watchroom.operations.desk import ACTOR, VIA, Desk, Named, Nothing, Operation
from watchroom.people.catalogue import Service
from watchroom.people.team import strangers


class TeamSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is in a team; nobody dissolves it."""

    name: str
    members: list[str]


class TeamLine(msgspec.Struct, frozen=True):
    """A team in a list."""

    name: str
    members: tuple[str, ...]


class TeamKept(msgspec.Struct, frozen=True):
    """What to look at in a team that is kept."""

    warnings: tuple[Caution, ...]


class ServiceSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a service depends on, and whose it is; null: as before."""

    name: str
    depends_on: list[str] | None = None
    team: str | None = None
    tier: int | None = None
    called: str | None = None


class ServiceKept(msgspec.Struct, frozen=True):
    """A service as it is kept, and what to look at."""

    service: Service
    warnings: tuple[Caution, ...]


async def set_team(desk: Desk, params: TeamSaid) -> TeamKept:
    """Say who is in a team; people who are not known yet become known. Raises Malformed for a name that is none."""
    directory = desk.credentials.directory
    warnings = strangers(params.members, directory)
    for member in params.members:
        await directory.add(member, actor=ACTOR, via=VIA)
    members = [directory.ref(member.strip().lower()) for member in params.members]
    await desk.teams.compose(params.name, members, actor=ACTOR, via=VIA)
    return TeamKept(tuple(_was_added(warning) for warning in warnings))


def _was_added(warning: Caution) -> Caution:
    said = warning.message.replace("is not in the directory.", "was not in the directory, and was added.", 1)
    hint = "Check the spelling; a wrong one goes with watchroom team set and the others alone."
    return Caution(warning.code, said, hint)


class TeamRenaming(msgspec.Struct, frozen=True):
    """A team and what it is called from now on."""

    name: str
    to: str


async def rename_team(desk: Desk, params: TeamRenaming) -> None:
    """Call a team otherwise; what it looks after goes with it. Raises NotFound, Malformed, AlreadyDone."""
    await desk.teams.rename(params.name, params.to, actor=ACTOR, via=VIA)


async def list_teams(desk: Desk, params: Nothing) -> list[TeamLine]:
    """All teams."""
    return [TeamLine(team.name, team.members) for team in desk.teams.all()]


async def set_service(desk: Desk, params: ServiceSaid) -> ServiceKept:
    """Say what a service depends on."""
    teams = [team.name for team in desk.teams.all()]
    service, warnings = await desk.services.define(
        params.name,
        params.depends_on,
        params.team,
        actor=ACTOR,
        via=VIA,
        teams=teams,
        tier=params.tier,
        called=params.called,
    )
    return ServiceKept(service, warnings)


async def list_services(desk: Desk, params: Nothing) -> list[Service]:
    """All services."""
    return desk.services.all()


async def remove_service(desk: Desk, params: Named) -> None:
    """Forget a service."""
    await desk.services.remove(params.name, actor=ACTOR, via=VIA)


OPERATIONS = {
    "team.set": Operation(TeamSaid, set_team, begins=True),
    "team.rename": Operation(TeamRenaming, rename_team),
    "team.list": Operation(Nothing, list_teams),
    "service.set": Operation(ServiceSaid, set_service, begins=True),
    "service.list": Operation(Nothing, list_services),
    "service.remove": Operation(Named, remove_service),
}
