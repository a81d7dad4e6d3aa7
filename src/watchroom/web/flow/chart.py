"""What the chart of the flow shows of a room: six lanes, what is open in each, and what went from one to another.

Called by the flow's page, its live stream and its file; `drawing` makes the picture of it and the page's template
the words. A pure function of the folded room: the same for every viewer at every time. Lanes are always in the same
places and ordered by nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from watchroom.incident.flow import Due, HandOff, flow
from watchroom.incident.flow import Lane as FlowLane
from watchroom.incident.incident import Incident
from watchroom.mitigation.activity import ACTIVITIES
from watchroom.mitigation.roles import ROLES
from watchroom.web.flow.scale import Knot, knots, written
from watchroom.web.html.template import People
from watchroom.web.html.words import word
from watchroom.web.room.lanes import Lane, brightness, lanes

GOALS = {
    "detection": "Is it an incident?",
    "mitigation": "Stop the customers' pain",
    "communication": "Everybody knows enough",
    "resolution": "Put right what was rushed",
    "review": "Learn, without blame",
    "preparation": "Be readier next time",
}
"""What each cycle is for, in the words of somebody who is in it."""
FAR = timedelta(hours=12)
"""What is due later than this is told with its day."""
Sort = Literal["decide", "due", "hand_off", "note"]


@dataclass(frozen=True)
class Line:
    """One thing that is open in a lane."""

    sort: Sort
    text: str
    at: datetime | None = None
    """When it is due, or since when it waits."""
    late: bool = False
    far: bool = False
    """Whether it is due on another day."""


@dataclass(frozen=True)
class Doing:
    """One of the five activities of mitigation."""

    name: str
    who: str
    at: datetime | None


@dataclass(frozen=True)
class ChartLane:
    """One cycle as it stands."""

    cycle: str
    goal: str
    owner: str
    """Who looks after it, as a ref; empty for nobody."""
    hole: bool
    """Whether it has work and nobody looks after it."""
    brightness: str
    last_at: datetime | None
    spells: tuple[tuple[datetime, datetime], ...]
    lines: tuple[Line, ...]
    """What is open: decisions first, then what is late, what is due, what waits to be taken."""


@dataclass(frozen=True)
class Passing:
    """Something that went from one cycle to another, and when."""

    source: str
    target: str
    what: str
    at: datetime


@dataclass(frozen=True)
class FlowChart:
    """The whole of it."""

    room: str
    title: str
    status: str
    severity: str
    begin: datetime | None
    end: datetime | None
    """The last fact: how far the chart is known."""
    running: bool
    """Whether time still adds to it."""
    lanes: tuple[ChartLane, ...]
    doings: tuple[Doing, ...]
    passings: tuple[Passing, ...]
    axis: tuple[Knot, ...]
    """The axis of time, with long silences drawn short."""

    @property
    def knots(self) -> str:
        """The axis for the page's script."""
        return written(self.axis)


def chart(incident: Incident, people: People) -> FlowChart:
    """The chart of the room at its number."""
    notes = {lane.cycle: lane for lane in lanes(incident)}
    done = incident.activities.by_name
    alive = [(spell.begin, spell.end) for spells in incident.spells.values() for spell in spells]
    return FlowChart(
        room=incident.id,
        title=incident.declaration.title or "Untitled",
        status=incident.status,
        severity=incident.rating.severity or "",
        begin=incident.declaration.opened_at,
        end=incident.last_at,
        running=incident.status not in ("closed", "dismissed"),
        lanes=tuple(_lane(incident, lane, notes[lane.cycle], people) for lane in flow(incident)),
        doings=tuple(
            Doing(name, done[name].who if name in done else "", done[name].at if name in done else None)
            for name in ACTIVITIES
        ),
        passings=tuple(sorted(_passings(incident), key=lambda each: each.at)),
        axis=knots(incident.declaration.opened_at, incident.last_at, alive),
    )


def _lane(incident: Incident, lane: FlowLane, told: Lane, people: People) -> ChartLane:
    return ChartLane(
        cycle=lane.cycle,
        goal=GOALS[lane.cycle],
        owner=told.owner,
        hole=told.hole,
        brightness=brightness(incident.last_at, lane.last_at),
        last_at=lane.last_at,
        spells=tuple((spell.begin, spell.end) for spell in incident.spells.get(lane.cycle, ())),
        lines=tuple(_lines(incident, lane, told, people)),
    )


def _lines(incident: Incident, lane: FlowLane, told: Lane, people: People) -> Iterator[Line]:
    for asked in lane.open_decisions:
        yield Line("decide", asked)
    for due in sorted(lane.due, key=lambda due: not due.overdue):
        yield _due(due, incident.last_at)
    for given in lane.hand_offs:
        yield _given(given, people)
    # What the lanes of the room say in a word or two, where nothing above says more.
    if told.note and not lane.open_decisions and not (lane.due and told.due is not None and told.note == "held"):
        yield Line("note", told.note[:1].upper() + told.note[1:])
    if lane.cycle == "preparation" and (actions := len(incident.actions.by_id)):
        yield Line("note", f"{actions} action{'s' if actions > 1 else ''} from the review")


def _due(due: Due, now: datetime | None) -> Line:
    far = now is not None and due.at - now > FAR
    return Line("due", due.what[:1].upper() + due.what[1:], due.at, due.overdue, far)


def _given(given: HandOff, people: People) -> Line:
    what = word(given.what) if given.what in ROLES else given.what
    says = f"{what}: {people.name(given.to)} has not taken it yet" if given.to else f"{what}: nobody has taken it"
    return Line("hand_off", says, given.since)


def _passings(incident: Incident) -> Iterator[Passing]:
    """The last of each kind, as far as it stands: what was taken back or has come to nothing is not shown."""
    for source, target, what, at in (
        ("detection", "mitigation", "declared", incident.declaration.declared_at),
        ("mitigation", "communication", "first told", _first_told(incident)),
        ("communication", "mitigation", "came in", _last_inbound(incident)),
        ("mitigation", "resolution", "mitigated", incident.impact.mitigated_at),
        ("resolution", "mitigation", "came back", incident.impact.returned_at or incident.reopening.reopened_at),
        ("resolution", "communication", "resolved", incident.resolution.resolved_at),
        ("resolution", "review", "review decided", incident.review.decided_at),
        ("review", "preparation", "action", _last_action(incident)),
    ):
        if at is not None:
            yield Passing(source, target, what, at)
    for shim in list(incident.shims.by_id.values())[-1:]:
        yield Passing("mitigation", "resolution", f"{shim.id} to undo", shim.at)


def _first_told(incident: Incident) -> datetime | None:
    return min((each.posted_at for each in incident.updates.by_id.values() if each.posted_at), default=None)


def _last_inbound(incident: Incident) -> datetime | None:
    return max((each.at for each in incident.inbound.by_id.values()), default=None)


def _last_action(incident: Incident) -> datetime | None:
    return max((each.at for each in incident.actions.by_id.values()), default=None)
