"""The room's page, and what is said and done in it.

Called by `routes`. A person's form becomes the same command that a program sends; what changed comes back by the
stream alone.
"""

from collections.abc import Sequence

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.command import Command
from watchroom.base.errors import Forbidden, NotFound
from watchroom.communication.language.flag import Flag
from watchroom.incident.commands import decode
from watchroom.incident.handle import Handled
from watchroom.incident.incident import Incident
from watchroom.incident.release import may_leave
from watchroom.incident.sight import RESTRICTED
from watchroom.mitigation.page import PageShown
from watchroom.people.paging import BROWSER
from watchroom.record.event import Fact
from watchroom.web.command_bar.groups import GROUPS
from watchroom.web.command_bar.line import asks_for_help, completions, known_of, parse, vocabulary
from watchroom.web.command_bar.talking import with_images, with_reply
from watchroom.web.house import house_of
from watchroom.web.html.forms import command_of
from watchroom.web.html.pages import RestrictedPage, TypedPage, earlier_entries, room_page
from watchroom.web.html.render import render
from watchroom.web.http.reading import (
    AnyRequest,
    caller_of,
    choice,
    form_of,
    html,
    is_partial,
    number,
    viewer_of,
    visit_of,
)
from watchroom.web.live.frames import called, notice_html, partial
from watchroom.web.live.streams import entries_html
from watchroom.web.room.filters import ALL, SHOWS, entries_before, shows
from watchroom.web.room.folding import chosen
from watchroom.web.room.undoing import asks_to_undo, undo, undoable
from watchroom.web.updates.held import LEAVING, held, held_answer, held_back

ENTRIES_SHOWN = 60
"""How many entries of the timeline a page has at first: three screens. To lay out more is what an opening waits for."""
ENTRIES_EARLIER = 120
"""How many more come in above when somebody reads on upwards."""
ENTRIES_SHOWN_MAX = 5_000
BEFORE_ENTRY = 20
"""How many entries stand before one that a link leads to."""


@get("/incidents/{id:str}")
async def room_page_handler(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """The room: its panels and the newest entries of its timeline."""
    caller = caller_of(request, "read")
    house = house_of(request)
    viewer = viewer_of(caller)
    try:
        incident = await house.rooms.seen(id, viewer)
    except Forbidden as refusal:
        if refusal.code != RESTRICTED:
            raise
        return html(render(RestrictedPage(visit_of(request), id)), refusal.status)
    # A link to one entry shows the room from there on, unless that is very long ago.
    entry = number(request, "entry", incident.seq + 1, 1, incident.seq + 1)
    shown_max = max(ENTRIES_SHOWN, min(incident.seq + 1 - entry + BEFORE_ENTRY, ENTRIES_SHOWN_MAX))
    show = choice(request, "show", tuple(SHOWS)) or ALL
    reached = incident.seq
    events, earlier = await entries_before(house.log, incident, reached + 1, show, shown_max)
    incident = await house.rooms.seen(id, viewer)
    # The folded room moves on while the record is read; the page holds every entry up to the number it stands at.
    while incident.seq > reached:
        new = await house.log.read(id, reached, incident.seq - reached)
        reached = new[-1].seq
        events += [event for event in new if shows(show, event, incident)]
        # Asked after each reading: what was restricted meanwhile is not shown.
        incident = await house.rooms.seen(id, viewer)
    suggestions = [(person.email, person.name) for person in house.credentials.people()]
    shown = entries_html(events, incident, house.directory)
    teams = [team.name for team in house.teams.all()]
    components = house.status_book.page.components
    visit = visit_of(request)
    choices = chosen(visit.me, request.cookies)
    page = room_page(
        visit, incident, shown, house.directory, suggestions, earlier, None, teams, components, choices, show
    )
    return html(render(page))


@get("/incidents/{id:str}/entries")
async def earlier_handler(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """Entries of the timeline before the number `before`: the last that `show` shows, or all since `from`."""
    viewer = viewer_of(caller_of(request, "read"))
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer)
    before = number(request, "before", incident.seq + 1, 1, incident.seq + 1)
    show = choice(request, "show", tuple(SHOWS)) or ALL
    since = number(request, "from", before, 1, before)
    count = min(max(ENTRIES_EARLIER, before - since), ENTRIES_SHOWN_MAX)
    events, earlier = await entries_before(house.log, incident, before, show, count)
    incident = await house.rooms.seen(id, viewer)
    return html(render(earlier_entries(id, entries_html(events, incident, house.directory), earlier, show)))


@get("/incidents/{id:str}/completions")
async def completions_handler(request: AnyRequest, id: FromPath[str]) -> Response[bytes]:
    """What the command bar can complete in this room."""
    caller = caller_of(request, "read")
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer_of(caller))
    people = {person.email: person.name for person in house.credentials.people()}
    teams = [team.name for team in house.teams.all()]
    services = [service.name for service in house.services.all()]
    known = completions(incident, people, teams, services, house.taxonomy.offered())
    return Response(known, media_type="application/json")


