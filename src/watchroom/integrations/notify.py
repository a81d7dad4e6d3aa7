"""Notifying: takes the letters of the outbox that may go by mail, sends each once, and records what came of it.

Runs under a lease, so that one of several processes does it. Each attempt ends in a fact of the room: taken
(`PageDelivered`) or not (`PageFailed`, with the time of the next). A server killed between the mail server's yes and
that fact sends the same message again, under the same Message-ID. Every sending asks `may_leave` first.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import msgspec

from watchroom.base.clock import Clock, day_and_time
from watchroom.base.errors import WatchroomError
from watchroom.base.trouble import Trouble
from watchroom.config import Settings
from watchroom.incident.handle import Rooms
from watchroom.incident.incident import Incident
from watchroom.incident.release import DRILL, may_leave
from watchroom.incident.visibility import guard_of
from watchroom.integrations.outbox import Letter, Outbox
from watchroom.integrations.smtp import MailFailed, send, server_of
from watchroom.mitigation.page import Attempts, PageDelivered, PageFailed
from watchroom.people.paging import EMAIL
from watchroom.record.event import Fact
from watchroom.record.projection import Projector

ACTOR = "system:outbox"
RESTRICTED = "A restricted incident needs you"
"""All that a mail says of a restricted room."""
AT_ONCE = 8
"""How many mails are under way at the same time."""
AGAIN_S = 1.0
"""How long to wait after the record could not be written."""

_log = logging.getLogger(__name__)


class Notifier:
    """Sends what is due. `run` until cancelled, or `send_due` once (a test)."""

    def __init__(
        self,
        outbox: Outbox,
        rooms: Rooms,
        projector: Projector,
        clock: Clock,
        settings: Settings,
        url: str,
        address: Callable[[str], str] = str,
        name: Callable[[str], str] = str,
    ) -> None:
        """`address`: where mail for a person goes, who may have moved since; `name`: how they are shown."""
        self._address = address
        self._name = name
        self._outbox = outbox
        self._rooms = rooms
        self._projector = projector
        self._clock = clock
        self._settings = settings
        self._url = url
        self._server = server_of(settings)
        self._outcomes: dict[tuple[str, str, int], Fact] = {}
        """What came of attempts that could not be recorded yet: they are not made again for that."""

    async def run(self) -> None:
        """Send whatever comes up, whenever it is due. A failure is logged and tried again."""
        seen = 0
        trouble = Trouble(_log, "The outbox could not be worked off, and is tried again")
        while True:
            try:
                next_at = await self.send_due()
                trouble.over()
            except WatchroomError as error:
                trouble.met(error)
                next_at = self._clock.now() + timedelta(seconds=AGAIN_S)
            except Exception:  # supervised: one letter's fault must not keep all others from going out
                _log.exception("The outbox failed; it is tried again")
                next_at = self._clock.now() + timedelta(seconds=AGAIN_S)
            seen = await self._until(seen, next_at)

    async def _until(self, seen: int, at: datetime | None) -> int:
        """Wait until letters have changed, or until `at`; returns what `Outbox.wait` is to be called with next."""
        changed = asyncio.ensure_future(self._outbox.wait(seen))
        waits: set[asyncio.Future[object]] = {changed}  # type: ignore[arg-type]  # a set of futures of any result
        if at is not None:
            waits.add(asyncio.ensure_future(self._clock.sleep_until(at)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return changed.result() if changed.done() else seen
        finally:
            for each in waits:
                each.cancel()

    async def send_due(self) -> datetime | None:
        """Send everything that is due now; returns when the next is."""
        if self._server is None:
            return None
        await self._projector.caught_up()
        await self._outbox.settle()
        now = self._clock.now()
        waiting = self._waiting()
        due = [letter for letter in waiting if letter.mail_at is None or letter.mail_at <= now]
        for start in range(0, len(due), AT_ONCE):
            await asyncio.gather(*map(self._deliver, due[start : start + AT_ONCE]))
        if due:
            await self._projector.caught_up()
            await self._outbox.settle()
        times = [letter.mail_at or self._clock.now() for letter in self._waiting()]
        return min(times, default=None)

    def _waiting(self) -> list[Letter]:
        return [letter for letter in self._outbox.all() if letter.may_mail and self._outbox.reaches(letter)]

    async def _deliver(self, letter: Letter) -> None:
        """One attempt, and its outcome on record."""
        incident = await self._rooms.folds.current(letter.room)
        if incident is None:
            return
        page = incident.pages.by_id.get(letter.page)
        if page is None or not page.open:
            # It was answered, or the room was closed over it, a moment ago.
            return
        guard = guard_of(incident)
        await self._rooms.sight.fresh(guard)
        if not may_leave(incident, EMAIL, letter.to, self._rooms.sight.sees):
            return
        # The letter may have been written before the room was restricted.
        letter = msgspec.structs.replace(letter, restricted=guard)
        attempt = letter.mails + 1
        made = (letter.room, letter.page, attempt)
        if made not in self._outcomes:
            self._outcomes[made] = await self._attempt(letter, attempt)
        outcome = self._outcomes[made]

        def decide(room: Incident) -> Sequence[Fact]:
            page = room.pages.by_id.get(letter.page)
            known = page.attempts.get(EMAIL, Attempts()) if page is not None else Attempts(over=True)
            # Another process, or this one before it was killed, may have said so already.
            return [] if known.over or known.made >= attempt else [outcome]

        await self._rooms.record(letter.room, decide, actor=ACTOR, via=EMAIL)
        self._outcomes.pop(made, None)

    async def _attempt(self, letter: Letter, attempt: int) -> Fact:
        assert self._server is not None
        if letter.give_up_at is not None and letter.give_up_at <= self._clock.now():
            return self._failed(letter, attempt, MailFailed("Its time had passed.", for_good=True))
        try:
            await asyncio.to_thread(send, self._server, self.message(letter))
        except ValueError as error:
            # What cannot be written as a mail's header today cannot be tomorrow.
            return self._failed(letter, attempt, MailFailed(f"It cannot be written as mail: {error}", for_good=True))
        except MailFailed as failure:
            return self._failed(letter, attempt, failure)
        return PageDelivered(page=letter.page, channel=EMAIL, attempt=attempt)

    def _failed(self, letter: Letter, attempt: int, failure: MailFailed) -> PageFailed:
        _log.warning("Page %s of %s was not mailed: %s", letter.page, letter.room, failure.why)
        wait_s = min(self._settings.page_retry_s * 2 ** min(attempt - 1, 30), self._settings.page_retry_s_max)
        next_at = self._clock.now() + timedelta(seconds=wait_s)
        too_late = letter.give_up_at is not None and next_at > letter.give_up_at
        retry_at = None if failure.for_good or too_late else next_at
        return PageFailed(page=letter.page, channel=EMAIL, attempt=attempt, why=failure.why, retry_at=retry_at)

    def message(self, letter: Letter) -> EmailMessage:
        """The page as a mail; the same letter gives the same Message-ID, so that a second copy can be known."""
        settings = self._settings
        domain = parseaddr(settings.smtp_from)[1].rpartition("@")[2] or settings.smtp_host
        message = EmailMessage()
        mark = f"{DRILL} · " if letter.practice else ""
        link = f"{self._url}/incidents/{letter.room}#page-{letter.page}"
        severity = f"{letter.severity.replace('SEV', 'SEV ')} · " if letter.severity else ""
        subject = RESTRICTED if letter.restricted is not None else f"{severity}{letter.text}"
        message["Subject"] = _line(f"{mark}{subject}")[:200]
        message["From"] = settings.smtp_from or f"Watchroom <watchroom@{domain}>"
        message["To"] = self._address(letter.to)
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{letter.page}.{letter.room}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Priority"] = "1"
        if letter.restricted is not None:
            # A mail lies on servers and lock screens: what it is about, and who is in it, stands in the room alone.
            message.set_content(
                f"{mark}{RESTRICTED}.\n\n"
                f"What it is about stands only in the room. Open it and say that you have heard the call; until then\n"
                f"nobody counts as reached:\n\n{link}\n"
            )
            return message
        about = f"{mark}{letter.title or 'A room in triage'}"
        message.set_content(
            f"{about}\n\n{letter.text}\n\n"
            f"Called by {self._name(letter.by)}, {day_and_time(letter.requested_at)}, as {letter.page}.\n"
            f"Open the room and say that you have heard it; until then nobody counts as reached:\n\n"
            f"{link}\n"
        )
        return message


def _line(text: str) -> str:
    return " ".join(text.split())
