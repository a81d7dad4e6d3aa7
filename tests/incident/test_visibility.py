"""Who sees a restricted room: the pure decision, and that no course of commands shows a fact to somebody shut out."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.rooms.stage import Stage, actor, staged
from watchroom.base.errors import Forbidden, NotFound, Refused, WatchroomError
from watchroom.incident.commands import decode
from watchroom.incident.handle import Handled
from watchroom.incident.incident import Incident
from watchroom.incident.release import may_leave
from watchroom.incident.visibility import Guard, Viewer, guard_of, may_see
from watchroom.record.event import Event
from watchroom.web.live.streams import FactStream, ListStream, RoomStream

TEAMS = {"security": ("eve@example.com",)}
PEOPLE = ("ana", "bo", "cem", "dan")


@pytest.mark.parametrize(
    ("ref", "guard", "sees"),
    [
        ("bo@example.com", None, True),
        ("bo@example.com", Guard(()), False),
        ("bo@example.com", Guard(("bo@example.com",)), True),
        ("bo@example.com", Guard((), ("security",)), False),
        ("eve@example.com", Guard((), ("security",)), True),
        ("eve@example.com", Guard((), ("dissolved",)), False),
        ("token:ci", Guard(("token:other",)), False),
        ("token:ci", Guard(("token:ci",)), True),
        ("character:mallory", Guard(("ana@example.com",)), False),
        ("source:prod", Guard(("ana@example.com",)), False),
        ("", Guard(("ana@example.com",)), False),
        ("system:timers", Guard(()), True),
    ],
)
def test_who_sees(ref: str, guard: Guard | None, sees: bool) -> None:
    for admin in (False, True):
        assert may_see(Viewer(ref, admin), guard, TEAMS.get) is sees


async def test_a_copy_that_was_restricted_stays_so_and_a_snapshot_keeps_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare()
        await stage.do(room, {"command": "restrict", "people": ["me"], "reason": "x"})
        incident = await stage.room(room)
        again = msgspec.msgpack.decode(msgspec.msgpack.encode(incident), type=Incident)
        assert guard_of(again) == guard_of(incident) == Guard(("ana@example.com",))
        old = {**msgspec.to_builtins(incident)}
        del old["visibility"]
        assert guard_of(msgspec.convert(old, Incident)) is None
        assert not may_leave(incident, "webhook")
        assert not may_leave(incident, "email", "bo@example.com")
        assert may_leave(incident, "email", "ana@example.com")


async def test_whoever_shuts_others_out_is_told_whom_and_nobody_blocks_an_incident(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        room = await stage.declare(by="bo")
        await stage.do(room, {"command": "join"}, by="cem")
        with pytest.raises(Refused, match="Only the commander"):
            await stage.do(room, {"command": "restrict", "people": ["me"]}, by="cem")
        done = await stage.do(room, {"command": "restrict", "people": ["x@example.org"]}, by="bo")
        assert {caution.code for caution in done.warnings} == {"shut_out", "no_reason", "unknown_person"}
        assert "cem@example.com" in next(c.message for c in done.warnings if c.code == "shut_out")
        with pytest.raises(NotFound):
            await stage.do(room, {"command": "join"}, by="cem")
        # An admin outside is told, and may do one thing only.
        with pytest.raises(Forbidden):
            await give(stage, room, {"command": "restrict", "people": ["everyone"]}, "ana", admin=True)
        await give(stage, room, {"command": "admit", "person": "me", "reason": "bo sleeps"}, "ana", admin=True)
        lifted = await give(stage, room, {"command": "restrict", "people": ["everyone"]}, "ana", admin=True)
        assert [caution.code for caution in lifted.warnings] == ["opens_the_past"]
        for kind in ("room_restricted", "person_admitted", "restriction_lifted"):
            (seq,) = [event.seq for event in await stage.house.log.read(room) if event.kind == kind]
            with pytest.raises(Refused, match="cannot be taken back"):
                await give(stage, room, {"command": "retract", "seq": seq}, "ana", admin=True)


async def give(stage: Stage, room: str, command: dict[str, Any], by: str, *, admin: bool) -> Handled:
    from_json = msgspec.json.encode(command)
    return await stage.house.rooms.command(room, decode(from_json), actor=actor(by), via="test", admin=admin)


async def test_a_signal_that_leaves_a_restricted_room_is_pointed_out_and_none_goes_by_itself(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        other = await stage.declare("Open to all")
        (receipt,) = await stage.send("generic", {"title": "Odd logins", "dedup_key": "a"})
        room = receipt.stream
        assert room is not None
        await stage.do(room, {"command": "restrict", "people": ["me"], "reason": "x"})
        with pytest.raises(NotFound):
            await stage.judge(receipt.signal, {"verdict": "noise"}, by="cem")
        moved = await stage.judge(receipt.signal, {"verdict": "duplicate", "of": other})
        assert "leaves_restriction" in [caution.code for caution in moved.warnings]
        # A room that is over offers what fired again; if that is restricted, reopening leaves it where it is.
        (alert,) = await stage.send("generic", {"title": "Disk", "dedup_key": "d"})
        assert alert.stream is not None
        await stage.do(alert.stream, {"command": "declare", "title": "Disk"})
        await stage.do(alert.stream, {"command": "resolve", "understood": "yes"})
        (again,) = await stage.send(
            "generic", {"title": "Disk", "dedup_key": "d", "labels": {"n": "2"}, "severity": "x"}
        )
        if again.stream == alert.stream:
            await stage.send("generic", {"title": "Disk", "dedup_key": "d", "status": "ok"})
            (again,) = await stage.send("generic", {"title": "Disk", "dedup_key": "d"})
        assert again.stream not in (None, alert.stream)
        await stage.do(
            again.stream or "", {"command": "restrict", "people": ["bo@example.com"], "reason": "x"}, by="bo"
        )
        await stage.do(alert.stream, {"command": "reopen"})
        assert again.signal in (await stage.room(again.stream or "")).signals.by_id


def inside(events: list[Event], team: set[str]) -> set[str] | None:
    """Who is in by the room's events, told again in the plainest way; None: everybody."""
    named: set[str] | None = None
    whole_team = False
    by = ""
    roles: dict[str, str] = {}
    for event in events:
        data = msgspec.json.decode(event.data or b"{}")
        match event.kind:
            case "room_restricted":
                named, whole_team = set(data.get("people", [])), data.get("teams") == ["payments"]
                by = event.actor.removeprefix("person:")
            case "restriction_lifted":
                named, whole_team, by = None, False, ""
            case "person_admitted" if named is not None:
                named.add(data["person"])
            case "team_admitted":
                whole_team = True
            case "role_assigned":
                roles[data["role"]] = data["person"]
            case "role_released":
                del roles[data["role"]]
    if named is None:
        return None
    return named | {by} | set(roles.values()) | (team if whole_team else set())


