"""Recruiting: who has come into the room to help, and who was let go.

Joining is a fact, so that the joiner can be briefed and later released. Never tracks who is merely looking.
"""

from datetime import datetime
from typing import Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name
from watchroom.base.errors import AlreadyDone
from watchroom.record.event import Decided, Event, Fact


class Join(Command, frozen=True, kw_only=True, tag="join"):
    """Say that you are here."""


class ReleaseResponder(Command, frozen=True, kw_only=True, tag="release_responder"):
    """Let somebody go: they are needed no longer, or need rest."""

    person: Name


class ResponderJoined(Fact, frozen=True, kw_only=True):
    """Somebody came into the room."""


class ResponderReleased(Fact, frozen=True, kw_only=True):
    """Somebody was let go."""

    person: str
    reason: str = ""


class Presence(msgspec.Struct):
    """Who is here and since when; who was let go and when."""

    since: dict[str, datetime] = {}
    released: dict[str, datetime] = {}


class View(Protocol):
    """What the decisions here read."""

    @property
    def presence(self) -> Presence: ...
    def holdings(self, person: str) -> list[str]: ...


def apply(state: Presence, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case ResponderJoined():
            person = event.actor.removeprefix("person:")
            state.since[person] = event.at
            state.released.pop(person, None)
        case ResponderReleased():
            state.since.pop(fact.person, None)
            state.released[fact.person] = event.at


def join(command: Join, view: View, act: Act) -> Decided:
    """Come in, once."""
    if act.person in view.presence.since:
        raise AlreadyDone("You are here already.", hint="Nothing needs doing.")
    return Decided((ResponderJoined(),))


def release_responder(command: ReleaseResponder, view: View, act: Act) -> Decided:
    """Let go; what the person still holds is named, so that somebody else takes it."""
    if command.person in view.presence.released:
        raise AlreadyDone(f"{command.person} was let go already.", hint="Nothing needs doing.")
    cautions: tuple[Caution, ...] = ()
    held = view.holdings(command.person)
    if held:
        cautions = (
            Caution(
                "still_holds",
                f"{command.person} still holds {', '.join(held)}.",
                "Hand it over with a brief, or release it.",
            ),
        )
    return Decided((ResponderReleased(person=command.person, reason=act.reason),), cautions)


FACTS: tuple[type[Fact], ...] = (ResponderJoined, ResponderReleased)
DECISIONS = {Join: join, ReleaseResponder: release_responder}
