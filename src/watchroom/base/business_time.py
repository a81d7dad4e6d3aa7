"""Business time: which hours of a week count, in which time zone, without which days.

Called by service level clocks and by the dates of reviews. Pure: a calendar and a time in, a time out; time zones come
from the system's database (source: IANA tz). Hours are the clock's on the wall, so a day on which the clocks change is
an hour shorter or longer. Never knows a public holiday by itself.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
DAYS_MAX = 3_660
"""How far a calendar is searched, in days: beyond it, nothing is open any more."""

Hours = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        description="From and to on the wall's clock, such as `09:00-17:30`; a day ends at `24:00`.",
    ),
]


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """When the house is open."""

    time_zone: Annotated[str, msgspec.Meta(description="A name of the IANA database, such as `Europe/London`.")] = "UTC"
    hours: Annotated[
        dict[Weekday, tuple[Hours, ...]], msgspec.Meta(description="By weekday; a day that is missing is off.")
    ] = {}
    holidays: Annotated[tuple[date, ...], msgspec.Meta(max_length=1_000, description="Days off, whatever day.")] = ()


def problem(calendar: Calendar) -> str:
    """What is wrong with a calendar, in words; empty when nothing is."""
    try:
        ZoneInfo(calendar.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{calendar.time_zone!r} is no time zone; write one of the IANA database, such as Europe/London"
    for day, hours in calendar.hours.items():
        minutes = [(_minute(begin), _minute(end)) for begin, end in (each.split("-") for each in hours)]
        if any(end <= begin for begin, end in minutes):
            return f"the hours of {day} end before they begin; hours over midnight belong to two days"
        if any(begin < end for (_, end), (begin, _) in pairwise(minutes)):
            return f"the hours of {day} overlap or are out of order"
    return ""


def opening(calendar: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    """The spans in which the house is open on a day, as times in UTC."""
    if day in calendar.holidays:
        return []
    zone = ZoneInfo(calendar.time_zone)
    found = []
    for hours in calendar.hours.get(WEEKDAYS[day.weekday()], ()):
        begin, end = hours.split("-")
        # Of an hour that comes twice both are open: it begins with the first and ends with the second.
        first = _on(day, begin, zone, fold=0)
        last = _on(day, end, zone, fold=1)
        if last > first:
            found.append((first, last))
    return found


def add(calendar: Calendar, begin: datetime, seconds: float) -> datetime | None:
    """When so many seconds of open time will have passed; None when the house does not open for that long."""
    left = timedelta(seconds=seconds)
    for first, last in _from(calendar, begin):
        if last - first >= left:
            return first + left
        left -= last - first
    return None


def between(calendar: Calendar, begin: datetime, end: datetime) -> float:
    """How many seconds of open time lie between two times; 0 when the second is not later."""
    total = timedelta(0)
    for first, last in _from(calendar, begin):
        if first >= end:
            break
        total += min(last, end) - first
    return total.total_seconds()


def end_of_business_day(calendar: Calendar, begin: datetime, days: int) -> datetime | None:
    """When the house closes on the `days`-th open day after the day of `begin`; None when there is none."""
    today = begin.astimezone(ZoneInfo(calendar.time_zone)).date()
    for offset in range(1, DAYS_MAX):
        if spans := opening(calendar, today + timedelta(days=offset)):
            days -= 1
            if days == 0:
                return spans[-1][1]
    return None


def _from(calendar: Calendar, begin: datetime) -> Iterator[tuple[datetime, datetime]]:
    begin = begin.astimezone(UTC)
    # A day of the calendar's zone may have begun on the day before in UTC.
    today = begin.astimezone(ZoneInfo(calendar.time_zone)).date() - timedelta(days=1)
    for offset in range(DAYS_MAX):
        for first, last in opening(calendar, today + timedelta(days=offset)):
            if last > begin:
                yield max(first, begin), last


def _on(day: date, clock: str, zone: ZoneInfo, *, fold: Literal[0, 1]) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
        # The next day begins once, wherever its first hour comes twice.
        fold = 0
    return datetime.combine(day, time.fromisoformat(clock), zone).replace(fold=fold).astimezone(UTC)


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
