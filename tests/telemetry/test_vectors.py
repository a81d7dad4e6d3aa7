"""The cases of Prometheus's own suite, each over its fixture, under the rules of Prometheus 2 and of 3."""

import json
import time
from functools import cache
from typing import Any

import pytest

from tests.peers import require_exam
from tests.telemetry.answers import same_number
from watchroom.telemetry.fixture import read_fixture
from watchroom.telemetry.gathering import together
from watchroom.telemetry.promql.engine import Engine, Settings
from watchroom.telemetry.promql.value import Scalar, String, Vector, Windows
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.refusal import QueryError
from watchroom.telemetry.series import Recorded

Row = tuple[tuple[tuple[str, str], ...], list[float | str | None]]


@cache
def sources() -> dict[str, Recorded]:
    """A source for each fixture; a case that names none has an empty one."""
    found = {"": Recorded([])}
    with require_exam("promql/vectors-fixtures.jsonl").open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            series, _ = together([("", read_fixture([line], f"line {number}"))])
            found[json.loads(line)["fixture"]] = Recorded(series)
    return found


@pytest.mark.parametrize("semantics", Semantics)
def test_every_case_is_right(semantics: Semantics) -> None:
    with require_exam("promql/vectors.jsonl").open(encoding="utf-8") as file:
        cases = [json.loads(line) for line in file]
    wrong = [f"line {case['line']} of {case['fixture']}: {case['expr']}: {says}"
             for case in cases if (says := fault(case, semantics))]  # fmt: skip
    assert wrong == []
    assert len(cases) >= 300


def fault(case: dict[str, Any], semantics: Semantics) -> str | None:
    """What is wrong with our answer; None when nothing is."""
    engine = Engine(sources().get(case["fixture"], sources()[""]), time.monotonic, Settings(semantics=semantics))
    must_fail = any(word.startswith("fail") for word in case["expect"])
    try:
        if case["kind"] == "instant":
            value = engine.instant(case["expr"], round(case["time"] * 1000))
        else:
            _, value = engine.range(case["expr"], *(round(case[name] * 1000) for name in ("start", "end", "step")))
    except QueryError as error:
        return None if must_fail else f"refused: {error}"
    if must_fail:
        return "answered, and should have been refused"
    if isinstance(value, String):
        return None if f"string {json.dumps(value.text)}" in case["expect"] else f"the string {value.text}"
    if isinstance(value, Windows):
        return None if any(word.startswith("range") for word in case["expect"]) else "a range vector"
    ours, theirs = rows(value), [wanted(row) for row in case["rows"]]
    if "ordered" not in case["expect"]:
        ours, theirs = sorted(ours, key=lambda row: row[0]), sorted(theirs, key=lambda row: row[0])
    same = len(ours) == len(theirs) and all(map(same_row, ours, theirs))
    return None if same else f"{ours[:3]}, should be {theirs[:3]}"


def rows(value: Scalar | Vector) -> list[Row]:
    """Labels and values, None where there is no sample."""
    if isinstance(value, Scalar):
        return [((), list(value.values.tolist()))]
    return [
        (labels, [number if there else None for number, there in zip(own.tolist(), present, strict=True)])
        for labels, own, present in zip(value.labels, value.values, value.present, strict=True)
    ]


def wanted(row: dict[str, Any]) -> Row:
    """A row as the file has it; a number alone is a scalar."""
    labels = tuple(sorted((name, value) for name, value in row.get("labels", {}).items() if value))
    return labels, [row["scalar"]] if "scalar" in row else row["values"]


def same_row(ours: Row, theirs: Row) -> bool:
    """A row of the file may end before the range does."""
    values = theirs[1] + [None] * (len(ours[1]) - len(theirs[1]))
    return ours[0] == theirs[0] and len(values) == len(ours[1]) and all(map(same_value, ours[1], values))


def same_value(one: float | str | None, other: float | str | None) -> bool:
    return one is other if one is None or other is None else near(one, other)


def near(one: float | str, other: float | str) -> bool:
    """The suite's own tolerance: a millionth."""
    a, b = float(one), float(other)
    return same_number(a, b) or abs(a - b) <= 1e-6 * max(abs(a), abs(b))
