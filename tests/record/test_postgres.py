"""The PostgreSQL store's own promises: cut connections, lost answers, other processes, other databases."""

import asyncio
import logging
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.contracts.stores import AT, add, notes, to, verify
from tests.postgres import Cluster, cluster, database_of, new_cluster
from tests.record.cutter import Cutter
from tests.record.turns import turns
from watchroom.base.errors import Conflict, Malformed, OutcomeUnknown, Unavailable
from watchroom.record.event import Claim, Draft, StreamAppend
from watchroom.record.log import Appended, Log, StoredProjection
from watchroom.record.postgres_link import PostgresLimits, channel_of
from watchroom.record.postgres_log import PostgresLog

QUICK = PostgresLimits(connect_s=5, lock_s=5, resolve_s=1, look_s=0.05, retry_s_max=0.1)
PATIENT = PostgresLimits(resolve_s=60, retry_s_max=0.1)


class Opener:
    """Opens logs on one database; all are closed in the end."""

    def __init__(self) -> None:
        self.url = cluster().database()
        self.name = database_of(self.url)
        self._logs: list[PostgresLog] = []
        self._cutters: list[Cutter] = []

    def __call__(self, url: str = "", **settings: Any) -> PostgresLog:
        log = PostgresLog(url or self.url, **settings)
        self._logs.append(log)
        return log

    def cutter(self) -> Cutter:
        """A wire to the server."""
        made = Cutter(cluster().folder)
        self._cutters.append(made)
        return made

    def through(self, wire: Cutter, limits: PostgresLimits = PATIENT) -> PostgresLog:
        """A log that reaches the server by that wire alone."""
        return self(cluster().url(self.name, wire.folder), limits=limits)

    def sql(self, statement: str) -> str:
        """What psql says to it."""
        return cluster().sql(statement, self.name)

    def cut_all(self) -> None:
        """End every connection of this database but the one that asks."""
        cluster().cut(self.url)

    def close(self) -> None:
        for log in self._logs:
            asyncio.run(log.close())
        for wire in self._cutters:
            wire.close()


@pytest.fixture
def opener() -> Iterator[Opener]:
    made = Opener()
    yield made
    made.close()


class Told:
    """What a log has told of, as a follower hears it."""

    def __init__(self, log: Log) -> None:
        self.seqs: dict[str, int] = {}
        self.position = 0
        self._moved = asyncio.Event()
        log.on_reached(self._reached)

    def _reached(self, reached: Any, position: int) -> None:
        for stream, seq in reached.items():
            self.seqs[stream] = max(seq, self.seqs.get(stream, 0))
        self.position = max(self.position, position)
        self._moved.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for it; the run's own limit ends a wait that is in vain."""
        while not holds():
            self._moved.clear()
            await self._moved.wait()


async def persistently(log: Log, append: StreamAppend, *claims: Claim) -> Appended:
    """Append once the database is back. Nothing was written when it is unavailable, so that this doubles nothing."""
    while True:
        try:
            return await log.append([append], claims)
        except OutcomeUnknown:
            raise
        except Unavailable:
            await asyncio.sleep(0)


async def test_a_commit_that_never_arrived_is_unavailable_and_not_written(opener: Opener) -> None:
    wire = opener.cutter()
    log = opener.through(wire)
    await add(log, "a", "1")
    wire.cut = "before"
    with pytest.raises(Unavailable, match="cannot be written") as refused:
        await log.append([to("a", "2", after=1)], [Claim("g", "k", "a")])
    assert not isinstance(refused.value, OutcomeUnknown)
    assert await log.holder("g", "k") is None
    assert (await persistently(log, to("a", "2", after=1))).events[0].seq == 2
    assert notes(await log.read("a")) == ["1", "2"]


