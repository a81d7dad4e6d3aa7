"""What every store promises of redaction and of finished events that it is handed: forgotten in the same commit, never
read again, the chain whole; and taken in byte for byte, or not at all."""

import msgspec
import pytest

from tests.contracts.stores import Opened, add, redacting, to, verify
from watchroom.base.errors import Conflict, Malformed
from watchroom.base.rng import Chance
from watchroom.record.chain import Verifier
from watchroom.record.event import Claim, Event, Redaction, StreamAppend
from watchroom.record.log import Log, Snapshot
from watchroom.record.memory_log import MemoryLog


async def redact(log: Log, stream: str, *seqs: int, left: dict[str, object] | None = None) -> None:
    append, redactions = redacting(stream, *seqs, left=left)
    await log.append([append], [], redactions)


async def test_what_was_redacted_is_gone_from_every_read_and_the_chain_is_whole(log: Log) -> None:
    before = (await add(log, "a", "1", "secret", "3")).events
    await add(log, "b", "other")
    told: list[int] = []
    log.on_reached(lambda reached, _position: told.append(reached.get("a", 0)))
    await redact(log, "a", 2)
    assert told == [4]
    for events in (
        await log.read("a"),
        await log.read_before("a", 5, 10),
        [placed.event for placed in await log.read_all() if placed.event.stream == "a"],
    ):
        assert [event.redacted for event in events] == [False, True, False, False]
        bare = events[1]
        assert (bare.data, bare.salt) == (None, None)
        assert bare.commitment is not None
        assert (bare.head, bare.digest) == (before[1].head, before[1].digest)
        assert [events[0], events[2]] == [before[0], before[2]]
    assert await verify(log) == {"a": 4, "b": 1}


async def test_what_is_left_is_shown_in_its_place(log: Log) -> None:
    await add(log, "a", "secret")
    await redact(log, "a", 1, left={"id": "H1"})
    assert (await log.read("a"))[0].data == b'{"id":"H1"}'
    await verify(log)


async def test_an_event_of_the_same_append_can_be_redacted(log: Log) -> None:
    append, redactions = redacting("a", 1)
    await log.append([to("a", "secret"), append], [], redactions)
    assert [event.redacted for event in await log.read("a")] == [True, False]
    await verify(log)


async def test_a_redaction_of_what_is_not_there_writes_nothing(log: Log) -> None:
    await add(log, "a", "1")
    for nowhere in (Redaction("a", 0), Redaction("a", 3), Redaction("b", 1)):
        with pytest.raises(Conflict):
            await log.append([to("a", "2")], [Claim("g", "k", "a")], [Redaction("a", 1), nowhere])
    assert not (await log.read("a"))[0].redacted
    assert await log.holder("g", "k") is None
    assert await verify(log) == {"a": 1}


async def test_a_conflict_redacts_nothing(log: Log) -> None:
    await add(log, "a", "1")
    with pytest.raises(Conflict):
        await log.append([to("a", "2", after=0)], [], [Redaction("a", 1)])
    assert not (await log.read("a"))[0].redacted


async def test_redacting_twice_changes_nothing_more(log: Log) -> None:
    await add(log, "a", "secret")
    await redact(log, "a", 1, left={"id": "H1"})
    once = (await log.read("a"))[0]
    await log.append([], [], [Redaction("a", 1, b"{}")])
    assert (await log.read("a"))[0] == once
    await verify(log)


async def test_snapshots_of_the_stream_go_with_it(log: Log) -> None:
    await add(log, "a", "secret")
    await log.save_snapshot("a", Snapshot(1, "v1", b"secret"))
    await log.save_snapshot("b", Snapshot(1, "v1", b"other"))
    await redact(log, "a", 1)
    assert await log.snapshot("a") is None
    assert await log.snapshot("b") is not None


async def test_it_stays_so_when_the_store_is_opened_again(durable: Opened) -> None:
    log = durable.open()
    await add(log, "a", "1", "secret")
    await redact(log, "a", 2, left={"id": "H1"})
    bare = (await log.read("a"))[1]
    log = await durable.reopen(log)
    assert (await log.read("a"))[1] == bare
    assert await verify(log) == {"a": 3}


async def test_scrubbing_a_log_that_holds_nothing_to_forget_changes_nothing(log: Log) -> None:
    await log.scrub()
    await add(log, "a", "1", "2")
    await log.put_row("session", "k", b"1")
    await log.save_projection("list", "1", 2, {"a": b"row"})
    await log.scrub([b"nowhere"])
    await log.scrub([b'"note"'])
    await add(log, "a", "3")
    assert await verify(log) == {"a": 3}
    assert await log.row("session", "k") == b"1"
    assert (await log.read_all(1, 1))[0].event.seq == 2


async def test_emptying_an_event_without_saying_so_is_found(log: Log) -> None:
    await add(log, "a", "1", "2", "3")
    await log.append([], [], [Redaction("a", 2)])
    verifier = Verifier("a")
    verifier.feed(await log.read("a"))
    verifier.end()
    assert verifier.broken is not None
    assert verifier.broken.seq == 2


async def written() -> list[Event]:
    """Events of another record, one of them redacted."""
    theirs = MemoryLog(Chance(7))
    await add(theirs, "room", "1", "secret", "3")
    await redact(theirs, "room", 2)
    return await theirs.read("room")


async def test_finished_events_are_taken_byte_for_byte(log: Log) -> None:
    events = await written()
    done = await log.append([to("imports", "room"), StreamAppend("room", 0, events)], [Claim("imported", "room", "x")])
    assert done.events[1:] == events
    assert await log.read("room") == events
    assert [placed.event for placed in await log.read_all()][1:] == events
    assert await verify(log) == {"imports": 1, "room": 4}
    await add(log, "room", "5")
    assert await verify(log) == {"imports": 1, "room": 5}


async def test_finished_events_may_come_in_parts(log: Log) -> None:
    events = await written()
    await log.append([StreamAppend("room", 0, events[:2])])
    await log.append([StreamAppend("room", 2, events[2:])])
    assert await log.read("room") == events
    assert await verify(log) == {"room": 4}


@pytest.mark.parametrize("spoil", ["missing", "swapped", "doubled", "data", "digest", "elsewhere", "after another"])
async def test_finished_events_that_do_not_continue_their_stream_are_refused(log: Log, spoil: str) -> None:
    events = await written()
    stream = "room"
    match spoil:
        case "missing":
            del events[1]
        case "swapped":
            events[0], events[1] = events[1], events[0]
        case "doubled":
            events.insert(1, events[0])
        case "data":
            events[0] = msgspec.structs.replace(events[0], data=b'{"note":"2"}')
        case "digest":
            events[2] = msgspec.structs.replace(events[2], digest=bytes(32))
        case "elsewhere":
            stream = "other"
        case _:
            await add(log, "room", "ours")
    before = await verify(log)
    with pytest.raises(Malformed):
        await log.append([to("imports", "room"), StreamAppend(stream, None, events)])
    assert await verify(log) == before
