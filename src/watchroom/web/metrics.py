"""The server's own metrics, in Prometheus' text format at `/metrics`.

Counted by the ingest handlers and the live streams. Never holds anything about an incident.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class Metrics:
    """Counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = Counter(
            "watchroom_deliveries_total",
            "Requests with signals, by sender's kind and how they were answered.",
            ["kind", "answer"],
            registry=self.registry,
        )
        self.signals = Counter(
            "watchroom_signals_total", "Signals taken in, by what became of them.", ["outcome"], registry=self.registry
        )
        self.commands = Counter(
            "watchroom_commands_total", "Commands recorded, by name.", ["command"], registry=self.registry
        )
        self.errors = Counter(
            "watchroom_unexpected_errors_total", "Requests that ended in an unexpected error.", registry=self.registry
        )
        self.viewers = Gauge("watchroom_viewers", "Live streams that are open.", registry=self.registry)
        self.position = Gauge("watchroom_record_position", "The last position of the record.", registry=self.registry)
        self.lag = Gauge(
            "watchroom_projection_lag", "Positions that the lists are behind the record.", registry=self.registry
        )

    def text(self) -> bytes:
        """Everything, in Prometheus' text exposition format 0.0.4."""
        return generate_latest(self.registry)
