"""Signing in and out, the people, the senders and the tokens: the pages of those who run an install.

Called by `routes`. Secrets are shown once, on the answer to the form that made them, and never again.
"""

from collections.abc import Sequence
from zoneinfo import available_timezones

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.errors import TooOften, WatchroomError
from watchroom.incident.sight import RestrictedRoom
from watchroom.people.caller import SCOPES
from watchroom.people.source import EVERY_KIND
from watchroom.web.api.visibility import restricted_rooms
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import (
    NewSecret,
    PeoplePage,
    PersonRow,
    SettingsPage,
    SignInPage,
    SourceRow,
    TokenRow,
)
from watchroom.web.html.render import render
from watchroom.web.http import auth
from watchroom.web.http.errors import error_headers
from watchroom.web.http.reading import AnyRequest, caller_of, form_of, html, is_page, maybe_caller, visit_of
from watchroom.web.settings.source_pages import new_secret
from watchroom.web.settings.source_view import SourceView, view


@get("/sign-in")
async def sign_in_page(request: AnyRequest) -> Response[str] | Redirect:
    """How to get in."""
    if maybe_caller(request) is not None:
        return Redirect("/", status_code=303)
    return html(render(SignInPage(visit_of(request))))


@get("/sign-in/{secret:str}")
async def sign_in_link_page(request: AnyRequest, secret: FromPath[str]) -> Response[str]:
    """The page behind a one-time link. Opening it uses nothing up: the button does, so that link previews cannot."""
    house = house_of(request)
    try:
        house.door_turns.come_from(_address(request))
        await auth.look_at_link(house.credentials, secret)
    except WatchroomError as error:
        return _not_in(request, error, secret)
    return html(render(SignInPage(visit_of(request), token=secret)))


@post("/sign-in")
async def sign_in_form(request: AnyRequest) -> Response[str] | Redirect:
    """Use up the link and open a session."""
    house = house_of(request)
    form = await form_of(request)
    https = auth.is_https(request.scope["scheme"], house.settings.public_url)
    try:
        house.door_turns.come_from(_address(request))
        house.door_turns.come_as(await auth.look_at_link(house.credentials, form.get("token")))
        signed_in = await auth.sign_in(
            house.credentials,
            form.get("token"),
            request.scope["headers"],
            now=house.clock.now(),
            https=https,
            public_url=house.settings.public_url,
        )
    except WatchroomError as error:
        return _not_in(request, error, form.get("token"))
    return Redirect(signed_in.location, status_code=303, headers={"Set-Cookie": signed_in.set_cookie})


def _address(request: AnyRequest) -> str:
    """Where a request comes from, as the connection says."""
    return request.client.host if request.client is not None else ""


def _not_in(request: AnyRequest, error: WatchroomError, secret: str | None) -> Response[str]:
    """The sign-in page with what is wrong; a program that asks for no page gets the one error shape."""
    if not is_page(request):
        raise error
    # Whoever came too often has a link that may be good: the button stays, and how to get another link is not said.
    token = (secret or "") if isinstance(error, TooOften) else ""
    problem = f"{error.message} {error.hint}"
    page = html(render(SignInPage(visit_of(request), problem=problem, token=token)), error.status)
    page.headers.update(error_headers(error))
    return page


@post("/sign-out")
async def sign_out_form(request: AnyRequest) -> Redirect:
    """End the session."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "read", form.csrf)
    https = auth.is_https(request.scope["scheme"], house.settings.public_url)
    everywhere = form.get("everywhere") == "true"
    cookie = await auth.sign_out(house.credentials, caller, everywhere=everywhere, https=https)
    return Redirect("/sign-in", status_code=303, headers={"Set-Cookie": cookie})


@get("/people")
async def people_page(request: AnyRequest) -> Response[str]:
    """Everybody in the directory."""
    caller_of(request, "read")
    house = house_of(request)
    admins = {account.email for account in house.credentials.accounts.all() if account.admin}
    rows = [
        PersonRow(person.email, person.name, person.email in admins, time_zone=person.time_zone)
        for person in house.directory.people()
    ]
    visit = visit_of(request)
    own, zones = house.directory.time_zone(visit.me), sorted(available_timezones())
    return html(
        render(PeoplePage(visit, rows, house.teams.all(), house.directory, house.settings.time_zone, own, zones))
    )


@post("/people/time-zone")
async def time_zone_form(request: AnyRequest) -> Redirect:
    """Set your own time zone: by it the reviews say what lay at night for you."""
    form = await form_of(request)
    caller = caller_of(request, "respond", form.csrf)
    directory = house_of(request).directory
    await directory.set_time_zone(caller.person, form.get("time_zone"), actor=caller.actor, via="web")
    return Redirect("/people", status_code=303)


def settings_html(
    request: AnyRequest, house: House, new: NewSecret | None, restricted: Sequence[RestrictedRoom] = ()
) -> Response[str]:
    """The page of senders and tokens, with a secret that was just made, if any."""
    sources = [_row(view(house, source)) for source in house.credentials.sources.all()]
    tokens = [
        TokenRow(token.name, token.scopes, token.person or "", token.created_at)
        for token in house.credentials.tokens.all()
    ]
    page = SettingsPage(visit_of(request), sources, tokens, EVERY_KIND, SCOPES, new, house.directory, restricted)
    return html(render(page))


def _row(source: SourceView) -> SourceRow:
    return SourceRow(
        source.name,
        source.kind,
        source.created_at,
        source.last_seen_at,
        source.state,
        source.deliveries_last_day,
        source.signals_last_day,
        len([error for error in source.errors if not error.put_away]),
    )


@get("/settings")
async def settings_page(request: AnyRequest) -> Response[str]:
    """Senders and API tokens."""
    caller = caller_of(request, "admin")
    house = house_of(request)
    return settings_html(request, house, None, await restricted_rooms(house, caller))


@post("/settings/sources", status_code=200)
async def source_form(request: AnyRequest) -> Response[str]:
    """Make a sender; its key is shown once."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    name, kind = form.get("name"), form.get("kind")
    key = await house.credentials.sources.create(name, kind, actor=caller.actor, via="web")
    return settings_html(request, house, new_secret(house, house.credentials.sources.named(name), key))


@post("/settings/tokens", status_code=200)
async def token_form(request: AnyRequest) -> Response[str]:
    """Make an API token; it is shown once."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    name = form.get("name")
    person = form.get("person") or None
    secret = await house.credentials.tokens.create(name, form.all("scope"), person, actor=caller.actor, via="web")
    return settings_html(request, house, NewSecret(name, secret))
