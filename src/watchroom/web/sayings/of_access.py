"""What the facts about who sees a room say in its timeline.

Called by `sayings`, which holds the others. Texts are plain here and escaped by the template.
"""

from collections.abc import Callable, Mapping
from typing import Any

from watchroom.incident import visibility
from watchroom.record.event import Fact
from watchroom.web.sayings.saying import Saying

_WHY: Mapping[visibility.Because, str] = {
    "named": "",
    "called": "was called, so sees the room now",
    "role": "has a role, so sees the room now",
    "break_glass": "",
}


def _restricted(fact: visibility.RoomRestricted) -> Saying:
    named = (*fact.people, *fact.teams)
    text = " · ".join(filter(None, ("" if named else "whoever restricts it and those who hold a role", fact.reason)))
    return Saying(icon="lock", bold="Restricts the room to", people=named, text=text, tag="restricted", tone="warn")


def _lifted(fact: visibility.RestrictionLifted) -> Saying:
    return Saying(icon="eye", bold="Everybody sees the room again", text=fact.reason, tag="lifted")


def _admitted(fact: visibility.PersonAdmitted) -> Saying:
    if fact.because == "break_glass":
        return Saying(
            icon="lock", bold="An admin looked in:", person=fact.person, text=fact.reason, tag="let in", tone="hot"
        )
    if fact.because == "named":
        return Saying(icon="people", bold="Lets in", person=fact.person, text=fact.reason)
    return Saying(icon="people", bold="Let in:", person=fact.person, text=_WHY[fact.because])


def _team(fact: visibility.TeamAdmitted) -> Saying:
    text = f"{fact.team}: {fact.reason}" if fact.reason else fact.team
    return Saying(icon="people", bold="Lets in the team", text=text)


SAYINGS: Mapping[type[Fact], Callable[[Any], Saying]] = {
    visibility.RoomRestricted: _restricted,
    visibility.RestrictionLifted: _lifted,
    visibility.PersonAdmitted: _admitted,
    visibility.TeamAdmitted: _team,
}
