"""Downtime: for how long what customers were told to be down was really down, by component and day.

A component is down from when customers first felt it, as the room says, or from the first post that names it; until a
post says that it works, the incident is over, or the impact was mitigated, whichever came first. Both a partial and a
major outage count as down for all of their time; what was only degraded is counted apart. Called by `status_view`.
Pure.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from watchroom.communication.status_page import OPERATIONAL, STATUSES, ComponentStatus
from watchroom.incident.public import Post, PublicIncident, Span

DOWN: frozenset[ComponentStatus] = frozenset({"partial_outage", "major_outage"})
DAY = timedelta(days=1)
Names = Callable[[str], str | None]
"""The id of the component that a post names so; None when there is none."""


class Stretch(msgspec.Struct, frozen=True):
    """A time in which a component was said to be in one state."""

    begin: datetime
    end: datetime | None
    status: ComponentStatus


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """One component on one day of UTC."""

    day: date
    known: bool
    """Whether the component was on the page by then."""
    worst: ComponentStatus
    down_s: int = 0
    degraded_s: int = 0
    incidents: tuple[str, ...] = ()
    """The public ids of the incidents that touched it."""


def worse(one: ComponentStatus, other: ComponentStatus) -> ComponentStatus:
    """The worse of two."""
    return max(one, other, key=STATUSES.index)


def stretches(incident: PublicIncident, names: Names) -> dict[str, list[Stretch]]:
    """Component by component, what the incident's posts say of it, in the order of time."""
    found: dict[str, list[Stretch]] = {}
    open_since: dict[str, tuple[datetime, ComponentStatus]] = {}

    def end(id: str, at: datetime) -> None:
        begin, status = open_since.pop(id)
        if status != OPERATIONAL:
            found.setdefault(id, []).append(Stretch(begin, max(at, begin), status))

    for number, post in enumerate(incident.posts):
        # It began before anybody was told.
        begin = (incident.felt_since or post.at) if number == 0 else post.at
        for id, status in _said(post, names).items():
            if id in open_since:
                end(id, post.at)
            open_since[id] = (begin, status)
        if post.state == "resolved":
            for id in list(open_since):
                end(id, post.at)
    for id, (begin, status) in list(open_since.items()):
        if incident.over_at is not None:
            end(id, incident.over_at)
        elif status != OPERATIONAL:
            found.setdefault(id, []).append(Stretch(begin, None, status))
    return found


def _said(post: Post, names: Names) -> dict[str, ComponentStatus]:
    """What one post says of each component; of several words for one, the worst counts."""
    said: dict[str, ComponentStatus] = {}
    for name, status in post.components:
        if (id := names(name)) is not None:
            said[id] = worse(said.get(id, status), status)
    return said


def felt(stretch: Stretch, calms: Sequence[Span], now: datetime) -> list[tuple[datetime, datetime]]:
    """The parts of a stretch in which customers hurt: without the times in which it was mitigated."""
    left = [(stretch.begin, min(stretch.end or now, now))]
    for calm in calms:
        calm_end = calm.end or datetime.max.replace(tzinfo=UTC)
        cut: list[tuple[datetime, datetime]] = []
        for begin, end in left:
            cut += [(begin, min(end, calm.begin)), (max(begin, calm_end), end)]
        left = [(begin, end) for begin, end in cut if begin < end]
    return [(begin, end) for begin, end in left if begin < end]


def united(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same time, with nothing counted twice."""
    whole: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if whole and begin <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((begin, end))
    return whole


class _Tally(msgspec.Struct):
    """What is known of one day so far."""

    down: timedelta = timedelta()
    degraded: timedelta = timedelta()
    worst: ComponentStatus = OPERATIONAL
    incidents: dict[str, None] = {}


def midnight(day: date) -> datetime:
    """When a day of UTC begins."""
    return datetime.combine(day, time(), tzinfo=UTC)


def days_of(
    said: Sequence[tuple[PublicIncident, Sequence[Stretch]]], known_from: datetime, now: datetime, days: int
) -> tuple[Day, ...]:
    """The last `days` days of a component, today last, from what the incidents say of it."""
    last = now.astimezone(UTC).date()
    first = last - (days - 1) * DAY
    tallies: dict[date, _Tally] = {}
    down: list[tuple[datetime, datetime]] = []
    degraded: list[tuple[datetime, datetime]] = []
    for incident, stretched in said:
        for stretch in stretched:
            for begin, end in felt(stretch, incident.calms, now):
                if stretch.status in DOWN:
                    down.append((begin, end))
                elif stretch.status == "degraded_performance":
                    degraded.append((begin, end))
                for day in _days(begin, end, first, last):
                    tally = tallies.setdefault(day, _Tally())
                    tally.worst = worse(tally.worst, stretch.status)
                    tally.incidents[incident.id] = None
    for spans, what in ((united(down), "down"), (united(degraded), "degraded")):
        for begin, end in spans:
            for day in _days(begin, end, first, last):
                tally = tallies[day]
                part = min(end, midnight(day) + DAY) - max(begin, midnight(day))
                setattr(tally, what, getattr(tally, what) + part)
    found = []
    for number in range(days):
        day = first + number * DAY
        tally = tallies.get(day, _Tally())
        found.append(
            Day(
                day=day,
                known=midnight(day) + DAY > known_from or day in tallies,
                worst=tally.worst,
                down_s=int(tally.down.total_seconds()),
                degraded_s=int(tally.degraded.total_seconds()),
                incidents=tuple(tally.incidents),
            )
        )
    return tuple(found)


def _days(begin: datetime, end: datetime, first: date, last: date) -> Iterable[date]:
    """The days between `first` and `last` that a span touches."""
    day = max(begin.astimezone(UTC).date(), first)
    until = min((end - timedelta(microseconds=1)).astimezone(UTC).date(), last)
    while day <= until:
        yield day
        day += DAY


def uptime(days: Sequence[Day], known_from: datetime, now: datetime) -> float | None:
    """Which share of the time it was up; None when it has been known for less than a day."""
    if not days:
        return None
    known = [day for day in days if day.known]
    begin = max(midnight(known[0].day), min(known_from, now)) if known else now
    whole_s = (now - begin).total_seconds()
    if whole_s < DAY.total_seconds():
        return None
    return max(0.0, 1.0 - sum(day.down_s for day in days) / whole_s)
