"""Signals: what came in from outside or from an uneasy engineer, in one shape whatever sent it.

An alert, a report, an observation and an SLO burn are all signals. Built by `integrations`, folded into the room
that they were grouped into. Never decides where a signal goes (`grouping`) nor what it means (`triage`).
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Command, OptionalText, Text
from watchroom.base.rng import short_hash
from watchroom.detection.change import ChangeReported
from watchroom.record.event import Decided, Event, Fact

State = Literal["firing", "resolved"]
Kind = Literal["alert", "report", "observation", "slo_burn"]
Outcome = Literal["recorded", "repeated", "resolved", "unmatched"]


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One signal as it came in, decoded once. `key` says which thing it speaks of; `group` what belongs together."""

    id: str
    """`signal_id` of the source and key: the same for ever."""
    source: str
    key: str
    group: str
    state: State
    title: str
    kind: Kind = "alert"
    severity: str = ""
    service: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    starts_at: datetime | None = None
    stable_start: bool = False
    """Whether the sender keeps `starts_at` while the signal lasts, so that another start is another episode."""
    ends_at: datetime | None = None
    url: str = ""


def signal_id(source: str, key: str) -> str:
    """The id of what a source says of a key; the same for ever."""
    return short_hash(source, key)


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one signal of a delivery. `stream` is the room's id, null when it went to none."""

    signal: str
    outcome: Outcome
    stream: str | None


class Remark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody did or said about a signal in another tool. It is not the signal's state."""

    signal: str
    action: Annotated[str, msgspec.Meta(description="In the past participle, such as `acknowledged` or `noted`.")]
    by: str = ""
    text: str = ""
    key: Annotated[str, msgspec.Meta(description="The signal's key, as the sender names it.")] = ""

    def sentence(self, source: str) -> str:
        """As the room says it."""
        by = f" by {self.by}" if self.by else ""
        text = f": {self.text}" if self.text else ""
        return f"{self.action.capitalize()} in {source}{by}{text}"


class DeliveryReceived(Fact, frozen=True, kw_only=True):
    """A sender's request was taken in: one durable receipt a signal, from which repeats are counted."""

    receipts: list[Receipt]
    annotations: Annotated[
        dict[str, dict[str, str]],
        msgspec.Meta(description="Annotations that changed, of signals that repeat, by signal id."),
    ] = {}
    truncated: Annotated[
        int, msgspec.Meta(description="How many more signals the sender left out of the request, as it says.")
    ] = 0
    remarks: Annotated[
        list[Remark], msgspec.Meta(description="What people did or said about signals in the sender's own tool.")
    ] = []
    fallback: Annotated[
        str, msgspec.Meta(description="Why the source's mapping did not fit, where it was read automatically instead.")
    ] = ""


class DeliveryKept(Fact, frozen=True, kw_only=True):
    """An authenticated body could not be read, wholly or in part; it is kept up to a bound and shown in the inbox."""

    body: Annotated[str, msgspec.Meta(description="The body as text, undecodable bytes replaced, cut to the bound.")]
    bytes_total: Annotated[int, msgspec.Meta(description="How long the body was, in bytes.")]
    path: str
    code: str
    message: str
    beside: Annotated[
        bool,
        msgspec.Meta(description="Whether the receipts of the same request stand before it: part of it was taken."),
    ] = False


class DeliveryPutAway(Fact, frozen=True, kw_only=True):
    """Somebody has looked at a kept delivery and dealt with it."""

    seq: Annotated[int, msgspec.Meta(description="The kept delivery's number in the source's stream.")]


class SignalRecorded(Fact, frozen=True, kw_only=True):
    """A signal began, or began again, and was put into this room."""

    signal: str
    source: str
    key: str
    group: str
    title: str
    kind: Kind = "alert"
    severity: str = ""
    service: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    starts_at: datetime | None = None
    url: str = ""
    moved_from: Annotated[str, msgspec.Meta(description="The room that it was in before, if it was moved here.")] = ""


class SignalResolved(Fact, frozen=True, kw_only=True):
    """A signal of this room ended, as its sender says."""

    signal: str
    ends_at: datetime | None = None


class SignalMoved(Fact, frozen=True, kw_only=True):
    """A signal was moved out of this room, into the one that it belongs to."""

    signal: str
    to: str


class ObservationNoted(Fact, frozen=True, kw_only=True):
    """Somebody saw something and wrote it down."""

    text: str
    link: str = ""


class NoteObservation(Command, frozen=True, kw_only=True, tag="note_observation"):
    """Write down what you see, with a link to where you saw it."""

    text: Text
    link: OptionalText = ""


class RoomSignal(msgspec.Struct):
    """A signal as the room knows it."""

    id: str
    source: str
    key: str
    group: str
    title: str
    state: State
    kind: Kind
    severity: str
    service: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime | None
    url: str
    fired: int
    """How many times it began while in this room."""
    since: datetime
    ends_at: datetime | None = None
    groups: list[str] = []
    """Every group that has carried it while in this room: the same alert may reach us by several routes."""


class Signals(msgspec.Struct):
    """The room's signals by id, in the order in which they came."""

    by_id: dict[str, RoomSignal] = {}

    @property
    def firing(self) -> list[RoomSignal]:
        return [signal for signal in self.by_id.values() if signal.state == "firing"]

    @property
    def groups(self) -> list[str]:
        """The grouping keys that lead into this room."""
        return sorted({signal.group for signal in self.by_id.values()})


class View(Protocol):
    """What the decisions here read."""

    @property
    def signals(self) -> Signals: ...


def apply(state: Signals, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case SignalRecorded():
            before = state.by_id.get(fact.signal)
            groups = before.groups if before else []
            state.by_id[fact.signal] = RoomSignal(
                id=fact.signal,
                source=fact.source,
                key=fact.key,
                group=fact.group,
                title=fact.title,
                state="firing",
                kind=fact.kind,
                severity=fact.severity,
                service=fact.service,
                labels=fact.labels,
                annotations=fact.annotations,
                starts_at=fact.starts_at,
                url=fact.url,
                fired=before.fired + 1 if before else 1,
                since=event.at,
                groups=groups if fact.group in groups else [*groups, fact.group],
            )
        case SignalResolved():
            signal = state.by_id.get(fact.signal)
            if signal is not None:
                signal.state = "resolved"
                signal.ends_at = fact.ends_at or event.at
        case SignalMoved():
            state.by_id.pop(fact.signal, None)


def note_observation(command: NoteObservation, view: View, act: Act) -> Decided:
    """An observation is taken as it is said."""
    return Decided((ObservationNoted(text=command.text, link=command.link),))


FACTS: tuple[type[Fact], ...] = (SignalRecorded, SignalResolved, SignalMoved, ObservationNoted)
SOURCE_FACTS: tuple[type[Fact], ...] = (DeliveryReceived, DeliveryKept, DeliveryPutAway, ChangeReported)
DECISIONS = {NoteObservation: note_observation}
