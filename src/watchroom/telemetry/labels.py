"""Label sets and the matchers that choose among them, as Prometheus means them.

A label set is a tuple of (name, value) pairs in order of names, without empty values: an empty label and an absent one
are the same. The metric's name is the label `__name__`. Regular expressions are RE2's (linear time, whatever the
expression), anchored at both ends. Source: Prometheus, "Querying basics".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias

import re2

from watchroom.telemetry.refusal import BadData

Labels: TypeAlias = tuple[tuple[str, str], ...]

NAME = "__name__"
EMPTY: Labels = ()


def labels_of(pairs: Mapping[str, str]) -> Labels:
    """The label set of a mapping, empty values left out."""
    return tuple(sorted((name, value) for name, value in pairs.items() if value))


def value_of(labels: Labels, name: str) -> str:
    """A label's value, `""` where it has none."""
    for key, value in labels:
        if key == name:
            return value
    return ""


def keep(labels: Labels, names: frozenset[str]) -> Labels:
    """Only the labels of these names."""
    return tuple(pair for pair in labels if pair[0] in names)


def drop(labels: Labels, names: frozenset[str]) -> Labels:
    """All labels but those of these names."""
    return tuple(pair for pair in labels if pair[0] not in names)


_QUIET = re2.Options()
_QUIET.log_errors = False
_QUIET.max_mem = 8 << 20

LABELS_KEPT = 100_000
"""Label sets whose nameless form is remembered: rules and panels ask for the same ones again and again."""
_THE_NAME = frozenset((NAME,))


@lru_cache(maxsize=LABELS_KEPT)
def nameless(labels: Labels) -> Labels:
    """The labels without the metric's name: what arithmetic on a metric leaves."""
    return drop(labels, _THE_NAME)


def with_label(labels: Labels, name: str, value: str) -> Labels:
    """The labels with one set to a value, or taken away where the value is empty."""
    rest = [pair for pair in labels if pair[0] != name]
    if value:
        rest.append((name, value))
    return tuple(sorted(rest))


@lru_cache(maxsize=4096)
def anchored(expression: str) -> "re2._Regexp[str]":
    """A regular expression of RE2 that has to match from end to end. Raises `BadData` when it is none."""
    try:
        return re2.compile(f"^(?s:{expression})$", _QUIET)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise BadData(f"error parsing regexp: {reason}: `{expression}`") from None


class Match(StrEnum):
    """How a matcher compares."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label. Raises `BadData` for a regular expression that is none."""

    name: str
    how: Match
    value: str
    _regex: "re2._Regexp[str] | None" = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.how in (Match.REGEX, Match.NOT_REGEX):
            object.__setattr__(self, "_regex", anchored(self.value))

    @property
    def names_one_value(self) -> bool:
        """Whether only series that have exactly this label are chosen."""
        return self.how is Match.EQUAL and self.value != ""

    def accepts(self, value: str) -> bool:
        """Whether a label of this value, `""` for an absent one, is chosen."""
        if self._regex is None:
            return (value == self.value) is (self.how is Match.EQUAL)
        return (self._regex.search(value) is not None) is (self.how is Match.REGEX)

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{self.how.value}"{escaped}"'


def accepted(labels: Labels, matchers: Iterable[Matcher]) -> bool:
    """Whether all matchers accept the labels."""
    return all(matcher.accepts(value_of(labels, matcher.name)) for matcher in matchers)


def shown(labels: Labels) -> str:
    """Labels as Prometheus writes them in its messages: `name{a="b"}`."""
    inside = ", ".join(f'{name}="{value}"' for name, value in labels if name != NAME)
    return f"{value_of(labels, NAME)}{{{inside}}}"
