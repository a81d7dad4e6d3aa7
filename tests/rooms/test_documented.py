"""docs/room-scripts.md tells the truth: its examples are played, and every word of the language stands in it."""

import re

import pytest

from tests.house.source import HOUSE
from tests.rooms import verbs
from tests.rooms.expectations import SUBJECTS
from tests.rooms.perform import perform
from tests.rooms.script import read

PAGE = HOUSE / "docs" / "room-scripts.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = [
    (TEXT[: found.start()].count("\n") + 1, found.group(1))
    for found in re.finditer(r"^```room\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
]


def verb_row(verb: verbs.Verb) -> str:
    """A verb's line of the page's table."""
    fixed = ", ".join(f"{name} {value}" for name, value in verb.fixed.items()).lower()
    command = f"`{verb.command}`" + (f" ({fixed})" if fixed else "")
    return f"| `{verb.phrase}` | {command} | {', '.join(verb.fields) or '–'} |"


@pytest.mark.parametrize(("line", "example"), EXAMPLES, ids=lambda value: str(value) if isinstance(value, int) else "")
def test_an_example_is_as_it_says(line: int, example: str) -> None:
    assert perform(read(example, f"docs/room-scripts.md, from line {line}")) == []


def test_every_verb_is_in_the_table() -> None:
    missing = [row for row in map(verb_row, verbs.VERBS) if row not in TEXT]
    assert not missing, "\n".join(["docs/room-scripts.md needs:", *missing])


def test_every_other_word_is_on_the_page() -> None:
    words = [*SUBJECTS, *verbs.SENDS, *verbs.FIELD_WORDS, verbs.JUDGES, verbs.WITHDRAWS, *verbs.RULES]
    assert [word for word in words if not re.search(rf"\b{re.escape(word)}\b", TEXT)] == []
