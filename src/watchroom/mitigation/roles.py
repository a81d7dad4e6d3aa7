"""Roles: who commands, who leads the technical work, who speaks; given, accepted, handed over with a brief, released.

Only the roles that the incident calls for exist. A more senior arrival does not take command: it is handed over.
Never moves a role by itself.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, OptionalText
from watchroom.base.errors import AlreadyDone, Refused
from watchroom.detection.declaration import Declaration
from watchroom.detection.severity import Rating, Severity
from watchroom.mitigation.page import BRIEF_CHARS_MAX, Pages, answered_otherwise, ask_other, withdraw_about
from watchroom.record.event import Decided, Deed, Event, Fact

ROLES = {
    "incident_commander": "Commander",
    "technical_lead": "Technical lead",
    "communications_lead": "Comms lead",
    "scribe": "Scribe",
    "customer_liaison": "Customer liaison",
    "subject_expert": "Subject expert",
}
ROLE_WORDS: dict[str, str] = {
    "commander": "incident_commander",
    "ic": "incident_commander",
    "command": "incident_commander",
    "tech": "technical_lead",
    "technical": "technical_lead",
    "tl": "technical_lead",
    "comms": "communications_lead",
    "communications": "communications_lead",
    "scribe": "scribe",
    "liaison": "customer_liaison",
    "customer": "customer_liaison",
    "expert": "subject_expert",
    "subject": "subject_expert",
}
"""How people call a role at 3 AM, in the command bar and behind an `@`."""
COMMAND = frozenset({"incident_commander", "technical_lead"})
"""The two that collide: one steers, the other types."""
RoleName = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(ROLES)})$", description="One of: " + ", ".join(ROLES))]


class AssignRole(Command, frozen=True, kw_only=True, tag="assign_role"):
    """Give somebody a role, or take it yourself with `me`."""

    role: RoleName
    person: Name
    limit: Annotated[
        OptionalText, msgspec.Meta(description="What the holder may do alone, and before what to ask.")
    ] = ""


class AcceptRole(Command, frozen=True, kw_only=True, tag="accept_role"):
    """Say that you have the role that you were given."""

    role: RoleName


class HandOverRole(Command, frozen=True, kw_only=True, tag="hand_over_role"):
    """Hand a role to somebody else, with a brief."""

    role: RoleName
    to: Name
    brief: OptionalText = ""


class ReleaseRole(Command, frozen=True, kw_only=True, tag="release_role"):
    """Nobody needs this role any more, or its holder goes."""

    role: RoleName


class RoleAssigned(Deed, frozen=True, kw_only=True):
    """A role was given to somebody."""

    role: str
    person: str
    limit: str = ""
    brief: Annotated[
        str, msgspec.Meta(description="What was said about it, where it was handed over and nobody held it.")
    ] = ""


class RoleAccepted(Deed, frozen=True, kw_only=True):
    """The holder said: I have it."""

    role: str
    person: str


class RoleHandedOver(Deed, frozen=True, kw_only=True):
    """A role went from one person to another, with what was said about it."""

    role: str
    was: str
    to: str
    brief: str = ""


class RoleReleased(Deed, frozen=True, kw_only=True):
    """A role has no holder any more."""

    role: str
    person: str


class Holding(msgspec.Struct):
    """Who holds a role, since when, and what they may do alone."""

    person: str
    since: datetime
    accepted: bool
    limit: str = ""
    brief: str = ""
    briefed_by: str = ""
    """Who wrote the brief; that need not be who held the role before."""


class Roles(msgspec.Struct):
    """Holdings by role."""

    held: dict[str, Holding] = {}

    def person(self, role: str) -> str | None:
        """Who holds the role."""
        holding = self.held.get(role)
        return holding.person if holding else None


class Seating(Protocol):
    """What the profile says of roles, as far as it is asked here (`crew`)."""

    def keeps_apart(self, one: str, other: str, severity: Severity | None) -> bool:
        """Whether one person with both roles is pointed out at this severity."""


class View(Protocol):
    """What the decisions here read."""

    @property
    def crew(self) -> Seating: ...
    @property
    def rating(self) -> Rating: ...

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def players(self) -> frozenset[str]: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def roles(self) -> Roles: ...


def apply(state: Roles, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case RoleAssigned(person="") | RoleHandedOver(to=""):
            # Whom it named was purged from the record: nobody has it.
            state.held.pop(fact.role, None)
        case RoleAssigned():
            own = event.actor.removeprefix("person:") == fact.person
            by = event.actor.removeprefix("person:") if fact.brief else ""
            state.held[fact.role] = Holding(
                person=fact.person, since=event.at, accepted=own, limit=fact.limit, brief=fact.brief, briefed_by=by
            )
        case RoleAccepted():
            holding = state.held.get(fact.role)
            if holding is not None and holding.person == fact.person:
                holding.accepted = True
        case RoleHandedOver():
            limit = state.held[fact.role].limit if fact.role in state.held else ""
            own = event.actor.removeprefix("person:") == fact.to
            by = event.actor.removeprefix("person:") if fact.brief else ""
            state.held[fact.role] = Holding(
                person=fact.to, since=event.at, accepted=own, limit=limit, brief=fact.brief, briefed_by=by
            )
        case RoleReleased():
            state.held.pop(fact.role, None)


def apply_to_pages(state: Pages, fact: Fact, event: Event) -> None:
    """Whoever was given a role, and accepts it, has heard the page about it; who has it no longer is not asked."""
    match fact:
        case RoleAccepted():
            answered_otherwise(state, fact.role, event)
        case RoleAssigned():
            withdraw_about("role", fact.role, fact.person, state, event)
        case RoleHandedOver():
            withdraw_about("role", fact.role, fact.to, state, event)
        case RoleReleased():
            withdraw_about("role", fact.role, "", state, event)


def _collision(role: str, person: str, view: View) -> tuple[Caution, ...]:
    """Two roles in one person that the profile keeps apart: allowed, and asked about."""
    held = [each for each, holding in view.roles.held.items() if holding.person == person and each != role]
    found = [each for each in held if view.crew.keeps_apart(role, each, view.rating.severity)]
    cautions = []
    if role in COMMAND and COMMAND.intersection(found):
        cautions.append(
            Caution(
                "command_collision",
                "One person now commands and leads the technical work.",
                "Whoever types cannot look up. Recruit in one action: assign_role technical_lead to somebody else.",
            )
        )
    others = [each for each in found if {role, each} != COMMAND]
    if others:
        cautions.append(
            Caution(
                "roles_together",
                f"One person is now {', '.join(ROLES[each].lower() for each in (role, *others))}.",
                "The profile keeps these apart. Ask somebody else for one of them with assign_role.",
            )
        )
    return tuple(cautions)


def assign_role(command: AssignRole, view: View, act: Act) -> Decided:
    """Give the role and page its holder; from another it is taken, with a caution to hand over instead."""
    before = view.roles.held.get(command.role)
    if before is not None and before.person == command.person and before.limit == command.limit:
        raise AlreadyDone(f"{command.person} has this role already.", hint="Nothing needs doing.")
    cautions = list(_collision(command.role, command.person, view))
    if before is not None and before.accepted and before.person != command.person:
        cautions.append(
            Caution(
                "taken_without_brief",
                f"{before.person} held this role and gave no brief.",
                "Hand over with a brief: what is known, what runs, what is due.",
            )
        )
    fact = RoleAssigned(role=command.role, person=command.person, limit=command.limit)
    text = f"You are asked to be {ROLES[command.role].lower()}" + (
        f": you may {command.limit}" if command.limit else "."
    )
    asked = ask_other(command.person, text, view, act, "role", command.role)
    return Decided((fact, *asked.facts), (*cautions, *asked.cautions))


def accept_role(command: AcceptRole, view: View, act: Act) -> Decided:
    """The person who was given the role says so."""
    holding = view.roles.held.get(command.role)
    if holding is None:
        raise Refused("Nobody was given this role.", hint='Take it: assign_role with "person": "me".')
    if holding.person != act.person:
        raise Refused(f"{holding.person} was given this role.", hint='Take it over: assign_role with "person": "me".')
    if holding.accepted:
        raise AlreadyDone("You have accepted it already.", hint="Nothing needs doing.")
    return Decided((RoleAccepted(role=command.role, person=act.person),))


def hand_over_role(command: HandOverRole, view: View, act: Act) -> Decided:
    """Move the role with its limit and call whoever gets it; anybody may record it: who held it may be gone.

    What nobody holds is given, with the brief.
    """
    holding = view.roles.held.get(command.role)
    if holding is not None and holding.person == command.to:
        raise AlreadyDone(f"{command.to} holds this role already.", hint="Nothing needs doing.")
    cautions = list(_collision(command.role, command.to, view))
    if not command.brief:
        cautions.append(
            Caution("no_brief", "Handed over without a brief.", "Say: impact, theories alive, what runs, what is due.")
        )
    fact: Fact
    if holding is None:
        said = f"Nobody held this role: it is given to {command.to}{', with the brief' if command.brief else ''}."
        cautions.append(Caution("nobody_held_it", said, "Who knows what was done as this role? Ask them in the room."))
        fact = RoleAssigned(role=command.role, person=command.to, brief=command.brief)
    else:
        fact = RoleHandedOver(role=command.role, was=holding.person, to=command.to, brief=command.brief)
    text = f"You are asked to take over as {ROLES[command.role].lower()}" + (
        f": {command.brief}" if command.brief else "."
    )
    asked = ask_other(command.to, text[:BRIEF_CHARS_MAX], view, act, "role", command.role)
    return Decided((fact, *asked.facts), (*cautions, *asked.cautions))


def release_role(command: ReleaseRole, view: View, act: Act) -> Decided:
    """Let the role go."""
    holding = view.roles.held.get(command.role)
    if holding is None:
        raise AlreadyDone("Nobody holds this role.", hint="Nothing needs doing.")
    cautions: tuple[Caution, ...] = ()
    if command.role == "incident_commander":
        cautions = (Caution("no_commander", "Nobody commands now.", "Hand it over instead, or take it yourself."),)
    return Decided((RoleReleased(role=command.role, person=holding.person, reason=act.reason),), cautions)


FACTS: tuple[type[Fact], ...] = (RoleAssigned, RoleAccepted, RoleHandedOver, RoleReleased)
DECISIONS = {
    AssignRole: assign_role,
    AcceptRole: accept_role,
    HandOverRole: hand_over_role,
    ReleaseRole: release_role,
}
