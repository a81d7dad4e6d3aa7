"""Entered: this room was put into the record afterwards, from a timeline of what had happened.

The fact says where the timeline came from and what it leaves open, so that measures and gaps never take a silence of
its author for something that the responders did not do. Written by `entering` alone, folded like any other. Pure.
"""

from datetime import datetime
from typing import Annotated

import msgspec

from watchroom.record.event import Event, Fact


class TimelineEntered(Fact, frozen=True, kw_only=True):
    """What had happened was entered afterwards, from a timeline; what follows has the times that it states."""

    digest: Annotated[str, msgspec.Meta(description="SHA-256 of the timeline, as hexadecimal digits.")]
    source: Annotated[str, msgspec.Meta(description="Where the timeline comes from, as it says.")] = ""
    entries: Annotated[int, msgspec.Meta(description="How many entries it has.")]
    timezone: Annotated[str, msgspec.Meta(description="The time zone that times without one were read in.")] = "UTC"
    unstated: Annotated[
        list[str], msgspec.Meta(description="Milestones whose time it does not say: declared, closed.")
    ] = []
    from_words: Annotated[
        list[str], msgspec.Meta(description="Milestones that were read from the words of an entry.")
    ] = []
    approximate: Annotated[
        list[str], msgspec.Meta(description="Milestones whose time is rough: a date, about noon.")
    ] = []
    notes: Annotated[list[str], msgspec.Meta(description="What was odd about it, and how it was read.")] = []


class Entered(msgspec.Struct):
    """How the room came into the record, if it was entered afterwards."""

    at: datetime | None = None
    """When it was entered; None for a room that was kept as things happened."""
    source: str = ""
    digest: str = ""
    unstated: list[str] = []
    from_words: list[str] = []
    approximate: list[str] = []
    notes: list[str] = []


def apply(state: Entered, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, TimelineEntered):
        state.at = event.recorded_at
        state.source, state.digest = fact.source, fact.digest
        state.unstated, state.from_words = fact.unstated, fact.from_words
        state.approximate, state.notes = fact.approximate, fact.notes


FACTS: tuple[type[Fact], ...] = (TimelineEntered,)
