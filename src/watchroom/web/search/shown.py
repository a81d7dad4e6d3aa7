"""What was found, as pages and programs are shown it: with an address to go to.

Called by the handlers here. Pure but for the list of changes, which knows where a change can be read about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec

from watchroom.incident.changes import Changes
from watchroom.incident.doors import is_room
from watchroom.incident.search.places import Place
from watchroom.incident.search.searching import Hit, source_of
from watchroom.incident.search.snippet import Part

Meta = msgspec.Meta
KIND_WORDS = {
    "hypothesis": "theory", "intervention": "try", "inbound": "coming in", "setting": "page",
}  # fmt: skip
"""What the pages call a kind where it is not its own name."""


class SearchItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found: an entry of a room, a change, or a person, team, service or page."""

    kind: Annotated[str, Meta(description="As in `kind:`; also `person`, `team`, `service`, `setting`.")]
    title: Annotated[str, Meta(description="The room's title, or what it is called.")]
    text: Annotated[str, Meta(description="The sentence in which it stands.")]
    marks: Annotated[list[tuple[int, int]], Meta(description="What matched in `text`: from and up to, in characters.")]
    url: Annotated[str | None, Meta(description="Where to read it; null: nowhere here.")]
    stream: Annotated[str | None, Meta(description="The room's id, or `source:` and the sender of a change.")] = None
    seq: int | None = None
    at: datetime | None = None
    actor: str | None = None
    status: Annotated[str | None, Meta(description="How the room stands now.")] = None
    severity: str | None = None
    restricted: bool = False


@dataclass(frozen=True)
class Row:
    """One thing that was found, as a page shows it."""

    kind: str
    title: str
    href: str
    parts: Sequence[Part]
    actor: str = ""
    at: datetime | None = None
    room: str = ""
    """The room's id, or who reported a change."""
    seq: int = 0
    severity: str | None = None
    status: str = ""
    restricted: bool = False


def address_of(hit: Hit, changes: Changes) -> str:
    """Where an entry is read; empty where it can be read nowhere here."""
    if is_room(hit.stream):
        entry = "" if hit.kind == "incident" else f"?{urlencode({'entry': hit.seq})}#e-{hit.seq}"
        return f"/incidents/{hit.stream}{entry}"
    change = changes.items.get(hit.of)
    links = change.links if change is not None else []
    return next((link.href for link in links if link.href.startswith(("http://", "https://"))), "")


def address_of_place(place: Place) -> str:
    """Where somebody or something with a name is."""
    match place.kind:
        case "person":
            return f"/people/person?{urlencode({'who': place.ref})}"
        case "team":
            return "/people/teams"
        case "service":
            name = f'"{place.ref}"' if " " in place.ref else place.ref
            return f"/search?{urlencode({'q': f'service:{name}'})}"
        case "setting":
            return place.ref


def item_of(hit: Hit, changes: Changes) -> SearchItem:
    """An entry for a program."""
    marks, at = [], 0
    for part in hit.parts:
        if part.marked:
            marks.append((at, at + len(part.text)))
        at += len(part.text)
    return SearchItem(
        kind=hit.kind,
        title=hit.title,
        text="".join(part.text for part in hit.parts),
        marks=marks,
        url=address_of(hit, changes) or None,
        stream=hit.stream,
        seq=hit.seq,
        at=hit.at,
        actor=hit.actor,
        status=hit.status or None,
        severity=hit.severity,
        restricted=hit.restricted,
    )


def item_of_place(place: Place) -> SearchItem:
    """A place for a program."""
    return SearchItem(kind=place.kind, title=place.name, text=place.about, marks=[], url=address_of_place(place))


def row_of(hit: Hit, changes: Changes) -> Row:
    """An entry for a page. What an incident is called is its own line, and stands there with its marks."""
    room = hit.stream if is_room(hit.stream) else source_of(hit.stream)
    return Row(
        kind=KIND_WORDS.get(hit.kind, hit.kind),
        title=hit.title if hit.kind != "incident" else "",
        href=address_of(hit, changes),
        parts=hit.parts,
        actor=hit.actor.removeprefix("person:"),
        at=hit.at,
        room=room,
        seq=hit.seq,
        severity=hit.severity,
        status=hit.status,
        restricted=hit.restricted,
    )


def row_of_place(place: Place) -> Row:
    """A place for a page."""
    return Row(
        kind=KIND_WORDS.get(place.kind, place.kind),
        title=place.name,
        href=address_of_place(place),
        parts=(Part(place.about),) if place.about else (),
    )
