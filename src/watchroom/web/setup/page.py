"""`/setup`: a new install is made ready in five parts, each on its own and each of which can be put off.

Called by `routes`. For admins. Nothing waits for it: the board is one click away all the time. Every form works without
a script but the test call, which comes over the page's own stream.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from litestar import Response, get, post
from litestar.response import Redirect

from watchroom.base.errors import Malformed, WatchroomError
from watchroom.integrations.inviting import HandedOut
from watchroom.people.caller import Caller
from watchroom.people.credential import OWNER
from watchroom.people.invitation import Wish
from watchroom.people.person import normal_email, normal_name
from watchroom.people.session import OpenedSession
from watchroom.people.setup import Step, checked_step
from watchroom.people.source import urls
from watchroom.people.welcome import first_key
from watchroom.web.access.door import let_in
from watchroom.web.access.people import emails_of
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Connect, Visit
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.http import auth
from watchroom.web.http.reading import AnyRequest, Form, answer, caller_of, form_of, html, visit_of
from watchroom.web.setup.standing import Standing, standing

HERE = "/setup"


@template("setup/sender.html")
@dataclass(frozen=True)
class SenderWaited:
    """What the set-up says of the first sender: how to connect one, and whether it was heard; asked for every two
    seconds."""

    heard: str
    """The title of the first signal; empty while nothing came."""
    curl: str = ""
    """What sends a signal from a shell; empty once the first source's key is known no more."""
    lines: str = ""
    """What connects an Alertmanager."""


@template("pages/setup.html")
@dataclass(frozen=True)
class SetupPage:
    """`/setup`: where a new install stands, and the next thing to do."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    standing: Standing
    """What is done, put off, and open."""
    opened: Step | None
    """The part that stands open."""
    owner: bool
    """Whether whoever looks is the owner of a new install, who has no name of their own yet."""
    chars_min: int
    """How long a password must be, in characters."""
    teams: Sequence[str]
    """The names of the teams."""
    sender: SenderWaited
    """The first sender."""
    mails: bool
    """Whether there is a mail server."""
    handed: Sequence[HandedOut] = ()
    """Links that were made just now."""
    problem: str = ""
    """Why what was sent could not be done."""
    tried: Mapping[str, str] = field(default_factory=dict)
    """What was sent and could not be done, to be corrected."""


async def _sender(house: House) -> SenderWaited:
    await house.projector.caught_up()
    heard = (await standing(house)).of("sender").found
    key = await first_key(house.credentials, house.log, keep=house.setup.open and not heard)
    if key is None:
        return SenderWaited(heard)
    curl = (
        f"curl {urls(house.base_url, 'generic', key)['signals']} \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        """  -d '{"title": "Hello from my shell"}'"""
    )
    return SenderWaited(heard, curl, Connect(urls(house.base_url, "alertmanager", key)["signals"]).lines)


async def setup_html(
    request: AnyRequest,
    *,
    problem: WatchroomError | None = None,
    at: Step | None = None,
    handed: Sequence[HandedOut] = (),
    tried: dict[str, str] | None = None,
) -> Response[str]:
    """The page, with what was done or what is wrong."""
    house = house_of(request)
    visit = visit_of(request)
    sender = await _sender(house)
    stands = await standing(house)
    page = SetupPage(
        visit=visit,
        standing=stands,
        opened=at or stands.now,
        owner=visit.me == OWNER,
        chars_min=house.credentials.door.chars_min,
        teams=[team.name for team in house.teams.all()],
        sender=sender,
        mails=house.access_mail.available,
        handed=handed,
        problem=f"{problem.message} {problem.hint}" if problem is not None else "",
        tried=tried or {},
    )
    shown = html(render(page), problem.status if problem is not None else 200)
    shown.headers["Cache-Control"] = "no-store"
    return shown


@get(HERE)
async def setup_page(request: AnyRequest) -> Response[str]:
    """Where a new install stands, and the next thing to do."""
    caller_of(request, "admin")
    asked = request.query_params.get("at", "")
    return await setup_html(request, at=checked_step(asked) if asked else None)


@post(f"{HERE}/account", status_code=200)
async def setup_account_form(request: AnyRequest) -> Response[str] | Redirect:
    """Make the account of whoever sets the install up, in place of the owner that it began with."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    try:
        return let_in(request, await _own_account(request, house, caller, form), HERE)
    except WatchroomError as problem:
        tried = {"name": form.get("name"), "email": form.get("email")}
        return await setup_html(request, problem=problem, at="account", tried=tried)


