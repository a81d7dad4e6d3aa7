"""Durations and times as a query's parameters give them. Source: Prometheus HTTP API v1, "Expression queries"."""

import math
import re
from datetime import datetime

from watchroom.telemetry.refusal import BadData

_UNITS_MS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?\Z")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[-+]\d\d:\d\d)\Z")
MS_MAX = (2**63 - 1) // 1_000_000
"""Durations beyond what nanoseconds in 64 bits hold are refused, as in Prometheus."""


def duration_ms(text: str) -> int:
    """`1h30m`, `15s`, `0`: milliseconds. Raises `BadData`."""
    found = _DURATION.match(text)
    if not text or found is None or not any(found.groups()):
        if text == "0":
            return 0
        raise BadData(f'not a valid duration string: "{text}"')
    total = sum(int(part or 0) * unit for part, unit in zip(found.groups(), _UNITS_MS.values(), strict=True))
    if total > MS_MAX:
        raise BadData("duration out of range")
    return total


def step_ms(text: str) -> int:
    """A duration, or seconds as a number: milliseconds, not rounded to less than they are. Raises `BadData`."""
    seconds = _number(text)
    if seconds is None:
        try:
            return duration_ms(text)
        except BadData:
            raise BadData(f'cannot parse "{text}" to a valid duration') from None
    if not abs(seconds * 1000) <= MS_MAX:
        raise BadData(f'cannot parse "{text}" to a valid duration. It overflows int64')
    return int(seconds * 1000)


def time_ms(text: str) -> int:
    """Seconds since 1970 as a number, or RFC 3339: milliseconds. Raises `BadData`."""
    seconds = _number(text)
    if seconds is not None:
        if not abs(seconds) < 1e14:
            raise BadData(f'cannot parse "{text}" to a valid timestamp')
        return round(seconds * 1000)
    found = _RFC3339.match(text)
    if found is None:
        raise BadData(f'cannot parse "{text}" to a valid timestamp')
    day, clock, fraction, zone = found.groups()
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}")
    except ValueError:
        raise BadData(f'cannot parse "{text}" to a valid timestamp') from None
    return round(whole.timestamp()) * 1000 + int(float(fraction or 0) * 1000)


_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\Z|[-+]?(?:inf|infinity|nan)\Z", re.IGNORECASE)


def _number(text: str) -> float | None:
    if not _NUMBER.match(text):
        return None
    value = float(text)
    return None if math.isnan(value) else value


def seconds_text(ms: int) -> str:
    """Milliseconds as seconds, with a fraction of three digits where there is one."""
    seconds, rest = divmod(abs(ms), 1000)
    return f"{'-' if ms < 0 else ''}{seconds}" + (f".{rest:03d}" if rest else "")
