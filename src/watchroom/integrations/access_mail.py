"""Mails that let people in: invitations, links to sign in, links to a new password.

Called by the pages and the API of people. Each says who caused it, how long its link works, and what to do if it was
not asked for. Sending asks `may_mail_access` first, waits for the mail server in a thread, and tries once: whoever
asked sees what came of it, or asks again. Never says anything of an incident.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Literal

import msgspec

from watchroom.base.clock import Clock
from watchroom.base.errors import WatchroomError
from watchroom.base.rng import Chance
from watchroom.config import Settings
from watchroom.incident.release import may_mail_access
from watchroom.integrations.smtp import MailFailed, send, server_of
from watchroom.people.credential import Credentials

LATER_MAX = 50
"""Mails that may be under way at once without anybody waiting for them; one more is not sent."""
Kind = Literal["invitation", "sign_in", "password"]

_log = logging.getLogger(__name__)


class AccessLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to be sent."""

    kind: Kind
    to: str
    link: str
    """The whole address."""
    by: str
    """Who caused it, by name; empty: whoever has the address asked for it themself."""
    expires_at: datetime


class AccessMail:
    """Sends such mails, if there is a mail server."""

    def __init__(self, settings: Settings, clock: Clock, chance: Chance, credentials: Credentials) -> None:
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._credentials = credentials
        self._server = server_of(settings)
        self._later: set[asyncio.Task[None]] = set()

    @property
    def available(self) -> bool:
        """Whether there is a mail server."""
        return self._server is not None

    async def send(self, letter: AccessLetter) -> str:
        """Send it; an empty text, or why it did not go, in a sentence."""
        if self._server is None:
            return "No mail server is set up."
        if not may_mail_access(letter.to, await self._expected()):
            return "Nobody with this address has an account or an invitation."
        try:
            await asyncio.to_thread(send, self._server, self.message(letter))
        except MailFailed as failure:
            _log.warning("A mail with a link was not sent: %s", failure.why)
            return failure.why
        except ValueError:
            return "This cannot be written as mail."
        return ""

    async def _expected(self) -> frozenset[str]:
        """The addresses of everybody who has an account or is invited."""
        credentials = self._credentials
        accounts = {credentials.directory.address(account.email) for account in credentials.accounts.all()}
        return frozenset(accounts | {invitation.email for invitation in await credentials.invitations.all()})

    def later(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do it after the answer, which must not tell by its time whether there was anything to do."""
        if len(self._later) >= LATER_MAX:
            return
        task = asyncio.create_task(_quietly(work))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def settle(self) -> None:
        """Return once everything that was put off has been done."""
        while self._later:
            await asyncio.wait(set(self._later))

    def message(self, letter: AccessLetter) -> EmailMessage:
        """The mail."""
        settings = self._settings
        domain = parseaddr(settings.smtp_from)[1].rpartition("@")[2] or settings.smtp_host
        message = EmailMessage()
        subject, says, otherwise = _words(letter)
        message["Subject"] = subject
        message["From"] = settings.smtp_from or f"Watchroom <watchroom@{domain}>"
        message["To"] = letter.to
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{self._chance.bytes(12).hex()}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        until = f"{letter.expires_at:%Y-%m-%d %H:%M} UTC"
        message.set_content(f"{says}\n\n{letter.link}\n\nThe link works once, until {until}.\n{otherwise}\n")
        return message


async def _quietly(work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except WatchroomError as error:
        _log.warning("A mail that somebody asked for was not sent: %s", error.message)


def _words(letter: AccessLetter) -> tuple[str, str, str]:
    """Subject, what it is about, and what to do if it was not asked for."""
    by = " ".join(letter.by.split())[:100]
    match letter.kind:
        case "invitation":
            return (
                f"{by} invites you to Watchroom"[:150],
                f"{by} invites you to Watchroom, where your team runs its incidents.\nMake your account here:",
                "If you do not know them, do nothing: no account is made.",
            )
        case "sign_in":
            return (
                "Your link to sign in to Watchroom",
                f"{by} has made you a link to sign in to Watchroom:" if by else "Sign in to Watchroom here:",
                "If you expected none, do nothing, and tell whoever runs your Watchroom.",
            )
        case "password":
            return (
                "A new password for Watchroom",
                f"{by} has made you a link to set your password for Watchroom:"
                if by
                else "Somebody, probably you, asked for a new password for Watchroom. Set it here:",
                "If that was not you, do nothing: your password stays as it is.",
            )
