"""Filters on the line itself: it holds a text, a regular expression finds something, a pattern fits.

Source: Grafana Loki, "Line filter expression" and "Pattern match filter operators".
"""

from collections.abc import Callable
from functools import lru_cache

import re2

from watchroom.telemetry.logql.addresses import line_test
from watchroom.telemetry.logql.entry import Entry, Stage
from watchroom.telemetry.logql.expression import LineFilter
from watchroom.telemetry.refusal import BadData

_QUIET = re2.Options()
_QUIET.log_errors = False
_QUIET.max_mem = 8 << 20
ANYTHING = "<_>"


@lru_cache(maxsize=1024)
def searched(expression: str) -> "re2._Regexp[str]":
    """A regular expression of RE2, found anywhere. Raises `BadData` when it is none."""
    try:
        return re2.compile(expression, _QUIET)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise BadData(f"error parsing regexp: {reason}: `{expression}`") from None


def test_of(how: LineFilter) -> Callable[[str], bool]:
    """Whether a line passes. Raises `BadData` for an expression, an address or a pattern that is none."""
    tests = [_one(how.how, text, is_ip) for text, is_ip in zip(how.texts, how.is_ip, strict=True)]
    test = tests[0] if len(tests) == 1 else lambda line: any(each(line) for each in tests)
    if how.how.startswith("!"):
        return lambda line: not test(line)
    return test


def filtered(how: LineFilter) -> Stage:
    """The filter as a stage. Raises `BadData`."""
    test = test_of(how)

    def stage(entry: Entry) -> bool:
        return test(entry.line)

    return stage


def _one(how: str, text: str, is_ip: bool) -> Callable[[str], bool]:
    if is_ip:
        if how not in ("|=", "!="):
            raise BadData(f"unsupported operator {how} for ip(); use |= or !=")
        return line_test(text)
    if how in ("|=", "!="):
        return lambda line: text in line
    if how in ("|>", "!>"):
        return pattern_test(text)
    if text == ".*":
        return lambda line: True
    regex = searched(text)
    return lambda line: regex.search(line) is not None


def pattern_test(pattern: str) -> Callable[[str], bool]:
    """Whether a whole line has this shape, `<_>` standing for anything but nothing. Raises `BadData`."""
    literals = pattern.split(ANYTHING)
    if len(literals) > 2 and "" in literals[1:-1]:
        raise BadData(f"found consecutive capture '{ANYTHING}{ANYTHING}': literal required in between")
    if not pattern:
        return lambda line: line == ""
    first, middle, last = literals[0], literals[1:-1], literals[-1]
    if len(literals) == 1:
        return lambda line: line == pattern

    def fits(line: str) -> bool:
        if not line.startswith(first):
            return False
        place = len(first)
        for literal in middle:
            found = line.find(literal, place + 1)
            if found < 0:
                return False
            place = found + len(literal)
        return len(line) > place + len(last) and line.endswith(last)

    return fits
