"""What every store of the record promises: appends, claims, reads, order, notices. Runs against each of `STORES`."""

import asyncio
import random

import msgspec
import pytest

from tests.contracts.stores import AT, Opened, add, draft, notes, to, verify
from watchroom.base.errors import Conflict, Malformed, Overloaded, Unavailable
from watchroom.record.chain import GENESIS, digest_of
from watchroom.record.event import Claim, Draft, StreamAppend
from watchroom.record.log import Appended, Head, Log


async def test_an_append_returns_its_events_in_their_places(log: Log) -> None:
    first = await log.append([to("a", "1", "2", after=0), to("b", "3", after=0)])
    assert [(event.stream, event.seq) for event in first.events] == [("a", 1), ("a", 2), ("b", 1)]
    second = await log.append([to("a", "4", after=2)])
    assert second.position > first.position
    (event,) = second.events
    assert event.at == event.recorded_at == AT
    assert (event.actor, event.via, event.kind, event.cause) == ("person:ana@example.com", "test", "noted", None)
    assert event.digest == digest_of(event, first.events[1].digest)
    assert first.events[2].digest == digest_of(first.events[2], GENESIS)
    assert await log.read("a") == [*first.events[:2], event]
    assert await verify(log) == {"a": 3, "b": 1}


async def test_all_or_nothing_over_several_streams(log: Log) -> None:
    await add(log, "b", "first")
    with pytest.raises(Conflict):
        await log.append([to("a", "x", after=0), to("b", "y", after=0), to("c", "z")], [Claim("group", "k", "a")])
    assert await log.streams() == ["b"]
    assert await log.holder("group", "k") is None
    with pytest.raises(Conflict):
        await log.append([to("a", "x", after=0)], [Claim("group", "k", "a"), Claim("mail", "k", "a", held_by="c")])
    assert await verify(log) == {"b": 1}


@pytest.mark.parametrize("expected", [0, 1, 3, 2**63, 2**70])
async def test_a_wrong_expected_number_is_a_conflict(log: Log, expected: int) -> None:
    await add(log, "a", "1", "2")
    with pytest.raises(Conflict):
        await log.append([to("a", "3", after=expected)])
    await log.append([to("a", "3", after=2)])
    assert notes(await log.read("a")) == ["1", "2", "3"]


async def test_without_an_expected_number_the_next_is_taken(log: Log) -> None:
    await add(log, "a", "1")
    assert (await add(log, "a", "2")).events[0].seq == 2


async def test_one_stream_twice_in_one_append(log: Log) -> None:
    await log.append([to("a", "1", after=0), to("b", "2"), to("a", "3", after=1)])
    assert notes(await log.read("a")) == ["1", "3"]
    with pytest.raises(Conflict):
        await log.append([to("a", "4", after=2), to("a", "5", after=2)])
    assert await verify(log) == {"a": 2, "b": 1}


async def test_an_append_of_nothing_states_a_number_or_moves_a_claim(log: Log) -> None:
    done = await add(log, "a", "1")
    assert await log.append([]) == Appended([], done.position)
    assert await log.append([StreamAppend("a", 1, [])], [Claim("group", "k", "a")]) == Appended([], done.position)
    with pytest.raises(Conflict):
        await log.append([StreamAppend("a", 0, [])])
    assert await log.holder("group", "k") == "a"


async def test_claims_are_taken_swapped_and_given_back(log: Log) -> None:
    async def claim(stream: str | None, held_by: str | None) -> None:
        await log.append([], [Claim("group", "k", stream, held_by)])

    await claim("a", None)
    with pytest.raises(Conflict):
        await claim("b", None)
    with pytest.raises(Conflict):
        await claim("b", "c")
    await claim("b", "a")
    with pytest.raises(Conflict):
        await claim(None, "a")
    assert await log.holder("group", "k") == "b"
    assert await log.holder("other", "k") is None
    await claim(None, "b")
    assert await log.holder("group", "k") is None
    with pytest.raises(Conflict):
        await claim(None, "b")
    await claim("c", None)
    await log.append([], [Claim("group", "l", "d"), Claim("mail", "l", "e")])
    assert await log.holders("group") == {"k": "c", "l": "d"}
    assert await log.holders("nothing") == {}


