"""The board: what its page and its live stream show now, and what is done there.

Called by `routes` (pages and forms) and `streams` (frames). Reads projections that it first lets catch up.
"""

from dataclasses import replace

from litestar import Response, get, post
from litestar.response import Redirect

from watchroom.detection.declaration import Declare
from watchroom.people.caller import Caller
from watchroom.people.source import urls
from watchroom.people.welcome import first_key
from watchroom.web.house import House, house_of
from watchroom.web.html.forms import convert
from watchroom.web.html.pages import Board, BoardPage, Connect, board_of
from watchroom.web.html.render import render
from watchroom.web.http.reading import AnyRequest, caller_of, form_of, go, html, rooms_seen, visit_of
from watchroom.web.patterns.page import patterns_page
from watchroom.web.triage.inbox import silent_now

BOARD_OVER_MAX = 30


async def board_now(house: House, seen: frozenset[str] = frozenset()) -> Board:
    """The board as it stands, for those who see these of the restricted rooms."""
    await house.projector.caught_up()
    await house.listing.settle()
    rows = [row for row in house.listing.all() if not row.practice and (row.restricted is None or row.id in seen)]
    connect = await welcome_lines(house) if not rows else None
    board = board_of(rows, house.directory, connect)
    over = board.over[:BOARD_OVER_MAX]
    return replace(board, over=over, silent=silent_now(house))


async def welcome_lines(house: House) -> Connect | None:
    """The lines that connect a first Alertmanager, until one has sent something."""
    key = await first_key(house.credentials, house.log, keep=house.setup.open)
    return Connect(urls(house.base_url, "alertmanager", key)["signals"]) if key is not None else None


async def level_of(house: House, caller: Caller) -> frozenset[str]:
    """Those of the restricted rooms that the caller sees, as the record stands now."""
    await house.teams.look()
    await house.projector.caught_up()
    await house.listing.settle()
    return rooms_seen(house, caller)


@get("/")
async def board_page(request: AnyRequest) -> Response[str]:
    """The board: what runs, what waits for a judgement, what is over."""
    caller = caller_of(request, "read")
    house = house_of(request)
    position = await house.log.position()
    board = await board_now(house, await level_of(house, caller))
    return html(render(BoardPage(visit_of(request), board, f"/live/board?after={position}")))


@get("/patterns")
async def patterns(request: AnyRequest) -> Response[str]:
    """Each panel in each state, for those who build and for those who judge."""
    caller_of(request, "read")
    return html(render(patterns_page(visit_of(request))))


@post("/incidents")
async def declare_form(request: AnyRequest) -> Response[str] | Redirect:
    """Declare an incident from the board, and go to its room."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    command = convert(form, Declare)
    handled = await house.rooms.declare_new(command, actor=caller.actor, via="web")
    return go(request, f"/incidents/{handled.room}")
