"""Exports that somebody has put together on purpose: other heads, other spellings, lines too many, and redactions that
never were. Each is found, by whoever has the file alone or also the key."""

import hashlib
import itertools
import json
import random
from collections.abc import Callable

import msgspec
import pytest

from tests.contracts.stores import AT, redacting, to
from tests.record.test_export import OTHER, ROOM, SIGNER, exported, fault, read, small
from watchroom.base.errors import Unavailable
from watchroom.base.rng import Chance
from watchroom.record.chain import commitment_of, seal
from watchroom.record.codec import export_line
from watchroom.record.event import Draft, Event, StreamAppend
from watchroom.record.export import NotWhole, export_lines
from watchroom.record.log import Head
from watchroom.record.memory_log import MemoryLog
from watchroom.record.redaction import REDACTED, Redacted


async def pieces() -> tuple[bytes, list[bytes]]:
    """The head and the lines of the small export, without their ends."""
    head, *lines = (await small()).splitlines()
    return head, lines


def joined(head: bytes, lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in [head, *lines])


def signed(events: list[bytes]) -> bytes:
    """The lines under a head that our own key signs: whoever forges has even that."""
    last = json.loads(events[-1])
    return joined(SIGNER.head(ROOM, Head(len(events), bytes.fromhex(last["digest"]))).line(), events)


async def test_a_head_that_another_install_signs_is_found_by_the_key_alone() -> None:
    """What they claim is the same record; that it is not ours that says so, only our key tells."""
    _, lines = await pieces()
    last = read(joined(*await pieces()))[-1]
    theirs = OTHER.head(ROOM, Head(5, last.digest))
    content = joined(theirs.line(), lines)
    assert len(read(content)) == len(read(content, OTHER.key)) == 5
    with pytest.raises(NotWhole, match="another key"):
        read(content, SIGNER.key)
    mixed = msgspec.structs.replace(theirs, key=SIGNER.key)
    assert "signature" in fault(joined(mixed.line(), lines))


async def test_two_heads_are_found_wherever_the_second_stands() -> None:
    head, lines = await pieces()
    other = OTHER.head(ROOM, Head(5, read(joined(head, lines))[-1].digest)).line()
    for second in (head, other):
        for at in range(len(lines) + 1):
            says = fault(joined(head, [*lines[:at], second, *lines[at:]]))
            assert "more after event 5" in says if at == len(lines) else f"Event {at + 1}" in says


def swapped(items: list[tuple[str, object]], one: int, other: int) -> list[tuple[str, object]]:
    made = list(items)
    made[one], made[other] = made[other], made[one]
    return made


async def test_json_that_means_the_same_in_other_words_is_another_file() -> None:
    """Decided so: the digests are of bytes. Keys in another order, spaces or escapes could hide what a reader that
    takes the first of two equal keys sees otherwise."""
    head, lines = await pieces()
    for number, line in enumerate([head, *lines]):
        items = list(json.loads(line).items())
        pairs = itertools.combinations(range(len(items)), 2)
        others = [dict(swapped(items, one, other)) for one, other in pairs]
        spelt = [json.dumps(other, ensure_ascii=False, separators=(",", ":")) for other in others]
        spelt += [json.dumps(json.loads(line)), line.decode() + " "]
        spelt += [line.decode()[:-1] + f',"{items[0][0]}":{json.dumps(items[0][1])}}}']
        for text in spelt:
            changed = [head, *lines]
            changed[number] = text.encode()
            says = fault(joined(changed[0], changed[1:]))
            assert "first line" in says if number == 0 else f"Event {number} " in says


async def test_lines_after_the_end_are_found() -> None:
    head, lines = await pieces()
    last = read(joined(head, lines))[-1]
    sixth = seal(ROOM, 6, Draft(AT, AT, "person:eve", "test", "noted", b'{"note":"6"}'), bytes(16), last.digest)
    for extra in (b"", b"{}", lines[-1], lines[0], export_line(sixth)):
        assert "more after event 5" in fault(joined(head, [*lines, extra]))
    assert len(read(signed([*lines, export_line(sixth)]))) == 6


