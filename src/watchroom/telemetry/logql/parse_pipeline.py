"""The stages of a pipeline, read from a query's words. Source: Grafana Loki, "Log queries"."""

from watchroom.telemetry.labels import Match, Matcher
from watchroom.telemetry.logql.expression import (
    Both,
    Choice,
    Compared,
    LabelFilter,
    LabelFormat,
    LabelTest,
    LineFilter,
    LineFormat,
    Parser,
    Stage,
    Unwrap,
)
from watchroom.telemetry.logql.reader import Reader
from watchroom.telemetry.logql.tokens import Kind
from watchroom.telemetry.logql.units import bytes_of, duration_ns

LINE_FILTERS = ("|=", "!=", "|~", "!~", "|>", "!>")
_NEGATIVE = ("!=", "!~", "!>")
_PARSERS = ("json", "logfmt", "pattern", "regexp", "unpack", "decolorize")
_COMPARISONS = ("=", "==", "!=", ">", ">=", "<", "<=")
_FLAGS = ("--strict", "--keep-empty")
TESTS_MAX = 300
"""Comparisons of labels in a query: they bound how deep a filter is, and so the stack."""
STAGES_MAX = 200
"""Stages of one pipeline: far more than anybody writes, few enough for the stack and the clock."""


def pipeline(reader: Reader) -> tuple[tuple[Stage, ...], Unwrap | None]:
    """All stages up to what is none; `unwrap` ends them, but for label filters after it."""
    stages: list[Stage] = []
    while True:
        if len(stages) > STAGES_MAX:
            raise reader.refused(f"a pipeline may have at most {STAGES_MAX} stages")
        if reader.sees(*LINE_FILTERS):
            stages.extend(_line_filters(reader))
        elif reader.takes("|"):
            if reader.sees("unwrap"):
                return tuple(stages), _unwrap(reader)
            stages.append(_stage(reader))
        else:
            return tuple(stages), None


def _line_filters(reader: Reader) -> list[LineFilter]:
    how = reader.next().text
    alternatives = [_line_text(reader)]
    while reader.takes("or"):
        alternatives.append(_line_text(reader))
    if how in _NEGATIVE:
        return [LineFilter(how, (text,), (is_ip,)) for text, is_ip in alternatives]
    return [LineFilter(how, tuple(text for text, _ in alternatives), tuple(is_ip for _, is_ip in alternatives))]


def _line_text(reader: Reader) -> tuple[str, bool]:
    if reader.takes("ip"):
        return _in_parens(reader), True
    return reader.string(), False


def _in_parens(reader: Reader) -> str:
    reader.needs("(")
    text = reader.string()
    reader.needs(")")
    return text


def _stage(reader: Reader) -> Stage:
    name = reader.now.text if reader.now.kind is Kind.IDENTIFIER else ""
    follows = reader.after.text if reader.after.kind is Kind.OPERATOR else ""
    if name in ("drop", "keep", *_PARSERS, "line_format", "label_format") and follows not in (
        *_COMPARISONS,
        "=~",
        "!~",
    ):
        reader.next()
        return _named(name, reader)
    return LabelFilter(label_test(reader))


def _named(name: str, reader: Reader) -> Stage:
    match name:
        case "json" | "logfmt":
            flags = _flags(reader) if name == "logfmt" else frozenset[str]()
            return Parser(name, flags=flags, picks=_picks(reader))
        case "pattern" | "regexp":
            return Parser(name, argument=reader.string())
        case "line_format":
            return LineFormat(reader.string())
        case "label_format":
            return _label_format(reader)
        case "drop" | "keep":
            return _choice(reader, keeps=name == "keep")
    return Parser(name)


def _flags(reader: Reader) -> frozenset[str]:
    flags = set()
    while reader.now.kind is Kind.FLAG:
        if reader.now.text not in _FLAGS:
            raise reader.unexpected(f"{_FLAGS[0]} or {_FLAGS[1]}")
        flags.add(reader.next().text)
    return frozenset(flags)


