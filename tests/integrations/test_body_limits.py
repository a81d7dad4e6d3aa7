"""How many values a body holds, and how deep it is, told without decoding it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchroom.base.errors import TooLarge
from watchroom.integrations.body_limits import BLOCK_BYTES, check_limits

texts = st.text(alphabet='a"\\,[]{}:é\n', max_size=12)
bodies = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | texts,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(texts, inner, max_size=6),
    max_leaves=60,
)


def values_of(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(values_of, inner))


def depth_of(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)


def refusal(body: bytes, values_max: int, depth_max: int) -> str | None:
    try:
        check_limits(body, values_max, depth_max)
    except TooLarge as error:
        return error.code
    return None


@given(bodies, st.sampled_from([0, 2]))
def test_it_is_what_a_decoder_would_count(value: Any, indent: int) -> None:
    body = msgspec.json.format(msgspec.json.encode(value), indent=indent)
    values, depth = values_of(value), depth_of(value)
    assert refusal(body, 2 * values, depth) is None
    # An empty object or list counts one value that is not there, so the bound is not met to the last one.
    if values > 2:
        assert refusal(body, values - 2, 500) == "too_many_values"
    if depth > 1:
        assert refusal(body, 10_000, depth - 1) == "nested_too_deeply"


@given(st.integers(0, 40), st.text(alphabet='a"\\,[{', max_size=30))
def test_texts_across_blocks_are_texts(before: int, text: str) -> None:
    """Wherever a block ends, in a text or on what escapes one."""
    filler = "x" * (BLOCK_BYTES - before)
    body = msgspec.json.encode([filler, text, filler, {"a": [text]}])
    assert refusal(body, 7, 3) is None
    assert refusal(body, 5, 3) == "too_many_values"
    assert refusal(body, 8, 2) == "nested_too_deeply"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 4_000_000, "too_many_values"),
        (b'{"a":' * 120 + b"1" + b"}" * 120, "nested_too_deeply"),
        (b"[" * 120, "nested_too_deeply"),
        (b'{"l":{' + b",".join(b'"l%d":""' % n for n in range(300_000)) + b"}}", "too_many_values"),
        (b"[" + b",".join([b"[]"] * 149_000) + b"]", None),
        (b'{"text":"' + b"[{,," * 500_000 + b'"}', None),
        (b"no JSON at all", None),
        (b"", None),
    ],
)
def test_hostile_bodies(body: bytes, code: str | None) -> None:
    assert refusal(body, 150_000 if code else 300_000, 100) == code
