"""LogQL text -> its tree. A Pratt parser; stages of pipelines are read by `parse_pipeline`.

Messages are worded as Loki's, so that whoever knows them knows these. Source: Grafana Loki, "LogQL".
"""

import math
from collections.abc import Mapping

from watchroom.telemetry.labels import Match, Matcher
from watchroom.telemetry.logql.expression import (
    Grouping,
    LabelReplace,
    Literal,
    Logs,
    Metric,
    Operation,
    Query,
    RangeAggregation,
    Unwrap,
    VectorAggregation,
)
from watchroom.telemetry.logql.parse_pipeline import pipeline
from watchroom.telemetry.logql.pipeline import check
from watchroom.telemetry.logql.reader import Reader
from watchroom.telemetry.logql.tokens import Kind
from watchroom.telemetry.logql.units import duration_ns
from watchroom.telemetry.promql.expression import Matching, Side
from watchroom.telemetry.refusal import BadData

_GROUPED = frozenset(["avg", "stddev", "stdvar", "quantile", "max", "min", "first", "last"])
_OF_LINES = frozenset(["count_over_time", "rate", "bytes_over_time", "bytes_rate", "absent_over_time"])
_UNWRAPPED = frozenset(
    [
        "avg_over_time",
        "sum_over_time",
        "max_over_time",
        "min_over_time",
        "stddev_over_time",
        "stdvar_over_time",
        "quantile_over_time",
        "rate",
        "rate_counter",
        "absent_over_time",
        "first_over_time",
        "last_over_time",
    ]
)
RANGES = _OF_LINES | _UNWRAPPED
VECTORS = frozenset(
    ["sum", "avg", "min", "max", "count", "stddev", "stdvar", "topk", "bottomk", "approx_topk", "sort", "sort_desc"]
)
_RANKED = ("topk", "bottomk", "approx_topk")
_BINDING: Mapping[str, int] = {
    "or": 1, "and": 2, "unless": 2, "==": 3, "!=": 3, ">": 3, ">=": 3, "<": 3, "<=": 3, "+": 4, "-": 4, "*": 5, "/": 5,
    "%": 5, "^": 6,
}  # fmt: skip
_SETS = ("and", "or", "unless")
_COMPARISONS = ("==", "!=", ">", ">=", "<", "<=")
OPERATORS_MAX = 100
"""Operators of a query: with the depth of nesting they bound how deep the tree is, and so the stack."""
NO_MATCHER = (
    "queries require at least one regexp or equality matcher that does not have an empty-compatible value. "
    'For instance, app=~".*" does not meet this requirement, but app=~".+" will'
)


def parse(text: str) -> Query:
    """The tree of a query. Raises `BadData` with the place of what is wrong."""
    reader = Reader(text)
    if reader.at_end:
        raise BadData("parse error : syntax error: unexpected $end")
    query = _query(reader)
    reader.needs_end()
    return query


def parse_logs(text: str) -> Logs:
    """As `parse`, of a query that has to choose lines. Raises `BadData`."""
    query = parse(text)
    if not isinstance(query, Logs):
        raise BadData("only log selector is supported")
    return query


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """A stream selector alone, which may be `{}`. Raises `BadData`."""
    reader = Reader(text)
    matchers = _matchers(reader)
    reader.needs_end()
    return matchers


def _query(reader: Reader) -> Query:
    if _begins_logs(reader):
        return _logs(reader)
    return _metric(reader, 0)


def _begins_logs(reader: Reader) -> bool:
    return reader.sees("{")


def _logs(reader: Reader) -> Logs:
    matchers = _selector(reader)
    stages, unwrap = pipeline(reader)
    if unwrap is not None:
        raise reader.unexpected("[" if reader.at_end else "")
    return _checked(reader, Logs(matchers, stages), None)


def _checked(reader: Reader, logs: Logs, unwrap: Unwrap | None) -> Logs:
    """Templates, expressions and patterns that are none are refused before anything is read."""
    reader.checked(lambda: check(logs.stages))
    if unwrap is not None:
        reader.checked(lambda: check(unwrap.filters))
    return logs


def _selector(reader: Reader) -> tuple[Matcher, ...]:
    matchers = _matchers(reader)
    if not any(not each.accepts("") for each in matchers):
        raise BadData(f"parse error : {NO_MATCHER}")
    return matchers


