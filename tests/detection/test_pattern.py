"""Patterns: they mean what regular expressions mean, and no pattern and value together take long."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchroom.detection.pattern import VALUE_CHARS_MAX, Pattern


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("", [""], ["a"]),
        ("pay.*", ["pay", "payments"], ["prepay", "pa"]),
        ("a|b|", ["a", "b", ""], ["ab", "c"]),
        ("^eu-[0-9]+$", ["eu-1", "eu-22"], ["eu-", "xeu-1", "eu-1x"]),
        ("^a$|^b$", ["a", "b"], ["ab"]),
        ("(?:a|bc)+?d?", ["a", "bca", "bcd"], ["d", "b"]),
        ("(?i)Prod-[A-C]", ["prod-a", "PROD-C"], ["prod-d"]),
        ("(?i)[^a]", ["b", "B"], ["a", "A"]),
        (r"\d{2,3}\.\w\s\S\W\D", ["12.a b-c", "123.a\tb-c"], ["1.a b-c", "1234.a b-c"]),
        ("x{0}y{2,}", ["yy", "yyy"], ["y", "xyy"]),
        ("x{,}", None, None),
        (r"[]a-c\-\]]+", ["]", "a-b]"], ["d", ""]),
        (r"[\d_]+\$\^", ["1_$^"], ["1_"]),
        ("(a*)*b", ["b", "aab"], ["a"]),
        ("日.", ["日本"], ["日"]),
        (".", ["x"], ["\n"]),
        (r"a\nb", ["a\nb"], ["anb"]),
    ],
)
def test_what_a_pattern_means(pattern: str, yes: list[str] | None, no: list[str] | None) -> None:
    if yes is None or no is None:
        with pytest.raises(ValueError, match="how often"):
            Pattern(pattern)
        return
    ready = Pattern(pattern)
    assert [value for value in yes if not ready.matches(value)] == []
    assert [value for value in no if ready.matches(value)] == []


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(a", "does not end"),
        ("a)", "without its"),
        ("[a", "does not end"),
        ("a\\", "backslash"),
        ("*a", "nothing before it"),
        ("a**", "repeated already"),
        ("a{2", "how often"),
        ("a{3,2}", "from the smaller"),
        ("a{1000}", "100 times"),
        ("(a{100}){100}", "too long"),
        ("[b-a]", "backwards"),
        (r"(a)\1", "not understood"),
        ("(?=a)", "not understood"),
        ("(?P<n>a)", "not understood"),
        (r"\bx", "not understood"),
        ("a^b", "whole value"),
        ("a$b", "whole value"),
        ("(" * 30 + "a" + ")" * 30, "brackets"),
        ("a" * 501, "500"),
    ],
)
def test_what_cannot_be_a_pattern_is_said(pattern: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        Pattern(pattern)


atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\d", "1", r"\.", "(?:a|b1)", "(|a)"])
repeats = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "*?"])
rows = st.lists(st.tuples(atoms, repeats).map("".join), max_size=4).map("".join)
patterns = st.recursive(
    rows, lambda inner: st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})?"), max_leaves=4
)


@given(pattern=patterns, value=st.text(alphabet="ab1.", max_size=8))
@settings(derandomize=True, max_examples=600, deadline=None)
def test_it_agrees_with_the_language(pattern: str, value: str) -> None:
    """The oracle is Python's own `re`, on patterns small enough for it."""
    assert Pattern(pattern).matches(value) == (re.fullmatch(pattern, value, re.ASCII) is not None)


class Counted(str):
    """A value that counts how many characters were looked at."""

    __slots__ = ()

    looked_at = 0

    def __iter__(self):  # type: ignore[no-untyped-def]  # a plain iterator over a plain text
        for char in str(self):
            Counted.looked_at += 1
            yield char


@pytest.mark.parametrize("pattern", ["(a|aa)+", "(a*)*", "(.*)(.*)(.*)(.*)(.*)x", "(a|b|ab)*c", "(a?){30}a{30}"])
def test_what_explodes_elsewhere_looks_at_each_character_once(pattern: str) -> None:
    value = Counted("a" * 1_000 + "!")
    Counted.looked_at = 0
    assert not Pattern(pattern).matches(value)
    assert 0 < Counted.looked_at <= len(value)


def test_a_value_that_is_too_long_matches_nothing() -> None:
    assert Pattern("a*").matches("a" * VALUE_CHARS_MAX)
    assert not Pattern("a*").matches("a" * (VALUE_CHARS_MAX + 1))


def test_what_is_remembered_is_bounded() -> None:
    pattern = Pattern("(.*)[a-f](.*)")
    for number in range(3_000):
        assert not pattern.matches(chr(0x4E00 + number))
    assert pattern.matches("中f中")
