"""What is asked about telling people: the first word, the next before it is late, the late one, the last.

Read by `asking`. The times come from promises, and from the room's profile where nobody promised.
"""

from datetime import datetime, timedelta

import msgspec

from watchroom.incident.guidance.question import (
    COMMANDER,
    SPEAKER,
    Field,
    Question,
    Questions,
    minutes,
    quoted,
)
from watchroom.incident.incident import Incident

LEAD_TIME = timedelta(minutes=5)
"""So long before an update is due somebody is asked to write it."""
NEXT_IN = (15, 20, 30, 60)
WRITERS = (SPEAKER, COMMANDER)


def _told(incident: Incident) -> list[str]:
    """Who has been told anything, in the order in which they were."""
    return list(dict.fromkeys(u.audience for u in incident.updates.by_id.values() if u.told_at is not None))


def _doing(incident: Incident) -> str:
    """What is being done, from the record, in words that an audience can read."""
    if incident.impact.mitigated_at is not None:
        return "It works again. We keep watching whether it stays so."
    if any(i.state == "started" for i in incident.interventions.by_id.values()):
        return "We are undoing a change, and watch whether it helps."
    return "We are checking what changed, and write again by the time below."


def _words(incident: Incident, audience: str, next_in: int) -> tuple[Field, ...]:
    """The fields of an update: what they cannot do as it was stated, what is done, and when they hear next."""
    impact = Field(
        name="impact",
        label="What can they not do?",
        kind="long",
        value=quoted(incident.impact.text),
        suggestions=(quoted(incident.declaration.title),) if incident.declaration.title else (),
    )
    doing = Field(name="doing", label="What are we doing?", kind="long", value=_doing(incident))
    spans = tuple(sorted({*NEXT_IN, next_in}))
    after = Field(name="next_at", label="They hear next in", kind="after", value=str(next_in), minutes=spans)
    need = Field(name="need", label=f"What do we need of {audience}?", required=False)
    return (impact, doing, after, *((need,) if audience == "leadership" else ()))


