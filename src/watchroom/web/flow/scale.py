"""The chart's axis of time: long silences are drawn short, so that what happened keeps its place to be read.

Called by `chart` and by the layouts. The axis is a chain of knots: a time, and how far along the axis it lies, in
seconds; between two knots it runs evenly. The page's script goes on from the last knot to the present by the same
rule. Pure.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

SILENCE_DRAWN = timedelta(minutes=10)
"""A silence that is longer is drawn as long as this."""


class Knot(NamedTuple):
    """A time, and its place on the axis in seconds from the first."""

    at: datetime
    place: float


class Gap(NamedTuple):
    """A silence that is drawn shorter than it was: around which time, and how long it was."""

    middle: datetime
    lasted: timedelta


def knots(begin: datetime | None, end: datetime | None, spans: Iterable[tuple[datetime, datetime]]) -> tuple[Knot, ...]:
    """The axis from `begin` to `end`, with what was alive in between; empty while nothing has happened."""
    if begin is None or end is None:
        return ()
    place, reached = 0.0, begin
    chain = [Knot(begin, 0.0)]
    # The end is a span of its own, so that the silence before it is drawn short as well.
    for first, last in sorted([*spans, (end, end)]):
        first, last = max(first, begin), min(last, end)
        if last < reached:
            continue
        if first > reached:
            place += min(first - reached, SILENCE_DRAWN).total_seconds()
            chain.append(Knot(first, place))
            reached = first
        if last > reached:
            place += (last - reached).total_seconds()
            chain.append(Knot(last, place))
            reached = last
    return tuple(chain)


def gaps(chain: Sequence[Knot]) -> tuple[Gap, ...]:
    """The silences that are drawn short."""
    return tuple(
        Gap(one.at + (other.at - one.at) / 2, other.at - one.at)
        for one, other in pairwise(chain)
        if other.at - one.at > SILENCE_DRAWN and other.place - one.place <= SILENCE_DRAWN.total_seconds()
    )


class Scale:
    """Where a time lies between two ends of a picture."""

    def __init__(self, chain: Sequence[Knot], begin_x: float, end_x: float) -> None:
        self._chain = chain
        self.begin_x, self.end_x = begin_x, end_x

    def x(self, at: datetime) -> float:
        """The place of a time; times outside are put to the ends."""
        if len(self._chain) < 2 or at <= self._chain[0].at:
            return self.begin_x
        if at >= self._chain[-1].at:
            return self.end_x
        after = bisect_right(self._chain, at, key=lambda knot: knot.at)
        one, other = self._chain[after - 1], self._chain[after]
        part = (at - one.at) / (other.at - one.at)
        place = one.place + part * (other.place - one.place)
        return self.begin_x + place / self._chain[-1].place * (self.end_x - self.begin_x)


def written(chain: Sequence[Knot]) -> str:
    """The chain for the page's script: `seconds since 1970:place`, with blanks between."""
    return " ".join(f"{knot.at.timestamp():.0f}:{knot.place:.0f}" for knot in chain)
