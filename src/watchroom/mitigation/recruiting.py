"""Recruiting: who has come into the room to help, and who was let go.

Joining is a fact, so that the joiner can be briefed and later released. Never tracks who is merely looking.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name
from watchroom.base.errors import AlreadyDone, UnknownThing
from watchroom.record.event import Decided, Deed, Event, Fact


class Join(Command, frozen=True, kw_only=True, tag="join"):
    """Say that you are here."""


class ReleaseResponder(Command, frozen=True, kw_only=True, tag="release_responder"):
    """Let somebody go: they are needed no longer, or need rest."""

    person: Name
    also: Annotated[
        list[Name], msgspec.Meta(max_length=200, description="Others who are let go at the same time.")
    ] = []


class ResponderJoined(Deed, frozen=True, kw_only=True):
    """Somebody came into the room."""


class ResponderReleased(Deed, frozen=True, kw_only=True):
    """Somebody was let go."""

    person: str


class Presence(msgspec.Struct):
    """Who is here and since when; who was let go and when."""

    since: dict[str, datetime] = {}
    released: dict[str, datetime] = {}


class View(Protocol):
    """What the decisions here read."""

    @property
    def presence(self) -> Presence: ...
    def holdings(self, person: str) -> list[str]: ...
    def took_part(self, person: str) -> bool: ...


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
    named = dict.fromkeys(act.person if name == "me" else name for name in (command.person, *command.also))
    for person in named:
        if not view.took_part(person):
            here = ", ".join(view.presence.since) or "nobody"
            raise UnknownThing(f"{person} was never in this room.", hint=f"Check the spelling; here is {here}.")
    people = [person for person in named if person not in view.presence.released]
    if not people:
        raise AlreadyDone(f"{command.person} was let go already.", hint="Nothing needs doing.")
    hint = "Hand it over with a brief, or release it."
    cautions = tuple(
        Caution("still_holds", f"{person} still holds {', '.join(held)}.", hint)
        for person in people
        if (held := view.holdings(person))
    )
    return Decided(tuple(ResponderReleased(person=person, reason=act.reason) for person in people), cautions)


FACTS: tuple[type[Fact], ...] = (ResponderJoined, ResponderReleased)
DECISIONS = {Join: join, ReleaseResponder: release_responder}
