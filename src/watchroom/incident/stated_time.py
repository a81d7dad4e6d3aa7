"""Times as people write them in a timeline: with or without a date or a zone, rough, as ranges, or left out.

`read` takes one apart, or says why it cannot; `Clock` puts them into place one after the other, since "00:10" after
"23:50" is the next day. A time is kept as it is stated, even where it must be a slip: what stands out of order is
said, never mended. Called by `timeline_file`. Pure.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from watchroom.base.errors import Malformed

EXAMPLES = 'Write "2025-03-18 10:03 UTC", "2025-03-18T10:03:00Z", "10:03", "2025-03-18", or leave it out.'
OVER_MIDNIGHT = timedelta(hours=12)
"""A time of day that lies so far before the entry above is the next day's."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Only abbreviations that mean one zone wherever timelines are written; in minutes east of UTC.
OFFSETS_MIN: dict[str, int] = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180,
    "MSK": 180, "JST": 540, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780, "EST": -300, "EDT": -240, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
}  # fmt: skip
_REGIONS = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
_UNSAID = re.compile(r"\s*|as printed|unknown|local|local time|not stated", re.IGNORECASE)
_IANA = re.compile(r"\b[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z0-9_+-]+)+")

_ROUGH = r"(?P<rough>~|≈|c\.|ca\.?|circa|approx(?:\.|imately)?|about|around|before|after|by|between)?\s*(?:at|from)?\s*"
_DAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[,.]?\s+)?"
    r"(?:(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"|(?P<day2>\d{1,2})(?:st|nd|rd|th)?[\s-](?P<name2>[a-z]{3,9})\.?,?(?:[\s-](?P<year2>\d{4}))?"
    r"|(?P<name3>[a-z]{3,9})\.?\s(?P<day3>\d{1,2})(?:st|nd|rd|th)?,?(?:\s(?P<year3>\d{4}))?)"
)
_ZONE = r"(?P<zone>utc\s?[+-]\d{1,2}(?::?\d{2})?|[+-]\d{2}(?::?\d{2})?|[a-z]{1,5}|[a-z_]+/[a-z_/+-]+)"
_TIME = (
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?)?"
    rf"\s*(?P<half>[ap]\.?m\.?)?(?:\s*\(?{_ZONE}\)?)?"
)
_WHOLE = re.compile(rf"{_ROUGH}(?:{_DAY})?(?:(?:\s*,\s*|\s+at\s+|[t_]|\s+)?{_TIME})?", re.IGNORECASE)
_RANGE = re.compile(r"\s+(?:-|to|until|and)\s+|(?<=\d{2}:\d{2})-(?=\d{1,2}:\d{2})", re.IGNORECASE)
_SLASHED = re.compile(r"\s*(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")


class Stated(msgspec.Struct, frozen=True):
    """A time as it is written; what it leaves out is None."""

    day: tuple[int | None, int, int] | None = None
    """Year, month, day; the year may be left out."""
    clock: time | None = None
    zone: tzinfo | None = None
    rough: bool = False
    end: str = ""
    """Where a range ends, as it is written; its beginning is what counts."""


NOT_STATED = Stated()


def zone_of(name: str) -> tzinfo | None:
    """A time zone by its name in the IANA database, its abbreviation or its offset; None where nothing is said.

    Raises Malformed for what is none, or could be several.
    """
    if _UNSAID.fullmatch(name):
        return None
    found = _IANA.search(name)
    first = found.group() if found else name.split()[0].strip("().,")
    try:
        return _zone(first)
    except ValueError as error:
        raise Malformed(
            f"There is no time zone {name[:60]!r}, or it could be several.",
            hint='Name one as the IANA database does, such as "Europe/London", or "UTC".',
        ) from error


def _zone(name: str) -> tzinfo:
    upper = name.upper().replace(" ", "")
    if upper in OFFSETS_MIN:
        return UTC if OFFSETS_MIN[upper] == 0 else timezone(timedelta(minutes=OFFSETS_MIN[upper]))
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", upper)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    name = _REGIONS.get(upper, name)
    if "/" not in name:
        raise ValueError(f"{name!r} is no time zone, or may be several: name it as Europe/London")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error


def read(text: str) -> Stated:
    """Take a written time apart. Raises ValueError, saying why, for what is none."""
    plain = re.sub(r"[*`_]{1,2}(?=\S)|(?<=\S)[*`]{1,2}", "", text.replace("\u2013", "-").replace("\u2014", "-"))
    plain = " ".join(plain.split()).rstrip(":.,;")
    if not plain or plain.lower() in ("?", "-", "unknown", "n/a", "tbd", "tbc"):
        return NOT_STATED
    slashed = _SLASHED.match(plain)
    if slashed:
        plain = _ordered(slashed) + plain[slashed.end() :]
    first, *ends = _RANGE.split(plain, maxsplit=1)
    end = ends[0] if ends else ""
    found = _WHOLE.fullmatch(first)
    if found is None or not any(found[name] for name in ("year", "day2", "day3", "hour")):
        raise ValueError(f"{text[:60]!r} is no time that can be read")
    day = _day(found)
    if found["hour"] == "24" and found["minute"] == "00":
        # Midnight as the end of a day.
        clock: time | None = time()
        if day is not None and day[0] is not None:
            after = date(day[0], day[1], day[2]) + timedelta(days=1)
            day = (after.year, after.month, after.day)
    else:
        clock = _clock(found)
    zone = _zone(found["zone"]) if found["zone"] else _zone_of_end(end)
    rough = bool(found["rough"] or end or clock is None)
    return Stated(day, clock, zone, rough, end)


