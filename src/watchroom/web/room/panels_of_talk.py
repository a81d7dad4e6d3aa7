"""What is pinned above the timeline: entries that somebody has marked, and why each matters.

Called by `panels`, which holds the others. A pure function of the incident.
"""

from dataclasses import dataclass

from watchroom.incident.incident import Incident
from watchroom.review.timeline import Note
from watchroom.web.html.template import People, template

PINS_SHOWN_MAX = 12


@dataclass(frozen=True)
class Pin:
    """One mark at one entry."""

    seq: int
    """The entry's number."""
    note: Note


@template("panels/pins.html")
@dataclass(frozen=True)
class Pins:
    """What is pinned, the entry that comes first first."""

    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""
    pins: tuple[Pin, ...]
    """The newest pins, in the order of the entries."""
    more: int
    """How many are not shown."""


def pins_panel(incident: Incident, people: People) -> Pins:
    """The strip above the timeline."""
    pins = [Pin(seq, note) for seq, notes in incident.annotations.marks.items() for note in notes]
    newest = sorted(pins, key=lambda pin: pin.note.seq)[-PINS_SHOWN_MAX:]
    newest.sort(key=lambda pin: (pin.seq, pin.note.seq))
    return Pins(incident, people, tuple(newest), len(pins) - len(newest))
