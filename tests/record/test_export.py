"""Exports: every byte that is changed, every line that is dropped, doubled, swapped or cut is found; and an export of
an import is the export again."""

import io
import random
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.stores import AT, redacting, to, verify
from tests.people.house import driven
from watchroom.base.rng import Chance
from watchroom.record.chain import GENESIS, seal
from watchroom.record.event import Draft, Event, StreamAppend
from watchroom.record.export import Export, NotWhole, as_stored, export_lines
from watchroom.record.log import Head, Log
from watchroom.record.memory_log import MemoryLog
from watchroom.record.signing import Signer, new_pem

ROOM = "k7m2-9qxd"
SIGNER = Signer(new_pem(), "here")
OTHER = Signer(new_pem(), "there")
LARGE_EVENTS = 10_000


async def exported(log: Log, stream: str = ROOM, signer: Signer = SIGNER) -> bytes:
    head = await log.head(stream)
    assert head is not None
    return b"".join([piece async for piece in export_lines(log, stream, head, signer)])


def read(content: bytes, key: str | None = None) -> list[Event]:
    """The events of an export that is whole. Raises NotWhole."""
    return list(Export(io.BytesIO(content), key).events())


def fault(content: bytes) -> str:
    """What is said of an export that is not whole."""
    with pytest.raises(NotWhole) as found:
        read(content)
    return found.value.message


async def small() -> bytes:
    """Five events, one of them redacted, with text that a careless reader stumbles over."""
    log = MemoryLog(Chance(1))
    await log.append([to(ROOM, "1", "secret", 'a \\" ,\\"data\\":{} 支払い \U0001f525')])
    append, redactions = redacting(ROOM, 2, left={"id": "H1"})
    await log.append([append], [], redactions)
    await log.append([to(ROOM, "5")])
    return await exported(log)


async def test_what_is_exported_is_read_the_same() -> None:
    log = MemoryLog(Chance(1))
    await log.append([to(ROOM, *map(str, range(2_500)))])
    content = await exported(log)
    assert read(content) == await log.read(ROOM)
    assert read(content, SIGNER.key)
    with pytest.raises(NotWhole, match="another key"):
        read(content, OTHER.key)


async def test_every_bit_of_every_byte_matters() -> None:
    content = await small()
    assert len(read(content)) == 5
    for at in range(len(content)):
        for bit in (1, 32, 128):
            fault(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])


async def test_every_cut_is_found() -> None:
    content = await small()
    for end in range(len(content)):
        fault(content[:end])


async def test_every_byte_that_is_missing_or_added_is_found() -> None:
    content = await small()
    for at in range(len(content)):
        fault(content[:at] + content[at + 1 :])
        fault(content[:at] + b" " + content[at:])


async def test_every_line_that_is_dropped_doubled_or_swapped_is_found_and_named() -> None:
    lines = (await small()).splitlines(keepends=True)
    for at in range(len(lines)):
        dropped = fault(b"".join(lines[:at] + lines[at + 1 :]))
        doubled = fault(b"".join([*lines[: at + 1], lines[at], *lines[at + 1 :]]))
        if at:
            assert f"Event {at} is missing" in dropped
            assert f"Event {at + 1}" in doubled or "more after" in doubled
        else:
            assert "first line" in dropped
        for other in range(at + 1, len(lines)):
            swapped = list(lines)
            swapped[at], swapped[other] = swapped[other], swapped[at]
            assert f"Event {at}" in fault(b"".join(swapped)) or at == 0


