"""Mails as signals: an SMTP listener whose mailboxes are the keys of the sources.

A mail to `KEY@anything` is the source's; the key is what authenticates it, as in a URL, so that only who knows the
address can write. 250 is said once everything is on disk, 451 when it cannot be written just now (the sender's mail
server tries again for days), 550 to an address that is no mailbox here. STARTTLS is not offered: listen on the
loopback, or behind a mail server that speaks TLS to the world. Started by `app`.
source: RFC 5321, RFC 3463 (enhanced codes).
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from watchroom.base.errors import NotFound, WatchroomError

RECIPIENTS_MAX = 20
CONNECTIONS_MAX = 100
IDLE_S = 60
COMMANDS_MAX = 1_000
UNKNOWN = "550 5.1.1 No mailbox of this name; the address of a source is shown once, when it gets its key"
LATER = "451 4.3.0 Not taken in; send it again later"

_log = logging.getLogger(__name__)

FindSource = Callable[[str], str | None]
"""The source whose key this is, or None."""
Deliver = Callable[[str, bytes], Awaitable[None]]
"""Makes one source's mail durable. Raises NotFound when the source has gone meanwhile, and what the intake raises."""


def mailbox(address: str) -> str:
    """The key in an address: what stands before the `@`, in small letters, without what follows a `+`."""
    return address.strip("<> ").rpartition("@")[0].partition("+")[0].lower()


class _Handler:
    """What is answered to the commands that matter (aiosmtpd finds the methods by their names)."""

    def __init__(self, find: FindSource, deliver: Deliver) -> None:
        self._find = find
        self._deliver = deliver

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 Too many recipients at once"
        if self._find(mailbox(address)) is None:
            return UNKNOWN
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else bytes(content or b"")
        sources = dict.fromkeys(self._find(mailbox(address)) for address in envelope.rcpt_tos)
        try:
            for source in sources:
                if source is None:
                    return UNKNOWN
                await self._deliver(source, raw)
        except NotFound:
            return UNKNOWN
        except WatchroomError as error:
            _log.warning("A mail was not taken in: %s", error.message)
            return LATER
        except Exception:  # supervised: the sender's mail server must hear that it has to try again; the log has why
            _log.exception("A mail was not taken in")
            return LATER
        return "250 2.0.0 Taken in"

    async def handle_exception(self, error: Exception) -> str:
        _log.error("A mail session failed", exc_info=error)
        return LATER


class _Connection(SMTP):
    """One connection; one too many is told to come back."""

    def __init__(self, open_: "set[_Connection]", handler: _Handler, **options: Any) -> None:
        super().__init__(handler, **options)
        self._open = open_
        self._turned_away = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self._open) >= CONNECTIONS_MAX:
            self._turned_away = True
            cast(asyncio.Transport, transport).write(b"421 4.7.0 Too many connections; come back later\r\n")
            transport.close()
            return
        self._open.add(self)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if not self._turned_away:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        return False if self._turned_away else super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._turned_away:
            self._open.discard(self)
            super().connection_lost(error)


class MailListener:
    """The listener. `start` it once requests can be taken in; `close` lets go of whoever is connected."""

    def __init__(self, find: FindSource, deliver: Deliver, *, hostname: str, bytes_max: int) -> None:
        self._handler = _Handler(find, deliver)
        self._hostname = hostname
        self._bytes_max = bytes_max
        self._open: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        """The port that is listened on."""

    async def start(self, listener: socket.socket) -> None:
        """Listen on a bound socket."""
        # It writes every address that it hears, and here an address is a secret.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        self.port = listener.getsockname()[1]

        def connection() -> _Connection:
            return _Connection(
                self._open,
                self._handler,
                data_size_limit=self._bytes_max,
                enable_SMTPUTF8=True,
                hostname=self._hostname,
                ident="Watchroom",
                timeout=IDLE_S,
                auth_exclude_mechanism=["LOGIN", "PLAIN"],
                command_call_limit={"*": COMMANDS_MAX},
                loop=loop,
            )

        self._server = await loop.create_server(connection, sock=listener)

    async def close(self) -> None:
        """Stop listening, and close what is open: a mail that was not answered is sent again."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._open):
            if connection.transport is not None:
                connection.transport.close()
        await self._server.wait_closed()
        self._server = None
