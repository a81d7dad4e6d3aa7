"""The catalogue of services: what runs, what each depends on, and the team that looks after it.

The only one: the API, the settings page and the shell write it; grouping rules, the warning of changes that touch each
other, and the pages read it. Facts of the stream `directory`, so each change has an author and a time. `Services`
follows the log in memory. Never says whether a service is well.
"""

from collections.abc import Collection, Sequence
from typing import Annotated

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.command import Caution
from watchroom.base.errors import Malformed, NotFound
from watchroom.people.stream import DirectoryFact, Following, record
from watchroom.people.topology import Topology
from watchroom.record.codec import FactCodec
from watchroom.record.event import Event, Fact
from watchroom.record.log import Log

NAME_CHARS_MAX = 200
DEPENDS_ON_MAX = 200
TEAM_CHARS_MAX = 80
CALLED_CHARS_MAX = 80
TIER_MAX = 4


class ServiceDefined(DirectoryFact, frozen=True, kw_only=True):
    """A service is known from now on, with what it depends on; said again, it is so from now on."""

    name: str
    depends_on: list[str] = []
    team: Annotated[
        str | None,
        msgspec.Meta(description="The team that looks after it; empty: none; null: whoever did so before."),
    ] = None
    tier: Annotated[
        int | None, msgspec.Meta(description="How much hangs on it, 1 the most; 0: nobody has said; null: as before.")
    ] = None
    called: Annotated[
        str | None, msgspec.Meta(description="What outsiders call it; empty: nobody has said; null: as before.")
    ] = None


class ServiceRemoved(DirectoryFact, frozen=True, kw_only=True):
    """A service is not known any more; what others said to depend on it stays said."""

    name: str


class ServiceDescribed(DirectoryFact, frozen=True, kw_only=True):
    """As `service_defined`, with the team always said. No longer written: records from before 2026-12 hold it."""

    service: str
    depends_on: list[str] = []
    team: str = ""


