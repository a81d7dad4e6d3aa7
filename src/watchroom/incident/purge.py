"""Purging: after a redaction is in the record, all that is derived and repeated the text is made anew, and the files
are scrubbed.

What is to be done is noted in an erasable row before the redaction is written. The whole of it happens under the
lease `purge`, so that of several processes one purges at a time, and whoever gets the lease finds only what a process
that died, or a store that could not be scrubbed just then, has left. Every process forgets for itself what it holds in
memory (`forgetting`). Called by the write path and by `app`. Never decides what is purged.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta

from watchroom.base.clock import EPOCH, Clock
from watchroom.base.command import Caution
from watchroom.base.errors import Conflict, WatchroomError
from watchroom.incident import images
from watchroom.incident.folds import Folds
from watchroom.incident.forgetting import Forgetting
from watchroom.incident.listing import Listing
from watchroom.record.lease import Lease
from watchroom.record.log import Log
from watchroom.record.projection import Projector
from watchroom.record.redaction import REDACTED

ROWS = "purge"
LEASE = "purge"
LEASE_S = 15.0
"""How long the others wait when the process that purges dies."""
LOOK_EVERY_S = 1.0
"""How often each process looks whether others have redacted something, in case it was not told, and whether
somebody has left a purge behind."""
AGAIN_S = 300.0
"""How long a purge that could not be finished rests before it is tried again."""
PATIENCE_S = 10.0
"""How long a redaction waits for another process's purge to end; after that it is written, and its traces wait."""
TRY_EVERY_S = 0.1
WORD_BYTES_MIN = 6
"""Shorter texts are not looked for in the files: they would be found anywhere."""

_log = logging.getLogger(__name__)

PurgeSearch = Callable[[int, float], Awaitable[None]]
"""Returns once the search holds nothing that was redacted up to a position; raises Unavailable after some seconds."""


async def _nothing_searched(_position: int, _patience_s: float) -> None:
    """There is no search here."""


PENDING = Caution(
    "purge_pending",
    "It is out of the record; traces in the store's files could not be removed yet.",
    "This is tried again every few minutes and at the next start. Something reads the record for long: a back-up?",
)


