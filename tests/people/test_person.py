"""People: added once, found whatever case they are written in, and shown by name."""

import asyncio
from pathlib import Path

import pytest

from tests.people.house import BY, driven, house
from watchroom.base.clock import WallClock
from watchroom.base.errors import Malformed
from watchroom.people.demo import SETUP_ACTOR
from watchroom.people.person import Directory
from watchroom.record.sqlite_log import SqliteLog


@driven
async def test_a_person_is_added_once() -> None:
    here = await house()
    assert await here.directory.add("Ana@Example.com", "Ana Banu", **BY)
    assert not await here.directory.add(" ana@example.com ", "Somebody Else", **BY)
    assert [person.name for person in here.directory.people()] == ["Ana Banu"]
    assert len(await here.log.read("directory")) == 1


@driven
async def test_of_two_processes_that_add_the_same_person_one_does() -> None:
    one = await house()
    other = await house(one.log)
    added = await asyncio.gather(*(each.directory.add("ana@example.com", "Ana", **BY) for each in (one, other)))
    assert sorted(added) == [False, True]
    assert [event.kind for event in await one.log.read("directory")] == ["person_added"]
    assert one.directory.known("ana@example.com")
    assert other.directory.known("ana@example.com")


@driven
async def test_a_directory_follows_what_others_write() -> None:
    one = await house()
    other = await house(one.log)
    await one.directory.add("ana@example.com", "Ana", **BY)
    await one.directory.rename("ana@example.com", "Ana Banu", **BY)
    for _ in range(10):
        await asyncio.sleep(0)
    assert other.directory.name("ana@example.com") == "Ana Banu"


@driven
async def test_people_are_still_there_after_a_restart(tmp_path: Path) -> None:
    log = SqliteLog(tmp_path / "record.sqlite")
    first = await house(log)
    await first.directory.add("ana@example.com", "Ana", **BY)
    await first.directory.rename("ana@example.com", "Ana Banu", **BY)
    await log.close()
    log = SqliteLog(tmp_path / "record.sqlite")
    again = await house(log)
    assert again.directory.name("ana@example.com") == "Ana Banu"
    assert not await again.directory.add("ana@example.com", **BY)
    await log.close()


@driven
async def test_renaming_writes_only_what_is_new() -> None:
    here = await house()
    await here.directory.add("ana@example.com", "Ana", **BY)
    assert not await here.directory.rename("ana@example.com", "Ana", **BY)
    assert not await here.directory.rename("bo@example.com", "Bo", **BY)
    assert not await here.directory.rename("ana@example.com", "  ", **BY)
    assert len(await here.log.read("directory")) == 1


@pytest.mark.parametrize(
    "email", ["", "ana", "@", "ana@", "@x", "a b@x", "ana@x@y", "ana@x,bo@y", "<ana@x>", "a" * 250 + "@x.org", "a\n@x"]
)
@driven
async def test_what_is_no_e_mail_is_refused(email: str) -> None:
    here = await house()
    with pytest.raises(Malformed, match="no e-mail"):
        await here.directory.add(email, **BY)


@driven
async def test_whoever_acts_has_a_name_to_show() -> None:
    here = await house()
    await here.directory.add("ana@example.com", "Ana Banu", **BY)
    await here.directory.add("bo@example.com", **BY)
    shown = {
        "ana@example.com": "Ana Banu",
        "ANA@example.com": "Ana Banu",
        "person:ana@example.com": "Ana Banu",
        "bo@example.com": "bo",
        "cy@example.com": "cy@example.com",
        "person:cy@example.com": "cy@example.com",
        "token:deploy-bot": "deploy-bot",
        "source:alertmanager-eu": "alertmanager-eu",
        "character:head-of-support": "Head Of Support",
        "character:Mira": "Mira",
        "system:timers": "Watchroom",
        "robot:x": "robot:x",
    }
    assert {ref: here.directory.name(ref) for ref in shown} == shown


@driven
async def test_who_may_be_meant_by_a_slip() -> None:
    here = await house()
    for email, name in (("tomasz@example.com", "Tomasz"), ("ana@example.com", "Ana"), ("bo@example.com", "Bo")):
        await here.directory.add(email, name, **BY)
    assert here.directory.nearest("tomaz@example.com") == ("tomasz@example.com",)
    assert here.directory.nearest("tomasz@exmaple.com") == ("tomasz@example.com",)
    assert here.directory.nearest("zoe@example.com") == ()


DEMO = {"actor": SETUP_ACTOR, "via": "serve"}


@driven
async def test_the_demo_s_people_are_said_to_be_so_and_never_stand_before_one_of_the_house() -> None:
    here = await house()
    demo = Directory(here.log, WallClock(), demo=True)
    await demo.load()
    await demo.add("tomasz@demo.example", "Tomasz Kowal", **DEMO)
    assert demo.nearest("tomasz") == ("tomasz@demo.example",)
    await demo.add("tomasz@example.com", "Tomasz Nowak", **BY)
    assert demo.nearest("tomasz") == demo.nearest("Thomasz") == ("tomasz@example.com",)
    assert demo.name("person:tomasz@demo.example") == "Tomasz Kowal (demo)"
    assert [person.name for person in demo.people()] == ["Tomasz Kowal (demo)", "Tomasz Nowak"]
    await demo.rename("tomasz@demo.example", "Tom Kowal", **BY)
    assert demo.name("tomasz@demo.example") == "Tom Kowal (demo)"


@driven
async def test_without_the_demo_its_people_are_not_there_but_named_in_what_was_recorded() -> None:
    here = await house()
    await here.directory.add("tomasz@demo.example", "Tomasz Kowal", **DEMO)
    assert here.directory.people() == []
    assert not here.directory.known("tomasz@demo.example")
    assert here.directory.nearest("tomasz") == ()
    assert here.directory.name("tomasz@demo.example") == "Tomasz Kowal (demo)"
    assert await here.directory.add("tomasz@demo.example", "Tomasz Nowak", **BY)
    assert [person.name for person in here.directory.people()] == ["Tomasz Nowak"]
    assert here.directory.known("tomasz@demo.example")
    assert not await here.directory.add("tomasz@demo.example", **BY)
