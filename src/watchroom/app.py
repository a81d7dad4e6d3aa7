"""The whole server as one object: builds every part, starts them in order, stops them in the other.

Used by `watchroom serve` and by tests, which run the real thing in their own process. The only file that knows all
the others.
"""

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop

from watchroom.base.clock import Clock, WallClock
from watchroom.base.ending import ended
from watchroom.base.errors import WatchroomError
from watchroom.base.logs import set_up
from watchroom.base.rng import Chance
from watchroom.communication.status_book import StatusBook
from watchroom.config import Settings, base_url, domain_of_mail
from watchroom.control import ControlServer
from watchroom.detection.rulebook import Rulebook
from watchroom.detection.taxonomy import Taxonomy
from watchroom.incident.audit import AuditLog
from watchroom.incident.changes import Changes
from watchroom.incident.folds import Folds
from watchroom.incident.forgetting import Forgetting
from watchroom.incident.grouping_preview import Preview
from watchroom.incident.handle import Bounds, Rooms
from watchroom.incident.inbox import Inbox
from watchroom.incident.listing import Listing
from watchroom.incident.profile_book import ProfileBook
from watchroom.incident.purge import Purge
from watchroom.incident.search.indexer import Indexer
from watchroom.incident.search.opening import bounds_of, indexer_of
from watchroom.incident.search.searching import Answer, Search
from watchroom.incident.sight import Sight
from watchroom.incident.status_posts import StatusPosts
from watchroom.incident.timers import Timers
from watchroom.incident.visibility import Viewer
from watchroom.integrations import alertmanager
from watchroom.integrations.access_mail import AccessMail
from watchroom.integrations.delivery import Limits
from watchroom.integrations.heartbeat import Heartbeat
from watchroom.integrations.intake import Intake
from watchroom.integrations.inviting import Inviter
from watchroom.integrations.keeper import Keeper
from watchroom.integrations.kept import Kept
from watchroom.integrations.mail_intake import MailIntake
from watchroom.integrations.mail_listener import MailListener
from watchroom.integrations.notify import Notifier
from watchroom.integrations.outbox import Outbox
from watchroom.integrations.recent_bodies import RecentBodies
from watchroom.integrations.source_book import SourceBook
from watchroom.integrations.source_settings import audit_log
from watchroom.operations.desk import ACTOR, Desk, Told
from watchroom.operations.every import handlers
from watchroom.people.catalogue import Services
from watchroom.people.credential import Credentials, credentials_of
from watchroom.people.paging import Contacts
from watchroom.people.person import Directory
from watchroom.people.setup import Setup
from watchroom.people.team import Teams
from watchroom.people.welcome import prepare
from watchroom.record.feed import Feed
from watchroom.record.lease import Lease
from watchroom.record.log import Log
from watchroom.record.opening import folder_lock, open_log, signer_of
from watchroom.record.probe import Probe
from watchroom.record.projection import Projector
from watchroom.web.exports.exporting import Exports
from watchroom.web.house import House
from watchroom.web.html.template import warm
from watchroom.web.http.aside import Aside
from watchroom.web.http.door import Server, listening_socket, wiring
from watchroom.web.http.front import Bodies
from watchroom.web.http.turns import DoorTurns, Turns
from watchroom.web.live.live import Hub
from watchroom.web.live.ringing import Ringer
from watchroom.web.operations.health import Health
from watchroom.web.operations.metrics import Metrics
from watchroom.web.settings.source_test import send_test
from watchroom.web.settings.source_view import SentTest
from watchroom.web.status.site import StatusSite

KEEP_EVERY_S = 300
LEASE_S = 15.0
START_AGAIN_S = 1.0
WAITED_FOR_EVENTS = 2_000
"""A start waits until its lists have taken in so many events, which is a moment; more, and it is ready later."""

_log = logging.getLogger(__name__)

Listening = Callable[[int, Credentials], Awaitable[None]]


