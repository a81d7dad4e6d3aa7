"""The door of the server: the HTTP application behind its front, and the socket and the process that serve it.

Called by `app`. Never builds a part of the house and never decides.
"""

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.exceptions import HTTPException

from watchroom.base.errors import MisConfigured, WatchroomError
from watchroom.base.rng import Chance
from watchroom.web.house import House
from watchroom.web.http.auth import authenticate
from watchroom.web.http.errors import on_http_exception, on_unexpected, on_watchroom_error, refuse
from watchroom.web.http.front import App, Front
from watchroom.web.http.security import with_security_headers
from watchroom.web.http.wire import Config, ConnectionBounds
from watchroom.web.ingest import handlers as ingest
from watchroom.web.live.live import Hub
from watchroom.web.routes import ROUTES
from watchroom.web.status.site import is_status

FILES_SPARED = 200
"""Open files that are kept for the record, the shell and the process itself."""
FILES_UNBOUNDED = 1_000_000


def web_app(house: House) -> Litestar:
    """The HTTP application over a house that is running."""
    app = Litestar(
        route_handlers=list(ROUTES),
        openapi_config=None,
        logging_config=None,
        exception_handlers={
            WatchroomError: on_watchroom_error,
            HTTPException: on_http_exception,
            Exception: on_unexpected,
        },
        after_request=with_security_headers,
    )
    app.state.house = house
    return app


def front(house: House, chance: Chance | None = None) -> App:
    """The door: signals go straight to the intake and visitors to the status page, all else to the routes."""
    app = web_app(house)
    settings = house.settings

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and ingest.is_ingest(scope["path"]):
            await ingest.take(house, scope, receive, send)
            return
        if scope["type"] == "http" and is_status(scope["path"]):
            # Before anybody is asked for: the page is for whoever comes, however many.
            await house.status.serve(scope, send)
            return
        if scope["type"] == "http":
            try:
                # Whom another process let in a moment ago is known from here on; the handlers themselves never wait.
                await authenticate(house.credentials, scope["headers"])
            except WatchroomError as error:
                await refuse(send, error)
                return
        await app(scope, receive, send)

    return Front(serve, house.metrics, house.bodies, house.clock, chance or Chance(), slow_s=settings.slow_request_s)


def wiring(house: House) -> Config:
    """How connections are served: uvicorn with this house's bounds."""
    settings = house.settings
    bounds = ConnectionBounds(
        connections_max=min(settings.connections_max, files_allowed() - FILES_SPARED),
        header_bytes_max=settings.header_bytes_max,
        header_s=settings.header_s,
        body_s=settings.body_s,
        unread_s=settings.unread_s,
        dropped=lambda why: house.metrics.dropped.labels(why).inc(),
    )
    return Config.of(front(house), bounds, shutdown_s=settings.shutdown_s)


def files_allowed() -> int:
    """How many files and connections this process may have open, after asking for as many as it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    return FILES_UNBOUNDED if soft == resource.RLIM_INFINITY else soft


class Server(uvicorn.Server):
    """uvicorn, which ends the live streams before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in good order on a signal; uvicorn's own way raises it again at the end, before anything is put away."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._hub.close()
        await super().shutdown(sockets)


def listening_socket(host: str, port: int, setting: str = "port") -> socket.socket:
    """A socket that listens. Raises MisConfigured when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise MisConfigured(
            f"Cannot listen on {host}:{port}: {error.strerror or error}.",
            hint="Choose another with --port, or --port 0 for a free one."
            if setting == "port"
            else f"Choose another with the setting {setting}; 0 picks a free one.",
        ) from error
    sock.listen(2048)
    return sock
