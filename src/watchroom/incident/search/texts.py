"""What of a fact can be found: the words that people and senders wrote, and nothing that the house itself says.

Each fact of a room is in `FIELDS`, or is found by its reason alone. Called by `indexer` and, for one stream anew, after
a redaction. Never reads the record. Pure.
"""

from collections.abc import Iterable, Iterator

from watchroom.communication.editing import MessageEdited
from watchroom.communication.image import Image
from watchroom.communication.inbound import InboundAdded, InboundAnswered, InboundDeferred
from watchroom.communication.message import MessagePosted
from watchroom.communication.update import UpdateDrafted, UpdatePosted
from watchroom.detection.category import IncidentCategorised
from watchroom.detection.change import ChangeReported
from watchroom.detection.declaration import IncidentCorrected, IncidentDeclared, RoomOpened
from watchroom.detection.looking import LookedAt
from watchroom.detection.signal import ObservationNoted, SignalMoved, SignalRecorded
from watchroom.detection.triage import SignalTriaged
from watchroom.detection.unknown import UnknownStated
from watchroom.incident.doors import is_room
from watchroom.incident.inbox import SOURCE_PREFIX
from watchroom.incident.incident import CODEC
from watchroom.incident.redaction import RedactionExplained
from watchroom.incident.search.document import Document, Gone, Kind, Step
from watchroom.incident.undo import Retracted
from watchroom.mitigation.decision import DecisionMade, HoldBegun
from watchroom.mitigation.escalation import EscalationDeferred, HelpAsked
from watchroom.mitigation.hypothesis import EvidenceAdded, HypothesisProposed
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned, ImpactStated
from watchroom.mitigation.intervention import InterventionObserved, InterventionProposed
from watchroom.mitigation.page import PageRequested
from watchroom.mitigation.priority import PriorityStated
from watchroom.mitigation.roles import RoleAssigned, RoleHandedOver
from watchroom.mitigation.task import TaskAssigned, TaskReported
from watchroom.mitigation.workstream import WorkstreamOpened
from watchroom.record.codec import FactCodec
from watchroom.record.event import Deed, Event, Fact, kind_of
from watchroom.record.redaction import Redacted
from watchroom.resolution.resolving import IncidentResolved
from watchroom.resolution.shim import ShimAdded
from watchroom.review.action_item import ActionAdded
from watchroom.review.artefact import ArtefactSaved
from watchroom.review.finding import FactorAdded, FindingAdded, MysteryAdded
from watchroom.review.recovery import ResponderCheckedIn
from watchroom.review.timeline import BeliefRecorded, TimelineMarked

