"""The rulebook: rules as facts with history; two who change them at once; another process that follows."""

import asyncio
from pathlib import Path

import pytest

from tests.rooms.stage import Stage, staged
from watchroom.base.errors import Conflict, Malformed
from watchroom.detection.grouping_rules import Rule, digest
from watchroom.detection.rulebook import HISTORY_MAX, Rulebook
from watchroom.people.catalogue import Services
from watchroom.people.stream import STREAM

ONE, TWO = Rule(name="one", by=["a"]), Rule(name="two", group="separate")


async def change(
    book: Rulebook, *rules: Rule, by: str = "ana", version: int | None = None, previewed: str = ""
) -> list[str]:
    cautions = await book.change(
        rules, actor=f"person:{by}@example.com", via="test", version=version, previewed=previewed, reason="Because"
    )
    return [caution.code for caution in cautions]


async def another(stage: Stage, rules_max: int = 100) -> Rulebook:
    """A rulebook as another process has it."""
    services = Services(stage.house.log, stage.clock)
    await services.load()
    book = Rulebook(stage.house.log, stage.clock, services, rules_max)
    await book.load()
    return book


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_each_change_is_a_fact_with_its_author_and_order(store: str, tmp_path: Path) -> None:
    async with staged(tmp_path, store) as stage:
        book = stage.house.rulebook
        assert (book.now.version, book.now.rules, book.history) == (0, [], [])
        assert await change(book, ONE, TWO) == ["not_previewed"]
        assert await change(book, TWO, ONE, by="bo", version=1) == ["never_reached", "not_previewed"]
        assert [(each.version, each.by, each.reason) for each in book.history] == [
            (2, "bo@example.com", "Because"),
            (1, "ana@example.com", "Because"),
        ]
        assert [rule.name for rule in book.now.rules] == ["two", "one"]
        assert [rule.name for rule in book.history[1].rules] == ["one", "two"]
        fresh = await another(stage)
        assert (fresh.now, fresh.history) == (book.now, book.history)


async def test_what_changes_nothing_is_not_written(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        book = stage.house.rulebook
        await change(book, ONE)
        before = await stage.house.log.head(STREAM)
        assert await change(book, ONE) == []
        assert await stage.house.log.head(STREAM) == before


async def test_a_preview_that_was_seen_silences_the_warning_for_those_rules_alone(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        book = stage.house.rulebook
        assert await change(book, ONE, previewed=digest([ONE])) == []
        assert await change(book, ONE, TWO, previewed=digest([ONE])) == ["not_previewed"]


async def test_of_two_changes_at_once_one_is_told_to_look_again(tmp_path: Path) -> None:
    async with staged(tmp_path, "shaken") as stage:
        books = [stage.house.rulebook, await another(stage)]
        done = await asyncio.gather(
            change(books[0], ONE, version=0), change(books[1], TWO, version=0), return_exceptions=True
        )
        assert sorted(type(each).__name__ for each in done) == ["Conflict", "list"]
        await asyncio.gather(*(book.catch_up() for book in books))
        assert books[0].now == books[1].now
        assert books[0].now.version == 1


async def test_what_another_changed_is_never_overwritten_unseen(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        book = stage.house.rulebook
        await change(book, ONE, version=0)
        with pytest.raises(Conflict, match="changed meanwhile by ana") as refused:
            await change(book, TWO, version=0)
        assert "Load them again" in refused.value.hint


async def test_another_process_hears_of_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        follower = await another(stage)
        ready = follower.ready()
        await change(stage.house.rulebook, ONE)
        # Its reading is on its way; catching up waits for it.
        await follower.catch_up()
        assert follower.ready() is not ready
        assert follower.ready().rules == (ONE,)


async def test_rules_are_bounded(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        with pytest.raises(Malformed, match="at most 1"):
            await change(await another(stage, rules_max=1), ONE, TWO)


async def test_rules_and_services_are_ready_together(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        book, follower = stage.house.rulebook, await another(stage)
        await change(book, ONE)
        before = book.ready()
        assert book.ready() is before
        await stage.house.services.define("a", ["b"], actor="person:ana@example.com", via="test")
        assert [each.service for each in book.ready().topology.near("b", 1)] == ["a"]
        for each in (book, follower):
            await each.catch_up()
        head = await stage.house.log.head(STREAM)
        assert head is not None
        assert (book.seq, follower.seq) == (head.seq, head.seq)
        assert [each.service for each in follower.ready().topology.near("a", 1)] == ["b"]


async def test_the_history_is_bounded_and_the_record_keeps_all(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        book = stage.house.rulebook
        for number in range(HISTORY_MAX + 3):
            await change(book, Rule(name=f"r{number}", by=["a"]))
        assert len(book.history) == HISTORY_MAX
        assert book.now.version == HISTORY_MAX + 3
        kinds = [event.kind for event in await stage.house.log.read(STREAM)]
        assert kinds.count("grouping_rules_changed") == HISTORY_MAX + 3
