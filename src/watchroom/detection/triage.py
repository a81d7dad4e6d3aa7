"""Triage: a person's judgement of a signal: false alarm, noise, duplicate, slow burn, or incident.

A room in which every signal was judged away is dismissed; a slow burn comes back when somebody said to look again.
Called by the inbox and `POST /api/v1/signals/{id}/triage` through `incident/handle`. Never decides by itself.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Id, Name, OptionalText, When
from watchroom.base.errors import AlreadyDone, Malformed, UnknownThing
from watchroom.detection.signal import RoomSignal, SignalRecorded, Signals
from watchroom.people import absence
from watchroom.people.absence import not_told
from watchroom.record.event import Decided, Deed, Event, Fact

Verdict = Literal["false_alarm", "noise", "duplicate", "slow_burn", "incident"]
DISMISSING: frozenset[Verdict] = frozenset({"false_alarm", "noise", "duplicate"})


class Triage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a triage request: what the signal turned out to be."""

    verdict: Verdict
    reason: OptionalText = ""
    of: Annotated[Id | None, msgspec.Meta(description="For a duplicate: the room it belongs to.")] = None
    owner: Name | None = None
    look_again_at: Annotated[When | None, msgspec.Meta(description="For a slow burn: when to look again.")] = None


class Withdraw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a request to take a judgement back."""

    reason: Annotated[str, msgspec.Meta(max_length=2_000, description="Why, in a sentence.")] = ""
    room: Annotated[
        Id | None, msgspec.Meta(description="The room in which it was judged; else that which it came from, or is in.")
    ] = None


class SignalTriaged(Deed, frozen=True, kw_only=True):
    """A person judged a signal."""

    signal: str
    verdict: Verdict
    of: str = ""
    owner: str = ""
    look_again_at: datetime | None = None


class JudgementWithdrawn(Deed, frozen=True, kw_only=True):
    """A person's verdict on a signal was taken back: the signal waits for a judgement again."""

    signal: str
    verdict: Annotated[Verdict, msgspec.Meta(description="The verdict that was taken back.")]


class LookAgainCameDue(Fact, frozen=True, kw_only=True):
    """The time came to look again at a slow burn; it is back in the inbox."""

    signal: str
    promised_at: datetime


class Judgement(msgspec.Struct):
    """What was last decided about one signal."""

    verdict: Verdict
    by: str
    at: datetime
    reason: str = ""
    owner: str = ""
    look_again_at: datetime | None = None
    due: bool = False
    of: str = ""
    """Of a duplicate: the room that it was moved into."""


class Judgements(msgspec.Struct):
    """Judgements by signal id."""

    by_signal: dict[str, Judgement] = {}


class View(absence.Room, Protocol):
    """What the decisions here read."""

    @property
    def signals(self) -> Signals: ...
    @property
    def judgements(self) -> Judgements: ...


def apply(state: Judgements, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case SignalRecorded():
            judgement = state.by_signal.get(fact.signal)
            if judgement is not None and judgement.verdict in DISMISSING:
                del state.by_signal[fact.signal]
        case SignalTriaged():
            state.by_signal[fact.signal] = Judgement(
                verdict=fact.verdict,
                by=event.actor,
                at=event.at,
                reason=fact.reason,
                owner=fact.owner,
                look_again_at=fact.look_again_at,
                of=fact.of,
            )
        case JudgementWithdrawn():
            state.by_signal.pop(fact.signal, None)
        case LookAgainCameDue():
            judgement = state.by_signal.get(fact.signal)
            if judgement is not None:
                judgement.due = True


def is_open(signal: RoomSignal, judgements: Judgements) -> bool:
    """Whether a signal of an undeclared room still waits for a judgement."""
    judgement = judgements.by_signal.get(signal.id)
    return judgement is None or judgement.due


def all_dismissed(signals: Signals, judgements: Judgements) -> bool:
    """Whether every signal that is or was in the room was judged away (a room that never had one was not)."""
    judged = judgements.by_signal
    return (
        bool(judged)
        and all(judgement.verdict in DISMISSING and not judgement.due for judgement in judged.values())
        and all(id in judged for id in signals.by_id)
    )


def triage(command: Triage, signal_id: str, view: View, act: Act) -> Decided:
    """Take the verdict. Declaring (for `incident`) and moving (for `duplicate`) are the caller's further facts."""
    if signal_id not in view.signals.by_id:
        raise UnknownThing("The signal is not in this room any more.", hint="Load the inbox again.")
    before = view.judgements.by_signal.get(signal_id)
    # A slow burn may be given its owner and its time afterwards, as its own warning asks; any verdict may be given why.
    told_more = before is not None and (
        bool(command.reason and command.reason != before.reason)
        or (
            command.verdict == "slow_burn"
            and (command.look_again_at or before.look_again_at, command.owner or before.owner)
            != (before.look_again_at, before.owner)
        )
    )
    if before is not None and not before.due and before.verdict == command.verdict and not told_more:
        raise AlreadyDone(
            f"It was judged {command.verdict.replace('_', ' ')} already.", hint="Give another verdict to change it."
        )
    if command.verdict == "duplicate" and not command.of:
        raise Malformed('A duplicate needs "of": the room it belongs to.', hint='Give "of": "k7m2-9qxd".')
    cautions = []
    if command.verdict == "slow_burn" and command.look_again_at is None:
        cautions.append(
            Caution("no_look_again", "Nobody will be reminded of this slow burn.", 'Give "look_again_at" and an owner.')
        )
    if command.look_again_at is not None and command.look_again_at <= act.at:
        cautions.append(
            Caution("look_again_passed", "That time has passed already.", "Judge it so again, with a time to come.")
        )
    if command.verdict in ("false_alarm", "noise") and not command.reason:
        cautions.append(
            Caution("no_reason", "Judged away without a reason.", "A sentence now saves the next person the same look.")
        )
    cautions += not_told([command.owner or ""], "this signal", view, act)
    fact = SignalTriaged(
        signal=signal_id,
        verdict=command.verdict,
        reason=command.reason,
        of=command.of or "",
        owner=command.owner or "",
        look_again_at=command.look_again_at,
    )
    return Decided((fact,), tuple(cautions))


def withdraw(signal_id: str, view: View, act: Act) -> JudgementWithdrawn:
    """Take the last verdict on a signal back, whoever gave it: anybody who may judge may judge otherwise.

    Bringing a duplicate back and taking a declaration back are the caller's further facts.
    """
    judgement = view.judgements.by_signal.get(signal_id)
    if judgement is None:
        if signal_id not in view.signals.by_id:
            raise UnknownThing("The signal is not in this room any more.", hint="Load the inbox again.")
        raise AlreadyDone("It waits for a judgement already.", hint="Judge it: it stands in the inbox.")
    return JudgementWithdrawn(signal=signal_id, verdict=judgement.verdict, reason=act.reason)


FACTS: tuple[type[Fact], ...] = (SignalTriaged, JudgementWithdrawn, LookAgainCameDue)
HEEDS: tuple[type[Fact], ...] = (SignalRecorded,)
