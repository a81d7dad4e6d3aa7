"""The board and the inbox: what their pages and live streams show now, and what is done there.

Called by `routes` (pages and forms) and `streams` (frames). Reads projections that it first lets catch up.
"""

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.errors import Malformed, NotFound
from watchroom.detection.declaration import Declare
from watchroom.detection.signal import Signal, signal_id
from watchroom.detection.triage import Triage
from watchroom.incident.guidance.before import inbox_pointers
from watchroom.incident.inbox import SignalItem
from watchroom.integrations.delivery import NOTICES
from watchroom.integrations.mapped import CODE as MAPPING_FAILED
from watchroom.people.caller import Caller
from watchroom.people.source import urls
from watchroom.people.welcome import first_key
from watchroom.web.house import House, house_of
from watchroom.web.html.forms import convert
from watchroom.web.html.pages import Board, BoardPage, Connect, Inbox, InboxPage, Silent, board_of
from watchroom.web.html.render import render
from watchroom.web.http.reading import AnyRequest, caller_of, form_of, html, is_partial, rooms_seen, visit_of
from watchroom.web.live.frames import notice_html
from watchroom.web.patterns.page import patterns_page

BOARD_OVER_MAX = 30
INBOX_MAX = 200
INBOX_JUDGED_MAX = 50
INBOX_KEPT_MAX = 50
"""Bodies that are shown at once, each with up to `kept_body_bytes_max`."""
SAMPLE_SOURCE = "sample"
READ_ALL_THE_SAME = frozenset((*NOTICES, MAPPING_FAILED))
"""The codes of deliveries that were read, and are kept for a person to look at."""


async def board_now(house: House, seen: frozenset[str] = frozenset()) -> Board:
    """The board as it stands, for those who see these of the restricted rooms."""
    await house.projector.caught_up()
    await house.listing.settle()
    rows = [row for row in house.listing.all() if not row.practice and (row.restricted is None or row.id in seen)]
    connect = await welcome_lines(house) if not rows else None
    board = board_of(rows, house.directory, connect)
    over = board.over[:BOARD_OVER_MAX]
    return Board(board.open, board.triage, over, board.connect, board.people, silent_now(house), board.pointers)


def silent_now(house: House) -> list[Silent]:
    """Senders that should be heard and are not, as the record says."""
    return [Silent(state.name, state.heard_at, state.expect_every_s) for state in house.book.silent()]


async def inbox_now(house: House, seen: frozenset[str] = frozenset()) -> Inbox:
    """The inbox as it stands for those who see these of the restricted rooms: what waits first, newest first."""
    await house.projector.caught_up()
    await house.listing.settle()
    items = [
        item
        for item in house.inbox.items.values()
        if not item.practice and (item.stream in seen or not house.inbox.is_restricted(item.stream))
    ]
    items.sort(key=lambda item: (item.triage == "open", item.state == "firing", item.since), reverse=True)
    kept = sorted(house.inbox.kept.values(), key=lambda delivery: delivery.at, reverse=True)
    rooms = [
        (row.id, row.title)
        for row in house.listing.all()
        if row.status in ("declared", "mitigated")
        and not row.practice
        and not row.imported
        and (row.restricted is None or row.id in seen)
    ]
    notices = [delivery for delivery in kept if delivery.code in READ_ALL_THE_SAME]
    unread = [delivery for delivery in kept if delivery.code not in READ_ALL_THE_SAME]
    waiting = [item for item in items if item.triage == "open"]
    judged = [item for item in items if item.triage != "open"]
    shown = [*waiting[:INBOX_MAX], *judged[:INBOX_JUDGED_MAX]]
    more = max(0, len(waiting) - INBOX_MAX)
    first, behind = unread[:INBOX_KEPT_MAX], max(0, len(unread) - INBOX_KEPT_MAX)
    asked = inbox_pointers(waiting)
    return Inbox(shown, first, house.directory, rooms, silent_now(house), notices[:INBOX_KEPT_MAX], more, behind, asked)


async def welcome_lines(house: House) -> Connect | None:
    """The lines that connect a first Alertmanager, until one has sent something."""
    key = await first_key(house.credentials, house.log, keep=house.setup.open)
    return Connect(urls(house.base_url, "alertmanager", key)["signals"]) if key is not None else None


async def _level(house: House, caller: Caller) -> frozenset[str]:
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
    board = await board_now(house, await _level(house, caller))
    return html(render(BoardPage(visit_of(request), board, f"/live/board?after={position}")))


@get("/patterns")
async def patterns(request: AnyRequest) -> Response[str]:
    """Each panel in each state, for those who build and for those who judge."""
    caller_of(request, "read")
    return html(render(patterns_page(visit_of(request))))


