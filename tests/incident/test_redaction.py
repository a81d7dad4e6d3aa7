"""Redaction: who may, what is left, which copies go with it, and that nothing of it is found anywhere afterwards."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from tests.contracts.stores import verify
from tests.rooms.invariants import broken
from tests.rooms.stage import Stage, staged
from watchroom.base.errors import AlreadyDone, Refused, Unavailable
from watchroom.communication.message import PostMessage
from watchroom.detection.signal import SOURCE_FACTS, DeliveryKept
from watchroom.incident.adopting import ProfileAdopted
from watchroom.incident.doors import merged
from watchroom.incident.folds import SNAPSHOT_EVERY_EVENTS
from watchroom.incident.inbox import Inbox
from watchroom.incident.incident import CODEC, ROOM_FACTS
from watchroom.incident.listing import Listing
from watchroom.incident.purge import ROWS
from watchroom.incident.redaction import KEPT, KEPT_IN, Redact, RedactionExplained, split
from watchroom.record.codec import export_line
from watchroom.record.event import Claim, Event, Fact
from watchroom.record.redaction import GONE, Redacted
from watchroom.record.sqlite_log import SqliteLog

SECRET = "hunter2-correct-horse"
COMMAND = {"command": "assign_role", "role": "incident_commander", "person": "me"}


async def said(stage: Stage, room: str, text: str = SECRET) -> int:
    """The number of a message with the text."""
    return (await stage.do(room, {"command": "post_message", "text": text}, by="bo")).seq


async def redact(stage: Stage, room: str, seq: int, by: str = "ana", why: str = "A password.") -> list[Event]:
    return (await stage.do(room, {"command": "redact", "seq": seq, "reason": why}, by)).events


async def commanded(stage: Stage, **fields: Any) -> str:
    """An incident with ana in command."""
    room = await stage.declare(**fields)
    await stage.do(room, COMMAND)
    return room


async def read(stage: Stage) -> str:
    """Everything that can be read of the record, as text."""
    log = stage.house.log
    parts: list[object] = []
    for placed in await log.read_all(0, 100_000):
        event = placed.event
        parts += [event.head, event.data, event.salt, export_line(event)]
    for stream in await log.streams():
        parts += [await log.snapshot(stream)]
    for scope in ("open", "group", f"idempotency/{stage.house.rooms.keys._period()}"):
        parts.append(await log.holders(scope))
    await stage.house.projector.save()
    for projection in (Listing.name, Inbox.name):
        parts.append(await log.load_projection(projection))
    await stage.settled()
    parts += [list(stage.house.listing.all()), stage.house.inbox.items, stage.house.inbox.kept]
    return repr(parts)


def traces(folder: Path, secret: str = SECRET) -> list[str]:
    """The files of the data folder that hold the secret."""
    return sorted(file.name for file in folder.iterdir() if file.is_file() and secret.encode() in file.read_bytes())


async def test_a_message_is_purged_and_its_place_and_the_redaction_stay(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        seq = await said(stage, room)
        (event,) = await redact(stage, room, seq)
        fact = CODEC.decode(event)
        assert isinstance(fact, Redacted)
        assert (fact.seq, fact.kind, fact.reason) == (seq, "message_posted", "A password.")
        assert SECRET not in await read(stage)
        incident = await stage.room(room)
        (redaction,) = incident.redactions.by_seq.values()
        assert (redaction.by, redaction.reason) == ("ana@example.com", "A password.")
        assert incident.conversation == (await stage.house.folds.without(room)).conversation
        await verify(stage.house.log)
        assert await stage.house.log.rows(ROWS) == {}


@pytest.mark.parametrize(("by", "admin", "may"), [("ana", False, True), ("bo", False, False), ("bo", True, True)])
async def test_the_commander_or_an_admin_may(by: str, admin: bool, may: bool, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        seq = await said(stage, room)
        command = msgspec.convert({"command": "redact", "seq": seq}, type=Redact)
        rooms = stage.house.rooms
        if may:
            handled = await rooms.command(room, command, actor=f"person:{by}@example.com", via="test", admin=admin)
            assert [caution.code for caution in handled.warnings] == ["no_reason"]
        else:
            with pytest.raises(Refused) as refused:
                await rooms.command(room, command, actor=f"person:{by}@example.com", via="test", admin=admin)
            assert "retract" in refused.value.hint
            assert SECRET in await read(stage)


async def test_what_cannot_be_redacted(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        seq = await said(stage, room)
        (event,) = await redact(stage, room, seq)
        with pytest.raises(AlreadyDone):
            await redact(stage, room, seq)
        with pytest.raises(Refused, match="stays"):
            await redact(stage, room, event.seq)
        with pytest.raises(Refused, match="no event"):
            await redact(stage, room, 99)
        with pytest.raises(Refused):
            await stage.do(room, {"command": "retract", "seq": event.seq})


async def test_a_reason_that_was_left_out_is_added_by_redacting_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        seq = await said(stage, room)
        (first,) = await redact(stage, room, seq, why="")
        with pytest.raises(AlreadyDone) as already:
            await redact(stage, room, seq, why="")
        assert "reason" in already.value.hint
        (added,) = await redact(stage, room, seq, why="A password.")
        assert CODEC.decode(added) == RedactionExplained(redaction=first.seq, seq=seq, reason="A password.")
        with pytest.raises(AlreadyDone):
            await redact(stage, room, seq, why="A password.")
        await redact(stage, room, seq, why="Of the test shop.")
        known = (await stage.house.rooms.room(room)).redactions.by_seq[seq]
        assert (known.reason, known.redaction) == ("A password.; Of the test shop.", first.seq)
        with pytest.raises(Refused, match="stays"):
            await stage.do(room, {"command": "retract", "seq": added.seq})
        # A reason that says too much goes like any other words.
        await redact(stage, room, added.seq, why="It named a customer.")
        known = (await stage.house.rooms.room(room)).redactions.by_seq[seq]
        assert "A password" not in await read(stage)
        assert known.reason == f"{GONE}; Of the test shop."


async def test_a_title_goes_wherever_the_house_has_repeated_it(tmp_path: Path) -> None:
    """From the alert to the room to the declaration, to the room that offers to reopen, and to the receipts."""
    async with staged(tmp_path) as stage:
        alert = {"title": SECRET, "dedup_key": "k", "service": "checkout", "description": f"says {SECRET}"}
        (receipt,) = await stage.send("generic", alert)
        room = receipt.stream or ""
        await stage.send("generic", {**alert, "description": f"{SECRET} again"})
        await stage.do(room, {"command": "declare"})
        await stage.do(room, COMMAND)
        await stage.do(room, {"command": "resolve", "understood": "yes"})
        (again,) = await stage.send("generic", alert)
        other = again.stream or ""
        assert other != room
        declared = next(e for e in await stage.house.log.read(room) if e.kind == "incident_declared")
        before = await stage.room(room)
        await redact(stage, room, declared.seq)
        assert SECRET not in await read(stage)
        after = await stage.room(room)
        assert (after.declaration.title, after.status) == (GONE, before.status)
        assert after.signals.by_id.keys() == before.signals.by_id.keys()
        assert (await stage.room(other)).declaration.title == GONE
        assert {item.title for item in stage.house.inbox.items.values()} == {GONE}
        assert await verify(stage.house.log)
        assert not await broken(stage)


async def test_a_signal_gives_its_group_back_so_that_no_claim_repeats_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (receipt,) = await stage.send("generic", {"title": "t", "dedup_key": SECRET})
        room = receipt.stream or ""
        assert SECRET in repr(await stage.house.log.holders("group"))
        await stage.do(room, COMMAND)
        await redact(stage, room, 2)
        assert SECRET not in await read(stage)
        assert await stage.house.log.holder("open", room) == room


async def test_one_command_s_facts_go_together(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        done = await stage.do(room, {"command": "close", "review": "not_required", "reason": SECRET})
        assert len(done.events) == 2
        await redact(stage, room, done.events[1].seq)
        assert SECRET not in await read(stage)
        assert (await stage.room(room)).status == "closed"


async def test_whom_an_entry_calls_stays_and_its_words_go_with_the_call(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        task = await stage.do(room, {"command": "assign_task", "person": "bo@example.com", "text": SECRET})
        brief = {"command": "hand_over_role", "role": "scribe", "to": "cem@example.com", "brief": SECRET}
        # What one command says stands at one time: the next one has another.
        await stage.move_to(stage.now_s + 1)
        await stage.do(room, {"command": "assign_role", "role": "scribe", "person": "bo@example.com"})
        await stage.move_to(stage.now_s + 1)
        handed = await stage.do(room, brief)
        for done in (task, handed):
            assert len(await redact(stage, room, done.events[0].seq)) == 2
        assert SECRET not in await read(stage)
        stood = await stage.room(room)
        assert [(each.person, each.text) for each in stood.tasks.by_id.values()] == [("bo@example.com", GONE)]
        assert stood.roles.person("scribe") == "cem@example.com"
        assert [each.to for each in stood.pages.open] == ["bo@example.com", "cem@example.com"]
        page = next(each for each in stood.pages.open if each.about == "T1")
        heard = await stage.do(room, {"command": "acknowledge_page", "page": page.id}, by="bo")
        assert "for_another" not in [each.code for each in heard.warnings]


async def test_whom_an_entry_names_goes_where_that_is_asked(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        task = await stage.do(room, {"command": "assign_task", "person": "bo@example.com", "text": "Look"})
        seq = task.events[0].seq
        await stage.do(room, {"command": "redact", "seq": seq, "people": True, "reason": "A name"}, by="ana")
        stood = await stage.room(room)
        assert [each.person for each in stood.tasks.by_id.values()] == [""]
        assert stood.pages.open == []
        assert "bo@example.com" not in str([event.data for event in await stage.house.log.read(room)])
        again = await stage.do(
            room, {"command": "redact", "seq": seq, "people": True, "reason": "By the law"}, by="ana"
        )
        assert [each.code for each in again.warnings] == ["people_stay"]


async def test_a_name_in_words_goes_with_them(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        asked = await stage.do(room, {"command": "escalate", "to": "Jane Roe of ACME", "text": "Look"})
        await redact(stage, room, asked.events[0].seq)
        assert "Jane Roe" not in await read(stage)


async def test_the_same_words_of_another_person_stay(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        seq = await said(stage, room)
        stage.clock.jump(1)
        again = await said(stage, room)
        await redact(stage, room, seq)
        events = await stage.house.log.read(room)
        assert events[seq - 1].redacted
        assert not events[again - 1].redacted


async def test_a_body_that_could_not_be_read_goes_when_it_repeats_the_signal(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        (receipt,) = await stage.send("generic", {"title": SECRET, "dedup_key": "k"})
        kept = DeliveryKept(body=f'{{"title": "{SECRET}"', bytes_total=9, path="/x", code="malformed", message="?")
        await stage.house.intake.receive("generic", "generic", [], kept)
        await stage.settled()
        assert len(stage.house.inbox.kept) == 1
        room = receipt.stream or ""
        await stage.do(room, COMMAND)
        await redact(stage, room, 2)
        assert SECRET not in await read(stage)


async def test_a_repeated_request_keeps_no_hash_of_what_was_said(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        command = msgspec.convert({"command": "post_message", "text": SECRET}, type=PostMessage)
        say = stage.house.rooms.command
        done = await say(room, command, actor="person:bo@example.com", via="test", idempotency_key="k")
        scope = f"idempotency/{stage.house.rooms.keys._period()}"
        (before,) = (await stage.house.log.holders(scope)).values()
        await redact(stage, room, done.seq)
        (after,) = (await stage.house.log.holders(scope)).values()
        assert before.split("#")[2]
        assert after.split("#") == [room, f"{done.seq}-{done.seq}", "", "[]"]
        with pytest.raises(Refused):
            await say(room, command, actor="person:bo@example.com", via="test", idempotency_key="k")


@pytest.mark.parametrize("what", ["message", "title", "signal"])
async def test_no_file_holds_it_afterwards_while_the_house_is_open(what: str, tmp_path: Path) -> None:
    async with staged(tmp_path, "sqlite") as stage:
        room = await commanded(stage, title=SECRET if what == "title" else "Checkout is down")
        (receipt,) = await stage.send("generic", {"title": SECRET if what == "signal" else "t", "dedup_key": "k"})
        seq = await said(stage, room) if what == "message" else 2 if what == "signal" else 1
        place = receipt.stream or "" if what == "signal" else room
        # Enough for a snapshot, and for rows that were saved and replaced.
        for number in range(SNAPSHOT_EVERY_EVENTS + 10):
            await said(stage, room, f"note {number}")
        await stage.settled()
        await stage.house.projector.save()
        assert traces(tmp_path)
        if place != room:
            await stage.do(place, COMMAND)
        await redact(stage, place, seq)
        assert traces(tmp_path) == []
        await said(stage, room, "life goes on")
        await verify(stage.house.log)
    assert traces(tmp_path) == []


async def test_a_purge_that_a_dead_process_left_is_finished_at_the_next_start(tmp_path: Path) -> None:
    """The redaction is in the record; the lists were saved before it, and the files were not scrubbed."""
    async with staged(tmp_path, "sqlite") as stage:
        room = await commanded(stage, title=SECRET)
        await stage.settled()
        await stage.house.projector.save()
        rooms = stage.house.rooms
        rooms._purge = None
        at = (await stage.room(room)).seq + 1
        await stage.house.log.put_row(ROWS, f"{room}#{at}#dead", b"")
        await redact(stage, room, 1)
        assert traces(tmp_path)
        saved = await stage.house.log.load_projection(Listing.name)
        assert saved is not None
        await stage.house.log.save_projection(Listing.name, saved.version, saved.position, saved.rows)
    async with staged(tmp_path, "sqlite") as stage:
        assert traces(tmp_path) == []
        assert await stage.house.log.rows(ROWS) == {}
        assert {row.title for row in stage.house.listing.all()} == {GONE}
        assert await verify(stage.house.log)


async def test_files_that_cannot_be_scrubbed_now_are_said_and_scrubbed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(tmp_path, "sqlite") as stage:
        room = await commanded(stage)
        seq = await said(stage, room)
        with monkeypatch.context() as patched:

            async def busy(_log: SqliteLog, _texts: object = ()) -> None:
                raise Unavailable("Somebody reads.")

            patched.setattr(SqliteLog, "scrub", busy)
            done = await stage.do(room, {"command": "redact", "seq": seq, "reason": "x"})
        assert [caution.code for caution in done.warnings] == ["purge_pending"]
        assert traces(tmp_path)
    async with staged(tmp_path, "sqlite"):
        assert traces(tmp_path) == []


async def test_a_redaction_that_lost_a_race_leaves_nothing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        seq = await said(stage, room)
        append = stage.house.log.append
        raced: list[int] = []

        async def race(*arguments: Any) -> Any:
            if len(arguments) > 2 and arguments[2] and not raced:
                raced.append(await said(stage, room, "meanwhile"))
            return await append(*arguments)

        monkeypatch.setattr(stage.house.log, "append", race)
        (event,) = await redact(stage, room, seq)
        assert event.seq == raced[0] + 1
        assert await stage.house.log.rows(ROWS) == {}
        assert SECRET not in await read(stage)


def filled(declared: inspect.Type, name: str, kept: frozenset[str]) -> st.SearchStrategy[Any]:
    """Values of a type in which every text that somebody may have written is the secret."""
    match declared:
        case inspect.Metadata():
            return filled(declared.type, name, kept)
        case inspect.UnionType():
            return st.one_of([filled(each, name, kept) for each in declared.types])
        case inspect.LiteralType():
            return st.sampled_from(declared.values)
        case inspect.StrType():
            return st.just("k7m2-9qxd" if name in kept else SECRET)
        case inspect.ListType():
            return st.lists(filled(declared.item_type, name, kept), max_size=2)
        case inspect.DictType():
            return st.dictionaries(st.just(SECRET), filled(declared.value_type, name, kept), max_size=1)
        case inspect.StructType():
            return st.fixed_dictionaries(
                {field.encode_name: filled(field.type, field.name, kept) for field in declared.fields}
            )
        case inspect.DateTimeType():
            return st.just("2026-01-05T00:00:00Z")
        case inspect.IntType():
            return st.just(1)
        case inspect.FloatType():
            return st.just(0.5)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.AnyType():
            return st.just(SECRET)
    raise AssertionError(f"a type that nobody knows: {declared}")


@pytest.mark.parametrize(
    "kind", [f for f in (*ROOM_FACTS, *SOURCE_FACTS) if f not in (Redacted, ProfileAdopted)], ids=lambda f: f.__name__
)
@given(data=st.data())
def test_what_is_left_of_a_fact_is_a_fact_of_its_kind_without_anybody_s_words(
    kind: type[Fact], data: st.DataObject
) -> None:
    kept = KEPT | KEPT_IN.get(kind, frozenset())
    fact = msgspec.convert(data.draw(filled(inspect.type_info(kind), "", kept)), kind)
    left, _words = split(fact)
    encoded = msgspec.json.encode(left)
    assert SECRET.encode() not in encoded
    again = msgspec.json.decode(encoded, type=kind)
    for field in msgspec.structs.fields(kind):
        value = getattr(fact, field.name)
        if value is None or isinstance(value, (bool, int, float, datetime)):
            assert getattr(again, field.name) == value


async def test_a_group_that_was_swapped_in_one_go_keeps_its_claims(tmp_path: Path) -> None:
    """`merged` drops hand-overs of groups that nobody gives, and nothing else."""
    swap = Claim("idempotency", "k", "new", "old")
    assert merged([swap, Claim("group", "g", "a", "b")]) == [swap]
