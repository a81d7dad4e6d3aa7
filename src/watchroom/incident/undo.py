"""Undo: a fact is taken back, never removed. The room then stands as if it had not been said.

By its author or the commander, and not once something has left the house. Folding without the retracted facts is
`folds`' part.
"""

from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Command
from watchroom.base.errors import AlreadyDone, Refused
from watchroom.communication.cadence import OverdueEscalated, UpdateBecameOverdue
from watchroom.communication.inbound import InboundBecameOverdue
from watchroom.communication.update import UpdateApproved, UpdateDrafted, UpdatePosted, Updates
from watchroom.detection.declaration import (
    DeclarationWithdrawn,
    DeclaredByRule,
    IncidentCorrected,
    IncidentDeclared,
    IncidentNoticed,
    RoomOpened,
)
from watchroom.detection.signal import SignalMoved, SignalRecorded, SignalResolved
from watchroom.detection.triage import JudgementWithdrawn, LookAgainCameDue, SignalTriaged
from watchroom.detection.unknown import UnknownBecameOverdue
from watchroom.incident.adopting import ProfileAdopted, RolesProposed
from watchroom.incident.redaction import RedactionExplained
from watchroom.incident.sla import SlaTargetMissed
from watchroom.incident.visibility import PersonAdmitted, RestrictionLifted, RoomRestricted, TeamAdmitted
from watchroom.mitigation.decision import HoldCameDue
from watchroom.mitigation.escalation import EscalationCameDue
from watchroom.mitigation.page import (
    PageAcknowledged,
    PageDelivered,
    PageFailed,
    PageRequested,
    Pages,
    PageShown,
    PageWentUnanswered,
    PageWithdrawn,
    RoomPage,
)
from watchroom.mitigation.roles import RoleAssigned, Roles
from watchroom.mitigation.task import TaskBecameOverdue
from watchroom.record.codec import DamagedFact
from watchroom.record.event import Decided, Deed, Event, Fact
from watchroom.record.redaction import Redacted
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened, ReopeningOffered
from watchroom.resolution.resolving import IncidentResolved
from watchroom.resolution.silence import IncidentFellSilent
from watchroom.resolution.stability import (
    StabilityWatchBroken,
    StabilityWatchLapsed,
    StabilityWatchPassed,
    StabilityWatchWentUnheard,
)
from watchroom.review.artefact import ArtefactAgedOut
from watchroom.review.review import ReviewBecameOverdue


class Retract(Command, frozen=True, kw_only=True, tag="retract"):
    """Take back what you said or recorded by mistake."""

    seq: Annotated[int, msgspec.Meta(ge=1, description="The event's number in this room.")]


class Retracted(Deed, frozen=True, kw_only=True):
    """An earlier event of this room was taken back; the room is read as if it had not been said."""

    seq: int

    def is_work(self) -> bool:
        """What is taken back may be of any day; what it took back was the work."""
        return False


class Retractions(msgspec.Struct):
    """The numbers of what was taken back."""

    seqs: list[int] = []


class View(Protocol):
    """What the decision here reads."""

    @property
    def retractions(self) -> Retractions: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def roles(self) -> Roles: ...
    @property
    def updates(self) -> Updates: ...


LEFT_THE_HOUSE = (UpdatePosted, UpdateApproved)
# A verdict or a declaration has consequences in the inbox and in other rooms; another verdict corrects it.
CORRECTED_OTHERWISE: dict[type[Fact], str] = {
    SignalTriaged: "Give the signal another verdict instead.",
    JudgementWithdrawn: "Judge the signal again.",
    IncidentDeclared: "Resolve it, and close it without a review.",
    DeclarationWithdrawn: "Declare it again.",
    IncidentCorrected: "Correct it again, to what it was.",
    IncidentNoticed: "Say when it was noticed in a message.",
    PageAcknowledged: "Page again.",
    PageWithdrawn: "Page again.",
    IncidentResolved: "Reopen the incident instead.",
    IncidentClosed: "Reopen the incident instead.",
    ProfileAdopted: "Choose the profile from before under Settings, Profile, and adopt that.",
    RoomRestricted: "Restrict it anew, or lift it: restrict, people everyone.",
    RestrictionLifted: "Restrict it again.",
    PersonAdmitted: "Restrict it anew, with those who stay.",
    TeamAdmitted: "Restrict it anew, with those who stay.",
}
NOT_SAID_BY_ANYONE = (
    RoomOpened,
    DeclaredByRule,
    SignalRecorded,
    SignalResolved,
    SignalMoved,
    LookAgainCameDue,
    UpdateBecameOverdue,
    OverdueEscalated,
    UnknownBecameOverdue,
    TaskBecameOverdue,
    HoldCameDue,
    EscalationCameDue,
    InboundBecameOverdue,
    PageShown,
    PageDelivered,
    PageFailed,
    PageWentUnanswered,
    ReopeningOffered,
    IncidentReopened,
    Redacted,
    RedactionExplained,
    StabilityWatchPassed,
    StabilityWatchWentUnheard,
    StabilityWatchLapsed,
    StabilityWatchBroken,
    IncidentFellSilent,
    ArtefactAgedOut,
    ReviewBecameOverdue,
    RolesProposed,
    SlaTargetMissed,
)


