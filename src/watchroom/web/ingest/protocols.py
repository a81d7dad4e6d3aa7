"""Which protocol is spoken at an address that takes signals: how a body is read, where the sender's key may stand, and
what the sender expects to be answered.

Called by `ingest`, once a request. Never reads a body itself, never decides who sends it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from watchroom.base.errors import NotFound
from watchroom.detection.signal import Receipt
from watchroom.integrations import (
    alertmanager,
    cloudevents,
    datadog,
    forms,
    grafana,
    opsgenie,
    pagerduty,
    recognition,
    sentry,
    sns,
    uptimekuma,
    zabbix,
)
from watchroom.integrations.delivery import Headers, Read, Reading
from watchroom.web.http.auth import URL_PREFIX

SIGNALS = "/api/v1/signals/"
ALERTS = "/api/v2/alerts"
EVENTS = "/v2/enqueue"
CHANGES = "/v2/change/enqueue"
LEGACY_EVENTS = "/generic/2010-04-15/create_event.json"
OPSGENIE = "/v2/alerts"

READERS: dict[str, Read] = {
    "alertmanager": alertmanager.read_webhook,
    "grafana": grafana.read,
    "pagerduty": pagerduty.read_any,
    "opsgenie": opsgenie.read_any,
    "sentry": sentry.read,
    "cloudevents": cloudevents.read,
    "sns": sns.read,
    "datadog": datadog.read,
    "zabbix": zabbix.read,
    "uptimekuma": uptimekuma.read,
    "generic": recognition.read,
}
"""The readers by the word of `--kind`, for bodies that say everything themselves."""

_encode = msgspec.json.Encoder().encode
_JSON = b"application/json"

Answering = Callable[[Reading, list[Receipt], datetime, float], tuple[int, bytes, bytes]]
"""From the reading, its receipts, the time and the seconds that it took: status, body, content type."""


class Doubt(msgspec.Struct, frozen=True):
    """Something to look at, though everything was taken in."""

    code: str
    message: str
    hint: str


class Answer(msgspec.Struct, omit_defaults=True):
    """One receipt a signal, in the delivery's order."""

    receipts: list[Receipt]
    warnings: list[Doubt] = []


class Protocol(msgspec.Struct, frozen=True):
    """How a sender of signals is spoken with at one address."""

    kind: str
    read: Read
    answer: Answering | None = None
    """None: our receipts alone, with 200."""
    key_in: Callable[[bytes], str | None] | None = None
    """Finds the sender's key inside the body, where the protocol puts it there."""
    refusal: Callable[[str], dict[str, Any]] | None = None
    """What the sender's client looks for in an error, to stand beside ours."""
    methods: tuple[str, ...] = ("POST",)


def is_ingest(path: str) -> bool:
    """Whether signals are sent to this address; the other addresses below `/api/v1/signals` read them."""
    if path.startswith(SIGNALS):
        return path[len(SIGNALS) :].rstrip("/") in READERS
    if path.startswith(URL_PREFIX):
        return True
    bare = path.rstrip("/")
    return bare in _FIXED or path.startswith(OPSGENIE + "/")


def protocol_at(path: str, scope: Any) -> Protocol:
    """The protocol of an address, without a key in it and without a slash at the end. Raises NotFound."""
    found = _FIXED.get(path)
    if found is not None:
        return found
    if path.startswith(SIGNALS):
        kind = path.removeprefix(SIGNALS)
        if kind in _HEADED:
            return _headed(kind, _headers(scope))
    elif path.startswith(OPSGENIE + "/"):
        return _opsgenie(path, scope)
    raise NotFound(f"No signals are taken at {path}.", hint=f"POST {SIGNALS}generic takes any JSON object.")


def segments(path: str) -> list[str]:
    """The parts of an address of Opsgenie's behind `/v2/alerts`, each decoded by itself: an alias may hold a slash."""
    return [unquote(part) for part in path.removeprefix(OPSGENIE).split("/") if part]


