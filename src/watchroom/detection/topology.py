"""Services: what runs, and what it depends on; enough for signals of services that hang together to share a room.

Facts of the stream `directory`, written and folded by `rulebook`. `Topology` says which services are near each other,
whichever way they depend. Never says who owns a service or whether it is well. Pure.
"""

from collections.abc import Mapping, Sequence

import msgspec

from watchroom.base.command import Caution
from watchroom.base.errors import Malformed
from watchroom.record.event import Fact

NAME_CHARS_MAX = 200
DEPENDS_ON_MAX = 100
NEAR_MAX = 200
"""The most services near one that are looked at; the nearest come first."""


class ServiceDefined(Fact, frozen=True, kw_only=True):
    """A service is known from now on, with what it depends on; said again, it is so from now on."""

    name: str
    depends_on: list[str] = []


class ServiceRemoved(Fact, frozen=True, kw_only=True):
    """A service is not known any more; what others said to depend on it stays said."""

    name: str


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One service of the directory."""

    name: str
    depends_on: list[str] = []


class Near(msgspec.Struct, frozen=True):
    """A service near another, and how, in words."""

    service: str
    how: str


FACTS: tuple[type[Fact], ...] = (ServiceDefined, ServiceRemoved)


def checked(name: str, depends_on: Sequence[str]) -> ServiceDefined:
    """The fact that a service is as stated. Raises Malformed."""
    name = _checked_name(name)
    others = list(dict.fromkeys(_checked_name(other) for other in depends_on))
    if len(others) > DEPENDS_ON_MAX:
        raise Malformed(
            f"{name} depends on {len(others)} services; at most {DEPENDS_ON_MAX} are kept.",
            hint="Name those whose failure would make this service's alerts fire.",
        )
    if name in others:
        raise Malformed(f"{name} cannot depend on itself.", hint="Leave it out of depends_on.")
    return ServiceDefined(name=name, depends_on=others)


def cautions(defined: ServiceDefined, known: Mapping[str, Service]) -> tuple[Caution, ...]:
    """What to look at when a service is defined so: a name that nobody has defined may be misspelled."""
    unknown = [other for other in defined.depends_on if other not in known]
    if not unknown:
        return ()
    return (
        Caution(
            "unknown_service",
            f"Nobody has defined {', '.join(unknown[:5])}.",
            "Check the spelling: it must be what signals say as their service. It counts all the same.",
        ),
    )


def _checked_name(name: str) -> str:
    normal = " ".join(name.split())
    if not normal or len(normal) > NAME_CHARS_MAX or not normal.isprintable():
        raise Malformed(
            f"{name[:80]!r} cannot be the name of a service.",
            hint=f"Write it as signals do, in 1 to {NAME_CHARS_MAX} characters.",
        )
    return normal


class Topology:
    """Which services are near each other. Unchanging: another definition makes another one."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._down: dict[str, list[str]] = {name: service.depends_on for name, service in services.items()}
        self._up: dict[str, list[str]] = {}
        for name, others in self._down.items():
            for other in others:
                self._up.setdefault(other, []).append(name)
        self._kept: dict[tuple[str, int], tuple[Near, ...]] = {}

    @property
    def kept(self) -> int:
        """How many walks are remembered: of services that somebody has named, never of what signals make up."""
        return len(self._kept)

    def near(self, service: str, hops: int) -> tuple[Near, ...]:
        """The services within so many steps, nearest first, then by name: those it depends on before those above it."""
        kept = self._kept.get((service, hops))
        if kept is None:
            kept = tuple(self._walk(service, hops))[:NEAR_MAX]
            if service in self._down or service in self._up:
                self._kept[service, hops] = kept
        return kept

    def _walk(self, service: str, hops: int) -> list[Near]:
        found: list[Near] = []
        seen = {service}
        edge = [service]
        for step in range(1, hops + 1):
            reached: list[str] = []
            for here in edge:
                for others, how in (
                    (self._down.get(here, ()), f"which {service} depends on"),
                    (self._up.get(here, ()), f"which depends on {service}"),
                ):
                    for other in sorted(others):
                        if other not in seen:
                            seen.add(other)
                            reached.append(other)
                            found.append(Near(other, how if step == 1 else f"{step} steps from {service}"))
            edge = reached
            if len(found) >= NEAR_MAX:
                break
        return found
