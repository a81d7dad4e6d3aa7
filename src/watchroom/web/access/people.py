"""`/people`: who can be asked, who is invited; and for admins: adding and inviting.

Called by `routes`. A link is shown once, on the answer to the form that made it. Everybody may look.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response, get, post

from watchroom.base.errors import Malformed, WatchroomError
from watchroom.integrations.inviting import HandedOut
from watchroom.people.invitation import DAYS_MAX, Invitation, Wish
from watchroom.people.role import ROLES, SAYS, Role, checked_role
from watchroom.web.access.person_view import PersonView, people_views
from watchroom.web.house import house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import People, render
from watchroom.web.html.template import template
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, visit_of

AT_ONCE_MAX = 50
"""The most people that one form invites."""


@template("pages/people.html")
@dataclass(frozen=True)
class PeoplePage:
    """`/people`: who can be asked."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    persons: Sequence[PersonView]
    """The directory by name, those last who left."""
    invitations: Sequence[Invitation]
    """Who was invited and has not come; for admins."""
    teams: Sequence[str]
    """The names of the teams, to choose from."""
    roles: Sequence[tuple[Role, str]]
    """Each role in a few words."""
    people: People
    """Names of people."""
    q: str = ""
    """What was looked for."""
    days: int = 7
    """How many days an invitation is good for unless it says otherwise."""
    days_max: int = DAYS_MAX
    """The most that it may say."""
    mails: bool = False
    """Whether there is a mail server."""
    handed: Sequence[HandedOut] = ()
    """Links that were made just now."""
    problems: Sequence[str] = ()
    """What could not be done, in a sentence each."""
    done: str = ""
    """What was done just now, in a sentence."""
    tried: str = ""
    """E-mails that could not be invited, to be corrected."""


async def people_html(
    request: AnyRequest,
    *,
    handed: Sequence[HandedOut] = (),
    problems: Sequence[str] = (),
    done: str = "",
    tried: str = "",
    status: int = 200,
) -> Response[str]:
    """The page, with what was done or what is wrong."""
    house = house_of(request)
    visit = visit_of(request)
    page = PeoplePage(
        visit=visit,
        persons=people_views(house, request.query_params.get("q", "")),
        invitations=await house.credentials.invitations.all() if visit.admin else [],
        teams=[team.name for team in house.teams.all()],
        roles=[(role, SAYS[role]) for role in reversed(ROLES)],
        people=house.directory,
        q=request.query_params.get("q", "")[:200],
        days=house.settings.invitation_days,
        mails=house.access_mail.available,
        handed=handed,
        problems=problems,
        done=done,
        tried=tried,
    )
    page_html = html(render(page), status)
    if handed:
        page_html.headers["Cache-Control"] = "no-store"
    return page_html


@get("/people")
async def people_page(request: AnyRequest) -> Response[str]:
    """Everybody in the directory; for admins also who is invited."""
    caller_of(request, "read")
    await house_of(request).teams.look()
    return await people_html(request)


@post("/people/invite", status_code=200)
async def invite_form(request: AnyRequest) -> Response[str]:
    """Invite people, by mail or by links to be copied, with a role and teams."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    try:
        role, days, emails = checked_role(form.get("role", "responder")), days_of(form), emails_of(form.get("emails"))
    except Malformed as error:
        said = f"{error.message} {error.hint}"
        return await people_html(request, problems=[said], tried=form.get("emails"), status=error.status)
    handed, problems, tried = [], [], []
    for email in emails:
        wish = Wish(email=email, role=role, teams=form.all("team"), days=days, name=form.get("name"))
        try:
            by_mail = form.get("mail") == "true"
            handed.append(await house.inviter.invite(wish, by_mail=by_mail, actor=caller.actor, via="web"))
        except WatchroomError as error:
            problems.append(f"{error.message} {error.hint}")
            tried.append(email)
    return await people_html(request, handed=handed, problems=problems, tried="\n".join(tried))


def emails_of(text: str) -> list[str]:
    """The e-mails of a text: one a line, or with commas or blanks between. Raises Malformed for none or very many."""
    found = list(dict.fromkeys(part for part in re.split(r"[\s,;]+", text) if part))
    if not found:
        raise Malformed("There is no e-mail.", hint="Write one a line.")
    if len(found) > AT_ONCE_MAX:
        raise Malformed(f"{len(found)} are too many at once.", hint=f"Invite up to {AT_ONCE_MAX}, then the others.")
    return found


def days_of(form: Form) -> int:
    """How many days; 0: as the settings say. Raises Malformed."""
    text = form.get("days", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise Malformed(f"{text[:20]!r} is no number of days.", hint=f"Give 1 to {DAYS_MAX}.")
    return int(text)


@post("/people/add", status_code=200)
async def add_person_form(request: AnyRequest) -> Response[str]:
    """Make somebody known who can be called and does not sign in."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    try:
        email, name = form.get("email"), form.get("name")
        added = await house.directory.add(email, name, actor=caller.actor, via="web")
    except Malformed as error:
        return await people_html(request, problems=[f"{error.message} {error.hint}"], status=error.status)
    done = "They can be called now." if added else "They were known already."
    return await people_html(request, done=done)


@post("/people/invitations/renew", status_code=200)
async def renew_invitation_form(request: AnyRequest) -> Response[str]:
    """Send an invitation again, with another link."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    try:
        by_mail = form.get("mail") == "true"
        sent = await house.inviter.renew(form.get("invitation"), by_mail=by_mail, actor=caller.actor, via="web")
    except WatchroomError as error:
        return await people_html(request, problems=[f"{error.message} {error.hint}"], status=error.status)
    return await people_html(request, handed=[sent])


@post("/people/invitations/revoke", status_code=200)
async def revoke_invitation_form(request: AnyRequest) -> Response[str]:
    """Take an invitation back."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    try:
        gone = await house.credentials.invitations.revoke(form.get("invitation"), actor=caller.actor, via="web")
    except WatchroomError as error:
        return await people_html(request, problems=[f"{error.message} {error.hint}"], status=error.status)
    return await people_html(request, done=f"The invitation of {gone.email} works no longer.")
