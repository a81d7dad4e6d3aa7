"""A restriction with several processes: what one has acknowledged holds in all at the next request, and at the next
thing that happens in every open stream.
"""

from pathlib import Path

import pytest

from tests.houses.street import Process, street
from tests.houses.views import MANNERS
from tests.people.house import BY
from watchroom.base.errors import NotFound
from watchroom.incident.visibility import Viewer
from watchroom.web.lists import board_now
from watchroom.web.live.streams import FactStream

BO = Viewer("bo@example.com")


async def _declared(process: Process) -> str:
    return await process.declare("Odd logins")


@pytest.mark.parametrize("manner", MANNERS)
async def test_what_one_restricts_no_other_shows_at_the_next_request(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner) as here:
        one, *others = here.processes
        room = await _declared(one)
        for process in here.processes:
            assert (await process.house.rooms.seen(room, BO)).id == room
        stream = FactStream(others[0].house, room)
        _frame, at = await stream.frames(0)
        assert stream.admits(BO)
        # Nothing is waited for: the others may not have heard of it yet.
        await one.do(room, {"command": "restrict", "people": ["me"], "reason": "x"})
        for other in others:
            with pytest.raises(NotFound):
                await other.house.rooms.seen(room, BO)
            with pytest.raises(NotFound):
                await other.do(room, {"command": "post_message", "text": "Hello?"}, by="bo")
            board = await board_now(other.house)
            assert not [row for row in (*board.open, *board.triage) if row.id == room]
        _frame, reached = await stream.frames(at)
        assert reached > at
        assert not stream.admits(BO)
        await others[1].do(room, {"command": "admit", "person": "bo@example.com"}, by="ana")
        assert (await one.house.rooms.seen(room, BO)).id == room


@pytest.mark.parametrize("manner", MANNERS)
async def test_who_leaves_a_team_in_one_sees_nothing_in_any_at_the_next_request(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner) as here:
        one, *others = here.processes
        await one.house.teams.compose("security", ["bo@example.com"], **BY)
        await here.heard()
        room = await _declared(one)
        await one.do(room, {"command": "restrict", "teams": ["security"], "reason": "x"})
        for other in others:
            assert (await other.house.rooms.seen(room, BO)).id == room
        stream = FactStream(others[0].house, room)
        _frame, at = await stream.frames(0)
        await one.house.teams.compose("security", ["cem@example.com"], **BY)
        for other in others:
            with pytest.raises(NotFound):
                await other.house.rooms.seen(room, BO)
        await one.do(room, {"command": "post_message", "text": "Without bo"})
        await stream.frames(at)
        assert not stream.admits(BO)
