"""What a good colleague would ask now: at most three questions, each with why and one action, from the room's state.

Called by the panel "Worth asking now". A pure function of the incident: never looks at the clock or at who is
looking, never plays the incident, never blocks. (The guidance engine, per person and role, widens this later.)
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from watchroom.incident.incident import Incident
from watchroom.web.html.words import every, span

SHOWN_MAX = 3


@dataclass(frozen=True)
class Question:
    """One question, why it is asked now, and one action."""

    text: str
    why: str
    action: str
    opens: str = ""
    """The sheet that the action opens, or an element that it leads to (`#theory-H1`); empty when it is a command."""
    command: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def questions(incident: Incident) -> tuple[Question, ...]:
    """The first three that the state calls for, most pressing first."""
    found: list[Question] = []
    left_out = set(incident.profile.questions_left_out)
    for ask in ASKED[incident.status]:
        if name_of(ask) not in left_out:
            found.extend(ask(incident))
    return tuple(found[:SHOWN_MAX])


def name_of(ask: "_Ask") -> str:
    """How a profile names a question: as its function, without what marks it as this file's own."""
    return ask.__name__.removeprefix("_")


def _is_it_an_incident(incident: Incident) -> Iterator[Question]:
    firing = len(incident.signals.firing)
    why = "If yes, or if you are unsure, declare. It can be stood down in a minute; lost minutes do not come back."
    if firing > 1:
        why = f"{firing} signals fire together. {why}"
    yield Question("Do customers feel this?", why, "Declare an incident", opens="do-declare")


def _late_update(incident: Incident) -> Iterator[Question]:
    late = [promise for promise in incident.cadence.promises.values() if promise.overdue]
    if late:
        who, what = late[0].audience, "promised update" if late[0].promised else "update that the profile asks for"
        yield Question(
            f"What can you tell {who} now?",
            f"The {what} is late. “No news yet, next at …” is an update too.",
            f"Write to {who}",
            opens="do-update",
        )


def _does_it_go_on(incident: Incident) -> Iterator[Question]:
    silence = incident.silence
    if silence.asking:
        owner = f"{silence.owner.partition('@')[0].capitalize()}, w" if silence.owner else "Nobody owns it. W"
        why = f"{owner}here does it stand? Nobody has written anything for {span(silence.since, silence.asked_at)}."
        opens = "do-close" if incident.status == "resolved" else "do-still"
        yield Question(
            "Does this still go on?", why, "Close it" if opens == "do-close" else "Say where it stands", opens
        )


def _does_it_stay_well(incident: Incident) -> Iterator[Question]:
    watch = incident.stability.last
    if watch is None or watch.state == "broken":
        why = "Watch for a while before anybody says that it is over; a signal that fires breaks the watch."
        broken = f"The watch was broken by {watch.broken_by}. " if watch is not None else ""
        yield Question(
            "Does it stay well?",
            f"{broken}{why}",
            "Watch for 30 min",
            command="watch_stability",
            fields={"minutes": "30"},
        )


def _who_was_reached(incident: Incident) -> Iterator[Question]:
    lost = [page for page in incident.pages.open if page.unanswered or page.state == "failed"]
    if lost:
        page = lost[-1]
        yield Question(
            "Who else can be asked?" if page.unanswered else "How else can they be reached?",
            f"{page.id} has no answer: nobody has been reached by it.",
            "Call somebody",
            opens="do-page",
        )


def _held_until_now(incident: Incident) -> Iterator[Question]:
    due = [held for held in incident.decisions.holds if held.state == "due"]
    if due:
        yield Question(
            "What is decided now?",
            f"{due[-1].id} held until now. Decide, or hold on with what is new.",
            "Decide",
            opens="do-decide",
        )


def _late_tasks(incident: Incident) -> Iterator[Question]:
    late = [task for task in incident.tasks.open if task.overdue]
    if late:
        yield Question(
            f"What became of {late[0].id}?",
            f"Its time-box is over: {late[0].text}",
            "Look at it",
            opens=f"#task-{late[0].id}",
        )


