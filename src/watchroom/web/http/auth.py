"""Access over HTTP: from the headers of a request to the caller, and from a sign-in link to a cookie.

Plain functions over ASGI's headers, called by the ingest handlers, the API and the pages before anything else is
done. `docs/decisions/0008-access.md` says what is accepted where. Never waits for whoever is known already, and never
says why a credential is not good.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from watchroom.base.errors import Forbidden, Unauthenticated
from watchroom.people.caller import MEANING, Caller, Scope
from watchroom.people.credential import Credentials
from watchroom.people.session import OpenedSession

Headers = Iterable[tuple[bytes, bytes]]

COOKIE = "wr_session"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
CHALLENGE = 'Bearer realm="Watchroom"'
"""What every 401 says in `WWW-Authenticate`. Basic works but is not offered: browsers would ask for a password."""
URL_PREFIX = "/in/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SignedIn(NamedTuple):
    """What to answer to a used link: 303 to `location` with `set_cookie`."""

    location: str
    set_cookie: str
    email: str


def split_url_key(path: str) -> tuple[str, str] | None:
    """`/in/KEY/api/v2/alerts` is `("KEY", "/api/v2/alerts")`; None for a path without a key."""
    if not path.startswith(URL_PREFIX):
        return None
    key, _, rest = path[len(URL_PREFIX) :].partition("/")
    return key, "/" + rest


async def authenticate(credentials: Credentials, headers: Headers, url_key: str | None = None) -> Caller | None:
    """As `authenticate_now`; whoever shows something unknown is looked for among what other processes have made since.

    Raises Unavailable when the record cannot say.
    """
    headers = list(headers)
    caller = authenticate_now(credentials, headers, url_key)
    if caller is None and _shows_something(headers, url_key):
        await credentials.catch_up()
        caller = authenticate_now(credentials, headers, url_key)
    return caller


def _shows_something(headers: Headers, url_key: str | None) -> bool:
    if url_key is not None:
        return True
    return any(
        name == b"authorization" or (name == b"cookie" and bool(_session_cookies(value))) for name, value in headers
    )


def authenticate_now(credentials: Credentials, headers: Headers, url_key: str | None = None) -> Caller | None:
    """Who sends this request, or None. The key of the URL goes before `Authorization`, and that before the cookie.

    A wrong credential is nobody, even when a good one of a lower place came along. No await.
    """
    if url_key is not None:
        return credentials.by_url_key(url_key)
    authorization = cookies = None
    for name, value in headers:
        if name == b"authorization":
            authorization = value
        elif name == b"cookie":
            cookies = value if cookies is None else cookies + b"; " + value
    if authorization is not None:
        secret = _secret_of(authorization)
        return None if secret is None else credentials.by_secret(secret)
    if cookies is not None:
        for secret in _session_cookies(cookies):
            caller = credentials.by_session(secret)
            if caller is not None:
                return caller
    return None


def _secret_of(authorization: bytes) -> str | None:
    """The secret inside `Bearer SECRET`, `Basic base64(anyone:SECRET)` or Opsgenie's `GenieKey SECRET`."""
    scheme, _, rest = authorization.strip().partition(b" ")
    match scheme.lower():
        case b"bearer" | b"geniekey":
            return rest.strip().decode("latin-1") or None
        case b"basic":
            try:
                decoded = base64.b64decode(rest.strip(), validate=True)
            except (binascii.Error, ValueError):
                return None
            return decoded.partition(b":")[2].decode("latin-1") or None
        case _:
            return None


def _session_cookies(cookies: bytes) -> list[str]:
    found = []
    for pair in cookies.split(b";"):
        name, _, value = pair.strip().partition(b"=")
        if name == COOKIE.encode():
            found.append(value.strip().strip(b'"').decode("latin-1"))
    return found


def known(caller: Caller | None) -> Caller:
    """The caller. Raises Unauthenticated when there is none."""
    if caller is None:
        raise Unauthenticated(
            "This needs somebody known.",
            hint="Send `Authorization: Bearer TOKEN` (watchroom token create NAME --scope read), or sign in. "
            "A sender needs a source's key: watchroom source create NAME --kind KIND",
        )
    return caller