@get("/signals")
async def inbox_page(request: AnyRequest) -> Response[str]:
    """The inbox: signals that wait for a person's judgement."""
    caller = caller_of(request, "read")
    house = house_of(request)
    position = await house.log.position()
    inbox = await inbox_now(house, await _level(house, caller))
    return html(render(InboxPage(visit_of(request), inbox, f"/live/signals?after={position}")))


async def item_of(house: House, id: str, caller: Caller) -> SignalItem:
    """A signal of the inbox that the caller sees, up to date. Raises NotFound."""
    await house.teams.look()
    await house.projector.caught_up()
    await house.listing.settle()
    item = house.inbox.items.get(id)
    hidden = item is not None and house.inbox.is_restricted(item.stream)
    if item is None or (hidden and item.stream not in rooms_seen(house, caller)):
        raise NotFound(f"There is no signal {id!r}.", hint="GET /api/v1/signals lists them.")
    return item


@post("/signals/{id:str}/triage")
async def triage_form(request: AnyRequest, id: FromPath[str]) -> Response[str] | Redirect:
    """A verdict from the inbox; `incident` declares and opens the room."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    item = await item_of(house, id, caller)
    body = convert(form, Triage)
    handled = await house.rooms.triage(id, item.stream, body, actor=caller.actor, via="web")
    if body.verdict == "incident":
        return go(request, f"/incidents/{handled.room}")
    if is_partial(request):
        return html(notice_html(handled.events, handled.warnings))
    return Redirect("/signals", status_code=303)


def go(request: AnyRequest, path: FromPath[str]) -> Response[str] | Redirect:
    """Lead the browser on, whether its script asked or it sent a plain form."""
    if is_partial(request):
        return Response("", status_code=200, headers={"HX-Redirect": path}, media_type="text/html")
    return Redirect(path, status_code=303)


@post("/signals/note")
async def note_form(request: AnyRequest) -> Response[str] | Redirect:
    """An engineer's note: something looks odd. It becomes a signal that waits for a judgement."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    text = form.get("text").strip()
    if not text:
        raise Malformed("The note is empty.", hint="Say in a sentence what you saw.")
    source = f"note:{caller.person}"
    key = f"{house.clock.now().isoformat()} {text}"
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state="firing",
        title=text.split("\n", 1)[0][:300],
        kind="observation",
        annotations={"description": text} if len(text) > 300 or "\n" in text else {},
        starts_at=house.clock.now(),
    )
    await house.intake.receive(source, "web", [signal])
    if is_partial(request):
        return html("")
    return Redirect("/signals", status_code=303)


@post("/signals/sample")
async def sample_form(request: AnyRequest) -> Response[str] | Redirect:
    """A sample alert, so that the whole path can be walked without an Alertmanager."""
    form = await form_of(request)
    caller_of(request, "respond", form.csrf)
    house = house_of(request)
    now = house.clock.now()
    labels = {
        "alertname": "CheckoutErrorBudgetBurn",
        "service": "checkout",
        "region": "uk",
        "severity": "critical",
        "sample": now.strftime("%H:%M:%S"),
    }
    key = f"CheckoutErrorBudgetBurn {now.isoformat()}"
    signal = Signal(
        id=signal_id(SAMPLE_SOURCE, key),
        source=SAMPLE_SOURCE,
        key=key,
        group=key,
        state="firing",
        title="CheckoutErrorBudgetBurn: checkout burns its error budget 14.4 times too fast",
        severity="critical",
        service="checkout",
        labels=labels,
        annotations={
            "summary": "checkout burns its error budget 14.4 times too fast",
            "description": "A sample alert. 31 % of orders have failed for 5 minutes.",
        },
        starts_at=now,
        stable_start=True,
    )
    await house.intake.receive(SAMPLE_SOURCE, "web", [signal])
    return go(request, "/signals")


@post("/deliveries/{source:str}/{seq:int}/put-away")
async def put_away_form(request: AnyRequest, source: FromPath[str], seq: FromPath[int]) -> Response[str] | Redirect:
    """A delivery that could not be read was dealt with."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    await house.projector.caught_up()
    if f"source:{source}#{seq}" not in house.inbox.kept:
        raise NotFound("There is no such delivery any more.", hint="Load the inbox again.")
    await house.intake.put_away(source, seq, actor=caller.actor, via="web")
    if is_partial(request):
        return html("")
    return Redirect("/signals", status_code=303)


@post("/incidents")
async def declare_form(request: AnyRequest) -> Response[str] | Redirect:
    """Declare an incident from the board, and go to its room."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    command = convert(form, Declare)
    handled = await house.rooms.declare_new(command, actor=caller.actor, via="web")
    return go(request, f"/incidents/{handled.room}")
