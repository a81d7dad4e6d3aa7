"""An imported room: shown and listed as a copy, as it came; it opens no door and swallows nothing; all or nothing."""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.contracts.stores import verify
from tests.rooms.invariants import broken
from tests.rooms.stage import Stage, at, staged
from watchroom.base.clock import rfc3339
from watchroom.base.errors import Malformed, Refused, TooLarge
from watchroom.base.rng import Chance
from watchroom.detection.declaration import Declare
from watchroom.incident.importing import STREAM, Imported, import_events
from watchroom.incident.inbox import Inbox
from watchroom.record.chain import GENESIS, seal
from watchroom.record.event import Draft, Event, StreamAppend
from watchroom.record.export import Export, export_lines
from watchroom.record.log import Head
from watchroom.record.signing import SignedHead, Signer, new_pem

SIGNER = Signer(new_pem(), "here")
ALERT = {"title": "Checkout errors", "dedup_key": "checkout", "labels": {"a": "b"}}
COMMANDER = {"command": "assign_role", "role": "incident_commander", "person": "me"}


async def export(stage: Stage, room: str) -> bytes:
    head = await stage.house.log.head(room)
    assert head is not None
    return b"".join([piece async for piece in export_lines(stage.house.log, room, head, SIGNER)])


async def take_in(stage: Stage, content: bytes, facts_max: int = 1_000_000) -> Imported:
    read = Export(io.BytesIO(content))
    done = await import_events(
        stage.house.log,
        read.head,
        list(read.events()),
        now=stage.clock.now(),
        actor="system:shell",
        via="cli",
        facts_max=facts_max,
    )
    await stage.settled()
    return done


async def elsewhere(folder: Path, tell: Callable[[Stage], Awaitable[str]]) -> bytes:
    """The export of a room that another install has."""
    async with staged(folder, seed="elsewhere") as stage:
        return await export(stage, await tell(stage))


async def open_incident(stage: Stage) -> str:
    """A declared incident whose alert fires and whose next update is long overdue."""
    (receipt,) = await stage.send("generic", ALERT)
    room = receipt.stream or ""
    await stage.do(room, {"command": "declare"})
    await stage.do(room, COMMANDER)
    await stage.do(room, {"command": "post_update", "audience": "customers", "impact": "x", "next_at": rfc3339(at(60))})
    return room


async def test_it_is_shown_and_listed_as_a_copy_with_the_same_bytes(tmp_path: Path) -> None:
    content = await elsewhere(tmp_path / "a", open_incident)
    async with staged(tmp_path / "b") as stage:
        done = await take_in(stage, content)
        incident = await stage.room(done.stream)
        assert (incident.imported, incident.status, incident.declaration.title) == (True, "declared", ALERT["title"])
        row = stage.house.listing.get(done.stream)
        assert row is not None
        assert row.imported
        assert await export(stage, done.stream) == content
        assert await verify(stage.house.log)
        assert not await broken(stage)


async def test_an_open_import_swallows_no_live_signal_and_gets_no_timers(tmp_path: Path) -> None:
    content = await elsewhere(tmp_path / "a", open_incident)
    async with staged(tmp_path / "b") as stage:
        done = await take_in(stage, content)
        assert await stage.house.log.holders("open") == {}
        assert await stage.house.log.holders("group") == {}
        assert stage.house.inbox.items == {}
        await stage.move_to(3_600)
        (receipt,) = await stage.send("generic", ALERT)
        assert (receipt.outcome, receipt.stream != done.stream) == ("recorded", True)
        await stage.settled()
        assert [item.stream for item in stage.house.inbox.items.values()] == [receipt.stream]
        assert await export(stage, done.stream) == content
        assert not await broken(stage)


async def test_a_live_signal_that_is_there_already_stays_where_it_is(tmp_path: Path) -> None:
    content = await elsewhere(tmp_path / "a", open_incident)
    async with staged(tmp_path / "b") as stage:
        (receipt,) = await stage.send("generic", ALERT)
        await take_in(stage, content)
        (again,) = await stage.send("generic", {**ALERT, "status": "ok"})
        assert (again.outcome, again.stream) == ("resolved", receipt.stream)
        assert not await broken(stage)


