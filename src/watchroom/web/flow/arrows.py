"""What went from one cycle to another, as arrows from lane to lane, each where on the axis of time it happened.

Called by `wide`. Arrows that happened together stand side by side; a name that would lie on another, or on an arrow,
is left to the words below the picture. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from typing import NamedTuple

from watchroom.base.clock import rfc3339
from watchroom.web.drawing.letters import width
from watchroom.web.drawing.svg import Picture
from watchroom.web.flow.chart import FlowChart, Passing
from watchroom.web.flow.scale import Scale

APART = 14.0
"""How far apart two arrows stand at least."""
LABEL = 11.0
OUT = 12.0
"""How far a name may reach out of the track."""


class Arrow(NamedTuple):
    """One that passed: where it stands, how far that is from its own time, and from where to where it leads."""

    passing: Passing
    x: float
    nudge: float
    begin: float
    end: float


class _Name(NamedTuple):
    begin: float
    end: float
    y: float


def arrows(
    chart: FlowChart, scale: Scale, bars: Mapping[str, float], half: float, mitigation: float
) -> tuple[Arrow, ...]:
    """The arrows, the newest first. `bars` are the middles of the lanes' bars, `half` is half a bar's height.

    What comes into mitigation from above ends at `mitigation`, over its five activities.
    """
    found: list[Arrow] = []
    for passing in reversed(chart.passings):
        down = bars[passing.target] > bars[passing.source]
        own = min(max(scale.x(passing.at), scale.begin_x + 4), scale.end_x - 4)
        x = next(place for place in _beside(own, scale) if all(abs(place - each.x) >= APART for each in found))
        end = bars[passing.target] + (-half if down else half)
        if passing.target == "mitigation" and down:
            end = mitigation
        found.append(Arrow(passing, x, x - own, bars[passing.source], end))
    return tuple(found)


def _beside(x: float, scale: Scale) -> Iterator[float]:
    """Places for an arrow: where it belongs, then nearer and farther ones to both sides."""
    yield x
    for step in count(1):
        for place in (x - step * APART, x + step * APART):
            # Where the track is full, rather beside it than never.
            if scale.begin_x < place < scale.end_x or step * APART > scale.end_x - scale.begin_x:
                yield place


def draw(picture: Picture, drawn: Sequence[Arrow], ends: tuple[float, float]) -> None:
    """All arrows, and as many of their names as there is room for between the track's two ends."""
    names: list[_Name] = []
    for arrow in drawn:
        at = rfc3339(arrow.passing.at)
        picture.begin(cls="passing", data_at=at, data_nudge=arrow.nudge, transform=f"translate({arrow.x:.1f} 0)")
        shape(picture, 0, arrow.begin, arrow.end)
        _name(picture, arrow, drawn, names, ends)
        picture.end()


def shape(picture: Picture, x: float, begin: float, end: float) -> None:
    """An arrow from one lane to another: a dot, a line that stands off from what it crosses, a head."""
    picture.rule(x, begin, x, end, "panel", stroke_width=5)
    picture.add("circle", fill="ink", stroke="panel", cx=x, cy=begin, r=4, stroke_width=1.5)
    picture.arrow(x, begin, x, end, "ink", head=7, stroke_width=1.5)


def _name(
    picture: Picture, arrow: Arrow, drawn: Sequence[Arrow], names: list[_Name], ends: tuple[float, float]
) -> None:
    """The name of what passed, on the side of its arrow where it lies on nothing else."""
    long = width(arrow.passing.what, LABEL, 600)
    down = arrow.end > arrow.begin
    # Where it comes from, else where it leads to; on its right, else on its left.
    heights = (arrow.begin + (22.0 if down else -14.0), arrow.end + (-10.0 if down else 20.0))
    for y, begin in product(heights, (arrow.x + 8, arrow.x - long - 8)):
        name = _Name(begin, begin + long, y)
        outside = name.begin < ends[0] - OUT or name.end > ends[1] + OUT
        if outside or any(_clashes(name, other) for other in names):
            continue
        if any(each is not arrow and _crosses(each, name) for each in drawn):
            continue
        names.append(name)
        left = begin < arrow.x
        picture.words(
            -8 if left else 8, y, arrow.passing.what, LABEL, "ink", 600, cls="name", stroke="panel",
            stroke_width=4, paint_order="stroke", text_anchor="end" if left else None,
        )  # fmt: skip
        return


def _clashes(one: _Name, other: _Name) -> bool:
    return abs(one.y - other.y) < LABEL + 2 and one.begin - 4 < other.end and one.end + 4 > other.begin


def _crosses(arrow: Arrow, name: _Name) -> bool:
    low, high = sorted((arrow.begin, arrow.end))
    return name.begin - 5 < arrow.x < name.end + 5 and low - 4 < name.y < high + LABEL
