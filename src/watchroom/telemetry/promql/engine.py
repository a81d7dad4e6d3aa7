"""A PromQL expression over series: answered for one time, or for a whole grid of steps at once.

Pure but for what it reads of the `Source`, the clock of its budget, and nothing else. Called by the Prometheus API, by
rules, and by dashboards. Source: Prometheus, "Querying basics", "Operators", "Query functions".
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import numpy as np

from watchroom.telemetry.labels import nameless
from watchroom.telemetry.promql import aggregation, functions, operation
from watchroom.telemetry.promql.budget import Budget, Limits
from watchroom.telemetry.promql.elementwise import SETS
from watchroom.telemetry.promql.expression import (
    Aggregation,
    At,
    Call,
    Expression,
    Moment,
    Negation,
    Number,
    Operation,
    Paren,
    Range,
    Selector,
    Subquery,
    Text,
    bare,
)
from watchroom.telemetry.promql.parse import parse
from watchroom.telemetry.promql.relabel import is_label_name
from watchroom.telemetry.promql.value import Scalar, String, Value, Vector, Windows, merged
from watchroom.telemetry.promql.windows import Semantics, clipped, newest, windows
from watchroom.telemetry.refusal import BadData, Unanswerable
from watchroom.telemetry.series import Series, Source, Times, Values

LOOKBACK_MS = 300_000
"""How old the newest sample of a series may be and still count."""
SUBQUERY_STEP_MS = 60_000
"""The step of a subquery that names none: Prometheus's default evaluation interval."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for all queries of an engine."""

    semantics: Semantics = Semantics.PROMETHEUS_3
    lookback_ms: int = LOOKBACK_MS
    subquery_step_ms: int = SUBQUERY_STEP_MS
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Steps:
    """The times (ms) of a query, and where it began and ends, which subqueries do not change."""

    at: Times
    start_ms: int
    end_ms: int

    @staticmethod
    def one(at_ms: int) -> "Steps":
        return Steps(np.array([at_ms], dtype=np.int64), at_ms, at_ms)

    @staticmethod
    def grid(start_ms: int, end_ms: int, step_ms: int) -> "Steps":
        return Steps(np.arange(start_ms, end_ms + 1, step_ms, dtype=np.int64), start_ms, end_ms)


class Engine:
    """Answers queries over one source."""

    def __init__(self, source: Source, seconds: Callable[[], float], settings: Settings | None = None) -> None:
        """`seconds` is a clock that only ever goes forward."""
        self._source = source
        self._seconds = seconds
        self.settings = settings or Settings()

    def instant(self, text: str, at_ms: int, *, canceled: Callable[[], bool] = lambda: False) -> Value:
        """The value at one time; a range vector is answered as it is. Raises `QueryError`."""
        expression = parse(text)
        value = self._begin(Steps.one(at_ms), canceled).value(expression)
        if isinstance(value, Vector):
            return _in_order(bare(expression), value.alive())
        return value

    def range(
        self, text: str, start_ms: int, end_ms: int, step_ms: int, *, canceled: Callable[[], bool] = lambda: False
    ) -> tuple[Steps, Vector]:
        """The value at each step, by the labels of its series in order. Raises `QueryError`."""
        steps = Steps.grid(start_ms, end_ms, step_ms)
        value = self._begin(steps, canceled).value(parse(text))
        if isinstance(value, Scalar):
            return steps, Vector([()], value.values[None, :], np.ones((1, steps.at.size), dtype=bool))
        if not isinstance(value, Vector):
            kind = "string" if isinstance(value, String) else "range vector"
            raise BadData(
                f'invalid parameter "query": invalid expression type "{kind}" for range query, '
                "must be Scalar or instant Vector"
            )
        alive = value.alive()
        return steps, alive.of(np.array(sorted(range(len(alive.labels)), key=alive.labels.__getitem__), dtype=np.int64))

    def begun(self, at_ms: int, canceled: Callable[[], bool], lasting: AbstractSet[int] = frozenset()) -> "Evaluation":
        """Many expressions at one time, on one budget. A part whose `id()` is in `lasting` is worked out once: whoever
        asks holds these parts, and knows that nothing they read changes meanwhile.
        """
        return replace(self._begin(Steps.one(at_ms), canceled), lasting=lasting, known={})

    def _begin(self, steps: Steps, canceled: Callable[[], bool]) -> "Evaluation":
        budget = Budget(self.settings.limits, self._seconds, canceled)
        return Evaluation(self._source, self.settings, budget, steps)


