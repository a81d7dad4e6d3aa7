"""Loki's HTTP API over log lines of our own: a path and parameters in, a status and a body out.

Knows nothing of the web framework that mounts it, and blocks while it computes: callers run it off the event loop.
Errors are plain text, as Loki's are. Source: Grafana Loki, "HTTP API".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from watchroom.telemetry.labels import Labels, Matcher
from watchroom.telemetry.levels import LABEL
from watchroom.telemetry.logql.engine import Found, LogEngine, Spent
from watchroom.telemetry.logql.expression import Logs
from watchroom.telemetry.logql.parse import parse, parse_logs, parse_matchers
from watchroom.telemetry.logs import LogStore
from watchroom.telemetry.loki_fields import detected_fields
from watchroom.telemetry.loki_parameters import (
    LOOKBACK_NS,
    Parameters,
    backward,
    bounds,
    interval_ns,
    limit,
    lines_limit,
    matches,
    step_ns,
    text,
    time_ns,
)
from watchroom.telemetry.loki_volume import stats, volume
from watchroom.telemetry.promql.printing import sample_texts
from watchroom.telemetry.promql.value import Scalar, Vector
from watchroom.telemetry.refusal import BadData, Canceled, Missing, QueryError, TimedOut
from watchroom.telemetry.series import Times

VERSION = "3.3.0"
"""What clients are told to expect. They choose their requests by it."""
DETECTED_LINES = 1_000
"""Lines that are looked at to find fields."""
NO_INSTANT_LOGS = (
    "log queries are not supported as an instant query type, please change your query to a range query type"
)
NO_TAIL = "tail is not served here; ask query_range for the newest lines every few seconds instead"

_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: an HTTP status, a body, and its media type."""

    status: int
    body: bytes
    media_type: str = "application/json; charset=UTF-8"


def refused(error: QueryError) -> Answer:
    """An error as Loki writes it: a sentence, and nothing else."""
    status = {TimedOut: 504, Canceled: 499, Missing: 404}.get(type(error), 400 if error.status < 500 else 500)
    return Answer(status, str(error).encode(), "text/plain; charset=utf-8")


