"""Silence: an incident that nobody has written about for hours is asked about, once for each silence.

What the house writes by itself breaks no silence: only people and senders do. When the time has come is found by
`incident/deadlines`, whom to ask by `incident/flow`. Never ends an incident by itself, and never calls anybody: it is
a question in the room and in the flow.
"""

from datetime import datetime

import msgspec

from watchroom.mitigation.page import PageShown
from watchroom.record.event import Event, Fact, kind_of


class IncidentFellSilent(Fact, frozen=True, kw_only=True):
    """Nobody had written anything since then, and the owner is asked how it stands. Written by the timers."""

    since: datetime
    owner: str = ""


class Silence(msgspec.Struct):
    """When somebody last wrote, and whether anybody was asked since."""

    word_at: datetime | None = None
    """When the last fact was recorded that the house did not write by itself."""
    word_seq: int = 0
    since: datetime | None = None
    """Since when it was silent, when it was last asked about."""
    asked_at: datetime | None = None
    asked_seq: int = 0
    owner: str = ""
    """Who was asked; empty when nobody owned it."""
    times: int = 0

    @property
    def asking(self) -> bool:
        """Whether the question stands: nobody has written since it was asked."""
        return self.asked_seq > self.word_seq


_BY_ITSELF = frozenset({kind_of(PageShown)})


def hear(state: Silence, event: Event) -> None:
    """Any event of the room, whatever it says, breaks the silence unless the house, or a browser in which a call
    rings, wrote it by itself."""
    if not event.actor.startswith("system:") and event.kind not in _BY_ITSELF:
        state.word_at, state.word_seq = event.recorded_at, event.seq


def apply(state: Silence, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, IncidentFellSilent):
        state.since, state.owner = fact.since, fact.owner
        state.asked_at, state.asked_seq = event.at, event.seq
        state.times += 1


FACTS: tuple[type[Fact], ...] = (IncidentFellSilent,)
