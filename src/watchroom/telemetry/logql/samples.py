"""Log lines -> samples: what a range aggregation counts, for each set of labels that its pipeline leaves.

A series' times are nanoseconds here, and milliseconds nowhere. Source: Grafana Loki, "Metric queries".
"""

from array import array
from collections.abc import Callable, Iterable

import numpy as np

from watchroom.telemetry.labels import Labels, drop, keep, labels_of
from watchroom.telemetry.logql.entry import ERROR, Entry, Stage
from watchroom.telemetry.logql.expression import Grouping, RangeAggregation, Unwrap
from watchroom.telemetry.logql.label_filter import number_of
from watchroom.telemetry.logql.pipeline import stages_of
from watchroom.telemetry.logql.units import bytes_of, duration_ns
from watchroom.telemetry.refusal import Unanswerable
from watchroom.telemetry.series import Series

EXTRACTION_ERROR = "SampleExtractionErr"
SAMPLED_SERIES_MAX = 100_000
"""Sets of labels that one range aggregation may come to, before others put them together."""

_CONVERT: dict[str, Callable[[str], float]] = {
    "": number_of,
    "duration": lambda text: duration_ns(text, long_units=False) / 1e9,
    "bytes": bytes_of,
}
Sampler = Callable[[Entry], float | None]


def sampler_of(query: RangeAggregation) -> Sampler:
    """What a line is worth after its pipeline; None for a line without what is unwrapped. Raises `BadData`."""
    if query.unwrap is not None:
        return _unwrapped(query.unwrap)
    if query.operator in ("bytes_over_time", "bytes_rate"):
        return lambda entry: float(len(entry.line) if entry.line.isascii() else len(entry.line.encode()))
    return lambda _: 1.0


def _unwrapped(unwrap: Unwrap) -> Sampler:
    convert, passes = _CONVERT[unwrap.conversion], stages_of(unwrap.filters)

    def sample(entry: Entry) -> float | None:
        text = entry.get(unwrap.label)
        if text is None:
            return None
        value = 0.0
        try:
            value = convert(text)
        except ValueError as error:
            entry.failed(EXTRACTION_ERROR, str(error))
        if not passes(entry):
            return None
        if not entry.error:
            entry.set(unwrap.label, "")
        return value

    return sample


def _labels_of(entry: Entry, grouping: Grouping | None) -> Labels:
    labels = labels_of(entry.all_labels())
    if grouping is None or entry.error:
        return labels
    return drop(labels, grouping.labels) if grouping.without else keep(labels, grouping.labels)


def samples(query: RangeAggregation, entries: Iterable[Entry], stage: Stage, go_on: Callable[[], None]) -> list[Series]:
    """The series of a range aggregation, in order of labels. Raises `Unanswerable` for lines left with an error."""
    sample, grouping = sampler_of(query), query.grouping
    known: dict[int, tuple[object, Labels]] = {}
    times: dict[Labels, array[int]] = {}
    values: dict[Labels, array[float]] = {}
    for number, entry in enumerate(entries):
        if not number % 4096:
            go_on()
        original = entry.labels
        if not stage(entry):
            continue
        value = sample(entry)
        if value is None:
            continue
        if entry.changed:
            labels = _labels_of(entry, grouping)
        else:
            found = known.get(id(original))
            if found is None:
                found = known[id(original)] = original, _labels_of(entry, grouping)
            labels = found[1]
        if labels not in times:
            _refuse_errors(labels)
            if len(times) >= SAMPLED_SERIES_MAX:
                raise Unanswerable(
                    f"the query would make more than {SAMPLED_SERIES_MAX} series; drop labels or narrow the time"
                )
            times[labels], values[labels] = array("q"), array("d")
        times[labels].append(entry.time_ns)
        values[labels].append(value)
    return [_series(labels, times[labels], values[labels]) for labels in sorted(times)]


def _series(labels: Labels, times: "array[int]", values: "array[float]") -> Series:
    at, worth = np.array(times, dtype=np.int64), np.array(values, dtype=np.float64)
    if at.size > 1 and (at[1:] < at[:-1]).any():
        order = np.argsort(at, kind="stable")
        at, worth = at[order], worth[order]
    return Series(labels, at, worth)


def _refuse_errors(labels: Labels) -> None:
    for name, value in labels:
        if name == ERROR:
            inside = ", ".join(f'{key}="{text}"' for key, text in labels)
            raise Unanswerable(
                f"pipeline error: '{value}' for series: '{{{inside}}}'.\n"
                'Use a label filter to intentionally skip this error. (e.g | __error__!="' + value + '").\n'
                'To skip all potential errors you can match empty errors.(e.g __error__="")\n'
                'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n'
            )
