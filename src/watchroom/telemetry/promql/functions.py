"""The functions of PromQL by name: which arguments each takes, and which module knows what it means.

Source: Prometheus, "Query functions"; those of 2.42, and of the newer ones those that are widely used.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from watchroom.telemetry.labels import NAME, Labels, Match, labels_of, nameless, value_of
from watchroom.telemetry.promql import histogram, over_time, rate, relabel, trend
from watchroom.telemetry.promql.elementwise import DATES, MATHS, larger, rounded, smaller
from watchroom.telemetry.promql.expression import Call, Expression, Range, Selector, Text, bare
from watchroom.telemetry.promql.value import Indices, Mask, Scalar, Value, Vector, Windows, merged
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.refusal import BadData
from watchroom.telemetry.series import Times, Values

Answer = tuple[Values, Mask]


class _Steps(Protocol):
    @property
    def at(self) -> Times: ...
    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...


class _Settings(Protocol):
    @property
    def semantics(self) -> Semantics: ...


class Evaluating(Protocol):
    """What a function needs of the evaluation that calls it."""

    @property
    def steps(self) -> _Steps: ...
    @property
    def settings(self) -> _Settings: ...
    def value(self, expression: Expression) -> Value: ...
    def vector(self, expression: Expression) -> Vector: ...
    def numbers(self, expression: Expression) -> Values: ...
    def window(self, expression: Expression) -> Windows: ...
    def newest(self, selector: Selector) -> tuple[Vector, Values]: ...


def called(call: Call, evaluation: Evaluating) -> Value:
    """What a call is worth. Raises `QueryError`."""
    name, arguments = call.function, call.arguments
    if name in _OF_A_WINDOW:
        return _windowed(evaluation.window(arguments[0]), _OF_A_WINDOW[name])
    if name in _OF_A_RATE:
        change = _OF_A_RATE[name]
        window = evaluation.window(arguments[0])
        return _windowed(window, lambda each: change(each, evaluation.settings.semantics))
    if name in MATHS:
        return _renamed(evaluation.vector(arguments[0]), MATHS[name])
    if name in DATES:
        now = evaluation.steps.at / 1000.0
        if not arguments:
            return _always(DATES[name](now))
        return _renamed(evaluation.vector(arguments[0]), DATES[name])
    special = _SPECIAL.get(name)
    if special is None:
        raise BadData(f'invalid parameter "query": parse error: function "{name}" is not known here')
    return special(arguments, evaluation)


def _windowed(window: Windows, of: Callable[[Windows], Answer]) -> Vector:
    with np.errstate(all="ignore"):
        values, present = of(window)
    keeps = of in (over_time.last_over_time, over_time.first_over_time)
    labels = window.labels if keeps else [nameless(each) for each in window.labels]
    return merged(labels, values, present, in_all_steps=True)


def _renamed(vector: Vector, of: Callable[[Values], Values]) -> Vector:
    with np.errstate(all="ignore"):
        values = of(vector.values)
    return merged([nameless(each) for each in vector.labels], values, vector.present)


def _always(values: Values) -> Vector:
    return Vector([()], values[None, :], np.ones((1, values.size), dtype=bool))


_OF_A_RATE: Mapping[str, Callable[[Windows, Semantics], Answer]] = {
    "rate": lambda window, rules: rate.extrapolated(window, rules, counter=True, per_second=True),
    "increase": lambda window, rules: rate.extrapolated(window, rules, counter=True, per_second=False),
    "delta": lambda window, rules: rate.extrapolated(window, rules, counter=False, per_second=False),
    "deriv": trend.deriv,
    "irate": lambda window, _: rate.last_two(window, counter=True, per_second=True),
    "idelta": lambda window, _: rate.last_two(window, counter=False, per_second=False),
}

_OF_A_WINDOW: Mapping[str, Callable[[Windows], Answer]] = {
    "sum_over_time": over_time.sum_over_time,
    "avg_over_time": over_time.avg_over_time,
    "min_over_time": over_time.min_over_time,
    "max_over_time": over_time.max_over_time,
    "count_over_time": over_time.count_over_time,
    "last_over_time": over_time.last_over_time,
    "first_over_time": over_time.first_over_time,
    "present_over_time": over_time.present_over_time,
    "stddev_over_time": over_time.stddev_over_time,
    "stdvar_over_time": over_time.stdvar_over_time,
    "mad_over_time": over_time.mad_over_time,
    "changes": over_time.changes,
    "resets": over_time.resets,
    "ts_of_first_over_time": lambda window: over_time.time_of(window, lambda rows: np.zeros(len(rows), dtype=np.int64)),
    "ts_of_last_over_time": lambda window: over_time.time_of(
        window, lambda rows: np.full(len(rows), rows.shape[1] - 1)
    ),
    "ts_of_max_over_time": lambda window: over_time.time_of(window, lambda rows: _last_place(rows, np.fmax)),
    "ts_of_min_over_time": lambda window: over_time.time_of(window, lambda rows: _last_place(rows, np.fmin)),
}


def _last_place(rows: Values, extreme: np.ufunc) -> Indices:
    """Where in each row its extreme is seen last."""
    best = extreme.reduce(rows, axis=1)[:, None]
    same = (rows == best) | np.isnan(best)
    place: Indices = rows.shape[1] - 1 - np.argmax(same[:, ::-1], axis=1)
    return place


def _text(expression: Expression) -> str:
    text = bare(expression)
    assert isinstance(text, Text)
    return text.value


Arguments = tuple[Expression, ...]


def _quantile_over_time(arguments: Arguments, evaluation: Evaluating) -> Value:
    quantile = evaluation.numbers(arguments[0])
    return _windowed(evaluation.window(arguments[1]), lambda window: over_time.quantile_over_time(window, quantile))


def _predict_linear(arguments: Arguments, evaluation: Evaluating) -> Value:
    seconds, rules = evaluation.numbers(arguments[1]), evaluation.settings.semantics
    return _windowed(evaluation.window(arguments[0]), lambda window: trend.predict_linear(window, seconds, rules))


def _smoothing(arguments: Arguments, evaluation: Evaluating) -> Value:
    factors = evaluation.numbers(arguments[1]), evaluation.numbers(arguments[2])
    return _windowed(
        evaluation.window(arguments[0]), lambda window: trend.double_exponential_smoothing(window, *factors)
    )


def _time(_: Arguments, evaluation: Evaluating) -> Value:
    return Scalar(evaluation.steps.at / 1000.0)


def _timestamp(arguments: Arguments, evaluation: Evaluating) -> Value:
    selector = bare(arguments[0])
    if isinstance(selector, Selector):
        vector, times = evaluation.newest(selector)
        values = times / 1000.0
    else:
        vector = evaluation.vector(selector)
        values = np.broadcast_to(evaluation.steps.at / 1000.0, vector.values.shape)
    return merged([nameless(each) for each in vector.labels], values, vector.present)


def _scalar(arguments: Arguments, evaluation: Evaluating) -> Value:
    vector = evaluation.vector(arguments[0])
    if not vector.labels:
        return Scalar(np.full(evaluation.steps.at.size, np.nan))
    only = vector.present.sum(axis=0) == 1
    first = vector.present.argmax(axis=0)
    return Scalar(np.where(only, vector.values[first, np.arange(only.size)], np.nan))


def _absent(arguments: Arguments, evaluation: Evaluating) -> Value:
    vector = evaluation.vector(arguments[0])
    return _where_nothing(arguments[0], vector.present)


def _absent_over_time(arguments: Arguments, evaluation: Evaluating) -> Value:
    return _where_nothing(arguments[0], evaluation.window(arguments[0]).counts > 0)


def _where_nothing(expression: Expression, present: Mask) -> Vector:
    missing: Mask = ~np.any(present, axis=0)
    bared = bare(expression)
    selector = bared.selector if isinstance(bared, Range) else bared
    labels: Labels = labels_of(_absent_labels(selector)) if isinstance(selector, Selector) else ()
    return Vector([labels], np.ones((1, missing.size)), missing[None, :])


def _absent_labels(selector: Selector) -> dict[str, str]:
    """The labels that a selector asks for by name and value: what a series that is absent would have had."""
    asked: dict[str, str] = {}
    several: set[str] = set()
    for matcher in selector.alternatives[0]:
        if matcher.name in asked or matcher.name in several:
            several.add(matcher.name)
            asked.pop(matcher.name, None)
        elif matcher.how is Match.EQUAL and matcher.name != NAME:
            asked[matcher.name] = matcher.value
        else:
            several.add(matcher.name)
    return asked


def _clamp(arguments: Arguments, evaluation: Evaluating) -> Value:
    vector = evaluation.vector(arguments[0])
    low, high = evaluation.numbers(arguments[1]), evaluation.numbers(arguments[2])
    limited = _renamed(vector, lambda values: larger(low, smaller(high, values)))
    return Vector(limited.labels, limited.values, limited.present & ~(high < low))


def _clamp_min(arguments: Arguments, evaluation: Evaluating) -> Value:
    low = evaluation.numbers(arguments[1])
    return _renamed(evaluation.vector(arguments[0]), lambda values: larger(low, values))


def _clamp_max(arguments: Arguments, evaluation: Evaluating) -> Value:
    high = evaluation.numbers(arguments[1])
    return _renamed(evaluation.vector(arguments[0]), lambda values: smaller(high, values))


def _round(arguments: Arguments, evaluation: Evaluating) -> Value:
    to = evaluation.numbers(arguments[1]) if len(arguments) > 1 else np.ones(evaluation.steps.at.size)
    return _renamed(evaluation.vector(arguments[0]), lambda values: rounded(values, to))


def _histogram_quantile(arguments: Arguments, evaluation: Evaluating) -> Value:
    wanted = evaluation.numbers(arguments[0])
    return _distinct(histogram.of_buckets(_one_name(evaluation.vector(arguments[1])), wanted, histogram.quantile))


def _histogram_fraction(arguments: Arguments, evaluation: Evaluating) -> Value:
    borders = np.stack((evaluation.numbers(arguments[0]), evaluation.numbers(arguments[1])))
    return _distinct(histogram.of_buckets(_one_name(evaluation.vector(arguments[2])), borders, histogram.fraction))


def _one_name(vector: Vector) -> Vector:
    """Buckets that differ in nothing but their metric's name cannot be told apart afterwards."""
    merged([nameless(each) for each in vector.labels], vector.values, vector.present)
    return vector