async def test_a_guard_changes_nothing(log: Log) -> None:
    """That a key still belongs to somebody, or to nobody, can be a condition of an append."""
    await log.append([], [Claim("group", "k", "a")])
    await log.append([], [Claim("group", "k", "a", held_by="a"), Claim("group", "free", None)])
    assert await log.holders("group") == {"k": "a"}
    for guard in (Claim("group", "free", "a", held_by="a"), Claim("group", "k", None)):
        with pytest.raises(Conflict):
            await log.append([], [guard, Claim("group", "other", "b")])
    assert await log.holders("group") == {"k": "a"}


async def test_one_claim_several_times_in_one_append(log: Log) -> None:
    await log.append([], [Claim("g", "k", "a"), Claim("g", "k", "b", held_by="a")])
    assert await log.holder("g", "k") == "b"
    await log.append([], [Claim("g", "k", None, held_by="b"), Claim("g", "k", "c")])
    assert await log.holder("g", "k") == "c"


async def test_of_concurrent_takers_exactly_one_wins(log: Log) -> None:
    async def open_room(room: str) -> bool:
        try:
            await log.append([to(room, "opened", after=0)], [Claim("group", "checkout", room)])
        except Conflict:
            return False
        return True

    rooms = [f"room-{number}" for number in range(50)]
    won = await asyncio.gather(*map(open_room, rooms))
    assert sum(won) == 1
    winner = rooms[won.index(True)]
    assert await log.holder("group", "checkout") == winner
    assert await log.streams() == [winner]


async def test_a_refused_request_costs_its_neighbours_nothing(log: Log) -> None:
    bad = Draft(AT, AT, "person:\ud800", "test", "noted", b"{}")
    requests = [
        log.append([StreamAppend("bad", None, [bad])])
        if number % 3 == 0
        else log.append([to(f"s{number}", str(number), after=number % 3 - 1)])
        for number in range(90)
    ]
    results = await asyncio.gather(*requests, return_exceptions=True)
    for number, result in enumerate(results):
        assert isinstance(result, (Malformed, Appended, Conflict)[number % 3])
    assert await verify(log) == {f"s{number}": 1 for number in range(90) if number % 3 == 1}


async def test_text_that_no_store_could_give_back_is_refused(log: Log) -> None:
    with pytest.raises(Malformed):
        await log.append([], [Claim("group", "lone \ud800", "a")])
    with pytest.raises(Malformed):
        await log.append([to("lone \ud800", "1")])
    assert await log.position() == 0


async def test_reads_have_limits_and_order(log: Log) -> None:
    await add(log, "a", *map(str, range(1, 11)))

    async def read(after: int, limit: int | None) -> list[str]:
        return notes(await log.read("a", after, limit))

    async def before(seq: int, limit: int) -> list[str]:
        return notes(await log.read_before("a", seq, limit))

    assert await read(0, None) == await read(-5, None) == [*"123456789", "10"]
    assert await read(3, 2) == ["4", "5"]
    assert await read(9, 5) == ["10"]
    assert await read(0, 0) == await read(10, None) == await read(99, 3) == await read(2**70, 1) == []
    assert await before(4, 2) == ["2", "3"]
    assert await before(3, 9) == ["1", "2"]
    assert await before(99, 2) == await before(2**70, 2) == ["9", "10"]
    assert await before(1, 5) == await before(0, 5) == await before(-1, 5) == await before(9, 0) == []
    assert await log.read("unknown") == await log.read_before("unknown", 9, 9) == []


async def test_the_whole_log_is_read_in_pages(log: Log) -> None:
    for number in range(25):
        await log.append([to(f"s{number % 3}", f"{number}a"), to("all", f"{number}b")])
    pages, after = [], 0
    while page := await log.read_all(after, 7):
        assert len(page) <= 7
        pages += page
        after = page[-1].position
    assert notes([placed.event for placed in pages]) == [f"{number}{half}" for number in range(25) for half in "ab"]
    assert pages == await log.read_all()
    assert await log.position() == pages[-1].position
    assert await log.read_all(0, 0) == await log.read_all(2**70) == []
    assert await log.read_all(-3, 1) == pages[:1]


async def test_streams_are_sorted_and_paged(log: Log) -> None:
    names = ["b", "a", "é", "Z", "room-2", "room-10", "日本", "\U0001f525", "\uffee", "with space", "a/b"]
    assert await log.streams() == []
    for name in names:
        await add(log, name, "1", "2")
    assert await log.streams() == sorted(names)
    assert await log.streams(after="a", limit=3) == [name for name in sorted(names) if name > "a"][:3]
    assert await log.streams(after="\U0001f525") == await log.streams(limit=0) == []


