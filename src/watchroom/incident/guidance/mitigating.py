"""What is asked about stopping the pain: what it could be, what would stop it first, what a try did.

Read by `asking`. Trying is diagnosis too; several theories may live at once. No answer is suggested as the right one:
what stands in a field's list is what incidents in general turn out to be.
"""

from watchroom.incident.guidance.question import (
    COMMANDER,
    LEAD,
    Field,
    Question,
    Questions,
    quoted,
    sentence,
    short,
)
from watchroom.incident.incident import Incident
from watchroom.mitigation.intervention import Intervention

THEORIES = (
    "The last change broke it",
    "Something that we depend on fails",
    "More load than it can take",
    "A certificate, key or quota has run out",
    "Bad data came in",
)
TRIES = (
    "Roll the last change back",
    "Turn the newest feature off",
    "Fail over to the other region or vendor",
    "Add capacity, or shed load",
    "Restart what is stuck",
)
EFFECTS = (
    ("helped", "helped"),
    ("no_effect", "no effect"),
    ("worse", "made it worse"),
    ("too_early", "too early to tell"),
)
_HANDS = (LEAD, COMMANDER)
_RUNS = ("triage", "declared", "mitigated", "resolved")


def settling(incident: Incident) -> Questions:
    """What a try did, asked of who began it from when its effect can be seen."""
    if incident.status not in _RUNS:
        return
    for tried in incident.interventions.by_id.values():
        early = tried.state == "observed" and tried.outcome == "too_early"
        if tried.state != "started" and not early:
            continue
        expected = f"Expected: {sentence(tried.expected)} " if tried.expected else ""
        yield Question(
            name="settling",
            about=tried.id,
            text=f"What did {tried.id} do?",
            why=f"{sentence(tried.text)} {expected}Say what you saw, even if it is too early to tell.",
            action="Say what you saw",
            command="observe_intervention",
            given={"intervention": tried.id},
            fields=(
                Field(name="outcome", label="It", kind="choice", choices=EFFECTS),
                Field(name="text", label="What did you see?", kind="long", value=_seen_as(tried), required=False),
            ),
            facts=(tried.id, f"{tried.started_at}", f"{tried.observed_at}"),
            roles=_HANDS,
            from_at=tried.settles_at,
            due_at=tried.settles_at,
        )


def _seen_as(tried: Intervention) -> str:
    return f"Looked for: {quoted(tried.expected)}" if tried.expected else ""


def did_it_help(incident: Incident) -> Questions:
    """Something helped, or nothing fires any more: do customers hurt no longer?"""
    if incident.status != "declared":
        return
    helped = [i for i in incident.interventions.by_id.values() if i.outcome == "helped" and i.state == "observed"]
    quiet = incident.signals.by_id and not incident.signals.firing
    if helped:
        yield Question(
            name="did_it_help",
            about=helped[-1].id,
            text="Do customers hurt no longer?",
            why=f"{helped[-1].id} helped. Look from the customers' side before you say so. It is not yet over by that.",
            action="Mark it mitigated",
            command="mark_mitigated",
            given={"by": helped[-1].id},
            facts=(helped[-1].id, f"{helped[-1].observed_at}", f"{incident.impact.returned}"),
            roles=(COMMANDER, LEAD),
            heads_off="mitigation_as_resolution",
        )
    elif quiet:
        yield Question(
            name="did_it_help",
            about="quiet",
            text="Do customers hurt no longer?",
            why="No signal of this incident fires any more. Look from the customers' side before you say so.",
            action="Mark it mitigated",
            command="mark_mitigated",
            given={},
            fields=(Field(name="by", label="What stopped it, as far as you know?", value="unknown"),),
            facts=(f"{incident.signals.last_at}", f"{incident.impact.returned}"),
            roles=(COMMANDER, LEAD),
            heads_off="mitigation_as_resolution",
        )


