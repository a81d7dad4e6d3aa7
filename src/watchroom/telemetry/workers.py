"""The threads that queries run in: a few at once, a bounded line of those that wait, and an end for those nobody wants.

Numpy gives the interpreter's lock up while it computes, so the server goes on answering meanwhile.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Full(Exception):
    """As many wait as may."""


class Workers:
    """`at_once` threads and at most `waiting_max` callers in line for them."""

    def __init__(self, at_once: int, waiting_max: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="query")
        self._at_once = at_once
        self._waiting_max = waiting_max
        self._unfinished = 0

    async def run(self, work: Callable[[Callable[[], bool]], T], gone: asyncio.Event) -> T | None:
        """`work(canceled)` in a thread; None when `gone` is set first. Raises `Full`. Called on one event loop."""
        if self._unfinished >= self._at_once + self._waiting_max:
            raise Full
        canceled = threading.Event()
        self._unfinished += 1
        running = asyncio.get_running_loop().run_in_executor(
            self._pool, lambda: None if canceled.is_set() else work(canceled.is_set)
        )
        running.add_done_callback(self._finished)
        leaving = asyncio.ensure_future(gone.wait())
        try:
            await asyncio.wait((running, leaving), return_when=asyncio.FIRST_COMPLETED)
            return running.result() if running.done() else None
        finally:
            canceled.set()
            leaving.cancel()
            # One that still waits for a thread leaves the line at once; one that runs ends at its next look.
            running.cancel()

    def _finished(self, done: "asyncio.Future[T]") -> None:
        self._unfinished -= 1
        if not done.cancelled():
            # Looked at, though whoever asked may have gone: what it says would be logged as lost otherwise.
            done.exception()

    def close(self) -> None:
        """Let nobody in line begin any more, and wait for those that run."""
        self._pool.shutdown(cancel_futures=True)
