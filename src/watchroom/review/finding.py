"""Findings: what was learnt, what contributed, and what nobody understands yet.

A mystery is an honest finding, with or without somebody who goes on looking. A finding looks for what made it easy to
go wrong; one that names a person as the cause is asked about. Never a cause of everything: there are factors.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, Text, When
from watchroom.mitigation.recruiting import Presence
from watchroom.mitigation.roles import Roles
from watchroom.people import absence
from watchroom.people.absence import not_told
from watchroom.record.event import Decided, Deed, Event, Fact

FindingKind = Literal["finding", "mystery", "factor"]


class AddFinding(Command, frozen=True, kw_only=True, tag="add_finding"):
    """Write down something that was learnt."""

    text: Text


class AddMystery(Command, frozen=True, kw_only=True, tag="add_mystery"):
    """Write down something that nobody understands yet."""

    text: Text
    owner: Annotated[Name | None, msgspec.Meta(description="Who goes on looking, if anybody.")] = None
    due_at: Annotated[When | None, msgspec.Meta(description="Until when they look.")] = None


class AddFactor(Command, frozen=True, kw_only=True, tag="add_factor"):
    """Write down what contributed, or made it harder to notice, to mend or to talk about."""

    text: Text


class FindingAdded(Deed, frozen=True, kw_only=True):
    """Something was learnt."""

    id: str
    text: str

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class MysteryAdded(Deed, frozen=True, kw_only=True):
    """Something is not understood, and that is said."""

    id: str
    text: str
    owner: str = ""
    due_at: datetime | None = None

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class FactorAdded(Deed, frozen=True, kw_only=True):
    """Something contributed."""

    id: str
    text: str

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class Finding(msgspec.Struct):
    """A finding, a mystery or a factor."""

    id: str
    kind: FindingKind
    text: str
    by: str
    at: datetime
    owner: str = ""
    due_at: datetime | None = None


class Findings(msgspec.Struct):
    """All of them in the order in which they came; the three kinds share their numbers."""

    by_id: dict[str, Finding] = {}

    def of(self, kind: FindingKind) -> list[Finding]:
        """Those of one kind."""
        return [finding for finding in self.by_id.values() if finding.kind == kind]


class Named(Protocol):
    """Those whom a text may name."""

    @property
    def presence(self) -> Presence: ...
    @property
    def roles(self) -> Roles: ...


class View(Named, absence.Room, Protocol):
    """What the decisions here read."""

    @property
    def issued(self) -> dict[str, int]: ...


_KINDS: dict[type[Fact], FindingKind] = {FindingAdded: "finding", MysteryAdded: "mystery", FactorAdded: "factor"}


def apply(state: Findings, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    if isinstance(fact, FindingAdded | MysteryAdded | FactorAdded):
        finding = Finding(
            id=fact.id, kind=_KINDS[type(fact)], text=fact.text, by=event.actor.removeprefix("person:"), at=event.at
        )
        if isinstance(fact, MysteryAdded):
            finding.owner, finding.due_at = fact.owner, fact.due_at
        state.by_id[fact.id] = finding


def _next_id(view: View) -> str:
    return f"F{view.issued.get('F', 0) + 1}"


def _who_is_named(text: str, people: Iterable[str]) -> str:
    """A responder whose name stands in the text as a word: their e-mail, or the first part of it."""
    words = set(re.findall(r"[\w.@+-]+", text.casefold()))
    for person in people:
        first = re.split(r"[.@+_-]", person.casefold(), maxsplit=1)[0]
        if person.casefold() in words or (len(first) > 2 and first in words):
            return person
    return ""


def names_a_person(text: str, view: Named) -> str:
    """The responder whom a text names, or an empty text."""
    people = dict.fromkeys(
        [*view.presence.since, *view.presence.released, *(holding.person for holding in view.roles.held.values())]
    )
    return _who_is_named(text, people)


def _no_blame(text: str, view: View) -> tuple[Caution, ...]:
    named = names_a_person(text, view)
    if not named:
        return ()
    hint = "Say what made it easy to go wrong, or hard to see; anybody in that place could have been the one."
    return (Caution("names_a_person", f"It names {named}.", hint),)


def add_finding(command: AddFinding, view: View, act: Act) -> Decided:
    """Taken as it is said; a person named as the cause is asked about."""
    return Decided((FindingAdded(id=_next_id(view), text=command.text),), _no_blame(command.text, view))


def add_mystery(command: AddMystery, view: View, act: Act) -> Decided:
    """Honest, with or without an owner."""
    fact = MysteryAdded(id=_next_id(view), text=command.text, owner=command.owner or "", due_at=command.due_at)
    cautions: tuple[Caution, ...] = ()
    if command.due_at is not None and command.due_at <= act.at:
        cautions += (Caution("due_in_past", "That date has passed already.", "Take it back, and give a date to come."),)
    if command.owner and command.due_at is None:
        cautions += (
            Caution("undated", f"{command.owner} looks without an end.", "Give due_at: then it may stay open."),
        )
    cautions += not_told([fact.owner], fact.id, view, act)
    return Decided((fact,), cautions)


def add_factor(command: AddFactor, view: View, act: Act) -> Decided:
    """Taken as it is said; a person named as the cause is asked about."""
    return Decided((FactorAdded(id=_next_id(view), text=command.text),), _no_blame(command.text, view))


FACTS: tuple[type[Fact], ...] = (FindingAdded, MysteryAdded, FactorAdded)
DECISIONS = {AddFinding: add_finding, AddMystery: add_mystery, AddFactor: add_factor}
