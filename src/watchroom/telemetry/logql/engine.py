"""A LogQL query over stored lines: lines back, or numbers for one time or a whole grid of steps.

Pure but for what it reads of the `LogSource` and the clock of its budget. Called by the Loki API. The metric side is
PromQL's own arithmetic. Source: Grafana Loki, "LogQL".
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from watchroom.telemetry.labels import Labels, Matcher, labels_of
from watchroom.telemetry.levels import LABEL, detected_level
from watchroom.telemetry.logql.entry import Entry
from watchroom.telemetry.logql.expression import (
    LabelReplace,
    Literal,
    Logs,
    Metric,
    Operation,
    RangeAggregation,
    VectorAggregation,
)
from watchroom.telemetry.logql.pipeline import stages_of
from watchroom.telemetry.logql.range_functions import reduced
from watchroom.telemetry.logql.samples import samples
from watchroom.telemetry.logs import Slice
from watchroom.telemetry.promql import aggregation, operation
from watchroom.telemetry.promql.budget import Budget, Limits
from watchroom.telemetry.promql.elementwise import SETS
from watchroom.telemetry.promql.relabel import replaced
from watchroom.telemetry.promql.value import Mask, Scalar, Vector, merged
from watchroom.telemetry.promql.windows import Semantics, windows
from watchroom.telemetry.refusal import Unanswerable
from watchroom.telemetry.series import Times

SERIES_MAX = 500
"""Series of an answer, as Loki's `max_query_series`."""
LINES_MAX = 5_000_000
"""Lines that one query may read."""
SECONDS_MAX = 30.0
_BATCH = 1024
_SAME_IN_GROUPS: Mapping[str, tuple[str, ...]] = {
    "sum": ("count_over_time", "rate", "bytes_over_time", "bytes_rate", "sum_over_time"),
    "max": ("max_over_time",),
    "min": ("min_over_time",),
}
"""Aggregations of aggregations that come to the same when lines are grouped at once, which spares a series for each
set of labels that a parser finds."""


