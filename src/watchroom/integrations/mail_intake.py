"""From a mail to the record: what the mail listener does with a mail that has a mailbox here.

The mail is unpacked in a thread, read as its source's mapping says or by itself, and taken in like any delivery.
Built by `app`. Never answers the sender.
"""

import asyncio

from watchroom.base.clock import Clock
from watchroom.base.errors import Malformed
from watchroom.detection.signal import DeliveryKept, Receipt
from watchroom.integrations import mail, mapped
from watchroom.integrations.delivery import Limits
from watchroom.integrations.intake import Intake
from watchroom.integrations.recent_bodies import RecentBodies
from watchroom.integrations.source_book import SourceBook

VIA = "email"
PATH = "smtp"
UNPACKED_AT_ONCE_MAX = 2
"""How many mails are unpacked at once; others wait, so that signals over HTTP have their turn."""


class MailIntake:
    """Makes mails durable, one source at a time."""

    def __init__(
        self, intake: Intake, book: SourceBook, recent: RecentBodies, limits: Limits, clock: Clock, kept_bytes_max: int
    ) -> None:
        self._intake = intake
        self._book = book
        self._recent = recent
        self._limits = limits
        self._clock = clock
        self._kept_bytes_max = kept_bytes_max
        self._unpacking = asyncio.Semaphore(UNPACKED_AT_ONCE_MAX)

    async def take(self, source: str, raw: bytes) -> list[Receipt]:
        """Take a source's mail in; returns once it is durable, with its receipts. Raises Overloaded, Unavailable."""
        async with self._unpacking:
            document = await asyncio.to_thread(mail.document, raw)
        now = self._clock.now()
        self._recent.note(source, document, now)
        read = mapped.reader(self._book.mapping_of(source), mail.read)
        try:
            reading = await asyncio.to_thread(read, document, source, self._limits, now)
        except Malformed as error:
            return await self._intake.receive(source, VIA, [], self._kept(document, len(raw), error))
        kept = None
        if reading.fallback and not self._book.of(source).has_mapping_sample(now):
            said = f"Read automatically, since its mapping did not fit: {reading.fallback}"
            kept = self._kept(document, len(raw), Malformed(said, code=mapped.CODE))
        return await self._intake.receive(source, VIA, reading.signals, kept, fallback=reading.fallback)

    def _kept(self, document: bytes, bytes_total: int, error: Malformed) -> DeliveryKept:
        text = document[: self._kept_bytes_max].decode("utf-8", "replace")
        return DeliveryKept(body=text, bytes_total=bytes_total, path=PATH, code=error.code, message=error.message)
