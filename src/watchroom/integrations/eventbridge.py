"""Events of Amazon EventBridge: CloudWatch's alarms, and what other services of AWS tell.

source: Amazon EventBridge User Guide, "Events"; `detail` is the service's own. An event's id is of that one event, so
the key is what `detail` says, else the first resource and the kind of the event. Pure; called by `recognition` and
`sns`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from watchroom.base.errors import Malformed
from watchroom.integrations import cloudwatch, generic
from watchroom.integrations.delivery import Limits, Reading, decode
from watchroom.integrations.fields import as_text

_json = msgspec.json.Decoder(Any)
ALARM = "CloudWatch Alarm State Change"


def read(body: bytes, source: str, limits: Limits, now: datetime) -> Reading:
    """Read one event. Raises Malformed."""
    value = decode(_json, body, "an event of Amazon EventBridge")
    if not isinstance(value, dict) or not isinstance(value.get("detail"), dict):
        raise Malformed("The body is no event of EventBridge: detail is missing.", hint="Send the event as it is.")
    return read_event(value, source, limits)


def read_event(event: Mapping[str, Any], source: str, limits: Limits) -> Reading:
    """Read one event that is decoded. Raises Malformed."""
    detail, kind = event["detail"], as_text(event.get("detail-type"))
    resources = event.get("resources")
    resource = as_text(resources[0]) if isinstance(resources, list) and resources else ""
    state = detail.get("state")
    if kind == ALARM and isinstance(state, dict):
        alarm = {
            "AlarmName": detail.get("alarmName"),
            "AlarmArn": resource,
            "AWSAccountId": event.get("account"),
            "Region": event.get("region"),
            "NewStateValue": state.get("value"),
            "NewStateReason": state.get("reason"),
            "StateChangeTime": state.get("timestamp") or event.get("time"),
        }
        if as_text(alarm["AlarmName"]):
            return Reading([cloudwatch.alarm(alarm, source, limits)])
    around = {"labels": {name: event[name] for name in ("source", "account", "region") if as_text(event.get(name))}}
    key = {"dedupkey": f"{resource}\x1f{kind}"} if resource else {}
    item = {"subject": kind, "time": event.get("time"), **around, **key, **detail}
    return generic.read_values([item], source, limits)
