"""Signals over HTTP: raw ASGI handlers on the hot path, with authentication, size limit and answer by hand.

`POST /api/v1/signals/KIND`, `POST /api/v2/alerts`, and every ingest path behind `/in/KEY` for senders that can set
no header. A 2xx is sent only after the row is durable; a body that cannot be read is answered with one clear 4xx
and kept. Mounted by `routes`. Never decides where a signal goes.
"""

import logging
import zlib
from collections.abc import MutableMapping
from typing import Any

import msgspec

from watchroom.base.errors import Malformed, NotFound, TooLarge, WatchroomError
from watchroom.base.logs import about, without_secrets
from watchroom.detection.signal import DeliveryKept, Receipt
from watchroom.integrations import alertmanager, generic
from watchroom.integrations.delivery import Read, Reading
from watchroom.people.source import KINDS
from watchroom.web.auth import URL_PREFIX, authenticate_now, require, split_url_key
from watchroom.web.errors import error_body, error_headers, mistake
from watchroom.web.house import House
from watchroom.web.live import Receive, Send

SIGNALS = "/api/v1/signals/"
ALERTS = "/api/v2/alerts"
DRAINED_TIMES_MAX = 8
"""How many times the longest body is read from a sender that sends more, before it is answered all the same."""

NOT_KEPT = "So many bodies of this sender were kept today that this one is not."

READERS: dict[str, Read] = {"alertmanager": alertmanager.read_webhook, "generic": generic.read}

_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct):
    """One receipt a signal, in the delivery's order."""

    receipts: list[Receipt]


def is_ingest(path: str) -> bool:
    """Whether signals are sent to this address; the other addresses below `/api/v1/signals` read them."""
    if path.startswith(SIGNALS):
        return path[len(SIGNALS) :].rstrip("/") in KINDS
    return path.startswith(URL_PREFIX) or path.rstrip("/") == ALERTS


async def take(house: House, scope: Any, receive: Receive, send: Send) -> None:
    """Serve one ingest request, from the headers to the answer."""
    kind = "unknown"
    try:
        path = scope["path"].rstrip("/")
        keyed = split_url_key(path)
        url_key, path = keyed if keyed is not None else (None, path)
        kind, read = _reader(path)
        scope["path_template"] = path
        caller = require(authenticate_now(house.credentials, scope["headers"], url_key), "signals")
        about().actor = caller.actor
        if caller.source is None:
            raise NotFound("This caller is no source of signals.", hint="Use a token with the scope signals.")
        if scope["method"] != "POST":
            error = WatchroomError("Signals are sent with POST.", hint=f"POST {path}", code="method_not_allowed")
            error.status = 405
            raise error
        body = await _body(house, caller.source, kind, path, scope, receive)
        # Once unpacked, a body may be many times what was sent, and what was sent is counted at the door.
        house.bodies.hold(len(body))
        try:
            status, answer = await _take_in(house, caller.source, kind, path, read, body)
        finally:
            house.bodies.let_go(len(body))
        house.metrics.deliveries.labels(kind, str(status)).inc()
        await _respond(send, status, answer)
    except WatchroomError as error:
        house.metrics.deliveries.labels(kind, str(error.status)).inc()
        await _respond(send, error.status, error_body(error), error_headers(error, allow="POST"))
    except Exception:  # supervised: the sender gets an answer of our shape, the log the fault, and it is counted
        _log.exception("%s %s failed", scope["method"], without_secrets(scope["path"]))
        house.metrics.errors.inc()
        await _respond(send, 500, error_body(mistake()))


def _reader(path: str) -> tuple[str, Read]:
    if path == ALERTS:
        return "alertmanager", alertmanager.read_alerts
    if path.startswith(SIGNALS):
        kind = path.removeprefix(SIGNALS)
        if kind in READERS:
            return kind, READERS[kind]
        if kind in KINDS:
            return kind, generic.read
    raise NotFound(f"No signals are taken at {path}.", hint=f"POST {SIGNALS}generic takes any JSON object.")


