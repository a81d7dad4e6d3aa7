"""Tasks: one piece of work for one person, with a time-box, acknowledged and reported.

The loop is closed only when all four are there. `incident/timers` writes `TaskBecameOverdue` when the time-box has
run out without a report. Never gives a task by itself.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Id, Name, OptionalText, Text
from watchroom.base.errors import AlreadyDone, UnknownThing
from watchroom.detection.declaration import Declaration
from watchroom.mitigation import workstream
from watchroom.mitigation.crew import Crew
from watchroom.mitigation.page import Pages, answered_otherwise, ask_other, withdraw
from watchroom.mitigation.roles import Roles
from watchroom.mitigation.workstream import Workstreams
from watchroom.record.event import Decided, Deed, Event, Fact

DUE_S_MAX = 30 * 86_400


class AssignTask(Command, frozen=True, kw_only=True, tag="assign_task"):
    """Give one person one piece of work, and say when you come back for it."""

    person: Name
    text: Text
    due_s: Annotated[
        Annotated[int, msgspec.Meta(ge=1, le=DUE_S_MAX)] | None,
        msgspec.Meta(description="The time-box, in seconds from now."),
    ] = None
    workstream: Annotated[Id | None, msgspec.Meta(description="The thread that it belongs to.")] = None


class AcknowledgeTask(Command, frozen=True, kw_only=True, tag="acknowledge_task"):
    """Say that you have it."""

    task: Id


class ReportTask(Command, frozen=True, kw_only=True, tag="report_task"):
    """Say what came of it: done, found, not found, or not done and why."""

    task: Id
    text: OptionalText = ""


class TaskAssigned(Deed, frozen=True, kw_only=True):
    """Somebody was given a piece of work."""

    id: str
    person: str
    text: str
    due_at: datetime | None = None
    workstream: str = ""


class TaskAcknowledged(Deed, frozen=True, kw_only=True):
    """The person said that they have it."""

    task: str


class TaskReported(Deed, frozen=True, kw_only=True):
    """Somebody said what came of it."""

    task: str
    text: str = ""


class TaskBecameOverdue(Fact, frozen=True, kw_only=True):
    """The time-box ran out without a report. Written by the timers, once for each task."""

    task: str
    due_at: datetime


class Task(msgspec.Struct):
    """A task as it stands."""

    id: str
    person: str
    text: str
    state: Literal["assigned", "acknowledged", "reported"]
    by: str
    at: datetime
    due_at: datetime | None = None
    workstream: str = ""
    overdue: bool = False
    acknowledged_at: datetime | None = None
    reported_at: datetime | None = None
    report: str = ""
    acknowledged_by: str = ""
    """Who said that the person has it: they themself, or another for them."""
    reported_by: str = ""


class Tasks(msgspec.Struct):
    """The room's tasks in the order in which they were given."""

    by_id: dict[str, Task] = {}

    @property
    def open(self) -> list[Task]:
        """Those without a report."""
        return [task for task in self.by_id.values() if task.state != "reported"]


