"""What a review begins from: what was on the table at the marked moments, who has not said what they believed, where
accounts differ, and what nobody has kept.

Called by the review's panels. Pure functions of the room's past. Says nothing of whether anybody was right.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from watchroom.incident.incident import Incident
from watchroom.mitigation.hypothesis import (
    HypothesisProposed,
    HypothesisRuledOut,
    HypothesisSupported,
    HypothesisTested,
)
from watchroom.mitigation.impact import ImpactMitigated, ImpactReturned, ImpactStated
from watchroom.mitigation.intervention import (
    InterventionObserved,
    InterventionProposed,
    InterventionReverted,
    InterventionStarted,
)
from watchroom.record.event import Event, Fact

THINGS_MAX = 4
"""So many theories and tries of one moment are named; of more it says how many."""


@dataclass(frozen=True)
class Known:
    """What was on the table at a moment, as the room had it then and not as it turned out."""

    impact: str
    """What customers felt, as it was said last."""
    theories: tuple[tuple[str, str, str], ...]
    """Theories that were alive: id, words, how each stood."""
    tries: tuple[tuple[str, str], ...]
    """Tries that were running: id and words."""
    more: int
    """How many more of either there were."""


class _Table:
    """The table as it stands while the past is read."""

    def __init__(self) -> None:
        self.impact = ""
        self.theories: dict[str, tuple[str, str]] = {}
        self.tries: dict[str, str] = {}
        self._proposed: dict[str, str] = {}

    def take(self, fact: Fact) -> None:
        """Read one fact more."""
        match fact:
            case ImpactStated() | ImpactReturned() if fact.text:
                self.impact = fact.text
            case ImpactMitigated():
                self.impact = ""
            case HypothesisProposed():
                self.theories[fact.id] = (fact.text, "proposed")
            case HypothesisTested() if fact.hypothesis in self.theories:
                self.theories[fact.hypothesis] = (self.theories[fact.hypothesis][0], "testing")
            case HypothesisSupported() if fact.hypothesis in self.theories:
                self.theories[fact.hypothesis] = (self.theories[fact.hypothesis][0], "supported")
            case HypothesisRuledOut():
                self.theories.pop(fact.hypothesis, None)
            case InterventionProposed():
                self._proposed[fact.id] = fact.text
            case InterventionStarted() if fact.intervention in self._proposed:
                self.tries[fact.intervention] = self._proposed[fact.intervention]
            case InterventionObserved(outcome="too_early"):
                pass
            case InterventionObserved() | InterventionReverted():
                self.tries.pop(fact.intervention, None)

    def known(self) -> Known | None:
        """What lies on it; None when nothing does."""
        theories = [(id, text, state) for id, (text, state) in self.theories.items()]
        tries = list(self.tries.items())
        if not (self.impact or theories or tries):
            return None
        more = max(0, len(theories) - THINGS_MAX) + max(0, len(tries) - THINGS_MAX)
        return Known(self.impact, tuple(theories[-THINGS_MAX:]), tuple(tries[-THINGS_MAX:]), more)


def known_at(history: Sequence[tuple[Event, Fact]], seqs: Collection[int]) -> Mapping[int, Known]:
    """What was on the table just before each of these events, by number; nothing where the table was empty."""
    table, found = _Table(), {}
    wanted = set(seqs)
    for event, fact in history:
        if event.seq in wanted and (known := table.known()) is not None:
            found[event.seq] = known
        table.take(fact)
    return found


def unheard(incident: Incident, told: Collection[str]) -> tuple[str, ...]:
    """Those who responded and have not said what they believed at a moment; `told` have."""
    return tuple(person for person in incident.recovery.worked if person not in told and "@" in person)
