"""What is remembered of an alert's words is never taken for another's, nor for what it said before."""

import json
from datetime import UTC, datetime
from typing import Any

from watchroom.integrations.alertmanager import REMEMBERED_SAID_BYTES_MAX, read_alerts, read_webhook
from watchroom.integrations.delivery import Limits, Reading

NOW = datetime(2026, 1, 5, 3, tzinfo=UTC)


def read(*alerts: dict[str, Any], limits: Limits | None = None) -> Reading:
    body = json.dumps({"version": "4", "groupKey": "g", "alerts": alerts}).encode()
    return read_webhook(body, "prod", limits or Limits(), NOW)


def alert(said: Any, **labels: str) -> dict[str, Any]:
    return {"status": "firing", "labels": {"alertname": "Slow", **labels}, "annotations": said}


def test_new_annotations_of_the_same_labels_are_taken_as_they_are() -> None:
    for value in ("1 s", "2 s", "1 s"):
        (signal,) = read(alert({"summary": f"It takes {value}", "empty": ""})).signals
        assert signal.annotations == {"summary": f"It takes {value}"}
        assert signal.title == f"Slow: It takes {value}"


def test_the_same_annotations_of_other_labels_are_other_signals() -> None:
    one, two = read(alert({"summary": "x"}, pod="a"), alert({"summary": "x"}, pod="b")).signals
    assert one.id != two.id
    assert (one.labels["pod"], two.labels["pod"]) == ("a", "b")


def test_what_is_remembered_is_remembered_for_each_way_of_grouping() -> None:
    def group(*names: str) -> str:
        body = json.dumps([alert({"summary": "x"}, pod="a")]).encode()
        (signal,) = read_alerts(body, "prod", Limits(group_by=names), NOW).signals
        return signal.group

    assert group("pod") == "pod=a"
    assert group("alertname") == "alertname=Slow"


def test_annotations_that_cannot_be_read_are_one_alerts_fault() -> None:
    for said in ({"summary": 7}, "words", [1]):
        reading = read(alert(said), alert({"summary": "fine"}, pod="b"))
        assert [signal.labels["pod"] for signal in reading.signals] == ["b"]
        assert [(fault.index, fault.code) for fault in reading.faults] == [(0, "malformed")]
        assert reading.faults[0].message.startswith("Its annotations cannot be read: ")


def test_annotations_may_be_absent_null_or_longer_than_what_is_remembered() -> None:
    absent = alert(None)
    del absent["annotations"]
    long = "x" * (REMEMBERED_SAID_BYTES_MAX + 1)
    for given, annotations in ((absent, {}), (alert(None), {}), (alert({"a": None, "b": long}), {"b": long})):
        (signal,) = read(given).signals
        assert signal.annotations == annotations