async def test_a_head_of_another_record_is_found() -> None:
    content = await small()
    other = MemoryLog(Chance(2))
    await other.append([to(ROOM, "1", "secret", "3", "4", "5")])
    theirs = await exported(other)
    head, _, _ = theirs.partition(b"\n")
    _, _, events = content.partition(b"\n")
    assert "another record" in fault(head + b"\n" + events)
    longer = SIGNER.head(ROOM, Head(6, bytes(32))).line()
    assert "Event 6 is missing" in fault(longer + b"\n" + events)
    shorter = SIGNER.head(ROOM, Head(2, read(content)[1].digest)).line()
    assert "more after event 2" in fault(shorter + b"\n" + events)
    elsewhere = msgspec.structs.replace(SIGNER.head("0000-0000", Head(5, read(content)[-1].digest)))
    assert "belongs to another stream" in fault(elsewhere.line() + b"\n" + events)


async def test_a_redaction_that_nobody_recorded_is_found() -> None:
    """Whoever has no key but ours would need a new head; whoever signs anew with another key is still found out."""
    log = MemoryLog(Chance(1))
    await log.append([to(ROOM, "1", "2", "3")])
    _, redactions = redacting(ROOM, 2)
    await log.append([], [], redactions)
    assert "Event 2 was emptied" in fault(await exported(log, signer=OTHER))


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"null\n", b"\xff\n", b'{"format":"watchroom-record-2"}\n'])
def test_what_is_no_export_is_said(content: bytes) -> None:
    fault(content)


def test_a_newer_format_is_said() -> None:
    head = msgspec.structs.replace(SIGNER.head(ROOM, Head(1, bytes(32))), format="watchroom-record-9")
    assert "watchroom-record-9" in fault(head.line() + b"\n")


def chained(count: int) -> Iterator[Event]:
    """A long stream."""
    previous = GENESIS
    chance = Chance("long")
    for seq in range(1, count + 1):
        draft = Draft(AT, AT, "person:ana@example.com", "test", "noted", b'{"note":"%d"}' % seq)
        event = seal(ROOM, seq, draft, chance.bytes(16), previous)
        previous = event.digest
        yield event


async def test_at_random_in_ten_thousand_events() -> None:
    log = MemoryLog(Chance(1))
    await log.append([StreamAppend(ROOM, 0, list(chained(LARGE_EVENTS)))])
    content = await exported(log)
    lines = content.splitlines(keepends=True)
    assert len(read(content)) == LARGE_EVENTS
    dice = random.Random(20261125)
    for _ in range(6):
        at = dice.randrange(len(content))
        fault(content[:at] + bytes([content[at] ^ (1 << dice.randrange(8))]) + content[at + 1 :])
        fault(content[: dice.randrange(len(content))])
        line = dice.randrange(1, len(lines) - 1)
        assert f"Event {line} is missing" in fault(b"".join(lines[:line] + lines[line + 1 :]))
        fault(b"".join([*lines[:line], lines[line], *lines[line:]]))
        fault(b"".join([*lines[:line], lines[line + 1], lines[line], *lines[line + 2 :]]))


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=4), min_size=1, max_size=5), st.sets(st.integers(1, 8)))
@driven
async def test_export_import_export_is_the_same_but_for_who_signs(texts: list[list[str]], gone: set[int]) -> None:
    ours, theirs = MemoryLog(Chance()), MemoryLog(Chance())
    for group in texts:
        drafts = [
            Draft(AT, AT, f"person:{text}", "test", "noted", msgspec.json.encode({"note": text}), f"{text}#1")
            for text in group
        ]
        await ours.append([StreamAppend(ROOM, None, drafts)])
    count = sum(map(len, texts))
    append, redactions = redacting(ROOM, *sorted(seq for seq in gone if seq <= count), left={"id": "H1"})
    await ours.append([append], [], redactions)
    first = await exported(ours)
    await theirs.append([StreamAppend(ROOM, 0, as_stored(read(first)))])
    assert await theirs.read(ROOM) == await ours.read(ROOM)
    await verify(theirs)
    second = await exported(theirs, signer=OTHER)
    assert second.partition(b"\n")[2] == first.partition(b"\n")[2]
    assert read(second, OTHER.key) == read(first, SIGNER.key)
