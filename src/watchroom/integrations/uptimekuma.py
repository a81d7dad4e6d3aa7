"""Uptime Kuma's webhook: a monitor, its heartbeat, and a sentence.

source: Uptime Kuma, `server/notification-providers/webhook.js` and `src/util.js`: a heartbeat's status is 0 down, 1 up,
2 pending, 3 maintenance, its `time` is UTC. The test button and the warning of a certificate come without a heartbeat.
Pure; called by the web.
"""

from datetime import datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.detection.signal import Signal, State, signal_id
from watchroom.integrations import generic
from watchroom.integrations.delivery import Limits, Reading, check_sizes, decode, plausible
from watchroom.integrations.fields import annotations_of, as_text, as_time, as_url, first_line, labels_of


class _Heartbeat(msgspec.Struct, gc=False):
    status: int | None = None
    monitorID: int | str | None = None
    time: str | None = None
    msg: str | None = None
    ping: float | None = None


class _Monitor(msgspec.Struct, gc=False):
    id: int | str | None = None
    name: str = ""
    url: str | None = None
    hostname: str | None = None
    type: str | None = None
    description: str | None = None
    pathName: str | None = None
    tags: Any = None


class _Webhook(msgspec.Struct, gc=False):
    msg: str | None = None
    heartbeat: _Heartbeat | None = None
    monitor: _Monitor | None = None


_webhook = msgspec.json.Decoder(_Webhook, strict=False)
WEBHOOK = "a webhook of Uptime Kuma's"
OVER = (1, 3)
"""Up, and under maintenance: nobody needs to look."""


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read a webhook body; one that a user composed is read as any JSON. Raises Malformed."""
    webhook: _Webhook = decode(_webhook, body, WEBHOOK)
    if webhook.msg is None and webhook.monitor is None:
        return generic.read(body, source, limits, now)
    monitor, beat = webhook.monitor or _Monitor(), webhook.heartbeat
    said = first_line((beat.msg if beat is not None else None) or webhook.msg or "")
    name = monitor.name or as_text(monitor.url)
    title = f"{name}: {said}" if name and said and name not in said else said or name
    if not title:
        raise Malformed("Neither a monitor nor a message was found.", hint="Leave the body at its preset.")
    watched = as_text(monitor.id) or (as_text(beat.monitorID) if beat is not None else "") or name
    # What comes without a heartbeat is about something else than being up: a certificate, a test.
    key = f"monitor/{watched}" if beat is not None else f"notice/{watched}/{said if not watched else 'certificate'}"
    state: State = "resolved" if beat is not None and beat.status in OVER else "firing"
    at = plausible(as_time(beat.time), "heartbeat.time", limits) if beat is not None else None
    tags = labels_of(monitor.tags)
    labels = {**tags, **{n: v for n, v in (("type", monitor.type), ("host", monitor.hostname)) if v}}
    annotations = annotations_of({"description": monitor.description, "message": webhook.msg})
    check_sizes({**labels, "key": key}, annotations, limits)
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state=state,
        title=title,
        severity=tags.get("severity", ""),
        service=(tags.get("service") or monitor.name)[:200],
        labels=labels,
        annotations=annotations,
        starts_at=at if state == "firing" else None,
        ends_at=at if state == "resolved" else None,
        url=as_url(monitor.url),
    )
    return Reading([signal])
