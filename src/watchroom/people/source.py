"""Sources: senders of signals, each with a key of its own.

The key's SHA-256 stands in an erasable row; that a source exists is a fact of the directory. Called by `credential`.
Never receives a signal: that is `integrations`' work, which finds the source's name in the `Caller`.
"""

import asyncio
import difflib
import uuid
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import AlreadyDone, Conflict, Malformed, NotFound
from watchroom.base.rng import Chance
from watchroom.people.caller import Caller
from watchroom.people.secret import USE_GRAIN_S, checked_name, coarse, fingerprint
from watchroom.people.stream import record
from watchroom.people.token import SOURCE_CLAIM
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Fact
from watchroom.record.log import Log

SOURCES = "source"

SourceKind = Literal[
    "alertmanager", "grafana", "pagerduty", "opsgenie", "sentry", "cloudevents", "sns", "datadog", "zabbix",
    "uptimekuma", "generic",
]  # fmt: skip
KINDS: tuple[SourceKind, ...] = get_args(SourceKind)


class SourceCreated(Fact, frozen=True, kw_only=True):
    """A sender of signals was given a key. The key is nowhere in the record."""

    name: str
    kind: str


class SourceKeyRenewed(Fact, frozen=True, kw_only=True):
    """A source was given another key; the one before works for a while yet, unless it was ended at once."""

    name: str
    previous_until: datetime | None = None


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a source."""

    name: str
    kind: SourceKind
    key: str
    """The fingerprint of its key."""
    created_at: datetime
    previous_key: str | None = None
    previous_until: datetime | None = None
    last_seen_at: datetime | None = None
    """Rounded down to some minutes."""

    def caller(self) -> Caller:
        """Who calls with this source's key."""
        ref = f"source:{self.name}"
        return Caller(actor=ref, person=ref, scopes=frozenset({"signals"}), source=self.name)


FACTS: tuple[type[Fact], ...] = (SourceCreated, SourceKeyRenewed)
CODEC = FactCodec(FACTS)
_sources = msgspec.json.Decoder(Source)


