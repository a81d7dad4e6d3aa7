"""What is asked of whoever commands: who leads what, how bad it is, what came in, what was held, who else can help.

Read by `asking`. One person who commands and repairs sees neither; that is asked before anything is tried.
"""

from datetime import datetime, timedelta

from watchroom.incident.guidance.question import (
    COMMANDER,
    LEAD,
    SPEAKER,
    Field,
    Question,
    Questions,
    free_hand,
    quoted,
    sentence,
    short,
)
from watchroom.incident.incident import Incident
from watchroom.mitigation.page import RoomPage
from watchroom.mitigation.roles import ROLES

ALONE_FOR = timedelta(minutes=8)
"""So long one person may be alone with it before they are asked whether they want a second pair of eyes."""
IMPACTS = (("few", "few"), ("many", "many"), ("all", "all"), ("none", "none yet"))
URGENCIES = (("high", "now"), ("medium", "within the hour"), ("low", "slowly"))
_STREAMS_FROM = 3
"""From so many people on a second thread of work is worth asking about."""
_HURTS = ("declared", "mitigated")


def who_commands(incident: Incident) -> Questions:
    """Nobody looks up."""
    if incident.status in _HURTS and incident.roles.person(COMMANDER) is None:
        yield Question(
            name="who_commands",
            text="Who commands?",
            why="Somebody has to look up while others look down. Take it now; it can be handed over in a minute.",
            action="I take command",
            command="assign_role",
            given={"role": COMMANDER, "person": "me"},
            facts=(f"{incident.rating.severity}",),
            everybody=True,
            heads_off="command_collision",
        )


def who_leads(incident: Incident) -> Questions:
    """Nobody leads the technical work, or the one who commands does."""
    commander, lead = incident.roles.person(COMMANDER), incident.roles.person(LEAD)
    severity = incident.rating.severity
    if incident.status != "declared" or commander is None or LEAD not in incident.crew.called(severity):
        return
    if lead is None:
        yield _ask_for(
            incident,
            LEAD,
            "Who leads the technical work?",
            "You command, so somebody else has the hands on the keyboard. Ask one person by name.",
        )
    elif lead == commander and incident.crew.keeps_apart(COMMANDER, LEAD, severity):
        yield _ask_for(
            incident,
            LEAD,
            "Can somebody else lead the technical work?",
            "You command and have hands on the keyboard. Whoever types cannot look up.",
        )


def who_writes(incident: Incident) -> Questions:
    """Nobody writes the updates, where the severity calls for somebody."""
    called = SPEAKER in incident.crew.called(incident.rating.severity) and incident.rating.severity is not None
    if incident.status == "declared" and called and incident.roles.person(COMMANDER):
        speaker = incident.roles.person(SPEAKER)
        lead = incident.roles.person(LEAD)
        if speaker is None and lead is not None:
            yield _ask_for(
                incident,
                SPEAKER,
                "Who writes the updates?",
                "You cannot steer and write at once for long. Until somebody takes it, it is yours.",
            )


def _ask_for(incident: Incident, role: str, text: str, why: str) -> Question:
    """Ask a free hand if there is one, else somebody by name; handing over where the role is held already."""
    free = free_hand(incident)
    held = incident.roles.person(role)
    command, field = ("hand_over_role", "to") if held is not None else ("assign_role", "person")
    name = "who_writes" if role == SPEAKER else "who_leads"
    seat = ROLES[role].lower()
    given: dict[str, str] = {"role": role}
    fields: tuple[Field, ...] = (Field(name=field, label=f"Who is asked to be {seat}?", kind="person"),)
    if free:
        given[field], fields = free, ()
        why = f"{why} {short(free)} is here, and holds nothing."
    return Question(
        name=name,
        text=text,
        why=why,
        action=f"Ask {short(free)}" if free else "Ask somebody",
        command=command,
        given=given,
        fields=fields,
        facts=(f"{incident.rating.severity}", f"{held}", free),
        roles=(COMMANDER,),
        heads_off="no_cadence" if role == SPEAKER else "command_collision",
    )


