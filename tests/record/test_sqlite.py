"""The SQLite store's own promises: a full disk, other files, other versions, its lock, reading beside the holder,
damage."""

import asyncio
import hashlib
import random
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.stores import add, notes, redacting, to, verify
from watchroom.base.errors import MisConfigured, Unavailable
from watchroom.record import sqlite_rows, sqlite_schema
from watchroom.record.chain import Verifier
from watchroom.record.event import Claim
from watchroom.record.log import Appended, Snapshot
from watchroom.record.sqlite_log import SqliteLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "record.db"


async def fill(log: SqliteLog, limit: int = 10_000) -> int:
    """Append until the store refuses; how many were written."""
    for number in range(limit):
        try:
            await log.append([to("a", "x" * 2_000)], [Claim("n", str(await log.position()), "a")])
        except Unavailable:
            return number
    raise AssertionError("never full")


async def test_a_full_file_is_said_and_heals_without_a_restart(path: Path) -> None:
    log = SqliteLog(path, max_file_bytes=400_000)
    await log.put_row("ballast", "k", b"x" * 100_000)
    written = await fill(log)
    assert written > 10
    for _ in range(3):
        with pytest.raises(Unavailable):
            await add(log, "b", "x" * 50_000)
    assert await log.holder("n", str(written)) is None
    assert len(await log.holders("n")) == written
    assert await verify(log) == {"a": written}
    await log.take_row("ballast", "k")
    assert await fill(log) > 10
    await log.close()
    log = SqliteLog(path)
    assert (await verify(log))["a"] > written + 10
    await log.close()


async def test_a_full_disk_is_said_and_heals_without_a_restart(path: Path) -> None:
    """The system's own limit on the size of files stands in for a full disk: the write itself fails."""
    log = SqliteLog(path, checkpoint_bytes=2**40)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        written = await fill(log)
        results = await asyncio.gather(*(add(log, f"s{n}", "x" * 50_000) for n in range(20)), return_exceptions=True)
        refused = sum(isinstance(result, Unavailable) for result in results)
        assert refused > 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    done = await add(log, "a", "afterwards")
    assert done.events[0].seq == written + 1
    await log.close()
    log = SqliteLog(path)
    lengths = await verify(log)
    assert lengths["a"] == written + 1
    assert lengths == {"a": written + 1, **{f"s{n}": 1 for n in range(20) if isinstance(results[n], Appended)}}
    await log.close()


async def test_what_another_program_wrote_is_found_out_and_healed(path: Path) -> None:
    """Nobody else should write to the file. Whoever does costs one refused group, and no number is given twice."""
    log = SqliteLog(path)
    await add(log, "a", "1")
    with sqlite3.connect(path) as db:
        db.execute(
            "INSERT INTO event (org, stream, seq, head, data, salt, digest, wall_us)"
            " SELECT org, stream, 2, head, data, salt, digest, wall_us FROM event"
        )
    db.close()
    with pytest.raises(Unavailable):
        await add(log, "a", "2")
    assert (await add(log, "a", "2")).events[0].seq == 3
    await log.close()


def test_a_commit_waits_for_the_disk(path: Path) -> None:
    """A killed process cannot show this, only a machine without power: so the setting itself is looked at."""
    db = sqlite_schema.connect(path, writes=True)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    db.close()


async def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    await SqliteLog(path).close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    db.close()
    for read_only in (False, True):
        with pytest.raises(MisConfigured, match="newer Watchroom \\(schema 99; this one knows up to 1\\)"):
            SqliteLog(path, read_only=read_only)
    # The refusal has let go of the lock.
    with pytest.raises(MisConfigured):
        SqliteLog(path)


def test_foreign_files_are_refused(path: Path) -> None:
    path.write_bytes(b"a diary, and no database at all " * 100)
    with pytest.raises(MisConfigured, match="not a Watchroom record"):
        SqliteLog(path)
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    db.close()
    with pytest.raises(MisConfigured, match="not a Watchroom record"):
        SqliteLog(path)
    with pytest.raises(Unavailable, match="cannot be opened"):
        SqliteLog(path.parent / "record.db" / "below" / "record.db")


