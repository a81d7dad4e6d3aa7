"""Messages: what people say to each other in the room.

Seen by all in the room, the sender too, also what is said to one person. Never an update: an update goes to an audience
and promises the next one.
"""

from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, LongText, Name
from watchroom.record.event import Decided, Deed, Event, Fact


class PostMessage(Command, frozen=True, kw_only=True, tag="post_message"):
    """Say something in the room, or to one person in it. Everybody who sees the room reads either."""

    text: LongText
    channel: Annotated[
        Literal["room", "direct"],
        msgspec.Meta(description="`direct` speaks to one person. It is not private: everybody in the room reads it."),
    ] = "room"
    to: Annotated[Name | None, msgspec.Meta(description="For a direct message: whom it speaks to.")] = None


class MessagePosted(Deed, frozen=True, kw_only=True):
    """Somebody said something, to all or to one; all who see the room read it."""

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
    """A message is taken as it is written; that one to a single person is no secret is pointed out."""
    cautions: list[Caution] = []
    if command.channel == "direct":
        hint = "Say what only some may read in a room that only they see: restrict."
        cautions.append(Caution("not_private", "Everybody in this room can read it.", hint))
        if not command.to:
            cautions.append(Caution("no_receiver", "It does not say whom it speaks to.", 'Give "to": an e-mail.'))
    return Decided((MessagePosted(text=command.text, channel=command.channel, to=command.to or ""),), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (MessagePosted,)
DECISIONS = {PostMessage: post_message}
