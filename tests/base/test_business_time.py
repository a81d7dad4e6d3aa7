"""Business time: odd calendars, days on which the clocks change, and that adding and measuring agree."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchroom.base.business_time import WEEKDAYS, Calendar, add, between, end_of_business_day, opening, problem

NINE_TO_FIVE = Calendar(time_zone="Europe/London", hours=dict.fromkeys(WEEKDAYS[:5], ("09:00-17:00",)))
NIGHTS = Calendar(time_zone="Europe/Berlin", hours={"sun": ("00:00-06:00", "22:00-24:00")})
ALWAYS = Calendar(time_zone="America/St_Johns", hours=dict.fromkeys(WEEKDAYS, ("00:00-24:00",)))
CLOSED = Calendar()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "begin", "hours", "end"),
    [
        (NINE_TO_FIVE, "2026-01-05T08:00", 1, "2026-01-05T10:00"),
        (NINE_TO_FIVE, "2026-01-05T16:30", 1, "2026-01-06T09:30"),
        # Over a weekend.
        (NINE_TO_FIVE, "2026-01-09T16:00", 2, "2026-01-12T10:00"),
        # London's clocks went ahead on the Sunday: Monday's nine o'clock is eight in UTC.
        (NINE_TO_FIVE, "2026-03-27T16:00", 2, "2026-03-30T09:00"),
        # A whole working day is its last moment, not the next day's first.
        (NINE_TO_FIVE, "2026-01-05T09:00", 8, "2026-01-05T17:00"),
        # Berlin has no 02:30 on that Sunday: the night is an hour shorter on the wall, and six hours end later.
        (NIGHTS, "2026-03-28T23:00", 6, "2026-03-29T21:00"),
        # In October the hour from two to three comes twice, and both count.
        (NIGHTS, "2026-10-24T22:00", 7, "2026-10-25T05:00"),
        (ALWAYS, "2026-03-08T00:00", 48, "2026-03-10T00:00"),
    ],
)
def test_when_so_much_open_time_has_passed(calendar: Calendar, begin: str, hours: float, end: str) -> None:
    assert add(calendar, utc(begin), hours * 3_600) == utc(end)


def test_days_off_are_off() -> None:
    off = Calendar(time_zone="Europe/London", hours=NINE_TO_FIVE.hours, holidays=(date(2026, 1, 6),))
    assert add(off, utc("2026-01-05T16:30"), 3_600) == utc("2026-01-07T09:30")
    assert between(off, utc("2026-01-05T16:00"), utc("2026-01-07T10:00")) == 2 * 3_600
    assert end_of_business_day(off, utc("2026-01-05T16:00"), 1) == utc("2026-01-07T17:00")


def test_a_house_that_never_opens_never_comes_to_an_end() -> None:
    assert add(CLOSED, utc("2026-01-05T08:00"), 1) is None
    assert between(CLOSED, utc("2026-01-05T08:00"), utc("2027-01-05T08:00")) == 0
    assert end_of_business_day(CLOSED, utc("2026-01-05T08:00"), 1) is None


def test_the_day_of_a_time_is_the_calendars_own() -> None:
    """In Auckland it is Monday morning while UTC still has Sunday."""
    auckland = Calendar(time_zone="Pacific/Auckland", hours={"mon": ("09:00-17:00",)})
    assert add(auckland, utc("2026-01-04T19:00"), 3_600) == utc("2026-01-04T21:00")
    assert end_of_business_day(auckland, utc("2026-01-04T19:00"), 1) == utc("2026-01-12T04:00")


@pytest.mark.parametrize(
    ("calendar", "says"),
    [
        (Calendar(time_zone="Europe/Atlantis"), "no time zone"),
        (Calendar(time_zone="../../etc/passwd"), "no time zone"),
        (Calendar(hours={"mon": ("17:00-09:00",)}), "end before they begin"),
        (Calendar(hours={"mon": ("09:00-12:00", "11:00-17:00")}), "overlap"),
        (NINE_TO_FIVE, ""),
    ],
)
def test_what_is_wrong_with_a_calendar(calendar: Calendar, says: str) -> None:
    found = problem(calendar)
    assert says in found
    assert bool(found) == bool(says)


times = st.floats(0, 2 * 365 * 86_400).map(lambda seconds: utc("2026-01-01") + timedelta(seconds=seconds))


@given(st.sampled_from([NINE_TO_FIVE, NIGHTS, ALWAYS]), times, st.integers(0, 30 * 3_600))
def test_adding_and_measuring_agree(calendar: Calendar, begin: datetime, seconds: int) -> None:
    end = add(calendar, begin, seconds)
    assert end is not None
    assert end >= begin
    assert between(calendar, begin, end) == seconds


@given(st.sampled_from([NINE_TO_FIVE, NIGHTS, ALWAYS]), times, times, times)
def test_time_measured_in_parts_is_the_same(calendar: Calendar, one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    whole = between(calendar, first, last)
    assert between(calendar, first, middle) + between(calendar, middle, last) == pytest.approx(whole)
    assert 0 <= whole <= (last - first).total_seconds()


def test_each_day_of_a_year_is_open_as_long_as_its_wall_clock_says() -> None:
    lengths = set()
    for offset in range(365):
        spans = opening(ALWAYS, date(2026, 1, 1) + timedelta(days=offset))
        lengths.add(sum((last - first).total_seconds() for first, last in spans) / 3_600)
    assert lengths == {23.0, 24.0, 25.0}
