"""What the inbox's page is made of, where its order decides what a key does."""

from pathlib import Path

from tests.rooms.stage import staged
from watchroom.web.triage.inbox import NEAR_MAX, inbox_now


async def test_a_duplicate_is_offered_the_newest_incidents_first(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        rooms = []
        for number in range(NEAR_MAX + 2):
            rooms.append(await stage.declare(f"Incident {number}"))
            await stage.move_to(stage.now_s + 60)
        over = rooms.pop()
        await stage.do(over, {"command": "close", "review": "not_required", "reason": "a test"})
        offered = [room for room, _ in (await inbox_now(stage.house)).rooms]
        assert offered == rooms[::-1]