def _every(incident: Incident, audience: str) -> int:
    """After how many minutes the profile has them told again; 30 where it says nothing."""
    beats = incident.profile.cadence.beats
    severity = incident.rating.severity or "SEV1"
    beat = next((b for b in beats if (b.severity, b.audience) == (severity, audience)), None)
    return max(1, beat.every_s // 60) if beat is not None else 30


def late_update(incident: Incident) -> Questions:
    """An update that is late."""
    if incident.status not in ("declared", "mitigated", "resolved"):
        return
    for promise in incident.cadence.promises.values():
        if promise.overdue:
            what = "promised update" if promise.promised else "update that the profile asks for"
            yield Question(
                name="late_update",
                about=promise.audience,
                text=f"What can you tell {promise.audience} now?",
                why=f"The {what} is late. “No news yet, next at …” is an update too.",
                action=f"Write to {promise.audience}",
                command="post_update",
                given={"audience": promise.audience, **_state(incident)},
                fields=_words(incident, promise.audience, _every(incident, promise.audience)),
                facts=(f"{promise.next_at}",),
                # Once it was put to the commander it is theirs as well as the comms lead's.
                roles=(COMMANDER,) if promise.escalated else WRITERS,
                due_at=promise.next_at,
                heads_off="no_cadence",
            )


def _state(incident: Incident) -> dict[str, str]:
    return {"state": "monitoring"} if incident.impact.mitigated_at is not None else {"state": "investigating"}


def who_was_told(incident: Incident) -> Questions:
    """An audience that the profile has told, and that has heard nothing; or nobody at all."""
    if incident.status != "declared":
        return
    told, policy = _told(incident), incident.profile.cadence
    severity = incident.rating.severity
    declared_at = incident.declaration.declared_at
    asked = [a for a in policy.audiences(severity) if a not in told and a not in incident.cadence.promises]
    if not asked and not told and not incident.cadence.promises:
        asked = ["customers"]
    for audience in asked:
        due = policy.due(severity, audience, declared_at, incident.updates) if declared_at is not None else None
        first = next((b.first_s for b in policy.beats if (b.severity, b.audience) == (severity, audience)), None)
        by = f" within {minutes(first)}" if first is not None else ""
        yield Question(
            name="who_was_told",
            about=audience,
            text="Who has been told?" if not told else f"Do {audience} know?",
            why=f"{audience.capitalize()} have heard nothing yet. A first word{by}, with the time of the next, "
            "keeps phones quiet. It need not know the cause.",
            action="Write the first update" if not told else f"Write to {audience}",
            command="post_update",
            given={"audience": audience, **_state(incident)},
            fields=_words(incident, audience, _every(incident, audience)),
            facts=(f"{severity}", audience),
            roles=WRITERS,
            due_at=due,
            heads_off="no_cadence",
        )


def when_next(incident: Incident) -> Questions:
    """An update that is due soon, and an audience that was told and not when it hears next."""
    if incident.status not in ("declared", "mitigated", "resolved"):
        return
    for audience in _told(incident):
        promise = incident.cadence.promises.get(audience)
        last = incident.updates.last_posted(audience)
        if promise is not None and promise.overdue:
            continue
        if promise is not None:
            yield _again(incident, audience, "What is new", promise.next_at)
        elif incident.status != "resolved" and (last is None or last.state != "resolved"):
            yield _promise(incident, audience)


def _again(incident: Incident, audience: str, what: str, due: datetime) -> Question:
    return Question(
        name="what_is_new",
        about=audience,
        text=f"{what} for {audience}?",
        why="You promised them word by then. Nothing new is news too, if it says when they hear next.",
        action=f"Write to {audience}",
        command="post_update",
        given={"audience": audience, **_state(incident)},
        fields=_words(incident, audience, _every(incident, audience)),
        facts=(f"{due}",),
        roles=WRITERS,
        from_at=due - LEAD_TIME,
        due_at=due,
        heads_off="no_cadence",
    )


def _promise(incident: Incident, audience: str) -> Question:
    last = incident.updates.last_posted(audience)
    return Question(
        name="when_next",
        about=audience,
        text=f"When do {audience} hear next?",
        why="The last update promised nothing. Whoever knows when they hear does not ask before.",
        action="Promise the next",
        command="post_update",
        given={"audience": audience, **_state(incident)},
        fields=_words(incident, audience, _every(incident, audience)),
        facts=(f"{last.id if last else ''}",),
        roles=WRITERS,
        heads_off="no_cadence",
    )


def do_they_know(incident: Incident) -> Questions:
    """Whoever was told of it hears that it works again, and in the end that it is over."""
    over = incident.resolution.resolved_at
    if incident.status == "mitigated" and incident.impact.mitigated_at is not None:
        since, state, text = incident.impact.mitigated_at, "monitoring", "Do they know that it works again?"
        why = "They have heard nothing since it was mitigated. Say that you are still watching, and until when."
    elif incident.status == "resolved" and over is not None:
        since, state, text = over, "resolved", "Do they know that it is over?"
        why = "They wait for the word that was promised. Say what it was for them, and that it is over."
    else:
        return
    for audience in _told(incident):
        last = incident.updates.last_posted(audience)
        promise = incident.cadence.promises.get(audience)
        if last is None or last.told_at is None or last.told_at >= since or (promise and promise.overdue):
            continue
        fields = _words(incident, audience, _every(incident, audience))
        if state == "resolved":
            done = Field(
                name="doing", label="What became of it?", kind="long", value="It is over. Thank you for waiting."
            )
            fields = (msgspec.structs.replace(fields[0], label="What could they not do?"), done)
        yield Question(
            name="do_they_know",
            about=f"{audience} {state}",
            text=text if audience == "customers" else text.replace("they", audience),
            why=f"{audience.capitalize()}: {why[0].lower()}{why[1:]}",
            action="Tell them",
            command="post_update",
            given={"audience": audience, "state": state},
            fields=fields,
            facts=(f"{since}", last.id),
            roles=WRITERS,
            due_at=promise.next_at if promise is not None else None,
            heads_off="no_cadence",
        )


def drafts(incident: Incident) -> Questions:
    """An update that waits for somebody to say that it may go out."""
    if incident.status not in ("declared", "mitigated", "resolved"):
        return
    for update in incident.updates.by_id.values():
        if update.draft:
            yield Question(
                name="may_it_go_out",
                about=update.id,
                text=f"May {update.id} go out?",
                why=f"A draft for {update.audience} waits for a second pair of eyes: "
                f"“{quoted(' '.join(part for part in (update.impact, update.doing) if part))}”",
                action="Approve and send",
                command="approve_update",
                given={"update": update.id},
                facts=(update.id,),
                roles=(COMMANDER,),
                due_at=update.next_at,
                heads_off="no_cadence",
            )


ASKED = (late_update, who_was_told, when_next, do_they_know, drafts)