async def test_an_outage_is_said_once_and_once_more_when_it_is_over(
    opener: Opener, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    log = opener()
    await add(log, "a", "1")
    for outage in (1, 2):
        caplog.clear()
        with caplog.at_level(logging.WARNING, "watchroom.record.outage"):
            with monkeypatch.context() as down:

                async def refused(*_: Any) -> Any:
                    raise ConnectionRefusedError("Nobody listens there.")

                down.setattr("watchroom.record.postgres_writer.connect", refused)
                opener.cut_all()
                for _ in range(5):
                    with pytest.raises(Unavailable):
                        await add(log, "b", "lost")
            assert (await persistently(log, to("a", str(outage + 1), after=outage))).events[0].seq == outage + 1
        said = [record.getMessage() for record in caplog.records if record.name == "watchroom.record.outage"]
        assert len(said) == 2, said
        assert said[0].startswith("The record cannot be written: ")
        assert re.fullmatch(
            r"The record can be written again after \d+\.\d s; \d+ groups of writes were refused", said[1]
        )
        assert int(said[1].split(";")[1].split()[0]) >= 5
    assert await verify(log) == {"a": 3}


async def test_a_commit_whose_answer_was_lost_is_found_and_answered(opener: Opener) -> None:
    wire = opener.cutter()
    log = opener.through(wire)
    told = Told(log)
    await add(log, "a", "1")
    wire.cut = "after"
    done = await log.append([to("a", "2", after=1)], [Claim("g", "k", "a")])
    assert wire.was_cut.is_set()
    assert done.events == await log.read("a", 1)
    assert await log.holder("g", "k") == "a"
    assert told.seqs == {"a": 2}
    # Groups without an event have nothing but their mark to be known by.
    wire.cut = "after"
    await log.append([], [Claim("g", "k", None, held_by="a")])
    await log.put_row("link", "once", b"ana")
    wire.cut = "after"
    assert await log.take_row("link", "once") == b"ana"
    assert await log.row("link", "once") is None
    assert await log.holders("g") == {}
    assert await verify(log) == {"a": 2}


async def test_a_commit_that_is_still_under_way_is_waited_for(opener: Opener) -> None:
    """The caller's wire is cut while the server has not yet got the COMMIT: the lock tells that it may still come."""
    wire = opener.cutter()
    log = opener.through(wire)
    await add(log, "a", "1")
    wire.cut = "late"
    call = asyncio.create_task(log.append([to("a", "2", after=1)]))
    await asyncio.to_thread(wire.was_cut.wait)
    waiting = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = '{opener.name}')"
    while int(await asyncio.to_thread(opener.sql, waiting)) == 0:
        assert not call.done()
    await asyncio.to_thread(wire.mend)
    assert (await call).events == await log.read("a", 1)
    assert await verify(log) == {"a": 2}


async def test_when_it_stays_unknown_that_is_what_is_said(opener: Opener) -> None:
    wire = opener.cutter()
    log = opener.through(wire, QUICK)
    told = Told(log)
    await add(log, "a", "1")
    wire.cut = "away"
    call = asyncio.create_task(log.append([to("a", "2", after=1)]))
    await asyncio.to_thread(wire.was_cut.wait)
    neighbour = asyncio.create_task(add(log, "b", "1"))
    with pytest.raises(OutcomeUnknown, match="went away while it was writing") as unknown:
        await call
    assert "before you try again" in unknown.value.hint
    with pytest.raises(Unavailable) as refused:
        await neighbour
    assert not isinstance(refused.value, OutcomeUnknown)
    await asyncio.to_thread(wire.mend)
    # It had come through; whoever follows learns of it as soon as the database is back.
    await told.until(lambda: told.seqs.get("a") == 2)
    assert notes(await log.read("a")) == ["1", "2"]
    with pytest.raises(Conflict):
        await persistently(log, to("a", "2", after=1))
    assert await verify(log) == {"a": 2}


async def test_connections_cut_under_load_lose_and_double_nothing(opener: Opener) -> None:
    """Whoever was told that nothing was written tries again; had it been, the claim would be a conflict."""
    logs = [opener(limits=PATIENT), opener(limits=PATIENT)]
    chance = random.Random(3)
    stored: set[str] = set()

    async def write(caller: int) -> None:
        for number in range(40):
            note = f"{caller}-{number}"
            append = to(f"s{caller % 5}", note)
            await persistently(logs[caller % 2], append, Claim("note", note, "s"))
            stored.add(note)

    async def cut() -> None:
        while len(stored) < 700:
            await asyncio.to_thread(opener.cut_all)
            enough = len(stored) + chance.randint(1, 80)
            await turns(lambda enough=enough: len(stored) >= min(enough, 700), at_most=10_000_000)  # type: ignore[misc]

    await asyncio.gather(cut(), *map(write, range(20)))
    found = notes([placed.event for placed in await logs[0].read_all(limit=10_000)])
    assert sorted(found) == sorted(stored)
    assert len(stored) == 800
    assert (await logs[1].holders("note")).keys() == stored
    await verify(logs[0])


async def test_two_processes_decide_in_the_database(opener: Opener) -> None:
    logs = [opener(), opener()]

    async def write(log: PostgresLog, name: str) -> int:
        written = 0
        while written < 25:
            head = await log.head("a")
            try:
                await log.append([to("a", f"{name}{written}", after=head.seq if head else 0), to(name, "x")])
                written += 1
            except Conflict:
                continue
        return written

    async def open_room(log: PostgresLog, room: str) -> bool:
        try:
            await log.append([to(room, "opened", after=0)], [Claim("group", "checkout", room)])
        except Conflict:
            return False
        return True

    await asyncio.gather(*(write(log, f"{name}") for log, name in zip(logs, "bc", strict=True)))
    won = await asyncio.gather(*(open_room(logs[number % 2], f"room-{number}") for number in range(30)))
    assert sum(won) == 1
    for log in logs:
        assert await verify(log) == {"a": 50, "b": 25, "c": 25, f"room-{won.index(True)}": 1}


