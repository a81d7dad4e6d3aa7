"""Sources: senders of signals, each with a key of its own.

The key's SHA-256 stands in an erasable row; that a source exists is a fact of the directory. Called by `credential`.
Never receives a signal: that is `integrations`' work, which finds the source's name in the `Caller`.
"""

import difflib
import uuid
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import AlreadyDone, Conflict, Malformed, NotFound, WatchroomError
from watchroom.base.rng import Chance
from watchroom.people.caller import Caller
from watchroom.people.change import Changes
from watchroom.people.last_use import LastUse
from watchroom.people.secret import checked_name, fingerprint
from watchroom.people.stream import DirectoryFact, record
from watchroom.people.token import SOURCE_CLAIM
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Fact
from watchroom.record.log import Log

SOURCES = "source"
SOURCE_USE = "source_use"

HttpKind = Literal[
    "alertmanager", "grafana", "pagerduty", "opsgenie", "sentry", "cloudevents", "sns", "datadog", "zabbix",
    "uptimekuma", "generic",
]  # fmt: skip
SourceKind = HttpKind | Literal["email", "report"]
KINDS: tuple[HttpKind, ...] = get_args(HttpKind)
"""The kinds that send to an address of their own over HTTP."""
EVERY_KIND: tuple[SourceKind, ...] = (*KINDS, "email", "report")
"""With those that come by mail, or through a form that a link leads to."""


class SourceCreated(DirectoryFact, frozen=True, kw_only=True):
    """A sender of signals was given a key. The key is nowhere in the record."""

    name: str
    kind: str


class SourceKeyRenewed(DirectoryFact, frozen=True, kw_only=True):
    """A source was given another key; the one before works for a while yet, unless it was ended at once."""

    name: str
    previous_until: datetime | None = None


class SourceKeyEnded(DirectoryFact, frozen=True, kw_only=True):
    """The key that a source had before its last renewal works no longer, before its time."""

    name: str


class SourceDisabled(DirectoryFact, frozen=True, kw_only=True):
    """Nothing is taken from a source any more; what it sent stays."""

    name: str
    reason: str = ""


class SourceEnabled(DirectoryFact, frozen=True, kw_only=True):
    """A source that was disabled was given another key."""

    name: str


class SourceRemoved(DirectoryFact, frozen=True, kw_only=True):
    """A source is gone with its settings, and its name is free. What it sent stays."""

    name: str


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
    """Rounded down to some minutes. Rows of today have it apart (`last_use`); an older one may carry it itself."""
    disabled_at: datetime | None = None

    @property
    def is_public(self) -> bool:
        """Whether its key stands in a link that anybody may hold, and so is good for the report form alone."""
        return self.kind == "report"

    def caller(self) -> Caller:
        """Who calls with this source's key."""
        ref = f"source:{self.name}"
        return Caller(actor=ref, person=ref, scopes=frozenset({"signals"}), source=self.name)


FACTS: tuple[type[Fact], ...] = (
    SourceCreated, SourceKeyRenewed, SourceKeyEnded, SourceDisabled, SourceEnabled, SourceRemoved,
)  # fmt: skip
CODEC = FactCodec(FACTS)
_sources = msgspec.json.Decoder(Source)


