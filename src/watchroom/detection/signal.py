"""Signals: what came in from outside or from an uneasy engineer, in one shape whatever sent it.

An alert, a report, an observation and an SLO burn are all signals. Built by `integrations`, folded into the room
that they were grouped into. Never decides where a signal goes (`grouping`) nor what it means (`triage`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Command, Id, Text
from watchroom.base.errors import UnknownThing
from watchroom.base.rng import short_hash
from watchroom.base.wording import Link
from watchroom.detection.change import ChangeReported
from watchroom.record.event import Decided, Deed, Event, Fact

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


def group_key(source: str, group: str) -> str:
    """The key of a group of one source's signals."""
    return f"{source}\x1f{group}"


def leads_of(source: str, group: str, leads: list[str] | None) -> list[str]:
    """The keys that a recorded signal hands to its room; null: its sender's group alone."""
    return [group_key(source, group)] if leads is None else leads


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one signal of a delivery. `stream` is the room's id, null when it went to none."""

    signal: str
    outcome: Outcome
    stream: str | None
    why: str = ""
    """Why it is in that room, in words; empty when it went to none."""


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
    why: Annotated[str, msgspec.Meta(description="Why it is in this room, in words.")] = ""
    rule: Annotated[str, msgspec.Meta(description="The grouping rule that spoke of it; empty: its sender's group.")] = (
        ""
    )
    leads: Annotated[
        list[str] | None,
        msgspec.Meta(description="The keys by which further signals are led to it; null: its sender's group alone."),
    ] = None


class SignalResolved(Fact, frozen=True, kw_only=True):
    """A signal of this room ended, as its sender says."""

    signal: str
    ends_at: datetime | None = None


class SignalMoved(Fact, frozen=True, kw_only=True):
    """A signal was moved out of this room, into the one that it belongs to."""

    signal: str
    to: str


class ObservationNoted(Deed, frozen=True, kw_only=True):
    """Somebody saw something and wrote it down."""

    text: str
    link: str = ""
    answers: Annotated[str, msgspec.Meta(description="The unknown that it answers.")] = ""


class NoteObservation(Command, frozen=True, kw_only=True, tag="note_observation"):
    """Write down what you see, with a link to where you saw it."""

    text: Text
    link: Link = ""
    answers: Annotated[Id | None, msgspec.Meta(description="The unknown that this answers.")] = None


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
    leads: list[str] = []
    """Every key that led it here, and leads others after it: the same alert may reach us by several routes."""
    why: str = ""
    """Why it is in this room, as was said when it came."""


class Signals(msgspec.Struct):
    """The room's signals by id, in the order in which they came."""

    by_id: dict[str, RoomSignal] = {}
    last_at: datetime | None = None
    """When a signal last began or ended here; what people moved here does not count."""

    @property
    def firing(self) -> list[RoomSignal]:
        return [signal for signal in self.by_id.values() if signal.state == "firing"]


class _Unknowns(Protocol):
    """As much of `unknown` as is read here."""

    @property
    def by_id(self) -> Mapping[str, object]: ...


class View(Protocol):
    """What the decisions here read."""

    @property
    def signals(self) -> Signals: ...
    @property
    def unknowns(self) -> _Unknowns: ...


def apply(state: Signals, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case SignalRecorded():
            before = state.by_id.get(fact.signal)
            leads = before.leads if before else []
            led_by = leads_of(fact.source, fact.group, fact.leads)
            if not fact.moved_from:
                state.last_at = max(state.last_at or event.past_at, event.past_at)
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
                leads=leads if all(key in leads for key in led_by) else list(dict.fromkeys([*leads, *led_by])),
                # An alert that fires again in its open room is there for the reason that brought it.
                why=before.why if before and before.why and not fact.moved_from else fact.why,
            )
        case SignalResolved():
            signal = state.by_id.get(fact.signal)
            if signal is not None:
                signal.state = "resolved"
                signal.ends_at = fact.ends_at or event.at
                state.last_at = max(state.last_at or event.past_at, event.past_at)
        case SignalMoved():
            state.by_id.pop(fact.signal, None)


def note_observation(command: NoteObservation, view: View, act: Act) -> Decided:
    """An observation is taken as it is said; it may answer an unknown."""
    if command.answers and command.answers not in view.unknowns.by_id:
        known = ", ".join(view.unknowns.by_id) or "none yet"
        raise UnknownThing(f"There is no unknown {command.answers} here.", hint=f"Known: {known}.")
    return Decided((ObservationNoted(text=command.text, link=command.link, answers=command.answers or ""),))


FACTS: tuple[type[Fact], ...] = (SignalRecorded, SignalResolved, SignalMoved, ObservationNoted)
SOURCE_FACTS: tuple[type[Fact], ...] = (DeliveryReceived, DeliveryKept, DeliveryPutAway, ChangeReported)
DECISIONS = {NoteObservation: note_observation}
