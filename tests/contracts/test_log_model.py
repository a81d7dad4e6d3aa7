"""Random courses of a store against a simple oracle: appends, conflicts, claims, rows, leases, groups, reopening,
crashes and rebuilds."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.contracts.stores import DURABLE, STORES, notes, to, verify
from tests.record.tally import followed, rebuilt
from watchroom.base.errors import Conflict, Unavailable
from watchroom.record.event import Claim, StreamAppend
from watchroom.record.log import Appended, StoredProjection

STREAMS = st.sampled_from(["a", "b", "c"])
KEYS = st.sampled_from(["k", "l"])
OFFSETS = st.sampled_from([None, 0, 0, 0, 1, -1])
"""What is expected of a stream, against where it stands: nothing, the truth, or a number beside it."""

WANTED = st.tuples(
    st.lists(st.tuples(STREAMS, OFFSETS, st.integers(0, 3)), max_size=3),
    st.lists(st.tuples(KEYS, st.sampled_from([None, "a", "b"]), st.sampled_from([None, "a", "b"])), max_size=2),
)


class Oracle:
    """The promise in a few lines: lists and a dictionary, copied before each append and put back if it is refused."""

    def __init__(self) -> None:
        self.streams: dict[str, list[str]] = {}
        self.claims: dict[str, str] = {}
        self.order: list[tuple[str, str]] = []

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
            expected = {
                stream: (len(texts), f'{{"note":"{texts[-1]}"}}')
                for stream, texts in self.oracle.streams.items()
                if texts
            }
            assert self.run((rebuilt if anew else followed)(self.log)) == expected

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
                for _ in range(wait_turns):
                    await asyncio.sleep(0)
                answered = {number for number, call in enumerate(calls) if call.done()}
                await asyncio.to_thread(self.store.crash)
                results = await asyncio.gather(*calls, return_exceptions=True)
                if name == "sqlite":
                    # The process that was killed is played by the log that was open; it goes on with its own files.
                    await self.log.close()
                    self.log = self.store.open()
                    return answered, set(range(len(calls)))
                assert all(isinstance(result, Appended | Unavailable) for result in results)
                # The same log goes on as soon as it has a connection again.
                while True:
                    try:
                        await self.log.append([])
                        break
                    except Unavailable:
                        await asyncio.sleep(0)
                written = {number for number, result in enumerate(results) if isinstance(result, Appended)}
                return written, written

            @rule()
            def open_again(self) -> None:
                self.run(self.log.close())
                self.log = self.store.open()

        @invariant()
        def log_is_as_the_oracle_says(self) -> None:
            expected = {stream: len(texts) for stream, texts in self.oracle.streams.items() if texts}
            assert self.run(verify(self.log)) == expected
            placed = self.run(self.log.read_all())
            assert [(each.event.stream, *notes([each.event])) for each in placed] == self.oracle.order
            assert self.run(self.log.holders("scope")) == self.oracle.claims
            for key in ("k", "l"):
                assert self.run(self.log.holder("scope", key)) == self.oracle.claims.get(key)
            assert self.run(self.log.rows("t")) == self.rows
            assert self.run(self.log.load_projection("p")) == self.lists.get("p")

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