def emptied_line(line: bytes, commitment: bytes | None = None) -> bytes:
    """An event's line as if its text had been redacted."""
    event = json.loads(line)
    start, _, rest = line.partition(b',"data":')
    data = rest.rpartition(b',"salt":')[0]
    made = commitment or commitment_of(bytes.fromhex(event["salt"]), data)
    return start + b',"data":null,"commitment":"%b","digest":"%b"}' % (made.hex().encode(), event["digest"].encode())


def with_text(line: bytes, text: bytes, salt: bytes) -> bytes:
    """A redacted event's line with a text of one's own put in."""
    start, _, rest = line.partition(b',"data":')
    digest = rest.rpartition(b',"digest":')[2]
    return start + b',"data":%b,"salt":"%b","digest":%b' % (text, salt.hex().encode(), digest)


async def test_a_text_that_is_hidden_as_if_it_had_been_redacted_is_found() -> None:
    """The chain holds without it, so only the missing fact gives it away; the genuine one speaks of another event."""
    head, lines = await pieces()
    for number in (1, 3, 5):
        forged = list(lines)
        forged[number - 1] = emptied_line(lines[number - 1])
        assert f"Event {number} was emptied" in fault(joined(head, forged))
        forged[number - 1] = emptied_line(lines[number - 1], hashlib.sha256(b"made up").digest())
        assert f"Event {number} does not match its digest" in fault(joined(head, forged))


async def test_the_fact_of_a_redaction_cannot_be_turned_to_another_event_nor_be_hidden() -> None:
    head, lines = await pieces()
    turned = list(lines)
    turned[0] = emptied_line(lines[0])
    turned[3] = lines[3].replace(b'"seq":2,"kind"', b'"seq":1,"kind"')
    assert turned[3] != lines[3]
    assert "Event 4 does not match its digest" in fault(joined(head, turned))
    hidden = list(lines)
    hidden[3] = emptied_line(lines[3])
    assert "Event 2 was emptied" in fault(joined(head, hidden))


async def test_no_other_text_can_be_put_where_one_was_redacted() -> None:
    head, lines = await pieces()
    dice = random.Random(20261125)
    for text in (b'{"note":"secret"}', b'{"note":"what eve says"}', b"null", b"{}"):
        forged = list(lines)
        forged[1] = with_text(lines[1], text, dice.randbytes(16))
        assert "Event 2 does not match its digest" in fault(joined(head, forged))


FORGED: dict[str, Callable[[], list[Redacted]]] = {
    "before what it names": lambda: [Redacted(seq=3, kind="noted", reason="x")],
    "of itself": lambda: [Redacted(seq=2, kind=REDACTED, reason="x")],
    "of nothing": lambda: [Redacted(seq=99, kind="noted", reason="x")],
}


@pytest.mark.parametrize("how", FORGED)
async def test_whoever_may_sign_still_needs_a_fact_that_names_the_event_after_it(how: str) -> None:
    """Even with our key: an event is bare only if a later one of its record says so."""
    log = MemoryLog(Chance(3))
    drafts = [
        Draft(AT, AT, "person:eve", "test", REDACTED, msgspec.json.encode(fact)) for fact in FORGED[how]()
    ]  # fmt: skip
    await log.append([to(ROOM, "1"), StreamAppend(ROOM, None, drafts), to(ROOM, "3")])
    lines = (await exported(log)).splitlines()[1:]
    lines[2] = emptied_line(lines[2])
    assert "Event 3 was emptied" in fault(signed(lines))


class Redacting(MemoryLog):
    """A log in which somebody redacts while a page is read."""

    def __init__(self) -> None:
        super().__init__(Chance(1))
        self.due = False

    async def read(self, stream: str, after: int = 0, limit: int | None = None) -> list[Event]:
        if self.due:
            self.due = False
            append, redactions = redacting(ROOM, 2)
            await self.append([append], [], redactions)
        return await super().read(stream, after, limit)


async def test_an_export_in_which_something_is_redacted_on_the_way_breaks_off_instead_of_looking_forged() -> None:
    log = Redacting()
    await log.append([to(ROOM, "1", "secret", "3")])
    head = await log.head(ROOM)
    assert head is not None
    log.due = True
    with pytest.raises(Unavailable, match="redacted while"):
        _ = [piece async for piece in export_lines(log, ROOM, head, SIGNER)]
    assert len(read(await exported(log))) == 4
