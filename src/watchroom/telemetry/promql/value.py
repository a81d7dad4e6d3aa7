"""What an expression is worth: over all steps of a query at once.

A vector's value at a step may be absent, which is not NaN: `present` says where there is one. Values at absent places
are whatever they are and must not be looked at. A `NaN` that is present is an ordinary sample.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from watchroom.telemetry.labels import Labels, shown
from watchroom.telemetry.refusal import Unanswerable
from watchroom.telemetry.series import Times, Values

Mask = NDArray[np.bool_]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """An instant vector at each step: `values` and `present` have the shape (series, steps)."""

    labels: list[Labels]
    values: Values
    present: Mask

    @staticmethod
    def none(steps: int) -> "Vector":
        return Vector([], np.empty((0, steps)), np.empty((0, steps), dtype=bool))

    def of(self, rows: Indices) -> "Vector":
        """Only these rows, in this order."""
        return Vector([self.labels[row] for row in rows], self.values[rows], self.present[rows])

    def alive(self) -> "Vector":
        """Without the series that have no value at any step."""
        rows = np.flatnonzero(self.present.any(axis=1))
        return self if rows.size == len(self.labels) else self.of(rows)


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A number at each step: shape (steps,)."""

    values: Values


@dataclass(frozen=True, slots=True, eq=False)
class String:
    """A text, the same at each step."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """A range vector: for each series and step the samples `flat[low:high]`.

    `times` and `values` are those of all series one after the other, without stale ones; `low` and `high` have the
    shape (series, steps). A window ends at `ends_ms` (which `offset` and `@` have moved), `range_ms` after its start.
    `steps_ms` are the query's own times. `whole` are the series as they were chosen, for what needs the labels alone.
    """

    labels: list[Labels]
    times: Times
    values: Values
    low: Indices
    high: Indices
    ends_ms: Times
    steps_ms: Times
    range_ms: int
    firsts: Indices = field(repr=False)
    """Where each series begins in `times` and `values`."""
    in_step: bool = False
    """Whether all series have the same times, so that each row of `low` and `high` is the first one's, moved."""

    @property
    def counts(self) -> Indices:
        """How many samples each window has."""
        counts: Indices = self.high - self.low
        return counts


Value: TypeAlias = Vector | Scalar | String | Windows


SAME_LABELS = "vector cannot contain metrics with the same labelset"


def merged(labels: Iterable[Labels], values: Values, present: Mask, *, in_all_steps: bool = False) -> Vector:
    """A vector of series some of which may have the same labels: joined where no step has both.

    Raises `Unanswerable` where one has, or, with `in_all_steps`, where two series have the same labels at all.
    """
    names = list(labels)
    rows: dict[Labels, int] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, row)
    if len(rows) == len(names):
        return Vector(names, values, present)
    if in_all_steps:
        alive = [name for name, there in zip(names, present, strict=True) if there.any()]
        if len(set(alive)) != len(alive):
            raise Unanswerable(SAME_LABELS)
    values, present = values.copy(), present.copy()
    for row, name in enumerate(names):
        first = rows[name]
        if first == row:
            continue
        if (present[first] & present[row]).any():
            raise Unanswerable(SAME_LABELS)
        values[first] = np.where(present[row], values[row], values[first])
        present[first] |= present[row]
    kept = np.fromiter(rows.values(), dtype=np.int64)
    return Vector(list(rows), values[kept], present[kept])


def described(labels: Labels) -> str:
    """Labels as a message shows them."""
    return shown(labels)
