"""OpenMetrics text with timestamps -> series and what is known of each metric. Every sample is kept as it came.

Times in the text are seconds. Exemplars are read over. Source: OpenMetrics 1.0, "Text format"; what `promtool tsdb
create-blocks-from openmetrics` reads.
"""

import re
from array import array
from collections.abc import Iterable

import numpy as np

from watchroom.telemetry.gathering import Gathered, Unreadable
from watchroom.telemetry.labels import NAME, Labels, labels_of
from watchroom.telemetry.metadata import Metadata

END = "# EOF"
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,|(?=\}))')
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_ABOUT = re.compile(r"# (TYPE|HELP|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*)(?: (.*))?\Z")
_TYPES = frozenset(("counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "unknown"))
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", '"': '"', "\\": "\\"}
FARTHEST_S = 1e14
"""Seconds from 1970 that a time may be away: milliseconds of it still are whole numbers in 64 bits."""


class _Samples:
    """One series as it is read."""

    __slots__ = ("last_ms", "times", "values")

    def __init__(self) -> None:
        self.times = array("q")
        self.values = array("d")
        self.last_ms = -(1 << 62)


def read_openmetrics(lines: Iterable[str], file: str) -> Gathered:
    """The series of a text. Raises `Unreadable`, which names the file and the line."""
    known: dict[str, _Samples] = {}
    by_labels: dict[Labels, _Samples] = {}
    about: dict[str, dict[str, str]] = {}
    ended = False
    number = 0
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if ended:
            if text.strip():
                raise Unreadable(file, number, f"there is more after {END}", f"End the text with {END}.")
            continue
        if text.startswith("#"):
            ended = text == END
            if not ended:
                _read_about(text, about, file, number)
            continue
        # Most lines are a series that was seen before, its value and its time.
        parts = text.rsplit(" ", 2)
        samples = known.get(parts[0]) if len(parts) == 3 else None
        if samples is None:
            if not text.strip():
                raise Unreadable(file, number, "the line is empty", "OpenMetrics has no empty lines: take it out.")
            key, value, at, labels = _read_sample(text, file, number)
            samples = by_labels.setdefault(labels, _Samples())
            if text.startswith(key + " ") and parts[0] == key:
                known[key] = samples
            parts = [key, value, at]
        _append(samples, parts[1], parts[2], file, number)
    if not ended:
        raise Unreadable(file, number, f"the text ends without {END}", "It may have been cut off: fetch it again.")
    found = {
        labels: (np.array(each.times, dtype=np.int64), np.array(each.values, dtype=np.float64))
        for labels, each in by_labels.items()
    }
    return Gathered(found, {name: Metadata(**told) for name, told in about.items() if "type" in told})


def _append(samples: _Samples, value: str, at: str, file: str, number: int) -> None:
    amount = _number(value, "value", file, number)
    seconds = _number(at, "time", file, number)
    if not abs(seconds) < FARTHEST_S:
        raise Unreadable(file, number, f"the time {at!r} is no time", "Give seconds since 1970.")
    ms = round(seconds * 1000)
    if ms <= samples.last_ms:
        if ms == samples.last_ms and (amount == samples.values[-1] or (amount != amount) is True):
            return
        raise Unreadable(
            file, number, f"the sample at {at} is not later than the one before it of the same series",
            "Sort the samples of each series by time, one for each time.",
        )  # fmt: skip
    samples.times.append(ms)
    samples.values.append(amount)
    samples.last_ms = ms


def _number(text: str, what: str, file: str, number: int) -> float:
    try:
        if "_" not in text:
            return float(text)
    except ValueError:
        pass
    raise Unreadable(file, number, f"the {what} {text!r} is no number", "A sample is: name{labels} value seconds")


def _read_sample(text: str, file: str, number: int) -> tuple[str, str, str, Labels]:
    name = _NAME.match(text)
    if name is None:
        raise Unreadable(
            file, number, "the line does not begin with a metric's name", 'As in: up{job="a"} 1 1700000000'
        )
    labels, place = {NAME: name[0]}, name.end()
    if text.startswith("{", place):
        place += 1
        while not text.startswith("}", place):
            pair = _LABEL.match(text, place)
            if pair is None:
                raise Unreadable(
                    file,
                    number,
                    f"the labels cannot be read from character {place + 1} on",
                    'As in: {job="a",le="0.5"}',
                )
            if pair[1] in labels:
                raise Unreadable(file, number, f"the label {pair[1]} is there twice", "Give each label once.")
            labels[pair[1]] = _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), pair[2])
            place = pair.end()
        place += 1
    sample, _, _ = text[place:].partition(" # ")
    fields = sample.split()
    if len(fields) == 1:
        raise Unreadable(
            file, number, "the sample has no time", "Recorded telemetry needs the seconds since 1970 after each value."
        )
    if len(fields) != 2 or not sample.startswith((" ", "\t")):
        raise Unreadable(file, number, "the line is no sample", "A sample is: name{labels} value seconds")
    return text[:place], fields[0], fields[1], labels_of(labels)


def _read_about(text: str, about: dict[str, dict[str, str]], file: str, number: int) -> None:
    found = _ABOUT.match(text)
    if found is None:
        # A comment of Prometheus's older format; it says nothing of a metric.
        return
    what, name, rest = found[1].lower(), found[2], found[3] or ""
    if what == "type" and rest not in _TYPES and rest != "untyped":
        raise Unreadable(file, number, f"{rest!r} is no type of metric", f"One of {', '.join(sorted(_TYPES))}.")
    if what == "help":
        rest = _ESCAPE.sub(lambda escape: _ESCAPED.get(escape[1], escape[0]), rest)
    about.setdefault(name, {})[what] = rest
