"""`/invitation/SECRET`: somebody who was invited makes their account, and is in.

Called by `routes`. Opening the link uses nothing up: the button does.
"""

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.errors import Malformed, NotFound
from watchroom.people.role import SAYS
from watchroom.web.access.door import FORM_BYTES_MAX, from_our_page, let_in, origin_of
from watchroom.web.house import house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.http import auth
from watchroom.web.http.reading import AnyRequest, form_of, html, is_page, visit_of


@template("pages/invitation.html")
@dataclass(frozen=True)
class InvitationPage:
    """`/invitation/SECRET`: the account that somebody is invited to make."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    token: str
    """The link's secret; empty: the link does not work."""
    email: str
    """Who is invited."""
    name: str
    """What they are called, as far as anybody said."""
    by: str
    """Who invited them, by name."""
    role: str
    """What they may do, in a few words."""
    chars_min: int
    """How long a password must be, in characters."""
    problem: str = ""
    """Why it was not taken, in a sentence."""


async def _page(request: AnyRequest, secret: str, name: str = "", problem: str = "") -> InvitationPage:
    house = house_of(request)
    invitation = await house.credentials.invitations.look_at(secret)
    by = house.directory.name(invitation.by)
    return InvitationPage(
        visit_of(request),
        secret,
        invitation.email,
        name or invitation.name,
        by,
        SAYS[invitation.role],
        house.credentials.door.chars_min,
        problem,
    )


@get("/invitation/{secret:str}")
async def invitation_page(request: AnyRequest, secret: FromPath[str]) -> Response[str]:
    """The page behind an invitation."""
    house = house_of(request)
    house.door_turns.come_from(origin_of(request))
    try:
        return html(render(await _page(request, secret)))
    except NotFound as error:
        gone = InvitationPage(visit_of(request), "", "", "", "", "", 0, f"{error.message} {error.hint}")
        return html(render(gone), error.status)


@post("/invitation", status_code=200)
async def invitation_form(request: AnyRequest) -> Response[str] | Redirect:
    """Take up an invitation: make the account, join the teams, and open a session."""
    house = house_of(request)
    form = await form_of(request, FORM_BYTES_MAX)
    token = form.get("token")
    from_our_page(request)
    house.door_turns.come_from(origin_of(request))
    try:
        invitation = await house.credentials.invitations.look_at(token)
        agent = auth.agent_of(request.scope["headers"])
        opened = await house.credentials.accept(token, form.get("name"), form.get("password"), agent)
    except Malformed as error:
        if not is_page(request):
            raise
        return html(
            render(await _page(request, token, form.get("name"), f"{error.message} {error.hint}")), error.status
        )
    except NotFound as error:
        gone = InvitationPage(visit_of(request), "", "", "", "", "", 0, f"{error.message} {error.hint}")
        return html(render(gone), error.status)
    for name in invitation.teams:
        await house.teams.join(name, opened.session.email, actor=invitation.by, via="invitation")
    return let_in(request, opened)