FIELDS: dict[type[Fact], tuple[Kind, tuple[str, ...]]] = {
    RoomOpened: ("incident", ("title",)),
    IncidentDeclared: ("incident", ("title",)),
    IncidentCorrected: ("incident", ("title",)),
    IncidentCategorised: ("note", ("categories",)),
    SignalRecorded: ("signal", ("title", "annotations", "labels", "service", "key")),
    SignalTriaged: ("note", ()),
    ObservationNoted: ("observation", ("text", "link")),
    UnknownStated: ("observation", ("text",)),
    LookedAt: ("observation", ("panel", "query", "shown")),
    ImpactStated: ("impact", ("text", "services", "regions", "tiers", "platforms")),
    ImpactMitigated: ("impact", ("text",)),
    ImpactReturned: ("impact", ("text",)),
    HypothesisProposed: ("hypothesis", ("text",)),
    EvidenceAdded: ("hypothesis", ("text", "link")),
    InterventionProposed: ("intervention", ("text", "expected", "risk", "rollback", "services")),
    InterventionObserved: ("intervention", ("text",)),
    DecisionMade: ("decision", ("text", "alternatives", "unknown")),
    HoldBegun: ("decision", ("text",)),
    PriorityStated: ("decision", ("text", "owner")),
    TaskAssigned: ("task", ("text",)),
    TaskReported: ("task", ("text",)),
    WorkstreamOpened: ("task", ("name", "limit")),
    RoleAssigned: ("note", ("limit", "brief")),
    RoleHandedOver: ("note", ("brief",)),
    HelpAsked: ("call", ("text", "known", "to")),
    EscalationDeferred: ("call", ("text", "known")),
    PageRequested: ("call", ("text",)),
    MessagePosted: ("message", ("text", "images")),
    MessageEdited: ("message", ("text",)),
    UpdateDrafted: ("update", ("title", "impact", "doing", "need", "brief")),
    UpdatePosted: ("update", ("title", "impact", "doing", "need")),
    InboundAdded: ("inbound", ("text", "sender")),
    InboundDeferred: ("inbound", ("text",)),
    InboundAnswered: ("inbound", ("text",)),
    ShimAdded: ("intervention", ("text",)),
    IncidentResolved: ("finding", ("text",)),
    FindingAdded: ("finding", ("text",)),
    MysteryAdded: ("finding", ("text",)),
    FactorAdded: ("finding", ("text",)),
    ActionAdded: ("action", ("text",)),
    ArtefactSaved: ("artefact", ("body", "link", "kind")),
    TimelineMarked: ("note", ("text",)),
    BeliefRecorded: ("note", ("text",)),
    ResponderCheckedIn: ("note", ("text",)),
    ChangeReported: ("change", ("summary", "service", "details")),
}
"""Which fields of a fact hold words that somebody looks for, in the order in which they are shown; and as what the
entry is found."""
BY_REASON_ALONE: Kind = "note"
NEVER = (Redacted, RedactionExplained, Retracted)
"""What says that something is gone must not be the way back to it."""

_changes = FactCodec((ChangeReported,))
_CHANGE = kind_of(ChangeReported)


def steps(event: Event, chars_max: int) -> Iterator[Step]:
    """What this event changes of what can be found. A redacted one changes nothing: what it said is nowhere to be
    found; of what a redaction takes with it, whoever calls must make the stream anew."""
    if event.redacted:
        return
    if event.kind == _CHANGE and event.stream.startswith(SOURCE_PREFIX):
        fact = _changes.decode(event)
    elif is_room(event.stream):
        fact = CODEC.decode(event)
    else:
        return
    if isinstance(fact, Retracted):
        yield Gone(event.stream, seq=fact.seq)
    elif isinstance(fact, SignalMoved):
        yield Gone(event.stream, of=f"signal:{fact.signal}")
    elif fact is not None and not isinstance(fact, NEVER) and (text := text_of(fact)):
        kind = FIELDS[type(fact)][0] if type(fact) in FIELDS else BY_REASON_ALONE
        of, service = _of(fact), getattr(fact, "service", "").casefold()
        yield Document(event.stream, event.seq, kind, event.past_at, event.actor, text[:chars_max], of, service)


def text_of(fact: Fact) -> str:
    """What can be found of a fact, a line for each field; empty when nobody wrote anything."""
    _, names = FIELDS.get(type(fact), ("", ()))
    lines = [line for name in names for line in _lines(getattr(fact, name))]
    if isinstance(fact, Deed):
        lines.append(fact.reason)
    return "\n".join(dict.fromkeys(line for line in (line.replace("\0", " ").strip() for line in lines) if line))


def _lines(value: object) -> Iterable[str]:
    match value:
        case str():
            return (value,)
        case dict():
            return (f"{name}: {said}" for name, said in value.items())
        case [Image(), *_]:
            return [image.alt for image in value if isinstance(image, Image)]
        case list() | tuple():
            return (", ".join(map(str, value)),)
        case _:
            return ()


def _of(fact: Fact) -> str:
    match fact:
        case RoomOpened() | IncidentDeclared() | IncidentCorrected():
            return "title"
        case SignalRecorded():
            return f"signal:{fact.signal}"
        case UpdateDrafted() | UpdatePosted():
            return f"update:{fact.id}"
        case ChangeReported():
            return fact.id
        case _:
            return ""
