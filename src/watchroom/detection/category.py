"""Categories: what kind of incident it is, in the team's own words.

Named by people in the room; feeds search and the taxonomy. Never guessed.
"""

from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name
from watchroom.base.errors import AlreadyDone
from watchroom.record.event import Decided, Deed, Event, Fact


class Categorise(Command, frozen=True, kw_only=True, tag="categorise"):
    """Say what kind of incident this is; replaces the categories given before."""

    categories: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=20)]


class IncidentCategorised(Deed, frozen=True, kw_only=True):
    """Somebody said what kind of incident it is."""

    categories: list[str]


class Categories(msgspec.Struct):
    """The categories given last."""

    names: list[str] = []


class View(Protocol):
    """What the decision here reads."""

    @property
    def categories(self) -> Categories: ...
    @property
    def known_categories(self) -> tuple[str, ...]: ...


def apply(state: Categories, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, IncidentCategorised):
        state.names = fact.categories


def categorise(command: Categorise, view: View, act: Act) -> Decided:
    """The last word counts. A word that the profile's list does not have is taken, and pointed out."""
    names = list(dict.fromkeys(command.categories))
    if names == view.categories.names:
        raise AlreadyDone("The incident has these categories already.", hint="Nothing needs doing.")
    known = {name.casefold() for name in view.known_categories}
    strange = [name for name in names if known and name.casefold() not in known]
    cautions: tuple[Caution, ...] = ()
    if strange:
        cautions = (
            Caution(
                "unknown_category",
                f"The profile has no category {', '.join(strange)}.",
                f"It has: {', '.join(view.known_categories)}. An admin can add one in the profile.",
            ),
        )
    return Decided((IncidentCategorised(categories=names),), cautions)


FACTS: tuple[type[Fact], ...] = (IncidentCategorised,)
DECISIONS = {Categorise: categorise}
