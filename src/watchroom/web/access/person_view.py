"""A person as the pages and the API show them: directory, account, teams and what of theirs is open.

Called by the pages of people and by `api/people`. Pure but for what it is given.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from watchroom.people.person import Person
from watchroom.people.role import Role
from watchroom.web.house import House

Meta = msgspec.Meta
State = Literal["active", "no_account", "deactivated"]


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the directory."""

    email: Annotated[str, Meta(description="What the record calls them: the e-mail that they were added by.")]
    address: Annotated[str, Meta(description="The e-mail by which they sign in and get mail.")]
    name: str
    time_zone: Annotated[str, Meta(description="Their own; empty: the install's.")]
    state: Annotated[State, Meta(description="`active`, `no_account` (can be called only), or `deactivated`.")]
    role: Annotated[Role | None, Meta(description="What they may do; null without an account.")]
    teams: list[str]
    since: Annotated[datetime | None, Meta(description="When their account was opened.")]


def person_view(house: House, person: Person) -> PersonView:
    """The person as they are now."""
    accounts = {account.email: account for account in house.credentials.accounts.ever()}
    account = accounts.get(person.email)
    state: State = "no_account" if account is None else "active" if account.active else "deactivated"
    return PersonView(
        email=person.email,
        address=person.address,
        name=person.name,
        time_zone=person.time_zone,
        state=state,
        role=account.role if account is not None else None,
        teams=house.teams.of(person.email),
        since=account.created_at if account is not None else None,
    )


def people_views(house: House, q: str = "") -> list[PersonView]:
    """Everybody by name, those last who left; `q` are words that must stand in name, e-mail, role or teams."""
    words = q.casefold().split()
    found = [person_view(house, person) for person in house.directory.people()]
    found = [each for each in found if all(word in _text(each) for word in words)]
    return sorted(found, key=lambda each: each.state == "deactivated")


def _text(person: PersonView) -> str:
    return f"{person.name} {person.email} {person.address} {person.role} {' '.join(person.teams)}".casefold()