def _distinct(vector: Vector) -> Vector:
    return merged(vector.labels, vector.values, vector.present)


def _label_replace(arguments: Arguments, evaluation: Evaluating) -> Value:
    target, replacement, source, expression = (_text(each) for each in arguments[1:])
    vector = evaluation.vector(arguments[0])
    return merged(
        relabel.replaced(vector.labels, target, replacement, source, expression), vector.values, vector.present
    )


def _label_join(arguments: Arguments, evaluation: Evaluating) -> Value:
    target, separator, *sources = (_text(each) for each in arguments[1:])
    vector = evaluation.vector(arguments[0])
    return merged(relabel.joined(vector.labels, target, separator, sources), vector.values, vector.present)


def _as_it_is(arguments: Arguments, evaluation: Evaluating) -> Value:
    return evaluation.vector(arguments[0])


def _no_histograms(arguments: Arguments, evaluation: Evaluating) -> Value:
    """Functions of native histograms leave every float out, and there are only floats here."""
    evaluation.vector(arguments[-1])
    return Vector.none(evaluation.steps.at.size)


_SPECIAL: Mapping[str, Callable[[Arguments, Evaluating], Value]] = {
    "absent": _absent,
    "absent_over_time": _absent_over_time,
    "clamp": _clamp,
    "clamp_max": _clamp_max,
    "clamp_min": _clamp_min,
    "double_exponential_smoothing": _smoothing,
    "end": lambda _, evaluation: Scalar(np.full(evaluation.steps.at.size, evaluation.steps.end_ms / 1000.0)),
    "histogram_avg": _no_histograms,
    "histogram_count": _no_histograms,
    "histogram_fraction": _histogram_fraction,
    "histogram_quantile": _histogram_quantile,
    "histogram_stddev": _no_histograms,
    "histogram_stdvar": _no_histograms,
    "histogram_sum": _no_histograms,
    "holt_winters": _smoothing,
    "label_join": _label_join,
    "label_replace": _label_replace,
    "pi": lambda _, evaluation: Scalar(np.full(evaluation.steps.at.size, math.pi)),
    "predict_linear": _predict_linear,
    "quantile_over_time": _quantile_over_time,
    "round": _round,
    "scalar": _scalar,
    "sort": _as_it_is,
    "sort_by_label": _as_it_is,
    "sort_by_label_desc": _as_it_is,
    "sort_desc": _as_it_is,
    "start": lambda _, evaluation: Scalar(np.full(evaluation.steps.at.size, evaluation.steps.start_ms / 1000.0)),
    "time": _time,
    "timestamp": _timestamp,
    "vector": lambda arguments, evaluation: _always(evaluation.numbers(arguments[0])),
}


def ordered(call: Call, vector: Vector) -> Vector:
    """The series of an instant query in the order that `sort` and its kin ask for."""
    rows = list(range(len(vector.labels)))
    if call.function in ("sort", "sort_desc"):
        sign = 1.0 if call.function == "sort" else -1.0
        values = vector.values[:, 0]
        rows.sort(key=lambda row: (math.isnan(values[row]), sign * values[row]))
    elif call.function in ("sort_by_label", "sort_by_label_desc"):
        names = [_text(each) for each in call.arguments[1:]]
        rows.sort(
            key=lambda row: ([_natural(value_of(vector.labels[row], name)) for name in names], vector.labels[row]),
            reverse=call.function == "sort_by_label_desc",
        )
    return vector.of(np.array(rows, dtype=np.int64))


_DIGITS = re.compile(r"(\d+)")


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """A key by which `node-2` comes before `node-10`."""
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in _DIGITS.split(text) if part]
