"""Kept bodies over all days: the oldest go, it is told how many went, and the record stays whole."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tests.rooms.stage import STORES, Stage, staged
from watchroom.detection.signal import DeliveryKept
from watchroom.incident.inbox import KEEPER, Inbox
from watchroom.integrations.keeper import AT_ONCE, Keeper, beyond
from watchroom.integrations.source_book import KeptBody, SourceBook
from watchroom.record.chain import Verifier
from watchroom.record.event import Draft, Event, Redaction, StreamAppend
from watchroom.record.feed import Feed
from watchroom.record.projection import Projector
from watchroom.record.redaction import REDACTED, Redacted, left_bytes


def bodies(*lengths: int) -> list[KeptBody]:
    return [KeptBody(seq, length) for seq, length in enumerate(lengths, 1)]


@pytest.mark.parametrize(
    ("held", "count_max", "bytes_max", "gone"),
    [
        ([], 1, 1, []),
        ([5, 5], 2, 10, []),
        ([5, 5, 5], 2, 10, [1]),
        ([5, 5, 5], 9, 14, [1]),
        ([5, 5, 5], 9, 9, [1, 2]),
        ([1, 1, 50], 9, 9, [1, 2, 3]),
        ([50, 1, 1], 9, 9, [1]),
        ([9, 9, 9, 1], 3, 10, [1, 2]),
    ],
)
def test_the_oldest_go_until_both_limits_are_kept(
    held: Sequence[int], count_max: int, bytes_max: int, gone: list[int]
) -> None:
    assert beyond(bodies(*held), count_max, bytes_max) == gone


@asynccontextmanager
async def troubled(folder: Path, store: str, texts: Sequence[str]) -> AsyncIterator[Stage]:
    """A stage with a source that sent these, none of which could be read."""
    async with staged(folder, store) as stage:
        await stage.house.credentials.sources.create("am", "generic", actor="person:ana@example.com", via="test")
        for text in texts:
            kept = DeliveryKept(
                body=text, bytes_total=len(text), path="/api/v1/signals/generic", code="malformed", message="No JSON."
            )
            await stage.house.intake.receive("am", "generic", [], kept)
        await stage.house.projector.caught_up()
        yield stage


def keeper(stage: Stage, count_max: int, bytes_max: int = 2**20) -> Keeper:
    house = stage.house
    return Keeper(house.log, house.book, house.projector, house.clock, count_max=count_max, bytes_max=bytes_max)


async def rebuilt(stage: Stage) -> tuple[dict[str, bytes | None], ...]:
    """The rows of an inbox and a book that read the whole record anew."""
    inbox, book = Inbox(), SourceBook()
    projector = Projector(stage.house.log, Feed(stage.house.log), (inbox, book), clock=stage.house.clock)
    for fresh in (inbox, book):
        await stage.house.log.drop_projection(fresh.name)
    await projector.start()
    try:
        await projector.caught_up()
        return rows(inbox, book)
    finally:
        await projector.close()


def rows(inbox: Inbox, book: SourceBook) -> tuple[dict[str, bytes | None], ...]:
    return {id: inbox.row(f"kept/{id}") for id in inbox.kept}, {name: book.row(name) for name in book.states}


async def stored(stage: Stage) -> list[Event]:
    return await stage.house.log.read("source:am")


@pytest.mark.parametrize("store", STORES)
async def test_what_goes_leaves_the_record_and_everything_else_about_it_stays(store: str, tmp_path: Path) -> None:
    async with troubled(tmp_path, store, [f"body {number}" for number in range(5)]) as stage:
        assert await keeper(stage, 5).fire() == 0
        assert await keeper(stage, 2).fire() == 3
        assert await keeper(stage, 2).fire() == 0, "it is done once"
        state = stage.house.book.of("am")
        assert ([body.seq for body in state.bodies], state.bodies_dropped) == ([4, 5], 3)
        assert [trouble.body for trouble in state.troubles] == ["", "", "", "body 3", "body 4"]
        assert [trouble.message for trouble in state.troubles] == ["No JSON."] * 5
        assert sorted(stage.house.inbox.kept) == ["source:am#4", "source:am#5"]
        events = await stored(stage)
        assert [event.redacted for event in events] == [True, True, True, False, False, False, False, False]
        assert not any(b"body 0" in (event.data or b"") for event in events)
        assert {event.actor for event in events[5:]} == {KEEPER}
        verifier = Verifier("source:am")
        verifier.feed(events)
        verifier.end()
        assert verifier.broken is None
        assert rows(stage.house.inbox, stage.house.book) == await rebuilt(stage)


async def test_bytes_count_as_well_and_so_do_bodies_that_somebody_has_dealt_with(tmp_path: Path) -> None:
    async with troubled(tmp_path, "memory", ["x" * 5_000, "y" * 5_000, "z"]) as stage:
        await stage.house.intake.put_away("am", 1, actor="person:ana@example.com", via="test")
        assert await keeper(stage, 100, 10_000).fire() == 1
        assert [body.seq for body in stage.house.book.of("am").bodies] == [2, 3]
        assert (await stored(stage))[0].redacted


async def test_a_body_that_somebody_redacted_leaves_the_book_and_is_not_counted_as_dropped(tmp_path: Path) -> None:
    async with troubled(tmp_path, "memory", ["a secret", "text"]) as stage:
        now, left = stage.house.clock.now(), {"bytes_total": 8}
        said = msgspec.json.encode(Redacted(seq=1, kind="delivery_kept", reason="A secret.", left=left))
        draft = Draft(now, now, "person:ana@example.com", "test", REDACTED, said)
        await stage.house.log.append(
            [StreamAppend("source:am", None, [draft])], (), [Redaction("source:am", 1, left_bytes(left))]
        )
        await stage.house.projector.caught_up()
        state = stage.house.book.of("am")
        assert ([body.seq for body in state.bodies], state.bodies_dropped) == ([2], 0)
        assert b"a secret" not in (stage.house.book.row("am") or b"")
        assert await keeper(stage, 1).fire() == 0
        assert rows(stage.house.inbox, stage.house.book) == await rebuilt(stage)


async def test_many_go_in_several_commits(tmp_path: Path) -> None:
    async with troubled(tmp_path, "memory", ["text"] * (AT_ONCE + 5)) as stage:
        assert await keeper(stage, 1).fire() == AT_ONCE + 4
        state = stage.house.book.of("am")
        assert (len(state.bodies), state.bodies_dropped) == (1, AT_ONCE + 4)
        assert rows(stage.house.inbox, stage.house.book) == await rebuilt(stage)
