"""A mail as a signal: its subject is the title, its text the description, its thread what it speaks of.

`document` turns any bytes that came by SMTP into one JSON object, on which a source's mapping works as on any other;
`read` reads that object without a mapping. Mails are what the world writes: encoded headers, wrong charsets, HTML
alone, nesting without end. Nothing here fails on them; what cannot be unpacked is said in the text. Pure; called by
`mail_listener`. source: RFC 5322 (messages), RFC 2045 to 2047 (MIME).
"""

import email
import email.errors
import email.header
import email.message
import email.policy
import email.utils
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.base.rng import short_hash
from watchroom.detection.signal import Signal, signal_id
from watchroom.integrations.delivery import Limits, Reading, check_sizes, decode, plausible
from watchroom.integrations.mail_text import plain_text

HEADER_CHARS_MAX = 4_000
HEADERS_MAX = 60
TEXT_CHARS_MAX = 32 * 1024
TITLE_CHARS_MAX = 300
PARTS_MAX = 100
LEVELS_MAX = 30
"""How many multiparts and mails inside mails there may be; each line is looked at once for each of them."""
LINES_MAX = 250_000
HTML_CHARS_MAX = 128 * 1024
"""How much HTML of all parts together is read."""
ATTACHMENTS_MAX = 30
WHAT = "a mail"

_REPLY = re.compile(r"^\s*((re|fwd?|aw|wg|sv|tr)\s*(\[\d{1,3}\])?\s*:\s*)+", re.IGNORECASE)
_WORD = re.compile(
    r"^\W*(?P<word>RESOLVED|RECOVER(?:Y|ED)|OK(?:AY)?|UP|CLEAR(?:ED)?|CLOSED?|NORMAL|FIRING|PROBLEM|ALERT|ALARM|DOWN|"
    r"CRITICAL|WARN(?:ING)?|TRIGGERED|OPEN(?:ED)?)(?:\s*[:\d]*\s*\]|\s*[:\u2013-])\s*",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,400}>")


