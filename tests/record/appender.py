"""Appends under load until it is killed, and prints each acknowledged append as `STREAM SEQ ID`, one a line.

Run by `test_kill`, or by hand: `python tests/record/appender.py RECORD RUN`, where RECORD is a file or a `postgresql://`
URL. Each append puts the same id into a room and into the ledger, and claims it: all three or none. `RUN` makes the ids
of one run unlike those of another. When it is told that nothing was written it tries again; if that was not true, the
claim is a conflict, and it ends.
"""

import asyncio
import contextlib
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

# Run as a program by itself, so that the tests' own packages are found where this file lies.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.record.tally import Tally
from watchroom.base.clock import WallClock
from watchroom.base.errors import OutcomeUnknown, Unavailable, WatchroomError
from watchroom.record.event import Claim, Draft, StreamAppend
from watchroom.record.feed import Feed
from watchroom.record.log import Appended, Log
from watchroom.record.postgres_link import PostgresLimits
from watchroom.record.postgres_log import PostgresLog
from watchroom.record.projection import Projector
from watchroom.record.sqlite_log import SqliteLog

CALLERS = 24
ROOMS = 7
SCRUB_EVERY = 4
"""So often the first caller has a SQLite file scrubbed, as a redaction does."""
AT = datetime(2026, 1, 5, tzinfo=UTC)
CLOCK = WallClock()
LIMITS = PostgresLimits(resolve_s=60, retry_s_max=0.2)


def opened(where: str) -> Log:
    """The record."""
    if where.startswith("postgresql://"):
        return PostgresLog(where, limits=LIMITS)
    return SqliteLog(Path(where), holder=f"appender {os.getpid()}", checkpoint_bytes=512 * 1024)


async def persistently(log: Log, appends: list[StreamAppend], claim: Claim) -> Appended:
    """Append, once the database is there. A conflict here means that something was written that was said not to be."""
    while True:
        try:
            return await log.append(appends, [claim])
        except OutcomeUnknown:
            raise
        except Unavailable:
            await CLOCK.sleep_until(CLOCK.now() + timedelta(milliseconds=10))


async def call(log: Log, run: str, caller: int) -> None:
    """Append for ever."""
    number = 0
    while True:
        name = f"{run}-{caller}-{number}"
        draft = Draft(AT, AT, "source:appender", "test", "noted", b'{"id":"%b"}' % name.encode())
        room = f"room-{(caller + number) % ROOMS}"
        appends = [StreamAppend(room, None, [draft])]
        if number % 3 == 0:
            appends.append(StreamAppend("ledger", None, [draft]))
        done = await persistently(log, appends, Claim("id", name, room))
        for event in done.events:
            # One write a line, straight into the pipe: what has been said stays said when the process dies.
            os.write(1, f"{event.stream} {event.seq} {name}\n".encode())
        if caller == 0 and number % SCRUB_EVERY == 0 and isinstance(log, SqliteLog):
            with contextlib.suppress(Unavailable):
                await log.scrub([b"nowhere"])
        number += 1


async def main() -> None:
    """Open the record, follow it with a projection, and let all callers loose."""
    log = opened(sys.argv[1])
    projector = Projector(log, Feed(log), (Tally(),), save_every_events=100, retry_s=0.05)
    await projector.start()
    await asyncio.gather(*(call(log, sys.argv[2], caller) for caller in range(CALLERS)))


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except WatchroomError as refusal:
        sys.exit(f"{refusal} {refusal.hint}".strip())
