"""Who owns a cycle: a cycle with work in it has an owner; one person may own several.

Said by a person with `own_cycle`. Never assigned by itself; what a role implies is worked out in `flow`.
"""

from typing import Literal, Protocol

import msgspec

from watchroom.base.command import Act, Command, Name
from watchroom.base.errors import AlreadyDone
from watchroom.record.event import Decided, Deed, Event, Fact

CycleName = Literal["detection", "mitigation", "communication", "resolution", "review", "preparation"]


class OwnCycle(Command, frozen=True, kw_only=True, tag="own_cycle"):
    """Say who looks after a cycle."""

    cycle: CycleName
    person: Name


class CycleOwned(Deed, frozen=True, kw_only=True):
    """Somebody looks after a cycle from now on."""

    cycle: CycleName
    person: str

    def is_work(self) -> bool:
        """Who owns the review, or what prepares for the next one, is settled on another day."""
        return self.cycle not in ("review", "preparation")


class Ownership(msgspec.Struct):
    """Owners by cycle, as last said."""

    owners: dict[str, str] = {}


class View(Protocol):
    """What the decision here reads."""

    @property
    def ownership(self) -> Ownership: ...


def apply(state: Ownership, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, CycleOwned):
        state.owners[fact.cycle] = fact.person


def own_cycle(command: OwnCycle, view: View, act: Act) -> Decided:
    """The last word counts."""
    if view.ownership.owners.get(command.cycle) == command.person:
        raise AlreadyDone(f"{command.person} owns {command.cycle} already.", hint="Nothing needs doing.")
    return Decided((CycleOwned(cycle=command.cycle, person=command.person),))


FACTS: tuple[type[Fact], ...] = (CycleOwned,)
DECISIONS = {OwnCycle: own_cycle}
