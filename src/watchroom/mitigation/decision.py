"""Decisions and holds: what was chosen, what else was possible, and what was not known then.

Holding is a decision too, with the time at which it ends: `incident/timers` writes `HoldCameDue` then, and the next
decision or hold ends it. Business priorities whose window it falls into are named with it. Never decides.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, OptionalText, Text, When
from watchroom.mitigation.priority import Priorities
from watchroom.record.event import Decided, Deed, Event, Fact


class Decide(Command, frozen=True, kw_only=True, tag="decide"):
    """Say what is decided, what else was possible, what is not known, and whether anybody objected."""

    text: Text
    alternatives: Annotated[list[Text], msgspec.Meta(max_length=50)] = []
    unknown: Annotated[OptionalText, msgspec.Meta(description="What is not known, and would change it.")] = ""
    objections_asked: Annotated[
        bool, msgspec.Meta(description='Whether "any strong objections?" was asked before.')
    ] = False


class Hold(Command, frozen=True, kw_only=True, tag="hold"):
    """Decide to change nothing until a time, because of something."""

    until: When
    text: Annotated[OptionalText, msgspec.Meta(description="Because of what, and what is held.")] = ""


class DecisionMade(Deed, frozen=True, kw_only=True):
    """Something was decided, with what was known and not known then."""

    id: str
    text: str
    alternatives: list[str] = []
    unknown: str = ""
    objections_asked: bool = False
    priorities: Annotated[list[str], msgspec.Meta(description="Business priorities whose window it fell into.")] = []


class HoldBegun(Deed, frozen=True, kw_only=True):
    """It was decided to change nothing until a time."""

    id: str
    until: datetime
    text: str = ""
    priorities: list[str] = []


class HoldCameDue(Fact, frozen=True, kw_only=True):
    """A hold's time has come, and nobody had decided on before. Written by the timers, once for each hold."""

    decision: str
    until: datetime


class Decision(msgspec.Struct):
    """A decision or a hold as it stands."""

    id: str
    text: str
    state: Literal["decided", "holding", "due", "ended"]
    by: str
    at: datetime
    alternatives: list[str] = []
    unknown: str = ""
    objections_asked: bool = False
    until: datetime | None = None
    priorities: list[str] = []


class Decisions(msgspec.Struct):
    """The room's decisions and holds in their order."""

    by_id: dict[str, Decision] = {}

    @property
    def holds(self) -> list[Decision]:
        """Holds that have not ended, due ones included."""
        return [decision for decision in self.by_id.values() if decision.state in ("holding", "due")]


class View(Protocol):
    """What the decisions here read."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def priorities(self) -> Priorities: ...


def apply(state: Decisions, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    by = event.actor.removeprefix("person:")
    match fact:
        case DecisionMade():
            _end_holds(state)
            state.by_id[fact.id] = Decision(
                id=fact.id,
                text=fact.text,
                state="decided",
                by=by,
                at=event.at,
                alternatives=fact.alternatives,
                unknown=fact.unknown,
                objections_asked=fact.objections_asked,
                priorities=fact.priorities,
            )
        case HoldBegun():
            _end_holds(state)
            state.by_id[fact.id] = Decision(
                id=fact.id,
                text=fact.text,
                state="holding",
                by=by,
                at=event.at,
                until=fact.until,
                priorities=fact.priorities,
            )
        case HoldCameDue():
            if (held := state.by_id.get(fact.decision)) is not None and held.state == "holding":
                held.state = "due"


def _end_holds(state: Decisions) -> None:
    for held in state.holds:
        held.state = "ended"


def _in_window(view: View, act: Act) -> tuple[list[str], tuple[Caution, ...]]:
    """Priorities to weigh, by id, and a caution that names them with their owners."""
    found = view.priorities.at(act.at)
    if not found:
        return [], ()
    named = "; ".join(f"{each.text}{f' ({each.owner})' if each.owner else ''}" for each in found)
    caution = Caution("business_priority", f"It falls into: {named}.", "Put the price of each way to its owner.")
    return [each.id for each in found], (caution,)


def decide(command: Decide, view: View, act: Act) -> Decided:
    """Take it; the unknown and the objections are asked for."""
    priorities, cautions = _in_window(view, act)
    if not command.unknown:
        cautions += (
            Caution("no_unknown", "It does not say what is not known.", "What would change your mind, if you knew it?"),
        )
    if not command.objections_asked:
        cautions += (
            Caution("objections_not_asked", "Nobody was asked for objections.", "“Any strong objections?” is enough."),
        )
    fact = DecisionMade(
        id=f"D{view.issued.get('D', 0) + 1}",
        text=command.text,
        alternatives=command.alternatives,
        unknown=command.unknown,
        objections_asked=command.objections_asked,
        priorities=priorities,
    )
    return Decided((fact,), cautions)


def hold(command: Hold, view: View, act: Act) -> Decided:
    """Hold; without a reason, once more, or into the past it is asked about."""
    priorities, cautions = _in_window(view, act)
    if not (command.text or act.reason):
        cautions += (Caution("no_reason", "It does not say why.", "Hold until T, because: what will be seen by then?"),)
    if command.until <= act.at:
        cautions += (Caution("until_passed", "That time has passed already.", "Hold until a time to come, or decide."),)
    again = [held.id for held in view.decisions.holds if held.state == "due"]
    if again:
        cautions += (
            Caution("held_again", f"{again[-1]} was held until now already.", "Say what is new, or decide without it."),
        )
    fact = HoldBegun(
        id=f"D{view.issued.get('D', 0) + 1}",
        until=command.until,
        text=command.text or act.reason,
        priorities=priorities,
    )
    return Decided((fact,), cautions)


FACTS: tuple[type[Fact], ...] = (DecisionMade, HoldBegun, HoldCameDue)
DECISIONS = {Decide: decide, Hold: hold}
