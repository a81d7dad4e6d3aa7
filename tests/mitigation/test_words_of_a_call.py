"""What a call says to whoever reads it: one sentence after the other, and which calls to whom still wait."""

from pathlib import Path

import pytest

from tests.rooms.stage import staged


@pytest.mark.parametrize(
    ("text", "known", "words"),
    [
        ("Which query blocks?", "The pool is full", "Which query blocks? The pool is full"),
        ("Look at the pool.", "It is full", "Look at the pool. It is full"),
        ("Look at the pool", "It is full", "Look at the pool. It is full"),
        ("Which query blocks? ", "", "Which query blocks?"),
        ("", "The pool is full", "Help is needed. The pool is full"),
    ],
)
async def test_a_call_for_help_has_no_doubled_marks(text: str, known: str, words: str, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "escalate", "to": "bo@example.com", "text": text, "known": known})
        assert [page.text for page in (await stage.room(room)).pages.open] == [words]
