"""From an error to a response, in one place: JSON of one shape for programs, a page for people.

Registered by `app` for the whole application; the raw handlers call `error_shape` themselves. Never hides an
unexpected error: it is logged with its request and counted.
"""

import logging
import re
from copy import copy
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from watchroom.base.errors import Forbidden, NotFound, TooOften, Unauthenticated, WatchroomError
from watchroom.base.logs import about, without_secrets
from watchroom.web.command_bar.spoken import spoken
from watchroom.web.house import house_of
from watchroom.web.html.pages import ErrorPage
from watchroom.web.html.render import render
from watchroom.web.http.auth import CHALLENGE
from watchroom.web.http.error_shape import error_body
from watchroom.web.http.policy import SECURITY_HEADERS
from watchroom.web.http.reading import is_page, is_partial, visit_of
from watchroom.web.http.security import with_security_headers
from watchroom.web.live.frames import notice_html
from watchroom.web.live.live import Send

RETRY_AFTER_S = b"2"
TOO_OFTEN_S = b"60"
"""When a person who was asked to wait should come back."""
ADMINS_NAMED_MAX = 3
_FOR_PROGRAMS = re.compile(r"\b(?:GET|POST|PUT|DELETE) /|/api/|/openapi")
_log = logging.getLogger(__name__)


def error_headers(error: WatchroomError, allow: str = "") -> dict[str, str]:
    """Headers that go with an error; `allow` are the methods that the address takes."""
    headers = {}
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED and allow:
        headers["Allow"] = allow
    if error.retry:
        headers["Retry-After"] = (TOO_OFTEN_S if isinstance(error, TooOften) else RETRY_AFTER_S).decode()
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = CHALLENGE
    return headers


async def refuse(send: Send, error: WatchroomError) -> None:
    """The refusal as a raw answer, for what fails before the application sees the request."""
    shown = {"Content-Type": "application/json", **error_headers(error), **SECURITY_HEADERS}
    headers = [(name.lower().encode(), value.encode()) for name, value in shown.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": error_body(error)})


def on_watchroom_error(request: Request[Any, Any, Any], error: WatchroomError) -> Response[Any]:
    """A refusal as JSON, as a notice in the page, or as a page of its own."""
    return with_security_headers(_answer(request, error))


def _answer(request: Request[Any, Any, Any], error: WatchroomError) -> Response[Any]:
    if is_partial(request) or is_page(request):
        error = _for_people(_by_an_admin(request, error))
    if is_partial(request):
        html = notice_html([], error=error)
        return Response(html, status_code=error.status, headers=error_headers(error), media_type="text/html")
    if is_page(request):
        if isinstance(error, Unauthenticated):
            return Redirect("/sign-in", status_code=303)
        message, hint = spoken(error.message), spoken(error.hint)
        page = ErrorPage(visit_of(request), error.status, error.code, message, hint)
        return Response(render(page), status_code=error.status, media_type="text/html")
    return Response(
        error_body(error), status_code=error.status, headers=error_headers(error), media_type="application/json"
    )


def _by_an_admin(request: Request[Any, Any, Any], error: WatchroomError) -> WatchroomError:
    """What only an admin may, with the names of those who can; any other error as it is."""
    if not isinstance(error, Forbidden) or error.code != Forbidden.code:
        return error
    house = house_of(request)
    admins = [account.email for account in house.credentials.accounts.all() if account.admin]
    names = [house.directory.name(email) for email in sorted(admins)[:ADMINS_NAMED_MAX]]
    if len(admins) > len(names):
        names.append("another admin")
    others = ", ".join(names[:-1])
    who = f"{others} or {names[-1]}" if others else "".join(names)
    hint = f"Ask {who}." if who else "`watchroom user add EMAIL --admin` on the server makes one."
    return Forbidden("Only an admin can see and change this.", hint=hint)


def _for_people(error: WatchroomError) -> WatchroomError:
    """The same refusal with a hint for somebody at a page, where it was one for programs."""
    if error.hint and not _FOR_PROGRAMS.search(error.hint):
        return error
    shown = copy(error)
    shown.hint = (
        "The address may be cut off, or what it led to is gone. Look for it on the board or among the signals."
        if error.status == HTTPStatus.NOT_FOUND
        else "Load the page before this one again, or begin at the board."
    )
    return shown


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What the framework itself refuses, in our shape."""
    status = error.status_code
    shown: WatchroomError
    if status == HTTPStatus.NOT_FOUND:
        shown = NotFound(
            f"There is nothing at {request.url.path[:200]}.", hint="GET /openapi.json lists every address."
        )
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        shown = WatchroomError(
            f"{request.method} is not allowed at {request.url.path}.",
            hint="GET /openapi.json says which methods are.",
            code="method_not_allowed",
        )
        shown.status = status
    else:
        shown = WatchroomError(str(error.detail) or "The request was refused.", code="malformed")
        shown.status = status
    response = on_watchroom_error(request, shown)
    if allow := (error.headers or {}).get("allow"):
        response.headers["Allow"] = allow
    return response


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A mistake of ours: logged with its request, counted, and said plainly."""
    _log.error("%s %s failed", request.method, without_secrets(request.url.path), exc_info=error)
    house_of(request).metrics.errors.inc()
    return on_watchroom_error(request, mistake())


def mistake() -> WatchroomError:
    """What is said of a mistake of ours, with the request's id, by which it is found in the log."""
    return WatchroomError(
        "Something went wrong on our side.", hint=f"Try again; the server's log has more, under {about().request_id}."
    )