class Watcher:
    """Somebody who asks for everything at every step, and notes which facts were shown."""

    def __init__(self, stage: Stage, room: str, name: str) -> None:
        self.stage, self.room = stage, room
        self.viewer = Viewer(f"{name}@example.com")
        self.facts = FactStream(stage.house, room)
        self.at = 0

    async def look(self, allowed: bool, hidden: bool) -> None:
        """Read whatever can be read now: the room, its streams, the lists."""
        house = self.stage.house
        if allowed:
            assert (await house.rooms.seen(self.room, self.viewer)).id == self.room
        else:
            with pytest.raises(NotFound):
                await house.rooms.seen(self.room, self.viewer)
        frame, reached = await self.facts.frames(self.at)
        assert self.facts.admits(self.viewer) is allowed
        page = RoomStream(house, self.room)
        await page.frames(0)
        assert page.admits(self.viewer) is allowed
        if allowed and frame:
            self.at = reached
        await self.stage.settled()
        visible = house.rooms.sight.visible(self.viewer, house.listing.restricted)
        assert (self.room in visible) is (hidden and allowed)
        board, _position = await ListStream(house, "board", visible).frames(0)
        assert (self.room.encode() in board) is allowed


def _step(chance: random.Random) -> dict[str, Any]:
    someone = f"{chance.choice(PEOPLE)}@example.com"
    role = chance.choice(["incident_commander", "scribe"])
    steps: list[dict[str, Any]] = [
        {"command": "restrict", "people": chance.sample([f"{name}@example.com" for name in PEOPLE], 2)},
        {"command": "restrict", "people": ["me"], "teams": ["payments"]},
        {"command": "restrict", "people": ["everyone"]},
        {"command": "admit", "person": someone},
        {"command": "admit", "person": "payments"},
        {"command": "assign_role", "role": role, "person": someone},
        {"command": "release_role", "role": role},
        {"command": "page", "person": someone, "text": "come"},
        {"command": "post_message", "text": f"said {chance.random()}"},
    ]
    return chance.choice(steps)


@pytest.mark.parametrize("seed", range(4))
async def test_no_course_shows_anything_to_somebody_shut_out(tmp_path: Path, seed: int) -> None:
    """Whatever is restricted, admitted, given and left: at every step whoever is out reads nothing, and can do nothing."""
    chance = random.Random(f"need to know {seed}")
    team = {"bo@example.com", "cem@example.com"}
    async with staged(tmp_path) as stage:
        room = await stage.declare(by="ana")
        watchers = [Watcher(stage, room, name) for name in PEOPLE]
        shut_steps = 0
        for _ in range(30):
            by = chance.choice(PEOPLE)
            before = inside(await stage.house.log.read(room), team)
            if chance.random() < 0.15:
                team = {f"{name}@example.com" for name in chance.sample(PEOPLE, chance.randint(1, 3))}
                await stage.house.teams.compose("payments", sorted(team), actor="system:test", via="test")
            else:
                refused = await _refusal(stage, room, _step(chance), by)
                out = before is not None and f"{by}@example.com" not in before
                assert isinstance(refused, NotFound) is out
            now = inside(await stage.house.log.read(room), team)
            shut_steps += now is not None
            for watcher in watchers:
                await watcher.look(now is None or watcher.viewer.ref in now, now is not None)
        assert shut_steps, "the course never restricted the room; choose another seed"


async def _refusal(stage: Stage, room: str, command: dict[str, Any], by: str) -> WatchroomError | None:
    try:
        await stage.do(room, command, by)
    except WatchroomError as refusal:
        return refusal
    return None