def _ask_for_help(incident: Incident) -> Iterator[Question]:
    due = [each for each in incident.escalations.by_id.values() if each.state == "due"]
    if due:
        yield Question(
            "Do you need help now?",
            f"You wanted to look again: {due[-1].text or 'no reason was said'}",
            "Ask, or say why not yet",
            opens="do-escalate",
        )


def _what_came_in(incident: Incident) -> Iterator[Question]:
    late = [item for item in incident.inbound.open if item.overdue]
    if late:
        sender = f" {late[0].sender}" if late[0].sender else " them"
        yield Question(
            f"What do you tell{sender}?",
            f"{late[0].id} waits for an answer: {late[0].text}",
            "Answer it",
            opens=f"#inbound-{late[0].id}",
        )


def _free_hand(incident: Incident) -> str:
    """Somebody who is here and holds no role, longest here first."""
    busy = {holding.person for holding in incident.roles.held.values()}
    return next((person for person in incident.presence.since if person not in busy), "")


def _who_commands(incident: Incident) -> Iterator[Question]:
    commander = incident.roles.person("incident_commander")
    if commander is None:
        yield Question(
            "Who commands?",
            "Somebody has to look up while others look down. Take it now; it can be handed over in a minute.",
            "I take command",
            command="assign_role",
            fields={"role": "incident_commander", "person": "me"},
        )
    elif commander == incident.roles.person("technical_lead") and incident.crew.keeps_apart(
        "incident_commander", "technical_lead", incident.rating.severity
    ):
        why = "One person commands and has hands on the keyboard. Whoever types cannot look up."
        free = _free_hand(incident)
        if free:
            action = f"Ask {free.partition('@')[0]} to lead"
            fields = {"role": "technical_lead", "person": free}
            yield Question(
                "Can somebody else lead the technical work?", why, action, command="assign_role", fields=fields
            )
        else:
            yield Question(
                "Can somebody else lead the technical work?", why, "Hand one over", opens="#role-technical_lead"
            )


def _how_bad(incident: Incident) -> Iterator[Question]:
    if not incident.impact.text:
        yield Question(
            "What can customers not do?",
            "One sentence in their words lets everybody judge what matters. Rough is fine.",
            "Say what they feel",
            opens="do-impact",
        )
    rating = incident.rating
    if rating.severity is None:
        yield Question(
            "How bad is it?", "In doubt take the higher; it can be lowered at any time.", "Rate it", opens="do-rate"
        )
    elif not rating.confirmed:
        name = rating.severity.replace("SEV", "SEV ")
        yield Question(
            f"Is {name} right?",
            "Proposed from impact and urgency; nobody has confirmed it yet.",
            f"Confirm {name}",
            command="set_severity",
            fields={"severity": rating.severity},
        )


def _settling(incident: Incident) -> Iterator[Question]:
    for intervention in incident.interventions.by_id.values():
        if intervention.state == "started":
            expected = f"Expected: {intervention.expected}. " if intervention.expected else ""
            yield Question(
                f"What did {intervention.id} do?",
                f"{expected}Say what you saw, even if it is too early to tell.",
                "Say what you saw",
                opens=f"#intervention-{intervention.id}",
            )
            return


def _did_it_help(incident: Incident) -> Iterator[Question]:
    helped = [i for i in incident.interventions.by_id.values() if i.outcome == "helped" and i.state == "observed"]
    if helped:
        yield Question(
            "Do customers hurt no longer?",
            f"{helped[-1].id} helped. Look from the customers' side before you say so.",
            "Mark it mitigated",
            opens="do-mitigated",
        )


def _who_was_told(incident: Incident) -> Iterator[Question]:
    if all(update.told_at is None for update in incident.updates.by_id.values()):
        yield Question(
            "Who has been told?",
            "Nobody has heard yet. A first word within five minutes, with the time of the next, keeps phones quiet.",
            "Write the first update",
            opens="do-update",
        )
    elif not incident.cadence.promises:
        yield Question(
            "When will they hear next?",
            f"The last update promised nothing.{_beat(incident)}",
            "Promise the next",
            opens="do-update",
        )


def _beat(incident: Incident) -> str:
    """How often customers hear by the room's profile, if it says so."""
    cadence = incident.profile.cadence
    for beat in cadence.beats:
        if (beat.severity, beat.audience) == (incident.rating.severity or "SEV1", "customers"):
            dense = f" in the first {every(cadence.dense_s)}" if cadence.dense_s else ""
            return f" The profile has customers told at least every {every(beat.every_s)}{dense}."
    return ""


