"""Editing: whoever said something puts it in other words. What was said before stays, and everybody can read it.

Only one's own messages, and only their words; taking one back is `incident/undo`'s part. An edit is a fact of its own,
so it can be taken back, and the earlier words stand again. Decided by the write path, which reads the earlier event.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Command, LongText
from watchroom.base.errors import AlreadyDone, Refused, UnknownThing
from watchroom.communication.mention import mentions
from watchroom.communication.message import Mentioned, MessagePosted
from watchroom.mitigation.roles import Roles
from watchroom.record.event import Decided, Deed, Event, Fact
from watchroom.record.redaction import GONE


class EditMessage(Command, frozen=True, kw_only=True, tag="edit_message"):
    """Put a message of your own in other words. What it said before stays, and everybody can read it."""

    seq: Annotated[int, msgspec.Meta(ge=1, description="The message's number in this room.")]
    text: LongText


class MessageEdited(Deed, frozen=True, kw_only=True):
    """Somebody put a message of their own in other words; what it said before stays in the record."""

    seq: Annotated[int, msgspec.Meta(description="The number of the message.")]
    text: str
    mentions: Mentioned = {}


class Wording(msgspec.Struct):
    """What a message said from a moment on."""

    seq: int
    """The number of the event that said so."""
    at: datetime
    text: str
    mentions: dict[str, str] = {}


class Wordings(msgspec.Struct):
    """The later wordings of the messages that were edited, by the message's number, in order."""

    by_seq: dict[int, list[Wording]] = {}

    def of(self, seq: int) -> list[Wording]:
        """The later wordings of one message; empty when it was never edited."""
        return self.by_seq.get(seq, [])


class View(Protocol):
    """What the decision here reads."""

    @property
    def wordings(self) -> Wordings: ...
    @property
    def roles(self) -> Roles: ...


def apply(state: Wordings, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    # What a redacted edit said is gone: the words before it stand.
    if isinstance(fact, MessageEdited) and fact.text != GONE:
        wording = Wording(seq=event.seq, at=event.at, text=fact.text, mentions=fact.mentions)
        state.by_seq.setdefault(fact.seq, []).append(wording)


def edit_message(command: EditMessage, view: View, act: Act, event: Event, fact: Fact | None) -> Decided:
    """Put `event`, which says `fact`, in other words. Raises UnknownThing for what is
    no message with words, Refused for somebody else's, AlreadyDone for the same."""
    if isinstance(fact, MessageEdited):
        raise UnknownThing("That entry is an edit.", hint=f"Edit the message itself: {fact.seq}.")
    if event.redacted:
        raise UnknownThing("Its words were removed for ever.", hint="Say it again in a message of its own.")
    if not isinstance(fact, MessagePosted):
        raise UnknownThing("That entry is no message.", hint="Take it back and say it again: retract.")
    if act.actor != event.actor:
        raise Refused("Only its author can edit a message.", hint="Answer it: post_message with reply_to.")
    later = view.wordings.of(command.seq)
    if command.text == (later[-1].text if later else fact.text):
        raise AlreadyDone("It says that already.", hint="Nothing needs doing.")
    meant, unclear = mentions(command.text, view.roles, act)
    return Decided((MessageEdited(seq=command.seq, text=command.text, mentions=meant),), unclear)


FACTS: tuple[type[Fact], ...] = (MessageEdited,)
