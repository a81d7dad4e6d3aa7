"""Signing in again and again: one calm refusal for people, and never one for senders."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.houses.street import Process, street
from watchroom.config import Settings
from watchroom.people.session import LINKS, SignInLink
from watchroom.web.http.turns import network_of

PAGE = {"accept": "text/html"}
LIMITS = Settings()
FAR_AHEAD = datetime(2099, 1, 1, tzinfo=UTC)


async def owner_link(process: Process) -> str:
    """A fresh link for the install's owner."""
    credentials = process.house.credentials
    return await credentials.sign_in_link((await credentials.owner()).email)


async def test_tries_from_one_address_are_bounded_and_come_back(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        (process,) = here.processes
        link = await owner_link(process)
        async with process.client() as client:
            for _ in range(LIMITS.sign_ins_per_address_minute_max):
                assert (await client.get("/sign-in/wr_link_guessed", headers=PAGE)).status_code == 404
            refused = await client.get(link, headers=PAGE)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
            assert "the link stays good" in refused.text
            assert f'value="{link.removeprefix("/sign-in/")}"' in refused.text, (
                "the button is there to be pressed again"
            )
            told = (await client.post("/sign-in", data={"token": link})).json()
            assert told["error"]["code"] == "too_often"
            # A sender with a key that is wrong hears what it always hears, however often it comes.
            for _ in range(LIMITS.sign_ins_per_address_minute_max + 5):
                assert (await client.post("/in/wr_src_wrong/api/v2/alerts", json=[])).status_code == 401
            here.clock.jump(60)
            assert (await client.get(link, headers=PAGE)).status_code == 200


async def test_one_person_signs_in_so_often_and_the_link_that_was_refused_stays_good(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        (process,) = here.processes
        links = [await owner_link(process) for _ in range(LIMITS.sign_ins_per_person_minute_max + 1)]
        async with process.client(**PAGE) as client:
            answers = [
                await client.post("/sign-in", data={"token": link.removeprefix("/sign-in/")}, follow_redirects=False)
                for link in links
            ]
            assert [answer.status_code for answer in answers] == [303] * (len(links) - 1) + [429]
            here.clock.jump(60)
            assert (await client.get(links[-1])).status_code == 200


async def test_of_too_many_unused_links_the_oldest_are_spoilt(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        links = []
        for _ in range(LIMITS.sign_in_links_per_person_max + 2):
            links.append(await owner_link(here.processes[0]))
            here.clock.jump(1)
        assert len(await here.log.rows(LINKS)) == LIMITS.sign_in_links_per_person_max
        async with here.processes[0].client(**PAGE) as client:
            statuses = [(await client.get(link)).status_code for link in (*links[:2], links[2], links[-1])]
        assert statuses == [404, 404, 200, 200]


async def test_a_link_that_was_made_after_the_clock_was_set_back_works(tmp_path: Path) -> None:
    async with street(tmp_path, houses=1) as here:
        (process,) = here.processes
        ahead = SignInLink(email=(await process.house.credentials.owner()).email, expires_at=FAR_AHEAD)
        for number in range(LIMITS.sign_in_links_per_person_max):
            await here.log.put_row(LINKS, f"{number}", msgspec.json.encode(ahead))
        link = await owner_link(process)
        assert len(await here.log.rows(LINKS)) == LIMITS.sign_in_links_per_person_max
        async with process.client(**PAGE) as client:
            assert (await client.get(link)).status_code == 200


async def test_neighbours_in_one_network_share_their_tries_and_nobody_else_does() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("a-unix-socket") == "a-unix-socket"
