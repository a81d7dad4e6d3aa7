"""The path language of mappings: where in a body a field's value stands, as small as it can be and safe by its shape.

    detail.alarmName                 a field inside a field of the item; `$.x` begins at the body, `@.x` at the item
    tags["team name"][0], hosts[-1]  any name in quotes; the first and the last of a list
    summary | title | "no title"     alternatives: the first that holds anything; a text in quotes is a constant
    "{host}: {check}"                a text with paths in it; `{{` is a brace

No recursion, no search, no expressions to compute: evaluating takes as many steps as the expression has names. Called
by `mapping`. Pure. source: a subset of JSONPath (RFC 9535): names and indices.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from watchroom.base.errors import Malformed

EXPRESSION_CHARS_MAX = 500
ALTERNATIVES_MAX = 8
STEPS_MAX = 16
TEXT_CHARS_MAX = 64 * 1024
"""What one expression yields at most; a longer text is cut."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[^\s.\[\]|"'{}$@]+) | \[\s*(?P<index>-?\d{1,6})\s*\] | \[\s*(?P<quoted>"[^"]*"|'[^']*')\s*\]
    | (?P<every>\[\s*\*\s*\]) | (?P<dot>\.))""",
    re.VERBOSE,
)


class Every(msgspec.Struct, frozen=True):
    """`[*]`: every element of a list. Only where several signals are listed."""


Step = str | int | Every


class Path(msgspec.Struct, frozen=True):
    """Steps from the body (`$`) or from the item that becomes a signal (`@`, and when nothing is said)."""

    steps: tuple[Step, ...]
    at_body: bool = False
    text: str = ""
    """As it was written."""


class Pieces(msgspec.Struct, frozen=True):
    """A text with paths in it, or without any: then it is a constant."""

    parts: tuple[str | Path, ...]


Expression = tuple[Path | Pieces, ...]


class Budget:
    """How many steps are left for one body. Running out ends the reading by the mapping, not the server."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Raises Malformed once the steps are used up."""
        self.left -= steps
        if self.left < 0:
            raise Malformed("The mapping takes too many steps on this body.", hint="Send fewer signals at once.")


def parse(text: str) -> Expression:
    """The expression that a text is. Raises Malformed, saying what is wrong and where."""
    if len(text) > EXPRESSION_CHARS_MAX:
        raise Malformed(f"An expression has at most {EXPRESSION_CHARS_MAX} characters.", hint="Use a shorter path.")
    found = [_alternative(part.strip()) for part in _split(text, "|")]
    if len(found) > ALTERNATIVES_MAX:
        raise Malformed(f"An expression has at most {ALTERNATIVES_MAX} alternatives.", hint="Leave some away.")
    return tuple(found)


def parse_list(text: str) -> Path:
    """Where the signals of a body are listed: a path that may go through every element of lists. Raises Malformed."""
    if len(text) > EXPRESSION_CHARS_MAX:
        raise Malformed(f"A path has at most {EXPRESSION_CHARS_MAX} characters.", hint="Use a shorter path.")
    return _path(text.strip(), every=True)


def evaluate(expression: Expression, body: Any, item: Any, budget: Budget) -> Any:
    """The first alternative that holds anything; None when none does."""
    for alternative in expression:
        value = (
            one(alternative, body, item, budget)
            if isinstance(alternative, Path)
            else _filled(alternative, body, item, budget)
        )
        if value is not None and value != "" and value != [] and value != {}:
            return value
    return None


def one(path: Path, body: Any, item: Any, budget: Budget) -> Any:
    """What stands at the path; None when nothing does."""
    budget.spend(len(path.steps) + 1)
    value = body if path.at_body else item
    for step in path.steps:
        match step:
            case str() if isinstance(value, dict):
                value = value.get(step)
            case int() if isinstance(value, list) and -len(value) <= step < len(value):
                value = value[step]
            case _:
                return None
    return value


