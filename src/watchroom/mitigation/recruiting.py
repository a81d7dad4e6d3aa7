"""Recruiting: who has come into the room to help.

Joining is a fact, so that the joiner can be briefed and later released. Never tracks who is merely looking.
"""

from datetime import datetime
from typing import Protocol

import msgspec

from watchroom.base.command import Act, Command
from watchroom.base.errors import AlreadyDone
from watchroom.record.event import Decided, Event, Fact


class Join(Command, frozen=True, kw_only=True, tag="join"):
    """Say that you are here."""


class ResponderJoined(Fact, frozen=True, kw_only=True):
    """Somebody came into the room."""


class Presence(msgspec.Struct):
    """Who is here, since when."""

    since: dict[str, datetime] = {}


class View(Protocol):
    """What the decision here reads."""

    @property
    def presence(self) -> Presence: ...


def apply(state: Presence, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, ResponderJoined):
        state.since[event.actor.removeprefix("person:")] = event.at


def join(command: Join, view: View, act: Act) -> Decided:
    """Come in, once."""
    if act.person in view.presence.since:
        raise AlreadyDone("You are here already.", hint="Nothing needs doing.")
    return Decided((ResponderJoined(),))


FACTS: tuple[type[Fact], ...] = (ResponderJoined,)
DECISIONS = {Join: join}
