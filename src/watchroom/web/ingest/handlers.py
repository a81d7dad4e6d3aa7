"""Signals over HTTP: raw ASGI handlers on the hot path, with authentication, size limit and answer by hand.

`POST /api/v1/signals/KIND`, the addresses of the senders' own protocols (`protocols`), and every one of them behind
`/in/KEY` for senders that can set no header. A 2xx is sent only after the row is durable; a body that cannot be read
is answered with one clear 4xx and kept. Mounted by `routes`. Never decides where a signal goes.
"""

import logging
from collections.abc import Callable
from typing import Any

import msgspec

from watchroom.base.errors import Malformed, NotFound, Unauthenticated, WatchroomError
from watchroom.base.logs import about, without_secrets
from watchroom.detection.signal import DeliveryKept
from watchroom.integrations.delivery import Reading
from watchroom.integrations.mapped import CODE as MAPPING_FAILED
from watchroom.integrations.mapped import MAPPED_KINDS, reader
from watchroom.people.caller import Caller
from watchroom.web.house import House
from watchroom.web.http.auth import authenticate, require, split_url_key
from watchroom.web.http.bodies import Unread, read_body
from watchroom.web.http.error_shape import error_body
from watchroom.web.http.errors import error_headers, mistake
from watchroom.web.ingest import opsgenie_reads
from watchroom.web.ingest.protocols import SIGNALS, Answer, Doubt, Protocol, is_ingest, protocol_at
from watchroom.web.live.live import Receive, Send

__all__ = ["Answer", "Doubt", "is_ingest", "take", "take_sample"]

READ_ANYWAY = "It was read automatically; correct the mapping in the source's settings."
READ_HINT = 'Send "status": "firing" or "resolved", and times as RFC 3339, such as "2026-11-23T03:00:00Z".'
NOT_KEPT = "So many bodies of this sender were kept today that this one is not."

_JSON = b"application/json"
_log = logging.getLogger(__name__)
_json = msgspec.json.Decoder(dict[str, Any])
_encode = msgspec.json.Encoder().encode


async def take(house: House, scope: Any, receive: Receive, send: Send) -> None:
    """Serve one ingest request, from the headers to the answer."""
    protocol: Protocol | None = None
    try:
        url_key, path = _split(scope)
        protocol = protocol_at(path, scope)
        scope["path_template"] = _template(path)
        caller, body = await authenticate(house.credentials, scope["headers"], url_key), None
        if caller is None and url_key is None and protocol.key_in is not None:
            caller, body = await _known_by_body(house, protocol.key_in, scope, receive)
        caller = require(caller, "signals")
        about().actor = caller.actor
        if scope["method"] == "GET" and protocol.kind == "opsgenie":
            await _respond(send, 200, await opsgenie_reads.show(house, caller, path, scope))
            return
        if caller.source is None:
            raise NotFound("This caller is no source of signals.", hint="Use a token with the scope signals.")
        if scope["method"] not in protocol.methods:
            error = WatchroomError("Signals are sent with POST.", hint=f"POST {path}", code="method_not_allowed")
            error.status = 405
            raise error
        if body is None:
            try:
                body = await read_body(scope, receive, house.settings.body_bytes_max)
            except Unread as unread:
                await _keep(house, caller.source, protocol.kind, path, unread.body, unread.bytes_total, unread.error)
                raise unread.error from unread
        # Once unpacked, a body may be many times what was sent, and what was sent is counted at the door.
        house.bodies.hold(len(body))
        try:
            status, answer, content_type = await _take_in(house, caller.source, path, protocol, body)
        finally:
            house.bodies.let_go(len(body))
        house.metrics.delivery_of(protocol.kind, str(status)).inc()
        await _respond(send, status, answer, content_type)
    except WatchroomError as error:
        house.metrics.delivery_of(protocol.kind if protocol is not None else "unknown", str(error.status)).inc()
        await _respond(send, error.status, _refusal(protocol, error), _JSON, error_headers(error, allow="POST"))
    except Exception:  # supervised: the sender gets an answer of our shape, the log the fault, and it is counted
        _log.exception("%s %s failed", scope["method"], without_secrets(scope["path"]))
        house.metrics.errors.inc()
        await _respond(send, 500, error_body(mistake()))


def _split(scope: Any) -> tuple[str | None, str]:
    """The key in the URL, and the address without it. Opsgenie's stays encoded, since an alias may hold a slash."""
    path: str = scope["path"]
    if "/v2/alerts/" in path:
        path = scope["raw_path"].decode("latin-1")
    path = path.rstrip("/")
    keyed = split_url_key(path)
    return keyed if keyed is not None else (None, path)


def _template(path: str) -> str:
    """The address as metrics and logs name it: Opsgenie's without the alert that it names."""
    before, found, _alert = path.partition("/v2/alerts/")
    return f"{before}{found}{{alert}}" if found else path


