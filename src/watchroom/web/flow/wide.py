"""The chart of the flow on a wide page: six lanes over the room's life, and at their end what is open now.

Called by `drawing`. Lanes keep their places and heights whatever happens in them, so that nothing jumps under the
hand. What went from one lane to another is an arrow where it happened.
"""

from watchroom.base.clock import rfc3339
from watchroom.web.drawing.letters import fit, width
from watchroom.web.drawing.svg import Picture
from watchroom.web.flow.arrows import arrows, draw
from watchroom.web.flow.chart import ChartLane, FlowChart
from watchroom.web.flow.marks import OPACITY, line, owner, rest, spells, ticking
from watchroom.web.flow.scale import Scale, gaps
from watchroom.web.html.template import People
from watchroom.web.html.words import span
from watchroom.web.room.lanes import brightness

WIDE = 1200.0
AXIS = 30.0
HIGH, HIGH_MITIGATION, GAP = 84.0, 150.0, 8.0
HEAD_X, HEAD_WIDE = 18.0, 190.0
TRACK_BEGIN, TRACK_END = 232.0, 770.0
OPEN_X = 796.0
BAR = 16.0
PLACES, PLACES_MITIGATION = 3, 5
LINE_HIGH = 22.0
LABEL = 11.0
SMALL = 9.5


def wide(chart: FlowChart, people: People, *, zone: str = "") -> Picture:
    """The picture. `zone` is put behind the times of the axis where no page puts them into its viewer's own."""
    tops = _tops(chart)
    picture = Picture(WIDE, tops[-1] + HIGH + 2)
    scale = Scale(chart.axis, TRACK_BEGIN, TRACK_END)
    _axis(picture, chart, scale, zone)
    for top, lane in zip(tops, chart.lanes, strict=True):
        _lane(picture, chart, lane, people, scale, top)
    bars = {lane.cycle: _bar_y(lane.cycle, top) for top, lane in zip(tops, chart.lanes, strict=True)}
    draw(picture, arrows(chart, scale, bars, BAR / 2, tops[1] + 12), (TRACK_BEGIN, TRACK_END))
    return picture


def _high(cycle: str) -> float:
    return HIGH_MITIGATION if cycle == "mitigation" else HIGH


def _tops(chart: FlowChart) -> list[float]:
    tops, y = [], AXIS
    for lane in chart.lanes:
        tops.append(y)
        y += _high(lane.cycle) + GAP
    return tops


def _bar_y(cycle: str, top: float) -> float:
    """The middle of a lane's bar; in mitigation it lies below the five activities."""
    return top + (_high(cycle) - 24 if cycle == "mitigation" else HIGH / 2)


def _axis(picture: Picture, chart: FlowChart, scale: Scale, zone: str) -> None:
    picture.words(HEAD_X, 18, "Who looks after it", LABEL, "faint", 600)
    picture.words(OPEN_X, 18, "Open now", LABEL, "faint", 600)
    if chart.begin is None or chart.end is None:
        return
    ticking(picture, TRACK_BEGIN, 18, chart.begin, "clock", LABEL, "faint", 600)
    if zone:
        picture.words(TRACK_BEGIN + 34, 18, zone, LABEL, "faint")
    picture.begin(cls="until")
    ticking(picture, TRACK_END, 18, chart.end, "clock", LABEL, "faint", 600, anchor="end")
    picture.end()
    picture.rule(TRACK_END, AXIS - 6, TRACK_END, picture.high - 2, "edge", stroke_dasharray="2 4")
    _silences(picture, chart, scale)


def _silences(picture: Picture, chart: FlowChart, scale: Scale) -> None:
    """Where the axis is drawn short: a break, and how long nobody did anything, if there is room to say it."""
    free_from = TRACK_BEGIN + 96
    for gap in gaps(chart.axis):
        x = scale.x(gap.middle)
        if x > TRACK_END - 40:
            # There stands "now".
            continue
        lasted = f"{span(gap.middle, gap.middle + gap.lasted)} quiet"
        half = width(lasted, SMALL) / 2
        picture.begin(cls="moves", data_at=rfc3339(gap.middle), transform=f"translate({x:.1f} 0)")
        picture.path("M-3 25l3-7M1 25l3-7", "none", "edge", stroke_width=1.2)
        if free_from < x - half and x + half < TRACK_END - 40:
            free_from = x + half + 8
            picture.words(0, 14, lasted, SMALL, "faint", text_anchor="middle")
        picture.end()


