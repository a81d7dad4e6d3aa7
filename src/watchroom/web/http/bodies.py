"""The body of a request with signals: read within its limit, unpacked, and a form made into JSON.

Called by `ingest`. What cannot be read comes with its beginning, since an authenticated body is kept. Never decodes.
"""

import zlib
from collections.abc import MutableMapping
from typing import Any

from watchroom.base.errors import Malformed, TooLarge, WatchroomError
from watchroom.integrations import forms
from watchroom.web.live.live import Receive

DRAINED_TIMES_MAX = 8
"""How many times the longest body is read from a sender that sends more, before it is answered all the same."""


class Unread(Exception):
    """A body that cannot be taken: why, what there is of it, and how long it was in bytes."""

    def __init__(self, error: WatchroomError, body: bytes, bytes_total: int) -> None:
        super().__init__(error.message)
        self.error = error
        self.body = body
        self.bytes_total = bytes_total


async def read_body(scope: Any, receive: Receive, limit: int) -> bytes:
    """The body. Raises Unread when it is too long or cannot be unpacked, Malformed when the sender went away."""
    declared = encoding = content_type = b""
    for name, value in scope["headers"]:
        if name == b"content-length":
            declared = value
        elif name == b"content-encoding":
            encoding = value.strip().lower()
        elif name == b"content-type":
            content_type = value
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The sender went away in the middle of the body.", hint="Send it again.")
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            total = int(declared) if declared.isdigit() else size
            error = TooLarge(
                f"The body is longer than {limit} bytes.",
                hint="Send fewer alerts at once (Alertmanager: max_alerts).",
                code="body_too_large",
            )
            size = await _drained(receive, size, message, DRAINED_TIMES_MAX * limit)
            raise Unread(error, b"".join(chunks), max(total, size))
        if not message.get("more_body", False):
            break
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    try:
        if encoding:
            body = _inflated(encoding, body, limit)
        if content_type and content_type != b"application/json":
            kind = content_type.decode("latin-1")
            body = forms.to_json(kind, body) if forms.is_form(kind) else body
    except Malformed as error:
        raise Unread(error, body, len(body)) from error
    return body


async def _drained(receive: Receive, size: int, message: MutableMapping[str, Any], limit: int) -> int:
    """Let the sender finish, within bounds: cut off in the middle, it would never read the answer. The size so far."""
    while message.get("more_body", False) and size <= limit:
        message = await receive()
        size += len(message.get("body", b""))
    return size


def _inflated(encoding: bytes, body: bytes, limit: int) -> bytes:
    """The body without its compression. Raises TooLarge, Malformed."""
    match encoding:
        case b"identity":
            return body
        case b"gzip" | b"x-gzip":
            return _gunzipped(body, limit)
        case _:
            error = Malformed(
                f"Content-Encoding {encoding[:40].decode('latin-1')!r} is not understood.",
                hint="Send the body as it is, or with gzip.",
                code="unsupported_encoding",
            )
            error.status = 415
            raise error


def _gunzipped(body: bytes, limit: int) -> bytes:
    """Unpacked no further than the limit, so that a small body cannot become a huge one."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise Malformed(f"The body is not gzip: {error}.", hint="Send it as its Content-Encoding says.") from error
    if len(plain) > limit:
        raise TooLarge(
            f"The unpacked body is longer than {limit} bytes.", hint="Send less at once.", code="body_too_large"
        )
    if not inflater.eof or inflater.unused_data:
        raise Malformed("The gzip body is cut off, or followed by something else.", hint="Send it again.")
    return plain
