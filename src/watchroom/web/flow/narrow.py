"""The chart of the flow on a telephone: the same six lanes in the same order, one below the other.

Called by `drawing`. Where there is no room for arrows, what went to another lane is a line in words.
"""

from watchroom.base.clock import rfc3339
from watchroom.web.drawing.svg import Picture
from watchroom.web.flow.chart import ChartLane, FlowChart, Line
from watchroom.web.flow.marks import OPACITY, line, owner, rest, spells, ticking
from watchroom.web.flow.scale import Scale
from watchroom.web.html.template import People
from watchroom.web.room.lanes import brightness

WIDE = 366.0
GAP = 8.0
HEAD, LINE_HIGH, FOOT = 76.0, 22.0, 10.0
DOINGS = 44.0
PLACES, PLACES_MITIGATION = 2, 3
EDGE = 16.0
BEGIN, END = EDGE, WIDE - EDGE


def narrow(chart: FlowChart, people: People) -> Picture:
    """The picture."""
    picture = Picture(WIDE, sum(_high(lane) + GAP for lane in chart.lanes))
    y = 1.0
    for lane in chart.lanes:
        _lane(picture, chart, lane, people, y)
        y += _high(lane) + GAP
    return picture


def _places(lane: ChartLane) -> int:
    return PLACES_MITIGATION if lane.cycle == "mitigation" else PLACES


def _high(lane: ChartLane) -> float:
    return HEAD + _places(lane) * LINE_HIGH + FOOT + (DOINGS if lane.cycle == "mitigation" else 0)


def _lane(picture: Picture, chart: FlowChart, lane: ChartLane, people: People, top: float) -> None:
    alive = lane.last_at is not None
    picture.begin(cls="chart-lane", data_cycle=lane.cycle)
    picture.add(
        "rect", fill="panel", stroke="line", x=1, y=top, width=WIDE - 2, height=_high(lane), rx=10,
        stroke_dasharray=None if alive else "4 4",
    )  # fmt: skip
    if lane.last_at is not None:
        picture.box(
            1, top + 12, 5, _high(lane) - 24, "accent", 2.5,
            cls=f"edge {lane.brightness}", fill_opacity=OPACITY[lane.brightness],
            data_last=rfc3339(lane.last_at), data_ages="1",
        )  # fmt: skip
        ticking(picture, WIDE - EDGE, top + 25, lane.last_at, "ago", 12, "faint", anchor="end")
    picture.words(EDGE, top + 26, lane.cycle.capitalize(), 16, "ink" if alive else "soft", 600)
    owner(picture, lane, people, EDGE, top + 46, WIDE - 2 * EDGE)
    spells(picture, lane, Scale(chart.axis, BEGIN, END), top + 64, 8)
    y = top + HEAD
    if lane.cycle == "mitigation":
        _doings(picture, chart, y + 6)
        y += DOINGS
    _open(picture, chart, lane, y + LINE_HIGH / 2 + 4)
    picture.end()


def _open(picture: Picture, chart: FlowChart, lane: ChartLane, y: float) -> None:
    went = [
        Line("note", f"{each.what}, to {each.target}", each.at) for each in chart.passings if each.source == lane.cycle
    ]
    places = _places(lane)
    lines = lane.lines if len(lane.lines) >= places else (*lane.lines, *reversed(went))[:places]
    shown, more = rest(lines, places)
    for said in shown:
        line(picture, said, EDGE, y, WIDE - 2 * EDGE)
        y += LINE_HIGH
    if more:
        picture.words(EDGE + 24, y + 4.6, more, 12.5, "faint", 600)
    if not shown:
        picture.words(EDGE, y + 4, "nothing open" if lane.last_at else lane.goal, 12.5, "faint")


def _doings(picture: Picture, chart: FlowChart, top: float) -> None:
    gap = 6.0
    wide = (WIDE - 2 * EDGE - 4 * gap) / 5
    for number, doing in enumerate(chart.doings):
        x = EDGE + number * (wide + gap)
        # The longest of the five just fits: "coordinating" in this size.
        picture.words(x, top + 12, doing.name.capitalize(), 9.6, "ink" if doing.at else "faint", 600)
        if doing.at is None:
            picture.words(x, top + 26, "nobody yet", 10, "faint")
        else:
            ticking(picture, x, top + 26, doing.at, "age", 10, "soft")
            age = brightness(chart.end, doing.at)
            picture.box(
                x, top + 31, wide, 3, "accent", 1.5,
                cls=f"edge {age}", fill_opacity=OPACITY[age], data_last=rfc3339(doing.at), data_ages="1",
            )  # fmt: skip
