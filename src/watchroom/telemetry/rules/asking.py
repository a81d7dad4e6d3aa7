"""Many rules' expressions asked at one time: what several have in common is worked out once.

Two parts of two rules that are written the same are the same part, so their value is looked up. A part that reads what
the rules themselves write is asked each time, because a rule before it may just have written.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

from watchroom.telemetry.labels import NAME, Labels, Match
from watchroom.telemetry.promql.engine import Engine, Evaluation
from watchroom.telemetry.promql.expression import Expression, Selector
from watchroom.telemetry.promql.value import Scalar, Value, Vector
from watchroom.telemetry.refusal import BadData

OWN = frozenset(("ALERTS", "ALERTS_FOR_STATE"))
"""Metrics that every alerting rule writes."""

Sample = tuple[Labels, float]


def _children(expression: Expression) -> Mapping[str, Expression | tuple[Expression, ...]]:
    found = {}
    for each in dataclasses.fields(expression):
        value = getattr(expression, each.name)
        if isinstance(value, Expression) or each.name == "arguments":
            found[each.name] = value
    return found


def _reads(selector: Selector, written: frozenset[str]) -> bool:
    """Whether a selector may choose any of the metrics of these names."""
    for matchers in selector.alternatives:
        names = [each.value for each in matchers if each.name == NAME and each.how is Match.EQUAL]
        if not names or names[0] in written:
            return True
    return False


class Shared:
    """Expressions of which equal parts are one object, and which of these parts no rule changes."""

    def __init__(self, expressions: Iterable[Expression], written: frozenset[str]) -> None:
        self._written = written | OWN
        self._seen: dict[Expression, Expression] = {}
        self._own: dict[int, Expression] = {}
        self.lasting: set[int] = set()
        given = list(expressions)
        for expression in given:
            self._own[id(expression)] = self._interned(expression)[0]
        self._given = given

    def _interned(self, expression: Expression) -> tuple[Expression, bool]:
        lasting = not (isinstance(expression, Selector) and _reads(expression, self._written))
        changed: dict[str, object] = {}
        for name, child in _children(expression).items():
            if isinstance(child, tuple):
                parts = [self._interned(each) for each in child]
                changed[name] = tuple(each for each, _ in parts)
                lasting = lasting and all(kept for _, kept in parts)
            else:
                changed[name], kept = self._interned(child)
                lasting = lasting and kept
        one = dataclasses.replace(expression, **changed) if changed else expression  # type: ignore[arg-type]  # its own fields
        one = self._seen.setdefault(one, one)
        if lasting:
            self.lasting.add(id(one))
        return one, lasting

    def one(self, expression: Expression) -> Expression:
        """The object that stands for a given expression."""
        return self._own.get(id(expression), expression)


class Asking:
    """The questions of one evaluation, at one time."""

    def __init__(
        self, engine: Engine, shared: Shared, at_ms: int, canceled: Callable[[], bool] = lambda: False
    ) -> None:
        self._engine = engine
        self._shared = shared
        self._canceled = canceled
        self._begun: dict[int, Evaluation] = {}
        self.at_ms = at_ms

    def value(self, expression: Expression, at_ms: int) -> Sequence[Sample]:
        """What an expression of a rule is worth: a scalar is one sample without labels. Raises `QueryError`."""
        begun = self._begun.get(at_ms)
        if begun is None:
            begun = self._begun[at_ms] = self._engine.begun(at_ms, self._canceled, self._shared.lasting)
        return _samples(begun.value(self._shared.one(expression)))

    def text(self, text: str) -> Sequence[Sample]:
        """A template's own question. Raises `QueryError`."""
        return _samples(self._engine.instant(text, self.at_ms, canceled=self._canceled))


def _samples(value: Value) -> Sequence[Sample]:
    if isinstance(value, Scalar):
        return [((), float(value.values[0]))]
    if not isinstance(value, Vector):
        raise BadData("rule result is not a vector or scalar")
    there = value.present[:, 0].tolist()
    numbers = value.values[:, 0].tolist()
    return [(labels, number) for labels, number, is_there in zip(value.labels, numbers, there, strict=True) if is_there]
