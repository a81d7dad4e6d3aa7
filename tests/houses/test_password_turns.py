"""Guessing at a password: so often a minute, from one address and from many, and never in the way of its owner."""

from pathlib import Path

import pytest

from tests.houses.street import Process, street
from tests.http.server import BY
from watchroom.base.errors import TooOften
from watchroom.config import Settings
from watchroom.web.http.turns import DoorTurns

PAGE = {"accept": "text/html"}
LIMITS = Settings()
ANA = "ana@example.com"


def turns(process: Process) -> DoorTurns:
    return process.house.door_turns


async def test_one_address_tries_so_often_whoever_is_meant(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        (process,) = here.processes
        await process.house.credentials.add_user(ANA, "Ana", admin=True, **BY)
        async with process.client(**PAGE) as client:
            for email in (ANA, "nobody@example.com"):
                answers = [
                    await client.post("/sign-in", data={"email": email, "password": "wrong"})
                    for _ in range(LIMITS.password_tries_minute_max + 1)
                ]
                assert [each.status_code for each in answers] == [401] * LIMITS.password_tries_minute_max + [429]
                assert "many tries with this e-mail" in answers[-1].text
                here.clock.jump(60)
            assert (await client.post("/sign-in", data={"email": ANA, "password": "wrong"})).status_code == 401


async def test_many_addresses_do_not_shut_out_whoever_is_known_at_theirs(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        (process,) = here.processes
        for number in range(LIMITS.password_tries_elsewhere_minute_max):
            turns(process).try_password(ANA, f"203.0.113.{number}", ["198.51.100.7"])
        with pytest.raises(TooOften):
            turns(process).try_password(ANA.upper() + " ", "203.0.113.200", ["198.51.100.7"])
        turns(process).try_password(ANA, "198.51.100.7", ["198.51.100.7"])
        here.clock.jump(60)
        turns(process).try_password(ANA, "203.0.113.200", [])


async def test_one_network_of_ipv6_is_one_address(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        (process,) = here.processes
        for number in range(LIMITS.password_tries_minute_max):
            turns(process).try_password(ANA, f"2001:db8::{number:x}", [])
        with pytest.raises(TooOften):
            turns(process).try_password(ANA, "2001:db8::ffff", [])


async def test_mails_to_one_person_are_bounded_and_the_answer_does_not_tell(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        (process,) = here.processes
        asked = [turns(process).ask_for_mail(ANA) for _ in range(LIMITS.sign_ins_per_person_minute_max + 2)]
        assert asked == [True] * LIMITS.sign_ins_per_person_minute_max + [False, False]
