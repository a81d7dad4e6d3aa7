"""Small texts in and out: durations, times, numbers, labels and expressions printed anew."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchroom.telemetry.durations import duration_ms, seconds_text, step_ms, time_ms
from watchroom.telemetry.labels import Match, Matcher, labels_of, shown, value_of, with_label
from watchroom.telemetry.promql.format import formatted
from watchroom.telemetry.promql.parse import parse
from watchroom.telemetry.promql.printing import number_text, sample_texts
from watchroom.telemetry.refusal import BadData


@pytest.mark.parametrize(
    ("text", "ms"),
    [("0", 0), ("15s", 15_000), ("1h30m", 5_400_000), ("1y2w3d4h5m6s7ms", 33_019_506_007), ("100ms", 100)],
)
def test_durations(text: str, ms: int) -> None:
    assert duration_ms(text) == ms


@pytest.mark.parametrize("text", ["", "5", "s", "1m1h", "1.5m", "-5m", "5m ", "300y", "1x"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(BadData):
        duration_ms(text)


@pytest.mark.parametrize(("text", "ms"), [("15", 15_000), ("0.5", 500), ("1e1", 10_000), ("1m", 60_000), ("-1", -1000)])
def test_steps(text: str, ms: int) -> None:
    assert step_ms(text) == ms


@pytest.mark.parametrize("text", ["", "NaN", "Inf", "1e30", "x"])
def test_what_is_no_step(text: str) -> None:
    with pytest.raises(BadData):
        step_ms(text)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1700000000", 1_700_000_000_000),
        ("1700000000.1239", 1_700_000_000_124),
        ("-1.5", -1500),
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T01:00:00.25+01:00", 250),
        ("1969-12-31T23:59:59Z", -1000),
    ],
)
def test_times(text: str, ms: int) -> None:
    assert time_ms(text) == ms


@pytest.mark.parametrize(
    "text", ["", "NaN", "Inf", "1e300", "1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01 00:00:00Z"]
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(BadData):
        time_ms(text)


@pytest.mark.parametrize(("ms", "text"), [(0, "0"), (1000, "1"), (1500, "1.500"), (-1, "-0.001"), (-61_000, "-61")])
def test_seconds(ms: int, text: str) -> None:
    assert seconds_text(ms) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "-0"), (1.0, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (1e15, "1000000000000000"),
        (1e20, "100000000000000000000"), (1e21, "1e+21"), (1.5e300, "1.5e+300"), (1e-6, "0.000001"), (1e-7, "1e-07"),
        (1.25e-7, "1.25e-07"), (5e-324, "5e-324"), (math.nan, "NaN"), (math.inf, "+Inf"), (-math.inf, "-Inf"),
        (123456789012345680.0, "123456789012345680"), (1e-5, "0.00001"), (123456.789, "123456.789"),
    ],
)  # fmt: skip
def test_numbers_are_printed_as_go_does(value: float, text: str) -> None:
    assert sample_texts(np.array([value, 1.0])) == [text.encode(), b"1"]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=50))
def test_every_number_reads_back_the_same(bits: list[int]) -> None:
    values = np.array(bits, dtype=np.uint64).view(np.float64)
    back = [float(text) for text in sample_texts(values)]
    for value, again in zip(values.tolist(), back, strict=True):
        assert (math.isnan(value) and math.isnan(again)) or struct.pack("d", value) == struct.pack("d", again)


def test_a_number_as_a_label_has_no_exponent() -> None:
    assert (number_text(1e22), number_text(1e-7)) == ("10000000000000000000000", "0.0000001")


def test_labels() -> None:
    labels = labels_of({"__name__": "up", "b": "", "a": "x"})
    assert labels == (("__name__", "up"), ("a", "x"))
    assert (value_of(labels, "a"), value_of(labels, "b")) == ("x", "")
    assert with_label(labels, "a", "") == (("__name__", "up"),)
    assert with_label(labels, "0", "y")[0] == ("0", "y")
    assert shown(labels) == 'up{a="x"}'


@pytest.mark.parametrize(
    ("how", "pattern", "value", "accepted"),
    [
        (Match.EQUAL, "", "", True), (Match.EQUAL, "a", "", False), (Match.NOT_EQUAL, "a", "", True),
        (Match.REGEX, "a|b", "ab", False), (Match.REGEX, "a.c", "a\nc", True), (Match.REGEX, "", "", True),
        (Match.REGEX, ".+", "", False), (Match.NOT_REGEX, "a.*", "abc", False), (Match.NOT_REGEX, "a", "", True),
        (Match.REGEX, "(?i)ABC", "abc", True), (Match.REGEX, "a", "a\n", False),
    ],
)  # fmt: skip
def test_matchers(how: Match, pattern: str, value: str, accepted: bool) -> None:
    assert Matcher("x", how, pattern).accepts(value) is accepted


@pytest.mark.parametrize(
    "text",
    [
        "sum by (a) (rate(x[5m] offset 1m))", "a / on (b) group_left (c) d", "-x ^ 2", "(1 + 2) * 3",
        "max_over_time(rate(x[1m])[5m:30s] @ end())", 'count_values("v", x)', "x > bool 1",
        'label_replace(x, "a", "$1", "b", "(.*)")', "topk without (a, b) (3, x)", 'x{a=~"b|c", d!="e"}',
    ],
)  # fmt: skip
def test_a_formatted_expression_means_the_same_and_stays_as_it_is(text: str) -> None:
    again = formatted(parse(text))
    assert parse(again) == parse(text)
    assert formatted(parse(again)) == again
