"""Random courses of a store against a simple oracle: appends, redactions, conflicts, claims, rows, leases, groups,
reopening, crashes and rebuilds."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.contracts.stores import DURABLE, STORES, notes, redacting, to, verify
from tests.record.tally import followed, rebuilt
from watchroom.base.errors import Conflict, Unavailable
from watchroom.record.event import Claim, Event, Redaction, StreamAppend
from watchroom.record.log import Appended, Snapshot, StoredProjection
from watchroom.record.redaction import REDACTED

STREAMS = st.sampled_from(["a", "b", "c"])
KEYS = st.sampled_from(["k", "l"])
OFFSETS = st.sampled_from([None, 0, 0, 0, 1, -1])
"""What is expected of a stream, against where it stands: nothing, the truth, or a number beside it."""

WANTED = st.tuples(
    st.lists(st.tuples(STREAMS, OFFSETS, st.integers(0, 3)), max_size=3),
    st.lists(st.tuples(KEYS, st.sampled_from([None, "a", "b"]), st.sampled_from([None, "a", "b"])), max_size=2),
)


GONE, SAID = "<gone>", "<said>"
"""What stands in the oracle for an event that was redacted, and for the fact that says so."""


def seen(event: Event) -> str:
    """An event as the oracle has it."""
    if event.redacted:
        return GONE
    return SAID if event.kind == REDACTED else notes([event])[0]


def said(data: str) -> str:
    """What an event's data says, as the oracle has it."""
    found = msgspec.json.decode(data)
    return SAID if "reason" in found else str(found["note"])


class Oracle:
    """The promise in a few lines: lists and a dictionary, copied before each append and put back if it is refused."""

    def __init__(self) -> None:
        self.streams: dict[str, list[str]] = {}
        self.claims: dict[str, str] = {}
        self.order: list[tuple[str, str]] = []
        self.digests: dict[tuple[str, int], bytes] = {}
        """The digest that each event was first seen with: it never changes."""

    def redact(self, stream: str, seq: int) -> None:
        """What was said there is gone; that it was redacted is said at the stream's end."""
        self.streams[stream][seq - 1] = GONE
        place = [at for at, (of, _note) in enumerate(self.order) if of == stream][seq - 1]
        self.order[place] = (stream, GONE)
        self.streams[stream].append(SAID)
        self.order.append((stream, SAID))

    def append(self, appends: list[StreamAppend], claims: list[Claim]) -> bool:
        streams = {key: list(value) for key, value in self.streams.items()}
        kept, order = dict(self.claims), list(self.order)
        for claim in claims:
            if kept.get(claim.key) != claim.held_by:
                return False
            kept.pop(claim.key, None)
            if claim.stream is not None:
                kept[claim.key] = claim.stream
        for append in appends:
            if append.expected_seq not in {None, len(streams.get(append.stream, []))}:
                return False
            for each in append.drafts:
                note = (each.data or b"").decode()[9:-2]
                streams.setdefault(append.stream, []).append(note)
                order.append((append.stream, note))
        self.streams, self.claims, self.order = streams, kept, order
        return True


