"""Teams and services as the shell says and lists them.

Called by the server's operations, whichever way a command reaches the record. Never prints.
"""

import msgspec

from watchroom.people.catalogue import Services
from watchroom.people.person import Directory
from watchroom.people.team import Teams


class TeamSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is in a team; nobody dissolves it."""

    name: str
    members: list[str]


class TeamLine(msgspec.Struct, frozen=True):
    """A team in a list."""

    name: str
    members: tuple[str, ...]


class ServiceSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a service depends on, and whose it is."""

    name: str
    depends_on: list[str]
    team: str = ""


class ServiceLine(msgspec.Struct, frozen=True):
    """A service in a list."""

    name: str
    depends_on: tuple[str, ...]
    team: str


async def compose_team(directory: Directory, teams: Teams, said: TeamSaid, *, actor: str, via: str) -> None:
    """Say who is in a team; people who are not known yet become known. Raises Malformed for a name that is none."""
    for member in said.members:
        await directory.add(member, actor=actor, via=via)
    await teams.compose(said.name, said.members, actor=actor, via=via)


async def team_lines(teams: Teams) -> list[TeamLine]:
    """All teams."""
    return [TeamLine(team.name, team.members) for team in teams.all()]


async def service_lines(services: Services) -> list[ServiceLine]:
    """All services."""
    return [ServiceLine(each.name, each.depends_on, each.team) for each in services.all()]
