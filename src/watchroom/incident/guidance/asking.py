"""Guidance: for the person who looks, in their role, now, the questions that a good colleague would ask.

Two or three at once, the first is what hurts most if nobody answers it. Each has a reason and one action. It asks and
never decides; what was answered is gone because the facts are others, what was put away stays away until they are.
Called by the panel "Worth asking now" and `GET /api/v1/incidents/{id}/guidance`. Pure: the time arrives as an argument.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from watchroom.incident.guidance import commanding, detecting, ending, learning, mitigating, own, telling
from watchroom.incident.guidance.question import Question, Questions
from watchroom.incident.incident import Incident

SHOWN_MAX = 3
"""More than three at once is a list, and a list is not read at 3 AM."""

Ask = Callable[[Incident], Questions]
ASKED: tuple[Ask, ...] = (
    *detecting.ASKED,
    *own.ASKED,
    *commanding.ASKED,
    *telling.ASKED,
    *mitigating.ASKED,
    *ending.ASKED,
    *learning.ASKED,
)
ORDER: tuple[str, ...] = (
    "you_are_called",
    "came_back",
    "is_it_an_incident",
    "does_it_go_on",
    "who_commands",
    "do_you_have_it",
    "late_update",
    "what_is_new",
    "who_was_reached",
    "held_until_now",
    "can_you_take_it",
    "late_tasks",
    "settling",
    "did_it_help",
    "how_bad",
    "who_leads",
    "who_was_told",
    "may_it_go_out",
    "still_firing",
    "do_they_know",
    "when_next",
    "what_came_in",
    "ask_for_help",
    "is_it_known",
    "take_it_back",
    "does_it_stay_well",
    "who_writes",
    "how_bad:confirmed",
    "what_would_stop_it",
    "what_could_it_be",
    "many_hands",
    "what_was_decided",
    "is_it_over",
    "what_was_rushed",
    "who_can_go",
    "when_undone",
    "worth_a_review",
    "how_are_you",
    "what_to_keep",
    "who_practises",
    "what_was_learnt",
    "who_hears_of_it",
    "have_you_read_it",
    "here_to_help",
)
"""Names of questions, what hurts most first; one about a certain thing may stand apart from the others of its name."""
_PLACE = {name: place for place, name in enumerate(ORDER)}


class Standpoint(msgspec.Struct, frozen=True):
    """Who looks."""

    person: str = ""
    """As facts name a person; empty for a reader of whom nothing is known."""
    roles: frozenset[str] = frozenset()
    here: bool = False
    """Whether they have a part in it: came in, were called, did something, or hold something."""
    idle: bool = False
    """Whether they are here, hold nothing, and have said nothing yet."""


READER = Standpoint()
PERSONS_MAX = 60
"""For so many people a page holds what each is asked; of more, those who hold something stand first."""
AHEAD_MAX = 8
"""How many questions a page holds for one of them: those that are asked now, and those that will be."""


def standpoint(incident: Incident, person: str) -> Standpoint:
    """Where a person stands in this room."""
    roles = frozenset(role for role, holding in incident.roles.held.items() if holding.person == person)
    here = incident.took_part(person) and person not in incident.presence.released
    idle = person in incident.presence.since and not incident.holdings(person) and not _has_spoken(incident, person)
    return Standpoint(person, roles, here, idle)


def in_role(incident: Incident, role: str) -> Standpoint:
    """The standpoint of whoever holds this role, or would."""
    return Standpoint(incident.roles.person(role) or "", frozenset({role}), True)


def _has_spoken(incident: Incident, person: str) -> bool:
    """Whether more than their coming is on record of them."""
    stretches = incident.recovery.worked.get(person, [])
    since = incident.presence.since.get(person)
    return since is not None and any(stretch.last > since for stretch in stretches)


def asked_of(question: Question, incident: Incident, looks: Standpoint) -> bool:
    """Whether it is for this one."""
    if question.persons:
        return looks.person in question.persons
    if question.strangers:
        return not looks.here and not looks.roles
    if question.idle:
        return looks.idle
    if question.everybody:
        return True
    for role in question.roles:
        if role in looks.roles:
            return True
        if role in incident.roles.held:
            return False
    return looks.here


def every_question(incident: Incident) -> list[Question]:
    """All that is open in the room, of whomever it is asked; what hurts most first."""
    if incident.imported:
        return []
    left_out = set(incident.profile.questions_left_out)
    found = [question for ask in ASKED for question in ask(incident) if question.name not in left_out]
    return sorted(found, key=lambda question: _PLACE.get(question.key, _PLACE[question.name]))


def waiting(incident: Incident, looks: Standpoint, of: list[Question]) -> Iterator[Question]:
    """Those for this one, now or later, that were not put away, in the same order."""
    for question in of:
        if asked_of(question, incident, looks) and not incident.guided.is_away(
            question.key, question.basis, looks.person
        ):
            yield question


def guidance(incident: Incident, looks: Standpoint, at: datetime) -> list[Question]:
    """At most three, for this one, at this time; none where guidance is off."""
    if incident.guided.level_of(looks.person) == "off":
        return []
    due = [
        each
        for each in waiting(incident, looks, every_question(incident))
        if each.from_at is None or each.from_at <= at
    ]
    return due[:SHOWN_MAX]


def for_each(incident: Incident) -> list[tuple[Standpoint, list[Question]]]:
    """What a page holds: for each who has a part in it or is asked something, and at the end for any other reader.

    Some are asked only from a later time on; the page shows three at once.
    """
    questions = every_question(incident)
    holders = [holding.person for holding in incident.roles.held.values()]
    called = [person for question in questions for person in question.persons]
    others = [*incident.presence.since, *incident.recovery.worked, incident.declaration.declared_by]
    persons = [each.removeprefix("person:") for each in (*holders, *called, *others)]
    known = [person for person in dict.fromkeys(persons) if person and person != "-"][:PERSONS_MAX]
    looks = [*(standpoint(incident, person) for person in known), READER]
    return [
        (each, list(waiting(incident, each, questions))[:AHEAD_MAX])
        for each in looks
        if incident.guided.level_of(each.person) != "off"
    ]
