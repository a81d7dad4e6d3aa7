"""Changing a person: name, e-mail, time zone, teams, role, whether they may sign in, in one go.

Called by the pages, the API and the shell. What can be refused is done first; each change is a fact of its own, and
what is so already writes nothing. Never makes anybody known.
"""

from typing import Annotated

import msgspec

from watchroom.base.errors import Malformed, NotFound
from watchroom.people.credential import Credentials
from watchroom.people.person import Person, normal_email
from watchroom.people.role import Role
from watchroom.people.team import Teams

Meta = msgspec.Meta


class PersonChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be so of a person; whatever is not given stays as it is."""

    name: Annotated[str | None, Meta(description="What people call them.")] = None
    address: Annotated[str | None, Meta(description="The e-mail by which they sign in and get mail.")] = None
    time_zone: Annotated[str | None, Meta(description="An IANA time zone; empty: the install's.")] = None
    role: Annotated[Role | None, Meta(description="`admin`, `responder` or `reader`.")] = None
    teams: Annotated[list[str] | None, Meta(description="The teams that they are in, and no others.")] = None
    active: Annotated[bool | None, Meta(description="False: they may sign in no more and are called no more.")] = None
    reason: Annotated[str, Meta(max_length=500, description="Why they are deactivated.")] = ""


def known_person(credentials: Credentials, email: str) -> Person:
    """The person of this e-mail, the first or the present one. Raises NotFound, Malformed."""
    person = credentials.directory.get(credentials.directory.ref(normal_email(email)))
    if person is None:
        raise NotFound(f"Nobody here has the e-mail {email[:80]}.", hint="The page of people lists everybody.")
    return person


async def change_person(
    credentials: Credentials, teams: Teams, email: str, change: PersonChange, *, actor: str, via: str
) -> Person:
    """The person as they are then. Raises NotFound, Malformed, Refused, AlreadyDone for somebody else's e-mail."""
    directory, accounts = credentials.directory, credentials.accounts
    ref = known_person(credentials, email).email
    wanted = None if change.teams is None else _teams(teams, change.teams)
    if change.name is not None and not change.name.strip():
        raise Malformed("The name is missing.", hint="Give what people call them.")
    if change.address is not None:
        await directory.change_address(ref, change.address, actor=actor, via=via)
    if change.role is not None:
        await accounts.give_role(ref, change.role, actor=actor, via=via)
    if change.active is False:
        await credentials.deactivate(ref, reason=change.reason, actor=actor, via=via)
    elif change.active is True:
        await accounts.reactivate(ref, actor=actor, via=via)
    if change.name is not None:
        await directory.rename(ref, change.name, actor=actor, via=via)
    if change.time_zone is not None:
        await directory.set_time_zone(ref, change.time_zone, actor=actor, via=via)
    if wanted is not None:
        for name in set(teams.of(ref)) - set(wanted):
            await teams.leave(name, ref, actor=actor, via=via)
        for name in wanted:
            await teams.join(name, ref, actor=actor, via=via)
    return known_person(credentials, ref)


def _teams(teams: Teams, names: list[str]) -> list[str]:
    found = []
    for name in names:
        team = teams.get(name)
        if team is None:
            raise NotFound(f"There is no team {name[:80]!r}.", hint="Make it first, on the page of teams.")
        found.append(team.name)
    return found
