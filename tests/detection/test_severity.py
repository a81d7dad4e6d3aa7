"""Severity: impact times urgency proposes, in doubt the higher; a person's word stands."""

from itertools import product
from typing import Any, get_args

import pytest

from tests.rooms.stage import STARTS_AT
from watchroom.base.command import Act
from watchroom.base.errors import AlreadyDone, Malformed
from watchroom.detection.severity import (
    ImpactLevel,
    Rating,
    SetSeverity,
    Severity,
    SeverityConfirmed,
    Urgency,
    set_severity,
)
from watchroom.detection.severity import propose as propose_by
from watchroom.incident.incident import Incident
from watchroom.incident.shipped import NAMES, default, shipped
from watchroom.record.event import Decided

IMPACTS: tuple[ImpactLevel, ...] = ("none", "few", "many", "all")
URGENCIES: tuple[Urgency, ...] = ("low", "medium", "high")


def propose(impact: ImpactLevel | None, urgency: Urgency | None, name: str = default().name) -> Severity | None:
    return propose_by(impact, urgency, shipped(name).severity)


@pytest.mark.parametrize("name", NAMES)
def test_more_customers_or_more_haste_never_propose_less(name: str) -> None:
    grave = {severity: -number for number, severity in enumerate(get_args(Severity))}
    for impact, urgency in product(range(len(IMPACTS)), range(len(URGENCIES))):
        here = grave[propose(IMPACTS[impact], URGENCIES[urgency], name) or "SEV4"]
        for more in IMPACTS[impact:]:
            assert grave[propose(more, URGENCIES[urgency], name) or "SEV4"] >= here
        for sooner in URGENCIES[urgency:]:
            assert grave[propose(IMPACTS[impact], sooner, name) or "SEV4"] >= here


def test_what_was_not_said_counts_as_the_higher() -> None:
    assert propose(None, None) is None
    assert propose("few", None) == propose("few", "high") == "SEV2"
    assert propose(None, "low") == propose("all", "low") == "SEV2"


def decide(command: SetSeverity, reason: str = "", **rating: Any) -> Decided:
    incident = Incident("k7m2-9qxd", rating=Rating(**rating))
    return set_severity(command, incident, Act(STARTS_AT, "person:ana@example.com", "test", reason))


def codes(decided: Decided) -> list[str]:
    return [caution.code for caution in decided.cautions]


@pytest.mark.parametrize(
    ("command", "rating", "severity", "cautions"),
    [
        (SetSeverity(severity="SEV3"), {}, "SEV3", []),
        (SetSeverity(impact="many", urgency="high"), {}, "SEV1", []),
        (SetSeverity(urgency="low"), {"impact": "few"}, "SEV4", []),
        (SetSeverity(severity="SEV3"), {"severity": "SEV1", "confirmed": True}, "SEV3", ["no_reason"]),
        (SetSeverity(severity="SEV4", impact="all"), {}, "SEV4", ["below_matrix"]),
        (SetSeverity(severity="SEV1"), {"severity": "SEV1", "confirmed": False}, "SEV1", []),
    ],
)
def test_a_person_rates(command: SetSeverity, rating: dict[str, Any], severity: Severity, cautions: list[str]) -> None:
    decided = decide(command, **rating)
    (fact,) = decided.facts
    assert isinstance(fact, SeverityConfirmed)
    assert fact.severity == severity
    assert codes(decided) == cautions


def test_a_change_with_a_reason_is_not_asked_about() -> None:
    assert codes(decide(SetSeverity(severity="SEV3"), "UK only", severity="SEV1", confirmed=True)) == []


def test_what_says_nothing_and_what_is_so_already() -> None:
    with pytest.raises(Malformed):
        decide(SetSeverity())
    with pytest.raises(AlreadyDone):
        decide(SetSeverity(severity="SEV1"), severity="SEV1", confirmed=True)
