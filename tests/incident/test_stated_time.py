"""Times as people write them: with and without date and zone, rough, as ranges, left out; and what is refused."""

import contextlib
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchroom.base.errors import Malformed
from watchroom.incident.stated_time import NOT_STATED, Clock, Stated, read, zone_of

DAY = date(2025, 3, 18)


@pytest.mark.parametrize(
    ("written", "day", "clock"),
    [
        ("2025-03-18 10:03", (2025, 3, 18), time(10, 3)),
        ("2025/03/18 10:03:20", (2025, 3, 18), time(10, 3, 20)),
        ("2025-03-18T10:03:00.5Z", (2025, 3, 18), time(10, 3)),
        ("18 March 2025 14:05", (2025, 3, 18), time(14, 5)),
        ("Mar 18th, 2025 2:05 pm", (2025, 3, 18), time(14, 5)),
        ("Tue, 18 Mar 2025 12:05 AM", (2025, 3, 18), time(0, 5)),
        ("March 18 10:03", (None, 3, 18), time(10, 3)),
        ("18/03/2025 10:03", (2025, 3, 18), time(10, 3)),
        ("2025-03-18 24:00", (2025, 3, 19), time(0, 0)),
        ("**10:03**:", None, time(10, 3)),
        ("14h05", None, time(14, 5)),
        ("2025-03-18", (2025, 3, 18), None),
    ],
)
def test_times_are_read(written: str, day: tuple[int | None, int, int] | None, clock: time | None) -> None:
    found = read(written)
    assert (found.day, found.clock) == (day, clock)


@pytest.mark.parametrize("written", ["~14:00", "about 2 pm", "14:00-14:30", "between 14:00 and 14:30", "2025-03-18"])
def test_rough_times_are_said_to_be(written: str) -> None:
    assert read(written).rough
    assert not read("14:00").rough


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("yesterday", "no time"),
        ("25:00", "hour"),
        ("2025-02-30", "day"),
        ("03/04/2025", "two dates"),
        ("10", "no minutes"),
        ("13:00 pm", "no such hour"),
        ("10:03 IST", "may be several"),
        ("10:03 Mars/Olympus", "no time zone"),
        ("18 Brumaire 2025", "no month"),
    ],
)
def test_what_is_no_time_is_refused_with_a_reason(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(written)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(written: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(read(written), Stated)


@pytest.mark.parametrize(
    ("name", "hours"), [("UTC", 0), ("CEST", 2), ("UTC-3", -3), ("+05:30", 5.5), ("PST (USA)", -8)]
)
def test_zones_by_abbreviation_and_offset(name: str, hours: float) -> None:
    zone = zone_of(name)
    assert zone is not None
    assert zone.utcoffset(datetime(2025, 1, 1, tzinfo=UTC)) == timedelta(hours=hours)


def test_zones_by_name_and_none() -> None:
    assert str(zone_of("Europe/London local (not stated per entry)")) == "Europe/London"
    assert zone_of("as printed") is None
    with pytest.raises(Malformed) as refused:
        zone_of("Middle Earth")
    assert "IANA" in refused.value.hint


def placed(zone: str, *written: str) -> list[tuple[str, bool, str]]:
    """Each time in UTC, whether it is rough, and what is odd about it."""
    named = zone_of(zone)
    assert named is not None
    clock = Clock(named, DAY)
    found = [clock.place(read(each)) for each in written]
    return [(f"{each.at:%m-%d %H:%M}", each.rough, each.odd) for each in found if each is not None]


def test_a_time_of_day_belongs_to_the_day_before_it_and_goes_over_midnight() -> None:
    times = [at for at, _, _ in placed("UTC", "23:50", "00:10", "00:05", "11:00")]
    assert times == ["03-18 23:50", "03-19 00:10", "03-19 00:05", "03-19 11:00"]


def test_out_of_order_is_said_and_kept() -> None:
    (_, _, first), (at, _, odd) = placed("UTC", "13:00", "12:57")
    assert (first, at) == ("", "03-18 12:57")
    assert "before that of the entry above" in odd


def test_missing_and_date_only_stand_with_what_is_above_them() -> None:
    assert placed("UTC", "13:00", "", "2025-03-18", "2025-03-19") == [
        ("03-18 13:00", False, ""),
        ("03-18 13:00", True, ""),
        ("03-18 13:00", True, ""),
        ("03-19 00:00", True, ""),
    ]
    assert Clock(UTC, None).place(NOT_STATED) is None
    assert Clock(UTC, None).place(read("10:00")) is None


def test_local_time_and_the_hours_that_the_clocks_pass_twice_or_never() -> None:
    assert placed("Europe/London", "2025-07-01 10:00")[0][0] == "07-01 09:00"
    (early, _, said), (late, _, _) = placed("Europe/London", "2025-10-26 01:30", "2025-10-26 01:10")
    assert (early, late) == ("10-26 00:30", "10-26 01:10")
    assert "twice" in said
    assert "none such" in placed("Europe/London", "2025-03-30 01:30")[0][2]
