"""Text -> the tree of a PromQL expression. The grammar is promql-parser's; what would take it long, or end the process,
is refused before.

The parser recurses on the machine's stack, so the depth and the number of operators of a text are counted first.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import promql_parser

from watchroom.telemetry.labels import NAME, Match, Matcher
from watchroom.telemetry.promql.expression import (
    Aggregation,
    At,
    Call,
    Expression,
    Matching,
    Moment,
    Negation,
    Number,
    Operation,
    Paren,
    Range,
    Selector,
    Side,
    Subquery,
    Text,
)
from watchroom.telemetry.promql.place import line_and_column, place_of
from watchroom.telemetry.refusal import BadData

LENGTH_MAX = 100_000
"""Characters of an expression."""
DEPTH_MAX = 100
"""Brackets inside one another."""
OPERATORS_MAX = 500
"""Operators of an expression, which nest as brackets do."""

# What Prometheus 2 calls otherwise, and what 3 has under another name.
promql_parser.register_extra_functions(
    [
        promql_parser.Function(
            "holt_winters",
            [promql_parser.ValueType.Matrix, promql_parser.ValueType.Scalar, promql_parser.ValueType.Scalar],
            promql_parser.ValueType.Vector,
        )
    ]
)

_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|(?P<comment>\#[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])"""
    r"""|(?P<operator>[-+*/%^]|==|!=|[<>]=?|\b(?:and|or|unless|atan2)\b)|(?P<rest>\w+|\s+|.)""",
    re.DOTALL | re.IGNORECASE,
)


def parse(text: str) -> Expression:
    """The tree of an expression. Raises `BadData` with a sentence that says what is wrong."""
    if not text.strip():
        raise BadData('invalid parameter "query": unknown position: parse error: no expression found in input')
    _within_limits(text)
    try:
        return _Tree(text).converted(promql_parser.parse(text))
    except ValueError as error:
        raise _unreadable(str(error), text) from None
    except RecursionError:
        raise _unreadable("the expression nests too deeply: write it in parts, as recording rules") from None


def _unreadable(reason: str, text: str = "") -> BadData:
    """The refusal, with line and column of the mistake where it is found in the text."""
    place = place_of(text, reason) if text else None
    at = "" if place is None else "{}:{}: ".format(*line_and_column(text, place))
    return BadData(f'invalid parameter "query": {at}parse error: {reason}')


def _within_limits(text: str) -> None:
    if len(text) > LENGTH_MAX:
        raise _unreadable(f"the expression has {len(text)} characters; at most {LENGTH_MAX} are read")
    depth = operators = 0
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "open":
                depth += 1
            case "close":
                depth -= 1
            case "operator":
                operators += 1
        if depth > DEPTH_MAX:
            raise _unreadable(f"brackets are nested more than {DEPTH_MAX} deep")
        if operators > OPERATORS_MAX:
            raise _unreadable(f"the expression has more than {OPERATORS_MAX} operators")


def _ms(duration: timedelta | None) -> int:
    return 0 if duration is None else duration // timedelta(milliseconds=1)


# The parser's own reading of `@` fails before 1970 and after 9999, so the times are read from the text, in whose order
# the tree is walked.
_FIXED = re.compile(
    r"@\s*(?:(?P<place>start|end)\s*\(|(?P<time>[-+]?\s*(?:0x[\da-f]+|\d*\.?\d+(?:e[-+]?\d+)?)))", re.IGNORECASE
)
_IS_FIXED = re.compile(r"[}\]] @ (?:start\(\)|end\(\)|[-.\d]+)(?: offset -?\w+)?$")
_UNREAD = ("text", "comment")


def _fixed_times(text: str) -> Iterator[int | At]:
    """What each `@` of a text says, in order: a place, or a time in milliseconds."""
    code = "".join(" " if token.lastgroup in _UNREAD else token[0] for token in _TOKEN.finditer(text))
    for found in _FIXED.finditer(code):
        if found["place"]:
            yield At(f"{found['place'].lower()}()")
        else:
            digits = found["time"].replace(" ", "")
            yield round((int(digits, 16) if "x" in digits.lower() else float(digits)) * 1000)


_HOW = {"Equal": Match.EQUAL, "NotEqual": Match.NOT_EQUAL, "Re": Match.REGEX, "NotRe": Match.NOT_REGEX}


def _matchers(name: str | None, found: "list[promql_parser.Matcher]") -> tuple[Matcher, ...]:
    own = [Matcher(each.name, _HOW[str(each.op).rpartition(".")[2]], each.value) for each in found]
    if name is not None:
        own.insert(0, Matcher(NAME, Match.EQUAL, name))
    return tuple(own)


_MANY = {"OneToOne": Side.NONE, "ManyToOne": Side.LEFT, "OneToMany": Side.RIGHT, "ManyToMany": Side.BOTH}


class _Tree:
    """One text's tree, converted in the order of the text."""

    def __init__(self, text: str) -> None:
        self._fixed = _fixed_times(text)

    def converted(self, node: object) -> Expression:
        match node:
            case promql_parser.NumberLiteral():
                return Number(node.val)
            case promql_parser.StringLiteral():
                return Text(node.val)
            case promql_parser.VectorSelector():
                return self._selector(node)
            case promql_parser.MatrixSelector():
                return Range(self._selector(node.vector_selector), _ms(node.range))
            case promql_parser.SubqueryExpr():
                inner = self.converted(node.expr)
                step = None if node.step is None else _ms(node.step)
                return Subquery(inner, _ms(node.range), step, self._moment(node, str(node)))
            case promql_parser.UnaryExpr():
                return Negation(self.converted(node.expr))
            case promql_parser.ParenExpr():
                return Paren(self.converted(node.expr))
            case promql_parser.Call():
                return Call(node.func.name, tuple(self.converted(argument) for argument in node.args))
            case promql_parser.AggregateExpr():
                return self._aggregation(node)
            case promql_parser.BinaryExpr():
                return self._operation(node)
        raise _unreadable(f"{type(node).__name__} is not known here")

    def _moment(self, node: "promql_parser.VectorSelector | promql_parser.SubqueryExpr", shown: str) -> Moment:
        fixed = next(self._fixed) if _IS_FIXED.search(shown) else None
        return Moment(fixed, _ms(node.offset))

    def _selector(self, node: "promql_parser.VectorSelector") -> Selector:
        several = node.matchers.or_matchers or [node.matchers.matchers]
        return Selector(tuple(_matchers(node.name, each) for each in several), self._moment(node, str(node)))

    def _aggregation(self, node: "promql_parser.AggregateExpr") -> Aggregation:
        modifier = node.modifier
        parameter = None if node.param is None else self.converted(node.param)
        return Aggregation(
            str(node.op),
            self.converted(node.expr),
            parameter,
            frozenset() if modifier is None else frozenset(modifier.labels),
            modifier is not None and modifier.type == promql_parser.AggModifierType.Without,
        )

    def _operation(self, node: "promql_parser.BinaryExpr") -> Operation:
        modifier = node.modifier
        matching = Matching()
        if modifier is not None:
            by = modifier.matching
            matching = Matching(
                on=by is not None and by.type == promql_parser.LabelModifierType.Include,
                labels=frozenset() if by is None else frozenset(by.labels),
                many=_MANY[str(modifier.card).rpartition(".")[2]],
                include=tuple(modifier.group_labels or ()),
            )
        left = self.converted(node.lhs)
        returns_bool = modifier is not None and modifier.return_bool
        return Operation(str(node.op), left, self.converted(node.rhs), matching, returns_bool)
