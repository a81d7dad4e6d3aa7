"""Durations and amounts of bytes, as log lines and queries write them. Source: Go, "time.ParseDuration"; Loki."""

import re

_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_LONG_NS = {"d": 86_400_000_000_000, "w": 604_800_000_000_000, "y": 31_536_000_000_000_000}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|[smhdwy])")
_BYTES = re.compile(r"(\d[\d,]*(?:\.\d*)?|\.\d+)\s*([kKmMgGtTpPeE]?[iI]?[bB]?)\Z")
_POWERS = {letter: power for power, letter in enumerate("kmgtpe", start=1)}
NS_MAX = 2**63 - 1


def duration_ns(text: str, *, long_units: bool = True) -> int:
    """`1h30m`, `1.5s`, `-3ms`: nanoseconds; days, weeks and years only with `long_units`. Raises `ValueError`."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    total, place = 0.0, 0
    while place < len(rest):
        found = _PART.match(rest, place)
        if found is None or (found[2] in _LONG_NS and not long_units):
            break
        total += float(found[1]) * (_NS.get(found[2]) or _LONG_NS[found[2]])
        place = found.end()
    if not rest or place < len(rest) or total > NS_MAX:
        raise ValueError(f'time: invalid duration "{text}"')
    return sign * round(total)


def bytes_of(text: str) -> float:
    """`5KB`, `1.5 MiB`, `42`: bytes, in powers of 1000 or (with an i) of 1024. Raises `ValueError`."""
    found = _BYTES.match(text.strip())
    if found is None:
        raise ValueError(f'strconv.ParseFloat: parsing "{text}": invalid syntax')
    unit = found[2].lower()
    base = 1024 if "i" in unit else 1000
    return float(int(float(found[1].replace(",", "")) * base ** _POWERS.get(unit[:1], 0)))
