"""The taxonomy: the categories of incidents that the house knows, as a tree, as facts of the stream `directory`.

An admin defines a category with what it means, puts it below another, retires it, or merges it into another; nothing is
deleted, since incidents carry the names for ever. `Taxonomy` follows the log in memory. Read by `categorise` through
the register, by the settings and the API. Never changes what an incident carries.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.command import KnownCategory
from watchroom.base.errors import AlreadyDone, Malformed, NotFound, Refused
from watchroom.people.stream import DirectoryFact, Following, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Event, Fact
from watchroom.record.log import Log

NAME_CHARS_MAX = 80
DESCRIPTION_CHARS_MAX = 500
DEPTH_MAX = 4
HISTORY_MAX = 200
"""How many changes are kept in memory for the page; all stand in the record."""


class CategoryDefined(DirectoryFact, frozen=True, kw_only=True):
    """A category of incidents is known from now on; said again, it is so from now on."""

    name: str
    description: Annotated[str, msgspec.Meta(description="What belongs to it, and what does not.")] = ""
    parent: Annotated[str, msgspec.Meta(description="The category that it is a part of; empty: none.")] = ""


class CategoryRetired(DirectoryFact, frozen=True, kw_only=True):
    """A category is not offered any more; incidents that carry it keep it."""

    name: str
    reason: str = ""


class CategoryRestored(DirectoryFact, frozen=True, kw_only=True):
    """A category that was retired, or merged into another, is offered again."""

    name: str


class CategoryMerged(DirectoryFact, frozen=True, kw_only=True):
    """A category is part of another from now on: who says the one means the other. What is below it goes along."""

    name: str
    into: str
    reason: str = ""


FACTS: tuple[type[Fact], ...] = (CategoryDefined, CategoryRetired, CategoryRestored, CategoryMerged)
CODEC = FactCodec(FACTS)
State = Literal["offered", "retired", "merged"]


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """One category as it stands."""

    name: str
    description: str = ""
    parent: str = ""
    state: State = "offered"
    into: Annotated[str, msgspec.Meta(description="For a merged one: the category that takes its place now.")] = ""
    depth: Annotated[int, msgspec.Meta(description="How many categories it stands below.")] = 0


class TaxonomyChange(msgspec.Struct, frozen=True, kw_only=True):
    """Who changed what about a category, and when."""

    at: datetime
    actor: str
    via: str
    kind: str
    name: str
    says: str


def checked_name(name: str) -> str:
    """A category's name as it is kept. Raises Malformed."""
    normal = " ".join(name.split())
    if not normal or len(normal) > NAME_CHARS_MAX or not normal.isprintable() or "," in normal:
        raise Malformed(
            f"{name[:80]!r} cannot be the name of a category.",
            hint=f"Write it in 1 to {NAME_CHARS_MAX} characters without a comma, such as Third party.",
        )
    return normal


