"""The room's panels: what is shown of an incident beside its timeline, one thought each.

Called by the room's page and by its live stream. Each panel is a pure function of the incident: the same bytes for
every viewer at every time. Never reads a clock and never knows who looks; the page's script adds both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from watchroom.communication.awaited import awaited
from watchroom.communication.brief import brief_text
from watchroom.detection.signal import RoomSignal
from watchroom.incident import sla
from watchroom.incident.incident import Incident
from watchroom.incident.measures import Lasted, lasted
from watchroom.incident.sla import ServiceDue
from watchroom.mitigation.hypothesis import Hypothesis
from watchroom.mitigation.intervention import Intervention
from watchroom.web.html.template import People, render, template
from watchroom.web.room.guidance import ask_panel
from watchroom.web.room.lanes import Lane, lanes
from watchroom.web.room.panels_of_ending import ending_panel, shims_panel
from watchroom.web.room.panels_of_talk import pins_panel
from watchroom.web.room.panels_of_work import (
    access_panel,
    activities_panel,
    brief_panel,
    decisions_panel,
    inbound_panel,
    pages_panel,
    priorities_panel,
    work_panel,
)

SIGNALS_SHOWN_MAX = 40
STANDING_SHOWN_MAX = 30
"""So many theories, and so many tries, that are alive: the newest."""
DONE_SHOWN_MAX = 8
"""So many that are done with; the others stand in the timeline."""


@dataclass(frozen=True)
class Panel:
    """A panel by name, and what makes its model."""

    name: str
    build: Callable[[Incident, People], Any]


@dataclass(frozen=True)
class Seat:
    """One role in the strip: held, or a hole."""

    role: str
    person: str
    optional: bool


@dataclass(frozen=True)
class _RoomPanel:
    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""


@template("panels/strip.html")
@dataclass(frozen=True)
class Strip(_RoomPanel):
    """Severity, title, what customers feel, two lamps, the clocks, the roles, the next promised update."""

    seats: tuple[Seat, ...]
    """The roles that this incident calls for, and any others that are held."""
    brief: str
    """What a role is handed over with, written from the state: to be corrected, not to be composed."""
    took: Lasted
    """Since when it lasts and when it was over, as the measures count it."""
    promised: tuple[ServiceDue, ...] = ()
    """The service levels that the room's profile promises for this severity; none where it promises none."""


@template("panels/lanes.html")
@dataclass(frozen=True)
class Lanes(_RoomPanel):
    """What is alive: six cycles that light together."""

    lanes: tuple[Lane, ...]
    """The six, with owner, note, due time and place on the room's span of time."""


@template("panels/signals.html")
@dataclass(frozen=True)
class RoomSignals(_RoomPanel):
    """The room's signals with their state."""

    signals: tuple[RoomSignal, ...]
    """Firing first, then the newest."""
    more: int
    """How many are not shown."""


@template("panels/theories.html")
@dataclass(frozen=True)
class Theories(_RoomPanel):
    """Working theories with what speaks for and against each."""

    theories: tuple[Hypothesis, ...]
    """Alive ones first, then those that were dropped last."""
    more: int = 0
    """How many dropped ones are not shown."""


@template("panels/interventions.html")
@dataclass(frozen=True)
class Tries(_RoomPanel):
    """What was tried, what it should do, and what it did."""

    interventions: tuple[Intervention, ...]
    """Running ones first, then proposed ones, then those whose effect was known last."""
    more: int = 0
    """How many whose effect is known are not shown."""


@template("panels/updates.html")
@dataclass(frozen=True)
class RoomUpdates(_RoomPanel):
    """What each audience was told last, and when it hears next."""

    audiences: tuple[str, ...]
    """Those who were told or promised something, in the house's order."""


@template("panels/reopening.html")
@dataclass(frozen=True)
class Reopened(_RoomPanel):
    """What fired again after the incident was over, with one action to go on."""


def _strip(incident: Incident, people: People) -> Strip:
    held = incident.roles.held
    crew = incident.crew
    called = crew.called(incident.rating.severity) if incident.declaration.declared_at is not None else ()
    offered = [role for role in crew.optional if role not in called] if called else []
    others = [role for role in held if role not in (*called, *offered)]
    seats = [
        Seat(role, held[role].person if role in held else "", role in offered) for role in (*called, *others, *offered)
    ]
    promised = tuple(sla.dues(incident))
    return Strip(incident, people, tuple(seats), brief_text(incident, people.name), lasted(incident), promised)


def _signals(incident: Incident, people: People) -> RoomSignals:
    newest = sorted(incident.signals.by_id.values(), key=lambda signal: (signal.since, signal.id), reverse=True)
    newest.sort(key=lambda signal: signal.state != "firing")
    return RoomSignals(incident, people, tuple(newest[:SIGNALS_SHOWN_MAX]), max(0, len(newest) - SIGNALS_SHOWN_MAX))


def _theories(incident: Incident, people: People) -> Theories:
    known = incident.hypotheses.by_id.values()
    standing = [h for h in known if h.state != "ruled_out"]
    dropped = [h for h in known if h.state == "ruled_out"]
    shown = (*standing[-STANDING_SHOWN_MAX:], *dropped[-DONE_SHOWN_MAX:])
    return Theories(incident, people, shown, len(known) - len(shown))


def _tries(incident: Incident, people: People) -> Tries:
    order = {"started": 0, "proposed": 1, "observed": 2, "reverted": 3}
    known = incident.interventions.by_id.values()
    waiting = [i for i in known if order[i.state] < 2]
    done = [i for i in known if order[i.state] >= 2]
    tries = sorted((*waiting[-STANDING_SHOWN_MAX:], *done[-DONE_SHOWN_MAX:]), key=lambda i: order[i.state])
    return Tries(incident, people, tuple(tries), len(known) - len(tries))


AUDIENCES = ("customers", "support", "leadership", "responders", "regulator")


def _updates(incident: Incident, people: People) -> RoomUpdates:
    told = {update.audience for update in incident.updates.by_id.values()} | {
        promise.audience for promise in awaited(incident)
    }
    return RoomUpdates(incident, people, tuple(audience for audience in AUDIENCES if audience in told))


PANELS: tuple[Panel, ...] = (
    Panel("strip", _strip),
    Panel("access", access_panel),
    Panel("reopening", Reopened),
    Panel("lanes", lambda incident, people: Lanes(incident, people, lanes(incident))),
    Panel("ask", ask_panel),
    Panel("pages", pages_panel),
    Panel("closing", ending_panel),
    Panel("shims", shims_panel),
    Panel("priorities", priorities_panel),
    Panel("brief", brief_panel),
    Panel("pins", pins_panel),
    Panel("activities", activities_panel),
    Panel("decisions", decisions_panel),
    Panel("theories", _theories),
    Panel("interventions", _tries),
    Panel("work", work_panel),
    Panel("inbound", inbound_panel),
    Panel("updates", _updates),
    Panel("signals", _signals),
)
_BUILD = {panel.name: panel.build for panel in PANELS}


def panel_html(name: str, incident: Incident, people: People) -> str:
    """The panel's outer element, `<… id="panel-NAME">`, on one line."""
    return render(_BUILD[name](incident, people))


def panels_html(incident: Incident, people: People) -> dict[str, str]:
    """Every panel by name."""
    return {panel.name: panel_html(panel.name, incident, people) for panel in PANELS}
