"""Shims: what was rushed to stop the pain, and has to be undone later.

A pinned version, a frozen pipeline, a limit lifted by hand: listed until undone. Undoing one is an intervention with
an effect of its own, so it is proposed and started as one. Never undoes anything by itself.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Id, OptionalText, Text
from watchroom.base.errors import AlreadyDone, UnknownThing
from watchroom.mitigation.intervention import (
    InterventionObserved,
    InterventionProposed,
    InterventionReverted,
    Interventions,
    InterventionStarted,
)
from watchroom.record.event import Decided, Deed, Event, Fact

Standing = Literal["open", "undoing", "undone"]


class AddShim(Command, frozen=True, kw_only=True, tag="add_shim"):
    """List something rushed that has to be undone later."""

    text: Text
    intervention: Annotated[Id | None, msgspec.Meta(description="The intervention that left it behind.")] = None


class UndoShim(Command, frozen=True, kw_only=True, tag="undo_shim"):
    """Begin to undo it: an intervention of its own, whose effect is looked at like any other's."""

    shim: Id
    expected: Annotated[OptionalText, msgspec.Meta(description="What should be seen once it is undone.")] = ""


class ShimAdded(Deed, frozen=True, kw_only=True):
    """Something rushed was left behind, to be undone later."""

    id: str
    text: str
    intervention: str = ""


class ShimUndoBegan(Deed, frozen=True, kw_only=True):
    """Somebody began to undo a shim, as the intervention named."""

    shim: str
    intervention: str


class Shim(msgspec.Struct):
    """A shim as it stands. It is undone once the intervention that undoes it was seen to do no harm."""

    id: str
    text: str
    state: Standing
    by: str
    at: datetime
    intervention: str = ""
    undo: str = ""
    """The intervention that undoes it, as last begun."""
    undone_at: datetime | None = None


class Shims(msgspec.Struct):
    """The room's shims in the order in which they were listed."""

    by_id: dict[str, Shim] = {}

    @property
    def open(self) -> list[Shim]:
        """Those that are not undone yet."""
        return [shim for shim in self.by_id.values() if shim.state != "undone"]


class View(Protocol):
    """What the decisions here read."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def interventions(self) -> Interventions: ...
    @property
    def shims(self) -> Shims: ...


def apply(state: Shims, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case ShimAdded():
            by = event.actor.removeprefix("person:")
            state.by_id[fact.id] = Shim(
                id=fact.id, text=fact.text, state="open", by=by, at=event.at, intervention=fact.intervention
            )
        case ShimUndoBegan():
            if (shim := state.by_id.get(fact.shim)) is not None:
                shim.state, shim.undo = "undoing", fact.intervention
        case InterventionObserved(outcome="helped" | "no_effect"):
            for shim in _undone_by(state, fact.intervention):
                shim.state, shim.undone_at = "undone", event.at
        case InterventionObserved(outcome="worse") | InterventionReverted():
            for shim in _undone_by(state, fact.intervention):
                shim.state, shim.undone_at = "open", None


def _undone_by(state: Shims, intervention: str) -> list[Shim]:
    return [shim for shim in state.by_id.values() if shim.undo == intervention]


def add_shim(command: AddShim, view: View, act: Act) -> Decided:
    """List it; an intervention that is not there is asked about."""
    cautions: tuple[Caution, ...] = ()
    if command.intervention and command.intervention not in view.interventions.by_id:
        known = ", ".join(view.interventions.by_id) or "none yet"
        raise UnknownThing(f"There is no intervention {command.intervention} here.", hint=f"Known: {known}.")
    for shim in view.shims.open:
        if shim.text.casefold() == command.text.casefold():
            cautions = (Caution("same_text", f"{shim.id} says the same.", "Take this one back with undo."),)
    fact = ShimAdded(id=f"S{view.issued.get('S', 0) + 1}", text=command.text, intervention=command.intervention or "")
    return Decided((fact,), cautions)


def undo_shim(command: UndoShim, view: View, act: Act) -> Decided:
    """Propose and start the intervention that undoes it."""
    shim = view.shims.by_id.get(command.shim)
    if shim is None:
        known = ", ".join(view.shims.by_id) or "none yet"
        raise UnknownThing(f"There is no shim {command.shim} here.", hint=f"Known: {known}. List one with add_shim.")
    if shim.state == "undone":
        raise AlreadyDone(f"{shim.id} is undone already.", hint="Nothing needs doing.")
    if shim.state == "undoing":
        raise AlreadyDone(f"{shim.undo} undoes {shim.id} already.", hint=f"Say what {shim.undo} did.")
    cautions = []
    if not command.expected:
        cautions.append(
            Caution("no_expectation", "It does not say what should be seen.", "Undoing is a change: say what to watch.")
        )
    running = [i.id for i in view.interventions.by_id.values() if i.state == "started"]
    if running:
        cautions.append(
            Caution(
                "another_settling",
                f"{', '.join(running)} runs and nobody has said yet what it did.",
                "Wait until it has settled, or go on knowingly.",
            )
        )
    id = f"I{view.issued.get('I', 0) + 1}"
    facts = (
        InterventionProposed(id=id, text=f"Undo {shim.id}: {shim.text}", expected=command.expected),
        InterventionStarted(intervention=id),
        ShimUndoBegan(shim=shim.id, intervention=id),
    )
    return Decided(facts, tuple(cautions))


FACTS: tuple[type[Fact], ...] = (ShimAdded, ShimUndoBegan)
HEEDS: tuple[type[Fact], ...] = (InterventionObserved, InterventionReverted)
DECISIONS: dict[type[Command], Callable[..., Decided]] = {AddShim: add_shim, UndoShim: undo_shim}
