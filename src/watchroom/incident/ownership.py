"""Who owns a cycle: a cycle with work in it has an owner; one person may own several.

Said by a person with `own_cycle`. Whoever is given one that cannot wait is called; of the review and of preparation,
which can, it is said that nobody is. Never assigned by itself; what a role implies is worked out in `flow`.
"""

from typing import Literal, Protocol

import msgspec

from watchroom.base.command import Act, Command, Name
from watchroom.base.errors import AlreadyDone
from watchroom.mitigation import page
from watchroom.mitigation.page import Pages, ask_other, withdraw_about
from watchroom.people import absence
from watchroom.people.absence import not_told
from watchroom.record.event import Decided, Deed, Event, Fact

CycleName = Literal["detection", "mitigation", "communication", "resolution", "review", "preparation"]
CAN_WAIT: frozenset[CycleName] = frozenset({"review", "preparation"})
"""Nobody is called out of bed for these."""


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


class View(page.View, absence.Room, Protocol):
    """What the decision here reads."""

    @property
    def ownership(self) -> Ownership: ...


def apply(state: Ownership, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, CycleOwned):
        if fact.person:
            state.owners[fact.cycle] = fact.person
        else:
            # Whom it named was purged from the record.
            state.owners.pop(fact.cycle, None)


def apply_to_pages(state: Pages, fact: Fact, event: Event) -> None:
    """Who no longer looks after a cycle is not asked to any more."""
    if isinstance(fact, CycleOwned):
        withdraw_about("cycle", fact.cycle, fact.person, state, event)


def own_cycle(command: OwnCycle, view: View, act: Act) -> Decided:
    """The last word counts; whoever was given a cycle by another is called, or it is said that they are not."""
    if view.ownership.owners.get(command.cycle) == command.person:
        raise AlreadyDone(f"{command.person} owns {command.cycle} already.", hint="Nothing needs doing.")
    fact = CycleOwned(cycle=command.cycle, person=command.person)
    if command.cycle in CAN_WAIT:
        return Decided((fact,), not_told([command.person], f"the {command.cycle}", view, act))
    asked = ask_other(
        command.person, f"You are asked to look after {command.cycle}.", view, act, "cycle", command.cycle
    )
    return Decided((fact, *asked.facts), asked.cautions)


FACTS: tuple[type[Fact], ...] = (CycleOwned,)
DECISIONS = {OwnCycle: own_cycle}