def _in_order(expression: Expression, vector: Vector) -> Vector:
    """Some expressions say in which order an instant query is answered."""
    match expression:
        case Call(function=name) if name.startswith("sort"):
            return functions.ordered(expression, vector)
        case Aggregation(operator="topk" | "bottomk"):
            groups = aggregation.groups_of(vector.labels, expression.labels, without=expression.without)
            return aggregation.ranking(expression.operator, vector, groups)
    return vector


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One query on its steps; a subquery is another evaluation on steps of its own."""

    source: Source
    settings: Settings
    budget: Budget
    steps: Steps
    lasting: AbstractSet[int] = frozenset()
    known: dict[int, Value] = field(default_factory=dict)

    def value(self, expression: Expression) -> Value:
        """What an expression is worth."""
        if id(expression) not in self.lasting:
            return self._worked_out(expression)
        value = self.known.get(id(expression))
        if value is None:
            value = self.known[id(expression)] = self._worked_out(expression)
        return value

    def _worked_out(self, expression: Expression) -> Value:
        self.budget.go_on()
        match expression:
            case Number(value=number):
                return Scalar(np.full(self.steps.at.size, number))
            case Text(value=text):
                return String(text)
            case Paren(inner=inner):
                return self.value(inner)
            case Selector():
                return self.newest(expression)[0]
            case Range(selector=selector, range_ms=range_ms):
                return self._window(selector, range_ms)
            case Subquery():
                return self._subquery(expression)
            case Negation(inner=inner):
                return _negated(self.value(inner))
            case Call():
                return functions.called(expression, self)
            case Aggregation():
                return self._aggregated(expression)
            case Operation():
                return self._operated(expression)

    def vector(self, expression: Expression) -> Vector:
        """The value of an expression that is an instant vector by its grammar."""
        value = self.value(expression)
        assert isinstance(value, Vector)
        return value

    def numbers(self, expression: Expression) -> Values:
        """The values of an expression that is a scalar by its grammar."""
        value = self.value(expression)
        assert isinstance(value, Scalar)
        return value.values

    def window(self, expression: Expression) -> Windows:
        """The value of an expression that is a range vector by its grammar."""
        value = self.value(expression)
        assert isinstance(value, Windows)
        return value

    def _ends(self, moment: Moment) -> Times:
        """The times at which a selector looks."""
        fixed = moment.at_ms
        if fixed is None:
            return self.steps.at - moment.offset_ms
        if isinstance(fixed, At):
            fixed = self.steps.start_ms if fixed is At.START else self.steps.end_ms
        return np.full(self.steps.at.size, fixed - moment.offset_ms, dtype=np.int64)

    def _chosen(self, selector: Selector, ends: Times, before_ms: int) -> list[Series]:
        if not ends.size:
            return []
        start, end = int(ends.min()) - before_ms, int(ends.max())
        found = clipped(self.source.select(selector.alternatives, start, end), start, end)
        self.budget.cells(len(found), ends.size)
        self.budget.samples_read(sum(each.times.size for each in found))
        return found

    def newest(self, selector: Selector) -> tuple[Vector, Values]:
        """The newest samples that a selector sees, and their times (ms)."""
        ends = self._ends(selector.moment)
        found = self._chosen(selector, ends, self.settings.lookback_ms)
        return newest(found, ends, self.settings.lookback_ms, self.settings.semantics)

    def _window(self, selector: Selector, range_ms: int) -> Windows:
        ends = self._ends(selector.moment)
        found = self._chosen(selector, ends, range_ms)
        return windows(found, ends, self.steps.at, range_ms, self.settings.semantics)

    def _subquery(self, query: Subquery) -> Windows:
        ends = self._ends(query.moment)
        step = query.step_ms or self.settings.subquery_step_ms
        lowest, highest = int(ends.min()) - query.range_ms, int(ends.max())
        first = lowest // step * step
        closed = self.settings.semantics is Semantics.PROMETHEUS_2
        if first < lowest or (first == lowest and not closed):
            first += step
        self.budget.cells(1, max(highest - first, 0) // step)
        inner = replace(
            self,
            steps=Steps(np.arange(first, highest + 1, step, dtype=np.int64), self.steps.start_ms, self.steps.end_ms),
            known={},
        )
        value = inner.value(query.inner)
        if isinstance(value, Scalar):
            value = Vector([()], value.values[None, :], np.ones((1, value.values.size), dtype=bool))
        assert isinstance(value, Vector)
        self.budget.samples_read(int(value.present.sum()))
        return windows(_as_series(value, inner.steps.at), ends, self.steps.at, query.range_ms, self.settings.semantics)

    def _aggregated(self, expression: Aggregation) -> Vector:
        operator, parameter = expression.operator, expression.parameter
        label = bare(parameter) if parameter is not None else None
        if isinstance(label, Text) and not is_label_name(label.value):
            raise Unanswerable(f'invalid label name "{label.value}"')
        vector = self.vector(expression.inner)
        groups = aggregation.groups_of(vector.labels, expression.labels, without=expression.without)
        if parameter is None:
            return aggregation.aggregated(operator, vector, groups, None, self.settings.semantics)
        if isinstance(label, Text):
            return aggregation.counted_values(vector, groups, label.value)
        numbers = self.numbers(parameter)
        match operator:
            case "topk" | "bottomk":
                return aggregation.ranked(operator, vector, groups, numbers)
            case "limitk":
                return aggregation.limited(vector, groups, numbers)
            case "limit_ratio":
                return aggregation.sampled(vector, numbers)
        return aggregation.aggregated(operator, vector, groups, numbers)

    def _operated(self, expression: Operation) -> Value:
        left, right = self.value(expression.left), self.value(expression.right)
        operator = expression.operator
        reading = operation.Reading(expression.returns_bool, self.settings.semantics, self.budget.cells)
        match left, right:
            case Scalar(), Scalar():
                return Scalar(operation.of_numbers(operator, left.values, right.values))
            case Vector(), Scalar():
                return operation.with_number(operator, left, right.values, reading, number_is_left=False)
            case Scalar(), Vector():
                return operation.with_number(operator, right, left.values, reading, number_is_left=True)
            case Vector(), Vector() if operator in SETS:
                return operation.of_sets(operator, left, right, expression.matching)
            case Vector(), Vector():
                return operation.of_vectors(operator, left, right, expression.matching, reading)
        raise BadData("binary expression must contain only scalar and instant vector types")


def _negated(value: Value) -> Value:
    if isinstance(value, Scalar):
        return Scalar(-value.values)
    assert isinstance(value, Vector)
    return merged([nameless(each) for each in value.labels], -value.values, value.present)


def _as_series(vector: Vector, at: Times) -> list[Series]:
    """The rows of a vector as series; those that have a value at every step share their times."""
    found = []
    for row, labels in enumerate(vector.labels):
        there = vector.present[row]
        if there.all():
            found.append(Series(labels, at, vector.values[row]))
        elif there.any():
            found.append(Series(labels, at[there], vector.values[row][there]))
    return found
