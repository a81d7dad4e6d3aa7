"""The room's panels of working together: the five activities, threads and tasks, decisions, what came in, business
priorities, who was called, and the brief for whoever comes in.

Listed in `panels`. Each is a pure function of the incident; one with nothing in it is hidden, so that a small
incident stays small.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from watchroom.communication.brief import Line, brief
from watchroom.communication.inbound import InboundItem
from watchroom.detection.unknown import Unknown
from watchroom.incident.incident import Incident
from watchroom.incident.visibility import Guard, guard_of
from watchroom.mitigation.activity import ACTIVITIES
from watchroom.mitigation.decision import Decision
from watchroom.mitigation.escalation import Escalation
from watchroom.mitigation.page import RoomPage
from watchroom.mitigation.priority import Priority
from watchroom.mitigation.task import Task
from watchroom.mitigation.workstream import Workstream
from watchroom.web.html.template import People, template

DECIDED_SHOWN_MAX = 4
DONE_SHOWN_MAX = 10
OPEN_SHOWN_MAX = 40
"""So many tasks in a thread, and so much of what came in, that wait; the oldest first."""


@dataclass(frozen=True)
class _RoomPanel:
    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""


@dataclass(frozen=True)
class Doing:
    """One of the five activities."""

    name: str
    who: str
    at: datetime | None


@template("panels/activities.html")
@dataclass(frozen=True)
class ActivitiesPanel(_RoomPanel):
    """Mitigation, side by side: who does what, and how old the last of it is."""

    doings: tuple[Doing, ...]
    """The five, always in the same places."""
    shown: bool
    """Whether mitigation has begun."""


@template("panels/work.html")
@dataclass(frozen=True)
class WorkPanel(_RoomPanel):
    """Threads of work and the tasks in them."""

    threads: tuple[tuple[Workstream | None, tuple[Task, ...]], ...]
    """Each open thread with its open tasks; last, those in no thread."""
    done: tuple[Task, ...]
    """Tasks with a report, the newest first."""


@template("panels/decisions.html")
@dataclass(frozen=True)
class DecisionsPanel(_RoomPanel):
    """Decisions and holds, what is not known, and whether help was asked for."""

    holds: tuple[Decision, ...]
    """Holds that have not ended, with those whose time has come."""
    decided: tuple[Decision, ...]
    """Decisions, the newest first."""
    unknowns: tuple[Unknown, ...]
    """What is not known yet."""
    escalations: tuple[Escalation, ...]
    """Judgements about asking for help that somebody looks at again, and the last one."""
    earlier: int
    """How many decisions are not shown."""


@template("panels/inbound.html")
@dataclass(frozen=True)
class InboundPanel(_RoomPanel):
    """What came in: open first, oldest first; then what was answered."""

    waiting: tuple[InboundItem, ...]
    """What nobody has answered."""
    done: tuple[InboundItem, ...]
    """What was answered, the newest first."""


@template("panels/priorities.html")
@dataclass(frozen=True)
class PrioritiesPanel(_RoomPanel):
    """Business priorities whose window has not passed."""

    priorities: tuple[Priority, ...]
    """In the order of their beginnings."""


@template("panels/pages.html")
@dataclass(frozen=True)
class PagesPanel(_RoomPanel):
    """Who was called and who was reached."""

    waiting: tuple[RoomPage, ...]
    """Pages that nobody has answered, the newest first."""
    reached: tuple[RoomPage, ...]
    """Pages that somebody acknowledged, the newest first."""
    withdrawn: tuple[RoomPage, ...]
    """Pages that call nobody any more, since the room was put away before anybody answered; the newest first."""


@template("panels/access.html")
@dataclass(frozen=True)
class AccessPanel(_RoomPanel):
    """Who alone sees the room; hidden while everybody does."""

    guard: Guard | None
    """Everybody who is in, as far as the room itself says it."""
    holders: Mapping[str, str]
    """Role by its holder: they are in for as long as they hold it."""


@template("panels/brief.html")
@dataclass(frozen=True)
class BriefPanel(_RoomPanel):
    """For whoever comes in: what is so, in lines."""

    lines: tuple[Line, ...]
    """The joiner's brief."""


