"""`/incidents/{id}/leadership` and `/leadership`: pages, live streams, and the box that reaches the commander.

Called by `routes` and `live/watching`. For everybody who may read; what is asked here becomes inbound of the room and
nothing else: it calls nobody and is said to nobody but the room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.errors import Forbidden, Malformed
from watchroom.communication.inbound import AddInbound
from watchroom.incident.incident import Incident
from watchroom.incident.visibility import Guard, Viewer, guard_of
from watchroom.web.house import House, house_of
from watchroom.web.html.markup import Markup
from watchroom.web.html.pages import Visit
from watchroom.web.html.template import render, template
from watchroom.web.http.reading import (
    AnyRequest,
    caller_of,
    form_of,
    html,
    is_partial,
    rooms_seen,
    viewer_of,
    visit_of,
)
from watchroom.web.leadership.card import AUDIENCE, card_html
from watchroom.web.live.frames import frame, notice_html, partial

CARDS_MAX = 30
LIST_EVERY_S = 0.25
TEXT_CHARS_MAX = 2_000
Kind = Literal["question", "decision"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@template("leadership/page.html")
@dataclass(frozen=True)
class LeadershipPage:
    """`/incidents/{id}/leadership`: one incident for leadership."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    incident: Incident
    """The folded room."""
    card: Markup
    """The part that the live stream replaces."""
    live: str
    """The address of the live stream, from this page's number on."""


@template("leadership/running.html")
@dataclass(frozen=True)
class Running:
    """The changing part of `/leadership`."""

    cards: Sequence[Markup]
    """One card an incident, the gravest first."""


@template("leadership/all.html")
@dataclass(frozen=True)
class AllLeadershipPage:
    """`/leadership`: every running incident for leadership."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    cards: Sequence[Markup]
    """One card an incident, the gravest first."""
    live: str
    """The address of the live stream."""


def leadership_page(visit: Visit, incident: Incident, shown: Markup) -> LeadershipPage:
    """The page at `incident.seq`."""
    live = f"/incidents/{incident.id}/leadership/live?after={incident.seq}"
    return LeadershipPage(visit, incident, shown, live)


async def running_now(house: House, seen: frozenset[str]) -> Running:
    """The running incidents for those who see these of the restricted rooms."""
    await house.projector.caught_up()
    await house.listing.settle()
    rows = [
        row
        for row in house.listing.all()
        if row.status in ("declared", "mitigated") and not row.practice and not row.imported
    ]
    rows.sort(key=lambda row: (row.status == "mitigated", row.severity or "SEV9", row.id))
    cards: list[Markup] = []
    for row in rows:
        if row.restricted is not None and row.id not in seen:
            continue
        incident = await house.folds.get(row.id)
        # It moves on while others have their turn: asked of the room itself, not of its row.
        if incident is None or (guard_of(incident) is not None and row.id not in seen):
            continue
        cards.append(card_html(incident, house.directory, "h2"))
        if len(cards) == CARDS_MAX:
            break
    return Running(cards)


@get("/incidents/{id:str}/leadership")
async def leadership_page_handler(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """What the incident means for the business, the plan, what is needed, and one box to the commander."""
    caller = caller_of(request, "read")
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer_of(caller))
    shown = card_html(incident, house.directory)
    return html(render(leadership_page(visit_of(request), incident, shown)))


@get("/leadership")
async def all_leadership_page(request: AnyRequest) -> Response[str]:
    """The same of every running incident."""
    caller = caller_of(request, "read")
    house = house_of(request)
    position = await house.log.position()
    await house.teams.look()
    await house.projector.caught_up()
    await house.listing.settle()
    running = await running_now(house, rooms_seen(house, caller))
    return html(render(AllLeadershipPage(visit_of(request), running.cards, f"/live/leadership?after={position}")))


@post("/incidents/{id:str}/leadership/ask", status_code=200)
async def ask_form(request: AnyRequest, id: FromPath[str]) -> Response[str] | Redirect:
    """Ask the commander something, or tell them what was decided: inbound of the room, and nothing else."""
    form = await form_of(request)
    caller = caller_of(request, "read", form.csrf)
    # A person who may read may ask; a program that may only read may not write.
    if caller.session is None and not caller.may("respond"):
        raise Forbidden("This token may only read.", hint="Ask on the page, or use a token with respond.")
    house = house_of(request)
    kind = next((each for each in KINDS if each == form.get("kind", "question")), None)
    text = form.get("text").strip()
    if kind is None or not text or len(text) > TEXT_CHARS_MAX:
        raise Malformed(
            "It says nothing, or too much.", hint=f"Ask, or say what was decided, in 1 to {TEXT_CHARS_MAX} characters."
        )
    command = AddInbound(kind=kind, text=text, sender=house.directory.name(caller.person), audience=AUDIENCE)
    handled = await house.rooms.command(id, command, actor=caller.actor, via="web", admin=caller.may("admin"))
    if is_partial(request):
        return html(notice_html(handled.events, handled.warnings))
    return Redirect(f"/incidents/{id}/leadership", status_code=303)


class LeadershipStream:
    """One incident's card; a source of the hub in `live`."""

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
        shown = partial(f"lead-{self._room}", "outerMorph", card_html(incident, self._house.directory))
        return frame(incident.seq, shown).encode(), incident.seq


class RunningStream:
    """Every running incident's card, for one visibility class. Its number is the record's position."""

    def __init__(self, house: House, seen: frozenset[str] = frozenset()) -> None:
        self._house = house
        self._seen = seen
        self.forgets = True
        self._next_look = house.clock.now()

    async def wait(self, after: int) -> int:
        position = await self._house.feed.wait_all(after)
        await self._house.clock.sleep_until(self._next_look)
        self._next_look = self._house.clock.now() + timedelta(seconds=LIST_EVERY_S)
        return position

    async def frames(self, after: int) -> tuple[bytes, int]:
        position = await self._house.log.position()
        if position <= after:
            return b"", after
        # What was written once somebody had left a team is not for them: the teams are read after the position.
        await self._house.teams.look()
        shown = render(await running_now(self._house, self._seen))
        return frame(position, partial("running", "outerMorph", shown)).encode(), position

    def admits(self, viewer: Viewer) -> bool:
        return self._house.rooms.sight.visible(viewer, self._house.listing.restricted) == self._seen
