"""Recovery: how those who responded are, and what the incident took of them, before anybody asks what happened.

A check-in is theirs alone to write. The minutes are worked out from the room's facts and from who came in and was
let go; what is counted, and what that cannot see, stands in docs/review.md. Nobody is ever scored by it. Pure: no
clock, and the time zones arrive as an argument.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from watchroom.base.command import Act, Command, LongText
from watchroom.config import Settings
from watchroom.mitigation.recruiting import ResponderReleased
from watchroom.record.event import Decided, Deed, Event, Fact

GAP = timedelta(minutes=15)
"""Two facts of one person that lie no further apart belong to one stretch of work."""
LEAD_IN = timedelta(minutes=5)
"""What a stretch is longer than from its first to its last fact: somebody reads before they write."""


class CheckIn(Command, frozen=True, kw_only=True, tag="check_in"):
    """Say how you are, what you need, and who should take over from you."""

    text: LongText


class ResponderCheckedIn(Deed, frozen=True, kw_only=True):
    """Somebody said how they are."""

    text: str

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class Said(msgspec.Struct):
    """What somebody said of themselves, and when."""

    person: str
    text: str
    at: datetime


class Stretch(msgspec.Struct):
    """One stretch of a person's work, by their first and last fact in it."""

    first: datetime
    last: datetime


class Recovery(msgspec.Struct):
    """What was said, in order; and each responder's stretches of work, in the order of time."""

    check_ins: list[Said] = []
    worked: dict[str, list[Stretch]] = {}


class RecoveryPolicy(msgspec.Struct, frozen=True):
    """When it is night, and from when on it is worth a word. Hours are of the local clock."""

    night_begins_h: int = 22
    night_ends_h: int = 6
    long_min: int = 480
    """Minutes of work in one incident beyond which a calm sentence is said."""
    night_min: int = 60
    """Minutes at night beyond which a calm sentence is said."""
    time_zone: str = "UTC"
    """The zone of whoever has not said theirs (source: IANA Time Zone Database)."""


class Toll(msgspec.Struct, frozen=True, kw_only=True):
    """What the incident took of one person, at least."""

    person: str
    minutes: int
    minutes_at_night: int
    first_at: datetime
    last_at: datetime
    stretches: int
    time_zone: str
    over: list[str] = []
    """Calm sentences about what lies over the house's limits; empty when nothing does."""


def policy_of(settings: Settings) -> RecoveryPolicy:
    """The house's limits as they are set."""
    return RecoveryPolicy(
        night_begins_h=settings.night_begins_h,
        night_ends_h=settings.night_ends_h,
        long_min=settings.recovery_long_min,
        night_min=settings.recovery_night_min,
        time_zone=settings.time_zone,
    )


DEFAULT = RecoveryPolicy()


def apply(state: Recovery, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, ResponderCheckedIn):
        state.check_ins.append(Said(person=event.actor.removeprefix("person:"), text=fact.text, at=event.at))


def note_work(state: Recovery, fact: Fact, event: Event) -> None:
    """Whoever wrote a fact was at work then; whoever was let go had been until then, if they had been at it at all.

    What counts each kind of fact says itself (`Fact.is_work`): a browser that rings, and what is said of the review, do
    not. In whatever order the facts come, the stretches are the same: they are the runs of facts no further than `GAP`
    apart.
    """
    kind, _, person = event.actor.partition(":")
    if kind == "person" and fact.is_work():
        _add(state.worked.setdefault(person, []), event.past_at)
    if isinstance(fact, ResponderReleased) and (stretches := state.worked.get(fact.person)):
        nearest = stretches[-1]
        if nearest.last <= event.past_at <= nearest.last + GAP:
            nearest.last = event.past_at


def _add(stretches: list[Stretch], at: datetime) -> None:
    index = bisect_left(stretches, at, key=lambda stretch: stretch.last)
    before = stretches[index - 1] if index else None
    after = stretches[index] if index < len(stretches) else None
    joins_before = before is not None and at - before.last <= GAP
    joins_after = after is not None and after.first - at <= GAP
    if before is not None and after is not None and joins_before and joins_after:
        before.last = after.last
        del stretches[index]
    elif before is not None and joins_before:
        before.last = at
    elif after is not None and joins_after:
        after.first = min(after.first, at)
    else:
        stretches.insert(index, Stretch(at, at))


def check_in(command: CheckIn, view: object, act: Act) -> Decided:
    """Taken as it is said, as often as it is said."""
    return Decided((ResponderCheckedIn(text=command.text),))


def tolls(
    state: Recovery, policy: RecoveryPolicy = DEFAULT, zone_of: Callable[[str], str] = lambda person: ""
) -> list[Toll]:
    """What it took of each, the longest first. `zone_of` gives a person's IANA zone, or an empty text."""
    found = [
        _toll(person, stretches, policy, zone_of(person) or policy.time_zone)
        for person, stretches in state.worked.items()
        if stretches
    ]
    return sorted(found, key=lambda toll: (-toll.minutes, toll.person))


def _toll(person: str, stretches: list[Stretch], policy: RecoveryPolicy, zone: str) -> Toll:
    spans = [(stretch.first - LEAD_IN, stretch.last) for stretch in stretches]
    minutes = _minutes(sum((end - begin for begin, end in spans), timedelta()))
    where = ZoneInfo(zone)
    night = _minutes(sum((at_night(begin, end, where, policy) for begin, end in spans), timedelta()))
    over = []
    if night > policy.night_min:
        over.append(f"{said_minutes(night)} at night: let them sleep, and start later.")
    if minutes > policy.long_min:
        over.append(f"{said_minutes(minutes)} of work: somebody else carries the pager, and the time is given back.")
    return Toll(
        person=person,
        minutes=minutes,
        minutes_at_night=night,
        first_at=spans[0][0],
        last_at=spans[-1][1],
        stretches=len(spans),
        time_zone=zone,
        over=over,
    )


def at_night(begin: datetime, end: datetime, zone: tzinfo, policy: RecoveryPolicy = DEFAULT) -> timedelta:
    """How much of the time from `begin` to `end` is night there, in time that really passes.

    A night in which the clocks go forward is an hour shorter, and one in which they go back an hour longer.
    """
    found = timedelta()
    for dusk, dawn in _nights(begin, end, zone, policy):
        found += max(min(end, dawn) - max(begin, dusk), timedelta())
    return found


def _nights(
    begin: datetime, end: datetime, zone: tzinfo, policy: RecoveryPolicy
) -> Iterator[tuple[datetime, datetime]]:
    """Every night that can touch the span, as times of UTC."""
    day = begin.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date()
    over_midnight = policy.night_ends_h <= policy.night_begins_h
    while day <= last:
        ends_on = day + timedelta(days=1) if over_midnight else day
        yield _at(day, policy.night_begins_h, zone), _at(ends_on, policy.night_ends_h, zone)
        day += timedelta(days=1)


def _at(day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def _minutes(span: timedelta) -> int:
    return round(span / timedelta(minutes=1))


def said_minutes(minutes: int) -> str:
    """A span as people say it: `40 min`, `2 h 5 min`."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


FACTS: tuple[type[Fact], ...] = (ResponderCheckedIn,)
DECISIONS = {CheckIn: check_in}