class Taxonomy(Following):
    """All categories, folded from the stream `directory`. Call `load` once; from then on it follows by itself."""

    def __init__(self, log: Log, clock: Clock, categories_max: int = 500) -> None:
        super().__init__(log, clock)
        self._categories_max = categories_max
        self._by_name: dict[str, Category] = {}
        self.history: list[TaxonomyChange] = []
        """The last changes, newest first."""

    def all(self) -> list[Category]:
        """Every category, each below the one that it is a part of, by name."""
        children: dict[str, list[Category]] = {}
        for each in self._by_name.values():
            children.setdefault(each.parent.casefold(), []).append(each)
        found: list[Category] = []

        def walk(parent: str, depth: int) -> None:
            for each in sorted(children.get(parent, ()), key=lambda one: one.name.casefold()):
                into = self.meant(each.name) if each.state == "merged" else ""
                found.append(msgspec.structs.replace(each, depth=depth, into=into))
                walk(each.name.casefold(), depth + 1)

        walk("", 0)
        return found

    def offered(self) -> tuple[str, ...]:
        """The names that somebody may choose from."""
        return tuple(each.name for each in self.all() if each.state == "offered")

    def known(self) -> Mapping[str, KnownCategory]:
        """What `categorise` knows of each category, by its name without case."""
        return {
            key: KnownCategory(each.name, each.state == "retired", self.meant(key) if each.state == "merged" else "")
            for key, each in self._by_name.items()
        }

    def get(self, name: str) -> Category | None:
        """The category of that name, in whatever case it is written."""
        return self._by_name.get(" ".join(name.split()).casefold())

    def meant(self, name: str) -> str:
        """The category that is meant by a name, whatever it was merged into; the name itself if it is unknown."""
        seen: set[str] = set()
        found = self.get(name)
        while found is not None and found.state == "merged" and found.name not in seen:
            seen.add(found.name)
            found = self.get(found.into)
        return found.name if found is not None else name

    async def define(self, name: str, description: str, parent: str, *, actor: str, via: str) -> Category:
        """Say what a category is, known or not; how it is kept. Nothing is written when it is so already.

        Raises Malformed, and NotFound for a parent that there is not.
        """
        name, description = checked_name(name), description.strip()
        if len(description) > DESCRIPTION_CHARS_MAX:
            raise Malformed(
                f"A description is {DESCRIPTION_CHARS_MAX} characters long at most.", hint="Say it in two sentences."
            )
        await self.catch_up()
        before = self.get(name)
        if before is None and len(self._by_name) >= self._categories_max:
            said = f"{self._categories_max} categories are kept at most."
            raise Malformed(said, hint="Merge some: nobody chooses well among so many.")
        above = self._parent(name, parent)
        fact = CategoryDefined(name=before.name if before is not None else name, description=description, parent=above)
        if before is None or (before.description, before.parent) != (description, above):
            await self._append(fact, actor, via)
        return self._must(name)

    async def retire(self, name: str, reason: str, *, actor: str, via: str) -> None:
        """Offer a category no longer. Raises NotFound, AlreadyDone, and Refused while others stand below it."""
        await self.catch_up()
        category = self._must(name)
        if category.state != "offered":
            raise AlreadyDone(f"{category.name} is not offered already.", hint="Nothing needs doing.")
        below = [each.name for each in self._below(category.name) if each.state == "offered"]
        if below:
            hint = "Retire those first, put them elsewhere, or merge it: what is below goes along."
            raise Refused(f"{', '.join(below[:5])} stand below {category.name}.", hint=hint)
        await self._append(CategoryRetired(name=category.name, reason=reason.strip()), actor, via)

    async def restore(self, name: str, *, actor: str, via: str) -> None:
        """Offer a category again. Raises NotFound, AlreadyDone."""
        await self.catch_up()
        category = self._must(name)
        if category.state == "offered":
            raise AlreadyDone(f"{category.name} is offered already.", hint="Nothing needs doing.")
        await self._append(CategoryRestored(name=category.name), actor, via)

    async def merge(self, name: str, into: str, reason: str, *, actor: str, via: str) -> None:
        """Make a category part of another. Raises NotFound, AlreadyDone, Refused."""
        await self.catch_up()
        category, target = self._must(name), self._must(into)
        if category.state == "merged":
            raise AlreadyDone(f"{category.name} was merged already.", hint="Restore it first.")
        if target.state != "offered":
            raise Refused(f"{target.name} is not offered any more.", hint="Restore it first, or choose another.")
        if category.name == target.name or target.name in self._all_below(category.name):
            said = f"{category.name} cannot be merged into itself or into what stands below it."
            raise Refused(said, hint="Put that one elsewhere first.")
        await self._append(CategoryMerged(name=category.name, into=target.name, reason=reason.strip()), actor, via)

    def take(self, event: Event) -> None:
        fact = CODEC.decode(event)
        match fact:
            case CategoryDefined():
                before = self.get(fact.name) or Category(name=fact.name)
                kept = msgspec.structs.replace(before, description=fact.description, parent=fact.parent)
                says = f"below {fact.parent}. {fact.description}" if fact.parent else fact.description
            case CategoryRetired():
                kept, says = self._as(fact.name, "retired"), fact.reason
            case CategoryRestored():
                kept, says = self._as(fact.name, "offered"), ""
            case CategoryMerged():
                kept = msgspec.structs.replace(self._as(fact.name, "merged"), into=fact.into)
                says = f"into {fact.into}{f': {fact.reason}' if fact.reason else ''}"
                for each in self._below(fact.name):
                    self._by_name[each.name.casefold()] = msgspec.structs.replace(each, parent=fact.into)
            case _:
                return
        self._by_name[kept.name.casefold()] = kept
        change = TaxonomyChange(
            at=event.at, actor=event.actor, via=event.via, kind=event.kind, name=kept.name, says=says.strip()
        )
        self.history = [change, *self.history[: HISTORY_MAX - 1]]

    def _as(self, name: str, state: State) -> Category:
        return msgspec.structs.replace(self.get(name) or Category(name=name), state=state, into="")

    def _must(self, name: str) -> Category:
        found = self.get(name)
        if found is None:
            raise NotFound(f"There is no category {name[:80]!r}.", hint="GET /api/v1/categories lists them.")
        return found

    def _below(self, name: str) -> list[Category]:
        return [each for each in self._by_name.values() if each.parent.casefold() == name.casefold()]

    def _all_below(self, name: str) -> set[str]:
        found: set[str] = set()
        ahead = [name]
        while ahead:
            for each in self._below(ahead.pop()):
                if each.name not in found:
                    found.add(each.name)
                    ahead.append(each.name)
        return found

    def _parent(self, name: str, parent: str) -> str:
        """The category above, as it is kept. Raises NotFound, Malformed."""
        if not parent.strip():
            return ""
        above = self._must(parent)
        if above.state != "offered":
            raise Malformed(f"{above.name} is not offered any more.", hint="Put it below another, or below none.")
        known = self.get(name)
        if above.name.casefold() == name.casefold() or (
            known is not None and above.name in self._all_below(known.name)
        ):
            raise Malformed(f"{name} cannot stand below itself.", hint="Choose another category above it.")
        height, at = 1, above
        while at.parent and (higher := self.get(at.parent)) is not None:
            height, at = height + 1, higher
        if height >= DEPTH_MAX:
            raise Malformed(f"Categories stand {DEPTH_MAX} deep at most.", hint="Put it one level higher.")
        return above.name

    async def _append(self, fact: Fact, actor: str, via: str) -> None:
        await record(self._log, self._clock, CODEC, fact, actor, via)
        await self.catch_up()
