"""What the facts of talking to each other say in the timeline: messages, and other words for them.

Called by `sayings`, which holds the others. Texts are plain here and escaped by the template.
"""

from collections.abc import Callable, Mapping
from typing import Any

from watchroom.communication.editing import MessageEdited
from watchroom.communication.message import MessagePosted
from watchroom.record.event import Fact
from watchroom.web.sayings.saying import Saying


def _message(fact: MessagePosted) -> Saying:
    return Saying(
        speech=True,
        quote=fact.text,
        to=fact.to if fact.channel == "direct" else "",
        mentions=fact.mentions,
        answers=fact.reply_to,
        images=fact.images,
    )


def _edited(fact: MessageEdited) -> Saying:
    return Saying(icon="edit", bold="Edited", ref=f"#{fact.seq}", quote=fact.text, mentions=fact.mentions, quiet=True)


SAYINGS: Mapping[type[Fact], Callable[[Any], Saying]] = {MessagePosted: _message, MessageEdited: _edited}
