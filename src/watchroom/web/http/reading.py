"""Reading a request: who sends it, what its body says, which page of a list it wants.

Called by every handler of the API and the pages before anything else. Never writes.
"""

import base64
import binascii
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response
from litestar.response import Redirect

from watchroom.base import shape
from watchroom.base.errors import Malformed, TooLarge
from watchroom.base.logs import about
from watchroom.incident.visibility import Viewer
from watchroom.people.caller import Caller, Scope
from watchroom.web.house import House, house_of
from watchroom.web.html.pages import Visit
from watchroom.web.http.auth import authenticate_now, check_csrf, require

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")
NUMBER_DIGITS_MAX = 18


def caller_of(request: AnyRequest, scope: Scope, form_token: str | None = None) -> Caller:
    """The caller, who has `scope`. Raises Unauthenticated, Forbidden."""
    house = house_of(request)
    headers = request.scope["headers"]
    caller = require(authenticate_now(house.credentials, headers), scope)
    here = about()
    here.actor = caller.actor
    here.stream = str(request.path_params.get("id", ""))
    check_csrf(caller, request.method, headers, form_token, public_url=house.settings.public_url)
    _check_query(request)
    return caller


def _check_query(request: AnyRequest) -> None:
    """Raise Malformed for a parameter that the API's address does not know: ignored, it would answer another question,
    or record what was only to be tried.

    The doors of senders do not come by here: their protocols say which parameters there are, and stay tolerant.
    """
    if not request.url.path.startswith("/api/v1/"):
        return
    known = request.route_handler.opt.get("query", ())
    for name in request.query_params:
        if name not in known:
            hint = f"{shape.nearest(name, list(known))}Known here: {', '.join(known) or 'none'}."
            raise Malformed(f"There is no parameter {name[:40]!r} here.", hint=hint)


def viewer_of(caller: Caller) -> Viewer:
    """Who looks: the person, or the token that nobody holds. A person's token sees what the person sees."""
    return Viewer(caller.person, caller.may("admin"))


def rooms_seen(house: House, caller: Caller) -> frozenset[str]:
    """Those of the restricted rooms that the caller sees, as far as the list of rooms has come: settle it before."""
    return house.rooms.sight.visible(viewer_of(caller), house.listing.restricted)


def maybe_caller(request: AnyRequest) -> Caller | None:
    """The caller, if there is a known one."""
    return authenticate_now(house_of(request).credentials, request.scope["headers"])


async def body_of(request: AnyRequest, bytes_max: int | None = None) -> bytes:
    """The body. Raises TooLarge above the limit, before it is read whole; without `bytes_max` it is the usual one."""
    limit = house_of(request).settings.body_bytes_max if bytes_max is None else bytes_max
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"The body is longer than {limit} bytes.", hint="Send less at once.")
        chunks.append(chunk)
    return b"".join(chunks)


def decoded(body: bytes, kind: type[T], what: str, hint: str) -> T:
    """A JSON body as `kind`; a choice may be written in any case. Raises Malformed, which says of `what` where it goes
    wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not body.strip():
            raise Malformed("The body is empty.", hint=hint) from error
        if (better := shape.respelt(error, kind, body)) is not None:
            return decoded(better, kind, what, hint)
        says = f"{what} cannot be taken: {shape.wrong(error, kind, body)}."
        raise Malformed(says, hint=f"{shape.right(error, kind, body)} {hint}".strip()) from error


class Form:
    """A submitted form: fields in the order sent, empty ones left out."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = [(name, value) for name, value in pairs if value != "" and name != "csrf"]
        self.csrf = next((value for name, value in pairs if name == "csrf"), None)

    @staticmethod
    def pairs_of(query: str) -> list[tuple[str, str]]:
        """The pairs of an address's parameters; none where it holds too many."""
        try:
            return parse_qsl(query, max_num_fields=200)
        except ValueError:
            return []

    def get(self, name: str, default: str = "") -> str:
        """The first value of a field."""
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> list[str]:
        """All values of a field."""
        return [value for key, value in self.pairs if key == name]

    def fields(self) -> dict[str, Any]:
        """Fields by name; one that was sent several times is a list."""
        found: dict[str, Any] = {}
        for name, value in self.pairs:
            if name in found:
                before = found[name]
                found[name] = [*before, value] if isinstance(before, list) else [before, value]
            else:
                found[name] = value
        return found