def how_bad(incident: Incident) -> Questions:
    """What customers feel, and how severe that is."""
    if incident.status != "declared":
        return
    rating, impact = incident.rating, incident.impact
    if rating.severity is None:
        yield Question(
            name="how_bad",
            text="How bad is it?",
            why="From how many feel it and how soon it gets worse, the severity follows. In doubt take the higher.",
            action="Rate it",
            command="set_severity",
            fields=(
                Field(name="impact", label="How many customers feel it?", kind="choice", choices=IMPACTS),
                Field(name="urgency", label="How soon does it get worse?", kind="choice", choices=URGENCIES),
            ),
            facts=(incident.declaration.title,),
            roles=(COMMANDER,),
            heads_off="no_cadence",
        )
    elif not rating.confirmed:
        shown = rating.severity.replace("SEV", "SEV ")
        yield Question(
            name="how_bad",
            about="confirmed",
            text=f"Is {shown} right?",
            why="Proposed from impact and urgency; nobody has confirmed it yet.",
            action=f"Confirm {shown}",
            command="set_severity",
            given={"severity": rating.severity},
            facts=(rating.severity,),
            roles=(COMMANDER,),
        )
    if not impact.text:
        yield Question(
            name="how_bad",
            about="impact",
            text="What can customers not do?",
            why="One sentence in their words lets everybody judge what matters. Rough is fine; say it again later.",
            action="Say what they feel",
            command="state_impact",
            fields=(Field(name="text", label="In their words", kind="long", suggestions=_felt(incident)),),
            facts=(incident.declaration.title,),
            roles=(COMMANDER, LEAD),
            heads_off="no_cadence",
        )


def _felt(incident: Incident) -> tuple[str, ...]:
    """What is on record of what customers feel: reports and alerts in their own words, and the title."""
    found = [
        quoted(signal.annotations.get("description") or signal.annotations.get("summary") or "")
        for signal in sorted(incident.signals.by_id.values(), key=lambda each: each.kind != "report")
    ]
    return tuple(dict.fromkeys(text for text in [*found, quoted(incident.declaration.title)] if text))[:3]


def held_until_now(incident: Incident) -> Questions:
    """A hold whose time has come."""
    if incident.status not in _HURTS:
        return
    due = [held for held in incident.decisions.holds if held.state == "due"]
    if due:
        because = f" It waited because: {sentence(due[-1].text)}" if due[-1].text else ""
        yield Question(
            name="held_until_now",
            about=due[-1].id,
            text="What is decided now?",
            why=f"{due[-1].id} held until now.{because} Decide, or hold on with what is new.",
            action="Decide",
            command="decide",
            fields=(
                Field(name="text", label="What is decided?", kind="long"),
                Field(name="unknown", label="What is not known, and would change it?", required=False),
            ),
            facts=(due[-1].id,),
            roles=(COMMANDER, LEAD),
            due_at=due[-1].until,
        )


def who_was_reached(incident: Incident) -> Questions:
    """A call that nobody answered."""
    if incident.status not in ("triage", *_HURTS):
        return
    lost = [page for page in incident.pages.open if _is_lost(incident, page)]
    if not lost:
        return
    page = lost[-1]
    if role := _seat_of(page):
        yield Question(
            name="who_was_reached",
            about=page.id,
            text=f"Who else can be {ROLES[role].lower()}?",
            why=f"{short(page.to)} was asked and has not answered. A seat that nobody sits in helps nobody.",
            action="Ask somebody else",
            command="hand_over_role",
            given={"role": role},
            fields=(Field(name="to", label="Who instead?", kind="person"),),
            facts=(page.id, page.state),
            roles=(COMMANDER,),
        )
        return
    yield Question(
        name="who_was_reached",
        about=page.id,
        text="Who else can be asked?",
        why=f"{page.id} to {short(page.to)} has no answer: nobody has been reached by it.",
        action="Call somebody",
        command="page",
        fields=(
            Field(name="person", label="Who is called?", kind="person"),
            Field(name="text", label="What for?", value=quoted(page.text)),
        ),
        facts=(page.id, page.state),
        roles=(COMMANDER,),
    )


def _seat_of(page: RoomPage) -> str:
    """The role that somebody was called to take; empty for any other call."""
    return page.about if page.cause == "role" and page.about in ROLES else ""


def _is_lost(incident: Incident, page: RoomPage) -> bool:
    """Whether a call reached nobody, and nobody has called or asked anybody else since."""
    if not page.unanswered and page.state != "failed":
        return False
    if role := _seat_of(page):
        holding = incident.roles.held.get(role)
        return holding is not None and holding.person == page.to and not holding.accepted
    return all(other.at < page.answer_by for other in incident.pages.by_id.values() if other.id != page.id)


