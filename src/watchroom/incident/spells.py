"""Spells: when each cycle was alive. Facts of one cycle that follow each other closely are one spell.

Cycles overlap and repeat, and the first and the last fact of each do not show that. Folded with the room, by
`incident`; drawn by the chart of the flow. Never a phase, and never a measure of anybody. Pure.
"""

from datetime import datetime, timedelta

import msgspec

APART = timedelta(minutes=5)
"""Facts further apart than this belong to two spells."""
SPELLS_MAX = 24
"""So many are kept of each cycle; beyond them, the two that lie closest become one."""


class Spell(msgspec.Struct):
    """From one fact of a cycle to another, with no long silence between."""

    begin: datetime
    end: datetime


def note(spells: list[Spell], at: datetime) -> None:
    """Take one more fact of the cycle in, in place. Stated times may come in any order."""
    place = len(spells)
    while place and spells[place - 1].begin > at:
        place -= 1
    before = spells[place - 1] if place else None
    after = spells[place] if place < len(spells) else None
    if before is not None and at - before.end <= APART:
        before.end = max(before.end, at)
    elif after is not None and after.begin - at <= APART:
        after.begin = at
        return
    else:
        spells.insert(place, Spell(at, at))
        before = spells[place]
    if after is not None and after.begin - before.end <= APART:
        before.end = max(before.end, after.end)
        spells.remove(after)
    if len(spells) > SPELLS_MAX:
        _join_closest(spells)


def _join_closest(spells: list[Spell]) -> None:
    place = min(range(1, len(spells)), key=lambda number: spells[number].begin - spells[number - 1].end)
    spells[place - 1].end = max(spells[place - 1].end, spells[place].end)
    del spells[place]
