"""The list of changes: what tools reported that somebody did to a system on purpose, newest first.

A projection over the sources' streams, bounded; what falls out of it stays in the record. Read by
`GET /api/v1/changes`. Never decides.
"""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime

import msgspec

from watchroom.detection.change import ChangeLink, ChangeReported
from watchroom.incident.inbox import SOURCE_PREFIX
from watchroom.record.codec import FactCodec
from watchroom.record.event import kind_of
from watchroom.record.log import Placed
from watchroom.record.projection import Projection


class ChangeItem(msgspec.Struct, frozen=True, kw_only=True):
    """One change, as its sender reported it."""

    id: str
    source: str
    summary: str
    service: str
    changed_at: datetime
    """When it was done, as the sender says; else when it was reported."""
    reported_at: datetime
    links: list[ChangeLink]
    details: dict[str, str]


_codec = FactCodec((ChangeReported,))
_kind = kind_of(ChangeReported)
_item = msgspec.json.Decoder(ChangeItem)
_encode = msgspec.json.Encoder().encode


class Changes(Projection):
    """Changes by id, in the order in which they were reported, at most `listed_max`."""

    name = "changes"
    version = "1"

    def __init__(self, listed_max: int) -> None:
        super().__init__()
        self._listed_max = listed_max
        self.items: OrderedDict[str, ChangeItem] = OrderedDict()

    def clear(self) -> None:
        self.items = OrderedDict()

    def restore(self, rows: Mapping[str, bytes]) -> None:
        found = sorted(map(_item.decode, rows.values()), key=lambda item: (item.reported_at, item.id))
        self.items = OrderedDict((item.id, item) for item in found)

    def row(self, key: str) -> bytes | None:
        item = self.items.get(key)
        return _encode(item) if item is not None else None

    def apply(self, placed: Placed) -> None:
        event = placed.event
        if event.kind != _kind or not event.stream.startswith(SOURCE_PREFIX):
            return
        fact = _codec.decode(event)
        if not isinstance(fact, ChangeReported):
            return
        self.items[fact.id] = ChangeItem(
            id=fact.id,
            source=event.stream.removeprefix(SOURCE_PREFIX),
            summary=fact.summary,
            service=fact.service,
            changed_at=fact.changed_at or event.recorded_at,
            reported_at=event.recorded_at,
            links=fact.links,
            details=fact.details,
        )
        self.touch(fact.id)
        while len(self.items) > self._listed_max:
            oldest, _item_out = self.items.popitem(last=False)
            self.touch(oldest)