def _picks(reader: Reader) -> tuple[tuple[str, str], ...]:
    picks = []
    while reader.now.kind is Kind.IDENTIFIER:
        name = reader.name()
        picks.append((name, reader.string() if reader.takes("=") else name))
        if not reader.takes(","):
            break
        if reader.now.kind is not Kind.IDENTIFIER:
            raise reader.unexpected("IDENTIFIER")
    return tuple(picks)


def _label_format(reader: Reader) -> LabelFormat:
    changes: list[tuple[str, str, bool]] = []
    while True:
        name = reader.name()
        reader.needs("=")
        if any(name == known for known, _, _ in changes):
            raise reader.invalid(f"multiple label name '{name}' not allowed in a single format operation")
        if reader.now.kind is Kind.STRING:
            changes.append((name, reader.string(), False))
        else:
            changes.append((name, reader.name(), True))
        if not reader.takes(","):
            return LabelFormat(tuple(changes))


def _choice(reader: Reader, *, keeps: bool) -> Choice:
    labels: list[tuple[str, Matcher | None]] = []
    while True:
        name, matcher = reader.name(), None
        if reader.sees("=", "!=", "=~", "!~"):
            how = Match(reader.next().text)
            matcher = reader.checked(lambda name=name, how=how: Matcher(name, how, reader.string()))  # type: ignore[misc]  # bound now
        labels.append((name, matcher))
        if not reader.takes(","):
            return Choice(keeps, tuple(labels))


def _unwrap(reader: Reader) -> Unwrap:
    reader.needs("unwrap")
    label, conversion = reader.name(), ""
    if reader.takes("("):
        if label not in ("duration", "duration_seconds", "bytes"):
            raise reader.unexpected("duration or duration_seconds or bytes")
        conversion, label = label.removesuffix("_seconds"), reader.name()
        reader.needs(")")
    filters = []
    while reader.takes("|"):
        filters.append(LabelFilter(label_test(reader)))
    return Unwrap(label, conversion, tuple(filters))


def label_test(reader: Reader) -> LabelTest:
    """A label filter: `or` binds less than `and`, which a comma and a blank mean too."""
    with reader.nested():
        left = _conjunction(reader)
        while reader.takes("or"):
            left = Both("or", left, _conjunction(reader))
        return left


def _conjunction(reader: Reader) -> LabelTest:
    left = _one_test(reader)
    while (
        reader.takes("and")
        or reader.takes(",")
        or (reader.now.kind is Kind.IDENTIFIER and not reader.sees("or", "offset"))
    ):
        left = Both("and", left, _one_test(reader))
    return left


def _one_test(reader: Reader) -> LabelTest:
    if reader.takes("("):
        inner = label_test(reader)
        reader.needs(")")
        return inner
    reader.tests += 1
    if reader.tests > TESTS_MAX:
        raise reader.refused(f"a query may compare labels at most {TESTS_MAX} times; use a regular expression")
    name = reader.name()
    if reader.sees("=~", "!~"):
        how = Match(reader.next().text)
        return Compared(name, how, reader.checked(lambda: Matcher(name, how, reader.string())), "text")
    if not reader.sees(*_COMPARISONS):
        raise reader.unexpected()
    return _compared(name, reader.next().text, reader)


def _compared(name: str, operator: str, reader: Reader) -> Compared:
    if operator in ("=", "!=") and reader.now.kind is Kind.STRING:
        return Compared(name, operator, Matcher(name, Match(operator), reader.string()), "text")
    if operator in ("=", "!=") and reader.takes("ip"):
        return Compared(name, operator, _in_parens(reader), "ip")
    sign = -1.0 if reader.takes("-") else 1.0
    operator = "==" if operator == "=" else operator
    token = reader.now
    match token.kind:
        case Kind.NUMBER:
            return Compared(name, operator, sign * reader.number(), "number")
        case Kind.DURATION:
            reader.next()
            return Compared(name, operator, sign * duration_ns(token.text) / 1e9, "duration")
        case Kind.BYTES:
            reader.next()
            return Compared(name, operator, sign * bytes_of(token.text), "bytes")
    raise reader.unexpected("BYTES or NUMBER or DURATION" if operator != "==" else "")