class Purge:
    """Sees to it that nothing derived keeps what was redacted. `holder` must be unlike any other process's."""

    def __init__(
        self, log: Log, folds: Folds, listing: Listing, projector: Projector, forgetting: Forgetting, clock: Clock,
        holder: str, purge_search: PurgeSearch = _nothing_searched,
    ) -> None:  # fmt: skip
        self._log = log
        self._folds = folds
        self._listing = listing
        self._projector = projector
        self._forgetting = forgetting
        self._clock = clock
        self._holder = holder
        self._purge_search = purge_search
        self.lease = Lease(log, LEASE, holder, clock, LEASE_S)
        self._turn = asyncio.Lock()
        self._again_at = EPOCH

    @asynccontextmanager
    async def turn(self, room: str, seq: int, shown: Iterable[str] = ()) -> AsyncIterator["Turn"]:
        """The block in which the redaction at `room#seq` is written and its `Turn` finished. A Conflict that leaves it
        means that nothing was written, so nothing is left to do. Raises Unavailable."""
        async with self._alone(PATIENCE_S) as alone:
            key = f"{room}#{seq}#{self._holder}"
            gone = sorted(shown)
            await self._log.put_row(ROWS, key, json.dumps(gone).encode())
            try:
                yield Turn(self, key, alone, gone)
            except Conflict:
                await self._log.take_row(ROWS, key)
                raise

    async def resume(self) -> None:
        """Finish what a dead process or an earlier try has left undone, unless another process is at it. Its words are
        not known any more, so the files are scrubbed as thoroughly as the store can. Raises Unavailable."""
        if not await self._log.rows(ROWS):
            return
        async with self._alone(0) as alone:
            if not alone:
                return
            noted = await self._log.rows(ROWS)
            left = {key: await self._landed(key) for key in noted}
            due = [key for key, landed in left.items() if landed]
            if due:
                try:
                    await images.forget(self._log, [each for key in due for each in _noted(noted[key])])
                    await self._renew({key.partition("#")[0] for key in due}, await self._log.position())
                    await self._log.scrub(None)
                    await self._purge_search(await self._log.position(), PATIENCE_S)
                except WatchroomError as error:
                    _log.warning("A purge is still not finished: %s", error.message)
                    self._again_at = self._clock.now() + timedelta(seconds=AGAIN_S)
                    return
            for key, landed in left.items():
                # One whose number was not reached yet is being written just now, or its process died before: then
                # the room's next event tells.
                if landed is not None:
                    await self._log.take_row(ROWS, key)

    async def run(self) -> None:
        """Forget what others have redacted, and finish what they left, until cancelled."""
        while True:
            await self._look()
            await self._clock.sleep_until(self._clock.now() + timedelta(seconds=LOOK_EVERY_S))

    async def follow(self) -> None:
        """Forget at once whatever this process is told of, until cancelled."""
        while True:
            await self._forgetting.wait()
            if not await self._look(resume=False):
                await self._clock.sleep_until(self._clock.now() + timedelta(seconds=LOOK_EVERY_S))

    async def _look(self, *, resume: bool = True) -> bool:
        """Forget what was redacted, and perhaps finish what was left; False when that could not be done."""
        try:
            await self._projector.caught_up()
            await self._forgetting.forget()
            if resume and self._clock.now() >= self._again_at:
                await self.resume()
        except WatchroomError as error:
            _log.warning("What was redacted could not be forgotten yet: %s", error.message)
        except Exception:  # supervised: one fault must not end the forgetting, or words stay that should be gone
            _log.exception("Forgetting what was redacted failed; it is tried again")
        else:
            return True
        return False

    async def finish(
        self, key: str, rooms: Iterable[str], words: Iterable[str], position: int, *, alone: bool, shown: Iterable[str]
    ) -> tuple[Caution, ...]:
        """Make anew what is derived, scrub the files if it is this process's turn; a caution when they must wait."""
        try:
            traces = await images.forget(self._log, shown)
            # They are gone: the note of them must not be what is found in the files.
            await self._log.put_row(ROWS, key, b"")
            await self._renew(rooms, position)
            if not alone:
                return (PENDING,)
            await self._log.scrub([*texts_of(words), *traces])
            await self._purge_search(position, PATIENCE_S)
            await self._log.take_row(ROWS, key)
        except WatchroomError as error:
            _log.warning("A purge is not finished and will be tried again: %s", error.message)
            self._again_at = self._clock.now() + timedelta(seconds=AGAIN_S)
            return (PENDING,)
        return ()

    async def _landed(self, key: str) -> bool | None:
        """Whether the redaction that a row announced is in the record; None when its number was not reached yet."""
        room, _, rest = key.partition("#")
        events = await self._log.read(room, int(rest.partition("#")[0]) - 1, 1)
        return events[0].kind == REDACTED if events else None

    @asynccontextmanager
    async def _alone(self, patience_s: float) -> AsyncIterator[bool]:
        """Whether this is the one that purges, over all processes, until the block ends; False once others have kept it
        for `patience_s`."""
        async with self._turn:
            until = self._clock.now() + timedelta(seconds=patience_s)
            while not (mine := await self.lease.take()) and self._clock.now() < until:
                await self._clock.sleep_until(self._clock.now() + timedelta(seconds=TRY_EVERY_S))
            if not mine:
                yield False
                return
            # Renewed for as long as it takes.
            async with self.lease:
                yield True

    async def _renew(self, rooms: Iterable[str], position: int) -> None:
        for room in rooms:
            await self._folds.renew(room)
        await self._projector.caught_up(position)
        await self._forgetting.forget()
        await self._projector.save()


class Turn:
    """One redaction on its way: noted, and, if `alone`, under the lease."""

    def __init__(self, purge: Purge, key: str, alone: bool, shown: Iterable[str]) -> None:
        self._shown = shown
        self._purge = purge
        self._key = key
        self._alone = alone

    async def finish(self, rooms: Iterable[str], words: Iterable[str], position: int) -> tuple[Caution, ...]:
        """The redaction is in the record, at `position`; `words` are what it took. See `Purge.finish`."""
        return await self._purge.finish(self._key, rooms, words, position, alone=self._alone, shown=self._shown)


def _noted(row: bytes) -> list[str]:
    """The images that a purge was to remove; an older version noted none."""
    return json.loads(row) if row else []


def texts_of(words: Iterable[str]) -> list[bytes]:
    """The words as they may stand in a file: as they are, and as JSON writes them."""
    texts = {text for word in words for text in (word.encode(), json.dumps(word, ensure_ascii=False)[1:-1].encode())}
    return sorted(text for text in texts if len(text) >= WORD_BYTES_MIN)
