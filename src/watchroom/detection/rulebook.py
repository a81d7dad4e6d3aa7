"""The rulebook: the grouping rules as the record has them now, and how they are changed.

Facts of the stream `directory`, so each change has an author and a time; the services that rules speak of are in the
catalogue (`people/catalogue`), which stands in the same stream. Follows the log in memory, so that the intake asks
without waiting, and says at which number it stands, so that the intake can write on condition that this is still so.
Called by the intake (`ready`), the API and the pages. Never says where a signal goes: that is `grouping`'s work.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.command import Caution
from watchroom.base.errors import Conflict
from watchroom.detection import grouping_rules
from watchroom.detection.grouping_rules import GroupingRulesChanged, Rule, Rules
from watchroom.people.catalogue import Services
from watchroom.people.stream import Following, record
from watchroom.record.codec import FactCodec
from watchroom.record.event import Claim, Event
from watchroom.record.log import Log

CODEC = FactCodec(grouping_rules.FACTS)
VERSION_CLAIM, VERSION_KEY = "grouping", "rules"
HISTORY_MAX = 50


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The rules as they were from one change to the next: who made it, when, and why."""

    version: int
    at: datetime | None
    by: str
    reason: str
    rules: list[Rule]


class Rulebook(Following):
    """The rules, over the services. Call `load` once, after theirs; from then on it follows the log by itself."""

    def __init__(self, log: Log, clock: Clock, services: Services, rules_max: int = 100) -> None:
        super().__init__(log, clock)
        self.services = services
        self._rules_max = rules_max
        self._changes: deque[Change] = deque([Change(version=0, at=None, by="", reason="", rules=[])], HISTORY_MAX)
        self._ready = Rules((), services.topology)
        self._ready_at = 0

    async def catch_up(self) -> None:
        """Read what was recorded since, of services and of rules."""
        await self.services.catch_up()
        await super().catch_up()

    def ready(self) -> Rules:
        """The rules as they stand, ready to be asked; the same object until a rule or a service changes."""
        if self._ready.topology is not self.services.topology or self._ready_at != self.now.version:
            self._ready, self._ready_at = Rules(self.now.rules, self.services.topology), self.now.version
        return self._ready

    @property
    def seq(self) -> int:
        """The number of the stream `directory` up to which both rules and services are known here."""
        return min(super().seq, self.services.seq)

    @property
    def now(self) -> Change:
        """The rules as they stand."""
        return self._changes[-1]

    @property
    def history(self) -> list[Change]:
        """The last changes, newest first."""
        return [change for change in reversed(self._changes) if change.version]

    def checked(self, rules: Sequence[Rule]) -> list[Rule]:
        """The rules as they would be kept. Raises Malformed, naming the rule."""
        return grouping_rules.checked(rules, self._rules_max)

    def proposed(self, rules: Sequence[Rule]) -> Rules:
        """Rules that are not kept yet, over the services as they stand, ready to be asked."""
        return Rules(self.checked(rules), self.services.topology)

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
        cautions = list(grouping_rules.cautions(kept, self.services.all()))
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

    def take(self, event: Event) -> None:
        match CODEC.decode(event):
            case GroupingRulesChanged() as fact:
                by = event.actor.removeprefix("person:")
                self._changes.append(
                    Change(version=fact.version, at=event.at, by=by, reason=fact.reason, rules=fact.rules)
                )


def _moved_on(now: Change) -> Conflict:
    by = f" by {now.by}" if now.by else ""
    return Conflict(
        f"The rules were changed meanwhile{by}; they are at version {now.version}.",
        hint="Load them again, and make your change on top of theirs.",
    )