def require(caller: Caller | None, scope: Scope) -> Caller:
    """The caller, who has `scope`. Raises Unauthenticated when there is none, Forbidden without the scope."""
    caller = known(caller)
    if not caller.may(scope):
        has = ", ".join(sorted(caller.scopes)) or "none"
        remedy = (
            "Ask an admin of this install."
            if caller.session is not None
            else f"Make a token that has it: watchroom token create NAME --scope {scope}"
        )
        raise Forbidden(f"This needs the scope {scope} ({MEANING[scope]}); the caller has {has}.", hint=remedy)
    return caller


def check_csrf(
    caller: Caller | None, method: str, headers: Headers, form_token: str | None = None, *, public_url: str = ""
) -> None:
    """Let an unsafe request of a session pass only if our own page sent it. Raises Forbidden.

    Tokens and keys pass: no browser adds them by itself. `form_token` is the field `csrf`, where there is a form.
    """
    if caller is None or caller.session is None or method in SAFE_METHODS:
        return
    found = _named(headers)
    check_origin(found, public_url=public_url)
    shown = found.get(CSRF_HEADER) or form_token or ""
    if not hmac.compare_digest(shown.encode("utf-8", "replace"), caller.csrf.encode()):
        raise Forbidden(
            "This request does not carry the session's X-CSRF-Token.",
            hint="Load the page again; a program uses a token instead of a session.",
            code="csrf",
        )


def check_origin(headers: Headers | dict[str, str], *, public_url: str = "") -> None:
    """Refuse what another site's page made the browser send. Raises Forbidden.

    `Sec-Fetch-Site` decides where a browser sends it (source: W3C Fetch Metadata), else `Origin` must be our address.
    Over plain http browsers send no `Sec-Fetch-Site`, and under a strict Referrer-Policy an `Origin` of `null` even for
    our own forms (source: WHATWG Fetch, "append a request Origin header"): that says nothing; the CSRF token decides.
    """
    found = headers if isinstance(headers, dict) else _named(headers)
    site = found.get("sec-fetch-site")
    if site is not None:
        foreign = site not in ("same-origin", "none")
    else:
        origin = found.get("origin")
        ours = {found.get("host", "").lower(), urlsplit(public_url).netloc.lower()} - {""}
        foreign = origin not in (None, "null") and urlsplit(origin).netloc.lower() not in ours
    if foreign:
        raise Forbidden(
            "Another site's page sent this request.", hint="Do it from Watchroom's own page.", code="cross_site"
        )


def _named(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


async def look_at_link(credentials: Credentials, secret: str) -> str:
    """The e-mail that the link would sign in, for the page with the one button; the link stays good.

    Raises NotFound when it was used, is too old or never was.
    """
    return (await credentials.look_at_link(secret)).email


async def sign_in(
    credentials: Credentials, secret: str, headers: Headers, *, now: datetime, https: bool, public_url: str = ""
) -> SignedIn:
    """Use up the link behind the button. Raises NotFound as `look_at_link`, Forbidden from another site's page."""
    check_origin(headers, public_url=public_url)
    opened = await credentials.sign_in(secret, agent_of(headers))
    return signed_in(opened, now=now, https=https)


def signed_in(opened: OpenedSession, *, now: datetime, https: bool, location: str = "/") -> SignedIn:
    """What to answer to somebody for whom a session was opened."""
    lasts_s = int((opened.session.expires_at - now).total_seconds())
    return SignedIn(location, session_cookie(opened.secret, lasts_s, https=https), opened.session.email)


def agent_of(headers: Headers) -> str:
    """What the browser says of itself."""
    return next((value.decode("latin-1") for name, value in headers if name == b"user-agent"), "")


async def sign_out(credentials: Credentials, caller: Caller, *, everywhere: bool = False, https: bool) -> str:
    """End the caller's session, or all of the person's; returns the `Set-Cookie` that makes the browser forget it."""
    if caller.session is not None:
        if everywhere:
            await credentials.sessions.sign_out_everywhere(caller.person)
        else:
            await credentials.sessions.sign_out(caller.session)
    return session_cookie("", 0, https=https)


def session_cookie(secret: str, lasts_s: int, *, https: bool) -> str:
    """The value of `Set-Cookie` (source: RFC 6265)."""
    secure = "; Secure" if https else ""
    return f"{COOKIE}={secret}; Path=/; Max-Age={lasts_s}; HttpOnly; SameSite=Lax{secure}"


def is_https(scheme: str, public_url: str) -> bool:
    """Whether browsers reach us by https: by the request's scheme, or by the address that was configured."""
    return scheme == "https" or public_url.startswith("https://")
