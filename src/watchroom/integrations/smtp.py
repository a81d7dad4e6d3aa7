"""Mail: one message to one person, handed to the mail server of the settings.

Called by `notify`, in a thread, since the library waits. Says whether trying again helps. Source: RFC 5321 (4xx is
for now, 5xx for good). Never decides whether something may be sent.
"""

import smtplib
import ssl
from contextlib import ExitStack
from email.message import EmailMessage

import msgspec

from watchroom.config import Settings


class MailFailed(Exception):
    """The server did not take the message; `for_good` says that trying again does not help."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.for_good = for_good


class Server(msgspec.Struct, frozen=True):
    """How the mail server is reached."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    timeout_s: float


def server_of(settings: Settings) -> Server | None:
    """The mail server of the settings; None when there is none."""
    if not settings.smtp_host:
        return None
    return Server(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_tls,
        settings.smtp_user,
        settings.smtp_password,
        settings.smtp_timeout_s,
    )


def send(server: Server, message: EmailMessage) -> None:
    """Hand the message over. Raises MailFailed. Waits for the network: call it in a thread."""
    try:
        with _connected(server) as connection:
            connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise MailFailed(_said(code, said), for_good=code >= 500) from error
    except smtplib.SMTPAuthenticationError as error:
        # A wrong password is put right by somebody, and then it works.
        raise MailFailed(_said(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPResponseException as error:
        raise MailFailed(_said(error.smtp_code, error.smtp_error), for_good=error.smtp_code >= 500) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailFailed(f"The mail server cannot do this: {error}", for_good=True) from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        why = f"The mail server cannot be reached: {str(error) or type(error).__name__}"
        raise MailFailed(why, for_good=isinstance(error, UnicodeError)) from error


def _connected(server: Server) -> smtplib.SMTP:
    if server.tls == "tls":
        context = ssl.create_default_context()
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_s, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
    with ExitStack() as stack:
        stack.callback(connection.close)
        if server.tls == "starttls":
            connection.starttls(context=ssl.create_default_context())
        if server.user:
            connection.login(server.user, server.password)
        stack.pop_all()
    return connection


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"The mail server said {code} {text}"[:500].strip()
