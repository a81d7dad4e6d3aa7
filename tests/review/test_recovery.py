"""What an incident took of its responders: stretches of work, nights by the local clock, days on which clocks change."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from watchroom.base.errors import MisConfigured
from watchroom.communication.message import MessagePosted
from watchroom.config import Settings
from watchroom.config_sources import load
from watchroom.mitigation.recruiting import ResponderReleased
from watchroom.record.event import Event, Fact
from watchroom.review.recovery import (
    DEFAULT,
    Recovery,
    RecoveryPolicy,
    Stretch,
    Toll,
    at_night,
    note_work,
    policy_of,
    tolls,
)

BEGIN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANA = "person:ana@example.com"
SAID = MessagePosted(text="x")


def event(minute: float, actor: str = ANA, begin: datetime = BEGIN) -> Event:
    at = begin + timedelta(minutes=minute)
    return Event("k7m2-9qxd", 1, at, at, actor, "web", None, "message_posted", b"", b"{}", None, b"")


def worked(*minutes: float, begin: datetime = BEGIN) -> Recovery:
    state = Recovery()
    for minute in minutes:
        note_work(state, SAID, event(minute, begin=begin))
    return state


def spans(state: Recovery) -> list[tuple[float, float]]:
    return [
        ((each.first - BEGIN) / timedelta(minutes=1), (each.last - BEGIN) / timedelta(minutes=1))
        for each in state.worked.get("ana@example.com", [])
    ]


def toll(state: Recovery, policy: RecoveryPolicy = DEFAULT, zone: str = "") -> Toll:
    (found,) = tolls(state, policy, lambda person: zone)
    return found


def test_facts_no_further_apart_than_a_quarter_of_an_hour_are_one_stretch() -> None:
    assert spans(worked(0, 15, 30)) == [(0, 30)]
    assert spans(worked(0, 15.1, 30)) == [(0, 0), (15.1, 30)]


@pytest.mark.parametrize("order", list(itertools.permutations((0, 10, 24, 60, 70))))
def test_the_order_in_which_facts_are_recorded_does_not_matter(order: tuple[float, ...]) -> None:
    assert spans(worked(*order)) == [(0, 24), (60, 70)]


def test_a_stretch_counts_five_minutes_before_its_first_fact() -> None:
    found = toll(worked(0, 10, 60))
    assert (found.minutes, found.stretches) == (10 + 5 + 5, 2)
    assert found.first_at == BEGIN - timedelta(minutes=5)


def test_only_people_work() -> None:
    state = Recovery()
    for actor in ("system:timers", "source:prod", "token:bot", "character:vendor"):
        note_work(state, SAID, event(0, actor))
    assert tolls(state) == []


def test_letting_somebody_go_ends_their_stretch_and_begins_none() -> None:
    let_go: Fact = ResponderReleased(person="ana@example.com")
    state = worked(0)
    note_work(state, let_go, event(10, "person:bo@example.com"))
    assert spans(state) == [(0, 10)]
    note_work(state, let_go, event(60, "person:bo@example.com"))
    assert spans(state) == [(0, 10)]
    nobody = Recovery()
    note_work(nobody, let_go, event(0, "person:bo@example.com"))
    assert "ana@example.com" not in nobody.worked


BERLIN, SYDNEY, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Sydney"), ZoneInfo("UTC")


def local(zone: ZoneInfo, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "begin", "end", "hours"),
    [
        # An ordinary night; a day; both ends within it; several nights.
        (BERLIN, (2026, 11, 23, 20), (2026, 11, 24, 8), 8),
        (BERLIN, (2026, 11, 23, 8), (2026, 11, 23, 20), 0),
        (BERLIN, (2026, 11, 23, 23), (2026, 11, 24, 1), 2),
        (BERLIN, (2026, 11, 20, 12), (2026, 11, 23, 12), 24),
        # The clocks go forward at 02:00, and back at 03:00: the night is an hour shorter, and longer.
        (BERLIN, (2026, 3, 28, 20), (2026, 3, 29, 8), 7),
        (BERLIN, (2026, 10, 24, 20), (2026, 10, 25, 8), 9),
        (BERLIN, (2026, 3, 29, 1), (2026, 3, 29, 4), 2),
        (BERLIN, (2026, 10, 25, 1), (2026, 10, 25, 4), 4),
        # In the south they change the other way round.
        (SYDNEY, (2026, 10, 3, 20), (2026, 10, 4, 8), 7),
        (SYDNEY, (2026, 4, 4, 20), (2026, 4, 5, 8), 9),
    ],
)
def test_a_night_is_what_really_passes_of_it(
    zone: ZoneInfo, begin: tuple[int, ...], end: tuple[int, ...], hours: float
) -> None:
    assert at_night(local(zone, *begin), local(zone, *end), zone) == timedelta(hours=hours)


def test_the_hour_that_comes_twice_counts_twice() -> None:
    first = local(BERLIN, 2026, 10, 25, 2, 30)
    again = local(BERLIN, 2026, 10, 25, 2, 30, fold=1)
    assert at_night(first, again, BERLIN) == timedelta(hours=1)


def test_a_night_may_lie_within_one_day() -> None:
    policy = RecoveryPolicy(night_begins_h=1, night_ends_h=5)
    assert at_night(BEGIN, BEGIN + timedelta(days=2), UTC_ZONE, policy) == timedelta(hours=8)


def test_the_night_is_that_of_the_person_s_zone_else_of_the_install_s() -> None:
    at_noon = worked(*range(0, 120, 10))
    assert toll(at_noon).minutes_at_night == 0
    # Noon in London is eleven at night in Sydney.
    assert toll(at_noon, zone="Australia/Sydney").minutes_at_night == 115
    assert toll(at_noon, RecoveryPolicy(time_zone="Australia/Sydney")).time_zone == "Australia/Sydney"
    assert toll(at_noon, RecoveryPolicy(time_zone="Australia/Sydney"), "UTC").minutes_at_night == 0


def test_what_lies_over_the_limits_is_said_and_what_does_not_is_not() -> None:
    at_night_two_hours = worked(*range(0, 120, 10), begin=datetime(2026, 11, 23, 1, tzinfo=UTC))
    assert toll(at_night_two_hours).over == ["1 h 55 min at night: let them sleep, and start later."]
    assert toll(at_night_two_hours, RecoveryPolicy(night_min=115)).over == []
    policy = RecoveryPolicy(night_min=600, long_min=114)
    (sentence,) = toll(at_night_two_hours, policy).over
    assert sentence.startswith("1 h 55 min of work")


def test_the_longest_comes_first() -> None:
    state = worked(0, 10)
    state.worked["bo@example.com"] = [Stretch(BEGIN, BEGIN + timedelta(hours=2))]
    assert [each.person for each in tolls(state)] == ["bo@example.com", "ana@example.com"]


def test_the_limits_are_settings() -> None:
    policy = policy_of(Settings(time_zone="Europe/Berlin", night_begins_h=23, recovery_night_min=30))
    assert (policy.time_zone, policy.night_begins_h, policy.night_min) == ("Europe/Berlin", 23, 30)
    assert msgspec.structs.replace(policy_of(Settings()), time_zone="UTC") == DEFAULT


@pytest.mark.parametrize("wrong", [{"time_zone": "Europe/Berlim"}, {"night_begins_h": 6}])
def test_limits_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(MisConfigured):
        load(wrong, environ={})
