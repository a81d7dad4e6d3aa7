"""What is known of a metric beside its samples. Source: Prometheus HTTP API v1, "Querying metric metadata"."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a metric: `type` (counter, gauge, histogram, summary, unknown), help and unit."""

    type: str
    help: str = ""
    unit: str = ""