async def _own_account(request: AnyRequest, house: House, caller: Caller, form: Form) -> OpenedSession:
    credentials = house.credentials
    email, name, password = normal_email(form.get("email")), normal_name(form.get("name")), form.get("password")
    if not name:
        raise Malformed("Your name is missing.", hint="Type what people call you.")
    if caller.person != OWNER:
        raise Malformed("You have an account of your own already.", hint="Change it under your name, above.")
    credentials.door.check_new(email, password)
    # In this order, so that whoever is cut off in the middle is still the owner and can do it again.
    actor = f"person:{email}"
    await credentials.add_account(email, name, "admin", actor=caller.actor, via="web")
    await credentials.door.set_password(email, password, by="setup")
    opened = await credentials.sessions.open(email, how="setup", agent=auth.agent_of(request.scope["headers"]))
    for team in house.teams.of(OWNER):
        await house.teams.join(team, email, actor=actor, via="web")
        await house.teams.leave(team, OWNER, actor=actor, via="web")
    if email != OWNER:
        await credentials.deactivate(OWNER, reason=f"{name} set this install up", actor=actor, via="web")
    return opened


@post(f"{HERE}/team", status_code=200)
async def setup_team_form(request: AnyRequest) -> Response[str] | Redirect:
    """Make the first team, with whoever sets the install up in it."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    try:
        await house.teams.compose(form.get("team"), [caller.person], actor=caller.actor, via="web")
    except WatchroomError as problem:
        return await setup_html(request, problem=problem, at="team", tried={"team": form.get("team")})
    return Redirect(HERE, status_code=303)


@post(f"{HERE}/people", status_code=200)
async def setup_people_form(request: AnyRequest) -> Response[str]:
    """Invite the first people, into the first team; the links are shown once."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    handed: list[HandedOut] = []
    tried = form.get("emails")
    try:
        for email in emails_of(tried):
            wish = Wish(email=email, teams=[team.name for team in house.teams.all()][:1])
            by_mail = form.get("mail") == "true"
            handed.append(await house.inviter.invite(wish, by_mail=by_mail, actor=caller.actor, via="web"))
    except WatchroomError as problem:
        return await setup_html(request, problem=problem, at="people", handed=handed, tried={"emails": tried})
    return await setup_html(request, at="people", handed=handed)


@get(f"{HERE}/sender")
async def setup_sender(request: AnyRequest) -> Response[str]:
    """Whether the first sender was heard, as a part of the page."""
    caller_of(request, "admin")
    return html(render(await _sender(house_of(request))))


@post(f"{HERE}/later")
async def setup_later_form(request: AnyRequest) -> Redirect:
    """Put a part of the set-up off."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    await house.setup.later(checked_step(form.get("step")), actor=caller.actor, via="web")
    return Redirect(HERE, status_code=303)


@post(f"{HERE}/end")
async def setup_end_form(request: AnyRequest) -> Redirect:
    """The set-up is over, and is shown no more."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "admin", form.csrf)
    await house.setup.end(actor=caller.actor, via="web")
    return Redirect("/", status_code=303)


@get("/api/v1/setup", opt={"answer": Standing})
async def show_setup(request: AnyRequest) -> Response[bytes]:
    """Where the set-up of a new install stands: each part, and whether it is done or put off."""
    caller_of(request, "admin")
    house = house_of(request)
    await house.projector.caught_up()
    return answer(await standing(house))
