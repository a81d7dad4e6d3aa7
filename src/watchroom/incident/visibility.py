"""Visibility: a room that only those see who need to know, and the one place that decides who that is.

`restrict` names people and teams; `admit` lets one more in. Whoever is called or given a role is let in by that, as a
fact. Everything that shows anything of a room asks `may_see`. Never reads a team's members itself: they are handed in,
as they are at that moment. Pure.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, Register
from watchroom.base.errors import AlreadyDone, Malformed, Refused, UnknownThing
from watchroom.detection.declaration import Declaration
from watchroom.mitigation.page import PageRequested, Pages, withdraw_from
from watchroom.mitigation.roles import RoleAssigned, RoleHandedOver, Roles
from watchroom.people.person import is_email
from watchroom.record.event import Decided, Deed, Event, Fact

EVERYONE = "everyone"
"""In place of people: the restriction is lifted."""
NAMED_MAX = 500
HOUSE = "system:"
"""How the house's own actors begin; they see every room, or timers and mail would stop in restricted ones."""

Members = Callable[[str], tuple[str, ...] | None]
"""A team's members by its name, as of now; None when there is no such team."""
Because = Literal["named", "called", "role", "break_glass"]


class Restrict(Command, frozen=True, kw_only=True, tag="restrict"):
    """Let only these people and teams see the room from now on, in place of those named before.

    People `["everyone"]` lifts it.
    """

    people: Annotated[
        list[Name],
        msgspec.Meta(
            max_length=NAMED_MAX,
            description='E-mails, `me`, `token:NAME`; `["everyone"]` lifts it. With nobody: you and holders of roles.',
        ),
    ] = []
    teams: Annotated[
        list[Name], msgspec.Meta(max_length=NAMED_MAX, description="Teams; who leaves one sees it no longer.")
    ] = []


class Admit(Command, frozen=True, kw_only=True, tag="admit"):
    """Let one more person, or a team, see a restricted room. An admin who is not in it lets themself in with `me`."""

    person: Annotated[Name, msgspec.Meta(description="An e-mail, `me`, `token:NAME`, or the name of a team.")]


class RoomRestricted(Deed, frozen=True, kw_only=True):
    """Only these, holders of roles, and whoever said so see the room from now on."""

    people: list[str] = []
    teams: list[str] = []
    not_called: Annotated[
        list[str], msgspec.Meta(description="Who was called, has not answered and sees it no longer: it ends there.")
    ] = []

    def is_work(self) -> bool:
        """Who may know is decided while it burns."""
        return True


class RestrictionLifted(Deed, frozen=True, kw_only=True):
    """Everybody sees the room again, with everything that was ever said in it."""

    def is_work(self) -> bool:
        """Opening the past to others is no response."""
        return False


class PersonAdmitted(Deed, frozen=True, kw_only=True):
    """A person sees the restricted room from now on: named, called, given a role, or an admin who let themself in."""

    person: str
    because: Because = "named"

    def is_work(self) -> bool:
        """Who may know is decided while it burns."""
        return True


class TeamAdmitted(Deed, frozen=True, kw_only=True):
    """Whoever is in this team sees the restricted room, for as long as they are in it."""

    team: str

    def is_work(self) -> bool:
        """Who may know is decided while it burns."""
        return True


class Admission(msgspec.Struct):
    """By whom somebody was let in, when and why."""

    by: str
    at: datetime
    because: Because = "named"
    reason: str = ""


class Visibility(msgspec.Struct):
    """Who was named. What roles add is in `guard_of`."""

    restricted_at: datetime | None = None
    """Since when it has been restricted without a break; None: everybody sees it."""
    restricted_by: str = ""
    """Who said last who may see it."""
    reason: str = ""
    people: dict[str, Admission] = {}
    teams: dict[str, Admission] = {}

    @property
    def restricted(self) -> bool:
        """Whether only some see it."""
        return self.restricted_at is not None


class Guard(msgspec.Struct, frozen=True):
    """Who sees a restricted room, as far as the room itself says it: one visibility class."""

    people: tuple[str, ...]
    """As commands name them: e-mails, `character:NAME`, `token:NAME`."""
    teams: tuple[str, ...] = ()


class Viewer(msgspec.Struct, frozen=True):
    """Somebody who looks: a person, a token without one, or the house itself."""

    ref: str
    """As commands name them: an e-mail, `token:NAME`, `character:NAME`, `system:NAME`."""
    admin: bool = False
    """Whether they may let themselves in. It shows them nothing by itself."""


class View(Protocol):
    """What the decisions here read."""

    @property
    def visibility(self) -> Visibility: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def roles(self) -> Roles: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def players(self) -> frozenset[str]: ...