def test_migrations_walk_forward_step_by_step_or_not_at_all(path: Path) -> None:
    db = sqlite_schema.connect(path, writes=True)
    first = sqlite_schema.MIGRATIONS[:1]
    sqlite_schema.prepare(db, path, first)
    db.execute("INSERT INTO erasable VALUES ('main', 't', 'k', x'01')")
    with pytest.raises(sqlite3.OperationalError):
        sqlite_schema.prepare(db, path, (*first, "ALTER TABLE erasable ADD COLUMN note TEXT; SELECT nonsense"))
    db.close()
    db = sqlite_schema.connect(path, writes=True)
    assert sqlite_schema.schema_version(db, path) == 1
    with pytest.raises(MisConfigured, match="older Watchroom"):
        sqlite_schema.check_readable(db, path, (*first, "SELECT 1"))
    two = (*first, "ALTER TABLE erasable ADD COLUMN note TEXT DEFAULT 'x'")
    sqlite_schema.prepare(db, path, two)
    sqlite_schema.prepare(db, path, two)
    assert sqlite_schema.schema_version(db, path) == 2
    assert db.execute("SELECT * FROM erasable").fetchall() == [("main", "t", "k", b"\x01", "x")]
    db.close()


async def test_the_lock_is_one_processes(path: Path) -> None:
    log = SqliteLog(path, holder="watchroom serve")
    with pytest.raises(Unavailable, match="in use by watchroom serve") as refused:
        SqliteLog(path)
    assert "--data" in refused.value.hint
    await add(log, "a", "1")
    await log.close()
    assert (path.parent / "lock").read_text() == ""
    log = SqliteLog(path)
    assert notes(await log.read("a")) == ["1"]
    await log.close()


async def test_it_is_read_beside_the_process_that_holds_it(path: Path) -> None:
    with pytest.raises(Unavailable, match="no record"):
        SqliteLog(path, read_only=True)
    log = SqliteLog(path)
    await log.append([to("a", "1")], [Claim("g", "k", "a")])
    beside = SqliteLog(path, read_only=True)
    assert await verify(beside) == {"a": 1}
    await add(log, "a", "2")
    assert await verify(beside) == {"a": 2}
    assert await beside.holder("g", "k") == "a"
    with pytest.raises(Unavailable, match="reading only"):
        await add(beside, "a", "3")
    await beside.close()
    with pytest.raises(Unavailable):
        await beside.read("a")
    await log.close()


async def test_organisations_share_a_file_and_nothing_else(path: Path) -> None:
    for organisation in ("main", "other"):
        log = SqliteLog(path, organisation)
        await log.append([to("a", organisation, after=0)], [Claim("g", "k", organisation)])
        await log.put_row("t", "k", organisation.encode())
        await log.close()
    for organisation in ("main", "other"):
        log = SqliteLog(path, organisation)
        assert await verify(log) == {"a": 1}
        assert notes(await log.read("a")) == [organisation]
        assert await log.holders("g") == {"k": organisation}
        assert await log.rows("t") == {"k": organisation.encode()}
        await add(log, "a", "2")
        assert await verify(log) == {"a": 2}
        await log.close()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE event SET data = x'7b7d' WHERE seq = 3", "digest"),
        ("UPDATE event SET salt = zeroblob(16) WHERE seq = 3", "digest"),
        ("UPDATE event SET head = CAST(x'00' || head AS BLOB) WHERE seq = 3", "digest"),
        ("UPDATE event SET head = CAST(replace(head, 'ana', 'eve') AS BLOB) WHERE seq = 3", "digest"),
        ("UPDATE event SET digest = zeroblob(32) WHERE seq = 3", "digest"),
        ("DELETE FROM event WHERE seq = 3", "missing"),
    ],
)
async def test_damage_is_named_and_the_rest_stays_readable(path: Path, change: str, why: str) -> None:
    log = SqliteLog(path)
    await add(log, "a", *"12345")
    await log.close()
    with sqlite3.connect(path) as db:
        db.execute(change)
    db.close()
    log = SqliteLog(path)
    events = await log.read("a")
    verifier = Verifier("a")
    verifier.feed(events)
    assert verifier.broken is not None
    assert verifier.broken.seq == 3
    assert why in verifier.broken.why
    assert notes(events)[-2:] == ["4", "5"]
    await log.close()


async def test_emptying_a_row_by_hand_is_found_though_the_digests_agree(path: Path) -> None:
    log = SqliteLog(path)
    await add(log, "a", "1", "secret", "3")
    await log.close()
    with sqlite3.connect(path) as db:
        (salt, data) = db.execute("SELECT salt, data FROM event WHERE seq = 2").fetchone()
        commitment = hashlib.sha256(salt + data).digest()
        db.execute("UPDATE event SET salt = NULL, data = NULL, commitment = ? WHERE seq = 2", (commitment,))
    db.close()
    log = SqliteLog(path)
    verifier = Verifier("a")
    verifier.feed(await log.read("a"))
    assert verifier.seq == 3
    verifier.end()
    assert verifier.broken is not None
    assert (verifier.broken.seq, "no fact says" in verifier.broken.why) == (2, True)
    await log.close()


