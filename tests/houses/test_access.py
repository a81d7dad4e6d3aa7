"""Credentials with several processes: what one of them makes is good in all, what one takes away is good in none."""

import asyncio
from pathlib import Path

import pytest

from tests.houses.street import Process, street
from tests.houses.views import MANNERS
from tests.people.house import BY
from tests.record.turns import some_turns
from watchroom.base.errors import AlreadyDone, NotFound
from watchroom.people.caller import Caller
from watchroom.people.change import STREAM
from watchroom.people.source import SOURCES
from watchroom.people.token import TOKENS
from watchroom.web.http.auth import authenticate


async def who(process: Process, secret: str, *, cookie: bool = False) -> Caller | None:
    """Whom the process takes the owner of this secret for, as a request shows it."""
    header = (b"cookie", f"wr_session={secret}".encode()) if cookie else (b"authorization", f"Bearer {secret}".encode())
    return await authenticate(process.house.credentials, [header])


@pytest.mark.parametrize("manner", MANNERS)
async def test_what_one_makes_is_good_at_the_next_request_to_any(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner) as here:
        one, *others = here.processes
        credentials = one.house.credentials
        await credentials.add_user("ana@example.com", "Ana", admin=True, **BY)
        made = [
            (await credentials.tokens.create("ci", ["read"], None, **BY), False),
            (await credentials.sources.create("am", "alertmanager", **BY), False),
            (await credentials.sources.create("pd", "pagerduty", **BY), False),
            ((await credentials.sessions.open("ana@example.com")).secret, True),
        ]
        for other in others:
            for secret, cookie in made:
                caller = await who(other, secret, cookie=cookie)
                assert caller is not None
                assert caller == await who(one, secret, cookie=cookie)
            assert (await who(other, made[-1][0], cookie=True)).may("admin")  # type: ignore[union-attr]


@pytest.mark.parametrize("manner", MANNERS)
async def test_what_one_takes_away_is_good_nowhere_within_a_second(manner: str, tmp_path: Path) -> None:
    async with street(tmp_path, manner) as here:
        one, two, three = here.processes
        token = await one.house.credentials.tokens.create("ci", ["signals"], None, **BY)
        key = await one.house.credentials.sources.create("am", "alertmanager", **BY)
        await one.house.credentials.add_user("ana@example.com", "Ana", admin=False, **BY)
        sessions = [(await one.house.credentials.sessions.open("ana@example.com")).secret for _ in range(3)]
        for process in here.processes:
            assert await who(process, token)
            assert await who(process, key)
            for secret in sessions:
                assert await who(process, secret, cookie=True)
        await two.house.credentials.tokens.revoke("ci", **BY)
        renewed = await three.house.credentials.sources.rotate("am", at_once=True, **BY)
        caller = await who(two, sessions[0], cookie=True)
        assert caller is not None
        await two.house.credentials.sessions.sign_out(caller.session or "")
        if manner == "deaf":
            await here.pass_time(1)
        else:
            await here.heard()
            await some_turns()
        for process in here.processes:
            assert await who(process, token) is None
            assert await who(process, key) is None
            assert await who(process, renewed) is not None
            assert await who(process, sessions[0], cookie=True) is None
            assert await who(process, sessions[1], cookie=True) is not None
        assert await three.house.credentials.sessions.sign_out_everywhere("ana@example.com") == 2
        await here.pass_time(1)
        for process in here.processes:
            assert await who(process, sessions[2], cookie=True) is None


async def test_writing_down_a_use_brings_nothing_back(tmp_path: Path) -> None:
    """A process that has not heard of it yet uses the credential, and keeps that it did."""
    async with street(tmp_path, "deaf", houses=2) as here:
        one, two = here.processes
        token = await one.house.credentials.tokens.create("ci", ["read"], None, **BY)
        key = await one.house.credentials.sources.create("am", "alertmanager", **BY)
        assert await who(two, token)
        assert await who(two, key)
        await one.house.credentials.tokens.revoke("ci", **BY)
        renewed = await one.house.credentials.sources.rotate("am", at_once=True, **BY)
        assert await who(two, token)
        assert await who(two, key)
        await two.house.credentials.keep()
        assert await here.log.rows(TOKENS) == {}
        await one.house.credentials.load()
        await two.house.credentials.load()
        for process in here.processes:
            assert await who(process, token) is None
            assert await who(process, key) is None
            assert await who(process, renewed) is not None


async def test_the_last_use_is_the_latest_of_all(tmp_path: Path) -> None:
    async with street(tmp_path, houses=2) as here:
        one, two = here.processes
        token = await one.house.credentials.tokens.create("ci", ["read"], None, **BY)
        assert await who(two, token)
        here.clock.jump(600)
        assert await who(one, token)
        used = one.house.credentials.tokens.all()[0].last_used_at
        # Their own keeping runs meanwhile, and the earlier use may be written last; whoever knows better says so.
        for process in (one, two, one, two):
            await here.pass_time(1)
            await process.house.credentials.keep()
        for process in here.processes:
            assert process.house.credentials.tokens.all()[0].last_used_at == used


