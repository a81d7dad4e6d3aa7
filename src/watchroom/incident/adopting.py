"""The profile in a room: written into it whole at its declaration, so that what it proposed stays explained.

Called by the write path and the intake, which add what a declaration brings with it: the profile, and the roles that
the severity calls for. A later change of the house's profile touches no room; `adopt_profile` takes one over on
purpose. Never gives a role to anybody.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command
from watchroom.base.errors import AlreadyDone
from watchroom.detection.declaration import Declaration, DeclarationWithdrawn, IncidentDeclared
from watchroom.detection.severity import Rating, Severity, SeverityConfirmed, SeverityProposed
from watchroom.incident.profile import Profile, digest, reference
from watchroom.mitigation.crew import holes, said
from watchroom.mitigation.roles import Roles
from watchroom.record.event import Decided, Deed, Event, Fact


class AdoptProfile(Command, frozen=True, kw_only=True, tag="adopt_profile"):
    """Go on by the profile that is in force in the house now, in place of the one that the room was declared under."""


class ProfileAdopted(Deed, frozen=True, kw_only=True):
    """The room goes by this profile from now on: at its declaration, or when somebody took another one over."""

    profile: Annotated[Profile, msgspec.Meta(description="The whole of it, as it was then.")]
    version: Annotated[int, msgspec.Meta(description="The house's version of it; 0: as the setting says.")] = 0
    digest: Annotated[str, msgspec.Meta(description="Names its content; the same digest is the same profile.")] = ""

    def is_work(self) -> bool:
        """How the house runs incidents is set, and nobody is helped by it."""
        return False


class RolesProposed(Fact, frozen=True, kw_only=True):
    """The profile calls for these roles at this severity; who holds them is another matter."""

    severity: str
    roles: list[str]
    open: Annotated[list[str], msgspec.Meta(description="Those of them that nobody held at that moment.")] = []
    profile: Annotated[str, msgspec.Meta(description="Name and digest of the profile that proposed them.")] = ""


class InForce(msgspec.Struct, frozen=True):
    """The house's profile at a moment, and the version of it."""

    profile: Profile
    version: int = 0


class Adopted(msgspec.Struct):
    """The profile that the room goes by, and the roles that were called for last."""

    profile: Profile | None = None
    version: int = 0
    reference: str = ""
    at: datetime | None = None
    roles: list[str] = []


class View(Protocol):
    """What is read here."""

    @property
    def declaration(self) -> Declaration: ...
    @property
    def rating(self) -> Rating: ...
    @property
    def roles(self) -> Roles: ...
    @property
    def adopted(self) -> Adopted: ...
    @property
    def profile(self) -> Profile: ...


def apply(state: Adopted, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case ProfileAdopted():
            state.profile, state.version, state.at = fact.profile, fact.version, event.at
            state.reference = f"{fact.profile.name}@{fact.digest}"
        case RolesProposed():
            state.roles = fact.roles
        case DeclarationWithdrawn():
            state.profile, state.version, state.at, state.reference, state.roles = None, 0, None, "", []


def brought(view: View, facts: Sequence[Fact], in_force: InForce) -> list[Fact]:
    """What these facts bring with them: the profile at a declaration, roles when the severity calls for others."""
    declares = any(isinstance(fact, IncidentDeclared) for fact in facts)
    if not declares and view.declaration.declared_at is None:
        return []
    found: list[Fact] = []
    profile = next((fact.profile for fact in facts if isinstance(fact, ProfileAdopted)), None)
    if declares and view.adopted.profile is None:
        profile = in_force.profile
        found.append(_adopted(in_force))
    rated = [fact.severity for fact in facts if isinstance(fact, (SeverityProposed, SeverityConfirmed))]
    severity: Severity | None = rated[-1] if rated else view.rating.severity
    if severity is not None and (rated or profile is not None):
        found += _roles(view, profile or view.profile, severity)
    return found


def _adopted(in_force: InForce, reason: str = "") -> ProfileAdopted:
    profile = in_force.profile
    return ProfileAdopted(profile=profile, version=in_force.version, digest=digest(profile), reason=reason)


def _roles(view: View, profile: Profile, severity: Severity) -> list[Fact]:
    called = list(profile.crew.called(severity))
    if called == view.adopted.roles:
        return []
    left = holes(profile.crew, severity, view.roles)
    return [RolesProposed(severity=severity, roles=called, open=left, profile=reference(profile))]


def adopt_profile(command: AdoptProfile, view: View, act: Act, in_force: InForce) -> Decided:
    """Take the house's profile over; what it asks differently from then on is said."""
    before, after = view.profile, in_force.profile
    if view.adopted.profile is not None and digest(before) == digest(after):
        raise AlreadyDone(
            f"The room goes by {after.title} already.", hint="Choose another under Settings, Profile; then adopt it."
        )
    cautions = []
    rating = view.rating
    if rating.impact is not None and rating.severity is not None:
        proposed = after.severity[rating.impact][rating.urgency or "high"]
        if proposed != rating.severity:
            cautions.append(
                Caution(
                    "severity_differs",
                    f"It is {rating.severity}; the other matrix proposes {proposed} for the same impact and urgency.",
                    "Rate it again with set_severity if that is so. Nothing was changed.",
                )
            )
    left = holes(after.crew, rating.severity, view.roles)
    if left:
        cautions.append(Caution("roles_open", f"It calls for {said(left)}.", "Give them with assign_role, or say why."))
    return Decided((_adopted(in_force, act.reason),), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (ProfileAdopted, RolesProposed)
HEEDS: tuple[type[Fact], ...] = (DeclarationWithdrawn,)
