"""A redaction with `people`: nobody holds what the entry gave, nobody is called by it, and it is asked for again."""

from pathlib import Path
from typing import Any

import pytest

from tests.incident.test_redaction import commanded
from tests.rooms.stage import Stage, staged
from tests.web.test_report import Names
from watchroom.communication.brief import brief_text
from watchroom.incident.flow import flow
from watchroom.incident.incident import Incident
from watchroom.record.redaction import GONE
from watchroom.web.room.panels import panel_html, panels_html

BO = "bo@example.com"


async def purged(stage: Stage, room: str, seq: int) -> Incident:
    """The room after that entry was redacted with those whom it names, by an admin."""
    command = {"command": "redact", "seq": seq, "people": True, "reason": "A name"}
    done = await stage.do(room, command, by="ana")
    assert {event.kind for event in done.events} == {"redacted"}
    return await stage.room(room)


@pytest.mark.parametrize(
    "command",
    [
        {"command": "assign_role", "role": "technical_lead", "person": BO},
        {"command": "hand_over_role", "role": "scribe", "to": BO, "brief": "The pool is full"},
        {"command": "assign_task", "person": BO, "text": "Look at the pool", "due_s": 60},
        {"command": "open_workstream", "name": "Alpha", "lead": BO, "limit": "roll back"},
        {"command": "own_cycle", "cycle": "communication", "person": BO},
    ],
    ids=lambda command: str(command["command"]),
)
@pytest.mark.parametrize("the_call", [False, True], ids=["the-entry", "its-call"])
async def test_nobody_holds_what_it_gave(command: dict[str, Any], the_call: bool, tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await commanded(stage)
        await stage.do(room, {"command": "assign_role", "role": "scribe", "person": "me"})
        await stage.move_to(stage.now_s + 1)
        given = await stage.do(room, command)
        assert [event.kind for event in given.events][1:] == ["page_requested"]
        incident = await purged(stage, room, given.events[1 if the_call else 0].seq)
        assert BO not in str([event.data for event in await stage.house.log.read(room)])
        assert incident.holdings(BO) == []
        assert incident.holdings(GONE) == []
        assert BO not in incident.ownership.owners.values()
        assert GONE not in incident.ownership.owners.values()
        assert incident.pages.open == []
        named: list[str] = []

        def called(ref: str) -> str:
            named.append(ref)
            return ref

        brief_text(incident, called)
        assert {BO, GONE}.isdisjoint(named)
        html = panels_html(incident, Names())
        assert f'data-person="{GONE}"' not in html
        assert f'data-person="{BO}"' not in html
        assert GONE not in str(flow(incident))
        await stage.move_to(stage.now_s + 200)
        assert (await stage.room(room)).pages.open == []


async def test_a_room_without_its_commander_asks_for_one(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(impact="all", urgency="high")
        given = await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": BO})
        await stage.do(room, {"command": "accept_role", "role": "incident_commander"}, by="bo")
        command = {"command": "redact", "seq": given.events[0].seq, "people": True, "reason": "A name"}
        await stage.do(room, command, by="bo")
        incident = await stage.room(room)
        assert incident.roles.held == {}
        assert "hole" in panel_html("strip", incident, Names()).partition('id="role-incident_commander"')[0][-40:]
        assert "Roles:" not in brief_text(incident)
        # It can be given and taken anew.
        taken = await stage.do(room, {"command": "assign_role", "role": "incident_commander", "person": "me"})
        assert [event.kind for event in taken.events] == ["role_assigned"]