async def form_of(request: AnyRequest, bytes_max: int | None = None) -> Form:
    """The form that a page sent, URL-encoded. Raises Malformed, TooLarge."""
    body = await body_of(request, bytes_max)
    try:
        return Form(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1_000))
    except (UnicodeDecodeError, ValueError) as error:
        raise Malformed("The form cannot be read.", hint="Load the page again.") from error


def is_partial(request: AnyRequest) -> bool:
    """Whether the page's own script asks, and wants a notice rather than a page."""
    return request.headers.get("hx-request") is not None


def is_page(request: AnyRequest) -> bool:
    """Whether a person's browser asks for a page."""
    path = request.url.path
    return not path.startswith(("/api/", "/in/", "/v2/")) and "text/html" in request.headers.get("accept", "")


def visit_of(request: AnyRequest) -> Visit:
    """Who looks at a page, for its frame."""
    house = house_of(request)
    caller = maybe_caller(request)
    if caller is None:
        return Visit("", "", "", house.clock.now())
    name = house.directory.name(caller.person)
    return Visit(
        me=caller.person,
        name=name,
        csrf=caller.csrf,
        now=house.clock.now(),
        # A room that has moved since the list of rooms was read is not counted: it may have been restricted otherwise.
        untriaged=house.inbox.waiting(frozenset(filter(house.listing.is_settled, rooms_seen(house, caller)))),
        admin=caller.may("admin"),
        setup=house.setup.open and caller.may("admin"),
        reads=not caller.may("respond"),
        ring=house.ringer.shown(caller.person),
    )


def html(content: str, status: int = 200) -> Response[str]:
    """A page."""
    return Response(content, status_code=status, media_type="text/html")


def go(request: AnyRequest, path: str) -> Response[str] | Redirect:
    """Lead the browser on, whether its script asked or it sent a plain form."""
    if is_partial(request):
        return Response("", status_code=200, headers={"HX-Redirect": path}, media_type="text/html")
    return Redirect(path, status_code=303)


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """JSON for a program."""
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def cursor(value: str | None) -> str:
    """The place that `after` names in a list, or an empty text. Raises Malformed."""
    if not value:
        return ""
    try:
        plain = value.replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Malformed(
            "after is no place in this list.", hint="Use the value of next from the page before."
        ) from error


def to_cursor(place: str) -> str:
    """A place in a list as a URL-safe text."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def number(request: AnyRequest, name: str, default: int, low: int, high: int) -> int:
    """A whole number from the query, cut to `high`. Raises Malformed below `low` or when it is none."""
    value = request.query_params.get(name)
    if value is None or value == "":
        return default
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > NUMBER_DIGITS_MAX or int(value) < low:
        raise Malformed(f"{name} is not a whole number from {low} on: {value[:40]!r}.", hint=f"Give {name}={default}.")
    return min(int(value), high)


def flag(request: AnyRequest, name: str) -> bool:
    """`true` or `false` from the query; false when absent. Raises Malformed for anything else."""
    value = request.query_params.get(name, "false").lower()
    if value not in ("true", "false", "1", "0", ""):
        raise Malformed(f"{name} is true or false, not {value[:40]!r}.", hint=f"Give {name}=true.")
    return value in ("true", "1")


def choice(request: AnyRequest, name: str, allowed: tuple[str, ...]) -> str | None:
    """One of the words from the query, in any case, or None when absent. Raises Malformed."""
    value: str | None = request.query_params.get(name)
    if not value:
        return None
    word = shape.spelt(value, allowed)
    if word is None:
        near = shape.nearest(value, list(allowed))
        raise Malformed(f"{name} is not {value[:40]!r}.", hint=f"{near}One of: {', '.join(allowed)}.")
    return word
