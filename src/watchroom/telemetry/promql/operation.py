"""An operator between two values: how series of two vectors find each other, and what each pair gives.

Source: Prometheus, "Operators", "Vector matching". Everything is decided for all steps at once; what holds for one step
only (two series where one may be) is looked for step by step in the arrays.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from watchroom.telemetry.labels import NAME, Labels, drop, keep, nameless, shown, value_of, with_label
from watchroom.telemetry.promql.elementwise import ARITHMETIC, COMPARISONS
from watchroom.telemetry.promql.expression import Matching, Side
from watchroom.telemetry.promql.value import Mask, Vector, merged
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.refusal import Unanswerable
from watchroom.telemetry.series import Values


def of_numbers(operator: str, left: Values, right: Values) -> Values:
    """Between two numbers, a comparison answers 1 or 0."""
    with np.errstate(all="ignore"):
        if operator in COMPARISONS:
            return COMPARISONS[operator](left, right).astype(np.float64)
        return ARITHMETIC[operator](left, right)


@dataclass(frozen=True, slots=True)
class Reading:
    """How an operator is to be read."""

    returns_bool: bool
    semantics: Semantics
    allow: Callable[[int, int], None]
    """Told how many pairs and steps there will be; raises where they are too many."""

    def keeps_name(self, operator: str) -> bool:
        """Whether a result goes by the metric's name: where it still is a sample of it. Prometheus 2 forgot `atan2`."""
        if operator in COMPARISONS:
            return not self.returns_bool
        return operator == "atan2" and self.semantics is Semantics.PROMETHEUS_2


def with_number(operator: str, vector: Vector, number: Values, reading: Reading, *, number_is_left: bool) -> Vector:
    """Between a vector and a number: a comparison keeps the vector's samples for which it holds."""
    sides = (number, vector.values) if number_is_left else (vector.values, number)
    with np.errstate(all="ignore"):
        if operator in COMPARISONS:
            holds = COMPARISONS[operator](*sides)
            if not reading.returns_bool:
                return Vector(vector.labels, vector.values, vector.present & holds)
            values = holds.astype(np.float64)
        else:
            values = ARITHMETIC[operator](*sides)
    keeps_name = reading.keeps_name(operator)
    labels = vector.labels if keeps_name else [nameless(each) for each in vector.labels]
    return merged(labels, values, vector.present)


def signature(matching: Matching) -> Callable[[Labels], Labels]:
    """What two series must have in common to be a pair."""
    if matching.on:
        return lambda labels: keep(labels, matching.labels)
    apart = matching.labels | {NAME}
    return lambda labels: drop(labels, apart)


def of_sets(operator: str, left: Vector, right: Vector, matching: Matching) -> Vector:
    """and, or, unless: which samples of the left side stay, and which of the right side join them."""
    sign = signature(matching)
    if operator == "or":
        return _union(left, right, sign)
    groups: dict[Labels, Mask] = {}
    for row, labels in enumerate(right.labels):
        key = sign(labels)
        known = groups.get(key)
        groups[key] = right.present[row] if known is None else known | right.present[row]
    absent = np.zeros(left.present.shape[1], dtype=bool)
    matched = np.array([groups.get(sign(labels), absent) for labels in left.labels], dtype=bool).reshape(
        left.present.shape
    )
    present = left.present & (matched if operator == "and" else ~matched)
    return Vector(left.labels, left.values, present).alive()


def _union(left: Vector, right: Vector, sign: Callable[[Labels], Labels]) -> Vector:
    taken: dict[Labels, Mask] = {}
    for row, labels in enumerate(left.labels):
        key = sign(labels)
        known = taken.get(key)
        taken[key] = left.present[row] if known is None else known | left.present[row]
    absent = np.zeros(left.present.shape[1], dtype=bool)
    covered = np.array([taken.get(sign(labels), absent) for labels in right.labels], dtype=bool).reshape(
        right.present.shape
    )
    values = np.concatenate((left.values, right.values))
    present = np.concatenate((left.present, right.present & ~covered))
    alive = Vector(left.labels + right.labels, values, present).alive()
    return merged(alive.labels, alive.values, alive.present)


def of_vectors(operator: str, left: Vector, right: Vector, matching: Matching, reading: Reading) -> Vector:
    """Arithmetic and comparison between the pairs of two vectors. Raises `Unanswerable` where pairs are not plain."""
    swapped = matching.many is Side.RIGHT
    many, one = (right, left) if swapped else (left, right)
    both: Mask = np.any(left.present, axis=0) & np.any(right.present, axis=0)
    sign = signature(matching)
    singles = _singles(one, sign, both, "left" if swapped else "right")
    partners = [singles.get(sign(labels), ()) for labels in many.labels]
    reading.allow(sum(map(len, partners)), both.size)
    pairs = [(row, single) for row, found in enumerate(partners) for single in found]
    if not pairs:
        return Vector.none(both.size)
    many_rows, one_rows = (np.array(rows) for rows in zip(*pairs, strict=True))
    many_values, one_values = many.values[many_rows], one.values[one_rows]
    present = many.present[many_rows] & one.present[one_rows]
    sides = (one_values, many_values) if swapped else (many_values, one_values)
    with np.errstate(all="ignore"):
        if operator in COMPARISONS:
            holds = COMPARISONS[operator](*sides)
            values = holds.astype(np.float64) if reading.returns_bool else sides[0]
            present = present if reading.returns_bool else present & holds
        else:
            values = ARITHMETIC[operator](*sides)
    names = [
        _result_labels(many.labels[row], one.labels[single], matching, keeps_name=reading.keeps_name(operator))
        for row, single in pairs
    ]
    if matching.many is Side.NONE:
        _one_to_one([sign(many.labels[row]) for row in many_rows], present)
    alive = Vector(names, values, present).alive()
    try:
        return merged(alive.labels, alive.values, alive.present)
    except Unanswerable:
        if matching.many is Side.NONE:
            raise
        raise Unanswerable("multiple matches for labels: grouping labels must ensure unique matches") from None


def _singles(one: Vector, sign: Callable[[Labels], Labels], both: Mask, side: str) -> dict[Labels, list[int]]:
    """The rows of each signature: several only where no step has two of them."""
    found: dict[Labels, list[int]] = {}
    for row, labels in enumerate(one.labels):
        found.setdefault(sign(labels), []).append(row)
    for key, rows in found.items():
        taken = one.present[rows[0]] & both
        for row in rows[1:]:
            if (taken & one.present[row]).any():
                raise Unanswerable(
                    f"found duplicate series for the match group {shown(key)} on the {side} hand-side of the "
                    f"operation: [{shown(one.labels[row])}, {shown(one.labels[rows[0]])}];"
                    "many-to-many matching not allowed: matching labels must be unique on one side"
                )
            taken = taken | (one.present[row] & both)
    return found


def _one_to_one(keys: list[Labels], present: Mask) -> None:
    taken: dict[Labels, Mask] = {}
    for key, there in zip(keys, present, strict=True):
        known = taken.get(key)
        if known is not None and (known & there).any():
            raise Unanswerable(
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
            )
        taken[key] = there if known is None else known | there


def _result_labels(many: Labels, one: Labels, matching: Matching, *, keeps_name: bool) -> Labels:
    labels = many if keeps_name else nameless(many)
    if matching.many is Side.NONE:
        return keep(labels, matching.labels) if matching.on else drop(labels, matching.labels)
    for name in matching.include:
        labels = with_label(labels, name, value_of(one, name))
    return labels
