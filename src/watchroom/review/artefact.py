"""Artefacts: graphs, logs, dumps and screenshots, kept before they age out.

A body is kept in the record; a link is only as good as what it leads to, so it may say when that ages out, and the
timers say when it has. Never fetches anything.
"""

from datetime import datetime
from typing import Annotated, Protocol

import msgspec

from watchroom.base.command import Act, Caution, Command, Name, When
from watchroom.base.errors import Malformed
from watchroom.base.wording import Link
from watchroom.record.event import Decided, Deed, Event, Fact

BODY_CHARS_MAX = 200_000


class SaveArtefact(Command, frozen=True, kw_only=True, tag="save_artefact"):
    """Keep something that shows what happened: a link to it, or the thing itself as text."""

    kind: Annotated[Name, msgspec.Meta(description="What it is: graph, log, dump, chat, screenshot, …")]
    link: Link = ""
    body: Annotated[str, msgspec.Meta(max_length=BODY_CHARS_MAX, description="The thing itself, as text.")] = ""
    expires_at: Annotated[When | None, msgspec.Meta(description="When what the link leads to ages out.")] = None


class ArtefactSaved(Deed, frozen=True, kw_only=True):
    """Something that shows what happened was kept."""

    id: str
    kind: str
    link: str = ""
    body: str = ""
    expires_at: datetime | None = None

    def is_work(self) -> bool:
        """The review is work of another day."""
        return False


class ArtefactAgedOut(Fact, frozen=True, kw_only=True):
    """What an artefact's link leads to has aged out, and only the link was kept. Written by the timers."""

    artefact: str
    expired_at: datetime


class Artefact(msgspec.Struct):
    """An artefact as it stands."""

    id: str
    kind: str
    by: str
    at: datetime
    link: str = ""
    body: str = ""
    expires_at: datetime | None = None
    aged_out: bool = False
    kept_as: str = ""
    """The artefact that keeps as text what this one's link leads to."""

    @property
    def ages(self) -> bool:
        """Whether it will be gone some day: a link alone, to something that expires."""
        return not self.body and self.expires_at is not None and not self.aged_out and not self.kept_as


class Artefacts(msgspec.Struct):
    """The room's artefacts in the order in which they were kept."""

    by_id: dict[str, Artefact] = {}


class View(Protocol):
    """What the decision here reads."""

    @property
    def issued(self) -> dict[str, int]: ...
    @property
    def artefacts(self) -> Artefacts: ...


def apply(state: Artefacts, fact: Fact, event: Event) -> None:
    """Fold one fact into the state, in place."""
    match fact:
        case ArtefactSaved():
            for known in state.by_id.values():
                if fact.body and fact.link and known.link == fact.link and not known.body:
                    known.kept_as = fact.id
            state.by_id[fact.id] = Artefact(
                id=fact.id,
                kind=fact.kind,
                by=event.actor.removeprefix("person:"),
                at=event.at,
                link=fact.link,
                body=fact.body,
                expires_at=fact.expires_at,
            )
        case ArtefactAgedOut():
            if (artefact := state.by_id.get(fact.artefact)) is not None:
                artefact.aged_out = True


def save_artefact(command: SaveArtefact, view: View, act: Act) -> Decided:
    """Keep it. One that shows nothing is malformed; one that is kept twice or too late is asked about."""
    if not command.link and not command.body:
        raise Malformed(
            "The artefact has neither a link nor a body.", hint='Give "link", or the text itself as "body".'
        )
    cautions = []
    for known in view.artefacts.by_id.values():
        if (known.link, known.body) == (command.link, command.body):
            cautions.append(Caution("kept_already", f"{known.id} is the same.", "Nothing is lost by keeping it twice."))
    if command.expires_at is not None and command.expires_at <= act.at and not command.body:
        cautions.append(
            Caution(
                "aged_out", "What the link leads to has aged out already.", "Keep the text itself as body, if you can."
            )
        )
    fact = ArtefactSaved(
        id=f"A{view.issued.get('A', 0) + 1}",
        kind=command.kind,
        link=command.link,
        body=command.body,
        expires_at=command.expires_at,
    )
    return Decided((fact,), tuple(cautions))


FACTS: tuple[type[Fact], ...] = (ArtefactSaved, ArtefactAgedOut)
DECISIONS = {SaveArtefact: save_artefact}