def _zone_of_end(end: str) -> tzinfo | None:
    """What is written once behind a range holds for both ends."""
    found = _WHOLE.fullmatch(end) if end else None
    return _zone(found["zone"]) if found is not None and found["zone"] else None


def _ordered(slashed: re.Match[str]) -> str:
    """A date with its numbers in the order of a sentence, where only one order is possible."""
    one, two = int(slashed[1]), int(slashed[2])
    if one <= 12 and two <= 12 and one != two:
        raise ValueError(f"{slashed[0].strip()!r} may be two dates: write it as 2025-03-18")
    month, day = (two, one) if one > 12 else (one, two)
    return f"{slashed[3]}-{month:02d}-{day:02d}"


def _day(found: re.Match[str]) -> tuple[int | None, int, int] | None:
    if found["year"]:
        year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    else:
        name, number, said = next(
            ((found[f"name{n}"], found[f"day{n}"], found[f"year{n}"]) for n in (2, 3) if found[f"name{n}"]),
            ("", "", ""),
        )
        if not name:
            return None
        if name[:3].lower() not in MONTHS:
            raise ValueError(f"{name!r} is no month")
        month, day = MONTHS.index(name[:3].lower()) + 1, int(number)
        if not said:
            date(2024, month, day)
            return None, month, day
        year = int(said)
    date(year, month, day)
    return year, month, day


def _clock(found: re.Match[str]) -> time | None:
    if not found["hour"]:
        return None
    if not found["minute"] and not found["half"]:
        raise ValueError(f"{found[0]!r} has an hour and no minutes")
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{found[0]!r} has no such hour")
        hour = hour % 12 + (12 if found["half"][0].lower() == "p" else 0)
    return time(hour, int(found["minute"] or 0), int(found["second"] or 0))


class Placed(msgspec.Struct, frozen=True):
    """A stated time in its place."""

    at: datetime
    rough: bool
    odd: str = ""
    """What was odd about it, in words."""


class Clock(msgspec.Struct):
    """Puts times into place one after the other: each entry stands on the one before."""

    zone: tzinfo
    day: date | None
    """The day that the first time of day belongs to."""
    before: datetime | None = None

    def place(self, stated: Stated) -> Placed | None:
        """The time in UTC, or None when nothing says when it could be (a time of day before any date)."""
        zone = stated.zone or self.zone
        if stated.clock is None and stated.day is None:
            if self.before is None:
                return None
            return Placed(self.before, rough=True)
        day = self._day(stated, zone)
        if day is None:
            return None
        placed = self._at(stated, day, zone)
        odd = self._oddness(placed.at) if stated.clock is not None else ""
        self.before = placed.at
        return msgspec.structs.replace(placed, odd=placed.odd or odd)

    def _day(self, stated: Stated, zone: tzinfo) -> date | None:
        known = self.before.astimezone(zone).date() if self.before is not None else self.day
        if stated.day is None:
            return known
        year, month, day = stated.day
        if year is None and known is None:
            return None
        return date(year if year is not None else (known or date.min).year, month, day)

    def _at(self, stated: Stated, day: date, zone: tzinfo) -> Placed:
        if stated.clock is None:
            at = datetime.combine(day, time(), zone).astimezone(UTC)
            same_day = self.before is not None and self.before.astimezone(zone).date() == day
            # Of a date alone it is only known that it was no earlier than what stands above it.
            return Placed(self.before if same_day and self.before is not None else at, rough=True)
        at, odd = _in_zone(datetime.combine(day, stated.clock), zone, self.before)
        if stated.day is None and self.before is not None and self.before - at > OVER_MIDNIGHT:
            at, odd = _in_zone(datetime.combine(day + timedelta(days=1), stated.clock), zone, self.before)
        return Placed(at, stated.rough, odd)

    def _oddness(self, at: datetime) -> str:
        if self.before is None or at >= self.before:
            return ""
        return "its time lies before that of the entry above it"


def _in_zone(local: datetime, zone: tzinfo, before: datetime | None) -> tuple[datetime, str]:
    """A local time in UTC; an hour that the clocks passed twice or never is said."""
    first = local.replace(tzinfo=zone)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC), ""
    if first.astimezone(UTC) > second.astimezone(UTC):
        return first.astimezone(UTC), "the clocks went forward over its time: there was none such"
    early, late = first.astimezone(UTC), second.astimezone(UTC)
    at = late if before is not None and early < before <= late else early
    return at, "the clocks went back over its time: it was twice"
