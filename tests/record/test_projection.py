"""Projections: stored and followed equals rebuilt; a fault stays one projection's; whoever has written sees its
write."""

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.contracts.stores import AT, STORES, Opened, add, notes, opened, to
from tests.record.turns import some_turns
from watchroom.base.clock import DrillClock
from watchroom.base.errors import Unavailable
from watchroom.record.feed import Feed
from watchroom.record.log import Log, Placed
from watchroom.record.memory_log import MemoryLog
from watchroom.record.projection import Projection, Projector


class Counts(Projection):
    """How many events each stream has; a note `forget` deletes the stream's row, a note `fault` is a bug."""

    def __init__(self, name: str = "counts", version: str = "1", faulty: bool = False) -> None:
        super().__init__()
        self.name, self.version, self.faulty = name, version, faulty
        self.counts: dict[str, int] = {}
        self.applied = 0

    def clear(self) -> None:
        self.counts = {}

    def restore(self, rows: Mapping[str, bytes]) -> None:
        self.counts = {key: int(body) for key, body in rows.items()}

    def apply(self, placed: Placed) -> None:
        self.applied += 1
        (note,) = notes([placed.event])
        stream = placed.event.stream
        if note == "fault" and self.faulty:
            raise ValueError(note)
        if note == "forget":
            self.counts.pop(stream, None)
        else:
            self.counts[stream] = self.counts.get(stream, 0) + 1
        self.touch(stream)

    def row(self, key: str) -> bytes | None:
        return b"%d" % self.counts[key] if key in self.counts else None


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    with opened(request.param, tmp_path) as store:
        yield store


