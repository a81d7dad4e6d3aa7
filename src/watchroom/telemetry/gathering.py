"""Recorded telemetry of several files put together: each file's series by their labels, checked and in order of time.

Called by the readers of the formats and by what serves them. A file that cannot be read says where and what to do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from watchroom.base.errors import Malformed
from watchroom.telemetry.labels import Labels, shown
from watchroom.telemetry.metadata import Metadata
from watchroom.telemetry.series import Series, Times, Values, is_stale


class Unreadable(Malformed):
    """A file of telemetry that cannot be read: the message names file and line."""

    code = "unreadable_telemetry"

    def __init__(self, file: str, line: int, says: str, hint: str) -> None:
        super().__init__(f"{file}:{line}: {says}.", hint)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one file holds: times (ms, rising) and values of each label set, and what is known of the metrics."""

    series: Mapping[Labels, tuple[Times, Values]]
    metadata: Mapping[str, Metadata] = field(default_factory=dict)


def together(files: Iterable[tuple[str, Gathered]]) -> tuple[list[Series], dict[str, Metadata]]:
    """The series of all files: one that several hold is joined, and series sampled together share their times.

    Raises `Malformed` where two files say different things of one series at one time.
    """
    parts: dict[Labels, list[tuple[Times, Values]]] = {}
    metadata: dict[str, Metadata] = {}
    for name, gathered in files:
        for labels, samples in gathered.series.items():
            parts.setdefault(labels, []).append(samples)
            if len(parts[labels]) > 1:
                parts[labels] = [_joined(labels, name, parts[labels])]
        metadata.update(gathered.metadata)
    shared: dict[bytes, Times] = {}
    series = []
    for labels, [(times, values)] in parts.items():
        times.flags.writeable = values.flags.writeable = False
        times = shared.setdefault(times.tobytes(), times)
        series.append(Series(labels, times, values, bool(is_stale(values).any())))
    return series, metadata


def _joined(labels: Labels, file: str, parts: list[tuple[Times, Values]]) -> tuple[Times, Values]:
    times, values = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(times, kind="stable")
    times, values = times[order], values[order]
    again = np.flatnonzero(times[1:] == times[:-1])
    bits = values.view(np.uint64)
    differs = again[bits[again] != bits[again + 1]]
    if differs.size:
        raise Malformed(
            f"{file}: {shown(labels)} at {times[differs[0]] / 1000:g} s has another value in a file before it.",
            hint="Give only one of the files, or tell the series apart by a label.",
        )
    kept = np.concatenate(([True], times[1:] != times[:-1])) if times.size else np.empty(0, dtype=bool)
    return times[kept], values[kept]