def machine(name: str) -> type[RuleBasedStateMachine]:
    """The state machine over the store of that name."""

    class Course(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.runner = asyncio.Runner()
            self.directory = tempfile.TemporaryDirectory()
            self.store: Any = STORES[name](Path(self.directory.name))
            self.log = self.store.open()
            self.oracle = Oracle()
            self.rows: dict[str, bytes] = {}
            self.lists: dict[str, StoredProjection] = {}
            self.written = 0
            self.forgotten: set[str] = set()
            """Texts that were redacted and that nothing may give back."""

        def run(self, call: Any) -> Any:
            return self.runner.run(call)

        def request(self, wanted: Any) -> tuple[list[StreamAppend], list[Claim]]:
            appends, claims = wanted
            made = []
            for stream, offset, count in appends:
                expected = None if offset is None else len(self.oracle.streams.get(stream, [])) + offset
                made.append(to(stream, *(f"n{self.written + number}" for number in range(count)), after=expected))
                self.written += count
            return made, [Claim("scope", key, stream, held_by) for key, held_by, stream in claims]

        @rule(wanted=st.lists(WANTED, min_size=1, max_size=6))
        def append_at_once(self, wanted: list[Any]) -> None:
            requests = [self.request(each) for each in wanted]

            async def all_at_once() -> list[Any]:
                return await asyncio.gather(*(self.log.append(*each) for each in requests), return_exceptions=True)

            for request, result in zip(requests, self.run(all_at_once()), strict=True):
                assert isinstance(result, Conflict) is not self.oracle.append(*request), result

        def unredacted(self, stream: str, which: int) -> int | None:
            """The number of one of the stream's events that says something still."""
            texts = self.oracle.streams.get(stream, [])
            found = [seq for seq, text in enumerate(texts, 1) if text not in (GONE, SAID)]
            return found[which % len(found)] if found else None

        @rule(stream=STREAMS, which=st.integers(0, 20), beside=st.booleans())
        def redact(self, stream: str, which: int, beside: bool) -> None:
            """In one append with its fact, with others at the same time; a snapshot that holds the text goes, too."""
            seq = self.unredacted(stream, which)
            if seq is None:
                return
            text = self.oracle.streams[stream][seq - 1]
            append, redactions = redacting(stream, seq)
            other = self.request(([("c" if stream != "c" else "b", None, 2)], []))

            async def at_once() -> None:
                await self.log.save_snapshot(stream, Snapshot(seq, "v1", text.encode()))
                calls = [self.log.append([append], [], redactions)]
                await asyncio.gather(*calls, *([self.log.append(*other)] if beside else []))
                assert await self.log.snapshot(stream) is None

            self.run(at_once())
            self.oracle.redact(stream, seq)
            if beside:
                assert self.oracle.append(*other)
            self.forgotten.add(text)

        @rule(stream=STREAMS, which=st.integers(0, 20))
        def redact_in_vain(self, stream: str, which: int) -> None:
            """A redaction whose append conflicts changes nothing; what is gone already can be asked for again."""
            seq = self.unredacted(stream, which)
            if seq is None:
                return
            append, redactions = redacting(stream, seq)
            late = StreamAppend(stream, seq - 1, append.drafts)
            with pytest.raises(Conflict):
                self.run(self.log.append([late], [], redactions))
            texts = self.oracle.streams[stream]
            if GONE in texts:
                self.run(self.log.append([], [], [Redaction(stream, texts.index(GONE) + 1, b"{}")]))

        @rule(thorough=st.booleans())
        def scrub(self, thorough: bool) -> None:
            self.run(self.log.scrub(None if thorough else [text.encode() for text in sorted(self.forgotten)]))
            if name == "sqlite":
                files = b"".join(file.read_bytes() for file in self.store.path.parent.iterdir() if file.is_file())
                assert [text for text in self.forgotten if b'"note":"%b"' % text.encode() in files] == []

        @rule(key=KEYS, body=st.one_of(st.none(), st.binary(max_size=3)))
        def change_a_row(self, key: str, body: bytes | None) -> None:
            if body is None:
                assert self.run(self.log.take_row("t", key)) == self.rows.pop(key, None)
            else:
                self.run(self.log.put_row("t", key, body))
                self.rows[key] = body

        @rule(version=st.sampled_from("12"), changed=st.dictionaries(KEYS, st.one_of(st.none(), st.binary(max_size=3))))
        def save_a_projection(self, version: str, changed: dict[str, bytes | None]) -> None:
            before = self.lists.get("p")
            rows: dict[str, bytes | None] = {**before.rows} if before and before.version == version else {}
            rows.update(changed)
            kept = {key: body for key, body in rows.items() if body is not None}
            self.lists["p"] = StoredProjection(version, len(self.oracle.order), kept)
            self.run(self.log.save_projection("p", version, len(self.oracle.order), changed))

        @rule()
        def drop_a_projection(self) -> None:
            self.run(self.log.drop_projection("p"))
            self.lists.pop("p", None)

        @rule(anew=st.booleans())
        def follow_or_rebuild(self, anew: bool) -> None:
            """What is projected is a function of the log alone, whether it was stored, followed or made anew."""
            expected = {stream: (len(texts), texts[-1]) for stream, texts in self.oracle.streams.items() if texts}
            shown = self.run((rebuilt if anew else followed)(self.log))
            assert not any(f'"{text}"' in last for _count, last in shown.values() for text in self.forgotten)
            assert {stream: (count, said(last)) for stream, (count, last) in shown.items()} == expected

        if name in DURABLE:

            @rule(wait_turns=st.integers(0, 40), count=st.integers(0, 6))
            def crash(self, wait_turns: int, count: int) -> None:
                """Lose the store while appends are under way: each was written whole or not at all, and as it was
                told."""
                requests = [self.request(([("a", None, 2), ("b", None, 1)], []))[0] for _ in range(count)]
                must, may = self.run(self.crash_under(requests, wait_turns))
                placed = self.run(self.log.read_all())[len(self.oracle.order) :]
                found = [(each.event.stream, *notes([each.event])) for each in placed]
                wanted = [
                    [(a.stream, (d.data or b"").decode()[9:-2]) for a in each for d in a.drafts] for each in requests
                ]
                came_through = [wanted.index(found[at : at + 3]) for at in range(0, len(found), 3)]
                assert must <= set(came_through) <= may
                for number in came_through:
                    assert self.oracle.append(requests[number], [])

            async def crash_under(self, requests: list[Any], wait_turns: int) -> tuple[set[int], set[int]]:
                """Which of the appends must have come through, and which may have."""
                calls = [asyncio.ensure_future(self.log.append(each)) for each in requests]
                answered, results = await self.crash_after(calls, wait_turns)
                if name == "sqlite":
                    return answered, set(range(len(calls)))
                written = {number for number, result in enumerate(results) if isinstance(result, Appended)}
                return written, written

            async def crash_after(self, calls: list[Any], wait_turns: int) -> tuple[set[int], list[Any]]:
                """Crash, and come back: which calls were answered before, and what came of all of them."""
                for _ in range(wait_turns):
                    await asyncio.sleep(0)
                answered = {number for number, call in enumerate(calls) if call.done()}
                await asyncio.to_thread(self.store.crash)
                results = await asyncio.gather(*calls, return_exceptions=True)
                if name == "sqlite":
                    # The process that was killed is played by the log that was open; it goes on with its own files.
                    await self.log.close()
                    self.log = self.store.open()
                    return answered, results
                assert all(isinstance(result, Appended | Unavailable) for result in results)
                # The same log goes on as soon as it has a connection again.
                while True:
                    try:
                        await self.log.append([])
                        break
                    except Unavailable:
                        await asyncio.sleep(0)
                return answered, results

            @rule(stream=STREAMS, which=st.integers(0, 20), wait_turns=st.integers(0, 40))
            def crash_while_redacting(self, stream: str, which: int, wait_turns: int) -> None:
                """The text and the fact that it is gone: both, or neither."""
                seq = self.unredacted(stream, which)
                if seq is None:
                    return
                append, redactions = redacting(stream, seq)

                async def crash() -> bool:
                    call = asyncio.ensure_future(self.log.append([append], [], redactions))
                    answered, results = await self.crash_after([call], wait_turns)
                    events = await self.log.read(stream)
                    written = len(events) > len(self.oracle.streams[stream])
                    assert events[seq - 1].redacted == written
                    assert written or not answered
                    assert name == "sqlite" or written == isinstance(results[0], Appended)
                    return written

                text = self.oracle.streams[stream][seq - 1]
                if self.run(crash()):
                    self.oracle.redact(stream, seq)
                    self.forgotten.add(text)

            @rule()
            def open_again(self) -> None:
                self.run(self.log.close())
                self.log = self.store.open()

        @invariant()
        def log_is_as_the_oracle_says(self) -> None:
            expected = {stream: len(texts) for stream, texts in self.oracle.streams.items() if texts}
            assert self.run(verify(self.log)) == expected
            placed = self.run(self.log.read_all())
            assert [(each.event.stream, seen(each.event)) for each in placed] == self.oracle.order
            self.run(self.nothing_is_given_back())
            for each in placed:
                place = (each.event.stream, each.event.seq)
                assert self.oracle.digests.setdefault(place, each.event.digest) == each.event.digest
            assert self.run(self.log.holders("scope")) == self.oracle.claims
            for key in ("k", "l"):
                assert self.run(self.log.holder("scope", key)) == self.oracle.claims.get(key)
            assert self.run(self.log.rows("t")) == self.rows
            assert self.run(self.log.load_projection("p")) == self.lists.get("p")

        async def nothing_is_given_back(self) -> None:
            """Not by any way of reading."""
            for stream, texts in self.oracle.streams.items():
                for events in (await self.log.read(stream), await self.log.read_before(stream, len(texts) + 1, 1_000)):
                    assert [seen(event) for event in events] == texts
                    assert all(event.salt is None and event.data is None for event in events if event.redacted)

        def teardown(self) -> None:
            self.run(self.log.close())
            self.runner.close()
            self.directory.cleanup()

    return Course


EXAMPLES = {"memory": 20, "sqlite": 10, "postgresql": 6}
"""In the ordinary run, always the same ones; `make soak` looks at very many more, and others each time."""


@pytest.mark.soak
@pytest.mark.parametrize("name", STORES)
def test_a_store_does_what_the_oracle_does_for_long(name: str) -> None:
    run_state_machine_as_test(
        machine(name),
        settings=settings(max_examples=EXAMPLES[name] * 50, stateful_step_count=40, deadline=None, print_blob=True),
    )


@pytest.mark.parametrize("name", STORES)
def test_a_store_does_what_the_oracle_does(name: str) -> None:
    run_state_machine_as_test(
        machine(name),
        settings=settings(
            max_examples=EXAMPLES[name],
            stateful_step_count=20,
            derandomize=True,
            deadline=None,
            database=None,
        ),
    )
