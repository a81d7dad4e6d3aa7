"""The feed: no wake lost, none too many, nothing left behind."""

import asyncio
import random
from pathlib import Path

from tests.contracts.stores import add, notes
from tests.record.turns import some_turns, turns
from watchroom.record.feed import Feed
from watchroom.record.log import Reached
from watchroom.record.memory_log import MemoryLog
from watchroom.record.sqlite_log import SqliteLog


async def test_it_answers_at_once_what_has_been_reached_already() -> None:
    log = MemoryLog()
    feed = Feed(log)
    await add(log, "a", "1", "2", "3")
    assert await feed.wait("a", 0) == 3
    assert await feed.wait("a", 2) == 3
    assert await feed.wait_all(0) == 3
    assert feed.waiting == 0


async def test_it_wakes_only_those_whose_stream_has_moved_far_enough() -> None:
    log = MemoryLog()
    feed = Feed(log)
    await add(log, "a", "1")
    waits = [asyncio.create_task(feed.wait(*each)) for each in (("a", 1), ("a", 3), ("b", 0))]
    whole = asyncio.create_task(feed.wait_all(2))
    await some_turns()
    assert feed.waiting == 4
    await add(log, "a", "2")
    await some_turns()
    assert [wait.done() for wait in waits] == [True, False, False]
    assert waits[0].result() == 2
    assert not whole.done()
    await add(log, "c", "1")
    assert await whole == 3
    await add(log, "a", "3")
    await add(log, "a", "4")
    await add(log, "b", "1")
    assert await asyncio.gather(*waits) == [2, 4, 1]
    assert feed.waiting == 0


async def test_a_thousand_followers_of_one_stream_wake_once_each() -> None:
    log = MemoryLog()
    feed = Feed(log)
    woken: list[int] = []

    async def follow() -> None:
        woken.append(await feed.wait("a", 0))

    followers = [asyncio.create_task(follow()) for _ in range(1_000)]
    await turns(lambda: feed.waiting == 1_000)
    await add(log, "a", "1")
    await asyncio.wait(followers)
    assert woken == [1] * 1_000
    assert feed.waiting == 0


async def test_a_follower_that_goes_away_leaves_nothing_behind() -> None:
    log = MemoryLog()
    feed = Feed(log)
    followers = [asyncio.create_task(feed.wait(f"s{number % 10}", 0)) for number in range(100)]
    followers += [asyncio.create_task(feed.wait_all(0)) for _ in range(10)]
    await turns(lambda: feed.waiting == 110)
    for follower in followers:
        follower.cancel()
    await asyncio.wait(followers)
    assert feed.waiting == 0
    assert not feed._streams
    await add(log, "s1", "1")


async def test_commits_between_two_looks_are_one_wake() -> None:
    log = MemoryLog()
    feed = Feed(log)
    looks = []

    async def follow() -> None:
        after = 0
        while after < 10:
            after = await feed.wait("a", after)
            looks.append(after)

    follower = asyncio.create_task(follow())
    await some_turns()
    for _ in range(10):
        await add(log, "a", "x")
    await follower
    assert looks == [1, 10]


async def test_followers_lose_nothing_while_others_write(tmp_path: Path) -> None:
    """Each follower reads from where it stands and waits after it, and so gets every event once, in order."""
    chance = random.Random(3)
    log = SqliteLog(tmp_path / "record.db")
    try:
        feed = Feed(log)

        async def write(stream: str) -> None:
            for number in range(60):
                await add(log, stream, str(number))
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)

        async def follow(stream: str) -> list[str]:
            seen: list[str] = []
            while len(seen) < 60:
                await feed.wait(stream, len(seen))
                seen += notes(await log.read(stream, after=len(seen)))
            return seen

        streams = [f"s{number}" for number in range(8)]
        follows = [asyncio.create_task(follow(stream)) for stream in streams * 5]
        await asyncio.gather(*map(write, streams))
        assert await asyncio.gather(*follows) == [[str(number) for number in range(60)]] * 40
        assert feed.waiting == 0
    finally:
        await log.close()


class Vague(MemoryLog):
    """Says no more than "look yourself"."""

    def on_reached(self, reached: Reached) -> None:
        super().on_reached(lambda _reached, position: reached({}, position))


async def test_everybody_looks_when_the_log_cannot_say_where() -> None:
    log = Vague()
    feed = Feed(log)
    moved, still = (asyncio.create_task(feed.wait(stream, 0)) for stream in ("a", "b"))
    whole = asyncio.create_task(feed.wait_all(0))
    await some_turns()
    await add(log, "a", "1")
    assert await moved == await whole == 1
    await some_turns()
    assert not still.done()
    await add(log, "b", "1")
    assert await still == 1
    assert feed.waiting == 0


async def test_whoever_found_the_log_further_on_wakes_those_who_were_not_told() -> None:
    log = MemoryLog()
    feed = Feed(log)
    await add(log, "a", "1")
    log._told.clear()
    whole = asyncio.create_task(feed.wait_all(1))
    await some_turns()
    await add(log, "a", "2")
    await some_turns()
    assert not whole.done()
    feed.seen(2)
    assert await whole == 2
