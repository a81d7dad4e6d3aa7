"""The review's page and its live stream.

Called by `routes`. What is done there goes through the room's own forms (`room.do_form`, `room.say_form`): a review is
more facts of the same room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.incident.folds import REWRITING
from watchroom.incident.incident import Incident
from watchroom.incident.visibility import Guard, Viewer, guard_of
from watchroom.record.event import Event, Fact
from watchroom.record.redaction import REDACTED
from watchroom.review.artefact import SaveArtefact
from watchroom.review.recovery import policy_of
from watchroom.web.command_bar.groups import GROUPS, Group
from watchroom.web.house import House, house_of
from watchroom.web.html.markup import Markup, as_is
from watchroom.web.html.pages import Visit
from watchroom.web.html.template import People, render, template
from watchroom.web.http.reading import AnyRequest, caller_of, form_of, html, is_partial, viewer_of, visit_of
from watchroom.web.live.frames import frame, notice_html, partial
from watchroom.web.review.panels import review_panels_html
from watchroom.web.review.past import Past, decoded, keepable, past_of


@template("pages/review.html")
@dataclass(frozen=True)
class ReviewPage:
    """`/incidents/{id}/review`: the review of one incident."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""
    panels: Mapping[str, Markup]
    """Every panel by name."""
    live: str
    """The address of the live stream, from this page's number on."""
    suggestions: Sequence[tuple[str, str]]
    """People whom forms suggest: ref and name."""
    teams: Sequence[str]
    """Teams that it can be given to."""
    help: Sequence[Group]
    """The commands of the command bar, by what somebody has in mind."""


def review_page(
    visit: Visit,
    past: Past,
    people: People,
    suggestions: Sequence[tuple[str, str]] = (),
    teams: Sequence[str] = (),
) -> ReviewPage:
    """The page at `past.incident.seq`."""
    panels = {name: as_is(panel) for name, panel in review_panels_html(past, people).items()}
    live = f"/incidents/{past.incident.id}/review/live?after={past.incident.seq}"
    return ReviewPage(visit, past.incident, people, panels, live, suggestions, teams, GROUPS)


def past_here(house: House, incident: Incident, events: Sequence[tuple[Event, Fact | None]]) -> Past:
    """The incident's past by this house's limits and its people's time zones."""
    settings = house.settings
    return past_of(incident, events, policy_of(settings), house.directory.time_zone, settings.evidence_kept_days)


@get("/incidents/{id:str}/review")
async def review_page_handler(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """The review: recovery, artefacts, the annotated timeline, what was learnt, what follows, who has read it."""
    viewer = viewer_of(caller_of(request, "read"))
    house = house_of(request)
    await house.rooms.seen(id, viewer)
    events = await house.log.read(id)
    # Asked after each reading: what was restricted meanwhile is not shown.
    incident = await house.rooms.seen(id, viewer)
    # The folded room moves on while the record is read; the page holds everything up to the number it stands at.
    while incident.seq > events[-1].seq:
        events += await house.log.read(id, events[-1].seq, incident.seq - events[-1].seq)
        incident = await house.rooms.seen(id, viewer)
    past = past_here(house, incident, decoded(events[: incident.seq]))
    suggestions = [(person.email, person.name) for person in house.credentials.people()]
    teams = [team.name for team in house.teams.all()]
    return html(render(review_page(visit_of(request), past, house.directory, suggestions, teams)))


@post("/incidents/{id:str}/review/keep")
async def keep_all_form(request: AnyRequest, id: FromPath[str]) -> Response[str] | Redirect:
    """Keep everything at once that the page offers to keep: each becomes an artefact of its own."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer_of(caller))
    past = past_here(house, incident, decoded(await house.log.read(id)))
    events: list[Event] = []
    for each in keepable(past):
        command = SaveArtefact(kind=each.kind, link=each.link, body=each.body, expires_at=each.expires_at)
        handled = await house.rooms.command(id, command, actor=caller.actor, via="web", admin=caller.may("admin"))
        events += handled.events
    if is_partial(request):
        return html(notice_html(events[-1:]))
    return Redirect(f"/incidents/{id}/review", status_code=303)


class ReviewStream:
    """A room's review as its page shows it; a source of the hub in `live`."""

    def __init__(self, house: House, room: str) -> None:
        self._house = house
        self._room = room
        self.forgets = False
        self._guard: Guard | None = None
        self._events: list[tuple[Event, Fact | None]] = []
        self._at = -1
        self._panels: dict[str, str] = {}

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
        sight = self._house.rooms.sight
        await sight.fresh(guard_of(incident))
        self._guard = guard_of(incident)
        if incident.seq <= after:
            return b"", after
        redacting = False
        while incident.seq > len(self._events):
            known = len(self._events)
            new = await self._house.log.read(self._room, known, incident.seq - known)
            redacting = redacting or any(event.kind == REDACTED for event in new)
            if known and any(event.kind in REWRITING for event in new):
                # What was redacted reads otherwise now: all of it is read again.
                self._events = []
                continue
            self._events += decoded(new)
            # After the reading: what was written once somebody had left a team is not for them.
            await sight.fresh(guard_of(incident))
        self._guard = guard_of(incident)
        self.forgets = redacting
        panels = review_panels_html(past_here(self._house, incident, self._events), self._house.directory)
        before = self._panels if after == self._at else {}
        changed = [
            partial(f"panel-{name}", "outerMorph", panel) for name, panel in panels.items() if before.get(name) != panel
        ]
        self._at, self._panels = incident.seq, panels
        return frame(incident.seq, "".join(changed)).encode(), incident.seq
