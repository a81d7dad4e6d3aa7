"""What a template of line_format or label_format may call beside Go's own. Source: Grafana Loki, "Template functions".

Each takes its arguments as Go does: what is piped in comes last. Durations and amounts are told as the functions say.
"""

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import re2

from watchroom.telemetry.go_format import printed
from watchroom.telemetry.gotemplate import Counted, TemplateError, Untyped
from watchroom.telemetry.gotemplate_builtins import truth
from watchroom.telemetry.logql.go_time import Moment, formatted, parsed_time
from watchroom.telemetry.logql.line_filter import searched
from watchroom.telemetry.logql.units import bytes_of, duration_ns
from watchroom.telemetry.refusal import BadData

TEXT_MAX = 262_144
"""Characters that one call may make."""


def _nothing_yet() -> str:
    """Stands for what a line says of itself, until there is a line."""
    return ""


def _called(do: Callable[..., Any], *arguments: Any) -> Any:
    """A function's value, its failures told as a template's. Raises `TemplateError`."""
    try:
        value = do(*arguments)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError, BadData, KeyError, IndexError, re2.error) as error:
        raise TemplateError(str(error)) from None
    if isinstance(value, str) and len(value) > TEXT_MAX:
        raise TemplateError(f"more than {TEXT_MAX} characters were made")
    return value


def _int(value: Any) -> int:
    """As sprig casts: 0 where there is no number in it."""
    number = _float(value)
    return int(number) if math.isfinite(number) else 0


def _float(value: Any) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return float(printed(value).strip())
    except ValueError:
        return 0.0


def _whole(of: Callable[..., int]) -> Callable[..., int]:
    return lambda *values: of(*(_int(value) for value in values))


def _real(of: Callable[..., float]) -> Callable[..., float]:
    return lambda *values: of(*(_float(value) for value in values))


def _product(*values: float) -> Any:
    return math.prod(values)


