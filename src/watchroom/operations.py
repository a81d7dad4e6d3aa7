"""What the shell's commands do to a record: to a running server's by its control socket, or to one that they open.

`Desk` holds what is needed; `OPERATIONS` pairs each name with its parameters and its work, so that a command does
the same whichever way it goes. Built by `app` (with the server's own parts) and by `shell`. Never prints.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Unavailable
from watchroom.base.rng import Chance
from watchroom.config import Settings, base_url
from watchroom.control import Handler, handler
from watchroom.incident.changes import Changes
from watchroom.incident.folds import Folds
from watchroom.incident.importing import Imported, import_events
from watchroom.incident.inbox import Inbox
from watchroom.incident.listing import Listing
from watchroom.integrations.mapping import Mapping
from watchroom.integrations.outbox import Outbox
from watchroom.integrations.source_book import SourceBook, Trouble
from watchroom.integrations.source_settings import expect, give_mapping
from watchroom.people import composition
from watchroom.people.caller import Scope, scopes_of
from watchroom.people.catalogue import Services
from watchroom.people.credential import Credentials
from watchroom.people.person import Directory
from watchroom.people.source import Source, SourceKind, urls
from watchroom.people.team import Teams
from watchroom.record.export import read_file
from watchroom.record.feed import Feed
from watchroom.record.log import Log
from watchroom.record.projection import Projector

Told = Callable[[int, int], None]
"""Hears how far of how much something is."""

ACTOR = "system:shell"
VIA = "cli"


def unheard(at: int, of: int) -> None:
    """Nobody asks how far it is."""


class Desk(msgspec.Struct, frozen=True):
    """What operations work with."""

    credentials: Credentials
    teams: Teams
    services: Services
    base_url: str
    """How senders and browsers reach this install, without a slash at the end."""
    rebuild: Callable[[Told], Awaitable[None]] | None = None
    """Makes all projections anew; None where there are none."""
    told: Told = unheard
    """Hears how far a rebuild is, besides whoever asks for its progress."""
    progress: list[tuple[int, int]] = []
    """How far the rebuild is that runs just now, at most one."""
    book: Callable[[], Awaitable[SourceBook]] | None = None
    """What is known of the senders, up to date."""
    log: Log | None = None
    clock: Clock | None = None
    test: Callable[[str], Awaitable[object]] | None = None
    """Sends a source's sample; None where no server takes it in."""
    projector: Projector | None = None
    """What follows the record; an import waits until it is shown."""
    import_bytes_max: int = 512 * 2**20
    facts_max: int = 1_000_000


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class Pong(msgspec.Struct, frozen=True):
    """The server is there."""

    base_url: str


class Progress(msgspec.Struct, frozen=True):
    """How far of how many positions the rebuild is that runs just now; 0 of 0 while none does."""

    at: int
    of: int


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token to be made."""

    name: str
    scopes: list[str]
    person: str | None = None


class Secret(msgspec.Struct, frozen=True):
    """A secret, said once."""

    secret: str


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something by its name."""

    name: str


class TokenLine(msgspec.Struct, frozen=True):
    """A token in a list, without its secret."""

    name: str
    scopes: list[Scope]
    person: str | None
    created_at: datetime
    last_used_at: datetime | None


class NewSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source to be made."""

    name: str
    kind: str


class RenewedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source whose key is to be renewed; `at_once` ends the one before."""

    name: str
    at_once: bool = False


class SourceKey(msgspec.Struct, frozen=True):
    """A source's key, said once, and where its sender sends to."""

    name: str
    kind: SourceKind
    key: str
    urls: dict[str, str]


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often a source must be heard, in seconds; 0: it may be silent."""

    name: str
    every_s: int


class NewMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source's mapping; null takes it away."""

    name: str
    mapping: Mapping | None


class Stopped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A source from which nothing is to be taken any more."""

    name: str
    reason: str = ""


class SourceLine(msgspec.Struct, frozen=True):
    """A source in a list, without its key."""

    name: str
    kind: SourceKind
    created_at: datetime
    last_seen_at: datetime | None
    previous_key_until: datetime | None
    disabled_at: datetime | None = None
    silent_since: datetime | None = None
    expect_every_s: int = 0
    deliveries_last_day: int = 0
    signals_last_day: int = 0
    mapping: Mapping | None = None
    errors: list[Trouble] = []


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who is to have an account."""

    email: str
    name: str = ""
    admin: bool = False


class Link(msgspec.Struct, frozen=True):
    """A one-time sign-in link."""

    email: str
    url: str


async def ping(desk: Desk, params: Nothing) -> Pong:
    """Say that the server is there, and where."""
    return Pong(desk.base_url)


async def create_token(desk: Desk, params: NewToken) -> Secret:
    """Make a token."""
    credentials = desk.credentials
    scopes_of(params.scopes)
    if params.person is not None:
        await credentials.directory.add(params.person, actor=ACTOR, via=VIA)
    return Secret(await credentials.tokens.create(params.name, params.scopes, params.person, actor=ACTOR, via=VIA))


