"""Sharing: to whom the review was given, and who says that they have read it.

A review that nobody reads teaches nobody. Never sends anything by itself, and never reads for anybody.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name
from watchroom.base.errors import AlreadyDone
from watchroom.people import absence
from watchroom.people.absence import not_told
from watchroom.record.event import Decided, Deed, Event, Fact
from watchroom.review.finding import Findings


class ShareReview(Command, frozen=True, kw_only=True, tag="share_review"):
    """Give the review to people and teams."""

    to: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=200, description="People and teams.")]


class ConfirmRead(Command, frozen=True, kw_only=True, tag="confirm_read"):
    """Say that you have read the review."""


class ReviewShared(Deed, frozen=True, kw_only=True):
    """The review was given to people and teams."""

    to: list[str]
    teams: dict[str, list[str]] = {}
    """Who belonged to each of the teams among them at that time."""

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class ReviewRead(Deed, frozen=True, kw_only=True):
    """Somebody says that they have read the review."""

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class Reader(msgspec.Struct):
    """When somebody was given it, and when they had read it; None for what has not happened."""

    shared_at: datetime | None = None
    read_at: datetime | None = None
    members: list[str] = []
    """For a team: who belonged to it when it was given the review."""


class Sharing(msgspec.Struct):
    """Readers by person or team."""

    readers: dict[str, Reader] = {}

    def given_at(self, person: str) -> datetime | None:
        """When somebody was last given it, by name or as one of a team."""
        given = [
            reader.shared_at
            for name, reader in self.readers.items()
            if reader.shared_at is not None and (name == person or person in reader.members)
        ]
        return max(given, default=None)

    def has_read(self, person: str) -> bool:
        """Whether somebody said that they have read it, since it was last given to them."""
        reader = self.readers.get(person)
        if reader is None or reader.read_at is None:
            return False
        given = self.given_at(person)
        return given is None or reader.read_at >= given


class View(absence.Room, Protocol):
    """What the decisions here read."""

    @property
    def findings(self) -> Findings: ...
    @property
    def sharing(self) -> Sharing: ...


def apply(state: Sharing, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case ReviewShared():
            for name in fact.to:
                reader = state.readers.setdefault(name, Reader())
                reader.shared_at = event.at
                reader.members = fact.teams.get(name, reader.members)
        case ReviewRead():
            state.readers.setdefault(event.actor.removeprefix("person:"), Reader()).read_at = event.at


def share_review(command: ShareReview, view: View, act: Act) -> Decided:
    """Given as often as there is news in it; one with nothing in it is asked about."""
    cautions: tuple[Caution, ...] = ()
    if not view.findings.by_id:
        hint = "A finding, a factor or an honest mystery makes it worth reading."
        cautions = (Caution("nothing_learnt", "It holds no finding yet.", hint),)
    to = list(dict.fromkeys(act.person if name == "me" else act.register.ref(name) for name in command.to))
    teams = {name: list(members) for name in to if (members := act.register.members(name)) is not None}
    hint = "Check the spelling, or add them."
    cautions += tuple(
        Caution("unknown_person", f"{name} is neither a team nor in the directory.", hint)
        for name in to
        if name not in teams and not name.startswith(("character:", "token:")) and not act.register.known(name)
    )
    people = [person for name in to for person in teams.get(name, [name])]
    cautions += not_told(people, "the review", view, act)
    return Decided((ReviewShared(to=to, teams=teams),), cautions)


def confirm_read(command: ConfirmRead, view: View, act: Act) -> Decided:
    """Once for each time that it was given."""
    if view.sharing.has_read(act.person):
        raise AlreadyDone("You have said so already.", hint="Nothing needs doing.")
    return Decided((ReviewRead(),))


FACTS: tuple[type[Fact], ...] = (ReviewShared, ReviewRead)
DECISIONS = {ShareReview: share_review, ConfirmRead: confirm_read}
