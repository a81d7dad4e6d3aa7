"""The whole server as one object: builds every part, starts them in order, stops them in the other.

Used by `watchroom serve` and by tests, which run the real thing in their own process. The only file that knows all
the others.
"""

import asyncio
import contextlib
import gc
import logging
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
from litestar.types import ASGIApp

from watchroom.base.clock import Clock, WallClock
from watchroom.base.errors import MisConfigured, WatchroomError
from watchroom.base.rng import Chance
from watchroom.communication.policy import policy_of
from watchroom.config import Settings, base_url, domain_of_mail
from watchroom.control import ControlServer
from watchroom.detection.rulebook import Limits as RulebookLimits
from watchroom.detection.rulebook import Rulebook
from watchroom.incident.changes import Changes
from watchroom.incident.folds import Folds
from watchroom.incident.grouping_preview import Preview
from watchroom.incident.handle import Bounds, Rooms
from watchroom.incident.inbox import Inbox
from watchroom.incident.listing import Listing
from watchroom.incident.purge import Purge
from watchroom.incident.timers import Timers
from watchroom.integrations.delivery import Limits
from watchroom.integrations.heartbeat import Heartbeat
from watchroom.integrations.intake import Intake
from watchroom.integrations.mail_intake import MailIntake
from watchroom.integrations.mail_listener import MailListener
from watchroom.integrations.notify import Notifier
from watchroom.integrations.outbox import Outbox
from watchroom.integrations.recent_bodies import RecentBodies
from watchroom.integrations.source_book import SourceBook
from watchroom.operations import Desk, handlers
from watchroom.people.catalogue import Services
from watchroom.people.credential import Credentials
from watchroom.people.paging import Contacts
from watchroom.people.person import Directory
from watchroom.people.team import Teams
from watchroom.people.welcome import prepare
from watchroom.record.feed import Feed
from watchroom.record.lease import Lease
from watchroom.record.log import Log
from watchroom.record.opening import folder_lock, open_log, signer_of
from watchroom.record.projection import Projector
from watchroom.web import ingest
from watchroom.web.auth import authenticate
from watchroom.web.errors import on_http_exception, on_unexpected, on_watchroom_error, refuse
from watchroom.web.exporting import Exports
from watchroom.web.house import House
from watchroom.web.live import Hub
from watchroom.web.metrics import Metrics
from watchroom.web.ringing import Ringer
from watchroom.web.routes import ROUTES
from watchroom.web.security import with_security_headers
from watchroom.web.source_test import send_test
from watchroom.web.source_view import SentTest
from watchroom.web.template import warm
from watchroom.web.turns import Turns

KEEP_EVERY_S = 300
LEASE_S = 15.0

_log = logging.getLogger(__name__)

Listening = Callable[[int, Credentials], Awaitable[None]]


def web_app(house: House) -> Litestar:
    """The HTTP application over a house that is running."""
    app = Litestar(
        route_handlers=list(ROUTES),
        openapi_config=None,
        exception_handlers={
            WatchroomError: on_watchroom_error,
            HTTPException: on_http_exception,
            Exception: on_unexpected,
        },
        after_request=with_security_headers,
    )
    app.state.house = house
    return app


def front(house: House) -> ASGIApp:
    """The door: signals go straight to the intake, everything else through the framework's routes."""
    app = web_app(house)

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and ingest.is_ingest(scope["path"]):
            await ingest.take(house, scope, receive, send)
            return
        if scope["type"] == "http":
            try:
                # Whom another process let in a moment ago is known from here on; the handlers themselves never wait.
                await authenticate(house.credentials, scope["headers"])
            except WatchroomError as error:
                await refuse(send, error)
                return
        await app(scope, receive, send)

    return serve


