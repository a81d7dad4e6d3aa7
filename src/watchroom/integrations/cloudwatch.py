"""CloudWatch alarms, as Amazon SNS brings them and as Amazon EventBridge does.

source: Amazon CloudWatch User Guide, "Notifying users on alarm changes" and "Alarm events and EventBridge". An alarm is
known by its ARN. `OK` ends it; `INSUFFICIENT_DATA` does not, since nobody knows then. Pure; called by `sns` and
`eventbridge`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from watchroom.detection.signal import Signal, signal_id
from watchroom.integrations.delivery import Limits, check_sizes, plausible
from watchroom.integrations.fields import annotations_of, as_text, as_time, first_line, labels_of

Object = Mapping[str, Any]


def alarm(alarm: Object, source: str, limits: Limits) -> Signal:
    """A CloudWatch alarm: OK, ALARM or INSUFFICIENT_DATA."""
    name, arn = as_text(alarm.get("AlarmName")), as_text(alarm.get("AlarmArn"))
    state = as_text(alarm.get("NewStateValue"))
    reason = first_line(as_text(alarm.get("NewStateReason")))
    given = alarm.get("Trigger")
    trigger: Object = given if isinstance(given, dict) else {}
    found = {
        "account": alarm.get("AWSAccountId"),
        "region": alarm.get("Region"),
        "namespace": trigger.get("Namespace"),
        "metric": trigger.get("MetricName"),
    }
    labels = {name: text for name, value in found.items() if (text := as_text(value))}
    labels |= labels_of(trigger.get("Dimensions"))
    said = {"description": alarm.get("AlarmDescription"), "reason": alarm.get("NewStateReason"), "state": state}
    annotations = annotations_of(said)
    key = arn or f"{as_text(alarm.get('AWSAccountId'))}\x1f{as_text(alarm.get('Region'))}\x1f{name}"
    check_sizes({**labels, "key": key}, annotations, limits)
    at = plausible(as_time(alarm.get("StateChangeTime")), "StateChangeTime", limits)
    return Signal(
        id=signal_id(source, key),
        source=source,
        key=key,
        group=key,
        state="resolved" if state == "OK" else "firing",
        title=f"{name}: {reason}"[:500] if reason else name,
        service=next(iter(labels_of(trigger.get("Dimensions")).values()), "") or as_text(trigger.get("Namespace")),
        labels=labels,
        annotations=annotations,
        starts_at=at if state != "OK" else None,
        ends_at=at if state == "OK" else None,
        url=_console(arn, name),
    )


def _console(arn: str, name: str) -> str:
    """Where the alarm is looked at (source: arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME)."""
    parts = arn.split(":", 6)
    if len(parts) < 7 or parts[1] != "aws":
        return ""
    host = f"https://{parts[3]}.console.aws.amazon.com/cloudwatch/home"
    return f"{host}?region={parts[3]}#alarmsV2:alarm/{quote(name, safe='')}"
