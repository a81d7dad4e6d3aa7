"""Which spans a search means: a part of TraceQL, and the older tags in logfmt.

Understood: `{}`, and comparisons of attributes and intrinsics joined by && and ||, with parentheses. What TraceQL has
beyond that (pipelines, structure between spans, aggregates) is refused by name. Source: Grafana Tempo, "TraceQL".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from watchroom.telemetry.logql.line_filter import searched
from watchroom.telemetry.logql.logfmt import NotLogfmt, pairs
from watchroom.telemetry.logql.units import duration_ns
from watchroom.telemetry.refusal import BadData
from watchroom.telemetry.traces import Attribute, Span, Trace

SpanTest: TypeAlias = Callable[[Span, Trace], bool]
QUERY_CHARACTERS_MAX = 16_384
DEPTH_MAX = 50
_WORD = re.compile(
    r"""\s+|(?P<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?P<mark>&&|\|\||=~|!~|!=|>=|<=|[{}()=><])
      |(?P<value>-?\d+(?:\.\d+)?(?:ns|us|µs|ms|[smh])(?![\w.])(?:\d[\w.]*)?|-?\d+(?:\.\d+)?)
      |(?P<name>\.?[a-zA-Z_][\w./:-]*(?:"[^"]*")?)""",
    re.VERBOSE,
)
_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
INTRINSICS: Mapping[str, Callable[[Span, Trace], Attribute]] = {
    "name": lambda span, _: span.name,
    "status": lambda span, _: span.status.value,
    "statusMessage": lambda span, _: span.status_message,
    "kind": lambda span, _: _KINDS[span.kind],
    "duration": lambda span, _: span.duration_ns,
    "traceDuration": lambda _, trace: trace.end_ns - trace.start_ns,
    "rootName": lambda _, trace: trace.root.name if trace.root else "",
    "rootServiceName": lambda _, trace: trace.root.service if trace.root else "",
}
_OLDER = {"trace:duration": "traceDuration", "trace:rootName": "rootName", "trace:rootService": "rootServiceName",
          "span:name": "name", "span:status": "status", "span:kind": "kind", "span:duration": "duration",
          "span:statusMessage": "statusMessage"}  # fmt: skip


def value_of(span: Span, trace: Trace, name: str) -> Attribute | None:
    """An intrinsic's or attribute's value: `name`, `.http.status`, `span.x`, `resource.x`."""
    name = _OLDER.get(name, name)
    if name in INTRINSICS:
        return INTRINSICS[name](span, trace)
    scope, _, key = name.partition(".")
    if scope == "span":
        return span.attributes.get(key)
    if scope == "resource":
        return span.of_resource().get(key)
    key = name.removeprefix(".")
    found = span.attributes.get(key)
    return span.of_resource().get(key) if found is None else found


def tag_test(tags: str) -> SpanTest:
    """Spans that have all of these tags, in logfmt. Raises `BadData`."""
    try:
        wanted = list(pairs(tags, strict=True))
    except NotLogfmt as error:
        raise BadData(f"invalid tags, give key=value pairs: {error}") from None

    def test(span: Span, trace: Trace) -> bool:
        return all(_as_text(value_of(span, trace, _tag(key))) == value for key, value in wanted)

    return test


def _tag(key: str) -> str:
    return key if key in ("name", "status") else f".{key}"


def _as_text(value: Attribute | None) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def query_test(query: str) -> SpanTest:
    """Spans that a TraceQL query chooses. Raises `BadData`, saying what is not understood."""
    if len(query) > QUERY_CHARACTERS_MAX:
        raise BadData(f"the query is longer than {QUERY_CHARACTERS_MAX} characters; make it shorter")
    return _Parser(query).whole()


