"""Fixture JSON: gaps, ends, words for numbers, and what a fault is called."""

import math
from pathlib import Path

import pytest

from watchroom.telemetry.fixture import read_fixture
from watchroom.telemetry.gathering import Unreadable
from watchroom.telemetry.recorded_files import read_files
from watchroom.telemetry.series import is_stale


def test_gaps_ends_and_words(tmp_path: Path) -> None:
    path = tmp_path / "fixture.jsonl"
    path.write_text(
        '\n{"fixture": "x", "series": [{"labels": {"__name__": "a", "b": ""}, "step": 0.5,'
        ' "values": [1, null, "STALE", "NaN", "+Inf", "-Inf", 2.5]}]}\n',
        encoding="utf-8",
    )
    path.write_text(path.read_text(encoding="utf-8").lstrip("\n"), encoding="utf-8")
    ((series,), _) = read_files([path])
    assert series.labels == (("__name__", "a"),)
    assert series.times.tolist() == [0, 1000, 1500, 2000, 2500, 3000]
    assert is_stale(series.values).tolist() == [False, True, False, False, False, False]
    assert math.isnan(series.values[2])
    assert series.values[3:].tolist() == [math.inf, -math.inf, 2.5]
    assert series.has_stale


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        (['{"series": ['], 1, "no fixture"),
        (['{"series": []}', '{"fixture": "x"}'], 2, "`series`"),
        (['{"series": [{"labels": {"a": 1}, "values": []}]}'], 1, "no fixture"),
        (['{"series": [{"labels": {}, "step": 0, "values": []}]}'], 1, "no fixture"),
        (['{"series": [{"labels": {}, "values": ["gone"]}]}'], 1, "'gone' is none"),
        (['{"series": [{"labels": {"a": "b"}, "values": [1]}]}', '{"series": [{"labels": {"a": "b"}, "values": [2]}]}'],
         2, "in a fixture before"),
    ],
)  # fmt: skip
def test_a_fault_is_said_with_its_line(lines: list[str], line: int, says: str) -> None:
    with pytest.raises(Unreadable) as found:
        read_fixture(lines, "f.jsonl")
    assert found.value.message.startswith(f"f.jsonl:{line}: ")
    assert says in found.value.message


def test_of_a_series_twice_in_a_fixture_the_later_one_holds() -> None:
    line = '{"series": [{"labels": {"a": "b"}, "values": [1]}, {"labels": {"a": "b"}, "values": [2]}]}'
    ((_, values),) = read_fixture([line], "f").series.values()
    assert values.tolist() == [2.0]


def test_the_same_series_twice_is_one() -> None:
    line = '{"series": [{"labels": {"a": "b"}, "values": ["NaN", 1]}]}'
    assert len(read_fixture([line, line], "f").series) == 1