def apply(state: Retractions, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, Retracted):
        state.seqs.append(fact.seq)


def _has_left(fact: Fact | None, view: View) -> bool:
    """Whether it has been sent to anybody outside the room; a draft has, once it was approved."""
    id = fact.update if isinstance(fact, UpdateApproved) else getattr(fact, "id", "")
    update = view.updates.by_id.get(id) if isinstance(fact, (*LEFT_THE_HOUSE, UpdateDrafted)) else None
    return update is not None and update.posted_at is not None and update.audience != "responders"


def retract(command: Retract, view: View, act: Act, event: Event, fact: Fact | None) -> Decided:
    """Take `event` back; `fact` is what it says."""
    if command.seq in view.retractions.seqs:
        raise AlreadyDone("That was taken back already.", hint="Nothing needs doing.")
    if isinstance(fact, Retracted):
        raise Refused("Taking back cannot be taken back.", hint="Say it again instead.")
    if _has_left(fact, view):
        raise Refused("That update has left the house.", hint="Post another that corrects it.")
    if isinstance(fact, RedactionExplained):
        raise Refused("Why something was redacted stays.", hint="If it must not be read, redact that entry too.")
    if isinstance(fact, NOT_SAID_BY_ANYONE):
        raise Refused("That is not something a person said.", hint="Take back a person's entry instead.")
    if (instead := CORRECTED_OTHERWISE.get(type(fact)) if fact is not None else None) is not None:
        raise Refused("That cannot be taken back.", hint=instead)
    if act.actor != event.actor and view.roles.person("incident_commander") != act.person:
        raise Refused(
            "Only its author or the commander can take it back.", hint="Ask one of them, or write a correction."
        )
    if isinstance(fact, PageRequested):
        # That it was asked for stays: it may have rung. Taking it back ends the whole call.
        return Decided(_taken_back(fact, view, act))
    ended = [PageWithdrawn(page=page.id) for page in view.pages.open if fact is not None and _asked_by(page, fact)]
    return Decided((Retracted(seq=command.seq, reason=act.reason), *ended))


def _taken_back(fact: PageRequested, view: View, act: Act) -> tuple[Fact, ...]:
    """The end of every page of a call that still calls somebody. Raises AlreadyDone."""
    call = fact.call or fact.id
    ended = [PageWithdrawn(page=page.id, reason=act.reason) for page in view.pages.open if page.call == call]
    if not ended:
        raise AlreadyDone(f"{fact.id} calls nobody any more.", hint="Nothing needs doing.")
    return tuple(ended)


def _asked_by(page: RoomPage, fact: Fact) -> bool:
    """Whether a page was asked for by what is taken back: it then calls to a thing that is not there."""
    if isinstance(fact, RoleAssigned):
        return page.cause == "role" and page.about == fact.role and page.to == fact.person
    return bool(page.about) and page.about == getattr(fact, "id", "")


def is_retractable(fact: Fact | None) -> bool:
    """Whether a person may take this back at all; `retract` has the last word."""
    if fact is None or isinstance(fact, (DamagedFact, Retracted, *NOT_SAID_BY_ANYONE, *CORRECTED_OTHERWISE)):
        return False
    if isinstance(fact, UpdatePosted) and fact.audience == "responders":
        return True
    return not isinstance(fact, LEFT_THE_HOUSE)


FACTS: tuple[type[Fact], ...] = (Retracted,)
