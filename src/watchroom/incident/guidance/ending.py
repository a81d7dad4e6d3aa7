"""What is asked from the relief to the closed door: does it stay well, is it understood, what is left, is it reviewed.

Read by `asking`. Mitigated is not resolved: the watch comes before the word that it is over, and the word before the
door. Each is a judgement of its own, and none is asked before the one that it rests on.
"""

from watchroom.incident.checklist import free_to_go, watch_left
from watchroom.incident.guidance.question import (
    COMMANDER,
    LEAD,
    SPEAKER,
    Field,
    Question,
    Questions,
    quoted,
    sentence,
    short,
)
from watchroom.incident.incident import Incident
from watchroom.resolution.stability import listened_to

WATCH_MIN = (10, 30, 60, 240)
REVIEW_DAYS = (1, 3, 7)
_STEERS = (COMMANDER, LEAD)


def came_back(incident: Incident) -> Questions:
    """Something fired again after it was over."""
    if incident.status in ("dismissed", "resolved", "closed") and incident.reopening.offers:
        offer = incident.reopening.offers[-1]
        yield Question(
            name="came_back",
            about=offer.signal,
            text="Is it back?",
            why=f"“{quoted(offer.title)}” fired again after this was over. Reopening loses nothing.",
            action="Reopen this one",
            command="reopen",
            given={"reason": f"Fired again: {quoted(offer.title)}"},
            facts=(offer.room, offer.signal, f"{offer.at}"),
            everybody=True,
        )


def does_it_go_on(incident: Incident) -> Questions:
    """Nobody has written for long."""
    if not incident.silence.asking or incident.status not in ("declared", "mitigated", "resolved"):
        return
    owner = incident.silence.owner
    yield Question(
        name="does_it_go_on",
        text="Does this still go on?",
        why=f"{f'{short(owner)}, w' if owner else 'Nobody owns it. W'}here does it stand? Nobody has written anything "
        "for long. A word is enough.",
        action="Say where it stands",
        command="note_observation",
        fields=(Field(name="text", label="Where does it stand?", kind="long"),),
        facts=(f"{incident.silence.asked_seq}",),
        persons=(owner,) if owner else (),
        everybody=not owner,
    )


def still_firing(incident: Incident) -> Questions:
    """Said to be mitigated, and an alert still fires."""
    firing = incident.signals.firing
    if incident.status != "mitigated" or not firing:
        return
    count = "An alert still fires" if len(firing) == 1 else f"{len(firing)} alerts still fire"
    yield Question(
        name="still_firing",
        text="Do customers really hurt no longer?",
        why=f"{count}: {quoted(firing[0].title)}. If they feel it, say that it is back. If the alert lags, say so.",
        action="They feel nothing",
        command="put_away_question",
        given={"question": "still_firing"},
        fields=(Field(name="reason", label="Why does it still fire?", suggestions=("The alert lags behind",)),),
        facts=(*sorted(each.id for each in firing), f"{incident.impact.mitigated_at}"),
        roles=_STEERS,
        heads_off="mitigation_as_resolution",
    )


def does_it_stay_well(incident: Incident) -> Questions:
    """Mitigated, and nobody watches whether it stays so."""
    if incident.status != "mitigated":
        return
    watch = incident.stability.last
    if watch is None or watch.state in ("broken", "lapsed") or _before_relief(incident):
        yield Question(
            name="does_it_stay_well",
            text="Does it stay well?",
            why=f"{_last_watch(incident)}{_how_to_watch(incident)}",
            action="Watch for 30 min",
            command="watch_stability",
            given={"minutes": 30},
            facts=(f"{incident.impact.mitigated_at}", f"{len(incident.stability.watches)}"),
            roles=_STEERS,
            heads_off="mitigation_as_resolution",
        )


def _last_watch(incident: Incident) -> str:
    watch = incident.stability.last
    if watch is not None and watch.state == "broken":
        return f"The watch was broken by {watch.broken_by}. "
    if watch is not None and watch.state == "lapsed":
        return f"The last watch does not say so: {watch_left(incident, watch)}. "
    return ""


def _how_to_watch(incident: Incident) -> str:
    if listened_to(incident, []):
        return "Watch for a while before anybody says that it is over; a signal that fires breaks the watch."
    return "No alert would tell. By what would you notice that it is back? Put this away with that as the reason."


def _before_relief(incident: Incident) -> bool:
    """Whether the last watch ended before it was mitigated this time."""
    watch, since = incident.stability.last, incident.impact.mitigated_at
    return watch is not None and watch.state != "running" and since is not None and watch.until <= since


def what_was_rushed(incident: Incident) -> Questions:
    """A try stopped the pain, and nothing is listed that it left behind."""
    if incident.status != "mitigated":
        return
    listed = {shim.intervention for shim in incident.shims.by_id.values()} | {
        s.undo for s in incident.shims.by_id.values()
    }
    for tried in incident.interventions.by_id.values():
        if tried.outcome == "helped" and tried.state == "observed" and tried.id not in listed:
            yield Question(
                name="what_was_rushed",
                about=tried.id,
                text=f"What did {tried.id} leave behind?",
                why=f"{sentence(tried.text)} A pin, a frozen deploy, a limit lifted by hand: listed now, it is undone "
                "later. If nothing, say so and put this away.",
                action="List it",
                command="add_shim",
                given={"intervention": tried.id},
                fields=(Field(name="text", label="What is to be undone later?"),),
                facts=(tried.id, f"{incident.impact.mitigated_at}"),
                roles=(LEAD, COMMANDER),
            )


