"""Filters on labels: as texts, numbers, durations, bytes or addresses.

A label that cannot be converted lets the line through with `__error__="LabelFilterErr"`, so that nothing vanishes
unseen; lines with an error are only judged by their texts. Source: Grafana Loki, "Label filter expression".
"""

import operator
from collections.abc import Callable, Mapping

from watchroom.telemetry.labels import Matcher
from watchroom.telemetry.logql.addresses import address_test
from watchroom.telemetry.logql.entry import Entry, Stage
from watchroom.telemetry.logql.expression import Both, Compared, LabelTest
from watchroom.telemetry.logql.units import bytes_of, duration_ns

FILTER_ERROR = "LabelFilterErr"
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def number_of(text: str) -> float:
    """A number as Go reads one. Raises `ValueError`."""
    if "_" in text or text != text.strip():
        raise ValueError(f'strconv.ParseFloat: parsing "{text}": invalid syntax')
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'strconv.ParseFloat: parsing "{text}": invalid syntax') from None


_CONVERT: Mapping[str, Callable[[str], float]] = {
    "number": number_of,
    "duration": lambda text: duration_ns(text, long_units=False) / 1e9,
    "bytes": bytes_of,
}


def tested(test: LabelTest) -> Stage:
    """The filter as a stage. Raises `BadData` for an address that is none."""
    if isinstance(test, Both):
        left, right = tested(test.left), tested(test.right)
        if test.operator == "or":
            return lambda entry: left(entry) or right(entry)
        return lambda entry: left(entry) and right(entry)
    if isinstance(test.value, Matcher):
        return _by_text(test.name, test.value)
    if isinstance(test.value, str):
        return _by_address(test, test.value)
    return _by_number(test, test.value)


def _by_text(name: str, matcher: Matcher) -> Stage:
    def stage(entry: Entry) -> bool:
        return matcher.accepts(entry.get(name) or "")

    return stage


def _by_address(test: Compared, pattern: str) -> Stage:
    accepts, wanted = address_test(pattern), test.operator == "="

    def stage(entry: Entry) -> bool:
        if entry.error:
            return True
        value = entry.get(test.name)
        return value is not None and accepts(value) is wanted

    return stage


def _by_number(test: Compared, wanted: float) -> Stage:
    compare, convert = _COMPARE[test.operator], _CONVERT[test.unit]

    def stage(entry: Entry) -> bool:
        if entry.error:
            return True
        text = entry.get(test.name)
        if text is None:
            return False
        try:
            value = convert(text)
        except ValueError as error:
            entry.failed(FILTER_ERROR, str(error))
            return True
        return compare(value, wanted)

    return stage