def checked_kind(kind: str) -> SourceKind:
    """The kind of that name. Raises Malformed, naming the nearest."""
    for known in EVERY_KIND:
        if kind == known:
            return known
    near = difflib.get_close_matches(kind.lower(), EVERY_KIND, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"The kinds are {', '.join(EVERY_KIND)}; any other one is generic."
    raise Malformed(f"{kind[:80]!r} is no kind of source.", hint=hint)


def urls(base_url: str, kind: SourceKind, key: str) -> dict[str, str]:
    """Where a sender of this kind sends to, when it can set no header.

    `signals`, and where a tool has addresses of its own: for Prometheus `alerts`; for PagerDuty's clients `events`
    and `changes` (the key is their routing key, too); for Opsgenie's `api`, under which they put `/v2/alerts`.
    A form is a page at `form`; a mail goes to the mailbox KEY at whatever host name the mail listener has.
    """
    match kind:
        case "report":
            return {"form": f"{base_url}/report/{key}"}
        case "email":
            return {"mailbox": key}
        case _:
            return _signal_urls(base_url, kind, key)


def _signal_urls(base_url: str, kind: HttpKind, key: str) -> dict[str, str]:
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

    def __init__(self, log: Log, clock: Clock, chance: Chance, changes: Changes, *, source_key_overlap_s: int) -> None:
        self._log = log
        self._clock = clock
        self._chance = chance
        self._changes = changes
        self._overlap = timedelta(seconds=source_key_overlap_s)
        self._by_name: dict[str, Source] = {}
        self._callers: dict[str, Caller] = {}
        self._use = LastUse(log, SOURCE_USE)

    async def load(self) -> None:
        """Read all sources, whichever process made or renewed them; keys that are gone are unknown from then on."""
        rows = [_sources.decode(body) for body in (await self._log.rows(SOURCES)).values()]
        self._by_name, self._callers = {}, {}
        for source in rows:
            self._keep(source)
        await self._use.load()

    def find(self, key: str, now: datetime, *, public: bool = False) -> Caller | None:
        """The source whose key has this fingerprint; that it was seen is noted. No await.

        `public` finds those whose key stands in a public link, and no others.
        """
        caller = self._callers.get(key)
        if caller is None:
            return None
        source = self._by_name[caller.source or ""]
        if source.is_public != public or source.disabled_at is not None:
            return None
        if key != source.key and (source.previous_until is None or source.previous_until <= now):
            return None
        self._use.note(source.name, now)
        return caller

    def all(self) -> list[Source]:
        """All sources, by name."""
        return sorted(map(self._as_seen, self._by_name.values()), key=lambda source: source.name)

    def get(self, name: str) -> Source | None:
        """The source of that name."""
        source = self._by_name.get(name)
        return None if source is None else self._as_seen(source)

    def _as_seen(self, source: Source) -> Source:
        return msgspec.structs.replace(source, last_seen_at=self._use.at(source.name, source.last_seen_at))

    def named(self, name: str) -> Source:
        """The source of that name. Raises NotFound, naming the nearest."""
        source = self._by_name.get(name)
        if source is None:
            near = difflib.get_close_matches(name, self._by_name, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`watchroom source list` shows those that there are."
            raise NotFound(f"There is no source {name!r}.", hint=hint)
        return source

    async def create(self, name: str, kind: str, *, actor: str, via: str) -> str:
        """Make a source and return its key. Raises Malformed for a bad name or kind, AlreadyDone when taken."""
        checked_name(name, "source")
        chosen = checked_kind(kind)
        async with self._changes.turn("source"):
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
        async with self._changes.turn("source"):
            await self.load()
            source = self.named(name)
            if source.disabled_at is not None:
                raise AlreadyDone(f"{name} is disabled.", hint="Enable it: that gives it another key.")
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

    async def end_previous_key(self, name: str, *, actor: str, via: str) -> None:
        """End the key before the last renewal at once. Raises NotFound, AlreadyDone when there is none that works."""
        async with self._changes.turn("source"):
            await self.load()
            source = self.named(name)
            if source.previous_key is None or (source.previous_until or self._clock.now()) <= self._clock.now():
                raise AlreadyDone(f"{name} has one key that works.", hint="There is nothing to end.")
            await record(self._log, self._clock, CODEC, SourceKeyEnded(name=name), actor, via)
            await self._put(
                msgspec.structs.replace(self._by_name[name], previous_key=None, previous_until=self._clock.now())
            )

    async def disable(self, name: str, reason: str = "", *, actor: str, via: str) -> None:
        """Take nothing from the source any more, from the next request on. Raises NotFound, AlreadyDone."""
        async with self._changes.turn("source"):
            await self.load()
            source = self.named(name)
            if source.disabled_at is not None:
                raise AlreadyDone(f"{name} is disabled already.", hint="Enable it, or remove it.")
            now = self._clock.now()
            # Shut first: whoever disables a source wants nothing of it any more, even while the fact is written.
            self._keep(msgspec.structs.replace(source, disabled_at=now))
            try:
                await record(self._log, self._clock, CODEC, SourceDisabled(name=name, reason=reason), actor, via)
                await self._put(self._by_name[name])
            except WatchroomError:
                self._keep(source)
                raise

    async def enable(self, name: str, *, actor: str, via: str) -> str:
        """Let a disabled source send again, with another key, which is returned. Raises NotFound, AlreadyDone."""
        async with self._changes.turn("source"):
            await self.load()
            source = self.named(name)
            if source.disabled_at is None:
                raise AlreadyDone(f"{name} is enabled.", hint="Renew its key if you need another.")
            await record(self._log, self._clock, CODEC, SourceEnabled(name=name), actor, via)
            key = self._new_key(source.kind)
            await self._put(
                msgspec.structs.replace(
                    source, key=fingerprint(key), previous_key=None, previous_until=None, disabled_at=None
                )
            )
        return key

    async def remove(self, name: str, *, actor: str, via: str) -> None:
        """Forget the source and its keys; its name is free again. What it sent stays. Raises NotFound."""
        async with self._changes.turn("source"):
            await self.load()
            self.named(name)
            await self._log.take_row(SOURCES, name)
            self._forget(name)
            claims = []
            if await self._log.holder(SOURCE_CLAIM, name) == f"source:{name}":
                claims.append(Claim(SOURCE_CLAIM, name, None, f"source:{name}"))
            await record(self._log, self._clock, CODEC, SourceRemoved(name=name), actor, via, *claims)

    async def save_use(self) -> None:
        """Write down which sources were seen of late."""
        await self._use.save(self._by_name)

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

    def _forget(self, name: str) -> None:
        before = self._by_name.pop(name, None)
        for key in (before.key, before.previous_key) if before is not None else ():
            self._callers.pop(key or "", None)

    def _keep(self, source: Source) -> None:
        self._forget(source.name)
        self._by_name[source.name] = source
        caller = source.caller()
        for key in (source.key, source.previous_key):
            if key is not None:
                self._callers[key] = caller
