"""The door: signing in by a password or a one-time link, a forgotten password, a new one, and signing out.

Called by `routes`. Whoever is wrong gets the same answer, after the same work, however they are wrong; how often
somebody may try is bounded by address and by what they typed. Never says whether an e-mail has an account.
"""

from collections.abc import Awaitable
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from watchroom.base.errors import Malformed, NotFound, TooOften, WatchroomError
from watchroom.integrations.access_mail import AccessLetter
from watchroom.people.credential import OWNER
from watchroom.people.session import OpenedSession
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Visit
from watchroom.web.html.render import render
from watchroom.web.html.template import template
from watchroom.web.http import auth
from watchroom.web.http.errors import error_headers
from watchroom.web.http.reading import AnyRequest, caller_of, form_of, html, is_page, maybe_caller, visit_of

FORM_BYTES_MAX = 16 * 2**10
"""The longest form that a stranger sends here."""


@template("pages/sign_in.html")
@dataclass(frozen=True)
class SignInPage:
    """`/sign-in`: how to get in, for somebody who is not."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    problem: str = ""
    """Why the last try failed, in a sentence."""
    token: str = ""
    """The one-time token of the link that was opened, which the form hands on: opening a link uses nothing up."""
    email: str = ""
    """What was typed as an e-mail, to be corrected."""
    mails: bool = False
    """Whether a forgotten password can be helped by mail."""
    first: bool = False
    """Whether nobody has an account yet but the owner of a new install."""


@template("pages/forgotten.html")
@dataclass(frozen=True)
class ForgottenPage:
    """`/sign-in/forgotten`: a new password by mail, or whom to ask."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    mails: bool
    """Whether there is a mail server."""
    asked: bool = False
    """Whether a mail was asked for just now; what is said then is the same for every e-mail."""
    problem: str = ""
    """Why it was not taken, in a sentence."""


@template("pages/password.html")
@dataclass(frozen=True)
class PasswordPage:
    """`/password/SECRET`: a new password, by a link that works once."""

    visit: Visit
    """Who is looking, the form token, the server's clock."""
    token: str
    """The link's secret; empty: the link does not work."""
    email: str
    """Whose password it is."""
    chars_min: int
    """How long it must be, in characters."""
    problem: str = ""
    """Why it was not taken, in a sentence."""


def origin_of(request: AnyRequest) -> str:
    """Where a request comes from, as the connection says."""
    return request.client.host if request.client is not None else ""


def let_in(request: AnyRequest, opened: OpenedSession, location: str = "/") -> Redirect:
    """The answer to somebody for whom a session was opened."""
    house = house_of(request)
    https = auth.is_https(request.scope["scheme"], house.settings.public_url)
    done = auth.signed_in(opened, now=house.clock.now(), https=https, location=location)
    return Redirect(done.location, status_code=303, headers={"Set-Cookie": done.set_cookie})


def from_our_page(request: AnyRequest) -> None:
    """Refuse a form that another site's page sent, where nobody is signed in yet. Raises Forbidden."""
    auth.check_origin(request.scope["headers"], public_url=house_of(request).settings.public_url)


def _page(request: AnyRequest, *, problem: str = "", token: str = "", email: str = "") -> SignInPage:
    house = house_of(request)
    first = [account.email for account in house.credentials.accounts.all()] in ([], [OWNER])
    return SignInPage(
        visit_of(request), problem=problem, token=token, email=email, mails=house.access_mail.available, first=first
    )


@get("/sign-in")
async def sign_in_page(request: AnyRequest) -> Response[str] | Redirect:
    """How to get in."""
    if maybe_caller(request) is not None:
        return Redirect("/", status_code=303)
    return html(render(_page(request)))


@get("/sign-in/{secret:str}")
async def sign_in_link_page(request: AnyRequest, secret: FromPath[str]) -> Response[str] | Redirect:
    """The page behind a one-time link. Opening it uses nothing up: the button does, so that link previews cannot."""
    house = house_of(request)
    try:
        house.door_turns.come_from(origin_of(request))
        await auth.look_at_link(house.credentials, secret)
    except WatchroomError as error:
        return _not_in(request, error, secret)
    return html(render(_page(request, token=secret)))


@post("/sign-in")
async def sign_in_form(request: AnyRequest) -> Response[str] | Redirect:
    """Open a session, by a password or by using up a link."""
    house = house_of(request)
    form = await form_of(request, FORM_BYTES_MAX)
    token, email = form.get("token"), form.get("email")
    try:
        from_our_page(request)
        house.door_turns.come_from(origin_of(request))
        if token or not (email or form.get("password")):
            opened = await _by_link(request, house, token)
            return let_in(request, opened, "/setup" if house.setup.open and opened.session.email == OWNER else "/")
        return let_in(request, await _by_password(request, house, email, form.get("password")))
    except WatchroomError as error:
        return _not_in(request, error, token, email)


