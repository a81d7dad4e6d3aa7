"""Every command with what goes wrong in life: blank, too long, twice, at things and people that there are not.

Wrong types and unknown fields are tests/web/test_wrong_types. Made from the commands' own JSON Schemas, so that a new
command is tried without a line here.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from tests.incident.test_command_names import TABLE
from tests.rooms.stage import Stage, staged
from watchroom.base.errors import Malformed, Refused, UnknownThing, WatchroomError
from watchroom.incident.commands import BY_NAME, decode

THINGS = {
    "hypothesis", "intervention", "update", "task", "workstream", "page", "inbound", "answers", "shim",
}  # fmt: skip
LONG = "x" * 200_001
ALL = {**TABLE, "restrict": {"people": (["ana@example.com"],)}, "admit": {"*person": ("bo@example.com",)},
       "set_guidance": {"*level": ("off",)}, "put_away_question": {"*question": ("confirm",)},
       "edit_message": {"*seq": (1,), "*text": ("Other words",)}}  # fmt: skip


def needed(name: str) -> dict[str, Any]:
    """The fields that may not be left out, each with a value that is taken."""
    return {field[1:]: values[0] for field, values in ALL.get(name, {}).items() if field.startswith("*")}


def texts(name: str) -> list[tuple[str, bool]]:
    """The fields that hold a text, and whether it must hold something."""
    found = []
    for field in msgspec.structs.fields(BY_NAME[name]):
        kinds = [kind for kind in types(inspect.type_info(field.type)) if isinstance(kind, inspect.StrType)]
        found += [(field.encode_name, bool(kind.min_length)) for kind in kinds if not kind.pattern]
    return found


def types(declared: inspect.Type) -> list[inspect.Type]:
    """The types that may stand there."""
    while isinstance(declared, inspect.Metadata):
        declared = declared.type
    return (
        [each for part in declared.types for each in types(part)]
        if isinstance(declared, inspect.UnionType)
        else [declared]
    )


async def refusal(stage: Stage, room: str, body: dict[str, Any]) -> WatchroomError | None:
    """What the command is refused with, if it is: said clearly, with what to do."""
    refused: WatchroomError | None = None
    try:
        await stage.do(room, body)
    except (Malformed, Refused) as error:
        refused = error
    assert refused is None or refused.message.endswith(".")
    assert refused is None or refused.hint, refused
    return refused


@pytest.mark.parametrize("name", sorted(BY_NAME))
async def test_what_goes_wrong_is_said_of_the_field_as_it_was_sent(name: str, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        good = {"command": name, **needed(name)}
        for field, must in texts(name):
            blank = await refusal(stage, room, {**good, field: " \n"})
            if must:
                assert isinstance(blank, Malformed), field
                assert f"{name}: {field} " in blank.message
            long = await refusal(stage, room, {**good, field: LONG})
            assert isinstance(long, Malformed), field
            assert f"{name}: {field} must be text of " in long.message
        for field in THINGS & set(BY_NAME[name].__struct_fields__):
            # A workstream or an intervention may be named beside; then it is taken as it was said, or refused.
            if f"*{field}" in ALL.get(name, {}):
                gone = await refusal(stage, room, {**good, field: "Z99"})
                assert isinstance(gone, UnknownThing), (field, gone)
                assert "Z99" in gone.message
        if "seq" in needed(name):
            gone = await refusal(stage, room, {**good, "seq": 999_999})
            assert gone is not None
            assert "999999" in gone.message.replace(",", "")
        # The first may be refused, for want of what it speaks of; neither is anybody's mistake but the caller's.
        await refusal(stage, room, good)
        await refusal(stage, room, good)


@pytest.mark.parametrize("field", ["impact", "title", "services", "no_such_field"])
def test_what_is_nested_beyond_reading_is_one_clear_error(field: str) -> None:
    with pytest.raises(Malformed) as refused:
        decode(b'{"command":"declare","%s":%s' % (field.encode(), b"[" * 100_000))
    assert refused.value.hint
