"""Purging: after a redaction is in the record, all that is derived and repeated the text is made anew, and the files
are scrubbed.

What is to be done is noted in an erasable row before the redaction is written, so that a process that dies in between,
or a store that cannot be scrubbed just now, is made up for at the next start or the next look. Called by the write
path and by `app`. Never decides what is purged.
"""

import json
import logging
from collections.abc import Iterable

from watchroom.base.command import Caution
from watchroom.base.errors import WatchroomError
from watchroom.incident.folds import Folds
from watchroom.incident.listing import Listing
from watchroom.record.log import Log
from watchroom.record.projection import Projector

ROWS = "purge"
WORD_BYTES_MIN = 6
"""Shorter texts are not looked for in the files: they would be found anywhere."""

_log = logging.getLogger(__name__)

PENDING = Caution(
    "purge_pending",
    "It is out of the record; traces in the store's files could not be removed yet.",
    "This is tried again every few minutes and at the next start. Something reads the record for long: a back-up?",
)


class Purge:
    """Sees to it that nothing derived keeps what was redacted."""

    def __init__(self, log: Log, folds: Folds, listing: Listing, projector: Projector) -> None:
        self._log = log
        self._folds = folds
        self._listing = listing
        self._projector = projector

    async def intend(self, key: str) -> None:
        """Note down that a purge follows."""
        await self._log.put_row(ROWS, key, b"")

    async def give_up(self, key: str) -> None:
        """The redaction was not written after all."""
        await self._log.take_row(ROWS, key)

    async def finish(self, key: str, rooms: Iterable[str], words: Iterable[str], position: int) -> tuple[Caution, ...]:
        """Make anew what is derived, scrub the files; a caution when the files must wait."""
        try:
            await self._renew(rooms, position)
            await self._log.scrub(texts_of(words))
        except WatchroomError as error:
            _log.warning("A purge is not finished and will be tried again: %s", error.message)
            return (PENDING,)
        await self._log.take_row(ROWS, key)
        return ()

    async def resume(self) -> None:
        """Finish what an earlier process or an earlier try has left undone. Its words are not known any more, so the
        files are scrubbed as thoroughly as the store can."""
        left = await self._log.rows(ROWS)
        if not left:
            return
        try:
            await self._renew({key.partition("#")[0] for key in left}, await self._log.position())
            await self._log.scrub(None)
        except WatchroomError as error:
            _log.warning("A purge is still not finished: %s", error.message)
            return
        for key in left:
            await self._log.take_row(ROWS, key)

    async def _renew(self, rooms: Iterable[str], position: int) -> None:
        for room in rooms:
            await self._folds.renew(room)
        await self._projector.caught_up(position)
        await self._listing.settle()
        await self._projector.save()


def texts_of(words: Iterable[str]) -> list[bytes]:
    """The words as they may stand in a file: as they are, and as JSON writes them."""
    texts = {text for word in words for text in (word.encode(), json.dumps(word, ensure_ascii=False)[1:-1].encode())}
    return sorted(text for text in texts if len(text) >= WORD_BYTES_MIN)
