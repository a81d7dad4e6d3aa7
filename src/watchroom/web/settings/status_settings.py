"""`/settings/status`: the status page is named and switched, its components made and ordered, maintenance announced.

Called by `routes`. Works without a script: each form sends one change, and what could not be kept comes back with why.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from litestar import Response, get, post
from litestar.response import Redirect

from watchroom.base.errors import Malformed, WatchroomError
from watchroom.communication.maintenance import Maintenance, MaintenanceState
from watchroom.communication.status_page import Component, Page
from watchroom.people.caller import Caller
from watchroom.web.house import House, house_of
from watchroom.web.html.forms import moment
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, visit_of
from watchroom.web.status.pages import STATE_WORDS

HERE = "/settings/status"
OVER_SHOWN = 5
_TOLD: tuple[MaintenanceState, ...] = ("scheduled", "in_progress", "verifying", "completed")


@dataclass(frozen=True)
class Planned:
    """One window of maintenance, as it is edited."""

    window: Maintenance
    word: str
    over: bool


@template("pages/status_settings.html")
@dataclass(frozen=True)
class StatusSettingsPage:
    """`/settings/status`: what the public status page is called and holds, and announced maintenance."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    page: Page
    """The page as it is set up."""
    components: Sequence[Component]
    """The components in their order."""
    groups: Sequence[str]
    """The groups that there are, to choose from."""
    services: Sequence[str]
    """The services that there are, to choose from."""
    planned: Sequence[Planned]
    """Maintenance: what is ahead or goes on, then what was over last."""
    states: Sequence[tuple[str, str]]
    """What can be said of maintenance: the state and its word."""
    problem: WatchroomError | None = None
    """Why what was sent could not be kept."""


def _page(request: AnyRequest, house: House, problem: WatchroomError | None = None) -> Response[str]:
    book, now = house.status_book, house.clock.now()
    windows = sorted(book.maintenances.by_id.values(), key=lambda each: (each.starts_at, each.id))
    planned = [Planned(each, STATE_WORDS[each.state(now)], each.state(now) == "completed") for each in windows]
    over = [each for each in reversed(planned) if each.over][:OVER_SHOWN]
    components = book.page.components
    page = StatusSettingsPage(
        visit=visit_of(request),
        page=book.page,
        components=components,
        groups=list(dict.fromkeys(component.group for component in components if component.group)),
        services=house.services.topology.names,
        planned=[*(each for each in planned if not each.over), *over],
        states=[(state, STATE_WORDS[state]) for state in _TOLD],
        problem=problem,
    )
    return html(render(page), 200 if problem is None else problem.status)


@get(HERE)
async def status_settings_page(request: AnyRequest) -> Response[str]:
    """The status page's name, components and maintenance."""
    caller_of(request, "admin")
    house = house_of(request)
    await house.status_book.look()
    await house.services.look()
    return _page(request, house)


Change = Callable[[House, Form, Caller], Awaitable[object]]


async def _change(request: AnyRequest, change: Change) -> Response[str] | Redirect:
    """Make one change that a form asks for, and show the page again."""
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    house = house_of(request)
    try:
        await change(house, form, caller)
    except WatchroomError as problem:
        if problem.status >= 500:
            raise
        return _page(request, house, problem)
    return Redirect(HERE, status_code=303)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _time(form: Form, name: str) -> datetime:
    at = moment(form.get(name))
    if at is None:
        raise Malformed("It does not say from when to when.", hint="Give both times; without a zone they are UTC.")
    return at


@post(HERE, status_code=200)
async def status_form(request: AnyRequest) -> Response[str] | Redirect:
    """Name the page, show it, or switch it off."""

    async def describe(house: House, form: Form, caller: Caller) -> None:
        await house.status_book.describe(
            shown=form.get("shown") == "true",
            name=form.get("name"),
            about=form.get("about"),
            help_url=form.get("help_url"),
            actor=caller.actor,
            via="web",
        )

    return await _change(request, describe)


@post(f"{HERE}/components", status_code=200)
async def component_form(request: AnyRequest) -> Response[str] | Redirect:
    """Add a component, or change the one of this id."""

    async def define(house: House, form: Form, caller: Caller) -> None:
        await house.status_book.define(
            form.get("name"),
            id=form.get("id"),
            about=form.get("about"),
            group=form.get("group"),
            services=_listed(form.get("services")),
            actor=caller.actor,
            via="web",
        )

    return await _change(request, define)


@post(f"{HERE}/components/move", status_code=200)
async def component_move_form(request: AnyRequest) -> Response[str] | Redirect:
    """Put a component one place up or down."""

    async def move(house: House, form: Form, caller: Caller) -> None:
        by = 1 if form.get("to") == "down" else -1
        await house.status_book.move(form.get("id"), by, actor=caller.actor, via="web")

    return await _change(request, move)


@post(f"{HERE}/components/remove", status_code=200)
async def component_remove_form(request: AnyRequest) -> Response[str] | Redirect:
    """Take a component off the page."""

    async def remove(house: House, form: Form, caller: Caller) -> None:
        await house.status_book.remove(form.get("id"), actor=caller.actor, via="web")

    return await _change(request, remove)


@post(f"{HERE}/maintenance", status_code=200)
async def maintenance_form(request: AnyRequest) -> Response[str] | Redirect:
    """Announce maintenance, or change what was announced."""

    async def schedule(house: House, form: Form, caller: Caller) -> None:
        await house.status_book.schedule(
            form.get("name"),
            _time(form, "starts_at"),
            _time(form, "ends_at"),
            id=form.get("id"),
            text=form.get("text"),
            components=form.all("component"),
            actor=caller.actor,
            via="web",
        )

    return await _change(request, schedule)


@post(f"{HERE}/maintenance/note", status_code=200)
async def maintenance_note_form(request: AnyRequest) -> Response[str] | Redirect:
    """Tell customers how announced maintenance goes."""

    async def note(house: House, form: Form, caller: Caller) -> None:
        state = next((each for each in _TOLD if each == form.get("state")), None)
        if state is None:
            raise Malformed("It does not say how the work stands.", hint="Choose one of the words that are offered.")
        await house.status_book.note(form.get("id"), state, form.get("text"), actor=caller.actor, via="web")

    return await _change(request, note)


@post(f"{HERE}/maintenance/call-off", status_code=200)
async def maintenance_call_off_form(request: AnyRequest) -> Response[str] | Redirect:
    """Announced maintenance is not done."""

    async def call_off(house: House, form: Form, caller: Caller) -> None:
        await house.status_book.call_off(form.get("id"), actor=caller.actor, via="web")

    return await _change(request, call_off)
