"""The front door: every request passes here once, before it is known what it wants.

It gets an id, which goes into its log lines and back in `X-Request-Id`; it is counted and timed by route; its body is
held against what all bodies together may take; and it is logged when it was slow or failed. Built by `app` around the
application. Never reads a body and never decides who may do what.
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from watchroom.base.clock import Clock
from watchroom.base.errors import Overloaded
from watchroom.base.logs import About, begin, fields, without_secrets
from watchroom.base.rng import Chance
from watchroom.web.live.live import Receive, Send
from watchroom.web.operations.metrics import Metrics

ID_CHARS_MAX = 64
_ID_CHARS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"

App = Callable[[Any, Receive, Send], Awaitable[None]]
"""An ASGI application."""

_log = logging.getLogger(__name__)


class Bodies:
    """What the bodies of all open requests take in memory, unpacked ones too."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self.bytes = 0

    def hold(self, size: int) -> None:
        """Count `size` more bytes. Raises Overloaded, counting nothing, when that is too much together."""
        if self.bytes + size > self.bytes_max and self.bytes:
            raise Overloaded("Too much is being sent at once.", hint="Send it again in a moment.")
        self.bytes += size

    def let_go(self, size: int) -> None:
        """They are not needed any more."""
        self.bytes -= size


class Front:
    """See the module. `slow_s`: a request that takes longer is logged."""

    def __init__(
        self, app: App, metrics: Metrics, bodies: Bodies, clock: Clock, chance: Chance, *, slow_s: float
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._bodies = bodies
        self._clock = clock
        self._slow_s = slow_s
        self._prefix = chance.bytes(4).hex()
        self._number = 0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = self._clock.monotonic_s()
        seen = _Seen(begin(self._id(scope), _client(scope)), self._bodies, receive, send)
        try:
            await self._app(scope, seen.receive, seen.send)
        finally:
            self._bodies.let_go(seen.held)
            self._note(scope, seen, self._clock.monotonic_s() - began_s)

    def _id(self, scope: Any) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and 0 < len(value) <= ID_CHARS_MAX and _ID_CHARS.issuperset(value):
                shown: str = value.decode()
                return shown
        self._number += 1
        return f"{self._prefix}-{self._number:x}"

    def _note(self, scope: Any, seen: "_Seen", took_s: float) -> None:
        route = route_of(scope)
        method = scope["method"] if scope["method"] in METHODS else OTHER
        self._metrics.request(route, method, seen.status, None if seen.stream else took_s)
        slow = took_s > self._slow_s and not seen.stream
        if not slow and seen.status < 500:
            return
        # What is refused while there is too much, or while the record cannot be written, is logged where that begins
        # and counted here: a line for each would be a storm of its own.
        level = logging.INFO if seen.status == 503 and not slow else logging.WARNING
        _log.log(
            level,
            "%s %s",
            method,
            without_secrets(scope["path"]),
            extra=fields(status=seen.status, duration_ms=round(took_s * 1000), client=_client(scope)),
        )


def route_of(scope: Any) -> str:
    """The route's template, such as `/incidents/{id}`: few, however many addresses are asked for."""
    template: str = scope.get("path_template") or OTHER
    return template


def _client(scope: Any) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


class _Seen:
    """What is noticed of one request on its way through."""

    __slots__ = ("_about", "_bodies", "_receive", "_send", "held", "status", "stream")

    def __init__(self, about: About, bodies: Bodies, receive: Receive, send: Send) -> None:
        self._about = about
        self._bodies = bodies
        self._receive = receive
        self._send = send
        self.held = 0
        self.status = 499
        """499 until an answer begins: the client went away before (as nginx counts it)."""
        self.stream = False

    async def receive(self) -> MutableMapping[str, Any]:
        """The next piece of the body, counted."""
        message = await self._receive()
        if size := len(message.get("body", b"")):
            self._bodies.hold(size)
            self.held += size
        return message

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """The answer, with the request's id."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            headers.append((b"x-request-id", self._about.request_id.encode()))
            self.stream = any(
                name == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers
            )
            message["headers"] = headers
        await self._send(message)