async def test_the_inbox_knows_imports_after_a_start_too(tmp_path: Path) -> None:
    content = await elsewhere(tmp_path / "a", open_incident)
    async with staged(tmp_path / "b", "sqlite") as stage:
        await take_in(stage, content)
    async with staged(tmp_path / "b", "sqlite") as stage:
        assert stage.house.inbox.items == {}
        await stage.house.projector.rebuild()
        assert stage.house.inbox.items == {}
        stored = await stage.house.log.load_projection(Inbox.name)
        assert stored is not None
        assert [key.split("/")[0] for key in stored.rows] == ["imported"]


async def test_practice_stays_practice(tmp_path: Path) -> None:
    async def tell(stage: Stage) -> str:
        from_drill = await stage.house.rooms.declare_new(
            msgspec.convert({"command": "declare", "title": "Friday"}, Declare),
            actor="person:ana@example.com",
            via="test",
            practice=True,
        )
        return from_drill.room

    content = await elsewhere(tmp_path / "a", tell)
    async with staged(tmp_path / "b") as stage:
        done = await take_in(stage, content)
        row = stage.house.listing.get(done.stream)
        assert row is not None
        assert (row.practice, row.imported) == (True, True)


@pytest.mark.parametrize(
    "command",
    [{"command": "post_message", "text": "x"}, {"command": "resolve", "understood": "yes"}, {"command": "reopen"},
     {"command": "retract", "seq": 2}, {"command": "declare", "title": "x"}],
)  # fmt: skip
async def test_nothing_continues_a_copy(command: dict[str, Any], tmp_path: Path) -> None:
    content = await elsewhere(tmp_path / "a", open_incident)
    async with staged(tmp_path / "b") as stage:
        done = await take_in(stage, content)
        with pytest.raises(Refused, match="copy"):
            await stage.do(done.stream, command)
        (receipt,) = await stage.send("generic", ALERT)
        with pytest.raises(Refused, match="copy"):
            await stage.judge(receipt.signal, {"verdict": "duplicate", "of": done.stream})
        assert await export(stage, done.stream) == content


async def test_a_copy_can_be_redacted_and_the_original_does_not_bring_it_back(tmp_path: Path) -> None:
    async def tell(stage: Stage) -> str:
        room = await open_incident(stage)
        await stage.do(room, {"command": "post_message", "text": "hunter2"})
        return room

    content = await elsewhere(tmp_path / "a", tell)
    async with staged(tmp_path / "b") as stage:
        done = await take_in(stage, content)
        await stage.do(done.stream, {"command": "redact", "seq": done.seq, "reason": "A secret."})
        assert (await take_in(stage, content)).added == 0
        after = await export(stage, done.stream)
        assert b"hunter2" not in after
        assert (await stage.room(done.stream)).imported
        assert await verify(stage.house.log)
    async with staged(tmp_path / "c") as stage:
        await take_in(stage, after)
        assert await export(stage, done.stream) == after
        assert (await stage.room(done.stream)).redactions.by_seq.keys() == {done.seq}


async def test_a_redacted_room_is_the_same_room_elsewhere(tmp_path: Path) -> None:
    folded: list[bytes] = []

    async def tell(stage: Stage) -> str:
        room = await open_incident(stage)
        await stage.do(room, {"command": "redact", "seq": 2, "reason": "A name."})
        folded.append(msgspec.json.encode(await stage.room(room)))
        return room

    content = await elsewhere(tmp_path / "a", tell)
    async with staged(tmp_path / "b") as stage:
        done = await take_in(stage, content)
        incident = await stage.room(done.stream)
        incident.imported = False
        assert msgspec.json.encode(incident) == folded[0]
        assert await export(stage, done.stream) == content