async def _known_by_body(
    house: House, key_in: Callable[[bytes], str | None], scope: Any, receive: Receive
) -> tuple[Caller, bytes]:
    """Who sends this, by the key in the body, and the body. Raises Unauthenticated, TooLarge."""
    try:
        body = await read_body(scope, receive, house.settings.unknown_sender_body_bytes_max)
    except Unread as unread:
        # Nobody known has sent it, so nothing of it is kept.
        raise unread.error from unread
    key = key_in(body)
    caller = house.credentials.by_url_key(key) if key is not None else None
    if caller is None and key is not None:
        # Perhaps another process has made it since.
        await house.credentials.catch_up()
        caller = house.credentials.by_url_key(key)
    if caller is None:
        hint = "The routing_key is a source's key: watchroom source create NAME --kind pagerduty"
        raise Unauthenticated("This needs the key of a source.", hint=hint)
    return caller, body


async def take_sample(house: House, source: str, kind: str, body: bytes) -> tuple[int, bytes]:
    """A delivery that this server makes itself, on the way that a sender's would take: status and answer."""
    path = SIGNALS + kind
    protocol = protocol_at(path, {"method": "POST", "headers": [], "query_string": b""})
    status, answer, _content_type = await _take_in(house, source, path, protocol, body)
    return status, answer


async def _take_in(house: House, source: str, path: str, protocol: Protocol, body: bytes) -> tuple[int, bytes, bytes]:
    started, read = house.clock.now(), protocol.read
    if protocol.kind in MAPPED_KINDS:
        house.recent.note(source, body, started)
        read = reader(house.book.mapping_of(source), read)
    try:
        reading = await house.aside.read(read, body, source, house.limits, started)
    except Malformed as error:
        await _keep(house, source, protocol.kind, path, body, len(body), error)
        raise
    fault = _fault(reading)
    kept = _to_keep(house, source, path, body, reading, fault)
    receipts = await house.intake.receive(
        source,
        protocol.kind,
        reading.signals,
        kept,
        truncated=reading.truncated,
        remarks=reading.remarks,
        changes=reading.changes,
        fallback=reading.fallback,
    )
    counts: dict[str, int] = {}
    for receipt in receipts:
        counts[receipt.outcome] = counts.get(receipt.outcome, 0) + 1
    for outcome, count in counts.items():
        house.metrics.signal_of(outcome).inc(count)
    if fault is not None:
        return fault.status, error_body(fault, receipts=receipts), _JSON
    if protocol.answer is None:
        return 200, _encode(Answer(receipts, _doubts(reading))), _JSON
    now = house.clock.now()
    return protocol.answer(reading, receipts, now, round((now - started).total_seconds(), 3))


def _doubts(reading: Reading) -> list[Doubt]:
    said = [Doubt(MAPPING_FAILED, reading.fallback, READ_ANYWAY)] if reading.fallback else []
    return said + [Doubt(each.code, f"Alert {each.index + 1}: {each.message}", READ_HINT) for each in reading.doubts]


def _misfit(house: House, source: str, path: str, body: bytes, reading: Reading) -> DeliveryKept | None:
    """A body that the mapping did not fit, kept now and then to mend the mapping by."""
    if not reading.fallback or house.book.of(source).has_mapping_sample(house.clock.now()):
        return None
    error = Malformed(f"Read automatically, since its mapping did not fit: {reading.fallback}", code=MAPPING_FAILED)
    return _kept(house, path, body, len(body), error)


def _to_keep(
    house: House, source: str, path: str, body: bytes, reading: Reading, fault: Malformed | None
) -> DeliveryKept | None:
    """What of the body is kept for somebody to look at: what could not be taken, was remarkable, or did not fit."""
    error = fault
    if reading.notice is not None:
        error = Malformed(reading.notice.message, code=reading.notice.code)
    if error is None:
        return _misfit(house, source, path, body, reading)
    if house.kept.allows(source, house.clock.now()):
        return _kept(house, path, body, len(body), error)
    house.metrics.not_kept.inc()
    if fault is not None:
        fault.hint = f"{len(reading.signals)} others were taken. {NOT_KEPT}"
    return None


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


def _refusal(protocol: Protocol | None, error: WatchroomError) -> bytes:
    """The one error shape, and beside it what the sender's own client looks for."""
    body = error_body(error)
    if protocol is None or protocol.refusal is None:
        return body
    return _encode({**protocol.refusal(f"{error.message} {error.hint}".strip()), **_json.decode(body)})


async def _respond(
    send: Send, status: int, body: bytes, content_type: bytes = _JSON, headers: dict[str, str] | None = None
) -> None:
    shown = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    for name, value in (headers or {}).items():
        shown.append((name.lower().encode(), value.encode()))
    await send({"type": "http.response.start", "status": status, "headers": shown})
    await send({"type": "http.response.body", "body": body})
