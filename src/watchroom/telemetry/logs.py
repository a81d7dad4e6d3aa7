"""Log lines in memory, by streams: a stream is a set of labels, a line has a time (ns since 1970) and its own labels.

Written by the drill's world and by `telemetry serve`, read by LogQL's engine. May be appended to while it is read: a
reader sees what was there when it asked. When it is full the oldest lines go. Knows nothing of LogQL or HTTP.
Source: Grafana Loki, "Push log entries to Loki", "Structured metadata".
"""

import bisect
import re
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from watchroom.telemetry.labels import EMPTY, Labels, Matcher, accepted, labels_of
from watchroom.telemetry.refusal import BadData

_ENTRY_BYTES = 140
"""What one line costs in memory beside its text: its time, two places in lists, and the head of a string."""
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class LogLimits:
    """The bounds of a store."""

    bytes_max: int = 512 << 20
    """Memory of all lines together (bytes); beyond it the oldest go."""
    streams_max: int = 10_000
    """Different sets of labels."""
    labels_max: int = 64
    """Labels of one stream."""
    label_bytes_max: int = 4_096
    """Bytes of one label's name or value."""
    line_bytes_max: int = 262_144
    """Bytes of one line; longer ones are refused."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line and its time (ns); `metadata` are labels of this line alone."""

    time_ns: int
    text: str
    metadata: Labels = EMPTY


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Lines of one stream in order of time, as they were when they were asked for."""

    labels: Labels
    times_ns: Sequence[int]
    lines: Sequence[str]
    metadata: Sequence[Labels]


@dataclass(slots=True, eq=False)
class _Stream:
    labels: Labels
    times: list[int] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    metadata: list[Labels] = field(default_factory=list)


def _cost(text: str, metadata: Labels) -> int:
    return sys.getsizeof(text) + _ENTRY_BYTES + sum(len(name) + len(value) for name, value in metadata)


class LogStore:
    """All streams of one place."""

    def __init__(self, limits: LogLimits | None = None) -> None:
        self._limits = limits or LogLimits()
        self._streams: dict[Labels, _Stream] = {}
        self._lock = threading.Lock()
        self.bytes = 0
        """Memory in use (bytes), as it is counted against the limit."""
        self.dropped = 0
        """Lines that have gone to make room."""

    def append(self, labels: Mapping[str, str], lines: Iterable[Line]) -> int:
        """Adds lines to a stream, in any order; the number added. Raises `BadData` and adds none of them."""
        key = labels_of(labels)
        self._check(key)
        new = list(lines)
        for line in new:
            if len(line.text) > self._limits.line_bytes_max or len(line.text.encode()) > self._limits.line_bytes_max:
                raise BadData(f"a line is longer than {self._limits.line_bytes_max} bytes; cut it before it is sent")
        with self._lock:
            stream = self._streams.get(key)
            if stream is None:
                if len(self._streams) >= self._limits.streams_max:
                    raise BadData(
                        f"there are {self._limits.streams_max} streams already; put what varies into the line instead"
                    )
                stream = self._streams[key] = _Stream(key)
            for line in new:
                self._add(stream, line)
            if self.bytes > self._limits.bytes_max:
                self._make_room()
        return len(new)

    def select(self, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> list[Slice]:
        """The lines from start to before end of the streams that all matchers accept, by their labels in order."""
        with self._lock:
            chosen = [stream for key, stream in self._streams.items() if accepted(key, matchers)]
            found = []
            for stream in chosen:
                low, high = bisect.bisect_left(stream.times, start_ns), bisect.bisect_left(stream.times, end_ns)
                if high > low:
                    place = slice(low, high)
                    found.append(Slice(stream.labels, stream.times[place], stream.lines[place], stream.metadata[place]))
        return sorted(found, key=lambda each: each.labels)

    def streams(self, matchers: Sequence[Matcher], start_ns: int, end_ns: int) -> list[Labels]:
        """The labels of the streams that have lines from start to before end, in order."""
        with self._lock:
            return sorted(
                key
                for key, stream in self._streams.items()
                if accepted(key, matchers)
                and bisect.bisect_left(stream.times, end_ns) > bisect.bisect_left(stream.times, start_ns)
            )

    def span_ns(self) -> tuple[int, int] | None:
        """The times of the first and the last line; None when there is none."""
        with self._lock:
            ends = [(stream.times[0], stream.times[-1]) for stream in self._streams.values() if stream.times]
        return (min(first for first, _ in ends), max(last for _, last in ends)) if ends else None

    def _check(self, labels: Labels) -> None:
        if not labels:
            raise BadData("error at least one label pair is required per stream")
        if len(labels) > self._limits.labels_max:
            raise BadData(f"a stream has {len(labels)} labels; at most {self._limits.labels_max} are allowed")
        for name, value in labels:
            if not _LABEL_NAME.match(name):
                raise BadData(f"invalid label name {name!r}: letters, digits and underscores, no digit first")
            if max(len(name), len(value)) > self._limits.label_bytes_max:
                raise BadData(f"the label {name[:40]!r} is longer than {self._limits.label_bytes_max} bytes")

    def _add(self, stream: _Stream, line: Line) -> None:
        if not stream.times or line.time_ns >= stream.times[-1]:
            place = len(stream.times)
        else:
            place = bisect.bisect_right(stream.times, line.time_ns)
        stream.times.insert(place, line.time_ns)
        stream.lines.insert(place, line.text)
        stream.metadata.insert(place, line.metadata)
        self.bytes += _cost(line.text, line.metadata)

    def _make_room(self) -> None:
        """Drops the oldest lines of all streams until a sixteenth of the memory is free."""
        aim = self._limits.bytes_max - self._limits.bytes_max // 16
        by_age = sorted(
            (time, number, place)
            for number, stream in enumerate(self._streams.values())
            for place, time in enumerate(stream.times)
        )
        streams = list(self._streams.values())
        gone = [0] * len(streams)
        for _, number, place in by_age:
            if self.bytes <= aim:
                break
            stream = streams[number]
            self.bytes -= _cost(stream.lines[place], stream.metadata[place])
            gone[number] += 1
            self.dropped += 1
        for stream, count in zip(streams, gone, strict=True):
            del stream.times[:count], stream.lines[:count], stream.metadata[:count]
            if not stream.times:
                del self._streams[stream.labels]


class _Push(msgspec.Struct):
    streams: list[dict[str, Any]]


_pushes = msgspec.json.Decoder(_Push)


def read_push(store: LogStore, body: bytes) -> int:
    """Adds what a body of Loki's push API holds; the number of lines. Raises `BadData`."""
    try:
        push = _pushes.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadData(f"not a Loki push body, which is an object with a list `streams`: {error}") from None
    return sum(_read_stream(store, each) for each in push.streams)