@asynccontextmanager
async def open_house(
    settings: Settings, url: str, *, log: Log | None = None, clock: Clock | None = None, chance: Chance | None = None
) -> AsyncIterator[House]:
    """Every part of the server but the listening socket, started; stopped when the block ends.

    Raises Unavailable when another process has the record.
    """
    clock, chance = clock or WallClock(), chance or Chance()
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        folder = settings.folder if log is None and not settings.database else None
        if log is None:
            log = open_log(settings, clock, chance, f"serve {url}", metrics)
            stack.push_async_callback(log.close)
        feed, directory = Feed(log), Directory(log, clock, demo=settings.demo)
        teams, services = Teams(log, clock), Services(log, clock, settings.services_max)
        profiles, taxonomy = ProfileBook(log, clock, settings.profile), _taxonomy(log, clock, settings)
        setup, status_book = Setup(log, clock), StatusBook(log, clock)
        for followed in (directory, teams, services, profiles, setup, status_book, taxonomy):
            await followed.load()
        await (credentials := credentials_of(log, directory, clock, chance, settings)).load()
        await prepare(credentials, log, demo=settings.demo)
        await (rulebook := Rulebook(log, clock, services, settings.grouping_rules_max)).load()
        folds = Folds(log, settings.rooms_cached_max, settings.rooms_cached_bytes_max)
        book, changes, audit = SourceBook(), Changes(settings.changes_listed_max), audit_log(settings)
        inbox, listing, outbox, posts, forgetting = _lists(folds)
        lists = (inbox, listing, outbox, changes, book, audit, posts)
        projector = Projector(log, feed, lists, patience_s=settings.lists_wait_s)
        status = StatusSite(log, status_book, posts, projector, clock, url, max_age_s=settings.status_max_age_s)
        await projector.start()
        stack.push_async_callback(projector.close)
        stack.push_async_callback((hub := _hub(settings, clock)).close)
        contacts = _contacts(settings, credentials, teams, services, status_book, taxonomy, hub)
        sight = _sight(folds, teams, outbox, hub)
        indexer = _indexer(stack, log, feed, clock, chance, settings, embedded=folder is not None)
        search = Search(indexer, listing, projector, sight, log, directory, teams, services, bounds_of(settings))
        purge = Purge(log, folds, listing, projector, forgetting, clock, _purger(chance, folder), indexer.purge)
        await purge.resume()
        rooms = Rooms(log, folds, clock, chance, contacts, _bounds(settings), purge, profiles.in_force, sight)
        intake = _intake(settings, log, folds, inbox, projector, clock, chance, rulebook, profiles)
        await _take_in(stack, intake, projector, clock)
        limits, recent = limits_of(settings), _recent(settings, forgetting, intake)
        leases = [Lease(log, name, chance.secret(name), clock, LEASE_S) for name in ("timers", "outbox", "heartbeat")]
        timers = Timers(rooms, listing, projector, clock, leases[0], settings.away_after_s)
        ringer = Ringer(outbox, projector, hub, directory)
        notifier = Notifier(outbox, rooms, projector, clock, settings, url, directory.address, directory.name)
        access_mail = _access_mail(stack, AccessMail(settings, clock, chance, credentials))
        probe = await _probe(log, clock, folder, settings)
        health = Health(
            settings, log, projector, intake, probe, clock,
            leases=leases, timers=timers, failing=lambda: metrics.record_failing,
        )  # fmt: skip
        stack.push_async_callback(_kept, credentials)
        held = zip(leases, (timers.run, notifier.run, _senders(log, book, projector, clock, settings)), strict=True)
        _begin(stack, *(lease.run_while_held(work) for lease, work in held))
        _begin(stack, *(each.follow() for each in (teams, rulebook, credentials, profiles, setup, taxonomy)))
        _begin(stack, ringer.run(), _keep(credentials, rooms, clock), purge.run(), purge.follow())
        _begin(stack, probe.run(), health.keep_time(), status.run())
        mails = MailIntake(intake, book, recent, limits, clock, settings.kept_body_bytes_max)
        listener = await _listen_for_mail(stack, settings, credentials, mails, metrics)
        yield House(
            settings, url, log, feed, folds, rooms, inbox, changes, listing, projector, intake, directory, teams,
            services, profiles, outbox, ringer, credentials, hub, metrics, limits, clock, chance, rulebook,
            _preview(log, clock, inbox, settings), book, recent, mails, listener,
            Turns(clock, settings.reports_per_minute_max),
            Exports(lambda: signer_of(settings, log), settings.pdf_parallel_max), health,
            Bodies(settings.bodies_bytes_max), Kept(settings.kept_per_source_day_max), Aside(),
            _door_turns(clock, settings), access_mail, Inviter(credentials, access_mail, url), audit, setup,
            status_book, status, search, taxonomy,
        )  # fmt: skip


