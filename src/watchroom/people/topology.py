"""Topology: which services are near each other, whichever way they depend.

Read through `catalogue` by the grouping rules, and by decisions that ask whether two changes touch each other. Never
says whose a service is or whether it is well. Pure.
"""

from collections.abc import Mapping, Sequence

import msgspec

NEAR_MAX = 200
"""The most services near one that are looked at; the nearest come first."""


class Near(msgspec.Struct, frozen=True):
    """A service near another, and how, in words."""

    service: str
    how: str


class Topology:
    """Which services are near each other. Unchanging: another definition makes another one."""

    def __init__(self, depends_on: Mapping[str, Sequence[str]]) -> None:
        self._down = {name: tuple(others) for name, others in depends_on.items()}
        self._up: dict[str, list[str]] = {}
        for name, others in self._down.items():
            for other in others:
                self._up.setdefault(other, []).append(name)
        self._kept: dict[tuple[str, int], tuple[Near, ...]] = {}

    @property
    def kept(self) -> int:
        """How many walks are remembered: of services that somebody has named, never of what signals make up."""
        return len(self._kept)

    @property
    def names(self) -> tuple[str, ...]:
        """Every service that was named: by itself, or because another one depends on it."""
        return tuple(sorted(self._down.keys() | self._up.keys()))

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