def apply(state: Visibility, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    by = event.actor.removeprefix("person:")
    match fact:
        case RoomRestricted():
            state.restricted_at = state.restricted_at or event.at
            state.restricted_by, state.reason = by, fact.reason
            state.people = {person: state.people.get(person) or Admission(by, event.at) for person in fact.people}
            state.teams = {team: state.teams.get(team) or Admission(by, event.at) for team in fact.teams}
        case RestrictionLifted():
            state.restricted_at = None
            state.restricted_by, state.reason = "", ""
            state.people, state.teams = {}, {}
        case PersonAdmitted() if state.restricted:
            state.people.setdefault(fact.person, Admission(by, event.at, fact.because, fact.reason))
        case TeamAdmitted() if state.restricted:
            state.teams.setdefault(fact.team, Admission(by, event.at, "named", fact.reason))


def apply_to_pages(state: Pages, fact: Fact, event: Event) -> None:
    """Whoever was shut out is not called any more to a room that they do not see."""
    if isinstance(fact, RoomRestricted):
        withdraw_from(fact.not_called, state, event)


def guard_of(view: View) -> Guard | None:
    """Who sees the room; None when everybody does.

    Those who were named, the holders of its roles, whoever restricted it, and the token that declared it: a program
    that opened a room must be able to go on with it.
    """
    state = view.visibility
    if not state.restricted:
        return None
    by = view.declaration.declared_by
    own = {by} if by.startswith("token:") else set[str]()
    holders = {holding.person for holding in view.roles.held.values()}
    return Guard(tuple(sorted({*state.people, *holders, *own, state.restricted_by} - {""})), tuple(sorted(state.teams)))


def may_see(viewer: Viewer, guard: Guard | None, members: Members) -> bool:
    """Whether this viewer sees anything of the room behind this guard: the one question that is asked everywhere."""
    if guard is None or viewer.ref.startswith(HOUSE) or viewer.ref in guard.people:
        return True
    return any(viewer.ref in (members(team) or ()) for team in guard.teams)


def admissions(view: View, facts: Sequence[Fact], members: Members) -> tuple[tuple[Fact, ...], tuple[Caution, ...]]:
    """Who is let in by what a command does: whoever it calls or gives a role to, and does not see the room yet."""
    guard = guard_of(view)
    if guard is None:
        return (), ()
    wanted: dict[str, Because] = {}
    for fact in facts:
        match fact:
            case RoleAssigned():
                wanted.setdefault(fact.person, "role")
            case RoleHandedOver() | PageRequested():
                wanted.setdefault(fact.to, "role" if isinstance(fact, RoleHandedOver) else "called")
    new = {who: why for who, why in wanted.items() if not may_see(Viewer(who), guard, members)}
    if not new:
        return (), ()
    admitted = tuple(PersonAdmitted(person=who, because=why) for who, why in new.items())
    return admitted, (
        Caution(
            "admitted",
            f"{', '.join(new)} can see this restricted room from now on.",
            "Whoever is called or given a role is let in. To shut somebody out, restrict it again with those who stay.",
        ),
    )


def restrict(command: Restrict, view: View, act: Act) -> Decided:
    """Say anew who sees it, or lift it. By the commander, whoever declared or restricted it, or an admin in it."""
    _check_may_restrict(view, act)
    if any(name.strip().casefold() == EVERYONE for name in command.people):
        return _lift(command, view, act)
    people, teams, cautions = _named(command, act)
    before = view.visibility
    if before.restricted and (set(people), set(teams)) == (set(before.people), set(before.teams)):
        said = "Exactly these are in already." if people or teams else "It is restricted so already, to nobody by name."
        raise AlreadyDone(said, hint='Name others; to lift it give "people": ["everyone"].')
    after = Guard(tuple({*people, act.person, *(holding.person for holding in view.roles.held.values())}), tuple(teams))
    called = {page.to for page in view.pages.open if not may_see(Viewer(page.to), after, act.register.members)}
    fact = RoomRestricted(people=people, teams=teams, not_called=sorted(called), reason=act.reason)
    out = sorted(who for who in _worked(view) if not may_see(Viewer(who), after, act.register.members))
    if out:
        said = f"{', '.join(out)} took part so far and see it no longer."
        cautions.append(Caution("shut_out", said, "Let somebody back in: admit. They keep what they have read."))
    if not people and not teams:
        cautions.append(_nobody_named(after, act))
    elif not teams and set(after.people) == {act.person}:
        cautions.append(Caution("alone", "Nobody but you sees this room now.", "Let others in: admit, or call them."))
    if not act.reason and not before.restricted:
        cautions.append(_no_reason())
    return Decided((fact,), tuple(cautions))


def _worked(view: View) -> set[str]:
    before = view.visibility
    return {*view.players, *before.people}


def _nobody_named(after: Guard, act: Act) -> Caution:
    """An empty list is no "everyone": what is left is whoever restricts it, and the holders of roles."""
    others = sorted(set(after.people) - {act.person})
    said = "You named nobody, so only you see this room now."
    if others:
        said = f"You named nobody, so only you and the holders of roles see this room now: {', '.join(others)}."
    return Caution("nobody_named", said, 'Let others in with admit; to open it to all give "people": ["everyone"].')


def _no_reason() -> Caution:
    return Caution("no_reason", "Restricted without a reason.", "Say why in the room: those who are let in will ask.")


def _check_may_restrict(view: View, act: Act) -> None:
    declared_by = view.declaration.declared_by.removeprefix("person:")
    commander = view.roles.person("incident_commander")
    by_nobody = not declared_by or declared_by.startswith(HOUSE)
    # A room that nobody has declared or leads yet must be shut by whoever first sees what it is.
    free = by_nobody and commander is None and not view.visibility.restricted
    if act.admin or free or act.person in (commander, declared_by, view.visibility.restricted_by):
        return
    raise Refused(
        "Only the commander, whoever declared or restricted it, or an admin can say who sees the room.",
        hint="Ask one of them, or take command first. Whoever is in a restricted room can let others in: admit.",
    )


def _lift(command: Restrict, view: View, act: Act) -> Decided:
    if len(command.people) > 1 or command.teams:
        raise Malformed("everyone stands with nobody else.", hint='Give "people": ["everyone"] alone to lift it.')
    if not view.visibility.restricted:
        raise AlreadyDone("Everybody sees this room already.", hint="Nothing needs doing.")
    return Decided(
        (RestrictionLifted(reason=act.reason),),
        (
            Caution(
                "opens_the_past",
                "Everybody can now read all that was said here, also while it was restricted.",
                "Redact what must not be read, or restrict it again.",
            ),
        ),
    )


def _named(command: Restrict, act: Act) -> tuple[list[str], list[str], list[Caution]]:
    """The people and teams that the command names, as they are kept; a team among the people is one of the teams."""
    people: dict[str, None] = {}
    teams: dict[str, None] = {}
    unknown: list[str] = []
    for given in command.people:
        name = given.strip()
        if name == "me":
            people[act.person] = None
        elif act.register.members(name) is not None:
            teams[_team(name, act)] = None
        else:
            ref = act.register.ref(name.lower()) if is_email(name) else name
            people[ref] = None
            if not ref.startswith(("character:", "token:")) and not act.register.known(ref):
                unknown.append(ref)
    for given in command.teams:
        if act.register.members(given) is None:
            known = ", ".join(act.register.teams()) or "none yet"
            raise UnknownThing(f"There is no team {given!r}.", hint=f"Known: {known}. People are named by e-mail.")
        teams[_team(given, act)] = None
    cautions = [unknown_person(ref, "people", act.register) for ref in unknown]
    return list(people), list(teams), cautions


def unknown_person(ref: str, field: str, register: Register, *, others: bool = False) -> Caution:
    """What is said of somebody whom the directory lacks.

    Raises Malformed for a bare name, unless `others` than people may stand there: it would make a stranger who is shown
    like the person that was meant, and who can never answer.
    """
    near = " or ".join(register.nearest(ref))
    meant = f"Did you mean {near}? " if near else ""
    if "@" not in ref and not others:
        says = f"{field} is no person: {ref[:80]!r} is neither an e-mail, me, nor character:NAME."
        raise Malformed(says, hint=f"{meant}Name people by their e-mail.")
    said = f"{ref} is not in the directory. {meant}".strip()
    return Caution("unknown_person", said, "Check the spelling, or add them.")


def _team(name: str, act: Act) -> str:
    """A team's name as the directory writes it."""
    plain = name.strip().casefold()
    return next((team for team in act.register.teams() if team.casefold() == plain), name.strip())


def admit(command: Admit, view: View, act: Act) -> Decided:
    """Let somebody in. Anybody who is in may; an admin who is not may let themself in, with a reason, seen by all."""
    guard = guard_of(view)
    if guard is None:
        raise AlreadyDone("Everybody sees this room.", hint="restrict says who may, first.")
    members = act.register.members
    inside = may_see(Viewer(act.person), guard, members)
    if members(command.person) is not None and inside:
        team = _team(command.person, act)
        if team in guard.teams:
            raise AlreadyDone(f"The team {team} is in already.", hint="Nothing needs doing.")
        return Decided((TeamAdmitted(team=team, reason=act.reason),))
    if may_see(Viewer(command.person), guard, members) and command.person in guard.people:
        raise AlreadyDone(f"{command.person} is in already.", hint="Nothing needs doing.")
    if inside:
        return Decided((PersonAdmitted(person=command.person, reason=act.reason),))
    if not act.reason.strip():
        raise Malformed("Say why you look into a restricted room.", hint='Give "reason"; those in it read it.')
    fact = PersonAdmitted(person=command.person, because="break_glass", reason=act.reason)
    said = "You let yourself into a restricted room; everybody in it sees that, and why."
    return Decided((fact,), (Caution("break_glass", said, "Say in the room what you came for."),))


FACTS: tuple[type[Fact], ...] = (RoomRestricted, RestrictionLifted, PersonAdmitted, TeamAdmitted)
DECISIONS = {Restrict: restrict, Admit: admit}
