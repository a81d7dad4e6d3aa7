"""The decisions about guidance: putting a question away, and setting how much of it there is.

Apart from the facts (`putting_away`), since what is asked is worked out from the whole incident. Called by the write
path. Pure.
"""

from collections.abc import Callable
from typing import Any

from watchroom.base.command import Act, Caution, Command
from watchroom.base.errors import AlreadyDone, Refused, UnknownThing
from watchroom.incident.guidance.asking import asked_of, every_question, standpoint
from watchroom.incident.guidance.putting_away import GuidanceSet, PutAwayQuestion, QuestionPutAway, SetGuidance
from watchroom.incident.guidance.question import COMMANDER
from watchroom.incident.incident import Incident
from watchroom.record.event import Decided

NO_REASON = Caution(
    "no_reason", "No reason was given.", "Say in the reason why not: whoever reads it tomorrow cannot ask you."
)


def put_away_question(command: PutAwayQuestion, view: Incident, act: Act) -> Decided:
    """Away for whoever says so; for everybody when it is the commander, or where nobody commands."""
    named = [each for each in every_question(view) if each.name == command.question]
    if command.about:
        named = [each for each in named if each.about == command.about]
    if not named:
        asked = ", ".join(sorted({each.name for each in every_question(view)}))
        what = f"{command.question} about {command.about}" if command.about else command.question
        raise UnknownThing(f"Nobody is asked {what} now.", hint=f"Asked now: {asked or 'nothing'}.")
    looks = standpoint(view, act.person)
    own = [each for each in named if asked_of(each, view, looks)]
    question = next(iter([*own, *named]))
    if view.guided.is_away(question.key, question.basis, act.person):
        raise AlreadyDone("It was put away already.", hint="It comes back once the facts are others.")
    commander = view.roles.person(COMMANDER)
    fact = QuestionPutAway(
        question=question.name,
        about=question.about,
        text=question.text,
        basis=question.basis,
        for_all=commander is None or commander == act.person,
        reason=act.reason,
    )
    return Decided((fact,), () if act.reason else (NO_REASON,))


def set_guidance(command: SetGuidance, view: Incident, act: Act) -> Decided:
    """The last word counts. In practice, players set their own only: the room's belongs to whoever runs the drill."""
    person = command.person or ""
    if person and person != act.person and not act.admin and act.person != view.roles.person(COMMANDER):
        raise Refused("How much guidance somebody gets is their own choice.", hint="Set your own, or the room's.")
    plays = act.person in view.players and not act.actor.startswith("system:")
    if not person and view.declaration.practice and plays:
        raise Refused("In practice the room's guidance is set by whoever runs the drill.", hint="Set your own: me.")
    before = view.guided.levels.get(person, "full") if person else view.guided.level
    if before == command.level:
        raise AlreadyDone(f"Guidance is {command.level} already.", hint="Nothing needs doing.")
    return Decided((GuidanceSet(level=command.level, person=person),))


DECISIONS: dict[type[Command], Callable[[Any, Incident, Act], Decided]] = {
    PutAwayQuestion: put_away_question,
    SetGuidance: set_guidance,
}
