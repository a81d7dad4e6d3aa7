"""The facts of talking in the room, for the example of every kind: an answer, a mention, other words.

Called by `examples` only.
"""

from typing import Protocol

from watchroom.communication.editing import MessageEdited
from watchroom.communication.message import MessagePosted
from watchroom.record.event import Event, Fact


class Told(Protocol):
    """The story as it is told."""

    events: list[Event]

    def tell(self, minute: float, actor: str, *facts: Fact) -> None: ...


def tell_the_talk(story: Told, minute: float, one: str, other: str) -> None:
    """One asks another, who answers and then says it better."""
    story.tell(minute, one, MessagePosted(text="@Inès Duarte is #9 still so? :eyes:", mentions={"@Inès Duarte": other}))
    asked = story.events[-1].seq
    story.tell(minute, other, MessagePosted(text="No, it was the p99.", reply_to=asked))
    said = story.events[-1].seq
    story.tell(minute, other, MessageEdited(seq=said, text="No, that was the **p99** of payments. :white_check_mark:"))
