"""What can be typed about messages: an answer to an entry, other words for one's own.

Read by `line`, which holds the other commands. Each reader makes one command body of one line. Pure.
"""

import re
from collections.abc import Callable, Mapping

from watchroom.base.errors import Malformed
from watchroom.web.command_bar.form import Part, Typed, text, typed
from watchroom.web.command_bar.parts import Body, Line

_ENTRY = Part("NUMBER", "number", "the number at the entry's end")
COMPLETIONS: tuple[Typed, ...] = (
    typed("reply", "answer an entry", _ENTRY, text("what you say")),
    typed("edit", "put a message of yours in other words", _ENTRY, text("all of it, as it should read")),
)
"""What can be typed."""

_NUMBER = re.compile(r"#?([1-9][0-9]{0,8})")


def _numbered(line: Line) -> tuple[int, str]:
    head, words = line.first("entry")
    found = _NUMBER.fullmatch(head.rstrip(":,"))
    if found is None:
        raise line.wrong("Say which entry: each one's number stands at its end.")
    if not words:
        raise line.wrong(f"/{line.word} says nothing.")
    return int(found[1]), words


def _reply(line: Line) -> Body:
    seq, words = _numbered(line)
    return {"command": "post_message", "text": words, "reply_to": seq}


def _edit(line: Line) -> Body:
    seq, words = _numbered(line)
    return {"command": "edit_message", "seq": seq, "text": words}


def with_reply(body: Body, reply_to: str) -> Body:
    """A typed line's body with the entry that it answers, if it is a message and answers one.

    Raises Malformed when `reply_to` is no number.
    """
    if not reply_to or body["command"] != "post_message" or "reply_to" in body:
        return body
    found = _NUMBER.fullmatch(reply_to)
    if found is None:
        raise Malformed(f"{reply_to[:40]!r} is no entry's number.", hint="Load the page again.")
    return body | {"reply_to": int(found[1])}


def with_images(body: Body, images: Mapping[str, str]) -> Body:
    """A typed line's body with the images that go with it, each with what it shows, if it is a message."""
    if not images or body["command"] != "post_message":
        return body
    return body | {"images": [{"image": image, "alt": alt} for image, alt in images.items()]}


READERS: Mapping[str, Callable[[Line], Body]] = {"reply": _reply, "edit": _edit}
"""How each is read."""
