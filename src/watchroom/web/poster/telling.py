"""What the poster says of each cycle, in the words of a tradition and for the size of a team.

Called by `sheet`. These are the questions that a good colleague asks, not orders; the last of each cycle is the one
that heads off the gap that incidents most often fall into there. Pure.
"""

from dataclasses import dataclass

from watchroom.incident.profile import Profile, Tradition

ALONE_MAX = 5
"""Up to this size one person holds several roles, and it is told so."""
MANY_MIN = 30
"""From this size on threads of work, their leads and who can go are asked about."""


@dataclass(frozen=True)
class Telling:
    """One cycle on the poster."""

    cycle: str
    also: str
    """What the tradition's books call it."""
    goal: str
    questions: tuple[str, ...]
    decides: tuple[str, ...]
    """The roles that decide, the first first; empty: whoever sees it."""
    gap: str
    """The gap that it heads off, in a few words."""
    before: str
    """What to look at before one goes on."""


def title(tradition: Tradition) -> str:
    """What the sheet is called."""
    return "How we run a major incident" if tradition == "itil" else "How we run an incident"


SUBTITLE = (
    "Six cycles overlap, repeat and run side by side. None of them is a step. "
    "Every move between them is somebody’s judgement, said out loud."
)
ACTIVITIES = ("Observe", "Recruit", "Coordinate", "Try", "Theorise")

_ALSO = {
    "sre": ("alert and triage", "stabilise", "status and stakeholders", "clean up and verify", "postmortem", "drills"),
    "itil": (
        "event, category, priority",
        "diagnosis, workaround",
        "service desk, stakeholders",
        "recovery, closure",
        "review, problem record",
        "continual improvement",
    ),
}


def tellings(profile: Profile) -> tuple[Telling, ...]:
    """The six, in the places that they have everywhere."""
    itil = profile.tradition == "itil"
    alone, many = profile.team_size <= ALONE_MAX, profile.team_size >= MANY_MIN
    also = dict(zip(_CYCLES, _ALSO[profile.tradition], strict=True))
    made = (
        _detection(itil=itil),
        _mitigation(profile, alone=alone, many=many),
        _communication(alone=alone, many=many),
        _resolution(itil=itil, alone=alone),
        _review(itil=itil),
        _preparation(alone=alone, many=many),
    )
    return tuple(
        Telling(cycle, also[cycle], goal, questions, decides, gap, before)
        for cycle, (goal, questions, decides, gap, before) in zip(_CYCLES, made, strict=True)
    )


_CYCLES = ("detection", "mitigation", "communication", "resolution", "review", "preparation")
_Said = tuple[str, tuple[str, ...], tuple[str, ...], str, str]


def _detection(*, itil: bool) -> _Said:
    return (
        "Is it an incident?",
        (
            "Do customers feel this? If yes, or unsure: declare.",
            "How many feel it, how soon does it get worse? In doubt, the higher.",
            "Which service, which category? Log it now, sort it later."
            if itil
            else "Not yet an incident? Say who looks again, and when.",
        ),
        (),
        "Declared too late",
        "Ten minutes and still unsure? Declare. To take it back costs a sentence.",
    )


def _mitigation(profile: Profile, *, alone: bool, many: bool) -> _Said:
    apart = bool(profile.crew.apart)
    return (
        "Stop the customers’ pain.",
        (
            "What would stop it, even if nobody knows why?",
            "What should we see, by when, and what is the way back?",
            "Which theories are alive, and what would rule one out?",
            "Which thread has no lead? Who is missing, and who can go?"
            if many
            else "Who else do we need? Call before you are stuck.",
        ),
        ("incident_commander", "technical_lead"),
        "Two hats, one head" if apart or not alone else "Nobody steers",
        "Whoever commands does not type. One steers, another repairs."
        if apart
        else "One person may steer and repair. Say so, and call a second when it grows.",
    )


def _communication(*, alone: bool, many: bool) -> _Said:
    return (
        "Everybody knows, in time.",
        (
            "What can they not do, what do we do, when do they hear next?",
            "What do support and customers see that we do not?",
            "Does each audience hear it in its own words?" if many else "Who has heard nothing yet?",
        ),
        ("incident_commander",) if alone else ("communications_lead",),
        "No cadence",
        "Each word promises the next, with its time. “Nothing new” is news.",
    )


def _resolution(*, itil: bool, alone: bool) -> _Said:
    return (
        "Put right what was rushed.",
        (
            "Stopped the bleeding, or understood? “Not understood” is an answer.",
            "What did we rush, who undoes it, and when?",
            "Does the customer confirm it? Is everybody answered?"
            if itil
            else "Who has been up too long, and can go now?",
        ),
        ("incident_commander",) if alone else ("technical_lead", "incident_commander"),
        "Mitigated is not resolved",
        "Watch it for half an hour. It must stay well without anybody’s hand on it.",
    )


def _review(*, itil: bool) -> _Said:
    return (
        "Learn, without blame.",
        (
            "How is everybody? Rest first, then the review.",
            "What ages out tonight: graphs, logs, dumps, chat?",
            "What did each of us believe? Is there a problem record?"
            if itil
            else "What did each of us believe? What made it easy to go wrong?",
        ),
        ("incident_commander",),
        "Review without learning",
        "One thing learnt, or one mystery named. No review? Say why, and who decided.",
    )


def _preparation(*, alone: bool, many: bool) -> _Said:
    return (
        "Be readier next time.",
        (
            "Which role has nobody practised in half a year?",
            "Which runbook was wrong, which alert too late?",
            "With whom have we never drilled: support, sales, legal?"
            if many
            else "What would we do if one of us were on holiday?"
            if alone
            else "Who outside the team should be in the next drill?",
        ),
        (),
        "No preparation",
        "Nobody here has drilled for half a year? Then the next incident is the drill.",
    )
