"""The templates of alerts' labels and annotations: Go's templates with Prometheus's functions.

Pure but for what the given `query` reads. Source: Prometheus, "Template reference".
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial

import re2

from watchroom.telemetry.durations import duration_ms
from watchroom.telemetry.go_format import general, kind, sprintf
from watchroom.telemetry.gotemplate import Functions, Record, Template, TemplateError
from watchroom.telemetry.gotemplate_builtins import number
from watchroom.telemetry.labels import Labels
from watchroom.telemetry.refusal import QueryError

__all__ = ["TemplateError", "checked", "expanded"]

Sample = tuple[Labels, float]
Query = Callable[[str], Sequence[Sample]]
_QUIET = re2.Options()
_QUIET.log_errors = False
_QUIET.max_mem = 8 << 20


def _unusual(value: float) -> bool:
    return math.isnan(value) or math.isinf(value)


def _scaled(value: float, prefixes: Sequence[str], factor: float, upwards: bool) -> tuple[float, str]:
    chosen = ""
    for prefix in prefixes:
        if abs(value) < factor if upwards else abs(value) >= 1:
            break
        chosen = prefix
        value = value / factor if upwards else value * factor
    return value, chosen


_LARGE = ("k", "M", "G", "T", "P", "E", "Z", "Y")
_SMALL = ("m", "u", "n", "p", "f", "a", "z", "y")


def _humanize(given: object) -> str:
    value = number(given)
    if value == 0 or _unusual(value):
        return sprintf("%.4g", value)
    upwards = abs(value) >= 1
    return sprintf(
        "%.4g%s", *_scaled(value, ("k", "M", "G", "T", "P", "E", "Z", "Y") if upwards else _SMALL, 1000, upwards)
    )


def _humanize1024(given: object) -> str:
    value = number(given)
    if abs(value) <= 1 or _unusual(value):
        return sprintf("%.4g", value)
    return sprintf("%.4g%s", *_scaled(value, ("ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"), 1024, True))


def _humanize_duration(given: object) -> str:
    """Seconds as days to seconds; below one as milliseconds and less."""
    value = number(given)
    if _unusual(value):
        return sprintf("%.4g", value)
    if 0 < abs(value) < 1:
        return sprintf("%.4g%ss", *_scaled(value, _SMALL, 1000, False))
    sign, value = ("-", -value) if value < 0 else ("", value)
    minutes, seconds = divmod(int(value), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {seconds}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {seconds}s"
    if minutes:
        return f"{sign}{minutes}m {seconds}s"
    return sprintf("%s%.4gs", sign, value)


def _humanize_percentage(given: object) -> str:
    return sprintf("%.4g%%", number(given) * 100)


def _humanize_timestamp(given: object) -> str:
    value = number(given)
    if _unusual(value):
        return sprintf("%.4g", value)
    # By way of nanoseconds, whose rounding a time of today shows in its milliseconds.
    ns = int(value * 1e9)
    if not -(1 << 63) <= ns < 1 << 63:
        raise TemplateError(
            f"{general(value, None)} cannot be represented as a nanoseconds timestamp since it overflows int64"
        )
    at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ns // 1_000_000)
    fraction = f".{at.microsecond // 1000:03d}".rstrip("0") if at.microsecond else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{fraction} +0000 UTC"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TemplateError(f"wrong type for value; expected string; got {kind(value)}")
    return value


@lru_cache(maxsize=256)
def _regex(expression: str) -> "re2._Regexp[str]":
    try:
        return re2.compile(expression, _QUIET)
    except re2.error:
        raise TemplateError(f"error parsing regexp: `{expression}`") from None


def _match(pattern: object, text: object) -> bool:
    return _regex(_text(pattern)).search(_text(text)) is not None


_REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)\}|(\w+))")


def _replaced(pattern: object, replacement: object, text: object) -> str:
    """What `reReplaceAll` makes of a text; `$1` and `${name}` stand for what groups matched."""
    wanted = _text(replacement)

    def put(found: "re2._Match[str]") -> str:
        def group(reference: re.Match[str]) -> str:
            if reference[1]:
                return "$"
            name = reference[2] or reference[3]
            try:
                return found.group(int(name) if name.isdecimal() else name) or ""
            except (IndexError, KeyError):
                return ""

        return _REFERENCE.sub(group, wanted)

    return str(_regex(_text(pattern)).sub(put, _text(text)))


def _title(text: object) -> str:
    return re.sub(r"(?<![\w'])\w", lambda found: found[0].upper(), _text(text))


def _upper(text: object) -> str:
    return _text(text).upper()


def _lower(text: object) -> str:
    return _text(text).lower()


def _strip_port(text: object) -> str:
    found = re.fullmatch(r"\[([^\]]*)\]:\d*|([^:\[\]]*):\d*", _text(text))
    return (found[1] if found[1] is not None else found[2]) if found else _text(text)


def _strip_domain(text: object) -> str:
    host = _strip_port(text)
    port = _text(text)[len(host) :]
    return host if re.fullmatch(r"[\d.]+", host) or ":" in host else host.partition(".")[0] + port


def _records(value: object) -> Sequence[Record]:
    if not isinstance(value, Sequence) or not all(isinstance(each, Record) for each in value):
        raise TemplateError(f"expected the result of a query; got {kind(value)}")
    return value


def _record(value: object) -> Record:
    if not isinstance(value, Record):
        raise TemplateError(f"expected a sample of a query; got {kind(value)}")
    return value


def _first(value: object) -> Record:
    samples = _records(value)
    if not samples:
        raise TemplateError("first() called on vector with no elements")
    return samples[0]


def _labels(sample: object) -> Mapping[str, str]:
    labels = _record(sample).fields["Labels"]
    assert isinstance(labels, Mapping)
    return labels


def _label(name: object, sample: object) -> str:
    return str(_labels(sample).get(_text(name), ""))


def _value(sample: object) -> object:
    return _record(sample).fields["Value"]


def _string_value(sample: object) -> str:
    return _label("__value__", sample)


def _sorted_by_label(name: object, value: object) -> list[Record]:
    return sorted(_records(value), key=partial(_label, name))


def _join(separator: object, parts: object) -> str:
    if isinstance(parts, str) or not isinstance(parts, Sequence):
        raise TemplateError(f"join takes a list; got {kind(parts)}")
    return _text(separator).join(_text(part) for part in parts)


def _parse_duration(text: object) -> float:
    try:
        return duration_ms(_text(text)) / 1000
    except QueryError as error:
        raise TemplateError(str(error)) from None


def _args(*values: object) -> dict[str, object]:
    return {f"arg{place}": value for place, value in enumerate(values)}


def _queried(query: Query, text: object) -> list[Record]:
    try:
        found = query(_text(text))
    except QueryError as error:
        raise TemplateError(str(error)) from None
    return [Record("sample", {"Labels": dict(labels), "Value": value}) for labels, value in found]


def _same(value: object) -> object:
    return value


_FUNCTIONS: Functions = {
    "args": _args,
    "first": _first,
    "humanize": _humanize,
    "humanize1024": _humanize1024,
    "humanizeDuration": _humanize_duration,
    "humanizePercentage": _humanize_percentage,
    "humanizeTimestamp": _humanize_timestamp,
    "join": _join,
    "label": _label,
    "match": _match,
    "parseDuration": _parse_duration,
    "reReplaceAll": _replaced,
    "safeHtml": _same,
    "sortByLabel": _sorted_by_label,
    "stripDomain": _strip_domain,
    "stripPort": _strip_port,
    "strvalue": _string_value,
    "title": _title,
    "toLower": _lower,
    "toUpper": _upper,
    "value": _value,
}


def _nothing() -> str:
    return ""


def _functions(query: Query, external_url: str) -> Functions:
    return {
        **_FUNCTIONS,
        "query": partial(_queried, query),
        "externalURL": lambda: external_url,
        "pathPrefix": _nothing,
    }


def _no_query(text: str) -> Sequence[Sample]:
    raise TemplateError(f"no query is answered here: {text}")


def checked(text: str) -> None:
    """Raises `TemplateError` when a text is no template."""
    if "{{" in text:
        Template(text, _functions(_no_query, ""))


def expanded(
    text: str,
    labels: Mapping[str, str],
    value: float,
    query: Query,
    *,
    external_labels: Mapping[str, str] | None = None,
    external_url: str = "",
) -> str:
    """A label's or an annotation's text for one alert. An error stands in the text itself, as in Prometheus."""
    if "{{" not in text:
        return text
    outside = dict(external_labels or {})
    data = Record(
        "template.AlertTemplateData",
        {"Labels": labels, "ExternalLabels": outside, "ExternalURL": external_url, "Value": value},
    )
    variables = {"$labels": labels, "$externalLabels": outside, "$externalURL": external_url, "$value": value}
    try:
        return Template(text, _functions(query, external_url)).written(data, variables)
    except TemplateError as error:
        return f"<error expanding template: {error}>"
