"""Matchers: what a signal must be for a rule to speak of it, written as in Alertmanager.

`severity=critical`, `cluster!="eu"`, `service=~"pay.*"`, `namespace!~kube-.+` (source: Alertmanager's configuration,
`matchers`). The names `source`, `service`, `severity`, `title` and `kind` mean the signal's own fields; every other
name is a label. A label that is not there is an empty text. Called by `grouping_rules`. Pure.
"""

import re
from typing import Literal, get_args

import msgspec

from watchroom.detection.pattern import Pattern
from watchroom.detection.signal import Signal

Operator = Literal["=", "!=", "=~", "!~"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)
OWN_FIELDS = ("source", "service", "severity", "title", "kind")
NAME_CHARS_MAX = 200
TEXT_CHARS_MAX = 1_000

_TEXT = re.compile(r"\s*([^\s=!~\"{},]+)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_PLAIN = re.compile(r"[^\s\"\\,{}][^\"\\,{}\n]*")


class Matcher(msgspec.Struct, frozen=True):
    """One condition: a name, how it is compared, and with what."""

    name: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        bare = self.operator in ("=", "!=") and _PLAIN.fullmatch(self.value) and self.value == self.value.strip()
        return f"{self.name}{self.operator}{self.value if bare else _quoted(self.value)}"


def value_of(signal: Signal, name: str) -> str:
    """What a signal says of a name: its own field, else the label; empty when it says nothing."""
    if name in OWN_FIELDS:
        own: str = getattr(signal, name)
        if own:
            return own
    return signal.labels.get(name, "")


def read(text: str) -> Matcher:
    """A matcher from its text. Raises ValueError, saying what is wrong."""
    if len(text) > TEXT_CHARS_MAX:
        raise ValueError(f"a matcher has at most {TEXT_CHARS_MAX} characters")
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:80]!r} is no matcher; write severity=critical, or service=~pay.*")
    name, sign, value = found.groups()
    operator = next(known for known in OPERATORS if known == sign)
    if len(name) > NAME_CHARS_MAX:
        raise ValueError(f"a name has at most {NAME_CHARS_MAX} characters")
    value = _unquoted(value) if value.startswith('"') else value
    if operator in ("=~", "!~"):
        try:
            Pattern(value)
        except ValueError as error:
            raise ValueError(f"the pattern {value[:80]!r} cannot be used: {error}") from error
    return Matcher(name, operator, value)


def several(text: str) -> list[str]:
    """The matchers of one line, with commas or line breaks between; those in quotation marks count as text."""
    parts: list[str] = [""]
    quoted = escaped = False
    for char in text:
        if char in ",\n" and not quoted:
            parts.append("")
            continue
        parts[-1] += char
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = quoted
        elif char == '"':
            quoted = not quoted
    return [part.strip() for part in parts if part.strip()]


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _unquoted(value: str) -> str:
    """A text in quotation marks; a backslash stands for itself but before `"`, another one, and n."""
    if len(value) < 2 or not value.endswith('"'):
        raise ValueError(f"{value[:80]} begins with a quotation mark and does not end with one")
    made: list[str] = []
    place = 1
    while place < len(value) - 1:
        char, after = value[place], value[place + 1]
        if char == '"':
            raise ValueError(f'{value[:80]} holds a quotation mark; write \\" for it')
        if char == "\\" and after in '"\\n' and place + 1 < len(value) - 1:
            made.append("\n" if after == "n" else after)
            place += 2
            continue
        if char == "\\" and place + 2 == len(value):
            raise ValueError(f"{value[:80]} does not end: its last quotation mark follows a backslash")
        made.append(char)
        place += 1
    return "".join(made)


class Condition:
    """A matcher, ready to be asked."""

    def __init__(self, matcher: Matcher) -> None:
        self._name = matcher.name
        self._value = matcher.value
        self._negated = matcher.operator in ("!=", "!~")
        self._pattern = Pattern(matcher.value) if matcher.operator in ("=~", "!~") else None

    def holds(self, signal: Signal) -> bool:
        """Whether the signal is as the matcher says."""
        value = value_of(signal, self._name)
        found = value == self._value if self._pattern is None else self._pattern.matches(value)
        return found != self._negated
