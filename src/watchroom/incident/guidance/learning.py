"""What is asked once the door is shut: how people are, what ages out, what was learnt, how the next finds you readier.

Read by `asking`. The people come before the lesson.
"""

from datetime import timedelta

from watchroom.incident.guidance.question import COMMANDER, Field, Question, Questions, quoted, short
from watchroom.incident.incident import Incident

REVIEW_LEAD = timedelta(days=1)
"""So long before a review's date somebody is asked what it holds."""
KEPT = ("graph", "log", "chat", "screenshot", "deploy")


def how_are_you(incident: Incident) -> Questions:
    """Whoever worked on it and has not said how they are."""
    if incident.status != "closed" or incident.declaration.declared_at is None or incident.imported:
        return
    said = {each.person for each in incident.recovery.check_ins}
    worked = tuple(person for person in incident.recovery.worked if person not in said)
    if worked:
        yield Question(
            name="how_are_you",
            text="How are you?",
            why="It is over, and it took something. Say what you need and who should take over; nobody scores it.",
            action="Say it",
            command="check_in",
            fields=(Field(name="text", label="How are you, what do you need?", kind="long"),),
            facts=(f"{incident.closing.closed_at}",),
            persons=worked,
        )


def what_was_learnt(incident: Incident) -> Questions:
    """A review is owed, and nothing that was learnt is written down."""
    review = incident.review
    if incident.status != "closed" or review.need != "required" or incident.imported:
        return
    if incident.findings.by_id or incident.actions.by_id:
        return
    late = "Its date has passed. " if review.overdue else ""
    yield Question(
        name="what_was_learnt",
        text="What do you know now that you did not know then?",
        why=f"{late}A review that holds nothing teaches nothing. One sentence is a beginning; a mystery counts too.",
        action="Write it down",
        command="add_finding",
        fields=(Field(name="text", label="What was learnt?", kind="long"),),
        facts=(f"{review.due_at}", f"{review.overdue}"),
        persons=(review.owner,) if review.owner else (),
        roles=() if review.owner else (COMMANDER,),
        from_at=None if review.overdue or review.due_at is None else review.due_at - REVIEW_LEAD,
        due_at=review.due_at,
        heads_off="review_without_learning",
    )


def what_to_keep(incident: Incident) -> Questions:
    """Graphs and logs age out while everybody sleeps."""
    review = incident.review
    if incident.status != "closed" or review.need != "required" or incident.artefacts.by_id or incident.imported:
        return
    yield Question(
        name="what_to_keep",
        text="What shows what happened?",
        why="Graphs and logs age out within days. Keep one now: a link, or better the thing itself as text.",
        action="Keep it",
        command="save_artefact",
        fields=(
            Field(name="kind", label="What is it?", suggestions=KEPT),
            Field(name="body", label="The thing itself, or where it is seen", kind="long"),
        ),
        facts=(f"{incident.closing.closed_at}",),
        persons=(review.owner,) if review.owner else (),
        roles=() if review.owner else (COMMANDER,),
        heads_off="review_without_learning",
    )


def who_practises(incident: Incident) -> Questions:
    """Something is owed to the next one: that those who come to it have practised."""
    review = incident.review
    if incident.status != "closed" or review.need is None or incident.declaration.practice or incident.imported:
        return
    if incident.actions.by_id or incident.declaration.declared_at is None:
        return
    yield Question(
        name="who_practises",
        text="How does the next one find you readier?",
        why="Whoever has been through it once in safety does it well in earnest. One date in the calendar is enough.",
        action="Put it down",
        command="add_action",
        fields=(
            Field(name="text", label="What is done?", value=f"Practise this: {quoted(incident.declaration.title)}"),
            Field(name="owner", label="Who sees to it?", kind="person", value="me"),
            Field(
                name="due_at",
                label="Within",
                kind="after",
                value=str(14 * 1_440),
                minutes=(7 * 1_440, 14 * 1_440, 30 * 1_440),
            ),
        ),
        facts=(f"{incident.closing.closed_at}",),
        persons=(review.owner,) if review.owner else (),
        roles=() if review.owner else (COMMANDER,),
        heads_off="no_preparation",
    )


def have_you_read_it(incident: Incident) -> Questions:
    """A review that somebody was given and has not read."""
    given = [reader for reader in incident.sharing.readers if not incident.sharing.has_read(reader)]
    members = [m for reader in incident.sharing.readers.values() for m in reader.members]
    waiting = tuple(dict.fromkeys(p for p in [*given, *members] if "@" in p and not incident.sharing.has_read(p)))
    if waiting and incident.status == "closed":
        yield Question(
            name="have_you_read_it",
            text="Have you read the review?",
            why="It was given to you. Say so once you have, so that whoever wrote it knows that it arrived.",
            action="I have read it",
            command="confirm_read",
            facts=(f"{len(incident.findings.by_id)} {len(incident.actions.by_id)}",),
            persons=waiting,
        )


def who_hears_of_it(incident: Incident) -> Questions:
    """Something was learnt, and nobody has been given it."""
    review = incident.review
    learnt = len(incident.findings.by_id) + len(incident.actions.by_id)
    if incident.status != "closed" or not incident.findings.by_id or incident.sharing.readers or incident.imported:
        return
    yield Question(
        name="who_hears_of_it",
        text="Who should read what was learnt?",
        why=f"{learnt} {'thing is' if learnt == 1 else 'things are'} written down, and nobody has been given it.",
        action="Give it to them",
        command="share_review",
        fields=(Field(name="to", label="People and teams, with commas between", kind="people"),),
        facts=(f"{learnt}",),
        persons=(review.owner,) if review.owner else (),
        roles=() if review.owner else (COMMANDER,),
        heads_off="review_without_learning",
    )


def here_to_help(incident: Incident) -> Questions:
    """Somebody who looks and has no part in it; and somebody who is here and holds nothing."""
    if incident.status not in ("declared", "mitigated"):
        return
    commander = incident.roles.person(COMMANDER)
    who = f"{short(commander)} commands. " if commander else ""
    yield Question(
        name="here_to_help",
        text="Are you here to help?",
        why=f"{who}Say that you are here, and you can be asked. If you only read along, there is nothing to do.",
        action="I am here",
        command="join",
        facts=(f"{incident.declaration.declared_at}",),
        strangers=True,
    )
    if commander:
        yield Question(
            name="here_to_help",
            about="idle",
            text="What can you take off somebody's hands?",
            why=f"{who}You hold nothing yet. Read the brief, then say what you know about and could look at.",
            action=f"Offer it to {short(commander)}",
            command="post_message",
            fields=(
                Field(
                    name="text",
                    label="What do you offer?",
                    kind="long",
                    suggestions=("I am free. Give me something to look at.",),
                ),
            ),
            facts=(commander,),
            idle=True,
        )


ASKED = (
    how_are_you,
    what_was_learnt,
    what_to_keep,
    who_practises,
    have_you_read_it,
    who_hears_of_it,
    here_to_help,
)
