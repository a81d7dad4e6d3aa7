"""Bodies that come as a form: its fields as the JSON object that they stand for.

Some senders post `payload={…}`, some one field for each value, some say that they post a form and send JSON (curl,
unless told otherwise). source: WHATWG URL, "application/x-www-form-urlencoded"; RFC 7578, "multipart/form-data". Pure;
called by the web before a body is read.
"""

from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

import msgspec

from watchroom.base.errors import Malformed

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
WRAPPERS = ("payload", "data", "json", "body")
"""Fields that hold the whole body as JSON (source: Slack's incoming webhooks, `payload`; Uptime Kuma, `data`)."""
FIELDS_MAX = 1_000


def is_form(content_type: str) -> bool:
    """Whether a body of this content type is a form."""
    return content_type.lower().startswith((URLENCODED, MULTIPART))


def to_json(content_type: str, body: bytes) -> bytes:
    """A form's fields as JSON; a body that is JSON already as it is. Raises Malformed."""
    if body.lstrip()[:1] in (b"{", b"["):
        return body
    fields = _urlencoded(body) if content_type.lower().startswith(URLENCODED) else _multipart(content_type, body)
    for name in WRAPPERS:
        within = fields.get(name, "").strip()
        if within[:1] in ("{", "["):
            return within.encode()
    # Words without a value are no fields of a form: somebody has sent something else under its name.
    return msgspec.json.encode(fields) if any(fields.values()) else body


def _urlencoded(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError as error:
        raise Malformed(f"The form cannot be read: {error}.", hint="Send JSON, or a form in UTF-8.") from error


def _multipart(content_type: str, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise Malformed("The form has no parts.", hint="Send JSON, or a form whose boundary its header names.")
    fields: dict[str, str] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes) and len(fields) < FIELDS_MAX:
            fields[name] = content.decode("utf-8", "replace")
    return fields