@pytest.mark.parametrize("seed", range(5))
async def test_two_renewals_at_once_leave_both_new_keys_good(seed: int, tmp_path: Path) -> None:
    async with street(tmp_path, houses=2, seed=str(seed)) as here:
        first = await here.processes[0].house.credentials.sources.create("am", "alertmanager", **BY)
        renewing = asyncio.gather(
            *(process.house.credentials.sources.rotate("am", at_once=False, **BY) for process in here.processes)
        )
        while not renewing.done():
            await here.pass_time(1)
        keys = await renewing
        await here.pass_time(1)
        for process in here.processes:
            assert [await who(process, key) is not None for key in (first, *keys)] == [False, True, True]
        assert len(await here.log.rows(SOURCES)) == 2


@pytest.mark.parametrize("seed", range(5))
async def test_of_two_that_make_the_same_at_once_one_does(seed: int, tmp_path: Path) -> None:
    async with street(tmp_path, houses=2, seed=str(seed)) as here:
        for create in ("tokens", "sources"):
            making = asyncio.gather(
                *(
                    getattr(process.house.credentials, create).create(
                        "same",
                        ["read"] if create == "tokens" else "generic",
                        *([None] if create == "tokens" else []),
                        **BY,
                    )
                    for process in here.processes
                ),
                return_exceptions=True,
            )
            while not making.done():
                await here.pass_time(1)
            made = await making
            (secret,) = [each for each in made if isinstance(each, str)]
            assert len([each for each in made if isinstance(each, AlreadyDone)]) == 1
            for process in here.processes:
                assert await who(process, secret) is not None


async def test_of_two_who_use_a_link_one_gets_a_session(tmp_path: Path) -> None:
    async with street(tmp_path) as here:
        one, two, three = here.processes
        await one.house.credentials.add_user("ana@example.com", "Ana", admin=False, **BY)
        link = (await one.house.credentials.sign_in_link("ana@example.com")).rpartition("/")[2]
        used = await asyncio.gather(
            *(process.house.credentials.sign_in(link) for process in (two, three, two)), return_exceptions=True
        )
        assert sum(isinstance(each, NotFound) for each in used) == 2
        (opened,) = [each for each in used if not isinstance(each, BaseException)]
        assert await who(one, opened.secret, cookie=True)


async def test_a_person_made_an_admin_is_one_everywhere(tmp_path: Path) -> None:
    async with street(tmp_path, houses=2) as here:
        one, two = here.processes
        await one.house.credentials.add_user("ana@example.com", "Ana", admin=False, **BY)
        secret = (await one.house.credentials.sessions.open("ana@example.com")).secret
        caller = await who(two, secret, cookie=True)
        assert caller is not None
        assert not caller.may("admin")
        # The second knows nothing of her yet, and must not make her an ordinary account again.
        await one.house.credentials.accounts.add("ana@example.com", admin=True)
        await two.house.credentials.accounts.add("ana@example.com", admin=False)
        await here.pass_time(1)
        for process in here.processes:
            assert (await who(process, secret, cookie=True)).may("admin")  # type: ignore[union-attr]
            assert process.house.directory.name("ana@example.com") == "Ana"


async def test_a_flood_of_unknown_credentials_asks_the_record_a_few_times(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        (one,) = here.processes
        asked: list[str] = []
        head = one.house.log.head

        async def noted(stream: str) -> object:
            asked.append(stream)
            return await head(stream)

        one.house.credentials._log.head = noted  # type: ignore[assignment,method-assign]
        found = await asyncio.gather(*(who(one, f"wr_tok_{number:040x}") for number in range(1_000)))
        assert set(found) == {None}
        assert 1 <= asked.count(STREAM) <= 3


async def test_an_unknown_credential_is_not_refused_while_the_record_is_away(tmp_path: Path) -> None:
    """401 would have a sender drop its alerts; 503 has it come again."""
    async with street(tmp_path, "deaf", houses=2) as here:
        one, two = here.processes
        key = await one.house.credentials.sources.create("am", "alertmanager", **BY)
        two.view.dead = True
        async with two.client(Authorization=f"Bearer {key}") as client:
            for path in ("/api/v1/signals/alertmanager", "/api/v1/incidents"):
                answer = await client.post(path, json={})
                assert answer.status_code == 503
                assert answer.headers["retry-after"]
                assert answer.json()["error"]["code"] == "unavailable"
        two.view.dead = False
        async with two.client(Authorization=f"Bearer {key}") as client:
            assert (await client.post("/api/v1/signals/alertmanager", json={"alerts": []})).status_code in (200, 400)


async def test_the_changes_say_of_nobody(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        credentials = here.processes[0].house.credentials
        await credentials.add_user("ana@example.com", "Ana", admin=False, **BY)
        await credentials.sessions.open("ana@example.com")
        told = [event.data for event in await here.log.read(STREAM)]
        assert told[-2:] == [b'{"of":"account"}', b'{"of":"session"}']
