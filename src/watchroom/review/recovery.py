"""Recovery: how those who responded are, before anybody asks them what happened.

A check-in is theirs alone to write. What the incident took of each (minutes, nights) is worked out from the record
elsewhere; nobody is ever scored by it.
"""

from datetime import datetime

import msgspec

from watchroom.base.command import Act, Command, LongText
from watchroom.record.event import Decided, Event, Fact


class CheckIn(Command, frozen=True, kw_only=True, tag="check_in"):
    """Say how you are, what you need, and who should take over from you."""

    text: LongText


class ResponderCheckedIn(Fact, frozen=True, kw_only=True):
    """Somebody said how they are."""

    text: str


class Said(msgspec.Struct):
    """What somebody said of themselves, and when."""

    person: str
    text: str
    at: datetime


class Recovery(msgspec.Struct):
    """What was said, in order."""

    check_ins: list[Said] = []


def apply(state: Recovery, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, ResponderCheckedIn):
        state.check_ins.append(Said(person=event.actor.removeprefix("person:"), text=fact.text, at=event.at))


def check_in(command: CheckIn, view: object, act: Act) -> Decided:
    """Taken as it is said, as often as it is said."""
    return Decided((ResponderCheckedIn(text=command.text),))


FACTS: tuple[type[Fact], ...] = (ResponderCheckedIn,)
DECISIONS = {CheckIn: check_in}
