"""The review: whether one is held, why, when, by whom.

Decided when the room is closed, and a deliberate decision either way. Never assumed.
"""

from datetime import datetime

import msgspec

from watchroom.record.event import Event, Fact
from watchroom.resolution.closing import ReviewDecided, ReviewNeed


class Review(msgspec.Struct):
    """The decision as last made; `need` is None while nobody has decided."""

    need: ReviewNeed | None = None
    reason: str = ""
    due_at: datetime | None = None
    owner: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None


def apply(state: Review, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, ReviewDecided):
        state.need = fact.review
        state.reason = fact.reason
        state.due_at = fact.due_at
        state.owner = fact.owner
        state.decided_by = event.actor.removeprefix("person:")
        state.decided_at = event.at


FACTS: tuple[type[Fact], ...] = ()
HEEDS: tuple[type[Fact], ...] = (ReviewDecided,)
