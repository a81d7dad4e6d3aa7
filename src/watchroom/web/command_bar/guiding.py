"""What can be typed to guidance: that a question is put away, and how much of it is wanted.

Read by `line`, which holds the other commands. Each reader makes one command body of one line. Pure.
"""

import re
from collections.abc import Callable, Mapping

from watchroom.web.command_bar.form import WHY, Part, Typed, choice, may, typed
from watchroom.web.command_bar.parts import Body, Line, with_optional

COMPLETIONS: tuple[Typed, ...] = (
    typed("notnow", "put a question away, by its name", Part("QUESTION", "question", "the question's name"), WHY),
    typed(
        "guidance",
        "how much is asked of you; here: of everybody in this room",
        choice("how much", "off", "questions", "full"),
        may(choice("for everybody in this room", "here")),
    ),
)
"""What can be typed."""

_BECAUSE = re.compile(r"\s+because\s+(.+)$", re.IGNORECASE | re.DOTALL)


def _not_now(line: Line) -> Body:
    text = line.text("question")
    found = _BECAUSE.search(text)
    named, why = (text, "") if found is None else (text[: found.start()], found[1].strip())
    question, _, about = named.strip().partition(":")
    name = "_".join(re.findall(r"[a-z0-9]+", question.casefold()))
    return with_optional({"command": "put_away_question", "question": name}, about=about.strip(), reason=why)


def _guidance(line: Line) -> Body:
    level, rest = line.one_of(("off", "questions", "full"), "how much")
    if rest.casefold() not in ("", "here"):
        raise line.wrong(f"{rest!r} is left over.")
    return {"command": "set_guidance", "level": level} | ({} if rest else {"person": "me"})


READERS: Mapping[str, Callable[[Line], Body]] = {"notnow": _not_now, "guidance": _guidance}
"""How each is read."""
