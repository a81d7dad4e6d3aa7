"""Business priorities: cut-offs, campaigns, promises that a decision has to weigh, with the time in which they count.

Stated by whoever speaks for the business; shown beside the decisions that fall into their window. Never ranks them.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, Text, When
from watchroom.base.errors import Malformed
from watchroom.record.event import Decided, Deed, Event, Fact


class StatePriority(Command, frozen=True, kw_only=True, tag="state_priority"):
    """Say what matters to the business, from when until when, and who can decide about it."""

    text: Text
    owner: Annotated[Name | None, msgspec.Meta(description="Who can decide about it.")] = None
    since: Annotated[When | None, msgspec.Meta(description="From when it counts; from now on if left out.")] = (
        msgspec.field(default=None, name="from")
    )
    until: Annotated[When | None, msgspec.Meta(description="Until when it counts; open if left out.")] = None


class PriorityStated(Deed, frozen=True, kw_only=True):
    """Somebody said what matters to the business."""

    id: str
    text: str
    owner: str = ""
    since: datetime = msgspec.field(name="from")
    until: datetime | None = None


class Priority(msgspec.Struct):
    """A business priority and its window."""

    id: str
    text: str
    owner: str
    since: datetime = msgspec.field(name="from")
    until: datetime | None
    by: str
    at: datetime

    def counts_at(self, at: datetime) -> bool:
        """Whether its window holds this moment."""
        return self.since <= at and (self.until is None or at < self.until)


class Priorities(msgspec.Struct):
    """The room's priorities in the order in which they were stated."""

    by_id: dict[str, Priority] = {}

    def at(self, at: datetime) -> list[Priority]:
        """Those whose window holds this moment."""
        return [priority for priority in self.by_id.values() if priority.counts_at(at)]


class View(Protocol):
    """What the decision here reads."""

    @property
    def issued(self) -> dict[str, int]: ...


def apply(state: Priorities, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, PriorityStated):
        state.by_id[fact.id] = Priority(
            id=fact.id,
            text=fact.text,
            owner=fact.owner,
            since=fact.since,
            until=fact.until,
            by=event.actor.removeprefix("person:"),
            at=event.at,
        )


def state_priority(command: StatePriority, view: View, act: Act) -> Decided:
    """A priority; one that nobody can decide about, or that never ends, is asked about."""
    since = command.since or act.at
    over = command.until is not None and command.until <= act.at
    if command.since is None and over:
        # Whoever says only its end says what has counted until then.
        since = command.until or since
    elif command.until is not None and command.until <= since:
        raise Malformed("until is not after from.", hint="Say from when until when it counts.")
    cautions: list[Caution] = []
    if command.owner is None:
        cautions.append(Caution("no_owner", "Nobody can decide about it.", "Name who can trade it off: owner."))
    if command.until is None:
        cautions.append(Caution("no_end", "It has no end.", "Until when does it count? It stays shown until then."))
    if over:
        cautions.append(Caution("over_already", "It is over already.", "Say it anew if it was put off: until."))
    id = f"B{view.issued.get('B', 0) + 1}"
    fact = PriorityStated(id=id, text=command.text, owner=command.owner or "", since=since, until=command.until)
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (PriorityStated,)
DECISIONS = {StatePriority: state_priority}
