"""Coming in: what support, sales, customers and leadership bring unasked: reports, questions, decisions, priorities.

Each item is somebody's until it was put to use or declined, and its sender was told. `incident/timers` writes
`InboundBecameOverdue` when nobody has answered by the time promised, or by the house's own. An answer that says
nothing and settles nothing is refused; older records hold such, and they answer nothing (`answers`). Never answers by
itself.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Id, Name, OptionalText, Text, When
from watchroom.base.errors import AlreadyDone, Malformed, UnknownThing
from watchroom.record.event import Decided, Deed, Event, Fact

KINDS = ("report", "question", "request", "decision", "direction", "priority", "offer")
"""Usual kinds; any other word is taken too."""
ANSWER_S = 600
"""By when somebody should have answered, if nobody promised a time."""


Asking = Literal["leadership", "support", "customers", "regulator"]


class AddInbound(Command, frozen=True, kw_only=True, tag="add_inbound"):
    """Write down what came in from outside the room."""

    kind: Annotated[Name, msgspec.Meta(description="Usually one of: " + ", ".join(KINDS))]
    text: Text
    sender: Annotated[Name | None, msgspec.Meta(description="Who it comes from, as people call them.")] = msgspec.field(
        default=None, name="from"
    )
    audience: Annotated[
        Asking | None, msgspec.Meta(description="Which audience it comes from; its page shows the answer.")
    ] = None


class TakeInbound(Command, frozen=True, kw_only=True, tag="take_inbound"):
    """Say that you deal with it."""

    inbound: Id


class AnswerInbound(Command, frozen=True, kw_only=True, tag="answer_inbound"):
    """Say what the sender was told, or by when they are; and whether it was put to use.

    One of these has to be there: an answer that says nothing and settles nothing is none.
    """

    inbound: Id
    text: OptionalText = ""
    until: Annotated[When | None, msgspec.Meta(description="Not now: by when the sender hears.")] = None
    used: Annotated[bool | None, msgspec.Meta(description="Whether it was put to use; false: declined.")] = None


class InboundAdded(Deed, frozen=True, kw_only=True):
    """Something came in from outside the room."""

    id: str
    kind: str
    text: str
    sender: str = msgspec.field(default="", name="from")
    answer_by: datetime | None = None
    audience: Annotated[str, msgspec.Meta(description="Which audience it comes from; empty: nobody said.")] = ""


class InboundTaken(Deed, frozen=True, kw_only=True):
    """Somebody deals with it."""

    inbound: str


class InboundDeferred(Deed, frozen=True, kw_only=True):
    """The sender was told that they hear by a time."""

    inbound: str
    until: datetime
    text: str = ""


class InboundAnswered(Deed, frozen=True, kw_only=True):
    """The sender was answered, and it was put to use or declined."""

    inbound: str
    text: str = ""
    used: bool | None = None


def answers(fact: InboundAnswered) -> bool:
    """Whether it settles anything: the sender was told something, or it was put to use or declined."""
    return bool(fact.text.strip()) or fact.used is not None


class InboundBecameOverdue(Fact, frozen=True, kw_only=True):
    """Nobody has answered in time. Written by the timers, once for each time."""

    inbound: str
    answer_by: datetime


class InboundItem(msgspec.Struct):
    """Something that came in, as it stands."""

    id: str
    kind: str
    text: str
    state: Literal["open", "taken", "deferred", "answered"]
    by: str
    at: datetime
    sender: str = msgspec.field(default="", name="from")
    owner: str = ""
    answer_by: datetime | None = None
    overdue: bool = False
    answer: str = ""
    used: bool | None = None
    answered_at: datetime | None = None
    audience: str = ""


class Inbound(msgspec.Struct):
    """What came in, in its order."""

    by_id: dict[str, InboundItem] = {}

    @property
    def open(self) -> list[InboundItem]:
        """What nobody has answered."""
        return [item for item in self.by_id.values() if item.state != "answered"]


class View(Protocol):
    """What the decisions here read."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def inbound(self) -> Inbound: ...