@asynccontextmanager
async def open_house(
    settings: Settings, url: str, *, log: Log | None = None, clock: Clock | None = None, chance: Chance | None = None
) -> AsyncIterator[House]:
    """Every part of the server but the listening socket, started; stopped when the block ends.

    Raises Unavailable when another process has the record.
    """
    clock = clock or WallClock()
    chance = chance or Chance()
    policy = policy_of(settings)
    async with AsyncExitStack() as stack:
        if log is None:
            log = open_log(settings, clock, chance, f"serve {url}")
            stack.push_async_callback(log.close)
        feed = Feed(log)
        directory = Directory(log, clock)
        teams, services = Teams(log, clock), Services(log, clock)
        for followed in (directory, teams, services):
            await followed.load()
        credentials = _credentials(log, directory, clock, chance, settings)
        await credentials.load()
        await prepare(credentials, log, demo=settings.demo)
        rulebook = Rulebook(log, clock, RulebookLimits(settings.grouping_rules_max, settings.services_max))
        await rulebook.load()
        folds = Folds(log, settings.rooms_cached_max)
        book, changes = SourceBook(), Changes(settings.changes_listed_max)
        inbox, listing, outbox = Inbox(), Listing(folds, policy), Outbox(folds)
        projections = (inbox, listing, outbox, changes, book)
        projector = Projector(log, feed, projections, patience_s=settings.lists_wait_s)
        await projector.start()
        stack.push_async_callback(projector.close)
        hub = _hub(settings, clock)
        stack.push_async_callback(hub.close)
        contacts = Contacts(directory, teams, services, present=hub.present, mails=bool(settings.smtp_host))
        purge = Purge(log, folds, listing, projector)
        await purge.resume()
        rooms = Rooms(log, folds, clock, chance, contacts, _bounds(settings), purge)
        intake = Intake(log, folds, inbox, projector, clock, chance, settings.ingest_queue_max, rulebook.ready)
        await intake.start()
        stack.push_async_callback(intake.close)
        timers = Timers(rooms, listing, projector, clock, policy, settings.page_answer_s)
        notifier = Notifier(outbox, rooms, projector, clock, settings, url)
        ringer = Ringer(outbox, projector, hub, directory)
        lease = Lease(log, "timers", chance.secret("timers"), clock, LEASE_S)
        outbox_lease = Lease(log, "outbox", chance.secret("outbox"), clock, LEASE_S)
        stack.push_async_callback(credentials.keep)
        heartbeat = Heartbeat(log, book, projector, clock)
        watch = Lease(log, "heartbeat", chance.secret("heartbeat"), clock, LEASE_S)
        for work in (
            lease.run_while_held(timers.run),
            outbox_lease.run_while_held(notifier.run),
            watch.run_while_held(heartbeat.run),
            ringer.run(),
            credentials.follow(),
            rulebook.follow(),
            _keep(credentials, purge, clock),
        ):
            stack.push_async_callback(_stopped, asyncio.create_task(work))
        limits, recent, metrics = _limits(settings), RecentBodies(settings.kept_body_bytes_max), Metrics()
        mails = MailIntake(intake, book, recent, limits, clock, settings.kept_body_bytes_max)
        listener = await _listen_for_mail(stack, settings, credentials, mails, metrics)
        turns = Turns(clock, settings.reports_per_minute_max)
        yield House(
            settings, url, log, feed, folds, rooms, inbox, changes, listing, projector, intake, directory, teams,
            services, policy, outbox, ringer, credentials, hub, metrics, limits, clock, rulebook,
            _preview(log, clock, inbox, settings), book, recent, mails, listener, turns,
            Exports(lambda: signer_of(settings, log), settings.pdf_parallel_max),
        )  # fmt: skip


def _credentials(log: Log, directory: Directory, clock: Clock, chance: Chance, settings: Settings) -> Credentials:
    return Credentials(
        log,
        directory,
        clock,
        chance,
        sign_in_link_s=settings.sign_in_link_s,
        session_s=settings.session_s,
        source_key_overlap_s=settings.source_key_overlap_s,
    )


