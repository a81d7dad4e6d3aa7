"""The room's panels of the end: what has to be undone later, and the way from mitigated to put away.

Listed in `panels`. Each is a pure function of the incident.
"""

from dataclasses import dataclass

from watchroom.detection.signal import RoomSignal
from watchroom.incident.checklist import Check, checklist, free_to_go, watch_left
from watchroom.incident.incident import Incident
from watchroom.resolution.shim import Shim
from watchroom.resolution.stability import Watch
from watchroom.web.html.template import People, template

WATCHED_SHOWN_MAX = 5
UNDONE_SHOWN_MAX = 5


@dataclass(frozen=True)
class _RoomPanel:
    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""


@template("panels/shims.html")
@dataclass(frozen=True)
class ShimsPanel(_RoomPanel):
    """To undo later: what was rushed, by whom, how long ago, and what it belongs to."""

    waiting: tuple[Shim, ...]
    """Those that are not undone, oldest first."""
    undone: tuple[Shim, ...]
    """Those undone last."""


@template("panels/closing.html")
@dataclass(frozen=True)
class Ending(_RoomPanel):
    """From mitigated to put away: watch, let people go, resolve, close with a review decision, or go on."""

    watch: Watch | None
    """The newest watch for stability."""
    left: str
    """What speaks against "it stayed well", in words; empty where the watch passed, or there is none."""
    watched: tuple[RoomSignal, ...]
    """The signals that it hears, some of them."""
    more: int
    """How many more it hears."""
    checks: tuple[Check, ...]
    """The closing checklist, while it is resolved."""
    free: tuple[str, ...]
    """Who could be let go."""


def shims_panel(incident: Incident, people: People) -> ShimsPanel:
    """What has to be undone."""
    undone = [shim for shim in incident.shims.by_id.values() if shim.state == "undone"]
    return ShimsPanel(incident, people, tuple(incident.shims.open), tuple(undone[::-1][:UNDONE_SHOWN_MAX]))


def ending_panel(incident: Incident, people: People) -> Ending:
    """The ending."""
    watch = incident.stability.last
    ids = (watch.signals if watch is not None else ()) or list(incident.signals.by_id)
    known = [incident.signals.by_id[id] for id in ids if id in incident.signals.by_id]
    checks = checklist(incident) if incident.status == "resolved" else []
    return Ending(
        incident,
        people,
        watch,
        watch_left(incident, watch) if watch is not None else "",
        tuple(known[:WATCHED_SHOWN_MAX]),
        max(0, len(known) - WATCHED_SHOWN_MAX),
        tuple(checks),
        tuple(free_to_go(incident)),
    )
