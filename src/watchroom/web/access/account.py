"""`/account`: one's own account: password, time zone, and every browser in which one is signed in.

Called by `routes`. Also `GET` and `POST /api/v1/sessions`. Whoever holds a session sees and ends the sessions of that
person and of nobody else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

import msgspec
from litestar import Response, get, post
from litestar.response import Redirect

from watchroom.base.errors import Forbidden, Malformed, NotFound, Unauthenticated, WatchroomError
from watchroom.people.caller import Caller
from watchroom.people.role import SAYS, Role
from watchroom.people.session import How, Session
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.http import auth
from watchroom.web.http.reading import (
    AnyRequest,
    answer,
    body_of,
    caller_of,
    decoded,
    form_of,
    html,
    visit_of,
)

HERE = "/account"
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


class SessionShown(msgspec.Struct, frozen=True, kw_only=True):
    """One browser in which somebody is signed in."""

    id: str
    began_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    how: How
    origin: str
    """The network address that it was opened from."""
    browser: str
    current: bool
    """Whether it is the one that asks."""


class SessionEnd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which sessions to end: one by its id, or all."""

    id: str = ""
    everywhere: bool = False


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions ended."""

    ended: int


@template("pages/account.html")
@dataclass(frozen=True)
class AccountPage:
    """`/account`: one's own account."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    email: str
    """The e-mail by which they sign in."""
    role: Role
    """What they may do here."""
    says: str
    """The same in a few words."""
    password_set_at: datetime | None
    """When they set their password; None: they have none, and come in by links."""
    chars_min: int
    """How long a password must be, in characters."""
    sessions: Sequence[SessionShown]
    """Every browser in which they are signed in, the newest first."""
    time_zone: str
    """The install's time zone."""
    own_zone: str
    """Their own, if they have set one."""
    zones: Sequence[str]
    """Time zones that this machine knows."""
    problem: str = ""
    """Why what was sent could not be kept."""
    done: str = ""
    """What was done just now, in a sentence."""


def browser_of(agent: str) -> str:
    """A browser as its owner knows it: `Firefox on Linux`. Source: the usual forms of `User-Agent`."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or (re.split(r"[\s/]", agent, maxsplit=1)[0][:40] if agent else "A browser")


def session_shown(session: Session, current: str) -> SessionShown:
    """A session as its owner sees it."""
    return SessionShown(
        id=session.id,
        began_at=session.began_at,
        expires_at=session.expires_at,
        last_used_at=session.last_used_at,
        how=session.how,
        origin=session.origin,
        browser=browser_of(session.agent),
        current=session.id == current,
    )


def person_of(caller: Caller) -> str:
    """The person whose account it is. Raises Forbidden for a token, whoever holds it: it has no sessions."""
    if caller.session is None:
        raise Forbidden(
            "This is about the account of somebody who is signed in; a token has none.",
            hint="Sign in, in a browser. An admin ends another's sessions: POST /api/v1/people/{email}/sign-out",
        )
    return caller.person


def own_sessions(house: House, caller: Caller) -> list[SessionShown]:
    """Every browser in which the caller is signed in."""
    found = house.credentials.sessions.of(person_of(caller))
    return [session_shown(session, caller.session or "") for session in found]


async def account_html(
    request: AnyRequest, caller: Caller, *, problem: WatchroomError | None = None, done: str = ""
) -> Response[str]:
    """The page, with what was done or what is wrong."""
    house = house_of(request)
    email = person_of(caller)
    account = house.credentials.accounts.get(email)
    role: Role = account.role if account is not None else "reader"
    page = AccountPage(
        visit=visit_of(request),
        email=house.directory.address(email),
        role=role,
        says=SAYS[role],
        password_set_at=await house.credentials.passwords.set_at(email),
        chars_min=house.credentials.door.chars_min,
        sessions=own_sessions(house, caller),
        time_zone=house.settings.time_zone,
        own_zone=house.directory.time_zone(email),
        zones=sorted(available_timezones()),
        problem=f"{problem.message} {problem.hint}" if problem is not None else "",
        done=done,
    )
    return html(render(page), problem.status if problem is not None else 200)


@get(HERE)
async def account_page(request: AnyRequest) -> Response[str]:
    """One's own account."""
    return await account_html(request, caller_of(request, "read"))