def _what_could_it_be(incident: Incident) -> Iterator[Question]:
    theories = list(incident.hypotheses.by_id.values())
    if not theories:
        yield Question(
            "What could it be?",
            "Two or three guesses, written down, can be tested by different people at the same time.",
            "Put up a theory",
            opens="do-theory",
        )
    elif all(theory.state == "ruled_out" for theory in theories):
        yield Question(
            "What else changed?",
            "Every theory so far is ruled out. Deploys, settings, traffic, a vendor, a certificate?",
            "Put up another",
            opens="do-theory",
        )


def _what_would_stop_it(incident: Incident) -> Iterator[Question]:
    if not any(i.state in ("proposed", "started") for i in incident.interventions.by_id.values()):
        yield Question(
            "What would stop the pain first?",
            "Rolling back, failing over or turning something off needs no full explanation.",
            "Propose a try",
            opens="do-try",
        )


def _who_writes(incident: Incident) -> Iterator[Question]:
    severity = incident.rating.severity
    called = severity is not None and "communications_lead" in incident.crew.called(severity)
    if called and incident.roles.person("communications_lead") is None and incident.roles.person("incident_commander"):
        yield Question(
            "Who writes the updates?",
            "The commander cannot steer and write at once for long.",
            "Find a comms lead",
            opens="#role-communications_lead",
        )


def _do_they_know(incident: Incident) -> Iterator[Question]:
    since = incident.impact.mitigated_at
    told = [u.told_at for u in incident.updates.by_id.values() if u.told_at is not None]
    if since is not None and (not told or max(told) < since):
        yield Question(
            "Do they know that it works again?",
            "Nobody was told since it was mitigated. Say that you are still watching, and until when.",
            "Tell them",
            opens="do-update",
        )


def _still_firing(incident: Incident) -> Iterator[Question]:
    firing = incident.signals.firing
    if firing:
        count = "An alert still fires" if len(firing) == 1 else f"{len(firing)} alerts still fire"
        yield Question(
            "Do customers really hurt no longer?",
            f"{count}: {firing[0].title}. Mitigated means that they do not feel it.",
            "See what fires",
            opens="#panel-signals",
        )


def _is_it_over(incident: Incident) -> Iterator[Question]:
    yield Question(
        "Stopped the bleeding, or understood?",
        "Mitigated is not resolved. “Not understood” is an honest answer, if somebody goes on looking.",
        "Resolve it",
        opens="do-resolve",
    )


def _came_back(incident: Incident) -> Iterator[Question]:
    if incident.reopening.offers:
        offer = incident.reopening.offers[-1]
        yield Question(
            "Is it back?", f"{offer.title} fired again after this was over.", "Look at it", opens="#panel-reopening"
        )


def _worth_a_review(incident: Incident) -> Iterator[Question]:
    if incident.status == "resolved":
        yield Question(
            "Is a review worth holding?",
            "Decide it now, either way, with a reason and a date: while everybody still remembers.",
            "Close it",
            opens="do-close",
        )


_Ask = Callable[[Incident], Iterator[Question]]
ASKED: dict[str, tuple[_Ask, ...]] = {
    "triage": (_is_it_an_incident,),
    "dismissed": (_came_back,),
    "declared": (
        _does_it_go_on,
        _late_update,
        _who_was_reached,
        _held_until_now,
        _who_commands,
        _late_tasks,
        _what_came_in,
        _ask_for_help,
        _settling,
        _how_bad,
        _did_it_help,
        _who_was_told,
        _what_would_stop_it,
        _what_could_it_be,
        _who_writes,
    ),
    "mitigated": (
        _does_it_go_on,
        _late_update,
        _who_was_reached,
        _late_tasks,
        _what_came_in,
        _still_firing,
        _do_they_know,
        _does_it_stay_well,
        _is_it_over,
        _who_commands,
    ),
    "resolved": (_came_back, _does_it_go_on, _late_update, _worth_a_review),
    "closed": (_came_back,),
}
"""What is asked, by status; most pressing first."""
