"""What is known of senders: heard, counted, silent and heard again, troubled, mapped; and after a restart the same."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.rooms.stage import STARTS_AT, STORES, Stage, staged
from watchroom.base.clock import DrillClock
from watchroom.base.errors import Malformed
from watchroom.detection.signal import DeliveryKept, DeliveryReceived, Receipt
from watchroom.integrations.heartbeat import SETTLE_S, Heartbeat
from watchroom.integrations.mapping import Mapping
from watchroom.integrations.recent_bodies import SOURCES_MAX, RecentBodies
from watchroom.integrations.source_book import ERRORS_MAX, SourceBook, SourceState
from watchroom.integrations.source_settings import expect, give_mapping
from watchroom.people.source import Source
from watchroom.record.event import Draft, StreamAppend
from watchroom.record.feed import Feed
from watchroom.record.projection import Projector

BY = {"actor": "person:ana@example.com", "via": "test"}


async def source(stage: Stage, name: str = "am", kind: str = "generic") -> Source:
    await stage.house.credentials.sources.create(name, kind, **BY)
    return stage.house.credentials.sources.named(name)


async def state(stage: Stage, name: str = "am") -> SourceState:
    await stage.house.projector.caught_up()
    return stage.house.book.of(name)


class Watched:
    """A stage's sources, watched by a heartbeat with a clock of its own: the house's stands still, and so does its own
    heartbeat."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.clock = DrillClock(STARTS_AT, rate=0)
        self.heartbeat = self.restarted()

    def restarted(self) -> Heartbeat:
        return Heartbeat(self.stage.house.log, self.stage.house.book, self.stage.house.projector, self.clock)

    async def fire(self) -> int:
        return await self.heartbeat.fire()

    async def expect(self, every_s: int) -> None:
        am = self.stage.house.credentials.sources.named("am")
        await expect(self.stage.house.log, self.clock, am, every_s, **BY)

    async def deliver(self, kind: str = "delivery_received", actor: str = "source:am") -> None:
        """A delivery of the source's, recorded at the watch's time."""
        now = self.clock.now()
        fact = DeliveryReceived(receipts=[Receipt("s", "repeated", "room")])
        draft = Draft(now, now, actor, "test", kind, msgspec.json.encode(fact))
        await self.stage.house.log.append([StreamAppend("source:am", None, [draft])])


async def kinds(stage: Stage, name: str = "am") -> list[str]:
    return [event.kind for event in await stage.house.log.read(f"source:{name}")]


@pytest.mark.parametrize("store", STORES)
async def test_silence_is_a_fact_and_so_is_its_end(store: str, tmp_path: Path) -> None:
    async with staged(tmp_path, store) as stage:
        await source(stage)
        watch = Watched(stage)
        assert await watch.fire() == 0, "nobody asked for anything"
        await watch.expect(600)
        watch.clock.jump(599)
        assert await watch.fire() == 0
        await watch.deliver()
        watch.clock.jump(599)
        assert await watch.fire() == 0, "it was heard meanwhile"
        watch.clock.jump(1)
        assert await watch.fire() == 1
        assert (await state(stage)).silent_since == watch.clock.now()
        assert [each.name for each in stage.house.book.silent()] == ["am"]
        watch.clock.jump(3_600)
        assert await watch.fire() == 0, "said once"
        await watch.deliver()
        assert await watch.fire() == 1
        assert (await state(stage)).silent_since is None
        assert (await kinds(stage))[-3:] == ["source_fell_silent", "delivery_received", "source_heard_again"]
        await watch.expect(0)
        watch.clock.jump(86_400)
        assert await watch.fire() == 0