@get("/typed.json")
async def vocabulary_handler(request: AnyRequest) -> Response[bytes]:
    """Every command that can be typed, with its parts: the same in every room."""
    caller_of(request, "read")
    return Response(vocabulary(), media_type="application/json")


@post("/incidents/{id:str}/do")
async def do_form(request: AnyRequest, id: FromPath[str]) -> Response[str] | Redirect:
    """A command from one of the room's forms."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    command = command_of(form)
    incident = await house.rooms.seen(id, viewer_of(caller)) if isinstance(command, LEAVING) else None
    if incident is not None and (found := held_back(house, caller, incident, command)):
        return _held(request, incident, command, found)
    handled = await house.rooms.command(id, command, actor=caller.actor, via="web", admin=caller.may("admin"))
    return done(request, handled)


def _held(request: AnyRequest, incident: Incident, command: Command, found: Sequence[Flag]) -> Response[str] | Redirect:
    """Nothing was sent: what is flagged, and the same once more with a reason. Without a script, the editor."""
    word = held(incident, command, found, visit_of(request).csrf)
    if not is_partial(request):
        return Redirect(word.edit, status_code=303)
    return held_answer(partial("notices", "beforeend", render(word)))


@post("/incidents/{id:str}/step")
async def step_form(request: AnyRequest, id: FromPath[str]) -> Response[str] | Redirect:
    """The step of a question that was asked outside the room: it is taken, and the room opened."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    rooms, command = house_of(request).rooms, command_of(form)
    # What leaves the house is written in the room, where its words are looked at first.
    if not isinstance(command, LEAVING):
        await rooms.command(id, command, actor=caller.actor, via="web", admin=caller.may("admin"))
    path = f"/incidents/{id}"
    if is_partial(request):
        return Response("", headers={"HX-Redirect": path}, media_type="text/html", status_code=200)
    return Redirect(path, status_code=303)


@post("/incidents/{id:str}/undo")
async def undo_form(request: AnyRequest, id: FromPath[str]) -> Response[str] | Redirect:
    """What the caller did last, or what the entry `seq` of theirs belongs to, is undone by its opposite."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer_of(caller))
    return await undo(request, house, incident, caller, form.get("seq"))


@post("/incidents/{id:str}/say")
async def say_form(request: AnyRequest, id: FromPath[str]) -> Response[str] | Redirect:
    """A line of the command bar: a message, or a command that begins with a slash."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer_of(caller))
    images = {image: form.get(f"alt.{image}") for image in form.all("image")}
    # An image needs no words beside it.
    line = form.get("line") or next(filter(None, images.values()), "An image" if images else "")
    if asks_for_help(line):
        # Without a script; with one the page opens the sheet that it has.
        return html(render(TypedPage(visit_of(request), incident, GROUPS)))
    if asks_to_undo(line):
        return await undo(request, house, incident, caller)
    people = {person.email: person.name for person in house.credentials.people()}
    teams = [team.name for team in house.teams.all()]
    known = known_of(incident, people, None, _offset_min(form.get("offset_min")), teams)
    body = with_reply(parse(line, house.clock.now(), known), form.get("reply_to"))
    body = with_images(body, images)
    command = decode(msgspec.json.encode(body))
    admin = caller.may("admin")
    if found := held_back(house, caller, incident, command):
        return _held(request, incident, command, found)
    handled = await house.rooms.command(id, command, actor=caller.actor, via="web", admin=admin)
    return done(request, handled)


def _offset_min(text: str) -> int:
    """How far the typist's clock is ahead of UTC, in minutes; 0 when the page did not say."""
    digits = text.lstrip("+-")
    if not (digits.isascii() and digits.isdigit()) or int(digits) > 24 * 60:
        return 0
    return -int(digits) if text.startswith("-") else int(digits)


@post("/incidents/{id:str}/pages/{page:str}/shown", status_code=204)
async def page_shown(request: AnyRequest, id: FromPath[str], page: FromPath[str]) -> None:
    """A page rang in this person's browser; recorded once, and only for the one who is called."""
    caller = caller_of(request, "read")

    def decide(incident: Incident) -> Sequence[Fact]:
        called = incident.pages.by_id.get(page)
        if called is None or called.to != caller.person:
            raise NotFound("There is no such page for you.", hint="Load the page again.")
        rang = called.shown_at is not None or not called.open or not may_leave(incident, BROWSER, called.to)
        return [] if rang else [PageShown(page=page)]

    rooms = house_of(request).rooms
    await rooms.seen(id, viewer_of(caller))
    await rooms.record(id, decide, actor=caller.actor, via="web")


def done(request: AnyRequest, handled: Handled) -> Response[str] | Redirect:
    """The answer to a command: a notice with its warnings and a way back; for a plain form, the room again."""
    if not is_partial(request):
        return Redirect(f"/incidents/{handled.room}", status_code=303)
    done = called(handled.events, house_of(request).directory)
    return html(notice_html(handled.events, handled.warnings, undo_seq=undoable(handled.events), done=done))