def query_of(scope: Any) -> dict[str, str]:
    """The words behind the question mark."""
    return dict(parse_qsl(scope["query_string"].decode("latin-1")))


def _headers(scope: Any) -> Headers:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _headed(kind: str, headers: Headers) -> Protocol:
    """Senders of which part of what they say stands in headers."""
    if kind == "cloudevents" or (kind == "generic" and "ce-specversion" in headers):
        return Protocol(kind, cloudevents.reading(headers))
    if kind == "sns":
        call = forms.is_form(headers.get("content-type", "")) and "x-amz-sns-message-type" not in headers
        return Protocol(kind, sns.reading(headers), _sns_answer if call else None)
    return Protocol(kind, READERS[kind])


def _opsgenie(path: str, scope: Any) -> Protocol:
    parts, method = segments(path), scope["method"]
    match parts:
        case [identifier] if method == "DELETE":
            action = "delete"
        case [identifier, ("tags" | "details") as changed] if method == "DELETE":
            action = f"un{changed}"
        case [identifier, action] if method in ("POST", "PUT") and (action == "close" or action in opsgenie.DONE):
            pass
        case [identifier, "actions", _name] if method == "POST":
            action = "actions"
        case _:
            return Protocol("opsgenie", opsgenie.read, methods=("POST", "PUT", "DELETE", "GET"), refusal=_opsgenie_no)
    read = opsgenie.action_reading(identifier, action, query_of(scope))
    return Protocol("opsgenie", read, _opsgenie_answer(action), refusal=_opsgenie_no, methods=(method,))


def _opsgenie_answer(action: str) -> Answering:
    def answer(reading: Reading, receipts: list[Receipt], now: datetime, took_s: float) -> tuple[int, bytes, bytes]:
        request = opsgenie.request_id(action, receipts, now)
        return 202, _encode(opsgenie.Accepted(request, took_s, receipts)), _JSON

    return answer


def _opsgenie_no(message: str) -> dict[str, Any]:
    return {"message": message, "took": 0.0, "requestId": ""}


def _pagerduty_answer(
    reading: Reading, receipts: list[Receipt], now: datetime, took_s: float
) -> tuple[int, bytes, bytes]:
    return 202, _encode(pagerduty.accepted(reading, receipts)), _JSON


def _legacy_answer(reading: Reading, receipts: list[Receipt], now: datetime, took_s: float) -> tuple[int, bytes, bytes]:
    return 200, _encode(pagerduty.accepted_legacy(reading, receipts)), _JSON


def _sns_answer(reading: Reading, receipts: list[Receipt], now: datetime, took_s: float) -> tuple[int, bytes, bytes]:
    return 200, sns.published(receipts, now), b"text/xml"


def _of_pagerduty(read: Read, answer: Answering) -> Protocol:
    return Protocol("pagerduty", read, answer, key_in=pagerduty.key_in, refusal=pagerduty.refusal)


_HEADED = frozenset({"cloudevents", "sns", "generic"})
_PAGERDUTY: Mapping[str, Protocol] = {
    EVENTS: _of_pagerduty(pagerduty.read, _pagerduty_answer),
    CHANGES: _of_pagerduty(pagerduty.read_change, _pagerduty_answer),
    LEGACY_EVENTS: _of_pagerduty(pagerduty.read_legacy, _legacy_answer),
}
_FIXED: Mapping[str, Protocol] = {
    ALERTS: Protocol("alertmanager", alertmanager.read_alerts),
    **{SIGNALS + kind: Protocol(kind, read) for kind, read in READERS.items() if kind not in _HEADED},
    SIGNALS + "pagerduty": Protocol("pagerduty", pagerduty.read_any, key_in=pagerduty.key_in),
    **_PAGERDUTY,
    OPSGENIE: Protocol("opsgenie", opsgenie.read, _opsgenie_answer("create"), refusal=_opsgenie_no),
}
