"""The feed: wakes those who follow a stream, or the whole log, when it has moved on.

It says only "stream X reached 41"; whoever is woken reads 41 from the log. When the log says no more than "look
yourself", everybody looks. Called by live pages, machine streams,
projections, timers and drills. Holds nothing about a stream that nobody waits for; never reads an event.
"""

import asyncio
from collections.abc import Mapping

from watchroom.record.log import Log

_Waiting = dict["asyncio.Future[int]", int]


class Feed:
    """Followers of one log, all on one event loop. Make it once per log: a log never forgets whom it tells."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._streams: dict[str, _Waiting] = {}
        self._whole: _Waiting = {}
        log.on_reached(self._reached)

    @property
    def waiting(self) -> int:
        """How many followers wait just now."""
        return len(self._whole) + sum(map(len, self._streams.values()))

    async def wait(self, stream: str, after: int) -> int:
        """The stream's last number, as soon as that is greater than `after`; at once if it is so already.

        Nothing is lost between two calls: the caller reads up to the number it was given and waits again after it.
        Commits that come meanwhile count as one. Raises Unavailable when the log cannot say where the stream stands.
        """
        while True:
            waiting = self._streams.setdefault(stream, {})
            woken: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            # Enrolled before the look, so that a commit during the look wakes too.
            waiting[woken] = after
            try:
                head = await self._log.head(stream)
                if head is not None and head.seq > after:
                    return head.seq
                reached = await woken
                if reached > after:
                    return reached
            finally:
                waiting.pop(woken, None)
                if not waiting and self._streams.get(stream) is waiting:
                    del self._streams[stream]

    async def wait_all(self, after: int) -> int:
        """The log's last position, as soon as that is greater than `after`; otherwise as `wait`."""
        woken: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._whole[woken] = after
        try:
            position = await self._log.position()
            return position if position > after else await woken
        finally:
            self._whole.pop(woken, None)

    def seen(self, position: int) -> None:
        """Somebody has found the log at `position` by itself: wake those who follow the whole log and were not told."""
        _wake(self._whole, position)

    def _reached(self, reached: Mapping[str, int], position: int) -> None:
        for stream, seq in reached.items():
            if stream in self._streams:
                _wake(self._streams[stream], seq)
        if not reached:
            for waiting in self._streams.values():
                _look(waiting)
        _wake(self._whole, position)


def _wake(waiting: _Waiting, reached: int) -> None:
    for woken, after in waiting.items():
        if reached > after and not woken.done():
            woken.set_result(reached)


def _look(waiting: _Waiting) -> None:
    """Have all of them ask the log: nothing is after less than nothing."""
    for woken in waiting:
        if not woken.done():
            woken.set_result(-1)
