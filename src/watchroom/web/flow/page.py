"""The page of an incident's flow, its live stream, and the chart as a file.

Called by `routes` and `live/watching`. The page is the picture and the same in words; nothing is done here, the room
is where that is. Never reads a clock: what time changes, the page's script shows.
"""

from dataclasses import dataclass

from litestar import Response, get
from litestar.params import FromPath

from watchroom.incident.incident import Incident
from watchroom.incident.visibility import Guard, Viewer, guard_of
from watchroom.web.drawing.svg import MEDIA_TYPE, policy
from watchroom.web.flow.chart import FlowChart, chart
from watchroom.web.flow.drawing import file, pictures
from watchroom.web.house import House, house_of
from watchroom.web.html.markup import Markup, as_is
from watchroom.web.html.pages import Visit
from watchroom.web.html.template import People, render, template
from watchroom.web.html.words import share
from watchroom.web.http.reading import AnyRequest, caller_of, html, viewer_of, visit_of
from watchroom.web.live.frames import frame, partial


@template("panels/flow.html")
@dataclass(frozen=True)
class FlowPanel:
    """The chart of the flow, and the same in words."""

    chart: FlowChart
    """What it shows."""
    impact: str
    """What customers feel, in a few words; empty when nobody has said."""
    wide: Markup
    """The picture for a wide page."""
    narrow: Markup
    """The picture for a telephone."""
    people: People
    """Names of people."""


@template("pages/flow.html")
@dataclass(frozen=True)
class FlowPage:
    """`/incidents/{id}/flow`: the six cycles of one incident, live."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    incident: Incident
    """The folded room."""
    panel: Markup
    """The chart."""
    live: str
    """The address of the live stream, from this page's number on."""


def flow_panel_html(incident: Incident, people: People) -> str:
    """The page's changing part, on one line."""
    shown = chart(incident, people)
    felt = incident.impact
    impact = " · ".join(part for part in (felt.text, share(felt.share_low, felt.share_high)) if part)
    return render(FlowPanel(shown, impact, *pictures(shown, people), people))


def flow_page(visit: Visit, incident: Incident, people: People) -> FlowPage:
    """The page at `incident.seq`."""
    live = f"/incidents/{incident.id}/flow/live?after={incident.seq}"
    return FlowPage(visit, incident, as_is(flow_panel_html(incident, people)), live)


@get("/incidents/{id:str}/flow")
async def flow_page_handler(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """The flow of an incident: six cycles that light together, who owns each, what is open, what is due; live."""
    viewer = viewer_of(caller_of(request, "read"))
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer)
    return html(render(flow_page(visit_of(request), incident, house.directory)))


@get("/incidents/{id:str}/flow.svg")
async def flow_svg(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """The chart of the flow as it stands, as an SVG with its typeface in it; times in UTC."""
    viewer = viewer_of(caller_of(request, "read"))
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer)
    drawn = file(chart(incident, house.directory), house.directory)
    headers = {"Content-Security-Policy": policy(dark=True), "Cache-Control": "no-store"}
    return Response(drawn, media_type=MEDIA_TYPE, headers=headers)


class FlowStream:
    """A room's flow as its page shows it; a source of the hub in `live`."""

    def __init__(self, house: House, room: str) -> None:
        self._house = house
        self._room = room
        # Each frame shows all of it, so those before it need not be sent any more.
        self.forgets = True
        self._guard: Guard | None = None

    async def wait(self, after: int) -> int:
        return await self._house.feed.wait(self._room, after)

    def admits(self, viewer: Viewer) -> bool:
        return self._house.rooms.sight.sees(viewer, self._guard)

    async def frames(self, after: int) -> tuple[bytes, int]:
        incident = await self._house.folds.get(self._room)
        if incident is not None and incident.seq <= after:
            # The record may be seen to move a moment before the folds are told of it.
            incident = await self._house.folds.refresh(self._room)
        if incident is None:
            return b"", after
        await self._house.rooms.sight.fresh(guard_of(incident))
        self._guard = guard_of(incident)
        if incident.seq <= after:
            return b"", after
        panel = partial("panel-flow", "outerMorph", flow_panel_html(incident, self._house.directory))
        return frame(incident.seq, panel).encode(), incident.seq
