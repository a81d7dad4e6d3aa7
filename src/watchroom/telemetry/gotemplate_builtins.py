"""The functions that every Go template has, but `and` and `or`, which look at their arguments one by one.

Source: Go's package text/template, "Functions".
"""

import html
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote_plus

from watchroom.telemetry.go_format import kind, printed, sprint, sprintf
from watchroom.telemetry.gotemplate_syntax import TemplateError


class Untyped(dict[str, object]):
    """Go's map of anything, such as an object of JSON: a key that is not there is nil."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A function that says how many arguments it takes (`most` None: any number), where its signature does not."""

    least: int
    most: int | None
    do: Callable[..., object]

    def __call__(self, *arguments: object) -> object:
        return self.do(*arguments)


def truth(value: object) -> bool:
    """What `if` makes of a value: false are nil, false, zero, and whatever is empty. NaN is true, as in Go."""
    match value:
        case None:
            return False
        case bool():
            return value
        case int() | float():
            return value != 0
        case str() | Mapping() | Sequence():
            return len(value) > 0
    return True


def _basic(value: object) -> str:
    if value is None or not isinstance(value, (str, bool, int, float)):
        raise TemplateError(f"non-comparable type {kind(value)}")
    return kind(value)


def _equal(first: object, *others: object) -> bool:
    if not others:
        raise TemplateError("missing argument for comparison")
    for other in others:
        if first is None or other is None:
            if first is other:
                return True
            continue
        if _basic(first) != _basic(other):
            raise TemplateError("incompatible types for comparison")
        if first == other:
            return True
    return False


def _unequal(first: object, other: object) -> bool:
    return not _equal(first, other)


def _less(first: object, other: object) -> bool:
    if _basic(first) != _basic(other):
        raise TemplateError("incompatible types for comparison")
    if isinstance(first, str) and isinstance(other, str):
        return first < other
    if isinstance(first, bool) or not isinstance(first, (int, float)) or not isinstance(other, (int, float)):
        raise TemplateError("invalid type for comparison")
    return first < other


def _at_most(first: object, other: object) -> bool:
    return _less(first, other) or _equal(first, other)


def _more(first: object, other: object) -> bool:
    """As Go has it: not at most, so that NaN is more than anything."""
    return not _at_most(first, other)


def _at_least(first: object, other: object) -> bool:
    return not _less(first, other)


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, (Mapping, Sequence)):
        return len(value)
    raise TemplateError(f"len of type {kind(value)}")


def _index(value: object, *keys: object) -> object:
    for key in keys:
        if isinstance(value, Untyped):
            value = value.get(str(key))
        elif isinstance(value, Mapping):
            value = value.get(key, "")
        elif isinstance(value, (str, Sequence)) and isinstance(key, int) and not isinstance(key, bool):
            if not 0 <= key < _length(value):
                raise TemplateError(f"index out of range: {key}")
            value = value.encode()[key] if isinstance(value, str) else value[key]
        else:
            raise TemplateError(f"can't index item of type {kind(value)} with {printed(key)}")
    return value


def _slice(value: object, *bounds: int) -> object:
    if not isinstance(value, (str, Sequence)) or len(bounds) > 3:
        raise TemplateError(f"can't slice item of type {kind(value)}")
    begin = bounds[0] if bounds else 0
    end = bounds[1] if len(bounds) > 1 else _length(value)
    if not all(isinstance(each, int) for each in bounds) or not 0 <= begin <= end <= _length(value):
        raise TemplateError(f"slice bounds out of range: {begin}:{end}")
    return value.encode()[begin:end].decode(errors="replace") if isinstance(value, str) else value[begin:end]


def _println(*values: object) -> str:
    return " ".join(printed(value) for value in values) + "\n"


def _printf(pattern: str, *values: object) -> str:
    if not isinstance(pattern, str):
        raise TemplateError("the pattern of printf has to be a string")
    return sprintf(pattern, *values)


_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


def _js(*values: object) -> str:
    return "".join(_JS.get(each) or (f"\\u{ord(each):04X}" if each < " " else each) for each in sprint(*values))


def _html(*values: object) -> str:
    return html.escape(sprint(*values), quote=False).replace('"', "&#34;").replace("'", "&#39;")


def _urlquery(*values: object) -> str:
    return quote_plus(sprint(*values))


def _not(value: object) -> bool:
    return not truth(value)


BUILTINS: Mapping[str, Callable[..., object]] = {
    "not": _not,
    "eq": _equal,
    "ne": _unequal,
    "lt": _less,
    "le": _at_most,
    "gt": _more,
    "ge": _at_least,
    "len": _length,
    "index": _index,
    "slice": _slice,
    "print": sprint,
    "printf": _printf,
    "println": _println,
    "html": _html,
    "js": _js,
    "urlquery": _urlquery,
}


def number(value: object) -> float:
    """A value as a number, as Prometheus's and Loki's functions take it: also a string of digits."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value.replace("_", "x"))
        except ValueError:
            raise TemplateError(f'strconv.ParseFloat: parsing "{value}": invalid syntax') from None
    if value is None:
        return math.nan
    raise TemplateError(f"can't convert {kind(value)} to float")
