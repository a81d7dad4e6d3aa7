"""An event loop in a thread of its own, for connections that must outlive and not hinder the loop of their caller.

Called by `postgres_log`. Whoever asks may be on any loop, or on none; never shares a connection with that loop.
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

_T = TypeVar("_T")


class LoopThread:
    """A loop that runs from the start until `stop`."""

    def __init__(self, name: str) -> None:
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do `work` there and block until it is done."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def ask(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do `work` there and wait for it on the running loop; a caller that is cancelled cancels it."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    def stop(self) -> None:
        """End the loop and everything that still runs on it. Blocks."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            left = asyncio.all_tasks(self.loop)
            for task in left:
                task.cancel()
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        finally:
            self.loop.close()
