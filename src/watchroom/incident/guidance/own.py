"""What is asked of one person and of nobody else: the call that rings, the role, task or question that is theirs.

Read by `asking`. What somebody was given and has not taken lies between two people, and is lost there first.
"""

from datetime import timedelta
from typing import Any

from watchroom.incident.guidance.question import COMMANDER, Field, Question, Questions, quoted, sentence, short
from watchroom.incident.incident import Incident
from watchroom.mitigation.roles import ROLES

REPORT_LEAD = timedelta(minutes=2)
"""So long before its time-box ends somebody is asked what came of a task."""


def _runs(incident: Incident) -> bool:
    return incident.status in ("triage", "declared", "mitigated", "resolved")


def you_are_called(incident: Incident) -> Questions:
    """A page that rings for somebody, unless what it tells of is asked about anyway: a role, a task, a late update."""
    if not _runs(incident):
        return
    asked = {holding.person for holding in incident.roles.held.values() if not holding.accepted}
    asked |= {task.person for task in incident.tasks.open if task.state == "assigned"}
    commander = incident.roles.person(COMMANDER)
    for page in incident.pages.open:
        late_update = page.cause == "overdue" and page.to == commander
        if page.to not in asked and not late_update:
            yield Question(
                name="you_are_called",
                about=page.id,
                text="Can you come?",
                why=f"{short(page.by)} calls you: {sentence(page.text)} Saying so takes their doubt away.",
                action="I have heard it",
                command="acknowledge_page",
                given={"page": page.id},
                facts=(page.id,),
                persons=(page.to,),
                due_at=page.answer_by,
            )


def do_you_have_it(incident: Incident) -> Questions:
    """A role that somebody was given and has not accepted."""
    if not _runs(incident):
        return
    for role, holding in incident.roles.held.items():
        if not holding.accepted:
            limit = f" You may {quoted(holding.limit)}." if holding.limit else ""
            yield Question(
                name="do_you_have_it",
                about=role,
                text=f"Do you take it on: {ROLES[role].lower()}?",
                why=f"You were asked. Until you say so, everybody thinks that somebody else does it.{limit}",
                action="I have it",
                command="accept_role",
                given={"role": role},
                facts=(f"{role} {holding.person} {holding.since}",),
                persons=(holding.person,),
            )


def can_you_take_it(incident: Incident) -> Questions:
    """A task that somebody was given and has not taken."""
    if not _runs(incident):
        return
    for task in incident.tasks.open:
        if task.state == "assigned" and task.person:
            yield Question(
                name="can_you_take_it",
                about=task.id,
                text=f"Can you take {task.id}?",
                why=f"{short(task.by)} asks you: {sentence(task.text)}",
                action="I have it",
                command="acknowledge_task",
                given={"task": task.id},
                facts=(task.id,),
                persons=(task.person,),
                due_at=task.due_at,
            )


def late_tasks(incident: Incident) -> Questions:
    """What came of a task: asked of who has it just before its time-box ends, of the commander once it is over."""
    if not _runs(incident):
        return
    for task in incident.tasks.open:
        told = Field(name="text", label="What came of it?", kind="long")
        report: dict[str, Any] = {
            "command": "report_task",
            "given": {"task": task.id},
            "fields": (told,),
            "due_at": task.due_at,
        }
        what = sentence(task.text)
        if task.state == "acknowledged" and task.due_at is not None and task.person:
            yield Question(
                name="late_tasks",
                about=f"{task.id} yours",
                text=f"What came of {task.id}?",
                why=f"You have it: {what} “Nothing found yet” is a report too.",
                action="Report",
                facts=(task.id, f"{task.overdue}"),
                persons=(task.person,),
                from_at=task.due_at - REPORT_LEAD,
                **report,
            )
        if task.overdue:
            late = f"{short(task.person)} has not reported" if task.person else "nobody has it"
            yield Question(
                name="late_tasks",
                about=task.id,
                text=f"What became of {task.id}?",
                why=f"Its time-box is over, and {late}: {what}",
                action="Say what became of it",
                facts=(task.id,),
                roles=(COMMANDER,),
                **report,
            )


def is_it_known(incident: Incident) -> Questions:
    """An unknown whose time has come."""
    if incident.status not in ("triage", "declared", "mitigated"):
        return
    for unknown in incident.unknowns.open:
        if unknown.overdue:
            yield Question(
                name="is_it_known",
                about=unknown.id,
                text=f"Is {unknown.id} known by now?",
                why=f"It was to be found out by now: {sentence(unknown.text)} “Still not known” is an answer too.",
                action="Say what is known",
                command="note_observation",
                given={"answers": unknown.id},
                fields=(Field(name="text", label="What is known?", kind="long"),),
                facts=(unknown.id,),
                persons=(unknown.person,) if unknown.person else (),
                roles=() if unknown.person else (COMMANDER,),
                due_at=unknown.by,
            )


ASKED = (you_are_called, do_you_have_it, can_you_take_it, late_tasks, is_it_known)
