"""The audit log: every act of access and settings, who did it, when, with what, and from where; newest last.

A projection over the streams where such acts are facts: the directory, `access`, what is set of sources, and, of rooms,
what was restricted and which admin let themself in. Bounded; what falls out of it stays in the record. Read by the
audit page, the API and the shell. Of a room it says only which one it is. Never decides, and never holds a secret.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import msgspec

from watchroom.incident import visibility
from watchroom.incident.doors import is_room
from watchroom.people.stream import ACCESS
from watchroom.people.stream import STREAM as DIRECTORY
from watchroom.record.event import Event, kind_of
from watchroom.record.log import Placed
from watchroom.record.projection import Projection

Meta = msgspec.Meta
Area = Literal["sign_in", "people", "teams", "services", "categories", "tokens", "senders", "rules", "rooms", "other"]
AREAS: tuple[Area, ...] = get_args(Area)
TEXT_CHARS_MAX = 300
LIST_ITEMS_MAX = 20

_AREA_OF_KIND: dict[str, Area] = {
    "session_opened": "sign_in",
    "sessions_ended": "sign_in",
    "sign_in_refused": "sign_in",
    "sign_in_link_made": "sign_in",
    "password_set": "sign_in",
    "team_composed": "teams",
    "team_renamed": "teams",
}
_AREA_OF_BEGINNING: tuple[tuple[str, Area], ...] = (
    ("person_", "people"), ("account_", "people"), ("role_", "people"), ("invitation_", "people"),
    ("service_", "services"), ("category_", "categories"),
    ("token_", "tokens"), ("source_", "senders"), ("grouping_", "rules"),
    ("profile_", "rules"), ("status_", "rules"), ("setup_", "rules"),
)  # fmt: skip
_ADMITTED = kind_of(visibility.PersonAdmitted)
_ROOMS = frozenset((_ADMITTED, kind_of(visibility.RoomRestricted), kind_of(visibility.RestrictionLifted)))


class AuditItem(msgspec.Struct, frozen=True, kw_only=True):
    """One act of access or settings."""

    id: Annotated[str, Meta(description="Its place in the record, as digits: later ones are greater.")]
    at: datetime
    actor: Annotated[str, Meta(description="Who did it: `person:EMAIL`, `token:NAME` or `system:NAME`.")]
    via: Annotated[str, Meta(description="With which tool.")]
    origin: Annotated[str, Meta(description="From which network address; empty: not over a network, or from before.")]
    area: Area
    kind: Annotated[str, Meta(description="The fact's kind.")]
    stream: str
    seq: int
    data: Annotated[dict[str, Any], Meta(description="What the fact says, without what is long.")]


_item = msgspec.json.Decoder(AuditItem)
_encode = msgspec.json.Encoder().encode


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; whatever is empty is not asked."""

    who: str = ""
    """Part of whoever did it, or of whom it is about."""
    area: str = ""
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""
    """Words that must stand in it."""

    def has(self, item: AuditItem) -> bool:
        """Whether an act is among those that are looked for."""
        if self.area and item.area != self.area:
            return False
        if (self.since is not None and item.at < self.since) or (self.until is not None and item.at >= self.until):
            return False
        about = f"{item.actor} {item.data.get('email', '')}".casefold()
        if self.who.casefold().strip() not in about:
            return False
        if not self.q.strip():
            return True
        text = f"{about} {item.kind.replace('_', ' ')} {item.via} {item.origin} {item.data}".casefold()
        return all(word in text for word in self.q.casefold().split())


def area_of(kind: str) -> Area:
    """What an act is about, by its fact's kind."""
    if kind in _AREA_OF_KIND:
        return _AREA_OF_KIND[kind]
    if kind in _ROOMS:
        return "rooms"
    return next((area for beginning, area in _AREA_OF_BEGINNING if kind.startswith(beginning)), "other")


class AuditLog(Projection):
    """Acts by their place in the record, at most `listed_max`."""

    name = "audit"
    version = "1"

    def __init__(self, listed_max: int, of_sources: Iterable[str] = ()) -> None:
        """`of_sources`: kinds of facts in the streams of sources that are settings."""
        super().__init__()
        self._listed_max = listed_max
        self._of_sources = frozenset(of_sources)
        self.items: OrderedDict[str, AuditItem] = OrderedDict()

    def newest(self, wanted: Wanted, before: str = "") -> Iterator[AuditItem]:
        """What is looked for, the newest first; with `before` only what is older than that place."""
        for id in reversed(self.items):
            if (not before or id < before) and wanted.has(self.items[id]):
                yield self.items[id]

    def clear(self) -> None:
        self.items = OrderedDict()

    def restore(self, rows: Mapping[str, bytes]) -> None:
        self.items = OrderedDict((id, _item.decode(rows[id])) for id in sorted(rows))

    def row(self, key: str) -> bytes | None:
        item = self.items.get(key)
        return _encode(item) if item is not None else None

    def apply(self, placed: Placed) -> None:
        event = placed.event
        if not self._is_audited(event):
            return
        id = f"{placed.position:019d}"
        data = _said(event)
        self.items[id] = AuditItem(
            id=id,
            at=event.recorded_at,
            actor=event.actor,
            via=event.via,
            origin=str(data.pop("origin", "")),
            area=area_of(event.kind),
            kind=event.kind,
            stream=event.stream,
            seq=event.seq,
            data=data,
        )
        self.touch(id)
        while len(self.items) > self._listed_max:
            oldest, _gone = self.items.popitem(last=False)
            self.touch(oldest)

    def _is_audited(self, event: Event) -> bool:
        if event.stream in (DIRECTORY, ACCESS):
            return True
        if is_room(event.stream):
            if event.kind != _ADMITTED:
                return event.kind in _ROOMS
            # Whom those inside let in is theirs to know; that an admin let themself in is everybody's who audits.
            return bool(msgspec.json.decode(event.data or b"{}").get("because") == "break_glass")
        return event.kind in self._of_sources


def _said(event: Event) -> dict[str, Any]:
    """What a fact says, shortened; of a room nothing: it is for those who are in it."""
    if event.data is None or event.redacted or is_room(event.stream):
        return {}
    said: dict[str, Any] = msgspec.json.decode(event.data)
    return {name: short for name, value in said.items() if (short := _short(value)) is not None}


def _short(value: Any) -> Any:
    match value:
        case str():
            return value[:TEXT_CHARS_MAX]
        case bool() | int() | float() | None:
            return value
        case list() if all(isinstance(each, str) for each in value):
            return [each[:TEXT_CHARS_MAX] for each in value[:LIST_ITEMS_MAX]]
        case _:
            return None
