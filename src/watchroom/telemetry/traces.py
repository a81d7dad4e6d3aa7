"""Traces, kept in memory: a trace is the spans that share an id, a span says who did what from when to when.

Written by the drill's world, read by the Tempo API. May be written to while it is read. When it is full the oldest
traces go. Source: OpenTelemetry, "Traces" and "OTLP" (names of fields, kinds and states).
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TypeAlias

from watchroom.telemetry.refusal import BadData

Attribute: TypeAlias = str | bool | int | float
SERVICE = "service.name"


class SpanKind(IntEnum):
    """Which part a service had in a call, by OTLP's numbers."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class SpanStatus(StrEnum):
    """How it ended."""

    UNSET = "unset"
    OK = "ok"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of work. Ids are hexadecimal (32 and 16 digits), times nanoseconds since 1970."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    service: str
    start_ns: int
    end_ns: int
    kind: SpanKind = SpanKind.INTERNAL
    status: SpanStatus = SpanStatus.UNSET
    status_message: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    resource: Mapping[str, Attribute] = field(default_factory=dict)
    """What is known of the service beside its name."""

    @property
    def duration_ns(self) -> int:
        """How long it took."""
        return self.end_ns - self.start_ns

    def of_resource(self) -> dict[str, Attribute]:
        """The resource's attributes, the service's name among them."""
        return {**self.resource, SERVICE: self.service}


@dataclass(frozen=True, slots=True)
class Trace:
    """All spans of one request, in order of their starts."""

    trace_id: str
    spans: tuple[Span, ...]

    @property
    def root(self) -> Span | None:
        """The span without a parent, if it is there."""
        return next((span for span in self.spans if not span.parent_id), None)

    @property
    def start_ns(self) -> int:
        """When the first span began."""
        return min(span.start_ns for span in self.spans)

    @property
    def end_ns(self) -> int:
        """When the last span ended."""
        return max(span.end_ns for span in self.spans)


@dataclass(frozen=True, slots=True)
class TraceLimits:
    """The bounds of a store."""

    spans_max: int = 500_000
    """Spans of all traces together; beyond it the oldest traces go."""
    spans_of_one_max: int = 10_000
    """Spans of one trace; further ones are refused."""
    attributes_max: int = 128
    """Attributes of one span, and of one resource."""


def trace_id_of(text: str) -> str:
    """An id as it is kept: small letters, 32 digits. Raises `BadData`."""
    digits = text.strip().lower()
    if not digits or len(digits) > 32 or any(digit not in "0123456789abcdef" for digit in digits):
        raise BadData(f"{text[:40]!r} is no trace id: up to 32 hexadecimal digits are needed")
    return digits.rjust(32, "0")


class TraceStore:
    """All traces of one place."""

    def __init__(self, limits: TraceLimits | None = None) -> None:
        self._limits = limits or TraceLimits()
        self._traces: dict[str, list[Span]] = {}
        self._lock = threading.Lock()
        self.spans = 0
        """Spans that are kept."""

    def append(self, spans: Iterable[Span]) -> None:
        """Adds spans. Raises `BadData` for the first that breaks a limit; those before it are kept."""
        with self._lock:
            for span in spans:
                self._add(span)
            while self.spans > self._limits.spans_max and len(self._traces) > 1:
                self.spans -= len(self._traces.pop(next(iter(self._traces))))

    def _add(self, span: Span) -> None:
        if span.end_ns < span.start_ns:
            raise BadData(f"the span {span.span_id} ends before it starts")
        if max(len(span.attributes), len(span.resource)) > self._limits.attributes_max:
            raise BadData(f"a span may have at most {self._limits.attributes_max} attributes")
        kept = self._traces.setdefault(trace_id_of(span.trace_id), [])
        if len(kept) >= self._limits.spans_of_one_max:
            raise BadData(f"a trace may have at most {self._limits.spans_of_one_max} spans")
        kept.append(span)
        self.spans += 1

    def trace(self, trace_id: str) -> Trace | None:
        """One trace, None where there is none. Raises `BadData` for what is no id."""
        key = trace_id_of(trace_id)
        with self._lock:
            spans = list(self._traces.get(key, ()))
        return _trace(key, spans) if spans else None

    def newest_first(self) -> list[Trace]:
        """All traces as they are now, the one that began last first."""
        with self._lock:
            copies = [(key, list(spans)) for key, spans in self._traces.items()]
        return sorted((_trace(key, spans) for key, spans in copies), key=lambda each: -each.start_ns)


def _trace(key: str, spans: Iterable[Span]) -> Trace:
    return Trace(key, tuple(sorted(spans, key=lambda span: (span.start_ns, span.span_id))))
