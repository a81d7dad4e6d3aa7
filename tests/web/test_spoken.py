"""What the room's rules say to programs is said to people in the words that they type."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import watchroom
from watchroom.base.command import Caution
from watchroom.base.errors import Refused
from watchroom.incident.commands import BY_NAME
from watchroom.web.command_bar.spoken import COMMANDS, NAMES_OF_THE_API, spoken
from watchroom.web.live.frames import notice_html

CYCLES = ("detection", "mitigation", "communication", "resolution", "review", "incident")
FIELDS = {field.encode_name for command in BY_NAME.values() for field in msgspec.structs.fields(command)}


def _sentences() -> Iterator[str]:
    """Every text of a refusal or a caution in the room's rules."""
    root = Path(watchroom.__file__).parent
    for folder in CYCLES:
        for path in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    said = [word.value for word in node.keywords if word.arg == "hint"]
                    if isinstance(node.func, ast.Name) and node.func.id in ("Caution", "Refused", "AlreadyDone"):
                        said += node.args[-2:] if node.func.id == "Caution" else node.args[:1]
                    yield from (text for each in said for text in _texts(each))


def _texts(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value:
            yield part.value


def test_no_sentence_of_the_room_speaks_the_api_to_people() -> None:
    sentences = list(_sentences())
    assert len(sentences) > 150
    wrong = {
        sentence: found
        for sentence in sentences
        if (found := set(re.findall(r"[a-z]+(?:_[a-z]+)+", spoken(sentence))) & (NAMES_OF_THE_API | FIELDS))
    }
    assert wrong == {}


def test_each_command_of_two_words_has_what_is_typed_for_it() -> None:
    assert set(COMMANDS) == set(NAMES_OF_THE_API) - {"name_of"}


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Say when you come back for it: due_s 600 is ten minutes.", "by 10m is ten minutes"),
        ('Take it: assign_role with "person": "me".', "Take it: /take."),
        ("Known: T1. Give one with assign_task.", "Give one with /task."),
        ("share_low is above share_high.", "the lower share is above the higher share."),
        ("Correct it. Its fields: text, due_s. See GET /api/v1/commands.", "Correct it."),
        ("See https://example.com/assign_task?x=1", "https://example.com/assign_task?x=1"),
    ],
)
def test_a_sentence_in_typed_words(said: str, shown: str) -> None:
    assert shown in spoken(said)


def test_a_notice_speaks_to_people() -> None:
    caution = Caution("no_time_box", "It has no time-box.", "Say when you come back for it: due_s 600 is ten minutes.")
    assert "by 10m" in notice_html([], [caution])
    refusal = Refused("There is no task T9 here.", hint="Give one with assign_task.")
    assert "Give one with /task." in notice_html([], error=refusal)
