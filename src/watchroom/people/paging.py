"""How people can be reached: the channels of a page, and which of them lead to a person at this moment.

A person is known by e-mail, which is also where mail goes; their open browser is the first way. `Contacts` answers
what decisions ask of the install (`base.command.Register`). Built by `app`. Never sends anything.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from watchroom.base.command import KnownCategory
from watchroom.people.catalogue import Services
from watchroom.people.demo import bare
from watchroom.people.person import Directory, is_email
from watchroom.people.team import Teams

Channel = Literal["browser", "email"]
BROWSER: Channel = "browser"
EMAIL: Channel = "email"


def is_person(ref: str) -> bool:
    """Whether a name is a person's e-mail: tokens, characters and the house itself have no address."""
    return is_email(ref)


class Contacts:
    """People, teams and services as decisions see them, with the ways that lead to a person now."""

    def __init__(
        self,
        directory: Directory,
        teams: Teams,
        services: Services,
        *,
        present: Callable[[str], bool],
        mails: bool,
        gone: Callable[[str], bool] = lambda ref: False,
        components: Callable[[], tuple[str, ...]] = tuple,
        categories: Callable[[], Mapping[str, KnownCategory]] = dict,
    ) -> None:
        """`gone`: whether somebody's account was deactivated; a team is called without them."""
        self._gone = gone
        self._directory = directory
        self._teams = teams
        self._services = services
        self._present = present
        self._mails = mails
        self._components = components
        self._categories = categories

    def known(self, ref: str) -> bool:
        return self._directory.known(ref)

    def ref(self, email: str) -> str:
        plain = email.strip()
        return self._directory.ref(plain.lower()) if is_email(plain) else email

    def nearest(self, name: str) -> tuple[str, ...]:
        return tuple(each for each in self._directory.nearest(name) if not self._gone(each))

    def members(self, team: str) -> tuple[str, ...] | None:
        found = self._teams.get(team)
        return tuple(each for each in found.members if not self._gone(each)) if found is not None else None

    def teams(self) -> tuple[str, ...]:
        return tuple(team.name for team in self._teams.all())

    def names(self) -> tuple[str, ...]:
        return tuple(bare(person.name) for person in self._directory.people() if person.name)

    def ways(self, ref: str) -> tuple[str, ...]:
        if not is_person(ref) or self._gone(ref):
            return ()
        open_now = (BROWSER,) if self._present(ref) else ()
        return (*open_now, EMAIL) if self._mails else open_now

    def services(self) -> tuple[str, ...]:
        return self._services.topology.names

    def called(self) -> Mapping[str, str]:
        return {each.name: each.called for each in self._services.all() if each.called}

    def components(self) -> tuple[str, ...]:
        return self._components()

    def categories(self) -> Mapping[str, KnownCategory]:
        return self._categories()

    def near(self, service: str) -> frozenset[str]:
        return frozenset({service, *(each.service for each in self._services.topology.near(service, 1))})