@post(f"{HERE}/password", status_code=200)
async def own_password_form(request: AnyRequest) -> Response[str]:
    """Set one's own password; all other browsers are signed out."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "read", form.csrf)
    email = person_of(caller)
    door = house.credentials.door
    try:
        origins = [session.origin for session in house.credentials.sessions.of(email)]
        house.door_turns.try_password(email, request.client.host if request.client else "", origins)
        await door.check_own(email, form.get("current"))
        await door.set_password(email, form.get("password"), by="self", keep_session=caller.session or "")
    except Unauthenticated as problem:
        problem.status = 400
        return await account_html(request, caller, problem=problem)
    except WatchroomError as problem:
        return await account_html(request, caller, problem=problem)
    return await account_html(request, caller, done="Your password is set. Every other browser is signed out.")


@post(f"{HERE}/name", status_code=200)
async def own_name_form(request: AnyRequest) -> Response[str]:
    """Be called otherwise."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "read", form.csrf)
    try:
        if not form.get("name").strip():
            raise Malformed("Your name is missing.", hint="Type what people call you.")
        await house.directory.rename(person_of(caller), form.get("name"), actor=caller.actor, via="web")
    except Malformed as problem:
        return await account_html(request, caller, problem=problem)
    return await account_html(request, caller, done="Your name is changed.")


@post("/people/time-zone")
async def time_zone_form(request: AnyRequest) -> Redirect:
    """Set your own time zone: by it the reviews say what lay at night for you."""
    form = await form_of(request)
    caller = caller_of(request, "read", form.csrf)
    directory = house_of(request).directory
    await directory.set_time_zone(caller.person, form.get("time_zone"), actor=caller.actor, via="web")
    return Redirect(HERE, status_code=303)


@post(f"{HERE}/sessions", status_code=200)
async def own_sessions_form(request: AnyRequest) -> Response[str] | Redirect:
    """End one of one's own sessions, all others, or all."""
    house = house_of(request)
    form = await form_of(request)
    caller = caller_of(request, "read", form.csrf)
    sessions, email = house.credentials.sessions, person_of(caller)
    which = form.get("session")
    if which == "all":
        https = auth.is_https(request.scope["scheme"], house.settings.public_url)
        cookie = await auth.sign_out(house.credentials, caller, everywhere=True, https=https)
        return Redirect("/sign-in", status_code=303, headers={"Set-Cookie": cookie})
    if which == "others":
        await sessions.sign_out_everywhere(email, but=caller.session or "")
        return await account_html(request, caller, done="Every other browser is signed out.")
    await end_own(house, caller, which)
    if which == caller.session:
        return Redirect("/sign-in", status_code=303)
    return await account_html(request, caller, done="That browser is signed out.")


async def end_own(house: House, caller: Caller, session: str) -> None:
    """End one of the caller's sessions. Raises NotFound when they have none of that id."""
    if session not in {each.id for each in house.credentials.sessions.of(person_of(caller))}:
        raise NotFound("You are not signed in there any more.", hint="Load the page again.")
    await house.credentials.sessions.sign_out(session)


@get("/api/v1/sessions", opt={"answer": list[SessionShown]})
async def list_sessions(request: AnyRequest) -> Response[bytes]:
    """Every browser in which the caller is signed in; for a session, not for a token."""
    caller = caller_of(request, "read")
    return answer({"items": own_sessions(house_of(request), caller), "next": None})


@post("/api/v1/sessions/end", status_code=200, opt={"body": SessionEnd, "answer": Ended})
async def end_sessions(request: AnyRequest) -> Response[bytes]:
    """End one of one's own sessions, or with `everywhere` all of them and this one too."""
    caller = caller_of(request, "read")
    house = house_of(request)
    hint = 'Send {"id": ID}, or {"everywhere": true}.'
    body = decoded(await body_of(request) or b"{}", SessionEnd, "The body", hint)
    if body.everywhere:
        return answer(Ended(ended=await house.credentials.sessions.sign_out_everywhere(person_of(caller))))
    if not body.id:
        raise Malformed("It names no session.", hint=hint)
    await end_own(house, caller, body.id)
    return answer(Ended(ended=1))