async def _take_in(house: House, source: str, kind: str, path: str, read: Read, body: bytes) -> tuple[int, bytes]:
    try:
        reading = read(body, source, house.limits, house.clock.now())
    except Malformed as error:
        await _keep(house, source, kind, path, body, len(body), error)
        raise
    fault = _fault(reading)
    kept = None
    if fault is not None and house.kept.allows(source, house.clock.now()):
        kept = _kept(house, path, body, len(body), fault)
    elif fault is not None:
        house.metrics.not_kept.inc()
        fault.hint = f"{len(reading.signals)} others were taken. {NOT_KEPT}"
    receipts = await house.intake.receive(source, kind, reading.signals, kept, truncated=reading.truncated)
    counts: dict[str, int] = {}
    for receipt in receipts:
        counts[receipt.outcome] = counts.get(receipt.outcome, 0) + 1
    for outcome, count in counts.items():
        house.metrics.signals.labels(outcome).inc(count)
    if fault is not None:
        return fault.status, error_body(fault, receipts=receipts)
    return 200, _encode(Answer(receipts))


def _fault(reading: Reading) -> Malformed | None:
    """One error for all signals of a body that could not be taken; the others were."""
    if not reading.faults:
        return None
    first = reading.faults[0]
    more = f" {len(reading.faults) - 1} more could not be taken either." if len(reading.faults) > 1 else ""
    return Malformed(
        f"Alert {first.index + 1} was not taken: {first.message}{more}",
        hint=f"{len(reading.signals)} others were taken; the body is kept and shown in the inbox.",
        code=first.code,
    )


async def _keep(
    house: House, source: str, kind: str, path: str, body: bytes, bytes_total: int, error: WatchroomError
) -> None:
    if not house.kept.allows(source, house.clock.now()):
        house.metrics.not_kept.inc()
        error.hint = f"{error.hint} {NOT_KEPT}".strip()
        return
    await house.intake.receive(source, kind, [], _kept(house, path, body, bytes_total, error))
    error.hint = f"{error.hint} The body is kept and shown in the inbox.".strip()


def _kept(house: House, path: str, body: bytes, bytes_total: int, error: WatchroomError) -> DeliveryKept:
    text = body[: house.settings.kept_body_bytes_max].decode("utf-8", "replace").replace("\x00", "\ufffd")
    return DeliveryKept(body=text, bytes_total=bytes_total, path=path, code=error.code, message=error.message)


async def _body(house: House, source: str, kind: str, path: str, scope: Any, receive: Receive) -> bytes:
    """The body; of one that is too long its beginning is kept. Raises TooLarge, Malformed (the sender went away)."""
    limit = house.settings.body_bytes_max
    declared = encoding = b""
    for name, value in scope["headers"]:
        if name == b"content-length":
            declared = value
        elif name == b"content-encoding":
            encoding = value.strip().lower()
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
            await _keep(house, source, kind, path, b"".join(chunks), max(total, size), error)
            raise error
        if not message.get("more_body", False):
            body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            return await _inflated(house, source, kind, path, encoding, body) if encoding else body


async def _drained(receive: Receive, size: int, message: MutableMapping[str, Any], limit: int) -> int:
    """Let the sender finish, within bounds: cut off in the middle, it would never read the answer. The size so far."""
    while message.get("more_body", False) and size <= limit:
        message = await receive()
        size += len(message.get("body", b""))
    return size


async def _inflated(house: House, source: str, kind: str, path: str, encoding: bytes, body: bytes) -> bytes:
    """The body without its compression; what cannot be unpacked is kept. Raises TooLarge, Malformed."""
    limit = house.settings.body_bytes_max
    try:
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
    except Malformed as error:
        await _keep(house, source, kind, path, body, len(body), error)
        raise


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


async def _respond(send: Send, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    shown = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    for name, value in (headers or {}).items():
        shown.append((name.lower().encode(), value.encode()))
    await send({"type": "http.response.start", "status": status, "headers": shown})
    await send({"type": "http.response.body", "body": body})
