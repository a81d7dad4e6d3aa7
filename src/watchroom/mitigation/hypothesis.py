"""Hypotheses: working theories, several alive at once, each with evidence for and against.

Proposed, tested, supported or ruled out by people; a theory that was ruled out may be revived. Never ranks them.
"""

from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Id, Text
from watchroom.base.errors import AlreadyDone, UnknownThing
from watchroom.base.wording import Link
from watchroom.mitigation import workstream
from watchroom.mitigation.workstream import Workstreams
from watchroom.record.event import Decided, Deed, Event, Fact

Direction = Literal["for", "against"]
Standing = Literal["proposed", "testing", "supported", "ruled_out"]


class ProposeHypothesis(Command, frozen=True, kw_only=True, tag="propose_hypothesis"):
    """Say what you think is going on, so that it can be tested."""

    text: Text
    workstream: Annotated[Id | None, msgspec.Meta(description="The workstream that tests it.")] = None


class AddEvidence(Command, frozen=True, kw_only=True, tag="add_evidence"):
    """Add what speaks for or against a theory."""

    hypothesis: Id
    direction: Direction
    text: Text
    link: Link = ""


class SetHypothesis(Command, frozen=True, kw_only=True, tag="set_hypothesis"):
    """Say where a theory stands: testing, supported, or ruled out."""

    hypothesis: Id
    state: Literal["testing", "supported", "ruled_out"]


class HypothesisProposed(Deed, frozen=True, kw_only=True):
    """Somebody put a theory on the table."""

    id: str
    text: str
    workstream: str = ""


class EvidenceAdded(Deed, frozen=True, kw_only=True):
    """Something was found that speaks for or against a theory."""

    hypothesis: str
    direction: Direction
    text: str
    link: str = ""


class HypothesisTested(Deed, frozen=True, kw_only=True):
    """Somebody began to test a theory."""

    hypothesis: str


class HypothesisSupported(Deed, frozen=True, kw_only=True):
    """The evidence supports a theory; it is not proof."""

    hypothesis: str


class HypothesisRuledOut(Deed, frozen=True, kw_only=True):
    """A theory was dropped."""

    hypothesis: str


class Evidence(msgspec.Struct):
    """One piece of evidence."""

    direction: Direction
    text: str
    by: str
    at: datetime
    link: str = ""


class Hypothesis(msgspec.Struct):
    """A theory as it stands."""

    id: str
    text: str
    state: Standing
    by: str
    at: datetime
    workstream: str = ""
    evidence: list[Evidence] = []
    reason: str = ""
    """Why it stands where it does, as last said."""

    @property
    def disconfirmed(self) -> bool:
        """Whether the newest evidence speaks against it."""
        return bool(self.evidence) and self.evidence[-1].direction == "against"


class Hypotheses(msgspec.Struct):
    """The room's theories in the order in which they came."""

    by_id: dict[str, Hypothesis] = {}


