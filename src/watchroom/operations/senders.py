"""Operations on the sources of signals: their keys, what is expected of them, how their bodies are read, a test.

Called by `every`. Never prints.
"""

from datetime import datetime

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import Unavailable
from watchroom.integrations.mapping import Mapping
from watchroom.integrations.source_book import SourceBook, Trouble
from watchroom.integrations.source_settings import expect, give_mapping
from watchroom.operations.desk import ACTOR, VIA, Desk, Named, Nothing, Operation
from watchroom.people.source import Source, SourceKind, urls


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
    log, clock = desk.record()
    await expect(log, clock, source, params.every_s, actor=ACTOR, via=VIA)


async def map_source(desk: Desk, params: NewMapping) -> None:
    """Give a source a mapping, or take it away."""
    source = desk.credentials.sources.named(params.name)
    log, clock = desk.record()
    await give_mapping(log, clock, source, params.mapping, actor=ACTOR, via=VIA)


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


OPERATIONS = {
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
}