class LogSource(Protocol):
    """Where lines come from."""

    def select(self, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> list[Slice]: ...


@dataclass(slots=True)
class Spent:
    """What a query has read."""

    lines: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One line of an answer."""

    labels: Labels
    time_ns: int
    line: str


@dataclass(frozen=True, slots=True)
class LogEngine:
    """Answers queries over one source. `seconds` is a clock that only ever goes forward."""

    source: LogSource
    seconds: Callable[[], float]
    limits: Limits = field(default_factory=lambda: Limits(samples_max=LINES_MAX, seconds_max=SECONDS_MAX))
    series_max: int = SERIES_MAX

    def lines(
        self,
        query: Logs,
        start_ns: int,
        end_ns: int,
        *,
        limit: int,
        backward: bool,
        interval_ns: int = 0,
        names_level: bool = False,
        now_ns: int = 0,
        canceled: Callable[[], bool] = lambda: False,
    ) -> tuple[list[Found], Spent]:
        """At most `limit` lines from start to before end, the newest first with `backward`. Raises `QueryError`."""
        budget, spent = Budget(self.limits, self.seconds, canceled), Spent()
        slices = self.source.select(query.matchers, start_ns, end_ns)
        stage, found, last = stages_of(query.stages), list[Found](), None
        for entry in _in_time(slices, backward, _Entries(budget, spent, names_level, now_ns)):
            if len(found) >= limit:
                break
            if last is not None and abs(entry.time_ns - last) < interval_ns:
                continue
            if stage(entry):
                found.append(Found(labels_of(entry.all_labels()), entry.time_ns, entry.line))
                last = entry.time_ns
        return found, spent

    def metric(
        self,
        query: Metric,
        steps_ns: Times,
        *,
        names_level: bool = False,
        now_ns: int = 0,
        canceled: Callable[[], bool] = lambda: False,
    ) -> tuple[Vector | Scalar, Spent]:
        """The value at each step, by its labels in order, or ranked where the query ranks. Raises `QueryError`."""
        budget, spent = Budget(self.limits, self.seconds, canceled), Spent()
        evaluation = _Evaluation(self.source, budget, steps_ns, _Entries(budget, spent, names_level, now_ns))
        value = evaluation.value(query)
        if isinstance(value, Scalar):
            return value, spent
        vector = value.alive()
        if len(vector.labels) > self.series_max:
            raise Unanswerable(f"maximum of series ({self.series_max}) reached for a single query")
        return _ordered(query, vector), spent


@dataclass(frozen=True, slots=True)
class _Entries:
    """Makes entries of stored lines, and counts them."""

    budget: Budget
    spent: Spent
    names_level: bool
    now_ns: int

    def of(self, stored: Slice, *, backward: bool = False) -> Iterator[Entry]:
        """All lines of one stream in order, forth or back."""
        stream = dict(stored.labels)
        with_metadata: dict[Labels, dict[str, str]] = {(): stream}
        places = range(len(stored.lines))
        for number, place in enumerate(reversed(places) if backward else places):
            if not number % _BATCH:
                self.budget.samples_read(min(_BATCH, len(places) - number))
            line, metadata = stored.lines[place], stored.metadata[place]
            self.spent.lines += 1
            self.spent.bytes += len(line)
            if self.names_level and LABEL not in stream:
                level = detected_level({**stream, **dict(metadata)}, line)
                metadata = (*metadata, (LABEL, level))
            labels = with_metadata.get(metadata)
            if labels is None:
                labels = with_metadata[metadata] = {**dict(metadata), **stream}
            yield Entry(stored.times_ns[place], line, stream, labels, self.now_ns)


def _in_time(slices: Sequence[Slice], backward: bool, entries: _Entries) -> Iterator[Entry]:
    flows = [entries.of(each, backward=backward) for each in slices]
    if len(flows) == 1:
        return flows[0]
    return heapq.merge(*flows, key=(lambda entry: -entry.time_ns) if backward else (lambda entry: entry.time_ns))


def _ordered(query: Metric, vector: Vector) -> Vector:
    match query if vector.values.shape[1] == 1 else None:
        case VectorAggregation(operator="sort" | "sort_desc" as operator):
            values = vector.values[:, 0]
            keys = values if operator == "sort" else -values
            return vector.of(np.lexsort((keys, np.isnan(values))))
        case VectorAggregation(operator="topk" | "bottomk" | "approx_topk" as operator, grouping=grouping):
            groups = aggregation.groups_of(vector.labels, grouping.labels, without=grouping.without)
            return aggregation.ranking(operator.removeprefix("approx_"), vector, groups)
    return vector.of(np.array(sorted(range(len(vector.labels)), key=vector.labels.__getitem__), dtype=np.int64))


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """One metric query on its steps."""

    source: LogSource
    budget: Budget
    steps: Times
    entries: _Entries

    def value(self, query: Metric) -> Vector | Scalar:
        """What an expression is worth."""
        self.budget.go_on()
        match query:
            case Literal(value=number, as_vector=True):
                return self._everywhere((), number)
            case Literal(value=number):
                return Scalar(np.full(self.steps.size, number))
            case RangeAggregation():
                return self._range(query)
            case VectorAggregation():
                return self._aggregated(query)
            case LabelReplace():
                vector = self._vector(query.inner)
                labels = replaced(vector.labels, query.target, query.replacement, query.source, query.expression)
                return merged(labels, vector.values, vector.present)
            case Operation():
                return self._operated(query)

    def _vector(self, query: Metric) -> Vector:
        value = self.value(query)
        if isinstance(value, Scalar):
            return Vector([()], value.values[None, :], np.ones((1, self.steps.size), dtype=bool))
        return value

    def _everywhere(self, labels: Labels, number: float) -> Vector:
        return Vector([labels], np.full((1, self.steps.size), number), np.ones((1, self.steps.size), dtype=bool))

    def _range(self, query: RangeAggregation) -> Vector:
        ends = self.steps - query.offset_ns
        first, last = int(ends.min()) - query.range_ns, int(ends.max())
        stage = stages_of(query.logs.stages)
        slices = self.source.select(query.logs.matchers, first + 1, last + 1)
        lines = (entry for each in slices for entry in self.entries.of(each))
        found = samples(query, lines, stage, self.budget.go_on)
        self.budget.cells(len(found), self.steps.size)
        window = windows(found, ends, self.steps, query.range_ns, Semantics.PROMETHEUS_3)
        if query.operator == "absent_over_time":
            return self._absent(query, np.any(window.counts > 0, axis=0))
        return reduced(query.operator, window, query.parameter)

    def _absent(self, query: RangeAggregation, there: Mask) -> Vector:
        names = [each.name for each in query.logs.matchers]
        equal = {
            each.name: each.value
            for each in query.logs.matchers
            if each.names_one_value and names.count(each.name) == 1
        }
        return Vector([labels_of(equal)], np.ones((1, self.steps.size)), ~there[None, :])

    def _aggregated(self, query: VectorAggregation) -> Vector:
        inner = query.inner
        if (
            isinstance(inner, RangeAggregation)
            and inner.grouping is None
            and inner.operator in _SAME_IN_GROUPS.get(query.operator, ())
        ):
            return self._range(replace(inner, grouping=query.grouping))
        vector = self._vector(query.inner)
        groups = aggregation.groups_of(vector.labels, query.grouping.labels, without=query.grouping.without)
        match query.operator:
            case "sort" | "sort_desc":
                return vector
            case "topk" | "bottomk" | "approx_topk":
                wanted = np.full(self.steps.size, float(query.parameter or 0))
                return aggregation.ranked(query.operator.removeprefix("approx_"), vector, groups, wanted)
        return aggregation.aggregated(query.operator, vector, groups, None)

    def _operated(self, query: Operation) -> Vector | Scalar:
        left, right = self.value(query.left), self.value(query.right)
        reading = operation.Reading(query.returns_bool, Semantics.PROMETHEUS_3, self.budget.cells)
        match left, right:
            case Scalar(), Scalar():
                return Scalar(operation.of_numbers(query.operator, left.values, right.values))
            case Vector(), Scalar():
                return operation.with_number(query.operator, left, right.values, reading, number_is_left=False)
            case Scalar(), Vector():
                return operation.with_number(query.operator, right, left.values, reading, number_is_left=True)
            case Vector(), Vector() if query.operator in SETS:
                return operation.of_sets(query.operator, left, right, query.matching)
            case Vector(), Vector():
                return operation.of_vectors(query.operator, left, right, query.matching, reading)
        raise Unanswerable("an operator needs numbers or vectors on both sides")
