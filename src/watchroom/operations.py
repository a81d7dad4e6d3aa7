"""What the shell's commands do to a record: to a running server's by its control socket, or to one that they open.

`Desk` holds what is needed; `OPERATIONS` pairs each name with its parameters and its work, so that a command does
the same whichever way it goes. Built by `app` (with the server's own parts) and by `shell`. Never prints.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import NotFound, TooLarge, Unavailable
from watchroom.base.rng import Chance
from watchroom.config import Settings, base_url
from watchroom.control import Handler, handler
from watchroom.incident.folds import Folds
from watchroom.incident.importing import Imported, import_events
from watchroom.incident.inbox import Inbox
from watchroom.incident.listing import Listing
from watchroom.people.caller import Scope, scopes_of
from watchroom.people.credential import Credentials
from watchroom.people.person import Directory
from watchroom.people.source import Source, SourceKind, urls
from watchroom.record.event import Event
from watchroom.record.export import Export
from watchroom.record.feed import Feed
from watchroom.record.log import Log
from watchroom.record.projection import Projector
from watchroom.record.signing import SignedHead, Signer, signer_in_file, signer_in_rows

Told = Callable[[int, int], None]
"""Hears how far of how much something is."""

ACTOR = "system:shell"
VIA = "cli"


def _unheard(at: int, of: int) -> None:
    return None


class Desk(msgspec.Struct, frozen=True):
    """What operations work with."""

    credentials: Credentials
    base_url: str
    """How senders and browsers reach this install, without a slash at the end."""
    rebuild: Callable[[Told], Awaitable[None]] | None = None
    """Makes all projections anew; None where there are none."""
    told: Told = _unheard
    """Hears how far a rebuild is, besides whoever asks for its progress."""
    progress: list[tuple[int, int]] = []
    """How far the rebuild is that runs just now, at most one."""
    log: Log | None = None
    projector: Projector | None = None
    """What follows the record; an import waits until it is shown."""
    clock: Clock | None = None
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


class SourceLine(msgspec.Struct, frozen=True):
    """A source in a list, without its key."""

    name: str
    kind: SourceKind
    created_at: datetime
    last_seen_at: datetime | None
    previous_key_until: datetime | None


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
    return [_source_line(source) for source in desk.credentials.sources.all()]


def _source_line(source: Source) -> SourceLine:
    return SourceLine(source.name, source.kind, source.created_at, source.last_seen_at, source.previous_until)


async def create_user(desk: Desk, params: NewUser) -> Link:
    """A person with an account, and a link to sign in; made only as far as that is not so already."""
    account = await desk.credentials.add_user(params.email, params.name, admin=params.admin, actor=ACTOR, via=VIA)
    return await _link(desk, account.email)


async def sign_in_link(desk: Desk, params: Named) -> Link:
    """A link to sign in, for a person who has an account."""
    return await _link(desk, params.name)


async def _link(desk: Desk, email: str) -> Link:
    return Link(email, desk.base_url + await desk.credentials.sign_in_link(email))


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
    head, events = await asyncio.to_thread(_read_export, Path(params.path), params.key, desk.import_bytes_max)
    done = await import_events(
        desk.log, head, events, now=desk.clock.now(), actor=ACTOR, via=VIA, facts_max=desk.facts_max
    )
    if desk.projector is not None:
        await desk.projector.caught_up(done.position)
    return done


def _read_export(path: Path, key: str | None, bytes_max: int) -> tuple[SignedHead, list[Event]]:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > bytes_max:
                raise TooLarge(
                    f"{path} has {size} bytes; {bytes_max} are taken in at most.", hint="Raise import_bytes_max."
                )
            export = Export(file, key)
            return export.head, list(export.events())
    except OSError as error:
        raise NotFound(
            f"{path} cannot be read: {error.strerror or error}.",
            hint="Give an exported file that the user who runs the server may read.",
        ) from error


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


async def signer_of(settings: Settings, log: Log) -> Signer:
    """The key that signs this install's heads, made at first need. Raises MisConfigured, Unavailable."""
    if (path := settings.signing_key_path) is not None:
        return await asyncio.to_thread(signer_in_file, path)
    return await signer_in_rows(log)


async def open_desk(log: Log, settings: Settings, clock: Clock, chance: Chance, told: Told = _unheard) -> Desk:
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
        await Projector(log, Feed(log), (Listing(Folds(log)), Inbox()), page_events=2_000).rebuild(told)

    return Desk(
        credentials,
        base_url(settings),
        rebuild,
        told,
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
    "user.create": Operation(NewUser, create_user, begins=True),
    "user.link": Operation(Named, sign_in_link),
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