FACTS: tuple[type[Fact], ...] = (ServiceDefined, ServiceRemoved, ServiceDescribed)
CODEC = FactCodec(FACTS)


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One service of the catalogue."""

    name: str
    depends_on: list[str] = []
    team: Annotated[str, msgspec.Meta(description="The team that looks after it; empty: nobody has said.")] = ""
    tier: Annotated[int, msgspec.Meta(description="How much hangs on it: 1 the most, 4 the least; 0: not said.")] = 0
    called: Annotated[str, msgspec.Meta(description="What outsiders call it; empty: nobody has said.")] = ""


def checked(
    name: str,
    depends_on: Sequence[str],
    team: str | None = None,
    tier: int | None = None,
    called: str | None = None,
) -> ServiceDefined:
    """The fact that a service is as stated. Raises Malformed."""
    name = _checked_name(name)
    others = list(dict.fromkeys(_checked_name(other) for other in depends_on))
    if len(others) > DEPENDS_ON_MAX:
        raise Malformed(
            f"{name} depends on {len(others)} services; at most {DEPENDS_ON_MAX} are kept.",
            hint="Name those whose failure would make this service's alerts fire.",
        )
    if name in others:
        raise Malformed(f"{name} cannot depend on itself.", hint="Leave it out of the services that it depends on.")
    if team is not None:
        team = " ".join(team.split())
        if len(team) > TEAM_CHARS_MAX or not team.isprintable():
            raise Malformed(
                f"{team[:TEAM_CHARS_MAX]!r} cannot be the name of a team.",
                hint=f"Use at most {TEAM_CHARS_MAX} characters, such as payments; nothing takes the team away.",
            )
    if tier is not None and not 0 <= tier <= TIER_MAX:
        raise Malformed(
            f"{tier} is no tier.",
            hint=f"Give 1 (customers feel it at once) to {TIER_MAX} (nobody does), or 0 for none.",
        )
    if called is not None:
        called = " ".join(called.split())
        if len(called) > CALLED_CHARS_MAX or not called.isprintable():
            raise Malformed(
                f"{called[:80]!r} cannot be what outsiders call it.",
                hint=f"Use at most {CALLED_CHARS_MAX} characters, such as: paying by card.",
            )
    return ServiceDefined(name=name, depends_on=others, team=team, tier=tier, called=called)


def cautions(defined: ServiceDefined, known: Collection[str], teams: Collection[str]) -> tuple[Caution, ...]:
    """What to look at when a service is defined so: a name that nobody has defined may be misspelled."""
    found: tuple[Caution, ...] = ()
    unknown = [other for other in defined.depends_on if other not in known]
    if unknown:
        found += (
            Caution(
                "unknown_service",
                f"Nobody has defined {', '.join(unknown[:5])}.",
                "Check the spelling: it must be what signals say as their service. It counts all the same.",
            ),
        )
    if defined.team and defined.team not in teams:
        there = f"There are {', '.join(sorted(teams)[:5])}" if teams else "There is none yet"
        hint = f"Check the spelling, or say who is in it: watchroom team set. {there}. It counts all the same."
        found += (Caution("unknown_team", f"No team {defined.team} is known.", hint),)
    return found


def _checked_name(name: str) -> str:
    normal = " ".join(name.split())
    if not normal or len(normal) > NAME_CHARS_MAX or not normal.isprintable():
        raise Malformed(
            f"{name[:80]!r} cannot be the name of a service.",
            hint=f"Write it as signals do, in 1 to {NAME_CHARS_MAX} characters, such as checkout.",
        )
    return normal


class Services(Following):
    """All services, folded from the stream `directory`. Call `load` once; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock, services_max: int = 2_000) -> None:
        super().__init__(log, clock)
        self._services_max = services_max
        self._services: dict[str, Service] = {}
        self._topology: Topology | None = None

    def all(self) -> list[Service]:
        """Every service, by name."""
        return sorted(self._services.values(), key=lambda each: (each.name.casefold(), each.name))

    def get(self, name: str) -> Service | None:
        """The service of that name."""
        return self._services.get(name)

    @property
    def topology(self) -> Topology:
        """Which services are near each other; the same object until a service changes."""
        if self._topology is None:
            self._topology = Topology({each.name: each.depends_on for each in self._services.values()})
        return self._topology

    async def define(
        self,
        name: str,
        depends_on: Sequence[str] | None = None,
        team: str | None = None,
        *,
        actor: str,
        via: str,
        teams: Collection[str] = (),
        tier: int | None = None,
        called: str | None = None,
    ) -> tuple[Service, tuple[Caution, ...]]:
        """Say what a service depends on, known or not: how it is kept, and what to look at.

        Without `depends_on`, `team`, `tier` or `called` that stays as it was; `teams` are those that there are, by
        name. Nothing is written when all is so already. Raises Malformed.
        """
        name = _checked_name(name)
        await self.catch_up()
        before = self._services.get(name)
        if depends_on is None:
            depends_on = before.depends_on if before else ()
        fact = checked(name, depends_on, team, tier, called)
        if before is None and len(self._services) >= self._services_max:
            raise Malformed(
                f"{self._services_max} services are kept at most.",
                hint="Remove some that nothing depends on, or raise the setting services_max.",
            )
        service = _defined(fact, before)
        if service != before:
            await record(self._log, self._clock, CODEC, fact, actor, via)
            await self.catch_up()
        return service, cautions(fact, self._services, teams)

    async def remove(self, name: str, *, actor: str, via: str) -> None:
        """Forget a service and what it depends on. Raises NotFound."""
        await self.catch_up()
        if name not in self._services:
            raise NotFound(
                f"There is no service {name[:80]!r}.",
                hint="GET /api/v1/services and watchroom service list name them all.",
            )
        await record(self._log, self._clock, CODEC, ServiceRemoved(name=name), actor, via)
        await self.catch_up()

    def take(self, event: Event) -> None:
        match CODEC.decode(event):
            case ServiceDefined() as fact:
                self._services[fact.name] = _defined(fact, self._services.get(fact.name))
            case ServiceDescribed(service=name, depends_on=depends_on, team=team):
                self._services[name] = Service(name=name, depends_on=depends_on, team=team)
            case ServiceRemoved(name=name):
                self._services.pop(name, None)
            case _:
                return
        self._topology = None


def _defined(fact: ServiceDefined, before: Service | None) -> Service:
    """The service as it is from this fact on."""
    was = before or Service(name=fact.name)
    return Service(
        name=fact.name,
        depends_on=fact.depends_on,
        team=was.team if fact.team is None else fact.team,
        tier=was.tier if fact.tier is None else fact.tier,
        called=was.called if fact.called is None else fact.called,
    )
