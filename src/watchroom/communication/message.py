"""Messages: what people say to each other in the room.

Seen by all in the room, the sender too, also what is said to one person. Never an update: an update goes to an audience
and promises the next one. How one is put in other words stands in `editing`, who is meant in `mention`.
"""

from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, LongText, Name
from watchroom.base.errors import UnknownThing
from watchroom.communication.image import IMAGES_A_MESSAGE_MAX, Attached, Image
from watchroom.communication.mention import mentions
from watchroom.mitigation.roles import Roles
from watchroom.record.event import Decided, Deed, Event, Fact

Mentioned = Annotated[
    dict[str, str],
    msgspec.Meta(description="Who is meant, by the words of the text that name them: `@Ana Lima` to an e-mail."),
]


class PostMessage(Command, frozen=True, kw_only=True, tag="post_message"):
    """Say something in the room, or to one person in it. Everybody who sees the room reads either."""

    text: LongText
    channel: Annotated[
        Literal["room", "direct"],
        msgspec.Meta(description="`direct` speaks to one person. It is not private: everybody in the room reads it."),
    ] = "room"
    to: Annotated[Name | None, msgspec.Meta(description="For a direct message: whom it speaks to.")] = None
    reply_to: Annotated[
        Annotated[int, msgspec.Meta(ge=1)] | None,
        msgspec.Meta(description="The number of the entry of this room that it answers."),
    ] = None
    images: Annotated[
        list[Attached],
        msgspec.Meta(max_length=IMAGES_A_MESSAGE_MAX, description="Images that were sent to this room before."),
    ] = []


class MessagePosted(Deed, frozen=True, kw_only=True):
    """Somebody said something, to all or to one; all who see the room read it."""

    text: str
    channel: Literal["room", "direct"] = "room"
    to: str = ""
    mentions: Mentioned = {}
    reply_to: Annotated[int, msgspec.Meta(description="The number of the entry that it answers; 0 for none.")] = 0
    images: Annotated[
        list[Image], msgspec.Meta(description="What it shows; the bytes stand beside the record, by their SHA-256.")
    ] = []


class Conversation(msgspec.Struct):
    """How much was said; the words themselves stay in the record."""

    messages: int = 0


class View(Protocol):
    """What the decision here reads."""

    @property
    def seq(self) -> int: ...
    @property
    def conversation(self) -> Conversation: ...
    @property
    def roles(self) -> Roles: ...


def apply(state: Conversation, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, MessagePosted):
        state.messages += 1


def post_message(command: PostMessage, view: View, act: Act) -> Decided:
    """A message is taken as it is written; that one to a single person is no secret is pointed out."""
    cautions: list[Caution] = []
    if command.reply_to is not None and command.reply_to > view.seq:
        raise UnknownThing(f"The room has no entry {command.reply_to}.", hint=f"It has 1 to {view.seq}.")
    if command.channel == "direct":
        hint = "Say what only some may read in a room that only they see: restrict."
        cautions.append(Caution("not_private", "Everybody in this room can read it.", hint))
        if not command.to:
            cautions.append(Caution("no_receiver", "It does not say whom it speaks to.", 'Give "to": an e-mail.'))
    if not all(attached.alt for attached in command.images):
        hint = "Take it back and say it again with alt, or say in a message what it shows."
        cautions.append(Caution("no_alt", "It is not said what the image shows.", hint))
    meant, unclear = mentions(command.text, view.roles, act)
    said = MessagePosted(
        text=command.text,
        channel=command.channel,
        to=command.to or "",
        mentions=meant,
        reply_to=command.reply_to or 0,
    )
    return Decided((said,), (*cautions, *unclear))


FACTS: tuple[type[Fact], ...] = (MessagePosted,)
DECISIONS = {PostMessage: post_message}
