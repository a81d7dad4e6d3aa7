"""The taxonomy: categories as a tree, retired and merged and never deleted, and what `categorise` makes of them."""

from collections.abc import Mapping

import pytest

from watchroom.base.clock import WallClock
from watchroom.base.command import NOTHING, Act, KnownCategory
from watchroom.base.errors import AlreadyDone, Malformed, NotFound, Refused
from watchroom.base.rng import Chance
from watchroom.detection.category import Categories, Categorise, IncidentCategorised, categorise
from watchroom.detection.taxonomy import Taxonomy
from watchroom.record.memory_log import MemoryLog

BY = {"actor": "person:ana@x.org", "via": "test"}


async def taxonomy(log: MemoryLog | None = None, **more: int) -> Taxonomy:
    made = Taxonomy(log or MemoryLog(Chance(1)), WallClock(), **more)
    await made.load()
    return made


def tree(found: Taxonomy) -> list[str]:
    return [f"{'  ' * each.depth}{each.name}" for each in found.all() if each.state == "offered"]


async def grown(log: MemoryLog | None = None) -> Taxonomy:
    made = await taxonomy(log)
    await made.define("Third party", "A vendor failed", "", **BY)
    await made.define("Payment vendor", "", "third PARTY", **BY)
    await made.define("Card network", "", "Payment vendor", **BY)
    await made.define("Change", "We did it", "", **BY)
    return made


async def test_categories_stand_below_each_other_and_are_the_same_for_every_process() -> None:
    log = MemoryLog(Chance(1))
    made = await grown(log)
    wanted = ["Change", "Third party", "  Payment vendor", "    Card network"]
    assert tree(made) == tree(await taxonomy(log)) == wanted
    assert made.offered() == ("Change", "Third party", "Payment vendor", "Card network")
    [last, *_] = made.history
    assert (last.actor, last.kind, last.name, last.says) == (
        "person:ana@x.org",
        "category_defined",
        "Change",
        "We did it",
    )
    await made.define("card NETWORK", "Visa and others", "change", **BY)
    assert tree(made) == ["Change", "  Card network", "Third party", "  Payment vendor"]
    head = await log.head("directory")
    await made.define("Card network", " Visa and others ", "Change", **BY)
    assert await log.head("directory") == head


async def test_what_no_category_can_be_is_refused() -> None:
    made = await grown()
    for name in ("", "a, b", "x" * 81, "a\0b"):
        with pytest.raises(Malformed):
            await made.define(name, "", "", **BY)
    with pytest.raises(Malformed):
        await made.define("New", "x" * 501, "", **BY)
    with pytest.raises(NotFound):
        await made.define("New", "", "Nothing", **BY)
    for parent in ("Third party", "Card network"):
        with pytest.raises(Malformed):
            await made.define("Third party", "", parent, **BY)
    await made.define("Visa", "", "Card network", **BY)
    with pytest.raises(Malformed):
        await made.define("Deeper", "", "Visa", **BY)
    small = await taxonomy(categories_max=1)
    await small.define("One", "", "", **BY)
    with pytest.raises(Malformed):
        await small.define("Two", "", "", **BY)


async def test_a_category_is_retired_and_offered_again() -> None:
    made = await grown()
    with pytest.raises(Refused) as refused:
        await made.retire("Third party", "", **BY)
    assert "Payment vendor" in refused.value.message
    await made.retire("card network", "Never used", **BY)
    assert "Card network" not in made.offered()
    assert made.history[0].says == "Never used"
    with pytest.raises(AlreadyDone):
        await made.retire("Card network", "", **BY)
    with pytest.raises(Malformed):
        await made.define("New", "", "Card network", **BY)
    await made.restore("Card network", **BY)
    assert "Card network" in made.offered()
    with pytest.raises(AlreadyDone):
        await made.restore("Card network", **BY)
    with pytest.raises(NotFound):
        await made.retire("Nothing", "", **BY)


async def test_a_category_is_merged_and_takes_along_what_is_below_it() -> None:
    log = MemoryLog(Chance(1))
    made = await grown(log)
    await made.define("Vendor", "", "", **BY)
    for into in ("Third party", "Card network"):
        with pytest.raises(Refused):
            await made.merge("Third party", into, "", **BY)
    await made.merge("Third party", "Vendor", "One word for it", **BY)
    assert tree(made) == ["Change", "Vendor", "  Payment vendor", "    Card network"]
    with pytest.raises(Refused):
        await made.merge("Change", "Third party", "", **BY)
    with pytest.raises(AlreadyDone):
        await made.merge("Third party", "Change", "", **BY)
    await made.define("Supplier", "", "", **BY)
    await made.merge("Vendor", "Supplier", "", **BY)
    for one in (made, await taxonomy(log)):
        assert one.meant("third party") == "Supplier"
        assert one.meant("unheard of") == "unheard of"
        assert {each.name: each.into for each in one.all() if each.into} == {
            "Third party": "Supplier",
            "Vendor": "Supplier",
        }
        assert one.known()["third party"] == KnownCategory("Third party", into="Supplier")


class Knows:
    """A register of these categories."""

    def __init__(self, known: Mapping[str, KnownCategory]) -> None:
        self._known = known

    def categories(self) -> Mapping[str, KnownCategory]:
        return self._known

    def __getattr__(self, name: str) -> object:
        return getattr(NOTHING, name)


class Room:
    """A room whose profile knows these."""

    def __init__(self, *known: str) -> None:
        self.categories = Categories()
        self.known_categories = known


async def test_categorise_goes_by_the_taxonomy() -> None:
    made = await grown()
    await made.define("Vendor", "", "", **BY)
    await made.merge("Payment vendor", "Vendor", "", **BY)
    await made.retire("Change", "", **BY)
    act = Act(WallClock().now(), "person:ana@x.org", "test", register=Knows(made.known()))  # type: ignore[arg-type]  # the rest knows nothing

    def said(*names: str, room: Room | None = None) -> tuple[list[str], dict[str, str]]:
        decided = categorise(Categorise(categories=list(names)), room or Room(), act)
        [fact] = decided.facts
        assert isinstance(fact, IncidentCategorised)
        return fact.categories, {each.code: f"{each.message} {each.hint}" for each in decided.cautions}

    assert said("third PARTY") == (["Third party"], {})
    names, cautions = said("Payment vendor", "vendor")
    assert names == ["Vendor"]
    assert "Payment vendor is part of Vendor now" in cautions["category_merged"]
    names, cautions = said("Change")
    assert (names, list(cautions)) == (["Change"], ["retired_category"])
    names, cautions = said("Third praty")
    assert names == ["Third praty"]
    assert "Did you mean Third party?" in cautions["unknown_category"]
    # What the room's profile names is known too.
    assert said("Weather", room=Room("Weather")) == (["Weather"], {})
    room = Room()
    room.categories.names = ["Vendor"]
    with pytest.raises(AlreadyDone):
        said("Payment vendor", room=room)


def test_without_any_taxonomy_every_word_is_a_category() -> None:
    act = Act(WallClock().now(), "person:ana@x.org", "test")
    assert categorise(Categorise(categories=["anything"]), Room(), act).cautions == ()