class View(Protocol):
    """What the decisions here read."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def pages(self) -> Pages: ...
    @property
    def declaration(self) -> Declaration: ...
    @property
    def players(self) -> frozenset[str]: ...
    @property
    def workstreams(self) -> Workstreams: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def roles(self) -> Roles: ...
    @property
    def crew(self) -> Crew: ...


def apply(state: Tasks, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case TaskAssigned():
            by = event.actor.removeprefix("person:")
            state.by_id[fact.id] = Task(
                id=fact.id,
                person=fact.person,
                text=fact.text,
                # Whoever gives a task to themselves has it.
                state="acknowledged" if by == fact.person else "assigned",
                by=by,
                at=event.at,
                due_at=fact.due_at,
                workstream=fact.workstream,
                acknowledged_at=event.at if by == fact.person else None,
                acknowledged_by=by if by == fact.person else "",
            )
        case TaskAcknowledged():
            if (task := state.by_id.get(fact.task)) is not None:
                by = event.actor.removeprefix("person:")
                if task.acknowledged_at is None or (by == task.person and task.acknowledged_by != by):
                    # What its owner says themself stands in place of what another said for them.
                    task.acknowledged_at, task.acknowledged_by = event.at, by
                if task.state == "assigned":
                    task.state = "acknowledged"
        case TaskReported():
            if (task := state.by_id.get(fact.task)) is not None:
                task.state, task.overdue = "reported", False
                task.reported_at, task.report = event.at, fact.text
                task.reported_by = event.actor.removeprefix("person:")
        case TaskBecameOverdue():
            if (task := state.by_id.get(fact.task)) is not None and task.state != "reported":
                task.overdue = True


def apply_to_pages(state: Pages, fact: Fact, event: Event) -> None:
    """Whoever takes on or reports their task has heard the page about it; what is done calls nobody."""
    if isinstance(fact, TaskAcknowledged | TaskReported):
        answered_otherwise(state, fact.task, event)
    if isinstance(fact, TaskReported):
        withdraw(state, event, fact.task)


def _known(view: View, id: str) -> Task:
    task = view.tasks.by_id.get(id)
    if task is None:
        there = ", ".join(view.tasks.by_id) or "none yet"
        raise UnknownThing(f"There is no task {id} here.", hint=f"Known: {there}. Give one with assign_task.")
    return task


def _span(command: AssignTask, view: View) -> tuple[Caution, ...]:
    """More people with open tasks than one lead can steer, by the profile: the thread's, or the commander's own."""
    thread = view.workstreams.by_id[command.workstream] if command.workstream else None
    lead = thread.lead if thread is not None else view.roles.person("incident_commander") or ""
    given = [task.person for task in view.tasks.open if task.workstream == (command.workstream or "")]
    people = {*given, command.person} - {lead}
    if not lead or len(people) <= view.crew.people_per_lead:
        return ()
    said = f"{lead} steers {len(people)} people now; the profile has at most {view.crew.people_per_lead}."
    hint = "Open a workstream with a lead of its own: open_workstream."
    return (Caution("lead_overloaded", said, hint),)


def assign_task(command: AssignTask, view: View, act: Act) -> Decided:
    """Give it; a time-box is asked for, and a person with their hands full is pointed out."""
    if command.workstream:
        workstream.known(view.workstreams, command.workstream)
    cautions: list[Caution] = []
    if command.due_s is None:
        cautions.append(
            Caution("no_time_box", "It has no time-box.", "Say when you come back for it: due_s 600 is ten minutes.")
        )
    busy = [task.id for task in view.tasks.open if task.person == command.person]
    if busy:
        cautions.append(
            Caution(
                "person_busy", f"{command.person} has {', '.join(busy)} open.", "Say which goes first, or ask another."
            )
        )
    cautions += _span(command, view)
    id = f"T{view.issued.get('T', 0) + 1}"
    due_at = act.at + timedelta(seconds=command.due_s) if command.due_s is not None else None
    fact = TaskAssigned(
        id=id, person=command.person, text=command.text, due_at=due_at, workstream=command.workstream or ""
    )
    asked = ask_other(command.person, command.text, view, act, "task", id)
    return Decided((fact, *asked.facts), (*cautions, *asked.cautions))


def _for_another(task: Task, view: View, act: Act, ends: str = "stays open") -> tuple[Caution, ...]:
    """It is somebody else's: that another touches the task does not reach them, whatever becomes of the page."""
    if task.person in (act.person, ""):
        return ()
    said = f"{task.id} is {task.person}'s."
    hint = "Give it to yourself if you took it over."
    unheard = [page.id for page in view.pages.open if page.about == task.id]
    if unheard:
        said += f" {', '.join(unheard)} to them {ends}: this does not say that they heard."
        hint += " If they told you, say so: acknowledge_page with a reason." if ends == "stays open" else ""
    return (Caution("for_another", said, hint),)


def _ringing(task: Task, view: View, act: Act) -> str:
    """What ends the page about it that still calls whoever acts, as the end of a hint; empty where none does."""
    waits = [page.id for page in view.pages.open if page.about == task.id and page.to == act.person]
    return f" You have heard {waits[0]}: acknowledge_page." if waits else ""


def acknowledge_task(command: AcknowledgeTask, view: View, act: Act) -> Decided:
    """The person has it; what its owner says counts also after another has said so for them."""
    task = _known(view, command.task)
    own_word = task.person == act.person and task.acknowledged_by != act.person
    if task.state == "reported" or (task.state == "acknowledged" and not own_word):
        hint = "Say what came of it with report_task." if task.state == "acknowledged" else "Report what is new."
        raise AlreadyDone(f"{task.id} was {task.state} already.", hint=hint + _ringing(task, view, act))
    return Decided((TaskAcknowledged(task=task.id),), _for_another(task, view, act))


def report_task(command: ReportTask, view: View, act: Act) -> Decided:
    """What came of it; a second report with other words adds to the first."""
    task = _known(view, command.task)
    if task.state == "reported" and command.text in ("", task.report):
        hint = "Report what is new, or give another task." + _ringing(task, view, act)
        raise AlreadyDone(f"{task.id} was reported already.", hint=hint)
    cautions = _for_another(task, view, act, "is withdrawn")
    if not command.text:
        cautions += (Caution("empty_report", "The report says nothing.", "Done, found, not found, or why not?"),)
    return Decided((TaskReported(task=task.id, text=command.text),), cautions)


FACTS: tuple[type[Fact], ...] = (TaskAssigned, TaskAcknowledged, TaskReported, TaskBecameOverdue)
DECISIONS = {AssignTask: assign_task, AcknowledgeTask: acknowledge_task, ReportTask: report_task}
