"""The profile with several processes: each goes by what another chose, and of two changes at once one is told."""

from pathlib import Path

import pytest

from tests.houses.street import street
from tests.houses.views import MANNERS
from tests.rooms.stage import Stage
from watchroom.base.errors import Conflict

ANA = "person:ana@example.com"


@pytest.mark.parametrize("manner", MANNERS)
async def test_each_goes_by_what_another_chose(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner) as here:
        first, second = here.processes[:2]
        await first.house.profiles.choose("itil-50", actor=ANA, via="test")
        await here.pass_time(2)
        await second.house.profiles.look()
        room = await second.declare(impact="all", urgency="high")
        assert (await second.room(room)).profile.name == "itil-50"
        await second.house.profiles.choose("sre-3", actor=ANA, via="test")
        # Whoever changes on top of what is gone is told, in whichever process.
        with pytest.raises(Conflict):
            await first.house.profiles.choose("sre-50", actor=ANA, via="test", version=1)
        seen = await _profile(first, room)
        assert seen == "itil-50"


async def _profile(stage: Stage, room: str) -> str:
    incident = await stage.house.folds.refresh(room)
    assert incident is not None
    return incident.profile.name
