"""A test call: rings in every page that one has open, and nowhere else, until one says that it does.

Called by `routes`; everybody may try it, from their account or from the set-up. It is no page of a room: nothing of it
is recorded there, and nothing leaves the house.
"""

from dataclasses import dataclass

from litestar import Response, post
from litestar.response import Redirect

from watchroom.web.access.account import person_of
from watchroom.web.house import house_of
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, is_partial

BACK = ("/setup", "/account")
"""Where it can be tried from."""


@template("setup/ring.html")
@dataclass(frozen=True)
class TestCall:
    """A call that is only a test."""

    back: str
    """The page that it was tried from."""


@template("setup/rang.html")
@dataclass(frozen=True)
class Rang:
    """What became of a test call."""

    pages: int
    """In how many open pages it rings."""


def _back(form: Form) -> str:
    return form.get("back") if form.get("back") in BACK else BACK[-1]


@post("/account/ring", status_code=200)
async def ring_form(request: AnyRequest) -> Response[str]:
    """Have every page that one has open ring, as if somebody called."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "read", form.csrf)
    ring = render(TestCall(_back(form)))
    frame = f'data: <hx-partial hx-target="#ring" hx-swap="innerMorph">{ring}</hx-partial>\n\n'
    return html(render(Rang(house.hub.tell(person_of(caller), frame.encode()))))


@post("/account/ring/heard", status_code=200)
async def ring_heard_form(request: AnyRequest) -> Response[str] | Redirect:
    """One's own browser rang; the test is over."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "read", form.csrf)
    person = person_of(caller)
    if house.setup.open:
        await house.setup.tried(person, actor=caller.actor, via="web")
    house.hub.tell(person, house.ringer.frame(person))
    if is_partial(request):
        return Response("", status_code=200, headers={"HX-Redirect": _back(form)}, media_type="text/html")
    return Redirect(_back(form), status_code=303)
