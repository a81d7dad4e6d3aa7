"""Where Prometheus 2 and 3 answer differently: each difference once, as each of them answers."""

import numpy as np
import pytest

from watchroom.telemetry.labels import NAME, labels_of
from watchroom.telemetry.promql.engine import Engine, Settings
from watchroom.telemetry.promql.value import Vector
from watchroom.telemetry.promql.windows import Semantics
from watchroom.telemetry.series import Recorded, Series

TIMES = np.arange(10, dtype=np.int64) * 60_000
SOURCE = Recorded([Series(labels_of({NAME: "x"}), TIMES, np.arange(10, dtype=np.float64))])


def asked(text: str, semantics: Semantics, at_s: int = 300) -> list[tuple[str, str]]:
    """Metric's name and value of each series at a time."""
    value = Engine(SOURCE, lambda: 0.0, Settings(semantics=semantics)).instant(text, at_s * 1000)
    assert isinstance(value, Vector)
    return [
        (dict(labels).get(NAME, ""), f"{number:g}")
        for labels, number in zip(value.labels, value.values[:, 0], strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "by_2", "by_3"),
    [
        ("count_over_time(x[2m])", "3", "2"),
        ("sum_over_time(x[1m])", "9", "5"),
        ("count_over_time(x[2m:1m])", "3", "2"),
        ("stddev(vector(Inf))", "0", "nan"),
        ("stdvar(vector(NaN))", "0", "nan"),
        ("stddev(x)", "0", "0"),
    ],
)
def test_values(text: str, by_2: str, by_3: str) -> None:
    assert asked(text, Semantics.PROMETHEUS_2) == [("", by_2)]
    assert asked(text, Semantics.PROMETHEUS_3) == [("", by_3)]


def test_a_sample_as_old_as_the_look_back_counts_for_2_alone() -> None:
    at_s = 9 * 60 + 300
    assert asked("x", Semantics.PROMETHEUS_2, at_s) == [("x", "9")]
    assert asked("x", Semantics.PROMETHEUS_3, at_s) == []
    assert asked("x", Semantics.PROMETHEUS_3, at_s - 1) == [("x", "9")]


def test_2_forgets_to_take_the_name_from_atan2() -> None:
    assert asked("x atan2 1", Semantics.PROMETHEUS_2)[0][0] == "x"
    assert asked("x atan2 1", Semantics.PROMETHEUS_3)[0][0] == ""
