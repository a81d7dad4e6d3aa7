"""OpenMetrics text: what is read, what a fault is called, and that a real promtool reads the same."""

import math
from pathlib import Path

import numpy as np
import pytest

from tests.telemetry.samples import made, openmetrics
from watchroom.base.errors import Malformed
from watchroom.telemetry.gathering import Unreadable, together
from watchroom.telemetry.labels import NAME, labels_of
from watchroom.telemetry.metadata import Metadata
from watchroom.telemetry.openmetrics import read_openmetrics
from watchroom.telemetry.recorded_files import read_files
from watchroom.telemetry.series import is_stale


def read(text: str) -> dict[str, list[tuple[int, float]]]:
    """Samples (ms, value) of each series, by its labels written plainly."""
    found = read_openmetrics(text.splitlines(keepends=True), "a.om").series
    return {
        ",".join(f"{name}={value}" for name, value in labels): list(zip(times.tolist(), values.tolist(), strict=True))
        for labels, (times, values) in found.items()
    }


@pytest.mark.parametrize(
    ("line", "labels", "sample"),
    [
        ("up 1 1700000000", "__name__=up", (1_700_000_000_000, 1.0)),
        ("up{} 1 1700000000.5", "__name__=up", (1_700_000_000_500, 1.0)),
        ('up{job="a",} 1 0', "__name__=up,job=a", (0, 1.0)),
        ('up{ job = "a" , b="c"} -2.5e3 1', "__name__=up,b=c,job=a", (1000, -2500.0)),
        (r'up{job="a\"b\\c\nd"} 1 1', '__name__=up,job=a"b\\c\nd', (1000, 1.0)),
        ('up{job="a } # b"} 1 1', "__name__=up,job=a } # b", (1000, 1.0)),
        ('up{job="",b="中文"} 1 1', "__name__=up,b=中文", (1000, 1.0)),
        ("a:b +Inf -1.001", "__name__=a:b", (-1001, math.inf)),
        ('up_total 3 1.0 # {trace_id="x y"} 0.5 0.9', "__name__=up_total", (1000, 3.0)),
        ("up  1\t1", "__name__=up", (1000, 1.0)),
    ],
)
def test_one_sample(line: str, labels: str, sample: tuple[int, float]) -> None:
    assert read(f"{line}\n# EOF\n") == {labels: [sample]}


def test_nan_is_a_sample_and_no_end_of_the_series() -> None:
    ((_, values),) = read_openmetrics(["x NaN 1\n", "# EOF"], "a").series.values()
    assert math.isnan(values[0])
    assert not is_stale(values).any()


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("", "a.om:0", "ends without # EOF"),
        ("up 1 1\n", "a.om:1", "ends without # EOF"),
        ("up 1 1\n# EOF\nup 1 2\n", "a.om:3", "more after # EOF"),
        ("up 1 1\n\n# EOF", "a.om:2", "is empty"),
        ("up 1\n# EOF", "a.om:1", "no time"),
        ("up one 1\n# EOF", "a.om:1", "'one' is no number"),
        ("up 1_0 1\n# EOF", "a.om:1", "'1_0' is no number"),
        ("up 1 NaN\n# EOF", "a.om:1", "is no time"),
        ("up 1 1e300\n# EOF", "a.om:1", "is no time"),
        ("up 1 1 1\n# EOF", "a.om:1", "is no sample"),
        ("9up 1 1\n# EOF", "a.om:1", "metric's name"),
        ('up{a="b} 1 1\n# EOF', "a.om:1", "from character 4 on"),
        ('up{a="b" c="d"} 1 1\n# EOF', "a.om:1", "from character 4 on"),
        ('up{a="b",a="c"} 1 1\n# EOF', "a.om:1", "the label a is there twice"),
        ('up{a="b"}1 1\n# EOF', "a.om:1", "is no sample"),
        ("up 1 2\nup 1 1\n# EOF", "a.om:2", "not later"),
        ("up 1 2\nup 3 2\n# EOF", "a.om:2", "not later"),
        ("# TYPE up thing\n# EOF", "a.om:1", "'thing' is no type"),
    ],
)
def test_a_fault_is_said_with_its_file_and_line(text: str, where: str, says: str) -> None:
    with pytest.raises(Unreadable) as found:
        read(text)
    assert found.value.message.startswith(f"{where}: ")
    assert says in found.value.message
    assert found.value.hint


def test_the_same_sample_twice_is_one() -> None:
    assert read("up 1 2\nup 1 2\nx NaN 1\nx NaN 1\n# EOF")["__name__=up"] == [(2000, 1.0)]


def test_what_is_said_of_metrics() -> None:
    text = "# TYPE up gauge\n# HELP up Whether it\\nis \\\\ up.\n# UNIT up seconds\n# HELP lost no type\n# EOF"
    assert read_openmetrics(text.splitlines(), "a").metadata == {
        "up": Metadata("gauge", "Whether it\nis \\ up.", "seconds")
    }


def test_all_of_the_made_series_come_back_to_the_bit(tmp_path: Path) -> None:
    path = tmp_path / "made.om"
    path.write_text(openmetrics(made()), encoding="utf-8")
    series, _ = read_files([path])
    came = {each.labels: each for each in series}
    assert len(came) == len(made())
    for each in made():
        np.testing.assert_array_equal(came[each.labels].times, each.times)
        np.testing.assert_array_equal(came[each.labels].values, each.values)


def test_series_that_were_sampled_together_share_their_times() -> None:
    gathered = read_openmetrics(["a 1 1\n", "b 2 1\n", "a 1 2\n", "b 2 2\n", "c 1 5\n", "# EOF\n"], "x")
    series, _ = together([("x", gathered)])
    a, b, c = series
    assert a.times is b.times
    assert a.times is not c.times
    with pytest.raises(ValueError, match="read-only"):
        a.values[0] = 7


def test_a_series_in_two_files_is_joined_and_may_not_say_two_things(tmp_path: Path) -> None:
    one, other, wrong = (tmp_path / name for name in ("one", "other", "wrong"))
    one.write_text("up 3 3\n# EOF\n", encoding="utf-8")
    other.write_text("up 1 1\nup 3 3\n# EOF\n", encoding="utf-8")
    wrong.write_text("up 4 3\n# EOF\n", encoding="utf-8")
    ((joined,), _) = read_files([one, other])
    assert (joined.labels, joined.times.tolist(), joined.values.tolist()) == (
        labels_of({NAME: "up"}), [1000, 3000], [1.0, 3.0],
    )  # fmt: skip
    with pytest.raises(Malformed, match=r"wrong: up\{\} at 3 s has another value"):
        read_files([one, wrong])


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(b'up 1 1\nx{a="\xff"} 1 1\n# EOF\n')
    with pytest.raises(Unreadable, match="not UTF-8"):
        read_files([path])
