"""The panel "Worth asking now": for each who has a part in the room what they are asked, and what any other reader is.

The panel is the same bytes for every viewer at every time, like all others: it holds a list for each person, and the
page's script shows the viewer their own, three at once, each from its time on. What is asked stands in
`incident/guidance`; nothing is decided here.
"""

import re
from dataclasses import dataclass

from watchroom.incident.guidance.asking import Standpoint, for_each
from watchroom.incident.guidance.putting_away import Level
from watchroom.incident.guidance.question import Question
from watchroom.incident.incident import Incident
from watchroom.web.html.template import People, template

NAMED_MAX = 40
"""The characters of a name that go into an element's id."""


@dataclass(frozen=True)
class Asked:
    """One question on the page."""

    id: str
    """The element's id: the same in each frame, so that what is being typed there stays."""
    question: Question


@dataclass(frozen=True)
class AskList:
    """What one person is asked, or any other reader."""

    id: str
    only: str
    """The person; empty: whoever has no list of their own."""
    level: Level
    asked: tuple[Asked, ...]


@template("panels/ask.html")
@dataclass(frozen=True)
class Ask:
    """Worth asking now."""

    incident: Incident
    """The folded room."""
    people: People
    """Names of people."""
    lists: tuple[AskList, ...]
    """One for each who has a part in it, and at the end that of any other reader."""
    known: tuple[str, ...]
    """Those who have a list of their own, or want none."""


def ask_panel(incident: Incident, people: People) -> Ask:
    """Every list."""
    lists = tuple(_list(incident, looks, questions) for looks, questions in for_each(incident))
    off = [person for person, level in incident.guided.levels.items() if level == "off"]
    return Ask(incident, people, lists, (*(each.only for each in lists if each.only), *off))


def _list(incident: Incident, looks: Standpoint, questions: list[Question]) -> AskList:
    name = f"asks-{_plain(looks.person) or 'any'}"
    asked = tuple(Asked(f"{name}-{_plain(each.key)}", each) for each in questions)
    return AskList(name, looks.person, incident.guided.level_of(looks.person), asked)


def _plain(text: str) -> str:
    """Text as a part of an element's id."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:NAMED_MAX]