async def test_twice_says_so_and_more_of_it_is_added(tmp_path: Path) -> None:
    async with staged(tmp_path / "a", seed="elsewhere") as ours, staged(tmp_path / "b") as theirs:
        room = await open_incident(ours)
        first = await export(ours, room)
        done = await take_in(theirs, first)
        assert done.added == done.seq
        position = await theirs.house.log.position()
        again = await take_in(theirs, first)
        assert (again.added, again.seq) == (0, done.seq)
        assert await theirs.house.log.position() == position
        await ours.do(room, {"command": "post_message", "text": "more"})
        second = await export(ours, room)
        more = await take_in(theirs, second)
        assert (more.added, more.seq) == (1, done.seq + 1)
        assert await export(theirs, room) == second
        assert (await take_in(theirs, first)).added == 0
        assert len(await theirs.house.log.read(STREAM)) == 2


async def test_its_own_export_is_here_already(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await open_incident(stage)
        assert (await take_in(stage, await export(stage, room))).added == 0
        assert not (await stage.room(room)).imported


async def test_another_history_of_the_same_room_is_refused(tmp_path: Path) -> None:
    async with staged(tmp_path / "a", seed="one") as ours, staged(tmp_path / "b", seed="two") as theirs:
        room = await open_incident(ours)
        await theirs.house.log.append(
            [StreamAppend(room, 0, [drafted("room_opened", b'{"practice":false,"title":""}')])]
        )
        before = await theirs.house.log.position()
        with pytest.raises(Refused, match="another history"):
            await take_in(theirs, await export(ours, room))
        assert await theirs.house.log.position() == before


async def test_a_longer_export_does_not_go_on_with_this_install_s_own_room(tmp_path: Path) -> None:
    async with staged(tmp_path / "a", seed="one") as ours:
        room = await open_incident(ours)
        events = await ours.house.log.read(room)
        content = await export(ours, room)
    async with staged(tmp_path / "b") as stage:
        await stage.house.log.append([StreamAppend(room, 0, events[:2])])
        with pytest.raises(Refused, match="own"):
            await take_in(stage, content)


def drafted(kind: str, data: bytes) -> Draft:
    return Draft(at(0), at(0), "person:mallory@example.com", "test", kind, data)


def forged(stream: str, *drafts: Draft) -> tuple[SignedHead, list[Event]]:
    """An export that somebody has made up and signed; it verifies."""
    events: list[Event] = []
    for seq, draft in enumerate(drafts, 1):
        events.append(seal(stream, seq, draft, Chance(1).bytes(16), events[-1].digest if events else GENESIS))
    return SIGNER.head(stream, Head(len(events), events[-1].digest)), events


@pytest.mark.parametrize(
    ("stream", "kind", "data"),
    [
        ("directory", "person_added", b'{"email":"mallory@example.com","name":"M"}'),
        ("imports", "record_imported", b"{}"),
        ("source:generic", "delivery_received", b'{"receipts":[]}'),
        ("k7m2-9qxd", "room_opened", b'{"practice":"maybe"}'),
        ("k7m2-9qxd", "hypothesis_proposed", b'{"id":"","text":"x"}'),
        ("k7m2-9qxd", "message_posted", b"[]"),
    ],
)
async def test_what_verifies_and_is_no_readable_incident_is_refused(
    stream: str, kind: str, data: bytes, tmp_path: Path
) -> None:
    head, events = forged(stream, drafted(kind, data))
    async with staged(tmp_path) as stage:
        before = await stage.house.log.position()
        with pytest.raises(Malformed):
            await import_events(
                stage.house.log, head, events, now=at(0), actor="system:shell", via="cli", facts_max=100
            )
        assert await stage.house.log.position() == before


async def test_a_fact_of_a_newer_version_is_taken_in(tmp_path: Path) -> None:
    head, events = forged(
        "k7m2-9qxd", drafted("room_opened", b'{"practice":false,"title":"x"}'), drafted("moon_noted", b'{"full":true}')
    )
    async with staged(tmp_path) as stage:
        done = await import_events(
            stage.house.log, head, events, now=at(0), actor="system:shell", via="cli", facts_max=100
        )
        assert done.added == 2


async def test_too_many_events_are_refused(tmp_path: Path) -> None:
    content = await elsewhere(tmp_path / "a", open_incident)
    async with staged(tmp_path / "b") as stage:
        with pytest.raises(TooLarge):
            await take_in(stage, content, facts_max=3)
