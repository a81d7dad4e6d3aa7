"""One connection, with its bounds: how long a request may take to arrive, how long its headers may be, how long a
client may leave unread what it was sent, and how many connections there may be at once.

uvicorn's protocol with deadlines; the server is told to use it by `app`. A client that is too slow or sends too much
costs itself its connection, and nobody else anything. Never looks into a body.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from watchroom.base.errors import Malformed, Overloaded, TooLarge, WatchroomError
from watchroom.web.http.error_shape import error_body
from watchroom.web.http.errors import error_headers

Dropped = Literal["slow_headers", "slow_body", "long_headers", "unread", "too_many"]
SPARE_CONNECTIONS = 64
"""Beyond the most connections, this many more are still told that it is too many; the rest are cut at once."""
ALWAYS = frozenset({"/healthz", "/readyz", "/metrics"})
"""Answered however many connections there are: those who look after the server must still see it."""


class TooSlow(Malformed):
    """The request did not arrive in time."""

    code, status = "too_slow", 408


class HeadersTooLarge(TooLarge):
    """The line and the headers of a request are over the limit."""

    code, status = "headers_too_large", 431


class ConnectionBounds(msgspec.Struct, frozen=True):
    """What one connection may cost."""

    connections_max: int
    header_bytes_max: int
    header_s: float
    body_s: float
    unread_s: float
    dropped: Callable[[Dropped], None] = lambda _why: None


class Config(uvicorn.Config):
    """uvicorn's configuration, with our bounds for each connection."""

    bounds: ConnectionBounds

    @classmethod
    def of(cls, app: Any, bounds: ConnectionBounds, *, shutdown_s: float) -> "Config":
        """The configuration that the server and its tests use."""
        made = cls(
            app,
            lifespan="off",
            access_log=False,
            log_config=None,
            # What it says below that, any stranger can have it say as often as he likes.
            log_level="error",
            http=Connection,
            ws="none",
            timeout_graceful_shutdown=int(shutdown_s) or 1,
            server_header=False,
        )
        made.bounds = bounds
        return made


class Connection(HttpToolsProtocol):
    """See the module."""

    config: Config

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """A client has connected."""
        super().connection_made(transport)
        self._bounds = self.config.bounds
        self._awaiting: Literal["headers", "body"] | None = "headers"
        self._header_bytes = 0
        self._refusal: WatchroomError | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        over = len(self.connections) - self._bounds.connections_max
        if over > 0:
            if over > SPARE_CONNECTIONS:
                self._bounds.dropped("too_many")
                transport.abort()
                return
            self.app = self._full
        self._arm(self._bounds.header_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, by whoever's wish."""
        self._disarm()
        if self._unread is not None:
            self._unread.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The next bytes. A request that comes in one piece never has a timer set for it."""
        before = self._awaiting
        if before == "headers":
            self._header_bytes += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            self._disarm()
            return
        if self._awaiting == "headers" and self._header_bytes > self._bounds.header_bytes_max:
            self._refuse("long_headers", self._too_long())
        elif self._awaiting != before or self._awaiting is None:
            self._disarm()
            if self._awaiting is not None:
                self._arm(self._bounds.header_s if self._awaiting == "headers" else self._bounds.body_s)
            elif not self._answering:
                # Empty lines between two requests end uvicorn's own patience, and are no request either.
                self._arm(self._bounds.header_s)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        if self._awaiting is None:
            self._awaiting, self._header_bytes = "headers", 1
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer after a body in pieces."""
        super().on_header(name, value)
        if len(self.headers) * 4 > self._bounds.header_bytes_max:
            self._refusal = self._too_long()
            raise ValueError("too many headers")

    def on_headers_complete(self) -> None:
        """The line and all headers are there."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self._bounds.header_bytes_max:
            self._refusal = self._too_long()
            raise ValueError("headers too large")
        self._awaiting = "body"
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request has arrived whole."""
        self._awaiting = None
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client has left so much unread that no more is to be sent to it."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(self._bounds.unread_s, self._never_reads)

    def resume_writing(self) -> None:
        """The client has read on."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or over a bound of it, in the one shape of errors."""
        error = self._refusal or Malformed("This is no HTTP request.", hint="Speak HTTP/1.1.")
        if self._refusal is not None:
            self._bounds.dropped("long_headers")
        self._say(error)

    @property
    def _answering(self) -> bool:
        """Whether a request waits for the rest of its answer; uvicorn has no request at all before the first."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _arm(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._too_late)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        which, limit_s = ("headers", self._bounds.header_s)
        why: Dropped = "slow_headers"
        if self._awaiting == "body":
            which, limit_s, why = "body", self._bounds.body_s, "slow_body"
        self._refuse(
            why, TooSlow(f"The {which} did not arrive within {limit_s:g} seconds.", hint="Send it again, in one go.")
        )

    def _never_reads(self) -> None:
        self._unread = None
        self._bounds.dropped("unread")
        # What waits in the buffers would wait for ever; the client comes back with the number of what it has seen.
        self.transport.abort()

    def _refuse(self, why: Dropped, error: WatchroomError) -> None:
        self._bounds.dropped(why)
        self._disarm()
        if self._awaiting is None or self._header_bytes == 0:
            # Connected, and has not said a word that belongs to a request.
            self.transport.close()
        elif self._answering and self.cycle.response_started:
            self.transport.abort()
        else:
            self._say(error)

    def _say(self, error: WatchroomError) -> None:
        body = error_body(error)
        headers = "".join(f"{name.lower()}: {value}\r\n" for name, value in error_headers(error).items())
        self.transport.write(
            f"HTTP/1.1 {error.status} {error.code}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n{headers}connection: close\r\n\r\n".encode("latin-1")
            + body
        )
        self.transport.close()

    def _too_long(self) -> WatchroomError:
        return HeadersTooLarge(
            f"The headers are longer than {self._bounds.header_bytes_max} bytes.", hint="Send less in headers."
        )

    async def _full(self, scope: Any, receive: Any, send: Any) -> None:
        """In place of the application, while there are too many connections."""
        if scope["path"] in ALWAYS:
            await self.config.loaded_app(scope, receive, send)
            return
        self._bounds.dropped("too_many")
        error = Overloaded("Too many connections are open.", hint="Try again in a moment.")
        body = error_body(error)
        headers = {**error_headers(error), "Content-Type": "application/json", "Connection": "close"}
        shown = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send(
            {
                "type": "http.response.start",
                "status": error.status,
                "headers": [*shown, (b"content-length", b"%d" % len(body))],
            }
        )
        await send({"type": "http.response.body", "body": body})
