"""`/people/person?who=EMAIL`: one person; for admins: changing them, letting them in, signing them out, deactivating.

Called by `routes`. A link is shown once, on the answer to the form that made it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from litestar import Response, get, post
from litestar.response import Redirect

from watchroom.base.errors import WatchroomError
from watchroom.integrations.inviting import HandedOut
from watchroom.people.changing import PersonChange, change_person, known_person
from watchroom.people.role import ROLES, SAYS, Role, checked_role
from watchroom.people.session import Purpose
from watchroom.web.access.account import SessionShown, session_shown
from watchroom.web.access.person_view import PersonView, person_view
from watchroom.web.house import house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import People, render
from watchroom.web.html.template import template
from watchroom.web.http.reading import AnyRequest, Form, caller_of, form_of, html, visit_of

HERE = "/people/person"


@template("pages/person.html")
@dataclass(frozen=True)
class PersonPage:
    """`/people/person?who=EMAIL`: one person."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    person: PersonView
    """The person."""
    teams: Sequence[str]
    """The names of all teams, to choose from."""
    roles: Sequence[tuple[Role, str]]
    """Each role in a few words."""
    zones: Sequence[str]
    """Time zones that this machine knows; for admins."""
    time_zone: str
    """The install's time zone."""
    sessions: Sequence[SessionShown]
    """Browsers in which they are signed in; for admins."""
    tokens: Sequence[str]
    """The names of tokens that act as them; for admins."""
    password_set_at: datetime | None
    """When they set their password; None: they come in by links."""
    mails: bool
    """Whether there is a mail server."""
    people: People
    """Names of people."""
    handed: HandedOut | None = None
    """A link that was made just now."""
    problem: str = ""
    """Why what was sent could not be done."""
    done: str = ""
    """What was done just now, in a sentence."""


async def person_html(
    request: AnyRequest,
    email: str,
    *,
    handed: HandedOut | None = None,
    problem: WatchroomError | None = None,
    done: str = "",
) -> Response[str]:
    """The page, with what was done or what is wrong. Raises NotFound, Malformed."""
    house = house_of(request)
    visit = visit_of(request)
    found = known_person(house.credentials, email)
    sessions = house.credentials.sessions.of(found.email) if visit.admin else []
    tokens = [token.name for token in house.credentials.tokens.all() if token.person == found.email]
    page = PersonPage(
        visit=visit,
        person=person_view(house, found),
        teams=[team.name for team in house.teams.all()],
        roles=[(role, SAYS[role]) for role in ROLES],
        zones=sorted(available_timezones()) if visit.admin else [],
        time_zone=house.settings.time_zone,
        sessions=[session_shown(session, "") for session in sessions],
        tokens=tokens if visit.admin else [],
        password_set_at=await house.credentials.passwords.set_at(found.email) if visit.admin else None,
        mails=house.access_mail.available,
        people=house.directory,
        handed=handed,
        problem=f"{problem.message} {problem.hint}" if problem is not None else "",
        done=done,
    )
    answer = html(render(page), problem.status if problem is not None else 200)
    if handed is not None:
        answer.headers["Cache-Control"] = "no-store"
    return answer


@get(HERE)
async def person_page(request: AnyRequest) -> Response[str]:
    """One person."""
    caller_of(request, "read")
    await house_of(request).teams.look()
    return await person_html(request, request.query_params.get("who", ""))


def change_of(form: Form) -> PersonChange:
    """What a form wants of a person: its fields are all that the page shows, so an empty one means none."""
    role = form.get("role")
    return PersonChange(
        name=form.get("name"),
        address=form.get("address") or None,
        time_zone=form.get("time_zone"),
        role=checked_role(role) if role else None,
        teams=form.all("team"),
    )


@post(HERE, status_code=200)
async def person_form(request: AnyRequest) -> Response[str]:
    """Change a person: name, e-mail, time zone, teams, role."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    who = form.get("who")
    try:
        change = change_of(form)
        await change_person(house.credentials, house.teams, who, change, actor=caller.actor, via="web")
    except WatchroomError as problem:
        return await person_html(request, who, problem=problem)
    return await person_html(request, who, done="It is kept.")


@post(f"{HERE}/active", status_code=200)
async def person_active_form(request: AnyRequest) -> Response[str]:
    """Deactivate a person, or let them in again."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    who, active = form.get("who"), form.get("active") == "true"
    try:
        change = PersonChange(active=active, reason=form.get("reason")[:500])
        await change_person(house.credentials, house.teams, who, change, actor=caller.actor, via="web")
    except WatchroomError as problem:
        return await person_html(request, who, problem=problem)
    says = "They may sign in again: make them a link." if active else "They are out, and called no more."
    return await person_html(request, who, done=says)


@post(f"{HERE}/link", status_code=200)
async def person_link_form(request: AnyRequest) -> Response[str]:
    """Make a one-time link for somebody, to sign in or to set a password."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    who = form.get("who")
    try:
        purpose: Purpose = "password" if form.get("purpose") == "password" else "sign_in"
        by_mail = form.get("mail") == "true"
        made = await house.inviter.link(who, purpose, by_mail=by_mail, actor=caller.actor, via="web")
    except WatchroomError as problem:
        return await person_html(request, who, problem=problem)
    return await person_html(request, who, handed=made)


@post(f"{HERE}/sign-out", status_code=200)
async def person_sign_out_form(request: AnyRequest) -> Response[str] | Redirect:
    """Sign somebody out of every browser."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    who = known_person(house.credentials, form.get("who")).email
    ended = await house.credentials.sessions.sign_out_everywhere(who, actor=caller.actor, via="web")
    if who == caller.person:
        return Redirect("/sign-in", status_code=303)
    return await person_html(request, who, done=f"{ended or 'No'} browser{'s' if ended != 1 else ''} signed out.")