def apply(state: Inbound, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    by = event.actor.removeprefix("person:")
    match fact:
        case InboundAdded():
            state.by_id[fact.id] = InboundItem(
                id=fact.id,
                kind=fact.kind,
                text=fact.text,
                state="open",
                by=by,
                at=event.at,
                sender=fact.sender,
                answer_by=fact.answer_by,
                audience=fact.audience,
            )
        case InboundTaken():
            if (item := state.by_id.get(fact.inbound)) is not None:
                item.owner = by
                if item.state == "open":
                    item.state = "taken"
        case InboundDeferred():
            if (item := state.by_id.get(fact.inbound)) is not None:
                item.state, item.owner = "deferred", item.owner or by
                item.answer_by, item.overdue = fact.until, False
                item.answer = fact.text
        case InboundAnswered() if answers(fact):
            if (item := state.by_id.get(fact.inbound)) is not None:
                item.state, item.owner, item.overdue = "answered", item.owner or by, False
                item.answer, item.answered_at = fact.text, event.at
                item.used = fact.used if fact.used is not None else item.used
        case InboundBecameOverdue():
            item = state.by_id.get(fact.inbound)
            if item is not None and item.state != "answered" and item.answer_by == fact.answer_by:
                item.overdue = True


def _known(view: View, id: str) -> InboundItem:
    item = view.inbound.by_id.get(id)
    if item is None:
        there = ", ".join(view.inbound.by_id) or "none yet"
        raise UnknownThing(f"Nothing came in as {id}.", hint=f"Known: {there}. Write it down with add_inbound.")
    return item


def add_inbound(command: AddInbound, view: View, act: Act) -> Decided:
    """What came in is written down as it came."""
    cautions: tuple[Caution, ...] = ()
    if command.sender is None:
        cautions = (Caution("no_sender", "It does not say who it comes from.", "Who should hear the answer?"),)
    fact = InboundAdded(
        id=f"Q{view.issued.get('Q', 0) + 1}",
        kind=command.kind,
        text=command.text,
        sender=command.sender or "",
        answer_by=act.at + timedelta(seconds=ANSWER_S),
        audience=command.audience or "",
    )
    return Decided((fact,), cautions)


def take_inbound(command: TakeInbound, view: View, act: Act) -> Decided:
    """One who deals with it; taking it from another is pointed out."""
    item = _known(view, command.inbound)
    if item.owner == act.person:
        raise AlreadyDone(f"{item.id} is yours already.", hint="Answer it with answer_inbound.")
    cautions: tuple[Caution, ...] = ()
    if item.owner:
        cautions = (Caution("taken_from", f"{item.owner} had it.", "Tell them, so that two do not answer."),)
    return Decided((InboundTaken(inbound=item.id),), cautions)


def answer_inbound(command: AnswerInbound, view: View, act: Act) -> Decided:
    """An answer, or a time by which there is one; "thanks" alone is asked about."""
    item = _known(view, command.inbound)
    if not command.text and command.until is None and command.used is None:
        raise Malformed(
            f"The answer to {item.id} says nothing and settles nothing.",
            hint="Say what the sender was told (text), by when they are (until), or whether it was put to use (used).",
        )
    if item.state == "answered" and command.text in ("", item.answer) and command.used in (None, item.used):
        raise AlreadyDone(f"{item.id} was answered already.", hint="Answer again only with something new.")
    cautions: list[Caution] = []
    if command.until is not None:
        if command.until <= act.at:
            cautions.append(Caution("until_passed", "That time has passed already.", "Promise a time to come."))
        fact: Fact = InboundDeferred(inbound=item.id, until=command.until, text=command.text)
        return Decided((fact,), tuple(cautions))
    fact = InboundAnswered(inbound=item.id, text=command.text, used=command.used, reason=act.reason)
    if not command.text:
        cautions.append(Caution("empty_answer", "It does not say what the sender was told.", "One sentence is enough."))
    if command.used is None:
        cautions.append(
            Caution(
                "use_unsaid", "It does not say whether it was put to use.", "Give used: true, or false with a reason."
            )
        )
    elif not command.used and not (act.reason or command.text):
        cautions.append(Caution("no_reason", "Declined without a reason.", "Say why; they bring the next one sooner."))
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (
    InboundAdded,
    InboundTaken,
    InboundDeferred,
    InboundAnswered,
    InboundBecameOverdue,
)
DECISIONS = {AddInbound: add_inbound, TakeInbound: take_inbound, AnswerInbound: answer_inbound}
