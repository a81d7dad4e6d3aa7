"""The words of a LogQL query, each with its place. Source: Grafana Loki, "LogQL: Log query language".

Called by the parser. Refuses what is no word at all; what the words mean together is the parser's business.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from watchroom.telemetry.refusal import BadData

QUERY_CHARACTERS_MAX = 65_536
"""Characters of a query; longer ones are refused before they are read."""


class Kind(StrEnum):
    """What sort of word it is, as Loki's messages call it; operators and keywords go by their own text."""

    IDENTIFIER = "IDENTIFIER"
    STRING = "STRING"
    NUMBER = "NUMBER"
    DURATION = "DURATION"
    BYTES = "BYTES"
    FLAG = "PARSER_FLAG"
    OPERATOR = "operator"
    END = "$end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word. `text` is a string's meaning and everything else as it was written."""

    kind: Kind
    text: str
    line: int
    column: int

    @property
    def shown(self) -> str:
        """As Loki's messages name it."""
        if self.kind is Kind.OPERATOR or (self.kind is Kind.IDENTIFIER and self.text in KEYWORDS):
            return self.text
        return self.kind.value


KEYWORDS = frozenset(
    [
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "and",
        "or",
        "unless",
        "offset",
        "unwrap",
        "json",
        "logfmt",
        "pattern",
        "regexp",
        "unpack",
        "decolorize",
        "line_format",
        "label_format",
        "drop",
        "keep",
        "ip",
        "vector",
        "label_replace",
        "sum",
        "avg",
        "min",
        "max",
        "count",
        "stddev",
        "stdvar",
        "topk",
        "bottomk",
        "approx_topk",
        "sort",
        "sort_desc",
        "rate",
        "rate_counter",
        "count_over_time",
        "bytes_rate",
        "bytes_over_time",
        "sum_over_time",
        "avg_over_time",
        "min_over_time",
        "max_over_time",
        "first_over_time",
        "last_over_time",
        "stddev_over_time",
        "stdvar_over_time",
        "quantile_over_time",
        "absent_over_time",
    ]
)

_WORD = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\n]*)
      |(?P<DURATION>\d+(?:\.\d+)?(?:ns|us|µs|ms|[smhdwy])(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|[smhdwy]))*(?![a-zA-Z0-9_]))
      |(?P<BYTES>\d+(?:\.\d+)?(?:[kKMGTPEmgtpe][iI]?[bB]|[bB])(?![a-zA-Z0-9_]))
      |(?P<NUMBER>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|Inf\b|NaN\b)
      |(?P<FLAG>--[a-z][a-z-]*)
      |(?P<IDENTIFIER>[^\W\d][\w:.]*)
      |(?P<STRING>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
      |(?P<operator>\|=|\|~|\|>|!=|!~|!>|=~|==|>=|<=|[{}()\[\],|=<>+\-*/%^])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", '"': '"', "'": "'"}


def syntax_error(token: Token, message: str) -> BadData:
    """A refusal in Loki's words, with the place."""
    return BadData(f"parse error at line {token.line}, col {token.column}: {message}")


def tokens_of(text: str) -> list[Token]:
    """The words of a query and an end mark. Raises `BadData`."""
    if len(text) > QUERY_CHARACTERS_MAX:
        raise BadData(f"parse error : query is longer than {QUERY_CHARACTERS_MAX} characters; make it shorter")
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    place, line, line_begins = 0, 1, 0
    while place < len(text):
        found = _WORD.match(text, place)
        column = place - line_begins + 1
        if found is None:
            raise _unreadable(text, place, line, column)
        place = found.end()
        word, name = found.group(), found.lastgroup or ""
        if name == "STRING":
            token = Token(Kind.STRING, _meaning(word, line, column), line, column)
            yield token
        elif name != "space":
            kind = Kind.OPERATOR if name == "operator" else Kind[name]
            yield Token(kind, word, line, column)
        breaks = word.count("\n")
        if breaks:
            line, line_begins = line + breaks, found.start() + word.rindex("\n") + 1
    yield Token(Kind.END, "", line, place - line_begins + 1)


def _unreadable(text: str, place: int, line: int, column: int) -> BadData:
    character = text[place]
    token = Token(Kind.OPERATOR, character, line, column)
    if character in '"`':
        return syntax_error(token, "literal not terminated")
    return syntax_error(token, f"syntax error: unexpected {character}")


def _meaning(word: str, line: int, column: int) -> str:
    if word.startswith("`"):
        return word[1:-1].replace("\r", "")

    def meant(found: "re.Match[str]") -> str:
        hexed, short, long, octal, plain = found.groups()
        code = hexed or short or long
        number = int(code, 16) if code else int(octal, 8) if octal else -1
        if number > 0x10FFFF or (plain and plain not in _PLAIN):
            raise syntax_error(Token(Kind.STRING, word, line, column), "invalid char escape")
        return _PLAIN[plain] if plain else chr(number)

    return _ESCAPE.sub(meant, word[1:-1])
