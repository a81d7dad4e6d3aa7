"""Whether two answers of Prometheus's API say the same: labels and times exactly, values within rounding.

Used to compare our answers with a real Prometheus's, and with the vectors of its own suite.
"""

import math
from typing import Any

RELATIVE = 1e-9
OF_THE_LARGEST = 1e-12
"""Relative to the largest operand: what is left of a difference of large numbers."""
LARGEST = 1e6
"""What the samples and the sums over them come to, in the tests' own series."""


def same_number(one: str | float, other: str | float) -> bool:
    """Whether two values are the same but for rounding."""
    a, b = float(one), float(other)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= max(RELATIVE * max(abs(a), abs(b)), OF_THE_LARGEST * LARGEST)


def difference(real: dict[str, Any], ours: dict[str, Any]) -> str | None:
    """What differs between two bodies, in one line; None when nothing does."""
    if (real["status"], real.get("errorType")) != (ours["status"], ours.get("errorType")):
        return f"{_outcome(real)}, here {_outcome(ours)}"
    if real["status"] != "success":
        return None
    one, other = real["data"], ours["data"]
    if not isinstance(one, dict) or "resultType" not in one:
        return None if one == other else f"{one}, here {other}"
    if one["resultType"] != other["resultType"]:
        return f"a {one['resultType']}, here a {other['resultType']}"
    if one["resultType"] == "string":
        return None if one == other else f"{one}, here {other}"
    if one["resultType"] == "scalar":
        return _points("", [one["result"]], [other["result"]])
    return _series(one["result"], other["result"])


def _outcome(body: dict[str, Any]) -> str:
    return f"{body['status']} {body.get('errorType', '')} {body.get('error', '')}".strip()


def _series(real: list[dict[str, Any]], ours: list[dict[str, Any]]) -> str | None:
    def labels(item: dict[str, Any]) -> list[tuple[str, str]]:
        return sorted(item["metric"].items())

    real, ours = sorted(real, key=labels), sorted(ours, key=labels)
    if [labels(each) for each in real] != [labels(each) for each in ours]:
        return f"series {[each['metric'] for each in real][:4]}, here {[each['metric'] for each in ours][:4]}"
    for one, other in zip(real, ours, strict=True):
        found = _points(str(one["metric"]), _of(one), _of(other))
        if found:
            return found
    return None


def _of(item: dict[str, Any]) -> list[Any]:
    return item["values"] if "values" in item else [item["value"]]


def _points(labels: str, real: list[Any], ours: list[Any]) -> str | None:
    if [at for at, _ in real] != [at for at, _ in ours]:
        return f"{labels} has {len(real)} samples {real[:3]}, here {len(ours)} {ours[:3]}"
    for (at, one), (_, other) in zip(real, ours, strict=True):
        if not same_number(one, other):
            return f"{labels} at {at} is {one}, here {other}"
    return None