async def list_tokens(desk: Desk, params: Nothing) -> list[TokenLine]:
    """All tokens."""
    return [
        TokenLine(token.name, _short(token.scopes), token.person, token.created_at, token.last_used_at)
        for token in desk.credentials.tokens.all()
    ]


def _short(scopes: list[Scope]) -> list[Scope]:
    return ["admin"] if "admin" in scopes else scopes


async def revoke_token(desk: Desk, params: Named) -> None:
    """Take a token away."""
    await desk.credentials.tokens.revoke(params.name, actor=ACTOR, via=VIA)


async def create_source(desk: Desk, params: NewSource) -> SourceKey:
    """Make a source."""
    key = await desk.credentials.sources.create(params.name, params.kind, actor=ACTOR, via=VIA)
    return _source_key(desk, params.name, key)


async def rotate_source(desk: Desk, params: RenewedKey) -> SourceKey:
    """Give a source another key."""
    key = await desk.credentials.sources.rotate(params.name, at_once=params.at_once, actor=ACTOR, via=VIA)
    return _source_key(desk, params.name, key)


def _source_key(desk: Desk, name: str, key: str) -> SourceKey:
    source = desk.credentials.sources.get(name)
    assert source is not None, "it was made just now"
    return SourceKey(name, source.kind, key, urls(desk.base_url, source.kind, key))


async def list_sources(desk: Desk, params: Nothing) -> list[SourceLine]:
    """All sources."""
    book, clock = await _book(desk)
    return [_source_line(source, book, clock) for source in desk.credentials.sources.all()]


async def show_source(desk: Desk, params: Named) -> SourceLine:
    """One source."""
    source = desk.credentials.sources.named(params.name)
    book, clock = await _book(desk)
    return _source_line(source, book, clock)


async def _book(desk: Desk) -> tuple[SourceBook, Clock]:
    if desk.book is None or desk.clock is None:
        raise Unavailable("Nothing is known of the senders here.")
    return await desk.book(), desk.clock


def _source_line(source: Source, book: SourceBook, clock: Clock) -> SourceLine:
    state = book.of(source.name)
    day = state.last_day(clock.now())
    seen = [at for at in (state.heard_at, source.last_seen_at) if at is not None]
    return SourceLine(
        source.name,
        source.kind,
        source.created_at,
        max(seen, default=None),
        source.previous_until,
        source.disabled_at,
        state.silent_since,
        state.expect_every_s,
        day.deliveries,
        day.signals,
        state.mapping,
        list(reversed(state.troubles)),
    )


async def expect_source(desk: Desk, params: Expectation) -> None:
    """Say how often a source must be heard."""
    source = desk.credentials.sources.named(params.name)
    log, clock = _record(desk)
    await expect(log, clock, source, params.every_s, actor=ACTOR, via=VIA)


async def map_source(desk: Desk, params: NewMapping) -> None:
    """Give a source a mapping, or take it away."""
    source = desk.credentials.sources.named(params.name)
    log, clock = _record(desk)
    await give_mapping(log, clock, source, params.mapping, actor=ACTOR, via=VIA)


def _record(desk: Desk) -> tuple[Log, Clock]:
    if desk.log is None or desk.clock is None:
        raise Unavailable("There is no record here.")
    return desk.log, desk.clock


async def end_previous_key(desk: Desk, params: Named) -> None:
    """End a source's key before the last renewal."""
    await desk.credentials.sources.end_previous_key(params.name, actor=ACTOR, via=VIA)


async def disable_source(desk: Desk, params: Stopped) -> None:
    """Take nothing from a source any more."""
    await desk.credentials.sources.disable(params.name, params.reason, actor=ACTOR, via=VIA)


async def enable_source(desk: Desk, params: Named) -> SourceKey:
    """Let a disabled source send again, with another key."""
    key = await desk.credentials.sources.enable(params.name, actor=ACTOR, via=VIA)
    return _source_key(desk, params.name, key)


async def remove_source(desk: Desk, params: Named) -> None:
    """Forget a source."""
    await desk.credentials.sources.remove(params.name, actor=ACTOR, via=VIA)


async def send_test(desk: Desk, params: Named) -> object:
    """Send a source's sample."""
    if desk.test is None:
        raise Unavailable("No server runs that could take a test in.", hint="Start it: watchroom serve")
    return await desk.test(params.name)


async def create_user(desk: Desk, params: NewUser) -> Link:
    """A person with an account, and a link to sign in; made only as far as that is not so already."""
    account = await desk.credentials.add_user(params.email, params.name, admin=params.admin, actor=ACTOR, via=VIA)
    return await _link(desk, account.email)


async def sign_in_link(desk: Desk, params: Named) -> Link:
    """A link to sign in, for a person who has an account."""
    return await _link(desk, params.name)


async def _link(desk: Desk, email: str) -> Link:
    return Link(email, desk.base_url + await desk.credentials.sign_in_link(email))


