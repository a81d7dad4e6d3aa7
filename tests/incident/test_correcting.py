"""What an incident is called, and which services it names, can be put right; what was said before stays readable."""

from pathlib import Path

import pytest

from tests.rooms.stage import staged
from watchroom.base.errors import AlreadyDone, Malformed


async def test_a_slip_in_title_and_services_is_put_right(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.house.services.define("checkout", actor="person:ana@example.com", via="test")
        room = await stage.declare("Chekout is donw", services=["chekout"])
        done = await stage.do(room, {"command": "correct_incident", "title": "Checkout is down"})
        assert done.warnings == ()
        done = await stage.do(room, {"command": "correct_incident", "services": ["checkot"]})
        (warning,) = done.warnings
        assert (warning.code, warning.hint) == ("unknown_service", "Say it again with correct_incident.")
        await stage.do(
            room, {"command": "correct_incident", "services": ["checkout", "checkout"], "reason": "typed fast"}
        )
        said = (await stage.room(room)).declaration
        assert (said.title, said.services) == ("Checkout is down", ["checkout"])
        await stage.settled()
        await stage.house.listing.settle()
        row = stage.house.listing.get(room)
        assert row is not None
        assert row.title == "Checkout is down"
        events = await stage.house.log.read(room)
        assert b"Chekout is donw" in b"".join(event.data or b"" for event in events), "what was said stays"


async def test_what_says_nothing_new_is_told_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare("Checkout is down", services=["checkout"])
        for fields in ({"title": "Checkout is down"}, {"services": ["checkout"]}):
            with pytest.raises(AlreadyDone):
                await stage.do(room, {"command": "correct_incident", **fields})
        with pytest.raises(Malformed, match="Neither"):
            await stage.do(room, {"command": "correct_incident"})
        await stage.do(room, {"command": "correct_incident", "services": []})
        assert (await stage.room(room)).declaration.services == []
