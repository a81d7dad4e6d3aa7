"""A tree -> the text of its expression, as Prometheus's `format_query` writes it: one line where it fits, else broken
after each bracket. Source: Prometheus, `promtool promql format`.
"""

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
from watchroom.telemetry.promql.printing import number_text

LINE = 100
"""Characters of a line before it is broken."""
_INDENT = "  "


def formatted(expression: Expression, depth: int = 0) -> str:
    """The text, broken into lines where it is long."""
    flat = _flat(expression)
    room = _INDENT * depth
    if len(room) + len(flat) <= LINE:
        return room + flat
    match expression:
        case Paren(inner=inner):
            return f"{room}(\n{formatted(inner, depth + 1)}\n{room})"
        case Call(function=function, arguments=arguments) if arguments:
            inside = ",\n".join(formatted(each, depth + 1) for each in arguments)
            return f"{room}{function}(\n{inside}\n{room})"
        case Aggregation():
            inside = ",\n".join(formatted(each, depth + 1) for each in (expression.parameter, expression.inner) if each)
            return f"{room}{expression.operator}{_grouping(expression)}(\n{inside}\n{room})"
        case Operation():
            operator = _operator(expression)
            return (
                f"{formatted(expression.left, depth + 1)}\n{room}{operator}\n{formatted(expression.right, depth + 1)}"
            )
        case Negation(inner=inner):
            return f"{room}-{formatted(inner, depth).lstrip()}"
        case Subquery():
            return f"{formatted(expression.inner, depth)}{_subquery(expression)}"
    return room + flat


def _flat(expression: Expression) -> str:
    match expression:
        case Number(value=value):
            return number_text(value)
        case Text(value=text):
            return quoted(text)
        case Selector():
            return _selector(expression) + _moment(expression.moment)
        case Range(selector=selector, range_ms=range_ms):
            return f"{_selector(selector)}[{duration_text(range_ms)}]{_moment(selector.moment)}"
        case Subquery():
            return _flat(expression.inner) + _subquery(expression)
        case Negation(inner=inner):
            return f"-{_flat(inner)}"
        case Paren(inner=inner):
            return f"({_flat(inner)})"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(_flat(each) for each in arguments)})"
        case Aggregation():
            inside = ", ".join(_flat(each) for each in (expression.parameter, expression.inner) if each)
            return f"{expression.operator}{_grouping(expression)}({inside})"
        case Operation():
            return f"{_flat(expression.left)} {_operator(expression)} {_flat(expression.right)}"


def quoted(text: str) -> str:
    """A string in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _selector(selector: Selector) -> str:
    name = ""
    parts: list[str] = []
    for number, matchers in enumerate(selector.alternatives):
        shown: list[Matcher] = []
        for matcher in matchers:
            if matcher.name == NAME and matcher.how is Match.EQUAL and not shown:
                name = matcher.value
            else:
                shown.append(matcher)
        inside = ",".join(str(each) for each in shown)
        parts.append(f" or {inside}" if number else inside)
    inside = "".join(parts)
    return f"{name}{{{inside}}}" if inside or not name else name


def _moment(moment: Moment) -> str:
    text = ""
    if isinstance(moment.at_ms, At):
        text += f" @ {moment.at_ms.value}"
    elif moment.at_ms is not None:
        text += f" @ {moment.at_ms / 1000:.3f}"
    if moment.offset_ms:
        text += f" offset {duration_text(moment.offset_ms)}"
    return text


def _subquery(query: Subquery) -> str:
    step = "" if query.step_ms is None else duration_text(query.step_ms)
    return f"[{duration_text(query.range_ms)}:{step}]{_moment(query.moment)}"


def duration_text(ms: int) -> str:
    """`1h30m`: the units that divide it, greatest first."""
    text, rest = ("-" if ms < 0 else ""), abs(ms)
    for unit, size, whole in (
        ("y", 31_536_000_000, True),
        ("w", 604_800_000, True),
        ("d", 86_400_000, False),
        ("h", 3_600_000, False),
        ("m", 60_000, False),
        ("s", 1000, False),
        ("ms", 1, False),
    ):
        if rest >= size and (not whole or rest % size == 0):
            text += f"{rest // size}{unit}"
            rest %= size
    return text or "0s"


def _grouping(aggregation: Aggregation) -> str:
    if aggregation.without:
        return f" without ({', '.join(sorted(aggregation.labels))}) "
    return f" by ({', '.join(sorted(aggregation.labels))}) " if aggregation.labels else ""


def _operator(operation: Operation) -> str:
    text = operation.operator + (" bool" if operation.returns_bool else "")
    return text + _matching(operation.matching)


def _matching(matching: Matching) -> str:
    text = ""
    if matching.on or matching.labels:
        text += f" {'on' if matching.on else 'ignoring'} ({', '.join(sorted(matching.labels))})"
    if matching.many in (Side.LEFT, Side.RIGHT):
        word = "group_left" if matching.many is Side.LEFT else "group_right"
        text += f" {word} ({', '.join(matching.include)})"
    return text
