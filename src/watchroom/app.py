"""The whole server as one object: builds every part, starts them in order, stops them in the other.

Used by `watchroom serve` and by tests, which run the real thing in their own process. The only file that knows all
the others.
"""

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import uvicorn
import uvloop
from litestar import Litestar
from litestar.exceptions import HTTPException

from watchroom.base.clock import Clock, WallClock
from watchroom.base.errors import MisConfigured, WatchroomError
from watchroom.base.logs import set_up
from watchroom.base.rng import Chance
from watchroom.config import Settings, base_url
from watchroom.control import ControlServer
from watchroom.incident.folds import Folds
from watchroom.incident.handle import Bounds, Rooms
from watchroom.incident.inbox import Inbox
from watchroom.incident.listing import Listing
from watchroom.incident.timers import Timers
from watchroom.integrations.delivery import Limits
from watchroom.integrations.intake import Intake
from watchroom.integrations.kept import Kept
from watchroom.operations import Desk, handlers
from watchroom.people.credential import Credentials
from watchroom.people.person import Directory
from watchroom.people.welcome import prepare
from watchroom.record.feed import Feed
from watchroom.record.lease import Lease
from watchroom.record.log import Log
from watchroom.record.probe import Probe
from watchroom.record.projection import Projector
from watchroom.record.sqlite_log import SqliteLog
from watchroom.web import ingest
from watchroom.web.errors import on_http_exception, on_unexpected, on_watchroom_error
from watchroom.web.front import App, Bodies, Front
from watchroom.web.health import Health
from watchroom.web.house import House
from watchroom.web.live import Hub
from watchroom.web.metrics import Metrics
from watchroom.web.routes import ROUTES
from watchroom.web.security import with_security_headers
from watchroom.web.template import warm
from watchroom.web.wire import Config, ConnectionBounds

KEEP_EVERY_S = 300
LEASE_S = 15.0
WAITED_FOR_EVENTS = 2_000
"""A start waits until its lists have taken in so many events, which is a moment; more, and it is ready later."""
FILES_SPARED = 200
"""Open files that are kept for the record, the shell and the process itself."""
FILES_UNBOUNDED = 1_000_000

_log = logging.getLogger(__name__)

Listening = Callable[[int, Credentials], Awaitable[None]]


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
    """The door: signals go straight to the intake, everything else through the framework's routes."""
    app = web_app(house)
    settings = house.settings

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and ingest.is_ingest(scope["path"]):
            await ingest.take(house, scope, receive, send)
        else:
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


@asynccontextmanager
async def open_house(
    settings: Settings, url: str, *, log: Log | None = None, clock: Clock | None = None, chance: Chance | None = None
) -> AsyncIterator[House]:
    """Every part of the server but the listening socket, started; stopped when the block ends.

    Raises Unavailable when another process has the record.
    """
    clock = clock or WallClock()
    chance = chance or Chance()
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        folder = settings.folder if log is None else None
        if log is None:
            log = SqliteLog(
                settings.record_path, settings.organisation, clock, chance, holder=f"serve {url}", observer=metrics
            )
            stack.push_async_callback(log.close)
        feed = Feed(log)
        credentials = await _credentials(settings, log, clock, chance)
        directory = credentials.directory
        await prepare(credentials, log, demo=settings.demo)
        folds = Folds(log, settings.rooms_cached_max, settings.rooms_cached_bytes_max)
        inbox, listing = Inbox(), Listing(folds)
        projector = Projector(log, feed, (inbox, listing))
        await projector.start()
        stack.push_async_callback(projector.close)
        bounds = Bounds(
            settings.facts_per_incident_max, settings.year_earliest, settings.year_latest, settings.idempotency_s
        )
        rooms = Rooms(log, folds, clock, chance, directory.known, bounds)
        intake = Intake(log, folds, inbox, projector, clock, chance, settings.ingest_queue_max)
        stack.push_async_callback(intake.close)
        if projector.behind <= WAITED_FOR_EVENTS:
            await intake.start()
        else:
            # A long way: the server answers meanwhile, and /readyz says how far it has come.
            stack.push_async_callback(_stopped, asyncio.create_task(_started(intake)))
        hub = Hub(
            clock,
            viewers_max=settings.viewers_max,
            queue_frames_max=settings.viewer_queue_frames_max,
            per_session_max=settings.streams_per_session_max,
            heartbeat_s=settings.heartbeat_s,
        )
        stack.push_async_callback(hub.close)
        timers = Timers(rooms, listing, inbox, projector, clock)
        lease = Lease(log, "timers", chance.secret("timers"), clock, LEASE_S)
        probe = Probe(log, clock, folder, settings.probe_every_s)
        await probe.look()
        health = Health(
            settings, log, projector, intake, probe, clock,
            leases=(lease,), timers=timers, failing=lambda: metrics.record_failing,
        )  # fmt: skip
        stack.push_async_callback(_kept, credentials)
        for work in (
            lease.run_while_held(timers.run),
            _keep(credentials, rooms, clock),
            probe.run(),
            health.keep_time(),
        ):
            stack.push_async_callback(_stopped, asyncio.create_task(work))
        yield House(
            settings, url, log, feed, folds, rooms, inbox, listing, projector, intake, directory, credentials, hub,
            metrics, limits_of(settings), clock, health, Bodies(settings.bodies_bytes_max),
            Kept(settings.kept_per_source_day_max),
        )  # fmt: skip