def every(path: Path, body: Any, budget: Budget) -> Iterator[Any]:
    """Everything that stands at a path with `[*]` in it, in order; without one, a list's elements or the one thing."""
    values = [body]
    for step in path.steps:
        following: list[Any] = []
        for value in values:
            match step:
                case Every() if isinstance(value, list):
                    following.extend(value)
                case str() if isinstance(value, dict) and value.get(step) is not None:
                    following.append(value[step])
                case int() if isinstance(value, list) and -len(value) <= step < len(value):
                    following.append(value[step])
            budget.spend(1)
        budget.spend(len(following))
        values = following
    for value in values:
        yield from value if isinstance(value, list) else (value,)


def text_of(value: Any) -> str:
    """A value as text: a text as it is, a number and a truth as JSON writes them, anything else as JSON."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text[:TEXT_CHARS_MAX]


def _filled(pieces: Pieces, body: Any, item: Any, budget: Budget) -> str | None:
    """The text with its paths filled in; None when it has paths and all of them are empty."""
    texts: list[str] = []
    found = not any(isinstance(part, Path) for part in pieces.parts)
    for part in pieces.parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        value = one(part, body, item, budget)
        found = found or value is not None
        texts.append("" if value is None else text_of(value))
    return "".join(texts)[:TEXT_CHARS_MAX] if found else None


def _split(text: str, mark: str) -> list[str]:
    """Parts between marks that do not stand in quotes."""
    parts, quote = [""], ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == mark:
            parts.append("")
            continue
        parts[-1] += letter
    if quote:
        raise Malformed("A quotation mark is not closed.", hint='Write a constant as "text".')
    return parts


def _alternative(text: str) -> Path | Pieces:
    if text[:1] in ("'", '"'):
        if len(text) < 2 or text[-1] != text[0]:
            raise Malformed(f"{text!r}: something stands behind the text.", hint='Put | between, as in path | "text".')
        return Pieces(tuple(_pieces(text[1:-1])))
    return _path(text, every=False)


def _pieces(text: str) -> Iterator[str | Path]:
    plain, at = "", 0
    while at < len(text):
        letter = text[at]
        if text[at : at + 2] in ("{{", "}}"):
            plain += letter
            at += 2
        elif letter == "{":
            end = text.find("}", at)
            if end < 0:
                raise Malformed("A brace is not closed.", hint='Write "{host}: {check}"; a brace itself is {{.')
            if plain:
                yield plain
            plain = ""
            yield _path(text[at + 1 : end].strip(), every=False)
            at = end + 1
        else:
            plain += letter
            at += 1
    if plain:
        yield plain


def _path(text: str, *, every: bool) -> Path:
    at_body = text.startswith("$")
    rest = text[1:] if text[:1] in ("$", "@") else text
    if not text:
        raise Malformed("The path is empty.", hint="Write where the value stands, such as alert.title.")
    steps: list[Step] = []
    at, after_dot = 0, rest is text
    while at < len(rest):
        found = _TOKEN.match(rest, at)
        if found is None:
            raise _unreadable(text, rest[at:])
        if found["dot"]:
            if after_dot:
                raise _unreadable(text, rest[at:])
            after_dot, at = True, found.end()
            continue
        if found["name"] is not None:
            if not after_dot:
                raise _unreadable(text, rest[at:])
            steps.append(found["name"])
        elif found["index"] is not None:
            steps.append(int(found["index"]))
        elif found["quoted"] is not None:
            steps.append(found["quoted"][1:-1])
        elif every:
            steps.append(Every())
        else:
            raise Malformed(f"{text}: [*] stands for many values, and a field has one.", hint="Use [0] for the first.")
        after_dot, at = False, found.end()
    if after_dot and (steps or rest is not text):
        raise _unreadable(text, ".")
    if len(steps) > STEPS_MAX:
        raise Malformed(f"A path has at most {STEPS_MAX} names.", hint="Use a shorter path.")
    return Path(tuple(steps), at_body, text)


def _unreadable(text: str, rest: str) -> Malformed:
    return Malformed(
        f"{text!r} is no path from {rest[:20]!r} on.",
        hint='Write names with dots between, [0] for a place in a list, ["a name"] for a name with spaces.',
    )