def ask_for_help(incident: Incident) -> Questions:
    """Help that was put off until now; and one person alone with it for some minutes."""
    if incident.status != "declared":
        return
    due = [each for each in incident.escalations.by_id.values() if each.state == "due"]
    fields = (
        Field(name="to", label="Who is asked?", kind="person"),
        Field(name="text", label="For what?", value=_symptom(incident)),
    )
    if due:
        yield Question(
            name="ask_for_help",
            about=due[-1].id,
            text="Do you need help now?",
            why=f"You wanted to look again: {sentence(due[-1].text or 'no reason was said')} Asking is never wrong.",
            action="Ask for help",
            command="escalate",
            fields=fields,
            facts=(due[-1].id, due[-1].state),
            roles=(COMMANDER, LEAD),
            due_at=due[-1].look_again_at,
        )
        return
    declared_at = incident.declaration.declared_at
    if len(incident.presence.since) <= 1 and not incident.pages.open and not incident.escalations.by_id and declared_at:
        yield Question(
            name="ask_for_help",
            about="alone",
            text="Do you want a second pair of eyes?",
            why="You are alone with this. Nobody minds being woken for a question; everybody minds a lost hour.",
            action="Ask for help",
            command="escalate",
            fields=fields,
            facts=(f"{incident.rating.severity}",),
            roles=(COMMANDER, LEAD),
            from_at=declared_at + ALONE_FOR,
        )


def _symptom(incident: Incident) -> str:
    return quoted(incident.impact.text or incident.declaration.title)


def many_hands(incident: Incident) -> Questions:
    """Several people at work, and no thread of it has a lead and a limit."""
    lead = incident.roles.person(LEAD)
    working = [person for person in incident.presence.since if person != incident.roles.person(COMMANDER)]
    if incident.status == "declared" and lead and len(working) >= _STREAMS_FROM and not incident.workstreams.open:
        yield Question(
            name="many_hands",
            text="Who may do what without asking?",
            why=f"{len(working)} people work on it. A thread with a lead and a limit spares them waiting for you.",
            action="Open a workstream",
            command="open_workstream",
            given={"lead": lead},
            fields=(
                Field(name="name", label="What is it about?", suggestions=("Repair", "Where it comes from")),
                Field(name="limit", label="May do alone, and asks before", value="roll back; asks before the database"),
            ),
            facts=(lead,),
            roles=(COMMANDER,),
        )


def what_came_in(incident: Incident) -> Questions:
    """What somebody brought in and waits to hear about."""
    if incident.status not in ("triage", *_HURTS, "resolved"):
        return
    for item in incident.inbound.open:
        whose = f"{quoted(item.sender)} waits: " if item.sender else ""
        if item.owner:
            yield Question(
                name="what_came_in",
                about=item.id,
                text=f"What do you tell {quoted(item.sender) or 'them'}?",
                why=f"{item.id} is yours. {whose}{sentence(item.text)} They also want to hear whether it was used.",
                action="Answer it",
                command="answer_inbound",
                given={"inbound": item.id},
                fields=(
                    Field(name="text", label="What are they told?", kind="long"),
                    Field(
                        name="used",
                        label="What became of it?",
                        kind="choice",
                        choices=(("true", "put to use"), ("false", "declined")),
                    ),
                ),
                facts=(item.id, item.owner, f"{item.overdue}"),
                persons=(item.owner,),
                from_at=_when(item.answer_by) if item.state == "deferred" else None,
                due_at=item.answer_by,
            )
        else:
            yield Question(
                name="what_came_in",
                about=item.id,
                text=f"Who answers {item.id}?",
                why=f"{whose}{sentence(item.text)} It may be what the responders do not know.",
                action="I take it",
                command="take_inbound",
                given={"inbound": item.id},
                facts=(item.id, f"{item.overdue}"),
                roles=(SPEAKER, COMMANDER),
                due_at=item.answer_by,
            )


def _when(at: datetime | None) -> datetime | None:
    """A little before what was promised."""
    return at - timedelta(minutes=3) if at is not None else None


def what_was_decided(incident: Incident) -> Questions:
    """For the scribe: something was tried, and no sentence says why."""
    tried = [i.id for i in incident.interventions.by_id.values() if i.started_at is not None]
    last = max((i.started_at for i in incident.interventions.by_id.values() if i.started_at), default=None)
    decided = max((d.at for d in incident.decisions.by_id.values()), default=None)
    if incident.status in _HURTS and last is not None and (decided is None or decided < last):
        yield Question(
            name="what_was_decided",
            about=tried[-1],
            text=f"Why {tried[-1]}, and why now?",
            why="It was begun, and no sentence says why. Whoever reads this tomorrow cannot ask.",
            action="Write it down",
            command="decide",
            fields=(Field(name="text", label="What was decided, and why?", kind="long"),),
            facts=tuple(tried),
            persons=(incident.roles.person("scribe") or "-",),
        )


ASKED = (
    who_commands,
    who_leads,
    who_writes,
    how_bad,
    held_until_now,
    who_was_reached,
    ask_for_help,
    many_hands,
    what_came_in,
    what_was_decided,
)