async def _credentials(settings: Settings, log: Log, clock: Clock, chance: Chance) -> Credentials:
    """The directory and everything by which a caller is known, read from the record."""
    directory = Directory(log, clock)
    await directory.load()
    credentials = Credentials(
        log,
        directory,
        clock,
        chance,
        sign_in_link_s=settings.sign_in_link_s,
        session_s=settings.session_s,
        source_key_overlap_s=settings.source_key_overlap_s,
        sessions_per_person_max=settings.sessions_per_person_max,
    )
    await credentials.load()
    return credentials


def limits_of(settings: Settings) -> Limits:
    """What one delivery may hold."""
    return Limits(
        alerts_max=settings.alerts_per_delivery_max,
        labels_max=settings.labels_per_signal_max,
        label_bytes_max=settings.label_value_bytes_max,
        annotation_bytes_max=settings.annotation_bytes_max,
        group_by=settings.group_by,
        year_earliest=settings.year_earliest,
        year_latest=settings.year_latest,
    )


async def _started(intake: Intake) -> None:
    try:
        await intake.start()
    except WatchroomError as error:
        _log.error("Signals cannot be taken in: %s", error.message)
    except Exception:  # supervised: a server that takes no signals in must say why
        _log.exception("Signals cannot be taken in")


async def _kept(credentials: Credentials) -> None:
    try:
        await credentials.keep()
    except WatchroomError as error:
        _log.warning("What was used of late could not be written down at the end: %s", error.message)


async def _keep(credentials: Credentials, rooms: Rooms, clock: Clock) -> None:
    while True:
        await clock.sleep_until(clock.now() + timedelta(seconds=KEEP_EVERY_S))
        try:
            await credentials.keep()
            await rooms.keys.forget()
        except WatchroomError as error:
            _log.warning("What was used of late could not be written down: %s", error.message)


async def _stopped(task: "asyncio.Task[object]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


class _Server(uvicorn.Server):
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


def listening_socket(host: str, port: int) -> socket.socket:
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
            hint="Choose another with --port, or --port 0 for a free one.",
        ) from error
    sock.listen(2048)
    return sock


async def run(settings: Settings, listening: Listening) -> None:
    """Serve until interrupted; `listening` is told the port and the credentials once requests are answered."""
    if settings.database:
        raise MisConfigured("PostgreSQL comes with the next version.", hint="Leave --database away to use SQLite.")
    sock = listening_socket(settings.host, settings.port)
    port: int = sock.getsockname()[1]
    url = base_url(settings, port)
    with contextlib.closing(sock):
        async with open_house(settings, url) as house:
            desk = Desk(house.credentials, url, house.projector.rebuild)
            control = ControlServer(settings.control_path, handlers(desk))
            await control.start()
            try:
                await _serve(settings, house, sock, port, listening)
            finally:
                await control.close()


async def _serve(settings: Settings, house: House, sock: socket.socket, port: int, listening: Listening) -> None:
    server = _Server(wiring(house), house.hub)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        await asyncio.wait({serving, asyncio.create_task(server.up.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            await listening(port, house.credentials)
            await asyncio.to_thread(warm)
        await serving
    finally:
        server.should_exit = True
        await serving


def serve(settings: Settings, listening: Listening) -> None:
    """Run the server in this process until SIGINT or SIGTERM. Raises MisConfigured, Unavailable."""
    set_up(settings.log_format, settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, contextlib.suppress(KeyboardInterrupt):
        runner.run(run(settings, listening))