async def test_heads(log: Log) -> None:
    assert await log.head("a") is None
    assert await log.position() == 0
    done = await add(log, "a", "1", "2")
    assert await log.head("a") == Head(2, done.events[-1].digest)
    assert await log.position() == done.position


async def test_positions_follow_commit_order_under_concurrency(log: Log) -> None:
    """A reader who pages behind the writers sees each event once, and never one placed behind where it has been."""
    seen: list[tuple[str, int]] = []

    async def write(stream: str) -> None:
        for number in range(30):
            await log.append([to(stream, str(number), after=number)])

    async def follow() -> None:
        after = 0
        while len(seen) < 20 * 30:
            for placed in await log.read_all(after, 10):
                assert placed.position > after
                after = placed.position
                seen.append((placed.event.stream, placed.event.seq))
            await asyncio.sleep(0)

    await asyncio.gather(follow(), *(write(f"s{number}") for number in range(20)))
    assert len(set(seen)) == len(seen)
    for number in range(20):
        assert [seq for stream, seq in seen if stream == f"s{number}"] == list(range(1, 31))
    assert await verify(log) == {f"s{number}": 30 for number in range(20)}


async def test_a_thousand_appends_to_one_stream_at_once(log: Log) -> None:
    done = await asyncio.gather(*(add(log, "a", str(number)) for number in range(1_000)))
    assert [each.events[0].seq for each in done] == list(range(1, 1_001))
    assert notes(await log.read("a")) == [str(number) for number in range(1_000)]
    assert await verify(log) == {"a": 1_000}


async def test_of_writers_that_expect_the_same_number_one_wins_each_round(log: Log) -> None:
    async def write(name: str, rounds: int) -> None:
        written = 0
        while written < rounds:
            head = await log.head("a")
            try:
                await log.append([to("a", f"{name}-{written}", after=head.seq if head else 0)])
                written += 1
            except Conflict:
                continue

    await asyncio.gather(*(write(f"w{number}", 10) for number in range(8)))
    assert sorted(notes(await log.read("a"))) == sorted(f"w{w}-{n}" for w in range(8) for n in range(10))
    await verify(log)


async def test_any_text_and_any_size_comes_back_as_it_was(log: Log) -> None:
    texts = ["", "ü 日本 \U0001f525", "nul \x00 and \x1f", "'; DROP TABLE event; --", "\u202e", "x" * 2**20]
    for number, text in enumerate(texts):
        data = msgspec.json.encode({"text": text})
        sent = Draft(AT, AT, f"person:{text[:50]}", text[:50], "noted", data, cause=text[:50])
        stream = f"s{number} {text[:50]}"
        key = text[:2_000]
        await log.append([StreamAppend(stream, 0, [sent])], [Claim("any", key, stream)])
        (event,) = await log.read(stream)
        assert (event.stream, event.data, event.actor, event.cause) == (stream, data, sent.actor, sent.cause)
        assert await log.holder("any", key) == stream
    assert (await log.holders("any")).keys() == {text[:2_000] for text in texts}
    await verify(log)


async def test_data_is_kept_byte_by_byte(log: Log) -> None:
    chance = random.Random(5)
    bodies = [chance.randbytes(size) for size in (0, 1, 7, 4_096, 70_000)]
    await log.append([StreamAppend("a", 0, [Draft(AT, AT, "p", "v", "raw", body) for body in bodies])])
    assert [event.data for event in await log.read("a")] == bodies
    await verify(log)


async def test_salts_are_the_drafts_own_or_drawn(log: Log) -> None:
    own = msgspec.structs.replace(draft(), salt=b"s" * 16)
    await log.append([StreamAppend("a", 0, [own, draft(), draft()])])
    salts = [event.salt for event in await log.read("a")]
    assert salts[0] == b"s" * 16
    assert len(set(salts)) == 3
    assert all(salt is not None and len(salt) == 16 for salt in salts)


