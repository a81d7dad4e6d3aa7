"""Appends under load until it is killed, and prints each acknowledged append as `STREAM SEQ ID`, one a line.

Run by `test_kill`, or by hand: `python tests/record/appender.py FILE RUN`. Each append puts the same id into a room
and into the ledger, and claims it: all three or none. `RUN` makes the ids of one run unlike those of another.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from watchroom.base.errors import WatchroomError
from watchroom.record.event import Claim, Draft, StreamAppend
from watchroom.record.sqlite_log import SqliteLog

CALLERS = 24
ROOMS = 7
AT = datetime(2026, 1, 5, tzinfo=UTC)


async def call(log: SqliteLog, run: str, caller: int) -> None:
    """Append for ever."""
    number = 0
    while True:
        name = f"{run}-{caller}-{number}"
        draft = Draft(AT, AT, "source:appender", "test", "noted", b'{"id":"%b"}' % name.encode())
        room = f"room-{(caller + number) % ROOMS}"
        appends = [StreamAppend(room, None, [draft])]
        if number % 3 == 0:
            appends.append(StreamAppend("ledger", None, [draft]))
        done = await log.append(appends, [Claim("id", name, room)])
        for event in done.events:
            # One write a line, straight into the pipe: what has been said stays said when the process dies.
            os.write(1, f"{event.stream} {event.seq} {name}\n".encode())
        if number % 5 == 0:
            await log.save_projection("ledger", "1", done.position, {room: b"%d" % done.position})
        number += 1


async def main() -> None:
    """Open the record and let all callers loose."""
    log = SqliteLog(Path(sys.argv[1]), holder=f"appender {os.getpid()}", checkpoint_bytes=512 * 1024)
    await asyncio.gather(*(call(log, sys.argv[2], caller) for caller in range(CALLERS)))


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except WatchroomError as refusal:
        sys.exit(f"{refusal} {refusal.hint}".strip())
