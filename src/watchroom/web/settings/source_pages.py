"""The pages about one sender: what it sends, its key, its test, its silence, and how it is stopped.

Called by `routes`. What they do is what the API does (`api_sources`); a key is shown on the answer to the form that
made it, and never again. Its mapping has a page of its own (`mapping_pages`).
"""

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.errors import Malformed
from watchroom.integrations.mapped import MAPPED_KINDS
from watchroom.integrations.source_settings import expect
from watchroom.people.caller import Caller
from watchroom.people.source import Source
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import NewSecret
from watchroom.web.html.render import render
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, is_partial, visit_of
from watchroom.web.settings.snippets import snippets
from watchroom.web.settings.source_models import EXPECTATIONS, SentTestPart, SourcePage
from watchroom.web.settings.source_test import clear_test, send_test
from watchroom.web.settings.source_view import KEY, SentTest, addresses, view

VIA = "web"


def new_secret(house: House, source: Source, key: str) -> NewSecret:
    """A key that was just made, with what to paste into its sender."""
    mail = addresses(house, source, key).get("mail", "")
    shown = addresses(house, source, key).get("form", key)
    pasted = [] if source.is_public else snippets(source.kind, house.base_url, key, mail)
    return NewSecret(source.name, shown, pasted)


async def _page(
    request: AnyRequest, house: House, name: str, new: NewSecret | None = None, sent: SentTest | None = None
) -> Response[str]:
    await house.projector.caught_up()
    source = house.credentials.sources.named(name)
    seen = view(house, source)
    mail = seen.addresses.get("mail", "")
    page = SourcePage(
        visit=visit_of(request),
        source=seen,
        snippets=[] if new is not None else snippets(source.kind, house.base_url, KEY, mail),
        new=new,
        expectations=sorted({*EXPECTATIONS, seen.expect_every_s}),
        overlap_s=house.settings.source_key_overlap_s,
        has_mapping=source.kind in MAPPED_KINDS,
        smtp=seen.addresses.get("smtp", ""),
        sent=sent,
    )
    return html(render(page))


async def _asked(request: AnyRequest, name: str) -> tuple[House, Form, Caller, Source]:
    """What every form here begins with. Raises NotFound, and what an unknown caller is refused with."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    return house, form, caller, house.credentials.sources.named(name)


def _back(name: str) -> Redirect:
    return Redirect(f"/settings/sources/{name}", status_code=303)


@get("/settings/sources/{name:str}")
async def source_page(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """One sender, with all that can be asked of it."""
    caller_of(request, "admin")
    return await _page(request, house_of(request), name)


@post("/settings/sources/{name:str}/rotate", status_code=200)
async def rotate_form(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """Give a sender another key, which is shown once."""
    house, form, caller, source = await _asked(request, name)
    at_once = form.get("at_once") == "true"
    key = await house.credentials.sources.rotate(name, at_once=at_once, actor=caller.actor, via=VIA)
    return await _page(request, house, name, new_secret(house, source, key))


@post("/settings/sources/{name:str}/enable", status_code=200)
async def enable_form(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """Let a disabled sender send again, with another key, which is shown once."""
    house, _form, caller, source = await _asked(request, name)
    key = await house.credentials.sources.enable(name, actor=caller.actor, via=VIA)
    return await _page(request, house, name, new_secret(house, source, key))


@post("/settings/sources/{name:str}/end-previous-key")
async def end_previous_key_form(request: AnyRequest, name: FromPath[str]) -> Redirect:
    """End the key before the last renewal now."""
    house, _form, caller, _source = await _asked(request, name)
    await house.credentials.sources.end_previous_key(name, actor=caller.actor, via=VIA)
    return _back(name)


@post("/settings/sources/{name:str}/disable")
async def disable_form(request: AnyRequest, name: FromPath[str]) -> Redirect:
    """Take nothing from a sender any more."""
    house, form, caller, _source = await _asked(request, name)
    await house.credentials.sources.disable(name, form.get("reason")[:300], actor=caller.actor, via=VIA)
    return _back(name)


@post("/settings/sources/{name:str}/remove")
async def remove_form(request: AnyRequest, name: FromPath[str]) -> Redirect:
    """Forget a sender; what it sent stays."""
    house, _form, caller, _source = await _asked(request, name)
    await house.credentials.sources.remove(name, actor=caller.actor, via=VIA)
    return Redirect("/settings", status_code=303)


@post("/settings/sources/{name:str}/expect")
async def expect_form(request: AnyRequest, name: FromPath[str]) -> Redirect:
    """Say how often a sender must be heard."""
    house, form, caller, source = await _asked(request, name)
    every_s = form.get("every_s", "0")
    if not (every_s.isascii() and every_s.isdigit()) or len(every_s) > 9:
        raise Malformed(f"{every_s[:20]!r} is no number of seconds.", hint="Choose one of those offered.")
    await expect(house.log, house.clock, source, int(every_s), actor=caller.actor, via=VIA)
    return _back(name)


@post("/settings/sources/{name:str}/test", status_code=200)
async def test_form(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    """Send a sample on the real way, and say where it went."""
    house, _form, _caller, source = await _asked(request, name)
    sent = await send_test(house, source)
    if is_partial(request):
        return html(render(SentTestPart(name, sent)))
    return await _page(request, house, name, sent=sent)


@post("/settings/sources/{name:str}/clear-test", status_code=200)
async def clear_test_form(request: AnyRequest, name: FromPath[str]) -> Response[str] | Redirect:
    """End a test's signal, and judge it a false alarm."""
    house, form, caller, source = await _asked(request, name)
    await clear_test(house, source, form.get("test"), actor=caller.actor, via=VIA)
    if is_partial(request):
        return html('<p class="note">Cleared away: it has ended, and was judged a false alarm.</p>')
    return _back(name)
