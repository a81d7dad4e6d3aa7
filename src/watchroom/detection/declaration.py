"""Declaration: when it was noticed, and when somebody said "this is an incident". Two facts, and the delay is
measured.

One action, no mandatory form; what was said can be put right later. A grouping rule may do it too, where people told
it to. Called through `incident/handle` by web, API, CLI and triage, and by the intake's sorting. Never asks for more
than a title.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, Text, When
from watchroom.base.errors import AlreadyDone, Malformed
from watchroom.detection.grouping import Declares
from watchroom.detection.severity import ImpactLevel, Matrix, SeverityProposed, Urgency, propose
from watchroom.detection.signal import Signal, Signals
from watchroom.record.event import VIA_ENTERED, Decided, Deed, Event, Fact


class Declare(Command, frozen=True, kw_only=True, tag="declare"):
    """Say that this is an incident. A title is enough; everything else can come later."""

    title: Text | None = None
    impact: ImpactLevel | None = None
    urgency: Urgency | None = None
    services: Annotated[list[Name], msgspec.Meta(max_length=200)] = []
    noticed_at: Annotated[When | None, msgspec.Meta(description="When somebody or something first noticed.")] = None


class CorrectIncident(Command, frozen=True, kw_only=True, tag="correct_incident"):
    """Put right what the incident is called, or which services it names. What is left out stays as it was."""

    title: Text | None = None
    services: (
        Annotated[
            list[Name],
            msgspec.Meta(max_length=200, description="All of them, in place of those named so far; empty: none."),
        ]
        | None
    ) = None


class RoomOpened(Fact, frozen=True, kw_only=True):
    """A room was born, at its first signal or at a declaration. Its first fact; says whether it is practice."""

    practice: bool
    title: str
    after: Annotated[str, msgspec.Meta(description="The earlier room that the same group of signals led to.")] = ""


class IncidentNoticed(Fact, frozen=True, kw_only=True):
    """Somebody or something noticed. A fact of its own, so that the delay until the declaration can be measured."""

    noticed_at: datetime


class DeclaredByRule(Fact, frozen=True, kw_only=True):
    """A grouping rule is about to declare, as the team told it to, for this signal: no person has judged it yet."""

    rule: str
    signal: str


class IncidentDeclared(Deed, frozen=True, kw_only=True):
    """A person, or a rule that people made, said that this is an incident."""

    title: str
    services: list[str] = []


class IncidentCorrected(Deed, frozen=True, kw_only=True):
    """What the incident is called, or which services it names, was put right."""

    title: Annotated[str, msgspec.Meta(description="The title from now on; empty: as it was.")] = ""
    services: Annotated[list[str] | None, msgspec.Meta(description="All services from now on; null: as they were.")] = (
        None
    )


class DeclarationWithdrawn(Deed, frozen=True, kw_only=True):
    """A declaration was taken back before anybody had gone on from it: a slip of the hand, not an incident."""


class Declaration(msgspec.Struct):
    """What was said at the door."""

    opened_at: datetime | None = None
    practice: bool = False
    title: str = ""
    after: str = ""
    services: list[str] = []
    noticed_at: datetime | None = None
    noticed_unsaid: bool = False
    """Whether nothing was said of when it was noticed: then `noticed_at` is when it was declared, and says no more."""
    declared_at: datetime | None = None
    declared_by: str = ""
    declared_rule: str = ""
    """The grouping rule that declared it; empty when a person did."""


class View(Protocol):
    """What the decision here reads."""

    @property
    def declaration(self) -> Declaration: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def matrix(self) -> Matrix: ...
    @property
    def proposed_by(self) -> str: ...


def apply(state: Declaration, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case RoomOpened():
            state.opened_at = event.at
            state.practice = fact.practice
            state.title = fact.title
            state.after = fact.after
        case IncidentNoticed():
            state.noticed_at = fact.noticed_at
            state.noticed_unsaid = unsaid(fact, event)
        case DeclaredByRule():
            state.declared_rule = fact.rule
        case IncidentDeclared():
            state.declared_at = event.at
            state.declared_by = event.actor
            state.title = fact.title or state.title
            state.services = fact.services or state.services
        case IncidentCorrected():
            state.title = fact.title or state.title
            state.services = state.services if fact.services is None else fact.services
        case DeclarationWithdrawn():
            state.noticed_at, state.noticed_unsaid = None, False
            state.declared_at, state.declared_by, state.declared_rule = None, "", ""


def unsaid(fact: IncidentNoticed, event: Event) -> bool:
    """Whether whoever declared said nothing of when it was noticed, and no signal did: the declaration's own time.

    A signal notices as it comes, and a timeline that is entered tells of each thing at its own time.
    """
    return fact.noticed_at == event.at and event.via != VIA_ENTERED and not event.actor.startswith("source:")


def noticed_at(command: Declare, view: View, act: Act) -> datetime:
    """When it was noticed: as stated, else when its first signal began, else now. Never after the declaration."""
    begun = [signal.starts_at or signal.since for signal in view.signals.by_id.values()]
    return min(command.noticed_at or min(begun, default=act.at), act.at)


def declare(command: Declare, view: View, act: Act) -> Decided:
    """Declare; refused only when it is declared already."""
    if view.declaration.declared_at is not None:
        raise AlreadyDone(
            "It is declared already.",
            hint="Change the severity with set_severity, its title or services with correct_incident; "
            "reopen it if it was closed.",
        )
    services = list(dict.fromkeys(command.services)) or sorted(
        {signal.service for signal in view.signals.by_id.values() if signal.service}
    )
    title = command.title or view.declaration.title
    cautions = []
    if not title:
        title = "Untitled incident"
        cautions.append(Caution("no_title", "It has no title yet.", "Say in a few words what customers cannot do."))
    facts: list[Fact] = [
        IncidentNoticed(noticed_at=noticed_at(command, view, act)),
        IncidentDeclared(title=title, services=services),
    ]
    severity = propose(command.impact, command.urgency, view.matrix)
    if severity is not None:
        facts.append(
            SeverityProposed(
                severity=severity, impact=command.impact, urgency=command.urgency, profile=view.proposed_by
            )
        )
    if command.noticed_at is not None and command.noticed_at > act.at:
        cautions.append(
            Caution(
                "noticed_later",
                "It was noticed after it was declared; the declaration's time was taken.",
                "Say in a message when it was noticed, if it was earlier.",
            )
        )
    return Decided(tuple(facts), tuple(cautions))


def correct_incident(command: CorrectIncident, view: View, act: Act) -> Decided:
    """Put title or services right; refused when nothing would be another than it is."""
    if command.title is None and command.services is None:
        raise Malformed("Neither a title nor services are given.", hint="Give the title, or all the services.")
    now = view.declaration
    title = command.title if command.title != now.title else None
    services = None if command.services is None else list(dict.fromkeys(command.services))
    if services == now.services:
        services = None
    if title is None and services is None:
        raise AlreadyDone("It reads so already.", hint="Give the title, or all the services, as they are to read.")
    return Decided((IncidentCorrected(title=title or "", services=services, reason=command.reason or ""),))


def undeclared_caution(declaration: Declaration) -> tuple[Caution, ...]:
    """Said of an end of what nobody ever called an incident: it is not measured, and shows no gap."""
    if declaration.declared_at is not None:
        return ()
    hint = "Declare it first, or, if it is none, judge its signals with triage."
    return (Caution("not_declared", "Nobody has declared it an incident.", hint),)


def declare_by_rule(
    rule: str, declares: Declares, signal: Signal, at: datetime, matrix: Matrix, proposed_by: str, title: str = ""
) -> list[Fact]:
    """The facts by which a rule declares for a signal that came at `at`; `title` is the room's, if it has one.

    `proposed_by` names the profile whose `matrix` it is.
    """
    noticed = min(signal.starts_at or at, at)
    facts: list[Fact] = [
        DeclaredByRule(rule=rule, signal=signal.id),
        IncidentNoticed(noticed_at=noticed),
        IncidentDeclared(title=title or signal.title, services=[signal.service] if signal.service else []),
    ]
    severity = propose(declares.impact, declares.urgency, matrix)
    if severity is not None:
        facts.append(
            SeverityProposed(severity=severity, impact=declares.impact, urgency=declares.urgency, profile=proposed_by)
        )
    return facts


FACTS: tuple[type[Fact], ...] = (
    RoomOpened,
    IncidentNoticed,
    DeclaredByRule,
    IncidentDeclared,
    IncidentCorrected,
    DeclarationWithdrawn,
)
DECISIONS = {Declare: declare, CorrectIncident: correct_incident}