@dataclass(frozen=True, slots=True)
class LokiApi:
    """One Loki, as its clients see it."""

    store: LogStore
    engine: LogEngine
    now_ns: Callable[[], int]
    _routes: dict[str, Callable[[Parameters, Callable[[], bool]], bytes]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        routes: dict[str, Callable[[Parameters, Callable[[], bool]], bytes]] = {
            "query": self._query,
            "query_range": self._query_range,
            "labels": lambda given, _: self._labels(given),
            "label": lambda given, _: self._labels(given),
            "series": lambda given, _: self._series(given),
            "index/stats": lambda given, _: self._stats(given),
            "index/volume": lambda given, _: self._volume(given, in_steps=False),
            "index/volume_range": lambda given, _: self._volume(given, in_steps=True),
            "index/shards": lambda given, _: self._shards(given),
            "detected_labels": lambda given, _: self._detected_labels(given),
            "detected_fields": lambda given, _: self._detected_fields(given, ""),
            "patterns": lambda given, _: self._patterns(given),
            "format_query": lambda given, _: self._format(given),
            "status/buildinfo": lambda _, __: _json(
                {"version": VERSION, "revision": "", "branch": "", "goVersion": ""}
            ),
            "drilldown-limits": lambda _, __: _json({"limits": {"volume_enabled": True}, "version": VERSION}),
            "rules": lambda _, __: b'{"status":"success","data":{"groups":[]}}',
        }
        object.__setattr__(self, "_routes", routes)

    def answer(self, path: str, parameters: Parameters, *, canceled: Callable[[], bool] = lambda: False) -> Answer:
        """`path` is what follows `/loki/api/v1/`. Never raises `QueryError`: an error is an answer too."""
        try:
            return Answer(200, self._body(path.strip("/"), parameters, canceled))
        except QueryError as error:
            return refused(error)

    def _body(self, path: str, parameters: Parameters, canceled: Callable[[], bool]) -> bytes:
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "label" and parts[2] == "values":
            return self._label_values(parts[1], parameters)
        if len(parts) == 3 and parts[0] == "detected_field" and parts[2] == "values":
            return self._detected_fields(parameters, parts[1])
        if path == "tail":
            raise BadData(NO_TAIL)
        if path in self._routes:
            return self._routes[path](parameters, canceled)
        raise Missing(f"there is no /loki/api/v1/{path} here")

    def _query(self, parameters: Parameters, canceled: Callable[[], bool]) -> bytes:
        given = text(parameters, "query")
        query = parse(given)
        lines_limit(parameters)
        backward(parameters)
        at = text(parameters, "time")
        now = time_ns(at) if at else self.now_ns()
        if isinstance(query, Logs):
            raise BadData(NO_INSTANT_LOGS)
        value, spent = self.engine.metric(
            query, np.array([now], dtype=np.int64), names_level=LABEL in given, now_ns=self.now_ns(), canceled=canceled
        )
        if isinstance(value, Scalar):
            number = sample_texts(value.values)[0].decode()
            return _answered("scalar", f'[{_seconds(now)},"{number}"]'.encode(), spent, 1)
        samples = [
            b'{"metric":' + _json(dict(labels)) + f',"value":[{_seconds(now)},"'.encode() + number + b'"]}'
            for labels, number in zip(value.labels, sample_texts(value.values[:, 0]), strict=True)
        ]
        return _answered("vector", b"[" + b",".join(samples) + b"]", spent, len(samples))

    def _query_range(self, parameters: Parameters, canceled: Callable[[], bool]) -> bytes:
        given = text(parameters, "query")
        query = parse(given)
        within = bounds(parameters, self.now_ns())
        names_level = LABEL in given
        count, newest_first, apart = lines_limit(parameters), backward(parameters), interval_ns(parameters)
        step = step_ns(parameters, within)
        if isinstance(query, Logs):
            found, spent = self.engine.lines(
                query,
                within.start_ns,
                within.end_ns,
                limit=count,
                backward=newest_first,
                interval_ns=apart,
                names_level=names_level,
                now_ns=self.now_ns(),
                canceled=canceled,
            )
            return _answered("streams", _streams(found), spent, len(found))
        steps = np.arange(within.start_ns, within.end_ns + 1, step, dtype=np.int64)
        value, spent = self.engine.metric(
            query, steps, names_level=names_level, now_ns=self.now_ns(), canceled=canceled
        )
        if isinstance(value, Scalar):
            value = Vector([()], value.values[None, :], np.ones((1, steps.size), dtype=bool))
        return _answered("matrix", _matrix(value, steps), spent, len(value.labels))

    def _chosen(
        self, parameters: Parameters, selectors: Iterable[str], *, before_ns: int = LOOKBACK_NS
    ) -> list[Labels]:
        within = bounds(parameters, self.now_ns(), before_ns)
        alternatives: list[tuple[Matcher, ...]] = [parse_matchers(each) for each in selectors] or [()]
        end = within.end_ns + 1
        return sorted({labels for each in alternatives for labels in self.store.streams(each, within.start_ns, end)})

    def _labels(self, parameters: Parameters) -> bytes:
        chosen = self._chosen(parameters, _one(parameters))
        return _success(sorted({name for labels in chosen for name, _ in labels}))

    def _label_values(self, name: str, parameters: Parameters) -> bytes:
        chosen = self._chosen(parameters, _one(parameters))
        return _success(sorted({value for labels in chosen for label, value in labels if label == name}))

    def _series(self, parameters: Parameters) -> bytes:
        return _success([dict(labels) for labels in self._chosen(parameters, matches(parameters))])

    def _stats(self, parameters: Parameters) -> bytes:
        within = bounds(parameters, self.now_ns())
        return _json(stats(self.store, parse_logs(text(parameters, "query")).matchers, within))

    def _volume(self, parameters: Parameters, *, in_steps: bool) -> bytes:
        within = bounds(parameters, self.now_ns())
        matchers = parse_matchers(text(parameters, "query") or "{}")
        step = step_ns(parameters, within) if in_steps else within.end_ns - within.start_ns
        if in_steps and not text(parameters, "step"):
            step = within.end_ns - within.start_ns
        targets = [name for name in text(parameters, "targetLabels").split(",") if name]
        by_labels = text(parameters, "aggregateBy") == "labels"
        found = volume(self.store, matchers, within, max(step, 1), targets, by_labels=by_labels)[: limit(parameters)]
        if in_steps:
            series = [_points(labels, at, sizes) for labels, at, sizes in found]
            return _answered("matrix", b"[" + b",".join(series) + b"]", Spent(), len(series))
        samples = [
            b'{"metric":' + _json(dict(labels)) + f',"value":[{_seconds(within.end_ns)},"{sum(sizes)}"]}}'.encode()
            for labels, _, sizes in found
        ]
        return _answered("vector", b"[" + b",".join(samples) + b"]", Spent(), len(samples))

    def _shards(self, parameters: Parameters) -> bytes:
        """One shard: everything is in one place here."""
        parse(text(parameters, "query"))
        return _json({"shards": [{"bounds": {"min": 0, "max": 2**64 - 1}, "stats": {}}], "statistics": {}})

    def _detected_labels(self, parameters: Parameters) -> bytes:
        query = text(parameters, "query")
        values: dict[str, set[str]] = {}
        for labels in self._chosen(parameters, (query,) if query and query != "{}" else (), before_ns=LOOKBACK_NS):
            for name, value in labels:
                values.setdefault(name, set()).add(value)
        return _json({"detectedLabels": [{"label": name, "cardinality": len(values[name])} for name in sorted(values)]})

    def _detected_fields(self, parameters: Parameters, name: str) -> bytes:
        query = parse_logs(text(parameters, "query"))
        within = bounds(parameters, self.now_ns())
        found, _ = self.engine.lines(
            query, within.start_ns, within.end_ns, limit=DETECTED_LINES, backward=True, now_ns=self.now_ns()
        )
        fields = detected_fields(each.line for each in found)
        most = limit(parameters)
        if name:
            values = sorted(next((each.values for each in fields if each.label == name), ()))
            return _json({"values": values[:most], "limit": most})
        return _json({"fields": [each.shown() for each in fields[:most]], "limit": most})

    def _patterns(self, parameters: Parameters) -> bytes:
        """None are made here: Loki too answers so where its pattern ingester is off."""
        parse_logs(text(parameters, "query"))
        bounds(parameters, self.now_ns())
        return _success([])

    def _format(self, parameters: Parameters) -> bytes:
        given = text(parameters, "query")
        parse(given)
        return _success(" ".join(given.split()) if '"' not in given and "`" not in given else given.strip())


def _one(parameters: Parameters) -> tuple[str, ...]:
    """The selector of `query`, where there is one that chooses anything."""
    query = text(parameters, "query").strip()
    return (query,) if query and query != "{}" else ()


def _success(data: Any) -> bytes:
    return _json({"status": "success", "data": data})


def _seconds(ns: int) -> str:
    """Seconds with the milliseconds that there are, as Loki writes times of samples."""
    whole, ms = divmod(ns // 1_000_000, 1000)
    return f"{whole}.{ms:03d}".rstrip("0") if ms else str(whole)


def _streams(found: Iterable[Found]) -> bytes:
    streams: dict[Labels, list[tuple[str, str]]] = {}
    for each in found:
        streams.setdefault(each.labels, []).append((str(each.time_ns), each.line))
    return _json([{"stream": dict(labels), "values": values} for labels, values in sorted(streams.items())])


def _points(labels: Labels, at: Iterable[int], sizes: Iterable[int]) -> bytes:
    pairs = ",".join(f'[{_seconds(ns)},"{size}"]' for ns, size in zip(at, sizes, strict=True) if size)
    return b'{"metric":' + _json(dict(labels)) + b',"values":[' + pairs.encode() + b"]}"


def _matrix(vector: Vector, steps: Times) -> bytes:
    times = [f'[{_seconds(ns)},"'.encode() for ns in steps.tolist()]
    texts = sample_texts(vector.values[vector.present])
    series, begin = [], 0
    for labels, present in zip(vector.labels, vector.present, strict=True):
        own = [time for time, there in zip(times, present.tolist(), strict=True) if there]
        pairs = b",".join(
            time + number + b'"]' for time, number in zip(own, texts[begin : begin + len(own)], strict=True)
        )
        series.append(b'{"metric":' + _json(dict(labels)) + b',"values":[' + pairs + b"]}")
        begin += len(own)
    return b"[" + b",".join(series) + b"]"


def _answered(kind: str, result: bytes, spent: Spent, entries: int) -> bytes:
    return (
        b'{"status":"success","data":{"resultType":"'
        + kind.encode()
        + b'","result":'
        + result
        + b',"stats":'
        + _json(_statistics(spent, entries))
        + b"}}"
    )


def _statistics(spent: Spent, entries: int) -> dict[str, Any]:
    """The block that logcli prints with `--stats`. Times are not told: an answer is the same each time it is asked."""
    store = {
        "totalChunksRef": 0,
        "totalChunksDownloaded": 0,
        "chunksDownloadTime": 0,
        "chunk": {
            "headChunkBytes": 0,
            "headChunkLines": 0,
            "decompressedBytes": spent.bytes,
            "decompressedLines": spent.lines,
            "compressedBytes": 0,
            "totalDuplicates": 0,
        },
    }
    return {
        "summary": {
            "bytesProcessedPerSecond": 0,
            "linesProcessedPerSecond": 0,
            "totalBytesProcessed": spent.bytes,
            "totalLinesProcessed": spent.lines,
            "execTime": 0,
            "queueTime": 0,
            "subqueries": 0,
            "totalEntriesReturned": entries,
            "splits": 0,
            "shards": 0,
        },
        "querier": {"store": store},
        "ingester": {
            "totalReached": 1,
            "totalChunksMatched": 0,
            "totalBatches": 0,
            "totalLinesSent": 0,
            "store": {**store, "chunk": {**store["chunk"], "decompressedBytes": 0, "decompressedLines": 0}},  # type: ignore[dict-item]  # a dict of numbers
        },
    }
