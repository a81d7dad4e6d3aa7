"""Overlap: whether two interventions touch the same services, or ones that depend on each other, before the first
has settled.

Two changes at once show nothing: neither which one helped nor which one hurt. Read by the decisions of
`intervention`. Pure.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from watchroom.base.clock import day_and_time
from watchroom.base.command import Caution, Register


class _Try(Protocol):
    """As much of an intervention as is read here."""

    id: str
    services: list[str]
    settles_at: datetime | None


def named_in(text: str, services: Iterable[str]) -> list[str]:
    """The services that a text names as whole words, in the order of the text."""
    found = []
    for service in set(services):
        match = re.search(rf"(?<![\w-]){re.escape(service)}(?![\w-])", text, re.IGNORECASE)
        if service and match:
            found.append((match.start(), service))
    return [service for _, service in sorted(found)]


def overlapping(one: _Try, others: Iterable[_Try], register: Register, at: datetime) -> tuple[Caution, ...]:
    """A caution for each other intervention that has not settled at `at` and touches what `one` touches."""
    reach = {near for service in one.services for near in register.near(service)}
    cautions = []
    for other in others:
        if other.id == one.id or other.settles_at is None or other.settles_at <= at:
            continue
        shared = sorted(reach.intersection(other.services))
        if shared:
            until = day_and_time(other.settles_at, at)
            cautions.append(
                Caution(
                    "touches_unsettled",
                    f"{other.id} touches {', '.join(shared)} too, or what depends on it, and settles until {until}.",
                    f"Hold until then, or go on knowingly: afterwards nobody can tell {other.id} and {one.id} apart.",
                )
            )
    return tuple(cautions)