def traces(path: Path, text: bytes) -> list[str]:
    """The files beside and including `path` that hold the text."""
    return sorted(file.name for file in path.parent.iterdir() if text in file.read_bytes())


async def test_after_scrubbing_no_file_holds_what_was_redacted_replaced_or_deleted(path: Path) -> None:
    secret = "hunter2-" + "correct horse battery staple " * 300
    log = SqliteLog(path)
    for number in range(200):
        await log.append([to("a", secret if number == 77 else f"note {number}")])
        await log.save_projection("list", "1", number, {f"k{number % 40}": f"{secret}{number}".encode()})
    await log.save_snapshot("a", Snapshot(100, "v1", secret.encode()))
    await log.put_row("session", "k", secret.encode())
    assert traces(path, b"hunter2-")
    append, redactions = redacting("a", 78)
    await log.append([append], [], redactions)
    await log.take_row("session", "k")
    await log.save_projection("list", "1", 300, {f"k{number}": b"row" if number % 3 else None for number in range(40)})
    await log.scrub([b"hunter2-"])
    assert traces(path, b"hunter2-") == []
    assert await verify(log) == {"a": 201}
    await add(log, "a", "later")
    assert traces(path, b"hunter2-") == []
    await log.close()
    assert traces(path, b"hunter2-") == []


async def test_scrubbing_rewrites_a_file_whose_free_pages_hold_the_text(path: Path) -> None:
    """Pages that were freed without being overwritten, by an older SQLite say."""
    log = SqliteLog(path)
    await add(log, "a", "1")
    await log.put_row("t", "k", b"hunter2-" * 2_000)
    await log.close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA secure_delete = OFF")
    with db:
        db.execute("DELETE FROM erasable")
    db.close()
    assert traces(path, b"hunter2-")
    log = SqliteLog(path)
    await log.scrub([b"hunter2-"])
    assert traces(path, b"hunter2-") == []
    assert await verify(log) == {"a": 1}
    await log.close()


async def test_after_scrubbing_nobody_from_outside_takes_the_log_away(path: Path) -> None:
    """What was acknowledged is in the file or in the log beside it, whoever looks in and goes meanwhile."""
    log = SqliteLog(path)
    await add(log, "a", "1")
    await log.scrub([b"nowhere"])
    await add(log, "a", "2")
    assert counted_from_outside(path) == 2
    await add(log, "a", "3")
    assert counted_from_outside(path) == 3
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0
    await log.close()


def counted_from_outside(path: Path) -> int:
    """How many events another process finds."""
    program = (
        "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM event').fetchone()[0])"
    )
    return int(subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=True).stdout)


async def test_a_search_that_fails_has_the_file_written_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SqliteLog(path)
    await add(log, "a", "hunter2-")
    append, redactions = redacting("a", 1)
    await log.append([append], [], redactions)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    await log.scrub([b"hunter2-"])
    assert await verify(log) == {"a": 2}
    await log.close()
    assert traces(path, b"hunter2-") == []


async def test_scrubbing_is_refused_while_somebody_reads_old_pages_and_works_afterwards(path: Path) -> None:
    log = SqliteLog(path)
    await add(log, "a", "hunter2-")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM event").fetchone() == (1,)
    append, redactions = redacting("a", 1)
    await log.append([append], [], redactions)
    with pytest.raises(Unavailable, match="reading"):
        await log.scrub()
    await add(log, "a", "writers go on")
    reader.execute("ROLLBACK")
    reader.close()
    await log.scrub()
    assert traces(path, b"hunter2-") == []
    await log.close()


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE event SET data = x'7b7d' WHERE seq = 2",
        "UPDATE event SET data = NULL, salt = NULL WHERE seq = 2",
        "UPDATE event SET salt = zeroblob(16) WHERE seq = 2",
        "UPDATE event SET digest = zeroblob(32) WHERE seq = 2",
        "UPDATE event SET head = CAST(replace(head, 'ana', 'bob') AS BLOB) WHERE seq = 2",
        "UPDATE event SET head = x'7b' WHERE seq = 2",
        "UPDATE event SET stream = 'b'",
        "UPDATE event SET stream = 'b' WHERE seq = 2",
        "UPDATE event SET seq = 9 WHERE seq = 5",
        "UPDATE event SET seq = seq + 1 WHERE seq = 5",
        "DELETE FROM event WHERE seq = 2",
        "DELETE FROM event WHERE seq = 1",
        "UPDATE event SET data = CAST(replace(data, 'H1', 'H2') AS BLOB) WHERE seq = 4",
        "UPDATE event SET data = NULL WHERE seq = 4",
        "UPDATE event SET commitment = zeroblob(32) WHERE seq = 4",
    ],
)
async def test_every_row_changed_by_hand_is_found(path: Path, tamper: str) -> None:
    log = SqliteLog(path)
    await add(log, "a", "1", "2", "3", "secret")
    append, redactions = redacting("a", 4, left={"id": "H1"})
    await log.append([append], [], redactions)
    assert await verify(log) == {"a": 5}
    await log.close()
    with sqlite3.connect(path) as db:
        assert db.execute(tamper).rowcount >= 1
    db.close()
    log = SqliteLog(path)
    broken = []
    for stream in await log.streams():
        verifier = Verifier(stream)
        verifier.feed(await log.read(stream))
        verifier.end()
        broken.append(verifier.broken is not None)
    await log.close()
    assert any(broken)