def _indexer(
    stack: AsyncExitStack, log: Log, feed: Feed, clock: Clock, chance: Chance, settings: Settings, *, embedded: bool
) -> Indexer:
    """What keeps the search up with the record, running; of several processes on one database, one at a time does."""
    indexer = indexer_of(settings, log, feed, clock, embedded=embedded)
    lease = Lease(log, "search", chance.secret("search"), clock, LEASE_S) if settings.database else None
    stack.push_async_callback(indexer.store.close)
    _begin(stack, lease.run_while_held(indexer.run) if lease is not None else indexer.run())
    return indexer


def _taxonomy(log: Log, clock: Clock, settings: Settings) -> Taxonomy:
    return Taxonomy(log, clock, settings.categories_max)


def _contacts(
    settings: Settings, credentials: Credentials, teams: Teams, services: Services, status_book: StatusBook,
    taxonomy: Taxonomy, hub: Hub,
) -> Contacts:  # fmt: skip
    return Contacts(
        credentials.directory, teams, services, present=hub.present, mails=bool(settings.smtp_host),
        gone=credentials.accounts.shut, components=status_book.names, categories=taxonomy.known,
    )  # fmt: skip


def _access_mail(stack: AsyncExitStack, mail: AccessMail) -> AccessMail:
    """The mails that let people in; those under way are sent before the house is closed."""
    stack.push_async_callback(mail.settle)
    return mail


async def _probe(log: Log, clock: Clock, folder: Path | None, settings: Settings) -> Probe:
    """What tries the record now and then; it has looked once."""
    probe = Probe(log, clock, folder, settings.probe_every_s)
    await probe.look()
    return probe


def _intake(
    settings: Settings,
    log: Log,
    folds: Folds,
    inbox: Inbox,
    projector: Projector,
    clock: Clock,
    chance: Chance,
    rulebook: Rulebook,
    profiles: ProfileBook,
) -> Intake:
    queue_max = settings.ingest_queue_max
    return Intake(log, folds, inbox, projector, clock, chance, queue_max, rulebook, profiles.in_force)


def _lists(folds: Folds) -> tuple[Inbox, Listing, Outbox, StatusPosts, Forgetting]:
    listing = Listing(folds)
    forgetting = Forgetting(folds, listing)
    return Inbox(forgetting.note), listing, Outbox(folds), StatusPosts(folds), forgetting


def _purger(chance: Chance, folder: object) -> str:
    """Who holds the lease to purge. Whatever lease is left in a folder is this process's own: no other can have it."""
    return chance.secret("purge") if folder is None else "the folder's process"


def _recent(settings: Settings, forgetting: Forgetting, intake: Intake) -> RecentBodies:
    """The last bodies of senders; they go with everything else of the integrations that may repeat what is redacted."""
    recent = RecentBodies(settings.kept_body_bytes_max)
    for forget in (recent.forget, alertmanager.forget):
        forgetting.also(forget)
    forgetting.also_of_rooms(intake.forget)
    return recent


def _door_turns(clock: Clock, settings: Settings) -> DoorTurns:
    return DoorTurns(
        Turns(clock, settings.sign_ins_per_address_minute_max),
        Turns(clock, settings.sign_ins_per_person_minute_max),
        Turns(clock, settings.password_tries_minute_max),
        Turns(clock, settings.password_tries_elsewhere_minute_max),
    )


def _sight(folds: Folds, teams: Teams, outbox: Outbox, hub: Hub) -> Sight:
    """Who sees what; calls and live streams ask it anew whenever a team changes."""

    def members(team: str) -> tuple[str, ...] | None:
        found = teams.get(team)
        return found.members if found is not None else None

    sight = Sight(folds, members, teams.look)
    outbox.asks(sight.sees)
    teams.on_change(hub.look_again, outbox.look_again)
    return sight


