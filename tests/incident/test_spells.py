"""When a cycle was alive: facts that follow each other closely are one spell, in whatever order they are told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from watchroom.incident.spells import APART, SPELLS_MAX, Spell, note

BEGIN = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def told(*minutes: float) -> list[tuple[float, float]]:
    """The spells of facts at these minutes, in minutes."""
    spells: list[Spell] = []
    for minute in minutes:
        note(spells, BEGIN + timedelta(minutes=minute))
    return [tuple((at - BEGIN) / timedelta(minutes=1) for at in (s.begin, s.end)) for s in spells]  # type: ignore[misc]


def test_facts_close_together_are_one_spell_and_a_silence_begins_another() -> None:
    assert told(0, 2, 7, 13, 14) == [(0, 7), (13, 14)]


def test_a_time_that_is_stated_afterwards_finds_its_place_and_joins_what_it_lies_between() -> None:
    assert told(0, 20, 10) == [(0, 0), (10, 10), (20, 20)]
    assert told(0, 8, 4) == [(0, 8)]
    assert told(10, 7) == [(7, 10)]
    assert told(0, 4, 2) == [(0, 4)]


@settings(derandomize=True)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_the_order_of_telling_makes_no_difference(minutes: list[int]) -> None:
    spells = told(*minutes)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spells))
    assert all(any(begin <= minute <= end for begin, end in spells) for minute in minutes)
    if len(told(*sorted(minutes))) < SPELLS_MAX:
        assert spells == told(*sorted(minutes))


def test_so_many_are_kept_and_the_closest_are_joined() -> None:
    far = APART / timedelta(minutes=1) * 2
    minutes = [number * far for number in range(SPELLS_MAX)]
    spells = told(*minutes, minutes[-1] + far * 10)
    assert len(spells) == SPELLS_MAX
    assert spells[-1] == (minutes[-1] + far * 10, minutes[-1] + far * 10)
    assert sum(end > begin for begin, end in spells) == 1