def checked_kind(kind: str) -> SourceKind:
    """The kind of that name. Raises Malformed, naming the nearest."""
    for known in KINDS:
        if kind == known:
            return known
    near = difflib.get_close_matches(kind.lower(), KINDS, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"The kinds are {', '.join(KINDS)}; any other sender is generic."
    raise Malformed(f"{kind!r} is no kind of source.", hint=hint)


def urls(base_url: str, kind: SourceKind, key: str) -> dict[str, str]:
    """Where a sender of this kind sends to, when it can set no header.

    `signals`, and where a tool has addresses of its own: for Prometheus `alerts`; for PagerDuty's clients `events`
    and `changes` (the key is their routing key, too); for Opsgenie's `api`, under which they put `/v2/alerts`.
    """
    found = {"signals": f"{base_url}/in/{key}/api/v1/signals/{kind}"}
    match kind:
        case "alertmanager":
            found["alerts"] = f"{base_url}/in/{key}/api/v2/alerts"
        case "pagerduty":
            found["events"] = f"{base_url}/v2/enqueue"
            found["changes"] = f"{base_url}/v2/change/enqueue"
        case "opsgenie":
            found["api"] = f"{base_url}/"
    return found


def _taken(name: str, held: str) -> AlreadyDone:
    what = "source" if held == f"source:{name}" else "token that sends signals"
    renew = f", or renew its key: watchroom source rotate {name}" if what == "source" else ""
    return AlreadyDone(f"There is a {what} {name!r} already.", hint=f"Choose another name{renew}.")


class Sources:
    """All sources, in memory too, so that a delivery looks nothing up in the record."""

    def __init__(self, log: Log, clock: Clock, chance: Chance, *, source_key_overlap_s: int) -> None:
        self._log = log
        self._clock = clock
        self._chance = chance
        self._overlap = timedelta(seconds=source_key_overlap_s)
        self._by_name: dict[str, Source] = {}
        self._callers: dict[str, Caller] = {}
        self._used: set[str] = set()
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """Read all sources."""
        for body in (await self._log.rows(SOURCES)).values():
            self._keep(_sources.decode(body))

    def find(self, key: str, now: datetime) -> Caller | None:
        """The source whose key has this fingerprint; that it was seen is noted. No await."""
        caller = self._callers.get(key)
        if caller is None:
            return None
        source = self._by_name[caller.source or ""]
        if key != source.key and (source.previous_until is None or source.previous_until <= now):
            return None
        if source.last_seen_at is None or (now - source.last_seen_at).total_seconds() >= USE_GRAIN_S:
            self._by_name[source.name] = msgspec.structs.replace(source, last_seen_at=coarse(now))
            self._used.add(source.name)
        return caller

    def all(self) -> list[Source]:
        """All sources, by name."""
        return sorted(self._by_name.values(), key=lambda source: source.name)

    def get(self, name: str) -> Source | None:
        """The source of that name."""
        return self._by_name.get(name)

    async def create(self, name: str, kind: str, *, actor: str, via: str) -> str:
        """Make a source and return its key. Raises Malformed for a bad name or kind, AlreadyDone when taken."""
        checked_name(name, "source")
        chosen = checked_kind(kind)
        async with self._turn:
            fact = SourceCreated(name=name, kind=chosen)
            try:
                await record(
                    self._log, self._clock, CODEC, fact, actor, via, Claim(SOURCE_CLAIM, name, f"source:{name}")
                )
            except Conflict as error:
                held = await self._log.holder(SOURCE_CLAIM, name)
                if held is None:
                    raise
                # A server killed between the fact and the row has left a source without a key: go on from there.
                without_key = held == f"source:{name}" and await self._log.row(SOURCES, name) is None
                if not without_key:
                    raise _taken(name, held) from error
            key = self._new_key(chosen)
            await self._put(Source(name=name, kind=chosen, key=fingerprint(key), created_at=self._clock.now()))
        return key

    async def rotate(self, name: str, *, at_once: bool, actor: str, via: str) -> str:
        """Give the source another key and return it. The one before works for the overlap yet, or ends `at_once`.

        Raises NotFound.
        """
        async with self._turn:
            source = self._by_name.get(name)
            if source is None:
                near = difflib.get_close_matches(name, self._by_name, n=1)
                hint = f"Did you mean {near[0]}?" if near else "`watchroom source list` shows those that there are."
                raise NotFound(f"There is no source {name!r}.", hint=hint)
            until = None if at_once else self._clock.now() + self._overlap
            fact = SourceKeyRenewed(name=name, previous_until=until)
            await record(self._log, self._clock, CODEC, fact, actor, via)
            key = self._new_key(source.kind)
            await self._put(
                msgspec.structs.replace(
                    self._by_name[name],
                    key=fingerprint(key),
                    previous_key=None if at_once else source.key,
                    previous_until=until,
                )
            )
        return key

    async def save_use(self) -> None:
        """Write down which sources were seen of late."""
        async with self._turn:
            used, self._used = self._used, set()
            for name in used:
                await self._log.put_row(SOURCES, name, msgspec.json.encode(self._by_name[name]))

    def _new_key(self, kind: SourceKind) -> str:
        match kind:
            case "pagerduty":
                # Clients check that a routing key has 32 letters and digits (source: PagerDuty Events API v2).
                return self._chance.bytes(16).hex()
            case "opsgenie":
                return str(uuid.UUID(bytes=self._chance.bytes(16), version=4))
            case _:
                return self._chance.secret("wr_src")

    async def _put(self, source: Source) -> None:
        await self._log.put_row(SOURCES, source.name, msgspec.json.encode(source))
        self._keep(source)

    def _keep(self, source: Source) -> None:
        before = self._by_name.get(source.name)
        for key in (before.key, before.previous_key) if before is not None else ():
            self._callers.pop(key or "", None)
        self._by_name[source.name] = source
        caller = source.caller()
        for key in (source.key, source.previous_key):
            if key is not None:
                self._callers[key] = caller