class _Bounded(email.policy.Compat32):
    """Cuts every header as it is read, of every part: the library takes quadratic time over a long one."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(_cut(sourcelines))
        return name, value


def _cut(lines: list[str]) -> list[str]:
    kept, chars = [], 0
    for line in lines:
        kept.append(line[: HEADER_CHARS_MAX - chars])
        chars += len(line)
        if chars >= HEADER_CHARS_MAX:
            break
    return kept


_POLICY = _Bounded()


class Mail(msgspec.Struct, omit_defaults=True):
    """A mail as a mapping sees it."""

    subject: str
    subject_word: str
    """The state that the subject begins with, in capitals, such as RESOLVED; empty when it begins with none."""
    subject_rest: str
    """The subject without Re: and without that word: the same for the problem and for its end."""
    sender: str
    sender_name: str
    to: str
    message_id: str
    thread: str
    """The first mail of the thread: of the references the first, else what it answers, else its own id."""
    date: str
    text: str
    attachments: list[dict[str, Any]] = []
    headers: dict[str, str] = {}
    """All others by their names in small letters."""


_mails = msgspec.json.Decoder(Mail)


def document(raw: bytes) -> bytes:
    """The mail as JSON, whatever it is. Never raises."""
    message, text, attachments = _unpacked(raw)
    headers = _headers(message)
    subject = " ".join(headers.get("subject", "").split())
    bare = _REPLY.sub("", subject)
    word = _WORD.match(bare)
    name, address = _address(headers.get("from", ""))
    mail = Mail(
        subject=subject,
        subject_word=word["word"].upper() if word is not None else "",
        subject_rest=(bare[word.end() :] if word is not None else bare).strip() or bare,
        sender=address[:300],
        sender_name=name[:300],
        to=_address(headers.get("to", ""))[1][:300],
        message_id=_first_id(headers.get("message-id", "")),
        thread=_thread(headers),
        date=_date(headers.get("date", "")),
        text=text,
        attachments=attachments,
        headers={name: value for name, value in headers.items() if name not in ("subject", "from", "date")},
    )
    return msgspec.json.encode(mail)


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """One signal of a `document`. Raises Malformed when it is none."""
    mail: Mail = decode(_mails, body, WHAT)
    title = (mail.subject or mail.text.strip().split("\n", 1)[0])[:TITLE_CHARS_MAX].strip()
    title = title or f"Mail from {mail.sender or 'nobody'} without a subject"
    key = mail.thread or mail.message_id or short_hash(mail.sender, mail.subject, mail.text)
    annotations = {"description": mail.text} if mail.text.strip() else {}
    if mail.attachments:
        annotations["attachments"] = ", ".join(
            f"{part['name']} ({part['type']}, {part['bytes']} bytes)" for part in mail.attachments
        )
    labels = {"from": mail.sender} if mail.sender else {}
    check_sizes({**labels, "key": key}, annotations, limits)
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state="firing",
        title=title,
        labels=labels,
        annotations=annotations,
        starts_at=_starts_at(mail.date, limits, now),
    )
    return Reading([signal])


def _starts_at(date: str, limits: Limits, now: datetime) -> datetime | None:
    """When it was written, as far as that can be."""
    try:
        at = plausible(datetime.fromisoformat(date), "Date", limits) if date else None
    except (ValueError, Malformed):
        return None
    return at if at is not None and at <= now else None


def _unpacked(raw: bytes) -> tuple[email.message.Message, str, list[dict[str, Any]]]:
    """The mail with its text and attachments; of one that is nested without end, or broken, the headers alone."""
    small = raw.lower()
    if small.count(b"multipart/") + small.count(b"message/rfc822") <= LEVELS_MAX and raw.count(b"\n") <= LINES_MAX:
        try:
            message = email.message_from_bytes(raw, policy=_POLICY)
            return (message, *_content(message))
        except (RecursionError, ValueError, LookupError, TypeError, AttributeError):
            # So broken that the library gives up; its headers are still good.
            pass
    head, _, rest = raw[: 128 * 1024].replace(b"\r\n", b"\n").partition(b"\n\n")
    message = email.message_from_bytes(head + b"\n\n", policy=_POLICY)
    return message, "[The mail cannot be unpacked.]\n" + rest[:4_096].decode("utf-8", "replace"), []


def _address(value: str) -> tuple[str, str]:
    """Name and address of a header, as far as it has them."""
    try:
        return email.utils.parseaddr(value[:1_000])
    except (RecursionError, ValueError, IndexError):
        return "", ""


def _headers(message: email.message.Message) -> dict[str, str]:
    """The headers by small names, the first of each, decoded and bounded."""
    found: dict[str, str] = {}
    for name, value in list(message.raw_items())[: 4 * HEADERS_MAX]:
        name = name.lower()[:100]
        if name not in found and len(found) < HEADERS_MAX:
            found[name] = _decoded(str(value)[:HEADER_CHARS_MAX])
    return found


def _decoded(value: str) -> str:
    """A header's text (source: RFC 2047); what cannot be decoded stays as it was."""
    try:
        parts = email.header.decode_header(value.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        texts = [
            part if isinstance(part, str) else _text(part, charset or "raw-unicode-escape") for part, charset in parts
        ]
    except (ValueError, LookupError, email.errors.HeaderParseError):
        texts = [value]
    return "".join(texts).replace("\x00", "\ufffd").replace("\r", "").replace("\n", " ").strip()


def _text(body: bytes, charset: str | None) -> str:
    """Bytes in a charset that may be wrong or unknown."""
    try:
        return body.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return body.decode("latin-1")


def _first_id(value: str) -> str:
    found = _MESSAGE_ID.search(value)
    return found.group() if found is not None else ""


def _thread(headers: dict[str, str]) -> str:
    for name in ("references", "in-reply-to", "message-id"):
        if found := _first_id(headers.get(name, "")):
            return found
    return ""


def _date(value: str) -> str:
    try:
        at = email.utils.parsedate_to_datetime(value)
        return (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _content(message: email.message.Message) -> tuple[str, list[dict[str, Any]]]:
    """The text, from plain text where there is any, else from HTML; and what else hangs on the mail."""
    plain: list[str] = []
    html: list[str] = []
    attachments: list[dict[str, Any]] = []
    html_left = HTML_CHARS_MAX
    for part in _parts(message):
        kind = part.get_content_type()
        name = part.get_filename()
        body = part.get_payload(decode=True)
        payload = body if isinstance(body, bytes) else b""
        is_text = kind in ("text/plain", "text/html") and name is None
        if not is_text or part.get_content_disposition() == "attachment":
            if len(attachments) < ATTACHMENTS_MAX:
                shown = _decoded(str(name))[:200] if name else "without a name"
                attachments.append({"name": shown, "type": kind, "bytes": len(payload)})
        elif kind == "text/html":
            markup = _text(payload, part.get_content_charset())[:html_left]
            html_left -= len(markup)
            html.append(plain_text(markup))
        else:
            plain.append(_text(payload, part.get_content_charset()))
    text = "\n".join(plain).strip() or "\n".join(html).strip()
    text = text.replace("\x00", "\ufffd").replace("\r\n", "\n")
    return (text if len(text) <= TEXT_CHARS_MAX else text[:TEXT_CHARS_MAX] + "\n[cut]"), attachments


def _parts(message: email.message.Message) -> Iterator[email.message.Message]:
    """The parts that hold something, so many at most, without going down one by one into depths."""
    waiting, seen = [message], 0
    while waiting and seen < PARTS_MAX:
        part = waiting.pop(0)
        seen += 1
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list):
            waiting[:0] = [each for each in inner if isinstance(each, email.message.Message)]
        else:
            yield part