def _matchers(reader: Reader) -> tuple[Matcher, ...]:
    reader.needs("{")
    matchers: list[Matcher] = []
    while not reader.takes("}"):
        if matchers and not reader.takes(","):
            raise reader.unexpected("} or ,")
        name = reader.name()
        if not reader.sees("=", "!=", "=~", "!~"):
            raise reader.unexpected()
        how = Match(reader.next().text)
        value = reader.string()
        matchers.append(reader.checked(lambda name=name, how=how, value=value: Matcher(name, how, value)))  # type: ignore[misc]  # bound now
    return tuple(matchers)


def _metric(reader: Reader, binding: int) -> Metric:
    with reader.nested():
        left = _operand(reader)
        while not reader.at_end and _BINDING.get(reader.now.text, 0) > binding:
            reader.operators += 1
            if reader.operators > OPERATORS_MAX:
                raise reader.refused(f"a query may have at most {OPERATORS_MAX} operators between expressions")
            operator = reader.next().text
            returns_bool, matching = _modifiers(reader, operator)
            right = _metric(reader, _BINDING[operator] - (operator == "^"))
            left = _operation(operator, left, right, matching, returns_bool)
        return left


def _operation(operator: str, left: Metric, right: Metric, matching: Matching, returns_bool: bool) -> Metric:
    if operator in _SETS:
        for side, name in ((left, "left"), (right, "right")):
            if isinstance(side, Literal) and not side.as_vector:
                raise BadData(
                    f"parse error : unexpected literal for {name} leg of logical/set binary operation ({operator}): "
                    f"{side.value:f}"
                )
    return Operation(operator, left, right, matching, returns_bool)


def _operand(reader: Reader) -> Metric:
    if reader.takes("("):
        inner = _metric(reader, 0)
        reader.needs(")")
        return inner
    if reader.sees("+", "-"):
        sign = -1.0 if reader.next().text == "-" else 1.0
        return Literal(sign * reader.number())
    if reader.now.kind is Kind.NUMBER:
        return Literal(reader.number())
    name = reader.now.text if reader.now.kind is Kind.IDENTIFIER else ""
    if name in RANGES:
        return _range_aggregation(reader)
    if name in VECTORS:
        return _vector_aggregation(reader)
    if reader.takes("vector"):
        reader.needs("(")
        value = reader.number()
        reader.needs(")")
        return Literal(value, as_vector=True)
    if name == "label_replace":
        return _label_replace(reader)
    raise reader.unexpected()


def _range_aggregation(reader: Reader) -> Metric:
    operator = reader.next().text
    reader.needs("(")
    parameter = None
    if operator == "quantile_over_time" and reader.now.kind is not Kind.NUMBER:
        raise reader.invalid(f"parameter required for operation {operator}")
    if reader.now.kind is Kind.NUMBER:
        parameter = reader.number()
        if operator != "quantile_over_time":
            raise reader.invalid(f"parameter {parameter:f} not supported for operation {operator}")
        reader.needs(",")
    logs, range_ns, offset_ns, unwrap = _log_range(reader)
    reader.needs(")")
    grouping = _grouping(reader)
    made = RangeAggregation(operator, logs, range_ns, offset_ns, unwrap, parameter, grouping)
    _valid(reader, made)
    return made


def _valid(reader: Reader, made: RangeAggregation) -> None:
    operator = made.operator
    if made.grouping is not None and operator.removesuffix("_over_time") not in _GROUPED:
        raise reader.invalid(f"grouping not allowed for {operator} aggregation")
    if made.unwrap is not None and operator not in _UNWRAPPED:
        raise reader.invalid(f"invalid aggregation {operator} with unwrap")
    if made.unwrap is None and operator not in _OF_LINES:
        raise reader.invalid(f"invalid aggregation {operator} without unwrap")


def _log_range(reader: Reader) -> tuple[Logs, int, int, Unwrap | None]:
    if reader.takes("("):
        with reader.nested():
            inner = _log_range(reader)
        reader.needs(")")
        return inner
    matchers = _selector(reader)
    stages, unwrap = pipeline(reader)
    span, offset = _span(reader)
    if unwrap is None:
        more, unwrap = pipeline(reader)
        stages += more
        if more or unwrap is not None:
            offset = _offset(reader) or offset
    return _checked(reader, Logs(matchers, stages), unwrap), span, offset, unwrap


