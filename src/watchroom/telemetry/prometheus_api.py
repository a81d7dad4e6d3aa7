"""Prometheus's HTTP API over series of our own: a path and parameters in, a status and JSON out.

Knows nothing of the web framework that mounts it, and blocks while it computes: callers run it off the event loop.
Source: Prometheus HTTP API v1.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from watchroom.telemetry.durations import seconds_text, step_ms, time_ms
from watchroom.telemetry.labels import Labels, Matcher
from watchroom.telemetry.metadata import Metadata
from watchroom.telemetry.promql.engine import Engine
from watchroom.telemetry.promql.expression import Selector, bare
from watchroom.telemetry.promql.format import formatted
from watchroom.telemetry.promql.parse import parse
from watchroom.telemetry.promql.printing import sample_texts
from watchroom.telemetry.promql.relabel import is_label_name
from watchroom.telemetry.promql.value import Scalar, String, Value, Vector, Windows
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.refusal import BadData, Missing, QueryError
from watchroom.telemetry.rules.selection import selected
from watchroom.telemetry.series import Series, Source, Times

POINTS_MAX = 11_000
"""Steps of a range query: enough for a pixel each on the widest screens."""
EVER_MS = 1 << 62
VERSIONS = {Semantics.PROMETHEUS_2: "2.42.0", Semantics.PROMETHEUS_3: "3.5.0"}
"""What clients are told to expect. They choose their functions by it."""

Parameters = Mapping[str, Sequence[str]]
_json = msgspec.json.Encoder().encode


class RuleBook(Protocol):
    """The rules that are evaluated over these series, as the API shows them."""

    def groups(self) -> list[dict[str, Any]]: ...
    def alerts(self) -> list[dict[str, Any]]: ...


class NoRules:
    """Series without any rules."""

    def groups(self) -> list[dict[str, Any]]:
        return []

    def alerts(self) -> list[dict[str, Any]]:
        return []


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: an HTTP status and a body of JSON."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class PrometheusApi:
    """One Prometheus, as its clients see it."""

    source: Source
    engine: Engine
    now_ms: Callable[[], int]
    rules: RuleBook = field(default_factory=NoRules)
    metadata: Callable[[], Mapping[str, Metadata]] = dict

    def answer(self, path: str, parameters: Parameters, *, canceled: Callable[[], bool] = lambda: False) -> Answer:
        """`path` is what follows `/api/v1/`. Never raises `QueryError`: an error is an answer too."""
        try:
            return Answer(
                200, b'{"status":"success","data":' + self._data(path.strip("/"), parameters, canceled) + b"}"
            )
        except QueryError as error:
            return refused(error)

    def busy(self, says: str) -> Answer:
        """To a question that there is no room for now."""
        return Answer(503, _json({"status": "error", "errorType": "unavailable", "error": says}))

    def _data(self, path: str, parameters: Parameters, canceled: Callable[[], bool]) -> bytes:
        parts = path.split("/")
        if len(parts) == 3 and parts[0] == "label" and parts[2] == "values":
            return self._label_values(parts[1], parameters)
        match path:
            case "query":
                return self._query(parameters, canceled)
            case "query_range":
                return self._query_range(parameters, canceled)
            case "series":
                return self._series(parameters)
            case "labels":
                found = self._matched(parameters, required=False)
                return _json(_limited(sorted({name for each in found for name, _ in each.labels}), parameters))
            case "metadata":
                return self._metadata(parameters)
            case "rules":
                return _json({"groups": selected(self.rules.groups(), parameters)})
            case "alerts":
                return _json({"alerts": self.rules.alerts()})
            case "query_exemplars":
                return b"[]"
            case "format_query":
                return _json(formatted(parse(_text(parameters, "query"))))
            case "status/buildinfo":
                return _json(_build_info(VERSIONS[self.engine.settings.semantics]))
        raise Missing(f"there is no /api/v1/{path} here")

    def _query(self, parameters: Parameters, canceled: Callable[[], bool]) -> bytes:
        at = _time(parameters, "time", self.now_ms)
        _timeout(parameters)
        limit = _limit(parameters)
        value = self.engine.instant(_text(parameters, "query"), at, canceled=canceled)
        return _instant(value, at, limit)

    def _query_range(self, parameters: Parameters, canceled: Callable[[], bool]) -> bytes:
        start, end = _time(parameters, "start"), _time(parameters, "end")
        if end < start:
            raise BadData('invalid parameter "end": end timestamp must not be before start time')
        step = _named("step", lambda: step_ms(_text(parameters, "step")))
        if step <= 0:
            raise BadData(
                'invalid parameter "step": zero or negative query resolution step widths are not accepted. '
                "Try a positive integer"
            )
        if (end - start) // step > POINTS_MAX:
            raise BadData(
                "exceeded maximum resolution of 11,000 points per timeseries. "
                "Try decreasing the query resolution (?step=XX)"
            )
        _timeout(parameters)
        limit = _limit(parameters)
        steps, vector = self.engine.range(_text(parameters, "query"), start, end, step, canceled=canceled)
        return _matrix(vector, steps.at, limit)

    def _matched(self, parameters: Parameters, *, required: bool) -> list[Series]:
        start = _time(parameters, "start", lambda: -EVER_MS)
        end = _time(parameters, "end", lambda: EVER_MS)
        if end < start:
            raise BadData("end timestamp must not be before start timestamp")
        texts = parameters.get("match[]", ())
        if not texts and required:
            raise BadData("no match[] parameter provided")
        found: dict[Labels, Series] = {}
        for alternatives in [_matchers(text) for text in texts] or [((),)]:
            for each in self.source.select(alternatives, start, end):
                found.setdefault(each.labels, each)
        return list(found.values())

    def _series(self, parameters: Parameters) -> bytes:
        labels = sorted(each.labels for each in self._matched(parameters, required=True))
        return _json(_limited([dict(each) for each in labels], parameters))

    def _label_values(self, name: str, parameters: Parameters) -> bytes:
        if not is_label_name(name):
            raise BadData(f'invalid label name: "{name}"')
        found = self._matched(parameters, required=False)
        values = sorted({value for each in found for label, value in each.labels if label == name})
        return _json(_limited(values, parameters))

    def _metadata(self, parameters: Parameters) -> bytes:
        wanted = _first(parameters, "metric")
        known = self.metadata()
        names = [name for name in known if wanted in ("", name)]
        return _json({name: [_shown(known[name])] for name in _limited(names, parameters)})


def _shown(metadata: Metadata) -> dict[str, str]:
    return {"type": metadata.type, "help": metadata.help, "unit": metadata.unit}


def refused(error: QueryError) -> Answer:
    """An error as Prometheus writes it."""
    return Answer(error.status, _json({"status": "error", "errorType": error.kind, "error": str(error)}))


def _first(parameters: Parameters, name: str) -> str:
    values = parameters.get(name, ())
    return values[0] if values else ""


def _text(parameters: Parameters, name: str) -> str:
    return _first(parameters, name)


def _named(name: str, read: Callable[[], int]) -> int:
    try:
        return read()
    except BadData as error:
        raise BadData(f'invalid parameter "{name}": {error}') from None


def _time(parameters: Parameters, name: str, otherwise: Callable[[], int] | None = None) -> int:
    text = _first(parameters, name)
    if not text and otherwise is not None:
        return otherwise()
    return _named(name, lambda: time_ms(text))


def _timeout(parameters: Parameters) -> None:
    text = _first(parameters, "timeout")
    if text:
        _named("timeout", lambda: step_ms(text))


def _limit(parameters: Parameters) -> int:
    text = _first(parameters, "limit")
    if not text:
        return 0
    if not text.isdecimal():
        raise BadData('invalid parameter "limit": limit must be non-negative')
    return int(text)


def _limited(items: list[Any], parameters: Parameters) -> list[Any]:
    limit = _limit(parameters)
    return items[:limit] if limit else items


def _matchers(text: str) -> tuple[tuple[Matcher, ...], ...]:
    expression = bare(parse(text))
    if not isinstance(expression, Selector):
        raise BadData('invalid parameter "match[]": expected a series selector')
    return expression.alternatives


def _build_info(version: str) -> dict[str, str]:
    return {"version": version, "revision": "", "branch": "", "buildUser": "", "buildDate": "", "goVersion": ""}


def _instant(value: Value, at_ms: int, limit: int) -> bytes:
    at = seconds_text(at_ms).encode()
    match value:
        case String(text=text):
            return b'{"resultType":"string","result":[' + at + b"," + _json(text) + b"]}"
        case Scalar(values=values):
            return b'{"resultType":"scalar","result":[' + at + b',"' + sample_texts(values)[0] + b'"]}'
        case Vector():
            texts = sample_texts(value.values[:, 0])
            samples = (
                b'{"metric":' + _json(dict(labels)) + b',"value":[' + at + b',"' + text + b'"]}'
                for labels, text in zip(value.labels, texts, strict=True)
            )
            return b'{"resultType":"vector","result":[' + b",".join(_cut(samples, limit)) + b"]}"
        case Windows():
            return _window(value, limit)


def _cut(samples: Iterable[bytes], limit: int) -> list[bytes]:
    found = list(samples)
    return found[:limit] if limit else found


def _one_series(labels: Labels, times: list[bytes], texts: list[bytes]) -> bytes:
    return _filled(labels, b",".join(times), texts)


def _filled(labels: Labels, frame: bytes, texts: list[bytes]) -> bytes:
    """A series of an answer. `frame` is its samples with the values left out: filling it is the fastest way."""
    return b'{"metric":' + _json(dict(labels)) + b',"values":[' + frame % tuple(texts) + b"]}"


def _begun(at: Times) -> list[bytes]:
    return [f'[{seconds_text(ms)},"%b"]'.encode() for ms in at.tolist()]


def _matrix(vector: Vector, at: Times, limit: int) -> bytes:
    if limit:
        vector = Vector(vector.labels[:limit], vector.values[:limit], vector.present[:limit])
    times = _begun(at)
    frames: dict[bytes, tuple[bytes, int]] = {}
    texts = sample_texts(vector.values[vector.present])
    series, begin = [], 0
    for labels, present in zip(vector.labels, vector.present, strict=True):
        key = present.tobytes()
        found = frames.get(key)
        if found is None:
            own = [time for time, there in zip(times, present.tolist(), strict=True) if there]
            found = frames[key] = b",".join(own), len(own)
        frame, count = found
        series.append(_filled(labels, frame, texts[begin : begin + count]))
        begin += count
    return b'{"resultType":"matrix","result":[' + b",".join(series) + b"]}"


def _window(window: Windows, limit: int) -> bytes:
    series = []
    for labels, low, high in zip(window.labels, window.low[:, 0], window.high[:, 0], strict=True):
        if high > low:
            series.append(_one_series(labels, _begun(window.times[low:high]), sample_texts(window.values[low:high])))
    return b'{"resultType":"matrix","result":[' + b",".join(_cut(series, limit)) + b"]}"
