"""A document: one entry of the record as search keeps it.

Made by `texts` from facts, kept by the stores, found by `searching`. A store orders documents by `rank`, which is
settled once: recent before old, and what stands in a title as if it were that much more recent. (Ranking by
`weight * exp(-age / tau)` gives the same order at every moment as `at + tau * ln(weight)`: source: monotonicity of the
logarithm.) Pure.
"""

import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal, get_args

import msgspec

from watchroom.base.clock import epoch_us
from watchroom.incident.search.words import tag, words_of

Meta = msgspec.Meta
Kind = Literal[
    "incident", "signal", "update", "decision", "finding", "action", "hypothesis", "intervention", "impact", "inbound",
    "task", "observation", "message", "artefact", "call", "note", "change",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
DAY_US = 86_400 * 1_000_000
BONUS_DAYS: dict[Kind, int] = {
    "incident": 60, "finding": 21, "action": 21, "decision": 14, "update": 10, "hypothesis": 7, "intervention": 7,
    "impact": 7, "signal": 3, "change": 2, "inbound": 2, "observation": 1, "task": 1,
}  # fmt: skip
"""By how many days a kind of entry counts as more recent than it is; kinds that are not named: by none."""
TIE_BITS = 20
"""The lowest bits of a rank tell apart what happened in the same millisecond."""


class Document(msgspec.Struct, frozen=True, gc=False):
    """One entry of one stream. Of two with the same `of` in a stream, the later one takes the place of the earlier."""

    stream: str
    seq: int
    kind: Kind
    at: datetime
    actor: str
    text: str
    of: Annotated[str, Meta(description="What it says the state of, such as `title`; empty: only itself.")] = ""
    service: Annotated[str, Meta(description="Which service it names, without case; empty: none.")] = ""

    @property
    def rank(self) -> int:
        """Its place among all: greater is found first. Below 2**63."""
        at_ms = max(0, epoch_us(self.at) + BONUS_DAYS.get(self.kind, 0) * DAY_US) // 1_000
        tie = zlib.crc32(f"{self.stream}#{self.seq}".encode()) & ((1 << TIE_BITS) - 1)
        return min(at_ms, (1 << 43) - 1) << TIE_BITS | tie


def tokens_of(document: Document, words_max: int) -> str:
    """What a store finds the document by: its words, and whose, where and what it is."""
    tags = (tag("s", document.stream), tag("a", document.actor), tag("k", document.kind))
    return f"{words_of(document.text, words_max)} {' '.join(tags)}"


class Gone(msgspec.Struct, frozen=True, gc=False):
    """What is to be found no longer: the entry `seq`, whatever says the state of `of`, or with neither the stream."""

    stream: str
    seq: int = 0
    of: str = ""


Step = Document | Gone
"""What one event changes of what can be found."""


def runs(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """The steps in order, in runs that a store can take at once: of one type, and none that replaces another."""
    run: list[Step] = []
    places: set[tuple[str, int | str]] = set()
    for step in steps:
        named: set[tuple[str, int | str]] = {(step.stream, step.seq)}
        if step.of:
            named.add((step.stream, step.of))
        if run and (type(step) is not type(run[0]) or places & named):
            yield run
            run, places = [], set()
        run.append(step)
        places |= named
    if run:
        yield run
