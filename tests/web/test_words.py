"""The small shapes of text: counts and spans as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from watchroom.web.html.words import after, many

BEGIN = datetime(2026, 11, 20, 18, 48, tzinfo=UTC)


@pytest.mark.parametrize(("count", "said"), [(0, "0 labels"), (1, "1 label"), (2, "2 labels"), (1204, "1,204 labels")])
def test_one_thing_is_one(count: int, said: str) -> None:
    assert many(count, "label") == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "at once"), (59, "at once"), (60, "after 1 min"), (7_200, "after 2 h")]
)
def test_what_followed_within_a_minute_followed_at_once(seconds: int, said: str) -> None:
    assert after(BEGIN, BEGIN + timedelta(seconds=seconds)) == said
    assert after(None, BEGIN) == after(BEGIN, None) == ""