class View(Protocol):
    """What the decisions here read."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def hypotheses(self) -> Hypotheses: ...
    @property
    def workstreams(self) -> Workstreams: ...


def apply(state: Hypotheses, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case HypothesisProposed():
            state.by_id[fact.id] = Hypothesis(
                id=fact.id,
                text=fact.text,
                state="proposed",
                by=event.actor.removeprefix("person:"),
                at=event.at,
                workstream=fact.workstream,
            )
        case EvidenceAdded():
            if (hypothesis := state.by_id.get(fact.hypothesis)) is not None:
                by = event.actor.removeprefix("person:")
                hypothesis.evidence.append(
                    Evidence(direction=fact.direction, text=fact.text, by=by, at=event.at, link=fact.link)
                )
        case HypothesisTested():
            _stand(state, fact.hypothesis, "testing", fact.reason)
        case HypothesisSupported():
            _stand(state, fact.hypothesis, "supported", fact.reason)
        case HypothesisRuledOut():
            _stand(state, fact.hypothesis, "ruled_out", fact.reason)


def _stand(state: Hypotheses, id: str, standing: Standing, reason: str) -> None:
    if (hypothesis := state.by_id.get(id)) is not None:
        hypothesis.state = standing
        hypothesis.reason = reason


def _known(view: View, id: str) -> Hypothesis:
    hypothesis = view.hypotheses.by_id.get(id)
    if hypothesis is None:
        known = ", ".join(view.hypotheses.by_id) or "none yet"
        raise UnknownThing(f"There is no hypothesis {id} here.", hint=f"Known: {known}. Propose one first.")
    return hypothesis


def propose_hypothesis(command: ProposeHypothesis, view: View, act: Act) -> Decided:
    """Every theory is welcome; the same words twice are asked about."""
    if command.workstream:
        workstream.known(view.workstreams, command.workstream)
    id = f"H{view.issued.get('H', 0) + 1}"
    cautions: tuple[Caution, ...] = ()
    for hypothesis in view.hypotheses.by_id.values():
        if hypothesis.text.casefold() == command.text.casefold():
            cautions = (
                Caution("same_text", f"{hypothesis.id} says the same.", f"Add evidence to {hypothesis.id} instead."),
            )
    return Decided((HypothesisProposed(id=id, text=command.text, workstream=command.workstream or ""),), cautions)


def add_evidence(command: AddEvidence, view: View, act: Act) -> Decided:
    """Evidence may come to any theory, also to one that was dropped."""
    hypothesis = _known(view, command.hypothesis)
    cautions: tuple[Caution, ...] = ()
    if hypothesis.state == "ruled_out" and command.direction == "for":
        cautions = (
            Caution("ruled_out", f"{hypothesis.id} was ruled out.", "Set it to testing again if this revives it."),
        )
    if command.direction == "against" and hypothesis.state == "supported":
        cautions = (
            Caution(
                "speaks_against",
                f"{hypothesis.id} is held to be supported, and this speaks against it.",
                "Rule it out, or keep it and say why: set_hypothesis with a reason.",
            ),
        )
    fact = EvidenceAdded(hypothesis=hypothesis.id, direction=command.direction, text=command.text, link=command.link)
    return Decided((fact,), cautions)


def set_hypothesis(command: SetHypothesis, view: View, act: Act) -> Decided:
    """Any move is allowed, back too; what is dropped, supported or kept without reason or evidence is asked about."""
    hypothesis = _known(view, command.hypothesis)
    # Keeping a theory with another reason is news; the same without one is not.
    if hypothesis.state == command.state and act.reason in ("", hypothesis.reason):
        raise AlreadyDone(f"{hypothesis.id} is {command.state.replace('_', ' ')} already.", hint="Nothing needs doing.")
    cautions: tuple[Caution, ...] = ()
    if command.state != "testing" and not act.reason and not hypothesis.evidence:
        cautions = (Caution("no_evidence", f"{hypothesis.id} has no evidence yet.", "Say in a sentence what you saw."),)
    if command.state != "ruled_out" and hypothesis.disconfirmed and not act.reason:
        cautions += (
            Caution(
                "kept_against_evidence",
                f"The newest evidence speaks against {hypothesis.id}: {hypothesis.evidence[-1].text}",
                "Rule it out, or say in a sentence why it is kept.",
            ),
        )
    fact: Fact
    match command.state:
        case "testing":
            fact = HypothesisTested(hypothesis=hypothesis.id, reason=act.reason)
        case "supported":
            fact = HypothesisSupported(hypothesis=hypothesis.id, reason=act.reason)
        case "ruled_out":
            fact = HypothesisRuledOut(hypothesis=hypothesis.id, reason=act.reason)
    return Decided((fact,), cautions)


FACTS: tuple[type[Fact], ...] = (
    HypothesisProposed,
    EvidenceAdded,
    HypothesisTested,
    HypothesisSupported,
    HypothesisRuledOut,
)
DECISIONS = {ProposeHypothesis: propose_hypothesis, AddEvidence: add_evidence, SetHypothesis: set_hypothesis}