def _hub(settings: Settings, clock: Clock) -> Hub:
    return Hub(
        clock,
        viewers_max=settings.viewers_max,
        queue_frames_max=settings.viewer_queue_frames_max,
        per_session_max=settings.streams_per_session_max,
        heartbeat_s=settings.heartbeat_s,
    )


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        facts_max=settings.facts_per_incident_max,
        year_earliest=settings.year_earliest,
        year_latest=settings.year_latest,
        page_answer_s=settings.page_answer_s,
        page_deadline_s=settings.page_deadline_s,
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        alerts_max=settings.alerts_per_delivery_max,
        labels_max=settings.labels_per_signal_max,
        label_bytes_max=settings.label_value_bytes_max,
        annotation_bytes_max=settings.annotation_bytes_max,
        group_by=settings.group_by,
        year_earliest=settings.year_earliest,
        year_latest=settings.year_latest,
    )


def _preview(log: Log, clock: Clock, inbox: Inbox, settings: Settings) -> Preview:
    return Preview(
        log,
        clock,
        inbox.is_practice,
        signals_max=settings.grouping_preview_signals_max,
        events_max=settings.grouping_preview_events_max,
        seconds_max=settings.grouping_preview_s,
    )


async def _listen_for_mail(
    stack: AsyncExitStack, settings: Settings, credentials: Credentials, mails: MailIntake, metrics: Metrics
) -> MailListener | None:
    """The mail listener, if one is asked for. Raises MisConfigured when its address cannot be had."""
    if settings.mail_port < 0:
        return None

    def find(key: str) -> str | None:
        caller = credentials.by_url_key(key)
        return caller.source if caller is not None else None

    async def deliver(source: str, raw: bytes) -> None:
        for receipt in await mails.take(source, raw):
            metrics.signals.labels(receipt.outcome).inc()
        metrics.deliveries.labels("email", "250").inc()

    listener = MailListener(find, deliver, hostname=domain_of_mail(settings), bytes_max=settings.mail_bytes_max)
    await listener.start(listening_socket(settings.mail_host, settings.mail_port, "mail_port"))
    stack.push_async_callback(listener.close)
    return listener


async def _keep(credentials: Credentials, purge: Purge, clock: Clock) -> None:
    while True:
        await clock.sleep_until(clock.now() + timedelta(seconds=KEEP_EVERY_S))
        try:
            await credentials.keep()
            await purge.resume()
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


async def run(settings: Settings, listening: Listening) -> None:
    """Serve until interrupted; `listening` is told the port and the credentials once requests are answered."""
    sock = listening_socket(settings.host, settings.port)
    port: int = sock.getsockname()[1]
    url = base_url(settings, port)
    with contextlib.closing(sock), folder_lock(settings, f"serve {url}"):
        async with open_house(settings, url) as house:
            desk = desk_of(house, url)
            control = ControlServer(settings.control_path, handlers(desk))
            await control.start()
            try:
                await _serve(settings, house, sock, port, listening)
            finally:
                await control.close()


def desk_of(house: House, url: str) -> Desk:
    """What the shell may ask of a running house."""

    async def book() -> SourceBook:
        await house.projector.caught_up()
        return house.book

    async def test(name: str) -> SentTest:
        return await send_test(house, house.credentials.sources.named(name))

    return Desk(
        house.credentials,
        house.teams,
        house.services,
        url,
        house.projector.rebuild,
        book=book,
        log=house.log,
        clock=house.clock,
        projector=house.projector,
        import_bytes_max=house.settings.import_bytes_max,
        facts_max=house.settings.facts_per_incident_max,
        test=test,
    )


async def _serve(settings: Settings, house: House, sock: socket.socket, port: int, listening: Listening) -> None:
    config = uvicorn.Config(
        front(house),
        lifespan="off",
        access_log=False,
        log_level="warning",
        http="httptools",
        timeout_graceful_shutdown=int(settings.shutdown_s) or 1,
        server_header=False,
        h11_max_incomplete_event_size=None,
    )
    server = _Server(config, house.hub)
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
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, contextlib.suppress(KeyboardInterrupt):
        runner.run(run(settings, listening))
