"""Actions: what somebody does because of what was learnt, by when. None at all is an answer too.

Never more of them than will be done: an action without an owner or a date is asked about.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, Text, When
from watchroom.people import absence
from watchroom.people.absence import not_told
from watchroom.record.event import Decided, Deed, Event, Fact


class AddAction(Command, frozen=True, kw_only=True, tag="add_action"):
    """Say what is done because of it, by whom, by when."""

    text: Text
    owner: Annotated[Name | None, msgspec.Meta(description="Who does it.")] = None
    due_at: Annotated[When | None, msgspec.Meta(description="By when.")] = None


class ActionAdded(Deed, frozen=True, kw_only=True):
    """Something is done because of what was learnt."""

    id: str
    text: str
    owner: str = ""
    due_at: datetime | None = None

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class ActionItem(msgspec.Struct):
    """An action, its owner and its date."""

    id: str
    text: str
    by: str
    at: datetime
    owner: str = ""
    due_at: datetime | None = None


class ActionItems(msgspec.Struct):
    """The room's actions in the order in which they came."""

    by_id: dict[str, ActionItem] = {}


class View(absence.Room, Protocol):
    """What the decision here reads."""

    @property
    def issued(self) -> dict[str, int]: ...


def apply(state: ActionItems, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, ActionAdded):
        by = event.actor.removeprefix("person:")
        state.by_id[fact.id] = ActionItem(
            id=fact.id, text=fact.text, by=by, at=event.at, owner=fact.owner, due_at=fact.due_at
        )


def add_action(command: AddAction, view: View, act: Act) -> Decided:
    """Taken; one that nobody does, or that has no date, is asked about."""
    cautions = []
    if command.owner is None:
        cautions.append(Caution("no_owner", "Nobody does it.", "Name an owner, or let it go: none is an answer too."))
    if command.due_at is None:
        cautions.append(Caution("undated", "It has no date.", "Give due_at."))
    elif command.due_at <= act.at:
        cautions.append(Caution("due_in_past", "That date has passed already.", "Give a date to come."))
    id = f"X{view.issued.get('X', 0) + 1}"
    fact = ActionAdded(id=id, text=command.text, owner=command.owner or "", due_at=command.due_at)
    cautions += not_told([fact.owner], id, view, act)
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (ActionAdded,)
DECISIONS = {AddAction: add_action}
