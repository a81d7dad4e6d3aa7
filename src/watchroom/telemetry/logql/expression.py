"""The tree of a LogQL query, as the engine walks it. Made by `parse`, never by hand outside tests.

Durations are nanoseconds. Names of stages, operators and functions are Loki's own.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from watchroom.telemetry.labels import Matcher
from watchroom.telemetry.promql.expression import Matching


@dataclass(frozen=True, slots=True)
class LineFilter:
    """`|= "a" or "b"`: what a line has to hold; `how` is one of |= != |~ !~ |> !>. Any of `texts` will do."""

    how: str
    texts: tuple[str, ...]
    is_ip: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Parser:
    """json, logfmt, pattern, regexp, unpack, decolorize; `picks` are the labels and the paths they are taken from."""

    name: str
    argument: str = ""
    flags: frozenset[str] = frozenset()
    picks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """A label against a text (`Matcher`), a number, a duration (s), an amount of bytes, or addresses."""

    name: str
    operator: str
    value: "float | str | Matcher"
    unit: str
    """`text`, `number`, `duration`, `bytes` or `ip`."""


@dataclass(frozen=True, slots=True)
class Both:
    """Two label filters joined by `and` or `or`."""

    operator: str
    left: "LabelTest"
    right: "LabelTest"


LabelTest: TypeAlias = "Compared | Both"


@dataclass(frozen=True, slots=True)
class LabelFilter:
    """Lines whose labels pass."""

    test: LabelTest


@dataclass(frozen=True, slots=True)
class LineFormat:
    """The line written anew by a template."""

    template: str


@dataclass(frozen=True, slots=True)
class LabelFormat:
    """Labels written anew: (label, template or other label, whether it is another label)."""

    changes: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """drop or keep: names of labels, some of them only where a matcher accepts the value."""

    keeps: bool
    labels: tuple[tuple[str, Matcher | None], ...]


Stage: TypeAlias = LineFilter | Parser | LabelFilter | LineFormat | LabelFormat | Choice


@dataclass(frozen=True, slots=True)
class Logs:
    """Streams chosen by their labels, and what is done with each of their lines."""

    matchers: tuple[Matcher, ...]
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Unwrap:
    """A label that becomes the sample: as a number, or converted from a duration or bytes; and filters after it."""

    label: str
    conversion: str = ""
    filters: tuple[LabelFilter, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """by (names) or without (names)."""

    labels: frozenset[str]
    without: bool


@dataclass(frozen=True, slots=True)
class RangeAggregation:
    """What the lines of a window come to, for each set of labels."""

    operator: str
    logs: Logs
    range_ns: int
    offset_ns: int = 0
    unwrap: Unwrap | None = None
    parameter: float | None = None
    grouping: Grouping | None = None


@dataclass(frozen=True, slots=True)
class VectorAggregation:
    """Series put together in groups."""

    operator: str
    inner: "Metric"
    parameter: int | None = None
    grouping: Grouping = field(default_factory=lambda: Grouping(frozenset(), without=False))


@dataclass(frozen=True, slots=True)
class Literal:
    """A number; `as_vector`: a vector of one sample without labels."""

    value: float
    as_vector: bool = False


@dataclass(frozen=True, slots=True)
class LabelReplace:
    """label_replace(inner, target, replacement, source, expression)."""

    inner: "Metric"
    target: str
    replacement: str
    source: str
    expression: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator between two metric expressions."""

    operator: str
    left: "Metric"
    right: "Metric"
    matching: Matching
    returns_bool: bool


Metric: TypeAlias = "RangeAggregation | VectorAggregation | Literal | LabelReplace | Operation"
Query: TypeAlias = "Logs | Metric"
