"""The chart of the flow as pictures: two for the page, of which its style sheet shows the one that fits, and a file.

Called by the page, its stream and the address of the file. Pure.
"""

from watchroom.web.drawing.svg import Picture
from watchroom.web.flow.chart import FlowChart
from watchroom.web.flow.narrow import BEGIN, END, narrow
from watchroom.web.flow.wide import TRACK_BEGIN, TRACK_END, WIDE, wide
from watchroom.web.html.markup import Markup, as_is
from watchroom.web.html.template import People
from watchroom.web.html.words import word

EDGE, HEAD = 28.0, 84.0


def pictures(chart: FlowChart, people: People) -> tuple[Markup, Markup]:
    """The chart for a wide page and for a narrow one; the page tells both in words, so they are hidden from readers."""
    return (
        as_is(wide(chart, people).part("chart for-wide", data_from=TRACK_BEGIN, data_to=TRACK_END)),
        as_is(narrow(chart, people).part("chart for-narrow", data_from=BEGIN, data_to=END)),
    )


def file(chart: FlowChart, people: People) -> str:
    """The chart as an SVG that stands alone: with its title, its state, its typeface, and times in UTC."""
    inner = wide(chart, people, zone="UTC")
    picture = Picture(WIDE + 2 * EDGE, inner.high + HEAD + EDGE)
    picture.box(0, 0, picture.wide, picture.high, "bg")
    picture.lines(EDGE, 44, chart.title, 22, WIDE, "ink", 700, lines_max=1)
    picture.words(EDGE, 66, " · ".join(part for part in (word(chart.severity), word(chart.status)) if part), 13, "soft")
    picture.begin(transform=f"translate({EDGE:.0f} {HEAD:.0f})")
    picture.take(inner)
    picture.end()
    return picture.file(chart.title, words(chart, people))


def words(chart: FlowChart, people: People) -> str:
    """The chart in words, for whoever hears it."""
    said = []
    for lane in chart.lanes:
        who = people.name(lane.owner) if lane.owner else "nobody" if lane.hole else "no owner"
        what = "; ".join(line.text for line in lane.lines) or ("nothing open" if lane.last_at else "nothing yet")
        said.append(f"{lane.cycle.capitalize()}: {who}. {what}.")
    return " ".join(said)
