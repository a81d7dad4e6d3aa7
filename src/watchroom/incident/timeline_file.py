"""A timeline of something that has happened, as a JSON file: read strictly, into entries in their places.

The format is ours and documented in docs/timelines.md; published timelines that are kept as JSON (title, time zone,
key events, entries) fit it as they are. An error names the field and the line. What is odd is noted and read all the
same: a time that is missing, rough, or before the one above it. Called by `entering`. Pure.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, get_args

import msgspec

from watchroom.base.errors import Malformed
from watchroom.detection.severity import Severity
from watchroom.incident.stated_time import EXAMPLES, NOT_STATED, Clock, Placed, Stated, read, zone_of
from watchroom.incident.timeline_words import Milestone, Reading, read_words
from watchroom.resolution.resolving import Understood

MILESTONES: tuple[Milestone, ...] = get_args(Milestone)
TITLE_CHARS_MAX, TEXT_CHARS_MAX, LINE_CHARS_MAX = 2_000, 20_000, 2_000
LINES_MAX = 200
"""How many factors, lessons or actions are taken from one timeline."""
YEARS = (2000, 2100)

# What a summary of a timeline calls its milestones -> ours.
KEY_NAMES: dict[str, Milestone] = {
    "began": "began", "started": "began", "start": "began", "impact began": "began", "impact started": "began",
    "onset": "began", "noticed": "noticed", "detected": "noticed", "first detected": "noticed",
    "first noticed": "noticed", "identified": "noticed", "declared": "declared", "incident declared": "declared",
    "told": "told", "customers told": "told", "repaired": "mitigated", "mitigated": "mitigated",
    "recovered": "mitigated", "returned": "returned", "resolved": "resolved", "fixed": "resolved",
    "reopened": "reopened", "closed": "closed",
}  # fmt: skip
PROSE = ("summary", "identified", "resolution", "stats")
"""Fields whose text is kept as a note of the room."""
LISTS = ("contributing", "lessons", "actions")
KNOWN = frozenset(
    {"title", "timezone", "date", "entries", "milestones", "key_events", "services", "components", "severity", "impact",
     "understood", "source", "path", "commit", "licence", "key", *PROSE, *LISTS}
)  # fmt: skip
ENTRY_KNOWN = frozenset({"at", "text", "is", "who"})
HINT = "docs/timelines.md shows the format."


class Entry(msgspec.Struct):
    """One entry in its place."""

    number: int
    """From 1, as it stands in the file; 0 for a milestone of the summary that no entry tells."""
    at: datetime
    rough: bool
    text: str
    readings: list[Reading]
    from_words: bool = False


class Timeline(msgspec.Struct):
    """What a file says."""

    title: str
    source: str
    key: str
    zone: str
    entries: list[Entry]
    services: list[str]
    severity: Severity | None
    impact: str
    understood: Understood | None
    prose: dict[str, str]
    lists: dict[str, list[str]]
    notes: list[str]


def read_timeline(body: bytes, entries_max: int) -> Timeline:
    """Read a timeline. Raises Malformed, naming the field and the line where it goes wrong."""
    try:
        text = body.decode("utf-8-sig")
        found = json.loads(text)
    except UnicodeDecodeError as error:
        raise Malformed("The timeline is not UTF-8 text.", hint=HINT) from error
    except json.JSONDecodeError as error:
        raise Malformed(f"The timeline is no JSON: {error.msg}, line {error.lineno}.", hint=HINT) from error
    except RecursionError as error:
        raise Malformed("The timeline is nested too deeply.", hint=HINT) from error
    if not isinstance(found, dict):
        raise Malformed("The timeline is no JSON object.", hint=HINT)
    return _Reader(found, _lines(text), entries_max).timeline()


def _lines(text: str) -> list[int]:
    """The line that each entry begins on."""
    begin = re.search(r'"entries"\s*:\s*\[', text)
    if begin is None:
        return []
    decoder, at = json.JSONDecoder(), begin.end()
    lines: list[int] = []
    while True:
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))
        try:
            _, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            return lines
        lines.append(text.count("\n", 0, at) + 1)
        at = end


class _Reader:
    """Reads one file; every error says where."""

    def __init__(self, found: dict[str, Any], lines: Sequence[int], entries_max: int) -> None:
        self.found = found
        self.lines = lines
        self.entries_max = entries_max
        self.notes: list[str] = []

    def timeline(self) -> Timeline:
        self._known(self.found, KNOWN, "")
        title = self._text("title", TITLE_CHARS_MAX)
        if not title:
            raise Malformed("title: the timeline has none.", hint='Give "title": what could customers not do?')
        clock = self._clock()
        entries = self._entries(clock)
        self._key_events(entries, clock)
        severity, impact = self._severity()
        return Timeline(
            title=title,
            source=" ".join(filter(None, (self._text("source", 500), self._text("path", 500)))),
            key=self._text("key", 200),
            zone=str(clock.zone),
            entries=entries,
            services=self._strings("services", 200) or self._strings("components", 200),
            severity=severity,
            impact=impact,
            understood=self._one_of("understood", get_args(Understood)),
            prose={name: text for name in PROSE if (text := self._text(name, TEXT_CHARS_MAX))},
            lists={name: lines for name in LISTS if (lines := self._points(name))},
            notes=self.notes,
        )

    def _known(self, found: dict[str, Any], known: frozenset[str], where: str) -> None:
        for name in found:
            if name in known:
                continue
            near = get_close_matches(name, known, 1, 0.75)
            if near:
                raise Malformed(f"{where}{name}: there is no such field; is {near[0]} meant?", hint=HINT)
            self.notes.append(f"{where}{name} is no field of a timeline: it was left out.")

    def _text(self, name: str, chars_max: int) -> str:
        value = self.found.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Malformed(f"{name}: a text is wanted.", hint=HINT)
        return self._short(value.strip(), chars_max, name)

    def _short(self, text: str, chars_max: int, where: str) -> str:
        if len(text) > chars_max:
            raise Malformed(f"{where}: {len(text)} characters; {chars_max} at most.", hint="Shorten it.")
        return text

    def _strings(self, name: str, chars_max: int) -> list[str]:
        value = self.found.get(name) or []
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Malformed(f"{name}: a list of texts is wanted.", hint=HINT)
        return list(dict.fromkeys(self._short(each.strip(), chars_max, name) for each in value[:LINES_MAX] if each))

    def _one_of(self, name: str, allowed: tuple[Any, ...]) -> Any:
        value = self.found.get(name)
        if value is not None and value not in allowed:
            raise Malformed(f"{name}: {str(value)[:60]!r} is none of {', '.join(allowed)}.", hint=HINT)
        return value

    def _severity(self) -> tuple[Severity | None, str]:
        return self._one_of("severity", get_args(Severity)), self._text("impact", TEXT_CHARS_MAX)

    def _points(self, name: str) -> list[str]:
        """A list, or a text with a point a line; what stands below a heading belongs to something else."""
        value = self.found.get(name)
        if isinstance(value, list):
            return self._strings(name, LINE_CHARS_MAX)
        points = []
        for line in self._text(name, TEXT_CHARS_MAX).splitlines():
            if line.startswith("#"):
                break
            if point := line.strip().lstrip("-*• ").strip():
                points.append(point[:LINE_CHARS_MAX])
        return points[:LINES_MAX]

    def _clock(self) -> Clock:
        name = self._text("timezone", 200)
        try:
            zone = zone_of(name)
        except Malformed as error:
            raise Malformed(f"timezone: {error.message}", hint=error.hint) from error
        if zone is None:
            self.notes.append("It names no time zone: times without one were read as UTC.")
        return Clock(zone or UTC, self._day())

    def _day(self) -> date | None:
        """The day that a time of day belongs to: as said, else as its name says, else as the first date says."""
        said = self._text("date", 40)
        for name, value in (("date", said), ("path", self.found.get("path")), ("title", self.found.get("title"))):
            found = re.search(r"(\d{4})-(\d{2})-(\d{2})", value) if isinstance(value, str) else None
            try:
                day = date(int(found[1]), int(found[2]), int(found[3])) if found else None
            except ValueError as error:
                if name != "date":
                    continue
                raise Malformed(f"date: {error}.", hint='Write "date": "2025-03-18".') from error
            if day is not None:
                return day
            if name == "date" and said:
                raise Malformed(f"date: {said!r} is none.", hint='Write "date": "2025-03-18".')
        return None

    def _entries(self, clock: Clock) -> list[Entry]:
        raw = self.found.get("entries")
        if not isinstance(raw, list) or not raw:
            raise Malformed("entries: a timeline has at least one.", hint=HINT)
        if len(raw) > self.entries_max:
            hint = "Raise timeline_entries_max, or enter it in parts."
            raise Malformed(f"entries: there are {len(raw)}; {self.entries_max} at most.", hint=hint)
        stated = [self._stated_entry(number, each) for number, each in enumerate(raw, 1)]
        if clock.day is None:
            clock.day = next(_whole_days(time for _, time in stated), None)
        explicit = any("is" in each for each in raw)
        placed: list[Placed | None] = []
        for number, (_, time) in enumerate(stated, 1):
            at = self._placed(clock, time, f"{self._where(number)}.at")
            if at is not None and at.odd:
                self.notes.append(f"Entry {number}: {at.odd}.")
            if time is NOT_STATED:
                self.notes.append(f"Entry {number} has no time: it has that of the entry beside it.")
            placed.append(at)
        first = next((at for at in placed if at is not None), None)
        if first is None:
            raise Malformed("entries: not one of them says when.", hint=EXAMPLES)
        return [
            self._entry(number, each, text, at or Placed(first.at, rough=True), explicit)
            for number, (each, (text, _), at) in enumerate(zip(raw, stated, placed, strict=True), 1)
        ]

    def _where(self, number: int) -> str:
        line = f" (line {self.lines[number - 1]})" if number <= len(self.lines) else ""
        return f"entries[{number - 1}]{line}"

    def _stated_entry(self, number: int, each: Any) -> tuple[str, Stated]:
        where = self._where(number)
        if not isinstance(each, dict):
            raise Malformed(f'{where}: an entry is an object such as {{"at": …, "text": …}}.', hint=HINT)
        self._known(each, ENTRY_KNOWN, f"{where}.")
        text = each.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Malformed(f"{where}.text: the entry says nothing.", hint=HINT)
        who = each.get("who") or ""
        if not isinstance(who, str):
            raise Malformed(f"{where}.who: a text is wanted.", hint=HINT)
        text = f"{who.strip()}: {text.strip()}" if who.strip() else text.strip()
        return self._short(text, TEXT_CHARS_MAX, f"{where}.text"), self._stated(each.get("at"), f"{where}.at")

    def _stated(self, value: Any, where: str) -> Stated:
        if value is None:
            return NOT_STATED
        if not isinstance(value, str):
            raise Malformed(f"{where}: a time is a text.", hint=EXAMPLES)
        try:
            return read(value)
        except ValueError as error:
            raise Malformed(f"{where}: {error}.", hint=EXAMPLES) from error

    def _placed(self, clock: Clock, stated: Stated, where: str) -> Placed | None:
        if stated is not NOT_STATED and stated.day is None and clock.day is None and clock.before is None:
            raise Malformed(f"{where}: it is a time of day, and no date says of which.", hint='Give "date".')
        try:
            placed = clock.place(stated)
        except (ValueError, OverflowError) as error:
            raise Malformed(f"{where}: {error}.", hint=EXAMPLES) from error
        if placed is not None and not YEARS[0] <= placed.at.year < YEARS[1]:
            raise Malformed(f"{where}: it lies in the year {placed.at.year}.", hint="Give a time from 2000 to 2099.")
        return placed

    def _entry(self, number: int, each: dict[str, Any], text: str, at: Placed, explicit: bool) -> Entry:
        if not explicit:
            readings = read_words(text)
            return Entry(number, at.at, at.rough, text, readings, from_words=bool(readings))
        said = each.get("is", "note")
        if said not in MILESTONES:
            where = self._where(number)
            raise Malformed(f"{where}.is: {str(said)[:60]!r} is none of {', '.join(MILESTONES)}.", hint=HINT)
        return Entry(number, at.at, at.rough, text, [] if said == "note" else [Reading(said)])

    def _key_events(self, entries: list[Entry], clock: Clock) -> None:
        """Milestones that the timeline's own summary names: they count for more than what an entry seems to say."""
        for field in ("milestones", "key_events"):
            found = self.found.get(field) or {}
            if not isinstance(found, dict):
                raise Malformed(f'{field}: an object is wanted, such as {{"declared": "10:03"}}.', hint=HINT)
            for name, value in found.items():
                milestone = KEY_NAMES.get(str(name).strip().lower())
                if milestone is None:
                    self.notes.append(f"{field}.{name} is no milestone that is known: it was left out.")
                    continue
                beside = Clock(clock.zone, clock.day or entries[0].at.astimezone(clock.zone).date())
                placed = self._placed(beside, self._stated(value, f"{field}.{name}"), f"{field}.{name}")
                if placed is not None:
                    self._key_event(entries, milestone, placed)

    def _key_event(self, entries: list[Entry], milestone: Milestone, placed: Placed) -> None:
        told: Entry | None = None
        for entry in entries:
            if entry.number == 0 or all(reading.milestone != milestone for reading in entry.readings):
                continue
            if told is None and entry.at == placed.at:
                told, entry.from_words = entry, False
                continue
            entry.readings = [reading for reading in entry.readings if reading.milestone != milestone]
            if milestone != "noticed":
                self.notes.append(f"Entry {entry.number} speaks of {milestone} too; the summary's time counts.")
        if told is None:
            place = max((at for at, entry in enumerate(entries, 1) if entry.at <= placed.at), default=0)
            entries.insert(place, Entry(0, placed.at, placed.rough, "", [Reading(milestone)]))


def _whole_days(times: Iterator[Stated] | Any) -> Iterator[date]:
    for stated in times:
        if stated.day is not None and stated.day[0] is not None:
            yield date(*stated.day)
