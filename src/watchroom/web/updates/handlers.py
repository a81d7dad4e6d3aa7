"""The editor of updates as a page and as a part of the room's sheet, the checks while one types, and the form itself.

Called by `routes`. What is written goes through the same command that a program sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.errors import Malformed, UnknownThing
from watchroom.communication.language.flag import Flag
from watchroom.communication.phrases import AUDIENCES
from watchroom.communication.update import Audience, PostUpdate, Update, flags_on
from watchroom.incident.incident import CODEC, Incident
from watchroom.incident.news import News, news, told_last
from watchroom.people.caller import Caller
from watchroom.record.event import Event, Fact
from watchroom.web.house import House, house_of
from watchroom.web.html.forms import command_of, convert
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, is_partial, viewer_of, visit_of
from watchroom.web.live.frames import partial
from watchroom.web.room.page import done
from watchroom.web.updates.editor import Editor, Flags, Words, begins_with, editor_fields
from watchroom.web.updates.held import act_of, held_answer, held_back

PAST_READ_MAX = 2_000
"""So many of the newest events are looked at for what changed; more than that is no news to anybody."""
ACTS = ("send", "draft", "hand_over")


@template("pages/update.html")
@dataclass(frozen=True)
class UpdatePage(Editor):
    """`/incidents/{id}/updates/{audience}`: the editor on a page of its own."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    suggestions: list[tuple[str, str]]
    """People whom the form suggests: ref and name."""


def audience_of(text: str) -> Audience:
    """An audience by its name. Raises UnknownThing."""
    for audience in AUDIENCES:
        if audience == text:
            return audience
    raise UnknownThing(f"There is no audience {text[:40]!r}.", hint=f"One of: {', '.join(AUDIENCES)}.")


async def changed(house: House, incident: Incident, audience: Audience) -> list[News]:
    """What changed for an audience since it was told last."""
    after = max(told_last(incident, audience), incident.seq - PAST_READ_MAX)
    events = await house.log.read(incident.id, after, PAST_READ_MAX)
    past: list[tuple[Event, Fact | None]] = [(event, CODEC.decode(event)) for event in events]
    return news(incident, past, audience)


@get("/incidents/{id:str}/updates/{audience:str}")
async def update_page(request: AnyRequest, id: FromPath[str], audience: FromPath[str]) -> Response[str]:
    """The editor for one audience: a page, or the part of the room's sheet when the room's script asks."""
    caller = caller_of(request, "read")
    house = house_of(request)
    to = audience_of(audience)
    incident = await house.rooms.seen(id, viewer_of(caller))
    since = await changed(house, incident, to)
    incident = await house.rooms.seen(id, viewer_of(caller))
    draft = _draft(incident, request.query_params.get("draft"), to)
    words = begins_with(incident, to, draft)
    if typed := request.query_params.get("impact", "")[:20_000]:
        words = Words(typed, state=words.state)
    return _shown(request, house, caller, incident, to, words, since, draft)


def _draft(incident: Incident, id: str | None, audience: Audience) -> Update | None:
    draft = incident.updates.by_id.get(id or "")
    return draft if draft is not None and draft.draft and draft.audience == audience else None


def _shown(
    request: AnyRequest,
    house: House,
    caller: Caller,
    incident: Incident,
    audience: Audience,
    words: Words,
    since: list[News],
    draft: Update | None,
    is_held: bool = False,
) -> Response[str]:
    asked = PostUpdate(
        audience=audience, impact=words.impact, doing=words.doing, need=words.need, state=words.state,
        next_at=words.next_at or house.clock.now(),
    )  # fmt: skip
    found = flags_on(asked, incident, act_of(house, caller))
    placed = [flag for flag in found if flag.is_placed] if is_held else []
    visit = visit_of(request)
    fields = editor_fields(
        visit,
        incident,
        house.directory,
        audience,
        words=words,
        flags=found,
        news=since,
        draft=draft,
        held=placed,
        components=house.status_book.page.components,
    )
    if is_partial(request):
        return html(render(Editor(**fields)))
    people = [(person.email, person.name) for person in house.directory.people()]
    return html(render(UpdatePage(**fields, suggestions=people)))


@post("/incidents/{id:str}/updates/check", status_code=200)
async def check_words(request: AnyRequest, id: FromPath[str]) -> Response[str]:
    """The flags on what is being typed. Records nothing."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    incident = await house.rooms.seen(id, viewer_of(caller))
    has_next = bool(form.get("next_at") or form.get("next_at_in"))
    plain = _without(form, "act", "to", "brief", "reason", "replaces", "command", "next_at", "next_at_in")
    update = convert(plain, PostUpdate)
    if has_next:
        update = msgspec.structs.replace(update, next_at=house.clock.now())
    found = flags_on(update, incident, act_of(house, caller))
    asked = bool(update.impact or update.doing or update.need)
    return html(render(Flags(found, update.audience in ("customers", "regulator"), asked)))


@post("/incidents/{id:str}/updates", status_code=200)
async def update_form(request: AnyRequest, id: FromPath[str]) -> Response[str] | Redirect:
    """The editor's form: sent, kept as a draft, or handed over. What is flagged is shown once before it leaves."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    house = house_of(request)
    act = form.get("act", "send")
    if act not in ACTS:
        raise Malformed(f"An update is not {act[:40]!r}.", hint=f"One of: {', '.join(ACTS)}.")
    command = command_of(_meant(form, act))
    if not isinstance(command, PostUpdate):
        raise Malformed("This form writes updates only.", hint="Load the page again.")
    incident = await house.rooms.seen(id, viewer_of(caller))
    if held := held_back(house, caller, incident, command):
        if is_partial(request):
            shown = render(HeldForm(held))
            return held_answer(partial("update-held", "innerHTML", shown))
        words = Words(command.impact, command.doing, command.need, command.state, command.next_at, command.title)
        draft = _draft(incident, command.replaces, command.audience)
        since = await changed(house, incident, command.audience)
        return _shown(request, house, caller, incident, command.audience, words, since, draft, is_held=True)
    handled = await house.rooms.command(id, command, actor=caller.actor, via="web", admin=caller.may("admin"))
    return done(request, handled)


@template("updates/held_form.html")
@dataclass(frozen=True)
class HeldForm:
    """What stands under the words once somebody tried to send them."""

    held: Sequence[Flag]
    """The flags on words that would leave the house."""


def _meant(form: Form, act: str) -> Form:
    """The form as the command that its button means."""
    plain = _without(form, "act", "next_at_in", *(() if act == "hand_over" else ("to", "brief")))
    if act != "send":
        plain.pairs = [*((name, value) for name, value in plain.pairs if name != "draft"), ("draft", "true")]
    return plain


def _without(form: Form, *names: str) -> Form:
    plain = Form([])
    plain.pairs = [(name, value) for name, value in form.pairs if name not in names]
    plain.csrf = form.csrf
    return plain
