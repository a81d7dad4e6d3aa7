"""Sharing: to whom the review was given, and who says that they have read it.

A review that nobody reads teaches nobody. Never sends anything by itself, and never reads for anybody.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name
from watchroom.base.errors import AlreadyDone
from watchroom.record.event import Decided, Event, Fact
from watchroom.review.finding import Findings


class ShareReview(Command, frozen=True, kw_only=True, tag="share_review"):
    """Give the review to people and teams."""

    to: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=200, description="People and teams.")]


class ConfirmRead(Command, frozen=True, kw_only=True, tag="confirm_read"):
    """Say that you have read the review."""


class ReviewShared(Fact, frozen=True, kw_only=True):
    """The review was given to people and teams."""

    to: list[str]


class ReviewRead(Fact, frozen=True, kw_only=True):
    """Somebody says that they have read the review."""


class Reader(msgspec.Struct):
    """When somebody was given it, and when they had read it; None for what has not happened."""

    shared_at: datetime | None = None
    read_at: datetime | None = None


class Sharing(msgspec.Struct):
    """Readers by person or team."""

    readers: dict[str, Reader] = {}


class View(Protocol):
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
                state.readers.setdefault(name, Reader()).shared_at = event.at
        case ReviewRead():
            state.readers.setdefault(event.actor.removeprefix("person:"), Reader()).read_at = event.at


def share_review(command: ShareReview, view: View, act: Act) -> Decided:
    """Given as often as there is news in it; one with nothing in it is asked about."""
    cautions: tuple[Caution, ...] = ()
    if not view.findings.by_id:
        hint = "A finding, a factor or an honest mystery makes it worth reading."
        cautions = (Caution("nothing_learnt", "It holds no finding yet.", hint),)
    to = list(dict.fromkeys(act.person if name == "me" else name for name in command.to))
    return Decided((ReviewShared(to=to),), cautions)


def confirm_read(command: ConfirmRead, view: View, act: Act) -> Decided:
    """Once for each time that it was given."""
    reader = view.sharing.readers.get(act.person)
    read_at = reader.read_at if reader is not None else None
    shared_at = reader.shared_at if reader is not None else None
    if read_at is not None and (shared_at is None or read_at >= shared_at):
        raise AlreadyDone("You have said so already.", hint="Nothing needs doing.")
    return Decided((ReviewRead(),))


FACTS: tuple[type[Fact], ...] = (ReviewShared, ReviewRead)
DECISIONS = {ShareReview: share_review, ConfirmRead: confirm_read}