def _lane(
    picture: Picture, chart: FlowChart, lane: ChartLane, people: People, scale: Scale, top: float
) -> None:  # fmt: skip
    high, alive = _high(lane.cycle), lane.last_at is not None
    picture.begin(cls="chart-lane", data_cycle=lane.cycle)
    picture.add(
        "rect", fill="panel", stroke="line", x=1, y=top, width=WIDE - 2, height=high, rx=10,
        stroke_dasharray=None if alive else "4 4",
    )  # fmt: skip
    if alive and lane.last_at is not None:
        picture.box(
            1, top + 12, 5, high - 24, "accent", 2.5,
            cls=f"edge {lane.brightness}", fill_opacity=OPACITY[lane.brightness],
            data_last=rfc3339(lane.last_at), data_ages="1",
        )  # fmt: skip
        ticking(picture, HEAD_X + HEAD_WIDE, top + 25, lane.last_at, "ago", LABEL, "faint", anchor="end")
    picture.words(HEAD_X, top + 26, lane.cycle.capitalize(), 16, "ink" if alive else "soft", 600)
    picture.words(HEAD_X, top + 43, lane.goal, 11.5, "soft")
    owner(picture, lane, people, HEAD_X, top + 64, HEAD_WIDE)
    spells(picture, lane, scale, _bar_y(lane.cycle, top) - BAR / 2, BAR)
    if lane.cycle == "mitigation":
        _doings(picture, chart, people, top)
    _open(picture, lane, top, high)
    picture.end()


def _open(picture: Picture, lane: ChartLane, top: float, high: float) -> None:
    places = PLACES_MITIGATION if lane.cycle == "mitigation" else PLACES
    shown, more = rest(lane.lines, places)
    wide = WIDE - OPEN_X - 18
    # A lone line stands in the middle; several fill the lane from its top.
    y = top + high / 2 - LINE_HIGH * (len(shown) - (0 if more else 1)) / 2
    for said in shown:
        line(picture, said, OPEN_X, y, wide)
        y += LINE_HIGH
    if more:
        picture.words(OPEN_X + 24, y + 4.6, more, 12.5, "faint", 600)
    if not shown and lane.last_at is not None:
        picture.words(OPEN_X + 24, top + high / 2 + 4, "nothing open", 12.5, "faint")


def _doings(picture: Picture, chart: FlowChart, people: People, top: float) -> None:
    """The five activities, side by side: each with how long ago, and who."""
    gap = 8.0
    wide = (TRACK_END - TRACK_BEGIN - gap * 4) / 5
    for number, doing in enumerate(chart.doings):
        x, y = TRACK_BEGIN + number * (wide + gap), top + 14
        picture.add(
            "rect", fill="sunk" if doing.at else "none", stroke="sunk" if doing.at else "line",
            x=x, y=y, width=wide, height=78, rx=8, stroke_dasharray=None if doing.at else "4 4",
        )  # fmt: skip
        tone = "ink" if doing.at else "soft"
        picture.words(x + 10, y + 21, doing.name.capitalize(), 12, tone, 600)
        if doing.at is None:
            picture.words(x + 10, y + 40, "nobody yet", 11.5, "faint")
            continue
        age = brightness(chart.end, doing.at)
        ticking(picture, x + 10, y + 40, doing.at, "age", 11.5, "soft")
        name = fit(people.name(doing.who), 11.5, wide - 18)
        picture.words(x + 10, y + 56, name, 11.5, "soft", data_person=doing.who)
        picture.box(
            x + 10, y + 66, wide - 20, 4, "accent", 2,
            cls=f"edge {age}", fill_opacity=OPACITY[age], data_last=rfc3339(doing.at), data_ages="1",
        )  # fmt: skip