def _span(reader: Reader) -> tuple[int, int]:
    reader.needs("[")
    if reader.now.kind is not Kind.DURATION:
        raise reader.unexpected("DURATION")
    span = _duration(reader)
    if span <= 0:
        raise reader.invalid("range must be greater than 0")
    reader.needs("]")
    return span, _offset(reader)


def _offset(reader: Reader) -> int:
    if not reader.takes("offset"):
        return 0
    sign = -1 if reader.takes("-") else 1
    if reader.now.kind is not Kind.DURATION:
        raise reader.unexpected("DURATION")
    return sign * _duration(reader)


def _duration(reader: Reader) -> int:
    try:
        return duration_ns(reader.next().text)
    except ValueError as error:
        raise reader.invalid(str(error)) from None


def _grouping(reader: Reader) -> Grouping | None:
    if not reader.sees("by", "without"):
        return None
    without = reader.next().text == "without"
    return Grouping(frozenset(_names(reader)), without)


def _names(reader: Reader) -> tuple[str, ...]:
    reader.needs("(")
    names: list[str] = []
    while not reader.takes(")"):
        if names and not reader.takes(","):
            raise reader.unexpected(", or )")
        names.append(reader.name())
    return tuple(names)


def _vector_aggregation(reader: Reader) -> Metric:
    operator = reader.next().text
    grouping = _grouping(reader)
    reader.needs("(")
    parameter = _rank(reader, operator)
    inner = _metric(reader, 0)
    reader.needs(")")
    if grouping is None:
        grouping = _grouping(reader)
    if operator in ("sort", "sort_desc") and grouping is not None:
        raise reader.invalid(f"grouping not allowed for {operator} aggregation")
    return VectorAggregation(operator, inner, parameter, grouping or Grouping(frozenset(), without=False))


def _rank(reader: Reader, operator: str) -> int | None:
    negative = reader.sees("-") and reader.after.kind is Kind.NUMBER and operator in _RANKED
    if negative:
        reader.next()
    is_number = reader.now.kind is Kind.NUMBER and reader.after.text == ","
    if operator not in _RANKED:
        if is_number:
            raise reader.invalid(f"unsupported parameter for operation {operator}({reader.now.text},")
        return None
    if not is_number:
        raise reader.invalid(f"parameter required for operation {operator}")
    text, value = reader.now.text, reader.number()
    if not value < 2**31 or value != math.floor(value):
        raise reader.invalid(f"invalid parameter {operator}({text},")
    if negative or value < 1:
        raise reader.invalid(f"invalid parameter (must be greater than 0) {operator}({'-' if negative else ''}{text},")
    reader.needs(",")
    return int(value)


def _label_replace(reader: Reader) -> Metric:
    reader.next()
    reader.needs("(")
    inner = _metric(reader, 0)
    texts = []
    for _ in range(4):
        reader.needs(",")
        texts.append(reader.string())
    reader.needs(")")
    reader.checked(lambda: Matcher("", Match.REGEX, texts[3]))
    return LabelReplace(inner, *texts)


def _modifiers(reader: Reader, operator: str) -> tuple[bool, Matching]:
    returns_bool = reader.takes("bool")
    if returns_bool and operator not in _COMPARISONS:
        raise reader.refused("syntax error: unexpected bool")
    many = Side.BOTH if operator in _SETS else Side.NONE
    if not reader.sees("on", "ignoring"):
        return returns_bool, Matching(many=many)
    on, labels = reader.next().text == "on", frozenset(_names(reader))
    include: tuple[str, ...] = ()
    if reader.sees("group_left", "group_right"):
        if operator in _SETS:
            raise reader.unexpected()
        many = Side.LEFT if reader.next().text == "group_left" else Side.RIGHT
        include = _names(reader) if _has_names(reader) else ()
    return returns_bool, Matching(on, labels, many, include)


def _has_names(reader: Reader) -> bool:
    """Whether parentheses after `group_left` hold labels, and not the right side."""
    return reader.sees("(") and (reader.after.text == ")" or _is_plain_name(reader))


def _is_plain_name(reader: Reader) -> bool:
    return reader.after.kind is Kind.IDENTIFIER and reader.after.text not in RANGES | VECTORS | {
        "vector",
        "label_replace",
    }