async def set_team(desk: Desk, params: composition.TeamSaid) -> None:
    """Say who is in a team."""
    await composition.compose_team(desk.credentials.directory, desk.teams, params, actor=ACTOR, via=VIA)


async def set_service(desk: Desk, params: composition.ServiceSaid) -> None:
    """Say what a service depends on."""
    await desk.services.describe(params.name, params.depends_on, params.team, actor=ACTOR, via=VIA)


class ExportedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exported record to be taken in."""

    path: str
    """Absolute: the server has a working folder of its own."""
    key: str | None = None
    """The public key that must have signed it, as hexadecimal digits."""


async def import_record(desk: Desk, params: ExportedFile) -> Imported:
    """Take an exported record in."""
    if desk.log is None or desk.clock is None:
        raise Unavailable("Nothing can be imported here.")
    head, events = await asyncio.to_thread(read_file, Path(params.path), params.key, desk.import_bytes_max)
    done = await import_events(
        desk.log, head, events, now=desk.clock.now(), actor=ACTOR, via=VIA, facts_max=desk.facts_max
    )
    if desk.projector is not None:
        await desk.projector.caught_up(done.position)
    return done


async def rebuild_record(desk: Desk, params: Nothing) -> None:
    """Make all projections anew."""
    if desk.rebuild is None:
        raise Unavailable("There is nothing to rebuild here.")

    def told(at: int, of: int) -> None:
        desk.progress[:] = [(at, of)]
        desk.told(at, of)

    try:
        await desk.rebuild(told)
    finally:
        desk.progress.clear()


async def rebuild_progress(desk: Desk, params: Nothing) -> Progress:
    """How far the rebuild is that runs just now."""
    return Progress(*desk.progress[0]) if desk.progress else Progress(0, 0)


async def open_desk(log: Log, settings: Settings, clock: Clock, chance: Chance, told: Told = unheard) -> Desk:
    """A desk over a record that no server of this folder has; `told` hears how far a rebuild is.

    Raises Unavailable when the record cannot be read.
    """
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
    )
    await credentials.load()

    async def rebuild(told: Told) -> None:
        lists = (Listing(Folds(log)), Inbox(), Outbox(Folds(log)))
        projections = (*lists, Changes(settings.changes_listed_max), SourceBook())
        await Projector(log, Feed(log), projections, page_events=2_000).rebuild(told)

    async def book() -> SourceBook:
        found = SourceBook()
        projector = Projector(log, Feed(log), (found,))
        await projector.start()
        await projector.caught_up()
        await projector.close()
        return found

    teams, services = Teams(log, clock), Services(log, clock)
    await teams.load()
    await services.load()
    return Desk(
        credentials,
        teams,
        services,
        base_url(settings),
        rebuild,
        told,
        book=book,
        log=log,
        clock=clock,
        import_bytes_max=settings.import_bytes_max,
        facts_max=settings.facts_per_incident_max,
    )


class Operation(msgspec.Struct, frozen=True):
    """One thing that can be asked for."""

    params: type
    work: Callable[..., Awaitable[object]]
    begins: bool = False
    """Whether it makes sense before there is any record; then it makes one."""


OPERATIONS: dict[str, Operation] = {
    "ping": Operation(Nothing, ping),
    "token.create": Operation(NewToken, create_token, begins=True),
    "token.list": Operation(Nothing, list_tokens),
    "token.revoke": Operation(Named, revoke_token),
    "source.create": Operation(NewSource, create_source, begins=True),
    "source.rotate": Operation(RenewedKey, rotate_source),
    "source.list": Operation(Nothing, list_sources),
    "source.show": Operation(Named, show_source),
    "source.expect": Operation(Expectation, expect_source),
    "source.map": Operation(NewMapping, map_source),
    "source.end-previous-key": Operation(Named, end_previous_key),
    "source.disable": Operation(Stopped, disable_source),
    "source.enable": Operation(Named, enable_source),
    "source.remove": Operation(Named, remove_source),
    "source.test": Operation(Named, send_test),
    "user.create": Operation(NewUser, create_user, begins=True),
    "user.link": Operation(Named, sign_in_link),
    "team.set": Operation(composition.TeamSaid, set_team, begins=True),
    "team.list": Operation(Nothing, lambda desk, _: composition.team_lines(desk.teams)),
    "service.set": Operation(composition.ServiceSaid, set_service, begins=True),
    "service.list": Operation(Nothing, lambda desk, _: composition.service_lines(desk.services)),
    "record.import": Operation(ExportedFile, import_record, begins=True),
    "record.rebuild": Operation(Nothing, rebuild_record),
    "record.progress": Operation(Nothing, rebuild_progress),
}


def handlers(desk: Desk) -> dict[str, Handler]:
    """What a control socket needs to serve this desk."""

    def bound(operation: Operation) -> Handler:
        async def work(params: object) -> object:
            return await operation.work(desk, params)

        return handler(operation.params, work)

    return {name: bound(operation) for name, operation in OPERATIONS.items()}