async def test_a_log_larger_than_what_is_kept_in_memory(path: Path) -> None:
    """Small bounds on heads, claims and the tail: everything is still found, in the file."""
    log = SqliteLog(path, max_cached=5, max_tail_bytes=5_000, checkpoint_bytes=50_000)
    for number in range(60):
        await log.append([to(f"s{number % 30}", str(number), after=number // 30)], [Claim("g", str(number), "x")])
    assert await verify(log) == {f"s{number}": 2 for number in range(30)}
    assert len(await log.holders("g")) == 60
    assert await log.holder("g", "0") == await log.holder("g", "59") == "x"
    after, seen = 0, []
    while page := await log.read_all(after, 7):
        seen += [*notes([placed.event for placed in page])]
        after = page[-1].position
    assert seen == [str(number) for number in range(60)]
    await log.close()


async def test_the_write_ahead_log_is_folded_in_at_closing(path: Path) -> None:
    log = SqliteLog(path)
    await add(log, "a", "x" * 100_000)
    assert path.with_name("record.db-wal").stat().st_size > 100_000
    await log.close()
    assert not path.with_name("record.db-wal").exists()


async def test_files_are_for_the_owners_eyes(path: Path) -> None:
    log = SqliteLog(path)
    await add(log, "a", "1")
    assert {file.stat().st_mode & 0o077 for file in path.parent.iterdir()} == {0}
    await log.close()


async def first_fault(path: Path, stream: str) -> int | None:
    """The number of the first event that does not hold; None when the stream is whole."""
    log = SqliteLog(path, read_only=True)
    verifier = Verifier(stream)
    verifier.feed(await log.read(stream))
    verifier.end()
    await log.close()
    return verifier.broken.seq if verifier.broken is not None else None


async def test_at_random_in_ten_thousand_rows(path: Path) -> None:
    log = SqliteLog(path)
    await log.append([to("a", *map(str, range(10_000)))])
    await log.close()
    assert await first_fault(path, "a") is None
    dice = random.Random(20261125)
    db = sqlite3.connect(path)
    for column in ("data", "salt", "digest", "head") * 2:
        seq = dice.randrange(1, 10_001)
        (before,) = db.execute(f"SELECT {column} FROM event WHERE seq = ?", (seq,)).fetchone()
        at = dice.randrange(len(before))
        changed = before[:at] + bytes([before[at] ^ (1 << dice.randrange(8))]) + before[at + 1 :]
        with db:
            db.execute(f"UPDATE event SET {column} = ? WHERE seq = ?", (changed, seq))
        assert await first_fault(path, "a") == seq
        with db:
            db.execute(f"UPDATE event SET {column} = ? WHERE seq = ?", (before, seq))
    seq = dice.randrange(2, 9_999)
    with db:
        db.execute("UPDATE event SET seq = -1 WHERE seq = ?", (seq,))
        db.execute("UPDATE event SET seq = ? WHERE seq = ?", (seq, seq + 1))
        db.execute("UPDATE event SET seq = ? WHERE seq = -1", (seq + 1,))
    assert await first_fault(path, "a") == seq
    with db:
        db.execute("DELETE FROM event WHERE seq = ?", (seq,))
    db.close()
    assert await first_fault(path, "a") == seq


async def test_pages_of_the_log_are_read_in_order_and_not_sorted(path: Path) -> None:
    """A start on a long record reads it page by page: a page that sorts the whole log makes that quadratic."""
    log = SqliteLog(path)
    await add(log, "a", "1", "2", "3")
    await log.close()
    db = sqlite_schema.connect(path, writes=False)
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    sqlite_rows.all_after(db, "main", 1, 2)
    sqlite_rows.position(db, "main")
    db.set_trace_callback(None)
    assert len(asked) == 2
    for statement in asked:
        plan = " ".join(str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {statement}"))
        assert "TEMP B-TREE" not in plan
        assert "PRIMARY KEY" in plan or "SCAN event" in plan
    db.close()