def read_push_file(store: LogStore, text: bytes) -> int:
    """Adds a whole file: one push body, or one on each line. Raises `BadData` with the line's number."""
    stripped = text.strip()
    try:
        return read_push(store, stripped)
    except BadData as error:
        lines = stripped.splitlines()
        if len(lines) < 2:
            raise BadData(f"line 1: {error}") from None
    count = 0
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                count += read_push(store, line)
            except BadData as error:
                raise BadData(f"line {number}: {error}") from None
    return count


def _read_stream(store: LogStore, stream: Mapping[str, Any]) -> int:
    labels, values = stream.get("stream"), stream.get("values")
    if not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
        raise BadData("`stream` must be an object of texts, the labels of the stream")
    if not isinstance(values, list):
        raise BadData('`values` must be a list of ["nanoseconds", "line"]')
    return store.append(labels, [_read_line(value) for value in values])


def _read_line(value: Any) -> Line:
    if not isinstance(value, list) or not 2 <= len(value) <= 3 or not all(isinstance(each, str) for each in value[:2]):
        raise BadData('each of `values` must be ["nanoseconds", "line"], and may have an object of labels after that')
    time, text = value[0], value[1]
    if not re.fullmatch(r"-?\d{1,19}", time) or not -(2**63) <= int(time) < 2**63:
        raise BadData(f"{time[:40]!r} is no time: nanoseconds since 1970 as a text are needed")
    metadata = value[2] if len(value) == 3 else {}
    if not isinstance(metadata, dict) or not all(isinstance(each, str) for each in metadata.values()):
        raise BadData("the labels of a line must be an object of texts")
    return Line(int(time), text, labels_of(metadata))
