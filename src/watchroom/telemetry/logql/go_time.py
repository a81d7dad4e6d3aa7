"""Times written and read by Go's layouts, such as `2006-01-02T15:04:05.000Z07:00`. Source: Go, "time", "Layout"."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NS = 1_000_000_000
_PART = re.compile(
    r"2006|January|Jan|Monday|Mon|MST|Z07:00|Z0700|-07:00|-0700|-07|15|01|02|03|04|05|06|002|_2|PM|pm"
    r"|[.,]0+(?!\d)|[.,]9+(?!\d)|1|2|3|4|5"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: nanoseconds since 1970, and the zone that it is shown in."""

    ns: int
    zone: tzinfo = UTC

    def __str__(self) -> str:
        return formatted(self, "2006-01-02 15:04:05.999999999 -0700 MST")

    @property
    def calendar(self) -> datetime:
        """To the second. Raises `OverflowError` far away."""
        return datetime(1970, 1, 1, tzinfo=UTC).__add__(timedelta(seconds=self.ns // _NS)).astimezone(self.zone)


def _offset(at: datetime, form: str) -> str:
    minutes = round((at.utcoffset() or timedelta()).total_seconds() / 60)
    if form.startswith("Z") and not minutes:
        return "Z"
    colon = ":" if ":" in form else ""
    text = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}"
    return text if form == "-07" else f"{text}{colon}{abs(minutes) % 60:02d}"


_WRITE: Mapping[str, Callable[[datetime], str]] = {
    "2006": lambda at: f"{at.year:04d}",
    "06": lambda at: f"{at.year % 100:02d}",
    "January": lambda at: at.strftime("%B"),
    "Jan": lambda at: at.strftime("%b"),
    "01": lambda at: f"{at.month:02d}",
    "1": lambda at: str(at.month),
    "Monday": lambda at: at.strftime("%A"),
    "Mon": lambda at: at.strftime("%a"),
    "02": lambda at: f"{at.day:02d}",
    "_2": lambda at: f"{at.day:2d}",
    "2": lambda at: str(at.day),
    "002": lambda at: at.strftime("%j"),
    "15": lambda at: f"{at.hour:02d}",
    "03": lambda at: f"{at.hour % 12 or 12:02d}",
    "3": lambda at: str(at.hour % 12 or 12),
    "04": lambda at: f"{at.minute:02d}",
    "4": lambda at: str(at.minute),
    "05": lambda at: f"{at.second:02d}",
    "5": lambda at: str(at.second),
    "PM": lambda at: "AM" if at.hour < 12 else "PM",
    "pm": lambda at: "am" if at.hour < 12 else "pm",
    "MST": lambda at: at.tzname() or "UTC",
}
_READ: Mapping[str, str] = {
    "2006": "%Y", "06": "%y", "January": "%B", "Jan": "%b", "01": "%m", "1": "%m", "Monday": "%A", "Mon": "%a",
    "02": "%d", "_2": "%d", "2": "%d", "002": "%j", "15": "%H", "03": "%I", "3": "%I", "04": "%M", "4": "%M",
    "05": "%S", "5": "%S", "PM": "%p", "pm": "%p", "MST": "%Z", "Z07:00": "%z", "Z0700": "%z", "-07:00": "%z",
    "-0700": "%z", "-07": "%z",
}  # fmt: skip


def formatted(moment: Moment, layout: str) -> str:
    """The time by a layout. Raises `OverflowError` for one that no calendar has."""
    at, fraction = moment.calendar, f"{moment.ns % _NS:09d}"

    def written(found: "re.Match[str]") -> str:
        part = found.group()
        if part[0] in ".,":
            digits = fraction[: len(part) - 1].ljust(len(part) - 1, "0")
            if part[1] == "9":
                digits = digits.rstrip("0")
                return part[0] + digits if digits else ""
            return part[0] + digits
        return _WRITE[part](at) if part in _WRITE else _offset(at, part)

    return _PART.sub(written, layout)


def parsed_time(layout: str, text: str, zone: str) -> Moment:
    """A text read by a layout, in a zone where it names none itself. Raises `ValueError`."""
    try:
        place: tzinfo = ZoneInfo(zone) if zone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"unknown time zone {zone}") from None
    # A fraction of a second is read whatever the layout says of it, as Go does.
    found = re.search(r"(?<=:\d\d)[.,](\d{1,9})", text)
    ns = int(found[1].ljust(9, "0")) if found else 0
    plain = text[: found.start()] + text[found.end() :] if found else text
    form = _PART.sub(lambda part: _READ.get(part.group(), ""), layout.replace("%", "%%"))
    try:
        at = datetime.strptime(plain.strip(), form)  # noqa: DTZ007 - the zone follows
    except ValueError:
        raise ValueError(f'parsing time "{text}" as "{layout}": cannot parse') from None
    at = at if at.tzinfo else at.replace(tzinfo=place)
    return Moment(int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)) * _NS + ns)
