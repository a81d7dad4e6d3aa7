"""Distributions of measures over many incidents: how many, the median, the ninetieth percentile; never only a mean.

A mean of incident durations says next to nothing, since a few long ones make it (Davidovič, Incident Metrics in SRE,
2021); so none is given. How many incidents a measure does not apply to, and why, stands beside the values. Called by
`GET /api/v1/measures` and the shell. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil
from statistics import median
from typing import Any

import msgspec

from watchroom.incident.measures import DEFINITIONS, Confidence
from watchroom.incident.summary import Summary


class Asked(msgspec.Struct, frozen=True):
    """Which incidents are meant: declared from `since` on and before `until`, of a severity, of a service."""

    since: datetime | None = None
    until: datetime | None = None
    severity: str | None = None
    service: str | None = None
    practice: bool = False


class Distribution(msgspec.Struct, frozen=True):
    """One measure over the incidents that were asked for. Times in seconds; null where nothing was measured."""

    measure: str
    title: str
    definition: str
    source: str
    n: int
    """How many incidents have a value."""
    median_s: float | None
    p90_s: float | None
    """Nine of ten took no longer: the value at rank ceil(0.9 n), which one incident really had (nearest rank)."""
    min_s: float | None
    max_s: float | None
    not_applicable: int
    """How many incidents have none."""
    reasons: dict[str, int]
    """Why they have none, and how many each."""
    confidence: dict[Confidence, int]
    """How sure the values are, and how many each."""


class Distributions(msgspec.Struct, frozen=True):
    """Every measure, and over what."""

    items: list[Distribution]
    incidents: int
    false_alarms: int
    """Rooms of the same time that were judged away and never declared; not among the incidents."""
    imported: int
    """Copies of other installs' incidents, which are left out."""


def distributions(rows: Iterable[Summary], asked: Asked) -> Distributions:
    """Each measure over the incidents among `rows` that are meant. Each incident counts once, however often it came
    back."""
    meant = [row for row in rows if _is_meant(row, asked)]
    incidents = [row for row in meant if row.declared_at is not None and not row.imported]
    return Distributions(
        [_distribution(number, incidents) for number in range(len(DEFINITIONS))],
        len(incidents),
        sum(row.status == "dismissed" and not row.imported for row in meant),
        sum(row.imported for row in meant),
    )


def _is_meant(row: Summary, asked: Asked) -> bool:
    at = row.declared_at or row.opened_at
    return (
        at is not None
        and row.practice == asked.practice
        and (asked.since is None or at >= asked.since)
        and (asked.until is None or at < asked.until)
        and (asked.severity is None or row.severity == asked.severity)
        and (not asked.service or asked.service in row.services)
    )


def _distribution(number: int, incidents: Sequence[Summary]) -> Distribution:
    definition = DEFINITIONS[number]
    found = [row.measures[definition.measure] for row in incidents]
    values = sorted(taken.value_s for taken in found if taken.value_s is not None)
    reasons = Counter(taken.not_applicable for taken in found if taken.value_s is None)
    confidence = Counter(taken.confidence for taken in found if taken.confidence is not None)
    return Distribution(
        measure=definition.measure,
        title=definition.title,
        definition=f"From {definition.begins_when}, to {definition.ends_when}; in seconds.",
        source=definition.source,
        n=len(values),
        median_s=median(values) if values else None,
        p90_s=values[ceil(len(values) * 9 / 10) - 1] if values else None,
        min_s=values[0] if values else None,
        max_s=values[-1] if values else None,
        not_applicable=len(found) - len(values),
        reasons=dict(reasons.most_common()),
        confidence=dict(confidence.most_common()),
    )


def distributions_json(found: Distributions, asked: Asked) -> dict[str, Any]:
    """The answer of `GET /api/v1/measures`, ready for `msgspec.json.encode`."""
    return {
        **msgspec.structs.asdict(found),
        "from": asked.since,
        "to": asked.until,
        "severity": asked.severity,
        "service": asked.service,
        "practice": asked.practice,
    }