def access_panel(incident: Incident, people: People) -> AccessPanel:
    """Who sees a restricted room."""
    holders = {holding.person: role for role, holding in incident.roles.held.items()}
    return AccessPanel(incident, people, guard_of(incident), holders)


def activities_panel(incident: Incident, people: People) -> ActivitiesPanel:
    """The five activities."""
    found = incident.activities.by_name
    doings = tuple(
        Doing(name, found[name].who, found[name].at) if name in found else Doing(name, "", None) for name in ACTIVITIES
    )
    return ActivitiesPanel(incident, people, doings, incident.declaration.declared_at is not None and bool(found))


def work_panel(incident: Incident, people: People) -> WorkPanel:
    """Threads and tasks."""
    open_tasks = incident.tasks.open
    streams = incident.workstreams.open
    threads: list[tuple[Workstream | None, tuple[Task, ...]]] = [
        (stream, tuple(task for task in open_tasks if task.workstream == stream.id)[:OPEN_SHOWN_MAX])
        for stream in streams
    ]
    ids = {stream.id for stream in streams}
    loose = tuple(task for task in open_tasks if task.workstream not in ids)[:OPEN_SHOWN_MAX]
    if loose:
        threads.append((None, loose))
    done = [task for task in incident.tasks.by_id.values() if task.state == "reported"]
    done.sort(key=lambda task: (task.reported_at or task.at, task.id), reverse=True)
    return WorkPanel(incident, people, tuple(threads), tuple(done[:DONE_SHOWN_MAX]))


def decisions_panel(incident: Incident, people: People) -> DecisionsPanel:
    """Decisions, holds, unknowns, escalations."""
    decided = [each for each in reversed(incident.decisions.by_id.values()) if each.state == "decided"]
    judged = list(incident.escalations.by_id.values())
    shown = [each for each in judged if each in incident.escalations.waiting or each is judged[-1]]
    return DecisionsPanel(
        incident,
        people,
        tuple(incident.decisions.holds),
        tuple(decided[:DECIDED_SHOWN_MAX]),
        tuple(incident.unknowns.open),
        tuple(shown),
        max(0, len(decided) - DECIDED_SHOWN_MAX),
    )


def inbound_panel(incident: Incident, people: People) -> InboundPanel:
    """What came in."""
    done = [item for item in reversed(incident.inbound.by_id.values()) if item.state == "answered"]
    return InboundPanel(incident, people, tuple(incident.inbound.open[:OPEN_SHOWN_MAX]), tuple(done[:DONE_SHOWN_MAX]))


def priorities_panel(incident: Incident, people: People) -> PrioritiesPanel:
    """Business priorities; one whose window ended before the room's last fact is over."""
    last = incident.last_at
    current = [p for p in incident.priorities.by_id.values() if p.until is None or last is None or p.until > last]
    return PrioritiesPanel(incident, people, tuple(sorted(current, key=lambda p: (p.since, p.id))))


def pages_panel(incident: Incident, people: People) -> PagesPanel:
    """Who was called."""
    newest = list(reversed(incident.pages.by_id.values()))
    dismissed = incident.status == "dismissed"
    waiting = tuple(page for page in newest if page.open and not dismissed)
    reached = tuple(page for page in newest if page.state == "acknowledged")
    withdrawn = tuple(page for page in newest if page.withdrawn_at is not None and not page.answered)
    if dismissed:
        withdrawn = tuple(page for page in newest if not page.answered)
    return PagesPanel(incident, people, waiting, reached[:DONE_SHOWN_MAX], withdrawn[:DONE_SHOWN_MAX])


def brief_panel(incident: Incident, people: People) -> BriefPanel:
    """The joiner's brief."""
    return BriefPanel(incident, people, tuple(brief(incident, people.name)))