def _quotient(first: int, *others: int) -> int:
    for other in others:
        first = int(math.copysign(abs(first) // abs(other), first * other))
    return first


def _real_quotient(first: float, *others: float) -> float:
    for other in others:
        first = first / other
    return first


def _rest(first: int, other: int) -> int:
    return first - other * _quotient(first, other)


def _round(value: Any, places: Any = 0, on: Any = 0.5) -> float:
    scale: float = 10.0 ** max(min(_int(places), 15), -15)
    number = _float(value) * scale
    whole = math.floor(abs(number))
    whole += abs(number) - whole >= _float(on)
    return math.copysign(whole / scale, number) if whole else 0.0


def _trunc(count: Any, text: Any) -> str:
    wanted, given = _int(count), printed(text)
    return given[:wanted] if wanted >= 0 else given[wanted:]


def _substr(start: Any, end: Any, text: Any) -> str:
    start, end, text = _int(start), _int(end), printed(text)
    if start < 0:
        return str(text[: max(end, 0)])
    return str(text[start:] if end < 0 or end > len(text) else text[start:end])


def _replace(old: Any, new: Any, text: Any) -> str:
    return printed(text).replace(printed(old), _bounded(printed(new), printed(text).count(printed(old))))


def _go_replace(text: Any, old: Any, new: Any, count: Any) -> str:
    text, old = printed(text), printed(old)
    return str(text.replace(old, _bounded(printed(new), text.count(old)), _int(count)))


def _bounded(text: str, times: int) -> str:
    if len(text) * max(times, 1) > TEXT_MAX:
        raise TemplateError(f"a function made more than {TEXT_MAX} characters")
    return text


def _repeat(count: Any, text: Any) -> str:
    return _bounded(printed(text), _int(count)) * max(_int(count), 0)


def _width(count: Any) -> int:
    return min(max(_int(count), 0), TEXT_MAX)


def _align_left(count: Any, text: Any) -> str:
    return printed(text)[: _width(count)].ljust(_width(count))


def _align_right(count: Any, text: Any) -> str:
    text = printed(text)
    return str(text[max(len(text) - _width(count), 0) :].rjust(_width(count)))


def _indent(count: Any, text: Any) -> str:
    pad = " " * _width(count)
    lines = printed(text)
    _bounded(pad, lines.count("\n") + 1)
    return pad + lines.replace("\n", "\n" + pad)


def _replace_all(regex: Any, text: Any, by: Any) -> str:
    """`${1}` and `$name` in the replacement stand for what the groups found."""
    compiled, by = searched(printed(regex)), printed(by)
    names = dict(compiled.groupindex)

    def expanded(found: Any) -> str:
        def group(name: str) -> str:
            number = int(name) if name.isdigit() else names.get(name, -1)
            return (found.group(number) or "") if 0 <= number <= compiled.groups else ""

        return _expanded(by, group)

    return str(compiled.sub(expanded, printed(text)))


def _expanded(template: str, group: Callable[[str], str]) -> str:
    reference = searched(r"\$(?:\$|\{(\w+)\}|(\w+))")
    return str(reference.sub(lambda found: group(found[1] or found[2]) if found[1] or found[2] else "$", template))


def _replace_all_literal(regex: Any, text: Any, by: Any) -> str:
    return str(searched(printed(regex)).sub(lambda _: printed(by), printed(text)))


def _count(regex: Any, text: Any) -> int:
    return sum(1 for _ in searched(printed(regex)).finditer(printed(text)))


def _from_json(text: Any) -> Any:
    try:
        return json.loads(printed(text), object_hook=Untyped)
    except RecursionError:
        raise TemplateError("fromJson: nested too deeply") from None


def _b64dec(text: Any) -> str:
    try:
        return base64.b64decode(printed(text), validate=True).decode(errors="replace")
    except binascii.Error as error:
        return str(error)


def _unix_to_time(text: Any) -> Moment:
    """Days, seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by the number of digits."""
    digits = printed(text)
    factor = {5: 86_400_000_000_000, 10: 1_000_000_000, 13: 1_000_000, 16: 1_000, 19: 1}.get(len(digits))
    if factor is None:
        raise TemplateError(f"unable to parse time '{digits}': 5, 10, 13, 16 or 19 digits are needed")
    return Moment(int(digits) * factor)


def _date(layout: Any, at: Any) -> str:
    return formatted(at if isinstance(at, Moment) else Moment(_int(at) * 1_000_000_000), printed(layout))


def _moment(at: Any) -> int:
    if not isinstance(at, Moment):
        raise TemplateError("a time is needed; make one with toDate")
    return at.ns


def _text_function(of: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: of(*(printed(value) for value in values))


def _function(least: int, most: int | None, of: Callable[..., Any]) -> Counted:
    return Counted(least, most, partial(_called, of))


def _fn(arguments: int, of: Callable[..., Any]) -> Counted:
    return _function(arguments, arguments, of)


def _texts(arguments: int, of: Callable[..., Any]) -> Counted:
    return _fn(arguments, _text_function(of))


FUNCTIONS: Mapping[str, Counted] = {
    # What a line says of itself: `template` puts others in their place for each line.
    "__line__": Counted(0, 0, _nothing_yet),
    "__timestamp__": Counted(0, 0, _nothing_yet),
    "now": Counted(0, 0, _nothing_yet),
    # Texts. Those with a capital take the text first, as Go's package strings does.
    "ToLower": _texts(1, str.lower),
    "ToUpper": _texts(1, str.upper),
    "lower": _texts(1, str.lower),
    "upper": _texts(1, str.upper),
    "title": _texts(1, lambda text: " ".join(word[:1].upper() + word[1:] for word in text.split(" "))),
    "Title": _texts(1, lambda text: " ".join(word[:1].upper() + word[1:] for word in text.split(" "))),
    "Replace": _fn(4, _go_replace),
    "replace": _fn(3, _replace),
    "Trim": _texts(2, str.strip),
    "TrimLeft": _texts(2, str.lstrip),
    "TrimRight": _texts(2, str.rstrip),
    "TrimPrefix": _texts(2, str.removeprefix),
    "TrimSuffix": _texts(2, str.removesuffix),
    "TrimSpace": _texts(1, str.strip),
    "trim": _texts(1, str.strip),
    "trimAll": _texts(2, lambda cut, text: text.strip(cut)),
    "trimPrefix": _texts(2, lambda cut, text: text.removeprefix(cut)),
    "trimSuffix": _texts(2, lambda cut, text: text.removesuffix(cut)),
    "trunc": _fn(2, _trunc),
    "substr": _fn(3, _substr),
    "contains": _texts(2, lambda part, text: part in text),
    "hasPrefix": _texts(2, lambda part, text: text.startswith(part)),
    "hasSuffix": _texts(2, lambda part, text: text.endswith(part)),
    "eqFold": _texts(2, lambda one, other: one.casefold() == other.casefold()),
    "indent": _fn(2, _indent),
    "nindent": _fn(2, lambda count, text: "\n" + _indent(count, text)),
    "repeat": _fn(2, _repeat),
    "alignLeft": _fn(2, _align_left),
    "alignRight": _fn(2, _align_right),
    "default": _function(1, 2, lambda otherwise, given=None: given if truth(given) else otherwise),
    "regexReplaceAll": _fn(3, _replace_all),
    "regexReplaceAllLiteral": _fn(3, _replace_all_literal),
    "count": _fn(2, _count),
    "urlencode": _texts(1, quote_plus),
    "urldecode": _texts(1, unquote_plus),
    "b64enc": _texts(1, lambda text: base64.b64encode(text.encode()).decode()),
    "b64dec": _fn(1, _b64dec),
    "fromJson": _fn(1, _from_json),
    # Numbers.
    "int": _fn(1, _int),
    "float64": _fn(1, _float),
    "add": _function(1, None, _whole(lambda *values: sum(values))),
    "sub": _fn(2, _whole(lambda one, other: one - other)),
    "mul": _function(1, None, _whole(_product)),
    "div": _fn(2, _whole(_quotient)),
    "mod": _fn(2, _whole(_rest)),
    "addf": _function(1, None, _real(lambda *values: sum(values))),
    "subf": _function(1, None, _real(lambda first, *others: first - sum(others))),
    "mulf": _function(1, None, _real(_product)),
    "divf": _function(1, None, _real(_real_quotient)),
    "max": _function(1, None, _whole(lambda *values: max(values))),
    "min": _function(1, None, _whole(lambda *values: min(values))),
    "maxf": _function(1, None, _real(lambda *values: max(values))),
    "minf": _function(1, None, _real(lambda *values: min(values))),
    "ceil": _fn(1, _real(lambda value: float(math.ceil(value)))),
    "floor": _fn(1, _real(lambda value: float(math.floor(value)))),
    "round": _function(1, 3, _round),
    "bytes": _texts(1, lambda text: float(bytes_of(text))),
    "duration": _texts(1, lambda text: duration_ns(text, long_units=False) / 1e9),
    "duration_seconds": _texts(1, lambda text: duration_ns(text, long_units=False) / 1e9),
    # Times.
    "date": _fn(2, _date),
    "toDate": _texts(2, lambda layout, text: parsed_time(layout, text, "")),
    "toDateInZone": _texts(3, lambda layout, zone, text: parsed_time(layout, text, zone)),
    "unixEpoch": _fn(1, lambda at: str(_moment(at) // 1_000_000_000)),
    "unixEpochMillis": _fn(1, lambda at: str(_moment(at) // 1_000_000)),
    "unixEpochNanos": _fn(1, lambda at: str(_moment(at))),
    "unixToTime": _fn(1, _unix_to_time),
}