async def test_followers_hear_of_what_others_commit(opener: Opener) -> None:
    log, other = opener(), opener()
    told = Told(log)
    await log.position()
    done = await other.append([to("a", "1", "2"), to("ü 日本 \U0001f525 \x00", "3")])
    await told.until(lambda: told.position >= done.position)
    assert told.seqs == {"a": 2, "ü 日本 \U0001f525 \x00": 1}
    # More than fits into a notification, and more than fits into all its parts.
    for prefix, count in (("m", 300), ("n", 3_000)):
        names = [f"{prefix}{number}-{'x' * 100}" for number in range(count)]
        done = await other.append([to(name, "1") for name in names])
        await told.until(lambda names=names: all(name in told.seqs for name in names))  # type: ignore[misc]


async def test_a_notification_that_got_lost_loses_no_wake_up(opener: Opener) -> None:
    log, other = opener(limits=QUICK), opener()
    told = Told(log)
    await log.position()
    await add(other, "a", "1")
    await told.until(lambda: told.seqs.get("a") == 1)
    # Nonsense on the channel is passed over.
    for nonsense in ("nonsense", "{}", '{"w":"x","f":0,"t":9223372036854775807}'):
        opener.sql(f"NOTIFY {channel_of('public', 'main')}, '{nonsense}'")
    # A commit that nobody is told of, as if its notification had been lost.
    opener.sql("INSERT INTO event SELECT org, position + 1, 'b', 1, head, data, salt, commitment, digest, 0 FROM event")
    await told.until(lambda: told.seqs.get("b") == 1)
    # While the connection that listens is away.
    opener.cut_all()
    await persistently(other, to("c", "1"))
    await told.until(lambda: told.seqs.get("c") == 1)


async def test_a_gap_between_notifications_is_looked_up(opener: Opener) -> None:
    """The longest pause between two looks would outlast the test: the gap itself must be seen."""
    log, other = opener(limits=PostgresLimits(look_s=3_600)), opener()
    told = Told(log)
    await log.position()
    await add(other, "a", "1")
    opener.sql("INSERT INTO event SELECT org, position + 1, 'b', 1, head, data, salt, commitment, digest, 0 FROM event")
    await add(other, "c", "1")
    await told.until(lambda: told.seqs == {"a": 1, "b": 1, "c": 1})


async def test_a_process_that_hangs_holds_nobody_up_for_ever(opener: Opener) -> None:
    log, hung = opener(limits=PostgresLimits(lock_s=1, retry_s_max=0.1)), opener(limits=PostgresLimits(lock_s=2))
    await add(hung, "a", "1")

    async def begin_and_hang() -> None:
        await hung._writer._db.execute(f"BEGIN; SELECT pg_advisory_xact_lock({hung._writer._lock})")  # type: ignore[union-attr]

    await hung._thread.ask(begin_and_hang())
    with pytest.raises(Unavailable, match="lock timeout"):
        await add(log, "a", "2")
    # The server itself ends the hung one's session.
    assert (await persistently(log, to("a", "2", after=1))).events[0].seq == 2


async def test_a_commit_waits_for_the_disk_whatever_the_roles_default(opener: Opener) -> None:
    opener.sql(f"ALTER DATABASE {opener.name} SET synchronous_commit = off")
    log = opener()
    assert await log._ask(lambda db: db.fetchval("SHOW synchronous_commit")) == "on"

    async def of_the_writer() -> str:
        return str(await log._writer._db.fetchval("SHOW synchronous_commit"))  # type: ignore[union-attr]

    assert await log._thread.ask(of_the_writer()) == "on"


async def test_keys_may_be_long_and_names_of_streams_may_not(opener: Opener) -> None:
    log = opener()
    keys = [random.Random(number).randbytes(50_000).hex() for number in range(2)]
    await log.append([to("a", "1")], [Claim("g", key, "a") for key in keys])
    await log.put_row("t", keys[0], b"1")
    await log.save_projection("p", "1", 1, {keys[0]: b"1", keys[1]: b"2"})
    await log.save_projection("p", "1", 1, {keys[0]: None})
    assert await log.holder("g", keys[1]) == "a"
    assert await log.row("t", keys[0]) == b"1"
    assert await log.load_projection("p") == StoredProjection("1", 1, {keys[1]: b"2"})
    neighbour = asyncio.create_task(add(log, "b", "1"))
    with pytest.raises(Malformed, match="too long"):
        await add(log, "x" * 1_001, "1")
    await neighbour
    await add(log, "é" * 500, "1")
    assert await verify(log) == {"a": 1, "b": 1, "é" * 500: 1}


