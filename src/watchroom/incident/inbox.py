"""The inbox: one item for each source and key, for ever, with its state, its count, and whether a person has judged
it.

A projection over all streams: receipts of the sources, and the rooms' facts about signals. Read by the triage page
and `GET /api/v1/signals`, and by the intake, which learns from it what other processes recorded. Never decides.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from watchroom.detection.declaration import DeclarationWithdrawn, IncidentDeclared, RoomOpened
from watchroom.detection.signal import (
    SOURCE_FACTS,
    DeliveryKept,
    DeliveryPutAway,
    DeliveryReceived,
    Kind,
    Remark,
    SignalRecorded,
    SignalResolved,
    State,
    leads_of,
)
from watchroom.detection.triage import DISMISSING, JudgementWithdrawn, LookAgainCameDue, SignalTriaged
from watchroom.incident.doors import is_room
from watchroom.incident.importing import IMPORT_FACTS, RecordImported
from watchroom.incident.importing import STREAM as IMPORTS
from watchroom.incident.incident import CODEC
from watchroom.incident.visibility import RestrictionLifted, RoomRestricted
from watchroom.record.codec import FactCodec
from watchroom.record.event import Event, kind_of
from watchroom.record.log import Placed
from watchroom.record.projection import Projection
from watchroom.record.redaction import REDACTED, Redacted
from watchroom.resolution.closing import IncidentClosed
from watchroom.resolution.reopening import IncidentReopened
from watchroom.resolution.resolving import IncidentResolved


class SignalItem(msgspec.Struct, kw_only=True):
    """One signal as it stands."""

    id: str
    key: str
    source: str
    group: str
    state: State
    title: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime | None
    ends_at: datetime | None
    count: int
    """How many times it came in: begun, repeated and ended alike."""
    stream: str
    """The room's id."""
    triage: Literal["open", "done"]
    verdict: str | None = None
    """`false_alarm`, `noise`, `duplicate`, `slow_burn`, `incident`, or null."""
    reason: str = ""
    owner: str = ""
    look_again_at: datetime | None = None
    judged_by: str = ""
    """Who judged it last."""
    judged_at: datetime | None = None
    """When it was judged last."""
    severity: str = ""
    service: str = ""
    kind: Kind = "alert"
    url: str = ""
    practice: bool = False
    since: datetime
    """When it took its present state."""
    last_at: datetime
    """When it last came in."""
    truncated: int = 0
    """How many more signals its sender left out of the request that last brought it."""
    why: str = ""
    """Why it is in its room, in words."""
    rule: str = ""
    """The grouping rule that spoke of it; empty: its sender's group."""
    leads: list[str] | None = None
    """The keys by which further signals are led to its room; null: its sender's group alone."""
    moved_from: str = ""
    """The room that it was moved out of, as a duplicate or at a reopening; empty: none."""
    put_away: bool = False
    """Whether its room was closed or resolved before anybody had judged it."""
    remark: Remark | None = None
    """What was last done or said about it in the sender's own tool, since it began."""

    @property
    def judged_in(self) -> str:
        """The room that holds its last judgement: a duplicate was judged in the one that it came from."""
        return self.moved_from if self.moved_from and self.verdict is None else self.stream


class KeptDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A body that could not be read, as the inbox shows it until somebody has put it away."""

    source: str
    seq: int
    at: datetime
    body: str
    bytes_total: int
    path: str
    code: str
    message: str


SOURCE_PREFIX = "source:"
KEEPER = "system:keeper"
"""Who lets the oldest kept bodies go when newer ones need their room; everybody else's redactions are people's."""
_item = msgspec.json.Decoder(SignalItem)
_kept = msgspec.json.Decoder(KeptDelivery)
_encode = msgspec.json.Encoder().encode
_sources = FactCodec(SOURCE_FACTS)
_redactions = FactCodec((Redacted,))
_imports = FactCodec(IMPORT_FACTS)
_SOURCE_KINDS = frozenset(map(kind_of, SOURCE_FACTS))


class Inbox(Projection):
    """Signals by id, and deliveries that were kept, from every stream."""

    name = "inbox"
    version = "5"

    def __init__(self, redacted: Callable[[str], object] = lambda _stream: None) -> None:
        """`redacted` hears of each stream in which something was redacted."""
        super().__init__()
        self._redacted = redacted
        self.items: dict[str, SignalItem] = {}
        self.kept: dict[str, KeptDelivery] = {}
        self.reached: dict[str, int] = {}
        """How far each room has come that moved since this inbox was taken up, as of its position."""
        self.last_led: dict[str, str] = {}
        """The room to which each key (a sender's group, or what a rule groups by) led last."""
        self._rooms: dict[str, _Room] = {}
        self._imported: set[str] = set()
        """Rooms of other installs: what fired there does not fire here."""

    def clear(self) -> None:
        self.items, self.kept, self._rooms, self._imported = {}, {}, {}, set()
        self.reached, self.last_led = {}, {}

    def restore(self, rows: Mapping[str, bytes]) -> None:
        for key, body in rows.items():
            what, _, id = key.partition("/")
            if what == "item":
                item = _item.decode(body)
                self.items[id] = item
                self._room(item.stream).signals.add(id)
            elif what == "kept":
                self.kept[id] = _kept.decode(body)
            elif what == "imported":
                self._imported.add(id)
            else:
                room = msgspec.json.decode(body, type=_Room)
                room.signals |= self._room(id).signals
                self._rooms[id] = room
        for item in sorted(self.items.values(), key=lambda item: item.since):
            for key in leads_of(item.source, item.group, item.leads):
                self.last_led[key] = item.stream

    def row(self, key: str) -> bytes | None:
        what, _, id = key.partition("/")
        shown: object
        if what == "item":
            shown = self.items.get(id)
        elif what == "kept":
            shown = self.kept.get(id)
        elif what == "imported":
            shown = {} if id in self._imported else None
        else:
            room = self._rooms.get(id)
            shown = _Room(room.practice, room.declared, room.over, room.restricted) if room is not None else None
        return _encode(shown) if shown is not None else None

    @property
    def open_count(self) -> int:
        """How many signals wait for a judgement, practice and restricted rooms apart."""
        return self.waiting(frozenset())

    def waiting(self, seen: frozenset[str]) -> int:
        """How many wait for a judgement, practice apart, for somebody who sees these of the restricted rooms."""
        return sum(
            item.triage == "open"
            and not item.practice
            and (item.stream in seen or not self._rooms[item.stream].restricted)
            for item in self.items.values()
        )

    def is_restricted(self, room: str) -> bool:
        """Whether only some see a room."""
        return room in self._rooms and self._rooms[room].restricted

    def is_practice(self, room: str) -> bool:
        """Whether a room belongs to a drill."""
        return room in self._rooms and self._rooms[room].practice

    def apply(self, placed: Placed) -> None:
        event = placed.event
        if is_room(event.stream):
            self.reached[event.stream] = event.seq
        if event.kind == REDACTED:
            self._apply_redaction(placed)
        elif event.stream.startswith(SOURCE_PREFIX):
            self._apply_source(event)
        elif event.stream == IMPORTS:
            self._apply_import(event)
        elif event.kind in _ROOM_KINDS and event.stream not in self._imported:
            self._apply_room(event)

    def _apply_redaction(self, placed: Placed) -> None:
        fact = _redactions.decode(placed.event)
        if isinstance(fact, Redacted) and placed.event.actor == KEEPER:
            # It makes room and hides nothing: nothing else repeats a kept body, and nothing need be forgotten for it.
            id = f"{placed.event.stream}#{fact.seq}"
            self.kept.pop(id, None)
            self.touch(f"kept/{id}")
            return
        self._redacted(placed.event.stream)
        if isinstance(fact, Redacted) and fact.kind in _ROOM_KINDS | _SOURCE_KINDS:
            self.renew(placed.position)

    def _apply_import(self, event: Event) -> None:
        fact = _imports.decode(event)
        if isinstance(fact, RecordImported):
            self._imported.add(fact.stream)
            self.touch(f"imported/{fact.stream}")

    def _apply_source(self, event: Event) -> None:
        fact = _sources.decode(event)
        match fact:
            case DeliveryReceived():
                for receipt in fact.receipts:
                    item = self.items.get(receipt.signal)
                    if item is not None and receipt.outcome != "unmatched":
                        item.count += 1
                        item.last_at = event.recorded_at
                        item.truncated = fact.truncated
                        item.annotations = fact.annotations.get(receipt.signal, item.annotations)
                        self.touch(f"item/{receipt.signal}")
                for remark in fact.remarks:
                    if (item := self.items.get(remark.signal)) is not None:
                        item.remark = remark
                        self.touch(f"item/{remark.signal}")
            case DeliveryKept():
                id = f"{event.stream}#{event.seq}"
                self.kept[id] = KeptDelivery(
                    source=event.stream.removeprefix(SOURCE_PREFIX),
                    seq=event.seq,
                    at=event.recorded_at,
                    body=fact.body,
                    bytes_total=fact.bytes_total,
                    path=fact.path,
                    code=fact.code,
                    message=fact.message,
                )
                self.touch(f"kept/{id}")
            case DeliveryPutAway():
                id = f"{event.stream}#{fact.seq}"
                self.kept.pop(id, None)
                self.touch(f"kept/{id}")

    def _apply_room(self, event: Event) -> None:
        fact = CODEC.decode(event)
        room = self._room(event.stream)
        match fact:
            case RoomOpened():
                room.practice = fact.practice
                self.touch(f"room/{event.stream}")
            case SignalRecorded():
                self._recorded(event, fact, room)
            case SignalResolved():
                if (item := self._in(fact.signal, event.stream)) is not None:
                    item.state = "resolved"
                    item.ends_at = fact.ends_at or event.at
                    item.since = event.at
            case SignalTriaged():
                if (item := self._in(fact.signal, event.stream)) is not None:
                    item.triage, item.put_away = "done", False
                    item.verdict = fact.verdict
                    item.reason, item.owner = fact.reason, fact.owner
                    item.look_again_at = fact.look_again_at
                    item.judged_by, item.judged_at = event.actor.removeprefix("person:"), event.at
            case JudgementWithdrawn():
                if (item := self._in(fact.signal, event.stream)) is not None:
                    waits = not room.declared and not room.over
                    item.triage, item.put_away = "open" if waits else "done", room.over and not room.declared
                    item.verdict, item.reason, item.owner = None, "", ""
                    item.look_again_at, item.judged_by, item.judged_at = None, "", None
            case LookAgainCameDue():
                if (item := self._in(fact.signal, event.stream)) is not None and not room.declared and not room.over:
                    item.triage = "open"
            case IncidentResolved() | IncidentClosed():
                self._over(event.stream, room)
            case IncidentDeclared():
                room.declared = True
                self.touch(f"room/{event.stream}")
                for id in room.signals:
                    self.items[id].triage, self.items[id].put_away = "done", False
                    self.touch(f"item/{id}")
            case DeclarationWithdrawn():
                self._undeclared(event.stream, room)
            case IncidentReopened():
                self._reopened(event.stream, room)
            case RoomRestricted() | RestrictionLifted():
                room.restricted = isinstance(fact, RoomRestricted)
                self.touch(f"room/{event.stream}")

    def _undeclared(self, id: str, room: "_Room") -> None:
        """Its declaration was a slip: what nobody has judged otherwise waits for a judgement as before."""
        room.declared = False
        self.touch(f"room/{id}")
        for item in (self.items[id] for id in sorted(room.signals)):
            if item.verdict is None and not room.over:
                item.triage = "open"
                self.touch(f"item/{item.id}")

    def _over(self, id: str, room: "_Room") -> None:
        """A room that is put away takes along what nobody has judged: it is no work that waits any more."""
        room.over = True
        self.touch(f"room/{id}")
        for item in (self.items[id] for id in sorted(room.signals)):
            if item.triage == "open":
                item.triage, item.put_away = "done", True
                self.touch(f"item/{item.id}")

    def _reopened(self, id: str, room: "_Room") -> None:
        """What was judged away, or put away with the room, waits for a judgement again; in an incident nothing does."""
        room.over = False
        self.touch(f"room/{id}")
        for item in (self.items[id] for id in sorted(room.signals)):
            if item.put_away or (item.verdict in DISMISSING and not room.declared):
                waits = not room.declared
                item.triage, item.put_away = "open" if waits else "done", False
                if item.verdict in DISMISSING and waits:
                    item.verdict, item.reason = None, ""
                self.touch(f"item/{item.id}")

    def _recorded(self, event: Event, fact: SignalRecorded, room: "_Room") -> None:
        before = self.items.get(fact.signal)
        if before is not None:
            self._room(before.stream).signals.discard(fact.signal)
        room.signals.add(fact.signal)
        if not fact.moved_from:
            for key in leads_of(fact.source, fact.group, fact.leads):
                self.last_led[key] = event.stream
        self.touch(f"item/{fact.signal}")
        stays_judged = (
            before is not None
            and before.stream == event.stream
            and before.verdict == "slow_burn"
            and before.triage == "done"
        )
        here = before is not None and before.stream == event.stream and not fact.moved_from
        self.items[fact.signal] = SignalItem(
            id=fact.signal,
            key=fact.key,
            source=fact.source,
            group=fact.group,
            state="firing",
            title=fact.title,
            labels=fact.labels,
            annotations=fact.annotations,
            starts_at=fact.starts_at,
            ends_at=None,
            count=before.count if before is not None else 0,
            stream=event.stream,
            triage="done" if room.declared or room.over or stays_judged else "open",
            verdict=before.verdict if stays_judged and before is not None else None,
            reason=before.reason if stays_judged and before is not None else "",
            owner=before.owner if stays_judged and before is not None else "",
            look_again_at=before.look_again_at if stays_judged and before is not None else None,
            judged_by=before.judged_by if stays_judged and before is not None else "",
            judged_at=before.judged_at if stays_judged and before is not None else None,
            severity=fact.severity,
            service=fact.service,
            kind=fact.kind,
            url=fact.url,
            practice=room.practice,
            since=event.at,
            last_at=event.recorded_at,
            why=before.why if here and before is not None and before.why else fact.why,
            rule=fact.rule,
            leads=fact.leads,
            moved_from=fact.moved_from or (before.moved_from if here and before is not None else ""),
            put_away=room.over and not room.declared and not stays_judged,
        )

    def _in(self, signal: str, stream: str) -> SignalItem | None:
        item = self.items.get(signal)
        if item is None or item.stream != stream:
            return None
        self.touch(f"item/{signal}")
        return item

    def _room(self, id: str) -> "_Room":
        return self._rooms.setdefault(id, _Room())


class _Room(msgspec.Struct):
    """What the inbox keeps of a room; the signals are known from their items."""

    practice: bool = False
    declared: bool = False
    over: bool = False
    """Whether it was resolved or closed."""
    restricted: bool = False
    """Whether only some see it."""
    signals: set[str] = set()


_ROOM_KINDS = frozenset(
    kind_of(fact)
    for fact in (
        RoomOpened,
        SignalRecorded,
        SignalResolved,
        SignalTriaged,
        LookAgainCameDue,
        JudgementWithdrawn,
        IncidentDeclared,
        DeclarationWithdrawn,
        IncidentResolved,
        IncidentClosed,
        IncidentReopened,
        RoomRestricted,
        RestrictionLifted,
    )
)