def _words(query: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(query):
        found = _WORD.match(query, place)
        if found is None:
            raise BadData(
                f"parse error at col {place + 1}: {query[place]!r} is not understood; "
                "use { } with comparisons joined by && and ||"
            )
        place = found.end()
        if found.lastgroup:
            yield found.lastgroup, found.group()
    yield "end", ""


class _Parser:
    """Reads one query."""

    def __init__(self, query: str) -> None:
        self._words = list(_words(query))
        self._place = 0
        self._depth = 0

    def _takes(self, mark: str) -> bool:
        found = self._words[self._place] == ("mark", mark)
        self._place += found
        return found

    def _needs(self, mark: str) -> None:
        if not self._takes(mark):
            raise self._unexpected(f"expecting {mark}")

    def _unexpected(self, hint: str) -> BadData:
        return BadData(f"parse error: syntax error: unexpected {self._words[self._place][1] or '$end'!r}, {hint}")

    def whole(self) -> SpanTest:
        self._needs("{")
        test: SpanTest = lambda _, __: True  # noqa: E731 - the empty query chooses everything
        if not self._takes("}"):
            test = self._either()
            self._needs("}")
        if self._words[self._place][0] != "end":
            raise self._unexpected("one pair of { } is understood; what joins several is not")
        return test

    def _either(self) -> SpanTest:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise BadData(f"a query may nest at most {DEPTH_MAX} levels deep")
        tests = [self._all()]
        while self._takes("||"):
            tests.append(self._all())
        self._depth -= 1
        return tests[0] if len(tests) == 1 else lambda span, trace: any(test(span, trace) for test in tests)

    def _all(self) -> SpanTest:
        tests = [self._one()]
        while self._takes("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda span, trace: all(test(span, trace) for test in tests)

    def _one(self) -> SpanTest:
        if self._takes("("):
            inner = self._either()
            self._needs(")")
            return inner
        kind, name = self._words[self._place]
        if kind != "name":
            raise self._unexpected("expecting an attribute such as .http.status_code or resource.service.name")
        self._place += 1
        if name in ("true", "false") and self._words[self._place][1] not in _COMPARE and not self._sees_regex():
            return lambda _, __: name == "true"
        operator = self._words[self._place][1]
        if operator not in (*_COMPARE, "=~", "!~"):
            raise self._unexpected("expecting = != =~ !~ > >= < or <=")
        self._place += 1
        return _comparison(name.replace('"', ""), operator, self._value())

    def _sees_regex(self) -> bool:
        return self._words[self._place][1] in ("=~", "!~")

    def _value(self) -> Attribute | None:
        kind, text = self._words[self._place]
        self._place += 1
        if kind == "string":
            return text[1:-1] if text[0] == "`" else re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "value":
            if text[-1].isdigit():
                return float(text)
            try:
                return duration_ns(text)
            except ValueError as error:
                raise BadData(f"parse error: {error}") from None
        if kind == "name":
            if text in ("true", "false"):
                return text == "true"
            return None if text == "nil" else text
        self._place -= 1
        raise self._unexpected("expecting a value")


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}


def _comparison(name: str, operator: str, wanted: Attribute | None) -> SpanTest:
    if operator in ("=~", "!~"):
        if not isinstance(wanted, str):
            raise BadData(f"parse error: {operator} needs a text")
        regex, finds = searched(f"^(?:{wanted})$"), operator == "=~"

        def by_regex(span: Span, trace: Trace) -> bool:
            value = value_of(span, trace, name)
            return isinstance(value, str) and (regex.search(value) is not None) is finds

        return by_regex
    compare = _COMPARE[operator]

    def test(span: Span, trace: Trace) -> bool:
        value = value_of(span, trace, name)
        if value is None or wanted is None:
            return (value is None) is (operator == "=") if wanted is None else False
        if isinstance(value, str) or isinstance(wanted, str):
            if not (isinstance(value, str) and isinstance(wanted, str)):
                return False
            return bool(compare(value, wanted))  # type: ignore[arg-type]  # texts compare as numbers do
        return isinstance(value, bool) is isinstance(wanted, bool) and compare(float(value), float(wanted))

    return test
