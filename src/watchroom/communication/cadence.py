"""Cadence: the promised next updates, by audience, and the one that is late.

A promise is kept by the next posted update to the same audience that says anything; where nobody promised, the
cadence of the room's profile (`policy`) stands in. `incident/timers` writes `UpdateBecameOverdue` when its time
passes, and `OverdueEscalated` when it stays late: then it is the commander's. Never reads a clock.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from watchroom.communication.update import UpdateApproved, UpdateDrafted, UpdatePosted, tells
from watchroom.record.event import Event, Fact


class UpdateBecameOverdue(Fact, frozen=True, kw_only=True):
    """An update did not come in time. Written by the timers, once for each time that was due."""

    audience: str
    promised_at: datetime
    promised: Annotated[
        bool, msgspec.Meta(description="False: nobody promised; the profile's cadence asks for it.")
    ] = True
    profile: Annotated[
        str, msgspec.Meta(description="Name and digest of the profile whose cadence asks; empty where it was promised.")
    ] = ""


class OverdueEscalated(Fact, frozen=True, kw_only=True):
    """An update stayed late, and was put to the commander. Written by the timers, once for each time that was due."""

    audience: str
    promised_at: datetime
    to: Annotated[str, msgspec.Meta(description="The commander; empty when nobody commands.")] = ""


class Promise(msgspec.Struct):
    """When an audience will hear next."""

    audience: str
    next_at: datetime
    overdue: bool = False
    promised: bool = True
    """Whether somebody promised it; otherwise the cadence of the profile asks for it."""
    escalated: bool = False
    """Whether it was put to the commander."""


class Cadence(msgspec.Struct):
    """Open promises by audience; drafts keep theirs until they are approved."""

    promises: dict[str, Promise] = {}
    drafted: dict[str, tuple[str, datetime | None]] = {}

    def to(self, audience: str) -> Promise | None:
        """What is promised to an audience."""
        return self.promises.get(audience)


def apply(state: Cadence, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case UpdateDrafted() | UpdatePosted() if not tells(fact, event):
            # What says nothing keeps no promise, and its own is not one that anybody has heard.
            pass
        case UpdateDrafted():
            state.drafted.pop(fact.replaces, None)
            state.drafted[fact.id] = (fact.audience, fact.next_at)
        case UpdatePosted():
            state.drafted.pop(fact.replaces, None)
            _promise(state, fact.audience, fact.next_at, event.at)
        case UpdateApproved():
            if (draft := state.drafted.pop(fact.update, None)) is not None:
                _promise(state, draft[0], draft[1], event.at)
        case UpdateBecameOverdue():
            promise = state.promises.get(fact.audience)
            if promise is not None and promise.next_at == fact.promised_at:
                promise.overdue = True
            elif promise is None and not fact.promised:
                state.promises[fact.audience] = Promise(
                    audience=fact.audience, next_at=fact.promised_at, overdue=True, promised=False
                )
        case OverdueEscalated():
            promise = state.promises.get(fact.audience)
            if promise is not None and promise.next_at == fact.promised_at:
                promise.escalated = True


def _promise(state: Cadence, audience: str, next_at: datetime | None, at: datetime) -> None:
    """What an update of `at` promises; a time that had passed by then promises nothing."""
    state.promises.pop(audience, None)
    if next_at is not None and next_at > at:
        state.promises[audience] = Promise(audience=audience, next_at=next_at)


FACTS: tuple[type[Fact], ...] = (UpdateBecameOverdue, OverdueEscalated)
HEEDS: tuple[type[Fact], ...] = (UpdateDrafted, UpdatePosted, UpdateApproved)