async def _by_link(request: AnyRequest, house: House, token: str) -> OpenedSession:
    house.door_turns.come_as(await auth.look_at_link(house.credentials, token))
    return await house.credentials.sign_in(token, auth.agent_of(request.scope["headers"]))


async def _by_password(request: AnyRequest, house: House, email: str, password: str) -> OpenedSession:
    door = house.credentials.door
    await house.credentials.catch_up()
    who = door.who(email)
    known_from = [session.origin for session in house.credentials.sessions.of(who)] if who is not None else []
    house.door_turns.try_password(email, origin_of(request), known_from)
    return await door.sign_in(email, password, auth.agent_of(request.scope["headers"]))


def _not_in(request: AnyRequest, error: WatchroomError, secret: str = "", email: str = "") -> Response[str]:
    """The sign-in page with what is wrong; a program that asks for no page gets the one error shape."""
    if not is_page(request):
        raise error
    # Whoever came too often has a link that may be good: the button stays, and how to get another link is not said.
    token = secret if isinstance(error, TooOften) else ""
    page = html(render(_page(request, problem=f"{error.message} {error.hint}", token=token, email=email)), error.status)
    page.headers.update(error_headers(error))
    return page


@get("/sign-in/forgotten")
async def forgotten_page(request: AnyRequest) -> Response[str]:
    """What to do when the password is forgotten."""
    return html(render(ForgottenPage(visit_of(request), house_of(request).access_mail.available)))


@post("/sign-in/forgotten", status_code=200)
async def forgotten_form(request: AnyRequest) -> Response[str]:
    """Have a link to a new password mailed; the answer is the same whoever asks, and comes before anything is done."""
    house = house_of(request)
    form = await form_of(request, FORM_BYTES_MAX)
    visit, mails = visit_of(request), house.access_mail.available
    try:
        from_our_page(request)
        house.door_turns.come_from(origin_of(request))
    except TooOften as error:
        problem = "There were very many tries from your network just now. Wait a minute and try again."
        return html(render(ForgottenPage(visit, mails, problem=problem)), error.status)
    typed = form.get("email")
    # Whoever is nobody's uses up a turn as well, so that the limit tells nothing.
    if mails and house.door_turns.ask_for_mail(typed):
        house.access_mail.later(lambda: _mail_new_password(house, typed))
    return html(render(ForgottenPage(visit, mails, asked=True)))


async def _mail_new_password(house: House, typed: str) -> None:
    email = house.credentials.door.who(typed)
    if email is not None:
        path = await house.credentials.sign_in_link(email, "password", mailed=True, actor=f"person:{email}", via="web")
        await house.access_mail.send(
            AccessLetter(
                kind="password",
                to=house.directory.address(email),
                link=house.base_url + path,
                by="",
                expires_at=house.credentials.sessions.link_ends(),
            )
        )


@get("/password/{secret:str}")
async def password_page(request: AnyRequest, secret: FromPath[str]) -> Response[str]:
    """The page behind a link to a new password; opening it uses nothing up."""
    house = house_of(request)
    house.door_turns.come_from(origin_of(request))
    email, chars_min = "", house.credentials.door.chars_min
    try:
        email = await auth.look_at_link(house.credentials, secret)
    except NotFound as error:
        page = PasswordPage(visit_of(request), "", "", chars_min, f"{error.message}")
        return html(render(page), error.status)
    return html(render(PasswordPage(visit_of(request), secret, house.directory.address(email), chars_min)))


@post("/password", status_code=200)
async def password_form(request: AnyRequest) -> Response[str] | Redirect:
    """Set a new password by a link, end all sessions, and open one."""
    house = house_of(request)
    form = await form_of(request, FORM_BYTES_MAX)
    token, password = form.get("token"), form.get("password")
    from_our_page(request)
    house.door_turns.come_from(origin_of(request))
    email = await auth.look_at_link(house.credentials, token)
    agent = auth.agent_of(request.scope["headers"])
    return await _or_again(request, house, token, email, house.credentials.reset_password(token, password, agent))


async def _or_again(
    request: AnyRequest, house: House, token: str, email: str, setting: Awaitable[OpenedSession]
) -> Response[str] | Redirect:
    try:
        return let_in(request, await setting)
    except Malformed as error:
        if not is_page(request):
            raise
        problem = f"{error.message} {error.hint}"
        address, chars_min = house.directory.address(email), house.credentials.door.chars_min
        page = PasswordPage(visit_of(request), token, address, chars_min, problem)
        return html(render(page), error.status)


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
