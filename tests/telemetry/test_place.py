"""A refused expression says where its mistake stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchroom.telemetry.promql.parse import parse
from watchroom.telemetry.promql.place import line_and_column, place_of
from watchroom.telemetry.refusal import BadData


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("sum(rate(foo[5m])", "1:4"),
        ("foo)", "1:4"),
        ("foo{a=}", "1:5"),
        ('foo{a="b"', "1:4"),
        ('foo{a="b}', "1:7"),
        ("foo{a b}", "1:5"),
        ("rate(foo)", "1:1"),
        ("1 + nosuch(foo)", "1:5"),
        ("foo bar", "1:5"),
        ("1 +", "1:4"),
        ("foo\nbar", "2:1"),
        ("foo *\n* 2", "2:1"),
        ("sum by (a) foo(", "1:15"),
        ("foo[5x]", "1:5"),
        ("sum(foo,)", "1:9"),
        ("foo $ 2", "1:5"),
    ],
)
def test_the_place_is_named(text: str, place: str) -> None:
    with pytest.raises(BadData) as caught:
        parse(text)
    assert f'invalid parameter "query": {place}: parse error: ' in str(caught.value)


def test_a_place_that_is_not_found_is_not_guessed() -> None:
    assert place_of("sum by (a) (rate(x[5m])) > bool 2 and on (b) y offset -5m @ end()", "anything") is None
    assert place_of("sum(x) by (a) / ignoring (b) group_left (c) y{d='}'} # ) (", "anything") is None


PARTS = st.sampled_from([*list("(){}[],\"'`#@-+=<>! \n5ax"), "rate", "by", "and", "offset", "bool", "foo{", "=~", "or"])


@given(st.lists(PARTS, max_size=30).map("".join))
def test_no_text_is_too_odd(text: str) -> None:
    place = place_of(text, "invalid promql query")
    assert place is None or 0 <= place <= len(text)


def test_columns_count_from_one() -> None:
    assert line_and_column("ab\ncd", 0) == (1, 1)
    assert line_and_column("ab\ncd", 5) == (2, 3)
