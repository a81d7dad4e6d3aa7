"""Messages: what people say to each other in the room.

Seen by all in the room, the sender too. Never an update: an update goes to an audience and promises the next one.
"""

from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Command, LongText, Name
from watchroom.record.event import Decided, Deed, Event, Fact


class PostMessage(Command, frozen=True, kw_only=True, tag="post_message"):
    """Say something in the room, or to one person."""

    text: LongText
    channel: Literal["room", "direct"] = "room"
    to: Annotated[Name | None, msgspec.Meta(description="For a direct message: who it is for.")] = None


class MessagePosted(Deed, frozen=True, kw_only=True):
    """Somebody said something."""

    text: str
    channel: Literal["room", "direct"] = "room"
    to: str = ""


class Conversation(msgspec.Struct):
    """How much was said; the words themselves stay in the record."""

    messages: int = 0


class View(Protocol):
    """What the decision here reads."""

    @property
    def conversation(self) -> Conversation: ...


def apply(state: Conversation, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, MessagePosted):
        state.messages += 1


def post_message(command: PostMessage, view: View, act: Act) -> Decided:
    """A message is taken as it is written."""
    return Decided((MessagePosted(text=command.text, channel=command.channel, to=command.to or ""),))


FACTS: tuple[type[Fact], ...] = (MessagePosted,)
DECISIONS = {PostMessage: post_message}
