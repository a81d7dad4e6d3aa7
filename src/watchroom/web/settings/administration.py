"""The senders and the tokens: the pages of those who run an install.

Called by `routes`. Secrets are shown once, on the answer to the form that made them, and never again.
"""

from collections.abc import Sequence

from litestar import Response, get, post

from watchroom.incident.sight import RestrictedRoom
from watchroom.people.caller import SCOPES
from watchroom.people.source import EVERY_KIND
from watchroom.web.api.visibility import restricted_rooms
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import (
    NewSecret,
    SettingsPage,
    SourceRow,
    TokenRow,
)
from watchroom.web.html.render import render
from watchroom.web.http.reading import AnyRequest, caller_of, form_of, html, visit_of
from watchroom.web.settings.source_pages import new_secret
from watchroom.web.settings.source_view import SourceView, view


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
