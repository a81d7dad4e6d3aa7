"""How a step of guidance is filled by somebody who knows nothing but what stands on the screen and what they see.

`fill` takes the body that the API gives: an object where a value belongs is the field's schema. It takes a choice that
the eyes decide (`Eyes`), else what is suggested, else the first choice. Used by the robot of the API and by the tests
of guidance; the robot in Chromium does the same by hand.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from watchroom.incident.commands import decode


class Eyes(Protocol):
    """What somebody sees who looks at the world."""

    def choice(self, command: str, field: str, choices: Sequence[str], given: dict[str, Any]) -> str | None:
        """Which of these is true; None when there is nothing to see about it."""

    def words(self) -> str:
        """What they see, in a sentence."""

    def person(self) -> str:
        """Somebody of the directory who can be asked."""


def sound(item: dict[str, Any]) -> None:
    """A question that a person woken at 3 AM can act on. Raises AssertionError, saying what is wrong with it."""
    question, why, command = item["question"], item["why"], item["command"]
    assert question.strip().endswith("?"), f"no question: {question!r}"
    assert len(question) <= 160, f"too long to read: {question!r}"
    assert why.strip().endswith((".", "?", "!", "…", "”")), f"{question!r} says not why: {why!r}"
    assert len(why.split()) >= 4, f"{question!r} says hardly why: {why!r}"
    assert item["action"].strip(), f"{question!r} has no words on its button"
    assert (command or {}).get("command"), f"{question!r} leads nowhere"


def fill(command: dict[str, Any], eyes: Eyes) -> dict[str, Any]:
    """The body with everything filled."""
    name = command["command"]
    return {
        field: _filled(name, field, value, eyes, command) if isinstance(value, dict) else value
        for field, value in command.items()
    }


def _filled(command: str, field: str, schema: dict[str, Any], eyes: Eyes, given: dict[str, Any]) -> Any:
    if schema.get("type") == "boolean":
        return True
    choices = _choices(schema)
    if choices:
        return eyes.choice(command, field, choices, given) or choices[0]
    if schema.get("type") == "array":
        return [eyes.person()]
    if schema.get("examples"):
        return schema["examples"][0]
    if field in ("person", "to", "owner", "lead"):
        return eyes.person()
    return eyes.words()


def _choices(schema: dict[str, Any]) -> list[str]:
    """The values that a field can have: its own, or those of one of its alternatives."""
    found: list[str] = schema.get("enum", [])
    for each in schema.get("anyOf", []):
        found = found or each.get("enum", [])
    return found


def is_command(body: dict[str, Any]) -> None:
    """Raises Malformed when the room would not take it."""
    decode(msgspec.json.encode(body))
