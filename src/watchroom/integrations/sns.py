"""Amazon SNS over HTTP, and CloudWatch alarms inside it; and the call `Publish`, which an Alertmanager makes.

source: Amazon SNS Developer Guide, "Parsing Amazon SNS message formats" and "Raw message delivery"; Amazon
CloudWatch User Guide; SNS API reference, `Publish`. The body is JSON although its content type says text. An address
inside a body is never fetched: who confirms a subscription is a person, told how by a notice in the inbox. Pure;
called by the web.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.base.rng import short_hash
from watchroom.detection.signal import Receipt, Signal, signal_id
from watchroom.integrations import alertmanager_text, cloudwatch, eventbridge, generic, grafana
from watchroom.integrations.delivery import (
    Headers,
    Limits,
    Notice,
    Read,
    Reading,
    check_sizes,
    decode,
)
from watchroom.integrations.fields import (
    as_label,
    as_text,
    first_line,
    inner_json,
    split_prefix,
    state_word,
)

_json = msgspec.json.Decoder(Any)
MESSAGE = "a message of Amazon SNS"
TYPES = frozenset({"Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"})
Object = Mapping[str, Any]


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read a message as SNS posts it. Raises Malformed."""
    value = decode(_json, body, MESSAGE)
    if not isinstance(value, dict):
        return generic.read(body, source, limits, now)
    kind = value.get("Type")
    if kind in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return Reading([], notice=_notice(value))
    if "TopicArn" not in value and "Message" not in value:
        return _message(value, {}, source, limits)
    text = as_label(value.get("Message") or "")
    inner = inner_json(text) if text.lstrip()[:1] in ("{", "[") else text
    return _message(inner, value, source, limits)


def reading(headers: Headers) -> Read:
    """The reader for a request with these headers: a raw message when they say so, a form when it is `Publish`."""
    if headers.get("x-amz-sns-rawdelivery", "").lower() != "true":
        return read
    topic = headers.get("x-amz-sns-topic-arn", "")

    def read_raw(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
        text = body.decode("utf-8", "replace")
        inner = inner_json(text) if text.lstrip()[:1] in ("{", "[") else text
        return _message(inner, {"TopicArn": topic}, source, limits)

    return read_raw


def published(receipts: list[Receipt], now: datetime) -> bytes:
    """What SNS answers to `Publish`."""
    id = short_hash(*(receipt.signal for receipt in receipts), now.isoformat()).ljust(32, "0")
    shaped = "-".join((id[:8], id[8:12], id[12:16], id[16:20], id[20:32]))
    return (
        '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
        f"<MessageId>{shaped}</MessageId></PublishResult><ResponseMetadata><RequestId>{shaped}</RequestId>"
        "</ResponseMetadata></PublishResponse>"
    ).encode()


def _notice(value: Object) -> Notice:
    topic, url = as_text(value.get("TopicArn")), as_text(value.get("SubscribeURL"))
    if value.get("Type") == "SubscriptionConfirmation":
        return Notice(
            "confirm_subscription",
            f"Amazon SNS asks whether messages of {topic} may be sent here. If you expect it, confirm with: "
            f"aws sns confirm-subscription --topic-arn {topic} --token {as_text(value.get('Token'))} - or open "
            f"{url} after a look at its host, which must end in .amazonaws.com.",
        )
    return Notice(
        "unsubscribed",
        f"Amazon SNS has stopped sending messages of {topic}. If that was a mistake, open {url} to subscribe again.",
    )


def _message(inner: Any, envelope: Object, source: str, limits: Limits) -> Reading:
    """What a message says: a CloudWatch alarm, an event of EventBridge, any JSON, or words."""
    topic, subject = as_text(envelope.get("TopicArn")), as_text(envelope.get("Subject"))
    match inner:
        case {"AlarmName": str(), "NewStateValue": str()}:
            return Reading([cloudwatch.alarm(inner, source, limits)])
        case {"detail-type": str(), "detail": dict()}:
            return eventbridge.read_event(inner, source, limits)
        case {"alerts": [{"labels": dict()}, *_]}:
            found = grafana.read_value(inner, source, limits)
        case [*_]:
            found = generic.read_values(inner, source, limits)
        case dict():
            found = generic.read_values([{"subject": subject, **inner} if subject else inner], source, limits)
        case _:
            return _words(as_label(inner), subject, topic, source, limits)
    labels = {"topic": topic} if topic else {}
    found.signals = [
        msgspec.structs.replace(signal, labels={**labels, **signal.labels}, url=signal.url) for signal in found.signals
    ]
    return found


def _words(text: str, subject: str, topic: str, source: str, limits: Limits) -> Reading:
    """A message that is no JSON; an Alertmanager's lists its alerts."""
    alerts = alertmanager_text.read(text, source, limits)
    if alerts:
        return Reading(alerts)
    title = first_line(subject or text)
    if not title:
        raise Malformed("The message is empty.", hint="Send a Subject or a Message.", code="no_title")
    said, about = split_prefix(title)
    key = f"{topic}\x1f{about}"
    check_sizes({"key": key}, {"description": text}, limits)
    signal = Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state=state_word(said) or "firing",
        title=title,
        labels={"topic": topic} if topic else {},
        annotations={"description": text} if text and text != title else {},
    )
    return Reading([signal])
