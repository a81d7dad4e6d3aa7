"""The server's own metrics, in Prometheus' text format at `/metrics`.

Counted by the front door, the ingest handlers, the record's store and each connection; what only needs looking at is
read when somebody asks. Labels take few values, whatever is sent here: routes are templates, methods and kinds are
known ones. Never holds anything about an incident.
"""

import platform
from functools import cache
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)

LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COMMIT_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
GROUP = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class Metrics:
    """All that one server counts, in a registry of its own. It is an `Observer` of the record's store."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.record_failing = False
        """Whether the last group of writes was refused since the record failed."""
        self._traffic()
        # Looking a child up by its labels costs more than counting does, and these are counted with every request.
        self.request_of = cache(self.requests.labels)
        self.latency_of = cache(self.latency.labels)
        self.delivery_of = cache(self.deliveries.labels)
        self.signal_of = cache(self.signals.labels)
        self._record()
        self._looked_at()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._gauge("build_info", "What runs here; always 1.", ["version", "python"]).labels(
            version("watchroom"), platform.python_version()
        ).set(1)

    def _traffic(self) -> None:
        self.requests = self._counter(
            "http_requests", "Requests, by route, method and status (499: the client went away before an answer).",
            ["route", "method", "status"],
        )  # fmt: skip
        self.latency = self._histogram(
            "http_request_seconds", "Time to the end of an answer, live streams apart, by route.", LATENCY_S, ["route"]
        )
        self.deliveries = self._counter(
            "deliveries", "Requests with signals, by sender's kind and how they were answered.", ["kind", "answer"]
        )
        self.signals = self._counter("signals", "Signals taken in, by what became of them.", ["outcome"])
        self.commands = self._counter("commands", "Commands recorded, by name.", ["command"])
        self.errors = self._counter("unexpected_errors", "Requests that ended in an unexpected error.")
        self.dropped = self._counter("connections_dropped", "Connections that were cut, by why.", ["why"])
        self.not_kept = self._counter("bodies_not_kept", "Unreadable bodies beyond the day's limit of their source.")

    def _record(self) -> None:
        self.commit_seconds = self._histogram(
            "record_commit_seconds", "Time to decide, write and commit one group of writes.", COMMIT_S
        )
        self.commit_requests = self._histogram("record_commit_requests", "Writes that were committed together.", GROUP)
        self.events = self._counter("record_events", "Events written.")
        self.refused_writes = self._counter("record_failed_writes", "Writes that were refused since the record failed.")

    def _looked_at(self) -> None:
        """Set when somebody asks (`web/operations/handlers`)."""
        self.viewers = self._gauge("viewers", "Live streams that are open.")
        self.viewers_behind = self._gauge("viewers_behind", "Live streams that are being brought up to date.")
        self.viewers_parked = self._gauge("viewers_parked", "Live streams that were parked since the start.")
        self.position = self._gauge("record_position", "The last position of the record.")
        self.queue = self._gauge("record_queue_requests", "Writes that wait for the record.")
        self.queue_bytes = self._gauge("record_queue_bytes", "What the writes that wait take in memory, about.")
        self.deliveries_waiting = self._gauge("deliveries_waiting", "Requests with signals that wait to be taken in.")
        self.probe_age = self._gauge("record_probe_age_seconds", "Since the record was last seen to take a write.")
        self.disk_free = self._gauge("disk_free_bytes", "Free space where the record lies.")
        self.lag = self._gauge("projection_lag", "Positions that the lists are behind the record.")
        self.lag_seconds = self._gauge("projection_lag_seconds", "Since the lists last were level with the record.")
        self.projection_faults = self._gauge(
            "projection_faults", "Events that a list could not take in since the start.", ["projection"]
        )
        self.ready = self._gauge("ready", "Whether /readyz answers 200.")
        self.loop_delay = self._gauge(
            "event_loop_delay_seconds", "The longest that the event loop kept a timer waiting in the last minute."
        )
        self.leases = self._gauge("lease_held", "Whether this process holds the lease.", ["lease"])
        self.timers = self._gauge("timer_facts", "Facts that the timers of this process have written.")
        self.kept = self._gauge("kept_deliveries", "Unreadable bodies that wait for somebody to look at them.")
        self.bodies = self._gauge("bodies_held_bytes", "What the bodies of open requests take in memory.")
        self.rooms = self._gauge("rooms_cached", "Rooms that are kept folded in memory.")
        self.rooms_bytes = self._gauge("rooms_cached_bytes", "About how much the rooms kept in memory take.")
        self.sessions = self._gauge("sessions", "Sessions that are open.")

    def request(self, route: str, method: str, status: int, seconds: float | None) -> None:
        """One request was answered; `seconds` is None for a live stream."""
        self.request_of(route, method, str(status)).inc()
        if seconds is not None:
            self.latency_of(route).observe(seconds)

    def committed(self, requests: int, events: int, seconds: float) -> None:
        """See `Observer.committed`."""
        self.record_failing = False
        self.commit_seconds.observe(seconds)
        self.commit_requests.observe(requests)
        self.events.inc(events)

    def failed(self, requests: int) -> None:
        """See `Observer.failed`."""
        self.record_failing = True
        self.refused_writes.inc(requests)

    def text(self) -> bytes:
        """Everything, in Prometheus' text exposition format 0.0.4."""
        return generate_latest(self.registry)

    def _counter(self, name: str, says: str, labels: list[str] | None = None) -> Counter:
        return Counter(f"watchroom_{name}_total", says, labels or [], registry=self.registry)

    def _gauge(self, name: str, says: str, labels: list[str] | None = None) -> Gauge:
        return Gauge(f"watchroom_{name}", says, labels or [], registry=self.registry)

    def _histogram(
        self, name: str, says: str, buckets: tuple[float, ...], labels: list[str] | None = None
    ) -> Histogram:
        return Histogram(f"watchroom_{name}", says, labels or [], buckets=buckets, registry=self.registry)
