"""Categories: what kind of incident it is, in the team's own words.

Named by people in the room, by the names that `taxonomy` knows or by their own. Never guessed.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, KnownCategory, Name
from watchroom.base.errors import AlreadyDone
from watchroom.record.event import Decided, Deed, Event, Fact

SHOWN_MAX = 20
"""How many categories a warning names."""


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
    """The last word counts. What was merged is said as what it is now; what is retired or unknown is taken, and pointed
    out."""
    known = act.register.categories()
    names, merged = _meant(command.categories, known)
    if names == view.categories.names:
        raise AlreadyDone("The incident has these categories already.", hint="Nothing needs doing.")
    cautions = [
        Caution("category_merged", f"{old} is part of {new} now, and was taken as that.", "Nothing needs doing.")
        for old, new in merged
    ]
    retired = [name for name in names if name.casefold() in known and known[name.casefold()].retired]
    if retired:
        said = f"{', '.join(retired)} is offered no longer."
        cautions.append(Caution("retired_category", said, "Choose another, if one says it better."))
    offered = [*(each.name for each in known.values() if not each.retired and not each.into), *view.known_categories]
    plain = {name.casefold(): name for name in offered}
    strange = [name for name in names if plain and name.casefold() not in plain and name not in retired]
    if strange:
        cautions.append(
            Caution(
                "unknown_category",
                f"There is no category {', '.join(strange)}.",
                f"{_near(strange, plain)}Known: {', '.join(sorted(offered)[:SHOWN_MAX])}. An admin can add one in the"
                " settings, under Categories.",
            )
        )
    return Decided((IncidentCategorised(categories=names),), tuple(cautions))


def _meant(given: Sequence[str], known: Mapping[str, KnownCategory]) -> tuple[list[str], list[tuple[str, str]]]:
    """The categories as they are written and as what they are now, and which were said by another name."""
    names: dict[str, None] = {}
    merged: list[tuple[str, str]] = []
    for name in given:
        category = known.get(" ".join(name.split()).casefold())
        if category is not None and category.into:
            merged.append((category.name, category.into))
        names[(category.into or category.name) if category is not None else name] = None
    return list(names), merged


def _near(strange: Sequence[str], plain: Mapping[str, str]) -> str:
    near = [plain[each] for name in strange for each in get_close_matches(name.casefold(), plain, n=1, cutoff=0.6)]
    return f"Did you mean {', '.join(near)}? " if near else ""


FACTS: tuple[type[Fact], ...] = (IncidentCategorised,)
DECISIONS = {Categorise: categorise}
