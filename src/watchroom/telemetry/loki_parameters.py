"""The parameters of Loki's HTTP API, read and refused as Loki does. Source: Grafana Loki, "HTTP API"."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from watchroom.telemetry.logql.units import NS_MAX, duration_ns
from watchroom.telemetry.refusal import BadData

Parameters: TypeAlias = Mapping[str, Sequence[str]]
LIMIT_DEFAULT = 100
LIMIT_MAX = 5_000
"""Lines of one answer (Loki's `max_entries_limit_per_query`)."""
POINTS_MAX = 11_000
"""Steps of a range query."""
HOUR_NS = 3_600_000_000_000
LOOKBACK_NS = 6 * HOUR_NS
"""How far back labels and series are looked for where no start is given."""
_SECOND_NS = 1_000_000_000
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[-+]\d\d:\d\d)\Z")
_FLOAT = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z")


def text(parameters: Parameters, name: str) -> str:
    """A parameter's first value, `""` without one."""
    values = parameters.get(name, ())
    return values[0] if values else ""


def matches(parameters: Parameters) -> tuple[str, ...]:
    """The selectors, under either of the two names that clients use."""
    return tuple(parameters.get("match", ())) + tuple(parameters.get("match[]", ()))


def time_ns(given: str) -> int:
    """Nanoseconds since 1970, of seconds with a fraction, RFC 3339, or a whole number: seconds up to ten digits.

    Raises `BadData`.
    """
    found = _RFC3339.match(given)
    try:
        if found is not None:
            day, clock, fraction, zone = found.groups()
            whole = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}")
            return round(whole.timestamp()) * _SECOND_NS + int((fraction or "0").ljust(9, "0"))
        if re.fullmatch(r"-?\d{1,19}", given):
            number = int(given)
            number = number * _SECOND_NS if len(given) <= 10 else number
        elif _FLOAT.match(given):
            seconds = float(given)
            number = math.floor(seconds) * _SECOND_NS + round(math.modf(seconds)[0] * 1e9) % _SECOND_NS
        else:
            raise ValueError
        if abs(number) > NS_MAX:
            raise ValueError
    except (ValueError, OverflowError):
        raise BadData(
            f"could not parse '{given}' as a time: give nanoseconds or seconds since 1970, or RFC 3339"
        ) from None
    return number


def _span(name: str, given: str) -> int:
    """A duration, or seconds as a number: nanoseconds. Raises `BadData`."""
    try:
        if _FLOAT.match(given):
            number = round(float(given) * _SECOND_NS)
            if abs(number) > NS_MAX:
                raise ValueError
            return number
        return duration_ns(given)
    except (ValueError, OverflowError):
        raise BadData(f"cannot parse {given!r} to a valid duration for {name}; give 30s, 5m or seconds") from None


@dataclass(frozen=True, slots=True)
class Bounds:
    """From start to before end (ns)."""

    start_ns: int
    end_ns: int


def bounds(parameters: Parameters, now_ns: int, before_ns: int = HOUR_NS) -> Bounds:
    """start, end and since; an hour before the end where no start is given. Raises `BadData`."""
    given_start, given_end, since = (text(parameters, name) for name in ("start", "end", "since"))
    end = time_ns(given_end) if given_end else now_ns
    start = min(end, now_ns) - (_span("since", since) if since else before_ns)
    if given_start:
        start = time_ns(given_start)
    if end < start:
        raise BadData("end timestamp must not be before or equal to start time")
    return Bounds(start, end)


def limit(parameters: Parameters) -> int:
    """How many lines at most. Raises `BadData`."""
    given = text(parameters, "limit")
    if not given:
        return LIMIT_DEFAULT
    if not re.fullmatch(r"[-+]?\d{1,18}", given):
        raise BadData(f'strconv.Atoi: parsing "{given}": invalid syntax')
    number = int(given)
    if number <= 0:
        raise BadData("limit must be a positive value")
    return number


def lines_limit(parameters: Parameters) -> int:
    """As `limit`, refused beyond what one answer may hold. Raises `BadData`."""
    number = limit(parameters)
    if number > LIMIT_MAX:
        raise BadData(
            f"max entries limit per query exceeded, limit > max_entries_limit_per_query ({number} > {LIMIT_MAX})"
        )
    return number


def backward(parameters: Parameters) -> bool:
    """Whether the newest come first; the default. Raises `BadData`."""
    given = text(parameters, "direction")
    if given.upper() not in ("", "FORWARD", "BACKWARD"):
        raise BadData(f"invalid direction '{given}'; use forward or backward")
    return given.upper() != "FORWARD"


def step_ns(parameters: Parameters, within: Bounds) -> int:
    """The step of a range query; without one, about 250 steps and at least a second. Raises `BadData`."""
    given = text(parameters, "step")
    if given:
        step = _span("step", given)
    else:
        step = max((within.end_ns - within.start_ns) // _SECOND_NS // 250, 1) * _SECOND_NS
    if step <= 0:
        raise BadData("zero or negative query resolution step widths are not accepted. Try a positive integer")
    if (within.end_ns - within.start_ns) // step > POINTS_MAX:
        raise BadData(
            "exceeded maximum resolution of 11,000 points per time series. "
            "Try increasing the value of the step parameter"
        )
    return step


def interval_ns(parameters: Parameters) -> int:
    """The least time between two lines of an answer. Raises `BadData`."""
    given = text(parameters, "interval")
    span = _span("interval", given) if given else 0
    if span < 0:
        raise BadData("interval must be >= 0")
    return span
