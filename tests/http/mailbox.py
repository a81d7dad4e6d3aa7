"""A real mail server (aiosmtpd) on a free port, which keeps what it is sent and can be told to refuse.

Used by the tests of pages. By hand: `python -m tests.http.mailbox` prints its port and then each mail.
"""

import asyncio
import email
import email.policy
import queue
import threading
from concurrent.futures import Future
from email.message import EmailMessage
from types import TracebackType

from aiosmtpd.smtp import SMTP, Envelope, Session

HANG = "hang"


class Mailbox:
    """`with Mailbox() as box:`; `box.port`, `box.next()`, and `box.answers` for what it says to the next mails."""

    def __init__(self) -> None:
        self.port = 0
        self.answers: list[str] = []
        """What the next mails are answered with, instead of yes; "" hangs up without an answer, HANG never answers."""
        self.tried: queue.Queue[str] = queue.Queue()
        """The Message-ID of each attempt, as it comes in."""
        self._mails: queue.Queue[EmailMessage] = queue.Queue()
        self._ready: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="mailbox")

    def next(self) -> EmailMessage:
        """The next mail that was taken; waits for it."""
        return self._mails.get(timeout=60)

    @property
    def empty(self) -> bool:
        """Whether everything that was taken was looked at."""
        return self._mails.empty()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """What aiosmtpd calls for each mail."""
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.tried.put(str(message["Message-ID"]))
        if self.answers:
            answer = self.answers.pop(0)
            if answer == HANG:
                await self._stop.wait()
            if not answer:
                assert server.transport is not None
                server.transport.close()
            return answer or "421 gone"
        self._mails.put(message)
        return "250 OK"

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: SMTP(self, hostname="mail.test"), "127.0.0.1", 0)
        self._ready.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()

    def __enter__(self) -> "Mailbox":
        self._thread.start()
        self.port = self._ready.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


if __name__ == "__main__":
    with Mailbox() as box:
        print(box.port, flush=True)
        while True:
            print(box._mails.get(), flush=True)
