"""Who is given something and is not here to see it: nobody calls them about it, and whoever gives it is told so.

Called by decisions that put into somebody's hands what can wait for the morning: an action, a mystery, a review, an
unknown. What cannot wait calls them (`mitigation/page`). Pure; never reaches anybody.
"""

from collections.abc import Iterable
from typing import Protocol

from watchroom.base.command import Act, Caution

NAMED_MAX = 5


class Room(Protocol):
    """As much of a room as is asked here."""

    def is_here(self, person: str) -> bool:
        """Whether somebody came into the room and was not let go."""


def not_told(people: Iterable[str], what: str, room: Room, act: Act) -> tuple[Caution, ...]:
    """A caution that names those of `people` who hear nothing of `what` ("X1") by themselves; none when all are here.

    A character is played by the drill, which sees what it is given.
    """
    away = [
        person
        for person in dict.fromkeys(people)
        if person and person != act.person and not person.startswith("character:") and not room.is_here(person)
    ]
    if not away:
        return ()
    more = f" and {len(away) - NAMED_MAX} more" if len(away) > NAMED_MAX else ""
    are = "is" if len(away) == 1 else "are"
    said = f"{', '.join(away[:NAMED_MAX])}{more} {are} not in the room, and nothing is sent about {what}."
    return (Caution("not_told", said, "Tell them yourself; call them if it cannot wait: page."),)