def _senders(
    log: Log, book: SourceBook, projector: Projector, clock: Clock, settings: Settings
) -> Callable[[], Awaitable[None]]:
    """What one process does for all about the senders."""
    count_max, bytes_max = settings.kept_per_source_max, settings.kept_per_source_bytes_max
    heartbeat = Heartbeat(log, book, projector, clock)
    keeper = Keeper(log, book, projector, clock, count_max=count_max, bytes_max=bytes_max)

    async def watch() -> None:
        await asyncio.gather(heartbeat.run(), keeper.run())

    return watch


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
        page_deadline_s=settings.page_deadline_s,
        idempotency_s=settings.idempotency_s,
    )


def limits_of(settings: Settings) -> Limits:
    """What one delivery may hold."""
    return Limits(
        alerts_max=settings.alerts_per_delivery_max,
        labels_max=settings.labels_per_signal_max,
        label_bytes_max=settings.label_value_bytes_max,
        annotation_bytes_max=settings.annotation_bytes_max,
        values_max=settings.body_values_max,
        depth_max=settings.body_depth_max,
        group_by=settings.group_by,
        year_earliest=settings.year_earliest,
        year_latest=settings.year_latest,
    )


def _preview(log: Log, clock: Clock, inbox: Inbox, settings: Settings) -> Preview:
    return Preview(
        log,
        clock,
        lambda room: inbox.is_practice(room) or inbox.is_restricted(room),
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


async def _take_in(stack: AsyncExitStack, intake: Intake, projector: Projector, clock: Clock) -> None:
    """Begin to take signals in: now, or, when the lists have a long way to go, once they have come to the end."""
    stack.push_async_callback(intake.close)
    if projector.behind <= WAITED_FOR_EVENTS:
        await intake.start()
    else:
        # The server answers meanwhile, and /readyz says how far it has come.
        _begin(stack, _started(intake, clock))


async def _started(intake: Intake, clock: Clock) -> None:
    while not intake.started:
        try:
            await intake.start()
        except WatchroomError as error:
            # The lists may need longer than anybody else would wait for them.
            _log.warning("Signals cannot be taken in yet: %s", error.message)
            await clock.sleep_until(clock.now() + timedelta(seconds=START_AGAIN_S))
        except Exception:  # supervised: a server that takes no signals in must say why
            _log.exception("Signals cannot be taken in")
            return


def _begin(stack: AsyncExitStack, *works: Coroutine[Any, Any, object]) -> None:
    """Have each run until the house is closed."""
    for work in works:
        stack.push_async_callback(_stopped, asyncio.create_task(work))


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
    await ended(task)
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def run(settings: Settings, listening: Listening) -> None:
    """Serve until interrupted; `listening` is told the port and the credentials once requests are answered."""
    sock = listening_socket(settings.host, settings.port)
    port: int = sock.getsockname()[1]
    url = base_url(settings, port)
    with contextlib.closing(sock), folder_lock(settings, f"serve {url}"):
        async with open_house(settings, url) as house:
            if not settings.demo and not house.credentials.accounts.all():
                await house.setup.begin()
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

    async def audit() -> AuditLog:
        await house.projector.caught_up()
        return house.audit

    async def find(text: str, limit: int, below: int | None) -> Answer:
        return await house.search.find(text, Viewer(ACTOR), limit=limit, below=below)

    async def rebuild(told: Told) -> None:
        await house.projector.rebuild(told)
        await house.search.indexer.rebuild(told)

    async def test(name: str) -> SentTest:
        return await send_test(house, house.credentials.sources.named(name))

    return Desk(
        house.credentials,
        house.teams,
        house.services,
        url,
        rebuild,
        book=book,
        log=house.log,
        clock=house.clock,
        projector=house.projector,
        import_bytes_max=house.settings.import_bytes_max,
        facts_max=house.settings.facts_per_incident_max,
        chance=house.chance,
        timeline_entries_max=house.settings.timeline_entries_max,
        profiles=house.profiles,
        test=test,
        audit=audit,
        inviter=house.inviter,
        find=find,
    )


async def _serve(settings: Settings, house: House, sock: socket.socket, port: int, listening: Listening) -> None:
    server = Server(wiring(house), house.hub)
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