def take_it_back(incident: Incident) -> Questions:
    """A try that made it worse, or did nothing, and still stands."""
    if incident.status not in ("declared", "mitigated"):
        return
    for tried in incident.interventions.by_id.values():
        if tried.state == "observed" and tried.outcome in ("worse", "no_effect"):
            did = "made it worse" if tried.outcome == "worse" else "had no effect"
            back = f" The way back: {sentence(tried.rollback)}" if tried.rollback else ""
            yield Question(
                name="take_it_back",
                about=tried.id,
                text=f"Is {tried.id} taken back?",
                why=f"It {did}.{back} What stands around from a try hides what the next one does.",
                action="It is taken back",
                command="revert_intervention",
                given={"intervention": tried.id},
                facts=(tried.id, f"{tried.observed_at}"),
                roles=_HANDS,
            )


def what_would_stop_it(incident: Incident) -> Questions:
    """Nothing is being tried; or something was proposed and not begun."""
    if incident.status != "declared":
        return
    tried = list(incident.interventions.by_id.values())
    # A try that helped is looked at first: whether anything more is needed follows from that.
    if any(i.state == "started" for i in tried) or any(i.state == "observed" and i.outcome == "helped" for i in tried):
        return
    proposed = [i for i in tried if i.state == "proposed"]
    for one in proposed[:1]:
        risk = f" What could go wrong: {sentence(one.risk)}" if one.risk else ""
        back = f" The way back: {sentence(one.rollback)}" if one.rollback else " No way back is named."
        yield Question(
            name="what_would_stop_it",
            about=one.id,
            text=f"Is {one.id} begun?",
            why=f"{short(one.by)} proposed: {sentence(one.text)}{risk}{back} Any strong objections?",
            action=f"Start {one.id}",
            command="start_intervention",
            given={"intervention": one.id},
            facts=(one.id, one.text),
            roles=_HANDS,
            heads_off="command_collision",
        )
    if not proposed:
        done = {i.text for i in tried}
        left = tuple(each for each in TRIES if each not in done)
        yield Question(
            name="what_would_stop_it",
            text="What would stop the pain first?" if not tried else "What else would stop the pain?",
            why="Rolling back, failing over or turning something off needs no full explanation.",
            action="Propose a try",
            command="propose_intervention",
            fields=(
                Field(name="text", label="What do you want to try?", suggestions=left),
                Field(name="expected", label="What should be seen, and by when?", value="Errors fall within 5 minutes"),
                Field(name="rollback", label="The way back", required=False),
            ),
            facts=tuple(f"{i.id} {i.state}" for i in tried),
            roles=_HANDS,
        )


def what_could_it_be(incident: Incident) -> Questions:
    """No theory lives; or one lives that nobody looks into."""
    if incident.status != "declared":
        return
    theories = list(incident.hypotheses.by_id.values())
    alive = [theory for theory in theories if theory.state != "ruled_out"]
    known = {theory.text for theory in theories}
    if not alive:
        yield Question(
            name="what_could_it_be",
            text="What could it be?" if not theories else "What else changed?",
            why="Two or three guesses, written down, can be tested by different people at the same time."
            if not theories
            else "Every theory so far is ruled out. Deploys, settings, traffic, a vendor, a certificate?",
            action="Put up a theory" if not theories else "Put up another",
            command="propose_hypothesis",
            fields=(
                Field(
                    name="text",
                    label="What could it be?",
                    suggestions=tuple(each for each in THEORIES if each not in known),
                ),
            ),
            facts=tuple(sorted(known)),
            roles=_HANDS,
        )
    untested = [theory for theory in alive if theory.state == "proposed" and not theory.evidence]
    for theory in untested[:1]:
        yield Question(
            name="what_could_it_be",
            about=theory.id,
            text=f"What speaks for or against {theory.id}?",
            why=f"{sentence(theory.text)} Nobody has looked yet. What would you see if it were wrong?",
            action="Say what you saw",
            command="add_evidence",
            given={"hypothesis": theory.id},
            fields=(
                Field(
                    name="direction",
                    label="It speaks",
                    kind="choice",
                    choices=(("for", "for it"), ("against", "against it")),
                ),
                Field(name="text", label="What did you see?", kind="long"),
            ),
            facts=(theory.id,),
            roles=_HANDS,
        )


ASKED = (settling, did_it_help, take_it_back, what_would_stop_it, what_could_it_be)
