"""A server that is nothing but a record, its lock and its control socket; the shell's tests start it as a real process.

By hand: `python tests/shell/desk.py DATA`. Says `ready` when it listens, and ends on SIGTERM.
"""

import asyncio
import signal
import sys

from watchroom.base.clock import WallClock
from watchroom.base.rng import Chance
from watchroom.config_sources import load
from watchroom.control import ControlServer
from watchroom.operations.every import handlers
from watchroom.operations.opening import open_desk
from watchroom.record.sqlite_log import SqliteLog


async def main(data: str) -> None:
    settings = load({"data": data, "public_url": "https://watch.example.com"}, environ={})
    log = SqliteLog(settings.record_path)
    server = ControlServer(settings.control_path, handlers(await open_desk(log, settings, WallClock(), Chance())))
    await server.start()
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    print("ready", flush=True)
    await over.wait()
    await server.close()
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
