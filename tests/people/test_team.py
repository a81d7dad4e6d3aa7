"""Teams: who is called when a team is, and by which ways people are reached."""

import pytest

from tests.record.turns import turns
from watchroom.base.clock import WallClock
from watchroom.base.errors import AlreadyDone, Malformed, NotFound
from watchroom.people.catalogue import Services
from watchroom.people.paging import Contacts, is_person
from watchroom.people.person import Directory
from watchroom.people.team import MEMBERS_MAX, Teams
from watchroom.record.memory_log import MemoryLog

BY = {"actor": "system:test", "via": "test"}


async def test_a_team_is_who_was_said_last() -> None:
    log = MemoryLog()
    teams, other = Teams(log, WallClock()), Teams(log, WallClock())
    await teams.load()
    await other.load()
    assert await teams.compose("Payments", ["Ana@example.com", "bo@example.com", "ana@example.com"], **BY)
    assert not await teams.compose("payments", ["ana@example.com", "bo@example.com"], **BY)
    assert await teams.compose("PAYMENTS", ["bo@example.com"], **BY)
    found = teams.get(" payments ")
    assert found is not None
    assert (found.name, found.members) == ("Payments", ("bo@example.com",))
    await turns(lambda: other.get("payments") == found)
    assert await teams.compose("payments", [], **BY)
    assert teams.all() == []
    await log.close()


async def test_a_team_is_called_otherwise_and_answers_to_its_old_name() -> None:
    log = MemoryLog()
    teams, other = Teams(log, WallClock()), Teams(log, WallClock())
    await teams.load()
    await other.load()
    await teams.compose("payments", ["ana@example.com", "bo@example.com"], **BY)
    await teams.compose("shop", ["cem@example.com"], **BY)
    assert await teams.rename("Payments", "Money in", **BY)
    assert not await teams.rename("money in", "Money in", **BY)
    found = teams.get("payments")
    assert found is not None
    assert (found.name, found.members) == ("Money in", ("ana@example.com", "bo@example.com"))
    assert [team.name for team in teams.all()] == ["Money in", "shop"]
    assert teams.of("ana@example.com") == ["Money in"]
    for to, refusal in (("shop", AlreadyDone), ("a@b", Malformed), ("", Malformed)):
        with pytest.raises(refusal) as refused:
            await teams.rename("money in", to, **BY)
        assert refused.value.hint
    with pytest.raises(NotFound):
        await teams.rename("nobody", "somebody", **BY)
    # Once more, and back: the first name leads to it still. A new team may take up a name that was given up.
    assert await teams.rename("money in", "Cash", **BY)
    found = teams.get("payments")
    assert found is not None
    assert found.name == "Cash"
    assert await teams.compose("payments", ["dan@example.com"], **BY)
    found = teams.get("payments")
    assert found is not None
    assert found.members == ("dan@example.com",)
    assert await teams.rename("cash", "CASH", **BY)
    await turns(lambda: other.get("money in") == teams.get("cash"))
    assert other.all() == teams.all()
    await log.close()


@pytest.mark.parametrize(
    ("name", "members"),
    [("", ["ana@example.com"]), ("a@b", ["ana@example.com"]), ("x" * 90, []), ("ok", ["no mail"]), ("<b>", [])],
)
async def test_a_bad_team_is_refused(name: str, members: list[str]) -> None:
    teams = Teams(MemoryLog(), WallClock())
    await teams.load()
    with pytest.raises(Malformed) as refused:
        await teams.compose(name, members, **BY)
    assert refused.value.hint


async def test_a_team_has_a_limit() -> None:
    teams = Teams(MemoryLog(), WallClock())
    await teams.load()
    with pytest.raises(Malformed, match=str(MEMBERS_MAX)):
        await teams.compose("all", [f"p{number}@example.com" for number in range(MEMBERS_MAX + 1)], **BY)


@pytest.mark.parametrize(
    ("ref", "person"),
    [
        ("ana@example.com", True),
        ("token:ci", False),
        ("character:dba@x", False),
        ("source:a@b", False),
        ("bo", False),
        ("a@b.c, d@e.f", False),
        ("a@b.c\r\nBcc: d@e.f", False),
        ("<a@b.c>", False),
    ],
)
def test_who_has_an_address(ref: str, person: bool) -> None:
    assert is_person(ref) == person


@pytest.mark.parametrize(
    ("present", "mails", "ways"),
    [(False, False, ()), (True, False, ("browser",)), (False, True, ("email",)), (True, True, ("browser", "email"))],
)
async def test_the_ways_to_a_person(present: bool, mails: bool, ways: tuple[str, ...]) -> None:
    log = MemoryLog()
    parts = Directory(log, WallClock()), Teams(log, WallClock()), Services(log, WallClock())
    contacts = Contacts(*parts, present=lambda _ref: present, mails=mails)
    assert contacts.ways("ana@example.com") == ways
    assert contacts.ways("token:ci") == ()
