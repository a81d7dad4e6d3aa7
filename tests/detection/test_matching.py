"""Matchers: read as Alertmanager writes them, said again as they were meant."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watchroom.detection.matching import OPERATORS, Condition, Matcher, read, several, value_of
from watchroom.detection.signal import Signal


def signal(**labels: str) -> Signal:
    return Signal(
        id="1", source="am", key="k", group="g", state="firing", title="Disk full", severity="critical", labels=labels
    )


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("severity=critical", True),
        ("severity = warning", False),
        ("severity!=warning", True),
        ("source=am", True),
        ("title=~Disk.*", True),
        ('title="Disk full"', True),
        ("title=Disk full", True),
        ("kind=alert", True),
        ("cluster=eu", True),
        ('cluster=~"eu|us"', True),
        ("cluster!~e.", False),
        ("cluster=~e", False),
        # A label that is not there is empty.
        ("zone=", True),
        ('zone=""', True),
        ("zone=~.+", False),
        ("zone!~.+", True),
        # The signal has no service of its own, but a label of that name.
        ("service=cart", True),
    ],
)
def test_what_holds(text: str, holds: bool) -> None:
    assert Condition(read(text)).holds(signal(cluster="eu", service="cart")) is holds


def test_its_own_field_comes_before_a_label_of_its_name() -> None:
    assert value_of(signal(severity="low", source="other"), "severity") == "critical"
    assert value_of(signal(severity="low", source="other"), "source") == "am"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no matcher"),
        ("severity", "no matcher"),
        ("=x", "no matcher"),
        ("a==b", ""),
        ('a="b', "does not end with one"),
        ('a="b"c"', "holds a quotation mark"),
        ('a="b\\"', "follows a backslash"),
        ("a=~(", "does not end"),
        ("x" * 201 + "=y", "200"),
        ("a=" + "y" * 1_000, "1000"),
    ],
)
def test_what_is_no_matcher(text: str, says: str) -> None:
    if not says:
        # As in Alertmanager, a second sign belongs to the value.
        assert read(text) == Matcher("a", "=", "=b")
        return
    with pytest.raises(ValueError, match=says):
        read(text)


@example(name="a", operator="=", value="x\ny")
@example(name="a", operator="!=", value=" x")
@given(
    name=st.from_regex(r"[a-z_.:/-]{1,10}", fullmatch=True),
    operator=st.sampled_from(OPERATORS[:2]),
    value=st.text(max_size=30).filter(lambda value: "\r" not in value),
)
def test_said_again_it_is_the_same(name: str, operator: str, value: str) -> None:
    made = next(Matcher(name, known, value) for known in OPERATORS if known == operator)
    assert read(str(made)) == made
    assert several(f"{made}, b=c\n{made}") == [str(made), "b=c", str(made)]


@pytest.mark.parametrize("pattern", ["a|b", r"pay\.x", "[a-z]+", 'say "hi"'])
def test_a_pattern_said_again_is_the_same(pattern: str) -> None:
    made = Matcher("a", "=~", pattern)
    assert read(str(made)) == made


def test_commas_part_matchers_but_not_texts() -> None:
    assert several('a="b,c" , d=~"x\\",y",\n\ne=f') == ['a="b,c"', 'd=~"x\\",y"', "e=f"]
    assert several(" , \n") == []
