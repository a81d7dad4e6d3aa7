"""Severity: impact times urgency proposes, a person confirms, in doubt the higher.

The matrix is the profile's. Read by declaration and by the room's strip. Never rates by itself once a person has.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command
from watchroom.base.errors import AlreadyDone, Malformed
from watchroom.record.event import Decided, Deed, Event, Fact

Severity = Literal["SEV1", "SEV2", "SEV3", "SEV4"]
ImpactLevel = Literal["none", "few", "many", "all"]
Urgency = Literal["low", "medium", "high"]

Matrix = Mapping[ImpactLevel, Mapping[Urgency, Severity]]
"""Rows: how many customers; columns: how soon it gets worse. The profile holds it (`incident/profile`)."""


ProposedBy = Annotated[
    str, msgspec.Meta(description="Name and digest of the profile whose matrix was asked; empty: none was.")
]


class SetSeverity(Command, frozen=True, kw_only=True, tag="set_severity"):
    """Rate the incident: name a severity, or say impact and urgency and take what the matrix proposes."""

    severity: Severity | None = None
    impact: ImpactLevel | None = None
    urgency: Urgency | None = None


class SeverityProposed(Deed, frozen=True, kw_only=True):
    """The matrix proposed a severity from what was said of impact and urgency; nobody has confirmed it yet."""

    severity: Severity
    impact: ImpactLevel | None = None
    urgency: Urgency | None = None
    profile: ProposedBy = ""


class SeverityConfirmed(Deed, frozen=True, kw_only=True):
    """A person rated the incident."""

    severity: Severity
    impact: ImpactLevel | None = None
    urgency: Urgency | None = None
    profile: ProposedBy = ""


class Rating(msgspec.Struct):
    """The severity now, who stands behind it, and what it was built from."""

    severity: Severity | None = None
    confirmed: bool = False
    by: str = ""
    at: datetime | None = None
    impact: ImpactLevel | None = None
    urgency: Urgency | None = None
    profile: str = ""
    """The profile whose matrix was asked for it: name and digest."""


class View(Protocol):
    """What the decision here reads."""

    @property
    def rating(self) -> Rating: ...
    @property
    def matrix(self) -> Matrix: ...
    @property
    def proposed_by(self) -> str: ...


def propose(impact: ImpactLevel | None, urgency: Urgency | None, matrix: Matrix) -> Severity | None:
    """The matrix's proposal; of what was not said the higher is taken. None when nothing was said."""
    if impact is None and urgency is None:
        return None
    return matrix[impact or "all"][urgency or "high"]


def apply(state: Rating, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case SeverityProposed() | SeverityConfirmed():
            state.severity = fact.severity
            state.confirmed = isinstance(fact, SeverityConfirmed)
            state.by = event.actor
            state.at = event.at
            state.impact = fact.impact or state.impact
            state.urgency = fact.urgency or state.urgency
            state.profile = fact.profile


def set_severity(command: SetSeverity, view: View, act: Act) -> Decided:
    """A person's rating stands. Lowering or raising without a reason is taken, and asked about."""
    rating = view.rating
    severity = command.severity
    if severity is None:
        if command.impact is None and command.urgency is None:
            raise Malformed(
                "set_severity names neither a severity nor an impact or urgency.",
                hint='Give "severity": "SEV1" to "SEV4", or "impact" (none, few, many, all) and "urgency".',
            )
        severity = propose(command.impact or rating.impact, command.urgency or rating.urgency, view.matrix)
    assert severity is not None
    unchanged = (command.impact or rating.impact, command.urgency or rating.urgency) == (rating.impact, rating.urgency)
    if rating.confirmed and severity == rating.severity and unchanged:
        raise AlreadyDone(f"The severity is {severity} already.", hint="Nothing needs doing.")
    cautions = []
    if rating.confirmed and severity != rating.severity and not act.reason:
        cautions.append(
            Caution("no_reason", f"{rating.severity} became {severity} without a reason.", "Say why in the room.")
        )
    proposed = propose(command.impact, command.urgency, view.matrix)
    if proposed is not None and command.severity is not None and proposed < command.severity:
        cautions.append(
            Caution(
                "below_matrix",
                f"The matrix proposes {proposed} for this impact and urgency; you chose {command.severity}.",
                "In doubt take the higher; it can be lowered at any time.",
            )
        )
    asked = view.proposed_by if proposed is not None else ""
    fact = SeverityConfirmed(
        severity=severity, impact=command.impact, urgency=command.urgency, reason=act.reason, profile=asked
    )
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (SeverityProposed, SeverityConfirmed)
DECISIONS = {SetSeverity: set_severity}
