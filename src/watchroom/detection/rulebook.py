"""The rulebook: the grouping rules and the services as the record has them now, and how they are changed.

Facts of the stream `directory`, so each change has an author and a time. Follows the log in memory, so that the intake
asks without waiting; a change by another process is known when it is told, and a second later at most. Called by the
intake (`ready`), the API and the pages. Never says where a signal goes: that is `grouping`'s work.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.command import Caution
from watchroom.base.errors import Conflict, Malformed, NotFound, WatchroomError
from watchroom.detection import grouping_rules, topology
from watchroom.detection.grouping_rules import GroupingRulesChanged, Rule, Rules
from watchroom.detection.topology import Service, ServiceDefined, ServiceRemoved, Topology
from watchroom.people.stream import STREAM, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Event, Fact
from watchroom.record.log import Log

CODEC = FactCodec((*grouping_rules.FACTS, *topology.FACTS))
VERSION_CLAIM, VERSION_KEY = "grouping", "rules"
HISTORY_MAX = 50
LOOK_EVERY_S = 1.0


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The rules as they were from one change to the next: who made it, when, and why."""

    version: int
    at: datetime | None
    by: str
    reason: str
    rules: list[Rule]


class Limits(msgspec.Struct, frozen=True):
    """How much a rulebook may hold."""

    rules_max: int = 100
    services_max: int = 2_000


class Rulebook:
    """The rules and services. Call `load` once; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock, limits: Limits | None = None) -> None:
        self._log = log
        self._clock = clock
        self._limits = limits or Limits()
        self._changes: deque[Change] = deque([Change(version=0, at=None, by="", reason="", rules=[])], HISTORY_MAX)
        self._services: dict[str, Service] = {}
        self._ready = Rules()
        self._seq = 0
        self._turn = asyncio.Lock()
        self._following: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """Read all that is recorded, and follow. Raises Unavailable when the log cannot be read."""
        self._log.on_reached(self._reached)
        await self.catch_up()

    async def catch_up(self) -> None:
        """Read what was recorded since."""
        async with self._turn:
            changed = False
            for event in await self._log.read(STREAM, self._seq):
                changed = self._take(event) or changed
            if changed:
                self._ready = Rules(self.now.rules, Topology(self._services))

    def ready(self) -> Rules:
        """The rules as they stand, ready to be asked."""
        return self._ready

    @property
    def now(self) -> Change:
        """The rules as they stand."""
        return self._changes[-1]

    @property
    def history(self) -> list[Change]:
        """The last changes, newest first."""
        return [change for change in reversed(self._changes) if change.version]

    @property
    def services(self) -> list[Service]:
        """Every service, by name."""
        return sorted(self._services.values(), key=lambda each: (each.name.casefold(), each.name))

    def checked(self, rules: Sequence[Rule]) -> list[Rule]:
        """The rules as they would be kept. Raises Malformed, naming the rule."""
        return grouping_rules.checked(rules, self._limits.rules_max)

    def proposed(self, rules: Sequence[Rule]) -> Rules:
        """Rules that are not kept yet, over the services as they stand, ready to be asked."""
        return Rules(self.checked(rules), Topology(self._services))

    async def change(
        self,
        rules: Sequence[Rule],
        *,
        actor: str,
        via: str,
        version: int | None = None,
        reason: str = "",
        previewed: str = "",
    ) -> tuple[Caution, ...]:
        """Keep these rules in place of those before; the cautions that go with them.

        `version` is the one that was edited: another's change since then is never overwritten unseen. `previewed` is
        the digest of the rules that were last tried out. Raises Malformed, Conflict.
        """
        kept = self.checked(rules)
        cautions = list(grouping_rules.cautions(kept, self._services.values()))
        await self.catch_up()
        now = self.now
        if version is not None and version != now.version:
            raise _moved_on(now)
        if kept == now.rules:
            return tuple(cautions)
        if previewed != grouping_rules.digest(kept):
            cautions.append(
                Caution(
                    "not_previewed",
                    "These rules were not tried out against the last week's signals.",
                    "Look at the preview; the rules before can be taken up again from the history.",
                )
            )
        fact = GroupingRulesChanged(version=now.version + 1, rules=kept, reason=reason)
        claim = Claim(VERSION_CLAIM, VERSION_KEY, str(fact.version), str(now.version) if now.version else None)
        try:
            await record(self._log, self._clock, CODEC, fact, actor, via, claim)
        except Conflict as error:
            await self.catch_up()
            raise _moved_on(self.now) from error
        await self.catch_up()
        return tuple(cautions)

    async def define(
        self, name: str, depends_on: Sequence[str], *, actor: str, via: str
    ) -> tuple[Service, tuple[Caution, ...]]:
        """Say what a service depends on, known or not: how it is kept, and what to look at. Raises Malformed."""
        fact = topology.checked(name, depends_on)
        await self.catch_up()
        if fact.name not in self._services and len(self._services) >= self._limits.services_max:
            raise Malformed(
                f"{self._limits.services_max} services are kept at most.",
                hint="Remove some that nothing depends on, or raise the setting services_max.",
            )
        before = self._services.get(fact.name)
        if before is None or before.depends_on != fact.depends_on:
            await self._append(fact, actor, via)
        return Service(name=fact.name, depends_on=fact.depends_on), topology.cautions(fact, self._services)

    async def remove(self, name: str, *, actor: str, via: str) -> None:
        """Forget a service and what it depends on. Raises NotFound."""
        await self.catch_up()
        if name not in self._services:
            raise NotFound(f"There is no service {name[:80]!r}.", hint="GET /api/v1/services lists them.")
        await self._append(ServiceRemoved(name=name), actor, via)

    async def _append(self, fact: Fact, actor: str, via: str) -> None:
        await record(self._log, self._clock, CODEC, fact, actor, via)
        await self.catch_up()

    def _take(self, event: Event) -> bool:
        """Fold one event; whether it changed anything here."""
        if event.seq <= self._seq:
            return False
        self._seq = event.seq
        match CODEC.decode(event):
            case GroupingRulesChanged() as fact:
                by = event.actor.removeprefix("person:")
                self._changes.append(
                    Change(version=fact.version, at=event.at, by=by, reason=fact.reason, rules=fact.rules)
                )
            case ServiceDefined(name=name, depends_on=depends_on):
                self._services[name] = Service(name=name, depends_on=depends_on)
            case ServiceRemoved(name=name):
                self._services.pop(name, None)
            case _:
                return False
        return True

    def _reached(self, reached: Mapping[str, int], position: int) -> None:
        # Of nothing in particular: the log knows that others wrote, and not where.
        if not reached or reached.get(STREAM, 0) > self._seq:
            task = asyncio.ensure_future(self._follow())
            self._following.add(task)
            task.add_done_callback(self._following.discard)

    async def follow(self) -> None:
        """Catch up every second, in case a change by another process was not told; until cancelled."""
        while True:
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=LOOK_EVERY_S))
            await self._follow()

    async def _follow(self) -> None:
        try:
            await self.catch_up()
        except WatchroomError:
            # The record went away or is closing; whoever writes or reads next is told so itself.
            return


def _moved_on(now: Change) -> Conflict:
    by = f" by {now.by}" if now.by else ""
    return Conflict(
        f"The rules were changed meanwhile{by}; they are at version {now.version}.",
        hint="Load them again, and make your change on top of theirs.",
    )