class Progress:
    """Hears how far a rebuild is."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []

    def __call__(self, at: int, of: int) -> None:
        self.steps.append((at, of))


async def write(log: Log, start: int, count: int) -> int:
    """Append to five streams, forgetting one now and then; the last position."""
    position = 0
    for number in range(start, start + count):
        note = "forget" if number % 11 == 10 else str(number)
        position = (await log.append([to(f"s{number % 5}", note), to("all", "x")])).position
    return position


def projector(log: Log, *projections: Projection, save_every_events: int = 20) -> Projector:
    return Projector(log, Feed(log), projections, page_events=7, save_every_events=save_every_events)


async def test_stored_and_followed_equals_rebuilt(store: Opened) -> None:
    log = store.open()
    for start in (0, 37, 100):
        counts = Counts()
        following = projector(log, counts)
        await following.start()
        position = await write(log, start, 37)
        await following.caught_up(position)
        assert counts.position == position
        await following.close()
        stored = await log.load_projection("counts")
        assert stored is not None
        assert stored.position == position
        fresh = Counts()
        rebuilding = projector(log, fresh)
        progress = Progress()
        await rebuilding.rebuild(progress)
        assert progress.steps[-1] == (position, position)
        assert progress.steps == sorted(progress.steps)
        assert fresh.counts == counts.counts
        assert await log.load_projection("counts") == stored
        await rebuilding.close()


async def test_a_start_takes_up_what_is_stored_and_replays_only_the_rest(store: Opened) -> None:
    log = store.open()
    first = Counts()
    following = projector(log, first)
    await following.start()
    await following.caught_up(await write(log, 0, 20))
    await following.close()
    await write(log, 20, 3)
    second = Counts()
    following = projector(log, second)
    await following.start()
    await following.caught_up()
    assert second.applied == 6
    assert sum(second.counts.values()) == second.counts["all"] + sum(second.counts.get(f"s{n}", 0) for n in range(5))
    assert second.counts["all"] == 23
    await following.close()


async def test_another_version_starts_from_nothing(store: Opened) -> None:
    log = store.open()
    following = projector(log, Counts())
    await following.start()
    await following.caught_up(await write(log, 0, 20))
    await following.close()
    newer, other = Counts(version="2"), Counts(name="other")
    following = projector(log, newer, other)
    await following.start()
    await following.caught_up()
    assert newer.applied == other.applied == 40
    assert newer.counts == other.counts
    await following.close()
    stored = await log.load_projection("counts")
    assert stored is not None
    assert stored.version == "2"


async def test_a_new_projection_catches_up_beside_one_that_has(store: Opened) -> None:
    log = store.open()
    following = projector(log, Counts())
    await following.start()
    await following.caught_up(await write(log, 0, 20))
    await following.close()
    await write(log, 20, 3)
    old, new = Counts(), Counts("new")
    following = projector(log, old, new)
    await following.start()
    await following.caught_up()
    assert (old.applied, new.applied) == (6, 46)
    assert old.counts == new.counts
    await following.close()


async def test_whoever_has_written_sees_its_own_write(store: Opened) -> None:
    log = store.open()
    counts = Counts()
    following = projector(log, counts)
    await following.start()

    async def write_and_look(stream: str) -> None:
        for number in range(1, 31):
            await following.caught_up((await add(log, stream, "x")).position)
            assert counts.counts[stream] == number

    await asyncio.gather(*(write_and_look(f"s{number}") for number in range(10)))
    await following.caught_up(0)
    await following.close()


async def test_one_events_fault_stays_one_projections(caplog: pytest.LogCaptureFixture) -> None:
    log = MemoryLog()
    faulty, sound = Counts("faulty", faulty=True), Counts("sound")
    following = projector(log, faulty, sound, save_every_events=1)
    await following.start()
    await following.caught_up((await add(log, "a", "1")).position)
    before = await log.load_projection("faulty")
    await following.caught_up((await add(log, "a", "fault", "2", "fault")).position)
    assert sound.counts == {"a": 4}
    assert sound.fault is None
    assert faulty.counts == {"a": 2}
    assert faulty.faults == 2
    assert faulty.fault is not None
    assert (faulty.fault.stream, faulty.fault.seq, faulty.fault.position) == ("a", 2, 2)
    assert "faulty failed at a#2" in caplog.text
    await following.close()
    # Not saved past its fault, so that a mended version takes the event in at the next start.
    assert await log.load_projection("faulty") == before
    mended = Counts("faulty")
    following = projector(log, mended)
    await following.start()
    await following.caught_up()
    assert mended.counts == {"a": 4}
    assert mended.fault is None
    await following.close()


async def test_rows_that_cannot_be_read_are_made_anew(store: Opened) -> None:
    log = store.open()
    await write(log, 0, 20)
    await log.save_projection("counts", "1", 12, {"a": b"not a number"})
    await log.save_projection("ahead", "1", 10**6, {"a": b"1"})
    counts, ahead = Counts(), Counts("ahead")
    following = projector(log, counts, ahead)
    await following.start()
    await following.caught_up()
    assert counts.applied == ahead.applied == 40
    assert counts.counts == ahead.counts
    await following.close()


async def test_a_rebuild_while_following(store: Opened) -> None:
    log = store.open()
    counts = Counts()
    following = projector(log, counts)
    await following.start()
    position = await write(log, 0, 20)
    writing = asyncio.create_task(write(log, 20, 20))
    await following.rebuild()
    await following.caught_up(max(position, await writing))
    assert counts.counts["all"] == 40
    await following.close()


class StandingLog(MemoryLog):
    """A log that cannot be read or saved to while `stands` is set."""

    stands = False

    async def read_all(self, after: int = 0, limit: int = 1_000) -> list[Placed]:
        if self.stands:
            raise Unavailable("The record cannot be read just now.")
        return await super().read_all(after, limit)

    async def save_projection(
        self, name: str, version: str, position: int, changed: Mapping[str, bytes | None]
    ) -> None:
        if self.stands:
            raise Unavailable("The record cannot be written just now.")
        await super().save_projection(name, version, position, changed)


async def test_it_goes_on_when_the_log_does() -> None:
    log, clock, counts = StandingLog(), DrillClock(AT, rate=0), Counts()
    following = Projector(log, Feed(log), [counts], clock=clock, retry_s=1)
    await following.start()
    await following.caught_up((await add(log, "a", "1")).position)
    log.stands = True
    await add(log, "a", "2")
    await some_turns()
    assert counts.counts == {"a": 1}
    log.stands = False
    clock.jump(1)
    await following.caught_up()
    assert counts.counts == {"a": 2}
    log.stands = True
    await following.close()
    assert await log.load_projection("counts") is None


async def test_closing_frees_those_who_wait() -> None:
    log = MemoryLog()
    following = projector(log, Counts())
    await following.start()
    waiting = asyncio.create_task(following.caught_up(99))
    await some_turns()
    await following.close()
    await asyncio.wait({waiting})
    assert waiting.cancelled()


async def test_without_projections_there_is_nothing_to_wait_for() -> None:
    log = MemoryLog()
    following = projector(log)
    await following.start()
    await following.caught_up((await add(log, "a", "1")).position)
    await following.close()


async def test_lists_that_cannot_catch_up_say_so_in_time() -> None:
    log, clock = StandingLog(), DrillClock(AT, rate=0)
    following = Projector(log, Feed(log), [Counts()], clock=clock, patience_s=5)
    await following.start()
    log.stands = True
    position = (await add(log, "a", "1")).position
    waiting = asyncio.create_task(following.caught_up(position))
    await some_turns()
    assert not waiting.done()
    clock.jump(5)
    with pytest.raises(Unavailable):
        await waiting
    log.stands = False
    clock.jump(1)
    await following.caught_up(position)
    await following.close()


async def test_two_processes_save_one_projection_each_at_its_own_pace(store: Opened) -> None:
    """What a restart takes up is neither short of an event nor counts one twice, whoever saved last."""
    log = store.open()
    fast, slow = Counts(), Counts()
    following = [projector(log, fast, save_every_events=3), projector(log, slow, save_every_events=50)]
    for each in following:
        await each.start()
    position = await write(log, 0, 30)
    for each in following:
        await each.caught_up(position)
    position = await write(log, 30, 7)
    await following[0].caught_up(position)
    # The slow one is closed first and saves all it has; then the fast one adds the little that it has not saved.
    await following[1].close()
    await following[0].close()
    again = Counts()
    taken_up = projector(log, again)
    await taken_up.start()
    await taken_up.caught_up(await log.position())
    assert again.counts == fast.counts
    assert sum(again.counts.values()) >= 37
    await taken_up.close()


class SavesCounted(MemoryLog):
    """How many times a projection was saved."""

    saves = 0

    async def save_projection(
        self, name: str, version: str, position: int, changed: Mapping[str, bytes | None]
    ) -> None:
        self.saves += 1
        await super().save_projection(name, version, position, changed)


async def test_a_rebuild_of_a_long_record_does_not_wait_for_the_disk_at_every_page() -> None:
    """Only its end has to be saved, and a bound of what a rebuild that is cut short would do again."""
    log = SavesCounted()
    position = await write(log, 0, 100)
    rebuilding = Projector(log, Feed(log), [Counts()], page_events=7, save_every_events=7, save_every_behind=90)
    await rebuilding.rebuild()
    assert position == 200
    # Twice on the way, and at the end of it; the last pages before the end are saved as they are when following.
    assert log.saves <= 6
    stored = await log.load_projection("counts")
    assert stored is not None
    assert stored.position == position
