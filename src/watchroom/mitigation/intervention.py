"""Interventions: what was tried on the system, what it was expected to do, and what it did.

Trying a fix is diagnosis: the observed effect is part of the record. Never touches the system itself; in a drill the
facilitator reads `lever` from the record and hands it to the world.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Id, Name, OptionalText, Text
from watchroom.base.errors import AlreadyDone, UnknownThing
from watchroom.detection.declaration import Declaration
from watchroom.mitigation import workstream
from watchroom.mitigation.impact import Impact
from watchroom.mitigation.overlap import named_in, overlapping
from watchroom.mitigation.workstream import Workstreams
from watchroom.record.event import Decided, Deed, Event, Fact

Effect = Literal["helped", "no_effect", "worse", "too_early"]
Progress = Literal["proposed", "started", "observed", "reverted"]
SETTLE_S_DEFAULT = 300
SETTLE_S_MAX = 7 * 86_400


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
    services: Annotated[
        list[Name], msgspec.Meta(max_length=200, description="What it touches; those that the text names if left out.")
    ] = []
    settle_s: Annotated[
        Annotated[int, msgspec.Meta(ge=0, le=SETTLE_S_MAX)],
        msgspec.Meta(description="How long until its effect can be seen, in seconds."),
    ] = SETTLE_S_DEFAULT
    workstream: Annotated[Id | None, msgspec.Meta(description="The thread that it belongs to.")] = None


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


class InterventionProposed(Deed, frozen=True, kw_only=True):
    """Somebody said what could be tried."""

    id: str
    text: str
    expected: str = ""
    risk: str = ""
    rollback: str = ""
    lever: Lever | None = None
    services: list[str] = []
    settle_s: int = SETTLE_S_DEFAULT
    workstream: str = ""


class InterventionStarted(Deed, frozen=True, kw_only=True):
    """It is being done."""

    intervention: str
    settles_at: Annotated[datetime | None, msgspec.Meta(description="When its effect can be seen.")] = None
    reason: Annotated[str, msgspec.Meta(description="Why this, and why now.")] = ""


class InterventionObserved(Deed, frozen=True, kw_only=True):
    """Somebody said what it did."""

    intervention: str
    outcome: Effect
    text: str = ""


class InterventionReverted(Deed, frozen=True, kw_only=True):
    """It was taken back."""

    intervention: str
    reason: Annotated[str, msgspec.Meta(description="Why it was taken back.")] = ""


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
    services: list[str] = []
    settle_s: int = SETTLE_S_DEFAULT
    settles_at: datetime | None = None
    workstream: str = ""
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
    @property
    def declaration(self) -> Declaration: ...
    @property
    def impact(self) -> Impact: ...
    @property
    def workstreams(self) -> Workstreams: ...


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
                services=fact.services,
                settle_s=fact.settle_s,
                workstream=fact.workstream,
            )
        case InterventionStarted():
            if (intervention := state.by_id.get(fact.intervention)) is not None:
                intervention.state = "started"
                intervention.started_at = event.at
                intervention.started_by = by
                intervention.settles_at = fact.settles_at
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
                # Taking back is a change too, and settles as long.
                intervention.settles_at = event.at + timedelta(seconds=intervention.settle_s)


def _known(view: View, id: str) -> Intervention:
    intervention = view.interventions.by_id.get(id)
    if intervention is None:
        known = ", ".join(view.interventions.by_id) or "none yet"
        raise UnknownThing(f"There is no intervention {id} here.", hint=f"Known: {known}. Propose one first.")
    return intervention


def propose_intervention(command: ProposeIntervention, view: View, act: Act) -> Decided:
    """Every proposal is taken; what is missing for a safe try is asked for."""
    if command.workstream:
        workstream.known(view.workstreams, command.workstream)
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
        services=list(dict.fromkeys(command.services)) or _named(command, view, act),
        settle_s=command.settle_s,
        workstream=command.workstream or "",
    )
    return Decided((fact,), tuple(cautions))


def _named(command: ProposeIntervention, view: View, act: Act) -> list[str]:
    """The services that its words name: of those that the room or the directory knows."""
    known = {*view.declaration.services, *view.impact.services, *act.register.services()}
    lever = command.lever.arguments.values() if command.lever is not None else ()
    words = " ".join([command.text, *(value for value in lever if isinstance(value, str))])
    return named_in(words, known)


def start_intervention(command: StartIntervention, view: View, act: Act) -> Decided:
    """It runs; another that touches the same and has not settled, or whose effect nobody has seen, is pointed out."""
    intervention = _known(view, command.intervention)
    if intervention.state == "started":
        raise AlreadyDone(f"{intervention.id} runs already.", hint="Say what it did with observe_intervention.")
    others = list(view.interventions.by_id.values())
    running = [i.id for i in others if i.state == "started" and i.id != intervention.id]
    cautions = overlapping(intervention, others, act.register, act.at)
    if running and not cautions:
        cautions = (
            Caution(
                "another_settling",
                f"{', '.join(running)} runs and nobody has said yet what it did.",
                "One change at a time shows which one helped; hold this one, or go on knowingly.",
            ),
        )
    settles_at = act.at + timedelta(seconds=intervention.settle_s)
    fact = InterventionStarted(intervention=intervention.id, settles_at=settles_at, reason=act.reason)
    return Decided((fact,), cautions)


def _not_started(id: str) -> Caution:
    hint = "Say in a message when it was started, if it was."
    return Caution("not_started", f"{id} was never recorded as started.", hint)


def observe_intervention(command: ObserveIntervention, view: View, act: Act) -> Decided:
    """The effect may be corrected as often as it is seen anew."""
    intervention = _known(view, command.intervention)
    cautions: tuple[Caution, ...] = ()
    if intervention.state == "proposed":
        cautions = (_not_started(intervention.id),)
    fact = InterventionObserved(intervention=intervention.id, outcome=command.outcome, text=command.text)
    return Decided((fact,), cautions)


def revert_intervention(command: RevertIntervention, view: View, act: Act) -> Decided:
    """It was taken back."""
    intervention = _known(view, command.intervention)
    if intervention.state == "reverted":
        raise AlreadyDone(f"{intervention.id} was taken back already.", hint="Nothing needs doing.")
    cautions: tuple[Caution, ...] = ()
    if intervention.state == "proposed":
        cautions = (_not_started(intervention.id),)
    return Decided((InterventionReverted(intervention=intervention.id, reason=act.reason),), cautions)


FACTS: tuple[type[Fact], ...] = (InterventionProposed, InterventionStarted, InterventionObserved, InterventionReverted)
DECISIONS = {
    ProposeIntervention: propose_intervention,
    StartIntervention: start_intervention,
    ObserveIntervention: observe_intervention,
    RevertIntervention: revert_intervention,
}