async def test_followers_are_told_after_each_commit(log: Log) -> None:
    told: list[tuple[dict[str, int], int]] = []

    def fails(reached: object, position: int) -> None:
        raise RuntimeError("a follower's fault")

    log.on_reached(fails)
    log.on_reached(lambda reached, position: told.append((dict(reached), position)))
    done = await log.append([to("a", "1", "2"), to("b", "3")])
    assert told == [({"a": 2, "b": 1}, done.position)]
    with pytest.raises(Conflict):
        await log.append([to("a", "x", after=0)])
    await log.append([], [Claim("g", "k", "a")])
    await log.put_row("session", "1", b"x")
    assert len(told) == 1
    await asyncio.gather(*(add(log, "a", "x") for _ in range(100)))
    assert told[-1] == ({"a": 102}, await log.position())
    assert [position for _, position in told] == sorted(position for _, position in told)


async def test_a_closed_log_takes_nothing(log: Log) -> None:
    await add(log, "a", "1")
    await log.close()
    await log.close()
    with pytest.raises(Unavailable):
        await add(log, "a", "2")
    with pytest.raises(Unavailable):
        await log.put_row("t", "k", b"")


async def test_reopening_keeps_everything(durable: Opened) -> None:
    log = durable.open()
    done = await log.append([to("a", "1", "2"), to("b", "3")], [Claim("g", "k", "a"), Claim("g", "l", "b")])
    await log.append([], [Claim("g", "l", None, held_by="b")])
    log = await durable.reopen(log)
    assert (await log.read("a")) + (await log.read("b")) == done.events
    assert [placed.event for placed in await log.read_all()] == done.events
    assert await log.position() == done.position
    assert await log.holders("g") == {"k": "a"}
    assert await log.head("a") == Head(2, done.events[1].digest)
    with pytest.raises(Conflict):
        await log.append([to("a", "x", after=0)])
    with pytest.raises(Conflict):
        await log.append([], [Claim("g", "k", "b")])
    again = await log.append([to("a", "4", after=2)])
    assert again.position > done.position
    assert await verify(log) == {"a": 3, "b": 1}


async def test_closing_writes_what_is_queued(durable: Opened) -> None:
    log = durable.open()
    queued = [asyncio.create_task(add(log, f"s{number % 7}", str(number))) for number in range(200)]
    await asyncio.sleep(0)
    await log.close()
    done = await asyncio.gather(*queued)
    log = durable.open()
    assert len(await log.read_all()) == 200
    for each in done:
        (event,) = each.events
        assert await log.read(event.stream, event.seq - 1, 1) == [event]
    await verify(log)


async def test_a_full_queue_is_said_and_not_written(durable: Opened) -> None:
    log = durable.open(max_queued_requests=10)
    results = await asyncio.gather(*(add(log, "a", str(n)) for n in range(50)), return_exceptions=True)
    assert [type(result) for result in results] == [Appended] * 10 + [Overloaded] * 40
    assert notes(await log.read("a")) == [str(number) for number in range(10)]
    await add(log, "a", "afterwards")
    assert await verify(log) == {"a": 11}


async def test_a_queue_is_full_by_bytes_too(durable: Opened) -> None:
    log = durable.open(max_queued_bytes=100_000)
    results = await asyncio.gather(*(add(log, "a", "x" * 40_000) for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results] == [Appended] * 2 + [Overloaded] * 3
    # One that is larger than the whole queue is still written, when it is alone.
    await add(log, "a", "x" * 200_000)
    # What has been written makes room again.
    assert len(await asyncio.gather(*(add(log, "a", "x" * 40_000) for _ in range(2)))) == 2
    assert await verify(log) == {"a": 5}


async def test_a_caller_that_goes_away_harms_nobody(durable: Opened) -> None:
    log = durable.open()
    calls = [asyncio.create_task(add(log, "a", str(number))) for number in range(20)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    await asyncio.wait(calls)
    assert all(call.cancelled() for call in calls[::2])
    assert [call.result().events[0].seq for call in calls[1::2]] == list(range(2, 21, 2))
    await verify(log)


async def test_that_a_claim_is_free_can_be_a_guard(log: Log) -> None:
    free = Claim("signal", "s", None)
    await log.append([to("a", "1")], [free])
    assert await log.holder("signal", "s") is None
    await log.append([to("a", "2")], [Claim("signal", "s", "room")])
    with pytest.raises(Conflict):
        await log.append([to("a", "3")], [free])
    await log.append([to("a", "3")], [Claim("signal", "s", "room", held_by="room")])
    assert await log.holder("signal", "s") == "room"
    assert notes(await log.read("a")) == ["1", "2", "3"]
