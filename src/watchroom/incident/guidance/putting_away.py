"""What people say to guidance: a question put away with a reason, and how much guidance somebody or a room wants.

Folded into the incident, read by `asking`; decided in `deciding`. A question that was put away stays away until the
facts that it came from are others.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from watchroom.base.command import Command, Name
from watchroom.record.event import Deed, Event, Fact

Level = Literal["off", "questions", "full"]
LEVELS: tuple[Level, ...] = ("off", "questions", "full")
"""From nothing to everything."""
KEPT_MAX = 500
"""So many questions that were put away are remembered; of more, the oldest may be asked again."""


class PutAwayQuestion(Command, frozen=True, kw_only=True, tag="put_away_question"):
    """Put a question of guidance away; it is asked again only once the facts are others. Say why in the reason."""

    question: Annotated[Name, msgspec.Meta(description="Its name, as `GET …/guidance` gives it: `who_writes`.")]
    about: Annotated[
        str,
        msgspec.Meta(max_length=200, description="The thing that it is about, where there are several of the name."),
    ] = ""


class SetGuidance(Command, frozen=True, kw_only=True, tag="set_guidance"):
    """Say how much guidance this room gives, or one person gets in it."""

    level: Annotated[Level, msgspec.Meta(description="`off`, `questions` (without why and action), or `full`.")]
    person: Annotated[Name | None, msgspec.Meta(description="For this person only; left out: for the whole room.")] = (
        None
    )


class QuestionPutAway(Deed, frozen=True, kw_only=True):
    """Somebody put a question of guidance away."""

    question: str
    about: str = ""
    text: Annotated[str, msgspec.Meta(description="The question's words.")] = ""
    basis: Annotated[str, msgspec.Meta(description="A digest of the facts that it came from.")]
    for_all: Annotated[
        bool, msgspec.Meta(description="Whether nobody is asked it any more: the commander put it away.")
    ] = False

    def is_work(self) -> bool:
        """Putting a question away is no answer to it."""
        return False


class GuidanceSet(Deed, frozen=True, kw_only=True):
    """How much guidance the room gives, or one person gets in it, was set."""

    level: Level
    person: Annotated[str, msgspec.Meta(description="Empty: the whole room.")] = ""

    def is_work(self) -> bool:
        """How much is asked is a setting."""
        return False


class PutAway(msgspec.Struct):
    """One question that was put away."""

    question: str
    about: str
    basis: str
    by: str
    at: datetime
    reason: str = ""
    for_all: bool = False


class Guided(msgspec.Struct):
    """What was put away, oldest first, and what was set."""

    put_away: list[PutAway] = []
    level: Level = "full"
    """The room's."""
    levels: dict[str, Level] = {}
    """By person."""

    def level_of(self, person: str) -> Level:
        """What a person gets: no more than the room gives, and no more than they want."""
        return min(self.level, self.levels.get(person, "full"), key=LEVELS.index)

    def is_away(self, key: str, basis: str, person: str) -> bool:
        """Whether a question that comes from these facts was put away for this person."""
        return any(
            each.basis == basis
            and (each.for_all or each.by == person)
            and key == (f"{each.question}:{each.about}" if each.about else each.question)
            for each in self.put_away
        )

    def reason_for(self, question: str) -> str:
        """Why a question of this name was last put away; empty when it never was."""
        return next((each.reason for each in reversed(self.put_away) if each.question == question), "")


def apply(state: Guided, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case QuestionPutAway():
            by = event.actor.removeprefix("person:")
            state.put_away.append(
                PutAway(fact.question, fact.about, fact.basis, by, event.at, fact.reason, fact.for_all)
            )
            del state.put_away[:-KEPT_MAX]
        case GuidanceSet(person=""):
            state.level = fact.level
        case GuidanceSet():
            state.levels[fact.person] = fact.level


FACTS: tuple[type[Fact], ...] = (QuestionPutAway, GuidanceSet)