def when_undone(incident: Incident) -> Questions:
    """Something rushed that still stands, once it is over."""
    if incident.status != "resolved":
        return
    for shim in incident.shims.open:
        if shim.state == "open":
            yield Question(
                name="when_undone",
                about=shim.id,
                text=f"When is {shim.id} undone?",
                why=f"{sentence(shim.text)} What was rushed breaks the next release, on somebody who was not here.",
                action="Begin to undo it",
                command="undo_shim",
                given={"shim": shim.id},
                fields=(Field(name="expected", label="What should be seen then?", value="Nothing changes"),),
                facts=(shim.id, shim.undo),
                roles=(LEAD, COMMANDER),
            )


def who_can_go(incident: Incident) -> Questions:
    """People who hold nothing, while others wait for what they may do next."""
    free = [person for person in free_to_go(incident) if person != incident.roles.person(COMMANDER)]
    if free and incident.status == "mitigated":
        names = ", ".join(short(person) for person in free[:3])
        yield Question(
            name="who_can_go",
            text="Who can go to bed?",
            why=f"{names} {'holds' if len(free) == 1 else 'hold'} nothing here any more. Rest is part of the repair.",
            action=f"Let {short(free[0])} go" if len(free) == 1 else f"Let all {len(free)} go",
            command="release_responder",
            given={"person": free[0], "reason": "Mitigated; they hold nothing."}
            | ({"also": free[1:]} if len(free) > 1 else {}),
            facts=tuple(free),
            roles=(COMMANDER,),
        )


def is_it_over(incident: Incident) -> Questions:
    """Mitigated and watched: was it only stopped, or is it understood?"""
    if incident.status != "mitigated":
        return
    watch, put_away = incident.stability.last, incident.guided.reason_for("does_it_stay_well")
    watched = watch is not None and watch.state in ("running", "passed") and not _before_relief(incident)
    if not watched and not put_away:
        return
    running = watch is not None and watch.state == "running"
    until = watch.until if watch is not None and running else None
    tried = [i for i in incident.interventions.by_id.values() if i.outcome == "helped"]
    what = f"{sentence(tried[-1].text)} " if tried else ""
    yield Question(
        name="is_it_over",
        text="Stopped the bleeding, or understood?",
        why=f"{what}Mitigated is not resolved. “Not understood” is an honest answer, if somebody goes on looking.",
        action="Resolve it",
        command="resolve",
        given={"reason": put_away} if put_away and not watched else {},
        fields=(
            Field(
                name="understood",
                label="Is it understood?",
                kind="choice",
                choices=(("partly", "partly"), ("no", "no"), ("yes", "yes")),
            ),
            Field(name="text", label="What was it, and what is not known?", kind="long", suggestions=_was(incident)),
            Field(name="owner", label="Who goes on looking?", kind="person", value="me"),
        ),
        facts=(f"{incident.impact.mitigated_at}", f"{watch.state if watch else ''}"),
        roles=_STEERS,
        from_at=until,
        due_at=until,
        heads_off="mitigation_as_resolution",
    )


def _was(incident: Incident) -> tuple[str, ...]:
    """What is on record of what it was: the theories that stand, those supported first."""
    order = {"supported": 0, "testing": 1, "proposed": 2}
    alive = [theory for theory in incident.hypotheses.by_id.values() if theory.state in order]
    return tuple(quoted(theory.text) for theory in sorted(alive, key=lambda each: order[each.state]))[:3]


def worth_a_review(incident: Incident) -> Questions:
    """It is over: is it reviewed, by whom, until when?"""
    resolved = incident.status == "resolved"
    undecided = incident.status == "closed" and incident.review.need is None
    if incident.imported or not (resolved or undecided):
        return
    expected = incident.closure.expects_review(incident.rating.severity)
    said = f"Your profile expects one of a {incident.rating.severity}. " if expected else ""
    reasons = (
        ("Somebody can learn from it",) if expected else ("Known, and repaired for good", "Somebody can learn from it")
    )
    yield Question(
        name="worth_a_review",
        text="Is a review worth holding?",
        why=f"{said}Decide it now, either way, with a reason and a date, while everybody still remembers.",
        action="Close it" if resolved else "Decide it",
        command="close",
        fields=(
            Field(
                name="review",
                label="Is a review held?",
                kind="choice",
                choices=(("required", "yes"), ("not_required", "no")),
                value="required" if expected else "",
            ),
            Field(name="reason", label="Why, or why not?", suggestions=reasons),
            Field(name="owner", label="Who holds it?", kind="person", value="me"),
            Field(
                name="due_at",
                label="Held within",
                kind="after",
                value=str(3 * 1_440),
                minutes=tuple(days * 1_440 for days in REVIEW_DAYS),
            ),
        ),
        facts=(f"{incident.resolution.resolved_at}", f"{incident.closing.closed_at}"),
        roles=(COMMANDER, LEAD, SPEAKER),
        heads_off="review_without_learning",
    )


ASKED = (
    came_back,
    does_it_go_on,
    still_firing,
    does_it_stay_well,
    what_was_rushed,
    when_undone,
    who_can_go,
    is_it_over,
    worth_a_review,
)
