"""Services: what the company runs, and what each depends on, as facts of the stream `directory`.

Written by the shell; read by decisions that ask whether two changes touch each other. `Services` follows the log in
memory. Never measures a service.
"""

from collections.abc import Sequence

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Malformed
from watchroom.people.stream import Following, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Event, Fact
from watchroom.record.log import Log

NAME_CHARS_MAX = 200
DEPENDS_MAX = 200


class ServiceDescribed(Fact, frozen=True, kw_only=True):
    """A service is known, with the services that it needs in order to work."""

    service: str
    depends_on: list[str] = []
    team: str = ""


FACTS: tuple[type[Fact], ...] = (ServiceDescribed,)
CODEC = FactCodec(FACTS)


class Service(msgspec.Struct, frozen=True):
    """A service, what it needs, and the team that looks after it."""

    name: str
    depends_on: tuple[str, ...]
    team: str


class Services(Following):
    """All services, folded from the stream `directory`. Call `load` once; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock) -> None:
        super().__init__(log, clock)
        self._services: dict[str, Service] = {}

    def all(self) -> list[Service]:
        """Every service by name."""
        return sorted(self._services.values(), key=lambda service: service.name.casefold())

    def names(self) -> tuple[str, ...]:
        """Every service that was described, or that one of those depends on."""
        found = {name for service in self._services.values() for name in (service.name, *service.depends_on)}
        return tuple(sorted(found))

    def near(self, name: str) -> frozenset[str]:
        """The service, what it depends on, and what depends on it, one step away."""
        own = self._services.get(name)
        needs = own.depends_on if own is not None else ()
        return frozenset({name, *needs, *(each.name for each in self._services.values() if name in each.depends_on)})

    async def describe(self, name: str, depends_on: Sequence[str], team: str, *, actor: str, via: str) -> bool:
        """Say what a service needs; False when that is so already. Raises Malformed."""
        name = name.strip()
        if not name or len(name) > NAME_CHARS_MAX:
            raise Malformed("A service needs a name.", hint=f"At most {NAME_CHARS_MAX} characters, as alerts name it.")
        if len(depends_on) > DEPENDS_MAX:
            raise Malformed(f"A service depends on at most {DEPENDS_MAX} others.", hint="Name the direct ones only.")
        service = Service(name, tuple(dict.fromkeys(each.strip() for each in depends_on if each.strip())), team)
        if self._services.get(name) == service:
            return False
        fact = ServiceDescribed(service=name, depends_on=list(service.depends_on), team=team)
        await record(self._log, self._clock, CODEC, fact, actor, via)
        await self.catch_up()
        return True

    def take(self, event: Event) -> None:
        fact = CODEC.decode(event)
        if isinstance(fact, ServiceDescribed):
            self._services[fact.service] = Service(fact.service, tuple(fact.depends_on), fact.team)
