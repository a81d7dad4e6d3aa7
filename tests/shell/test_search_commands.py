"""`watchroom search`: what was written down, with and without a server, and made anew."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

from tests.shell.shell import here, run, said
from watchroom.communication.message import MessagePosted
from watchroom.detection.declaration import RoomOpened
from watchroom.incident.incident import CODEC
from watchroom.record.event import Draft, Fact, StreamAppend
from watchroom.record.sqlite_log import SqliteLog

AT = datetime(2026, 11, 25, 3, 14, tzinfo=UTC)
ROOM = "aaaa-aaaa"


def written(folder: Path, *facts: Fact) -> None:
    """Put these into a room of the record."""

    async def write() -> None:
        log = SqliteLog(folder / "record.sqlite")
        drafts = [
            Draft(AT, AT, "person:ana@example.com", "test", CODEC.kinds[type(fact)], CODEC.encode(fact))
            for fact in facts
        ]
        await log.append([StreamAppend(ROOM, None, drafts)])
        await log.close()

    asyncio.run(write())


def test_what_was_written_is_found_from_the_shell(tmp_path: Path) -> None:
    said(run(tmp_path, "user", "create", "walrus@example.com", "--name", "Wal Rus"))
    written(
        tmp_path,
        RoomOpened(practice=False, title="Checkout is down"),
        MessagePosted(text="The connection pool is full. Look at the pool of connections."),
        MessagePosted(text="No, it is the network."),
    )
    shown = said(here(tmp_path, "search", "pool"))
    assert f"{ROOM}#2" in shown
    assert "Checkout is down: The connection pool is full." in shown
    (item,) = json.loads(said(here(tmp_path, "search", "connection pool", "is:open", "--json")))["items"]
    assert (item["kind"], item["stream"], item["seq"], item["status"]) == ("message", ROOM, 2, "triage")
    assert "Nothing says that" in said(here(tmp_path, "search", "pool connection"))
    assert "Nothing says that" in said(here(tmp_path, "search", "pool", "-network", "is:over"))
    (person,) = json.loads(said(here(tmp_path, "search", "walrus", "--json")))["items"]
    assert (person["kind"], person["ref"]) == ("person", "walrus@example.com")
    wrong = here(tmp_path, "search", "is:opne")
    assert wrong.status == 1
    assert "Did you mean is:open?" in wrong.err


def test_pages_follow_each_other(tmp_path: Path) -> None:
    said(run(tmp_path, "user", "create", "ana@example.com"))
    written(
        tmp_path, RoomOpened(practice=False, title=""), *(MessagePosted(text=f"gnu {number}") for number in range(5))
    )
    first = json.loads(said(here(tmp_path, "search", "gnu", "--limit", "3", "--json")))
    second = json.loads(said(here(tmp_path, "search", "gnu", "--after", str(first["next"]), "--json")))
    assert sorted(item["seq"] for item in (*first["items"], *second["items"])) == [2, 3, 4, 5, 6]
    assert second["next"] is None


def test_a_search_that_was_lost_or_damaged_is_made_anew(tmp_path: Path) -> None:
    said(run(tmp_path, "user", "create", "ana@example.com"))
    written(tmp_path, RoomOpened(practice=False, title=""), MessagePosted(text="a gnu"))
    assert "a gnu" in said(here(tmp_path, "search", "gnu"))
    (tmp_path / "search.sqlite").write_bytes(b"\0" * 10_000)
    assert "a gnu" in said(here(tmp_path, "search", "gnu"))
    (tmp_path / "search.sqlite").unlink()
    said(here(tmp_path, "record", "rebuild"))
    assert (tmp_path / "search.sqlite").stat().st_mode & 0o777 == 0o600
    assert "a gnu" in said(here(tmp_path, "search", "gnu"))
