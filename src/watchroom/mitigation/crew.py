"""The crew: which roles an incident calls for, by its severity, and which of them one person should not hold together.

A part of the profile: read by `roles`, the strip and the flow. Says what is open; never gives a role to anybody.
"""

from typing import Annotated

import msgspec

from watchroom.detection.severity import Severity
from watchroom.mitigation.roles import ROLES, RoleName, Roles

Roll = Annotated[tuple[RoleName, ...], msgspec.Meta(max_length=20)]


class Crew(msgspec.Struct, frozen=True, kw_only=True):
    """Roles by severity, and how many people one lead can steer."""

    proposed: Annotated[
        dict[Severity, Roll],
        msgspec.Meta(description="The roles that an incident of this severity calls for, the first first."),
    ] = {}
    optional: Annotated[Roll, msgspec.Meta(description="Roles that are offered and never missed.")] = ()
    apart: Annotated[
        tuple[tuple[RoleName, RoleName], ...],
        msgspec.Meta(max_length=40, description="Pairs of roles that one person should not hold together."),
    ] = ()
    apart_from: Annotated[Severity, msgspec.Meta(description="The mildest severity at which that is pointed out.")] = (
        "SEV4"
    )
    people_per_lead: Annotated[
        int, msgspec.Meta(ge=1, le=1_000, description="With more people than these, a lead is asked to share.")
    ] = 7

    def called(self, severity: Severity | None) -> tuple[str, ...]:
        """The roles that this severity calls for; of an incident that nobody has rated, those of a SEV2."""
        return self.proposed.get(severity or "SEV2", ())

    def keeps_apart(self, one: str, other: str, severity: Severity | None) -> bool:
        """Whether one person with both roles is pointed out at this severity; unrated counts as the gravest."""
        if (severity or "SEV1") > self.apart_from:
            return False
        return any({one, other} == set(pair) for pair in self.apart)


def holes(crew: Crew, severity: Severity | None, roles: Roles) -> list[str]:
    """The roles that are called for and that nobody holds."""
    return [role for role in crew.called(severity) if roles.person(role) is None]


def said(roles: tuple[str, ...] | list[str]) -> str:
    """Roles as people say them, in one line."""
    return ", ".join(ROLES.get(role, role).lower() for role in roles)
