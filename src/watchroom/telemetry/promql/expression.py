"""The tree of a PromQL expression, as the evaluator walks it. Made by `parse`, never by hand outside tests.

Durations and times are milliseconds. Names of operators and functions are Prometheus's own.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from watchroom.telemetry.labels import Matcher


class At(StrEnum):
    """A place in time that an expression is fixed to."""

    START = "start()"
    END = "end()"


@dataclass(frozen=True, slots=True)
class Moment:
    """The modifiers of a selector or a subquery: fixed to a time (`@`), moved back (`offset`)."""

    at_ms: int | At | None = None
    offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Number:
    """A number, which has the same value at every step."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A string: a whole answer, or a function's argument."""

    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """The newest sample of each chosen series; one list of matchers, or several joined by `or`."""

    alternatives: tuple[tuple[Matcher, ...], ...]
    moment: Moment


@dataclass(frozen=True, slots=True)
class Range:
    """All samples of the chosen series in a window that ends at each step."""

    selector: Selector
    range_ms: int


@dataclass(frozen=True, slots=True)
class Subquery:
    """The values of an expression on a grid of its own in a window that ends at each step."""

    inner: "Expression"
    range_ms: int
    step_ms: int | None
    moment: Moment


@dataclass(frozen=True, slots=True)
class Negation:
    """An expression with its sign changed."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Paren:
    """An expression in parentheses."""

    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Series put together in groups: by the labels named, or by all but those."""

    operator: str
    inner: "Expression"
    parameter: "Expression | None"
    labels: frozenset[str]
    without: bool


class Side(StrEnum):
    """Which side of an operator may have several series for one of the other."""

    NONE = "one-to-one"
    LEFT = "many-to-one"
    RIGHT = "one-to-many"
    BOTH = "many-to-many"


@dataclass(frozen=True, slots=True)
class Matching:
    """How the series of two sides find each other: on the labels named, or on all but those."""

    on: bool = False
    labels: frozenset[str] = frozenset()
    many: Side = Side.NONE
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator between two expressions."""

    operator: str
    left: "Expression"
    right: "Expression"
    matching: Matching
    returns_bool: bool


Expression: TypeAlias = Number | Text | Selector | Range | Subquery | Negation | Paren | Call | Aggregation | Operation


def bare(expression: Expression) -> Expression:
    """The expression without the parentheses around it."""
    while isinstance(expression, Paren):
        expression = expression.inner
    return expression
