"""Who is let go, and what whoever takes over is told of the people in the room."""

from pathlib import Path

import pytest

from tests.rooms.stage import staged
from watchroom.base.errors import UnknownThing
from watchroom.communication.brief import brief

ROLE = {"command": "assign_role", "role": "technical_lead", "person": "cem@example.com"}
PAGE = {"command": "page", "person": "dan@example.com", "text": "Can you come?"}


async def test_only_somebody_of_the_room_is_let_go(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(by="ana")
        await stage.do(room, {"command": "join"}, by="bo")
        await stage.do(room, ROLE)
        await stage.do(room, PAGE)
        await stage.do(room, {"command": "post_message", "text": "I look too"}, by="eva")
        with pytest.raises(UnknownThing, match=r"nobody@example\.com was never in this room") as refused:
            await stage.do(room, {"command": "release_responder", "person": "nobody@example.com"})
        assert "bo@example.com" in refused.value.hint
        both = {"command": "release_responder", "person": "bo@example.com", "also": ["nobody@example.com"]}
        with pytest.raises(UnknownThing, match="never"):
            await stage.do(room, both)
        for name in ("ana", "bo", "cem", "dan", "eva"):
            done = await stage.do(room, {"command": "release_responder", "person": f"{name}@example.com"})
            assert [event.kind for event in done.events] == ["responder_released"]


async def test_whoever_takes_over_is_told_what_it_is_and_who_is_there(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare("Checkout is down", by="ana")
        await stage.do(room, {"command": "join"}, by="bo")
        await stage.do(room, ROLE)
        await stage.do(room, PAGE)
        incident = await stage.room(room)
        told = {line.about: line.text for line in brief(incident)}
        assert told[""] == "Checkout is down"
        assert told["Roles"] == "technical lead cem@example.com"
        assert told["Here"] == "bo@example.com"
        assert "dan@example.com" in told["Called, no answer yet"]
        assert told["Customers were told"] == "nothing yet"
