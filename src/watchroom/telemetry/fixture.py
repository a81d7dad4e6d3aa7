"""Fixture JSON -> series: each line is `{"series": [{"labels": {...}, "step": SECONDS, "values": [...]}]}`.

The first value is of time 0, or of `start` (seconds since 1970), each further one a step later. `null` is no sample,
`"STALE"` the end of the series, `"NaN"`, `"+Inf"` and `"-Inf"` are numbers. Of a series that one fixture has twice, the
later one holds, as in the suite itself; two fixtures that disagree on one are refused. Source: the loads of
Prometheus's own test suite, as JSON.
"""

from collections.abc import Iterable
from typing import Annotated

import msgspec
import numpy as np

from watchroom.telemetry.gathering import Gathered, Unreadable
from watchroom.telemetry.labels import Labels, labels_of, shown
from watchroom.telemetry.series import STALE, Times, Values

_WORDS = {"NaN": float("nan"), "+Inf": float("inf"), "Inf": float("inf"), "-Inf": float("-inf")}


class _Series(msgspec.Struct):
    labels: dict[str, str]
    values: list[float | str | None]
    step: Annotated[float, msgspec.Meta(gt=0)] = 60.0
    start: float = 0.0
    """Seconds since 1970 of the first value."""


class _Fixture(msgspec.Struct):
    series: list[_Series]
    fixture: str = ""


_decode = msgspec.json.Decoder(_Fixture).decode


def read_fixture(lines: Iterable[str], file: str) -> Gathered:
    """The series of all lines. Raises `Unreadable`, which names the file and the line."""
    found: dict[Labels, tuple[Times, Values]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fixture = _decode(line)
        except msgspec.DecodeError as error:
            raise Unreadable(
                file, number, f"the line is no fixture: {error}",
                'A fixture stands on one line: {"series": [{"labels": {...}, "step": 60, "values": [...]}]}.',
            ) from None  # fmt: skip
        own = {labels_of(each.labels): _samples(each, file, number) for each in fixture.series}
        for labels, samples in own.items():
            known = found.setdefault(labels, samples)
            if any(one.tobytes() != other.tobytes() for one, other in zip(known, samples, strict=True)):
                raise Unreadable(
                    file, number, f"{shown(labels)} is in a fixture before this one with other samples",
                    "Give each fixture with such series a file and a server of its own.",
                )  # fmt: skip
    return Gathered(found)


def _samples(series: _Series, file: str, number: int) -> tuple[Times, Values]:
    places, values = [], []
    for place, value in enumerate(series.values):
        if value is None:
            continue
        if isinstance(value, str) and value != "STALE":
            if value not in _WORDS:
                raise Unreadable(
                    file, number, f"the value {value!r} is none", 'A value is a number, null, "STALE", "NaN" or "+Inf".'
                )
            value = _WORDS[value]
        places.append(place)
        values.append(STALE if value == "STALE" else value)
    times = np.round(np.array(places, dtype=np.float64) * (series.step * 1000) + series.start * 1000).astype(np.int64)
    return times, np.array(values, dtype=np.float64)