async def test_organisations_share_a_database_and_nothing_else(opener: Opener) -> None:
    logs = {organisation: opener(organisation=organisation) for organisation in ("main", "other")}
    told = Told(logs["main"])
    for organisation, log in logs.items():
        await log.append([to("a", organisation, after=0)], [Claim("g", "k", organisation)])
        await log.put_row("t", "k", organisation.encode())
    for organisation, log in logs.items():
        assert await verify(log) == {"a": 1}
        assert notes(await log.read("a")) == [organisation]
        assert await log.holders("g") == {"k": organisation}
        assert await log.rows("t") == {"k": organisation.encode()}
        assert await log.take_lease("timers", organisation, AT, 10)
    await add(logs["other"], "a", "2", "3", "4")
    await add(logs["main"], "a", "2")
    assert told.seqs == {"a": 2}


async def test_saves_of_a_projection_never_leave_holes(opener: Opener) -> None:
    """Each process saves only what has changed since its own last save, so one that was overtaken must not save."""
    one, two = opener(), opener()
    await one.save_projection("p", "1", 5, {"a": b"5"})
    assert await two.load_projection("p") == StoredProjection("1", 5, {"a": b"5"})
    await two.save_projection("p", "1", 9, {"b": b"9"})
    # Behind what is stored: the rows of then would replace those of later.
    await one.save_projection("p", "1", 8, {"b": b"8"})
    assert await one.load_projection("p") == StoredProjection("1", 9, {"a": b"5", "b": b"9"})
    # A rebuild begins anew; whoever had taken up the rows before does not add to it.
    await two.drop_projection("p")
    await one.save_projection("p", "1", 20, {"c": b"20"})
    assert await one.load_projection("p") is None
    await two.save_projection("p", "1", 12, {"a": b"12", "b": b"12"})
    assert await one.load_projection("p") == StoredProjection("1", 12, {"a": b"12", "b": b"12"})
    await one.save_projection("p", "1", 20, {"c": b"20"})
    assert await two.load_projection("p") == StoredProjection("1", 20, {"a": b"12", "b": b"12", "c": b"20"})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE event SET data = '{}' WHERE seq = 3", "digest"),
        ("UPDATE event SET salt = decode(repeat('00', 16), 'hex') WHERE seq = 3", "digest"),
        ("UPDATE event SET head = '\\x00' || head WHERE seq = 3", "digest"),
        ("DELETE FROM event WHERE seq = 3", "missing"),
        ("UPDATE event SET data = NULL, salt = NULL WHERE seq = 3", "digest"),
    ],
)
async def test_damage_is_found(opener: Opener, change: str, why: str) -> None:
    log = opener()
    await add(log, "a", *"12345")
    opener.sql(change)
    with pytest.raises(AssertionError):
        await verify(log)
    assert len(await log.read("a")) == 5 - (why == "missing")


async def test_it_is_read_beside_those_who_write(opener: Opener) -> None:
    log = opener()
    await log.append([to("a", "1")], [Claim("g", "k", "a")])
    beside = opener(read_only=True)
    await add(log, "a", "2")
    assert await verify(beside) == {"a": 2}
    assert await beside.holder("g", "k") == "a"
    for write in (add(beside, "a", "3"), beside.put_row("t", "k", b"")):
        with pytest.raises(Unavailable, match="reading only"):
            await write


async def test_the_server_may_crash_and_come_back() -> None:
    """As if the machine had lost its power, with what it had promised kept: the same log goes on."""
    durable: Cluster = new_cluster(durable=True)
    try:
        log = PostgresLog(durable.database(), limits=PATIENT)
        kept = [await add(log, "a", str(number)) for number in range(20)]
        await asyncio.to_thread(durable.stop, "immediate")
        for _ in range(3):
            with pytest.raises(Unavailable):
                await add(log, "a", "x")
        with pytest.raises(Unavailable):
            await log.read("a")
        await asyncio.to_thread(durable.start)
        told = Told(log)
        await persistently(log, to("a", "20"))
        assert notes(await log.read("a")) == [str(number) for number in range(21)]
        assert [each.events[0] for each in kept] == (await log.read("a"))[:20]
        assert told.seqs == {"a": 21}
        await log.close()
    finally:
        durable.remove()


async def test_a_group_is_bounded_and_all_of_it_comes_through(opener: Opener) -> None:
    log = opener()
    body = b'{"note":"%b"}' % (b"x" * 200_000)
    drafts = [Draft(AT, AT, "p", "v", "noted", body)]
    done = await asyncio.gather(*(log.append([StreamAppend(f"s{n % 3}", None, drafts)]) for n in range(120)))
    assert sorted(each.position for each in done) == list(range(1, 121))
    assert await verify(log) == {f"s{number}": 40 for number in range(3)}