async def test_a_restart_forgets_no_silence_and_makes_none_up(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await source(stage)
        watch = Watched(stage)
        await watch.expect(600)
        await stage.house.projector.caught_up()
        watch.clock.jump(3_600)
        watch.heartbeat = watch.restarted()
        assert await watch.fire() == 0, "while it was away, nobody could be heard"
        watch.clock.jump(SETTLE_S)
        assert await watch.fire() == 1
        silent = (await state(stage)).silent_since
        watch.clock.jump(60)
        again = SourceBook()
        projector = Projector(stage.house.log, Feed(stage.house.log), (again,))
        await projector.start()
        await projector.caught_up()
        await projector.close()
        assert again.of("am").silent_since == silent
        assert await Heartbeat(stage.house.log, again, stage.house.projector, watch.clock).fire() == 0


async def test_a_disabled_source_is_never_silent(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await source(stage)
        sources, watch = stage.house.credentials.sources, Watched(stage)
        await watch.expect(600)
        watch.clock.jump(700)
        assert await watch.fire() == 1
        await sources.disable("am", **BY)
        assert (await state(stage)).silent_since is None
        watch.clock.jump(700)
        assert await watch.fire() == 0
        await sources.enable("am", **BY)
        watch.clock.jump(600)
        assert await watch.fire() == 1
        await sources.remove("am", **BY)
        assert (await state(stage)).expect_every_s == 0
        assert await watch.fire() == 0


async def test_a_delivery_between_the_look_and_the_writing_is_looked_at_first(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await source(stage)
        watch = Watched(stage)
        await watch.expect(600)
        watch.clock.jump(700)
        await stage.house.projector.caught_up()
        stale = msgspec.convert(msgspec.to_builtins(stage.house.book.of("am")), SourceState)
        await watch.deliver()

        class Stale:
            heard = [stale]

        assert await Heartbeat(stage.house.log, Stale(), stage.house.projector, watch.clock).fire() == 0
        assert "source_fell_silent" not in await kinds(stage)


async def test_the_last_day_is_counted_by_hours(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for hour in range(30):
            await stage.send("generic", [{"title": f"a{hour}"}, {"title": f"b{hour}"}], "am")
            stage.clock.jump(3_600)
        found = await state(stage)
        day = found.last_day(STARTS_AT + timedelta(hours=29, minutes=1))
        assert (day.deliveries, day.signals) == (24, 48)
        assert len(found.hours) <= 25
        assert found.heard_at == STARTS_AT + timedelta(hours=29)


async def test_the_error_log_is_bounded_and_knows_what_was_dealt_with(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for number in range(ERRORS_MAX + 5):
            kept = DeliveryKept(body="{", bytes_total=1, path="/x", code="malformed", message=f"m{number}")
            await stage.house.intake.receive("am", "generic", [], kept)
        found = await state(stage)
        assert len(found.troubles) == ERRORS_MAX
        assert found.troubles[-1].message == f"m{ERRORS_MAX + 4}"
        assert found.last_day(stage.clock.now()).deliveries == ERRORS_MAX + 5
        await stage.house.intake.put_away("am", found.troubles[-1].seq, **BY)
        assert (await state(stage)).troubles[-1].put_away


async def test_a_mapping_has_a_history_and_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        here, clock = stage.house.log, stage.clock
        generic, am = await source(stage), await source(stage, "other", "alertmanager")
        for mapping in (Mapping(title="a"), None, Mapping(title="b")):
            await give_mapping(here, clock, generic, mapping, **BY)
        found = await state(stage)
        assert [each.mapping.title if each.mapping else "" for each in found.mappings] == ["a", "", "b"]
        assert {each.by for each in found.mappings} == {"person:ana@example.com"}
        with pytest.raises(Malformed, match="no path"):
            await give_mapping(here, clock, generic, Mapping(title="a..b"), **BY)
        with pytest.raises(Malformed, match="is known"):
            await give_mapping(here, clock, am, Mapping(title="a"), **BY)
        for every_s in (1, -1, 10**9):
            with pytest.raises(Malformed):
                await expect(here, clock, generic, every_s, **BY)


@pytest.mark.parametrize("store", STORES)
async def test_its_rows_and_a_rebuild_say_the_same(store: str, tmp_path: Path) -> None:
    async with staged(tmp_path, store) as stage:
        am, watch = await source(stage), Watched(stage)
        await watch.expect(60)
        await give_mapping(stage.house.log, stage.clock, am, Mapping(title="x", labels={"a": "b"}), **BY)
        await stage.send("generic", {"title": "one"}, "am")
        watch.clock.jump(120)
        assert await watch.fire() == 1
        await stage.house.projector.caught_up()
        before = msgspec.to_builtins(stage.house.book.states)
        again = SourceBook()
        again.restore({name: row for name in before if (row := stage.house.book.row(name)) is not None})
        assert msgspec.to_builtins(again.states) == before
        await stage.house.projector.rebuild()
        assert msgspec.to_builtins(stage.house.book.states) == before


async def fallen_silent(stage: Stage) -> Watched:
    """The source `am`, which should be heard every minute and was not."""
    await source(stage)
    watch = Watched(stage)
    await watch.expect(60)
    watch.clock.jump(100)
    assert await watch.fire() == 1
    return watch


async def test_whatever_a_source_sends_is_a_sign_of_life(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        watch = await fallen_silent(stage)
        for actor in ("person:ana@example.com", "source:am"):
            await watch.deliver("of_a_kind_yet_to_come", actor)
            assert await watch.fire() == (actor == "source:am")


async def test_what_cannot_be_read_ends_no_silence(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        watch = await fallen_silent(stage)
        kept = DeliveryKept(body="garbage", bytes_total=7, path="/x", code="malformed", message="no JSON")
        await stage.house.intake.receive("am", "generic", [], kept)
        assert await watch.fire() == 0
        assert [each.name for each in stage.house.book.silent()] == ["am"]
        (hour,) = (await state(stage)).hours.values()
        assert (hour.deliveries, hour.signals) == (1, 0)


def test_samples_are_few_and_bounded() -> None:
    recent = RecentBodies(bytes_max=10)
    for number in range(5):
        recent.note("a", f"body {number}".encode(), STARTS_AT)
    recent.note("a", b"x" * 11, STARTS_AT)
    recent.note("b", b"\xff", STARTS_AT)
    assert [body.text for body in recent.of("a")] == ["body 4", "body 3", "body 2"]
    assert [body.text for body in recent.of("b")] == ["\ufffd"]
    for number in range(SOURCES_MAX):
        recent.note(f"c{number}", b"x", STARTS_AT)
    assert recent.of("a") == []
    assert recent.of("never") == []
