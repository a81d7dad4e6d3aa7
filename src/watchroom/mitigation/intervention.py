"""Interventions: what was tried on the system, what it was expected to do, and what it did.

Trying a fix is diagnosis: the observed effect is part of the record. Never touches the system itself; in a drill the
facilitator reads `lever` from the record and hands it to the world.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Id, Name, OptionalText, Text
from watchroom.base.errors import AlreadyDone, UnknownThing
from watchroom.record.event import Decided, Event, Fact

Effect = Literal["helped", "no_effect", "worse", "too_early"]
Progress = Literal["proposed", "started", "observed", "reverted"]


class Lever(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A drill's lever and what it is pulled with."""

    name: Name
    arguments: dict[str, Any] = {}


class ProposeIntervention(Command, frozen=True, kw_only=True, tag="propose_intervention"):
    """Say what you want to try, what you expect of it, and the way back."""

    text: Text
    expected: Annotated[OptionalText, msgspec.Meta(description="What should be seen, and by when.")] = ""
    risk: OptionalText = ""
    rollback: Annotated[OptionalText, msgspec.Meta(description="The way back.")] = ""
    lever: Lever | None = None


class StartIntervention(Command, frozen=True, kw_only=True, tag="start_intervention"):
    """Say that it is being done now."""

    intervention: Id


class ObserveIntervention(Command, frozen=True, kw_only=True, tag="observe_intervention"):
    """Say what it did: helped, no effect, worse, or too early to tell."""

    intervention: Id
    outcome: Effect
    text: OptionalText = ""


class RevertIntervention(Command, frozen=True, kw_only=True, tag="revert_intervention"):
    """Say that it was taken back."""

    intervention: Id


class InterventionProposed(Fact, frozen=True, kw_only=True):
    """Somebody said what could be tried."""

    id: str
    text: str
    expected: str = ""
    risk: str = ""
    rollback: str = ""
    lever: Lever | None = None


class InterventionStarted(Fact, frozen=True, kw_only=True):
    """It is being done."""

    intervention: str


class InterventionObserved(Fact, frozen=True, kw_only=True):
    """Somebody said what it did."""

    intervention: str
    outcome: Effect
    text: str = ""


class InterventionReverted(Fact, frozen=True, kw_only=True):
    """It was taken back."""

    intervention: str


class Intervention(msgspec.Struct):
    """An intervention as it stands."""

    id: str
    text: str
    state: Progress
    by: str
    at: datetime
    expected: str = ""
    risk: str = ""
    rollback: str = ""
    lever: Lever | None = None
    started_at: datetime | None = None
    started_by: str = ""
    outcome: Effect | None = None
    observed: str = ""
    observed_at: datetime | None = None
    reverted_at: datetime | None = None


class Interventions(msgspec.Struct):
    """The room's interventions in the order in which they were proposed."""

    by_id: dict[str, Intervention] = {}


class View(Protocol):
    """What the decisions here read."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def interventions(self) -> Interventions: ...


def apply(state: Interventions, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    by = event.actor.removeprefix("person:")
    match fact:
        case InterventionProposed():
            state.by_id[fact.id] = Intervention(
                id=fact.id,
                text=fact.text,
                state="proposed",
                by=by,
                at=event.at,
                expected=fact.expected,
                risk=fact.risk,
                rollback=fact.rollback,
                lever=fact.lever,
            )
        case InterventionStarted():
            if (intervention := state.by_id.get(fact.intervention)) is not None:
                intervention.state = "started"
                intervention.started_at = event.at
                intervention.started_by = by
        case InterventionObserved():
            if (intervention := state.by_id.get(fact.intervention)) is not None:
                intervention.outcome = fact.outcome
                intervention.observed = fact.text
                intervention.observed_at = event.at
                if intervention.state != "reverted":
                    intervention.state = "observed"
        case InterventionReverted():
            if (intervention := state.by_id.get(fact.intervention)) is not None:
                intervention.state = "reverted"
                intervention.reverted_at = event.at


def _known(view: View, id: str) -> Intervention:
    intervention = view.interventions.by_id.get(id)
    if intervention is None:
        known = ", ".join(view.interventions.by_id) or "none yet"
        raise UnknownThing(f"There is no intervention {id} here.", hint=f"Known: {known}. Propose one first.")
    return intervention


def propose_intervention(command: ProposeIntervention, view: View, act: Act) -> Decided:
    """Every proposal is taken; what is missing for a safe try is asked for."""
    cautions = []
    if not command.expected:
        cautions.append(
            Caution("no_expectation", "It does not say what should be seen.", "Say what will change, and by when.")
        )
    if not command.rollback:
        cautions.append(Caution("no_way_back", "It names no way back.", "Say how to undo it, or that it cannot be."))
    fact = InterventionProposed(
        id=f"I{view.issued.get('I', 0) + 1}",
        text=command.text,
        expected=command.expected,
        risk=command.risk,
        rollback=command.rollback,
        lever=command.lever,
    )
    return Decided((fact,), tuple(cautions))


def start_intervention(command: StartIntervention, view: View, act: Act) -> Decided:
    """It runs; another whose effect nobody has looked at yet is pointed out."""
    intervention = _known(view, command.intervention)
    if intervention.state == "started":
        raise AlreadyDone(f"{intervention.id} runs already.", hint="Say what it did with observe_intervention.")
    running = [i.id for i in view.interventions.by_id.values() if i.state == "started" and i.id != intervention.id]
    cautions: tuple[Caution, ...] = ()
    if running:
        cautions = (
            Caution(
                "another_settling",
                f"{', '.join(running)} runs and nobody has said yet what it did.",
                "One change at a time shows which one helped; hold this one, or go on knowingly.",
            ),
        )
    return Decided((InterventionStarted(intervention=intervention.id),), cautions)


def observe_intervention(command: ObserveIntervention, view: View, act: Act) -> Decided:
    """The effect may be corrected as often as it is seen anew."""
    intervention = _known(view, command.intervention)
    cautions: tuple[Caution, ...] = ()
    if intervention.state == "proposed":
        cautions = (Caution("not_started", f"{intervention.id} was never recorded as started.", ""),)
    fact = InterventionObserved(intervention=intervention.id, outcome=command.outcome, text=command.text)
    return Decided((fact,), cautions)


def revert_intervention(command: RevertIntervention, view: View, act: Act) -> Decided:
    """It was taken back."""
    intervention = _known(view, command.intervention)
    if intervention.state == "reverted":
        raise AlreadyDone(f"{intervention.id} was taken back already.", hint="Nothing needs doing.")
    cautions: tuple[Caution, ...] = ()
    if intervention.state == "proposed":
        cautions = (Caution("not_started", f"{intervention.id} was never recorded as started.", ""),)
    return Decided((InterventionReverted(intervention=intervention.id),), cautions)


FACTS: tuple[type[Fact], ...] = (InterventionProposed, InterventionStarted, InterventionObserved, InterventionReverted)
DECISIONS = {
    ProposeIntervention: propose_intervention,
    StartIntervention: start_intervention,
    ObserveIntervention: observe_intervention,
    RevertIntervention: revert_intervention,
}
