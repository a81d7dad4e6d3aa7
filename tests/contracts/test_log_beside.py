"""What every store keeps beside the events: projections, snapshots, leases, erasable rows."""

import asyncio
from datetime import timedelta

from tests.contracts.stores import AT, Opened, add
from watchroom.record.log import HeldLease, Log, Snapshot, StoredProjection


async def test_projections_are_saved_whole(log: Log) -> None:
    assert await log.load_projection("list") is None
    await log.save_projection("list", "1", 5, {"a": b"1", "b": b"2", "gone": None})
    await log.save_projection("other", "1", 3, {"a": b"x"})
    assert await log.load_projection("list") == StoredProjection("1", 5, {"a": b"1", "b": b"2"})
    await log.save_projection("list", "1", 9, {"a": b"3", "b": None, "c": b"\x00\xff"})
    assert await log.load_projection("list") == StoredProjection("1", 9, {"a": b"3", "c": b"\x00\xff"})
    await log.save_projection("list", "1", 10, {})
    await log.drop_projection("other")
    await log.drop_projection("unknown")
    assert await log.load_projection("other") is None
    assert await log.load_projection("list") == StoredProjection("1", 10, {"a": b"3", "c": b"\x00\xff"})


async def test_rows_of_another_version_go(log: Log) -> None:
    await log.save_projection("list", "1", 5, {"a": b"1"})
    await log.save_projection("list", "2", 2, {"b": b"2"})
    assert await log.load_projection("list") == StoredProjection("2", 2, {"b": b"2"})


async def test_a_projection_is_never_seen_half_saved(log: Log) -> None:
    async def save() -> None:
        for number in range(1, 60):
            await log.save_projection("list", "1", number, {f"k{key}": b"%d" % number for key in range(20)})

    saving = asyncio.create_task(save())
    while not saving.done():
        stored = await log.load_projection("list")
        if stored is not None:
            assert set(stored.rows.values()) == {b"%d" % stored.position}
        await asyncio.sleep(0)
    await saving


async def test_what_was_loaded_is_the_readers_own(log: Log) -> None:
    await log.save_projection("list", "1", 1, {"a": b"1"})
    stored = await log.load_projection("list")
    assert stored is not None
    stored.rows["a"] = b"scribble"
    assert await log.load_projection("list") == StoredProjection("1", 1, {"a": b"1"})


async def test_snapshots(log: Log) -> None:
    assert await log.snapshot("a") is None
    await log.save_snapshot("a", Snapshot(10, "v1", b"ten"))
    await log.save_snapshot("b", Snapshot(1, "v1", b"other"))
    await log.save_snapshot("a", Snapshot(20, "v2", b"x" * 2**20))
    assert await log.snapshot("a") == Snapshot(20, "v2", b"x" * 2**20)


async def test_a_lease_is_one_holders_until_it_runs_out(log: Log) -> None:
    def later(seconds: float) -> timedelta:
        return timedelta(seconds=seconds)

    assert await log.take_lease("timers", "one", AT, 10)
    assert not await log.take_lease("timers", "two", AT + later(9.999), 10)
    assert await log.take_lease("outbox", "two", AT, 10)
    assert await log.take_lease("timers", "one", AT + later(5), 10)
    assert not await log.take_lease("timers", "two", AT + later(14), 10)
    assert await log.take_lease("timers", "two", AT + later(15), 10)
    assert not await log.take_lease("timers", "one", AT + later(16), 10)
    await log.give_lease("timers", "one", AT + later(16))
    assert not await log.take_lease("timers", "one", AT + later(16), 10)
    assert await log.lease("timers") == HeldLease("two", AT + later(25))
    await log.give_lease("timers", "two", AT + later(17))
    # The row stays and says when; whoever's clock is behind may take it all the same.
    assert await log.lease("timers") == HeldLease("", AT + later(17))
    assert await log.take_lease("timers", "one", AT + later(16), 10)


async def test_a_lease_that_nobody_has_had_is_none(log: Log) -> None:
    assert await log.lease("timers") is None


async def test_of_concurrent_takers_one_gets_the_lease(log: Log) -> None:
    taken = await asyncio.gather(*(log.take_lease("timers", f"p{number}", AT, 10) for number in range(20)))
    assert sum(taken) == 1


async def test_erasable_rows(log: Log) -> None:
    assert await log.row("session", "k") is None
    await log.put_row("session", "k", b"1")
    await log.put_row("session", "k", b"2")
    await log.put_row("session", "\x00 l", b"\x00")
    await log.put_row("token", "k", b"")
    assert await log.row("session", "k") == b"2"
    assert await log.rows("session") == {"k": b"2", "\x00 l": b"\x00"}
    assert await log.take_row("session", "k") == b"2"
    assert await log.take_row("session", "k") is None
    assert await log.rows("session") == {"\x00 l": b"\x00"}
    assert await log.row("token", "k") == b""
    assert await log.rows("nothing") == {}


async def test_of_concurrent_takers_one_gets_the_row(log: Log) -> None:
    await log.put_row("link", "once", b"ana")
    taken = await asyncio.gather(*(log.take_row("link", "once") for _ in range(30)))
    assert taken.count(b"ana") == 1
    assert taken.count(None) == 29


async def test_reopening_keeps_what_is_beside_the_events(durable: Opened) -> None:
    log = durable.open()
    await add(log, "a", "1")
    await log.save_projection("list", "1", 1, {"a": b"1"})
    await log.save_snapshot("a", Snapshot(1, "v1", b"one"))
    await log.put_row("session", "k", b"1")
    assert await log.take_lease("timers", "one", AT, 10)
    log = await durable.reopen(log)
    assert await log.load_projection("list") == StoredProjection("1", 1, {"a": b"1"})
    assert await log.snapshot("a") == Snapshot(1, "v1", b"one")
    assert await log.row("session", "k") == b"1"
    assert not await log.take_lease("timers", "two", AT, 10)


async def test_a_projection_is_not_saved_backwards(log: Log) -> None:
    """Another process is behind: its rows belong to an earlier position."""
    await log.save_projection("list", "1", 5, {"a": b"5"})
    await log.save_projection("list", "1", 3, {"a": b"3", "b": b"3"})
    assert await log.load_projection("list") == StoredProjection("1", 5, {"a": b"5"})
    await log.save_projection("list", "2", 2, {"b": b"2"})
    assert await log.load_projection("list") == StoredProjection("2", 2, {"b": b"2"})
