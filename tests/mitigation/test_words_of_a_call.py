"""What a call says to whoever reads it: one sentence after the other, and which calls to whom still wait."""

from pathlib import Path

import pytest

from tests.rooms.stage import staged


async def test_who_was_called_already_is_named_with_their_calls(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()

        async def said(**whom: str) -> list[str]:
            done = await stage.do(room, {"command": "page", "text": "Come", **whom}, by="eve")
            return [each.message for each in done.warnings if each.code == "paged_already"]

        bo, cem = "bo@example.com", "cem@example.com"
        assert await said(person=bo) == []
        assert await said(person=bo) == [f"P1 to {bo} is still unanswered."]
        assert await said(person=cem) == []
        (team,) = await said(team="payments")
        assert f"P1, P2 to {bo}" in team
        assert f"P3 to {cem}" in team
        assert team.endswith(" are still unanswered.")
        assert "same person" not in team


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
